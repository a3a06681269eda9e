#!/usr/bin/env bats
# requires: root

load ../helper/common

setup() {
	sd_setup
	R=$BATS_TEST_TMPDIR/rootfs
	mkdir "$R"
}

# spec [OPTION]...: the document of a container without an image.
spec() { succeeds sd-spec --rootfs "$R" "$@" -- sh; }

# has FILTER VALUE [OPTION]...: the jq filter (compact) gives VALUE for these options.
has() {
	local filter=$1 value=$2
	shift 2
	spec "$@"
	equal "$(jq -c "$filter" <<<"$output")" "$value"
}

# bad TEXT [OPTION]...: refused with that text, and nothing printed.
bad() {
	local text=$1
	shift
	refuses "$text" sd-spec --rootfs "$R" "$@" -- sh
}

# image JSON: an image's config in $IMAGE; its member config is JSON.
image() {
	IMAGE=$BATS_TEST_TMPDIR/image.json
	jq -n --argjson c "$1" '{os: "linux", architecture: "amd64", config: $c,
		rootfs: {type: "layers", diff_ids: []}}' >"$IMAGE"
}

# from FILTER VALUE [OPTION]... [-- COMMAND...]: the same for $IMAGE.
from() {
	local filter=$1 value=$2
	shift 2
	succeeds sd-spec --image-config "$IMAGE" "$@"
	equal "$(jq -c "$filter" <<<"$output")" "$value"
}

# bad_image TEXT JSON
bad_image() {
	image "$2"
	refuses "image '$IMAGE': $1" sd-spec --image-config "$IMAGE" sh
}

@test "the default container is docker's" {
	spec
	# Which processors can throttle is the machine's.
	jq '.config.linux.maskedPaths |= map(select(contains("thermal") | not))' <<<"$output" |
		sed "s,$R,ROOTFS," >"$BATS_TEST_TMPDIR/is"
	diff -u "$BATS_TEST_DIRNAME/sd-spec.default" "$BATS_TEST_TMPDIR/is"
}

@test "the members that everybody reads" {
	has '.ociVersion, .config.ociVersion, .config.process.cwd' $'"1.2.0"\n"1.2.0"\n"/"'
	has '.want.stopSignal, .want.stopTimeout, .want.seccomp, .want.networks' \
		$'"SIGTERM"\n10\n"default"\n[{"name":"bridge"}]'
	has '.config.linux.seccomp, .image, .id, .config.hostname' $'null\nnull\nnull\nnull'
	has '.want.autoRemove, .want.stdin, .want.name, .config.process.terminal' \
		$'true\ntrue\n"web"\ntrue' --rm -it --name web
}

@test "an image is needed, and must be in the store" {
	refuses "an image is missing" sd-spec
	refuses "image 'nosuch' is not in the store" sd-spec nosuch sh
	refuses "unknown option '--nosuch'" sd-spec --nosuch
	bad "--rootfs $R/none: No such file" --rootfs "$R/none"
	refuses "no command was given" sd-spec --rootfs "$R"
}

@test "an image of the store: defaults, and the member image" {
	mkdir -p "$R/bin" && cp /bin/busybox "$R/bin/sh"
	tar -C "$R" -cf "$BATS_TEST_TMPDIR/x.tar" .
	sd-image import "$BATS_TEST_TMPDIR/x.tar" x
	succeeds sd-spec x sh
	equal "$(jq -c '.image | .name, .reference, (.layers | length)' <<<"$output")" \
		$'"x"\n"docker.io/library/x:latest"\n1'
	equal "$(jq -r .config.root.path <<<"$output")" rootfs
	equal "$(jq -r '.image.manifest' <<<"$output")" "$(sd-image ls --json x | jq -r '.[0].manifest')"
}

@test "arguments arrive exactly, and options end at the image" {
	succeeds sd-spec --rootfs "$R" -- sh -c $'a\nb' "" ' x "y" ' '$z' -net 'ü'
	equal "$(jq -c .config.process.args <<<"$output")" \
		'["sh","-c","a\nb",""," x \"y\" ","$z","-net","ü"]'
	refuses "argument 4 'a\\xffb' is not UTF-8" sd-spec --rootfs "$R" sh $'a\xffb'
	refuses "argument 2 'X=\\xc3' is not UTF-8" sd-spec -e $'X=\xc3' --rootfs "$R" sh
}

@test "the study's spellings" {
	has '.config.linux.resources.cpu' '{"quota":20000,"period":100000,"shares":512,"cpus":"0"}' \
		-cpu 20 -cpushare 512 -cpuset 0
	has '.config.process.terminal, .want.stdin' $'true\ntrue' -ti
	has '[.config.linux.namespaces[].type] | index("network")' null -net host
	bad "network x not found" -net x
	bad "--cpu-percent: 0 is not between" -cpu 0
}

@test "environment: later sources win and keep the place" {
	image '{"Env": ["PATH=/image", "A=1", "B=1", "C=1", "E="]}'
	printf '\xef\xbb\xbf# comment\n\n  B=2\nC=2\r\nFROM_HOST\nABSENT\nD=a b=c#d\n' \
		>"$BATS_TEST_TMPDIR/env"
	FROM_HOST=yes from '.config.process.env' \
		'["PATH=/image","TERM=xterm","A=1","B=2","C=3","E=","FROM_HOST=yes","D=a b=c#d"]' \
		-t --env-file "$BATS_TEST_TMPDIR/env" -e C=3 sh
	has '.config.process.env[1:]' '["X=","Y=a=b","Z=\u0001 ü"]' -e X= -e Y=a=b -e $'Z=\x01 ü'
	PASSED=on has '.config.process.env[1:]' '["PASSED=on"]' -e PASSED -e NEVER_SET
	from '.config.process.env' '["PATH=/image","B=1","C=1","E="]' -e A sh
	from '.config.process.env[0]' '"PATH=/mine"' -e PATH=/mine sh
	bad "'=x' has no name" -e =x
	bad "'' has no name" -e ''
	bad "open /nosuch: No such file" --env-file /nosuch
	PASSED=$'\xff' bad "value of PASSED is not UTF-8" -e PASSED
	printf 'ok=1\na b=1\n' >"$BATS_TEST_TMPDIR/env"
	bad "the name in 'a b=1' holds a blank" --env-file "$BATS_TEST_TMPDIR/env"
	printf 'x=\xff\n' >"$BATS_TEST_TMPDIR/env"
	bad "line 1 is not UTF-8" --env-file "$BATS_TEST_TMPDIR/env"
	printf 'x=\0\n' >"$BATS_TEST_TMPDIR/env"
	bad "holds a zero byte" --env-file "$BATS_TEST_TMPDIR/env"
}

