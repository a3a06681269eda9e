# SPDX-License-Identifier: Apache-2.0
# requires: root
load ../helper/common
load ../helper/bridge

setup() { bridge_setup; }
teardown() { bridge_off; }

# ---- by hand

@test "by hand: two namespaces reach each other and the bridge, by IPv4 and IPv6" {
	process a
	process b
	succeeds sd-bridge create --address 10.9.0.1/24 --address fd09::1/64 br7
	equal "$output" ""
	succeeds sd-bridge connect --netns "$a" --address 10.9.0.2/24 --address fd09::2/64 br7
	succeeds sd-bridge connect --netns "/proc/$b/ns/net" --address 10.9.0.3/24 \
		--address fd09::3/64 --gateway 10.9.0.1 --gateway fd09::1 br7
	for to in 10.9.0.1 10.9.0.3 fd09::1 fd09::3; do reaches "$a" $to; done
	reaches "$b" 10.9.0.2
	reaches "$b" 127.0.0.1
	contains "$(inside "$b" ip route)" "default via 10.9.0.1 dev eth0"
	contains "$(inside "$b" ip -6 route)" "default via fd09::1 dev eth0"
	equal "$(inside "$a" ip route show default)" ""
	contains "$(inside "$a" ip link show eth0)" "link/ether 02:42:0a:09:00:02"
	succeeds sd-bridge disconnect --netns "$a"
	lacks "$a" eth0
	succeeds sd-bridge disconnect --netns "$a"
	succeeds sd-bridge rm br7
	succeeds sd-bridge rm br7
	equal "$(ip -o link show | wc -l)" 1
	lacks "$b" eth0
}

@test "by hand: mtu, MAC address, name, hairpin and isolated ports" {
	process a
	process b
	sd-bridge create --address 10.9.0.1/24 --mtu 1400 br7
	contains "$(ip link show br7)" "mtu 1400"
	sd-bridge connect --netns "$a" --address 10.9.0.2/24 --interface lan --mac-address 02:00:00:00:00:AA \
		--hairpin --isolated br7
	sd-bridge connect --netns "$b" --address 10.9.0.3/24 --isolated br7
	contains "$(inside "$a" ip link show lan)" "mtu 1400"
	contains "$(inside "$a" ip link show lan)" "link/ether 02:00:00:00:00:aa"
	contains "$(ip -d link show master br7)" "hairpin on"
	contains "$(ip -d link show master br7)" "isolated on"
	reaches "$a" 10.9.0.1
	reaches "$b" 10.9.0.1
	cannot_reach "$a" 10.9.0.3
	inside "$a" busybox ping -c 1 -W 2 -s 1372 10.9.0.1
}

@test "by hand: what is wrong is said" {
	process a
	sd-bridge create --address 10.9.0.1/24 br7
	ip link add veth0 type veth peer name veth1
	refuses "there is a bridge br7 already" sd-bridge create br7
	refuses "veth0 is no bridge, but another link" sd-bridge create veth0
	refuses "veth0 is no bridge, but another link" sd-bridge rm veth0
	refuses "'a/b' is not an interface's name" sd-bridge create a/b
	refuses "'a-name-too-long-' is not an interface's name" sd-bridge create a-name-too-long-
	refuses "--mtu: 70000 is not within 0 and 65535" sd-bridge create --mtu 70000 br8
	refuses "--address: '10.9.0.1' is not a subnet" sd-bridge create --address 10.9.0.1 br8
	refuses "create the bridge br8: " sd-bridge create --mtu 1 br8
	gone br8
	refuses "which bridge is missing" sd-bridge create --mtu 1400
	refuses "which bridge is missing" sd-bridge connect --netns "$a"
	refuses "--netns is missing" sd-bridge connect br7
	refuses "there is no bridge br9 (hint: 'sd-bridge create br9' makes it)" \
		sd-bridge connect --netns "$a" br9
	refuses "there is no bridge veth0" sd-bridge connect --netns "$a" veth0
	refuses "the network namespace to connect is this one" sd-bridge connect --netns $$ br7
	refuses "open the net namespace /nowhere: No such file" sd-bridge connect --netns /nowhere br7
	refuses "/dev/null is not a namespace" sd-bridge connect --netns /dev/null br7
	refuses "/proc/self/ns/mnt is not a net namespace" sd-bridge connect --netns /proc/self/ns/mnt br7
	refuses "--mac-address: '1:2' is not a MAC address" sd-bridge connect --netns "$a" --mac-address 1:2 br7
	refuses "01:00:00:00:00:00 is the MAC address of a group" \
		sd-bridge connect --netns "$a" --mac-address 01:00:00:00:00:00 br7
	refuses "add the route default via 10.1.0.1: Network is unreachable" \
		sd-bridge connect --netns "$a" --address 10.9.0.2/24 --gateway 10.1.0.1 br7
	equal "$(links_of br7)" ""
	sd-bridge connect --netns "$a" br7
	refuses "there is an interface eth0 already" sd-bridge connect --netns "$a" br7
	refuses "--network is of a document" sd-bridge disconnect --netns "$a" --network x
	refuses "--interface is for --netns" sd-bridge disconnect --interface eth0
	ip link del veth0
}

