#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# Containers in networks: each other, the host, the world.

load ../helper/common
load ../helper/machines

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	machines_off
	sd_teardown
}

# up NAME [OPTION]...: a container that stays.
up() { sdocker run -d --name "$1" "${@:2}" busybox sleep 1000 >/dev/null; }
serves() { [ "$(wget -qO- http://127.0.0.1:8080/)" = hello ]; }
ip_of() { sdocker inspect -f "{{.NetworkSettings.Networks.$2.IPAddress}}" "$1"; }

@test "run: in the network bridge, which is made on first use" {
	succeeds sdocker run --rm busybox ip -4 -o address show eth0
	contains "$output" "10.88.0.2/16"
	equal "$(ip -4 -o address show sdocker0 | awk '{ print $4 }')" 10.88.0.1/16
	equal "$(sdocker network ls -q --filter name=bridge)" 17f29b073143
	succeeds sdocker run --rm busybox ping -c 1 -W 2 10.88.0.1
	# One that asks for none starts no program of the network.
	sd_run sdocker run --explain --rm --network none busybox true
	[[ $output != *sd-ipam* && $output != *sd-bridge* && $output != *sd-nat* ]]
	equal "$(sdocker run --rm --network none busybox ls /sys/class/net)" lo
	equal "$(sd-ipam ls | wc -l)" 1
}

@test "network create, ls, inspect, rm" {
	succeeds sdocker network create --driver bridge --subnet 192.168.10.1/24 --label a=b testbridge
	[[ $output =~ ^[0-9a-f]{64}$ ]]
	id=$output
	equal "$(ip -4 -o address show "sd-${id:0:12}" | awk '{ print $4 }')" 192.168.10.1/24
	equal "$(sdocker network list -q --filter label=a)" "${id:0:12}"
	equal "$(sdocker network inspect -f '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}}' testbridge)" \
		"192.168.10.0/24 192.168.10.1"
	refuses "network with name testbridge already exists" sdocker network create testbridge
	equal "$(ip -4 -o address show "sd-${id:0:12}" | awk '{ print $4 }')" 192.168.10.1/24
	refuses "192.168.10.0/25" sdocker network create --subnet 192.168.10.0/25 overlapping
	refuses "no such network: overlapping" sdocker network rm overlapping
	succeeds sdocker network rm -f overlapping
	refuses "bridge is a pre-defined network and cannot be removed" sdocker network rm bridge
	up one --network testbridge
	refuses "network testbridge has active endpoints: one" sdocker network rm testbridge
	sdocker rm -f one >/dev/null
	succeeds sdocker network remove testbridge
	equal "$output" testbridge
	run ip link show "sd-${id:0:12}"
	[ "$status" != 0 ]
	equal "$(sdocker network ls -q --filter type=custom)" ""
}

@test "two containers of a network reach each other by address and name, and no other's" {
	sdocker network create blue >/dev/null
	sdocker network create red >/dev/null
	up one --network blue --network-alias uno
	up two --network blue
	up three --network red
	succeeds sdocker exec one ping -c 1 -W 2 two
	succeeds sdocker exec two ping -c 1 -W 2 uno
	run sdocker exec three ping -c 1 -W 1 "$(ip_of one blue)"
	[ "$status" = 1 ]
	run sdocker exec three ping -c 1 -W 1 one
	[ "$status" = 1 ]
}

@test "connect and disconnect while it runs; for one that does not, its next start" {
	sdocker network create blue >/dev/null
	up one
	up two --network blue
	succeeds sdocker network connect --alias uno blue one
	succeeds sdocker exec two ping -c 1 -W 2 uno
	equal "$(sdocker inspect one | jq -c '.[0].want.networks')" '[{"name":"bridge"},{"name":"blue","aliases":["uno"]}]'
	refuses "one is connected to network blue already" sdocker network connect blue one
	sdocker stop -t 0 one >/dev/null
	sdocker start one >/dev/null
	succeeds sdocker exec two ping -c 1 -W 2 uno
	succeeds sdocker network disconnect blue one
	equal "$(sdocker exec one ls /sys/class/net | xargs)" "eth0 lo"
	equal "$(sd-ipam ls | grep -c blue)" 1
	refuses "one is not connected to network blue" sdocker network disconnect blue one
	sdocker create --name three busybox ls /sys/class/net >/dev/null
	succeeds sdocker network connect blue three
	equal "$(sdocker start -a three | xargs)" "eth0 eth1 lo"
}

@test "a published port is reached from the host and from outside; ps, port and inspect say so" {
	sdocker run -d --name web -p 8080:80 busybox sh -c 'echo hello >index.html; exec httpd -f -p 80' >/dev/null
	eventually serves
	equal "$(wget -qO- "http://$(ip_of web bridge)/")" hello
	equal "$(sdocker port web 80)" $'0.0.0.0:8080\n[::]:8080'
	contains "$(sdocker ps)" "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"
	refuses "8080" sdocker run --rm -p 8080:80 busybox true
	sdocker rm -f web >/dev/null
	run wget -qO- -T 2 -t 1 http://127.0.0.1:8080/
	[ "$status" != 0 ]
}

