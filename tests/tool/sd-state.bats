#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root

load ../helper/common

setup() {
	sd_setup
	unset made
}

teardown() {
	local id
	for id in $(sd-state ls -aq --no-trunc); do remove "$id"; done
	reap_all
	sd_teardown
}

# What sd-spec would print.
spec() {
	jq -cn '{ociVersion: "1.2.0", want: {},
		config: {process: {args: ["true"]}, linux: {namespaces: [{type: "uts"}]}}} | '"${1:-.}"
}

new() { spec | sd-state new "$@"; }
remove() { printf '{"ociVersion":"1.2.0","id":"%s"}' "$1" | sd-state rm >/dev/null; }
reap_all() { sd-state reap | while IFS= read -r doc; do sd-state rm <<<"$doc" >/dev/null; done; }
member() { jq -r "$1"; }

# A record as it stands after a start, for process $2, without one having taken place.
live() {
	local id=$1 pid=$2 filter=${3:-.}
	mkdir -p "$SDOCKER_RUN/containers/$id"
	jq -c --argjson pid "$pid" --arg boot "$(cat /proc/sys/kernel/random/boot_id)" \
		--argjson ticks "$(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)" \
		'. + {status: "running", pid: $pid, startTime: $ticks, bootId: $boot,
		started: "2026-01-31T12:00:00.000000000Z"} | '"$filter" \
		"$SDOCKER_ROOT/containers/$id/state.json" >"$SDOCKER_RUN/containers/$id/state.json"
}

@test "id prints 64 hexadecimal digits, another each time" {
	run sd-state id
	[ "$status" = 0 ]
	[[ $output =~ ^[0-9a-f]{64}$ ]]
	[ "$output" != "$(sd-state id)" ]
}

@test "new gives id, name, bundle, time and the host name from the id" {
	run new
	[ "$status" = 0 ]
	id=$(member .id <<<"$output")
	equal "$(member .status <<<"$output")" creating
	equal "$(member .bundle <<<"$output")" "$SDOCKER_ROOT/containers/$id"
	equal "$(member .config.hostname <<<"$output")" "${id:0:12}"
	equal "$(member '.config.process.env[0]' <<<"$output")" "HOSTNAME=${id:0:12}"
	[[ $(member .name <<<"$output") =~ ^[a-z]+_[a-z]+[0-9]*$ ]]
	[[ $(member .created <<<"$output") =~ ^20..-..-..T..:..:..\.[0-9]{9}Z$ ]]
	equal "$(stat -c %a "$SDOCKER_ROOT/containers/$id")" 700
	equal "$(stat -c %a "$SDOCKER_ROOT/containers/$id/state.json")" 600
}

@test "the config is a file of its own in the bundle, and a member again for who asks" {
	doc=$(new --id c1)
	dir=$SDOCKER_ROOT/containers/c1
	equal "$(stat -c %a "$dir/config.json")" 600
	equal "$(jq -c . "$dir/config.json")" "$(jq -c .config <<<"$doc")"
	equal "$(jq -c '[.config, .command]' "$dir/state.json")" '[null,["true"]]'
	equal "$(sd-state get c1 | jq -cS .)" "$(jq -cS . <<<"$doc")"
	equal "$(sd-state get --saved c1 | jq -cS .)" "$(jq -cS . <<<"$doc")"
	# Written where it differs, and not touched where it does not.
	touch -d 2000-01-01 "$dir/config.json"
	sd-state set <<<"$doc" >/dev/null
	equal "$(date -r "$dir/config.json" +%Y)" 2000
	jq -c '.config.hostname = "other"' <<<"$doc" | sd-state set >/dev/null
	equal "$(sd-state get c1 | member .config.hostname)" other
	# What does not carry it does not lose it.
	jq -c 'del(.config) | .other = 1' <<<"$doc" | sd-state set >/dev/null
	equal "$(sd-state get c1 | jq -c '[.config.hostname, .other]')" '["other",1]'
}

