#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root

load ../helper/common

CHAIN=(sd-cgset join -- sd-unshare -- sd-pivot -- sd-confine)

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sd-state ls -aq --no-trunc); do
		printf '{"ociVersion":"1.2.0","id":"%s"}' "$id" | sd-cgset rm --kill |
			sd-state rm >/dev/null
	done
	sd_teardown
}

# made ID FILTER ARG...: a record, with a root directory, that runs ARG....
made() {
	local id=$1 filter=$2
	shift 2
	document "$id" "$filter" >"$BATS_TEST_TMPDIR/doc"
	jq -c 'del(.id, .bundle, .name) | .config.process.args = $ARGS.positional' \
		"$BATS_TEST_TMPDIR/doc" --args -- "$@" >"$BATS_TEST_TMPDIR/spec"
	rm -rf "${SDOCKER_ROOT:?}/containers/$id"
	sd-state new --id "$id" <"$BATS_TEST_TMPDIR/spec" >"$BATS_TEST_TMPDIR/doc"
	rootfs_busybox "$SDOCKER_ROOT/containers/$id/rootfs"
	cat "$BATS_TEST_TMPDIR/doc"
}

# foreground: a document on descriptor 9, run with the standard streams of the caller.
foreground() {
	{
		sd-cgset create <&9 | sd-monitor create --stdio 3,4,5 -- "${CHAIN[@]}" |
			sd-state start | sd-monitor wait --stdio 3,4,5 >"$BATS_TEST_TMPDIR/after"
	} 3<&0 4>&1 5>&2 9<"$BATS_TEST_TMPDIR/doc"
}

# shared with `bash -c`, for tests that redirect
export_foreground() {
	declare -p CHAIN BATS_TEST_TMPDIR >"$BATS_TEST_TMPDIR/lib"
	declare -f foreground >>"$BATS_TEST_TMPDIR/lib"
}

@test "wait ends with the program's code, for every kind of end" {
	for code in 0 1 7 125 126 127 255; do
		made "c$code" . sh -c "exit $code" >/dev/null
		sd_run foreground
		equal "$status" "$code"
		equal "$(sd-state get "c$code" | jq -c '[.status,.exitCode]')" "[\"stopped\",$code]"
	done
	made sig . sh -c 'kill -TERM $$; kill -KILL $$; sleep 9' >/dev/null
	jq -c '.config.linux.namespaces |= map(select(.type != "pid"))' "$BATS_TEST_TMPDIR/doc" \
		>"$BATS_TEST_TMPDIR/d2"
	mv "$BATS_TEST_TMPDIR/d2" "$BATS_TEST_TMPDIR/doc"
	sd_run foreground
	equal "$status" 143
}

@test "standard streams are the program's: pipes directly, files through a pipe" {
	made s1 '.want.stdin = true | .want.autoRemove = true' sh -c 'readlink /proc/self/fd/1; cat; echo err >&2' \
		>/dev/null
	export_foreground
	run bash -c "source $BATS_TEST_TMPDIR/lib; echo in | foreground 2>$BATS_TEST_TMPDIR/err | cat"
	[ "$status" = 0 ]
	contains "$output" "pipe:"
	contains "$output" "in"
	equal "$(cat "$BATS_TEST_TMPDIR/err")" err
}

@test "a file given for reading cannot be written through /proc/self/fd/0" {
	echo canary >"$BATS_TEST_TMPDIR/file"
	made s2 '.want.stdin = true' sh -c 'echo gone >/proc/self/fd/0; cat' >/dev/null
	export_foreground
	run bash -c "source $BATS_TEST_TMPDIR/lib; foreground <$BATS_TEST_TMPDIR/file"
	equal "$(cat "$BATS_TEST_TMPDIR/file")" canary
}

@test "without want.stdin the program reads nothing" {
	made s3 . sh -c 'cat; echo end' >/dev/null
	export_foreground
	run bash -c "source $BATS_TEST_TMPDIR/lib; echo in | foreground"
	equal "$output" end
}

@test "ten megabytes pass both ways whole and in order" {
	made big '.want.stdin = true' cat >/dev/null
	export_foreground
	head -c 10000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
	run bash -c "source $BATS_TEST_TMPDIR/lib
		foreground <$BATS_TEST_TMPDIR/in >$BATS_TEST_TMPDIR/out"
	[ "$status" = 0 ]
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
}

