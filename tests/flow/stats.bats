#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sdocker stats, and sd-cgset stats, whose documents are containers'.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

HEAD="CONTAINER ID NAME CPU % MEM USAGE / LIMIT MEM % NET I/O BLOCK I/O PIDS"

# one NAME [OPTION]...: it runs
one() { sdocker run -d --name "$1" --network "${net:-none}" "${@:2}" busybox sleep 1000 >/dev/null; }
field() { sdocker stats --no-stream --format "{{.$2}}" "$1"; }

@test "stats --no-stream: a table of those that run, with -a of all" {
	one c -m 64m
	sdocker create --network none --name made busybox >/dev/null
	succeeds sdocker stats --no-stream
	equal "${#lines[@]}" 2
	equal "$(xargs <<<"${lines[0]}")" "$HEAD"
	grep -qxE '[0-9a-f]{12} c [0-9.]+% [0-9.]+[KM]iB / 64MiB [0-9.]+% 0B / 0B [^ ]+B / [^ ]+B 1' \
		<<<"$(xargs <<<"${lines[1]}")"
	succeeds sdocker stats --no-stream -a --no-trunc
	equal "${#lines[@]}" 3
	equal "$(xargs <<<"${lines[1]}")" \
		"$(sdocker inspect made | jq -r '.[0].id') made 0.00% 0B / 0B 0.00% 0B / 0B 0B / 0B 0"
}

@test "stats: JSON and templates by docker's names" {
	one c
	succeeds sdocker stats --no-stream --format json c
	equal "$(jq -c 'del(.Pressure) | keys' <<<"$output")" \
		'["BlockIO","CPUPerc","Container","ID","MemPerc","MemUsage","Name","NetIO","PIDs"]'
	equal "$(jq -r .Name <<<"$output")" c
	equal "$(jq -r '.Pressure // {} | .[]' <<<"$output" | grep -vE '^[0-9]+\.[0-9]{2}%$')" ""
	equal "$(sdocker stats --no-stream --format '{{.Name}}:{{.PIDs}}' c)" c:1
	equal "$(sdocker stats --no-stream --format 'table {{.Name}}' c)" $'NAME\nc'
	refuses "can't evaluate field Nope" sdocker stats --no-stream --format '{{.Nope}}' c
	refuses "to be closed by '}}'" sdocker stats --format '{{' c
}

@test "stats: the processor, the network of its own" {
	sdocker run --network none -d --name busy busybox sh -c 'while :; do :; done' >/dev/null
	[ "$(field busy CPUPerc)" != 0.00% ]
	one c
	equal "$(field c NetIO)" "0B / 0B"
	nsenter -t "$(sdocker inspect c | jq '.[0].pid')" -n sh -c \
		'ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up'
	eventually has_traffic c
	net=host one shared
	equal "$(field shared NetIO)" "0B / 0B"
}

has_traffic() { [[ $(field "$1" NetIO) =~ ^[1-9].*B\ /\ [1-9].*B$ ]]; }

@test "stats: one that ends disappears, and with the last it ends" {
	one a
	one b
	sdocker stats --format '{{.Name}}' a b >"$BATS_TEST_TMPDIR/out" 3>&- &
	local stats=$!
	eventually grep -q b "$BATS_TEST_TMPDIR/out"
	sdocker rm -f b >/dev/null
	eventually two_of_a
	sdocker rm -f a >/dev/null
	wait $stats
	equal "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" a
}

two_of_a() { [[ $(cat "$BATS_TEST_TMPDIR/out") == *$'a\na' ]]; }

@test "stats without names: those that start while it runs are shown, with no container at all too" {
	sdocker stats --format 'table {{.Name}}' >"$BATS_TEST_TMPDIR/out" 3>&- &
	local stats=$!
	eventually grep -q NAME "$BATS_TEST_TMPDIR/out"
	one a
	eventually grep -q a "$BATS_TEST_TMPDIR/out"
	sdocker rm -f a >/dev/null
	one b
	eventually sh -c "[ \"\$(tail -n 2 '$BATS_TEST_TMPDIR/out' | xargs)\" = 'NAME b' ]"
	sdocker restart -t 0 b >/dev/null
	: >"$BATS_TEST_TMPDIR/out"
	eventually grep -q b "$BATS_TEST_TMPDIR/out"
	equal "$(grep -c -A1 NAME <(tail -n 4 "$BATS_TEST_TMPDIR/out"))" "$(grep -c b <(tail -n 4 "$BATS_TEST_TMPDIR/out"))"
	# Who follows ends with who reads.
	pkill -P "$stats" -x sd-cgset
	wait $stats || true
	eventually sh -c '! pgrep -f "^sd-state ls --json --follow"'
}

@test "stats: on a terminal each takes the place of the one before" {
	one c
	contains "$(timeout 10 script -qec 'sdocker stats' /dev/null <<<'' | head -c 200)" $'\e[HCONTAINER ID'
	[[ $(script -qec 'sdocker stats --no-stream' /dev/null) != *$'\e'* ]]
}

@test "stats: what is not there, or does not run, is refused by name" {
	sdocker create --network none --name made busybox >/dev/null
	refuses "sd-state: no such container: nope" sdocker stats nope
	refuses "sd-state: made is not running" sdocker stats --no-stream made
	equal "$(sdocker stats --no-stream -a --format '{{.PIDs}}' made)" 0
	succeeds sdocker stats --no-stream
	equal "$output" ""
	# The others are shown.
	one c
	sd_run sdocker stats --no-stream --format '{{.Name}}' nope c
	equal "$status:$output:$stderr" "125:c:sd-state: no such container: nope"
	refuses "unexpected operand 'x'" sd-cgset stats x
	refuses "sd-cgset: document: " sd-cgset stats <<<'{'
	equal "$(sdocker stats --explain --no-stream c)" \
		$'sd-state get --facts --running --paused c \\\n  | sd-cgset stats --no-stream'
	equal "$(sdocker stats --explain -a)" $'sd-state ls --json --all \\\n  | sd-cgset stats -a'
}
