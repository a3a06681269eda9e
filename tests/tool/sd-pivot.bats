# requires: root
# SPDX-License-Identifier: Apache-2.0
load ../helper/common

setup_file() { rootfs_busybox "$BATS_FILE_TMPDIR/rootfs"; }

setup() {
	sd_setup
	root=$BATS_TEST_TMPDIR/rootfs
	canary=$BATS_TEST_TMPDIR/canary
	cp -a "$BATS_FILE_TMPDIR/rootfs" "$root"
	mkdir "$canary"
	echo alive >"$canary/file"
}

# The canary directory is outside every root: nothing may be made, changed or mounted in it.
teardown() {
	equal "$(ls -A "$canary")" file
	equal "$(cat "$canary/file")" alive
	rm -rf "$SDOCKER_ROOT/containers"
	sd_teardown
}

# by_hand [ARG]...: sd-pivot in new mount and PID namespaces.
by_hand() { unshare --mount --pid --fork -- sd-pivot "$@"; }

# in_root JQ-FILTER COMMAND [ARG]...: sd-pivot with the minimal document, changed by the filter,
# behind the loaders of the array `before`.
in_root() {
	local filter=$1 bundle=$SDOCKER_ROOT/containers/c
	shift
	mkdir -p "$bundle"
	document c "$filter" >"$BATS_TEST_TMPDIR/document"
	rmdir "$bundle/rootfs"
	ln -sfn "$root" "$bundle/rootfs"
	unshare --mount --pid --net --ipc --cgroup --fork -- \
		"${before[@]}" sd-pivot --state-fd 9 -- "$@" 9<"$BATS_TEST_TMPDIR/document"
	local status=$?
	rm "$bundle/rootfs"
	return $status
}

# A jq filter that adds one mount: mount_of DEST TYPE SOURCE [OPTION]...
mount_of() {
	local dest=$1 type=$2 source=$3
	shift 3
	printf '.config.mounts += [{destination: "%s", type: "%s", source: "%s", options: %s}]' \
		"$dest" "$type" "$source" "$(jq -cn '$ARGS.positional' --args "$@")"
}

# "TARGET TYPE" of each mount that a process in the root sees, in order.
mounts='awk "{ for (i = 7; \$i != \"-\"; i++); print \$5, \$(i + 1) }" /proc/self/mountinfo'

# ---- by hand

@test "by hand: a usable root, with nothing of the old one" {
	succeeds by_hand "$root" -- sh -c "$mounts; pwd"
	equal "$(sed 1d <<<"$output")" "/proc proc
/sys sysfs
/dev tmpfs
/dev/pts devpts
/dev/shm tmpfs
/dev/mqueue mqueue
/"
	equal "${lines[0]%% *}" /
}

@test "by hand: /dev has exactly the default devices and links" {
	succeeds by_hand "$root" -- sh -c 'cd /dev && stat -c "%n %F %a %t:%T %u:%g" *'
	equal "$output" "fd symbolic link 777 0:0 0:0
full character special file 666 1:7 0:0
mqueue directory 1777 0:0 0:0
null character special file 666 1:3 0:0
ptmx symbolic link 777 0:0 0:0
pts directory 755 0:0 0:0
random character special file 666 1:8 0:0
shm directory 1777 0:0 0:0
stderr symbolic link 777 0:0 0:0
stdin symbolic link 777 0:0 0:0
stdout symbolic link 777 0:0 0:0
tty character special file 666 5:0 0:0
urandom character special file 666 1:9 0:0
zero character special file 666 1:5 0:0"
	succeeds by_hand "$root" -- sh -c 'for l in fd stdin ptmx; do readlink /dev/$l; done; echo x >/dev/null'
	equal "$output" "/proc/self/fd
/proc/self/fd/0
pts/ptmx"
}

