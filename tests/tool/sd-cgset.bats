#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root

load ../helper/common

setup() {
	require_root
	# Parents are left by design; a test's own lie below one that it removes.
	G=sdtest-cgset-$BATS_TEST_NUMBER
	sd_setup
}

teardown() {
	local dir
	for dir in $(mounts); do
		[ ! -d "$dir/$G" ] || sd-cgset rm --kill --path "$G"
	done
	rm -rf "$SDOCKER_ROOT"
	sd_teardown
}

# The mount point of each hierarchy.
mounts() { awk '{ for (i = 7; $i != "-"; i++) ; if ($(i + 1) ~ /^cgroup2?$/) print $5 }' /proc/self/mountinfo; }

# mount_of CONTROLLER: the v1 hierarchy that has it, else the cgroup2 tree.
mount_of() {
	awk -v c=",$1," '{ for (i = 7; $i != "-"; i++) ; t = $(i + 1); o = "," $(i + 3) "," }
		t == "cgroup" && index(o, c) { v1 = $5 } t == "cgroup2" { v2 = $5 }
		END { print v1 ? v1 : v2 }' /proc/self/mountinfo
}

# value CONTROLLER PATH FILE-OF-V1 FILE-OF-V2: what the limit's file shows.
value() {
	local dir
	dir=$(mount_of "$1")/$2
	if [ -e "$dir/$3" ]; then cat "$dir/$3"; else cat "$dir/$4"; fi
}

# one_of TEXT WORD...
one_of() {
	local text=$1
	shift
	[[ " $* " == *" $text "* ]] || { printf '# is: %s\n# expected one of: %s\n' "$text" "$*"; return 1; }
}

gone() {
	local m
	for m in $(mounts); do
		[ ! -e "$m/$1" ] || { echo "# still there: $m/$1"; return 1; }
	done
}

# cg_document ID [RESOURCES]
cg_document() {
	document "$1" ".want.cgroupParent = \"/$G\" | .config.linux.resources = ${2:-"{}"}"
}

# populated PATH N: so many processes are in it
populated() { [ "$(wc -l <"$(mount_of pids)/$1/cgroup.procs")" = "$2" ]; }

# A process that stays in the cgroup PATH until it is killed.
occupy() {
	sd-cgset join --path "$1" -- sleep 1000 3>&- &
	eventually populated "$1" 1
}

# ends PID CODE: it is waited for and has that exit code.
ends() {
	local code=0
	wait "$1" || code=$?
	equal "$code" "$2"
}

# with_layout v1|v2|none COMMAND: where the other kind of hierarchies is not mounted.
with_layout() {
	local want=$1
	shift
	unshare --mount bash -c '
		want=$1; shift
		while read -r at type; do
			[ "$type" = "$want" ] || umount "$at"
		done < <(awk "{ for (i = 7; \$i != \"-\"; i++) ; t = \$(i + 1) }
			t == \"cgroup\" { print \$5, \"v1\" } t == \"cgroup2\" { print \$5, \"v2\" }" /proc/self/mountinfo)
		exec "$@"' - "$want" "$@"
}

# ---- create

@test "create makes the cgroup in every hierarchy and says where" {
	cg_document one '{}' | jq -c '.unknown = [1]' >"$BATS_TEST_TMPDIR/in"
	sd-cgset create <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out"
	equal "$(jq -r .cgroup.mode "$BATS_TEST_TMPDIR/out")" "$(cgroup_layout)"
	equal "$(jq -r .cgroup.path "$BATS_TEST_TMPDIR/out")" "/$G/one"
	equal "$(jq -r '.cgroup.dirs[]' "$BATS_TEST_TMPDIR/out" | sort)" \
		"$(mounts | sed "s|\$|/$G/one|" | sort)"
	equal "$(jq -c 'del(.cgroup)' "$BATS_TEST_TMPDIR/out")" "$(cat "$BATS_TEST_TMPDIR/in")"
	for dir in $(jq -r '.cgroup.dirs[]' "$BATS_TEST_TMPDIR/out"); do [ -d "$dir" ]; done
}

