#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sdocker top.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

@test "top: a container's processes, running and paused" {
	sdocker run -d --name c busybox sleep 1000 >/dev/null
	succeeds sdocker top c
	equal "$(head -n 1 <<<"$output" | xargs)" "UID PID PPID C STIME TTY TIME CMD"
	contains "$(tail -n 1 <<<"$output")" "sleep 1000"
	equal "$(sdocker top c -o pid=)" "$(sdocker inspect c | jq '.[0].pid')"
	sdocker pause c >/dev/null
	equal "$(sdocker top c -eo args=)" "sleep 1000"
	refuses "sd-cgset: -o: no column 'x'" sdocker top c -o x
	# A tool's option would choose another cgroup.
	refuses "'--path' is no option of ps that is known here (hint: -ef, aux and -o LIST are)" \
		sdocker top c --path "$(sdocker inspect c | jq -r '.[0].id')"
	refuses "'--path=x' is no option of ps" sdocker top c -ef --path=x
	sdocker stop -t 0 c >/dev/null
	refuses "sd-state: c is not running" sdocker top c
	refuses "sd-state: c is not running" sdocker top c -o x
	refuses "no such container: nope" sdocker top nope
	refuses "operands missing" sdocker top
	equal "$(sdocker top --explain c -ef)" \
		$'sd-state get --facts --running --paused c \\\n  | sd-cgset top -ef'
}
