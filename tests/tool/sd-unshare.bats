#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
load ../helper/common

teardown() {
	rm -rf "$SDOCKER_ROOT/containers"
	sd_teardown
}

# The number of a namespace: ns KIND [PID]
ns() { readlink "/proc/${2:-self}/ns/$1"; }

# as_alice COMMAND...: user 1000 with ids lent by /etc/subuid ($LENT), on an /etc of its own.
as_alice() {
	local etc=$BATS_TEST_TMPDIR/etc
	mkdir -p "$etc"
	printf 'root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\n' >"$etc/passwd"
	printf 'root:x:0:\nalice:x:1000:\n' >"$etc/group"
	printf 'bob:500000:10\n%s\n' "${LENT:-alice:100000:65536}" | tee "$etc/subuid" >"$etc/subgid"
	sd-unshare --mount -- sh -c 'etc=$0
		for f in passwd group subuid subgid; do mount --bind "$etc/$f" /etc/$f; done
		exec setpriv --reuid 1000 --regid 1000 --clear-groups -- "$@"' "$etc" "$@"
}

# The document of the test, changed by a jq filter, on descriptor 9 of: doc FILTER COMMAND...
doc() {
	document web "$1" >"$BATS_TEST_TMPDIR/doc"
	shift
	"$@" 9<"$BATS_TEST_TMPDIR/doc"
}

# ---- by hand

@test "a shell in new UTS, pid and mount namespaces, the first lesson" {
	succeeds sd-unshare --uts --pid --mount --mount-proc -- \
		sh -c 'hostname lesson; hostname; echo $$; ls -d /proc/[0-9]* | wc -l'
	equal "${lines[0]}" lesson
	equal "${lines[1]}" 1
	[ "${lines[2]}" -le 4 ]
	equal "$(hostname)" sdtest
}

@test "each namespace option makes that namespace and no other" {
	local option file own other
	for option in mount:mnt uts:uts ipc:ipc net:net cgroup:cgroup user:user pid:pid time:time; do
		succeeds sd-unshare "--${option%:*}" -- readlink /proc/self/ns/{mnt,uts,ipc,net,cgroup,user,pid,time}
		own=$(readlink /proc/self/ns/{mnt,uts,ipc,net,cgroup,user,pid,time})
		other=$(diff <(echo "$own") <(echo "$output") | grep '^>' | sed 's/> \(.*\):.*/\1/')
		# In a foreign pid namespace the old proc does not show this process.
		[ "$option" = pid:pid ] || equal "$other" "${option#*:}"
	done
}

@test "letters stand together: -muinpC" {
	succeeds sd-unshare -muinpC --mount-proc -- sh -c 'echo $$; readlink /proc/self/ns/net'
	equal "${lines[0]}" 1
	[ "${lines[1]}" != "$(ns net)" ]
}

@test "without options it becomes the program: same process, no child" {
	succeeds sh -c 'echo $$; exec sd-unshare -- sh -c "echo \$\$"'
	equal "${lines[0]}" "${lines[1]}"
}

@test "the exit code is the child's; 128+n for a signal; 137 for SIGKILL" {
	run sd-unshare --fork -- sh -c 'exit 7'
	equal "$status" 7
	run sd-unshare --fork -- sh -c 'kill -TERM $$'
	equal "$status" 143
	run sd-unshare --fork -- sh -c 'kill -KILL $$'
	equal "$status" 137
	run sd-unshare --pid -- sh -c 'exit 255'
	equal "$status" 255
}

@test "a program that is not there is 127, one that cannot run 126" {
	refuses_with 127 "no-such-program" sd-unshare --uts -- no-such-program
	echo text >"$BATS_TEST_TMPDIR/file"
	refuses_with 126 "$BATS_TEST_TMPDIR/file" sd-unshare --pid -- "$BATS_TEST_TMPDIR/file"
}

