# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# A container in a network of a plugin's, by a pipeline of tools: who is in it is found by name.
# shellcheck disable=SC2154 # set by run
load ../helper/common

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p "$SDOCKER_ROOT/networks"
	# A wire from each container to the host, which forwards between them.
	jq -n '{cniVersion: "1.1.0", name: "wire", plugins: [{type: "ptp", ipam: {type: "sd-ipam",
		ranges: [[{subnet: "10.78.0.0/24"}]], routes: [{dst: "0.0.0.0/0"}]}}],
		sdocker: {id: "wire", driver: "ptp"}}' >"$SDOCKER_ROOT/networks/wire.conflist"
	forward=$(cat /proc/sys/net/ipv4/ip_forward)
	echo 1 >/proc/sys/net/ipv4/ip_forward
	sd-image provide busybox
}

teardown() {
	local id
	for id in $(sdocker ps -aq --no-trunc); do stop_by_hand "$id"; done
	echo "$forward" >/proc/sys/net/ipv4/ip_forward
	rm -rf "$SDOCKER_ROOT/networks" /var/lib/cni
	sd_teardown
}

# start_by_hand NAME JQ-FILTER COMMAND...
start_by_hand() {
	local name=$1 filter=$2
	shift 2
	sd-spec --name "$name" busybox "$@" | jq -c "$filter" | sd-state new | sd-layer prepare |
		sd-cgset create | sd-confine compile |
		sd-monitor create -- sd-cgset join -- sd-unshare -- sd-layer enter -- sd-pivot -- sd-confine |
		sd-cni add | sd-names join | sd-state start >"$name.json" || return
	jq -e '.names[0].names | index("'"$name"'")' "$name.json" >/dev/null
}
in_wire='.want.networks = [{name: "wire", aliases: ["alias-of-\(.want.name)"]}]'

# stop_by_hand NAME: the inverses.
stop_by_hand() {
	sdocker kill "$1" >/dev/null 2>&1 || :
	sd-state get "$1" | sd-names leave | sd-cni del | sd-cgset rm --kill | sd-layer rm | sd-state rm >/dev/null
}

inside() { sdocker exec "$1" "${@:2}"; }
resolves() { inside "$1" ping -c 1 -W 2 "$2" | grep -q "^PING $2 ($3)"; }

@test "two containers find and reach each other by name, alias and id, as they come and go" {
	start_by_hand one "$in_wire" sleep 1000
	equal "$(inside one hostname -i)" 10.78.0.2
	start_by_hand two "$in_wire" sleep 1000
	id=$(jq -r '.id[:12]' two.json)
	for name in two alias-of-two "$id"; do resolves one "$name" 10.78.0.3; done
	resolves two one 10.78.0.2
	inside one ping -c 1 -W 2 two >/dev/null
	inside two ping -c 1 -W 2 alias-of-one >/dev/null
	stop_by_hand two
	sd_run inside one ping -c 1 -W 1 two
	contains "$stderr$output" "bad address 'two'"
	# The user's own line, and another one's coming.
	inside one sh -c 'echo 192.0.2.1 mine >>/etc/hosts'
	start_by_hand three "$in_wire" sleep 1000
	resolves one three "$(jq -r '.networks[0].result.ips[0].address' three.json | cut -d/ -f1)"
	contains "$(inside one cat /etc/hosts)" $'\n192.0.2.1 mine\n'
}

@test "who joins the network of another has its hosts file" {
	start_by_hand one "$in_wire" sleep 1000
	succeeds sdocker run --rm --network container:one busybox cat /etc/hosts
	contains "$output" "alias-of-one"
}

@test "what was wished of hosts and resolvers is there before the program begins" {
	start_by_hand one "$in_wire"' | .want.extraHosts = [{name: "gw", address: "host-gateway"}]
		| .want.dns = {nameservers: ["192.0.2.53"], search: ["lan"], options: ["ndots:2"]}' \
		sh -c 'cat /etc/hosts /etc/resolv.conf; sleep 1000'
	has_printed() { sdocker logs one | grep -q ndots; }
	eventually has_printed
	log=$(sdocker logs one)
	contains "$log" $'10.78.0.1\tgw\t# --add-host'
	contains "$log" $'nameserver 192.0.2.53\nsearch lan\noptions ndots:2'
	contains "$log" $'127.0.0.1\tlocalhost'
}
