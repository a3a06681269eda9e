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
#	world			a host with the bridge br0 (10.9.0.1, fd09::1), the machine "outside" on its
#				eth0 (192.0.2.1 and .9, 2001:db8::1 and ::9), "web" (10.9.0.2, fd09::2;
#				it answers at port 80) and "neighbour" (.3) behind the bridge
#	behind BRIDGE NAME NET N  another one: of 10.9.NET.N and fd09:NET::N
#	world_off		for teardown
#	rules			the firewall, without what a look at it changes

declare -gA SD_MACHINES=()
declare -ga SD_SERVERS=()

machine() {
	unshare --net sleep infinity 3>&- &
	SD_MACHINES[$1]=$!
	eventually is_apart "$!"
	no_waiting "$1"
	at "$1" ip link set lo up
}

# An IPv6 address may be used at once, not only when it is known to be nobody else's.
no_waiting() { at "$1" sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0; }

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

address() { at "$1" ip addr add "$3" dev "$2"; }

answering() {
	nsenter --net="$(netns "$1")" python3 "$SD_REPO/tests/helper/answer.py" "$2" 3>&- &
	SD_SERVERS+=($!)
	eventually answers_itself "$1" "$2"
}

answers_itself() { [ -n "$(ask "$1" 127.0.0.1 "$2")" ]; }

# shellcheck disable=SC2016 # for the inner shell
ask() {
	at "$1" timeout "${SD_ASK:-2}" bash -c 'exec 3<>/dev/tcp/$0/$1 && head -n 1 <&3' "$2" "$3" \
		2>/dev/null || true
}

# A datagram is read in one go, or the rest of it is lost.
# shellcheck disable=SC2016
ask_udp() {
	at "$1" timeout "${SD_ASK:-2}" bash -c \
		'exec 3<>/dev/udp/$0/$1 && echo hello >&3 && head -n 1 <&3' "$2" "$3" 2>/dev/null || true
}

world() {
	firewall_off
	no_waiting host
	machine outside
	cable host eth0 outside eth0
	address host eth0 192.0.2.1/24
	address outside eth0 192.0.2.9/24
	address host eth0 2001:db8::1/64
	address outside eth0 2001:db8::9/64
	bridge br0 0
	behind br0 web 0 2
	behind br0 neighbour 0 3
	answering web 80
	sysctl -qw net.ipv6.conf.all.forwarding=1
	touch_tables
}

# bridge NAME NET
bridge() {
	ip link add "$1" type bridge
	address host "$1" "10.9.$2.1/24"
	address host "$1" "fd09:$2::1/64"
	ip link set "$1" up
}

behind() {
	machine "$2"
	cable host "v$2" "$2" eth0
	ip link set "v$2" master "$1"
	ip link set "v$2" type bridge_slave hairpin on
	address "$2" eth0 "10.9.$3.$4/24"
	address "$2" eth0 "fd09:$3::$4/64"
	at "$2" ip route add default via "10.9.$3.1"
	at "$2" ip -6 route add default via "fd09:$3::1"
}

# Tables that were never used look different from empty ones: a rule of somebody else's in each.
touch_tables() {
	local i
	for i in iptables ip6tables; do
		$i -A INPUT -i nolink -j ACCEPT
		$i -t nat -A PREROUTING -i nolink -j ACCEPT
	done
	SD_RULES=$(rules)
}

# What an earlier test left, which failed for it.
firewall_off() {
	local i
	for i in iptables ip6tables; do
		$i -F; $i -X; $i -t nat -F; $i -t nat -X
	done
}

untouch_tables() {
	local i
	for i in iptables ip6tables; do
		$i -P FORWARD ACCEPT
		$i -D INPUT -i nolink -j ACCEPT
		$i -t nat -D PREROUTING -i nolink -j ACCEPT
	done
} 2>/dev/null # it may be done already

rules() { { iptables-save; ip6tables-save; } | sed '/^#/d; s/ \[[0-9:]*\]$//'; }

# The firewall is as it was, byte for byte.
as_before() { equal "$(rules)" "$SD_RULES"; }

# The system's iptables is the one of legacy tables from here on.
use_legacy() {
	local tool
	untouch_tables
	mkdir -p "$BATS_TEST_TMPDIR/legacy"
	for tool in ip{,6}tables{,-save,-restore}; do
		ln -sf "$(command -v "${tool/tables/tables-legacy}")" "$BATS_TEST_TMPDIR/legacy/$tool"
	done
	PATH=$BATS_TEST_TMPDIR/legacy:$PATH
	touch_tables
}

world_off() {
	local link
	untouch_tables || true
	machines_off
	for link in br0 br1 eth0; do ip link del "$link" || true; done
} 2>/dev/null # a test may have done so, or never begun

machines_off() {
	local pid
	for pid in "${SD_SERVERS[@]}" "${SD_MACHINES[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	SD_MACHINES=() SD_SERVERS=()
} 2>/dev/null # bash says of each that it was killed