@test "stdin, arguments and environment reach the program unchanged" {
	run sh -c 'printf "a\nb" | X="1 2" sd-unshare --pid -- sh -c '\''cat; printf "[%s]" "$X" "$@"'\'' sh "" "x y" "\$HOME"'
	equal "$output" $'a\nb[1 2][][x y][$HOME]'
}

@test "--pid implies a child; --no-fork shows why: only the children are in it, once" {
	run sd-unshare --pid --no-fork -- sh -c 'echo $$; sh -c "echo \$\$"; true; (true)'
	[ "${lines[0]}" != 1 ]
	equal "${lines[1]}" 1
	contains "$output" "ork"
	refuses "--no-fork goes neither" sd-unshare --no-fork --fork --pid -- true
	refuses "needs a child" sd-unshare --no-fork --pid=/tmp/x -- true
}

@test "mounts stay inside: the tree is private unless told otherwise" {
	local dir=$BATS_TEST_TMPDIR/shared
	mkdir "$dir"
	mount -t tmpfs sdtest "$dir"
	mount --make-shared "$dir"
	mkdir "$dir/a" "$dir/b"
	succeeds sd-unshare --mount -- mount -t tmpfs sdtest "$dir/a"
	run ! mountpoint -q "$dir/a"
	succeeds sd-unshare --mount --no-fork -- mount -t tmpfs sdtest "$dir/a"
	run ! mountpoint -q "$dir/a"
	succeeds sd-unshare --mount --propagation unchanged -- mount -t tmpfs sdtest "$dir/a"
	mountpoint -q "$dir/a"
	succeeds sd-unshare --mount --propagation slave -- mount -t tmpfs sdtest "$dir/b"
	run ! mountpoint -q "$dir/b"
	succeeds sd-unshare --mount --propagation slave -- grep " $dir .*master:" /proc/self/mountinfo
	succeeds sd-unshare --mount --propagation shared -- grep " $dir .*shared:" /proc/self/mountinfo
	umount "$dir/a" "$dir"
	refuses "--propagation needs --mount" sd-unshare --propagation slave -- true
	refuses "'odd' is not private" sd-unshare --mount --propagation odd -- true
}

@test "the proc of --mount-proc stays inside, also where the tree does not" {
	local dir=$BATS_TEST_TMPDIR/proc how
	mkdir "$dir"
	mount -t tmpfs sdtest "$dir"
	mount --make-shared "$dir"
	for how in unchanged shared slave private; do
		succeeds sd-unshare --pid --mount-proc="$dir" --propagation "$how" -- cat "$dir/self/stat"
		contains "$output" "1 (cat)"
		run ! grep -q " $dir .* - proc " /proc/self/mountinfo
	done
	umount "$dir"
}

@test "-r is root inside and nobody's root outside" {
	succeeds as_alice sd-unshare -r -- sh -c 'id -u; id -g; cat /proc/self/setgroups; cat /proc/self/uid_map'
	equal "${lines[0]} ${lines[1]} ${lines[2]}" "0 0 deny"
	equal "$(echo "${lines[3]}" | xargs)" "0 1000 1"
	run as_alice sd-unshare -r -- cat /etc/shadow
	equal "$status" 1
}

@test "-c keeps the user; --map-user and --map-group choose it" {
	succeeds as_alice sd-unshare -c -- id -u
	equal "$output" 1000
	succeeds as_alice sd-unshare --map-user 5 --map-group 6 -- sh -c 'id -u; id -g'
	equal "$output" $'5\n6'
	refuses "no user 'nosuch' in /etc/passwd" sd-unshare --map-user nosuch -- true
	refuses "--setgroups=allow does not go" sd-unshare -r --setgroups allow -- true
}

@test "several ranges, written directly by root" {
	succeeds sd-unshare --map-users 0:100000:1000 --map-users 5000:200000:10 \
		--map-groups 300000,0,50 --setuid 0 --setgid 0 -- \
		sh -c 'id -u; tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; cat /proc/self/setgroups'
	equal "$output" $'0\n 0 100000 1000\n 5000 200000 10\n 0 300000 50\nallow'
}