@test "who may not is told what is missing" {
	refuses "create the bridge br7: Operation not permitted (hint: CAP_NET_ADMIN" \
		setpriv --bounding-set=-net_admin --inh-caps=-net_admin sd-bridge create br7
}

# ---- networks

@test "create and rm: the bridge of a network's document" {
	network n 10.9.0.0/24 10.9.0.1 '.plugins[0] += {mtu: 1400}'
	conf n | sd-bridge create >out
	equal "$(jq -S . out)" "$(conf n | jq -S .)"
	contains "$(ip addr show br-n)" "inet 10.9.0.1/24"
	contains "$(ip addr show br-n)" "link/ether 02:42:0a:09:00:01"
	contains "$(ip addr show br-n)" "mtu 1400"
	equal "$(cat /proc/sys/net/ipv6/conf/br-n/accept_ra)" 0
	conf n | sd-bridge create >out
	conf n | sd-bridge rm >out
	equal "$(jq -S . out)" "$(conf n | jq -S .)"
	gone br-n
	conf n | sd-bridge rm >out
}

@test "create: what cannot be written is undone" {
	network n 10.9.0.0/24 10.9.0.1
	refuses "write the document to standard output: No space" bash -c \
		'sd-bridge create <"$1" >/dev/full' - "$SDOCKER_ROOT/networks/n.conflist"
	gone br-n
	conf n | sd-bridge create >/dev/null
	bash -c 'sd-bridge create <"$1" >/dev/full' - "$SDOCKER_ROOT/networks/n.conflist" || true
	ip link show br-n
}

@test "create: IPv6 is forwarded, and the host's own routes from advertisements stay" {
	ip link add uplink type veth peer name downlink
	echo 1 >/proc/sys/net/ipv6/conf/uplink/accept_ra
	echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
	network inner fd09::/64 fd09::1 '.plugins[0].internal = true'
	conf inner | sd-bridge create >/dev/null
	equal "$(cat /proc/sys/net/ipv6/conf/all/forwarding)" 0
	network n fd0a::/64 fd0a::1
	conf n | sd-bridge create >/dev/null
	equal "$(cat /proc/sys/net/ipv6/conf/all/forwarding)" 1
	equal "$(cat /proc/sys/net/ipv6/conf/uplink/accept_ra)" 2
	equal "$(ip -6 addr show dev br-n tentative | grep fd0a::1)" ""
	echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
	ip link del uplink
}

@test "create: wrong members are named" {
	network n 10.9.0.0/24 10.9.0.1
	for change in '.plugins[0].mtu = "x" | mtu: expected' '.plugins[0].bridge = "a b" | bridge: '"'a b'" \
		'.plugins[0].isGateway = 1 | isGateway: expected' '.plugins[0].mtu = -1 | mtu: -1 is not' \
		'.plugins[0].ipam.ranges[0][0].gateway = "x" | ipam.ranges: gateway: '"'x'"; do
		conf n | jq "${change%% | *}" >doc
		refuses "${change#* | }" sd-bridge create <doc
	done
	gone br-n
}

