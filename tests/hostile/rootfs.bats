#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# The image's tree as a weapon: links where the runtime mounts, makes nodes and writes files.

load ../helper/common
load hostile

# Where the runtime works in a root, and what an image may have put there.
places="dev dev/pts dev/shm dev/mqueue dev/null dev/console dev/fd run etc etc/hosts
	etc/resolv.conf etc/hostname tmp"

# CVE-2026-41579, CVE-2026-47766, CVE-2019-18837
@test "links where the runtime mounts and makes nodes lead to the image's own files" {
	for to in "$CANARY/sub" ../../../../../../../.."$CANARY/sub" "$CANARY/none"; do
		for place in $places; do
			rm -rf "${LAYER:?}"/*
			mkdir -p "$LAYER/$(dirname "$place")"
			ln -s "$to" "$LAYER/$place"
			hostile_image evil
			endures sdocker run --network none --rm -v /vol evil sh -c 'test -c /dev/null && echo x >/dev/null'
			equal "$(canary_state)" "$CANARY_STATE"
		done
	done
}

# CVE-2019-19921, CVE-2015-3630
@test "a /proc or /sys that is a link is refused" {
	for place in proc sys; do
		rm -rf "${LAYER:?}"/*
		ln -s "$CANARY/sub" "$LAYER/$place"
		hostile_image evil
		refuses "on /$place: the root has a symbolic link there" sdocker run --network none --rm evil true
		# A directory with what looks like procfs in it is only hidden.
		rm "$LAYER/$place"
		mkdir -p "$LAYER/$place/sys/kernel" "$LAYER/$place/self/attr"
		echo fake | tee "$LAYER/$place/"{sysrq-trigger,sys/kernel/core_pattern} >/dev/null
		hostile_image evil
		succeeds sdocker run --network none --rm evil sh -c 'stat -f -c %T /proc /sys; cat /proc/sys/kernel/ostype'
		equal "$(xargs <<<"$output")" "proc sysfs Linux"
	done
}

# CVE-2015-3627, CVE-2015-3629
@test "a container that makes links of its mount points is confined on its next start as well" {
	mkdir "$BATS_TEST_TMPDIR/src"
	sdocker create --network none --name again -v "$BATS_TEST_TMPDIR/src:/vol" busybox true >/dev/null
	upper=$SDOCKER_ROOT/containers/$(sdocker ps -aq --no-trunc)/upper
	rm -rf "${upper:?}"/*
	for place in vol dev run etc; do ln -s "$CANARY/sub" "$upper/$place"; done
	for _ in 1 2; do
		endures sdocker start again
		equal "$(canary_state)" "$CANARY_STATE"
	done
	rm "$upper/etc"
	ln -s ../../../../../../.."$CANARY" "$upper/etc"
	endures sdocker start again
}

# CVE-2026-55686
@test "a working directory behind a link is made in the image" {
	ln -s "$CANARY" "$LAYER/a"
	hostile_image evil -c 'WORKDIR /a/made/here'
	succeeds sdocker run --network none --rm evil pwd
	equal "$output" "$CANARY/made/here"
	succeeds sdocker run --network none --rm -w /a/other evil pwd
	equal "$output" "$CANARY/other"
}

# CVE-2019-16884, CVE-2015-3631
@test "no volume comes to lie on /proc, whatever leads there" {
	ln -s proc "$LAYER/a"
	ln -s /proc/self "$LAYER/b"
	ln -s ../../proc/./self/../sys "$LAYER/c"
	hostile_image evil
	for dest in /proc/ /proc/self /proc/self/attr /proc/sys/kernel /tmp/../proc; do
		for option in "--volume=$CANARY:$dest" "--tmpfs=$dest"; do
			refuses "nothing can be mounted on /proc" sdocker run --network none --rm "$option" evil true
		done
	done
	for dest in /a /a/sys /b /b/attr /c; do
		for option in "--volume=$CANARY:$dest" "--tmpfs=$dest"; do
			refuses "mount on $dest: it is /proc or below it" sdocker run --network none --rm "$option" evil true
		done
	done
	hostile_image evil -c 'VOLUME /b/attr'
	refuses "mount on /b/attr: it is /proc or below it" sdocker run --network none --rm evil true
}

# CVE-2025-31133
@test "a null device of the image's masks nothing" {
	mkdir -p "$LAYER/dev"
	ln -s /proc/sys/kernel/core_pattern "$LAYER/dev/null"
	hostile_image evil
	before=$(cat /proc/sys/kernel/core_pattern)
	succeeds sdocker run --network none --rm evil sh -c '
		for f in kcore keys timer_list; do
			[ ! -e /proc/$f ] || stat -c "%n %t:%T" /proc/$f; done
		stat -c "%n %t:%T" /dev/null
		! echo "|/owned" 2>/dev/null >/proc/sys/kernel/core_pattern'
	[ "$(grep -vc ' 1:3$' <<<"$output")" = 0 ]
	equal "$(cat /proc/sys/kernel/core_pattern)" "$before"
	# A /dev that is a volume, with the link in it: the image's own null device.
	mkdir "$BATS_TEST_TMPDIR/dev"
	ln -s /proc/sys/kernel/core_pattern "$BATS_TEST_TMPDIR/dev/null"
	endures sdocker run --network none --rm -v "$BATS_TEST_TMPDIR/dev:/dev" evil stat -c %t:%T /proc/keys
	[ "$status" != 0 ] || equal "$output" 1:3
	equal "$(readlink "$BATS_TEST_TMPDIR/dev/null")" /proc/sys/kernel/core_pattern
}

# CVE-2015-3630, CVE-2025-52881
@test "what is written to in procfs is procfs" {
	mkdir "$BATS_TEST_TMPDIR/src"
	# By the image's links, and by a volume whose links another container could make.
	ln -s /vol/proc "$LAYER/p"
	mkdir -p "$BATS_TEST_TMPDIR/src/proc/sys/net/ipv4"
	ln -s "$CANARY/file" "$BATS_TEST_TMPDIR/src/proc/sys/net/ipv4/ip_forward"
	hostile_image evil
	succeeds sdocker run --network none --rm --sysctl net.ipv4.ip_forward=1 --oom-score-adj 77 \
		-v "$BATS_TEST_TMPDIR/src:/vol" evil sh -c 'cat /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj'
	equal "$(xargs <<<"$output")" "1 77"
	equal "$(cat /proc/sys/net/ipv4/ip_forward)" 0
}

# CVE-2024-9676
@test "a passwd and group that are no files are refused, and never waited for" {
	for make in 'mkfifo' 'ln -s /dev/zero' 'ln -s /proc/kmsg' 'ln -s /proc/self/environ' 'mkdir'; do
		for file in passwd group; do
			rm -rf "${LAYER:?}"/*
			mkdir "$LAYER/etc"
			$make "$LAYER/etc/$file"
			hostile_image evil
			run --separate-stderr timeout 5 sdocker run --network none --rm -u nobody evil true
			equal "$status $stderr" \
				"125 sd-confine: /etc/$file of the image is not a regular file"
		done
	done
	rm -rf "${LAYER:?}"/*
	mkdir "$LAYER/etc"
	truncate -s 4G "$LAYER/etc/passwd"
	tar -S -C "$LAYER" -cf "$BATS_TEST_TMPDIR/sparse.tar" .
	sd-image commit --parent busybox huge <"$BATS_TEST_TMPDIR/sparse.tar" >/dev/null
	refuses "/etc/passwd: more than 16777216 bytes" sdocker run --network none --rm -u nobody huge true
}

@test "a seccomp profile of the image is not taken for the toolkit's" {
	ROOT=$BATS_TEST_TMPDIR/root
	rootfs_busybox "$ROOT"
	mkdir -p "$ROOT/share/sdocker/seccomp" "$ROOT/x/share/sdocker/seccomp" "$ROOT/x/bin"
	echo '{"defaultAction": "SCMP_ACT_ALLOW"}' |
		tee "$ROOT/share/sdocker/seccomp/default.json" >"$ROOT/x/share/sdocker/seccomp/default.json"
	in_root() { unshare --mount --pid --fork -- sd-pivot "$@"; }
	refuses "find the default seccomp profile" \
		in_root "$ROOT" -- sd-confine --seccomp default -- true
	# Without procfs the image says what /proc/self/exe is.
	mkdir "$ROOT/proc/self"
	ln -s /x/bin/busybox "$ROOT/proc/self/exe"
	cp "$ROOT/bin/busybox" "$ROOT/x/bin"
	refuses "find the default seccomp profile" \
		in_root --bare "$ROOT" -- sd-confine --seccomp default -- true
	refuses "find the default seccomp profile" in_root --bare "$ROOT" -- sd-confine --state-fd 9 \
		9< <(document c '.want.seccomp = "default"')
	rm -r "$SDOCKER_ROOT/containers"
}
