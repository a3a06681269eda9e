# SPDX-License-Identifier: Apache-2.0
# requires: root
load ../helper/common

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	rm -rf "$SDOCKER_ROOT/containers" "$SDOCKER_ROOT/names" "$SDOCKER_RUN/containers"
	sd_teardown
}

# new FILTER VALUE [OPTION]... : what the jq filter (compact) gives of a document.
new() {
	local filter=$1 value=$2
	shift 2
	succeeds sd-network new "$@" n
	equal "$(jq -c "$filter" <<<"$output")" "$value"
}

# bad TEXT [OPTION]...
bad() {
	local text=$1
	shift
	refuses "sd-network: $text" sd-network new "$@" n
}

# stored NAME [OPTION]...: a network whose bridge nobody has made.
stored() { sd-network new "${@:2}" "$1" | sd-network add >/dev/null; }

# record NAME STATUS [JQ-FILTER]: a container's record; `running` is this shell.
record() {
	local id dir ticks
	id=$(printf '%s' "$1" | sha256sum | cut -c1-64)
	dir=$SDOCKER_ROOT/containers/$id
	mkdir -p "$dir" "$SDOCKER_RUN/containers/$id" "$SDOCKER_ROOT/names"
	ln -s "$id" "$SDOCKER_ROOT/names/$1"
	ticks=$(sed 's/.*) //' "/proc/$$/stat" | cut -d' ' -f20)
	document "$id" ".name = \"$1\" | .status = \"${2/running/stopped}\" | ${3:-.}" >"$dir/state.json"
	jq -c --argjson pid $$ --argjson ticks "$ticks" --arg boot "$(cat /proc/sys/kernel/random/boot_id)" \
		'.status = "running" | .pid = $pid | .startTime = $ticks | .bootId = $boot' \
		"$dir/state.json" >"$SDOCKER_RUN/containers/$id/state.json"
	[ "$2" = running ] || rm "$SDOCKER_RUN/containers/$id/state.json"
}

# ---- new

@test "new: a CNI configuration list, with what CNI has no word for" {
	new '.name, .cniVersion, (.plugins | length)' $'"n"\n"1.1.0"\n1'
	new '.plugins[0] | del(.bridge)' '{"type":"sd-bridge","isGateway":true,"isDefaultGateway":true,"ipMasq":true,"hairpinMode":true,"ipam":{"type":"sd-ipam","routes":[{"dst":"0.0.0.0/0"}]}}'
	new '.sdocker | del(.id, .created)' '{"driver":"bridge","internal":false,"ipv6":false,"labels":{},"options":{}}'
	new '(.sdocker.id | test("^[0-9a-f]{64}$")), (.sdocker.created | test("Z$"))' $'true\ntrue'
	new '.plugins[0].bridge == "sd-" + .sdocker.id[0:12]' true
	new .sdocker.labels '{"a":"b=c","d":""}' --label a=b=c --label d
	bad "--label: '=x' is not KEY=VALUE" --label =x
}

@test "new: addresses" {
	local r='.plugins[0].ipam.ranges'
	new "$r" null
	new "$r" '[[{"subnet":"192.168.10.0/24"}]]' --subnet 192.168.10.1/24
	new "$r" '[[{"subnet":"10.1.0.0/16","gateway":"10.1.2.3"}]]' --subnet 10.1.0.0/16 --gateway 10.1.2.3
	new "$r" '[[{"subnet":"10.1.0.0/24","rangeStart":"10.1.0.128","rangeEnd":"10.1.0.254"}]]' \
		--subnet 10.1.0.0/24 --ip-range 10.1.0.128/25
	new "$r" '[[{"subnet":"10.1.0.0/24","rangeStart":"10.1.0.1","rangeEnd":"10.1.0.127"}]]' \
		--subnet 10.1.0.0/24 --ip-range 10.1.0.0/25
	new "$r, .sdocker.ipv6, .plugins[0].ipam.routes[1].dst" \
		$'[[{"subnet":"10.1.0.0/24"}],[{"subnet":"fd00:1::/64","gateway":"fd00:1::9"}]]\ntrue\n"::/0"' \
		--subnet fd00:1::/64 --subnet 10.1.0.0/24 --gateway fd00:1::9
	new "$r, .sdocker.ipv6" $'null\ntrue' --ipv6
	new "$r" '[[{"subnet":"10.1.0.0/24","auxAddresses":{"router":"10.1.0.5","nas":"10.1.0.6"}}]]' \
		--subnet 10.1.0.0/24 --aux-address router=10.1.0.5 --aux-address nas=10.1.0.6
	bad "--subnet: 'x' is not" --subnet x
	bad "--subnet 10.2.0.0/24: one of each family is enough" --subnet 10.1.0.0/24 --subnet 10.2.0.0/24
	bad "--gateway 10.2.0.1: no matching subnet" --subnet 10.1.0.0/24 --gateway 10.2.0.1
	bad "--gateway fd00::1: no matching subnet" --subnet 10.1.0.0/24 --gateway fd00::1
	bad "--gateway 10.1.0.2: a subnet has one" --subnet 10.1.0.0/24 --gateway 10.1.0.1 --gateway 10.1.0.2
	bad "--aux-address: '10.1.0.5' is not NAME=ADDRESS" --subnet 10.1.0.0/24 --aux-address 10.1.0.5
	bad "--aux-address a=10.2.0.5: no matching subnet" --subnet 10.1.0.0/24 --aux-address a=10.2.0.5
	bad "--ip-range 10.1.0.0/16: no matching subnet" --subnet 10.1.0.0/24 --ip-range 10.1.0.0/16
}