# says HOST-OR-MACHINE ADDRESS PORT TEXT: a line to who listens there.
# shellcheck disable=SC2016 # for the inner shell
says() { at "$1" timeout 2 bash -c 'exec 3<>/dev/tcp/$0/$1 && echo "$2" >&3' "${@:2}" 2>/dev/null; }

@test "the study's own test: two containers ping each other and the outside, and nc -lp 90 is reached by all" {
	machine outside
	cable host eth0 outside eth0
	address host eth0 192.0.2.1/24
	address outside eth0 192.0.2.9/24
	sdocker network create --driver bridge --subnet 192.168.10.1/24 testbridge >/dev/null
	"$SD_REPO/tests/helper/typist" sdocker run -it -net testbridge -p 90:90 --name two busybox sh -- \
		'see:/ #' 'type:nc -lp 90\r' 'see:from the host' 'see:/ #' 'type:nc -lp 90\r' \
		'see:from outside' 'see:/ #' 'type:nc -lp 90\r' 'see:from one' 'see:/ #' \
		'type:ping -c 1 one\r' 'see:1 packets received' 'type:exit\r' gone >two.log 2>&1 3>&- &
	two=$!
	eventually says host 127.0.0.1 90 'from the host'
	eventually says outside 192.0.2.1 90 'from outside'
	"$SD_REPO/tests/helper/typist" sdocker run -it -net testbridge --name one busybox sh -- \
		'see:/ #' 'type:ping -c 1 two\r' 'see:1 packets received' 'see:/ #' \
		'type:ping -c 1 192.0.2.9\r' 'see:1 packets received' 'see:/ #' \
		'type:until echo from one | nc -w 2 192.0.2.1 90; do sleep 0.1; done\r' 'see:/ #' \
		'type:sleep 1000\r' gone >one.log 2>&1 3>&- &
	one=$!
	wait $two || { cat one.log two.log; return 1; }
	sdocker rm -f one >/dev/null
	wait $one || true # it ends with its container
	ip link del eth0
}

@test "a firewall that was flushed: sd-nat sync makes all of it again" {
	sdocker run -d --name web -p 8080:80 busybox sh -c 'echo hello >index.html; exec httpd -f -p 80' >/dev/null
	eventually serves
	iptables -F
	iptables -t nat -F
	run wget -qO- -T 2 -t 1 http://127.0.0.1:8080/
	[ "$status" != 0 ]
	succeeds sd-nat sync
	serves
	sdocker rm -f web >/dev/null
}

@test "the last lease: one container more is refused, and has it when another has ended" {
	sdocker network create --subnet 10.7.0.0/30 small >/dev/null
	up one --network small
	refuses "sd-ipam: network small: no address of 10.7.0.0/30 is free" sdocker run --rm --network small busybox true
	sdocker rm -f one >/dev/null
	succeeds sdocker run --rm --network small busybox ip -4 -o address show eth0
	contains "$output" "10.7.0.2/30"
}

@test "--internal: no way out" {
	sdocker network create --internal dark >/dev/null
	up one --network dark
	equal "$(sdocker exec one ip route | grep -c default || true)" 0
	up two --network dark
	succeeds sdocker exec one ping -c 1 -W 2 two
}

@test "after a reboot, and after somebody took the bridge away, the next run makes it again" {
	sdocker run --rm busybox true
	ip link del sdocker0
	rm -r "$SDOCKER_RUN/networks"
	succeeds sdocker run --rm busybox ping -c 1 -W 2 10.88.0.1
}

@test "prune takes networks that nobody uses" {
	sdocker network create blue >/dev/null
	sdocker network create red >/dev/null
	up one --network red
	equal "$(sdocker network prune --dry-run)" $'Networks:\n  blue'
	equal "$(sdocker network prune --force)" blue
	equal "$(sdocker network ls --format '{{.Name}}' --filter type=custom)" red
	sdocker rm -f one >/dev/null
	contains "$(sdocker system prune --force)" red
	equal "$(sdocker network ls --format '{{.Name}}' --filter type=custom)" ""
}

@test "container: and ns: share a namespace" {
	up one
	equal "$(sdocker run --rm --network container:one busybox ip -4 -o addr show eth0 | awk '{ print $4 }')" \
		"$(ip_of one bridge)/16"
	equal "$(sdocker run --rm --network "ns:/proc/$(sdocker inspect one | jq '.[0].pid')/ns/net" busybox \
		ip -4 -o addr show eth0 | awk '{ print $4 }')" "$(ip_of one bridge)/16"
}

@test "a start that fails leaves no lease, no rule, no link" {
	warm_up
	before=$(audit_snapshot)
	refuses_with 127 "" sdocker run --rm -p 8080:80 busybox nosuch
	equal "$(audit_settle "$before")" "$before"
	equal "$(sd-ipam ls | wc -l)" 1
}

@test "events of networks" {
	sdocker network create blue >/dev/null
	sdocker run --rm --network blue busybox true
	sdocker network rm blue >/dev/null
	equal "$(sd-state events --filter type=network --filter network=blue --format '{{.Action}}' | xargs)" \
		"create connect disconnect destroy"
}
