# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sd-nat by hand: what gets through between the host, two behind a bridge, and a machine outside.
load ../helper/common
load ../helper/machines

setup() {
	sd_setup
	world
}

teardown() {
	world_off
	sd_teardown
}

# The eight ways to port 8080, and whom the container sees.
ways() {
	printf '%s: %s\n' \
		"host, loopback" "$(ask host "$1" 8080)" \
		"host, its address" "$(ask host "$2" 8080)" \
		"host, the bridge's" "$(ask host "$3" 8080)" \
		"outside" "$(ask outside "$2" 8080)" \
		"neighbour, the host's" "$(ask neighbour "$2" 8080)" \
		"neighbour, the bridge's" "$(ask neighbour "$3" 8080)" \
		"itself, by the host's" "$(ask web "$2" 8080)" \
		"itself, by the bridge's" "$(ask web "$3" 8080)"
}

# expected LOOPBACK HOST OUTSIDE BRIDGE
expected() {
	printf '%s: %s\n' "host, loopback" "$1" "host, its address" "$2" "host, the bridge's" "$4" \
		outside "$3" "neighbour, the host's" "$4" "neighbour, the bridge's" "$4" \
		"itself, by the host's" "$4" "itself, by the bridge's" "$4"
}

eight_ways() {
	succeeds sd-nat masquerade --subnet 10.9.0.0/24 --subnet fd09:0::/64 --bridge br0
	succeeds sd-nat publish --to 10.9.0.2 -p 8080:80
	succeeds sd-nat publish --to fd09:0::2 -p 8080:80
	iptables -P FORWARD DROP
	ip6tables -P FORWARD DROP
	for calls in 1 0; do
		sysctl -qw net.bridge.bridge-nf-call-iptables=$calls net.bridge.bridge-nf-call-ip6tables=$calls
		equal "$(ways 127.0.0.1 192.0.2.1 10.9.0.1)" \
			"$(expected 10.9.0.1 192.0.2.1 192.0.2.9 10.9.0.1)"
		# By hand nobody holds the port, and so nobody relays from [::1].
		equal "$(ways ::1 2001:db8::1 fd09:0::1)" \
			"$(expected "" 2001:db8::1 2001:db8::9 fd09::1)"
	done
	iptables -P FORWARD ACCEPT
	ip6tables -P FORWARD ACCEPT
	succeeds sd-nat unpublish --to 10.9.0.2
	succeeds sd-nat unpublish --to fd09:0::2
	equal "$(ask host 127.0.0.1 8080)$(ask host 192.0.2.1 8080)$(ask host 2001:db8::1 8080)" ""
	succeeds sd-nat unmasquerade --bridge br0
	as_before
}

@test "the eight ways in: IPv4 and IPv6, bridge-nf-call on and off, FORWARD's policy DROP" {
	[[ $(iptables --version) == *nf_tables* ]] || skip "iptables is not nft's"
	eight_ways
}

@test "the same with the legacy iptables" {
	command -v iptables-legacy >/dev/null || skip "no iptables-legacy"
	use_legacy
	eight_ways
}

@test "masquerade: a network reaches the world by the host's address; once more is no more" {
	sysctl -qw net.ipv4.ip_forward=0
	answering outside 90
	equal "$(SD_ASK=1 ask web 192.0.2.9 90)" ""
	succeeds sd-nat masquerade --subnet 10.9.0.77/24 --bridge br0
	equal "$output" ""
	equal "$(ask web 192.0.2.9 90)" 192.0.2.1
	equal "$(ask_udp web 192.0.2.9 90)" 192.0.2.1
	once=$(rules)
	succeeds sd-nat masquerade --subnet 10.9.0.0/24 --bridge br0
	equal "$(rules)" "$once"
	succeeds sd-nat unmasquerade --bridge br0
	as_before
	succeeds sd-nat unmasquerade --bridge br0
}

@test "rules of others stay where they are, also one that refuses the rest" {
	iptables -A FORWARD -j REJECT
	iptables -t nat -A POSTROUTING -o nolink -j MASQUERADE
	before=$(rules)
	answering outside 90
	sd-nat masquerade --subnet 10.9.0.0/24 --bridge br0
	sd-nat publish --to 10.9.0.2 -p 8080:80
	equal "$(ask web 192.0.2.9 90),$(ask outside 192.0.2.1 8080)" 192.0.2.1,192.0.2.9
	sd-nat unpublish --to 10.9.0.2
	sd-nat unmasquerade --bridge br0
	equal "$(rules)" "$before"
	iptables -D FORWARD -j REJECT
	iptables -t nat -D POSTROUTING -o nolink -j MASQUERADE
}

