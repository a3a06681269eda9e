#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# cp and diff: docker's rules, on a container that runs, one that is paused, and one that does not run.

load ../helper/common

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p src/sub
	echo a >src/a
	echo b >src/sub/b
	ln -s a src/link
}

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

# runs NAME SCRIPT [OPTION]...: a container that has done the script and goes on.
runs() {
	local name=$1 script=$2
	shift 2
	sdocker run -d --name "$name" "$@" busybox sh -c "$script; touch /tmp/.done; exec sleep 1000" >/dev/null
	eventually seen "$name" /tmp/.done
}

seen() { sd-state get "$1" | sd-layer copy-out "$2" >/dev/null 2>&1; }
# of NAME PATH: the tree there, as "PATH TYPE MODE OWNER LINK".
of() {
	rm -rf "$BATS_TEST_TMPDIR/of"
	mkdir "$BATS_TEST_TMPDIR/of"
	sdocker cp -a "$1:$2" - | tar -x --same-owner -C "$BATS_TEST_TMPDIR/of"
	(cd "$BATS_TEST_TMPDIR/of" && find . -mindepth 1 -printf '%P %y %m %U:%G %l\n' | sort)
}
tree() { (cd "$1" && find . -printf '%P %y %l\n' | sort); }

@test "diff: added, changed, deleted; running, ended, never begun" {
	sdocker create --name c busybox sh -c \
		'echo x >/x; rm /bin/vi; mkdir -p /d/e; chmod 700 /tmp; echo y >>/etc/passwd; rmdir /home; mkdir /home; touch /home/n; touch /bin/sh' >/dev/null
	succeeds sdocker diff c
	equal "$output" ""
	sdocker start -a c
	succeeds sdocker diff c
	equal "$output" $'C /bin\nC /bin/busybox\nD /bin/vi\nA /d\nA /d/e\nC /etc\nC /etc/passwd\nC /home\nA /home/n\nC /tmp\nA /x'
	runs up 'echo x >/x'
	equal "$(sdocker diff up)" $'C /tmp\nA /tmp/.done\nA /x'
	refuses "no such container: nope" sdocker diff nope
	refuses "operands missing" sdocker diff
}

@test "diff: a name on a terminal is no order to it" {
	runs c 'touch "$(printf "/\033[31mred")"'
	contains "$(script -qec 'sdocker diff c' /dev/null)" 'A /\x1b[31mred'
	contains "$(sdocker diff c)" $'A /\e[31mred'
}

@test "cp: docker's rules for where it goes, into a container that runs" {
	runs c 'echo old >/file; mkdir /dir; ln -s dir /todir; ln -s file /tofile; ln -s made /dangling; mkdir -p /two /three/src/a; touch /two/src'
	succeeds sdocker cp src c:/new
	succeeds sdocker cp src c:/dir
	succeeds sdocker cp src/. c:/dir
	succeeds sdocker cp src/a c:/dir/
	succeeds sdocker cp src/a c:/file
	succeeds sdocker cp src/sub/b c:/todir
	succeeds sdocker cp src/sub/b c:tofile
	succeeds sdocker cp src/a c:/dangling
	equal "$(of c /new | cut -d' ' -f1,2,5)" $'new d \nnew/a f \nnew/link l a\nnew/sub d \nnew/sub/b f '
	equal "$(of c /dir | cut -d' ' -f1 | xargs)" \
		"dir dir/a dir/b dir/link dir/src dir/src/a dir/src/link dir/src/sub dir/src/sub/b dir/sub dir/sub/b"
	equal "$(sdocker cp c:/file - | tar -xO)" b
	equal "$(of c /tofile)" "tofile l 777 0:0 file"
	equal "$(sdocker cp -L c:/dangling - | tar -xO)" a
	equal "$(of c /made | cut -d' ' -f2)" f
	refuses "sd-layer: /file: a directory cannot be copied onto a file" sdocker cp src c:/file
	refuses "sd-layer: copy a file to /nope/: No such file or directory" sdocker cp src/a c:/nope/
	refuses "sd-layer: copy a file to /file/: Not a directory" sdocker cp src/a c:/file/
	refuses "sd-layer: open the directory of /nope/x: No such file or directory" sdocker cp src/a c:/nope/x
	refuses "sd-layer: open src/nope: No such file or directory" sdocker cp src/nope c:/
	refuses "sd-layer: open src/a/: Not a directory" sdocker cp src/a/ c:/
	refuses "sd-layer: src: a directory cannot replace what is none" sdocker cp src c:/two
	refuses "sd-layer: a: a file cannot replace a directory" sdocker cp src c:/three
}

