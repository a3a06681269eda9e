# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sd-bridge killed at each of its system calls, and each of them failed.
load ../helper/common
load ../helper/bridge

setup() { bridge_setup; }
teardown() { bridge_off; }

inject() { "$SD_BUILD/tests/hostile/inject" "$@"; }

# each_place VERB FILE FUNCTION: FUNCTION CALL N for each system call of it with FILE as its input,
# but for those of a program's start and end, and for memory.
each_place() {
	local call n
	inject -l places -- sd-bridge "$1" <"$2" >/dev/null
	[ "$(wc -l <places)" -gt 20 ]
	[ "$1" != connect ] || sd-bridge disconnect <"$2" >/dev/null
	while IFS=$'\t' read -r _ call n; do "$3" "$call" "$n" || return; done < <(grep -vP '\t(exit|exit_group|execve|brk|mmap|munmap|mprotect|mremap|arch_prctl|prlimit64|rseq|set_tid_address|set_robust_list|getrandom|readlink|close|rt_sig.*)\t' places)
}

nothing_left() { equal "$(links_of br-n)$(inside "$a" ip -o link show type veth)" ""; }

@test "connect killed anywhere: disconnect by the id alone leaves nothing" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 >doc
	jq -c '{ociVersion, id, pid, startTime}' doc >id
	killed() {
		inject -p "sd-bridge connect" -c "$1" -n "$2" -k -- sd-bridge connect <doc >out || true
		sd-bridge disconnect <id >/dev/null || { echo "# $1 $2"; return 1; }
		nothing_left || { echo "# $1 $2"; return 1; }
	}
	each_place connect doc killed
	sd-bridge connect <doc >a.json
	reaches "$a" 10.9.0.1
}

@test "connect with any one call failed: told and undone, or done all the same" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 >doc
	sd-bridge connect <doc >whole
	sd-bridge disconnect <whole >/dev/null
	failed() {
		local code=0
		! sanitizers_own "$1" || return 0
		inject -p "sd-bridge connect" -c "$1" -n "$2" -e 5 -- sd-bridge connect <doc >out 2>err || code=$?
		if [ $code = 0 ]; then
			same || { echo "# $1 $2: not all was done"; return 1; }
			sd-bridge disconnect <out >/dev/null
		elif [ $code != 125 ] || [ "$(wc -l <err)" != 1 ]; then
			echo "# $1 $2: exit $code: $(cat err)"
			return 1
		fi
		nothing_left || { echo "# $1 $2: is left"; return 1; }
	}
	same() {
		[ "$(jq -c '.networks[].result | .ips, .routes' out)" = "$(jq -c '.networks[].result | .ips, .routes' whole)" ] &&
			reaches "$a" 10.9.0.1 && [ "$(inside "$a" ip route show default | wc -l)" = 1 ]
	}
	each_place connect doc failed
}

@test "create killed anywhere: rm leaves nothing, and the next create is whole" {
	network n 10.9.0.0/24 10.9.0.1
	conf n >doc
	killed() {
		inject -p "sd-bridge create" -c "$1" -n "$2" -k -- sd-bridge create <doc >out || true
		sd-bridge create <doc >out
		contains "$(ip -o addr show br-n)" "10.9.0.1/24" || { echo "# $1 $2"; return 1; }
		sd-bridge rm <doc >out
		gone br-n || { echo "# $1 $2"; return 1; }
	}
	each_place create doc killed
}

@test "disconnect killed anywhere: the next one does the rest" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 >doc
	sd-bridge connect <doc >a.json
	killed() {
		inject -p "sd-bridge disconnect" -c "$1" -n "$2" -k -- sd-bridge disconnect <a.json >out || true
		sd-bridge disconnect <a.json >out
		nothing_left || { echo "# $1 $2"; return 1; }
		sd-bridge connect <doc >a.json
	}
	each_place disconnect a.json killed
}
