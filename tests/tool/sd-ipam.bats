# SPDX-License-Identifier: Apache-2.0
# requires: root
load ../helper/common

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	rm -rf "$SDOCKER_RUN"/{ipam,claims} "$SDOCKER_ROOT"/containers/c? # of documents
	sd_teardown
}

# network NAME RANGES: a bridge network of that name, as sd-network stores it.
network() {
	mkdir -p "$SDOCKER_ROOT/networks"
	jq -n --arg name "$1" --argjson ranges "$2" '{cniVersion: "1.1.0", name: $name,
		plugins: [{type: "sd-bridge", bridge: "sd-1", ipam: {type: "sd-ipam",
			ranges: $ranges, routes: [{dst: "0.0.0.0/0"}]}}],
		sdocker: {id: ($name + "0123456789")}}' >"$SDOCKER_ROOT/networks/$1.conflist"
}

# wanting ID NETWORKS: a container's document with these wishes.
wanting() { document "$1" ".want.networks = $2"; }

lease() { sd-ipam lease --subnet 10.1.0.0/24 "$@"; }
leased() { sd-ipam ls -q | xargs; }

# ---- by hand

@test "lease: the first address behind the gateway, then the next; an owner keeps its own" {
	equal "$(lease --owner blue)" 10.1.0.2/24
	equal "$(lease --owner red)" 10.1.0.3/24
	equal "$(lease --owner blue)" 10.1.0.2/24
	equal "$(leased)" "10.1.0.2/24 10.1.0.3/24"
	equal "$(stat -c '%a %n' "$SDOCKER_RUN/ipam" "$SDOCKER_RUN/ipam/10.1.0.0_24" | xargs)" \
		"700 $SDOCKER_RUN/ipam 600 $SDOCKER_RUN/ipam/10.1.0.0_24"
}

@test "an address that was given back rests until all others have been leased" {
	local subnet=--subnet=10.1.0.0/29
	for owner in a b c; do sd-ipam lease "$subnet" --owner $owner >/dev/null; done
	sd-ipam release --owner a
	equal "$(sd-ipam lease "$subnet" --owner d)" 10.1.0.5/29
	equal "$(sd-ipam lease "$subnet" --owner e)" 10.1.0.6/29
	equal "$(sd-ipam lease "$subnet" --owner f)" 10.1.0.2/29
	refuses "sd-ipam: no address of 10.1.0.0/29 is free (hint: 'sd-ipam ls'" \
		sd-ipam lease "$subnet" --owner g
}

@test "--ip: that address, once; who has it is named" {
	equal "$(lease --owner blue --ip 10.1.0.77)" 10.1.0.77/24
	equal "$(lease --owner blue --ip 10.1.0.77)" 10.1.0.77/24
	refuses "sd-ipam: lease 10.1.0.77: it is taken by blue" lease --owner red --ip 10.1.0.77
	sd-ipam release --owner blue
	equal "$(lease --owner red --ip 10.1.0.77)" 10.1.0.77/24
	equal "$(lease --owner next)" 10.1.0.2/24
}

@test "what is never leased: network, broadcast, gateway, reserved" {
	refuses "10.1.0.0 of 10.1.0.0/24: it is the address of the network" lease --owner a --ip 10.1.0.0
	refuses "10.1.0.1 of 10.1.0.0/24: it is the gateway" lease --owner a --ip 10.1.0.1
	refuses "10.1.0.255 of 10.1.0.0/24: it is the broadcast" lease --owner a --ip 10.1.0.255
	refuses "10.1.0.9 of 10.1.0.0/24: it is reserved" lease --owner a --ip 10.1.0.9 --aux-address 10.1.0.9
	refuses "lease 10.2.0.1: no subnet is left for it" lease --owner a --ip 10.2.0.1
	equal "$(leased)" ""
	succeeds sd-ipam lease --subnet 10.1.0.0/29 --gateway 10.1.0.4 --aux-address 10.1.0.2 --owner a --count 4
	equal "$(xargs <<<"$output")" "10.1.0.1/29 10.1.0.3/29 10.1.0.5/29 10.1.0.6/29"
	refuses "no address of 10.1.0.0/29" \
		sd-ipam lease --subnet 10.1.0.0/29 --gateway 10.1.0.4 --aux-address 10.1.0.2 --owner b
}