@test "cp: the same rules out of a container; what the caller's is" {
	runs c 'mkdir -p /s/sub; echo a >/s/a; chown 7:8 /s/a; chmod 4755 /s/a; ln -s a /s/link; mknod /s/null c 1 3; chmod 666 /s/null; mkfifo /s/fifo'
	mkdir there
	succeeds sdocker cp c:/s new
	succeeds sdocker cp c:/s there
	succeeds sdocker cp c:/s/. there
	succeeds sdocker cp c:/s/a there/sub/b
	succeeds sdocker cp c:/s/link .
	succeeds sdocker cp -L c:/s/link real
	equal "$(stat -c '%a %u:%g' new/a)" "755 $(id -u):$(id -g)"
	equal "$(stat -c '%a %F %t:%T' new/null)" "600 character special file 1:3"
	equal "$(tree new)" "$(tree there/s)"
	equal "$(ls there)" $'a\nfifo\nlink\nnull\ns\nsub'
	equal "$(readlink link)" a
	equal "$(cat real)" a
	succeeds sdocker cp -a c:/s kept
	equal "$(stat -c '%a %u:%g' kept/a)" "4755 7:8"
	equal "$(stat -c '%a' kept/null)" 666
	refuses "sd-layer: open /nope in the container: No such file or directory" sdocker cp c:/nope .
	refuses "sd-layer: copy a file to $PWD/nope/: No such file or directory" sdocker cp c:/s/a nope/
	refuses "neither a file nor a directory" sdocker cp c:/s/a there/null
	refuses "is there, and neither a file nor a link" sdocker cp c:/s there
}

@test "cp: volumes and tmpfs are seen; of one that does not run, and of one never begun, too" {
	mkdir host
	echo h >host/file
	sdocker create --name c -v named:/named -v "$PWD/host:/host" -v "$PWD/host/file:/one:ro" --tmpfs /t busybox \
		sh -c 'echo n >/named/n; echo t >/t/t; touch /tmp/.done; exec sleep 1000' >/dev/null
	succeeds sdocker cp src/a c:/host/before
	equal "$(cat host/before)" a
	succeeds sdocker cp src/a c:/named/before
	sdocker start c >/dev/null
	eventually seen c /tmp/.done
	equal "$(sdocker cp c:/named - | tar -t | xargs)" "named/ named/before named/n"
	equal "$(sdocker cp c:/t/t - | tar -xO)" t
	succeeds sdocker cp src/a c:/t/in
	succeeds sdocker cp src/a c:/named/in
	equal "$(cat "$SDOCKER_ROOT/volumes/named/data/in")" a
	equal "$(sdocker cp c:/one - | tar -xO)" h
	refuses "sd-layer: replace one, which is mounted: Device or resource busy" sdocker cp src/a c:/one
	refuses "sd-layer: replace hosts, which is mounted: Device or resource busy" sdocker cp src/a c:/etc/hosts
	contains "$(sdocker cp c:/etc/hosts - | tar -xO)" localhost
	sdocker kill c >/dev/null 2>&1 || sd-state get c | sd-cgset kill >/dev/null
	eventually sh -c 'sd-state get --stopped c >/dev/null 2>&1'
	succeeds sdocker cp c:/named/in out
	equal "$(cat out)" a
	succeeds sdocker cp src/sub c:/named
	[ -f "$SDOCKER_ROOT/volumes/named/data/sub/b" ]
	succeeds sdocker cp src c:/made
	equal "$(sdocker diff c | grep /made)" $'A /made\nA /made/a\nA /made/link\nA /made/sub\nA /made/sub/b'
}

@test "cp: a paused container is served" {
	runs c 'echo x >/x'
	sd-state get c | sd-cgset freeze >/dev/null
	equal "$(timeout 10 sdocker cp c:/x - | tar -xO)" x
	succeeds timeout 10 sdocker cp src c:/y
	sd-state get c | sd-cgset thaw >/dev/null
	equal "$(of c /y/sub/b | cut -d' ' -f1)" b
}