@test "by hand: --bare, --no-proc, --no-sys, --no-dev" {
	succeeds by_hand --bare "$root" -- ls /proc /sys /dev
	equal "$output" "/dev:

/proc:

/sys:"
	succeeds by_hand --no-sys --no-dev "$root" -- sh -c "$mounts"
	equal "${#lines[@]}" 2
	contains "$output" "/proc proc"
	succeeds by_hand --no-proc "$root" -- ls /proc
	equal "$output" ""
}

@test "by hand: the options of the root, binds, tmpfs and masks" {
	echo secret >"$root/etc/secret"
	mkdir "$root/hidden"
	touch "$root/hidden/x"
	succeeds by_hand -r -b "$canary:/mnt/c:ro" -b "$canary/file:/f:ro" -t /run:size=1m,mode=700 \
		-m /etc/secret -m /hidden -w /new/dir "$root" -- sh -c '
		pwd; cat /f /mnt/c/file /etc/secret; ls -A /hidden; stat -c %a /run; touch /run/ok
		for f in /x /mnt/c/x /f /hidden/x; do ! touch $f 2>/dev/null || echo wrote $f; done'
	equal "$output" "/new/dir
alive
alive
700"
}

@test "by hand: the command's exit code, and the root's own shell" {
	run by_hand "$root" -- sh -c 'exit 42'
	equal "$status" 42
	run by_hand "$root" sh -c 'exit 43'
	equal "$status" 43
	succeeds by_hand "$root" <<<'echo shell $0'
	contains "$output" "shell /bin/sh"
}

@test "by hand: mounts lie in each other in the order given" {
	succeeds by_hand -t /a -b "$canary:/a/b" -t /a/b/c "$root" -- sh -c "$mounts; cat /a/b/file"
	rmdir "$canary/c"
	equal "$(tail -n4 <<<"$output")" "/a tmpfs
/a/b $(findmnt -no FSTYPE -T "$canary")
/a/b/c tmpfs
alive"
}

@test "by hand: the toolkit's own programs follow into the root" {
	local libs=() # the sanitizers' build is not static
	for d in /lib /lib64; do
		[ ! -d $d ] || libs+=(-b "$d:$d:ro")
	done
	succeeds by_hand "${libs[@]}" "$root" -- sd-pivot --help
	contains "$output" "Usage: sd-pivot"
	refuses_with 127 "executable file not found" by_hand "$root" -- ls-none
	run ! test -e "$root/bin/sd-pivot"
}

@test "by hand: an ordinary user is told what it takes" {
	# In one step or in the next: what process 1's namespace is, kernels tell in different ways.
	refuses "(hint: it takes root, or sd-unshare --user" \
		unshare --mount -- setpriv --reuid 1000 --regid 1000 --clear-groups \
		sd-pivot /usr -- true
}

@test "by hand: in a user namespace, with the host's devices bound" {
	succeeds unshare --user --map-root-user --mount --pid --net --fork -- sd-pivot -m /etc/group \
		-b "$canary:/c:ro" "$root" -- \
		sh -c 'echo x >/dev/null && stat -c %t:%T /dev/null && cat /etc/group /c/file; ! touch /c/x 2>/dev/null'
	equal "$output" "1:3
alive"
}

@test "by hand: what a user namespace cannot do is said" {
	refuses "source /dev: Invalid argument (hint: " unshare --user --map-root-user --mount --pid --net \
		--fork -- sd-pivot -b /dev:/x:bind "$root" -- true
	mount -o remount,bind,ro /dev/shm
	run unshare --user --map-root-user --mount --pid --net --fork -- \
		sd-pivot -b /dev/shm:/x:rw "$root" -- true
	mount -o remount,bind,rw /dev/shm
	equal "$status $output" "125 sd-pivot: set the options of the mount on /x: Operation not permitted (hint: a flag of the source's mount is locked)"
	refuses "needs a network namespace of its own" \
		unshare --user --map-root-user --mount --pid --fork -- sd-pivot "$root" -- true
}

