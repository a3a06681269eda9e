# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# common - what every test file starts with:
#
#	load ../helper/common
#
# Each test has a store of its own (SDOCKER_ROOT, SDOCKER_RUN), and fails if it leaves anything
# behind.  A file with a setup() or teardown() of its own calls sd_setup and sd_teardown there.

bats_require_minimum_version 1.5.0
[ -n "${SD_TEST_HOST-}" ] || {
	echo "# tests run in a host of their own: make check TESTS=FILE, or tests/helper/host bats FILE"
	exit 1
}

SD_REPO=$(realpath "$BATS_TEST_DIRNAME/../..")
SD_BUILD=$(realpath -m "${SD_BUILD:-$SD_REPO/build}")
PATH=$SD_BUILD/bin:$PATH
# Short: a control socket's path must fit in sun_path (unix(7)).
SDOCKER_ROOT=/var/lib/sdocker/${BATS_TEST_NUMBER:-file}
SDOCKER_RUN=/run/sdocker/${BATS_TEST_NUMBER:-file}
export SD_REPO SD_BUILD PATH SDOCKER_ROOT SDOCKER_RUN

# shellcheck source=tests/helper/audit.bash
source "$SD_REPO/tests/helper/audit.bash"

sd_setup() { audit_begin; }
sd_teardown() {
	remove_networks
	audit_end
}
setup() { sd_setup; }
teardown() { sd_teardown; }

audit_begin() { SD_AUDIT=$(audit_snapshot); }
audit_end() { audit_compare "this test" "$SD_AUDIT" "$(audit_settle "$SD_AUDIT")"; }

# The network that `sdocker run` made is as docker's: nobody removes it.
remove_networks() {
	local file name
	for file in "$SDOCKER_ROOT"/networks/*.conflist; do
		[ -e "$file" ] || continue
		name=${file##*/}
		sd-network get "${name%.conflist}" | sd-network down | sd-nat unmasquerade |
			sd-bridge rm | sd-network rm >/dev/null
	done
}

# What the first run makes, and what stays: the image, the network.  A run would do, but for the end
# of its link, which the kernel takes its time for.
warm_up() {
	sd-image provide busybox >/dev/null
	sd-network provide bridge | sd-ipam subnet | sd-network add | sd-bridge create |
		sd-nat masquerade | sd-network up >/dev/null
}

# ---- what a test needs

require_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }

# "v1", "v2", "hybrid" or "none", told from what is mounted, without the toolkit.
cgroup_layout() {
	awk '{ for (i = 7; $i != "-"; i++) ; n[$(i + 1)]++ }
	     END { print n["cgroup"] ? n["cgroup2"] ? "hybrid" : "v1" : n["cgroup2"] ? "v2" : "none" }' \
		/proc/self/mountinfo
}