@test "auto ranges of an ordinary user go through newuidmap, with a hole for the own id" {
	succeeds as_alice sd-unshare --map-auto -r -- \
		sh -c 'tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map; id -u'
	equal "$output" $' 0 1000 1\n 1 100000 65535\n 0 1000 1\n 1 100000 65535\n0'
	run as_alice sd-unshare --map-users 0:7:5 -- true
	equal "$status" 125
	contains "$output" "newuidmap failed: it allows only the ranges of /etc/subuid"
	LENT=alice:100000 refuses "/etc/subuid: the line of user alice has no count" \
		as_alice sd-unshare --map-auto -- true
}

@test "ranges that make no sense are refused with their reason" {
	refuses "is not INNER:OUTER:COUNT" sd-unshare --map-users 0:1 -- true
	refuses "is not INNER:OUTER:COUNT" sd-unshare --map-users 0:1:2:3 -- true
	refuses "--map-users" sd-unshare --map-users 0:1:x -- true
	refuses "--map-users" sd-unshare --map-users 0:4294967296:1 -- true
	refuses "--map-users" sd-unshare --map-users 0:5:0 -- true
	refuses "ranges must not overlap" sd-unshare --map-users 0:1000:10 --map-users 5:2000:10 -- true
}

@test "--keep-caps lets an unmapped root keep its powers over the exec" {
	local cap='grep CapEff /proc/self/status'
	succeeds as_alice sd-unshare -c -- sh -c "$cap"
	contains "$output" 0000000000000000
	succeeds as_alice sd-unshare -c --keep-caps -- sh -c "$cap"
	run ! grep -q 0000000000000000 <<<"$output"
}

@test "an ordinary user without --user is told what to do" {
	refuses "(hint: add --map-root-user" as_alice sd-unshare --net -- true
}

@test "a limit of 0 is named" {
	succeeds sd-unshare -r -- true
	refuses "sysctl user.max_net_namespaces is 0" sd-unshare -r -- sh -c \
		'echo 0 >/proc/sys/user/max_net_namespaces; exec sd-unshare --net -- true'
}

@test "namespaces kept on files outlive the program, and can be joined" {
	local dir=$BATS_TEST_TMPDIR/ns
	mkdir "$dir"
	mount -t tmpfs sdtest "$dir"
	touch "$dir"/{uts,pid,net}
	succeeds sd-unshare --uts="$dir/uts" --net="$dir/net" -- hostname kept
	succeeds sd-nsenter --uts="$dir/uts" -- hostname
	equal "$output" kept
	succeeds sd-unshare --pid="$dir/pid" -- true
	umount "$dir/uts" "$dir/net" "$dir/pid" "$dir"
	refuses "the file must be there" sd-unshare --uts="$BATS_TEST_TMPDIR/none" -- true
}

@test "a mount namespace is kept on a file of a private mount only" {
	local dir=$BATS_TEST_TMPDIR/ns
	mkdir "$dir"
	mount -t tmpfs sdtest "$dir"
	mount --make-private "$dir"
	touch "$dir/mnt"
	succeeds taskset -c 0 sd-unshare --mount -- taskset -c 0 sd-unshare --mount="$dir/mnt" -- true
	# Here the shell's namespace may have been made on another CPU: what fails is explained.
	run taskset -c 0 sd-unshare --mount="$dir/mnt" -- true
	[ "$status" = 0 ] || contains "$output" "number them in batches"
	[ "$status" != 0 ] || umount "$dir/mnt"
	mount --make-shared "$dir"
	refuses "the file must be on a private mount" sd-unshare --mount="$dir/mnt" -- true
	umount "$dir"
}

@test "clocks of a time namespace are set apart" {
	local up
	up=$(cut -d. -f1 /proc/uptime)
	succeeds sd-unshare --time --boottime 1000000 -- cut -d. -f1 /proc/uptime
	[ "$output" -ge $((up + 1000000)) ]
	succeeds as_alice sd-unshare -r --time --boottime 1000000 -- cut -d. -f1 /proc/uptime
	[ "$output" -ge $((up + 1000000)) ]
	refuses "needs --time" sd-unshare --boottime 5 -- true
	refuses "--monotonic" sd-unshare --time --monotonic soon -- true
}

