# SPDX-License-Identifier: Apache-2.0
# requires: root
load ../helper/common

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
	mkdir pids
}

teardown() {
	[ -z "$(ls pids)" ] || cat pids/* | xargs kill -KILL 2>/dev/null || :
	umount /etc/resolv.conf 2>/dev/null || :
	rm -rf "$SDOCKER_ROOT/containers" "$SDOCKER_ROOT/networks"
	sd_teardown
}

local_lines=$'127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback'

# box ID ADDRESS... [JQ-FILTER with "|" first]: the document of a container that runs, with an
# address in each of the networks n1, n2..., as sd-bridge connect hands it on; its files are as
# sd-layer prepare makes them.
box() {
	local id=$1 filter=. addresses=()
	shift
	for word; do
		case $word in
		'|'*) filter+=" $word" ;;
		*) addresses+=("$word") ;;
		esac
	done
	sleep 1000 >/dev/null 2>&1 3>&- &
	echo $! >>"pids/$id"
	disown
	mkdir -p "$SDOCKER_ROOT/containers/$id/etc"
	echo "$local_lines" >"$SDOCKER_ROOT/containers/$id/etc/hosts"
	: >"$SDOCKER_ROOT/containers/$id/etc/resolv.conf"
	# shellcheck disable=SC2016 # jq's
	document "$id" "$(printf '.pid = %d | .startTime = %d | .bootId = "%s" | .name = .id
		| .want.networks = [$ARGS.positional | to_entries[] | {name: "n\(.key + 1)"}]
		| .networks = [$ARGS.positional | to_entries[] |
			{name: "n\(.key + 1)", interface: "eth\(.key)",
			 result: {cniVersion: "1.1.0", ips: [.value | split(",")[] | {address: .}]}}]
		| %s' "$!" "$(sed 's/.*) //' /proc/$!/stat | cut -d' ' -f20)" \
		"$(cat /proc/sys/kernel/random/boot_id)" "$filter")" --args "${addresses[@]}"
}

# What `document` hands to jq ends with the filter; --args go behind it.
document() {
	local id=$1 filter=$2
	shift 2
	mkdir -p "$SDOCKER_ROOT/containers/$id/rootfs"
	jq -cn --arg id "$id" --arg bundle "$SDOCKER_ROOT/containers/$id" '{
		ociVersion: "1.2.0", id: $id, status: "creating", bundle: $bundle,
		config: {hostname: "host-\($id)", linux: {namespaces: [{type: "network"}]}},
		want: {}} | '"$filter" "$@"
}

gone() { ! kill -0 "$1" 2>/dev/null; }
killed() {
	kill -KILL "$(cat "pids/$1")"
	eventually gone "$(cat "pids/$1")"
}

join() { box "$@" | sd-names join; }
hosts() { cat "$SDOCKER_ROOT/containers/$1/etc/hosts"; }
inode() { stat -c %i "$SDOCKER_ROOT/containers/$1/etc/hosts"; }
resolv() { cat "$SDOCKER_ROOT/containers/$1/etc/resolv.conf"; }
# The lines of hosts that count, without localhost.
names() { hosts "$1" | grep -v -e '^#' -e localhost; }

# ---- join, leave

@test "join: the container's own line, and each other's; the fact" {
	succeeds join web 10.88.0.2/16 '| .want.networks[0].aliases = ["www", "web"]'
	equal "$(jq -c .names <<<"$output")" '[{"network":"n1","names":["web","www"]}]'
	equal "$(hosts web)" "$local_lines"$'\n10.88.0.2\thost-web web www\t# network n1'
	before=$(inode web)
	succeeds join db '10.88.0.3/16,fd00::3/64' \
		'| .config.domainname = "lan" | .name = "store" | .id = "db"'
	equal "$(names db)" $'10.88.0.2\tweb www\t# network n1
10.88.0.3\thost-db.lan host-db store db\t# network n1
fd00::3\thost-db.lan host-db store db\t# network n1'
	equal "$(names web)" $'10.88.0.2\thost-web web www\t# network n1
10.88.0.3\tstore db\t# network n1
fd00::3\tstore db\t# network n1'
	equal "$(inode web)" "$before"
	equal "$(sd-names ls)" "NETWORK   ADDRESSES           NAMES
n1        10.88.0.2           web www
n1        10.88.0.3 fd00::3   store db"
}

@test "the short id is a name" {
	id=$(printf '3f%.0s' {1..32})
	succeeds join "$id" 10.88.0.2/16 '| .name = "web"'
	equal "$(names "$id")" $'10.88.0.2\thost-'"$id"$' web 3f3f3f3f3f3f\t# network n1'
}

@test "only members of common networks see each other" {
	succeeds join a 10.88.0.2/16 10.89.0.2/24
	succeeds join b 10.88.0.3/16
	succeeds join c 10.89.0.3/24 '| .networks[0].name = "n2"'
	equal "$(names b)" $'10.88.0.2\ta\t# network n1\n10.88.0.3\thost-b b\t# network n1'
	equal "$(names c)" $'10.89.0.2\ta\t# network n2\n10.89.0.3\thost-c c\t# network n2'
	equal "$(names a | cut -f1,2)" $'10.88.0.2\thost-a a
10.89.0.2\thost-a a
10.88.0.3\tb
10.89.0.3\tc'
}

@test "leave takes the names away, by the id alone; again; and of one network" {
	join a 10.88.0.2/16 10.89.0.2/24 >a.json
	join b 10.88.0.3/16 10.89.0.3/24 >b.json
	succeeds sd-names leave --network n2 <b.json
	equal "$(jq -c '[.names[].network]' <<<"$output")" '["n1"]'
	equal "$(names a | cut -f1,2)" $'10.88.0.2\thost-a a\n10.89.0.2\thost-a a\n10.88.0.3\tb'
	equal "$(names b | cut -f1,2)" $'10.88.0.2\ta\n10.88.0.3\thost-b b'
	succeeds sd-names leave <<<'{"ociVersion":"1.2.0","id":"b"}'
	equal "$output" '{"ociVersion":"1.2.0","id":"b"}'
	equal "$(names a | cut -f1,2)" $'10.88.0.2\thost-a a\n10.89.0.2\thost-a a'
	succeeds sd-names leave <b.json
	succeeds sd-names leave <a.json
	equal "$(names a)" ""
	equal "$(find "$SDOCKER_RUN/names" -type f)" "$SDOCKER_RUN/names/.lock"
}

@test "join again: its new name, once" {
	join a 10.88.0.2/16 >a.json
	join b 10.88.0.3/16 >/dev/null
	succeeds sd-names join < <(jq -c '.name = "new"' a.json)
	equal "$(names b | cut -f1,2 | sort)" $'10.88.0.2\tnew a\n10.88.0.3\thost-b b'
	equal "$(names a | cut -f1,2 | sort)" $'10.88.0.2\thost-a new a\n10.88.0.3\tb'
}

@test "one that was killed: the next member mends, and so does sync" {
	join a 10.88.0.2/16 >/dev/null
	join b 10.88.0.3/16 >/dev/null
	killed b
	equal "$(sd-names ls n1 | tail -n +2)" "n1        10.88.0.2   a"
	join c 10.88.0.3/16 >/dev/null
	equal "$(names a | cut -f1,2)" $'10.88.0.2\thost-a a\n10.88.0.3\tc'
	killed c
	succeeds sd-names sync
	equal "$(names a | cut -f1,2)" $'10.88.0.2\thost-a a'
}

@test "a list of before the boot is void" {
	join a 10.88.0.2/16 >/dev/null
	sed -i 's/"bootId": *"[^"]*"/"bootId":"another"/' "$SDOCKER_RUN/names/n1.json"
	equal "$(sd-names ls | tail -n +2)" ""
	join b 10.88.0.3/16 >/dev/null
	equal "$(names b | cut -f1,2)" $'10.88.0.3\thost-b b'
}

@test "a join whose document nobody takes is undone" {
	join a 10.88.0.2/16 >/dev/null
	box b 10.88.0.3/16 >b.json
	sd_run bash -c 'sd-names join <b.json >/dev/full'
	equal "$status" 125
	# shellcheck disable=SC2154 # set by run
	contains "$stderr" "No space left"
	equal "$(names a | cut -f1,2)" $'10.88.0.2\thost-a a'
	equal "$(sd-names ls | tail -n +2)" "n1        10.88.0.2   a"
}

@test "the document is out before the neighbours' files are visited" {
	join a 10.88.0.2/16 >/dev/null
	# A lock on the place of a's file: FNV-1a of "container/a" (fcntl(2), F_OFD_SETLKW).
	python3 - "$SDOCKER_RUN/names/.lock" >locked 3>&- <<'END' &
import fcntl, struct, sys, time
h = 0xcbf29ce484222325
for c in b"container/a":
    h = (h ^ c) * 0x100000001b3 % 2**64
f = open(sys.argv[1], "r+b")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, h >> 2, 1, 0))
print("locked", flush=True)
time.sleep(1000)
END
	echo $! >pids/locker
	eventually grep -q locked locked
	box b 10.88.0.3/16 >b.json
	sd-names join <b.json >out 3>&- &
	joiner=$!
	eventually jq -e .names out
	kill -0 "$joiner"
	equal "$(names a | cut -f1,2)" $'10.88.0.2\thost-a a'
	kill -KILL "$(cat pids/locker)"
	wait "$joiner"
	equal "$(names a | cut -f1,2)" $'10.88.0.2\thost-a a\n10.88.0.3\tb'
}

# ---- the file

@test "the user's own lines stay, also one without an end" {
	join a 10.88.0.2/16 >/dev/null
	file=$SDOCKER_ROOT/containers/a/etc/hosts
	printf '192.0.2.1 mine # network of mine\n192.0.2.2 unfinished' >>"$file"
	join b 10.88.0.3/16 >b.json
	equal "$(names a)" $'10.88.0.2\thost-a a\t# network n1
192.0.2.1 mine # network of mine
192.0.2.2 unfinished
10.88.0.3\tb\t# network n1'
	sd-names leave <b.json >/dev/null
	contains "$(names a)" $'\n192.0.2.1 mine # network of mine\n192.0.2.2 unfinished'
	# What the user has made of ours is made good.
	sed -i 's/host-a/other/' "$file"
	sd-names sync
	equal "$(names a | grep n1)" $'10.88.0.2\thost-a a\t# network n1'
}

@test "lines that were turned off are used again, or cut off" {
	join a 10.88.0.2/16 >/dev/null
	for i in 1 2 3 4 5 6; do
		join longer-name 10.88.0.3/16 | sd-names leave >/dev/null
		join b 10.88.0.4/16 | sd-names leave >/dev/null
	done
	[ "$(hosts a | wc -l)" -le 5 ]
	sd-names sync
	sd-names sync
	equal "$(hosts a)" "$local_lines"$'\n10.88.0.2\thost-a a\t# network n1'
}

@test "a reader never sees a half line, nor a file without localhost" {
	join a 10.88.0.2/16 >/dev/null
	python3 - "$SDOCKER_ROOT/containers/a/etc/hosts" stop >seen 3>&- <<'END' &
import os, re, sys
good = re.compile(r"(127.0.0.1|::1)\tlocalhost[ a-z6-]*|#.*|10\.88\.0\.2\thost-a a\t# network n1"
                  r"|(10\.88\.0\.3\t(b|bb-with-a-longer-name b)|10\.88\.0\.4\tc)\t# network n1")
n = 0
while not os.path.exists(sys.argv[2]):
    n += 1
    text = open(sys.argv[1]).read()
    lines = text.split("\n")
    bad = [l for l in lines if l and not good.fullmatch(l)]
    if bad or "127.0.0.1\tlocalhost" not in lines:
        print("bad", repr(bad), repr(text), flush=True)
        break
print("read", n)
END
	reader=$!
	box b 10.88.0.3/16 >b.json
	box c 10.88.0.4/16 >c.json
	jq -c '.name = "bb-with-a-longer-name"' b.json >bb.json
	for ((i = 0; i < 100; i++)); do
		sd-names join <b.json >/dev/null
		sd-names join <c.json >/dev/null
		sd-names join <bb.json >/dev/null
		sd-names leave <c.json >/dev/null
		sd-names leave <b.json >/dev/null
	done
	touch stop
	wait "$reader"
	[[ $(cat seen) == "read "* ]] || { cat seen; return 1; }
}

@test "many at once: none is lost" {
	for i in {1..40}; do box "c$i" "10.88.1.$i/16" 10.89.1."$i"/24 >"c$i.json"; done
	printf '%s\n' c{1..40}.json | xargs -P 8 -I{} sh -c 'sd-names join <{} >/dev/null'
	for i in 1 17 40; do
		equal "$(names "c$i" | sort -u | wc -l)" 80
		equal "$(names "c$i" | wc -l)" 80
	done
	printf '%s\n' c{2..40}.json | xargs -P 8 -I{} sh -c 'sd-names leave <{} >/dev/null'
	equal "$(names c1 | cut -f1,2)" $'10.88.1.1\thost-c1 c1\n10.89.1.1\thost-c1 c1'
}

@test "many names: lines that musl can read" {
	join a 10.88.0.2/16 "| .want.networks[0].aliases = [range(100) | \"alias-\(.)\"]" >/dev/null
	join b 10.88.0.3/16 >/dev/null
	equal "$(hosts b | grep -o 'alias-[0-9]*' | sort -u | wc -l)" 100
	[ "$(hosts b | wc -L)" -lt 300 ]
}

@test "a neighbour that holds a lease or has made its file a giant is passed by" {
	join a 10.88.0.2/16 >/dev/null
	join giant 10.88.0.3/16 >/dev/null
	truncate -s 1G "$SDOCKER_ROOT/containers/giant/etc/hosts"
	join lease 10.88.0.4/16 >/dev/null
	python3 - "$SDOCKER_ROOT/containers/lease/etc/hosts" >locked 3>&- <<'END' &
import fcntl, os, signal, sys, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
f = os.open(sys.argv[1], os.O_RDONLY)
fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_RDLCK)
print("locked", flush=True)
time.sleep(1000)
END
	echo $! >pids/locker
	eventually grep -q locked locked
	succeeds timeout 5 sd-names join < <(box b 10.88.0.5/16)
	contains "$(names a)" $'10.88.0.5\tb'
}

# ---- cut short

# LeakSanitizer needs ptrace(2) for itself.
inject() { ASAN_OPTIONS=detect_leaks=0 "$SD_BUILD/tests/hostile/inject" "$@"; }

# places: each call of `join` of b while a is there.
places() {
	join a 10.88.0.2/16 >/dev/null
	box b 10.88.0.3/16 >b.json
	inject -l calls -w 0 -- sd-names join <b.json >/dev/null
	sd-names leave <b.json >/dev/null
	grep -P '^sd-names join\t' calls
}
# a_line_is_whole: what a reads is well-formed, and its own line is there.
a_line_is_whole() {
	equal "$(names a | grep -vx -e $'10.88.0.2\thost-a a\t# network n1' -e $'10.88.0.3\tb\t# network n1')" ""
	contains "$(hosts a)" $'localhost\n'
	contains "$(hosts a)" $'\n10.88.0.2\thost-a a\t# network n1'
}
# b_leaves: nothing of it is left.
b_leaves() {
	sd-names leave <b.json >/dev/null
	equal "$(names a)" $'10.88.0.2\thost-a a\t# network n1'
	equal "$(names b)" ""
	equal "$(find "$SDOCKER_RUN/names" -type f | sort | xargs -n1 basename | xargs)" ".lock n1.json"
}

@test "killed at any call: readers are fine, and the next change mends" {
	places >list
	while IFS=$'\t' read -r _ call n; do
		sd_run inject -p "sd-names join" -c "$call" -n "$n" -k -w 0 -- sd-names join <b.json
		a_line_is_whole
		b_leaves || { echo "# killed at $call $n"; return 1; }
	done <list
	[ "$(wc -l <list)" -gt 40 ]
}

@test "any call that fails is said and undone, or harms nobody" {
	local calls='^(open|read|write|pwrite|rename|unlink|fcntl|lseek|ftruncate|f?stat|newfstat|dup)'
	# Those that the sanitizers do not make as well.
	[ "${SD_BUILD##*/}" != build-san ] || calls='^(pwrite|rename|unlink|fcntl|ftruncate)'
	places >list
	while IFS=$'\t' read -r _ call n; do
		[[ $call =~ $calls ]] || continue
		run --separate-stderr inject -p "sd-names join" -c "$call" -n "$n" -e 5 -w 0 -- sd-names join <b.json
		a_line_is_whole
		if [ "$status" = 0 ]; then
			equal "$(jq -c .names <<<"$output")" '[{"network":"n1","names":["b"]}]'
			contains "$(names b)" $'10.88.0.3\thost-b b'
		else
			[ "$status" = 125 ] && [ -n "$stderr" ] || { echo "# $call $n: $status $stderr"; return 1; }
		fi
		b_leaves || { echo "# $call $n failed"; return 1; }
	done <list
}

