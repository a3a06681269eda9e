# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sd-bridge as a CNI plugin, driven as a runtime drives one; beside Debian's plugins it is in
# tests/conform/cni_bridge.bats.
load ../helper/common
load ../helper/bridge

setup() {
	bridge_setup
	process a
}

teardown() {
	iptables -t nat -F; iptables -F; iptables -t nat -X; iptables -X
	bridge_off
}

leased() { sd-ipam ls -q | wc -l; }

# conf [JQ]: a network "n".
conf() {
	jq -cn '{cniVersion: "1.1.0", name: "n", type: "sd-bridge", bridge: "br-n", isGateway: true,
		isDefaultGateway: true, hairpinMode: true,
		ipam: {type: "sd-ipam", ranges: [[{subnet: "10.9.0.0/24"}]]}} | '"${1:-.}"
}

# cni COMMAND CONTAINER PID [IFNAME]: with the configuration on standard input.
cni() {
	CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=${3:+/proc/$3/ns/net} CNI_IFNAME=${4:-eth0} \
		CNI_PATH=/usr/lib/cni:$SD_BUILD/bin sd-bridge
}

# fails CODE TEXT COMMAND...: with CNI's error object, and nothing on stderr.
fails() {
	sd_run "${@:3}"
	if [ "$status" != 0 ] && [ -z "$stderr" ] &&
		jq -e --argjson c "$1" --arg t "$2" '.code == $c and (.msg | contains($t))' <<<"$output" >/dev/null
	then return; fi
	echo "# expected: code $1: $2"
	show_run
	return 1
}
# with JQ COMMAND...: the configuration, changed, is its standard input.
with() { conf "$1" | "${@:2}"; }
with_prev() { conf ".prevResult = $(cat result)" | "$@"; }

@test "VERSION" {
	conf | cni VERSION "" "" | jq -e '.supportedVersions | index("1.1.0") and index("0.4.0")'
}

@test "ADD, CHECK, DEL with its IPAM" {
	conf | cni ADD one "$a" >result
	link=$(jq -r '.interfaces[1].name' result)
	jq -e ".interfaces[1].mac" result
	equal "$(jq -cS "del(.interfaces[1].mac)" result)" "$(jq -cnS --arg link "$link" --arg ns "/proc/$a/ns/net" '{cniVersion: "1.1.0",
		interfaces: [{name: "br-n", mac: "02:42:0a:09:00:01"}, {name: $link},
			{name: "eth0", mac: "02:42:0a:09:00:02", sandbox: $ns}],
		ips: [{address: "10.9.0.2/24", gateway: "10.9.0.1", interface: 2}],
		routes: [{dst: "0.0.0.0/0", gw: "10.9.0.1"}]}')"
	reaches "$a" 10.9.0.1
	contains "$(inside "$a" ip route)" "default via 10.9.0.1 dev eth0"
	equal "$(cat /proc/sys/net/ipv4/ip_forward)" 1
	with_prev cni CHECK one "$a"
	fails 125 "there is an interface eth0 already" with . cni ADD one "$a"
	equal "$(leased)" 1
	conf | cni DEL one "$a"
	lacks "$a" eth0
	equal "$(leased)" 0
	conf | cni DEL one "$a"
	conf | cni DEL one ""
}

@test "DEL without its namespace gives the address back" {
	conf | cni ADD one "$a" >result
	conf | cni DEL one ""
	equal "$(leased)" 0
	lacks "$a" eth0
}

@test "a result is of the configuration's version" {
	conf '.cniVersion = "0.4.0"' | cni ADD one "$a" >result
	equal "$(jq -r '.cniVersion, .ips[0].version' result | xargs)" "0.4.0 4"
}

@test "several interfaces; MAC and addresses that the runtime wishes" {
	conf '.runtimeConfig = {mac: "02:00:00:00:00:05"}' | cni ADD one "$a" >result
	contains "$(inside "$a" ip link show eth0)" 02:00:00:00:00:05
	conf 'del(.isDefaultGateway) | .runtimeConfig = {ips: ["10.9.0.77"]}' |
		cni ADD one "$a" eth1 >result
	equal "$(jq -r '.ips[0].address' result)" 10.9.0.77/24
	contains "$(inside "$a" ip addr show eth1)" "inet 10.9.0.77/24"
	process b
	conf | CNI_ARGS="IgnoreUnknown=1;MAC=02:00:00:00:00:06" cni ADD two "$b" >result
	contains "$(inside "$b" ip link show eth0)" 02:00:00:00:00:06
	reaches "$b" 10.9.0.77
}

