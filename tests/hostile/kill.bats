#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# SIGKILL of any one process of a command, a few places of each program; 'make sweep' does all.

# shellcheck disable=SC2030,SC2031,SC2154 # set by run
load ../helper/common

setup() { sd_setup; }
teardown() { sd_teardown; }

sweep() {
	run tests/hostile/sweep -n "$1" "${@:2}"
	printf '%s\n' "$output" | sed 's/^/# /'
	[ "$status" = 0 ]
}

@test "run: whichever process is killed, the next command works and cleans up" { sweep 2 kill run; }
@test "create: whichever process is killed, nothing is left that cannot be removed" { sweep 2 kill create; }
@test "start: whichever process is killed, rm -f makes an end of it" { sweep 1 kill start; }
@test "a restart by policy: whichever process is killed, stop and rm -f make an end of it" { sweep 2 kill again; }
@test "stop of what waits to be started again: the next stop makes an end of it" { sweep 1 kill waiting; }
@test "stop: whichever process is killed, the next stop makes an end of it" { sweep 1 kill stop; }
@test "restart: whichever process is killed, stop makes an end of it" { sweep 1 kill restart; }
@test "pause: whichever process is killed, stop makes an end of it" { sweep 1 kill pause; }
@test "exec: whichever process is killed, the container goes on" { sweep 2 kill exec; }
@test "rm: cut short anywhere, it is finished by the next" { sweep 2 kill rm; }
@test "rm -f: cut short anywhere, it is finished by the next" { sweep 1 kill force; }
@test "commit: cut short anywhere, the store is whole" { sweep 2 kill commit; }
@test "import: cut short anywhere, the store is whole" { sweep 2 kill import; }
@test "cp: cut short anywhere, no file is there by half" { sweep 3 kill cp out; }
@test "volume create, rm: cut short anywhere, a volume is whole or gone" { sweep 2 kill volume unvolume; }

@test "sd-state killed before it names a mark: the next command takes the unnamed one away" {
	sdocker run --network none --rm busybox true
	sd_run "$SD_BUILD/tests/hostile/inject" -p "sd-state new" -c rename -n 1 -k -w 0 -- \
		sdocker run --network none --rm busybox true
	equal "$status" 125
	equal "$stderr" "sdocker: sd-state was killed by SIGKILL"
	sdocker ps
	equal "$(ls -A "$SDOCKER_RUN/transient")" ""
}