@test "cp: a read-only root, and a read-only volume, stay so" {
	mkdir host
	runs c 'true' --read-only -v "$PWD/host:/host:ro" --tmpfs /tmp
	refuses "Read-only file system" sdocker cp src/a c:/a
	refuses "Read-only file system" sdocker cp src/a c:/host/a
	succeeds sdocker cp src/a c:/tmp/a
	sdocker create --read-only -v "$PWD/host:/host:ro" --name d busybox true >/dev/null
	refuses "Read-only file system" sdocker cp src/a d:/a
	refuses "Read-only file system" sdocker cp src/a d:/host/a
	equal "$(ls host)" ""
}

@test "cp -: archives on the standard streams, and from container to container" {
	runs c 'mkdir /dir; echo x >/dir/x; echo f >/file'
	sdocker create --name d busybox true >/dev/null
	run bash -c 'tar -cz src | sdocker cp - c:/dir'
	equal "$status:$output" "0:"
	equal "$(of c /dir | cut -d' ' -f1 | xargs)" "dir dir/src dir/src/a dir/src/link dir/src/sub dir/src/sub/b dir/x"
	equal "$(sdocker cp c:/dir - | tar -t | head -2 | xargs)" "dir/ dir/src/"
	equal "$(sdocker cp c:/dir/. - | tar -t | head -1)" ./
	refuses "sd-layer: open directory /nope: No such file or directory" bash -c 'tar -c src | sdocker cp - c:/nope'
	refuses "sd-layer: open directory /file: Not a directory" bash -c 'tar -c src | sdocker cp - c:/file'
	refuses "sd-layer: the archive: Unrecognized archive format" bash -c 'head -c 5000 /dev/urandom | sdocker cp - c:/dir'
	refuses "sd-layer: the archive: empty, no archive" bash -c 'sdocker cp - c:/dir </dev/null'
	refuses "sd-layer: the archive: the archive has no end" bash -c 'tar -c src/a src/sub/b | head -c 1024 | sdocker cp - c:/dir'
	succeeds sdocker cp c:/dir d:/copy
	equal "$(of d /copy | cut -d' ' -f1 | xargs)" "copy copy/src copy/src/a copy/src/link copy/src/sub copy/src/sub/b copy/x"
	refuses "neither of the two is CONTAINER:PATH" sdocker cp src dst
	refuses "neither of the two is CONTAINER:PATH" sdocker cp - -
	refuses "neither of the two is CONTAINER:PATH" sdocker cp ./a:b /c:d
	refuses "the container is missing before ':'" sdocker cp src :/x
	contains "$(script -qec 'sdocker cp c:/dir -' /dev/null)" "an archive is not for a terminal"
}

@test "cp: what --explain prints does the same" {
	runs c 'mkdir /dir; echo x >/dir/x'
	sdocker create --name d busybox true >/dev/null
	bash -c "$(sdocker cp --explain src c:/dir)"
	bash -c "$(sdocker cp --explain c:/dir out)"
	bash -c "$(sdocker cp --explain - c:/dir)" < <(tar -c src/a)
	bash -c "$(sdocker cp --explain c:/dir d:/copy)"
	equal "$(find out | sort | xargs)" "out out/src out/src/a out/src/link out/src/sub out/src/sub/b out/x"
	equal "$(of d /copy/src | cut -d' ' -f1 | xargs)" "src src/a src/link src/sub src/sub/b"
	equal "$(bash -c "$(sdocker cp --explain c:/dir/x -)" | tar -xO)" x
}

@test "cp that ends in the middle: one line, 125, no half file" {
	runs c 'mkdir /dir'
	head -c 3000000 /dev/urandom >src/big
	tar -C src -c big >whole.tar
	head -c 2000000 whole.tar >cut.tar
	refuses "Truncated" bash -c 'sdocker cp - c:/dir <cut.tar'
	equal "$(of c /dir | cut -d' ' -f1 | grep -c big || :)" 0
	# Of the toolkit's own stages it is the first that speaks.
	refuses "no such container" sdocker cp src nope:/x
	refuses "no such container" sdocker cp nope:/x x
	[ ! -e x ]
	sd_run bash -c 'sd-layer copy-in --host --piped out <cut.tar'
	# shellcheck disable=SC2154 # set by run
	equal "$status:$output$stderr" "125:"
	[ ! -e out ]
}