@test "--ip-range: chosen from there, but --ip is of the whole subnet" {
	equal "$(lease --ip-range 10.1.0.128/30 --owner a --count 4 | xargs)" \
		"10.1.0.128/24 10.1.0.129/24 10.1.0.130/24 10.1.0.131/24"
	refuses "no address of 10.1.0.0/24 is free" lease --ip-range 10.1.0.128/30 --owner b
	equal "$(lease --ip-range 10.1.0.128/30 --owner b --ip 10.1.0.7)" 10.1.0.7/24
	refuses "--ip-range: 10.2.0.0 is not in 10.1.0.0/24" lease --ip-range 10.2.0.0/24 --owner c
	refuses "--ip-range: 10.0.0.0 is not in 10.1.0.0/24" lease --ip-range 10.0.0.0/8 --owner c
}

@test "IPv6: a /64, and longer and shorter ones" {
	equal "$(sd-ipam lease --subnet fd00:1::/64 --owner a)" fd00:1::2/64
	equal "$(sd-ipam lease --subnet fd00:1::/64 --owner b --ip fd00:1::ffff:ffff:ffff:fff0)" \
		fd00:1::ffff:ffff:ffff:fff0/64
	equal "$(sd-ipam lease --subnet fd00:1::/64 --owner c)" fd00:1::3/64
	equal "$(sd-ipam lease --subnet fd00:2::/126 --owner a --count 2 | xargs)" "fd00:2::2/126 fd00:2::3/126"
	equal "$(sd-ipam lease --subnet fd00:3::/48 --owner a --ip fd00:3::8000:0:0:1)" fd00:3::8000:0:0:1/48
	refuses "further than 64 bits into the subnet" sd-ipam lease --subnet fd00:3::/48 --owner a --ip fd00:3:0:1::1
	refuses "longer than /126" sd-ipam lease --subnet fd00::/127 --owner a
}

@test "the largest IPv4 subnet, and both of its ends" {
	equal "$(sd-ipam lease --subnet 10.0.0.0/8 --owner a)" 10.0.0.2/8
	equal "$(sd-ipam lease --subnet 10.0.0.0/8 --owner b --ip 10.255.255.254)" 10.255.255.254/8
	equal "$(sd-ipam lease --subnet 10.0.0.0/8 --owner c)" 10.0.0.3/8
	refuses "--subnet: 10.0.0.0/7 is none of /8 to /30" sd-ipam lease --subnet 10.0.0.0/7 --owner a
	refuses "--subnet: 10.0.0.0/31 is none of /8 to /30" sd-ipam lease --subnet 10.0.0.0/31 --owner a
}

@test "a full /16: 65533 leases in 10 MB, one is given back and leased again" {
	sd-ipam lease --subnet 10.7.0.0/16 --owner all --count 65533 >all
	equal "$(sort -u all | wc -l) $(head -n 1 all) $(tail -n 1 all)" "65533 10.7.0.2/16 10.7.255.254/16"
	[ "$(stat -c %s "$SDOCKER_RUN/ipam/10.7.0.0_16")" -lt 10000000 ]
	refuses "no address of 10.7.0.0/16 is free" sd-ipam lease --subnet 10.7.0.0/16 --owner one
	sd-ipam release --ip 10.7.123.45
	equal "$(sd-ipam lease --subnet 10.7.0.0/16 --owner one)" 10.7.123.45/16
	equal "$(sd-ipam ls -q | wc -l)" 65533
	sd-ipam release --owner all
	equal "$(leased)" 10.7.123.45/16
}

@test "many at once: each another address" {
	local n=40
	for i in $(seq $n); do lease --owner "o$i" >"at.$i" & done
	wait
	equal "$(sort -u at.* | wc -l)" $n
	equal "$(sd-ipam ls -q | wc -l)" $n
	for i in $(seq $n); do sd-ipam release --owner "o$i" & done
	wait
	equal "$(leased)" ""
}

@test "release: by owner, by address, of one subnet; what is not leased is no error" {
	lease --owner a >/dev/null
	sd-ipam lease --subnet fd00::/64 --owner a >/dev/null
	succeeds sd-ipam release --owner a --subnet 10.1.0.0/24
	equal "$output" ""
	equal "$(leased)" fd00::2/64
	succeeds sd-ipam release --ip fd00::2
	equal "$(leased)" ""
	succeeds sd-ipam release --owner a
	succeeds sd-ipam release --ip 10.1.0.2 --owner nobody --subnet 10.9.0.0/16
}

