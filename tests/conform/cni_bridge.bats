# requires: root
#
# sd-bridge as a CNI plugin beside the reference plugin bridge: the same
# configuration in, comparable results out; and what the specification wants of both.
# shellcheck disable=SC2016,SC2154 # code for jq; set by run
load ../helper/common
load conform
load cni

@test "VERSION" {
	same_versions sd-bridge bridge
	verdict
}

@test "the codes of errors" {
	netns box
	same_codes sd-bridge bridge "$(bridge sd-bridge sd-ipam)" "$(bridge bridge host-local)"
	fails 7 "not found" sd-bridge ADD "$(bridge sd-bridge missing)"
	fails 7 "../x" sd-bridge ADD "$(bridge sd-bridge ../x)"
	verdict
}

# state_of NETNS: what the kernel has of it, without what is different each time.
state_of() {
	in_netns "$1" ip -j addr show eth0 | jq -c '.[0] | {ifname, mtu, up: (.flags | index("UP") != null),
		addr: [.addr_info[] | select(.scope == "global") | .local, .prefixlen]}'
	in_netns "$1" ip -j route | jq -cS '[.[] | {dst, gateway, dev}] | sort'
}

@test "the same results, and the same in the kernel, in every version" {
	for version in 0.3.1 0.4.0 1.0.0; do
		for filter in . '.isDefaultGateway = true | del(.ipam.routes)' '.mtu = 1400' \
			'.ipam.ranges += [[{subnet: "fd66::/64"}]]' '.isGateway = false' \
			'.hairpinMode = true' '.promiscMode = false | .forceAddress = true'; do
			for type in bridge sd-bridge; do
				netns box
				conf=$(bridge $type "$([ $type = bridge ] && echo host-local || echo sd-ipam)" \
					".cniVersion = \"$version\" | $filter")
				answers $type ADD "$conf"
				result=$output
				sed "s|$(path_of box)|NETNS|" <<<"$result" | comparable >$type.json
				state_of box >>$type.json
				[ $version = 0.3.1 ] || answers $type CHECK "$(with "$conf" "$result")"
				answers $type DEL "$(with "$conf" "$result")"
				answers $type DEL "$(with "$conf" "$result")"
				in_netns box ip link show eth0 2>/dev/null && complain "$type: eth0 is left"
				ended box
				ip link del br-theirs 2>/dev/null || ip link del br-ours
				rm -rf /var/lib/cni "$SDOCKER_RUN/ipam"
			done
			diff bridge.json sd-bridge.json >differ || complain "$version $filter: $(cat differ)"
		done
	done
	verdict
}

@test "each with the other's IPAM, and in a chain with a plugin of Debian's" {
	for pair in "bridge sd-ipam" "sd-bridge host-local"; do
		read -r type ipam <<<"$pair"
		netns box
		conf=$(bridge "$type" "$ipam")
		answers "$type" ADD "$conf"
		result=$output
		equal "$(jq -r '.ips[0].address' <<<"$result")" 10.66.0.2/24
		in_netns box busybox ping -c 1 -W 2 10.66.0.1 >/dev/null
		tuning=$(with '{"cniVersion":"1.0.0","name":"x","type":"tuning","sysctl":{"net.ipv4.conf.eth0.log_martians":"1"}}' "$result")
		answers tuning ADD "$tuning"
		equal "$(jq -cS .ips <<<"$output")" "$(jq -cS .ips <<<"$result")"
		result=$output
		answers "$type" CHECK "$(with "$conf" "$result")"
		answers "$type" DEL "$(with "$conf" "$result")"
		ended box
		# The next one has the same gateway.
		ip link del br-theirs 2>/dev/null || ip link del br-ours
	done
	equal "$(sd-ipam ls -q)" ""
	equal "$(find /var/lib/cni/networks -name '10.*')" ""
}

@test "ADD of an interface that is there fails, and what it made is undone" {
	netns box
	for type in bridge sd-bridge; do
		conf=$(bridge $type sd-ipam)
		answers $type ADD "$conf"
		result=$output
		before=$(ip -br link | wc -l)
		cni $type ADD "$conf" CNI_CONTAINERID=other
		[ "$status" != 0 ] && jq -e .code <<<"$output" >/dev/null || complain "$type: $output"
		[ $type = bridge ] || equal "$(ip -br link | wc -l)" "$before"
		answers $type DEL "$(with "$conf" "$result")"
		equal "$(sd-ipam ls -q)" ""
	done
	verdict
}

@test "where the namespace is gone the address is given back" {
	for type in bridge sd-bridge; do
		netns box
		conf=$(bridge $type sd-ipam)
		answers $type ADD "$conf"
		result=$output
		ended box
		answers $type DEL "$(with "$conf" "$result")" -CNI_NETNS
		equal "$(sd-ipam ls -q)" ""
		answers $type DEL "$conf" CNI_NETNS=/proc/1/nothing
		cni $type ADD "$conf" CNI_NETNS=/proc/1/nothing
		[ "$status" != 0 ] && jq -e .code <<<"$output" >/dev/null || complain "$type: $output"
	done
	equal "$(sd-ipam ls -q)" ""
	verdict
}

@test "CHECK sees what was changed behind its back" {
	netns box
	for type in bridge sd-bridge; do
		conf=$(bridge $type sd-ipam)
		for change in "addr flush dev eth0" "link del eth0" "route flush default"; do
			answers $type ADD "$conf"
			result=$output
			answers $type CHECK "$(with "$conf" "$result")"
			# shellcheck disable=SC2086 # words
			in_netns box ip $change
			cni $type CHECK "$(with "$conf" "$result")"
			[ "$status" != 0 ] && jq -e .code <<<"$output" >/dev/null || complain "$type $change: $output"
			answers $type DEL "$(with "$conf" "$result")"
		done
	done
	verdict
}

@test "GC and STATUS go to the IPAM as well" {
	netns box
	netns other
	conf=$(bridge sd-bridge sd-ipam '.cniVersion = "1.1.0"')
	answers sd-bridge ADD "$conf"
	answers sd-bridge ADD "$conf" CNI_CONTAINERID=other CNI_NETNS="$(path_of other)"
	answers sd-bridge STATUS "$conf" -CNI_CONTAINERID -CNI_NETNS -CNI_IFNAME
	answers sd-bridge GC "$(jq -c '.["cni.dev/valid-attachments"] = [{containerID: "box", ifname: "eth0"}]' <<<"$conf")" \
		-CNI_CONTAINERID -CNI_NETNS -CNI_IFNAME
	equal "$(sd-ipam ls -q)" 10.66.0.2/24
	in_netns box busybox ping -c 1 -W 2 10.66.0.1 >/dev/null
	answers sd-bridge DEL "$conf"
}
