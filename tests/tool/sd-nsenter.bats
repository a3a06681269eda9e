#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
load ../helper/common

# inmate [UNSHARE-OPTION]...: a process in a busybox root of its own, pid 1 of its pid namespace
# unless told otherwise; $INMATE is its pid.  It lives until the end of the test.
inmate() {
	local root=$BATS_TEST_TMPDIR/root
	[ -d "$root" ] || rootfs_busybox "$root"
	[ $# -gt 0 ] || set -- --pid --uts --mount --net --ipc --cgroup
	sd-unshare --kill-child "$@" -- sh -c '
		mount --bind "$1" "$1" && cd "$1" && mkdir -p old && pivot_root . old
		exec env -i INSIDE=yes PATH=/bin /bin/sh -c "
			mount -t proc proc /proc; umount -l /old; hostname inmate; cd /etc
			echo up >/tmp/up; exec sleep 1000"' sh "$root" >/dev/null 2>&1 3>&- &
	KEEPER=$!
	eventually test -s "$root/tmp/up"
	INMATE=$(pgrep -P $KEEPER)
	rm "$root/tmp/up"
}

# In a user namespace, without a root of its own.
inmate_of_user_namespace() {
	local fifo=$BATS_TEST_TMPDIR/user
	mkfifo "$fifo"
	sd-unshare --kill-child --map-users 0:100000:1000 --map-groups 0:100000:1000 -S 0 -G 0 --uts -- \
		sh -c 'hostname inmate; echo up; exec sleep 1000 >/dev/null' >"$fifo" 3>&- &
	KEEPER=$!
	read -r _ <"$fifo"
	INMATE=$(pgrep -P $KEEPER)
}

setup() {
	sd_setup
	KEEPER=
}

teardown() {
	if [ -n "$KEEPER" ]; then
		kill -KILL "$KEEPER"
		wait "$KEEPER" 2>/dev/null || true
	fi
	rm -rf "${SDOCKER_ROOT:?}"/* "${SDOCKER_RUN:?}"/*
	sd_teardown
}

start_time() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20; }

# record [JQ-FILTER]: a record of container "web", name "test_web", whose process is the inmate.
record() {
	document web '.status = "running" | .config.process.cwd = "/etc" | .pid = '"$INMATE"'
		| .config.process.env = ["PATH=/bin", "CONTAINER=yes"]
		| .startTime = '"$(start_time "$INMATE")"' | .bootId = "'"$(cat /proc/sys/kernel/random/boot_id)"'"
		| '"${1:-.}" >"$BATS_TEST_TMPDIR/doc"
	mkdir -p "$SDOCKER_RUN/containers/web" "$SDOCKER_ROOT/names"
	ln -sf web "$SDOCKER_ROOT/names/test_web"
	cp "$BATS_TEST_TMPDIR/doc" "$SDOCKER_RUN/containers/web/state.json"
	cp "$BATS_TEST_TMPDIR/doc" "$SDOCKER_ROOT/containers/web/state.json"
}

# ---- by pid and by file

@test "a running container's namespaces, one at a time" {
	inmate
	succeeds sd-nsenter --target "$INMATE" --uts -- hostname
	equal "$output" inmate
	succeeds sd-nsenter --target "$INMATE" --net -- cat /proc/net/dev
	equal "${#lines[@]}" 3
	succeeds sd-nsenter --target "$INMATE" --mount -- /bin/ls -d /bin/busybox /old
	equal "$output" $'/bin/busybox\n/old'
	succeeds sd-nsenter --target "$INMATE" --pid --mount -- /bin/sh -c 'kill -0 1 && [ -d /proc/$$ ] && echo $$'
	[ "$output" -lt 50 ]
	succeeds sd-nsenter --target "$INMATE" --ipc -- readlink /proc/self/ns/ipc
	equal "$output" "$(readlink "/proc/$INMATE/ns/ipc")"
	equal "$(hostname)" sdtest
}

@test "--all enters what is not shared, and nothing is left of the outside" {
	inmate
	succeeds sd-nsenter -t "$INMATE" -a -- /bin/sh -c 'hostname; pwd; ls -d /bin/busybox
		for n in mnt uts ipc net pid cgroup user time; do readlink /proc/self/ns/$n; done'
	equal "${lines[*]:0:3}" "inmate / /bin/busybox"
	equal "${lines[*]:3}" "$(for n in mnt uts ipc net pid cgroup user time; do
		readlink "/proc/$INMATE/ns/$n"; done | xargs)"
}

@test "by files, in any order, also together with a pid" {
	inmate
	succeeds sd-nsenter --net="/proc/$INMATE/ns/net" --uts="/proc/$INMATE/ns/uts" -- hostname
	equal "$output" inmate
	succeeds sd-nsenter -t "$INMATE" -u -n"/proc/$INMATE/ns/net" -- sh -c 'hostname; wc -l </proc/net/dev'
	equal "$output" $'inmate\n3'
	refuses "/proc/$INMATE/ns/net is not a uts namespace" \
		sd-nsenter --uts="/proc/$INMATE/ns/net" -- true
	refuses "/etc/passwd is not a namespace" sd-nsenter --uts=/etc/passwd -- true
	refuses "open the uts namespace /no/such: No such file" sd-nsenter --uts=/no/such -- true
}

@test "root, working directory and environment of the target" {
	inmate
	succeeds sd-nsenter -t "$INMATE" -a -w -e -- sh -c 'pwd; echo $INSIDE'
	equal "$output" $'/etc\nyes'
	succeeds sd-nsenter -t "$INMATE" -r -- sh -c 'pwd; ls -d /bin/busybox'
	equal "$output" $'/\n/bin/busybox'
	succeeds sd-nsenter -t "$INMATE" -a --wdns /tmp -- pwd
	equal "$output" /tmp
	succeeds sd-nsenter --root="$BATS_TEST_TMPDIR/root" --wdns=/etc -- pwd
	equal "$output" /etc
}

@test "a working directory outside of the root is refused (CVE-2024-21626)" {
	inmate --uts --mount
	refuses "the working directory /etc is outside of the root (hint: --wdns" \
		sd-nsenter -t "$INMATE" -a --wd=/etc -- /bin/true
	exec 7</etc
	refuses "/proc/self/fd/7 is outside of the root" \
		sd-nsenter -t "$INMATE" -a -r --wdns /proc/self/fd/7 -- /bin/true
	exec 7<&-
}

@test "no descriptor of sd-nsenter reaches the program" {
	inmate
	run sd-nsenter -t "$INMATE" -a -r -w -- sh -c 'for fd in /proc/self/fd/*; do readlink $fd; done'
	contains "$output" /dev/null
	run ! grep -E 'mnt:|net:|pidfd|/root|/bin$' <<<"$output"
}

@test "the exit code is the command's: in the child of --pid, and without" {
	inmate
	run sd-nsenter -t "$INMATE" -a -- sh -c 'exit 7'
	equal "$status" 7
	run sd-nsenter -t "$INMATE" -a -- sh -c 'kill -KILL $$'
	equal "$status" 137
	run sd-nsenter -t "$INMATE" -u -- sh -c 'exit 255'
	equal "$status" 255
	refuses_with 127 "executable file not found in PATH" \
		sd-nsenter -t "$INMATE" -a -- no-such-program
	refuses_with 126 "/etc/passwd" sd-nsenter -t "$INMATE" -a -- /etc/passwd
}

@test "the command is looked up inside" {
	inmate
	printf '#!/bin/sh\necho mine\n' >"$BATS_TEST_TMPDIR/root/bin/only-inside"
	chmod 755 "$BATS_TEST_TMPDIR/root/bin/only-inside"
	succeeds sd-nsenter -t "$INMATE" -a -- only-inside
	equal "$output" mine
}

@test "--no-fork leaves the command itself outside of the pid namespace" {
	inmate
	succeeds sd-nsenter -t "$INMATE" -p -F -- sh -c '[ -e /proc/$$ ] && echo outside'
	equal "$output" outside
}

@test "a user namespace: root of it, whoever made it" {
	inmate_of_user_namespace
	succeeds sd-nsenter -t "$INMATE" -a -- sh -c 'id -u; id -g; hostname'
	equal "$output" $'0\n0\ninmate'
	succeeds sd-nsenter -t "$INMATE" -U -u -S 5 -G 6 -- sh -c 'id -u; id -G; hostname'
	equal "$output" $'5\n6\ninmate'
	succeeds sd-nsenter -t "$INMATE" -U --preserve-credentials -- sh -c 'id -u'
	equal "$output" 65534
	succeeds sd-nsenter --user="/proc/$INMATE/ns/user" --uts="/proc/$INMATE/ns/uts" -- sh -c 'id -u; hostname'
	equal "$output" $'0\ninmate'
}

@test "an ordinary user enters the user namespace of one's own, and what it owns" {
	local user=(setpriv --reuid 1000 --regid 1000 --clear-groups --)
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	"${user[@]}" sd-unshare -r --uts -- sh -c 'hostname mine; echo up; read x' \
		< <(exec sleep 1000) >"$BATS_TEST_TMPDIR/fifo" &
	local pid=$!
	read -r _ <"$BATS_TEST_TMPDIR/fifo"
	succeeds "${user[@]}" sd-nsenter -t $pid -U -u -- sh -c 'id -u; hostname'
	equal "$output" $'0\nmine'
	succeeds "${user[@]}" sd-nsenter --uts="/proc/$pid/ns/uts" --user="/proc/$pid/ns/user" -- hostname
	equal "$output" mine
	refuses "(hint: root is needed" "${user[@]}" sd-nsenter -t $pid -u -- hostname
	kill $pid $(pgrep -x sleep)
	wait $pid || true
}

@test "one's own namespaces are entered again without complaint" {
	succeeds sd-nsenter -t $$ -a -- true
	succeeds sd-nsenter -t $$ -U -u -n -- id -u
	equal "$output" 0
}

@test "misuse is said in one line" {
	refuses "nothing to enter: name namespaces, or --all" sd-nsenter -t 1 -- true
	refuses "nothing to enter" sd-nsenter true
	refuses "--mount needs --target PID, --container or a FILE" sd-nsenter -m -- true
	refuses "--all needs --target" sd-nsenter -a -- true
	refuses "--root needs --target PID, --container or a directory" sd-nsenter -r -- true
	refuses "--wd needs --target PID, --container or a directory" sd-nsenter -w -- true
	refuses "--env needs --target" sd-nsenter -e --wdns / -- true
	refuses "open process 4190000: No such process" sd-nsenter -t 4190000 -m -- true
	refuses "--target" sd-nsenter -t 0 -m -- true
	refuses "--target" sd-nsenter -t 1x -m -- true
	refuses "--setuid" sd-nsenter -t 1 -u -S 4294967295 -- true
	refuses "--setuid" sd-nsenter -t 1 -u -S root -- true
	refuses "does not go with a container's document" sd-nsenter -t 1 --state-fd 9 -u -- true \
		9< <(echo '{"pid":1}')
}

# ---- by a container's document

@test "container: all of it, with the environment and directory of its config" {
	inmate
	record
	succeeds sd-nsenter --container test_web -- sh -c 'echo $CONTAINER $HOME; pwd; hostname; ls -d /bin/busybox'
	equal "$output" $'yes\n/etc\ninmate\n/bin/busybox'
	succeeds sd-nsenter --container web -- env
	equal "$(sort <<<"$output")" $'CONTAINER=yes\nPATH=/bin'
	succeeds sd-nsenter --container web --env -- env
	contains "$output" INSIDE=yes
	record 'del(.config.process.env)'
	SECRET=host succeeds sd-nsenter --container web -- env
	equal "$output" ""
	refuses "no such container: nobody" sd-nsenter --container nobody -- true
}

@test "container: only the namespaces that are named, with the host's programs" {
	inmate
	record
	succeeds sd-nsenter --container web --net -- sh -c 'wc -l </proc/net/dev; hostname; [ -d /proc/$$ ]'
	equal "$output" $'3\nsdtest'
}

@test "container: a pid that was reused is refused, and one of another boot" {
	inmate
	record '.startTime -= 1'
	refuses "container test_web is not running (its pid $INMATE was reused)" \
		sd-nsenter --state-fd 9 -- true 9<"$BATS_TEST_TMPDIR/doc"
	refuses "container test_web is not running" sd-nsenter --container web -- true
	record '.bootId = "0"'
	refuses "container test_web is not running" sd-nsenter --state-fd 9 -- true 9<"$BATS_TEST_TMPDIR/doc"
	record 'del(.pid)'
	refuses "container test_web is not running" sd-nsenter --state-fd 9 -- true 9<"$BATS_TEST_TMPDIR/doc"
	record 'del(.startTime)'
	refuses "startTime: missing" sd-nsenter --state-fd 9 -- true 9<"$BATS_TEST_TMPDIR/doc"
	record '.pid = "1"'
	refuses "pid: expected" sd-nsenter --state-fd 9 -- true 9<"$BATS_TEST_TMPDIR/doc"
}

@test "container: a working directory that leads out is refused" {
	inmate --uts --mount
	record '.config.process.cwd = "/proc/self/fd/7"'
	exec 7</
	refuses "/proc/self/fd/7 is outside of the root" sd-nsenter --container web -- true
	exec 7<&-
	record '.config.process.env = ["PATH=/bin", "HOME"]'
	refuses "config.process.env[1]: 'HOME' is not NAME=VALUE" sd-nsenter --container web -- true
}

@test "in a chain: the pid is reported, the child is the monitor's, the chain's descriptors go on" {
	inmate
	record
	SD_FDS=state=9,report=8 sd-nsenter -- sh -c 'echo "$SD_FDS $CONTAINER"; sleep 1000' \
		9<"$BATS_TEST_TMPDIR/doc" 8>"$BATS_TEST_TMPDIR/report" >"$BATS_TEST_TMPDIR/out"
	local word pid
	read -r word pid <"$BATS_TEST_TMPDIR/report"
	equal "$word" pid
	eventually grep -qx 'state=9,report=8 yes' "$BATS_TEST_TMPDIR/out"
	equal "$(ps -o sid= -p "$pid" | xargs)" "$pid"
	equal "$(readlink "/proc/$pid/ns/pid")" "$(readlink "/proc/$INMATE/ns/pid")"
}

@test "the inmate cannot write to the tool that runs in there (CVE-2019-5736)" {
	local root=$BATS_TEST_TMPDIR/root bin=$BATS_TEST_TMPDIR/bin pid
	inmate --uts --mount
	mkdir "$bin"
	cp "$SD_BUILD/bin/sd-nsenter" "$bin"
	mkfifo "$root/gate" "$root/go"
	"$bin/sd-nsenter" -t "$INMATE" -a -- sd-nsenter -t "$INMATE" -p -- /bin/sh -c 'read x </gate' \
		>/dev/null 3>&- &
	pid=$!
	eventually eval '[ "$(pgrep -cf "read x </gate")" = 2 ]'
	# Held open until the tool has ended: a running program could not be written to anyway.
	sd-nsenter -t "$INMATE" -a -- /bin/sh -c "exec 5</proc/$pid/exe; echo >/gate; read x </go
		echo hacked >>/proc/self/fd/5" >"$BATS_TEST_TMPDIR/attack" 2>&1 3>&- &
	wait $pid
	echo >"$root/go"
	run ! wait $!
	contains "$(cat "$BATS_TEST_TMPDIR/attack")" "Read-only file system"
	cmp "$bin/sd-nsenter" "$SD_BUILD/bin/sd-nsenter"
}

# Where no mount can be cloned or set: an ordinary user, Linux before 5.12.
@test "an ordinary user's own tool cannot be written to from inside either" {
	local dir=/run/sdtest-own
	install -d -o 1000 "$dir"
	install -o 1000 "$SD_BUILD/bin/"{sd-nsenter,sd-unshare} "$dir"
	setpriv --reuid 1000 --regid 1000 --clear-groups -- \
		sh -c 'exec "$0/sd-nsenter" -t $$ -a -- sd-unshare --fork -- bash -c "$1"' "$dir" '
			exec 5</proc/$PPID/exe; echo $PPID; exec >&-
			while kill -0 $PPID; do sleep 0.02; done; echo hacked >>/proc/self/fd/5' \
		>"$dir/out" 2>"$dir/attack" 3>&- &
	eventually test -s "$dir/out"
	kill -KILL "$(cat "$dir/out")"
	eventually grep "denied\|not permitted" "$dir/attack"
	cmp "$dir/sd-unshare" "$SD_BUILD/bin/sd-unshare"
	rm -r "$dir"
}