@test "an image's environment never asks for the host's (CVE-2026-57231)" {
	bad_image "config.Env[1]: 'HOME' is not NAME=VALUE" '{"Env": ["A=1", "HOME"]}'
	bad_image "config.Env[0]: 'AWS*' is not NAME=VALUE" '{"Env": ["AWS*"]}'
	bad_image "config.Env[0]: '*' is not NAME=VALUE" '{"Env": ["*"]}'
	bad_image "config.Env[0]: '=x' is not NAME=VALUE" '{"Env": ["=x"]}'
}

@test "entrypoint and command: docker's table" {
	image '{"Entrypoint": ["ep", "-x"], "Cmd": ["cmd"]}'
	from .config.process.args '["ep","-x","cmd"]'
	from .config.process.args '["ep","-x","a","b"]' a b
	from .config.process.args '["mine"]' --entrypoint mine
	from .config.process.args '["mine","a"]' --entrypoint mine a
	from .config.process.args '["a"]' --entrypoint "" a
	refuses "no command: image '$IMAGE' has none" sd-spec --image-config "$IMAGE" --entrypoint ""
	image '{"Cmd": ["cmd", ""]}'
	from .config.process.args '["cmd",""]'
	image '{"Entrypoint": null, "Cmd": null}'
	refuses "no command" sd-spec --image-config "$IMAGE"
	bad_image "Entrypoint: " '{"Entrypoint": "sh"}'
}

@test "user: numbers at once, names later, in the image" {
	has '.want.user, .config.process.user' $'"1000:50"\n{"uid":1000,"gid":50}' -u 1000:50
	has '.want.user, .config.process.user' $'"alice:staff"\n{"uid":0,"gid":0}' -u alice:staff
	has .want.groupAdd '["audio","44"]' --group-add audio --group-add 44
	image '{"User": "www"}'
	from .want.user '"www"' sh
	from .want.user '"5"' -u 5 sh
	from .want.user '"www"' -u "" sh
}

@test "user: what looks like a number and is none is refused (CVE-2024-40635, CVE-2026-30892)" {
	local text
	for text in 1: :1 01 +1 ' 1' '1 ' -1 2147483648 4294967296 99999999999999999999 a:b:c : 'a b'; do
		refuses "user" sd-spec --rootfs "$R" --user="$text" sh ||
			refuses "group" sd-spec --rootfs "$R" --user="$text" sh
		bad_image "" "$(jq -n --arg u "$text" '{User: $u}')"
	done
	has .config.process.user '{"uid":2147483647,"gid":0}' -u 2147483647
	bad "group '01'" --group-add 01
}

@test "working directory, umask, oom score" {
	has .config.process.cwd '"/b"' -w /a/../b/
	image '{"WorkingDir": "/srv"}'
	from .config.process.cwd '"/srv"' sh
	from .config.process.cwd '"/x"' -w /x sh
	bad "--workdir: 'rel' is not an absolute path" -w rel
	bad_image "WorkingDir: 'rel'" '{"WorkingDir": "rel"}'
	has .config.process.user.umask 18 --umask 022
	bad "--umask: '8' is not an octal" --umask 8
	bad "--umask: '1777' is not an octal" --umask 1777
	has .config.process.oomScoreAdj -500 --oom-score-adj -500
	has .config.process.oomScoreAdj null
	bad "--oom-score-adj: 1001 is not between" --oom-score-adj 1001
}

@test "labels and annotations: the image's never become annotations (CVE-2026-53488)" {
	image '{"Labels": {"a": "image", "b": "image", "run.oci.hooks.stdout": "x"}}'
	printf 'f=1\n# no\ng\n' >"$BATS_TEST_TMPDIR/labels"
	from '.want.labels, .config.annotations, .annotations' \
		$'{"a":"mine","b":"image","run.oci.hooks.stdout":"x","f":"1","g":"","h":"x=y"}\nnull\nnull' \
		-l a=mine --label-file "$BATS_TEST_TMPDIR/labels" -l h=x=y sh
	has '.config.annotations, .annotations, .want.labels' \
		$'{"k.k":"v"}\n{"k.k":"v"}\nnull' --annotation k.k=v
	bad "'=x' has no key" -l =x
	bad "'k' is not KEY=VALUE" --annotation k
	bad_image "config.Labels: 'a' is not a string" '{"Labels": {"a": 1}}'
}

@test "stop signal and timeout, ports, health check" {
	image '{"StopSignal": "3", "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
		"Healthcheck": {"Test": ["CMD", "true"]}}'
	from '.want | .stopSignal, .exposedPorts, .healthcheck' \
		$'"SIGQUIT"\n["80/tcp","53/udp"]\n{"Test":["CMD","true"]}' sh
	from .want.stopSignal '"SIGINT"' --stop-signal int sh
	has .want.stopTimeout -1 --stop-timeout -1
	bad "--stop-signal: 'x' is not a signal" --stop-signal x
	bad "--stop-timeout: 'x' is not a whole number" --stop-timeout x
	bad_image "config.StopSignal: 'x' is not a signal" '{"StopSignal": "x"}'
}

@test "names: the container's, the host's, the platform's" {
	bad "--name: '-x' is not a name" --name=-x
	bad "--name: 'a/b' is not a name" --name a/b
	has '.config.hostname, .config.process.env[1]' $'"db.example"\n"HOSTNAME=db.example"' -h db.example
	has .config.domainname '"example"' --domainname example
	local text
	for text in -x x- a..b a_b 'a b' "$(printf 'a%.0s' {1..64})" ü; do
		bad "--hostname: '" --hostname="$text"
	done
	has .config.hostname "\"$(hostname)\"" --network host
	bad "--hostname with --uts host" --uts host -h x
	bad "--domainname with --uts host" --uts host --domainname x
	has '.config.hostname, .config.process.env[1]' "null"$'\n'"\"HOSTNAME=$(hostname)\"" --uts host
	image '{}'
	from .want.platform '"linux/amd64"' sh
	from .want.platform '"linux/amd64"' --platform linux/x86_64 sh
	from .want.platform '"linux/amd64"' --platform amd64 sh
	refuses "is for linux/amd64, not for linux/arm64" \
		sd-spec --image-config "$IMAGE" --platform linux/arm64 sh
	refuses "is for linux/amd64, not for windows/amd64" \
		sd-spec --image-config "$IMAGE" --platform windows/amd64 sh
	bad "--platform: there is no image" --platform linux/amd64
	echo '{"os": "windows"}' >"$IMAGE"
	refuses "is for windows, not for linux" sd-spec --image-config "$IMAGE" sh
	echo '[]' >"$IMAGE"
	refuses "its config is not an object" sd-spec --image-config "$IMAGE" sh
	echo '{' >"$IMAGE"
	refuses "$IMAGE" sd-spec --image-config "$IMAGE" sh
}

