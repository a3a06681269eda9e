#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# A system call that fails once, a few places of each program; 'make sweep' does all.

load ../helper/common

setup() { sd_setup; }
teardown() { sd_teardown; }

sweep() {
	run tests/hostile/sweep -n "$1" "${@:2}"
	printf '%s\n' "$output" | sed 's/^/# /'
	[ "$status" = 0 ]
}

@test "run: a failed call is reported in one line, and nothing is left" { sweep 3 fail run; }
@test "create: a failed call is reported in one line, and nothing is left" { sweep 1 fail create; }
@test "rm: a failed call is reported, and the next rm does the rest" { sweep 1 fail rm; }
@test "commit: a failed call is reported, and no image is named" { sweep 1 fail commit; }
@test "import: a failed call is reported, and no image is named" { sweep 1 fail import; }
