#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# Terminals and standard streams of containers, in the foreground and attached.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

typist() { "$SD_REPO/tests/helper/typist" "$@"; }

# The foreground of the driver with that pid.
foreground() { pgrep -P "$1" -f '^sd-monitor wait'; }

# attached N: so many have what the monitor gave them, a pipe each for the two outputs.
attached() { eventually have_streams "$1"; }
have_streams() {
	local pid n=0
	for pid in $(pgrep -f '^sd-monitor wait'); do
		[ "$(find "/proc/$pid/fd" -lname 'pipe:*' -perm -u=r ! -perm -u=w | wc -l)" -lt 3 ] || n=$((n + 1))
	done
	[ "$n" = "$1" ]
}

@test "run -it is a good terminal: size, resize, Ctrl-C, Ctrl-Z, job control, exit code" {
	sd_run typist sdocker run -it --name box busybox sh -- 'see:/ #' 'type:stty size\r' 'see:24 80' \
		'size:40x100' 'type:stty size\r' 'see:40 100' \
		'type:sh -c "echo o\x22\x22n; exec sleep 100"\r' 'see:on' 'type:\x03' 'see:/ #' \
		'type:sh -c "echo o\x22\x22f; exec sleep 100"\r' 'see:of' 'type:\x1a' 'see:Stopped' \
		'type:jobs\r' 'see:Stopped' 'type:exit 7\r' 'see:stopped jobs' 'type:exit 7\r' gone
	equal "$status" 7
	# What was shown is in its log.
	contains "$(sdocker logs box)" "40 100"
}

@test "a program that wants each key has it, and the terminal is what it was when it ends" {
	sd_run typist sh -c 'sdocker run -it --rm busybox vi /etc/new; echo back' -- raw 'see:/etc/new' \
		type:i 'see:I /etc/new' type:hello 'type:\x1b' 'see:Modified' 'type::wq\r' see:back cooked gone
	equal "$status" 0
}

@test "Ctrl-P Ctrl-Q leaves it running, attach comes back; the exit code is the container's" {
	sd_run typist sh -c 'sdocker run -it --name box busybox sh; echo code $?' -- 'see:/ #' 'type:A=kept\r' \
		'see:/ #' 'type:\x10\x11' 'see:code 0' cooked gone
	equal "$status" 0
	equal "$(sdocker inspect box | jq -r '.[0].status')" running
	# It shows itself again without a key.
	# shellcheck disable=SC2016 # the code is for the shell on the terminal
	sd_run typist sdocker attach box -- 'see:/ #' 'type:echo $A; exit 9\r' 'see:kept' gone
	equal "$status" 9
}

@test "with --rm as well: what was left is removed at its end" {
	typist sdocker run -it --rm --name box busybox sh -- 'see:/ #' 'type:\x10\x11' gone
	typist sdocker attach box -- 'type:exit\r' gone
	eventually sh -c '! sdocker inspect box >/dev/null 2>&1'
}

@test "other detach keys, by attach, run, and none of them when half of them is typed" {
	typist sdocker run -it --detach-keys a,ctrl-x --name box busybox sh -- 'see:/ #' \
		'type:echo abc\r' 'see:abc' 'see:/ #' 'type:a\x18' gone
	typist sdocker attach --detach-keys=z box -- 'see:/ #' 'type:echo yes\r' 'see:yes' 'type:z' gone
	typist sdocker attach box -- 'see:/ #' 'type:a\x18' gone
	typist sdocker attach --no-stdin box -- 'alive' 'type:\x03' gone || [ $? = 130 ]
	equal "$(sdocker inspect box | jq -r '.[0].status')" running
	refuses "--detach-keys 'ctrl-': 'ctrl-' is no key" sdocker attach --no-stdin --detach-keys ctrl- box
	refuses "standard input is not a terminal" sdocker attach box
}

@test "a terminal that is closed ends its foreground, not the container" {
	typist sdocker run -it --name box busybox sh -- 'see:/ #' hang-up gone || [ $? = 129 ]
	equal "$(sdocker inspect box | jq -r '.[0].status')" running
	typist sdocker attach box -- 'see:/ #' 'type:exit 3\r' gone || [ $? = 3 ]
}