@test "root and working directory" {
	rootfs_busybox "$BATS_TEST_TMPDIR/root"
	succeeds sd-unshare --mount --root "$BATS_TEST_TMPDIR/root" --wd /etc -- sh -c 'pwd; ls -d /bin/busybox'
	equal "$output" $'/etc\n/bin/busybox'
	succeeds sd-unshare --mount --root "$BATS_TEST_TMPDIR/root" -- pwd
	equal "$output" /
	# Not the directory of that name that it was started beside, outside of the root.
	mkdir "$BATS_TEST_TMPDIR/etc"
	cd "$BATS_TEST_TMPDIR"
	succeeds sd-unshare --mount --root root --wd etc -- sh -c 'pwd; ls'
	equal "$output" $'/etc\ngroup\npasswd'
	refuses "change the root directory to /no/such" sd-unshare --root /no/such -- true
	refuses "change the working directory to /no/such" sd-unshare --wd /no/such -- true
}

@test "--kill-child: with sd-unshare dies the child, in a pid namespace with all that is in it" {
	local fifo=$BATS_TEST_TMPDIR/fifo pid
	mkfifo "$fifo"
	sd-unshare --pid --kill-child --mount-proc -- sh -c 'sleep 1000 & echo up; wait' >"$fifo" &
	pid=$!
	exec 8<"$fifo"
	read -r -u 8 line
	equal "$line" up
	kill -KILL $pid
	# The end of the stream: nobody of them lives.
	run timeout 5 cat <&8
	equal "$status" 0
	exec 8<&-
	wait $pid || true
	refuses "--kill-child" sd-unshare --kill-child=NOSUCH -- true
}

@test "SIGCHLD that is ignored costs no exit code" {
	run sh -c 'trap "" CHLD; exec sd-unshare --fork -- sh -c "exit 9"'
	equal "$status" 9
	succeeds as_alice sh -c 'trap "" CHLD; exec sd-unshare --map-auto -S 0 -- id -u'
	equal "$output" 0
}

# ---- from a document

@test "document: all its namespaces, first process, names, loopback up" {
	succeeds doc '.config.domainname = "lan"' sd-unshare --state-fd 9 -- \
		sh -c 'echo $$; hostname; domainname; cat /sys/class/net/lo/flags; readlink /proc/1/ns/ipc'
	equal "${lines[0]} ${lines[1]} ${lines[2]}" "1 web lan"
	succeeds doc . sd-unshare --state-fd 9 -- ip -o link show up
	contains "$output" "lo:"
	succeeds doc . sd-unshare --state-fd 9 -- sh -c 'cat </proc/self/mountinfo | grep -c shared: || true'
	equal "$output" 0
}

@test "document: under a monitor the pid is reported, the child is the monitor's, in its own session" {
	document web >"$BATS_TEST_TMPDIR/doc"
	cat >"$BATS_TEST_TMPDIR/monitor" <<-'END'
		exec 9<"$1/doc" 8>"$1/report"
		SD_FDS=state=9,report=8 sd-unshare -- sh -c 'echo $$ >&7; read x <&6; exit 5' 7>"$1/out" 6<"$1/go"
		echo "unshare: $?"
	END
	mkfifo "$BATS_TEST_TMPDIR/go"
	bash "$BATS_TEST_TMPDIR/monitor" "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/log" &
	exec 5>"$BATS_TEST_TMPDIR/go"
	eventually grep -q 'unshare: 0' "$BATS_TEST_TMPDIR/log"
	read -r word pid <"$BATS_TEST_TMPDIR/report"
	equal "$word" pid
	eventually grep -qx 1 "$BATS_TEST_TMPDIR/out"
	equal "$(ps -o sid= -p "$pid" | xargs)" "$pid"
	echo >&5
	exec 5>&-
	wait
	eventually eval "! kill -0 $pid 2>/dev/null"
}