@test "the host's mounts are as they were" {
	before=$(cat /proc/self/mountinfo)
	mount --make-rshared /
	succeeds unshare --mount --propagation unchanged --pid --fork -- \
		sd-pivot -t /run "$root" -- true
	succeeds unshare --mount --propagation unchanged --pid --fork -- \
		sd-pivot --propagation shared -t /run "$root" -- true
	mount --make-rprivate /
	equal "$(cat /proc/self/mountinfo)" "$before"
}

@test "the umask is the caller's again" {
	umask 027
	succeeds by_hand "$root" -- sh -c umask
	equal "$output" 0027
}

# ---- refusals

@test "refused: the mount namespace of process 1" {
	refuses "in the host's mount namespace: its root and mounts would change (hint: sd-unshare --mount" \
		sd-pivot "$root" -- true
}

@test "refused by name" {
	refuses "which root?" by_hand
	refuses "root $root/none: No such file or directory" by_hand "$root/none" -- true
	refuses "root /: it is the root already" by_hand / -- true
	refuses "root $root/etc/passwd: Not a directory" by_hand "$root/etc/passwd" -- true
	refuses "bind on /x: source /none: No such file or directory" by_hand -b /none:/x "$root" -- true
	refuses "--bind '/x': expected SRC:DST" by_hand -b /x "$root" -- true
	refuses "mount on 'x': not an absolute path" by_hand -b "$canary:x" "$root" -- true
	refuses "unknown option 'what'" by_hand -b "$canary:/x:what" "$root" -- true
	refuses "mount on /: it is the root itself" by_hand -b "$canary:/" "$root" -- true
	refuses "mount on /etc/..: it is the root itself" by_hand -b "$canary:/etc/.." "$root" -- true
	refuses "mount on /etc: it is a directory, and the source is not" \
		by_hand -b "$canary/file:/etc" "$root" -- true
	refuses "/etc/passwd in the root: Not a directory" by_hand -b "$canary:/etc/passwd" "$root" -- true
	refuses "Bad value for 'size'" by_hand -t /x:size=none "$root" -- true
	refuses "Unknown parameter 'what'" by_hand -t /x:what "$root" -- true
	refuses "unknown word 'sideways'" by_hand --propagation sideways "$root" -- true
	refuses "id-mapped mounts are not supported" by_hand -b "$canary:/x:idmap" "$root" -- true
	refuses "working directory 'x': not an absolute path" by_hand -w x "$root" -- true
	refuses_with 127 "executable file not found in PATH" by_hand "$root" -- none
}

@test "refused: mounts on and below /proc, but for files that only inform" {
	for d in /proc /proc/sys /proc/self /proc/version; do
		[ -d "$d" ] && source=$canary || source=$canary/file
		refuses "only procfs may be" by_hand -b "$source:$d" "$root" -- true
	done
	ln -s /proc "$root/elsewhere"
	refuses "only procfs may be" by_hand -b "$canary:/elsewhere/sys" "$root" -- true
	refuses "only procfs may be" by_hand -b "$canary:/elsewhere" --no-proc "$root" -- true
	refuses "only procfs may be" by_hand -t //proc/. "$root" -- true
	succeeds by_hand -b "$canary/file:/proc/cpuinfo:ro" "$root" -- cat /proc/cpuinfo
	equal "$output" alive
}

# ---- a hostile root

@test "hostile: links in the root stay inside" {
	rm -r "$root/dev" "$root/sys" "$root/run"
	ln -s "$canary" "$root/dev"
	ln -s ../../../../../.."$canary/other" "$root/mnt"
	ln -s "$canary/new" "$root/run"
	mkdir "$root/sys"
	succeeds by_hand -b /etc:/mnt:ro -t /run -b /etc/passwd:/dev/passwd "$root" -- \
		sh -c "$mounts; ls -d $canary/null"
	for d in "$canary" "$canary/other" "$canary/new" "$canary/passwd" "$canary/pts"; do
		contains "$output" "$d "
	done
	contains "$output" "$canary/null"
}

