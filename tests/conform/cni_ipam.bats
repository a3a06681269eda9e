# requires: root
#
# sd-ipam as a CNI IPAM plugin beside the reference plugin host-local: the same
# configuration in, comparable results out; and what the specification wants of both.
# shellcheck disable=SC2016,SC2154 # code for jq; set by run
load ../helper/common
load conform
load cni

@test "VERSION" {
	same_versions sd-ipam host-local
	verdict
}

@test "the codes of errors" {
	same_codes sd-ipam host-local "$(ipam sd-ipam)" "$(ipam host-local)"
	fails 7 ranges sd-ipam ADD "$(ipam sd-ipam '.ipam.ranges = "x"')"
	fails 7 x sd-ipam ADD "$(ipam sd-ipam '.ipam.ranges[0][0].subnet = "x"')"
	fails 7 10.66.0.9/33 sd-ipam ADD "$(ipam sd-ipam '.ipam.ranges[0][0].subnet = "10.66.0.9/33"')"
	verdict
}

@test "the same results in every version, with ranges, gateway, routes, IPv6" {
	for version in 0.3.0 0.3.1 0.4.0 1.0.0; do
		for filter in . '.ipam.ranges[0][0].gateway = "10.66.0.254"' \
			'.ipam.ranges[0][0] += {rangeStart: "10.66.0.100", rangeEnd: "10.66.0.101"}' \
			'.ipam.routes = [{dst: "192.0.2.0/24", gw: "10.66.0.9"}]' 'del(.ipam.routes)' \
			'.ipam.ranges += [[{subnet: "fd66::/64"}]] | .ipam.routes += [{dst: "::/0"}]'; do
			for type in host-local sd-ipam; do
				conf=$(ipam $type ".cniVersion = \"$version\" | $filter")
				answers $type ADD "$conf"
				comparable <<<"$output" >$type.json
				answers $type DEL "$(with "$conf" "$output")"
				equal "$output" ""
				# The next configuration begins where this one did.
				rm -rf /var/lib/cni "$SDOCKER_RUN/ipam"
			done
			diff host-local.json sd-ipam.json >differ || complain "$version $filter: $(cat differ)"
		done
	done
	verdict
}

@test "a wished address, in three ways; one that is taken; none left" {
	for type in host-local sd-ipam; do
		answers $type ADD "$(ipam $type)" CNI_ARGS='IgnoreUnknown=1;IP=10.66.0.50' CNI_CONTAINERID=a
		equal "$(jq -r '.ips[0].address' <<<"$output")" 10.66.0.50/24
		answers $type ADD "$(ipam $type '.args.cni.ips = ["10.66.0.51"]')" CNI_CONTAINERID=b
		equal "$(jq -r '.ips[0].address' <<<"$output")" 10.66.0.51/24
		answers $type ADD "$(ipam $type '.runtimeConfig.ips = ["10.66.0.52/24"]')" CNI_CONTAINERID=c
		equal "$(jq -r '.ips[0].address' <<<"$output")" 10.66.0.52/24
		cni $type ADD "$(ipam $type)" CNI_ARGS='IgnoreUnknown=1;IP=10.66.0.50'
		[ "$status" != 0 ] && jq -e '.code and .msg' <<<"$output" >/dev/null || complain "$type: $output"
		one='.ipam.ranges = [[{subnet: "10.67.0.0/30"}]]'
		answers $type ADD "$(ipam $type "$one")" CNI_CONTAINERID=a
		cni $type ADD "$(ipam $type "$one")" CNI_CONTAINERID=b
		[ "$status" != 0 ] && jq -e .code <<<"$output" >/dev/null || complain "$type: $output"
	done
	verdict
}

@test "DEL is idempotent and needs no namespace; CHECK knows what is leased" {
	netns box
	for type in host-local sd-ipam; do
		conf=$(ipam $type)
		answers $type ADD "$conf"
		result=$output
		answers $type CHECK "$(with "$conf" "$result")"
		answers $type DEL "$(with "$conf" "$result")" -CNI_NETNS
		answers $type DEL "$(with "$conf" "$result")"
		answers $type DEL "$conf" CNI_CONTAINERID=stranger
		cni $type CHECK "$(with "$conf" "$result")"
		[ "$status" != 0 ] || complain "$type: CHECK of what is not leased"
	done
	verdict
}

@test "GC and STATUS, which host-local has not" {
	conf=$(ipam sd-ipam '.cniVersion = "1.1.0" | .ipam.ranges = [[{subnet: "10.66.0.0/29"}]]')
	for id in a b c; do answers sd-ipam ADD "$conf" CNI_CONTAINERID=$id; done
	answers sd-ipam STATUS "$conf" -CNI_CONTAINERID -CNI_NETNS -CNI_IFNAME
	for id in d e; do answers sd-ipam ADD "$conf" CNI_CONTAINERID=$id; done
	fails 50 "" sd-ipam STATUS "$conf" -CNI_CONTAINERID -CNI_NETNS -CNI_IFNAME
	answers sd-ipam GC "$(jq -c '.["cni.dev/valid-attachments"] = [
		{containerID: "a", ifname: "eth0"}, {containerID: "b", ifname: "eth1"}]' <<<"$conf")" \
		-CNI_CONTAINERID -CNI_NETNS -CNI_IFNAME
	equal "$(sd-ipam ls -q)" 10.66.0.2/29
	answers sd-ipam DEL "$conf" CNI_CONTAINERID=a
	verdict
}