@test "create: the default place is /sdocker/ID, cgroupsPath wins" {
	document cgtest-default | sd-cgset create >"$BATS_TEST_TMPDIR/out"
	equal "$(jq -r .cgroup.path "$BATS_TEST_TMPDIR/out")" /sdocker/cgtest-default
	sd-cgset rm <"$BATS_TEST_TMPDIR/out" >/dev/null
	gone sdocker/cgtest-default
	cg_document one | jq -c ".config.linux.cgroupsPath = \"$G/x//y/\"" | sd-cgset create >"$BATS_TEST_TMPDIR/out"
	equal "$(jq -r .cgroup.path "$BATS_TEST_TMPDIR/out")" "/$G/x/y"
}

@test "create: limits of memory, cpu, cpuset and pids are in force" {
	cg_document one '{
		memory: {limit: 104857600, reservation: 52428800},
		cpu: {shares: 1024, quota: 50000, period: 200000, cpus: "0", mems: "0"},
		pids: {limit: 20}}' | sd-cgset create >/dev/null
	equal "$(value memory "$G/one" memory.limit_in_bytes memory.max)" 104857600
	equal "$(value memory "$G/one" memory.soft_limit_in_bytes memory.low)" 52428800
	one_of "$(value cpu "$G/one" cpu.shares cpu.weight)" 1024 100
	one_of "$(value cpu "$G/one" cpu.cfs_quota_us cpu.max)" 50000 "50000 200000"
	equal "$(value cpuset "$G/one" cpuset.cpus cpuset.cpus)" 0
	equal "$(value cpuset "$G/one" cpuset.mems cpuset.mems)" 0
	equal "$(value pids "$G/one" pids.max pids.max)" 20
}

@test "create: zero and absent are no limit, and nothing is touched" {
	cg_document one '{memory: {limit: 0}, cpu: {shares: 0, quota: 0, cpus: ""}, pids: {limit: 0}}' |
		sd-cgset create >/dev/null
	one_of "$(value memory "$G/one" memory.limit_in_bytes memory.max)" 9223372036854771712 max
	equal "$(value pids "$G/one" pids.max pids.max)" max
}

@test "create: -1 is no limit" {
	cg_document one '{memory: {limit: -1}, cpu: {quota: -1}, pids: {limit: -1}}' |
		sd-cgset create >/dev/null
	one_of "$(value memory "$G/one" memory.limit_in_bytes memory.max)" 9223372036854771712 max
	one_of "$(value cpu "$G/one" cpu.cfs_quota_us cpu.max)" -1 "max 100000"
}

@test "create: a limit that is not in force undoes everything" {
	refuses "controller cpuset" sd-cgset create < <(cg_document one '{cpu: {cpus: "0-1000"}}')
	gone "$G"
	refuses "config.linux.resources: expected an object" sd-cgset create < <(cg_document one '[]')
	refuses "memory.limit: expected an integer" sd-cgset create < <(cg_document one '{memory: {limit: "1m"}}')
	refuses "memory.limit: -5 is negative" sd-cgset create < <(cg_document one '{memory: {limit: -5}}')
	refuses "is less than memory.limit" sd-cgset create < <(cg_document one '{memory: {limit: 200, swap: 100}}')
	gone "$G"
}

@test "create: a document that cannot be printed undoes everything" {
	cg_document one >"$BATS_TEST_TMPDIR/in"
	run bash -c 'sd-cgset create <"$1" 2>&1 >/dev/full' - "$BATS_TEST_TMPDIR/in"
	equal "$status" 125
	contains "$output" "write the document to standard output"
	gone "$G"
}

@test "create: nothing on stdin is silent, a path may not climb" {
	run sd-cgset create </dev/null
	equal "$status $output" "125 "
	refuses "has a part '..'" sd-cgset create < <(cg_document one | jq '.want.cgroupParent = "/a/../b"')
	refuses "has a part '..'" sd-cgset create < <(cg_document one | jq '.config.linux.cgroupsPath = "../x"')
	refuses "config.linux.cgroupsPath: '/' names no cgroup" \
		sd-cgset create < <(cg_document one | jq '.config.linux.cgroupsPath = "/"')
}

