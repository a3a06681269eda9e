#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# Names that change while they are used.  The racer stands for a container that shares a volume:
# it exchanges a directory and a link to the host as fast as the kernel can.

load ../helper/common
load hostile

# The shared volume: "dir" is now a directory, now a link to the canary.
shared_volume() {
	VOL=$BATS_TEST_TMPDIR/vol
	mkdir -p "$VOL/dir"
	ln -s "$CANARY" "$VOL/link"
}

# While the names are exchanged: starts N COMMAND [ARG]..., each of which works or is refused, and
# both happen.  What is printed is one line a start.
starts() {
	local n=$1 start
	shift
	: >"$BATS_TEST_TMPDIR/starts"
	for ((start = 0; start < n; start++)); do # run of bats sets i
		endures "$@" || return
		echo "$status $output" >>"$BATS_TEST_TMPDIR/starts"
	done
	grep -q '^0' "$BATS_TEST_TMPDIR/starts" || { echo "# none of the starts worked"; show_run; return 1; }
}

# CVE-2021-30465, CVE-2026-42306
@test "a mount target that is swapped with a link is mounted in the container" {
	shared_volume
	mkdir "$BATS_TEST_TMPDIR/src" "$VOL/dir/sub"
	race "$VOL" dir link
	starts 20 sdocker run --network none --rm -v "$VOL:/vol" -v "$BATS_TEST_TMPDIR/src:/vol/dir/sub" busybox true
	race_ends
	equal "$(canary_state)" "$CANARY_STATE"
	equal "$(ls -A "$BATS_TEST_TMPDIR/src")" ""
}

# CVE-2024-45310, CVE-2026-55686
@test "directories and files that are made meanwhile are not made on the host" {
	shared_volume
	race "$VOL" dir link
	starts 12 sdocker run --network none --rm -v "$VOL:/vol" --tmpfs /vol/dir/new/deep -v /etc/passwd:/vol/dir/made \
		-w /vol/dir/work busybox true
	race_ends
	equal "$(canary_state)" "$CANARY_STATE"
}

# CVE-2025-31133, CVE-2025-52565
@test "a null device and a console that are swapped with links give no file of procfs" {
	shared_volume
	before=$(cat /proc/sys/kernel/core_pattern)
	cp -a /dev/null "$VOL/dir/null"
	mkdir "$VOL/dir/pts"
	touch "$VOL/dir/console"
	rm "$VOL/link"
	mkdir -p "$VOL/link/pts"
	ln -s /proc/sys/kernel/core_pattern "$VOL/link/null"
	ln -s /proc/sys/kernel/core_pattern "$VOL/link/console"
	race "$VOL" dir link
	# The directory that is bound is one of the two; what it holds is swapped under it as well.
	for file in null console; do
		"$SD_BUILD/tests/helper/swap" "$VOL" "dir/$file" "link/$file" >/dev/null 3>&- &
	done
	starts 8 sdocker run --network none --rm -v "$VOL/dir:/dev" busybox sh -c '
		stat -c %t:%T /proc/keys; echo x 2>/dev/null >/dev/console || :'
	equal "$(grep '^0 ' "$BATS_TEST_TMPDIR/starts" | grep -vc '^0 1:3' || :)" 0
	# No terminal is made where /dev is not the container's own.
	for _ in {1..6}; do
		run script -qec "sdocker run --network none --rm -t -v $VOL/dir:/dev busybox true" /dev/null
		equal "$status" 125
		contains "$output" "/dev/pts"
	done
	race_ends
	equal "$(cat /proc/sys/kernel/core_pattern)" "$before"
}

# CVE-2019-19921, CVE-2023-27561, CVE-2023-28642
@test "masks and read-only paths are on procfs, whatever a shared volume says of /proc" {
	shared_volume
	mkdir -p "$VOL/dir/proc/sys"
	rm "$VOL/link"
	mkdir "$VOL/link"
	ln -s "$CANARY" "$VOL/link/proc"
	ln -s vol/dir/proc "$LAYER/p"
	hostile_image evil
	race "$VOL" dir link
	starts 8 sdocker run --network none --rm -v "$VOL:/vol" -v "$VOL:/p/x" evil sh -c '
		stat -f -c %T /proc; stat -c %t:%T /proc/keys
		grep -q " /proc/sys ro," /proc/self/mountinfo && echo ro'
	race_ends
	equal "$(grep '^0' "$BATS_TEST_TMPDIR/starts" | grep -vc '^0 proc' || :)" 0
	equal "$(canary_state)" "$CANARY_STATE"
}

# CVE-2026-41579
@test "a root that is swapped under its runtime makes nothing on the host" {
	ROOT=$BATS_TEST_TMPDIR/root
	rootfs_busybox "$ROOT"
	mkdir "$ROOT/other"
	for place in dev etc proc; do ln -s "$CANARY" "$ROOT/other/$place"; done
	for place in dev etc proc; do
		"$SD_BUILD/tests/helper/swap" "$ROOT" "$place" "other/$place" >/dev/null 3>&- &
	done
	for _ in {1..25}; do
		endures unshare --mount --pid --fork -- sd-pivot -b "/etc/passwd:/etc/made:ro" "$ROOT" -- true
	done
	equal "$(canary_state)" "$CANARY_STATE"
}