@test "hostile: a root whose /proc or /sys is a link" {
	for d in proc sys; do
		rmdir "$root/$d"
		ln -s "$canary" "$root/$d"
		refuses "on /$d: the root has a symbolic link there" by_hand "$root" -- true
		rm "$root/$d"
		mkdir "$root/$d"
	done
}

@test "hostile: devices and links of the image in the way" {
	touch "$root/dev/null"
	refuses "create device /dev/null: File exists" in_root 'del(.config.mounts[1:])' true
	rm "$root/dev/null"
	ln -s "$canary/x" "$root/dev/fd"
	refuses "create link /dev/fd: File exists" in_root 'del(.config.mounts[1:])' true
}

@test "hostile: masks on what is not procfs, and a working directory through a magic link" {
	mkdir -p "$root/proc/keys"
	refuses "/proc of the root is not procfs" \
		in_root '.config.mounts = [] | .config.linux.maskedPaths = ["/proc/keys"]' true
	refuses "working directory: open directory /proc/self/fd/3 in the root" \
		in_root '.config.process.cwd = "/proc/self/fd/3"' true
}

@test "hostile: a name that is swapped all the time" {
	mkdir "$root/a" "$root/b"
	ln -s "$canary" "$root/b/link"
	mkdir "$root/b/dir"
	perl -e 'my $n = $ARGV[2] eq "x86_64" ? 316 : 276; # renameat2, RENAME_EXCHANGE
		while (1) { syscall($n, -100, $ARGV[0], -100, $ARGV[1], 2) == 0 or die $! }' \
		"$root/b/link" "$root/b/dir" "$(uname -m)" 3>&- &
	racer=$!
	for _ in {1..40}; do
		by_hand --bare -t /b/dir/x/y -b /etc/passwd:/b/link/f "$root" -- true 2>/dev/null || :
	done
	kill $racer
	wait $racer || equal $? 143
	equal "$(ls -A "$canary")" file
	equal "$(grep -c "$canary" /proc/self/mountinfo || :)" 0
}

# ---- the document

@test "document: mounts in order, with their options" {
	mkdir -p "$BATS_TEST_TMPDIR/src/sub"
	mount -t tmpfs sdtest "$BATS_TEST_TMPDIR/src/sub"
	filter=$(mount_of /a tmpfs tmpfs size=64k nosuid nodev noexec noatime mode=0711)
	filter+=" | $(mount_of /a/rw bind "$BATS_TEST_TMPDIR/src" rbind rprivate)"
	filter+=" | $(mount_of /a/ro bind "$BATS_TEST_TMPDIR/src" rbind ro)"
	local rro=$'/a/rro ro,relatime\n/a/rro/sub ro,relatime\n'
	if kernel_before 5.12; then
		refuses "/a/rro: Function not implemented (hint: recursive options" \
			in_root "$filter | $(mount_of /a/rro bind "$BATS_TEST_TMPDIR/src" rbind rro)" true
		rro=
	else
		filter+=" | $(mount_of /a/rro bind "$BATS_TEST_TMPDIR/src" rbind rro)"
	fi
	filter+=" | $(mount_of /a/one bind "$BATS_TEST_TMPDIR/src" bind ro)"
	filter+=" | $(mount_of /a/file bind "$canary/file" bind ro)"
	filter+=" | $(mount_of /a/one none none bind remount rw noexec)"
	succeeds in_root "$filter" sh -c '
		for d in rw ro rro one; do for s in . sub; do
			touch /a/$d/$s/x 2>/dev/null && echo $d/$s; done; done
		grep " /a" /proc/self/mountinfo | cut -d" " -f5,6; grep -o "size=64k,mode=711" /proc/self/mountinfo'
	umount "$BATS_TEST_TMPDIR/src/sub"
	equal "$output" "rw/.
rw/sub
ro/sub
one/.
one/sub
/a rw,nosuid,nodev,noexec,noatime
/a/rw rw,relatime
/a/rw/sub rw,relatime
/a/ro ro,relatime
/a/ro/sub rw,relatime
${rro}/a/one rw,noexec,relatime
/a/file ro,relatime
size=64k,mode=711"
}

