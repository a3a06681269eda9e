#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# Images: a real Debian, what a container changed, and the study's image.tar.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

@test "a real Debian imports and runs its own programs" {
	sdocker import "$SD_REPO/build/tests/debian.tar" debian:bookworm >/dev/null
	contains "$(sdocker images)" "debian"
	contains "$(sdocker run --rm debian:bookworm apt-get --version)" "apt 2."
	equal "$(sdocker run --rm debian:bookworm perl -e 'print 6*7')" 42
	equal "$(sdocker run --rm debian:bookworm su nobody -s /bin/sh -c id)" \
		"uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)"
	# Ownership, modes and set-user-ID bits came through.
	equal "$(sdocker run --rm debian:bookworm stat -c '%a %U' /usr/bin/su /tmp | xargs)" \
		"4755 root 1777 root"
	equal "$(sdocker run --rm debian:bookworm stat -c '%U:%G' /var/mail)" root:mail
}

@test "a file system from standard input, as docker export writes it" {
	rootfs_busybox "$BATS_TEST_TMPDIR/root"
	run bash -c "tar -C $BATS_TEST_TMPDIR/root -c . | sdocker import - mine:1"
	[ "$status" = 0 ]
	sd_run sdocker run --rm mine:1 sh -c 'id -un'
	equal "$output" root
}

@test "commit: what was made, changed and removed is in the image, which runs" {
	sdocker run --name c busybox sh -c \
		'echo new >/made; echo more >>/etc/passwd; rm /etc/group; rmdir /home; mkdir /home; ln -s made /link'
	sdocker commit -m 'a test' -c 'CMD ["cat", "/link"]' -c 'ENV A=b' c changed:2 >/dev/null
	equal "$(sdocker run --rm changed:2)" new
	equal "$(sdocker run --rm changed:2 sh -c 'echo $A; tail -n1 /etc/passwd; ls /etc/group')" \
		$'b\nmore'
	equal "$(sdocker run --rm busybox ls /etc/group)" /etc/group
	equal "$(skopeo inspect "oci:$SDOCKER_ROOT/images:changed:2" | jq '.Layers | length')" 2
	refuses "no such container: nope" sdocker commit nope x
	id=$(sdocker commit c)
	equal "$(sdocker run --rm "$id" cat /made)" new
}

@test "commit -o writes the whole root file system as a tar that imports again" {
	sdocker run --name c busybox sh -c 'echo kept >/kept; rm /etc/group'
	sdocker commit -o "$BATS_TEST_TMPDIR/image.tar" c
	tar -tf "$BATS_TEST_TMPDIR/image.tar" >"$BATS_TEST_TMPDIR/list"
	grep -q '^\(./\)\?kept$' "$BATS_TEST_TMPDIR/list"
	! grep -q 'etc/group\|\.wh\.' "$BATS_TEST_TMPDIR/list"
	sdocker import "$BATS_TEST_TMPDIR/image.tar" again >/dev/null
	equal "$(sdocker run --rm again cat /kept)" kept
	refuses "No such file or directory" sdocker commit -o /no/such/dir/x.tar c
}

@test "commit of a running container" {
	sdocker run -d --name up busybox sh -c 'echo now >/now; exec sleep 1000' >/dev/null
	eventually test -e "$SDOCKER_ROOT/containers/$(sdocker ps -q --no-trunc)/upper/now"
	sdocker commit up snap >/dev/null
	equal "$(sdocker run --rm snap cat /now)" now
}

@test "sixty commits deep still runs" {
	sdocker create --name base busybox >/dev/null
	sdocker commit base deep >/dev/null
	for i in {1..60}; do
		sdocker run --name "s$i" deep sh -c "echo $i >>/log"
		sdocker commit "s$i" deep >/dev/null
		sdocker rm "s$i" >/dev/null
	done
	equal "$(sdocker run --rm deep sh -c 'tail -n1 /log; wc -l </log' | xargs)" "60 60"
}
