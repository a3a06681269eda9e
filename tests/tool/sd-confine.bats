# requires: root
# SPDX-License-Identifier: Apache-2.0
load ../helper/common

setup_file() {
	rootfs_busybox "$BATS_FILE_TMPDIR/rootfs"
	cp "$(command -v sd-confine)" "$BATS_FILE_TMPDIR/rootfs/bin/sd-confine"
}

setup() {
	sd_setup
	root=$BATS_TEST_TMPDIR/rootfs
	cp -a "$BATS_FILE_TMPDIR/rootfs" "$root"
}

teardown() {
	rm -rf "$SDOCKER_ROOT/containers"
	rm -rf "$SDOCKER_RUN"
	sd_teardown
}

# in_root [ARG]...: sd-confine as process 1 of the busybox root, with its own /proc.
in_root() {
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --kill-child sh -c 'mount -t proc proc "$0/proc" &&
		exec chroot "$0" /bin/sd-confine "$@"' "$root" "$@"
}

# with_document JQ-FILTER [ARG]...: the same, from the minimal document changed by the filter.
with_document() {
	document c "$1" >"$BATS_TEST_TMPDIR/document"
	shift
	in_root --state-fd 9 "$@" 9<"$BATS_TEST_TMPDIR/document"
}

sh_of() { printf '.config.process.args = ["sh", "-c", "%s"]' "$1"; }

# caps_are INHERITABLE PERMITTED EFFECTIVE BOUNDING AMBIENT, of a run of SHOW_CAPS.
SHOW_CAPS='.config.process.args = ["grep", "^Cap", "/proc/self/status"]'
caps_are() {
	equal "$(sed 's/^Cap...:.0*\(.\)/\1/' <<<"$output" | tr '\n' ' ')" "$* "
}
DEFAULT_CAPS='["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FSETID","CAP_FOWNER","CAP_MKNOD","CAP_NET_RAW",
	"CAP_SETGID","CAP_SETUID","CAP_SETFCAP","CAP_SETPCAP","CAP_NET_BIND_SERVICE","CAP_SYS_CHROOT",
	"CAP_KILL","CAP_AUDIT_WRITE"]'
CAPS_OF_ROOT=".config.process.capabilities = {bounding: $DEFAULT_CAPS, permitted: $DEFAULT_CAPS,
	effective: $DEFAULT_CAPS}"

# ---- who

# CVE-2026-30892, CVE-2024-40635, CVE-2026-46680: none of these may become another id, or a name.
@test "user strings that are neither a name nor a number are refused" {
	printf '01:x:0:0::/:\n+1:x:0:0::/:\n 1:x:0:0::/:\n4294967296:x:0:0::/:\n-1:x:0:0::/:\n' \
		>>"$root/etc/passwd"
	local user
	for user in 1: :1 01 +1 ' 1' '1 ' 2147483648 4294967295 4294967296 -1 -0 : '' \
		18446744073709551616 $'1\n' 0x1 1:2:3 1:-1 1:01 alice: alice:2147483648; do
		refuses sd-confine: in_root --user "$user" -- id
	done
	refuses "user '2147483648': ids are 0 to 2147483647" in_root --user 2147483648 -- id
	refuses "user '01': a number must not start with 0" in_root --user 01 -- id
	refuses "user '+1': neither a name nor a number" in_root --user +1 -- id
	refuses "the name of the group is empty" in_root --user 1: -- id
	refuses "unable to find user 1x: no matching entries in passwd file" in_root --user 1x -- id
	refuses "unable to find group 1x: no matching entries in group file" in_root --user 1:1x -- id
}

@test "a user of all digits is a number, even where the image has a user of that name" {
	printf '77:x:0:0::/:\n' >>"$root/etc/passwd"
	succeeds in_root --user 77 -- id
	equal "$output" "uid=77 gid=0(root) groups=0(root)"
	succeeds in_root --user 1 -- id -u
	equal "$output" 1
	succeeds in_root --user 2147483647:2147483647 -- id
	equal "$output" "uid=2147483647 gid=2147483647 groups=2147483647"
}

# CVE-2022-2989, -2990, -2995, CVE-2022-36109, CVE-2023-25173.
@test "supplementary groups are exactly the image's, with the primary one among them" {
	printf 'wheel:x:10:root,alice\nbroken\nbad:x:x:alice\n' >>"$root/etc/group"
	succeeds in_root --user alice -- sh -c 'id -u; id -g; grep Groups /proc/self/status'
	equal "$output" "1000
1000
Groups:	10 50 1000 "
	succeeds in_root --user 1000 -- sh -c 'grep Groups /proc/self/status'
	equal "$output" "Groups:	10 50 1000 "
	succeeds in_root --user alice:staff -- sh -c 'id -g; grep Groups /proc/self/status'
	equal "$output" "50
Groups:	50 "
	succeeds in_root --user 1234 -- sh -c 'id -g; grep Groups /proc/self/status'
	equal "$output" "0
Groups:	0 "
	succeeds in_root --user alice:0 --groups staff,77 -- sh -c 'grep Groups /proc/self/status'
	equal "$output" "Groups:	0 50 77 "
}