@test "a record without its config is broken, is listed, and can be removed" {
	doc=$(new --id lost --name lost)
	new --id good >/dev/null
	config=$SDOCKER_ROOT/containers/lost/config.json
	rm "$config"
	refuses "$config: missing (hint: 'sdocker rm -f lost' removes it)" sd-state get lost
	equal "$(sd-state ls -aq | sort | xargs)" "good lost"
	equal "$(sd-state get --broken lost | jq -c '[.id, .name, .config]')" '["lost","lost",null]'
	mkfifo "$config"
	refuses "$config: not a regular file" sd-state get lost
	rm "$config"
	echo '[]' >"$config"
	refuses "$config: expected an object" sd-state get lost
	sd-state get --broken lost | sd-state rm >/dev/null
	equal "$(sd-state ls -aq)" good
	[ ! -L "$SDOCKER_ROOT/names/lost" ]
}

@test "sd-state new that was killed over its two files has made no record" {
	bash -c "$(declare -f spec); spec | sd-state new --tied --id between >/dev/null; true"
	rm "$SDOCKER_ROOT/containers/between/state.json"
	equal "$(sd-state ls -aq)" ""
	refuses "no such container: between" sd-state get between
	equal "$(sd-state reap | jq -r .id)" between
	sd-state reap | sd-state rm >/dev/null
	[ ! -e "$SDOCKER_ROOT/containers/between" ]
}

@test "new keeps what it does not know" {
	run bash -c "$(declare -f spec); spec '.config.surprise=[1,{\"a\":null}] | .other=true' | sd-state new"
	[ "$status" = 0 ]
	equal "$(jq -c '[.config.surprise, .other]' <<<"$output")" '[[1,{"a":null}],true]'
}

@test "new refuses ids and names that are none" {
	for id in .. a/b '' "$(printf 'x%.0s' {1..256})"; do
		refuses "id '$id'" bash -c "$(declare -f spec); spec | sd-state new --id '$id'"
	done
	for name in -a .a 'a b' 'a/b' ''; do
		refuses "name '$name'" bash -c "$(declare -f spec); spec | sd-state new --name='$name'"
	done
	equal "$(sd-state ls -aq)" ""
	[ ! -e "$SDOCKER_ROOT/names/-a" ]
}

@test "a name is given once, also to twenty at the same time" {
	new --name one >/dev/null
	refuses "name one: another container has it (hint: 'sdocker rm one' frees it)" \
		bash -c "$(declare -f spec); spec | sd-state new --name one"
	for _ in {1..20}; do new --name raced >/dev/null 2>&1 & done
	wait
	equal "$(sd-state ls -a --json | jq -r .name | grep -c raced)" 1
	equal "$(sd-state ls -aq | wc -l)" 2
}

@test "a name that a killed command left is given once, also to twenty at the same time" {
	for round in {1..5}; do
		mkdir -p "$SDOCKER_ROOT/names"
		ln -s gone "$SDOCKER_ROOT/names/raced$round"
		for _ in {1..20}; do new --name "raced$round" >/dev/null 2>&1 & done
		wait
		equal "$(sd-state ls -a --json | jq -r .name | grep -c "raced$round")" 1
	done
}

@test "an id is given once" {
	new --id twice >/dev/null
	refuses "id twice: another container has it" \
		bash -c "$(declare -f spec); spec | sd-state new --id twice"
	equal "$(sd-state get twice | member .id)" twice
}

@test "new that cannot print leaves nothing" {
	run bash -c "$(declare -f spec); spec | sd-state new --name full >/dev/full"
	[ "$status" = 125 ]
	contains "$output" "write the document to standard output: No space left on device"
	equal "$(sd-state ls -aq)" ""
	[ ! -L "$SDOCKER_ROOT/names/full" ]
	[ -z "$(ls "$SDOCKER_RUN/transient")" ]
}

@test "--cidfile is written once and never over a file" {
	new --id cid --cidfile "$BATS_TEST_TMPDIR/cid" >/dev/null
	equal "$(cat "$BATS_TEST_TMPDIR/cid")" cid
	refuses "File exists" bash -c \
		"$(declare -f spec); spec | sd-state new --id cid2 --cidfile $BATS_TEST_TMPDIR/cid"
	equal "$(sd-state ls -aq)" cid
}