# ---- resolvers

# resolvers_of_host LINE...: /etc/resolv.conf of this test's host.
resolvers_of_host() {
	umount /etc/resolv.conf 2>/dev/null || :
	printf '%s\n' "$@" >host.conf
	[ -e /etc/resolv.conf ] || skip "the machine has no /etc/resolv.conf to stand for"
	mount --bind host.conf /etc/resolv.conf
}

@test "resolv.conf: the host's, without those on its loopback" {
	resolvers_of_host '# from somewhere' 'nameserver 127.0.0.1' 'nameserver 192.0.2.53' \
		'nameserver ::1' 'nameserver 2001:db8::53' 'nameserver fe80::1%eth0' \
		'domain old' $'search lan\texample' 'options ndots:2 rotate'
	join a 10.88.0.2/16 >/dev/null
	equal "$(resolv a)" $'nameserver 192.0.2.53\nsearch lan example\noptions ndots:2 rotate'
	join b '10.88.0.3/16,fd00::3/64' >/dev/null
	equal "$(resolv b | grep nameserver)" $'nameserver 192.0.2.53\nnameserver 2001:db8::53'
}

@test "resolv.conf: behind systemd-resolved's stub, and where none is left" {
	resolvers_of_host 'nameserver 127.0.0.53' 'search lan'
	join a 10.88.0.2/16 >/dev/null
	equal "$(resolv a | tail -n +2)" $'nameserver 8.8.8.8\nnameserver 8.8.4.4\nsearch lan'
	contains "$(resolv a | head -1)" "docker's default"
	mkdir -p /run/systemd/resolve
	echo 'nameserver 192.0.2.1' >/run/systemd/resolve/resolv.conf
	join b 10.88.0.3/16 >/dev/null
	equal "$(resolv b)" "nameserver 192.0.2.1"
	rm -r /run/systemd
}

