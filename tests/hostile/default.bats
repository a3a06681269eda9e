#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# The default container: exactly what tests/hostile/default says, each with its reason; and what
# an attacker would try with it.

load ../helper/common
load hostile

setup() {
	hostile_setup
	with_probe
	hostile_image evil
}

# What the container says of itself, in the words of tests/hostile/default.
look='
	sed -n "s/^\(Cap[A-Za-z]*\):\t0*\(.\)/caps \1 \2/p; s/^\(NoNewPrivs\|Seccomp\):\t/status \1 /p" /proc/self/status
	while read -r _ _ _ _ at options rest; do
		type=${rest#*- }; type=${type%% *}; options=${options%,relatime}
		case $at in
		/) options=$options,relatime ;;
		/sys/fs/cgroup*) at=/sys/fs/cgroup type=cgroup ;;
		/etc/*) type=file ;;
		/proc/*) [ $type = proc ] || type=mask ;;
		/sys/*) [ $type = sysfs ] || type=mask ;;
		esac
		echo "mount $at $type $options"
	done </proc/self/mountinfo
	find /dev -type b -o -type c -o -type f -o -type p -o -type s | while read -r f; do
		echo "dev $f $(stat -c %t:%T:%a $f | tr : " " | while read -r a b c; do echo "$((0x$a)):$((0x$b)) $c"; done)"; done
	find /dev -type l | while read -r f; do echo "dev $f link $(readlink $f)"; done
	/probe | sed "s/^/call /"'

@test "the default container is exactly the one that is written down, each entry with its reason" {
	sd_run sdocker run --network none --rm evil sh -c "$look"
	equal "$status" 0
	local list=$BATS_TEST_DIRNAME/default
	equal "$(grep -v '^#\|^$' "$list" | grep -v $'^[^\t]*[^\t ]\t[^\t]' || :)" ""
	grep -v '^#\|^$' "$list" | cut -f1 | sort >"$BATS_TEST_TMPDIR/allowed"
	sort -u <<<"$output" >"$BATS_TEST_TMPDIR/is"
	equal "$(comm -13 <(sed 's/^?//' "$BATS_TEST_TMPDIR/allowed" | sort) "$BATS_TEST_TMPDIR/is")" ""
	equal "$(comm -23 <(grep -v '^?' "$BATS_TEST_TMPDIR/allowed") "$BATS_TEST_TMPDIR/is")" ""
}

# CVE-2017-16539, CVE-2018-10892
@test "what is masked is empty, and a mask cannot be removed" {
	sd_run sdocker run --network none --rm evil sh -c '
		for f in acpi asound interrupts kcore keys latency_stats timer_list timer_stats sched_debug scsi; do
			[ ! -d /proc/$f ] || ls -A /proc/$f
			[ -d /proc/$f ] || cat /proc/$f 2>/dev/null
		done
		ls -A /sys/firmware /sys/devices/virtual/powercap 2>/dev/null | grep -v :$
		umount /proc/keys 2>&1 | grep -o "Operation not permitted"
		mv /proc/keys /proc/x 2>/dev/null; chmod 777 /proc/keys 2>&1 | grep -o "Read-only file system"'
	equal "$output" $'Operation not permitted\nRead-only file system'
	equal "$(stat -c %a /dev/null)" 666
}

@test "settings of the kernel cannot be written" {
	before=$(cat /proc/sys/kernel/{core_pattern,modprobe,hotplug,poweroff_cmd} 2>/dev/null || :)
	sd_run sdocker run --network none --rm evil sh -c '
		find /proc/sys -type f | while read -r f; do (: >>"$f") 2>/dev/null && echo "$f"; done
		for f in /proc/sysrq-trigger /proc/irq/default_smp_affinity /sys/kernel/uevent_helper \
			/sys/kernel/mm/transparent_hugepage/enabled /sys/power/state; do
			(: >>$f) 2>/dev/null && echo "$f"; done'
	equal "$output" ""
	equal "$(cat /proc/sys/kernel/{core_pattern,modprobe,hotplug,poweroff_cmd} 2>/dev/null || :)" "$before"
}

# CVE-2022-0492
@test "release_agent: neither unshare nor a cgroup mount is there to reach it" {
	# Without the filter the capabilities still say no: but for a new user namespace, whose root
	# has none over the cgroup hierarchies of the host.
	for option in seccomp=unconfined no-new-privileges; do
		sd_run sdocker run --network none --rm --security-opt $option evil sh -c '
			for call in unshare unshare_cgroup mount_cgroup; do /probe $call; done
			find / -xdev -name release_agent; find /sys/fs/cgroup -mindepth 2 -name release_agent'
		equal "$output" $'unshare EPERM\nunshare_cgroup EPERM\nmount_cgroup EPERM'
	done
	sd_run sdocker run --network none --rm evil unshare -Ur true
	equal "$status" 1
	contains "$stderr" "Operation not permitted"
}

# CVE-2023-25809
@test "cgroups of the host cannot be written, with --cgroupns=host and a bind of /sys" {
	try='find $0 -type f \( -name cgroup.procs -o -name "*.max" -o -name memory.limit_in_bytes -o -name tasks \) |
		while read -r f; do (: >>"$f") 2>/dev/null && echo "$f"; done
		find $0 -type d | while read -r d; do mkdir "$d/owned" 2>/dev/null && echo "$d"; done; true'
	sd_run sdocker run --network none --rm evil sh -c "$try" /sys/fs/cgroup
	equal "$status $output" "0 "
	sd_run sdocker run --network none --rm --cgroupns host evil sh -c "$try" /sys/fs/cgroup
	equal "$status $output" "0 "
	# -v with ro is read-only with all that lies below.
	sd_run sdocker run --network none --rm --cgroupns host -v /sys:/host:ro evil sh -c "$try" /host/fs/cgroup
	equal "$status $output" "0 "
}