@test "--pid: the lease ends with the process, when somebody needs it or gc looks" {
	sleep 1000 &
	local pid=$! other
	lease --owner a --ip 10.1.0.7 --pid $pid >/dev/null
	refuses "it is taken by a" lease --owner b --ip 10.1.0.7
	equal "$(sd-ipam gc)" ""
	sleep 1000 &
	other=$!
	lease --owner c --pid $other >/dev/null
	kill $pid $other
	wait $pid $other || true
	equal "$(lease --owner b --ip 10.1.0.7)" 10.1.0.7/24
	equal "$(sd-ipam gc --dry-run)" 10.1.0.2
	equal "$(sd-ipam gc)" 10.1.0.2
	equal "$(leased)" 10.1.0.7/24
	refuses "--pid: there is no process $pid" lease --owner d --pid $pid
}

@test "a subnet that is full gives back what dead owners have" {
	sleep 1000 &
	local pid=$!
	sd-ipam lease --subnet 10.1.0.0/30 --owner a --pid $pid >/dev/null
	refuses "no address of 10.1.0.0/30" sd-ipam lease --subnet 10.1.0.0/30 --owner b
	kill $pid
	wait $pid || true
	equal "$(sd-ipam lease --subnet 10.1.0.0/30 --owner b)" 10.1.0.2/30
}

@test "leases of an earlier boot are void" {
	lease --owner a --count 5 >/dev/null
	sed -i "s/$(cat /proc/sys/kernel/random/boot_id)/00000000-0000-0000-0000-000000000000/" \
		"$SDOCKER_RUN/ipam/10.1.0.0_24"
	equal "$(leased)" ""
	equal "$(lease --owner b)" 10.1.0.2/24
	equal "$(leased)" 10.1.0.2/24
}

@test "an owner's name may be long" {
	local long
	long=$(printf 'x%.0s' {1..255})
	for i in 1 2 3; do lease --owner "$i${long:1}" >/dev/null; lease --owner "$i" >/dev/null; done
	equal "$(sd-ipam ls -q --owner "2${long:1}")" 10.1.0.4/24
	sd-ipam release --owner "2${long:1}"
	sd-ipam release --owner 1
	equal "$(lease --owner "y${long:1}")" 10.1.0.8/24
	equal "$(leased)" "10.1.0.2/24 10.1.0.5/24 10.1.0.6/24 10.1.0.7/24 10.1.0.8/24"
	refuses "--owner: not UTF-8 of at most 255 bytes" lease --owner "$long+"
}

@test "a damaged file is refused by name, and nothing is leased" {
	local file=$SDOCKER_RUN/ipam/10.1.0.0_24
	mkdir -p "${file%/*}"
	echo garbage >"$file"
	refuses "$file: damaged (hint: remove it while no container runs)" lease --owner a
	: >"$file"
	equal "$(lease --owner a)" 10.1.0.2/24
	# A key without an owner, and one that goes on for ever.
	printf '\7\0\0\0\0\0\0\0\0\0\0\0\377\377\377\377' | dd of="$file" bs=1 seek=4112 conv=notrunc status=none
	refuses "damaged" lease --owner b
	printf '\7\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0' | dd of="$file" bs=1 seek=4112 conv=notrunc status=none
	refuses "damaged" sd-ipam ls
	truncate -s 4000 "$file"
	equal "$(leased)" ""
	truncate -s 1T "$file"
	refuses "damaged" lease --owner b
}

@test "ls: a table, by address; of one owner, of one subnet" {
	equal "$(sd-ipam ls)" "ADDRESS   NETWORK   OWNER   INTERFACE"
	lease --owner blue --ip 10.1.0.20 >/dev/null
	lease --owner red >/dev/null
	sd-ipam lease --subnet 10.2.0.0/24 --owner blue >/dev/null
	equal "$(sd-ipam ls | tail -n +2)" "10.1.0.2/24    -         red     -
10.1.0.20/24   -         blue    -
10.2.0.2/24    -         blue    -"
	equal "$(sd-ipam ls -q --owner blue | xargs)" "10.1.0.20/24 10.2.0.2/24"
	equal "$(sd-ipam ls -q --owner blue --subnet 10.2.0.0/16)" 10.2.0.2/24
}