@test "a network of another plugin passes" {
	network n 10.9.0.0/24 10.9.0.1 '.plugins[0].type = "macvlan"'
	conf n | sd-bridge create | sd-bridge rm | jq -e '.plugins[0].type == "macvlan"'
	gone br-n
	process a
	container c "$a" n=10.9.0.2/24,10.9.0.1 | sd-bridge connect | jq -e '.networks == null'
}

# ---- containers

@test "connect: address, route, MAC, and the facts of it" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	process b
	container a "$a" n=10.9.0.2/24,10.9.0.1 | jq -c '.want.networks[0].aliases = ["x"]' | sd-bridge connect >a.json
	container b "$b" n=10.9.0.3/24,10.9.0.1 | sd-bridge connect >b.json
	reaches "$a" 10.9.0.1
	reaches "$a" 10.9.0.3
	contains "$(inside "$a" ip route)" "default via 10.9.0.1 dev eth0"
	contains "$(ip -d link show master br-n)" "hairpin on"
	link=$(jq -r '.networks[0].link' a.json)
	contains "$(links_of br-n)" "$link"
	jq -e '.networks[0].result.interfaces[1].mac' a.json
	equal "$(jq -cS '.networks | del(.[].result.interfaces[1].mac)' a.json)" "$(jq -cnS --arg link "$link" --arg a "$a" '[{name: "n",
		interface: "eth0", link: $link, aliases: ["x"], result: {cniVersion: "1.1.0",
		interfaces: [{name: "br-n", mac: "02:42:0a:09:00:01"}, {name: $link}, {name: "eth0", mac: "02:42:0a:09:00:02",
			sandbox: "/proc/\($a)/ns/net"}],
		ips: [{address: "10.9.0.2/24", gateway: "10.9.0.1", interface: 2}],
		routes: [{dst: "0.0.0.0/0"}]}}]')"
	# IPv4 alone: no address that nobody gave out.
	equal "$(inside "$a" ip -6 addr show eth0)" ""
	succeeds sd-bridge connect <a.json
	equal "$output" "$(cat a.json)"
}

@test "connect: IPv6 without waiting, deaf to routers among its neighbours" {
	network n fd09::/64 fd09::1
	process a
	container a "$a" n=fd09::2/64,fd09::1 | sd-bridge connect >a.json
	reaches "$a" fd09::1
	contains "$(inside "$a" ip -6 route)" "default via fd09::1 dev eth0"
	equal "$(inside "$a" cat /proc/sys/net/ipv6/conf/eth0/accept_ra)" 0
	echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
}

@test "connect: a MAC address that is wished" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 | jq -c '.want.networks[0].mac = "02:00:00:00:00:07"' >doc
	sd-bridge connect <doc | jq -e '.networks[0].result.interfaces[2].mac == "02:00:00:00:00:07"'
	contains "$(inside "$a" ip link show eth0)" 02:00:00:00:00:07
	jq -c '.want.networks[0].mac = "07"' doc >bad
	refuses "want.networks[].mac: '07' is not a MAC address" sd-bridge connect <bad
}