@test "a file for all but a group stays closed to that group" {
	echo secret >"$root/secret"
	chgrp 50 "$root/secret"
	chmod 604 "$root/secret"
	refuses_with 1 "Permission denied" in_root --user alice -- cat /secret
	succeeds in_root --user nobody -- cat /secret
}

# CVE-2024-9676
@test "an /etc/passwd that is no file is refused and never waited for" {
	rm "$root/etc/passwd"
	mkfifo "$root/etc/passwd"
	refuses "/etc/passwd of the image is not a regular file" in_root --user alice -- id
	rm "$root/etc/passwd"
	ln -s /dev/zero "$root/etc/passwd"
	mknod "$root/dev/zero" c 1 5
	refuses "/etc/passwd of the image is not a regular file" in_root --user alice -- id
	ln -sf ../../../../../../../../etc/passwd.of.host "$root/etc/passwd"
	refuses "unable to find user alice" in_root --user alice -- id
	rm "$root/etc/passwd"
	truncate -s 17M "$root/etc/passwd"
	refuses "more than 16777216 bytes" in_root --user alice -- id
	rm "$root/etc/passwd" "$root/etc/group"
	succeeds in_root --user 7 -- id
	equal "$output" "uid=7 gid=0 groups=0"
}

@test "a line of a megabyte is read whole" {
	printf 'big:x:90:%s,alice\n' "$(head -c 1000000 /dev/zero | tr '\0' a)" >>"$root/etc/group"
	succeeds in_root --user alice -- sh -c 'grep Groups /proc/self/status'
	equal "$output" "Groups:	50 90 1000 "
}

@test "an image with more groups than a process can be in" {
	awk 'BEGIN { for (i = 1; i <= 65537; i++) print "g" i ":x:" i + 100000 ":alice" }' >>"$root/etc/group"
	refuses "user 'alice' is in more than 65536 groups of the image" in_root --user alice -- true
	succeeds in_root --user alice:staff -- true
}

@test "the document's user is looked up in the image" {
	succeeds with_document "$(sh_of 'id; echo $HOME') | .want.user = \"alice\""
	equal "$output" "uid=1000(alice) gid=1000(alice) groups=50(staff),1000(alice)
/home/alice"
	succeeds with_document "$(sh_of 'id') | .want.user = \"alice\" | .want.groupAdd = [\"root\", \"9\"]"
	equal "$output" "uid=1000(alice) gid=1000(alice) groups=0(root),9,50(staff),1000(alice)"
	refuses "unable to find user bob: no matching entries in passwd file" \
		with_document '.want.user = "bob"'
}

@test "a document without want has OCI's user, by number" {
	succeeds with_document "$(sh_of 'id; umask') | del(.want) |
		.config.process.user = {uid: 1000, gid: 1, additionalGids: [5, 50], umask: 63}"
	equal "$output" "uid=1000(alice) gid=1 groups=1,5,50(staff)
0077"
	refuses "config.process.user.uid: 4294967295 is not an id" \
		with_document 'del(.want) | .config.process.user.uid = 4294967295'
	refuses "config.process.user.gid: -1 is not an id" \
		with_document 'del(.want) | .config.process.user.gid = -1'
}

# ---- what it may do

@test "capabilities of root are the document's in bounding, permitted and effective" {
	succeeds with_document "$SHOW_CAPS | $CAPS_OF_ROOT"
	caps_are 0 a80425fb a80425fb a80425fb 0
}

# CVE-2016-8867, CVE-2022-24769
@test "another user has the bounding set alone" {
	succeeds with_document "$SHOW_CAPS | $CAPS_OF_ROOT | .want.user = \"1000\" |
		.config.process.capabilities += {ambient: $DEFAULT_CAPS, inheritable: $DEFAULT_CAPS}"
	caps_are 0 0 0 a80425fb 0
}

