#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# sdocker exec: one more program in a container.

load ../helper/common

setup() {
	sd_setup
	sdocker run -d --name jay -e KEPT=1 -m 64m -w /tmp busybox sleep 1000 >/dev/null
}

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

pid_of() { sdocker inspect "$1" | jq '.[0].pid'; }
inside() { sdocker exec jay "$@"; }
typist() { "$SD_REPO/tests/helper/typist" "$@"; }

@test "exec: the program is the container's, in all that it has" {
	local first
	first=$(pid_of jay)
	equal "$(inside sh -c 'echo $KEPT; pwd; hostname')" $'1\n/tmp\n'"$(sdocker inspect jay | jq -r '.[0].id[:12]')"
	equal "$(inside sh -c 'for n in /proc/self/ns/*; do readlink $n; done' | sort -u)" \
		"$(readlink /proc/"$first"/ns/* | sort -u)"
	equal "$(inside cat /proc/self/cgroup | sort)" "$(inside cat /proc/1/cgroup | sort)"
	equal "$(inside grep -E '^(Cap|NoNew|Seccomp)' /proc/self/status)" \
		"$(grep -E '^(Cap|NoNew|Seccomp)' "/proc/$first/status")"
	equal "$(inside cat /proc/self/limits /proc/self/oom_score_adj)" \
		"$(cat "/proc/$first/limits" "/proc/$first/oom_score_adj")"
	equal "$(inside sh -c 'echo /proc/self/fd/*')" "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3"
}

@test "exec: -e, --env-file, -u, -w, --privileged" {
	printf 'FROM=file\n# nothing\n' >"$BATS_TEST_TMPDIR/env"
	sd_run sdocker exec -e KEPT=2 --env-file "$BATS_TEST_TMPDIR/env" -u 1000:50 -w /etc jay \
		sh -c 'echo $KEPT $FROM; id; pwd'
	equal "$status:$stderr" 0:
	equal "$output" $'2 file\nuid=1000 gid=50 groups=50\n/etc'
	equal "$(sdocker exec --privileged jay grep -E '^Seccomp:' /proc/self/status)" $'Seccomp:\t0'
	equal "$(sdocker exec --privileged jay grep CapEff /proc/self/status)" "$(grep CapBnd /proc/self/status | sed s/Bnd/Eff/)"
	# And the container is what it was.
	equal "$(inside grep Seccomp: /proc/self/status)" $'Seccomp:\t2'
	refuses "--env: '=x'" sdocker exec -e '=x' jay true
	refuses "nobody-there" sdocker exec -u nobody-there jay true
}

@test "exec: the code is the program's" {
	for code in 0 1 7 125 126 127; do
		equal "$(sdocker exec jay sh -c "exit $code" || echo $?)" "${code#0}"
	done
	run sdocker exec jay sh -c 'kill -9 $$'
	equal "$status" 137
	refuses_with 127 "sd-confine: run 'nosuch': executable file not found in PATH" sdocker exec jay nosuch
	refuses_with 126 "sd-confine: run /etc/passwd: permission denied (hint: " sdocker exec jay /etc/passwd
	refuses_with 127 "sd-confine: run 'nosuch'" sdocker exec -d jay nosuch
}

@test "exec: standard streams, each by itself" {
	sd_run sdocker exec jay sh -c 'echo out; echo err >&2'
	equal "$output:$stderr" out:err
	equal "$(echo typed | sdocker exec -i jay cat)" typed
	equal "$(echo typed | sdocker exec jay cat)" ""
	sdocker exec jay seq 100000 >"$BATS_TEST_TMPDIR/out"
	equal "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" 100000
	run bash -c 'sdocker exec jay yes | head -n 1'
	equal "$output" y
	refuses_with 125 "No space left" bash -c 'sdocker exec jay seq 100000 >/dev/full'
	# What it wrote is no part of the container's log.
	equal "$(sdocker logs jay)" ""
}