@test "get finds by id, by a unique beginning and by name" {
	new --id abc1 --name first >/dev/null
	new --id abd2 --name second >/dev/null
	equal "$(sd-state get abc | member .name)" first
	equal "$(sd-state get second | member .id)" abd2
	refuses "ab: more than one container's id begins so" sd-state get ab
	refuses "no such container: x" sd-state get x
	run sd-state get -q x
	[ "$status" = 1 ]
	[ -z "$output" ]
}

@test "get --facts leaves the config out" {
	new --id facts >/dev/null
	sd_run sd-state get --facts facts
	equal "$(jq -c '[has("config"), .id, .bundle]' <<<"$output")" \
		"[false,\"facts\",\"$SDOCKER_ROOT/containers/facts\"]"
}

@test "get prints the ones that are there and fails for the one that is not" {
	new --id g1 >/dev/null
	sd_run sd-state get nope g1
	[ "$status" = 125 ]
	equal "$(member .id <<<"$output")" g1
	contains "$stderr" "no such container: nope"
}

@test "inspect: docker's members beside the document's" {
	volumes='.want += {init: true, entrypoint: 1, labels: {k: "v"}, networks: [{name: "n"}],
		volumes: [{destination: "/d", source: "/s", name: "vol"}, {destination: "/a", source: "volumes/1"}]}
		| .config.process += {args: ["/dev/init", "--", "sh", "-c", "x y"], cwd: "/tmp"}
		| .config.mounts = [{destination: "/d", options: ["rbind", "ro"]}]
		| .config.linux.resources = {memory: {limit: 1048576}, cpu: {quota: 150000, period: 100000}}
		| .image = {name: "busybox", manifest: "sha256:0"}'
	id=$(spec "$volumes" | sd-state new -n jay | member .id)
	equal "$(sd-state inspect jay | jq -c '.[0] | [.Id == .id, .name, .Name, .Path, .Args, .Image, .RestartCount]')" \
		'[true,"jay","/jay","sh",["-c","x y"],"sha256:0",0]'
	equal "$(sd-state inspect jay | jq -c '.[0].Config | [.Entrypoint, .Cmd, .Image, .WorkingDir, .Labels, .User, .Tty]')" \
		'[["sh"],["-c","x y"],"busybox","/tmp",{"k":"v"},"",false]'
	equal "$(sd-state inspect jay | jq -c '.[0].HostConfig | [.Memory, .NanoCpus, .PidsLimit, .RestartPolicy.Name, .AutoRemove,
		.Privileged, .Binds, .NetworkMode]')" '[1048576,1500000000,null,"no",false,false,["vol:/d:ro"],"n"]'
	equal "$(sd-state inspect jay | jq -c --arg b "$SDOCKER_ROOT/containers/$id/" \
		'.[0].Mounts[] | [.Type, .Name, (.Source | ltrimstr($b)), .Destination, .RW]')" \
		$'["volume","vol","/s","/d",false]\n["volume","","volumes/1","/a",true]'
	equal "$(sd-state inspect -f '{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}}' jay)" "created 0 0001-01-01T00:00:00Z"
	equal "$(sd-state get jay | jq 'has("Id")')" false
	live "$id" $$ '.ports = [{hostPort: 8080, containerPort: 80}]'
	equal "$(sd-state inspect -f '{{.State.Status}} {{.State.Running}} {{.State.Pid}}' jay)" "running true $$"
	equal "$(sd-state inspect -f '{{json .NetworkSettings.Ports}}' jay)" \
		'{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}]}'
	rm -r "$SDOCKER_RUN/containers/$id"
}

