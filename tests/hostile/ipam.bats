# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sd-ipam killed at each of its system calls, and each of them failed.
load ../helper/common

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p "$SDOCKER_ROOT/networks"
	network one '[{"subnet": "10.1.0.0/24"}]'
	network two '[{"subnet": "10.2.0.0/24"}], [{"subnet": "fd00::/64"}]'
	document c1 '.want.networks = [{name: "one"}, {name: "two"}]' >doc
	# Somebody else's, which nothing may touch.
	sd-ipam lease --subnet 10.1.0.0/24 --owner other >/dev/null
}

teardown() {
	rm -rf "$SDOCKER_RUN"/{ipam,claims} "$SDOCKER_ROOT"/containers/c?
	sd_teardown
}

network() {
	echo '{"cniVersion": "1.1.0", "name": "'"$1"'", "sdocker": {"id": "'"$1"'"}, "plugins": [{"type": "sd-bridge",
		"ipam": {"type": "sd-ipam", "ranges": ['"$2"']}}]}' >"$SDOCKER_ROOT/networks/$1.conflist"
}

inject() { "$SD_BUILD/tests/hostile/inject" "$@"; }
leased() { sd-ipam ls -q | xargs; }
where() { printf '# %s %s: %s\n' "$1" "$2" "$3"; wrong=1; }

# Of the list "places", but for those of a program's start and end, and for memory.
interesting() {
	grep -vP '\t(exit|exit_group|execve|brk|mmap|munmap|mprotect|mremap|madvise|arch_prctl|prlimit64|rseq|set_tid_address|set_robust_list|getrandom|readlink|close|rt_sig.*)\t' places
}

# each_place VERB FILE FUNCTION: FUNCTION CALL N for each system call of it with FILE as its input.
each_place() {
	local call n
	inject -l places -- sd-ipam "$1" <"$2" >/dev/null
	sd-ipam release <doc >/dev/null
	[ "$(wc -l <places)" -gt 20 ]
	while IFS=$'\t' read -r _ call n; do
		[ "$3" != failed ] || ! sanitizers_own "$call" || continue
		"$3" "$call" "$n"
	done < <(interesting)
	[ -z "${wrong-}" ]
}

@test "lease killed anywhere: what it leaves is a whole lease or none, and release finds it" {
	killed() {
		inject -p "sd-ipam lease" -c "$1" -n "$2" -k -- sd-ipam lease <doc >out || true
		sd-ipam ls >list || where "$1" "$2" "ls"
		sd-ipam lease --subnet 10.1.0.0/24 --owner next >next || where "$1" "$2" "next"
		[ "$(sd-ipam ls -q | sort | uniq -d)" = "" ] || where "$1" "$2" "twice: $(leased)"
		sd-ipam release --owner next
		sd-ipam release <doc >/dev/null || where "$1" "$2" "release"
		[ "$(leased)" = 10.1.0.2/24 ] || where "$1" "$2" "left: $(leased)"
	}
	each_place lease doc killed
}

@test "lease with any one call failed: told and undone, or done all the same" {
	failed() {
		local code=0
		inject -p "sd-ipam lease" -c "$1" -n "$2" -e 5 -- sd-ipam lease <doc >out 2>err || code=$?
		if [ $code = 0 ]; then
			[ "$(jq -r '.leases[].ips[].address' out | sort)" = "$(sd-ipam ls -q --owner c1 | sort)" ] &&
				[ "$(jq '.leases | map(.ips[]) | length' out)" = 3 ] || where "$1" "$2" "not all"
			sd-ipam release <out >/dev/null
		elif [ $code != 125 ] || [ "$(wc -l <err)" != 1 ]; then
			where "$1" "$2" "exit $code: $(cat err)"
		fi
		[ "$(leased)" = 10.1.0.2/24 ] || where "$1" "$2" "left: $(leased)"
	}
	each_place lease doc failed
}

