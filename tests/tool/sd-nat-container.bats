# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sd-nat as a stage of the pipeline: containers whose ports are published, and their monitors.
load ../helper/common
load ../helper/machines

setup() {
	sd_setup
	world
	cd "$BATS_TEST_TMPDIR" || return
	store_network net br0 0
	sd-nat masquerade --subnet 10.9.0.0/24 --bridge br0
}

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd-nat unmasquerade --bridge br0
	world_off
	sd_teardown
	rm -f "$SDOCKER_RUN/nat.lock"
}

# store_network NAME BRIDGE NET [JQ-FILTER]: it is up, but for its rules.
store_network() {
	mkdir -p "$SDOCKER_ROOT/networks" "$SDOCKER_RUN/networks"
	jq -n --arg name "$1" --arg bridge "$2" --arg net "$3" '{
		cniVersion: "1.1.0", name: $name,
		plugins: [{type: "sd-bridge", bridge: $bridge, ipMasq: true, ipam: {type: "sd-ipam",
			ranges: [[{subnet: "10.9.\($net).0/24"}]]}}],
		sdocker: {id: ("\($net)123456789abcdef" * 4), driver: "bridge"}
	} | '"${4:-.}" >"$SDOCKER_ROOT/networks/$1.conflist"
	tr -d '\n' </proc/sys/kernel/random/boot_id >"$SDOCKER_RUN/networks/$1"
}

network() { cat "$SDOCKER_ROOT/networks/$1.conflist"; }

# running NAME N: a container, whose own network namespace is behind br0 as 10.9.0.N; its document,
# without ports, is in the file NAME.
running() {
	local pid
	sdocker run -d --network none --name "$1" busybox sleep 1000 >"$1.id"
	pid=$(sdocker inspect "$1" | jq '.[0].State.Pid')
	# shellcheck disable=SC2034 # machines.bash
	SD_MACHINES[$1]=$pid
	cable host "v$2" "$1" eth0
	ip link set "v$2" master br0
	ip link set "v$2" type bridge_slave hairpin on
	address "$1" eth0 "10.9.0.$2/24"
	at "$1" ip route add default via 10.9.0.1
	answering "$1" 80
	sd-state get "$(cat "$1.id")" | jq -c --arg n "$2" '.networks = [
		{name: "net", interface: "eth0", link: "v\($n)", result: {ips: [{address: "10.9.0.\($n)/24"}]}}]' >"$1"
}

# with NAME JQ-FILTER: its document with wishes; published NAME FACTS
with() { jq -c "$2" "$1"; }
ports() { jq -c "[.ports[] | \"\(.hostIP) \(.hostPort) \(.containerPort)/\(.protocol)\"]"; }
chains() { iptables-save -t nat | grep -c '^:SD-PUB-' || true; }

no_relay() { ! pgrep -f "sd-nat relay" >/dev/null; }

publish() { with "$1" "$2" | sd-nat publish >"$1.out" && jq -c 'del(.config)' "$1.out" >/dev/null; }

@test "publish: the port leads there, from everywhere; its facts; unpublish leaves nothing" {
	running one 11
	before=$(rules)
	publish one '.want.ports = [{hostPort: 8080, containerPort: 80, protocol: "tcp"}]'
	equal "$(ports <one.out)" '["0.0.0.0 8080 80/tcp",":: 8080 80/tcp"]'
	equal "$(ask outside 192.0.2.1 8080)" 192.0.2.9
	equal "$(ask host 127.0.0.1 8080)" 10.9.0.1
	# Whom no rule leads, the monitor's relay does.
	equal "$(ask host ::1 8080)" 10.9.0.1
	equal "$(ask outside 2001:db8::1 8080)" 10.9.0.1
	# Its facts are there: nothing is done again.
	once=$(rules)
	equal "$(sd-nat publish <one.out | ports)" '["0.0.0.0 8080 80/tcp",":: 8080 80/tcp"]'
	equal "$(rules)" "$once"
	contains "$(iptables-save -t nat)" "--comment $(cat one.id) -j DNAT"
	equal "$(sd-nat unpublish <one.out | jq 'has("ports")')" false
	equal "$(rules)" "$before"
	# Once more, and with the id alone.
	sd-nat unpublish <one.out >/dev/null
	publish one '.want.ports = [{hostPort: 8081, containerPort: 80}]'
	equal "$(jq -c '{ociVersion, id, want}' one.out | sd-nat unpublish | jq -r .id)" "$(cat one.id)"
	equal "$(rules)" "$before"
}

