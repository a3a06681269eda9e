#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sd-monitor exec and sd-spec exec, by hand.

load ../helper/common

CHAIN=(sd-cgset join -- sd-nsenter -- sd-confine)

setup() {
	sd_setup
	sdocker run -d --name x -e A=1 -u 7 busybox sleep 1000 >/dev/null
}

teardown() {
	sdocker rm -f x >/dev/null
	sd_teardown
}

# by_hand OPTION... -- COMMAND...
by_hand() {
	{ sd-state get --running x | sd-spec exec "$@" | sd-monitor exec --stdio 3,4,5 -- "${CHAIN[@]}"; } \
		3<&0 4>&1 5>&2
}

@test "exec: streams go round the document, the code is the program's" {
	sd_run by_hand -- sh -c 'echo $A; id -u; echo err >&2; exit 3'
	equal "$status:$stderr" 3:err
	equal "$output" $'1\n7'
	equal "$(echo typed | by_hand -i cat)" typed
}

@test "exec: the links are the user's to choose" {
	# Without sd-cgset join the program is charged to whoever calls, outside of the container's limits.
	sd_run bash -c '{ sd-state get x | sd-spec exec cat /proc/self/cgroup |
		sd-monitor exec --stdio 3,4,5 -- sd-nsenter -- sd-confine; } 3<&0 4>&1 5>&2'
	equal "$status:$stderr" 0:
	contains "$output" "/.."
}

@test "exec: --detach ends when the program has begun" {
	sd-state get x | sd-spec exec sleep 700 | sd-monitor exec --detach -- "${CHAIN[@]}"
	equal "$(pgrep -c -x -f 'sleep 700')" 1
}

@test "exec: what makes no sense is refused" {
	refuses "--stdio or --detach is missing" sd-monitor exec -- true
	refuses "--stdio does not go with --detach" sd-monitor exec -d --stdio 3,4,5 -- true
	refuses "the chain to run is missing" bash -c 'sd-state get x | sd-monitor exec -d'
	refuses "--stdio: 'x' is not three descriptors" bash -c 'sd-state get x | sd-monitor exec --stdio x -- true'
	refuses "no command was given" bash -c 'sd-state get x | sd-spec exec'
	refuses "--workdir: 'rel' is not an absolute path" bash -c 'sd-state get x | sd-spec exec -w rel true'
	refuses "config.process: missing" bash -c 'sd-state get x | jq -c "del(.config.process)" | sd-spec exec true'
}

@test "sd-spec exec: only the process is another" {
	sd-state get x >"$BATS_TEST_TMPDIR/doc"
	sd-spec exec -t -i -e B=2 -u a:b -w /x/../y sh -c 'x y' <"$BATS_TEST_TMPDIR/doc" >"$BATS_TEST_TMPDIR/exec"
	equal "$(jq -c '.config.process | [.args, .cwd, .terminal, .env[-1]]' "$BATS_TEST_TMPDIR/exec")" \
		'[["sh","-c","x y"],"/y",true,"B=2"]'
	equal "$(jq -c '[.want.user, .want.stdin]' "$BATS_TEST_TMPDIR/exec")" '["a:b",true]'
	equal "$(jq -S 'del(.config.process, .want)' "$BATS_TEST_TMPDIR/exec")" \
		"$(jq -S 'del(.config.process, .want)' "$BATS_TEST_TMPDIR/doc")"
	equal "$(sd-spec exec --privileged true <"$BATS_TEST_TMPDIR/doc" | jq -c '[.want.seccomp, .seccomp]')" \
		'["unconfined",null]'
}