@test "new: --internal has no way out" {
	new '[.plugins[0] | .internal, .ipMasq, .isDefaultGateway, .ipam.routes], .sdocker.internal' \
		$'[true,false,false,null]\ntrue' --internal
}

@test "new: options of the driver" {
	new '.plugins[0].mtu, .sdocker.options' $'1400\n{"mtu":"1400"}' -o mtu=1400
	new '.plugins[0] | [.mtu, .bridge, .icc, .ipMasq]' '[9000,"br7",false,false]' \
		--opt com.docker.network.driver.mtu=9000 --opt com.docker.network.bridge.name=br7 \
		--opt com.docker.network.bridge.enable_icc=false \
		--opt com.docker.network.bridge.enable_ip_masquerade=0
	new .sdocker.options '{"com.docker.network.bridge.host_binding_ipv4":"127.0.0.1"}' \
		-o com.docker.network.bridge.host_binding_ipv4=127.0.0.1
	bad "--opt foo: the driver bridge has no such option (hint: com.docker" -o foo=1
	bad "mtu: 'x' is not a whole number" -o mtu=x
	bad "mtu: 9 is not between 68 and 65535" -o mtu=9
	bad "--opt isolate: 'x' is neither true nor false" -o isolate=x
	bad "--opt com.docker.network.bridge.name: 'a/b' is not the name of a link" \
		-o com.docker.network.bridge.name=a/b
	bad "com.docker.network.bridge.host_binding_ipv4: 'x' is not an IP address" \
		-o com.docker.network.bridge.host_binding_ipv4=x
}

@test "new: any CNI plugin is a driver" {
	export CNI_PATH=$BATS_TEST_TMPDIR
	printf '#!/bin/sh\n' >"$CNI_PATH/macvlan"
	chmod +x "$CNI_PATH/macvlan"
	new '.plugins[0], .sdocker.driver' \
		$'{"type":"macvlan","master":"eth0","mtu":1400,"ipam":{"type":"sd-ipam","ranges":[[{"subnet":"10.1.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}}\n"macvlan"' \
		-d macvlan -o master=eth0 -o mtu=1400 --subnet 10.1.0.0/24
	new .plugins[0].ipam.type '"dhcp"' -d macvlan --ipam-driver dhcp
	bad "plugin nosuch: not found in $CNI_PATH (hint: a driver is bridge, or a CNI plugin)" -d nosuch
	bad "'../x' is not the type of a plugin" -d ../x
	bad "--internal is for the driver bridge alone" -d macvlan --internal
	bad "--opt type: --driver and --ipam-driver say that" -d macvlan -o type=x
	bad 'only one instance of "host" network is allowed' -d host
}

@test "new: names" {
	for name in bridge host none; do
		refuses "operation is not permitted on predefined $name network" sd-network new $name
	done
	for name in '' . ../x a/b -x $'a\nb' "$(printf 'a%.0s' {1..247})"; do
		refuses "network '" sd-network new -- "$name"
	done
	stored one
	refuses "network with name one already exists" sd-network new one
	refuses "unexpected operand 'b'" sd-network new a b
}

# ---- add, get, provide, up, down, rm