@test "create: a cgroup that is there is made anew, one in use is refused" {
	cg_document one | sd-cgset create >/dev/null
	local inode
	inode=$(stat -c %i "$(mount_of pids)/$G/one")
	mkdir "$(mount_of pids)/$G/one/child"
	cg_document one | sd-cgset create >/dev/null
	[ "$(stat -c %i "$(mount_of pids)/$G/one")" != "$inode" ]
	[ ! -e "$(mount_of pids)/$G/one/child" ]
	occupy "$G/one"
	refuses "$G/one is in use by 1 process, first $!" sd-cgset create < <(cg_document one)
	populated "$G/one" 1
}

# ---- join

@test "join: by document, in every hierarchy" {
	cg_document one | sd-cgset create >"$BATS_TEST_TMPDIR/doc"
	sd_run sd-cgset join --state-fd 7 -- cat /proc/self/cgroup 7<"$BATS_TEST_TMPDIR/doc"
	equal "$status" 0
	local line
	for line in "${lines[@]}"; do
		case $line in
		0::*) [ "$(cgroup_layout)" = v1 ] || equal "$line" "0::/$G/one" ;;
		*) equal "${line##*:}" "/$G/one" ;;
		esac
	done
}

@test "join: by SD_FDS of a chain, and --path by hand" {
	cg_document one | sd-cgset create >"$BATS_TEST_TMPDIR/doc"
	SD_FDS=state=7 sd_run sd-cgset join -- grep -c "/$G/one\$" /proc/self/cgroup 7<"$BATS_TEST_TMPDIR/doc"
	equal "$status" 0
	equal "$output" "$(mounts | wc -l)"
	sd_run sd-cgset join --path "$G/one" -- grep -c "/$G/one\$" /proc/self/cgroup
	equal "$output" "$(mounts | wc -l)"
}

@test "join: what is missing is named" {
	refuses "which cgroup is missing: --path, or a document" sd-cgset join -- true
	refuses "join cgroup /$G/none: No such file or directory" sd-cgset join --path "$G/none" -- true
	document one >"$BATS_TEST_TMPDIR/doc"
	run --separate-stderr sd-cgset join --state-fd 7 -- true 7<"$BATS_TEST_TMPDIR/doc"
	equal "$status" 125
	contains "$stderr" "cgroup: missing (hint: sd-cgset create comes before)"
	cg_document one | sd-cgset create >"$BATS_TEST_TMPDIR/doc"
	rmdir "$(mount_of pids)/$G/one"
	run --separate-stderr sd-cgset join --state-fd 7 -- true 7<"$BATS_TEST_TMPDIR/doc"
	equal "$status" 125
	contains "$stderr" "join cgroup $(mount_of pids)/$G/one: No such file or directory"
}

# ---- rm

@test "rm: with the facts, with the id alone, twice" {
	cg_document one | sd-cgset create >"$BATS_TEST_TMPDIR/doc"
	sd_run sd-cgset rm <"$BATS_TEST_TMPDIR/doc"
	equal "$status" 0
	equal "$(jq -c .cgroup <<<"$output")" null
	gone "$G/one"
	sd_run sd-cgset rm <"$BATS_TEST_TMPDIR/doc"
	equal "$status $stderr" "0 "
	document cgtest-id | sd-cgset create >/dev/null
	sd_run sd-cgset rm <<<'{"ociVersion":"1.2.0","id":"cgtest-id"}'
	equal "$status $output" '0 {"ociVersion":"1.2.0","id":"cgtest-id"}'
	gone sdocker/cgtest-id
}

@test "rm: in use is refused, --kill ends what is in it, children too" {
	cg_document one | sd-cgset create >"$BATS_TEST_TMPDIR/doc"
	occupy "$G/one"
	local pid=$!
	refuses "is in use by 1 process, first $pid (hint: rm --kill ends them)" \
		sd-cgset rm <"$BATS_TEST_TMPDIR/doc"
	sd-cgset run --path "$G/one/child/deep" -- sleep 1000 3>&- &
	eventually populated "$G/one/child/deep" 1
	succeeds sd-cgset rm --kill <"$BATS_TEST_TMPDIR/doc"
	gone "$G/one"
	ends $pid 137
	wait || true
}

@test "rm: a document cannot make it remove or kill elsewhere" {
	mkdir "$BATS_TEST_TMPDIR/dir"
	refuses "$BATS_TEST_TMPDIR/dir is not a cgroup" sd-cgset rm --kill \
		<<<'{"ociVersion":"1.2.0","id":"x","cgroup":{"path":"/x","dirs":{"a":"'"$BATS_TEST_TMPDIR/dir"'"}}}'
	[ -d "$BATS_TEST_TMPDIR/dir" ]
}

