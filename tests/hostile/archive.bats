#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# Archives and stacks of layers, as an image's whole life: import, run, commit, remove.  What one
# archive can try by itself is in tests/helper/hostile-tar and tests/tool/sd-layer.bats.

load ../helper/common
load hostile

store_state() { (cd "$SDOCKER_ROOT" && find . | sort); }

# member NAME SIZE [TYPE]: a ustar header alone, with a size that nothing stands behind.
member() {
	python3 - "$@" <<-'END'
		import sys, tarfile
		info = tarfile.TarInfo(sys.argv[1])
		info.size = int(sys.argv[2])
		info.type = sys.argv[3].encode() if len(sys.argv) > 3 else b"0"
		sys.stdout.buffer.write(info.tobuf(tarfile.GNU_FORMAT))
	END
}

# small COMMAND [ARG]...: with 512 MB of address space, or, where a sanitizer lays its shadow over
# terabytes of it, of memory.
small() {
	case $SD_BUILD in
	*-san) sd-cgset run --memory 512m -- "$@" ;;
	*) (ulimit -v 524288 && exec "$@") ;;
	esac
}

# CVE-2026-50163, CVE-2014-9356
@test "a later layer cannot reach through an earlier one's links" {
	mkdir -p "$LAYER/a" "$LAYER/b/sub"
	touch "$LAYER/a/file" "$LAYER/b/sub/file"
	hostile_image one
	rm -r "$LAYER/a" "$LAYER/b/sub"
	ln -s "$CANARY" "$LAYER/a"
	ln -s "../../../../../../../..$CANARY/sub" "$LAYER/b/sub"
	tar -C "$LAYER" -c . | sd-image commit --parent one two >/dev/null
	rm "$LAYER/a" "$LAYER/b/sub"
	# Writes, whiteouts, an opaque directory and a hard link below the names that are links now.
	mkdir -p "$LAYER/a" "$LAYER/b/sub"
	echo owned | tee "$LAYER/a/file" "$LAYER/b/sub/owned" >/dev/null
	touch "$LAYER/a/.wh.link" "$LAYER/b/sub/.wh.file" "$LAYER/b/sub/.wh..wh..opq"
	ln "$LAYER/a/file" "$LAYER/a/hard"
	tar -C "$LAYER" -c . | sd-image commit --parent two three >/dev/null
	succeeds sdocker run --network none --rm three sh -c 'cat /a/file /a/hard /b/sub/owned; cat /b/sub/file /a/link 2>/dev/null || :'
	equal "$(xargs <<<"$output")" "owned owned owned"
	run ! sdocker run --network none --rm two ls -A /a/
	sdocker run --network none --name c two sh -c 'rm /a /b/sub; mkdir -p /a /b/sub; echo x >/a/new' >/dev/null
	succeeds sdocker commit c four
	succeeds sdocker run --network none --rm four cat /a/new
	for name in one two three four; do sdocker rmi -f $name >/dev/null; done
}

# CVE-2021-41091
@test "set-user-ID files and device nodes of a layer are out of reach for users of the host" {
	cp /bin/busybox "$LAYER/suid"
	chmod 4755 "$LAYER/suid"
	mknod -m 666 "$LAYER/disk" b 8 0
	mknod -m 666 "$LAYER/kmsg" c 1 11
	hostile_image evil
	file=$(find "$SDOCKER_ROOT/layers" -name suid)
	[ -u "$file" ]
	run setpriv --reuid 1000 --regid 1000 --clear-groups -- sh -c '"$1" true; ls -d "$1"' sh "$file"
	equal "$status" 2
	equal "$(grep -vc 'Permission denied$' <<<"$output" || :)" 0
	# In the container the nodes do not open.
	sd_run sdocker run --network none --rm evil sh -c 'cat /disk; cat /kmsg'
	equal "$(grep -c 'Operation not permitted' <<<"$stderr")" 2
}

@test "a bomb fills its small disk, is reported in one line, and leaves nothing" {
	mkdir -p "$SDOCKER_ROOT"
	mount -t tmpfs -o size=16m tmpfs "$SDOCKER_ROOT"
	sd-image provide busybox
	before=$(store_state)
	truncate -s 8G "$BATS_TEST_TMPDIR/zeros"
	for tool in gzip zstd; do
		# The sparse file as one of 8 GB that are there, in a few kilobytes or megabytes.
		{ member bomb 8589934591; head -c 300M "$BATS_TEST_TMPDIR/zeros"; } | $tool -1 >"$BATS_TEST_TMPDIR/bomb"
		refuses "No space left on device" small sdocker import "$BATS_TEST_TMPDIR/bomb" bomb
		equal "$(store_state)" "$before"
	done
	# By the number of files.
	python3 - >"$BATS_TEST_TMPDIR/many" <<-'END'
		import io, sys, tarfile
		t = tarfile.open(fileobj=sys.stdout.buffer, mode="w|")
		for i in range(30000):
		    t.addfile(tarfile.TarInfo("d%d/f%d" % (i, i)))
		t.close()
	END
	refuses "No space left on device" small sdocker import "$BATS_TEST_TMPDIR/many" bomb
	equal "$(store_state)" "$before"
	# And the store is not locked or broken.
	succeeds sd-image verify
	succeeds sdocker run --network none --rm busybox true
	umount "$SDOCKER_ROOT"
}

# CVE-2017-14992
@test "sizes that no file has are refused without the memory for them" {
	sd-image provide busybox
	before=$(store_state)
	for size in 8589934591 9223372036854775807 18446744073709551615; do
		for type in 0 x g L K S; do
			{ member a "$size" $type; head -c 4096 /dev/zero; } >"$BATS_TEST_TMPDIR/tar" 2>/dev/null || continue
			run --separate-stderr small sdocker import "$BATS_TEST_TMPDIR/tar" absurd
			[ "$status" = 125 ] && [ "${#stderr_lines[@]}" = 1 ] || { show_run; echo "# $type $size"; return 1; }
			equal "$(store_state)" "$before"
		done
	done
	# A name and an attribute of 200 MB that are there, behind a kilobyte of zstd.
	for type in L x; do
		{ member a 209715200 $type; head -c 209715200 /dev/zero | tr '\0' a; member b 0; head -c 1024 /dev/zero; } |
			zstd -1 >"$BATS_TEST_TMPDIR/tar"
		run --separate-stderr small sdocker import "$BATS_TEST_TMPDIR/tar" absurd
		[ "$status" = 125 ] && [ "${#stderr_lines[@]}" = 1 ] || { show_run; return 1; }
		equal "$(store_state)" "$before"
	done
}

# CVE-2021-20291
@test "an archive that is garbage blocks nobody afterwards" {
	for bytes in 0 1 100 511 512 1024 4096; do
		head -c $bytes /dev/urandom >"$BATS_TEST_TMPDIR/garbage"
		run --separate-stderr sdocker import "$BATS_TEST_TMPDIR/garbage" evil
		[ "$status" = 125 ] && [ "${#stderr_lines[@]}" = 1 ] || { show_run; return 1; }
		{ printf '\x1f\x8b\x08\0\0\0\0\0\0\3'; cat "$BATS_TEST_TMPDIR/garbage"; } >"$BATS_TEST_TMPDIR/gz"
		run --separate-stderr sdocker import "$BATS_TEST_TMPDIR/gz" evil
		[ "$status" = 125 ] && [ "${#stderr_lines[@]}" = 1 ] || { show_run; return 1; }
	done
	succeeds timeout 10 sdocker run --network none --rm busybox true
}
