#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sdocker rename and port.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

names() { ls "$SDOCKER_ROOT/names" | xargs; }

@test "rename: the new name leads to it, the old one is free; it goes on" {
	id=$(sdocker run -d --name old busybox sleep 1000)
	pid=$(sdocker inspect old | jq '.[0].pid')
	succeeds sdocker rename old new
	equal "$(sdocker inspect new | jq -r '.[0] | [.name, .pid, .status] | @tsv')" "new"$'\t'"$pid"$'\t'running
	refuses "no such container: old" sd-state get old
	equal "$(names)" new
	sdocker stop -t 0 new
	equal "$(sdocker inspect "$id" | jq -r '.[0].name')" new
	sdocker rename new newer
	sdocker start newer >/dev/null
	equal "$(sdocker ps | awk 'NR == 2 { print $NF }')" newer
	sdocker create --name old busybox >/dev/null
	sdocker rm -f newer >/dev/null
	equal "$(names)" old
}

@test "rename: a name that is taken, no name, its own, no container" {
	sdocker create --name a busybox >/dev/null
	sdocker create --name b busybox >/dev/null
	refuses "sd-state: name b: another container has it" sdocker rename a b
	refuses "sd-state: name '-x': allowed are" sdocker rename -- a -x
	refuses "sd-state: name '': allowed are" sdocker rename a ''
	refuses "sd-state: a: that is its name already" sdocker rename a a
	refuses "sd-state: no such container: nosuch" sdocker rename nosuch d
	refuses "operands missing" sdocker rename a
	equal "$(names)" "a b"
	equal "$(sdocker inspect a b | jq -r '.[].name' | xargs)" "a b"
}

@test "rename: of many to one name one has it" {
	for i in 1 2 3 4 5 6; do sdocker create --name "n$i" busybox >/dev/null; done
	for i in 1 2 3 4 5 6; do sdocker rename "n$i" one 2>/dev/null && echo "$i" >>"$BATS_TEST_TMPDIR/won" & done
	wait
	equal "$(wc -l <"$BATS_TEST_TMPDIR/won")" 1
	equal "$(sdocker ps -a --filter name=one -q | wc -l)" 1
	equal "$(names | wc -w)" 6
}

@test "rename: cut short anywhere, it is whole after the next, and no name is lost" {
	sdocker run -d --name first busybox sleep 1000 >/dev/null
	cut() {
		"$SD_BUILD/tests/hostile/inject" -p "sd-state rename" -c "$1" -n "$2" "${@:3}" -w 0 -- \
			sdocker rename first second >/dev/null 2>&1 || true
	}
	for call in symlinkat renameat unlinkat; do
		for n in 1 2; do
			cut $call $n -k
			sdocker rename first second 2>/dev/null || true
			equal "$(names)" second
			equal "$(sdocker inspect second | jq -r '.[0].name')" second
			sdocker rename second first
			equal "$(names)" first
			# A failure leaves it as it was, or as it should be.
			cut $call $n -e 28
			[ "$(names)" = first ] || sdocker rename second first
			equal "$(names)" first
		done
	done
}

@test "rename: what it leaves when it is cut short is free for others" {
	sdocker run -d --name first busybox sleep 1000 >/dev/null
	"$SD_BUILD/tests/hostile/inject" -p "sd-state rename" -c renameat -n 1 -k -w 0 -- \
		sdocker rename first second >/dev/null 2>&1 || true
	equal "$(names)" "first second"
	succeeds sdocker create --name second busybox
	sdocker rm second >/dev/null
	"$SD_BUILD/tests/hostile/inject" -p "sd-state rename" -c unlinkat -n 1 -k -w 0 -- \
		sdocker rename first second >/dev/null 2>&1 || true
	equal "$(names)" "first second"
	refuses "name second: another container has it" sdocker create --name second busybox
	succeeds sdocker create --name first busybox
}

@test "port: what is published, of what runs; one that is not is told with 1" {
	sdocker run -d --name p busybox sleep 1000 >/dev/null
	equal "$(sdocker port p)" ""
	refuses_with 1 "sd-state: no public port '80/tcp' published for p" sdocker port p 80/tcp
	record=$SDOCKER_RUN/containers/$(sdocker ps -q --no-trunc)/state.json
	jq -c '.ports = [{containerPort: 80, hostPort: 8080, protocol: "tcp", hostIP: "0.0.0.0"},
		{containerPort: 80, hostPort: 8080, hostIP: "::"}, {containerPort: 53, hostPort: 5353, protocol: "udp"}]' \
		"$record" >"$BATS_TEST_TMPDIR/record"
	cp "$BATS_TEST_TMPDIR/record" "$record"
	equal "$(sdocker port p)" "80/tcp -> 0.0.0.0:8080
80/tcp -> [::]:8080
53/udp -> 0.0.0.0:5353"
	equal "$(sdocker port p 80)" $'0.0.0.0:8080\n[::]:8080'
	equal "$(sdocker port p 53/udp)" 0.0.0.0:5353
	refuses_with 1 "no public port '53/tcp' published for p" sdocker port p 53
	refuses "port: 'x'" sdocker port p x
	refuses "no such container: q" sdocker port q
	sdocker stop -t 0 p
	equal "$(sdocker port p)" ""
}