# ---- run

@test "run: 200 MB under 100m are killed, and it is said" {
	run --separate-stderr sd-cgset run --memory 100m -- \
		busybox dd bs=200M count=1 if=/dev/zero of=/dev/null
	equal "$status" 137
	equal "${stderr_lines[-1]}" "sd-cgset: killed: out of memory (limit 100m)"
	run --separate-stderr sd-cgset run --memory 300m -- \
		busybox dd bs=200M count=1 if=/dev/zero of=/dev/null
	equal "$status" 0
}

@test "run: a memory-limited shell survives what it runs" {
	run --separate-stderr sd-cgset run --memory 100m -- sh -c \
		'busybox dd bs=200M count=1 if=/dev/zero of=/dev/null; echo "dd: $?"; exit 3'
	equal "$status" 3
	equal "$output" "dd: 137"
	equal "${stderr_lines[-1]}" "sd-cgset: 1 process killed: out of memory (limit 100m)"
}

@test "run: no more processes than the limit" {
	run --separate-stderr sd-cgset run --pids-limit 3 -- bash -c \
		'for i in 1 2 3 4 5; do sleep 0.1 & done 2>&1; wait'
	contains "$output$stderr" "Resource temporarily unavailable"
}

@test "run: the command's exit code, its end by a signal, its standard streams" {
	sd_run sd-cgset run -- sh -c 'cat; echo err >&2; exit 42' <<<in
	equal "$status $output $stderr" "42 in err"
	sd_run sd-cgset run -- sh -c 'kill -TERM $$'
	equal "$status" 143
	run -127 --separate-stderr sd-cgset run --path "$G/a" -- nonesuch
	contains "$stderr" "nonesuch"
	equal "${#stderr_lines[@]}" 1
	refuses_with 126 "/etc" sd-cgset run --path "$G/a" -- /etc
	sd_run sd-cgset run --path "$G/a/b" -- true
	gone "$G"
}

@test "run: signals are handed on" {
	sd-cgset run --path "$G/sig" -- \
		bash -c 'trap "exit 7" TERM; touch "$1"; while :; do sleep 0.02; done' - "$BATS_TEST_TMPDIR/up" 3>&- &
	eventually test -e "$BATS_TEST_TMPDIR/up"
	kill -TERM $!
	ends $! 7
	gone "$G"
}

@test "run: what it leaves running in the background is ended" {
	sd_run sd-cgset run --path "$G/bg" -- sh -c 'sleep 1000 >/dev/null 2>&1 3>&- & echo $!'
	equal "$status" 0
	[ ! -e "/proc/$output" ]
	gone "$G"
}

@test "run: killed itself, it takes its command along, and the next one cleans up" {
	sd-cgset run -- bash -c "echo \$\$ >$BATS_TEST_TMPDIR/pid; sleep 1000 3>&- & wait" 3>&- &
	eventually test -s "$BATS_TEST_TMPDIR/pid"
	kill -KILL $!
	wait $! || true
	eventually test ! -e "/proc/$(cat "$BATS_TEST_TMPDIR/pid")"
	ls -d "$(mount_of pids)"/sdocker/run-*
	succeeds sd-cgset run -- true
	run ls -d "$(mount_of pids)"/sdocker/run-*
	[ "$status" != 0 ]
	run pgrep -x sleep
	[ "$status" != 0 ]
}

@test "run: one that runs is not cleaned up by another" {
	sd-cgset run -- sh -c "echo >$BATS_TEST_TMPDIR/up; exec sleep 1000" 3>&- &
	eventually test -s "$BATS_TEST_TMPDIR/up"
	succeeds sd-cgset run -- true
	kill -0 $!
	kill -TERM $!
	ends $! 143
}

# ---- limits by hand