@test "two who are attached see the same, and both are told the end" {
	sdocker run -d --name box busybox sh -c 'until [ -e /go ]; do sleep 0.02; done; seq 1000; echo e >&2; exit 5'
	sdocker attach box >"$BATS_TEST_TMPDIR/1" 2>"$BATS_TEST_TMPDIR/1e" &
	one=$!
	sdocker attach box >"$BATS_TEST_TMPDIR/2" &
	two=$!
	eventually foreground $one
	eventually foreground $two
	attached 2
	sdocker exec box touch /go
	code=0; wait $one || code=$?
	equal "$code" 5
	code=0; wait $two || code=$?
	equal "$code" 5
	equal "$(cat "$BATS_TEST_TMPDIR/1")" "$(seq 1000)"
	equal "$(cat "$BATS_TEST_TMPDIR/2")" "$(seq 1000)"
	equal "$(cat "$BATS_TEST_TMPDIR/1e")" e
	equal "$(sdocker logs box 2>/dev/null)" "$(seq 1000)"
	refuses "box is not running" sdocker attach box
}

@test "-d -i: standard input stays open when who wrote to it goes" {
	sdocker run -d -i --name box busybox cat
	for word in one two; do
		(echo $word; eventually sh -c "sdocker logs box | grep -q $word") |
			sdocker attach box >/dev/null &
		eventually sh -c "sdocker logs box | grep -q $word"
		kill -KILL "$(foreground $!)"
		wait
	done
	equal "$(sdocker inspect box | jq -r '.[0].status')" running
}

@test "a foreground's standard input ends with it" {
	equal "$(echo in | sdocker run -i --name box busybox sh -c 'cat; echo end')" $'in\nend'
	equal "$(sdocker logs box)" $'in\nend'
}

@test "a client that does not read holds the program back while it is attached, and no longer" {
	sdocker run -d --name box busybox sh -c \
		'until [ -e /go ]; do sleep 0.02; done; yes | head -c 3000000; touch /end; sleep 1000'
	mkfifo "$BATS_TEST_TMPDIR/pipe"
	sdocker attach box >"$BATS_TEST_TMPDIR/pipe" &
	slow=$!
	exec 7<"$BATS_TEST_TMPDIR/pipe"
	eventually foreground $slow
	attached 1
	sdocker exec box touch /go
	# Held back: all pipes are full, and who writes to the last of them waits.
	eventually sh -c 'for p in /proc/[0-9]*; do
		read -r name <"$p/comm" && [ "$name" = head ] && grep -q pipe_write "$p/wchan" && exit; done; exit 1' 2>/dev/null
	sd_run sdocker exec box test -e /end
	equal "$status" 1
	kill -KILL "$(foreground $slow)"
	eventually sdocker exec box test -e /end
	exec 7<&-
	wait $slow || true
}

@test "run -a: only those streams are the caller's; the log has all" {
	for rm in --rm ''; do
		# shellcheck disable=SC2086
		sd_run sdocker run $rm --name box -a stderr busybox sh -c 'echo out; echo err >&2'
		equal "$status" 0
		# shellcheck disable=SC2154 # of sd_run
		equal "$output$stderr" err
	done
	equal "$(sdocker logs box 2>/dev/null)" out
	refuses "--attach: 'x' is none of stdin, stdout, stderr" sdocker run -a x busybox true
	refuses "--attach and --detach" sdocker run -d -a stdout busybox true
}

@test "--sig-proxy=false: a signal ends the foreground alone" {
	sdocker run --name box --sig-proxy=false busybox sh -c 'trap "exit 3" TERM; echo up; while :; do sleep 0.02; done' >"$BATS_TEST_TMPDIR/out" &
	eventually grep -q up "$BATS_TEST_TMPDIR/out"
	kill -TERM "$(foreground $!)"
	code=0; wait $! || code=$?
	equal "$code" 143
	equal "$(sdocker inspect box | jq -r '.[0].status')" running
	sdocker stop box
	equal "$(sdocker wait box)" 3
}

@test "start -a shows the output, -i gives it the input too" {
	sdocker create -i --name box busybox sh -c 'cat; echo end'
	equal "$(echo in | sdocker start -ai box)" $'in\nend'
	equal "$(echo in | sdocker start -i box)" $'in\nend'
}