@test "inspect: those that are there, and one line for the one that is not" {
	id=$(new -n a | member .id)
	run --separate-stderr sd-state inspect -f '{{.Name}}' a no a
	equal "$status" 1
	equal "$output" $'/a\n/a'
	equal "$stderr" "sd-state: no such container: no"
	equal "$(sd-state inspect --or-null no a | jq -c 'map(.Name)')" '[null,"/a"]'
	refuses "exclude each other" sd-state inspect --or-null -f '{{.Name}}' a
	refuses "column 3: the end" sd-state inspect -f '{{' a
	refuses "can't evaluate field Nope" sd-state inspect -f '{{.Nope}}' a
	: >"$SDOCKER_ROOT/containers/$id/state.json"
	sd_run sd-state inspect --or-null a no
	equal "$status" 125
	equal "$output" "[false,null]"
	contains "$stderr" "'sdocker rm -f ${id:0:12}' removes it"
}

@test "events: docker's lines, filters, times and formats" {
	id=$(spec '.want.labels = {k: "v\u001b"} | .image = {name: "busybox"}' | sd-state new -n one | member .id)
	since=$(date -u +%FT%T.%NZ)
	other=$(new -n two | member .id)
	remove "$other"
	equal "$(sd-state events --filter container=one | sed -E 's/^20[0-9-]+T[0-9:.]+Z/TIME/')" \
		"TIME container create $id (image=busybox, k=v?, name=one)"
	equal "$(sd-state events --format '{{.Action}} {{.Actor.Attributes.name}}' --since "$since")" $'create two\ndestroy <no value>'
	equal "$(sd-state events --format '{{.ID}}' --until "$since" --filter event=create --filter label=k)" "$id"
	equal "$(sd-state events --format json --filter "container=${other:0:12}" | jq -r .Action | xargs)" "create destroy"
	equal "$(sd-state events --filter type=image)" ""
	# One that was cut short, before another.
	printf '{"status":"cre' >>"$SDOCKER_RUN/events"
	third=$(new -n three | member .id)
	equal "$(sd-state events --format '{{.Actor.ID}}' --filter container=three)" "$third"
	refuses "'x=y' is not KEY=VALUE of a known key" sd-state events --filter x=y
	refuses "--since" sd-state events --since never
	refuses "column 3: the end" sd-state events --format '{{'
}

@test "events -f: what comes, also into the next file, until that time" {
	new -n before >/dev/null
	sd-state events -f --format '{{.Actor.Attributes.name}}' --since 1h >"$BATS_TEST_TMPDIR/out" &
	follower=$!
	eventually grep -q before "$BATS_TEST_TMPDIR/out"
	mv "$SDOCKER_RUN/events" "$SDOCKER_RUN/events.1"
	new -n after >/dev/null
	eventually grep -q after "$BATS_TEST_TMPDIR/out"
	kill "$follower"
	equal "$(sd-state events -f --until 1s)" ""
}

@test "print shows strings bare and other values as JSON" {
	run bash -c "sd-state print id config.process.args config.process.args[0]" < <(new --id p1)
	equal "$output" $'p1\n["true"]\ntrue'
	run sd-state print nothing < <(sd-state get p1)
	[ "$status" = 1 ]
	contains "$output" "nothing: missing"
}

@test "a running record whose pid was reused is not running" {
	new --id r1 >/dev/null
	sleep 100 &
	live r1 $!
	equal "$(sd-state get r1 | member .status)" running
	equal "$(sd-state ls -q)" r1
	live r1 $! '.startTime += 1'
	equal "$(sd-state get r1 | member .status)" stopped
	equal "$(sd-state get r1 | member .error)" "its end was not seen: the monitor was killed"
	kill $!
}

@test "a running record of another boot is not running" {
	new --id b1 >/dev/null
	sleep 100 &
	live b1 $! '.bootId = "00000000-0000-0000-0000-000000000000"'
	equal "$(sd-state get b1 | jq -c '[.status, .pid]')" '["stopped",null]'
	kill $!
}

@test "the exit record tells how it ended" {
	new --id e1 >/dev/null
	sleep 0 &
	wait $!
	live e1 1 '.pid = 999999 | .startTime = 7'
	echo '{"exitCode":3,"finished":"2026-01-31T12:00:01.000000000Z","pid":999999,"startTime":7}' \
		>"$SDOCKER_RUN/containers/e1/exit"
	equal "$(sd-state get e1 | jq -c '[.status,.exitCode,.error]')" '["stopped",3,null]'
	contains "$(sd-state ls -a)" "Exited (3)"
	# Of an earlier life it tells nothing.
	live e1 1 '.pid = 999999 | .startTime = 8'
	equal "$(sd-state get e1 | jq -c '[.status,.exitCode]')" '["stopped",null]'
}