@test "release killed anywhere: the next one does the rest" {
	killed() {
		sd-ipam lease <doc >out
		inject -p "sd-ipam release" -c "$1" -n "$2" -k -- sd-ipam release <doc >out || true
		sd-ipam release <doc >out || where "$1" "$2" "release"
		[ "$(leased)" = 10.1.0.2/24 ] || where "$1" "$2" "left: $(leased)"
	}
	sd-ipam lease <doc >out
	each_place release doc killed
}

@test "release with any one call failed: told, or done" {
	failed() {
		local code=0
		sd-ipam lease <doc >out
		inject -p "sd-ipam release" -c "$1" -n "$2" -e 5 -- sd-ipam release <doc >out 2>err || code=$?
		if [ $code = 0 ]; then
			[ "$(leased)" = 10.1.0.2/24 ] || where "$1" "$2" "left: $(leased)"
		elif [ $code != 125 ] || [ "$(wc -l <err)" != 1 ]; then
			where "$1" "$2" "exit $code: $(cat err)"
		fi
		sd-ipam release <doc >out || where "$1" "$2" "release"
	}
	sd-ipam lease <doc >out
	each_place release doc failed
}

@test "subnet killed or failed anywhere: told, and the next one has a subnet" {
	echo '{"name": "n", "sdocker": {"id": "1f", "ipv6": true}, "plugins": [{"type": "sd-bridge",
		"ipam": {"type": "sd-ipam"}}]}' >net
	next() {
		sed s/1f/2f/ net | sd-ipam subnet >out || where "$1" "$2" "next"
		[ "$(jq '.plugins[0].ipam.ranges | length' out)" = 2 ] || where "$1" "$2" "$(cat out)"
		rm -rf "$SDOCKER_RUN/claims"
	}
	killed() {
		inject -p "sd-ipam subnet" -c "$1" -n "$2" -k -- sd-ipam subnet <net >out || true
		next "$1" "$2"
	}
	failed() {
		local code=0
		inject -p "sd-ipam subnet" -c "$1" -n "$2" -e 5 -- sd-ipam subnet <net >out 2>err || code=$?
		if [ $code != 0 ] && { [ $code != 125 ] || [ "$(wc -l <err)" != 1 ]; }; then
			where "$1" "$2" "exit $code: $(cat err)"
		fi
		[ $code != 0 ] || [ "$(jq '.plugins[0].ipam.ranges | length' out)" = 2 ] || where "$1" "$2" "$(cat out)"
		next "$1" "$2"
	}
	each_place subnet net killed
	each_place subnet net failed
}

@test "the plugin with any one call failed: an error object, and nothing is leased" {
	echo '{"cniVersion": "1.1.0", "name": "net", "type": "x",
		"ipam": {"type": "sd-ipam", "ranges": [[{"subnet": "10.1.0.0/24"}]]}}' >conf
	export CNI_COMMAND=ADD CNI_CONTAINERID=c1 CNI_IFNAME=eth0 CNI_NETNS=/proc/self/ns/net
	local call n
	inject -l places -- sd-ipam <conf >out
	CNI_COMMAND=DEL sd-ipam <conf
	while IFS=$'\t' read -r _ call n; do
		local code=0
		! sanitizers_own "$call" || continue
		inject -p sd-ipam -c "$call" -n "$n" -e 5 -- sd-ipam <conf >out 2>err || code=$?
		if [ $code = 0 ]; then
			[ "$(jq -r .ips[].address out)" = "$(sd-ipam ls -q --owner c1)" ] || where "$call" "$n" "$(cat out)"
			CNI_COMMAND=DEL sd-ipam <conf
		elif [ "$call" != write ]; then
			jq -e '.code and .msg' out >/dev/null || where "$call" "$n" "$(cat out)"
		fi
		[ "$(leased)" = 10.1.0.2/24 ] || where "$call" "$n" "left: $(leased)"
	done < <(interesting)
	[ -z "${wrong-}" ]
}