@test "output that cannot be written is said, and goes to the log: the program does not hang" {
	made unwritten . sh -c 'head -c 1000000 /dev/zero | tr "\\0" x; echo end; echo err >&2; exit 3' >/dev/null
	export_foreground
	sd_run timeout -s KILL 10 bash -c "source $BATS_TEST_TMPDIR/lib; set -o pipefail; foreground >/dev/full"
	equal "$status" 125
	equal "$stderr" "sd-monitor: write the program's output: No space left on device"
	equal "$(sd-state get unwritten | jq .exitCode)" 3
	eventually grep -q 'F x*end$' "$SDOCKER_ROOT/containers/unwritten/log"
}

@test "stdout and stderr on one file keep their order" {
	made order '.want.autoRemove = true' sh -c 'for i in 1 2 3 4 5 6 7 8; do echo o$i; echo e$i >&2; done' >/dev/null
	export_foreground
	bash -c "source $BATS_TEST_TMPDIR/lib; foreground >$BATS_TEST_TMPDIR/both 2>&1"
	equal "$(xargs <"$BATS_TEST_TMPDIR/both")" \
		"o1 e1 o2 e2 o3 e3 o4 e4 o5 e5 o6 e6 o7 e7 o8 e8"
}

@test "a terminal has the caller's size before the program begins, and is the program's own" {
	made tty '.want.stdin = true | .config.process.terminal = true' \
		sh -c 'stty size; tty; readlink /proc/self/fd/0' >/dev/null
	export_foreground
	echo "source $BATS_TEST_TMPDIR/lib; stty rows 33 cols 77; foreground; stty -a" \
		>"$BATS_TEST_TMPDIR/session"
	run script -qec "bash $BATS_TEST_TMPDIR/session" /dev/null
	contains "$output" "33 77"
	contains "$output" "/dev/pts/0"
	# The caller's terminal is as it was: echo and line mode.
	contains "$output" " echo "
	contains "$output" " icanon "
}

@test "-it without a terminal is refused" {
	made notty '.want.stdin = true | .config.process.terminal = true' true >/dev/null
	sd-cgset create <"$BATS_TEST_TMPDIR/doc" >"$BATS_TEST_TMPDIR/doc2"
	refuses "the input device is not a TTY" bash -c \
		"sd-monitor create --stdio 0,1,2 -- true <$BATS_TEST_TMPDIR/doc2"
	run bash -c "sd-monitor create --stdio 6,7,8 -- ${CHAIN[*]} <$BATS_TEST_TMPDIR/doc2 \
		6</dev/null 7>/dev/null 8>&1"
	[ "$status" = 125 ]
	contains "$output" "the input device is not a TTY"
}

@test "signals to wait reach the program, also those above 31" {
	made sigs . sh -c 'trap "echo usr; exit 9" USR1; echo up; while :; do sleep 0.05; done' >/dev/null
	export_foreground
	bash -c "source $BATS_TEST_TMPDIR/lib; foreground" >"$BATS_TEST_TMPDIR/out" &
	eventually grep -q up "$BATS_TEST_TMPDIR/out"
	pkill -USR1 -f '^sd-monitor wait'
	code=0
	wait $! || code=$?
	equal "$code" 9
	contains "$(cat "$BATS_TEST_TMPDIR/out")" usr
}

@test "a signal that the caller ignores, as nohup does, is not for the program either" {
	made nohup . sh -c 'trap "exit 9" HUP; echo up; while [ ! -e /go ]; do sleep 0.05; done' >/dev/null
	export_foreground
	(trap '' HUP; exec bash -c "source $BATS_TEST_TMPDIR/lib; foreground") >"$BATS_TEST_TMPDIR/out" &
	eventually grep -q up "$BATS_TEST_TMPDIR/out"
	pkill -HUP -f '^sd-monitor wait'
	sleep 0.2
	touch "$SDOCKER_ROOT/containers/nohup/rootfs/go"
	wait $!
}