@test "document: options of one mount without mount_setattr(2), as before Linux 5.12" {
	local before=(sd-confine --seccomp "$BATS_TEST_TMPDIR/old.json" --keep-fd 9 --) filter=.
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mount_setattr"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}' >"$BATS_TEST_TMPDIR/old.json"
	mkdir "$BATS_TEST_TMPDIR/src"
	filter+=" | $(mount_of /a/ro bind "$BATS_TEST_TMPDIR/src" bind ro nosuid)"
	filter+=" | $(mount_of /a/noatime bind "$BATS_TEST_TMPDIR/src" bind nodev noatime)"
	filter+=" | $(mount_of /a/strict bind "$BATS_TEST_TMPDIR/src" bind strictatime)"
	filter+=" | $(mount_of /a/t tmpfs tmpfs noatime nodiratime nosuid)"
	filter+=" | $(mount_of /a/t none none bind remount ro suid)"
	filter+=" | $(mount_of /a/u tmpfs tmpfs noatime nodiratime)"
	filter+=" | $(mount_of /a/u none none bind remount noexec relatime)"
	succeeds in_root "$filter" sh -c 'grep " /a" /proc/self/mountinfo | cut -d" " -f5,6'
	equal "$output" "/a/ro ro,nosuid,relatime
/a/noatime rw,nodev,noatime
/a/strict rw
/a/t ro,noatime,nodiratime
/a/u rw,noexec,nodiratime,relatime"
	refuses "set the options of the mount on /a: Function not implemented (hint: recursive options, nodiratime and" \
		in_root "$(mount_of /a bind "$BATS_TEST_TMPDIR/src" rbind rro)" true
}

@test "document: relative sources and files of /etc come from the bundle" {
	bundle=$SDOCKER_ROOT/containers/c
	mkdir -p "$bundle/etc" "$bundle/vol"
	echo "127.0.0.1 me" >"$bundle/etc/hosts"
	echo "nameserver 127.0.0.1" >"$bundle/etc/resolv.conf"
	echo v >"$bundle/vol/f"
	ln -s ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
	succeeds in_root "$(mount_of /vol bind vol rbind)" cat /etc/hosts /etc/resolv.conf /vol/f
	equal "$output" "127.0.0.1 me
nameserver 127.0.0.1
v"
	succeeds in_root ".config.root.readonly = true | $(mount_of /etc/hosts bind "$canary/file" bind ro)" \
		sh -c 'cat /etc/hosts; touch /etc/resolv.conf 2>/dev/null || echo ro'
	equal "$output" "alive
ro"
	refuses "bind on /x: source $bundle/none: No such file" in_root "$(mount_of /x bind none rbind)" true
}

@test "document: with another's network namespace its hosts and resolv.conf come too" {
	mkdir -p "$SDOCKER_ROOT"/containers/{c,other}/etc
	for id in c other; do
		for file in hosts hostname resolv.conf; do
			echo "# $id" >"$SDOCKER_ROOT/containers/$id/etc/$file"
		done
	done
	succeeds in_root '.want.join.network = "other"' cat /etc/hosts /etc/resolv.conf /etc/hostname
	equal "$output" $'# other\n# other\n# c'
	succeeds in_root '.want.join.network = "../c"' cat /etc/hosts
	equal "$output" "# c"
	rm -r "$SDOCKER_ROOT/containers/other"
}

@test "document: a read-only root, its working directory made before" {
	succeeds in_root '.config.root.readonly = true | .config.process.cwd = "/new/dir"' \
		sh -c 'ls -d /new/dir; touch /x 2>/dev/null || echo ro; touch /dev/x && echo dev'
	equal "$output" "/new/dir
ro
dev"
}