@test "publish: udp and sctp, ranges, an address of the host; the last call is what holds" {
	sd-nat masquerade --subnet 10.9.0.0/24 --bridge br0
	succeeds sd-nat publish --to 10.9.0.2 -p 5353:80/udp -p 192.0.2.1:8000-8001:80-81 -p 9000:80/sctp
	equal "$(ask_udp outside 192.0.2.1 5353)" 192.0.2.9
	equal "$(ask_udp host 127.0.0.1 5353)" 10.9.0.1
	equal "$(ask outside 192.0.2.1 8000)" 192.0.2.9
	equal "$(ask host 127.0.0.1 8000)" ""
	equal "$(sd-nat ls)" "OF         RULE         FROM             TO
br0        masquerade   10.9.0.0/24      
10.9.0.2   udp          0.0.0.0:5353     10.9.0.2:80
10.9.0.2   tcp          192.0.2.1:8000   10.9.0.2:80
10.9.0.2   tcp          192.0.2.1:8001   10.9.0.2:81
10.9.0.2   sctp         0.0.0.0:9000     10.9.0.2:80"
	succeeds sd-nat publish --to 10.9.0.2 -p 8080:80
	equal "$(sd-nat ls | grep -c ^10.9.0.2)" 1
	sd-nat unpublish --to 10.9.0.2
	sd-nat unmasquerade --bridge br0
	as_before
}

@test "a flow of UDP that began before the rules, or with another container, is led anew" {
	sd-nat masquerade --subnet 10.9.0.0/24 --bridge br0
	answering neighbour 80
	cd "$BATS_TEST_TMPDIR"
	mkfifo ask
	# shellcheck disable=SC2016
	nsenter --net="$(netns outside)" bash -c '
		exec 4<>/dev/udp/192.0.2.1/5353
		while read -r; do
			{ echo hello >&4; timeout 2 head -n 1 <&4; } 2>/dev/null | grep . || echo none
		done' <ask >answers 3>&- &
	client=$!
	exec 7>ask
	said() { [ "$(wc -l <answers)" = "$1" ] && [ "$(tail -n 1 answers)" = "$2" ]; }
	echo >&7
	eventually said 1 none
	sd-nat publish --to 10.9.0.2 -p 5353:80/udp
	echo >&7
	eventually said 2 192.0.2.9
	sd-nat unpublish --to 10.9.0.2
	kill -KILL "${SD_SERVERS[0]}"
	sd-nat publish --to 10.9.0.3 -p 5353:80/udp
	echo >&7
	eventually said 3 192.0.2.9
	exec 7>&-
	wait $client
	sd-nat unpublish --to 10.9.0.3
	sd-nat unmasquerade --bridge br0
	as_before
}

@test "what is wrong is said" {
	refuses "--subnet and --bridge belong together" sd-nat masquerade --subnet 10.9.0.0/24
	refuses "--subnet: '10.9.0.0' is not a subnet" sd-nat masquerade --subnet 10.9.0.0 --bridge br0
	for name in 'br+' 'a b' $'a\n-F' '"' aaaaaaaaaaaaaaaa ''; do
		refuses "is no bridge's name that a rule can hold" \
			sd-nat masquerade --subnet 10.9.0.0/24 --bridge "$name"
	done
	refuses "there is no bridge nobridge" sd-nat masquerade --subnet 10.9.0.0/24 --bridge nobridge
	as_before
	refuses "--to and --publish belong together" sd-nat publish --to 10.9.0.2
	refuses "--to: 'web' is not an IP address" sd-nat publish --to web -p 8080:80
	refuses "--publish: by hand the host's port is yours to choose" sd-nat publish --to 10.9.0.2 -p 80
	refuses "bind port 8080/tcp of 198.51.100.1: Cannot assign requested address (hint: this host has no such address)" \
		sd-nat publish --to 10.9.0.2 -p 198.51.100.1:8080:80
	refuses "unexpected operand 'x'" sd-nat sync x
	refuses "--to: '10.9.0.2' is not ADDRESS:PORT" sd-nat relay --to 10.9.0.2
	refuses "standard input: Socket operation on non-socket" sd-nat relay --to 10.9.0.2:80 </dev/null
	PATH=$SD_BUILD/bin:/bin refuses "must be root" setpriv --bounding-set=-net_admin --inh-caps=-net_admin \
		sd-nat masquerade --subnet 10.9.0.0/24 --bridge br0
	as_before
}

@test "a port that is taken: by whom" {
	answering host 8080
	refuses "sd-nat: port 8080/tcp of 0.0.0.0 is taken (by process ${SD_SERVERS[1]}, python3" \
		sd-nat publish --to 10.9.0.2 -p 8080:80
	refuses "sd-nat: port 8080/udp of 0.0.0.0 is taken (by process ${SD_SERVERS[1]}, python3" \
		sd-nat publish --to 10.9.0.2 -p 8080:80/udp
	as_before
}