@test "namespaces" {
	local types='[.config.linux.namespaces[].type] | sort'
	has "$types" '["cgroup","ipc","mount","network","pid","uts"]'
	has "$types" '["mount"]' \
		--pid host --network host --ipc host --uts host --cgroupns host --userns host
	has '.want.networks' null --network host
	has '.want.networks' '[]' --net none
	has "$types" '["cgroup","ipc","mount","network","pid","uts"]' \
		--pid private --ipc shareable --uts private --cgroupns private
	has '.want.networks' '[{"name":"bridge"}]'
	bad "--pid: 'x' is none of private, host, container:NAME" --pid x
	bad "--ipc: 'x' is none of private, shareable, none, host, container:NAME" --ipc x
	bad "--uts: 'container:x' is none of private, host" --uts container:x
	bad "--cgroupns: 'x' is none of private, host" --cgroupns x
	bad "--userns: 'auto' is not host" --userns auto
	has .want.cgroupParent '"/a/b"' --cgroup-parent a/b/
	bad "'a/../b' holds '..'" --cgroup-parent a/../b
}

# network NAME: one in the store.
network() { sd-network new "$1" | sd-network add >/dev/null; }

@test "networks: names and ids, docker's long form, podman's" {
	local n=.want.networks
	network one
	network two
	has $n '[{"name":"bridge"}]' --network ""
	has $n '[{"name":"bridge"}]' --network default
	has $n '[{"name":"one"}]' -net "$(sd-network get one | jq -r .sdocker.id)"
	has $n '[{"name":"two"},{"name":"one"}]' --network two --net one
	has $n '[{"name":"one","ips":["10.0.0.7","fd00::7"],"mac":"02:42:ac:11:00:02","aliases":["a","b"]},{"name":"two"}]' \
		--network one --network two --ip 10.0.0.7 --ip6 fd00:0::7 --mac-address 02-42-AC-11-00-02 \
		--network-alias a --network-alias b --network-alias a
	has $n '[{"name":"one"},{"name":"two","ips":["10.0.0.7","fd00::7"],"mac":"02:42:ac:11:00:02","aliases":["a","b"]}]' \
		--network one \
		--network name=two,alias=a,ip=10.0.0.7,ip6=fd00::7,mac-address=02:42:ac:11:00:02,alias=b
	has $n '[{"name":"one","ips":["10.0.0.7"],"mac":"02:42:ac:11:00:02"}]' \
		--network one:ip=10.0.0.7,mac=02:42:ac:11:00:02
	bad "network x not found" --network x
	bad "network x not found" --network name=x
	bad 'network "one" is specified multiple times' --network one --network name=one
	bad "cannot attach both user-defined and non-user-defined network-modes" --network one --network host
	bad "--network: 'alias=a': network name/id is not specified" --network alias=a
	bad "--network: invalid field key foo (hint: name, alias" --network name=one,foo=1
	bad "--network: 'x' is not KEY=VALUE" --network name=one,x
	bad "cannot specify both --ip and per-network IPv4 address" --network one:ip=10.0.0.7 --ip 10.0.0.8
	bad "cannot specify both --network-alias and per-network alias" --network one:alias=a --network-alias b
	bad "--ip: 'fd00::1' is not an address of IPv4" --ip fd00::1
	bad "--ip6: '10.0.0.1' is not an address of IPv6" --ip6 10.0.0.1
	bad "--ip: '10.0.0' is not an IP address" --ip 10.0.0
	bad "--network: a network gives one address: 10.0.0.7 or 10.0.0.8" --network one:ip=10.0.0.7,ip=10.0.0.8
	bad "--network-alias: 'a b' is not a name" --network-alias "a b"
	local mac
	for mac in x 02:42:ac:11:00 01:42:ac:11:00:02 02:42:ac:11:00:0g 02:42:ac:11:00:02:03; do
		bad "--mac-address: '$mac' is not the MAC address of one station" --mac-address "$mac"
	done
	bad "--link: containers are not linked one by one (hint: those of one network" --link x
	bad "--network one: a bare config has no word for a network" --config --network one
	rm -r "$SDOCKER_ROOT/networks"
}

@test "networks: a namespace by its file" {
	has '(.config.linux.namespaces[] | select(.type == "network").path), .want.networks' \
		$'"/proc/self/ns/net"\nnull' --network ns:/proc/self/ns/net
	bad "--network ns:/nosuch: No such file or directory" --network ns:/nosuch
	bad "--network: 'ns:' names nothing" --network ns:
	bad "--network: 'container:' names nothing" --network container:
}

@test "networks: what would not be in force is refused" {
	local mode
	for mode in none host ns:/proc/self/ns/net container:x; do
		bad "conflicting options: port publishing and the network mode" --network "$mode" -p 80
		bad "conflicting options: port publishing and the network mode" --network "$mode" -P
		bad "conflicting options: mac-address and the network mode" \
			--network "$mode" --mac-address 02:42:ac:11:00:02
		bad "conflicting options: an address or alias and the network mode" --network "$mode" --ip 1.2.3.4
	done
	bad "conflicting options: hostname and the network mode" --network container:x -h a
	bad "conflicting options: dns and the network mode" --network container:x --dns 1.1.1.1
	bad "conflicting options: custom host-to-IP mapping and the network mode" \
		--network container:x --add-host a:1.2.3.4
	bad "conflicting options: port exposing and the container type network mode" \
		--network container:x --expose 80
	has '.want.dns, .want.extraHosts' $'{"nameservers":["1.1.1.1"]}\n[{"name":"a","address":"1.2.3.4"}]' \
		--network host --dns 1.1.1.1 --add-host a:1.2.3.4
}

