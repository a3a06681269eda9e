#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# cp, against a container that wants the host's files, or to write some.  The racer is in the
# container, as root: it exchanges names of its own root as fast as the kernel can.

load ../helper/common
load hostile

setup() {
	hostile_setup
	mkdir "$BATS_TEST_TMPDIR/here"
	cd "$BATS_TEST_TMPDIR/here" || return
}

# A container that exchanges /r/dir, a directory, and /r/link, a link to the canary's path.  That
# path is there in the container as well, so that a link that stays inside leads somewhere.
racing_container() {
	cp "$SD_BUILD/tests/helper/swap" "$LAYER/swap"
	mkdir -p "$LAYER$CANARY/sub"
	echo mine | tee "$LAYER$CANARY/file" "$LAYER$CANARY/sub/file" >/dev/null
	hostile_image evil
	sdocker run --network none -d --name evil evil sh -c 'mkdir -p /r/dir/sub; echo mine >/r/dir/file
		ln -s "../../../../../../../../..$1" /r/link; exec /swap /r dir link' sh "$CANARY" >/dev/null
	eventually sh -c 'sd-state get evil | sd-layer copy-out /r/link/file >/dev/null 2>&1'
}

race_of_container_ends() {
	equal "$(sdocker inspect evil | jq -r .[0].status)" running
	sdocker rm -f evil >/dev/null
}

# often N COMMAND [ARG]...: each time it works or is refused in one line.
often() {
	local n=$1 time
	shift
	for ((time = 0; time < n; time++)); do endures "$@" || return; done
}

# CVE-2018-15664
@test "cp out of a container that swaps names shows nothing of the host" {
	racing_container
	local path
	for path in /r /r/dir /r/dir/. /r/dir/file /r/dir/sub /r/link/; do
		for ((n = 0; n < 40; n++)); do
			run --separate-stderr bash -c "sdocker cp evil:$path - | tar -xO"
			[[ $output != *alive* ]] || { show_run; return 1; }
			run --separate-stderr bash -c "sdocker cp -L evil:$path - | tar -xO"
			[[ $output != *alive* ]] || { show_run; return 1; }
		done
	done
	mkdir out
	often 40 sdocker cp evil:/ out
	equal "$(grep -rlx alive out || :)" ""
	race_of_container_ends
}

# CVE-2018-15664, CVE-2021-41089
@test "cp into a container that swaps names writes nothing on the host" {
	racing_container
	mkdir -p src/sub
	echo owned | tee src/file src/new src/sub/file >/dev/null
	chmod 777 src src/sub
	often 60 sdocker cp -a src/. evil:/r/dir
	often 60 sdocker cp src evil:/r/dir/sub
	often 60 sdocker cp src/file evil:/r/dir/made
	often 60 bash -c 'tar -c src | sdocker cp - evil:/r/dir'
	equal "$(canary_state)" "$CANARY_STATE"
	race_of_container_ends
}

# CVE-2026-42306
@test "cp of a stopped container mounts its volumes in it, whatever is swapped meanwhile" {
	VOL=$BATS_TEST_TMPDIR/vol
	mkdir -p "$VOL/dir/sub" src other
	ln -s "$CANARY" "$VOL/link"
	echo owned >src/file
	sdocker create --network none --name c -v "$VOL:/vol" -v "$PWD/other:/vol/dir/sub" -v "$PWD/other:/vol/dir/new" busybox true >/dev/null
	race "$VOL" dir link
	often 40 sdocker cp src c:/vol/dir/sub
	often 40 sdocker cp c:/vol/dir/sub out
	often 20 sdocker cp src/file c:/vol/dir/made
	race_ends
	equal "$(canary_state)" "$CANARY_STATE"
}