@test "words that are wrong are refused in one line" {
	refuses "--subnet: missing" sd-ipam lease --owner a
	refuses "--owner: missing" sd-ipam lease --subnet 10.1.0.0/24
	refuses "--subnet: '10.1.0.0' is not a subnet" sd-ipam lease --subnet 10.1.0.0 --owner a
	refuses "--ip: 'x' is not an IP address" lease --owner a --ip x
	refuses "--gateway: 10.2.0.1 is not in 10.1.0.0/24" lease --owner a --gateway 10.2.0.1
	refuses "--aux-address: 10.2.0.1 is not in" lease --owner a --aux-address 10.2.0.1
	refuses "--count: expected 1 to 16777214" lease --owner a --count 0
	refuses "--ip and --count exclude each other" lease --owner a --ip 10.1.0.2 --count 2
	refuses "what to release is missing: --owner, or --ip" sd-ipam release --subnet 10.1.0.0/24
	equal "$(ls "$SDOCKER_RUN/ipam" 2>/dev/null)" ""
}

@test "what cannot be printed is not leased" {
	run bash -c "sd-ipam lease --subnet 10.1.0.0/24 --owner a --count 3 >/dev/full"
	equal "$status $output" "125 sd-ipam: write to standard output: No space left on device"
	equal "$(leased)" ""
	network n '[[{"subnet": "10.1.0.0/24"}]]'
	wanting c1 '[{name: "n"}]' >doc
	run bash -c "sd-ipam lease <doc >/dev/full"
	equal "$status" 125
	equal "$(leased)" ""
}

# ---- filters

@test "filter: an address of each range set, the gateway, the network's routes" {
	network n '[[{"subnet": "10.1.0.0/24"}], [{"subnet": "fd00::/64", "gateway": "fd00::9"}]]'
	wanting c1 '[{name: "n"}]' >doc
	succeeds sd-ipam lease <doc
	equal "$(jq -c .leases <<<"$output")" \
		'[{"ips":[{"address":"10.1.0.2/24","gateway":"10.1.0.1"},{"address":"fd00::1/64","gateway":"fd00::9"}],"routes":[{"dst":"0.0.0.0/0"}],"network":"n"}]'
	equal "$(sd-ipam ls | tail -n +2)" "10.1.0.2/24   n         c1      -
fd00::1/64    n         c1      -"
	equal "$(sd-ipam lease <<<"$output")" "$output"
	succeeds sd-ipam release <<<"$output"
	equal "$output" "$(cat doc)"
	equal "$(leased)" ""
	succeeds sd-ipam release <doc
}

@test "filter: several networks, by name or by the beginning of an id; one that fails undoes the others" {
	network one '[[{"subnet": "10.1.0.0/24"}]]'
	network two '[[{"subnet": "10.2.0.0/30"}]]'
	wanting c1 '[{name: "one0123"}, {name: "two"}]' >doc
	succeeds sd-ipam lease <doc
	equal "$(jq -c '.leases | map([.network, .ips[0].address])' <<<"$output")" \
		'[["one","10.1.0.2/24"],["two","10.2.0.2/30"]]'
	wanting c2 '[{name: "one"}, {name: "two"}]' >doc2
	refuses "sd-ipam: network two: no address of 10.2.0.0/30 is free" sd-ipam lease <doc2
	equal "$(sd-ipam ls -q --owner c2)" ""
	sd-ipam lease <doc | sd-ipam release --network two0 | jq -c '.leases | map(.network)' >left
	equal "$(cat left)" '["one"]'
	equal "$(leased)" 10.1.0.2/24
	wanting c3 '[{name: "none"}]' | refuses "no such network: none" sd-ipam lease
}

@test "filter: wanted addresses, each of its subnet" {
	network n '[[{"subnet": "10.1.0.0/24"}], [{"subnet": "fd00::/64"}]]'
	wanting c1 '[{name: "n", ips: ["fd00::77", "10.1.0.9"]}]' | sd-ipam lease >doc
	equal "$(jq -r '.leases[0].ips[].address' doc | xargs)" "10.1.0.9/24 fd00::77/64"
	wanting c2 '[{name: "n", ips: ["10.1.0.9"]}]' >doc2
	refuses "sd-ipam: network n: lease 10.1.0.9: it is taken by c1" sd-ipam lease <doc2
	wanting c2 '[{name: "n", ips: ["10.3.0.9"]}]' >doc2
	refuses "network n: lease 10.3.0.9: no subnet is left for it" sd-ipam lease <doc2
	wanting c2 '[{name: "n", ips: ["10.1.0.5", "10.1.0.6"]}]' >doc2
	refuses "lease 10.1.0.6: no subnet is left for it" sd-ipam lease <doc2
	equal "$(sd-ipam ls -q --owner c2)" ""
}