@test "no wish, no call: the firewall is not asked" {
	document nobody >none
	mkdir bin
	for tool in ip{,6}tables-{save,restore}; do ln -s /bin/false "bin/$tool"; done
	PATH=$PWD/bin:$PATH
	equal "$(sd-nat publish <none | jq -r .id)" nobody
	equal "$(sd-nat unpublish <none | jq -r .id)" nobody
	PATH=${PATH#*:}
	rm -r "$SDOCKER_ROOT/containers/nobody"
}

@test "the port is held while the container runs, and free when it has ended" {
	running one 11
	running two 12
	publish one '.want.ports = [{hostPort: 8080, containerPort: 80, protocol: "tcp"}]'
	jq -c . one.out >"$SDOCKER_RUN/containers/$(cat one.id)/state.json"
	with two '.want.ports = [{hostPort: 8080, containerPort: 80, protocol: "tcp"}]' >wish
	refuses "sd-nat: port 8080/tcp of 0.0.0.0 is taken (by container one)" sd-nat publish <wish
	with two '.want.ports = [{hostIP: "192.0.2.1", hostPort: 8080, containerPort: 80}]' >wish
	refuses "sd-nat: port 8080/tcp of 192.0.2.1 is taken (by container one)" sd-nat publish <wish
	# Once more for itself: it fails, and what was there stays.
	with one '.want.ports = [{hostPort: 8080, containerPort: 80, protocol: "tcp"}]' >wish
	refuses "sd-nat: port 8080/tcp of 0.0.0.0 is taken (by container one)" sd-nat publish <wish
	equal "$(ask outside 192.0.2.1 8080)" 192.0.2.9
	equal "$(chains)" 1
	run -1 timeout 5 busybox nc -l -p 8080
	contains "$output" "Address already in use"
	sdocker stop -t 0 one >/dev/null
	with two '.want.ports = [{hostPort: 8080, containerPort: 80, protocol: "tcp"}]' >wish
	sd-nat publish <wish >two.out
	sd-nat unpublish <one.out >/dev/null
	equal "$(chains)" 1
	equal "$(ask outside 192.0.2.1 8080)" 192.0.2.9
	sd-nat unpublish <two.out >/dev/null
}

@test "a range to choose from, a port that the kernel chooses, all that is exposed" {
	running one 11
	running two 12
	publish one '.want.ports = [{hostPort: 8000, hostPortEnd: 8001, containerPort: 80}]'
	equal "$(ports <one.out)" '["0.0.0.0 8000 80/tcp",":: 8000 80/tcp"]'
	publish two '.want.ports = [{hostPort: 8000, hostPortEnd: 8001, containerPort: 80}]'
	equal "$(ports <two.out)" '["0.0.0.0 8001 80/tcp",":: 8001 80/tcp"]'
	equal "$(ask outside 192.0.2.1 8001)" 192.0.2.9
	sd-nat unpublish <two.out >/dev/null
	running three 13
	with three '.want.ports = [{hostPort: 8000, hostPortEnd: 8001, containerPort: 80}]' >wish
	refuses "sd-nat: ports 8000-8001/tcp of 0.0.0.0 are all taken" sd-nat publish <wish
	publish three '.want.ports = [{containerPort: 80}] | .want.publishAll = true
		| .want.exposedPorts = ["80/tcp", "80/udp", "90-91"]'
	equal "$(jq -c '[.ports[] | select(.hostIP == "::") | "\(.containerPort)/\(.protocol)"]' three.out)" \
		'["80/tcp","80/udp","90/tcp","91/tcp"]'
	equal "$(jq '[.ports[] | .hostPort] | length - (unique | length)' three.out)" 4
	port=$(jq '.ports[] | select(.protocol == "udp" and .hostIP == "::") | .hostPort' three.out)
	equal "$(ask_udp outside 192.0.2.1 "$port")" 192.0.2.9
	equal "$(ask_udp host ::1 "$port")" 10.9.0.1
	equal "$(ask_udp outside 2001:db8::1 "$port")" 10.9.0.1
	# One relay has the socket for all; when it has ended the next datagram starts another.
	equal "$(pgrep -fc "sd-nat relay")" 1
	pkill -KILL -f "sd-nat relay" -P "$(sdocker inspect three | jq '.[0].monitor.pid')"
	equal "$(ask_udp outside 2001:db8::1 "$port")" 10.9.0.1
	sd-nat unpublish <one.out >/dev/null
	sd-nat unpublish <three.out >/dev/null
}

@test "an address of the host: that one alone; host_binding_ipv4" {
	running one 11
	publish one '.want.ports = [{hostIP: "127.0.0.1", hostPort: 8080, containerPort: 80},
		{hostIP: "::1", hostPort: 8081, containerPort: 80}]'
	equal "$(ports <one.out)" '["127.0.0.1 8080 80/tcp","::1 8081 80/tcp"]'
	equal "$(ask host 127.0.0.1 8080),$(ask host ::1 8081)" 10.9.0.1,10.9.0.1
	equal "$(ask outside 192.0.2.1 8080)$(ask outside 2001:db8::1 8081)$(ask host 192.0.2.1 8080)" ""
	sd-nat unpublish <one.out >/dev/null
	store_network net br0 0 '.sdocker.options = {"com.docker.network.bridge.host_binding_ipv4": "127.0.0.1"}'
	publish one '.want.ports = [{hostPort: 8082, containerPort: 80}]'
	equal "$(ports <one.out)" '["127.0.0.1 8082 80/tcp"]'
	sd-nat unpublish <one.out >/dev/null
}