@test "ambient capabilities reach another user where OCI's config asks for them" {
	succeeds with_document "$SHOW_CAPS | del(.want) | .config.process.user.uid = 1000 |
		.config.process.capabilities = ({bounding: 1, permitted: 1, effective: 1, inheritable: 1,
			ambient: 1} | map_values([\"CAP_NET_RAW\"]))"
	caps_are 2000 2000 2000 2000 2000
}

@test "ambient capabilities of the launcher are not handed on" {
	document c "$SHOW_CAPS | del(.want) | .config.process.user.uid = 1000 | .config.process.capabilities =
		({bounding: 1, permitted: 1, inheritable: 1} | map_values([\"CAP_NET_RAW\"]))" \
		>"$BATS_TEST_TMPDIR/document"
	succeeds setpriv --inh-caps +net_raw --ambient-caps +net_raw sd-confine --state-fd 9 \
		9<"$BATS_TEST_TMPDIR/document"
	caps_are 2000 0 0 2000 0
}

@test "a document without capabilities gives none" {
	succeeds with_document "$SHOW_CAPS"
	caps_are 0 0 0 0 0
}

@test "capabilities by hand: --caps, --cap-drop, --cap-add" {
	succeeds in_root --caps chown,CAP_KILL -- sh -c 'grep -E "Prm|Bnd" /proc/self/status'
	equal "$output" "CapPrm:	0000000000000021
CapBnd:	0000000000000021"
	succeeds in_root --cap-drop all --cap-add net_raw -- sh -c 'grep -E "Eff|Bnd" /proc/self/status'
	equal "$output" "CapEff:	0000000000002000
CapBnd:	0000000000002000"
	succeeds in_root --caps none -- sh -c 'grep -E "Eff|Bnd" /proc/self/status'
	equal "$output" "CapEff:	0000000000000000
CapBnd:	0000000000000000"
	refuses "--caps: unknown capability 'fly'" in_root --caps fly -- true
}

@test "a capability that is not there to give is named" {
	refuses "grant CAP_SYS_TIME: this process has not got it in its bounding set" \
		sd-confine --cap-drop sys_time -- sd-confine --cap-add sys_time -- true
	refuses "config.process.capabilities.bounding: unknown capability 'CAP_FLY'" \
		with_document '.config.process.capabilities.bounding = ["CAP_FLY"]'
}

# An image's own /proc must not say how many capabilities there are.
@test "the bounding set is emptied whatever /proc/sys/kernel/cap_last_cap says" {
	mkdir -p "$root/proc/sys/kernel"
	echo 3 >"$root/proc/sys/kernel/cap_last_cap"
	# shellcheck disable=SC2016
	succeeds unshare --mount sh -c 'mount -t proc proc "$0/tmp" &&
		exec chroot "$0" sd-confine --caps chown -- grep Bnd /tmp/self/status' "$root"
	equal "$output" "CapBnd:	0000000000000001"
}

@test "no_new_privs is as asked" {
	succeeds in_root --no-new-privs -- grep NoNewPrivs /proc/self/status
	equal "$output" "NoNewPrivs:	1"
	succeeds in_root -- grep NoNewPrivs /proc/self/status
	equal "$output" "NoNewPrivs:	0"
	succeeds with_document '.config.process.args = ["grep", "NoNewPrivs", "/proc/self/status"] |
		.config.process.noNewPrivileges = true'
	equal "$output" "NoNewPrivs:	1"
}

# ---- seccomp

@test "the default profile: what it forbids is EPERM, the rest works" {
	local caps=chown,setuid,setgid,net_raw
	succeeds sd-confine --seccomp default --caps $caps -- grep -E '^Seccomp:' /proc/self/status
	equal "$output" "Seccomp:	2"
	refuses_with 1 "Operation not permitted" sd-confine --seccomp default --caps $caps -- unshare --user true
	refuses_with 1 "Operation not permitted" sd-confine --seccomp default --caps $caps -- unshare --mount true
	touch "$BATS_TEST_TMPDIR/file"
	succeeds sd-confine --seccomp default --caps $caps -- chmod 600 "$BATS_TEST_TMPDIR/file"
	succeeds sd-confine --seccomp default --caps $caps -- sh -c 'sh -c "exit 0" & wait $!'
	# keyctl, add_key: 250, 248 on x86-64; io_uring_setup 425
	succeeds sd-confine --seccomp default --caps $caps -- perl -e \
		'for (250, 248, 425) { print(syscall($_, 0, 0, 0, 0, 0) < 0 ? $!+0 : "ok", "\n") }'
	equal "$output" "1
1
1"
}

@test "the default profile follows the capabilities granted" {
	succeeds sd-confine --seccomp default --caps sys_admin -- unshare --mount true
	succeeds sd-confine --seccomp default --caps sys_chroot -- chroot "$root" /bin/true
	refuses_with 125 "Operation not permitted" \
		sd-confine --seccomp default --caps chown -- chroot "$root" /bin/true
}

# libc falls back to older calls at ENOSYS, never at EPERM.
@test "calls younger than the profile are ENOSYS, young ones that it names are allowed" {
	succeeds sd-confine --seccomp default --caps chown -- perl -e \
		'for (452, 1000, 3999) { print(syscall($_, -1, 0, 0, 0) < 0 ? $!+0 : "ok", "\n") }'
	local fchmodat2=22 # EINVAL or EFAULT from the kernel itself, never EPERM
	[ "${lines[0]}" = 14 ] || [ "${lines[0]}" = $fchmodat2 ] || [ "${lines[0]}" = 9 ] || [ "${lines[0]}" = 38 ]
	equal "${lines[1]} ${lines[2]}" "38 38"
}

@test "without no_new_privs the filter is loaded by CAP_SYS_ADMIN, which the program has not got" {
	succeeds sd-confine --user 1000 --caps chown --seccomp default -- \
		sh -c 'grep -E "NoNew|^Seccomp:|CapPrm|CapBnd" /proc/self/status'
	equal "$output" "CapPrm:	0000000000000000
CapBnd:	0000000000000001
NoNewPrivs:	0
Seccomp:	2"
	succeeds sd-confine --user 1000 --seccomp default -- grep -E 'CapPrm|^Seccomp:' /proc/self/status
	equal "$output" "CapPrm:	0000000000000000
Seccomp:	2"
	refuses "load the seccomp filter: Permission denied (hint: it needs --no-new-privs, or CAP_SYS_ADMIN)" \
		sd-confine --user 1000 -- sd-confine --seccomp default -- true
	succeeds sd-confine --user 1000 -- sd-confine --no-new-privs --seccomp default -- true
}

profile() { printf '%s' "$1" >"$BATS_TEST_TMPDIR/profile.json"; }

@test "a profile of one's own: actions, arguments, names that nobody knows" {
	profile '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir", "mkdirat", "no_such_call"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99},
		{"names": ["personality"], "action": "SCMP_ACT_ERRNO",
		 "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 6, "op": "SCMP_CMP_EQ"}]},
		{"names": ["sethostname"], "action": "SCMP_ACT_KILL_PROCESS"}]}'
	refuses_with 1 "Cannot assign requested address" \
		sd-confine --seccomp "$BATS_TEST_TMPDIR/profile.json" -- mkdir "$BATS_TEST_TMPDIR/d"
	succeeds sd-confine --seccomp "$BATS_TEST_TMPDIR/profile.json" -- perl -e \
		'for (4, 5, 6) { print(syscall(135, $_) < 0 ? $!+0 : "ok", "\n") }'
	equal "$output" "ok
1
1"
	run sd-confine --seccomp "$BATS_TEST_TMPDIR/profile.json" -- hostname x
	equal "$status" 159
}

# What is left to do once the filter stands: the gate and exec.
@test "a profile need not allow what sd-confine did before" {
	profile '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_KILL_PROCESS", "names": ["capset",
		"capget", "setresuid", "setresgid", "setgroups", "setrlimit", "chdir", "openat2",
		"keyctl", "close_range", "fchown", "umask", "seccomp"]}]}'
	succeeds sd-confine --user 1000 --caps chown --rlimit core=0 --wd / --umask 22 \
		--seccomp "$BATS_TEST_TMPDIR/profile.json" -- /bin/busybox echo fine
	equal "$output" fine
}

@test "profiles that are wrong are refused by member" {
	local -A bad=(
		['{']="'[' or '{' expected"
		['{}']="defaultAction: missing"
		['{"defaultAction": "SCMP_ACT_FLY"}']="defaultAction: unknown action 'SCMP_ACT_FLY'"
		['{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_ERRNO"}]}']="syscalls[0].names: missing"
		['{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"], "action": "SCMP_ACT_NOTIFY"}]}']="SCMP_ACT_NOTIFY is not supported"
		['{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["FLY"]}']="flags: unknown flag 'FLY'"
		['{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/x"}']="listenerPath is not supported"
		['{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_VAX"]}']="unknown architecture 'SCMP_ARCH_VAX'"
		['{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}]}']="args[0].index: must be 0 to 5"
		['{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["a"], "action": "SCMP_ACT_ERRNO", "includes": {"minKernel": "x"}}]}']="'x' is not a kernel version"
	)
	local text
	for text in "${!bad[@]}"; do
		profile "$text"
		[ "$text" = '{' ] || refuses "${bad[$text]}" sd-confine --seccomp "$BATS_TEST_TMPDIR/profile.json" -- true
	done
	refuses "No such file or directory" sd-confine --seccomp /no/such -- true
}

@test "compile: the document gets the file of its filter, which is then used" {
	document c "$CAPS_OF_ROOT | .want.seccomp = \"default\"" >"$BATS_TEST_TMPDIR/in"
	succeeds sd-confine compile <"$BATS_TEST_TMPDIR/in"
	local filter
	filter=$(jq -r .seccomp.filter <<<"$output")
	[[ $filter == "$SDOCKER_RUN"/seccomp/*.bpf ]]
	equal "$(jq -cS 'del(.seccomp)' <<<"$output")" "$(jq -cS . "$BATS_TEST_TMPDIR/in")"
	equal "$(stat -c '%a %F' "$filter")" "600 regular file"
	equal "$(stat -c %a "$SDOCKER_RUN/seccomp")" 700
	document c "$(sh_of 'grep ^Seccomp: /proc/self/status; unshare -m true') | $CAPS_OF_ROOT |
		.want.seccomp = \"default\"" >"$BATS_TEST_TMPDIR/document"
	SD_FDS=filter=8 sd_run in_root --state-fd 9 9<"$BATS_TEST_TMPDIR/document" 8<"$filter"
	equal "$output" "Seccomp:	2"
	contains "$stderr" "Operation not permitted"
}

@test "compile: one file for one profile and set of capabilities, found again" {
	local filters=() caps
	for caps in '["CAP_CHOWN"]' '["CAP_CHOWN"]' '["CAP_SYS_ADMIN"]'; do
		filters+=("$(document c ".want.seccomp = \"default\" |
			.config.process.capabilities.bounding = $caps" | sd-confine compile | jq -r .seccomp.filter)")
	done
	equal "${filters[0]}" "${filters[1]}"
	[ "${filters[0]}" != "${filters[2]}" ]
	equal "$(find "$SDOCKER_RUN/seccomp" -type f | wc -l)" 2
	local before
	before=$(stat -c %i "${filters[0]}")
	document c '.want.seccomp = "default" | .config.process.capabilities.bounding = ["CAP_CHOWN"]' |
		sd-confine compile >/dev/null
	equal "$(stat -c %i "${filters[0]}")" "$before"
}

@test "compile: a broken file of the cache is made anew" {
	local in=$BATS_TEST_TMPDIR/in filter good how
	document c '.want.seccomp = "default"' >"$in"
	filter=$(sd-confine compile <"$in" | jq -r .seccomp.filter)
	good=$(sha256sum <"$filter")
	for how in ': >$filter' 'truncate -s 13 "$filter"' 'truncate -s 40000 "$filter"' 'chmod 666 "$filter"' \
		'rm "$filter"; ln -s /dev/zero "$filter"' 'chown 1 "$filter"'; do
		eval "$how"
		succeeds sd-confine compile <"$in"
		equal "$(sha256sum <"$filter")" "$good"
		equal "$(stat -c '%a %u %F' "$filter")" "600 0 regular file"
	done
}

@test "compile: unconfined, absent and custom profiles" {
	succeeds sd-confine compile < <(document c)
	equal "$(jq -c .seccomp <<<"$output")" null
	succeeds sd-confine compile < <(document c 'del(.want)')
	equal "$(jq -c .seccomp <<<"$output")" null
	succeeds sd-confine compile < <(document c '.want.seccomp = "custom" |
		.config.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"}')
	[ -s "$(jq -r .seccomp.filter <<<"$output")" ]
	refuses "config.linux.seccomp: missing" sd-confine compile < <(document c '.want.seccomp = "custom"')
	refuses "want.seccomp: unknown value 'x'" sd-confine compile < <(document c '.want.seccomp = "x"')
	run --separate-stderr sd-confine compile </dev/null
	equal "$status $output $stderr" "125  "
}

@test "a document that wants a filter never runs without one" {
	refuses "default.json" with_document '.want.seccomp = "default"'
	: >"$BATS_TEST_TMPDIR/empty"
	SD_FDS=filter=8 refuses "the compiled filter is broken: 0 bytes" \
		with_document '.want.seccomp = "default"' 8<"$BATS_TEST_TMPDIR/empty"
	succeeds with_document '.config.process.args = ["grep", "^Seccomp:", "/proc/self/status"] |
		.want.seccomp = "custom" | .config.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	equal "$output" "Seccomp:	2"
}

# ---- limits

@test "limits of resources" {
	succeeds in_root --rlimit nofile=64:128 --rlimit CORE=0 -- sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'
	equal "$output" "64
128
0"
	succeeds with_document "$(sh_of 'ulimit -n') |
		.config.process.rlimits = [{type: \"RLIMIT_NOFILE\", soft: 4, hard: 4}]"
	equal "$output" 4
	refuses "raise the hard limit of RLIMIT_NOFILE: Operation not permitted (hint: that needs CAP_SYS_RESOURCE)" \
		sd-confine --rlimit nofile=64 --cap-drop sys_resource -- sd-confine --rlimit nofile=65 -- true
	refuses "unknown resource limit 'fly'" in_root --rlimit fly=1 -- true
	refuses "--rlimit: the soft limit of RLIMIT_NOFILE is above the hard one" in_root --rlimit nofile=2:1 -- true
	refuses "RLIMIT_NOFILE is given twice" in_root --rlimit nofile=9 --rlimit NOFILE=9 -- true
	refuses "is not NAME=SOFT[:HARD]" in_root --rlimit nofile -- true
	refuses "config.process.rlimits[0]: soft and hard must be there" \
		with_document '.config.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 4}]'
}

@test "umask, oom_score_adj, scheduler, I/O priority" {
	succeeds in_root --umask 027 -- sh -c umask
	equal "$output" 0027
	refuses "--umask: '8' is not an octal mask" in_root --umask 8 -- true
	succeeds in_root --oom-score-adj 321 -- cat /proc/self/oom_score_adj
	equal "$output" 321
	refuses "--oom-score-adj" in_root --oom-score-adj 1001 -- true
	succeeds with_document '.config.process.args = ["cat", "/proc/self/oom_score_adj"] |
		.config.process.oomScoreAdj = 17'
	equal "$output" 17
	refuses "set oom_score_adj to -999: Permission denied (hint: lowering it needs CAP_SYS_RESOURCE)" \
		sd-confine --cap-drop sys_resource -- sd-confine --oom-score-adj -999 -- true
	succeeds with_document "$(sh_of 'ionice; cut -d\" \" -f19,41 /proc/self/stat') |
		.config.process.scheduler = {policy: \"SCHED_BATCH\", nice: 7} |
		.config.process.ioPriority = {class: \"IOPRIO_CLASS_BE\", priority: 6}"
	equal "$output" "best-effort: prio 6
7 3"
	refuses "config.process.scheduler.policy: unknown value 'SCHED_FLY'" \
		with_document '.config.process.scheduler.policy = "SCHED_FLY"'
	local wrong
	for wrong in nice:4294967296 nice:20 nice:-21 priority:100 priority:-1 runtime:-1 period:-1; do
		refuses "config.process.scheduler.${wrong%:*}: ${wrong#*:} is not in " with_document \
			".config.process.scheduler = {policy: \"SCHED_OTHER\", ${wrong%:*}: ${wrong#*:}}"
	done
}

@test "personality: the view of a 32-bit machine" {
	[ "$(uname -m)" = x86_64 ] || skip "the name is the kernel's: x86_64 only"
	succeeds with_document '.config.process.args = ["uname", "-m"] | .config.linux.personality.domain = "LINUX32"'
	equal "$output" i686
	succeeds with_document '.config.process.args = ["uname", "-m"] | .config.linux.personality.domain = "LINUX"'
	equal "$output" x86_64
	refuses "config.linux.personality.domain: unknown value 'BSD'" \
		with_document '.config.linux.personality.domain = "BSD"'
	refuses "config.linux.personality.domain: missing" with_document '.config.linux.personality = {}'
	refuses "config.linux.personality.flags: OCI knows of none" \
		with_document '.config.linux.personality = {domain: "LINUX", flags: ["X"]}'
}

# CVE-2019-19921, CVE-2025-52881: what is bound over /proc is not written to.
@test "oom_score_adj is not written to what is bound over it" {
	# shellcheck disable=SC2016
	succeeds unshare --mount --pid --fork sh -c 'mount -t proc proc "$0/proc" && echo 5 >"$0/fake" &&
		mount --bind "$0/fake" "$0/proc/1/oom_score_adj" &&
		exec chroot "$0" sd-confine --oom-score-adj 100 -- sh -c "cat /fake; umount /proc/1/oom_score_adj;
			cat /proc/self/oom_score_adj"' "$root"
	equal "$output" "5
100"
}

@test "labels of security modules are refused by name" {
	refuses "config.process.apparmorProfile 'docker-default': AppArmor profiles are not supported" \
		with_document '.config.process.apparmorProfile = "docker-default"'
	refuses "config.process.selinuxLabel 'a:b:c': SELinux labels are not supported" \
		with_document '.config.process.selinuxLabel = "a:b:c"'
}

# ---- what it finds

@test "descriptors are closed but for those kept" {
	succeeds in_root -- ls /proc/self/fd 7</dev/null 8</dev/null 33</dev/null
	equal "${lines[*]}" "0 1 2 3" # 3 is ls's own
	succeeds in_root --keep-fd 8 --keep-fd 33 -- sh -c 'ls /proc/$$/fd' 7</dev/null 8</dev/null 33</dev/null
	equal "${lines[*]}" "0 1 2 3 33 8"
	refuses "--keep-fd 44: Bad file descriptor" in_root --keep-fd 44 -- true
}

@test "the environment is the document's, and HOME of the image" {
	succeeds with_document '.config.process.args = ["env"] | .config.process.env = ["PATH=/bin", "B=2 3", "A=\n"]'
	equal "$output" $'PATH=/bin\nB=2 3\nA=\n\nHOME=/root'
	succeeds with_document '.config.process.args = ["env"] | .config.process.env = ["PATH=/bin", "HOME=/x"]'
	equal "$output" $'PATH=/bin\nHOME=/x'
	# CVE-2026-57231
	refuses "config.process.env[1]: 'AWS*' is not NAME=VALUE" \
		with_document '.config.process.env = ["A=1", "AWS*"]'
	SD_FDS=x=1 succeeds sd-confine --env SHELL=/x --env NEW=1 -- sh -c 'echo $SHELL $NEW $SD_FDS'
	equal "$output" "/x 1"
	refuses "--env: 'A' is not NAME=VALUE" sd-confine --env A -- true
}

@test "arguments arrive as they are" {
	succeeds with_document '.config.process.args = ["printf", "<%s>", "", "a b", "\"", "$HOME", "\n", "-x", "ä"]'
	equal "$output" $'<><a b><"><$HOME><\n><-x><ä>'
	refuses "config.process.args: missing" with_document '.config.process.args = []'
	refuses "what to run is missing" sd-confine
}

@test "working directory" {
	mkdir -m 700 "$root/closed"
	succeeds in_root --wd /tmp -- pwd
	equal "$output" /tmp
	succeeds with_document '.config.process.args = ["pwd"] | .config.process.cwd = "/closed" | .want.user = "1000"'
	equal "$output" /closed
	refuses "change to the working directory /none: No such file or directory" in_root --wd /none -- pwd
	refuses "config.process.cwd: 'x' is not absolute" with_document '.config.process.cwd = "x"'
}

# CVE-2024-21626
@test "a working directory behind a descriptor of the host is refused" {
	local fd
	for fd in 3 5 7 9; do
		refuses "working directory" with_document ".config.process.cwd = \"/proc/self/fd/$fd\"" \
			3</ 5</ 7</
		refuses "/proc/self/fd/$fd" in_root --wd "/proc/self/fd/$fd" --keep-fd 5 --keep-fd 7 -- pwd \
			5</ 7</
	done
}

@test "signals are the kernel's defaults, whatever the launcher ignored" {
	succeeds env --ignore-signal --block-signal unshare --mount --pid --fork --root="$root" \
		--mount-proc sd-confine --state-fd 9 9< <(document c ".config.process.args =
			[\"grep\", \"-E\", \"^Sig(Blk|Ign)\", \"/proc/self/status\"]")
	equal "$output" "SigBlk:	0000000000000000
SigIgn:	0000000000000000"
}

@test "options beside a document are refused" {
	refuses "--user beside a document" with_document . --user 1
	refuses "'sh' beside a document" with_document . -- sh
}

@test "the streams made for the container belong to its user, others stay" {
	echo x >"$BATS_TEST_TMPDIR/file"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	local user='.want.user = "1000"'
	[ "$(with_document "$(sh_of 'stat -L -c %u /proc/self/fd/1') | $user" | cat)" = 1000 ]
	with_document "$(sh_of 'exit 0') | $user" >"$BATS_TEST_TMPDIR/file" \
		2<>"$BATS_TEST_TMPDIR/fifo" 0<>"$BATS_TEST_TMPDIR/fifo"
	equal "$(stat -c %u "$BATS_TEST_TMPDIR/file" "$BATS_TEST_TMPDIR/fifo" | tr '\n' ' ')" "0 0 "
}

# ---- what cannot run

@test "why a program cannot run" {
	local d=$root/t
	mkdir "$d" "$d/dir"
	: >"$d/empty"
	printf '#!/no/interpreter -x\n' >"$d/nointerp"
	printf '#! /bin/sh\r\necho hi\r\n' >"$d/crlf"
	printf '#!\n' >"$d/bare"
	printf 'echo hi\n' >"$d/text"
	printf '\001\002\377' >"$d/binary"
	cp /bin/busybox "$d/arm"
	printf '\267\000' | dd of="$d/arm" bs=1 seek=18 conv=notrunc status=none
	cp "$(command -v env)" "$d/glibc"
	chmod 755 "$d"/*
	printf '#!/bin/sh\n' >"$d/plain"
	ln -s nowhere "$d/dangling"
	mkdir -p "$root/noexec"
	local -A why=(
		[nosuch]="127 run 'nosuch': executable file not found in PATH"
		[/t/nosuch]="127 run /t/nosuch: no such file or directory"
		[/t/dangling]="127 run /t/dangling: no such file or directory (hint: it is a symbolic link to 'nowhere', which is not there)"
		[/t/dir]="126 run /t/dir: permission denied (hint: it is a directory)"
		[/t/plain]="126 run /t/plain: permission denied (hint: it is not executable: chmod +x)"
		[/t/empty]="126 run /t/empty: exec format error (hint: the file is empty)"
		[/t/nointerp]="127 run /t/nointerp: interpreter '/no/interpreter': no such file or directory"
		[/t/crlf]="127 run /t/crlf: interpreter '/bin/sh\\r': no such file or directory (hint: the script has Windows line ends"
		[/t/bare]="126 run /t/bare: exec format error (hint: nothing stands after #!)"
		[/t/text]="126 run /t/text: exec format error (hint: a text file without #!"
		[/t/binary]="126 run /t/binary: exec format error (hint: it is no program of a kind"
		[/t/arm]="126 run /t/arm: exec format error (hint: it is a program for aarch64, and this machine is $(uname -m))"
		[/t/glibc]="127 run /t/glibc: its loader /lib64/ld-linux-x86-64.so.2: no such file or directory (hint: it is built for glibc"
		[/dev/null]="126 run /dev/null: permission denied (hint: it is not a regular file)"
	)
	mknod "$root/dev/null" c 1 3
	local name
	for name in "${!why[@]}"; do
		refuses_with "${why[$name]%% *}" "sd-confine: ${why[$name]#* }" in_root -- "$name"
	done
	refuses_with 127 "run '': executable file not found in PATH" in_root -- ""
	chmod 700 "$d/text"
	refuses_with 126 "permission denied (hint: user 1000 may not execute it, mode 0700)" \
		in_root --user 1000 -- /t/text
}

@test "a program on a noexec file system" {
	# shellcheck disable=SC2016
	refuses_with 126 "run /tmp/busybox: permission denied (hint: its file system is mounted noexec)" \
		unshare --mount sh -c 'mount -t tmpfs -o noexec t "$0/tmp" && cp /bin/busybox "$0/tmp" &&
			exec chroot "$0" sd-confine -- /tmp/busybox true' "$root"
}

@test "PATH is the program's own, and root's rights are not lent to the lookup" {
	mkdir "$root/a" "$root/b"
	printf '#!/bin/sh\necho a\n' >"$root/a/prog"
	printf '#!/bin/sh\necho b\n' >"$root/b/prog"
	chmod 755 "$root/b/prog"
	succeeds with_document '.config.process.args = ["prog"] | .config.process.env = ["PATH=/a:/b:/bin"]'
	equal "$output" b
	chmod 700 "$root/b"
	refuses_with 127 "run 'prog': executable file not found in PATH" \
		with_document '.want.user = "1000" | .config.process.args = ["prog"] | .config.process.env = ["PATH=/b"]'
	succeeds with_document '.config.process.args = ["true"] | .config.process.env = ["A=1"]'
}

@test "behind /dev/init the command itself is checked" {
	cp /bin/busybox "$root/dev/init"
	refuses_with 127 "run 'nosuch': executable file not found in PATH" \
		with_document '.want.init = true | .config.process.args = ["/dev/init", "--", "nosuch"]'
	refuses "want.init without /dev/init -- COMMAND" \
		with_document '.want.init = true | .config.process.args = ["/dev/init", "--"]'
}

# ---- the gate

# at_gate JQ-FILTER: start it at the gate, in the background: $pid; fds 5 gate, 6 verdict.
at_gate() {
	mkfifo "$BATS_TEST_TMPDIR/gate" "$BATS_TEST_TMPDIR/verdict"
	exec 5<>"$BATS_TEST_TMPDIR/gate" 6<>"$BATS_TEST_TMPDIR/verdict"
	document c "$1" >"$BATS_TEST_TMPDIR/document"
	SD_FDS=state=9,report=4,gate=5,verdict=6 chroot "$root" sd-confine 3>&- \
		4>"$BATS_TEST_TMPDIR/report" 9<"$BATS_TEST_TMPDIR/document" >"$BATS_TEST_TMPDIR/out" &
	pid=$!
}

@test "it reports ready, waits at the gate, and runs when it opens" {
	at_gate "$(sh_of 'echo ran; exit 3')"
	eventually grep -qx ready "$BATS_TEST_TMPDIR/report"
	equal "$(cat "$BATS_TEST_TMPDIR/out")" ""
	# CVE-2016-9962: no descriptor of the host is in it.
	equal "$(find "/proc/$pid/fd" -type l -printf '%f\n' | sort -n | tr '\n' ' ')" "0 1 2 4 5 6 "
	echo >&5
	local status=0
	wait $pid || status=$?
	exec 5>&- 6>&-
	equal "$status" 3
	equal "$(cat "$BATS_TEST_TMPDIR/out")" ran
	equal "$(cat "$BATS_TEST_TMPDIR/report")" ready
}

@test "what fails before the gate goes to the report, not to the program's stderr" {
	at_gate '.config.process.args = ["nosuch"]'
	local status=0
	wait $pid || status=$?
	exec 5>&- 6>&-
	equal "$status" 127
	equal "$(cat "$BATS_TEST_TMPDIR/report")" \
		"fail 127 sd-confine: run 'nosuch': executable file not found in PATH"
}

@test "what fails after the gate goes to the verdict" {
	printf 'no program\n' >"$root/bin/bad"
	chmod 755 "$root/bin/bad"
	at_gate '.config.process.args = ["bad"]'
	eventually grep -qx ready "$BATS_TEST_TMPDIR/report"
	echo >&5
	local status=0 verdict
	wait $pid || status=$?
	read -r -t 5 verdict <&6
	exec 5>&- 6>&-
	equal "$status" 126
	contains "$verdict" "fail 126 sd-confine: run /bin/bad: exec format error"
}