@test "a link that fails says so once, with its own name and code, and nothing is left running" {
	made fail . nosuch >/dev/null
	sd-cgset create <"$BATS_TEST_TMPDIR/doc" >"$BATS_TEST_TMPDIR/doc2"
	refuses_with 127 "sd-confine: run 'nosuch': executable file not found in PATH" \
		bash -c "sd-monitor create -- ${CHAIN[*]} <$BATS_TEST_TMPDIR/doc2"
	[ -z "$(pgrep -f '^sd-monitor create')" ]
}

@test "a chain that is killed before the gate is reported by its signal" {
	made killed . true >/dev/null
	refuses "the chain was killed by SIGKILL before the gate" \
		bash -c "sd-monitor create -- sh -c 'kill -9 \$\$' <$BATS_TEST_TMPDIR/doc"
	refuses "without a word" bash -c "sd-monitor create -- true <$BATS_TEST_TMPDIR/doc"
	refuses_with 127 "nosuchloader" bash -c "sd-monitor create -- nosuchloader <$BATS_TEST_TMPDIR/doc"
	refuses "the chain to run is missing" bash -c "sd-monitor create <$BATS_TEST_TMPDIR/doc"
}

@test "create that cannot print kills what it made" {
	made full . sleep 1000 >/dev/null
	run bash -c "sd-cgset create <$BATS_TEST_TMPDIR/doc | sd-monitor create -- ${CHAIN[*]} >/dev/full"
	[ "$status" = 125 ]
	contains "$output" "No space left on device"
	eventually sh -c '[ -z "$(cat /sys/fs/cgroup/*/sdocker/full/cgroup.procs)" ]'
}

@test "without --stdio the output goes to the log, in the CRI format" {
	made logged . sh -c 'echo out; echo err >&2; printf part' >/dev/null
	sd-cgset create <"$BATS_TEST_TMPDIR/doc" | sd-monitor create -- "${CHAIN[@]}" |
		sd-state start | sd-monitor wait >/dev/null
	log=$SDOCKER_ROOT/containers/logged/log
	[[ $(grep -c . "$log") = 3 ]]
	grep -qE '^20.*Z stdout F out$' "$log"
	grep -qE '^20.*Z stderr F err$' "$log"
	grep -qE '^20.*Z stdout P part$' "$log"
}

@test "a killed monitor: the container goes on, its end is known, its code is not" {
	made orphan . sh -c 'trap "exit 3" TERM; while :; do sleep 0.05; done' >/dev/null
	sd-cgset create <"$BATS_TEST_TMPDIR/doc" | sd-monitor create -- "${CHAIN[@]}" |
		sd-state start >"$BATS_TEST_TMPDIR/running"
	kill -KILL "$(sd-state print monitor.pid <"$BATS_TEST_TMPDIR/running")"
	equal "$(sd-state get orphan | jq -r .status)" running
	sd-monitor wait <"$BATS_TEST_TMPDIR/running" >/dev/null 2>"$BATS_TEST_TMPDIR/err" &
	kill -TERM "$(sd-state print pid <"$BATS_TEST_TMPDIR/running")"
	code=0
	wait $! || code=$?
	equal "$code" 125
	contains "$(cat "$BATS_TEST_TMPDIR/err")" "the exit code is not known: its end was not seen"
	equal "$(sd-state get orphan | jq -r .status)" stopped
}

@test "a killed foreground: the container goes on, and what it prints goes to the log" {
	made alone . sh -c 'echo one; while [ ! -e /go ]; do sleep 0.05; done; echo two' >/dev/null
	export_foreground
	bash -c "source $BATS_TEST_TMPDIR/lib; foreground" >"$BATS_TEST_TMPDIR/out" &
	eventually grep -q one "$BATS_TEST_TMPDIR/out"
	pkill -KILL -f '^sd-monitor wait'
	wait
	equal "$(sd-state get alone | jq -r .status)" running
	touch "$SDOCKER_ROOT/containers/alone/rootfs/go"
	eventually grep -q 'F two' "$SDOCKER_ROOT/containers/alone/log"
	eventually sh -c 'sd-state get alone | grep -q "\"exitCode\":0"'
}