@test "the relay: much, both ways, half-closed; a reset is passed on" {
	running one 11
	nsenter --net="$(netns one)" python3 - 81 3>&- <<-'END' &
		import socket, sys
		server = socket.create_server(("", int(sys.argv[1])))
		while True:
		    c, _ = server.accept()
		    data = b""
		    while part := c.recv(65536):
		        data += part
		    c.sendall(data[::-1])
		    c.close()
	END
	# shellcheck disable=SC2030,SC2031 # machines.bash
	SD_SERVERS+=($!)
	publish one '.want.ports = [{hostPort: 8080, containerPort: 81}, {hostPort: 8081, containerPort: 9}]'
	python3 - <<-'END'
		import socket, threading, time
		def call(i):
		    data = bytes([i]) * 3000000 + b"end"
		    while True:
		        c = socket.create_connection(("::1", 8080))
		        try:
		            threading.Thread(target=lambda: (c.sendall(data), c.shutdown(socket.SHUT_WR))).start()
		            got = b""
		            while part := c.recv(65536):
		                got += part
		            break
		        except ConnectionError:  # the server has not begun to listen
		            time.sleep(0.02)
		    assert got == data[::-1], (i, len(got))
		ts = [threading.Thread(target=call, args=(i,)) for i in range(4)]
		[t.start() for t in ts]
		[t.join() for t in ts]
		try:
		    c = socket.create_connection(("::1", 8081))
		    assert c.recv(1) == b"", "nobody listens there"
		    raise SystemExit("no reset")
		except ConnectionResetError:
		    pass
	END
	eventually no_relay
	sd-nat unpublish <one.out >/dev/null
}

@test "a firewall that was flushed: the next publish and sync make all of it again" {
	store_network b br1 1
	bridge br1 1
	network b | sd-nat masquerade >/dev/null
	network net | sd-nat masquerade >/dev/null
	running one 11
	publish one '.want.ports = [{hostPort: 8080, containerPort: 80}]'
	cp one.out "$SDOCKER_RUN/containers/$(cat one.id)/state.json"
	before=$(rules | sort)
	flush() { firewall_off; iptables -A INPUT -i nolink -j ACCEPT; iptables -t nat -A PREROUTING -i nolink -j ACCEPT
		ip6tables -A INPUT -i nolink -j ACCEPT; ip6tables -t nat -A PREROUTING -i nolink -j ACCEPT; }
	flush
	equal "$(ask outside 192.0.2.1 8080)" ""
	succeeds sd-nat sync
	# What was made by hand no record knows.
	equal "$(rules | sort)" "$(grep -v SDH- <<<"$before")"
	equal "$(ask outside 192.0.2.1 8080)" 192.0.2.9
	succeeds sd-nat sync
	equal "$(rules | sort)" "$(grep -v SDH- <<<"$before")"
	flush
	running two 12
	publish two '.want.ports = [{hostPort: 8081, containerPort: 80}]'
	equal "$(ask outside 192.0.2.1 8080),$(ask outside 192.0.2.1 8081)" 192.0.2.9,192.0.2.9
	sd-nat unpublish <two.out >/dev/null
	equal "$(rules | sort)" "$(grep -v SDH- <<<"$before")"
	sd-nat unpublish <one.out >/dev/null
	network net | sd-nat unmasquerade >/dev/null
	network b | sd-nat unmasquerade | jq -r .name
	as_before
}