@test "filter: a network's auxiliary addresses are nobody's" {
	network n '[[{"subnet": "10.1.0.0/29", "auxAddresses": {"router": "10.1.0.2", "nas": "10.1.0.3"}}]]'
	wanting c1 '[{name: "n"}]' | sd-ipam lease | jq -r '.leases[].ips[].address' >address
	equal "$(cat address)" 10.1.0.4/29
	wanting c2 '[{name: "n", ips: ["10.1.0.3"]}]' >doc
	refuses "network n: lease 10.1.0.3 of 10.1.0.0/29: it is reserved" sd-ipam lease <doc
	network n '[[{"subnet": "10.1.0.0/29", "auxAddresses": {"router": "10.2.0.2"}}]]'
	refuses "network n: ranges[0][0]: auxAddresses: 10.2.0.2 is not in 10.1.0.0/29" sd-ipam lease <doc
}

@test "filter: a second start has the address of the first, where it is free" {
	network n '[[{"subnet": "10.1.0.0/24"}]]'
	wanting c1 '[{name: "n"}]' | sd-ipam lease >first
	sd-ipam release <first >/dev/null
	wanting c2 '[{name: "n"}]' | sd-ipam lease >/dev/null
	equal "$(sd-ipam lease <first | jq -r '.leases[].ips[].address')" 10.1.0.2/24
	sd-ipam release <first >/dev/null
	lease --owner x --ip 10.1.0.2 >/dev/null
	equal "$(sd-ipam lease <first | jq -r '.leases[].ips[].address')" 10.1.0.4/24
}

@test "filter: a container whose record is gone, or that ended, has no lease" {
	network n '[[{"subnet": "10.1.0.0/24"}]]'
	sdocker create --name web busybox sleep 1000 >id
	wanting "$(cat id)" '[{name: "n", ips: ["10.1.0.7"]}]' >doc
	leased_by_driver() { bash -c 'sd-ipam lease >/dev/null; :'; }
	leased_by_driver <doc
	equal "$(sd-ipam gc --dry-run)" 10.1.0.7
	# The driver stands for one that is being started.
	bash -c 'sd-ipam lease <doc >/dev/null; sd-ipam gc; exec sd-ipam lease --subnet 10.1.0.0/24 --ip 10.1.0.7 --owner x' 2>err || true
	contains "$(cat err)" "it is taken by web"
	sdocker start web >/dev/null
	equal "$(sd-ipam gc)" ""
	refuses "it is taken by web ($(cut -c 1-12 id))" lease --owner x --ip 10.1.0.7
	sdocker kill web >/dev/null
	sdocker wait web >/dev/null
	equal "$(lease --owner x --ip 10.1.0.7)" 10.1.0.7/24
	wanting "$(cat id)" '[{name: "n"}]' | leased_by_driver
	rm -r "$SDOCKER_ROOT/containers/$(cat id)" "$SDOCKER_RUN/containers/$(cat id)" "$SDOCKER_ROOT/names/web"
	equal "$(sd-ipam gc)" 10.1.0.2
	equal "$(leased)" 10.1.0.7/24
}

@test "filter: networks of others' plugins and no networks are passed on" {
	network n '[[{"subnet": "10.1.0.0/24"}]]'
	jq '.plugins[0].type = "macvlan"' "$SDOCKER_ROOT/networks/n.conflist" >m
	mv m "$SDOCKER_ROOT/networks/n.conflist"
	wanting c1 '[{name: "n"}]' | sd-ipam lease >doc
	equal "$(jq -c .leases doc)" '[]'
	document c1 | sd-ipam lease >doc
	equal "$(jq -c .leases doc)" null
	equal "$(leased)" ""
	jq '.plugins[0] = {type: "sd-bridge", ipam: {type: "sd-ipam"}}' "$SDOCKER_ROOT/networks/n.conflist" >m
	mv m "$SDOCKER_ROOT/networks/n.conflist"
	wanting c1 '[{name: "n"}]' >doc
	refuses "network n: ipam.ranges: missing" sd-ipam lease <doc
}

# ---- the subnet of a network

