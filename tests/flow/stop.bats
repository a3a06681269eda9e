#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sdocker stop, kill, restart, pause, unpause, wait.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

status_of() { sdocker ps -a --filter "name=$1" | awk 'NR == 2' | grep -oE '(Up|Exited|Created).*'; }
cgroups() { find /sys/fs/cgroup -path '*/sdocker/*' -type d; }

# obedient NAME CODE [OPTION]...: ends with CODE at SIGTERM, and is ready to.
obedient() {
	sdocker run -d --name "$1" "${@:3}" busybox sh -c \
		"trap 'exit $2' TERM; while :; do sleep 0.05; done" >/dev/null
	eventually grep -qE 'SigCgt:.*[4567cdef]...$' "/proc/$(sdocker inspect "$1" | jq '.[0].pid')/status"
}

@test "stop: an end with its own code, 137 where it did not listen; no cgroup is left" {
	obedient good 5
	sdocker run -d --name deaf busybox sleep 1000 >/dev/null
	sd_run sdocker stop -t 1 good deaf
	equal "$status:$stderr" "0:"
	equal "$output" $'good\ndeaf'
	contains "$(status_of good)" "Exited (5) "
	contains "$(status_of deaf)" "Exited (137) "
	equal "$(cgroups)" ""
	# Stopped already.
	sd_run sdocker stop good deaf
	equal "$status:$output:$stderr" $'0:good\ndeaf:'
}

@test "stop: those that are there are stopped, the one that is not is told" {
	obedient here 0
	sd_run sdocker stop nosuch here
	equal "$status" 125
	equal "$output" here
	equal "$stderr" "sd-state: no such container: nosuch"
	contains "$(status_of here)" "Exited (0) "
	refuses "operands missing" sdocker stop
	obedient one 0
	refuses "sd-monitor: --timeout: 'soon'" sdocker stop -t soon one
	contains "$(status_of one)" "Up "
}

@test "stop: ten that do not listen take one timeout" {
	names=()
	for i in {0..9}; do
		names+=("n$i")
		sdocker run -d --name "n$i" busybox sleep 1000 >/dev/null
	done
	before=$SECONDS
	equal "$(sdocker stop -t 2 "${names[@]}" | wc -l)" 10
	# One after the other they would take 20.
	[ $((SECONDS - before)) -lt 12 ]
	equal "$(sdocker ps -q)" ""
	equal "$(cgroups)" ""
}

@test "stop: all processes end, also where process 1 is not of a namespace of its own" {
	sdocker run -d --name h --pid host busybox sh -c 'sleep 1234 & sleep 1234 & exec sleep 1234' >/dev/null
	eventually sh -c '[ $(pgrep -cf "^sleep 1234") = 3 ]'
	sdocker stop -t 1 h
	equal "$(pgrep -cf '^sleep 1234')" 0
	equal "$(cgroups)" ""
}

@test "stop: a container that is paused dies by it" {
	obedient p 6
	sdocker pause p
	equal "$(sdocker stop p)" p
	contains "$(status_of p)" "Exited (6) "
}

@test "stop and rm -f at the same time: one rm -f suffices" {
	for i in 1 2 3 4 5 6 7 8; do
		sdocker run -d --name r busybox sleep 1000 >/dev/null
		sdocker stop -t 1 r >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" &
		# At another moment each time.
		[ $((i % 2)) = 0 ] || sdocker ps >/dev/null
		[ $((i % 4)) -lt 2 ] || sdocker ps >/dev/null
		succeeds sdocker rm -f r
		code=0
		wait $! || code=$?
		# It was ended by somebody, or was not there any more.
		case $code in
		0) ;;
		125) equal "$(cat "$BATS_TEST_TMPDIR/err")" "sd-state: no such container: r" ;;
		*) false ;;
		esac
		equal "$(sdocker ps -aq)" ""
		equal "$(cgroups)" ""
	done
}

@test "stop of one with --rm: its name is free when stop has returned" {
	sdocker run -d --rm --name same busybox sleep 1000 >/dev/null
	sdocker stop -t 0 same
	equal "$(sdocker ps -aq)" ""
	sdocker run --rm --name same busybox true
}

@test "kill: process 1 gets the signal; by SIGKILL it has ended when kill returns" {
	sdocker run -d --name k busybox sh -c \
		'trap "echo >/hup" HUP; while :; do [ ! -e /hup ] || exit 9; sleep 0.05; done' >/dev/null
	eventually grep -qE 'SigCgt:.*[13579bdf]$' "/proc/$(sdocker inspect k | jq '.[0].pid')/status"
	equal "$(sdocker kill -s HUP k)" k
	equal "$(sdocker wait k)" 9
	refuses "k is not running" sdocker kill k
	sdocker start k >/dev/null
	equal "$(sdocker wait k)" 9
	sdocker run -d --name l busybox sleep 1000 >/dev/null
	equal "$(sdocker kill l)" l
	contains "$(status_of l)" "Exited (137) "
	equal "$(cgroups)" ""
	sdocker start l >/dev/null
	refuses "sd-monitor: --signal: 'NOSUCH'" sdocker kill -s NOSUCH l
}

