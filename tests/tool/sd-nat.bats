# SPDX-License-Identifier: Apache-2.0
# requires: root
load ../helper/common
load ../helper/machines

# A host with a bridge and two containers behind it, a machine outside that reaches the host, and
# one of the same wire that has routes of its own making.
setup() {
	sd_setup
	ip link add br0 type bridge
	ip addr add 10.9.0.1/24 dev br0
	ip -6 addr add fd09::1/64 dev br0 nodad
	ip link set br0 up
	machine outside
	cable host eth0 outside eth0
	address host eth0 192.0.2.1/24
	address outside eth0 192.0.2.9/24
	address host eth0 2001:db8::1/64
	address outside eth0 2001:db8::9/64
	container web 2
	container neighbour 3
	answering web 80
	touch_tables
}

teardown() {
	iptables -P FORWARD ACCEPT
	untouch_tables 2>/dev/null || true
	machines_off
	ip link del br0 2>/dev/null || true
	ip link del eth0 2>/dev/null || true
	sd_teardown
}

# container NAME LAST-PART-OF-ITS-ADDRESS
container() {
	machine "$1"
	cable host "v$2" "$1" eth0
	ip link set "v$2" master br0
	bridge link set dev "v$2" hairpin on
	address "$1" eth0 "10.9.0.$2/24"
	address "$1" eth0 "fd09::$2/64"
	at "$1" ip route add default via 10.9.0.1
	at "$1" ip -6 route add default via fd09::1
}

# Tables that were never used look different from empty ones: a rule of somebody else's in each.
touch_tables() {
	local i
	for i in iptables ip6tables; do
		$i -A INPUT -i nolink -j ACCEPT
		$i -t nat -A PREROUTING -i nolink -j ACCEPT
	done
	rules_before=$(rules)
}

untouch_tables() {
	local i
	for i in iptables ip6tables; do
		$i -D INPUT -i nolink -j ACCEPT
		$i -t nat -D PREROUTING -i nolink -j ACCEPT
	done
}

rules() { { iptables-save; ip6tables-save; } | sed '/^#/d; s/ \[[0-9:]*\]$//'; }

# The firewall is as it was, byte for byte.
as_before() {
	equal "$(rules)" "$rules_before"
	untouch_tables
}

# ways FROM-OUTSIDE: who the container sees, of the eight ways to port 8080.
ways() {
	printf '%s: %s\n' \
		"host, 127.0.0.1" "$(ask host 127.0.0.1 8080)" \
		"host, its address" "$(ask host 192.0.2.1 8080)" \
		"host, the bridge's" "$(ask host 10.9.0.1 8080)" \
		"outside" "$(ask outside 192.0.2.1 8080)" \
		"neighbour, the host's" "$(ask neighbour 192.0.2.1 8080)" \
		"neighbour, the bridge's" "$(ask neighbour 10.9.0.1 8080)" \
		"itself, by the host's" "$(ask web 192.0.2.1 8080)" \
		"itself, by the bridge's" "$(ask web 10.9.0.1 8080)"
}

all_ways='host, 127.0.0.1: 10.9.0.1
host, its address: 192.0.2.1
host, the bridge'\''s: 10.9.0.1
outside: 192.0.2.9
neighbour, the host'\''s: 10.9.0.1
neighbour, the bridge'\''s: 10.9.0.1
itself, by the host'\''s: 10.9.0.1
itself, by the bridge'\''s: 10.9.0.1'

@test "masquerade: a network reaches the world by the host's address; unmasquerade leaves nothing" {
	sysctl -qw net.ipv4.ip_forward=0
	answering outside 90
	equal "$(SD_ASK=1 ask web 192.0.2.9 90)" ""
	succeeds sd-nat masquerade --subnet 10.9.0.0/24 --bridge br0
	equal "$output" ""
	equal "$(ask web 192.0.2.9 90)" 192.0.2.1
	iptables -P FORWARD DROP
	equal "$(ask web 192.0.2.9 90)" 192.0.2.1
	iptables -P FORWARD ACCEPT
	# Once more is no more.
	once=$(rules)
	succeeds sd-nat masquerade --subnet 10.9.0.0/24 --bridge br0
	equal "$(rules)" "$once"
	succeeds sd-nat unmasquerade --bridge br0
	as_before
	succeeds sd-nat unmasquerade --bridge br0
}

@test "publish: the eight ways in, whatever the bridge gives to iptables and FORWARD's policy is" {
	succeeds sd-nat masquerade --subnet 10.9.0.0/24 --bridge br0
	succeeds sd-nat publish --to 10.9.0.2 -p 8080:80
	iptables -P FORWARD DROP
	for calls in 1 0; do
		sysctl -qw net.bridge.bridge-nf-call-iptables=$calls
		equal "$(ways)" "$all_ways"
	done
	sd-nat unpublish --to 10.9.0.2
	equal "$(ask host 127.0.0.1 8080)$(ask host 192.0.2.1 8080)" ""
	iptables -P FORWARD ACCEPT
	sd-nat unmasquerade --bridge br0
	as_before
}