@test "resolv.conf: --dns, --dns-search, --dns-option" {
	resolvers_of_host 'nameserver 192.0.2.53' 'search lan' 'options rotate'
	join a 10.88.0.2/16 '| .want.dns = {nameservers: ["127.0.0.9", "192.0.2.9"]}' >/dev/null
	equal "$(resolv a)" $'nameserver 127.0.0.9\nnameserver 192.0.2.9\nsearch lan\noptions rotate'
	join b 10.88.0.3/16 '| .want.dns = {search: ["."], options: ["ndots:0"]}' >/dev/null
	equal "$(resolv b)" $'nameserver 192.0.2.53\noptions ndots:0'
	refuses "want.dns.search[0]: 'a b' is not one word" \
		join c 10.88.0.4/16 '| .want.dns.search = ["a b"]'
}

@test "resolv.conf: an internal network has no resolver outside" {
	resolvers_of_host 'nameserver 192.0.2.53' 'search lan'
	mkdir -p "$SDOCKER_ROOT/networks"
	echo '{"name":"n1","plugins":[{"type":"sd-bridge"}],"sdocker":{"id":"1","internal":true}}' \
		>"$SDOCKER_ROOT/networks/n1.conflist"
	join a 10.88.0.2/16 >a.json
	equal "$(resolv a | grep -v '^#')" "search lan"
	# On its first network that leads out while it runs; but what its user wrote stays.
	jq -c '.status = "running" | .networks += [.networks[0] | .name = "n2"]' a.json |
		sd-names join >/dev/null
	equal "$(resolv a)" $'nameserver 192.0.2.53\nsearch lan'
	echo 'nameserver 192.0.2.99' >"$SDOCKER_ROOT/containers/a/etc/resolv.conf"
	jq -c '.status = "running"' a.json | sd-names join >/dev/null
	equal "$(resolv a)" "nameserver 192.0.2.99"
}

