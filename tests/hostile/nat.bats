# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# Who is not meant to get through: neighbours on the wire, containers, other networks.  Each way is
# first shown to be one: open without the rule that closes it.
load ../helper/common
load ../helper/machines

setup() {
	sd_setup
	world
	export SD_ASK=1
}

teardown() {
	sd-nat unpublish --to 10.9.0.2
	sd-nat unmasquerade --bridge br1
	sd-nat unmasquerade --bridge br0
	world_off
	sd_teardown
}

masquerade() { sd-nat masquerade --subnet 10.9.0.0/24 --subnet fd09::/64 --bridge br0 "$@"; }

# A machine sends packets for 127.0.0.1 out to a neighbour, in place of to itself.
loopback_by_wire() {
	at "$1" ip route del table local 127.0.0.0/8 dev lo
	at "$1" ip route del table local 127.0.0.1 dev lo
	at "$1" sysctl -qw net.ipv4.conf.eth0.route_localnet=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.eth0.rp_filter=0
	at "$1" ip route add 127.0.0.1/32 via "$2" src "$3"
}

@test "a neighbour's route to the containers: neither unpublished ports nor those of 127.0.0.1" {
	sysctl -qw net.ipv4.ip_forward=1
	at outside ip route add 10.9.0.0/24 via 192.0.2.1
	at outside ip -6 route add fd09::/64 via 2001:db8::1
	equal "$(ask outside 10.9.0.2 80),$(ask outside fd09::2 80)" 192.0.2.9,2001:db8::9
	masquerade
	sd-nat publish --to 10.9.0.2 -p 127.0.0.1:8080:80
	equal "$(ask host 127.0.0.1 8080)" 10.9.0.1
	equal "$(ask outside 10.9.0.2 80),$(ask outside fd09::2 80)" ,
	equal "$(ask_udp outside 10.9.0.2 80)" ""
	# What is published for all is reached by the host's address, not by the container's.
	sd-nat publish --to 10.9.0.2 -p 8080:80
	equal "$(ask outside 192.0.2.1 8080),$(ask outside 10.9.0.2 80)" 192.0.2.9,
}

# How many connections were led to port 8080.
led() { iptables-save -c -t nat | sed -n 's/^\[\([0-9]*\):.* --dport 8080 .*/\1/p'; }

@test "CVE-2020-8558: packets for 127.0.0.1 by the wire do not reach a port published there" {
	masquerade
	sd-nat publish --to 10.9.0.2 -p 127.0.0.1:8080:80
	loopback_by_wire outside 192.0.2.1 192.0.2.9
	equal "$(ask outside 127.0.0.1 8080)$(led)" 0
	# Without the exception the container would be called; its answer is for no real machine.
	iptables -t nat -I PREROUTING -m addrtype --dst-type LOCAL -j SDOCKER-PUBLISH
	equal "$(ask outside 127.0.0.1 8080)$(led)" 1
	iptables -t nat -D PREROUTING -m addrtype --dst-type LOCAL -j SDOCKER-PUBLISH
	equal "$(ask outside 127.0.0.1 8080)$(led)" 1
}

@test "route_localnet: a container does not reach what listens on the host's 127.0.0.1" {
	masquerade
	equal "$(sysctl -n net.ipv4.conf.br0.route_localnet)" 1
	cd "$BATS_TEST_TMPDIR"
	python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 7000))
while True:
    print(s.recv(100).decode().strip(), flush=True)' >got 3>&- &
	SD_SERVERS+=($!)
	eventually heard host ready
	loopback_by_wire web 10.9.0.1 10.9.0.2
	run ! heard web early
	iptables -D INPUT -j SDOCKER-INPUT
	eventually heard web open
	iptables -I INPUT -j SDOCKER-INPUT
	run ! heard web late
	eventually heard host last
	equal "$(uniq got | xargs)" "ready open last"
}

# heard MACHINE WORD: it reaches the host's 127.0.0.1, after what was sent before.
heard() {
	# shellcheck disable=SC2016 # for the inner shell
	at "$1" bash -c 'echo $0 >/dev/udp/127.0.0.1/7000' "$2" 2>/dev/null
	[ "$(tail -n 1 got)" = "$2" ]
}

@test "networks are apart: a neighbour network reaches what is published, and nothing else" {
	bridge br1 1
	behind br1 other 1 4
	masquerade
	sysctl -qw net.ipv4.ip_forward=1
	equal "$(ask other 10.9.0.2 80),$(ask other fd09:0::2 80)" ,
	sd-nat masquerade --subnet 10.9.1.0/24 --subnet fd09:1::/64 --bridge br1
	equal "$(ask other 10.9.0.2 80),$(ask other fd09:0::2 80)" ,
	sd-nat publish --to 10.9.0.2 -p 8080:80
	equal "$(ask other 192.0.2.1 8080),$(ask other 10.9.1.1 8080)" 10.9.0.1,10.9.0.1
	equal "$(ask other 10.9.0.2 80)" ""
	sd-nat unmasquerade --bridge br0
	equal "$(ask other 10.9.0.2 80)" 10.9.0.1
}