# ports VALUE [OPTION]...: HOSTIP HOSTPORT HOSTPORTEND CONTAINERPORT PROTOCOL of each, "-": absent.
ports() {
	has '[.want.ports[] | [.hostIP, .hostPort, .hostPortEnd, .containerPort, .protocol]
		| map(. // "-" | tostring) | join(" ")] | join(", ")' "\"$1\"" "${@:2}"
}

@test "published ports: docker's forms" {
	has '.want.ports, .want.publishAll' $'null\nnull'
	ports "- - - 80 tcp" -p 80
	ports "- 8080 - 80 tcp, - 53 - 53 udp, - 1 - 2 sctp" -p 8080:80 -p 53:53/udp -p 1:2/SCTP
	ports "127.0.0.1 8080 - 80 tcp, 127.0.0.1 - - 80 tcp, - - - 80 tcp" \
		-p 127.0.0.1:8080:80 -p 127.0.0.1::80 -p 0:80
	ports "::1 8080 - 80 tcp, :: - - 80 tcp" -p '[::1]:8080:80' -p '[::0]::80'
	ports "- 8000 - 80 tcp, - 8001 - 81 tcp" -p 8000-8001:80-81
	ports "- - - 80 udp, - - - 81 udp" -p 80-81/udp
	ports "- 8000 8010 80 tcp" -p 8000-8010:80
	ports "- 8080 - 80 udp, - - - 81 tcp" -p target=80,published=8080,protocol=udp -p target=81
	has .want.publishAll true -P
	bad "--publish: '' is not a whole number" -p 80:
	bad "--publish: '' is not a whole number" -p ""
	bad "--publish: 'x' is not a whole number" -p x
	bad "--publish: 0 is not between 1 and 65535" -p 80:0
	bad "--publish: 65536 is not between 1 and 65535" -p 65536
	bad "--publish: '81-80' ends before it begins" -p 81-80
	bad "--publish: 99999 is not between 0 and 65535" -p 99999:80
	bad "--publish: 'icmp' is none of tcp, udp, sctp" -p 80/icmp
	bad "--publish: 'localhost' is not an IP address" -p localhost:80:80
	bad "--publish: '80-81:80-82': the two ranges are of different length" -p 80-81:80-82
	bad "--publish: 'target=80,x=1': 'x' is not a field (hint: target" -p target=80,x=1
	bad "--publish: 'published=80': no target" -p published=80
}

@test "exposed ports: the image's, and --expose" {
	has .want.exposedPorts '["80/tcp","53/udp","90/tcp","91/tcp"]' --expose 80 --expose 53/udp --expose 90-91 --expose 80/tcp
	image '{"Cmd": ["sh"], "ExposedPorts": {"80/tcp": {}}}'
	from .want.exposedPorts '["80/tcp","81/tcp"]' --expose 81 --expose 80
	bad "--expose: 'x' is not a whole number" --expose x
	bad "--expose: 'x' is none of tcp, udp, sctp" --expose 80/x
}

@test "names: servers, hosts" {
	has .want.dns '{"nameservers":["1.1.1.1","::1"],"search":["a.example","."],"options":["ndots:2"]}' \
		--dns 1.1.1.1 --dns 0::1 --dns-search a.example --dns-search . --dns-option ndots:2
	has .want.extraHosts '[{"name":"a","address":"1.2.3.4"},{"name":"b","address":"fd00::1"},{"name":"c","address":"::1"},{"name":"d","address":"host-gateway"}]' \
		--add-host a:1.2.3.4 --add-host b=fd00::1 --add-host 'c:[::1]' --add-host d:host-gateway
	bad "--dns: 'x' is not an IP address" --dns x
	bad "--dns-search: 'a b' is not a domain name" --dns-search "a b"
	bad "--dns-option: '' is not an option" --dns-option ""
	bad "--add-host: bad format: 'a' is not NAME:ADDRESS" --add-host a
	bad "--add-host: bad format: 'a b:1.2.3.4' is not NAME:ADDRESS" --add-host "a b:1.2.3.4"
	bad "--add-host: invalid IP address: 'b'" --add-host a:b
}

@test "namespaces of another container, while it runs" {
	bad "no such container: web" --network container:web
	local id dir ticks
	id=$(printf 'a%.0s' {1..64})
	dir=$SDOCKER_ROOT/containers/$id
	mkdir -p "$dir" "$SDOCKER_RUN/containers/$id" "$SDOCKER_ROOT/names"
	document "$id" '.status = "created"' >"$dir/state.json"
	ln -s "$id" "$SDOCKER_ROOT/names/web"
	bad "--network: container 'web' is not running" --network container:web
	sleep 60 3>&- &
	ticks=$(sed 's/.*) //' /proc/$!/stat | cut -d' ' -f20)
	jq -c --argjson pid $! --argjson ticks "$ticks" --arg boot "$(cat /proc/sys/kernel/random/boot_id)" \
		'.status = "running" | .pid = $pid | .startTime = $ticks | .bootId = $boot' \
		"$dir/state.json" >"$SDOCKER_RUN/containers/$id/state.json"
	has '.config.linux.namespaces[] | select(.type == "network" or .type == "ipc") | .path' \
		"\"/proc/$!/ns/net\""$'\n'"\"/proc/$!/ns/ipc\"" --network container:web --ipc container:web
	has '.want.join, .want.networks' "{\"network\":\"$id\"}"$'\nnull' --network container:aaaa
	bad "its network namespace is not its own" --network container:web --sysctl net.ipv4.ip_forward=1
	kill $!
	wait $! || true
	bad "is not running" --network container:web
	rm -r "$dir" "$SDOCKER_RUN/containers/$id" "$SDOCKER_ROOT/names/web"
}

@test "memory" {
	local m=.config.linux.resources.memory
	has $m null
	has $m null -m 0
	has "$m.limit" 104857600 -m 100m
	has $m '{"limit":104857600,"swap":104857600}' -m 100m --memory-swap 100m
	has $m '{"limit":104857600,"swap":-1}' -m 100m --memory-swap -1
	has $m '{"swappiness":0,"limit":104857600,"reservation":52428800,"swap":104857600}' \
		-m 100m --memory-reservation 50m --memory-swappiness 0 --memory-swap 100m
	# By default as much swap as memory, where the kernel can limit swap at all.
	local twice=209715200
	if [ "$(cgroup_layout)" != v2 ] && [ ! -e /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes ]; then
		twice=null
	fi
	has "$m.swap" $twice -m 100m
	bad "--memory: 1m is less than the least possible, 6m" -m 1m
	bad "--memory: 'x' is not a size" -m x
	bad "--memory: '-1' is not a size" -m -1
	bad "--memory-swap needs --memory" --memory-swap 200m
	bad "--memory-swap: 50m is less than --memory 100m" -m 100m --memory-swap 50m
	bad "--memory-reservation: 200m is more than --memory 100m" -m 100m --memory-reservation 200m
	bad "--memory-reservation: 1m is less" --memory-reservation 1m
	bad "--memory-swappiness: 101 is not between" --memory-swappiness 101
}

@test "processors and processes" {
	local c=.config.linux.resources.cpu
	has $c null
	has $c '{"quota":50000,"period":100000}' --cpus .5
	has $c '{"quota":50000,"period":100000}' --cpus 0.5
	has $c null --cpus 0
	has $c '{"shares":2,"period":50000,"quota":1000}' -c 2 --cpu-period 50000 --cpu-quota 1000
	has $c '{"quota":-1}' --cpu-quota -1
	has $c '{"cpus":"0-1,3","mems":"0"}' --cpuset-cpus 0-1,3 --cpuset-mems 0
	bad "--cpus: 4096 processors are not between 0.01 and the $(nproc --all) there are" --cpus 4096
	bad "processors are not between" --cpus 0.001
	bad "--cpus: 'x' is not a number" --cpus x
	bad "--cpus: '1.2.3' is not a number" --cpus 1.2.3
	bad "--cpus: '-1' is not a number" --cpus -1
	bad "--cpus conflicts with --cpu-quota" --cpus 1 --cpu-quota 1000
	bad "--cpus conflicts with --cpu-period" --cpus 1 --cpu-period 1000
	bad "--cpu-percent conflicts with --cpus" --cpus 1 -cpu 50
	bad "--cpu-shares: 1 is not between 2 and 262144" -c 1
	bad "--cpu-period: 999 is not between" --cpu-period 999
	bad "--cpu-quota: 999 is not between" --cpu-quota 999
	local text
	for text in x 1- -1 2-1 1,,2 0x1 '0 1' 9999; do
		bad "--cpuset-cpus: '$text' is not a list" --cpuset-cpus="$text"
	done
	has .config.linux.resources.pids '{"limit":50}' --pids-limit 50
	has .config.linux.resources.pids null --pids-limit 0
	has .config.linux.resources.pids null --pids-limit -1
	bad "--pids-limit: -2 is not between" --pids-limit -2
}

@test "block I/O" {
	mknod "$BATS_TEST_TMPDIR/disk" b 7 3
	has .config.linux.resources.blockIO \
		'{"throttleReadBpsDevice":[{"major":7,"minor":3,"rate":1048576}],"throttleWriteIOPSDevice":[{"major":7,"minor":3,"rate":10}],"weight":300}' \
		--device-read-bps "$BATS_TEST_TMPDIR/disk:1m" \
		--device-write-iops "$BATS_TEST_TMPDIR/disk:10" --blkio-weight 300
	has .config.linux.resources.blockIO null --blkio-weight 0
	bad "--blkio-weight: 9 is not between" --blkio-weight 9
	bad "/dev/nosuch: No such file" --device-write-bps /dev/nosuch:1m
	bad "/dev/null is not a block device" --device-read-bps /dev/null:1m
	bad "'/dev/null' is not /dev/NAME:SIZE" --device-read-bps /dev/null
	bad "'x' is not a size" --device-read-bps /dev/null:x
	bad "'1m' is not a whole number" --device-read-iops /dev/null:1m
}

@test "capabilities" {
	local n='.config.process.capabilities | .bounding | length'
	has "$n" 14
	has '.config.process.capabilities | .inheritable + .ambient' '[]' --privileged
	has '.config.process.capabilities | .bounding == .effective and .effective == .permitted' true
	has .config.process.capabilities.effective '["CAP_KILL","CAP_NET_ADMIN"]' \
		--cap-drop all --cap-add net_admin --cap-add CAP_KILL
	has "$n" 13 --cap-drop Cap_Chown
	has '.config.process.capabilities.bounding | index("CAP_CHOWN")' null --cap-add ALL --cap-drop CHOWN
	has '.config.process.capabilities.bounding | index("CAP_SYS_ADMIN") != null' true --cap-add all
	bad "--cap-add: unknown capability 'FLY'" --cap-add FLY
	bad "--cap-drop: unknown capability 'CAP_'" --cap-drop CAP_
	refuses "CAP_SYS_TIME cannot be given" capsh --drop=cap_sys_time -- -c \
		"exec $SD_BUILD/bin/sd-spec --rootfs '$R' --cap-add SYS_TIME sh"
}

@test "--privileged" {
	spec --privileged
	equal "$(jq -c '.want.seccomp, .config.linux.maskedPaths, .config.linux.readonlyPaths,
		.config.linux.resources.devices' <<<"$output")" \
		$'"unconfined"\nnull\nnull\n[{"allow":true,"access":"rwm"}]'
	equal "$(jq -c '[.config.mounts[] | select(.destination | startswith("/sys")) | .options |
		index("rw") != null and index("ro") == null]' <<<"$output")" '[true,true]'
	equal "$(jq -c '[.config.linux.devices[] | select(.path == "/dev/fuse")]' <<<"$output")" \
		'[{"path":"/dev/fuse","type":"c","major":10,"minor":229,"fileMode":438,"uid":0,"gid":0}]'
	equal "$(jq -c '[.config.linux.devices[].path | select(startswith("/dev/pts"))]' <<<"$output")" '[]'
	has .want.seccomp '"default"' --privileged --security-opt seccomp=default
	has '.config.linux.devices | map(select(.path == "/dev/null")) | length' 1 \
		--privileged --device /dev/null
}