@test "resolv.conf: what the network's plugin says" {
	resolvers_of_host 'nameserver 192.0.2.53'
	join a 10.88.0.2/16 '| .networks[0].result.dns = {nameservers: ["10.88.0.1"], search: ["n"]}' >/dev/null
	equal "$(resolv a)" $'nameserver 10.88.0.1\nsearch n'
}

@test "host network: the host's files, and what was wished" {
	resolvers_of_host 'nameserver 127.0.0.53' 'search lan'
	box a '| .config.linux.namespaces = [] | .want.dns.options = ["ndots:3"]
		| .want.extraHosts = [{name: "gw", address: "host-gateway"}]' | sd-names join >/dev/null
	equal "$(resolv a)" $'nameserver 127.0.0.53\nsearch lan\noptions ndots:3'
	equal "$(names a)" $'127.0.0.1\tgw\t# --add-host'
}

# ---- --add-host

@test "--add-host: before the neighbours, host-gateway, IPv6; once" {
	box b 10.88.0.3/16 | sd-names join >/dev/null
	box a '10.88.0.2/16,fd00::2/64' '| .networks[0].result.ips[].gateway = "10.88.0.1"
		| .networks[0].result.ips[1].gateway = "fd00::1"
		| .want.extraHosts = [{name: "b", address: "192.0.2.7"}, {name: "six", address: "2001:DB8::7"},
			{name: "gw", address: "host-gateway"}]' >a.json
	sd-names join <a.json >/dev/null
	wished=$'192.0.2.7\tb\n2001:db8::7\tsix\n10.88.0.1\tgw\nfd00::1\tgw\n'
	equal "$(names a | cut -f1,2)" "$wished"$'10.88.0.3\tb\n10.88.0.2\thost-a a\nfd00::2\thost-a a'
	sd-names join <a.json >/dev/null
	equal "$(names a | grep -c 192.0.2.7)" 1
	equal "$(names b | grep -c add-host)" 0
}

