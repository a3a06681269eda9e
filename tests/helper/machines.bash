# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# machines - others than the test's host: network namespaces, each kept by a process, and cables.
#
#	machine NAME		a new one, with lo up
#	at NAME COMMAND...	run there; "host" is the test's own
#	cable A IF-A B IF-B	a veth pair between two machines, both ends up
#	answering NAME PORT	a server of TCP and UDP, IPv4 and IPv6, that tells who calls
#	ask NAME ADDRESS PORT	the address that it told, or nothing; ask_udp
#	machines_off		all of them, for teardown

declare -gA SD_MACHINES=()
declare -ga SD_SERVERS=()

machine() {
	unshare --net sleep infinity 3>&- &
	SD_MACHINES[$1]=$!
	eventually is_apart "$!"
	at "$1" ip link set lo up
}

is_apart() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

netns() { if [ "$1" = host ]; then echo /proc/self/ns/net; else echo "/proc/${SD_MACHINES[$1]}/ns/net"; fi; }

at() {
	local name=$1
	shift
	if [ "$name" = host ]; then "$@"; else nsenter --net="$(netns "$name")" "$@"; fi
}

cable() {
	ip link add name sdcable0 type veth peer name sdcable1
	plug sdcable0 "$1" "$2"
	plug sdcable1 "$3" "$4"
}

plug() {
	local link=$1 name=$2 as=$3
	[ "$name" = host ] || ip link set "$link" netns "${SD_MACHINES[$name]}"
	at "$name" ip link set "$link" name "$as"
	at "$name" ip link set "$as" up
}

# On IPv6 an address may be used only once it is known to be nobody else's: not here.
address() { at "$1" ip addr add "$3" dev "$2" $([[ $3 != *:* ]] || echo nodad); }

answering() {
	nsenter --net="$(netns "$1")" python3 "$SD_REPO/tests/helper/answer.py" "$2" 3>&- &
	SD_SERVERS+=($!)
	eventually answers_itself "$1" "$2"
}

answers_itself() { [ -n "$(ask "$1" 127.0.0.1 "$2")" ]; }

ask() { at "$1" timeout "${SD_ASK:-2}" bash -c 'exec 3<>/dev/tcp/$0/$1 && read -r -u 3 a && echo "$a"' "$2" "$3" 2>/dev/null || true; }
ask_udp() { at "$1" timeout "${SD_ASK:-2}" bash -c 'exec 3<>/dev/udp/$0/$1 && echo hello >&3 && read -r -u 3 a && echo "$a"' "$2" "$3" 2>/dev/null || true; }

machines_off() {
	local pid
	for pid in "${SD_SERVERS[@]}" "${SD_MACHINES[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	SD_MACHINES=() SD_SERVERS=()
} 2>/dev/null # bash says of each that it was killed