# wish NAME [JQ-FILTER]: a network's document as sd-network makes it, with its wishes.
wish() {
	jq -n --arg name "$1" --arg id "$(tr -d - </proc/sys/kernel/random/uuid)" '{cniVersion: "1.1.0",
		name: $name, plugins: [{type: "sd-bridge", bridge: "sd-\($name)",
			ipam: {type: "sd-ipam", routes: []}}], sdocker: {id: $id}} | '"${2:-.}"
}
subnets() { jq -c '[.plugins[0].ipam.ranges[][] | .subnet, .gateway]'; }
# store: as sd-network add does; the document goes on.
store() {
	mkdir -p "$SDOCKER_ROOT/networks"
	jq . >new
	rm "$SDOCKER_RUN/claims/$(jq -r .sdocker.id new)"
	mv new "$SDOCKER_ROOT/networks/$(jq -r .name new).conflist"
}
host_has() {
	ip link add h0 type veth peer name h1
	ip link set h0 up
	ip address add "$1" dev h0
}
host_has_no_more() { ip link delete h0; }

@test "subnet: free ones, one after the other; the first network has a /16" {
	equal "$(wish bridge | sd-ipam subnet | subnets)" '["10.88.0.0/16","10.88.0.1"]'
	equal "$(wish one | sd-ipam subnet | subnets)" '["10.89.0.0/24","10.89.0.1"]'
	wish one | sd-ipam subnet | store
	wish two | sd-ipam subnet | store
	equal "$(subnets <"$SDOCKER_ROOT/networks/two.conflist")" '["10.89.1.0/24","10.89.1.1"]'
	equal "$(wish three | sd-ipam subnet | subnets)" '["10.89.2.0/24","10.89.2.1"]'
	rm "$SDOCKER_ROOT/networks/one.conflist"
	equal "$(wish three | sd-ipam subnet | subnets)" '["10.89.0.0/24","10.89.0.1"]'
}

@test "subnet: what is wished stays as it is, with its first address for the gateway" {
	wish n '.plugins[0].ipam.ranges = [[{subnet: "10.1.0.0/24", rangeStart: "10.1.0.7", own: 1}],
		[{subnet: "fd00:1::/64", gateway: "fd00:1::9"}]]' | sd-ipam subnet >doc
	equal "$(jq -c .plugins[0].ipam doc)" '{"type":"sd-ipam","routes":[],"ranges":[[{"subnet":"10.1.0.0/24","rangeStart":"10.1.0.7","own":1,"gateway":"10.1.0.1"}],[{"subnet":"fd00:1::/64","gateway":"fd00:1::9"}]]}'
	wish n '.plugins[0].ipam.ranges = [[{subnet: "10.1.0.0/31"}]]' >doc
	refuses "sd-ipam: ranges[0][0]: subnet: 10.1.0.0/31 is none of /8 to /30" sd-ipam subnet <doc
	for subnet in 127.0.0.0/8 224.0.0.0/24 0.0.0.0/8 ff00::/64; do
		wish n ".plugins[0].ipam.ranges = [[{subnet: \"$subnet\"}]]" >doc
		refuses "$subnet is not for hosts" sd-ipam subnet <doc
	done
}

@test "subnet: IPv6 is a unique local /64, for those that wish for it" {
	for i in 1 2; do (wish n$i '.sdocker.ipv6 = true' | sd-ipam subnet | subnets); done >all
	equal "$(grep -cE '^\["10\.89\.[01]\.0/24","10\.89\.[01]\.1","fd[0-9a-f:]+::/64","fd[0-9a-f:]+::1"\]$' all)" 2
	equal "$(sort -u all | wc -l)" 2
	wish n '.sdocker.ipv6 = true | .plugins[0].ipam.ranges = [[{subnet: "fd00:7::/64"}]]' >doc
	equal "$(sd-ipam subnet <doc | subnets)" '["10.89.0.0/24","10.89.0.1","fd00:7::/64","fd00:7::1"]'
}

@test "subnet: what overlaps another network is refused by its name" {
	wish one '.plugins[0].ipam.ranges = [[{subnet: "10.1.0.0/16"}]]' | sd-ipam subnet | store
	for subnet in 10.1.0.0/16 10.1.7.0/24 10.0.0.0/8; do
		wish two ".plugins[0].ipam.ranges = [[{subnet: \"$subnet\"}]]" >doc
		refuses "sd-ipam: $subnet overlaps 10.1.0.0/16 of the network one" sd-ipam subnet <doc
	done
	echo '{' >"$SDOCKER_ROOT/networks/broken.conflist"
	wish two '.plugins[0].ipam.ranges = [[{subnet: "10.2.0.0/16"}]]' | sd-ipam subnet >/dev/null
}