@test "exec -t: a terminal of the container's, as large as the caller's" {
	equal "$(inside tty)" "not a tty"
	sd_run script -qec "stty rows 33 cols 77; sdocker exec -it jay sh -c 'tty; stty size; exit 3'" /dev/null </dev/null
	equal "$status" 3
	contains "$output" /dev/pts/0
	contains "$output" "33 77"
	refuses "the input device is not a TTY" bash -c 'sdocker exec -it jay sh </dev/null'
}

@test "exec -d: it goes on alone" {
	sd_run sdocker exec -d jay sleep 500
	equal "$status:$output:$stderr" 0::
	equal "$(inside ps | grep -c '[s]leep 500')" 1
	sd_run sdocker exec -d -t jay sh -c 'sleep 501'
	equal "$status:$output:$stderr" 0::
	equal "$(inside ps | grep -c 'sleep 501$')" 1
	sdocker stop -t 0 jay
	run ! pgrep -f 'sleep 50[01]$'
}

@test "exec: what does not run, and what is paused, is told" {
	refuses "sd-state: no such container: nosuch" sdocker exec nosuch true
	sdocker pause jay
	refuses "sd-state: jay is paused (hint: 'sdocker unpause jay' lets it go on)" sdocker exec jay true
	sdocker unpause jay
	sdocker stop -t 0 jay
	refuses "sd-state: jay is not running" sdocker exec jay true
	refuses "operands" sdocker exec jay
}

@test "exec: it ends with the container, 137" {
	sdocker exec jay sleep 1000 &
	local exec=$!
	eventually pgrep -f 'sleep 1000$' -c
	eventually inside sh -c 'ps | grep -q "[0-9] root     sleep 1000" && [ $(ps | grep -c "sleep 1000$") = 2 ]'
	sdocker kill jay
	local code=0
	wait $exec || code=$?
	equal $code 137
}

@test "exec: nothing is kept of it, and a killed one leaves the program alone" {
	local before after
	before=$(find "$SDOCKER_ROOT" "$SDOCKER_RUN" | sort)
	sdocker exec jay true
	after=$(find "$SDOCKER_ROOT" "$SDOCKER_RUN" | sort)
	equal "$after" "$before"
	sdocker exec jay sleep 600 &
	eventually pgrep -x -f 'sleep 600'
	pkill -KILL -f 'sd-monitor exec'
	wait || true
	equal "$(inside ps | grep -c 'sleep 600$')" 1
	equal "$(find "$SDOCKER_ROOT" "$SDOCKER_RUN" | sort)" "$before"
}

@test "exec: a signal to the command reaches the program" {
	sdocker exec jay sh -c 'trap "echo told; exit 9" TERM; echo ready; while :; do sleep 0.05; done' \
		>"$BATS_TEST_TMPDIR/out" &
	local exec=$!
	eventually grep -q ready "$BATS_TEST_TMPDIR/out"
	kill -TERM $exec
	local code=0
	wait $exec || code=$?
	equal $code 9
	equal "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" told
}

@test "exec -it: the detach keys leave it, and what it still writes holds it up no more" {
	local work='until [ -e /go ]; do sleep 0.05; done; yes | head -n 100000; echo yes >/done'
	sd_run typist sh -c 'sdocker exec -it jay sh; echo code $?' -- 'see:# ' "type:$work\r" 'type:\x10\x11' \
		'see:code 0' cooked gone
	equal "$status" 0
	inside touch /go
	eventually inside test -e /done
	typist sdocker exec -it --detach-keys a,ctrl-x jay sh -- 'see:# ' 'type:cat\r' 'type:\x10\x11ok\r' \
		see:ok 'type:a\x18' gone
	eventually inside sh -c 'ps | grep -q "[0-9] root     cat$"'
	refuses "--detach-keys 'ctrl-': 'ctrl-' is no key" sdocker exec --detach-keys ctrl- jay true
}

@test "exec --explain: what it prints does the same" {
	sdocker exec --explain -e A=b jay sh -c 'echo $A; exit 4' >"$BATS_TEST_TMPDIR/pasted"
	sd_run bash "$BATS_TEST_TMPDIR/pasted"
	equal "$status:$output:$stderr" 4:b:
	contains "$(sdocker exec --explain -d jay true)" "sd-monitor exec --detach -- sd-cgset join -- sd-nsenter -- sd-confine"
}