@test "--security-opt" {
	has .config.process.noNewPrivileges false
	local text
	for text in no-new-privileges no-new-privileges=true no-new-privileges:true; do
		has .config.process.noNewPrivileges true --security-opt $text
	done
	has .config.process.noNewPrivileges false --security-opt no-new-privileges=false
	has .want.seccomp '"unconfined"' --security-opt seccomp:unconfined
	has .config.linux.maskedPaths null --security-opt systempaths=unconfined
	has .want.seccomp '"default"' --security-opt apparmor=unconfined --security-opt label=disable
	for text in apparmor=x label=type:x no-new-privileges=x seccomp seccomp= x systempaths; do
		bad "--security-opt: '$text' is not supported" --security-opt $text
	done
	cat >"$BATS_TEST_TMPDIR/p.json" <<-'END'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["mount"], "action": "SCMP_ACT_ERRNO", "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}
	END
	has '.want.seccomp, .config.linux.seccomp.syscalls[0].names' $'"custom"\n["mount"]' \
		--security-opt seccomp="$BATS_TEST_TMPDIR/p.json"
	has '.config.linux.seccomp.syscalls | length' 0 \
		--security-opt seccomp="$BATS_TEST_TMPDIR/p.json" --cap-add SYS_ADMIN
	bad "/nosuch: No such file" --security-opt seccomp=/nosuch
	bad "/etc/passwd" --security-opt seccomp=/etc/passwd
}

