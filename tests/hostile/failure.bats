#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# A system call that fails once, a few places of each program; 'make sweep' does all.

# shellcheck disable=SC2030,SC2031,SC2154 # set by run
load ../helper/common

setup() { sd_setup; }
teardown() { sd_teardown; }

sweep() {
	run tests/hostile/sweep -n "$1" "${@:2}"
	printf '%s\n' "$output" | sed 's/^/# /'
	[ "$status" = 0 ]
}

@test "run: a failed call is reported in one line, and nothing is left" { sweep 3 fail run; }
@test "exec: a failed call is reported in one line, and nothing is left" { sweep 1 fail exec; }
@test "create: a failed call is reported in one line, and nothing is left" { sweep 1 fail create; }
@test "stop: a failed call is reported, and the next stop does the rest" { sweep 1 fail stop; }
@test "pause: a failed call is reported, and nothing is paused" { sweep 1 fail pause; }
@test "rm: a failed call is reported, and the next rm does the rest" { sweep 1 fail rm; }
@test "commit: a failed call is reported, and no image is named" { sweep 1 fail commit; }
@test "import: a failed call is reported, and no image is named" { sweep 1 fail import; }
@test "cp: a failed call is reported" { sweep 2 fail cp out; }
@test "volume create, rm: a failed call is reported, and what is printed is so" { sweep 1 fail volume unvolume; }

# fails PROGRAM CALL N ERRNO TEXT: `run` with that failure says TEXT in one line, and nothing is left.
fails() {
	sd_run timeout -s KILL 10 "$SD_BUILD/tests/hostile/inject" -p "$1" -c "$2" -n "$3" -e "$4" \
		-r "$BATS_TEST_TMPDIR/reached" -w 0 -- sdocker run --network none --rm -u 1000:1000 busybox true
	[ -e "$BATS_TEST_TMPDIR/reached" ]
	equal "$status" 125
	equal "${#stderr_lines[@]}" 1
	contains "$stderr" "$5"
	equal "$(sdocker ps -aq)" ""
}

@test "groups that cannot be given up end the start, outside of a user namespace" {
	sdocker run --network none --rm busybox true
	fails sd-confine setgroups 1 1 "set the supplementary groups: Operation not permitted"
}

@test "a chain that cannot find its next program never looks for it in the image" {
	sdocker run --network none --rm busybox true
	fails sd-pivot readlinkat 1 1 "find sd-confine beside this program: Operation not permitted"
}

@test "a monitor that could not watch its container says so before the gate opens" {
	sdocker run --network none --rm busybox true
	fails "sd-monitor create+" signalfd4 1 24 "signalfd: Too many open files"
	fails "sd-monitor create+" openat 1 24 "Too many open files"
}

@test "a container whose process cannot be looked at is not taken for ended" {
	id=$(sdocker run --network none -d --name up busybox sleep 1000)
	for n in 1 2 3 4; do
		"$SD_BUILD/tests/hostile/inject" -p "sd-state get" -c openat -n $n -e 24 -w 0 -- \
			sdocker rm up 2>/dev/null && false
	done
	equal "$(sdocker ps -q --no-trunc)" "$id"
	sdocker rm -f up
}