@test "document: a failure in the chain goes to the report, with its code" {
	document web '.config.hostname = ("x" * 100)' >"$BATS_TEST_TMPDIR/doc"
	run --separate-stderr env SD_FDS=state=9,report=8 sd-unshare -- true \
		9<"$BATS_TEST_TMPDIR/doc" 8>"$BATS_TEST_TMPDIR/report"
	# shellcheck disable=SC2154 # set by run
	equal "$stderr" ""
	eventually grep -q "^fail 125 sd-unshare: set the host name" "$BATS_TEST_TMPDIR/report"
	grep -q '^pid ' "$BATS_TEST_TMPDIR/report"
}

@test "document: nobody lives whom the monitor was not told of" {
	local fifo=$BATS_TEST_TMPDIR/report ran=$BATS_TEST_TMPDIR/ran outer
	document web >"$BATS_TEST_TMPDIR/doc"
	mkfifo "$fifo"
	exec 8<>"$fifo"
	# A report that is full: sd-unshare waits with the pid in hand, its child behind the gate.
	dd if=/dev/zero of="$fifo" bs=4096 oflag=nonblock 2>/dev/null || true
	SD_FDS=state=9,report=8 sd-unshare -- touch "$ran" 9<"$BATS_TEST_TMPDIR/doc" &
	outer=$!
	eventually eval '[ "$(pgrep -cx sd-unshare)" = 2 ]'
	[ ! -e "$ran" ]
	kill -KILL $outer
	eventually eval '! pgrep -x sd-unshare'
	[ ! -e "$ran" ]
	exec 8>&-
}

@test "document: id maps, and root of the user namespace" {
	succeeds doc '.config.linux.namespaces += [{type: "user"}]
		| .config.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10},
			{containerID: 10, hostID: 200000, size: 5}]
		| .config.linux.gidMappings = [{containerID: 0, hostID: 100000, size: 10}]' \
		sd-unshare --state-fd 9 -- sh -c 'id -u; id -G; tr -s " " </proc/self/uid_map; hostname;
			grep CapEff /proc/self/status'
	equal "${lines[0]} ${lines[1]}" "0 0"
	equal "${lines[2]} ${lines[3]}" " 0 100000 10  10 200000 5"
	equal "${lines[4]}" web
	run ! grep -q 'CapEff:.*0000000000000000' <<<"$output"
	refuses "config.linux.uidMappings and gidMappings must map 0" \
		doc '.config.linux.namespaces += [{type: "user"}]
		| .config.linux.uidMappings = [{containerID: 5, hostID: 100000, size: 10}]
		| .config.linux.gidMappings = [{containerID: 5, hostID: 100000, size: 10}]' \
		sd-unshare --state-fd 9 -- true
	refuses "config.linux.uidMappings: missing" \
		doc '.config.linux.namespaces += [{type: "user"}]' sd-unshare --state-fd 9 -- true
	refuses "config.linux.uidMappings: there is no new user namespace" \
		doc '.config.linux.uidMappings = [{containerID: 0, hostID: 1, size: 1}]' \
		sd-unshare --state-fd 9 -- true
}

@test "document: time offsets" {
	local up
	up=$(cut -d. -f1 /proc/uptime)
	succeeds doc '.config.linux.namespaces += [{type: "time"}]
		| .config.linux.timeOffsets = {boottime: {secs: 5000000, nanosecs: 0}}' \
		sd-unshare --state-fd 9 -- cut -d. -f1 /proc/uptime
	[ "$output" -ge $((up + 5000000)) ]
	refuses "there is no new time namespace" \
		doc '.config.linux.timeOffsets = {boottime: {secs: 5}}' sd-unshare --state-fd 9 -- true
}