@test "devices" {
	local last='.config.linux.devices, .config.linux.resources.devices[12:]'
	has "$last" $'[{"path":"/dev/fuse","type":"c","major":10,"minor":229,"fileMode":438,"uid":0,"gid":0}]\n[{"allow":true,"type":"c","major":10,"minor":229,"access":"rwm"}]' \
		--device /dev/fuse
	has '.config.linux.devices[0].path, .config.linux.resources.devices[-1].access' \
		$'"/dev/x"\n"r"' --device /dev/fuse:/dev/x:r
	has '.config.linux.devices[0].path, .config.linux.resources.devices[-1].access' \
		$'"/dev/fuse"\n"rw"' --device /dev/fuse:rw
	has '[.config.linux.devices[].path]' '["/dev/n/tun"]' --device /dev/net:/dev/n
	has '.config.linux.resources.devices[-1]' \
		'{"allow":true,"type":"b","major":8,"access":"rm"}' --device-cgroup-rule 'b 8:* rm'
	bad "/dev/nosuch: No such file" --device /dev/nosuch
	bad "/etc/passwd is not a device" --device /etc/passwd
	bad "there is no device in /etc" --device /etc/cron.d
	local text
	for text in dev/null /dev/null:x /dev/null:/x:q /dev/null:/x:r:w '' /dev/null:/x: ; do
		bad "--device: '$text' is not HOST" --device "$text"
	done
	for text in x 'c 1:3' 'c 1 rwm' 'd 1:3 r' 'c 1:3 x' 'c 1:3  r' 'c -1:3 r' 'a 1:3 r'; do
		bad "--device-cgroup-rule" --device-cgroup-rule "$text"
	done
}

@test "resource limits" {
	has .config.process.rlimits \
		'[{"type":"RLIMIT_NOFILE","soft":10,"hard":20},{"type":"RLIMIT_CPU","soft":1,"hard":1}]' \
		--ulimit nofile=5 --ulimit cpu=1 --ulimit nofile=10:20
	spec --ulimit core=-1 # by eye, for jq's numbers are doubles
	contains "$output" '"soft":9223372036854775807,"hard":9223372036854775807'
	bad "--ulimit: 'nofile' is not TYPE=SOFT" --ulimit nofile
	bad "unknown type 'files'" --ulimit files=1
	bad "the soft limit is above the hard one" --ulimit nofile=2:1
	bad "the soft limit is above the hard one" --ulimit nofile=-1:1
	bad "'x' is not a whole number" --ulimit nofile=x
	bad "'nofile=1:2:3' is not TYPE" --ulimit nofile=1:2:3
}

@test "sysctls: of the container's own namespaces only (CVE-2022-0811)" {
	has .config.linux.sysctl '{"net.ipv4.ip_forward":"1","kernel.sem":"1 2 3 4"}' \
		--sysctl net.ipv4.ip_forward=1 --sysctl 'kernel.sem=1 2 3 4'
	bad "'kernel.core_pattern' is not of a namespace" --sysctl kernel.core_pattern=x
	bad "'vm.swappiness' is not of a namespace" --sysctl vm.swappiness=1
	bad "'kernel.shmmaxx' is not of a namespace" --sysctl kernel.shmmaxx=1
	bad "is not the name of a parameter" --sysctl 'net.a+kernel.core_pattern=|/x'
	bad "is not the name of a parameter" --sysctl 'net/../kernel/core_pattern=x'
	bad "holds a character that no value has" --sysctl 'kernel.sem=1+kernel.core_pattern=x'
	bad "holds a character that no value has" --sysctl $'kernel.sem=1\nx'
	bad "'kernel.sem' is not KEY=VALUE" --sysctl kernel.sem
	bad "its network namespace is not its own" --network host --sysctl net.ipv4.ip_forward=1
	bad "its ipc namespace is not its own" --ipc host --sysctl kernel.shmmax=1
	bad "its uts namespace is not its own" --uts host --sysctl kernel.domainname=x
}

@test "volumes: -v" {
	local m='.config.mounts[7:]' v=.want.volumes
	cd "$BATS_TEST_TMPDIR"
	has "$m, $v" $'[{"destination":"/data","type":"bind","source":"/srv","options":["rbind","rprivate"]}]\n[{"destination":"/data","source":"/srv","create":true,"copyUp":false}]' \
		-v /srv/:/data/
	has "${m}[0].source, ${m}[0].options - [\"rro\"]" "\"$BATS_TEST_TMPDIR/x\""$'\n["rbind","rshared","ro"]' \
		-v ./x:/data:ro,rshared,z
	has .config.linux.rootfsPropagation '"rslave"' -v /srv:/data:slave
	has "$v" "[{\"destination\":\"/data\",\"source\":\"$SDOCKER_ROOT/volumes/vol/data\",\"name\":\"vol\",\"create\":true,\"copyUp\":true}]" \
		-v vol:/data
	has "${v}[0].copyUp" false -v vol:/data:nocopy
	has "${m}[0].source, $v" $'"volumes/0"\n[{"destination":"/data","source":"volumes/0","create":true,"copyUp":true}]' \
		-v /data
	has "[${m}[].destination]" '["/a","/b","/a/b","/a/b/c"]' \
		-v /srv:/a/b/c -v /srv:/a/b -v /srv:/a -v /srv:/b
	has '[.config.mounts[] | select(.destination == "/dev/shm") | .type]' '["bind"]' -v /srv:/dev/shm
	has '[.config.mounts[].destination]' '["/proc","/sys","/sys/fs/cgroup","/dev"]' -v /dev:/dev
	bad "the destination cannot be '/'" -v /srv:/
	bad "the destination cannot be '/'" -v /srv:/x/..
	bad "the destination 'data' is not an absolute path" -v /srv:data
	bad "the destination 'ro' is not an absolute path" -v /data:ro
	bad "'a/b' is not the name of a volume (hint:" -v a/b:/data
	bad "option 'U'" -v /srv:/data:U
	bad "unknown option 'x' in 'ro,x'" -v /srv:/data:ro,x
	bad "both ro and rw" -v /srv:/data:ro,rw
	bad "unknown option 'shared'" -v /srv:/data:slave,shared
	bad "'slave' is for directories of the host" -v vol:/data:slave
	bad "'nocopy' is for volumes" -v /srv:/data:nocopy
	bad "a part is empty" -v :/data
	bad "a part is empty" -v ''
	bad "is not [SOURCE:]PATH[:OPTIONS]" -v a:/b:ro:rw
	bad "two mounts on /data" -v /srv:/data -v vol:/data/
	bad "nothing can be mounted on /proc/sys" -v /srv:/proc/sys
	has "${m}[0].destination" '"/proc/meminfo"' -v /srv:/proc/meminfo
}