@test "CHECK says what is not as it was" {
	conf | cni ADD one "$a" >result
	link=$(jq -r '.interfaces[1].name' result)
	inside "$a" ip route del default
	fails 125 "the route to 0.0.0.0/0 is gone" with_prev cni CHECK one "$a"
	inside "$a" ip addr flush dev eth0
	fails 125 "the interface eth0 has not the address 10.9.0.2/24 any more" with_prev cni CHECK one "$a"
	inside "$a" ip link set eth0 address 02:00:00:00:00:01
	fails 125 "has the MAC address 02:00:00:00:00:01, not 02:42:0a:09:00:02" with_prev cni CHECK one "$a"
	inside "$a" ip link set eth0 down
	fails 125 "the interface eth0 is down" with_prev cni CHECK one "$a"
	ip link set "$link" nomaster
	fails 125 "the link $link is no port of br-n any more" with_prev cni CHECK one "$a"
	ip link del "$link"
	fails 125 "the link $link to the container is gone" with_prev cni CHECK one "$a"
	ip link del br-n
	fails 125 "the bridge br-n is gone" with_prev cni CHECK one "$a"
}

@test "errors: each with its code, nothing left" {
	fails 4 "open the net namespace /proc/1x/ns/net: No such file" with . cni ADD one 1x
	fails 4 "is this one" with . cni ADD one $$
	fails 7 "mtu: expected" with '.mtu = "x"' cni ADD one "$a"
	fails 7 "bridge: 'a b' is not an interface's name" with '.bridge = "a b"' cni ADD one "$a"
	fails 7 "mac: 'x' is not a MAC address" with '.runtimeConfig.mac = "x"' cni ADD one "$a"
	fails 2 "vlan: not supported" with '.vlan = 7' cni ADD one "$a"
	fails 2 "macspoofchk: not supported" with '.macspoofchk = true' cni ADD one "$a"
	fails 7 "plugin no-such-plugin: not found" with '.ipam.type = "no-such-plugin"' cni ADD one "$a"
	fails 7 "prevResult: missing" with . cni CHECK one "$a"
	equal "$(leased)" 0
	equal "$(ip -o link show type bridge)" ""
}

@test "what fails after the address was leased gives it back" {
	ip link add br-n type veth peer name other
	fails 125 "br-n is no bridge, but another link" with . cni ADD one "$a"
	equal "$(leased)" 0
	ip link del br-n
	# The kernel refuses this mtu.
	fails 125 "create the bridge br-n: " with '.mtu = 1' cni ADD one "$a"
	equal "$(leased)" 0
	conf '.ipam.ranges[0][0].subnet = "10.9.0.0/30"' | cni ADD one "$a" >result
	process b
	fails 11 "no address of 10.9.0.0/30 is free" with '.ipam.ranges[0][0].subnet = "10.9.0.0/30"' \
		cni ADD two "$b"
	lacks "$b" eth0
}

@test "GC: what is not listed goes, what is another network's stays" {
	process b
	process c
	conf | cni ADD one "$a" >result
	conf | cni ADD two "$b" >/dev/null
	conf '.name = "m"' | cni ADD three "$c" >/dev/null
	conf '."cni.dev/valid-attachments" = [{containerID: "one", ifname: "eth0"}]' | cni GC "" ""
	reaches "$a" 10.9.0.1
	lacks "$b" eth0
	inside "$c" ip link show eth0
	with_prev cni CHECK one "$a"
}

@test "STATUS" {
	conf | cni STATUS "" ""
	fails 7 "plugin no-such-plugin: not found" with '.ipam.type = "no-such-plugin"' cni STATUS "" ""
}

@test "without IPAM: a link of the second layer" {
	conf 'del(.ipam)' | cni ADD one "$a" >result
	equal "$(jq -c '[.ips, (.interfaces | length)]' result)" '[null,3]'
	inside "$a" ip link show eth0 up
	conf 'del(.ipam)' | cni DEL one "$a"
	lacks "$a" eth0
}

@test "forceAddress, promiscMode, portIsolation, mtu" {
	sd-bridge create --address 10.8.0.1/24 br-n
	conf '. + {forceAddress: true, promiscMode: true, portIsolation: true, mtu: 1400}' |
		cni ADD one "$a" >result
	contains "$(ip addr show br-n)" "inet 10.9.0.1/24"
	equal "$(ip addr show br-n | grep -c 10.8.0.1)" 0
	contains "$(ip link show br-n)" PROMISC
	contains "$(ip -d link show master br-n)" "isolated on"
	contains "$(inside "$a" ip link show eth0)" "mtu 1400"
}

@test "dual stack: both default routes, IPv6 at once" {
	conf '.ipam.ranges += [[{subnet: "fd09::/64"}]]' |
		cni ADD one "$a" >result
	equal "$(jq -c '[.routes[].gw]' result)" '["10.9.0.1","fd09::1"]'
	reaches "$a" fd09::1
	reaches "$a" 10.9.0.1
	echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
}

@test "ipMasq: the container reaches another machine by the host's address" {
	process world
	ip link add out type veth peer name eth0 netns "$world"
	ip addr add 192.0.2.1/24 dev out
	ip link set out up
	inside "$world" ip addr add 192.0.2.2/24 dev eth0
	inside "$world" ip link set eth0 up
	conf '.ipMasq = true' | cni ADD one "$a" >result
	reaches "$a" 192.0.2.2
	conf '.ipMasq = true | ."cni.dev/valid-attachments" = []' | cni GC "" ""
	equal "$(iptables-save | grep -c 10.9.0.0)" 0
	ip link del out
}