# ---- refused

@test "what would break the neighbours' files is refused" {
	refuses "alias: 'a b' is not a host name" \
		join a 10.88.0.2/16 '| .want.networks[0].aliases = ["a b"]'
	refuses "alias: 'a\\x0a1.2.3.4' is not a host name" \
		join a 10.88.0.2/16 '| .want.networks[0].aliases = ["a\n1.2.3.4"]'
	refuses "config.hostname: 'x#' is not a host name" join a 10.88.0.2/16 '| .config.hostname = "x#"'
	refuses "networks[0].name: '../x' is not a network's name" \
		join a 10.88.0.2/16 '| .networks[0].name = "../x"'
	refuses "networks[0].result.ips[0].address: 'x' is not" join a x
	refuses "want.extraHosts[0]: 'x'" \
		join a 10.88.0.2/16 '| .want.extraHosts = [{name: "a", address: "x"}]'
	refuses "want.extraHosts[0]: host-gateway: the container has no network that reaches the host" \
		join a 10.88.0.2/16 '| .want.extraHosts = [{name: "a", address: "host-gateway"}]'
	refuses "pid: missing" join a 10.88.0.2/16 '| del(.pid)'
	refuses "--network: '../x' is not a network's name" sd-names leave --network ../x
	refuses "'../x' is not a network's name" sd-names ls ../x
	equal "$(sd-names ls)" "NETWORK   ADDRESSES   NAMES"
}