@test "several networks: the first by name leads out, also when they come and go" {
	network mid 10.9.1.0/24 10.9.1.1
	network low 10.9.2.0/24 10.9.2.1
	network all 10.9.3.0/24 10.9.3.1
	process a
	container a "$a" mid=10.9.1.2/24,10.9.1.1 low=10.9.2.2/24,10.9.2.1 | sd-bridge connect >a.json
	equal "$(jq -c '[.networks[] | [.name, .interface]]' a.json)" '[["mid","eth0"],["low","eth1"]]'
	contains "$(inside "$a" ip route)" "default via 10.9.2.1 dev eth1"
	reaches "$a" 10.9.1.1
	container a "$a" all=10.9.3.2/24,10.9.3.1 | jq -c --slurpfile a a.json \
		'.networks = $a[0].networks' | sd-bridge connect >b.json
	contains "$(inside "$a" ip route)" "default via 10.9.3.1 dev eth2"
	equal "$(inside "$a" ip route show default | wc -l)" 1
	sd-bridge disconnect --network low <b.json >c.json
	contains "$(inside "$a" ip route)" "default via 10.9.3.1 dev eth2"
	lacks "$a" eth1
	equal "$(jq -c '[.networks[].name]' c.json)" '["mid","all"]'
	sd-bridge disconnect --network all <c.json >d.json
	contains "$(inside "$a" ip route)" "default via 10.9.1.1 dev eth0"
	# The lowest number that is free.
	container a "$a" low=10.9.2.2/24,10.9.2.1 | jq -c --slurpfile a d.json \
		'.networks = $a[0].networks' | sd-bridge connect >e.json
	equal "$(jq -r '.networks[-1].interface' e.json)" eth1
	sd-bridge disconnect --network none-such <e.json | cmp - e.json
}

@test "an internal network leads nowhere" {
	network inner 10.9.1.0/24 10.9.1.1
	network n 10.9.2.0/24 10.9.2.1
	process a
	container a "$a" inner=10.9.1.2/24,10.9.1.1 n=10.9.2.2/24,10.9.2.1 | jq -c 'del(.leases[0].routes)' |
		sd-bridge connect >a.json
	contains "$(inside "$a" ip route)" "default via 10.9.2.1 dev eth1"
	reaches "$a" 10.9.1.1
}

@test "icc false: neighbours are apart, the gateway is there" {
	network n 10.9.0.0/24 10.9.0.1 '.plugins[0].icc = false'
	process a
	process b
	container a "$a" n=10.9.0.2/24,10.9.0.1 | sd-bridge connect >a.json
	container b "$b" n=10.9.0.3/24,10.9.0.1 | sd-bridge connect >b.json
	reaches "$a" 10.9.0.1
	cannot_reach "$a" 10.9.0.3
}

@test "connect makes a bridge again that is gone" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	conf n | sd-bridge create >/dev/null
	ip link del br-n
	container a "$a" n=10.9.0.2/24,10.9.0.1 | sd-bridge connect >a.json
	reaches "$a" 10.9.0.1
}

@test "connect: what is wrong is said, and nothing is left" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 >doc
	sd-bridge create --address 10.9.0.1/24 br-n
	while IFS='|' read -r change text; do
		jq -c "$change" doc >bad
		refuses "$text" sd-bridge connect <bad
		equal "$(links_of br-n)" ""
	done <<-'EOF2'
		.want.networks[0].name = "none"|no such network: none
		del(.want.networks[0].name)|want.networks[].name: missing
		.leases = []|leases: none of the network n (hint: sd-ipam lease comes before)
		.leases[0].ips[0].address = "x"|leases[].ips: 'x' is not a subnet
		.leases[0].ips[0].gateway = "10.1.1.1"|add the route default via 10.1.1.1: Network is unreachable
		.leases[0].routes[0].dst = "x"|leases[].routes: 'x' is not a subnet
		.networks = 7|networks: expected
		.want.networks = 7|want.networks: expected
		del(.pid)|pid, startTime: missing (hint: sd-monitor create comes before)
		.startTime = 1|the container's process has ended
		.want.networks += [{name: "none"}]|no such network: none
	EOF2
	own=$(jq -c --argjson p $$ --argjson t "$(ticks $$)" '.pid = $p | .startTime = $t' doc)
	refuses "the network namespace to connect is this one" sd-bridge connect <<<"$own"
	inside "$a" ip link add eth0 type veth peer name eth1
	refuses "create eth0 in the container: File exists" sd-bridge connect <doc
	equal "$(links_of br-n)" ""
}

@test "connect: what cannot be written is undone" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 >doc
	refuses "write the document to standard output: No space" bash -c 'sd-bridge connect <doc >/dev/full'
	equal "$(links_of br-n)" ""
}