@test "what a killed command left: twice the same, of a container that is gone, of a network that is gone" {
	running one 11
	network net | sd-nat masquerade >/dev/null
	with=$(rules)
	publish one '.want.ports = [{hostPort: 8080, containerPort: 80}]'
	chain=$(iptables-save -t nat | sed -n 's/^:\(SD-PUB-[^ ]*\).*/\1/p')
	iptables -t nat -A SDOCKER-PUBLISH -j "$chain"
	sd-nat unpublish <one.out >/dev/null
	equal "$(rules)" "$with"
	publish one '.want.ports = [{hostPort: 8081, containerPort: 80}]'
	cp one.out "$SDOCKER_RUN/containers/$(cat one.id)/state.json"
	succeeds sd-nat sync
	equal "$(chains)" 1
	jq -c '.networks = []' one.out >"$SDOCKER_RUN/containers/$(cat one.id)/state.json"
	succeeds sd-nat sync
	equal "$(chains)" 0
	cp one.out "$SDOCKER_RUN/containers/$(cat one.id)/state.json"
	succeeds sd-nat sync
	equal "$(chains)" 1
	left=$(iptables-save)
	sdocker rm -f one >/dev/null
	equal "$(chains)" 0
	# Its removal was killed before the rules went.
	iptables-restore <<<"$left"
	equal "$(chains)" 1
	succeeds sd-nat sync
	equal "$(rules)" "$with"
	rm "$SDOCKER_ROOT/networks/net.conflist"
	succeeds sd-nat sync
	sd-nat unmasquerade --bridge br0
	as_before
}

@test "publish, killed anywhere: with the container its rules and its port are gone" {
	network net | sd-nat masquerade >/dev/null
	before=$(rules)
	inject() { "$SD_BUILD/tests/hostile/inject" "$@" >/dev/null 2>&1; }
	one_life() {
		sdocker run -d --network none --name one busybox sleep 1000 >one.id
		sd-state get "$(cat one.id)" | jq -c '.networks = [{name: "net", link: "v11",
			result: {ips: [{address: "10.9.0.11/24"}]}}]
			| .want.ports = [{hostPort: 8080, containerPort: 80}]' >wish
		inject "$@" -- sd-nat publish <wish || true
		sdocker rm -f one >/dev/null
		jq -c '{ociVersion, id, want}' wish | sd-nat unpublish >/dev/null
		equal "$(rules)" "$before"
	}
	one_life -l list
	while IFS=$'\t' read -r program call n; do
		one_life -p "$program" -c "$call" -n "$n" -k || { echo "# $program $call $n"; return 1; }
	done < <(awk 'NR % 12 == 0' list)
	# Port 8080, state LISTEN (proc(5)).
	equal "$(awk '$2 ~ /:1F90$/ && $4 == "0A"' /proc/net/tcp /proc/net/tcp6)" ""
	network net | sd-nat unmasquerade >/dev/null
}

@test "a network with IPv6: rules for all but ::1, which alone the relay lets in; IPv6 alone" {
	store_network net br0 0 '.plugins[0].ipam.ranges += [[{subnet: "fd09:0::/64"}]]'
	network net | sd-nat masquerade >/dev/null
	running one 11
	at one ip addr add fd09:0::11/64 dev eth0 nodad
	at one ip -6 route add default via fd09:0::1
	with one '.networks[0].result.ips += [{address: "fd09::11/64"}]
		| .want.ports = [{hostPort: 8080, containerPort: 80}]' | sd-nat publish >one.out
	equal "$(ask outside 2001:db8::1 8080),$(ask host 2001:db8::1 8080)" 2001:db8::9,2001:db8::1
	equal "$(ask host ::1 8080)" fd09::1
	sd-nat unpublish <one.out >/dev/null
	equal "$(ip6tables-save -t nat | grep -c SD-PUB)" 0
	# No rule leads to the relay's socket, and its filter lets nobody else in.
	equal "$(SD_ASK=1 ask outside 2001:db8::1 8080)$(SD_ASK=1 ask neighbour fd09:0::1 8080)" ""
	equal "$(ask host ::1 8080)" fd09::1
	with one '.networks[0].result.ips = [{address: "fd09::11/64"}]
		| .want.ports = [{hostPort: 8081, containerPort: 80}]' | sd-nat publish >one.out
	equal "$(ask outside 192.0.2.1 8081),$(ask host 127.0.0.1 8081)" fd09::1,fd09::1
	sd-nat unpublish <one.out >/dev/null
	network net | sd-nat unmasquerade >/dev/null
}