@test "limit: raised and lowered, in whatever order the kernel wants" {
	cg_document one '{memory: {limit: 50000000}, cpu: {quota: 20000}}' | sd-cgset create >/dev/null
	local m
	for m in 200m 30m 100m; do
		succeeds sd-cgset limit --path "$G/one" --memory $m --cpus 0.5 --cpu-period 50000 --pids-limit -1
		equal "$(value memory "$G/one" memory.limit_in_bytes memory.max)" $((${m%m} << 20))
	done
	succeeds sd-cgset limit --path "$G/one" --cpu-period 20000
	one_of "$(value cpu "$G/one" cpu.cfs_period_us cpu.max)" 20000 "50000 20000"
	refuses "no limit is given" sd-cgset limit --path "$G/one"
	refuses "cgroup /$G/none: No such file" sd-cgset limit --path "$G/none" --memory 1m
}

@test "limit: memory and swap move past each other" {
	cg_document one | sd-cgset create >/dev/null
	local dir
	dir=$(mount_of memory)/$G/one
	[ -e "$dir/memory.memsw.limit_in_bytes" ] || [ -e "$dir/memory.swap.max" ] ||
		skip "swap is not accounted by this kernel"
	local m
	for m in 100 200 50; do
		succeeds sd-cgset limit --path "$G/one" --memory ${m}m --memory-swap $((2 * m))m
		one_of "$(value memory "$G/one" memory.memsw.limit_in_bytes memory.swap.max)" \
			$((2 * m << 20)) $((m << 20))
	done
	succeeds sd-cgset limit --path "$G/one" --memory 50m --memory-swap -1
}

@test "limit: of a document's cgroup, by OCI resources" {
	cg_document one | sd-cgset create >"$BATS_TEST_TMPDIR/doc"
	echo '{"pids":{"limit":7}}' >"$BATS_TEST_TMPDIR/resources"
	succeeds sd-cgset limit --resources "$BATS_TEST_TMPDIR/resources" <"$BATS_TEST_TMPDIR/doc"
	equal "$(value pids "$G/one" pids.max pids.max)" 7
}

@test "a limit that the kernel changes is an error that names controller, file and both values" {
	require_layout v1 hybrid
	refuses "controller cpu: $(mount_of cpu)/$G/x/cpu.shares is 2 after 1 was written" \
		sd-cgset run --path "$G/x" --cpu-shares 1 -- true
	gone "$G"
}

@test "a controller that is not there is named" {
	local at
	at=$(mount_of net_cls)
	[ "$at" != "$(mount_of nothing)" ] || at=
	refuses "network.classID: controller net_cls is not" unshare --mount sh -c '
		[ -z "$1" ] || umount "$1"; exec sd-cgset run --net-classid 5 -- true' - "$at"
	require_layout hybrid
	refuses "hugepageLimits: controller hugetlb is not mounted" \
		sd-cgset run --hugetlb 2MB:4m -- true
	refuses "unified: memory.max: controller memory is not available in $(mount_of nothing) (hint: it is mounted as a cgroup v1 hierarchy)" \
		sd-cgset run --unified memory.max=1000000 -- true
}

@test "bad values are one line and create nothing" {
	local o
	while read -r text o; do
		# shellcheck disable=SC2086 # words
		refuses "${text//_/ }" sd-cgset run --path "$G/x" $o -- true
	done <<-'END'
		is_not_a_size --memory 1x
		is_not_a_size --memory=
		--cpus:_'0' --cpus 0
		--cpus:_'1e3' --cpus 1e3
		is_not_a_whole_number --cpu-shares 1.5
		is_not_between --pids-limit -2
		is_not_between_10_and_1000 --blkio-weight 5
		is_neither_a_path_nor_MAJOR:MINOR --device-read-bps sda:1
		is_not_one_block_device --device-read-bps /dev/null:1m
		is_not_DEVICE:NUMBER --device-read-bps 1m
		is_not_like --device c
		more_than_r,_w_and_m --device /dev/null:x
		is_not_PAGESIZE:BYTES --hugetlb 4m
		is_not_FILE=VALUE --unified memory.max
		unified:_cgroup.procs_is_not_a_limit --unified cgroup.procs=1
		unified:_cgroup.kill_is_not_a_limit --unified cgroup.kill=1
		is_not_a_file_of_a_controller --unified ../memory.max=1
		has_a_part_'..' --path a/../b
		cpuset.cpus --cpuset-cpus 0-5000
		cpuset.cpus --cpuset-cpus x
	END
	gone "$G"
}

