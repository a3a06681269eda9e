# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# bridge - networks, and containers that are no more than a process in a network namespace of its
# own.  bridge_setup and bridge_off around each test.

bridge_setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p "$SDOCKER_ROOT/networks"
	processes=()
}

bridge_off() {
	local link
	[ ${#processes[@]} = 0 ] || kill -KILL "${processes[@]}" 2>/dev/null
	wait 2>/dev/null
	for link in $(ip -o link show type bridge | cut -d: -f2); do ip link del "$link"; done
	rm -rf "${SDOCKER_ROOT:?}/containers" "${SDOCKER_RUN:?}/ipam"
	sd_teardown
}

own_netns() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# process NAME: a process in a network namespace of its own, its pid in $NAME.
process() {
	unshare --net sleep infinity 3>&- &
	declare -g "$1=$!"
	processes+=($!)
	eventually own_netns $!
}

# inside PID COMMAND...
inside() { nsenter --net --target "$1" -- "${@:2}"; }
reaches() { inside "$1" busybox ping -c 1 -W 2 "$2" >/dev/null; }
# Nobody answers, which has to be waited for.
cannot_reach() { ! inside "$1" busybox ping -c 1 -W 1 "$2" >/dev/null 2>&1; }
links_of() { ip -o link show master "$1" | cut -d: -f2 | cut -d@ -f1 | xargs; }
# lacks PID INTERFACE
lacks() { ! inside "$1" ip link show "$2" >/dev/null 2>&1; }
gone() { ! ip link show "$1" >/dev/null 2>&1; }
ticks() { sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20; }

# network NAME SUBNET GATEWAY [JQ]: stored, its bridge br-NAME.
network() {
	jq -n --arg name "$1" --arg subnet "$2" --arg gateway "$3" '{cniVersion: "1.1.0", name: $name,
		plugins: [{type: "sd-bridge", bridge: "br-\($name)", isGateway: true, hairpinMode: true,
			ipam: {type: "sd-ipam", ranges: [[{subnet: $subnet, gateway: $gateway}]],
				routes: [{dst: "0.0.0.0/0"}]}}],
		sdocker: {id: "id-of-\($name)"}} | '"${4:-.}" >"$SDOCKER_ROOT/networks/$1.conflist"
}
conf() { cat "$SDOCKER_ROOT/networks/$1.conflist"; }

# container ID PID NETWORK=ADDRESS/PREFIX,GATEWAY...: its document, leases and all.
container() {
	local id=$1 pid=$2 one wants=() leases=()
	shift 2
	for one; do
		wants+=("{\"name\": \"${one%%=*}\"}")
		one=${one/=/ }
		leases+=("$(jq -cn --arg n "${one% *}" --arg a "${one#* }" '($a | split(",")) as $a |
			{network: $n, ips: [{address: $a[0], gateway: $a[1]}],
			 routes: [{dst: (if $a[0] | test(":") then "::/0" else "0.0.0.0/0" end)}]}')")
	done
	document "$id" ".want.networks = [$(IFS=,; echo "${wants[*]}")] |
		.leases = [$(IFS=,; echo "${leases[*]}")] | .pid = $pid | .startTime = $(ticks "$pid")"
}
