# requires: root
# SPDX-License-Identifier: Apache-2.0
load ../helper/common

# as_init COMMAND [ARG]...: sd-init as process 1 of a pid namespace.
as_init() { unshare --pid --fork --mount-proc --kill-child sd-init -- "$@"; }

has_sleeper() { pgrep -P "$(init_of "$1")" -x sleep; }

# The host's pid of the sd-init that the background job $1 (unshare) has as its child.
init_of() { pgrep -P "$1" -x sd-init; }

@test "it ends with the program's exit code" {
	local code
	for code in 0 1 3 125 255; do
		run -"$code" --separate-stderr as_init sh -c "exit $code"
		equal "$output$stderr" ""
	done
}

@test "a program that dies of a signal is 128+n" {
	local sig
	for sig in 9 15 6 11 34; do
		run -$((128 + sig)) --separate-stderr as_init sh -c "kill -$sig \$\$"
	done
}

@test "a program that cannot run is 126 or 127, with the reason" {
	refuses_with 127 "sd-init: run 'nosuch': executable file not found in PATH" as_init nosuch
	refuses_with 127 "sd-init: run /no/such: no such file or directory" as_init /no/such
	refuses_with 126 "sd-init: run /etc: permission denied (hint: it is a directory)" as_init /etc
	refuses "what to run is missing: a COMMAND" sd-init
	refuses "what to run is missing: a COMMAND" sd-init --
}

@test "the program is a child of process 1, with arguments and streams as they are" {
	# shellcheck disable=SC2016
	run -0 --separate-stderr as_init sh -c 'echo $PPID; cat; printf "<%s>" "$@"; echo e >&2' x '' 'a b' -n <<<in
	equal "$output" $'1\nin\n<><a b><-n>'
	equal "$stderr" e
}

@test "orphans are reaped while the program runs" {
	# shellcheck disable=SC2016
	succeeds as_init sh -c '
		for i in 1 2 3 4 5; do (sh -c "exit $i" & exit 0); done
		until [ "$(ps -e -o stat= | grep -c Z)" = 0 ] && [ "$(ps -e -o pid= | wc -l)" -le 5 ]; do :; done
		echo clean'
	equal "$output" clean
}

@test "a program that ends does not wait for its orphans" {
	local start=$SECONDS
	succeeds as_init sh -c '(setsid sleep 100 &) ; exit 0'
	[ $((SECONDS - start)) -lt 20 ]
}

@test "signals are passed on" {
	local sig out
	for sig in TERM HUP INT QUIT USR1 USR2 WINCH CONT ABRT RTMIN+1; do
		out=$BATS_TEST_TMPDIR/out.$sig # a new one: the last one's "up" is no answer
		# A shell's background jobs ignore INT and QUIT, and bash cannot trap what it ignores.
		env --default-signal unshare --pid --fork --mount-proc --kill-child sd-init -- \
			bash -c 'trap "echo got; exit 7" '$sig'; echo up; while :; do sleep 0.01; done' >"$out" 3>&- &
		local job=$! status=0
		eventually grep -qx up "$out"
		kill -s "$sig" "$(init_of $job)"
		wait $job || status=$?
		equal "$sig $status $(tail -n1 "$out")" "$sig 7 got"
	done
}

@test "a signal that nothing handles ends the program, and so the container" {
	local status=0
	unshare --pid --fork --mount-proc --kill-child sd-init -- sleep 100 3>&- &
	local job=$!
	eventually has_sleeper $job
	kill -TERM "$(init_of $job)"
	wait $job || status=$?
	equal "$status" 143
}

@test "on a terminal the program's group is the foreground one" {
	# shellcheck disable=SC2016
	run -0 script -qec 'unshare --pid --fork --mount-proc setsid -c sd-init -- sh -c "
		ps -o pid=,pgid=,tpgid= -p \$\$"' /dev/null
	read -r pid pgid tpgid <<<"$(tr -d '\r' <<<"$output")"
	equal "$pgid $tpgid" "$pid $pid"
}
