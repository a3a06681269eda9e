# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2154 # code for jq; set by run
#
# cni - a driver of the CNI protocol, and configurations that fit Debian's plugins and ours.

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
	mkdir pids
	export CNI_PATH=/usr/lib/cni:$SD_BUILD/bin
}

teardown() {
	[ -z "$(ls pids)" ] || cat pids/* | xargs kill -KILL 2>/dev/null || :
	for link in br-theirs br-ours; do ip link del "$link" 2>/dev/null || :; done
	rm -rf /var/lib/cni /run/cni
	sd_teardown
}

# ---- a driver of the protocol

# netns NAME: a process in a network namespace of its own.
netns() {
	unshare --net sleep 1000 >/dev/null 2>&1 3>&- &
	disown
	echo $! >"pids/$1"
	eventually other_netns $!
}
other_netns() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ] &&
		[ "$(cat "/proc/$1/comm")" = sleep ]
}
path_of() { echo "/proc/$(cat "pids/$1")/ns/net"; }
in_netns() { nsenter --net="$(path_of "$1")" "${@:2}"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
ended() {
	kill -KILL "$(cat "pids/$1")"
	eventually gone "$(cat "pids/$1")"
}

# cni PLUGIN COMMAND CONF [VARIABLE=VALUE]...: $status, and $output is its answer.  The container
# is "box" with its eth0, unless said; "-VARIABLE" is not set.
cni() {
	local plugin=$1 command=$2 conf=$3 file=/usr/lib/cni/$1
	local -A env=([CNI_CONTAINERID]=box [CNI_IFNAME]=eth0 [CNI_NETNS]=/proc/1/nothing)
	[ ! -e pids/box ] || env[CNI_NETNS]=$(path_of box)
	shift 3
	for word; do
		case $word in
		-*) unset "env[${word#-}]" ;;
		*) env[${word%%=*}]=${word#*=} ;;
		esac
	done
	set --
	for word in "${!env[@]}"; do set -- "$@" "$word=${env[$word]}"; done
	[ -e "$file" ] || file=$SD_BUILD/bin/$plugin
	run --separate-stderr env CNI_COMMAND="$command" "$@" "$file" <<<"$conf"
}

# answers PLUGIN COMMAND CONF [VARIABLE=VALUE]...: it succeeds.
answers() {
	cni "$@"
	[ "$status" != 0 ] || [ -n "$stderr" ] || return 0
	show_run
	return 1
}

# fails CODE TEXT PLUGIN COMMAND CONF [VARIABLE=VALUE]...: with an error object of that code.
fails() {
	local code=$1 text=$2
	shift 2
	cni "$@"
	[ "$status" != 0 ] && [ -n "$output" ] && jq -e --argjson code "$code" --arg text "$text" \
		'.code == $code and (.msg + .details | contains($text))' \
		<<<"$output" >/dev/null && return
	complain "$1 $2: not $code $text: $output"
}

# What is not comparable: addresses of hardware, names of links of the host's.
comparable() {
	jq -S 'if .interfaces then .interfaces |= [.[] | .mac = (.mac != null) | del(.mtu)
		| if .sandbox then . else .name |= if startswith("br-") then "bridge" else "link" end end]
		else . end | if .dns == {} then del(.dns) else . end'
}

# ---- configurations

# ipam TYPE [JQ-FILTER]
ipam() {
	jq -cn --arg type "$1" '{cniVersion: "1.0.0", name: "net-\($type)", type: "any", ipam: {type: $type,
		ranges: [[{subnet: "10.66.0.0/24"}]], routes: [{dst: "0.0.0.0/0"}]}} | '"${2:-.}"
}

# bridge TYPE IPAM [JQ-FILTER]
bridge() {
	local name=br-theirs
	[ "$1" = bridge ] || name=br-ours
	jq -cn --arg type "$1" --arg ipam "$2" --arg bridge $name '{cniVersion: "1.0.0",
		name: "net-\($type)-\($ipam)", type: $type, bridge: $bridge, isGateway: true,
		ipam: {type: $ipam, ranges: [[{subnet: "10.66.0.0/24"}]], routes: [{dst: "0.0.0.0/0"}]}}
		| '"${3:-.}"
}

# with CONF RESULT: as DEL and CHECK have it.
with() { jq -c --argjson result "$2" '.prevResult = $result' <<<"$1"; }

# ---- what holds for all

# same_versions OURS THEIRS
same_versions() {
	for plugin; do
		answers "$plugin" VERSION '{"cniVersion":"0.4.0"}' -CNI_CONTAINERID -CNI_NETNS -CNI_IFNAME
		jq -e '.cniVersion and (["0.3.0", "0.3.1", "0.4.0", "1.0.0"] - .supportedVersions == [])' \
			<<<"$output" >/dev/null || complain "$plugin: $output"
	done
	answers "$1" VERSION '{"cniVersion":"0.4.0"}' -CNI_CONTAINERID -CNI_NETNS -CNI_IFNAME
	jq -e '.cniVersion == "0.4.0" and (.supportedVersions | index("1.1.0"))' <<<"$output" ||
		complain "$1: $output"
}

# same_codes OURS THEIRS OUR-CONF THEIR-CONF: of errors, as the specification lists them.
same_codes() {
	local ours=$1 plugin conf
	for plugin in "$1" "$2"; do
		conf=$3
		[ "$plugin" = "$ours" ] || conf=$4
		fails 1 "" "$plugin" ADD "$(jq -c '.cniVersion = "9.9.9"' <<<"$conf")"
		fails 4 CNI_CONTAINERID "$plugin" ADD "$conf" -CNI_CONTAINERID
		fails 4 CNI_NETNS "$plugin" ADD "$conf" -CNI_NETNS
		fails 4 CNI_IFNAME "$plugin" ADD "$conf" -CNI_IFNAME
		fails 4 CNI_IFNAME "$plugin" DEL "$conf" -CNI_IFNAME
		fails 4 "" "$plugin" ADD "$conf" CNI_CONTAINERID='../x'
		fails 4 "" "$plugin" ADD "$conf" CNI_IFNAME=a/b
		fails 4 "" "$plugin" ADD "$conf" CNI_IFNAME=much-too-long-a-name
		fails 4 CNI_COMMAND "$plugin" NOTHING "$conf"
		fails 6 "" "$plugin" ADD '{"cniVersion": "1.0.0", '
	done
	# Here the reference has codes of its own, or none.
	fails 1 "" "$ours" GC "$3"
	fails 6 "" "$ours" ADD '[]'
	fails 7 name "$ours" ADD "$(jq -c 'del(.name)' <<<"$3")"
	fails 7 name "$ours" ADD "$(jq -c '.name = "../x"' <<<"$3")"
	fails 7 prevResult "$ours" CHECK "$3"
	fails 7 prevResult "$ours" DEL "$(jq -c '.prevResult = []' <<<"$3")"
	fails 7 valid-attachments "$ours" GC "$(jq -c '.cniVersion = "1.1.0"' <<<"$3")"
}