@test "the monitor holds none of the caller's descriptors" {
	made fds . sleep 1000 >/dev/null
	exec 8>"$BATS_TEST_TMPDIR/held"
	sd-cgset create <"$BATS_TEST_TMPDIR/doc" | sd-monitor create -- "${CHAIN[@]}" |
		sd-state start >"$BATS_TEST_TMPDIR/running"
	exec 8>&-
	for pid in $(jq '.pid, .monitor.pid' "$BATS_TEST_TMPDIR/running"); do
		for fd in /proc/"$pid"/fd/*; do
			[[ $(readlink "$fd") != *held* ]]
		done
	done
	# The program has its standard streams and nothing more.
	equal "$(ls "/proc/$(sd-state print pid <"$BATS_TEST_TMPDIR/running")/fd" | xargs)" "0 1 2"
}

@test "--stdio wants three descriptors" {
	made bad . true >/dev/null
	for text in '' 3 3,4 3,4,5,6 a,b,c 3,4,-1; do
		refuses "--stdio: '$text' is not three descriptors" \
			bash -c "sd-monitor create --stdio='$text' -- true <$BATS_TEST_TMPDIR/doc"
	done
}

# Where cgroup2 is mounted.
cgroup2() { awk '$0 ~ / - cgroup2 / { print $5; exit }' /proc/self/mountinfo; }

@test "the chain is born in its cgroup of the cgroup2 tree, and its own cgroup is the root it sees" {
	require_layout hybrid v2
	made born . sh -c 'grep ^0: /proc/self/cgroup' >/dev/null
	export_foreground
	equal "$(bash -c "source $BATS_TEST_TMPDIR/lib; foreground")" 0::/
}

@test "a caller whose own cgroup was killed once starts containers all the same" {
	require_layout hybrid v2
	local once
	once=$(cgroup2)/once
	mkdir -p "$once"
	made late . sh -c 'grep ^0: /proc/self/cgroup; exit 4' >/dev/null
	export_foreground
	sleep 100 &
	echo $! >"$once/cgroup.procs"
	echo 1 >"$once/cgroup.kill"
	wait $! || true
	run bash -c "echo \$\$ >$once/cgroup.procs; source $BATS_TEST_TMPDIR/lib; foreground"
	equal "$status $output" "4 0::/"
	eventually rmdir "$once"
}

# A driver for --driver: notes how it was called.
noting_driver() {
	printf '#!/bin/sh\necho "$@" >>%s/calls\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/driver"
	chmod +x "$BATS_TEST_TMPDIR/driver"
}

# detached ARG...: a document on descriptor 9, run without a foreground; prints the document.
detached() { sd-cgset create <&9 | sd-monitor create "$@" -- "${CHAIN[@]}" | sd-state start; }

@test "at the end the monitor becomes 'PROGRAM cleanup ID'" {
	noting_driver
	made end . true >/dev/null
	detached --driver "$BATS_TEST_TMPDIR/driver" 9<"$BATS_TEST_TMPDIR/doc" >/dev/null
	eventually grep -qx 'cleanup end' "$BATS_TEST_TMPDIR/calls"
	made none . true >/dev/null
	refuses "--driver /nosuch: No such file" bash -c \
		"sd-monitor create --driver /nosuch -- true <$BATS_TEST_TMPDIR/doc"
}

# with_parent OPTION...: made's container stands at its gate, and the parent of that command is killed.
with_parent() {
	sd-cgset create <"$BATS_TEST_TMPDIR/doc" >"$BATS_TEST_TMPDIR/grouped"
	run bash -c 'sd-monitor create "${@:3}" <"$1" >"$2"; kill -KILL $$' sh "$BATS_TEST_TMPDIR/grouped" \
		"$BATS_TEST_TMPDIR/waiting" "$@" -- "${CHAIN[@]}"
	equal "$status" 137
}

@test "one that is tied to its maker ends with it at the gate; by hand it waits" {
	noting_driver
	made tied . true >/dev/null
	with_parent --tied --driver "$BATS_TEST_TMPDIR/driver"
	eventually sh -c "! kill -0 $(jq .monitor.pid "$BATS_TEST_TMPDIR/waiting") 2>/dev/null"
	equal "$(cat "$BATS_TEST_TMPDIR/calls")" "cleanup tied"
	equal "$(sd-state get tied | jq -c '[.status,.exitCode,.started]')" '["stopped",137,null]'
	equal "$(sd-state get --saved tied | jq -c '[.status,.exitCode]')" '["creating",null]'
	made free . true >/dev/null
	with_parent
	equal "$(sd-state get free | jq -r .status)" created
	sd-state start <"$BATS_TEST_TMPDIR/waiting" >"$BATS_TEST_TMPDIR/running"
	sd-monitor wait <"$BATS_TEST_TMPDIR/running" >/dev/null
}

@test "one that is tied to its maker outlives it once it was started" {
	made tied . sleep 1000 >/dev/null
	sd-cgset create <"$BATS_TEST_TMPDIR/doc" >"$BATS_TEST_TMPDIR/grouped"
	run bash -c 'sd-monitor create --tied "${@:2}" <"$1" | sd-state start; kill -KILL $$' sh \
		"$BATS_TEST_TMPDIR/grouped" -- "${CHAIN[@]}"
	# The monitor has seen the end of its parent when it answers.
	equal "$(control tied stopped-by-user)" ok
	equal "$(sd-state get tied | jq -r .status)" running
}

@test "an owner that hears of the end removes what is left, and the monitor does not" {
	noting_driver
	for owner in '' --owner; do
		made "own$owner" '.want.autoRemove = true' true >/dev/null
		{
			sd-cgset create <&9 | sd-monitor create --driver "$BATS_TEST_TMPDIR/driver" \
				--stdio 3,4,5 -- "${CHAIN[@]}" | sd-state start >"$BATS_TEST_TMPDIR/running"
			sd-monitor wait $owner --stdio 3,4,5 <"$BATS_TEST_TMPDIR/running" >/dev/null
		} 3<&0 4>&1 5>&2 9<"$BATS_TEST_TMPDIR/doc"
		eventually sh -c "! kill -0 $(jq .monitor.pid "$BATS_TEST_TMPDIR/running") 2>/dev/null"
	done
	equal "$(cat "$BATS_TEST_TMPDIR/calls")" "cleanup own"
}

# control ID MESSAGE: what the monitor answers.
control() {
	python3 -c 'if True:
		import os, socket, sys
		os.chdir(os.path.join(os.environ["SDOCKER_RUN"], "containers", sys.argv[1]))
		s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		s.connect("control")
		s.send(sys.argv[2].encode())
		print(s.recv(99).decode())' "$@"
}

@test "an end that the user wished is noted so, until the next start" {
	made wish . sleep 1000 >/dev/null
	detached 9<"$BATS_TEST_TMPDIR/doc" >"$BATS_TEST_TMPDIR/running"
	equal "$(control wish stopped-by-user)" ok
	kill -KILL "$(sd-state print pid <"$BATS_TEST_TMPDIR/running")"
	sd-monitor wait <"$BATS_TEST_TMPDIR/running" >/dev/null || true
	equal "$(sd-state get wish | jq -c '[.exitCode,.stoppedByUser]')" "[137,true]"
	equal "$(sd-state get --saved wish | jq -c '[.exitCode,.stoppedByUser]')" "[137,true]"
	sd-state get --saved --ended wish >"$BATS_TEST_TMPDIR/doc"
	detached 9<"$BATS_TEST_TMPDIR/doc" >"$BATS_TEST_TMPDIR/running"
	equal "$(sd-state get wish | jq .stoppedByUser)" null
	equal "$(sd-state get --saved wish | jq .stoppedByUser)" null
}

@test "get --ended waits for the monitor: what it removes is not a new life's" {
	made slow . true >/dev/null
	printf '#!/bin/sh\nuntil [ -e %s/go ]; do sleep 0.02; done\n' "$BATS_TEST_TMPDIR" \
		>"$BATS_TEST_TMPDIR/driver"
	chmod +x "$BATS_TEST_TMPDIR/driver"
	detached --driver "$BATS_TEST_TMPDIR/driver" 9<"$BATS_TEST_TMPDIR/doc" >/dev/null
	eventually sh -c 'sd-state get slow | grep -q "\"exitCode\":0"'
	sd-state get --saved --ended slow >"$BATS_TEST_TMPDIR/again" &
	sleep 0.2
	[ ! -s "$BATS_TEST_TMPDIR/again" ]
	touch "$BATS_TEST_TMPDIR/go"
	wait $!
	equal "$(jq -r .status "$BATS_TEST_TMPDIR/again")" stopped
}