@test "add, get, rm: the document into the store, and out of it" {
	sd-network new --label a=b one >doc
	succeeds sd-network add <doc
	equal "$output" "$(cat doc)"
	equal "$(sd-network get one)" "$(cat doc)"
	equal "$(sd-network get "$(jq -r .sdocker.id doc | cut -c1-7)")" "$(cat doc)"
	equal "$(stat -c %a "$SDOCKER_ROOT/networks" "$SDOCKER_ROOT/networks/one.conflist" | xargs)" "700 600"
	# The same again is passed on as it is stored; another of that name is not.
	jq -c '.sdocker.labels = {}' doc >again
	equal "$(sd-network add <again)" "$(cat doc)"
	jq -c '.sdocker.id = "f" * 64' doc >other
	refuses "network with name one already exists" sd-network add <other
	sd-network rm <other >/dev/null
	equal "$(sd-network get one)" "$(cat doc)"
	succeeds sd-network rm <doc
	equal "$output" "$(cat doc)"
	succeeds sd-network rm <doc
	refuses "no such network: one" sd-network get one
	run sd-network get -q one
	equal "$status:$output" 1:
}

@test "add that cannot print has stored nothing" {
	run bash -c 'sd-network new one | sd-network add >/dev/full'
	equal "$status" 125
	contains "$output" "sd-network: write the document to standard output: No space left on device"
	equal "$(sd-network ls -q --filter type=custom)" ""
}

@test "provide: what is stored, or the default network" {
	succeeds sd-network provide bridge
	equal "$(jq -c '.name, .plugins[0].bridge, .sdocker.id[0:12]' <<<"$output" | xargs)" \
		"bridge sdocker0 17f29b073143"
	equal "$(sd-network provide bridge | sd-network add | jq -c 'del(.sdocker.created)')" \
		"$(jq -c 'del(.sdocker.created)' <<<"$output")"
	equal "$(sd-network provide bridge)" "$(sd-network get bridge)"
	stored one
	equal "$(sd-network provide one)" "$(sd-network get one)"
	refuses "no such network: two" sd-network provide two
	refuses "no such network: host" sd-network provide host
}

@test "up and down: a note that does not survive a boot" {
	stored one
	sd-network get one | sd-network up >doc
	equal "$(cat doc)" "$(sd-network get one)"
	equal "$(cat "$SDOCKER_RUN/networks/one")" "$(cat /proc/sys/kernel/random/boot_id)"
	succeeds sd-network down <doc
	[ ! -e "$SDOCKER_RUN/networks/one" ]
	succeeds sd-network down <doc
	sd-network up <doc | sd-network rm >/dev/null
	[ ! -e "$SDOCKER_RUN/networks/one" ]
}