@test "kill: what is paused goes on, and ends" {
	obedient p 4
	sdocker pause p
	sdocker kill -s TERM p
	equal "$(sdocker wait p)" 4
	sdocker start p >/dev/null
	sdocker pause p
	equal "$(sdocker kill p)" p
	contains "$(status_of p)" "Exited (137) "
}

@test "restart: a new life, of what runs, of what has ended, and of what is paused" {
	obedient a 3
	sdocker run --name b busybox true
	obedient c 3
	sdocker pause c
	before=$(sdocker inspect a c | jq '.[].pid')
	sd_run sdocker restart -t 5 a c b
	equal "$status:$stderr" "0:"
	equal "$output" $'a\nc\nb'
	after=$(sdocker inspect a c | jq '.[].pid')
	equal "$(sort -u <<<"$before"$'\n'"$after" | wc -l)" 4
	equal "$(sdocker inspect a c | jq -r '.[].status' | xargs)" "running running"
	equal "$(sdocker inspect a | jq '.[0].stoppedByUser')" null
	sd_run sdocker restart nosuch
	equal "$status:$stderr" "125:sd-state: no such container: nosuch"
}

@test "pause: no process makes a step; unpause: they go on" {
	sdocker run -d --name p busybox sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/i; done' >/dev/null
	eventually sh -c "find '$SDOCKER_ROOT' -name i -type f | grep -q ."
	file=$(find "$SDOCKER_ROOT" -name i -type f | head -n 1)
	equal "$(sdocker pause p)" p
	contains "$(status_of p)" "(Paused)"
	equal "$(sdocker inspect p | jq -r '.[0].status')" paused
	equal "$(sdocker ps -q | wc -l)" 1
	was=$(cat "$file")
	for _ in 1 2 3; do sdocker ps >/dev/null; done
	equal "$(cat "$file")" "$was"
	refuses "p is paused" sdocker pause p
	refuses "p is paused (hint: 'sdocker rm -f p' ends it)" sdocker rm p
	equal "$(sdocker unpause p)" p
	[[ $(status_of p) != *Paused* ]]
	eventually sh -c "[ \"\$(cat $file)\" != '$was' ]"
	refuses "p is not paused" sdocker unpause p
	sdocker pause p
	equal "$(sdocker rm -f p)" p
	equal "$(cgroups)" ""
}

@test "pause: what does not run is told; a start after it is not paused" {
	sdocker create --name n busybox sleep 1000 >/dev/null
	refuses "n is not running" sdocker pause n
	sdocker start n >/dev/null
	sdocker pause n
	kill -KILL "$(sdocker inspect n | jq '.[0].monitor.pid')"
	kill -KILL "$(sdocker inspect n | jq '.[0].pid')"
	sdocker kill n >/dev/null 2>&1 || true
	eventually sh -c 'sdocker inspect n | grep -q "\"status\": \"stopped\""'
	sdocker start n >/dev/null
	equal "$(sdocker inspect n | jq -r '.[0].status')" running
}

@test "wait: the code of each, in the order of the names; also of what has ended, or never began" {
	obedient w 8
	sdocker run --name x busybox sh -c 'exit 125' || true
	sdocker create --name y busybox >/dev/null
	sdocker wait w x y >"$BATS_TEST_TMPDIR/codes" &
	sdocker stop w >/dev/null
	wait $!
	equal "$(xargs <"$BATS_TEST_TMPDIR/codes")" "8 125 0"
	sd_run sdocker wait nosuch x
	equal "$status:$output" "125:125"
	equal "$stderr" "sd-state: no such container: nosuch"
}

@test "--explain: what is printed does the same" {
	obedient e 2
	bash -c "$(sdocker pause --explain e)"
	contains "$(status_of e)" "(Paused)"
	sd_run bash -c "$(sdocker pause --explain e)"
	[ "$status" != 0 ]
	contains "$(status_of e)" "(Paused)"
	bash -c "$(sdocker unpause --explain e)"
	bash -c "$(sdocker stop --explain -t 5 e)"
	contains "$(status_of e)" "Exited (2) "
	bash -c "$(sdocker stop --explain e)"
	sd_run bash -c "$(sdocker stop --explain nosuch)"
	[ "$status" != 0 ]
	equal "$(bash -c "$(sdocker wait --explain e)")" 2
	bash -c "$(sdocker restart --explain -t 5 e)"
	contains "$(status_of e)" "Up "
	bash -c "$(sdocker kill --explain e)"
	contains "$(status_of e)" "Exited (137) "
}

@test "what happens is an event" {
	sdocker run -d --name e busybox sleep 1000 >/dev/null
	sdocker pause e
	sdocker unpause e
	sdocker rename e f
	sdocker update --pids-limit 9 f
	sdocker kill -s CONT f
	sdocker stop -t 0 f
	equal "$(jq -r 'select(.Actor.Attributes.name | IN("e", "f")) | [.Action, .Actor.Attributes.name, .Actor.Attributes.oldName // .Actor.Attributes.signal // ""] | join(" ")' \
		"$SDOCKER_RUN/events" | grep -v -e ^die -e ^create -e ^start | xargs -d '\n' -n 1)" \
		"pause e 
unpause e 
rename f e
update f 
kill f 18
kill f 15
kill f 9
stop f "
}