# kernel_before VERSION: what it lacks is refused by name.
kernel_before() { [ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" != "$1" ]; }

# require_layout v1 hybrid: skip on the others.
require_layout() {
	local have
	have=$(cgroup_layout)
	[[ " $* " == *" $have "* ]] || skip "cgroup layout is $have, not $*"
}

# ---- what a test says

# Run with standard error apart: $status, $output, $stderr, ${lines[@]}, ${stderr_lines[@]}.
sd_run() { run --separate-stderr "$@"; }

# refuses TEXT COMMAND [ARG]...: exits 125, nothing on stdout, one line with TEXT on stderr.
refuses() { refuses_with 125 "$@"; }

# refuses_with CODE TEXT COMMAND [ARG]...
refuses_with() {
	local code=$1 text=$2 expected=()
	shift 2
	# Said to run, or it warns of a command that was not found.
	[ "$code" != 127 ] || expected=(-127)
	run "${expected[@]}" --separate-stderr "$@"
	# shellcheck disable=SC2154 # set by run
	if [ "$status" = "$code" ] && [ -z "$output" ] && [ "${#stderr_lines[@]}" = 1 ] &&
		[[ $stderr == *"$text"* ]]; then
		return 0
	fi
	printf '# %s\n# expected: exit %s, no output, one line with: %s\n' "$*" "$code" "$text"
	show_run
	return 1
}

# succeeds COMMAND [ARG]...: exits 0 with nothing on stderr.
succeeds() {
	run --separate-stderr "$@"
	[ "$status" != 0 ] || [ -n "$stderr" ] || return 0
	printf '# %s\n# expected: exit 0, nothing on stderr\n' "$*"
	show_run
	return 1
}

show_run() {
	printf '# exit: %s\n# stdout: %s\n# stderr: %s\n' "$status" "$output" "$stderr"
}

# equal ACTUAL EXPECTED
equal() {
	[ "$1" = "$2" ] || { printf '# is:       %s\n# expected: %s\n' "$1" "$2"; return 1; }
}

# contains TEXT PART
contains() {
	[[ $1 == *"$2"* ]] || { printf '# is:      %s\n# without: %s\n' "$1" "$2"; return 1; }
}

# eventually COMMAND [ARG]...: until it succeeds, $SD_SETTLE seconds (5) at most.
eventually() {
	local deadline=$((SECONDS + ${SD_SETTLE:-5}))
	until "$@"; do
		[ $SECONDS -lt $deadline ] || { printf '# never true: %s\n' "$*"; return 1; }
		sleep 0.02
	done
}

# ---- what a test works on

# rootfs_busybox DIR: a root directory with busybox in it and the usual files of /etc.
rootfs_busybox() {
	local dir=$1
	mkdir -p "$dir"/{bin,dev,etc,home,proc,root,run,sys,tmp,usr,var}
	chmod 1777 "$dir/tmp"
	cp /bin/busybox "$dir/bin/busybox"
	(cd "$dir/bin" && ./busybox --list | grep -vx busybox | xargs -n1 ln -s busybox)
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' \
		>"$dir/etc/passwd"
	printf 'alice:x:1000:1000:Alice:/home/alice:/bin/sh\n' >>"$dir/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\nalice:x:1000:\nstaff:x:50:alice\n' >"$dir/etc/group"
}

# document ID [JQ-FILTER]: on stdout, what sd-state new would hand on for a container that runs
# "true"; its bundle directory is made.
document() {
	local id=$1 bundle=$SDOCKER_ROOT/containers/$1
	mkdir -p "$bundle/rootfs"
	jq -cn --arg id "$id" --arg bundle "$bundle" '{
		ociVersion: "1.2.0", id: $id, status: "creating", bundle: $bundle,
		config: {
			ociVersion: "1.2.0",
			root: {path: "rootfs"},
			hostname: $id,
			process: {
				args: ["true"], cwd: "/", user: {uid: 0, gid: 0},
				env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
			},
			mounts: [
				{destination: "/proc", type: "proc", source: "proc",
				 options: ["nosuid", "noexec", "nodev"]},
				{destination: "/dev", type: "tmpfs", source: "tmpfs",
				 options: ["nosuid", "strictatime", "mode=755", "size=65536k"]},
				{destination: "/dev/pts", type: "devpts", source: "devpts",
				 options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666",
					   "mode=0620", "gid=5"]}
			],
			linux: {namespaces: [{type: "pid"}, {type: "mount"}, {type: "network"},
				{type: "uts"}, {type: "ipc"}, {type: "cgroup"}]}
		},
		want: {seccomp: "unconfined", networks: []},
		name: "test_\($id)", created: "2026-01-31T12:00:00.123456789Z"
	} | '"${2:-.}"
}

# May a system call be one that the sanitizers' build makes for itself, and cannot do without?
sanitizers_own() {
	[ "${SD_BUILD##*/}" = build-san ] &&
		[[ ! $1 =~ ^(bind|connect|fcntl|flock|mkdir|pidfd_open|pipe2|recvmsg|rename|sendmsg|setns|setsockopt|socket|unlink|write)$ ]]
}