@test "document: namespaces by path are joined, and not renamed" {
	local file=$BATS_TEST_TMPDIR/net
	touch "$file"
	sd-unshare --net="$file" -- true
	sd-unshare --uts -- sh -c 'hostname neighbour; echo; read x' \
		< <(sleep 1000) > >(cat >"$BATS_TEST_TMPDIR/up") &
	local pid=$!
	eventually test -s "$BATS_TEST_TMPDIR/up"
	succeeds doc '.config.linux.namespaces = [{type: "mount"}, {type: "network", path: "'"$file"'"},
			{type: "uts", path: "/proc/'$pid'/ns/uts"}]' \
		sd-unshare --state-fd 9 -- sh -c 'readlink /proc/self/ns/net; hostname'
	equal "${lines[0]}" "net:[$(stat -L -c %i "$file")]"
	equal "${lines[1]}" neighbour
	kill $pid $(pgrep -f '^sleep 1000$')
	wait $pid || true
	umount "$file"
}

@test "document: what is not a namespace of that kind is refused" {
	refuses "config.linux.namespaces[0].type: unknown namespace 'net'" \
		doc '.config.linux.namespaces = [{type: "net"}]' sd-unshare --state-fd 9 -- true
	refuses "'pid' twice" \
		doc '.config.linux.namespaces += [{type: "pid"}]' sd-unshare --state-fd 9 -- true
	refuses "config.linux.namespaces[0].type: missing" \
		doc '.config.linux.namespaces = [{}]' sd-unshare --state-fd 9 -- true
	refuses "is not absolute" \
		doc '.config.linux.namespaces = [{type: "pid", path: "x"}]' sd-unshare --state-fd 9 -- true
	refuses "/proc/self/ns/uts is not a net namespace" \
		doc '.config.linux.namespaces = [{type: "network", path: "/proc/self/ns/uts"}, {type: "uts"}]' \
		sd-unshare --state-fd 9 -- true
	refuses "/etc/passwd is not a namespace" \
		doc '.config.linux.namespaces = [{type: "network", path: "/etc/passwd"}]' \
		sd-unshare --state-fd 9 -- true
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	refuses "fifo is not a namespace" \
		doc '.config.linux.namespaces = [{type: "network", path: "'"$BATS_TEST_TMPDIR/fifo"'"}]' \
		timeout 5 sd-unshare --state-fd 9 -- true
	refuses "config.linux.namespaces: expected" \
		doc '.config.linux.namespaces = {}' sd-unshare --state-fd 9 -- true
}

@test "document: the host is not renamed" {
	refuses "config.hostname: would rename the host" \
		doc '.config.linux.namespaces = [{type: "mount"}]' sd-unshare --state-fd 9 -- true
	equal "$(hostname)" sdtest
}

@test "document: sysctls are written in the container and not on the host" {
	local before
	before=$(cat /proc/sys/kernel/shmmax /proc/sys/net/ipv4/ip_forward)
	succeeds doc '.config.linux.sysctl = {"kernel.shmmax": "12345", "net.ipv4.ip_forward": "1",
			"net/ipv4/conf/lo/forwarding": "0", "fs.mqueue.msg_max": "77",
			"kernel.sem": "250 32000 32 64", "net.ipv4.ip_unprivileged_port_start": "0"}' \
		sd-unshare --state-fd 9 -- sh -c 'cat /proc/sys/kernel/shmmax /proc/sys/net/ipv4/ip_forward \
			/proc/sys/fs/mqueue/msg_max /proc/sys/kernel/sem'
	equal "$output" $'12345\n1\n77\n250\t32000\t32\t64'
	equal "$(cat /proc/sys/kernel/shmmax /proc/sys/net/ipv4/ip_forward)" "$before"
}