@test "document: a tmpfs keeps the mode that it hides, and copies up where asked" {
	mkdir -m 1750 "$root/deep"
	mkdir -m 2711 "$root/deep/er"
	echo text >"$root/deep/er/file"
	chown 1000:1000 "$root/deep/er/file"
	chmod 4755 "$root/deep/er/file"
	ln -s er/file "$root/deep/link"
	succeeds in_root "$(mount_of /deep tmpfs tmpfs)" sh -c 'stat -c %a /deep; ls -A /deep'
	equal "$output" 1750
	succeeds in_root "$(mount_of /deep tmpfs tmpfs tmpcopyup ro)" sh -c '
		stat -c "%a %u" /deep /deep/er /deep/er/file; cat /deep/link
		touch /deep/x 2>/dev/null || echo ro'
	equal "$output" "1750 0
2711 0
4755 1000
text
ro"
	equal "$(ls "$root/deep")" "er
link"
}

@test "document: devices" {
	filter='.config.linux.devices = [
		{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 432, uid: 1000, gid: 50},
		{path: "/dev/sub/pipe", type: "p", fileMode: 33188},
		{path: "/dev/loop7", type: "b", major: 7, minor: 7},
		{path: "/dev/null", type: "c", major: 1, minor: 3, fileMode: 384}]'
	succeeds in_root "$filter" stat -c "%n %F %a %t:%T %u:%g" \
		/dev/fuse /dev/sub/pipe /dev/loop7 /dev/null
	equal "$output" "/dev/fuse character special file 660 a:e5 1000:50
/dev/sub/pipe fifo 644 0:0 0:0
/dev/loop7 block special file 666 7:7 0:0
/dev/null character special file 600 1:3 0:0"
	refuses "config.linux.devices[0].type: expected c, u, b or p" \
		in_root '.config.linux.devices = [{path: "/dev/x", type: "q"}]' true
	refuses "config.linux.devices[0].path: expected" \
		in_root '.config.linux.devices = [{path: "dev/x", type: "c", major: 1, minor: 3}]' true
	# Without numbers it would be 0:0, which overlayfs takes for "removed"; an id is no more than 32 bits.
	refuses "config.linux.devices[0].minor: missing" \
		in_root '.config.linux.devices = [{path: "/dev/x", type: "c", major: 1}]' true
	local wrong
	for wrong in major:4096 minor:1048576 minor:-1 fileMode:-1 uid:4294967296 uid:-1 gid:4294967295; do
		refuses "config.linux.devices[0].${wrong%:*}: ${wrong#*:} is not in 0 to " \
			in_root ".config.linux.devices = [{path: \"/dev/x\", type: \"c\", major: 1, minor: 3}
				+ {${wrong%:*}: ${wrong#*:}}]" true
	done
}

@test "document: a /dev of the user's own is left alone" {
	local name
	mkdir "$BATS_TEST_TMPDIR/dev"
	ln -s dev "$root/device"
	for name in /dev /dev/ //dev/. /device; do
		succeeds in_root ".config.mounts = .config.mounts[:1] |
			$(mount_of $name bind "$BATS_TEST_TMPDIR/dev" rbind)" ls -A /dev
		equal "$output" ""
	done
}

@test "document: masked and read-only paths" {
	mkdir "$root/d"
	touch "$root/d/x"
	succeeds in_root '.config.linux.maskedPaths = ["/proc/keys", "/proc/timer_list", "/d", "/etc/group",
			"/none", "/proc/keys"] |
		.config.linux.readonlyPaths = ["/proc/sys", "/var", "/none", "/etc/group/none"]' sh -c '
		cat /proc/keys /proc/timer_list /etc/group; ls -A /d
		for f in /d/y /var/y /proc/sys/kernel/pid_max; do
			(echo 1 >$f) 2>/dev/null || echo ro; done'
	equal "$output" "ro
ro
ro"
	refuses "mask /var/..: it is the root itself" in_root '.config.linux.maskedPaths = ["/var/.."]' true
	refuses "'x' is not absolute" in_root '.config.linux.readonlyPaths = ["x"]' true
}