@test "get --unused: one with members is refused by their names" {
	stored one
	record web running '.want.networks = [{name: "one"}]'
	record db running '.want.networks = [{name: "bridge"}, {name: "one"}]'
	record old stopped '.want.networks = [{name: "one"}]'
	record half creating '.want.networks = [{name: "one"}]'
	sd_run sd-network get --unused one
	equal "$status:$output" 125:
	[[ $stderr == "sd-network: network one has active endpoints: web, db" ||
		$stderr == "sd-network: network one has active endpoints: db, web" ]]
	run sd-network get -q --unused one
	equal "$status:$output" 1:
	rm -r "$SDOCKER_RUN/containers"/*
	succeeds sd-network get --unused one
	equal "$output" "$(sd-network get one)"
	mkdir "$SDOCKER_ROOT/containers/broken"
	echo '{' >"$SDOCKER_ROOT/containers/broken/state.json"
	refuses "network one: Device or resource busy (hint: a container whose record" \
		sd-network get --unused one
}

@test "what is no network's document is refused" {
	for verb in add up down rm; do
		refuses "name: missing" sd-network $verb <<<'{}'
		refuses "sdocker.id: missing" sd-network $verb <<<'{"name":"a"}'
		refuses "plugins[0]: missing" sd-network $verb <<<'{"name":"a","sdocker":{"id":"b"}}'
		refuses "name: '../a' is not" sd-network $verb \
			<<<'{"name":"../a","sdocker":{"id":"b"},"plugins":[{}]}'
	done
}

# ---- ls, inspect

@test "ls: a table, ids, templates" {
	equal "$(sd-network ls)" "NETWORK ID     NAME     DRIVER   SCOPE
17f29b073143   bridge   bridge   local
4740ae6347b0   host     host     local
140bedbf9c3f   none     null     local"
	stored one --label a=b
	id=$(sd-network get one | jq -r .sdocker.id)
	equal "$(sd-network ls -q --filter id="$id")" "${id:0:12}"
	equal "$(sd-network ls -q --no-trunc --filter id="$id")" "$id"
	equal "$(sd-network ls --filter id="$id" --format '{{.Name}} {{.Driver}} {{.Scope}} {{.IPv6}} {{.Internal}} {{.Labels}} {{.Label "a"}}')" \
		"one bridge local false false a=b b"
	equal "$(sd-network ls --filter id="$id" --format json | jq -c '[.ID, .Name]')" "[\"${id:0:12}\",\"one\"]"
	equal "$(sd-network ls --filter id="$id" --format 'table {{.Name}}\t{{.ID}}')" \
		$'NAME   NETWORK ID\none    '"${id:0:12}"
}

@test "ls: filters" {
	stored one --label k=v
	stored two --label k
	record web running '.want.networks = [{name: "two"}]'
	only() { equal "$(sd-network ls --format '{{.Name}}' "${@:2}" | xargs)" "$1"; }
	only "one two" --filter type=custom
	only "bridge host none" --filter type=builtin
	only one --filter dangling=true
	only "bridge host none two" --filter dangling=false
	only one --filter label=k=v
	only "one two" --filter label=k
	only two --filter label=k --filter 'label!=k=v'
	only "none one two" --filter name=on --filter name=tw
	only none --filter driver=null
	only "" --filter scope=swarm
	only two --filter id="$(sd-network get two | jq -r .sdocker.id)"
	only "one two" --filter until=2100-01-01
	only "" --filter until=2020-01-01
	refuses "--filter: 'x=y' is not KEY=VALUE of a known key" sd-network ls --filter x=y
	refuses "--filter: 'dangling=x' is neither true nor false" sd-network ls --filter dangling=x
}

@test "one that is broken hides no other" {
	stored one
	echo '{' >"$SDOCKER_ROOT/networks/bad.conflist"
	contains "$(sd-network ls)" "bad      Broken: "
	contains "$(sd-network ls)" "one"
	refuses "$SDOCKER_ROOT/networks/bad.conflist" sd-network inspect bad
	refuses "network with name bad already exists" sd-network new bad
	equal "$(sd-network inspect one | jq -r '.[0].Name')" one
}

@test "inspect: docker's members" {
	stored one --subnet 10.1.0.0/24 --gateway 10.1.0.1 --ip-range 10.1.0.0/25 --aux-address router=10.1.0.5 \
		--label a=b -o mtu=1400
	record web running '.want.networks = [{name: "one"}] | .networks = [{name: "one", interface: "eth0",
		result: {interfaces: [{name: "sd1", mac: "02:00:00:00:00:01"},
			{name: "eth0", mac: "02:42:0a:01:00:02", sandbox: "/proc/1/ns/net"}],
			ips: [{address: "10.1.0.2/24"}, {address: "fd00::2/64"}]}}]'
	succeeds sd-network inspect one
	equal "$(jq -c '.[0] | [.Name, .Scope, .Driver, .EnableIPv6, .Internal, .Options, .Labels]' <<<"$output")" \
		'["one","local","bridge",false,false,{"mtu":"1400"},{"a":"b"}]'
	equal "$(jq -c '.[0].IPAM' <<<"$output")" \
		'{"Driver":"default","Options":{},"Config":[{"Subnet":"10.1.0.0/24","IPRange":"10.1.0.0/25","Gateway":"10.1.0.1","AuxiliaryAddresses":{"router":"10.1.0.5"}}]}'
	equal "$(jq -c '.[0].Containers[]' <<<"$output")" \
		'{"Name":"web","EndpointID":"","MacAddress":"02:42:0a:01:00:02","IPv4Address":"10.1.0.2/24","IPv6Address":"fd00::2/64"}'
	equal "$(sd-network inspect -f '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}}' one)" \
		"10.1.0.0/24 10.1.0.1"
	equal "$(sd-network inspect -f '{{.Name}} {{.Driver}}' bridge host none | xargs)" \
		"bridge bridge host host none null"
	sd_run sd-network inspect -f '{{.Name}}' nosuch one
	equal "$status:$output:$stderr" "1:one:sd-network: no such network: nosuch"
}
