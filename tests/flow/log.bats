#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# What becomes of a program's output: --log-driver, --log-opt.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

bundle() { echo "$SDOCKER_ROOT/containers/$(sdocker ps -aq --no-trunc)"; }

@test "--log-opt: no line of a fast writer is lost or cut over rotations, while files are kept" {
	sdocker run --name box --log-driver json-file --log-opt max-size=20k --log-opt max-file=1000 \
		busybox seq 20000 >/dev/null
	[ "$(find "$(bundle)" -name 'log.*' | wc -l)" -gt 20 ]
	seq 20000 | cmp - <(sdocker logs box)
}

@test "--log-opt: of the rest the newest is kept, in so many files of that size" {
	for files in 1 3; do
		sdocker run --name box --log-opt max-size=20k --log-opt max-file=$files busybox seq 20000 >/dev/null
		[ "$(find "$(bundle)" -name 'log*' -type f | wc -l)" -le $files ]
		[ -z "$(find "$(bundle)" -name 'log*' -size +20480c)" ]
		first=$(sdocker logs box | head -n 1)
		seq "${first:-20001}" 20000 | cmp - <(sdocker logs box)
		sdocker rm box
	done
}

@test "--log-opt: a line that is longer has a file of its own" {
	sdocker run --name box --log-opt max-size=1k --log-opt max-file=9 busybox sh -c \
		'seq 10; printf "%05000d\n" 0; seq 10' >/dev/null
	equal "$(find "$(bundle)" -name 'log*' -type f -size +1024c | wc -l)" 1
	cmp <(seq 10; printf '%05000d\n' 0; seq 10) <(sdocker logs box)
}

@test "--log-driver none: nothing is kept" {
	equal "$(sdocker run --name box --log-driver none busybox echo shown)" shown
	[ ! -e "$(bundle)/log" ]
	# Nothing stands between the program and a pipe of the caller's.
	equal "$({ readlink /proc/self/fd/1; sdocker run --log-driver none busybox readlink /proc/self/fd/1; } | uniq | wc -l)" 1
	equal "$({ readlink /proc/self/fd/1; sdocker run busybox readlink /proc/self/fd/1; } | uniq | wc -l)" 2
	sd_run sdocker logs box
	equal "$status" 125
}

@test "a log that cannot be is refused" {
	refuses "--log-driver: 'syslog' is none of" sdocker run --log-driver syslog busybox true
	refuses "--log-opt: 'tag=x' is none of" sdocker run --log-opt tag=x busybox true
	refuses "--log-opt max-size: it must hold something" sdocker run --log-opt max-size=0 busybox true
	refuses "--log-opt max-file" sdocker run --log-opt max-file=0 busybox true
	refuses "--log-opt does not go with" sdocker run --log-driver none --log-opt max-file=2 busybox true
}
