#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# Full disks, stores that cannot be written, few descriptors and many, and large words.

# shellcheck disable=SC2016 # for the inner shell, and the container's
# shellcheck disable=SC2154 # set by run
load ../helper/common

setup() {
	sd_setup
	mkdir -p "$SDOCKER_ROOT" "$SDOCKER_RUN"
}

teardown() {
	umount -l "$SDOCKER_ROOT" "$SDOCKER_RUN" 2>/dev/null || true
	sd_teardown
}

# reported: of `run`: one line that says why, 125, and nothing left that a container made.
reported() {
	equal "$status" 125
	equal "$output" ""
	equal "${#stderr_lines[@]}" 1
	contains "$stderr" "$1"
}

@test "a full disk under ROOT: import says so, and leaves the store as it was" {
	mount -t tmpfs -o size=256k sdtest "$SDOCKER_ROOT"
	sd_run sdocker import "$SD_BUILD/share/sdocker/images/busybox.tar" big
	reported "No space left on device"
	equal "$(sdocker images -q)" ""
	equal "$(find "$SDOCKER_ROOT" -name '.new-*' -o -name '.tmp-*')" ""
	sd-image verify
}

@test "a full disk under ROOT: run says so, and leaves no record" {
	mount -t tmpfs -o size=8m sdtest "$SDOCKER_ROOT"
	sdocker run --network none --rm busybox true
	dd if=/dev/zero of="$SDOCKER_ROOT/filler" bs=4k 2>/dev/null || true
	sd_run sdocker run --network none --rm busybox true
	reported "No space left on device"
	equal "$(sdocker ps -aq)" ""
	rm "$SDOCKER_ROOT/filler"
	sdocker run --network none --rm busybox true
}

@test "a full disk under RUN: run says so, and leaves no record" {
	mount -t tmpfs -o size=64k sdtest "$SDOCKER_RUN"
	dd if=/dev/zero of="$SDOCKER_RUN/filler" bs=4k 2>/dev/null || true
	sd_run sdocker run --network none --rm busybox true
	reported "No space left on device"
	equal "$(sdocker ps -aq)" ""
	rm "$SDOCKER_RUN/filler"
	sdocker run --network none --rm busybox true
}

@test "a disk that fills while the container runs: its exit code is told, and rm removes it" {
	mount -t tmpfs -o size=8m sdtest "$SDOCKER_ROOT"
	sd_run sdocker run --network none --name filler busybox sh -c 'dd if=/dev/zero of=/x bs=4k 2>/dev/null; exit 7'
	equal "$status" 7
	sdocker ps -a >/dev/null
	sdocker rm filler
	equal "$(sdocker ps -aq)" ""
}

@test "a read-only ROOT: every command that writes says so, those that read work" {
	mount -t tmpfs sdtest "$SDOCKER_ROOT"
	sdocker create --network none --name there busybox true >/dev/null
	mount -o remount,ro "$SDOCKER_ROOT"
	equal "$(sdocker ps -a --json | jq -r .name)" there
	sdocker inspect there >/dev/null
	sdocker images >/dev/null
	for verb in "run --rm busybox true" "create busybox true" "start there" "rm there" \
		"commit there image" "tag busybox other" "rmi busybox"; do
		# shellcheck disable=SC2086 # words
		sd_run sdocker $verb
		reported "Read-only file system"
	done
	mount -o remount,rw "$SDOCKER_ROOT"
	sdocker rm there
}

@test "a read-only RUN: run says so" {
	sdocker run --network none --rm busybox true
	mount -t tmpfs -o ro sdtest "$SDOCKER_RUN"
	sd_run sdocker run --network none --rm busybox true
	reported "Read-only file system"
	equal "$(sdocker ps -aq)" ""
}

@test "4,096 descriptors open: run works, and none of them reaches the program" {
	sdocker run --network none --rm busybox true
	sd_run bash -c 'ulimit -n 5000
		for i in {10..4105}; do eval "exec $i</dev/null"; done
		sdocker run --network none --rm busybox sh -c "ls /proc/self/fd"'
	equal "$status" 0
	equal "$(echo "$output" | tr '\n' ' ')" "0 1 2 3 "
	equal "$stderr" ""
}

@test "too few descriptors: every limit from 4 up is reported, or enough" {
	sdocker run --network none --rm busybox true
	for n in 4 6 8 10 12 14 16 18 20 24 28; do
		sd_run bash -c "ulimit -n $n; exec sdocker run --network none --rm busybox echo hi"
		case $status in
		0) equal "$output" hi; equal "$stderr" "" ;;
		125 | 126 | 127) equal "$output" ""; equal "${#stderr_lines[@]}" 1 ;;
		*) show_run; false ;;
		esac
		equal "$(sdocker ps -aq)" ""
	done
	equal "$status" 0
}

@test "64 kB in one environment variable and in one argument arrive whole" {
	big=$(head -c 65536 /dev/zero | tr '\0' x)
	equal "$(sdocker run --network none --rm -e BIG="$big" busybox sh -c 'echo ${#BIG}')" 65536
	equal "$(sdocker run --network none --rm busybox sh -c 'echo ${#1}' sh "$big")" 65536
}

@test "2 MB of arguments: they arrive where the stack's limit has room, else are refused in one line" {
	sdocker run --network none --rm busybox true
	words='ulimit -s 32768; word=$(head -c 100000 /dev/zero | tr "\0" x)
		words=(); for _ in {1..22}; do words+=("$word"); done'
	sd_run bash -c "$words"'
		sdocker run --network none --rm busybox sh -c "all=\$*; echo \${#all}" sh "${words[@]}"'
	equal "$status" 0
	equal "$output" 2200021
	equal "$stderr" ""
	sd_run bash -c "$words"'
		sdocker run --network none --rm --ulimit stack=8388608:8388608 busybox echo "${words[@]}"'
	equal "$status" 126
	equal "$output" ""
	equal "${#stderr_lines[@]}" 1
	contains "$stderr" "larger than a quarter of the stack"
	equal "$(sdocker ps -aq)" ""
}
