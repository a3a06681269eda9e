#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# What --explain prints, pasted into a shell, is the verb.

load ../helper/common

setup() {
	sd_setup
	warm_up
}

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

# The verb by the driver and by its explanation: same output, errors and exit code.
same() {
	local out err code
	sd_run sdocker "$@"
	out=$output err=$stderr code=$status
	sdocker "$1" --explain "${@:2}" >"$BATS_TEST_TMPDIR/pasted"
	sd_run bash "$BATS_TEST_TMPDIR/pasted"
	equal "$output" "$out"
	equal "$stderr" "$err"
	equal "$status" "$code"
}

@test "run: output, errors, exit code, arguments and environment are the same" {
	same run --rm busybox echo hello
	same run --rm busybox sh -c 'echo out; echo err >&2; exit 42'
	same run --rm -e 'A=it'\''s "quoted" $HOME' -h box busybox sh -c 'echo "$A"; printf "<%s>" "$@"' \
		sh '' 'a b' $'new\nline' '$x' '*'
	same run --rm -m 64m -u nobody -w /tmp --read-only busybox sh -c 'id; pwd; touch /x'
	same run --rm busybox nosuch
	same run --rm -u nosuch busybox true
	same run --rm nosuchimage
	same run --rm -m 1m busybox true
	equal "$(sdocker ps -aq)" ""
}

@test "run: the terminal and its size are the same" {
	sdocker run --explain --rm -it busybox sh -c 'stty size; tty' >"$BATS_TEST_TMPDIR/pasted"
	echo "stty rows 31 cols 71; . $BATS_TEST_TMPDIR/pasted" >"$BATS_TEST_TMPDIR/session"
	run script -qec "bash $BATS_TEST_TMPDIR/session" /dev/null
	contains "$output" "31 71"
	contains "$output" "/dev/pts/0"
}

@test "run: standard input is the same" {
	sdocker run --explain --rm -i busybox tr a-z A-Z >"$BATS_TEST_TMPDIR/pasted"
	equal "$(echo text | bash "$BATS_TEST_TMPDIR/pasted")" TEXT
}

@test "run --explain does nothing" {
	before=$(audit_snapshot)
	sdocker run --explain --name x busybox true >/dev/null
	equal "$(audit_snapshot)" "$before"
}

@test "run without --rm leaves the same record" {
	sdocker run --name driven busybox sh -c 'exit 3' || true
	sdocker run --explain --name pasted busybox sh -c 'exit 3' >"$BATS_TEST_TMPDIR/pasted"
	bash "$BATS_TEST_TMPDIR/pasted" || true
	facts='del(.id,.bundle,.name,.want.name,.created,.started,.finished,.creator,.monitor,.startTime,
		.config.hostname,.config.process.env,.rootfs,.cgroup,
		.leases,.networks,.names)'
	equal "$(sd-state get pasted | jq -S "$facts")" \
		"$(sd-state get driven | jq -S "$facts")"
}

@test "run -d, create, start and rm by their explanations" {
	paste() { sdocker "$1" --explain "${@:2}" >"$BATS_TEST_TMPDIR/pasted"; bash "$BATS_TEST_TMPDIR/pasted"; }
	id=$(paste run -d --name up busybox sleep 1000)
	equal "$(sdocker ps -q --no-trunc)" "$id"
	paste rm -f up
	equal "$(sdocker ps -aq)" ""
	id=$(paste create --name later busybox sh -c 'echo started; exit 2')
	equal "$(sdocker inspect later | jq -r '.[0].status')" created
	run paste start -a later
	equal "$status" 2
	equal "$output" started
	paste rm later
	equal "$(sdocker ps -aq)" ""
}

@test "ps, images, inspect, commit, import and the rest by their explanations" {
	sdocker run --name c busybox sh -c 'echo new >/f'
	same ps -a -q
	same ps -a -s --format '{{.Names}} {{.Size}}'
	same images -q
	same events --since 1h --until 0s
	same inspect c
	same inspect busybox
	same inspect nosuch c busybox
	same inspect -f '{{.Id}} "{{.Config.Image}}"' c
	same inspect --type image busybox
	same info
	same version
	sdocker commit --explain c changed >"$BATS_TEST_TMPDIR/pasted"
	bash "$BATS_TEST_TMPDIR/pasted" >/dev/null
	equal "$(sdocker run --rm changed cat /f)" new
	sdocker commit --explain -o "$BATS_TEST_TMPDIR/root.tar" c >"$BATS_TEST_TMPDIR/pasted"
	bash "$BATS_TEST_TMPDIR/pasted"
	sdocker import --explain "$BATS_TEST_TMPDIR/root.tar" again >"$BATS_TEST_TMPDIR/pasted"
	bash "$BATS_TEST_TMPDIR/pasted" >/dev/null
	equal "$(sdocker run --rm again cat /f)" new
}