@test "subnet: nor what the host has an address in, or a route to" {
	host_has 10.88.5.1/24
	ip route add 10.89.0.0/23 via 10.88.5.2
	ip route add 0.0.0.0/1 via 10.88.5.2
	wish two '.plugins[0].ipam.ranges = [[{subnet: "10.88.0.0/16"}]]' >doc
	refuses "sd-ipam: 10.88.0.0/16 overlaps 10.88.5.0/24 of the host's h0" sd-ipam subnet <doc
	wish two '.plugins[0].ipam.ranges = [[{subnet: "10.89.1.0/24"}]]' >doc
	refuses "sd-ipam: 10.89.1.0/24 overlaps 10.89.0.0/23 of the host's h0" sd-ipam subnet <doc
	equal "$(wish bridge | sd-ipam subnet | subnets)" '["10.89.2.0/24","10.89.2.1"]'
	ip route add 10.0.0.0/8 via 10.88.5.2
	equal "$(wish bridge | sd-ipam subnet | subnets)" '["172.17.0.0/24","172.17.0.1"]'
	# Its own bridge is not in the way, nor is the LAN that another's plugin serves.
	wish two '.plugins[0].ipam.ranges = [[{subnet: "10.88.5.0/24"}]]' >doc
	equal "$(jq '.plugins[0].bridge = "h0"' doc | sd-ipam subnet | subnets)" '["10.88.5.0/24","10.88.5.1"]'
	equal "$(jq '.plugins[0].type = "macvlan"' doc | sd-ipam subnet | subnets)" '["10.88.5.0/24","10.88.5.1"]'
	for net in 172.16.0.0/12 192.168.0.0/16; do ip route add $net via 10.88.5.2; done
	wish n >doc
	refuses "no private IPv4 subnet is free (hint: choose one: --subnet)" sd-ipam subnet <doc
	host_has_no_more
}

@test "subnet: a network of the store is passed on; another's IPAM is not ours" {
	wish one '.plugins[0].ipam.ranges = [[{subnet: "10.1.0.0/16"}]]' | sd-ipam subnet | store
	host_has 10.1.0.1/16
	equal "$(sd-ipam subnet <"$SDOCKER_ROOT/networks/one.conflist")" "$(jq -c . "$SDOCKER_ROOT/networks/one.conflist")"
	host_has_no_more
	wish two '.plugins[0].ipam = {type: "dhcp"}' >doc
	equal "$(sd-ipam subnet <doc)" "$(jq -c . doc)"
	echo '{"name": "x", "plugins": []}' >doc
	refuses "sd-ipam: " sd-ipam subnet <doc
	wish n '.sdocker.id = "../x"' >doc
	refuses "sdocker.id: '../x' is not an id" sd-ipam subnet <doc
}

@test "subnet: two at once never choose the same, nor what is being made" {
	local n=20
	for i in $(seq $n); do bash -c 'sd-ipam subnet; exec sleep 1000' < <(wish "n$i") >"doc.$i" & done
	eventually eval '[ "$(cat doc.* | wc -l)" = '$n' ]'
	equal "$(cat doc.* | jq -r '.plugins[0].ipam.ranges[0][0].subnet' | sort -u | wc -l)" $n
	wish n '.plugins[0].ipam.ranges = [[{subnet: "10.89.0.0/16"}]]' >doc
	refuses ", which is being made" sd-ipam subnet <doc
	# The same again has what it had; and what was made by who is gone is free.
	mv doc.3 three
	equal "$(jq 'del(.plugins[0].ipam.ranges)' three | sd-ipam subnet | subnets | head -c 8)" '["10.89.'
	kill $(jobs -p)
	wait || true
	equal "$(sd-ipam subnet <doc | subnets)" '["10.89.0.0/16","10.89.0.1"]'
}

@test "subnet: what cannot be printed is not claimed" {
	wish n >doc
	run bash -c "sd-ipam subnet <doc >/dev/full; ls $SDOCKER_RUN/claims; sd-ipam subnet <doc | jq -r .plugins[0].ipam.ranges[0][0].subnet"
	equal "$output" "sd-ipam: write the document to standard output: No space left on device
10.89.0.0/24"
}