@test "volumes of the image are refused where they lead out (CVE-2022-23648, CVE-2019-16884)" {
	image '{"Volumes": {"/data/": {}, "/data": {}, "/v": {}}}'
	from '[.want.volumes[] | .destination, .source]' '["/data","volumes/0","/v","volumes/1"]' sh
	from '[.want.volumes[].destination]' '["/v"]' --tmpfs /data sh
	bad_image "config.Volumes: '/../../etc' holds '..'" '{"Volumes": {"/../../etc": {}}}'
	bad_image "config.Volumes: '/a/..' holds '..'" '{"Volumes": {"/a/..": {}}}'
	bad_image "config.Volumes: nothing can be mounted on /proc" '{"Volumes": {"/proc": {}}}'
	bad_image "config.Volumes: nothing can be mounted on /proc/self" '{"Volumes": {"//proc/./self": {}}}'
	bad_image "config.Volumes: the destination cannot be '/'" '{"Volumes": {"/": {}}}'
	bad_image "config.Volumes: the destination 'x' is not an absolute path" '{"Volumes": {"x": {}}}'
}

@test "--mount" {
	local m='.config.mounts[7]' v='.want.volumes[0]'
	mkdir "$BATS_TEST_TMPDIR/a,b"
	has "$m | .source, (.options - [\"rro\"])" $'"/etc"\n["rbind","rprivate","ro"]' \
		--mount type=bind,src=/etc,dst=/data,readonly
	has "$v" null \
		--mount type=bind,src=/etc,dst=/data,readonly
	has "$m.options" '["bind","slave"]' \
		--mount type=bind,source=/etc,target=/data,ro=false,bind-nonrecursive,bind-propagation=slave
	has "$m.source" "\"$BATS_TEST_TMPDIR/a,b\"" --mount "type=bind,\"src=$BATS_TEST_TMPDIR/a,b\",dst=/data"
	has "$v.name, $v.copyUp" $'"vol"\nfalse' --mount src=vol,dst=/data,volume-nocopy=true
	has "$m.source" '"volumes/0"' --mount destination=/data
	has "$m.options" '["noexec","nosuid","nodev","rw","size=1048576","mode=700"]' \
		--mount type=tmpfs,dst=/data,tmpfs-size=1m,tmpfs-mode=700
	bad "the source '/nosuch': No such file" --mount type=bind,src=/nosuch,dst=/data
	bad "the source of a bind mount is missing" --mount type=bind,dst=/data
	bad "the target is missing" --mount type=tmpfs
	bad "type 'npipe' is none of" --mount type=npipe,dst=/data
	bad "unknown key 'x'" --mount x=1,dst=/data
	bad "unknown key ''" --mount ''
	bad "'dst' needs a value" --mount type=tmpfs,dst
	bad "readonly: 'x' is neither" --mount dst=/data,readonly=x
	bad "'src' is not for type tmpfs" --mount type=tmpfs,src=x,dst=/data
	bad "'tmpfs-size' is not for type volume" --mount dst=/data,tmpfs-size=1m
	bad "bind-propagation: 'x' is unknown" --mount type=bind,src=/etc,dst=/data,bind-propagation=x
	bad "unknown option 'mode=9'" --mount type=tmpfs,dst=/data,tmpfs-mode=9
	bad "a quote is not closed" --mount 'dst=/data,"x'
	bad "a quote inside a field" --mount 'dst="/data"'
	bad "text behind a closing quote" --mount '"dst=/data"x'
	bad "two mounts on /data" --mount dst=/data --tmpfs /data
}

@test "--tmpfs, --read-only, --shm-size, --init" {
	local m='.config.mounts[7].options'
	has $m '["noexec","nosuid","nodev","mode=1777"]' --tmpfs /run
	has $m '["nosuid","nodev","exec","size=1m","mode=700"]' --tmpfs /run:exec,size=1m,mode=700
	has $m '["noexec","nosuid","nodev","mode=1777","ro"]' --tmpfs /run:rw,ro
	bad "unknown option 'x' in '/run:x'" --tmpfs /run:x
	bad "unknown option 'size='" --tmpfs /run:size=
	bad "unknown option 'size=1m:'" --tmpfs /run:size=1m:
	bad "is not an absolute path" --tmpfs run
	has .config.root.readonly true --read-only
	m='.config.mounts[] | select(.destination == "/dev/shm")'
	has "$m | .options[-1]" '"size=1048576"' --shm-size 1m
	has "$m | .type, .source" $'"bind"\n"/dev/shm"' --ipc host
	has "$m" '' --ipc none
	bad "--shm-size: 'x' is not a size" --shm-size x
	bad "--shm-size with --ipc host" --shm-size 1m --ipc host
}

@test "--init: sd-init stands before the command" {
	has '.config.process.args, .want.init, .config.mounts[-1].options' \
		$'["/dev/init","--","sh"]\ntrue\n["bind","ro"]' --init
	equal "$(jq -r '.config.mounts[-1] | .destination, .source' <<<"$output")" \
		$'/dev/init\n'"$SD_BUILD/bin/sd-init"
	image '{"Entrypoint": ["ep"], "Cmd": ["cmd"]}'
	from .config.process.args '["/dev/init","--","ep","cmd"]' --init
	refuses "no command" sd-spec --rootfs "$R" --init
	bad "two mounts on /dev/init" --init -v /srv:/dev/init
}

# ---- the bare config, as other runtimes take it

bundle() {
	B=$BATS_TEST_TMPDIR/bundle
	rootfs_busybox "$B/rootfs"
	cd "$B"
}

