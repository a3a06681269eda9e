# requires: root
#
# The test house itself: a host that leaks fails, and one that is killed leaves nothing.
load ../helper/common

host() { SD_SETTLE=1 "$SD_REPO/tests/helper/host" "$@"; }

# leaks WHAT SHELL-COMMAND
leaks() {
	sd_run host sh -c "$2"
	equal "$status" 1
	contains "$stderr" "#  + $1"
}

@test "a host passes the exit code on" {
	sd_run host sh -c 'exit 7'
	equal "$status" 7
	equal "$stderr" ""
}

@test "a host is apart: links, processes, host name, stores, cgroups" {
	sd_run host sh -c 'ip -o link | wc -l; ps -e | wc -l; hostname; ls /run /var/lib/sdocker /tmp | wc -l'
	equal "$status" 0
	equal "${lines[0]}" 1
	[ "${lines[1]}" -le 5 ]
	equal "${lines[2]}" sdtest
	sd_run host sh -c 'cat /proc/self/cgroup'
	[[ $output != *sdtest* ]]
}

@test "the machine's files are read-only, its /dev is not there" {
	sd_run host sh -c 'echo x >/etc/sd-test-leak'
	equal "$status" 2
	contains "$stderr" "Read-only file system"
	sd_run host test -e /dev/mem
	equal "$status" 1
}

@test "what is left behind is named: a process" { leaks "process" 'setsid sleep 100 & true'; }
@test "what is left behind is named: a link" { leaks "link sdleak" 'ip link add sdleak type bridge'; }
@test "what is left behind is named: a mount" { leaks "mount /mnt" 'mount -t tmpfs sdleak /mnt'; }
@test "what is left behind is named: a rule" { leaks "rule -A INPUT" 'iptables -A INPUT -j ACCEPT'; }
@test "what is left behind is named: a record" {
	leaks "record /var/lib/sdocker/containers/x" 'mkdir -p /var/lib/sdocker/containers/x'
}

@test "what is left behind is named: a cgroup" {
	dir=$(awk '$(NF - 2) ~ /^cgroup2?$/ { print $5; exit }' /proc/self/mountinfo)
	leaks "cgroup $dir/sdleak" "mkdir $dir/sdleak"
}

@test "a host that is killed takes its processes along; the next removes its cgroups" {
	# Not by the function: $! is to be the host itself.
	"$SD_REPO/tests/helper/host" sh -c 'echo up; exec sleep 1000' >"$BATS_TEST_TMPDIR/out" 3>&- &
	eventually grep -q up "$BATS_TEST_TMPDIR/out"
	kill -KILL $!
	wait $! || true
	eventually sh -c '! pgrep -x sleep >/dev/null'
	sd_run host true
	equal "$status" 0
	run find /sys/fs/cgroup -name 'sdtest-*'
	equal "$output" ""
}