# CVE-2019-14271, CVE-2026-41567
@test "cp loads and runs nothing of the container's" {
	local trap
	for trap in usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache usr/lib/x86_64-linux-gnu/gconv/gconv-modules \
		usr/lib/locale/locale-archive usr/lib/locale/C.utf8/LC_CTYPE usr/share/locale/locale.alias \
		etc/nsswitch.conf etc/ld.so.cache etc/localtime \
		lib/x86_64-linux-gnu/libnss_files.so.2 usr/bin/xz usr/bin/unpigz usr/bin/gzip bin/tar; do
		mkdir -p "$LAYER/${trap%/*}"
		mkfifo "$LAYER/$trap" # whoever opens it waits for ever
	done
	hostile_image evil
	sdocker run --network none -d --name evil evil /bin/busybox sleep 1000 >/dev/null
	mkdir -p src
	echo x >"src/$(printf 'na\xc3\xafve')"
	for where in running stopped; do
		tar -cz src | timeout 20 sdocker cp - evil:/
		timeout 20 sdocker cp -a src "evil:/two-$where"
		timeout 20 sdocker cp "evil:/two-$where" "out-$where"
		equal "$(cat "out-$where"/*)" x
		[ $where = stopped ] || { sd-state get evil | sd-cgset kill >/dev/null; }
		eventually sh -c 'sd-state get --stopped evil >/dev/null 2>&1'
	done
}

@test "cp of a container whose first process has changed its root shows the container's" {
	mkdir -p "$LAYER/jail/bin"
	cp /bin/busybox "$LAYER/jail/bin/busybox"
	echo outer >"$LAYER/file"
	echo jailed >"$LAYER/jail/file"
	hostile_image evil
	sdocker run --network none -d --name evil evil chroot /jail /bin/busybox sleep 1000 >/dev/null
	equal "$(sdocker cp evil:/file - | tar -xO)" outer
}

@test "cp by magic links: neither the tool's descriptors nor its program" {
	hostile_image evil
	sdocker run --network none -d --name evil --pid host evil sh -c \
		'ln -s /proc/self/fd /fds; ln -s /proc/self/exe /exe; ln -s /proc/self/root /root2; ln -s /proc/1/root /init; touch /tmp/done; exec sleep 1000' >/dev/null
	eventually sh -c 'sd-state get evil | sd-layer copy-out /tmp/done >/dev/null 2>&1'
	echo owned >file
	for path in /fds/0 /fds/3 /exe /root2/etc/passwd "/init$CANARY/file"; do
		run ! sdocker cp -L "evil:$path" out
		[ ! -e out ]
		run ! sdocker cp file "evil:$path"
	done
	equal "$(canary_state)" "$CANARY_STATE"
}

@test "names without end are refused in one line" {
	sdocker create --network none --name evil busybox true >/dev/null
	# Deeper than any path can say; the working directory leads there all the same.
	python3 -c 'import os, sys; os.chdir(sys.argv[1]); [(os.mkdir("d"), os.chdir("d")) for n in range(3000)]' \
		"$(sdocker inspect evil | jq -r .[0].rootfs.upper)"
	refuses "File name too long" sdocker cp evil:/d out
	refuses "File name too long" sdocker diff evil
}

# CVE-2014-9356, CVE-2020-10696, CVE-2026-50163
@test "hostile archives: nothing is written outside of what is copied to" {
	PATH=$SD_REPO/tests/helper:$PATH
	mkdir tars
	hostile-tar "$CANARY" tars >verdicts
	sdocker create --network none --name c busybox mkdir /in >/dev/null
	sdocker start -a c
	while read -r name _; do
		mkdir -p out
		run --separate-stderr timeout 20 bash -c "sd-layer copy-in --host --directory out <tars/$name.tar"
		case $status in
		0) ;;
		125) [ "${#stderr_lines[@]}" = 1 ] || { show_run; return 1; } ;;
		*) show_run; return 1 ;;
		esac
		endures timeout 20 bash -c "sdocker cp - c:/in <tars/$name.tar"
		equal "$(canary_state)" "$CANARY_STATE"
		rm -rf out
	done <verdicts
}

# A container's user 1000 makes a program that runs as 1000: as root's it must not run as root.
@test "a set-user-ID program that is copied out is nobody's" {
	sdocker run --network none -d --name c --user 1000 busybox sh -c 'cp /bin/busybox /tmp/su; chmod 6755 /tmp/su; touch /tmp/done; exec sleep 1000' >/dev/null
	eventually sh -c 'sd-state get c | sd-layer copy-out /tmp/done >/dev/null 2>&1'
	sdocker cp c:/tmp/su .
	equal "$(stat -c '%a %u' su)" "755 0"
	sdocker cp -a c:/tmp/su kept
	equal "$(stat -c '%a %u' kept)" "6755 1000"
}