@test "a broken record is listed as such and hides no other" {
	new --id good >/dev/null
	new --id bad >/dev/null
	echo '{"ociVer' >"$SDOCKER_ROOT/containers/bad/state.json"
	run sd-state ls -a
	[ "$status" = 0 ]
	contains "$output" "Broken:"
	contains "$output" "good"
	remove bad
	equal "$(sd-state ls -aq)" good
}

@test "ls --size: as it is told on standard input, and broken ones have none" {
	new --id s1 >/dev/null
	new --id s2 >/dev/null
	new --id s3 >/dev/null
	echo '{"ociVer' >"$SDOCKER_ROOT/containers/s3/state.json"
	printf '%s\n' '{"id": "s1", "written": 12000, "all": 4300000}' '{"id": "gone", "written": 1, "all": 1}' >"$BATS_TEST_TMPDIR/sizes"
	equal "$(sd-state ls -as --format '{{.ID}} {{.Size}}' <"$BATS_TEST_TMPDIR/sizes")" $'s2 \ns1 12kB (virtual 4.3MB)'
	succeeds sd-state ls -a --size <"$BATS_TEST_TMPDIR/sizes"
	[[ ${lines[0]} =~ NAMES\ +SIZE$ ]]
	contains "$output" "Broken: "
	equal "$(sd-state ls -aq --size </dev/null | xargs -n1 | sort | xargs)" "s1 s2 s3"
	equal "$(sd-state ls -a --size --json <"$BATS_TEST_TMPDIR/sizes" | jq -r .id | xargs)" "s2 s1"
	refuses "id: missing" sd-state ls -s <<<'{}'
	refuses "standard input" sd-state ls -s <<<'{'
	refuses "--follow goes with --json alone" sd-state ls --follow
	remove s3
}

@test "ls filters, and refuses filters that it does not know" {
	new --id l1 --name web >/dev/null
	spec '.want.labels={tier: "front"} | .image={name: "busybox"}' | sd-state new --id l2 >/dev/null
	equal "$(sd-state ls -aq -f name=we)" l1
	equal "$(sd-state ls -aq -f label=tier=front)" l2
	equal "$(sd-state ls -aq -f label=tier=back)" ""
	equal "$(sd-state ls -aq --filter ancestor=busybox --filter id=l)" l2
	equal "$(sd-state ls -q -f status=creating | sort | xargs)" "l1 l2"
	refuses "--filter: 'colour=red' is not KEY=VALUE of a known key (hint: " sd-state ls --filter colour=red
	refuses "no such container: nobody" sd-state ls --filter before=nobody
	refuses "--filter: exited" sd-state ls --filter exited=many
}

@test "ls: of several values of one key one must hold, of labels all, of several keys all" {
	for i in 1 2 3; do
		spec ".want.labels={n: \"$i\", all: \"\"} | .want.volumes=[{name: \"v$i\", destination: \"/d\"}]" |
			sd-state new --id "f$i" --name "n$i" >/dev/null
	done
	equal "$(sd-state ls -aq -f name=n1 -f name=n3 | xargs)" "f3 f1"
	equal "$(sd-state ls -aq -f name=n1 -f name=n3 -f label=n=3)" f3
	equal "$(sd-state ls -aq -f label=n=1 -f label=n=3)" ""
	equal "$(sd-state ls -aq -f label=n=1 -f label=all)" f1
	equal "$(sd-state ls -q -f before=n3 | xargs)" "f2 f1"
	equal "$(sd-state ls -q -f since=f1 | xargs)" "f3 f2"
	equal "$(sd-state ls -aq -f volume=v2 -f volume=v3 | xargs)" "f3 f2"
	equal "$(sd-state ls -aq -f exited=0)" ""
	equal "$(sd-state ls -lq)" f3
	equal "$(sd-state ls -qn 2 | xargs)" "f3 f2"
	refuses "--last: -1 is less than 0" sd-state ls -n -1
}