@test "an internal network: nothing leaves, not even to a port that is published; nothing comes in" {
	bridge br1 1
	behind br1 inner 1 4
	answering inner 80
	answering outside 90
	masquerade
	sd-nat publish --to 10.9.0.2 -p 8080:80
	at outside ip route add 10.9.1.0/24 via 192.0.2.1
	at outside ip -6 route add fd09:1::/64 via 2001:db8::1
	equal "$(ask inner 192.0.2.9 90),$(ask outside 10.9.1.4 80)" 10.9.1.4,192.0.2.9
	sd-nat masquerade --internal --subnet 10.9.1.0/24 --subnet fd09:1::/64 --bridge br1
	equal "$(ask inner 192.0.2.9 90),$(ask inner 2001:db8::9 90)" ,
	equal "$(ask inner 192.0.2.1 8080),$(ask inner 10.9.1.1 8080)" ,
	equal "$(ask outside 10.9.1.4 80),$(ask outside fd09:1::4 80),$(ask web 10.9.1.4 80)" ,,
	equal "$(sysctl -n net.ipv4.conf.br1.route_localnet)" 0
	# The host itself is no outsider.
	equal "$(ask host 10.9.1.4 80)" 10.9.1.1
}

@test "--no-icc: members do not reach each other, but what is published" {
	sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
	masquerade
	equal "$(ask neighbour 10.9.0.2 80),$(ask neighbour fd09:0::2 80)" 10.9.0.3,fd09::3
	masquerade --no-icc
	equal "$(ask neighbour 10.9.0.2 80),$(ask neighbour fd09:0::2 80)" ,
	sd-nat publish --to 10.9.0.2 -p 8080:80
	equal "$(ask neighbour 192.0.2.1 8080)" 10.9.0.1
}

@test "the container sees who calls from outside: a program that trusts 127.0.0.1 is not deceived (CVE-2021-20199)" {
	masquerade
	sd-nat publish --to 10.9.0.2 -p 8080:80
	equal "$(ask outside 192.0.2.1 8080)" 192.0.2.9
	equal "$(ask host 127.0.0.1 8080)" 10.9.0.1
}

# ---- cut short

inject() { "$SD_BUILD/tests/hostile/inject" "$@" >/dev/null 2>"$BATS_TEST_TMPDIR/err"; }

# cut_short EVERY MAKE UNMAKE, at each EVERY-th place of MAKE and of the iptables that it runs:
# killed there it is made whole by the next, and UNMAKE, killed as well, takes all away; where a call
# fails that is reported and nothing has changed, or all is as it should be.
cut_short() {
	local make unmake at before whole list=$BATS_TEST_TMPDIR/list
	read -ra make <<<"$2"
	read -ra unmake <<<"$3"
	before=$(rules)
	"${make[@]}"
	whole=$(rules)
	"${unmake[@]}"
	inject -l "$list" -- "${make[@]}"
	"${unmake[@]}"
	while IFS=$'\t' read -r -a at; do
		at=(-p "${at[0]}" -c "${at[1]}" -n "${at[2]}")
		inject "${at[@]}" -k -- "${make[@]}" || true
		"${make[@]}"
		is "$whole" || return
		inject "${at[@]}" -k -- "${unmake[@]}" || true
		"${unmake[@]}"
		is "$before" || return
		# wait4(2) cannot fail so; were it to, iptables would still be at work.
		[[ ${at[1]} != sd-nat* || ${at[3]} = wait4 ]] || sanitizers_own "${at[3]}" ||
			is_told_or_whole || return
	done < <(awk -F '\t' -v n="$1" 'NR % n == 0 && $2 != "brk"' "$list") # without memory nothing starts
}

is() { [ "$(rules)" = "$1" ] || { echo "# at ${at[*]}: $(rules)"; return 1; }; }

is_told_or_whole() {
	local code=0
	inject "${at[@]}" -e 5 -- "${make[@]}" || code=$?
	case $code,$(wc -l <"$BATS_TEST_TMPDIR/err") in
	0,0) is "$whole" ;;
	125,1) is "$before" ;;
	*) echo "# at ${at[*]}: exit $code: $(cat "$BATS_TEST_TMPDIR/err")"; return 1 ;;
	esac || return
	"${unmake[@]}"
}

@test "masquerade: killed anywhere, or failing anywhere" {
	cut_short 12 "sd-nat masquerade --subnet 10.9.0.0/24 --subnet fd09::/64 --bridge br0" \
		"sd-nat unmasquerade --bridge br0"
}

@test "publish: killed anywhere, or failing anywhere" {
	masquerade
	cut_short 9 "sd-nat publish --to 10.9.0.2 -p 8080:80 -p 53:53/udp" "sd-nat unpublish --to 10.9.0.2"
}