# ---- resolved

# seen_by ID COMMAND [ARG]...: in $root, with a container's file on /etc, as sd-pivot binds it.
seen_by() {
	local hosts=$SDOCKER_ROOT/containers/$1/etc/hosts
	shift
	# shellcheck disable=SC2016 # for that shell
	unshare --mount sh -c 'mount --bind "$0" "$root/etc/hosts"; exec chroot "${root:-/}" "$@"' \
		"$hosts" "$@"
}

@test "names resolve in glibc, musl and busybox, while the file is mounted" {
	cat >resolve.c <<'END'
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	struct addrinfo *a, hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_INET};
	char text[64];
	if (getaddrinfo(argv[1], NULL, &hints, &a))
		return 1;
	puts(inet_ntop(AF_INET, &((struct sockaddr_in *)a->ai_addr)->sin_addr, text, 64));
	return 0;
}
END
	export root=$PWD/root
	rootfs_busybox "$root"
	: >"$root/etc/hosts"
	musl-gcc -static -o "$root/bin/musl" resolve.c
	gcc -static -o "$root/bin/glibc" resolve.c 2>/dev/null
	join a 10.88.0.2/16 >/dev/null
	mkfifo go went
	# shellcheck disable=SC2016 # for that shell
	seen_by a sh -c 'for i in 1 2 3; do
		read -r x
		for name in web www 3f3f3f3f3f3f host-a; do
			echo "$name" $(musl $name) $(glibc $name) \
				$(ping -c 1 -W 0 $name 2>&1 | sed -n "s/^PING .*(\(.*\)).*/\1/p")
		done
		echo
		done' <go >went 3>&- &
	exec 8>go 9<went
	answers() {
		echo >&8
		while read -r -u 9 line && [ -n "$line" ]; do echo "$line"; done
	}
	own='host-a 10.88.0.2 10.88.0.2 10.88.0.2'
	equal "$(answers)" $'web\nwww\n3f3f3f3f3f3f\n'"$own"
	box "$(printf '3f%.0s' {1..32})" 10.88.0.3/16 \
		'| .name = "web" | .want.networks[0].aliases = ["www"]' | sd-names join >web.json
	three='10.88.0.3 10.88.0.3 10.88.0.3'
	equal "$(answers)" "web $three"$'\n'"www $three"$'\n'"3f3f3f3f3f3f $three"$'\n'"$own"
	sd-names leave <web.json >/dev/null
	equal "$(answers)" $'web\nwww\n3f3f3f3f3f3f\n'"$own"
	exec 8>&- 9<&-
}