@test "ls --format: docker's fields" {
	spec '.want.labels={tier: "front"} | .image={name: "busybox"} | .want.volumes=[{name: "v", destination: "/d"}]' |
		sd-state new --id 0123456789abcdef --name web >/dev/null
	equal "$(sd-state ls -a --format '{{.ID}} {{.Names}} {{.Image}} {{.Command}} {{.State}} {{.Label "tier"}} {{.Mounts}}')" \
		'0123456789ab web busybox "true" created front v'
	equal "$(sd-state ls -a --no-trunc --format '{{.ID}}')" 0123456789abcdef
	equal "$(sd-state ls -a --format json | jq -r '.Names + " " + .Labels + " " + .LocalVolumes')" "web tier=front 1"
	equal "$(sd-state ls -a --format '{{json .}}' | jq -r .Status)" Creating
	equal "$(sd-state ls -a --format 'table {{.Names}}\t{{.ID}}')" $'NAMES   CONTAINER ID\nweb     0123456789ab'
	refuses "sd-state: template, column 3: can't evaluate field Nope" sd-state ls -a --format '{{.Nope}}'
	refuses "template, column " sd-state ls -a --format '{{.ID'
}

@test "control characters of names and commands do not reach the terminal" {
	spec '.config.process.args=["a\u001b[31mb"]' | sd-state new --id esc >/dev/null
	run sd-state ls -a
	contains "$output" 'a?[31mb'
}

@test "rm is idempotent, and frees only a name that is its own" {
	doc=$(new --id m1 --name mine)
	sd-state rm <<<"$doc" >/dev/null
	new --id m2 --name mine >/dev/null
	run sd-state rm <<<"$doc"
	[ "$status" = 0 ]
	equal "$(sd-state get mine | member .id)" m2
}

@test "a removal that is cut short is found, and finished, also after a boot" {
	doc=$(new --id cut --name cut | sd-state set --status created)
	mkdir "$SDOCKER_ROOT/containers/cut/busy"
	mount -t tmpfs none "$SDOCKER_ROOT/containers/cut/busy"
	refuses "something is mounted there" sd-state rm <<<"$doc"
	umount "$SDOCKER_ROOT/containers/cut/busy"
	[ -d "$SDOCKER_ROOT/containers/cut" ]
	equal "$(sd-state reap | jq -r .id)" cut
	rm -rf "$SDOCKER_RUN"
	equal "$(sd-state reap | jq -r .id)" cut
	sd-state reap | sd-state rm >/dev/null
	[ ! -e "$SDOCKER_ROOT/containers/cut" ]
	equal "$(ls "$SDOCKER_ROOT/names" "$SDOCKER_RUN/transient" | grep cut)" ""
}

@test "rm refuses what runs" {
	doc=$(new --id busy)
	sleep 100 &
	live busy $!
	refuses "busy is running" sd-state rm <<<"$doc"
	kill $!
	eventually sh -c "sd-state get busy | grep -q stopped"
}

@test "reap prints what a creator that is gone has left, and nothing else" {
	bash -c "$(declare -f spec); spec | sd-state new --tied --id left >/dev/null; true"
	new --id mine >/dev/null
	equal "$(sd-state reap | jq -r .id)" left
	sd-state reap | sd-state rm >/dev/null
	equal "$(sd-state ls -aq)" mine
	# Once more: what its creator's stages had still at hand may have come after the first.
	equal "$(sd-state reap | jq -r .id)" left
	sd-state reap | sd-state rm >/dev/null
	equal "$(sd-state reap)" ""
}

@test "a record made in a command substitution is its user's, until the session ends" {
	doc=$(spec | sd-state new --id byhand)
	equal "$(sd-state reap)" ""
	setsid --wait bash -c "$(declare -f spec); spec | sd-state new --id other >/dev/null; true"
	equal "$(sd-state reap | jq -r .id)" other
}

