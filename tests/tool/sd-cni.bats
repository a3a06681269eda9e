# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# With Debian's plugins (containernetworking-plugins), and with plugins made here of the shell,
# which keep a diary.
# shellcheck disable=SC2016,SC2154 # code for jq and plugins; set by run
load ../helper/common

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
	mkdir pids plugins
	mkdir -p "$SDOCKER_ROOT/networks"
	export CNI_PATH=$PWD/plugins:/usr/lib/cni DIARY=$PWD/diary
}

teardown() {
	[ -z "$(ls pids)" ] || cat pids/* | xargs kill -KILL 2>/dev/null || :
	ip link del dum0 2>/dev/null || :
	rm -rf "$SDOCKER_ROOT/containers" "$SDOCKER_ROOT/networks" /var/lib/cni /run/cni
	sd_teardown
}

# plugin NAME [SHELL]: notes what it was asked with, then does as it is told; the configuration
# is in $conf.
plugin() {
	cat >"plugins/$1" <<END
#!/bin/bash
conf=\$(cat)
jq -cn --argjson conf "\$conf" '{plugin: "$1", command: env.CNI_COMMAND, id: env.CNI_CONTAINERID,
	netns: env.CNI_NETNS, ifname: env.CNI_IFNAME, args: env.CNI_ARGS, conf: \$conf}' >>"\$DIARY"
[ \$CNI_COMMAND != VERSION ] || {
	echo '{"cniVersion":"1.1.0","supportedVersions":["0.4.0","1.0.0","1.1.0"]}'
	exit
}
${2-}
END
	chmod +x "plugins/$1"
}
# A plugin's usual answer to ADD.
adds='[ $CNI_COMMAND != ADD ] || jq --arg ns "$CNI_NETNS" "{cniVersion,
	interfaces: [{name: \"eth0\", mac: \"02:00:00:00:00:01\", sandbox: \$ns}],
	ips: [{address: \"10.1.1.2/24\", gateway: \"10.1.1.1\"}]}" <<<"$conf"'

# network NAME PLUGIN-JSON...: in the store.
network() {
	local name=$1
	shift
	printf '%s\n' "$@" | jq -s --arg name "$name" '{cniVersion: "1.1.0", name: $name, plugins: .,
		sdocker: {id: "id-of-\($name)", driver: .[0].type}}' \
		>"$SDOCKER_ROOT/networks/$name.conflist"
}

# netns ID: a process in a network namespace of its own.
netns() {
	unshare --net sleep 1000 >/dev/null 2>&1 3>&- &
	disown
	echo $! >>"pids/$1"
	eventually other_netns "$!"
}
other_netns() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ] && [ "$(cat "/proc/$1/comm")" = sleep ]; }
pid() { tail -n 1 "pids/$1"; }
in_netns() { nsenter --net="/proc/$(pid "$1")/ns/net" "${@:2}"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
ended() {
	kill -KILL "$(pid "$1")"
	eventually gone "$(pid "$1")"
}

# box ID NETWORK... [JQ-FILTER with "|" first]: its document, as the next stage has it.
box() {
	local id=$1 filter=. names=()
	shift
	for word; do
		case $word in
		'|'*) filter+=" $word" ;;
		*) names+=("$word") ;;
		esac
	done
	[ -e "pids/$id" ] || netns "$id"
	document "$id" '.want.networks = [$names[] | {name: .}] | .pid = $pid | .startTime = $ticks
		| .bootId = $boot | '"$filter"'' \
		--argjson pid "$(pid "$id")" --argjson names "$(jq -cn '$ARGS.positional' --args "${names[@]}")" \
		--argjson ticks "$(sed 's/.*) //' "/proc/$(pid "$id")/stat" | cut -d' ' -f20)" \
		--arg boot "$(cat /proc/sys/kernel/random/boot_id)"
}
document() {
	local id=$1 filter=$2
	shift 2
	mkdir -p "$SDOCKER_ROOT/containers/$id/rootfs"
	jq -cn --arg id "$id" --arg bundle "$SDOCKER_ROOT/containers/$id" "$@" '{ociVersion: "1.2.0",
		id: $id, status: "creating", bundle: $bundle, config: {}, want: {}} | '"$filter"
}
add() { box "$@" | sd-cni add; }
diary() { jq -c "$1" diary; }

# ---- what a plugin is told, by a diary

@test "add: environment, configuration, fact; del: the inverse by the id alone" {
	plugin one "$adds"
	network lan '{"type":"one","key":{"of":"its own"},"capabilities":{"ips":true}}'
	succeeds add box lan
	equal "$(jq -c '.networks[0] | .name, .interface, .result.ips[0].address' <<<"$output" | xargs)" \
		"lan eth0 10.1.1.2/24"
	equal "$(diary '[.command, .id, .netns, .ifname, .args]')" \
		'["ADD","box","/proc/'"$(pid box)"'/ns/net","eth0","IgnoreUnknown=1"]'
	equal "$(diary .conf)" '{"type":"one","key":{"of":"its own"},"cniVersion":"1.1.0","name":"lan"}'
	# Idempotent: there is a fact.
	succeeds sd-cni add <<<"$output"
	equal "$(wc -l <diary)" 1
	# The network is another by now.
	rm "$SDOCKER_ROOT/networks/lan.conflist" diary
	succeeds sd-cni del <<<'{"ociVersion":"1.2.0","id":"box"}'
	equal "$(diary '[.command, .ifname, .conf.key.of, .conf.prevResult.ips[0].address]')" \
		'["DEL","eth0","its own","10.1.1.2/24"]'
	succeeds sd-cni del <<<'{"ociVersion":"1.2.0","id":"box"}'
	equal "$(wc -l <diary)" 1
	equal "$(ls "$SDOCKER_ROOT/containers/box")" rootfs
}

@test "a chain: prevResult from one to the next, and DEL in reverse" {
	plugin one "$adds"
	plugin two '[ $CNI_COMMAND != ADD ] || jq ".prevResult | .dns.search = [\"two\"]" <<<"$conf"'
	network lan '{"type":"one"}' '{"type":"two"}'
	add box lan >doc
	equal "$(jq -c '.networks[0].result | .dns.search, .ips[0].gateway' doc | xargs)" "[two] 10.1.1.1"
	equal "$(jq -r '.networks[0] | keys[]' doc | xargs)" "interface name result"
	succeeds sd-cni check <doc
	succeeds sd-cni del <doc
	equal "$(jq -c .networks <<<"$output")" '[]'
	equal "$(diary '[.plugin, .command, (.conf.prevResult.dns.search // [])[0]]')" \
		'["one","ADD",null]
["two","ADD",null]
["one","CHECK","two"]
["two","CHECK","two"]
["two","DEL","two"]
["one","DEL","two"]'
}

@test "wishes: by capabilities, and by CNI_ARGS; what was not done is refused, and undone" {
	plugin one "$adds"
	network able '{"type":"one","capabilities":{"ips":true,"mac":true,"aliases":true,"portMappings":true},
		"ipam":{"ranges":[[{"subnet":"10.1.1.0/24"}]]}}'
	network unable '{"type":"one"}'
	wish='.want.networks[0] += {ips: ["10.1.1.2"], mac: "02:00:00:00:00:01", aliases: ["www"]}
		| .want.ports = [{hostPort: 8080, containerPort: 80, protocol: "tcp"},
			{containerPort: 81, protocol: "tcp"}]'
	succeeds add box able "| $wish"
	equal "$(diary .conf.runtimeConfig)" '{"ips":["10.1.1.2/24"],"mac":"02:00:00:00:00:01","aliases":["www"],'`
		`'"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]}'
	equal "$(jq -c '.networks[0].aliases' <<<"$output")" '["www"]'
	rm diary
	succeeds add other unable "| $wish"
	equal "$(diary '[.conf.runtimeConfig, .args]')" \
		'[null,"IgnoreUnknown=1;IP=10.1.1.2;MAC=02:00:00:00:00:01"]'
	rm diary
	refuses 'network unable: its plugins did not give the address 10.1.1.9 (hint: a plugin that can has "capabilities"' \
		add third unable '| .want.networks[0].ips = ["10.1.1.9"]'
	equal "$(diary '[.command, .conf.prevResult != null]' | xargs)" "[ADD,false] [DEL,true]"
	refuses "did not set the MAC address 02:00:00:00:00:09" \
		add third unable '| .want.networks[0].mac = "02:00:00:00:00:09"'
}

@test "several networks: one interface each, beside those of sd-bridge" {
	plugin one "$adds"
	network a '{"type":"one"}'
	network b '{"type":"one"}'
	network bridge '{"type":"sd-bridge"}'
	succeeds add box bridge a b '| .networks = [{name: "bridge", interface: "eth0"}]'
	equal "$(jq -c '[.networks[] | .name, .interface]' <<<"$output")" '["bridge","eth0","a","eth1","b","eth2"]'
	succeeds sd-cni del --network a <<<"$output"
	equal "$(jq -c '[.networks[] | .name]' <<<"$output")" '["bridge","b"]'
	equal "$(diary 'select(.command == "DEL") | .ifname')" '"eth1"'
}

# ---- failures

@test "the plugin's error is one line; what the chain had made is undone" {
	plugin one "$adds"
	plugin two '[ $CNI_COMMAND != ADD ] || { echo "{\"cniVersion\":\"1.1.0\",\"code\":103,\"msg\":\"no\nluck\",\"details\":\"today\"}"; exit 1; }'
	network lan '{"type":"one"}' '{"type":"two"}'
	refuses 'sd-cni: network lan: two: no\x0aluck: today' add box lan
	equal "$(diary '[.plugin, .command]' | xargs)" "[one,ADD] [two,ADD] [two,DEL] [one,DEL]"
	equal "$(ls "$SDOCKER_ROOT/containers/box")" rootfs
}

@test "an answer that is none: said, and undone" {
	plugin one '[ $CNI_COMMAND != ADD ] || echo "[1]"'
	network lan '{"type":"one"}'
	refuses "sd-cni: network lan: one: what it answered is not an object" add box lan
	plugin one '[ $CNI_COMMAND != ADD ] || echo "{"'
	refuses "sd-cni: network lan: one:" add box lan
	equal "$(diary .command | xargs)" "ADD DEL ADD DEL"
}

@test "a network of several that fails: the others are undone" {
	plugin one "$adds"
	network a '{"type":"one"}'
	network b '{"type":"missing"}'
	refuses "sd-cni: network b: plugin missing: not found in" add box a b
	equal "$(diary '[.command, .conf.name]' | xargs)" "[ADD,a] [DEL,a]"
	box box a >doc
	sd_run bash -c 'sd-cni add <doc >/dev/full'
	equal "$status" 125
	equal "$(diary .command | tail -2 | xargs)" "ADD DEL"
}

@test "a DEL that fails is said, and forgotten with --force; the rest is done" {
	plugin one "$adds"
	plugin two '[ $CNI_COMMAND != DEL ] || exit 3'
	network lan '{"type":"one"}' '{"type":"two"}'
	add box lan >doc
	refuses "sd-cni: network lan: plugin two: ended with exit code 3 and no reason (hint: 'sd-cni del --force' forgets it)" \
		bash -c 'sd-cni del <doc'
	equal "$(diary 'select(.command == "DEL") | .plugin' | xargs)" "two one"
	succeeds sd-cni del --force <doc
	equal "$(ls "$SDOCKER_ROOT/containers/box")" rootfs
}

@test "killed in the middle of ADD: del and the next add undo what may be there" {
	plugin one 'if [ $CNI_COMMAND = ADD ] && [ -e slow ]; then echo >started; exec sleep 1000; fi'"
$adds"
	network lan '{"type":"one"}'
	box box lan >doc
	touch slow
	setsid sd-cni add <doc >/dev/null 3>&- &
	adder=$!
	disown
	eventually test -e started
	plugin=$(pgrep -P "$adder")
	kill -KILL "$adder"
	kill -KILL "$plugin"
	rm slow diary
	succeeds sd-cni add <doc
	equal "$(diary '[.command, .ifname, .conf.prevResult]' | xargs)" '[DEL,eth0,null] [ADD,eth0,null]'
	ended box
	rm diary
	succeeds sd-cni del <doc
	equal "$(diary '[.command, .netns]')" '["DEL",null]'
}

@test "killed at any call of add: the plugin dies with it, and del leaves nothing" {
	cat >plugins/keeps <<'END'
#!/bin/sh
case $CNI_COMMAND in
ADD) echo >"$DIARY-$CNI_CONTAINERID-$CNI_IFNAME"; echo '{"cniVersion":"1.1.0","ips":[]}' ;;
DEL) rm -f "$DIARY-$CNI_CONTAINERID-$CNI_IFNAME" ;;
esac
END
	chmod +x plugins/keeps
	network lan '{"type":"keeps"}'
	box box lan >doc
	local inject="$SD_BUILD/tests/hostile/inject"
	export ASAN_OPTIONS=detect_leaks=0
	"$inject" -l calls -w 0 -- sd-cni add <doc >/dev/null
	sd-cni del <doc >/dev/null
	while IFS=$'\t' read -r program call n; do
		run "$inject" -p "$program" -c "$call" -n "$n" -k -w 0 -- sd-cni add <doc
		sd-cni del <<<'{"ociVersion":"1.2.0","id":"box"}' >/dev/null
		[ "$(echo diary*)" = 'diary*' ] || { echo "# killed at $call $n: $(echo diary*)"; return 1; }
		equal "$(ls "$SDOCKER_ROOT/containers/box")" rootfs
	done < <(grep '^sd-cni add' calls)
}

@test "a plugin that is older is spoken to in its version; its own result goes back to it" {
	old='v=$(jq -r .cniVersion <<<"$conf")
	case $v in 1.1.0) echo "{\"code\":1,\"msg\":\"incompatible CNI versions\"}"; exit 1 ;; esac
	[ $CNI_COMMAND != ADD ] || echo "{\"cniVersion\":\"$v\",\"ips\":[{\"address\":\"10.1.1.2/24\"}]}"'
	plugin one "$old"
	sed -i 's/,"1.1.0"\]/]/' plugins/one
	plugin two "$adds"
	network lan '{"type":"one"}' '{"type":"two"}'
	add box lan >doc
	sd-cni del <doc >/dev/null
	equal "$(diary 'select(.command == "ADD") | [.plugin, .conf.cniVersion]' | xargs)" \
		"[one,1.1.0] [one,1.0.0] [two,1.0.0]"
}

@test "refused: no such network, no process, a plugin's name with a slash" {
	network evil '{"type":"../../bin/sh"}'
	refuses "no such network: none" add box none
	refuses "pid, startTime: missing" add box evil '| del(.pid)'
	refuses "the container's process has ended" add box evil '| .startTime = 1'
	refuses "network evil: '../../bin/sh' is not the type of a plugin" add box evil
	refuses "which network is missing: --conf FILE" bash -c "echo '{}' | sd-cni add --netns 1"
}

# ---- gc, status

@test "gc: the attachments that are written down are valid; status" {
	plugin one "$adds"
	plugin old
	sed -i 's/,"1.1.0"\]/]/' plugins/old
	network lan '{"type":"one"}'
	network old '{"type":"old"}'
	network bridge '{"type":"sd-bridge"}'
	add box lan >doc
	rm diary
	succeeds sd-cni gc
	equal "$(diary 'select(.command != "VERSION") | [.plugin, .command, .conf["cni.dev/valid-attachments"]]')" \
		'["one","GC",[{"containerID":"box","ifname":"eth0"}]]'
	sd-cni del <doc >/dev/null
	rm diary
	sd-cni gc lan
	equal "$(diary 'select(.command == "GC").conf["cni.dev/valid-attachments"]')" '[]'
	succeeds sd-cni status
	plugin one '[ $CNI_COMMAND != STATUS ] || { echo "{\"code\":50,\"msg\":\"full\"}"; exit 1; }'
	refuses "network lan: one: full" sd-cni status lan
	refuses "no such network: nolan" sd-cni gc nolan
}

# ---- Debian's plugins

@test "macvlan with sd-ipam: an address, and the wished one; its neighbour is reached" {
	ip link add dum0 type veth peer name dum1
	ip link set dum0 up
	ip link set dum1 up
	network lan '{"type":"macvlan","master":"dum0","mode":"bridge","ipam":{"type":"sd-ipam",
		"ranges":[[{"subnet":"10.77.0.0/24"}]]}}'
	add a lan >a.json
	add b lan '| .want.networks[0] += {ips: ["10.77.0.77"], mac: "02:00:00:00:00:77"}' >b.json
	equal "$(jq -r '.networks[0].result.ips[0].address' b.json)" 10.77.0.77/24
	equal "$(in_netns b ip -br addr show eth0 | awk '{print $3}')" 10.77.0.77/24
	in_netns a busybox busybox ping -c 1 -W 2 10.77.0.77
	equal "$(in_netns b cat /sys/class/net/eth0/address 2>/dev/null || in_netns b ip -br link show eth0 | awk '{print $3}')" \
		02:00:00:00:00:77
	succeeds sd-cni check <a.json
	in_netns a ip addr flush dev eth0
	sd_run sd-cni check <a.json
	equal "$status" 125
	contains "$stderr" "sd-cni: network lan: macvlan: "
	# Its process is gone, and with it the namespace: the address is given back all the same.
	ended b
	succeeds sd-cni del <b.json
	succeeds sd-cni del <a.json
	equal "$(sd-ipam ls -q)" ""
}

@test "ptp with host-local: by hand, and the neighbour is the host" {
	echo '{"cniVersion":"1.0.0","name":"ptp","type":"ptp","ipam":{"type":"host-local","subnet":"10.78.0.0/24"}}' \
		>ptp.conf
	netns box
	sd-cni add --netns "$(pid box)" --conf ptp.conf --interface lan0 --address 10.78.0.9 >result
	equal "$(jq -r '.ips[0].address' result)" 10.78.0.9/24
	in_netns box busybox ping -c 1 -W 2 10.78.0.1
	succeeds sd-cni check --netns "$(pid box)" --conf ptp.conf --interface lan0 --result result
	succeeds sd-cni del --netns "$(pid box)" --conf ptp.conf --interface lan0 --result result
	equal "$(find /var/lib/cni/networks/ptp -name '10.*')" ""
	refuses "ptp: " sd-cni add --netns /proc/1/nothing --id x --conf ptp.conf
	refuses "--netns or --id is missing" sd-cni del --conf ptp.conf
	refuses "--netns is missing" sd-cni add --conf ptp.conf
	refuses "nothing.conf" sd-cni add --netns "$(pid box)" --conf nothing.conf
}