@test "a stranger who connects and connects: so many relays, and no more" {
	running one 11
	nsenter --net="$(netns one)" python3 - 3>&- <<-'END' &
		import socket
		s, kept = socket.create_server(("", 81), backlog=4096), []
		while True:
		    kept.append(s.accept())
	END
	# shellcheck disable=SC2030,SC2031 # machines.bash
	SD_SERVERS+=($!)
	publish one '.want.ports = [{hostPort: 8080, containerPort: 81}]'
	eventually at one bash -c 'exec 3<>/dev/tcp/127.0.0.1/81' 2>/dev/null
	python3 - <<-'END'
		import socket, subprocess, time
		calls = [socket.create_connection(("::1", 8080)) for _ in range(540)]
		def relays():
		    return int(subprocess.run(["pgrep", "-c", "-f", "sd-nat relay"], stdout=subprocess.PIPE).stdout)
		deadline = time.monotonic() + 20
		while relays() < 512 and time.monotonic() < deadline:
		    time.sleep(0.05)
		assert relays() == 512, relays()
	END
	# What is half-closed is kept as long as the container has the other half open.
	kill "${SD_SERVERS[-1]}"
	eventually no_relay
	sd-nat unpublish <one.out >/dev/null
}

@test "a network of somebody else's plugin: with the last port all is gone that it hung from" {
	sd-nat unmasquerade --bridge br0
	rm "$SDOCKER_ROOT/networks/net.conflist"
	running one 11
	with one 'del(.networks[0].link) | .want.ports = [{hostPort: 8080, containerPort: 80}]' |
		sd-nat publish >one.out
	equal "$(ask outside 192.0.2.1 8080)" 192.0.2.9
	sd-nat unpublish <one.out >/dev/null
	as_before
	jq -n '{cniVersion: "1.1.0", name: "other", plugins: [{type: "macvlan"}], sdocker: {id: "0123456789ab"}}' >other
	equal "$(sd-nat masquerade <other | jq -r .name),$(sd-nat unmasquerade <other | jq -r .name)" other,other
	as_before
}

@test "sctp: without its sockets a port that another container has is taken all the same" {
	running one 11
	running two 12
	publish one '.want.ports = [{hostPort: 9000, containerPort: 9000, protocol: "sctp"}]'
	equal "$(ports <one.out)" '["0.0.0.0 9000 9000/sctp"]'
	cp one.out "$SDOCKER_RUN/containers/$(cat one.id)/state.json"
	with two '.want.ports = [{hostPort: 9000, containerPort: 9000, protocol: "sctp"}]' >wish
	refuses "sd-nat: port 9000/sctp of 0.0.0.0 is taken (by container one)" sd-nat publish <wish
	sd-nat unpublish <one.out >/dev/null
}

@test "what is wrong is said" {
	running one 11
	before=$(rules)
	with one '.networks = [] | .want.ports = [{hostPort: 8080, containerPort: 80}]' >wish
	refuses "sd-nat: the container has no address where published ports could lead (hint: --network bridge" sd-nat publish <wish
	store_network net br0 0 '.sdocker.internal = true'
	with one '.want.ports = [{hostPort: 8080, containerPort: 80}]' >wish
	refuses "no address where published ports could lead" sd-nat publish <wish
	store_network net br0 0
	with one '.want.ports = [{hostPort: 8080}]' >wish
	refuses "sd-nat: want.ports[0].containerPort: missing" sd-nat publish <wish
	with one '.want.ports = [{containerPort: 80}, {hostPort: 70000, containerPort: 80}]' >wish
	refuses "sd-nat: want.ports[1].hostPort: 70000 is not a port" sd-nat publish <wish
	with one '.want.ports = [{containerPort: 80, protocol: "icmp"}]' >wish
	refuses "sd-nat: want.ports[0].protocol: 'icmp' is none of tcp, udp, sctp" sd-nat publish <wish
	with one '.want.ports = [{hostIP: "host", containerPort: 80}]' >wish
	refuses "sd-nat: want.ports[0].hostIP: 'host' is not an IP address" sd-nat publish <wish
	with one '.id = "gone" | .want.ports = [{containerPort: 80}]' >wish
	refuses "connect to the monitor of gone: No such file or directory (hint: ports are published while the container runs)" sd-nat publish <wish
	network net | jq '.plugins[0].bridge = "br+"' >wish
	refuses "plugins[0].bridge: 'br+' is no bridge's name that a rule can hold" sd-nat masquerade <wish
	network net | jq '.plugins[0].ipam.ranges[0][0].subnet = "10.9.0.0"' >wish
	refuses "plugins[0].ipam.ranges: '10.9.0.0' is not a subnet" sd-nat masquerade <wish
	network net | jq 'del(.plugins[0].bridge)' >wish
	refuses "plugins[0].bridge: missing" sd-nat masquerade <wish
	equal "$(rules)" "$before"
}