@test "reap after a boot looks at every record, and finds what was half made" {
	new --id whole | sd-state set --status created >/dev/null
	bash -c "$(declare -f spec); spec | sd-state new --tied --id half >/dev/null; true"
	rm -rf "$SDOCKER_RUN"
	equal "$(sd-state reap | jq -r .id)" half
	remove half
	equal "$(sd-state ls -aq)" whole
}

@test "a creator of another boot is gone, whatever process has its number and time now" {
	new --id whole | sd-state set --status created >/dev/null
	new --id half >/dev/null
	record=$SDOCKER_ROOT/containers/half/state.json
	jq -c --arg boot "$(cat /proc/sys/kernel/random/uuid)" '.creator.bootId = $boot' "$record" \
		>"$BATS_TEST_TMPDIR/record"
	cp "$BATS_TEST_TMPDIR/record" "$record"
	rm -rf "$SDOCKER_RUN"
	equal "$(sd-state reap | jq -r .id)" half
}

@test "reap finds a directory that sd-state new was killed over" {
	mkdir -p "$SDOCKER_ROOT/containers/torn" "$SDOCKER_RUN/transient"
	ln -s 999999:1 "$SDOCKER_RUN/transient/torn"
	equal "$(sd-state reap | jq -r .id)" torn
	sd-state reap | sd-state rm >/dev/null
	[ ! -e "$SDOCKER_ROOT/containers/torn" ]
	[ ! -L "$SDOCKER_RUN/transient/torn" ]
}

@test "start of one that nobody waits for says so" {
	doc=$(new --id nogate)
	mkdir -p "$SDOCKER_RUN/containers/nogate"
	mkfifo "$SDOCKER_RUN/containers/nogate/gate" "$SDOCKER_RUN/containers/nogate/verdict"
	refuses "nogate: nobody waits at its gate" sd-state start <<<"$doc"
	equal "$(sd-state get nogate | jq -c '[.status,.started]')" '["stopped",null]'
}

@test "start passes the verdict on, with its exit code" {
	doc=$(new --id v1)
	run=$SDOCKER_RUN/containers/v1
	mkdir -p "$run"
	mkfifo "$run/gate" "$run/verdict"
	# In sd-confine's place: both ends open, one byte read, a verdict written.
	bash -c 'exec 5<>"$0/gate" 6<>"$0/verdict"; : >"$0/up"; read -rN1 -u5
		echo "fail 126 sd-confine: run x: why not" >&6' "$run" &
	eventually test -e "$run/up"
	refuses_with 126 "sd-confine: run x: why not" sd-state start <<<"$doc"
	wait
}

@test "a record that lacks a member is refused by the member's name" {
	refuses "config: missing" sd-state new <<<'{"ociVersion":"1.2.0"}'
	refuses "ociVersion: missing" sd-state new <<<'{}'
	refuses "ociVersion: expected a string, found an integer" sd-state new <<<'{"ociVersion":1}'
	refuses "id: missing" sd-state rm <<<'{"ociVersion":"1.2.0"}'
	refuses "id: '../x' is not a container id" sd-state rm <<<'{"ociVersion":"1.2.0","id":"../x"}'
}

@test "a program that still stands at its gate has not begun, whatever a killed start wrote" {
	new --id standing >/dev/null
	mkdir -p "$SDOCKER_RUN/containers/standing"
	mkfifo "$SDOCKER_RUN/containers/standing/gate"
	sleep 100 8<>"$SDOCKER_RUN/containers/standing/gate" &
	live standing $!
	equal "$(sd-state get standing | jq -c '[.status,.started]')" '["created",null]'
	equal "$(sd-state get --unstarted standing | member .id)" standing
	kill $!
}

@test "a record made before the first reap after a boot does not hide what the boot left" {
	bash -c "$(declare -f spec); spec | sd-state new --tied --id half >/dev/null; true"
	rm -rf "$SDOCKER_RUN"
	new --id byhand >/dev/null
	equal "$(sd-state reap | jq -r .id)" half
	remove half
}
