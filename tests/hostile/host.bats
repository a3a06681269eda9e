#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# What other local users, and containers on the host's network, can reach of the toolkit.

load ../helper/common
load hostile

as_user() { setpriv --reuid 1000 --regid 1000 --clear-groups -- sh -c "$@"; }

# Outside of what is an image's own: there the modes are the image's.
ours() { find "$SDOCKER_ROOT" "$SDOCKER_RUN" \( -path '*/fs' -o -path '*/upper' -o -path '*/work' -o -path '*/rootfs' \
	-o -path '*/volumes/*/*' -o -path '*/containers/*/etc' \) -prune -o "$@"; }

# CVE-2021-41091, CVE-2021-41103, CVE-2021-21284, CVE-2024-25621
@test "the stores are their owner's alone, whatever the caller's umask" {
	umask 0
	sdocker run --network none -d --name one -v data:/data -l a=b busybox sh -c 'touch /data/x; exec sleep 1000' >/dev/null
	sdocker run --network none -d --name two -i busybox cat >/dev/null </dev/null
	tar -C "$LAYER" -c . | sdocker import - x >/dev/null
	sdocker commit one y >/dev/null
	umask 022
	equal "$(ours -type d ! -perm 700 -print)" ""
	equal "$(ours \( -type f -o -type p -o -type s \) ! -perm 600 -print)" ""
	[ -n "$(ours -type s -print)" ]
	for path in layers containers images volumes names; do
		run ! as_user "ls $SDOCKER_ROOT/$path"
	done
	run ! as_user "ls $SDOCKER_RUN/containers"
}

# CVE-2021-41103
@test "a store in a directory that is open to others holds only what is not" {
	umask 0
	mkdir -p "$SDOCKER_ROOT"
	chmod 755 "$SDOCKER_ROOT"
	sdocker run --network none --name one -v data:/data busybox touch /data/x
	umask 022
	equal "$(ours -mindepth 1 -type d ! -perm 700 -print)" ""
}

# CVE-2020-15257
@test "no abstract socket can be reached from a container on the host's network" {
	sdocker run --network none -d --name one busybox sleep 1000 >/dev/null
	sdocker run --network none -d --name two -i busybox cat >/dev/null </dev/null
	equal "$(ss -xlH | awk '$5 ~ /^@/' || :)" ""
	sd_run sdocker run --rm --network host busybox sh -c 'awk "\$8 ~ /^@/" /proc/net/unix'
	equal "$output" ""
	# Nor any socket: the only ones have a name that is in nobody's root.
	sd_run sdocker run --rm --network host busybox find / -xdev -type s
	equal "$output" ""
}

@test "a container is looked up in the store alone: a name is no path" {
	mkdir -p "$BATS_TEST_TMPDIR/x"
	echo '{"id":"x"}' >"$BATS_TEST_TMPDIR/x/state.json"
	for id in ../../../../../.."$BATS_TEST_TMPDIR/x" "$BATS_TEST_TMPDIR/x" .. . "" 'x/..' "$(printf 'a%.0s' {1..300})"; do
		refuses_with 1 "no such object:" sdocker inspect "$id"
		refuses "" sdocker start "$id"
		refuses "" sdocker rm -f "$id"
	done
}

# CVE-2022-47952, CVE-2020-5291
@test "no program of the toolkit is set-user-ID or has file capabilities" {
	equal "$(find "$SD_BUILD/bin" -perm /6000)" ""
	equal "$(getcap "$SD_BUILD"/bin/*)" ""
}
