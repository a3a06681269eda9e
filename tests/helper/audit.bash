# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# audit - what there is in a test's host, one line a thing, so that a leak is a line too many.

# Processes other than the one given, its ancestors and its descendants.  A zombie has ended.
audit_processes() {
	ps -eo pid=,ppid=,stat=,args= | awk -v me="$1" '
		{ pid = $1; parent[pid] = $2; stat[pid] = $3
		  sub(/^ *[0-9]+ +[0-9]+ +[^ ]+ +/, ""); args[pid] = $0 }
		END {
			for (p = me; p > 0; p = parent[p]) family[p] = 1
			for (pid in args) {
				for (p = pid; p > 0 && p != me; p = parent[p]) ;
				if (p != me && !(pid in family) && stat[pid] !~ /^Z/)
					print "process", pid, args[pid]
			}
		}'
}

audit_rules() {
	local save
	for save in iptables-save iptables-legacy-save; do
		command -v $save >/dev/null || continue
		$save 2>/dev/null | sed -n 's/ \[[0-9:]*\]$//; /^:[A-Z]* ACCEPT$/d; s/^-A\|^:/rule &/p' || true
	done
}

audit_records() {
	local dir
	for dir in "${SDOCKER_ROOT:-/var/lib/sdocker}"/{containers,names} \
		"${SDOCKER_RUN:-/run/sdocker}"/{containers,transient}; do
		[ ! -d "$dir" ] || find "$dir" -mindepth 1 -maxdepth 1 -printf 'record %p\n'
	done
}

audit_snapshot() {
	local me=$BASHPID
	{
		awk '{ print "mount", $5, $4 }' /proc/self/mountinfo
		ip -o link show | sed 's/^[0-9]*: \([^:]*\):.*/link \1/'
		find /sys/fs/cgroup -mindepth 1 -type d ! -name sdocker -printf 'cgroup %p\n' 2>/dev/null || true
		audit_rules
		audit_records
		audit_processes "$me"
	} | sort -u
}

# Snapshots until nothing is there that was not before, or $SD_SETTLE seconds (5) have passed: what a tool
# tears down after its answer was delivered is no leak.
audit_settle() {
	local before=$1 after deadline=$((SECONDS + ${SD_SETTLE:-5}))
	while :; do
		after=$(audit_snapshot)
		[ "$after" != "$before" ] || break
		[ -n "$(comm -13 <(echo "$before") <(echo "$after"))" ] || break
		[ $SECONDS -lt $deadline ] || break
		sleep 0.05
	done
	echo "$after"
}

# audit_compare WHERE BEFORE AFTER: 1, and what differs on stderr, where something does.
audit_compare() {
	local new gone
	[ "$2" != "$3" ] || return 0
	new=$(comm -13 <(echo "$2") <(echo "$3"))
	gone=$(comm -23 <(echo "$2") <(echo "$3") | grep -v ^process || true)
	[ -n "$new$gone" ] || return 0
	printf '# audit of %s: left behind or gone:\n' "$1" >&2
	[ -z "$new" ] || printf '#  + %s\n' "${new//$'\n'/$'\n#  + '}" >&2
	[ -z "$gone" ] || printf '#  - %s\n' "${gone//$'\n'/$'\n#  - '}" >&2
	return 1
}