@test "document: a mask gives no hold on the host's null device" {
	chmod 666 /dev/null
	succeeds in_root '.config.linux.maskedPaths = ["/etc/group", "/etc/passwd"]' sh -c '
		for f in /etc/group /etc/passwd; do
			chmod 600 $f 2>/dev/null || echo no; echo x >$f && cat $f; done'
	equal "$output" "no
no"
	equal "$(stat -c %a /dev/null)" 666
	chmod 666 /dev/null
	succeeds unshare --user --map-root-user --mount --pid --net --fork -- sd-pivot "$root" -- \
		sh -c 'chmod 600 /dev/null 2>/dev/null || echo no; echo x >/dev/null'
	equal "$output" no
}

@test "document: masked directories share one empty file system" {
	mkdir "$root/d" "$root/e"
	succeeds in_root '.config.linux.maskedPaths = ["/d", "/e"]' sh -c '
		awk "\$5 == \"/d\" || \$5 == \"/e\" { print \$3, \$6 }" /proc/self/mountinfo | sort -u | wc -l
		grep -c " /[de] ro,nosuid,noexec" /proc/self/mountinfo'
	equal "$output" "1
2"
}

@test "document: the view of cgroups is the container's own subtree" {
	require_layout v1 hybrid
	mkdir /sys/fs/cgroup/memory/sdtest-view /sys/fs/cgroup/pids/sdtest-view
	filter="$(mount_of /sys sysfs sysfs ro nosuid) |
		$(mount_of /sys/fs/cgroup cgroup cgroup ro nosuid noexec nodev) |
		.cgroup = {mode: \"v1\", path: \"/sdtest-view\", dirs: {
			memory: \"/sys/fs/cgroup/memory/sdtest-view\",
			\"cpu,cpuacct\": \"/sys/fs/cgroup/pids/sdtest-view\"}}"
	run in_root "$filter" sh -c '
		cd /sys/fs/cgroup; echo *; readlink cpu; readlink cpuacct; ls memory/memory.stat cpu/pids.max
		ls -d memory/sdtest-view; for d in . memory; do mkdir $d/x || echo ro; done' 2>/dev/null
	saved=$output
	run in_root "${filter/\/memory\/sdtest-view/\/none}" true
	equal "$status" 125
	contains "$output" "view of cgroup /sys/fs/cgroup/none: No such file or directory"
	run in_root "${filter/\/sys\/fs\/cgroup\/memory\/sdtest-view/$canary}" true
	contains "$output" "view of cgroup $canary: not on a cgroup file system"
	rmdir /sys/fs/cgroup/memory/sdtest-view /sys/fs/cgroup/pids/sdtest-view
	equal "$(grep -v 'No such\|Read-only' <<<"$saved")" "cpu cpu,cpuacct cpuacct memory
cpu,cpuacct
cpu,cpuacct
cpu/pids.max
memory/memory.stat
ro
ro"
}

@test "document: cgroup2 alone is one bind" {
	require_layout v2 hybrid
	v2=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
	mkdir "$v2/sdtest-view"
	run in_root "$(mount_of /cg cgroup cgroup) |
		.cgroup = {mode: \"v2\", path: \"/sdtest-view\", dirs: {unified: \"$v2/sdtest-view\"}}" \
		sh -c 'ls /cg/cgroup.procs; ls -d /cg/sdtest-view /cg/host 2>/dev/null'
	rmdir "$v2/sdtest-view"
	equal "$output" /cg/cgroup.procs
}

@test "document: what is missing or wrong is named" {
	refuses "cgroup.dirs: missing (hint: a mount of cgroups comes after sd-cgset create)" \
		in_root "$(mount_of /cg cgroup cgroup)" true
	refuses "config.root.path: missing" in_root 'del(.config.root.path)' true
	refuses "bundle: missing" in_root 'del(.bundle)' true
	refuses "config.mounts[3].destination: missing" in_root '.config.mounts += [{}]' true
	refuses "config.mounts[3].type: missing" in_root '.config.mounts += [{destination: "/x"}]' true
	refuses "config.mounts[3].options" in_root '.config.mounts += [{destination: "/x", options: 1}]' true
	refuses "id-mapped mounts are not supported" \
		in_root "$(mount_of /x bind "$canary" rbind) | .config.mounts[3].uidMappings = []" true
	refuses "SELinux labels are not supported" in_root '.config.linux.mountLabel = "x"' true
	refuses "no console socket" in_root '.config.process.terminal = true' true
	refuses "rootfsPropagation: unknown word 'no'" in_root '.config.linux.rootfsPropagation = "no"' true
	document c >"$BATS_TEST_TMPDIR/document"
	refuses "options of hand use beside a document" \
		by_hand --state-fd 9 -r -- true 9<"$BATS_TEST_TMPDIR/document"
}

@test "document: propagation of the root" {
	for word in private slave; do
		succeeds in_root ".config.linux.rootfsPropagation = \"$word\"" \
			awk '$5 == "/" && /(shared|unbindable)/' /proc/self/mountinfo
		equal "$output" ""
	done
	for word in shared unbindable; do
		succeeds in_root ".config.linux.rootfsPropagation = \"$word\"" \
			awk '$5 == "/" && /(shared|unbindable)/ { print "yes" }' /proc/self/mountinfo
		equal "$output" yes
	done
}

@test "document: a slave volume sees what the host mounts later, and not the reverse" {
	mkdir "$BATS_TEST_TMPDIR/vol"
	mount -t tmpfs sdtest "$BATS_TEST_TMPDIR/vol"
	mount --make-shared "$BATS_TEST_TMPDIR/vol"
	mkdir "$BATS_TEST_TMPDIR"/vol/{host,own}
	document c "$(mount_of /vol bind "$BATS_TEST_TMPDIR/vol" rbind rslave) | .config.root.path = \"$root\"" \
		>"$BATS_TEST_TMPDIR/document"
	mkfifo "$BATS_TEST_TMPDIR/go"
	unshare --mount --propagation unchanged --pid --fork -- sd-pivot --state-fd 9 -- sh -c '
		mount -t tmpfs own /vol/own; echo ready; read line
		grep -c " /vol/host " /proc/self/mountinfo' \
		9<"$BATS_TEST_TMPDIR/document" <"$BATS_TEST_TMPDIR/go" >"$BATS_TEST_TMPDIR/out" 3>&- &
	exec 7>"$BATS_TEST_TMPDIR/go"
	eventually grep -q ready "$BATS_TEST_TMPDIR/out"
	run ! grep -q vol/own /proc/self/mountinfo
	mount -t tmpfs host "$BATS_TEST_TMPDIR/vol/host"
	echo go >&7
	exec 7>&-
	wait $!
	umount "$BATS_TEST_TMPDIR/vol/host"
	umount "$BATS_TEST_TMPDIR/vol"
	equal "$(cat "$BATS_TEST_TMPDIR/out")" "ready
1"
}

# ---- composed

@test "a container of three tools, and one with its own user namespace" {
	succeeds sd-unshare --mount --pid -- sd-pivot "$root" -- sh -c 'echo $$'
	equal "$output" 1
	succeeds sd-unshare --user --map-root-user --mount --pid --net -- sd-pivot "$root" -- id -u
	equal "$output" 0
}

@test "process 1 with more capabilities than ours: an ancestor stands for the host" {
	rootfs_busybox "$BATS_TEST_TMPDIR/less"
	less() { run --separate-stderr setpriv --bounding-set=-sys_resource "$@"; }
	less sd-unshare --mount -- sd-pivot "$BATS_TEST_TMPDIR/less" -- echo in
	equal "$status $output $stderr" "0 in "
	less sd-pivot "$BATS_TEST_TMPDIR/less" -- echo in
	equal "$status $output" "125 "
	contains "$stderr" "in the host's mount namespace"
}