@test "connect again after one that was killed, or while an earlier life's link is there" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 >doc
	sd-bridge connect <doc >/dev/null
	sd-bridge connect <doc >again
	reaches "$a" 10.9.0.1
	equal "$(links_of br-n)" "$(jq -r '.networks[0].link' again)"
}

@test "disconnect of a running container: its links are gone, also those that no fact tells of" {
	network n 10.9.0.0/24 10.9.0.1
	network m 10.9.1.0/24 10.9.1.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 m=10.9.1.2/24,10.9.1.1 >doc
	sd-bridge connect <doc >a.json
	sd-bridge disconnect <a.json >b.json
	equal "$(jq -c '.networks' b.json)" null
	equal "$(links_of br-n)$(links_of br-m)" ""
	sd-bridge connect <doc >/dev/null
	jq -c '{ociVersion, id}' doc | sd-bridge disconnect
	sd-bridge disconnect <doc >/dev/null
	equal "$(links_of br-n)$(links_of br-m)" ""
	sd-bridge disconnect <doc | cmp - doc
}

@test "disconnect at the end: cut off at once, where the namespace lives on as well" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 | sd-bridge connect >a.json
	nsenter --net --target "$a" sleep infinity 3>&- &
	heir=$!
	processes+=($heir)
	eventually own_netns $heir
	reaches $heir 10.9.0.1
	kill -KILL "$a"
	wait "$a" || true
	# Of the id alone, as after a connect that was killed.
	jq -c '{ociVersion, id}' a.json | sd-bridge disconnect
	cannot_reach $heir 10.9.0.1
	sd-bridge disconnect <a.json | jq -e '.networks == null'
	# Its address is another's at once, and the id's link too.
	process b
	container a "$b" n=10.9.0.2/24,10.9.0.1 | sd-bridge connect >b.json
	reaches "$b" 10.9.0.1
	busybox ping -c 1 -W 2 10.9.0.2
}

@test "an address is its next holder's at once, whatever its MAC address" {
	network n 10.9.0.0/24 10.9.0.1
	process other
	container other "$other" n=10.9.0.9/24,10.9.0.1 | sd-bridge connect >/dev/null
	for i in 1 2 3 4; do
		process a
		container "c$i" "$a" n=10.9.0.2/24,10.9.0.1 |
			jq -c ".want.networks[0].mac = \"02:00:00:00:00:0$i\"" | sd-bridge connect >a.json
		busybox ping -c 1 -W 1 10.9.0.2 >/dev/null
		reaches "$other" 10.9.0.2
		kill -KILL "$a"
		sd-bridge disconnect <a.json >/dev/null
	done
}

@test "what is connected answers at once" {
	network n 10.9.0.0/24 10.9.0.1
	for i in $(seq 1 20); do
		process a
		container "c$i" "$a" n=10.9.0.$((i + 1))/24,10.9.0.1 >doc
		sd-bridge connect <doc >/dev/null
		reaches "$a" 10.9.0.1
	done
	for i in $(seq 1 20); do busybox ping -c 1 -W 1 10.9.0.$((i + 1)) >/dev/null; done
}

@test "events of the network" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 | sd-bridge connect >a.json
	sd-bridge disconnect --network n <a.json >/dev/null
	equal "$(jq -c 'select(.Type == "network") | [.Action, .Actor.ID, .Actor.Attributes.container,
		.Actor.Attributes.name, .Actor.Attributes.type]' "$SDOCKER_RUN/events" 2>/dev/null | xargs)" \
		'[connect,id-of-n,a,n,bridge] [disconnect,id-of-n,a,n,bridge]'
}

@test "rm of a network: with the links that are left" {
	network n 10.9.0.0/24 10.9.0.1
	process a
	container a "$a" n=10.9.0.2/24,10.9.0.1 | sd-bridge connect >a.json
	conf n | sd-bridge rm >/dev/null
	gone "$(jq -r '.networks[0].link' a.json)"
	gone br-n
}