@test "document: a sysctl that would change the host, or smuggles, is refused" {
	local name
	for name in kernel.core_pattern vm.swappiness kernel.hostname user.max_net_namespaces fs.file-max; do
		refuses "config.linux.sysctl.$name: would change the host" \
			doc '.config.linux.sysctl = {"'"$name"'": "1"}' sd-unshare --state-fd 9 -- true
	done
	for name in 'net.../../kernel/core_pattern' 'net/../kernel/core_pattern' 'net.ipv4.ip_forward+x' \
		'net.ipv4. x' 'net..ipv4' '.net' 'net.' ''; do
		refuses "is not the name of a sysctl" \
			doc '.config.linux.sysctl = {"'"$name"'": "1"}' sd-unshare --state-fd 9 -- true
	done
	refuses "control character in the value" \
		doc '.config.linux.sysctl = {"net.ipv4.ip_forward": "1\n2"}' sd-unshare --state-fd 9 -- true
	refuses "expected a string" \
		doc '.config.linux.sysctl = {"net.ipv4.ip_forward": 1}' sd-unshare --state-fd 9 -- true
	refuses "set sysctl net.no.such: open /proc/sys/net/no/such: No such file" \
		doc '.config.linux.sysctl = {"net.no.such": "1"}' sd-unshare --state-fd 9 -- true
}

@test "document: net sysctls need a network namespace that is not the host's" {
	local shared="would change the host, whose net namespace is shared"
	refuses "$shared" doc '.config.linux.sysctl = {"net.ipv4.ip_forward": "1"}
		| .config.linux.namespaces |= map(select(.type != "network"))' sd-unshare --state-fd 9 -- true
	refuses "$shared" doc '.config.linux.sysctl = {"net.ipv4.ip_forward": "1"}
		| .config.linux.namespaces |= map(if .type == "network" then .path = "/proc/1/ns/net" else . end)' \
		sd-unshare --state-fd 9 -- true
}

@test "document: a /proc that is not one gets no sysctl (CVE-2025-52881)" {
	mkdir -p "$BATS_TEST_TMPDIR/fake/net/ipv4"
	echo 0 >"$BATS_TEST_TMPDIR/fake/net/ipv4/ip_forward"
	document web '.config.linux.sysctl = {"net.ipv4.ip_forward": "1"}' >"$BATS_TEST_TMPDIR/doc"
	succeeds sd-unshare --mount -- sh -c 'mount --bind "$1/fake" /proc/sys
		sd-unshare --state-fd 9 -- true 9<"$1/doc"; cat "$1/fake/net/ipv4/ip_forward"' sh "$BATS_TEST_TMPDIR"
	equal "$output" 0
}

@test "document: slave lets mounts in and none out; shared keeps only the container's mount apart" {
	local dir=$BATS_TEST_TMPDIR/vol
	mkdir "$dir"
	mount -t tmpfs sdtest "$dir"
	mount --make-shared "$dir"
	mkdir "$dir/in"
	succeeds doc '.config.linux.rootfsPropagation = "rslave"' sd-unshare --state-fd 9 -- \
		grep -c " $dir .*master:" /proc/self/mountinfo
	mount --make-shared /var/lib
	succeeds doc '.config.linux.rootfsPropagation = "rshared"' sd-unshare --state-fd 9 -- \
		sh -c "grep -c ' $dir .*shared:' /proc/self/mountinfo; grep ' /var/lib ' /proc/self/mountinfo"
	equal "${lines[0]}" 1
	run ! grep -q shared: <<<"${lines[1]}"
	mount --make-private /var/lib
	umount "$dir"
	refuses "bundle: 'here' is not absolute" doc '.bundle = "here" | .config.linux.rootfsPropagation = "shared"' \
		sd-unshare --state-fd 9 -- true
	refuses "unknown propagation 'odd'" \
		doc '.config.linux.rootfsPropagation = "odd"' sd-unshare --state-fd 9 -- true
}

@test "document: options have no place beside it; a descriptor without one is said" {
	refuses "no option but --state-fd goes with it" doc . sd-unshare --net --state-fd 9 -- true
	refuses "read the document on descriptor 77" sd-unshare --state-fd 77 -- true
	echo '[]' >"$BATS_TEST_TMPDIR/doc"
	run sd-unshare --state-fd 9 -- true 9<"$BATS_TEST_TMPDIR/doc"
	equal "$status" 125
	contains "$output" "document: expected an object"
}