@test "limits of cgroup2's own core" {
	require_layout v2 hybrid
	sd-cgset run --path "$G/x" --unified cgroup.max.depth=3 -- \
		cat "$(mount_of nothing)/$G/x/cgroup.max.depth" >"$BATS_TEST_TMPDIR/out"
	equal "$(cat "$BATS_TEST_TMPDIR/out")" 3
}

@test "block I/O limits" {
	local number
	number=$(cat /sys/class/block/*/dev 2>/dev/null | head -n1)
	[ -n "$number" ] || skip "no block device"
	sd_run sd-cgset run --path "$G/x" --device-read-bps "$number:1m" --device-write-iops "$number:99" -- \
		sd-cgset stat --path "$G/x"
	equal "$status $stderr" "0 "
	cg_document one "{blockIO: {throttleReadBpsDevice: [{major: ${number%:*}, minor: ${number#*:}, rate: 4096}]}}" |
		sd-cgset create >/dev/null
	contains "$(value blkio "$G/one" blkio.throttle.read_bps_device io.max)" "$number "
	sd-cgset limit --path "$G/one" --device-read-bps "$number:0"
	equal "$(value blkio "$G/one" blkio.throttle.read_bps_device io.max)" ""
	refuses "No such device" sd-cgset run --device-read-bps 254:255:1m -- true
}

# ---- devices

# device_rules [OPTION]: the same for a v1 list and a BPF program
device_rules() {
	sd_run sd-cgset run "$@" --device 'c 1:3 rw' -- sh -c 'echo >/dev/null && echo ok; head -c1 /dev/zero'
	equal "$status $output" "1 ok"
	contains "$stderr" "Operation not permitted"
	sd_run sd-cgset run "$@" --device /dev/zero:r -- sh -c 'head -c1 /dev/zero | wc -c; echo >/dev/zero'
	equal "$output" 1
	contains "$stderr" "Operation not permitted"
	sd_run sd-cgset run "$@" --device 'c *:* m' -- sh -c "mknod $BATS_TEST_TMPDIR/null c 1 3 && echo made; cat $BATS_TEST_TMPDIR/null"
	equal "$output" made
	contains "$stderr" "Operation not permitted"
	rm "$BATS_TEST_TMPDIR/null"
	sd_run sd-cgset run "$@" --device a -- head -c1 /dev/zero
	equal "$status" 0
}

@test "devices: by the layout's own way" { device_rules; }

@test "devices: by a BPF program" {
	require_layout v2 hybrid
	device_rules --bpf-devices
}

@test "devices: OCI's list, exceptions taken back" {
	cg_document one '{devices: [{allow: false, access: "rwm"},
		{allow: true, type: "c", major: 1, minor: 3, access: "rwm"},
		{allow: true, type: "c", major: 1, minor: 5, access: "r"},
		{allow: true, type: "c", major: 1, minor: 5, access: "w"},
		{allow: false, type: "c", major: 1, minor: 3, access: "w"}]}' | sd-cgset create >/dev/null
	sd-cgset join --path "$G/one" -- sh -c 'exec 3<>/dev/zero'
	sd-cgset join --path "$G/one" -- sh -c 'exec 3</dev/null'
	run sd-cgset join --path "$G/one" -- sh -c 'exec 3>/dev/null'
	contains "$output" "Operation not permitted"
	refuses "devices[0].type: 'x'" sd-cgset create < <(cg_document two '{devices: [{allow: true, type: "x"}]}')
	refuses "devices[0].allow: missing" sd-cgset create < <(cg_document two '{devices: [{type: "c"}]}')
	refuses "devices[0]: a rule for type a is for every device" \
		sd-cgset create < <(cg_document two '{devices: [{allow: false, access: "r"}]}')
	gone "$G/two"
}

@test "devices: a new list takes the place of the old" {
	cg_document one '{devices: [{allow: false}]}' | sd-cgset create >/dev/null
	run sd-cgset join --path "$G/one" -- head -c1 /dev/zero
	[ "$status" != 0 ]
	sd-cgset limit --path "$G/one" --device /dev/zero:r
	sd-cgset join --path "$G/one" -- head -c1 /dev/zero >/dev/null
}

# ---- what cgroup2 alone has

@test "v2: limits that OCI has no word for are in force, by name" {
	require_layout v2
	sd_run sd-cgset run --path "$G/x" --memory 100m --unified memory.high=50000000 --unified memory.min=4096 \
		--unified cpu.weight=200 --unified cpuset.cpus=0 -- sh -c "cd /sys/fs/cgroup/$G/x; cat memory.max memory.high memory.min cpu.weight"
	equal "$status $stderr" "0 "
	equal "$(xargs <<<"$output")" "104857600 49999872 4096 200"
	refuses "controller cpuset: " sd-cgset run --path "$G/x" --unified cpuset.cpus=0-1000 -- true
	refuses "controller memory: /sys/fs/cgroup/$G/x/memory.nonesuch is not there" \
		sd-cgset run --path "$G/x" --unified memory.nonesuch=1 -- true
	gone "$G"
}

@test "v2: controllers are enabled from the root down, those that are asked for" {
	require_layout v2
	sd_run sd-cgset run --path "$G/a/b" --cpuset-cpus 0 -- sh -c "cd /sys/fs/cgroup/$G; cat cgroup.subtree_control a/cgroup.subtree_control a/b/cgroup.subtree_control"
	equal "$status $stderr" "0 "
	contains "${lines[0]}" cpuset
	contains "${lines[1]}" cpuset
	equal "${lines[2]-}" ""
}

@test "v2: a group with processes hands nothing down, one that hands down takes no process" {
	require_layout v2
	mkdir "/sys/fs/cgroup/$G"
	occupy "$G"
	refuses "enable it in /sys/fs/cgroup/$G/cgroup.subtree_control: Device or resource busy (hint: cgroup2 gives" \
		sd-cgset create < <(cg_document one '{pids: {limit: 5}}')
	[ ! -e "/sys/fs/cgroup/$G/one" ]
	# Without a limit it has none of the counters, and takes a process.
	cg_document one | sd-cgset create >/dev/null
	succeeds sd-cgset join --path "$G/one" -- true
	equal "$(cat "/sys/fs/cgroup/$G/cgroup.type")" domain
	populated "$G" 1
	sd-cgset kill --path "$G"
	wait
	cg_document one '{pids: {limit: 5}}' | sd-cgset create >/dev/null
	refuses "join cgroup /sys/fs/cgroup/$G: Device or resource busy (hint: cgroup2 allows no process in" \
		sd-cgset join --path "$G" -- true
}

@test "v2: a part of a processor is what it gets" {
	require_layout v2
	sd-cgset run --path "$G/x" --cpus 0.2 -- bash -c "
		end=\$((\${EPOCHREALTIME/./} + 1000000))
		while [ \${EPOCHREALTIME/./} -lt \$end ]; do :; done
		cat /sys/fs/cgroup/$G/x/cpu.stat" >"$BATS_TEST_TMPDIR/out"
	[ "$(sed -n 's/^nr_throttled //p' "$BATS_TEST_TMPDIR/out")" -gt 3 ]
}

@test "v2: swap is what memory and swap together leave over memory" {
	require_layout v2
	sd_run sd-cgset run --path "$G/x" --memory 64m --memory-swap 64m --memory-reservation 32m -- \
		sh -c "cd /sys/fs/cgroup/$G/x; cat memory.max memory.swap.max memory.low"
	equal "$(xargs <<<"$output")" "67108864 0 33554432"
	refuses "memory.kernel: cgroup v2 has no such limit" sd-cgset create < <(cg_document one '{memory: {kernel: 1000000}}')
}

@test "v2: shares of a processor keep their ends and their default" {
	require_layout v2
	local pair
	for pair in 2:1 1024:100 262144:10000; do
		sd_run sd-cgset run --path "$G/x" --cpu-shares "${pair%:*}" -- cat "/sys/fs/cgroup/$G/x/cpu.weight"
		equal "$status $output" "0 ${pair#*:}"
	done
}

# ---- freeze, kill, stat

counts() { local a b; a=$(wc -c <"$1"); sleep 0.1; b=$(wc -c <"$1"); [ "$a" != "$b" ]; }

freeze_and_kill() {
	sd-cgset run --path "$G/f" -- bash -c \
		"while :; do echo >>$BATS_TEST_TMPDIR/ticks; sleep 0.01; done" 3>&- &
	eventually test -s "$BATS_TEST_TMPDIR/ticks"
	sd-cgset freeze --path "$G/f"
	if counts "$BATS_TEST_TMPDIR/ticks"; then return 1; fi
	sd-cgset thaw --path "$G/f"
	eventually counts "$BATS_TEST_TMPDIR/ticks"
	sd-cgset freeze --path "$G/f"
	sd-cgset kill --path "$G/f"
	ends $! 137
	gone "$G"
}

@test "freeze stops, thaw lets go on, kill ends also what is frozen" { freeze_and_kill; }

@test "freeze and kill: where only v1 hierarchies are mounted" {
	require_layout hybrid
	export -f freeze_and_kill counts ends gone mounts eventually equal
	export G BATS_TEST_TMPDIR
	with_layout v1 bash -euc freeze_and_kill
}

@test "kill: all that fork while they are killed, in children too" {
	sd-cgset run --path "$G/k" -- bash -c 'while :; do sleep 5 & done' 3>&- &
	eventually bash -c "[ \$(wc -l <$(mount_of pids)/$G/k/cgroup.procs) -gt 20 ]"
	sd-cgset kill --path "$G/k"
	ends $! 137
	gone "$G"
	refuses "cgroup /$G/k: No such file" sd-cgset kill --path "$G/k"
}

@test "where only cgroup2 is mounted: devices by BPF, controllers that are missing are named" {
	require_layout hybrid
	sd_run with_layout v2 sd-cgset run --device /dev/null:rw -- sh -c 'echo >/dev/null; head -c1 /dev/zero'
	equal "$status" 1
	contains "$stderr" "Operation not permitted"
	refuses "memory.limit: controller memory is not available in" \
		with_layout v2 sd-cgset run --memory 10m -- true
	refuses "no cgroup hierarchy is mounted (hint: mount -t cgroup2 none /sys/fs/cgroup)" \
		with_layout none sd-cgset run -- true
}

@test "stat: the same words in every layout" {
	sd-cgset run --path "$G/s" --memory 50m --pids-limit 9 -- \
		sd-cgset stat --path "$G/s" --json >"$BATS_TEST_TMPDIR/out"
	equal "$(jq -c '[.memory.limit, .pids.limit, .pids.current, .memory.oomKills]' "$BATS_TEST_TMPDIR/out")" \
		'[52428800,9,1,0]'
	jq -e '.memory.usage > 0 and .cpu.usageUsec >= 0 and .io.readBytes >= 0' "$BATS_TEST_TMPDIR/out"
	sd_run sd-cgset run --path "$G/s" --pids-limit 9 -- sd-cgset stat --path "$G/s"
	contains "$output" "pids.limit 9"
	[[ $output != *memory.limit* ]]
}

# ---- the man page's examples that the tests above do not have

@test "examples: the shell with 100 MB, the fork bomb, the chain" {
	sd_run sd-cgset run --memory 100m -- sh <<<'busybox dd if=/dev/zero of=/dev/null bs=200M count=1'
	equal "$status" 137
	contains "$stderr" "sd-cgset: killed: out of memory (limit 100m)"
	run sd-cgset run --path "$G/bomb" --pids-limit 20 -- bash -c 'f() { f | f & }; f'
	gone "$G"
	sd_run sd-cgset run --cpus 0.5 -- sd-unshare --pid --fork --mount-proc -- sh -c 'echo $$'
	equal "$status $output" "0 1"
}

@test "examples: stop, look, go on" {
	sd-cgset run --path "$G/clock" -- sh -c 'while sleep 0.01; do date; done' >/dev/null 3>&- &
	eventually test -d "$(mount_of pids)/$G/clock"
	sd-cgset freeze --path "$G/clock"
	sd-cgset stat --path "$G/clock" >"$BATS_TEST_TMPDIR/out"
	contains "$(cat "$BATS_TEST_TMPDIR/out")" "pids.current "
	sd-cgset thaw --path "$G/clock"
	sd-cgset kill --path "$G/clock"
	ends $! 137
}

@test "thaw by a document has nothing to do where the cgroup has ended" {
	doc=$(document thawed)
	equal "$(sd-cgset thaw <<<"$doc" | jq .id)" '"thawed"'
	refuses "cgroup" sd-cgset freeze <<<"$doc"
	rm -r "$SDOCKER_ROOT/containers/thawed"
}