@test "--config: runc and crun run it unchanged" {
	bundle
	printf 'A=1\n' >env
	mkdir -p host/below
	mount -t tmpfs sdtest host/below
	sd-spec --config --rootfs rootfs --env-file env -e 'B=x y' -u 1000:50 --group-add 44 -h box \
		-w /tmp -m 100m --cpus 0.5 -c 512 --pids-limit 50 --cap-drop ALL --ulimit nofile=64 \
		--security-opt no-new-privileges --tmpfs /scratch:size=1m -v ./host:/host:ro --device /dev/fuse \
		--sysctl net.ipv4.ip_forward=1 --shm-size 1m --umask 027 --read-only --annotation a=b \
		--domainname example -- \
		sh -c 'echo "$A $B $(id -u) $(id -G) $(hostname) $(pwd) $(umask) $(ulimit -n)"
			grep -E "CapBnd|NoNewPrivs|Seccomp:" /proc/self/status | tr -d "\n\t"; echo
			cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/domainname
			grep -c " /scratch \| /host" /proc/mounts; ls /dev/fuse
			touch /host/x /host/below/x 2>/dev/null
			touch /x 2>/dev/null || echo ro; exit 7' >config.json
	local want=$'1 x y 1000 50 44 box /tmp 0027 64\nCapBnd:0000000000000000NoNewPrivs:1Seccomp:2\n1\nexample\n3\n/dev/fuse\nro'
	sd_run runc --root "$BATS_TEST_TMPDIR/runc" run one
	equal "$status $stderr" "7 "
	equal "$output" "$want"
	sd_run crun --root "$BATS_TEST_TMPDIR/crun" run two
	equal "$status $stderr" "7 "
	equal "$output" "$want"
	equal "$(find host -name x)" ""
	umount host/below
	rm -rf "$BATS_TEST_TMPDIR/runc" "$BATS_TEST_TMPDIR/crun"
}

@test "--config: the defaults and --privileged, by runc and crun" {
	bundle
	local opt runtime
	for opt in --privileged --security-opt=seccomp=unconfined --network=host --pid=host; do
		sd-spec --config --rootfs rootfs $opt -- sh -c 'echo $((6*7))' >config.json
		for runtime in runc crun; do
			sd_run $runtime --root "$BATS_TEST_TMPDIR/$runtime" run x
			equal "$opt $runtime $status $output $stderr" "$opt $runtime 0 42 "
		done
	done
	rm -rf "$BATS_TEST_TMPDIR/runc" "$BATS_TEST_TMPDIR/crun"
}

@test "--config: says what a bare config has no word for" {
	bundle
	refuses "user 'alice' is a name, and a bare config has numbers only" \
		sd-spec --config --rootfs rootfs -u alice sh
	refuses "group 'staff' is a name" sd-spec --config --rootfs rootfs -u 1:staff sh
	refuses "group 'staff' is a name" sd-spec --config --rootfs rootfs --group-add staff sh
	refuses "--cgroup-parent: a bare config has no id" \
		sd-spec --config --rootfs rootfs --cgroup-parent x sh
	image '{"User": "www"}'
	refuses "image '$IMAGE': user 'www' is a name" sd-spec --config --image-config "$IMAGE" sh
	image '{"Cmd": ["sh"]}'
	succeeds sd-spec --config --image-config "$IMAGE"
	equal "$(jq -r '.ociVersion, .root.path, .linux.seccomp.defaultAction' <<<"$output")" \
		$'1.0.2\nrootfs\nSCMP_ACT_ERRNO'
}

@test "nothing is written anywhere, and a closed stdout is an error" {
	mkdir "$BATS_TEST_TMPDIR/empty"
	SDOCKER_ROOT=$BATS_TEST_TMPDIR/empty SDOCKER_RUN=$BATS_TEST_TMPDIR/empty \
		spec -v vol:/data -v ./made:/x -v /anon --init
	equal "$(ls "$BATS_TEST_TMPDIR/empty")" ""
	[ ! -e made ]
	refuses_with 125 "" sh -c "sd-spec --rootfs '$R' sh >&-"
	refuses_with 125 "No space left" sh -c "sd-spec --rootfs '$R' sh >/dev/full"
	refuses_with 125 "No space left" sh -c "sd-spec --config --rootfs '$R' sh >/dev/full"
}

@test "--restart: docker's policies" {
	has .want.restart null
	has .want.restart null --restart no
	has .want.restart '{"name":"always"}' --restart always
	has .want.restart '{"name":"unless-stopped"}' --restart unless-stopped
	has .want.restart '{"name":"on-failure"}' --restart on-failure
	has .want.restart '{"name":"on-failure","maximumRetryCount":3}' --restart on-failure:3
	bad "--restart: 'On-Failure' is none of no, on-failure[:N], always, unless-stopped" --restart On-Failure
	bad "--restart: no has no number of retries" --restart no:1
	bad "--restart on-failure: '' is not a whole number" --restart on-failure:
	bad "conflicting options: cannot specify both --restart and --rm" --rm --restart unless-stopped
	has .want.autoRemove true --rm --restart no
	spec --restart always
	equal "$(sd-spec update --restart on-failure:2 <<<"$output" | jq -c .want.restart)" \
		'{"name":"on-failure","maximumRetryCount":2}'
	equal "$(sd-spec update --restart no <<<"$output" | jq -c .want.restart)" null
	equal "$(sd-spec update -m 64m <<<"$output" | jq -c .want.restart)" '{"name":"always"}'
}

@test "--health-*: over what the image says" {
	has .want.healthcheck null
	has .want.healthcheck '{"Test":["CMD-SHELL","curl -f x"],"Retries":2,"Interval":5000000000,"Timeout":1500000000}' \
		--health-cmd 'curl -f x' --health-interval 5s --health-timeout 1.5s --health-retries 2
	has .want.healthcheck '{"Test":["NONE"]}' --no-healthcheck
	image '{"Cmd": ["sh"], "Healthcheck": {"Test": ["CMD", "a", "b"], "Interval": 7000000000}}'
	equal "$(sd-spec --image-config "$IMAGE" | jq -c .want.healthcheck)" '{"Test":["CMD","a","b"],"Interval":7000000000}'
	equal "$(sd-spec --image-config "$IMAGE" --health-interval 1s | jq -c .want.healthcheck)" \
		'{"Test":["CMD","a","b"],"Interval":1000000000}'
	equal "$(sd-spec --image-config "$IMAGE" --no-healthcheck | jq -c .want.healthcheck)" '{"Test":["NONE"]}'
	for bad in '{"Test": ["EXEC", "a"]}' '{"Test": ["CMD"]}' '{"Test": "a"}' '{"Interval": "x"}' '{"Timeout": -1}' '{"Retries": -1}'; do
		image "{\"Cmd\": [\"sh\"], \"Healthcheck\": $bad}"
		refuses "image '$IMAGE': " sd-spec --image-config "$IMAGE"
	done
}
