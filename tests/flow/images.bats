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

@test "commit: what the container was given are the image's defaults, and --change goes on top" {
	sdocker run --name c -t -e A=b -w /tmp -u 1000:50 -l k=v --entrypoint echo --stop-signal INT busybox one two >/dev/null
	sdocker commit c given >/dev/null
	equal "$(sdocker inspect given | jq -cS '.[0].Config')" \
		'{"Cmd":["one","two"],"Entrypoint":["echo"],"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","A=b"],"Labels":{"k":"v"},"StopSignal":"SIGINT","User":"1000:50","WorkingDir":"/tmp"}'
	equal "$(sdocker run --rm given)" "one two"
	equal "$(sdocker run --rm given three)" three
	sdocker run --name d --init -e B=c given x >/dev/null
	sdocker commit -c 'USER 7' -c 'ENV A=z' -c 'CMD ["y"]' d changed >/dev/null
	equal "$(sdocker run --rm changed)" y
	equal "$(sdocker inspect changed | jq -cS '.[0].Config | [.Entrypoint, .Cmd, .User, .Env[1:]]')" \
		'[["echo"],["y"],"7",["A=z","B=c"]]'
	equal "$(sdocker run --rm --entrypoint id changed -u)" 7
}

@test "commit: a running container is frozen meanwhile, and goes on whatever fails" {
	sdocker run -d --name c busybox sh -c 'while :; do echo x >>/log; done' >/dev/null
	sdocker commit c one >/dev/null
	equal "$(sdocker inspect c | jq -r '.[0].status')" running
	refuses "sdocker: create /nope/file.part" sdocker commit -o /nope/file c
	equal "$(sdocker inspect c | jq -r '.[0].status')" running
	refuses "sd-image: --change" sdocker commit -c 'NOPE x' c one
	equal "$(sdocker inspect c | jq -r '.[0].status')" running
	sdocker pause c >/dev/null
	succeeds sdocker commit c two
	equal "$(sdocker inspect c | jq -r '.[0].status')" paused
	sdocker unpause c >/dev/null
	succeeds sdocker commit --pause=false c three
	bash -c "$(sdocker commit --explain c four)" >/dev/null
	equal "$(sdocker inspect c | jq -r '.[0].status')" running
	equal "$(sdocker images | awk 'NR > 1 { print $1 }' | sort | xargs)" "busybox four one three two"
	refuses "sd-state: no such container: nope" sdocker commit nope
}

@test "import: what is no archive is called by its name" {
	head -c 5000 /dev/urandom >"$BATS_TEST_TMPDIR/noise"
	refuses "sd-layer: $BATS_TEST_TMPDIR/noise: " sdocker import "$BATS_TEST_TMPDIR/noise" x
}

@test "import: how far it has come is shown on a terminal, and nowhere else" {
	rootfs_busybox "$BATS_TEST_TMPDIR/root"
	tar -C "$BATS_TEST_TMPDIR/root" -c . >"$BATS_TEST_TMPDIR/tar"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	(cd "$BATS_TEST_TMPDIR" && exec script -qec "sdocker import fifo shown" shown </dev/null >/dev/null) 3>&- &
	exec {feed}>"$BATS_TEST_TMPDIR/fifo"
	head -c 2000 "$BATS_TEST_TMPDIR/tar" >&"$feed"
	for ((at = 2000; at < 100000; at += 1000)); do
		dd if="$BATS_TEST_TMPDIR/tar" bs=1000 skip=$((at / 1000)) count=1 status=none >&"$feed"
		! grep -q import "$BATS_TEST_TMPDIR/shown" || break
		sleep 0.02
	done
	tail -c +$((at + 1001)) "$BATS_TEST_TMPDIR/tar" >&"$feed"
	exec {feed}>&-
	wait
	contains "$(tr '\r' '\n' <"$BATS_TEST_TMPDIR/shown")" $'\e[Kimport '
	succeeds sdocker import "$BATS_TEST_TMPDIR/tar" silent
}
