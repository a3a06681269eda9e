#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# The main job: sdocker run, create, start, ps, inspect, rm.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

# What a container of which nothing is left must not have changed.
snapshot() {
	audit_snapshot
	ls "/proc/$$/fd" | wc -l
}

unchanged() { [ "$(snapshot)" = "$before" ]; }

@test "a container has process 1, its own host name, processes, mounts and cgroup" {
	sd_run sdocker run --rm busybox sh -c 'echo $$; hostname; ps; mount; cat /proc/self/cgroup'
	equal "$status" 0
	equal "$stderr" ""
	equal "${lines[0]}" 1
	[[ ${lines[1]} =~ ^[0-9a-f]{12}$ ]]
	[ "${lines[1]}" != "$(hostname)" ]
	equal "$(grep -c '^ *[0-9]* root ' <<<"$output")" 2
	contains "$output" "overlay on / type overlay"
	[[ $output != *"$BATS_TEST_TMPDIR"* ]]
	# In its cgroup namespace its own cgroup is the root of every hierarchy.
	[ -z "$(grep -E '^[0-9]+:[^:]*:/.' <<<"$output")" ]
}

@test "a container sees its own limits and its own processes under /sys/fs/cgroup, and cannot change them" {
	sd_run sdocker run --rm -m 100m --pids-limit 50 busybox sh -c '
		cd /sys/fs/cgroup; cat memory.max memory/memory.limit_in_bytes pids.max pids/pids.max
		echo $$; cat cgroup.procs pids/cgroup.procs
		for d in . pids; do [ ! -e $d/pids.max ] || echo max >$d/pids.max; done'
	equal "${lines[0]} ${lines[1]} ${lines[2]}" "104857600 50 1"
	contains "$stderr" "Read-only file system"
}

@test "arguments survive exactly" {
	args=('' ' ' 'a b' "it's" '"q"' $'new\nline' '$HOME' '\' '*' '--' '-x' 'ünï' "$(printf '\1\33[1m')"
		%id %args %stdio)
	sd_run sdocker run --rm busybox sh -c 'for a; do printf "<%s>" "$a"; done' sh "${args[@]}"
	equal "$status" 0
	equal "$output" "$(printf '<%s>' "${args[@]}")"
}

@test "arguments that JSON cannot carry are refused in one line" {
	refuses "not UTF-8" sdocker run --rm busybox echo $'\xff\xfe'
	refuses "not UTF-8" sdocker run --rm -e $'A=\xff' busybox true
}

@test "the environment is exactly what was asked for" {
	sd_run env -i PATH="$PATH" SDOCKER_ROOT="$SDOCKER_ROOT" SDOCKER_RUN="$SDOCKER_RUN" SECRET=1 \
		TAKEN=yes sdocker run --rm -e A=1 -e 'B=two words' -e 'C=' -e TAKEN -e $'N=a\nb' \
		-h box busybox env
	equal "$status" 0
	equal "$(sort <<<"$output" | xargs)" "A=1 B=two words C= HOME=/root HOSTNAME=box N=a PATH=$(
		)/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TAKEN=yes b"
}

@test "exit codes survive, 0 to 255, and signals as 128+n" {
	for code in 0 1 2 63 64 124 125 126 127 128 130 137 143 200 255; do
		sd_run sdocker run --rm busybox sh -c "exit $code"
		equal "$status" "$code"
	done
	# Process 1 of a pid namespace is not killed by its own signals: the host's namespace shows it.
	sd_run sdocker run --rm --pid host busybox sh -c 'kill -9 $$'
	equal "$status" 137
	sd_run sdocker run --rm --pid host busybox sh -c 'kill -TERM $$'
	equal "$status" 143
}

@test "a command that is not there is 127, one that cannot run 126, and nothing is left" {
	warm_up
	before=$(snapshot)
	refuses_with 127 "run 'nosuch': executable file not found in PATH" sdocker run busybox nosuch
	refuses_with 127 "/no/such" sdocker run busybox /no/such
	refuses_with 126 "/etc" sdocker run busybox /etc
	refuses_with 126 "/etc/passwd" sdocker run busybox /etc/passwd
	eventually unchanged
	equal "$(sdocker ps -aq)" ""
}

@test "what cannot be made leaves nothing: mounts, users, limits, images" {
	warm_up
	before=$(snapshot)
	refuses "unable to find user nosuchuser" sdocker run -u nosuchuser busybox true
	refuses "image 'nosuch' is not in the store" sdocker run nosuch true
	refuses "no/such/source" sdocker run --mount type=bind,src=/no/such/source,dst=/x busybox true
	refuses "6" sdocker run -m 1m busybox true
	refuses "name" sdocker run --name '-bad-' busybox true
	eventually unchanged
	equal "$(sdocker ps -aq)" ""
}

@test "standard streams: input, output and errors apart" {
	run bash -c 'echo in | sdocker run --rm -i busybox sh -c "cat; echo err >&2" 2>'"$BATS_TEST_TMPDIR/err"
	equal "$output" in
	equal "$(cat "$BATS_TEST_TMPDIR/err")" err
	# Without -i nothing is read, and the caller's input is left alone.
	run bash -c 'echo kept | { sdocker run --rm busybox cat; cat; }'
	equal "$output" kept
}

@test "a pipe that is closed early ends the program, and the container with it" {
	warm_up
	before=$(snapshot)
	run bash -c 'sdocker run --rm busybox yes 2>/dev/null | head -n 2'
	equal "$output" $'y\ny'
	eventually test -z "$(sdocker ps -aq)"
	eventually unchanged
}

@test "signals to the driver reach the program" {
	sdocker run --rm busybox sh -c 'trap "echo bye; exit 5" TERM; echo up; while :; do sleep 0.05; done' \
		>"$BATS_TEST_TMPDIR/out" &
	eventually grep -q up "$BATS_TEST_TMPDIR/out"
	kill -TERM $!
	code=0
	wait $! || code=$?
	equal "$code" 5
	equal "$(tail -n1 "$BATS_TEST_TMPDIR/out")" bye
}

@test "-it: a terminal of the caller's size, restored at the end" {
	echo 'stty rows 41 cols 99; sdocker run --rm -it busybox sh -c "stty size; tty; test -t 0 && echo yes"; echo "rc $?"; stty -a' \
		>"$BATS_TEST_TMPDIR/session"
	sdocker run --rm busybox true
	run script -qec "bash $BATS_TEST_TMPDIR/session" /dev/null
	contains "$output" "41 99"
	contains "$output" "/dev/pts/0"
	contains "$output" "yes"
	contains "$output" "rc 0"
	contains "$output" " icanon "
	refuses "the input device is not a TTY" sdocker run --rm -it busybox true </dev/null
}

@test "a resize while it runs reaches the program" {
	cat >"$BATS_TEST_TMPDIR/session" <<-'EOF'
		stty rows 20 cols 60
		terminal=$(tty)
		{ until [ -e "$0.up" ]; do sleep 0.05; done; stty rows 25 cols 80 <"$terminal"; } &
		sdocker run --rm -it -v "$0.d:/d" busybox sh -c '
			touch /d/up; until stty size | grep -q "25 80"; do sleep 0.05; done; echo resized'
	EOF
	mkdir "$BATS_TEST_TMPDIR/session.d"
	ln -s session.d/up "$BATS_TEST_TMPDIR/session.up"
	run timeout 20 script -qec "bash $BATS_TEST_TMPDIR/session" /dev/null
	contains "$output" resized
}

@test "create, start, start again: the files stay, the streams are the starter's" {
	id=$(sdocker create --name box busybox sh -c 'echo x >>/count; wc -l </count')
	[[ $id =~ ^[0-9a-f]{64}$ ]]
	equal "$(sdocker ps -aq)" "${id:0:12}"
	equal "$(sdocker inspect box | jq -r '.[0].status')" created
	equal "$(sdocker start -a box)" 1
	equal "$(sdocker start -a box)" 2
	equal "$(sdocker start box)" box
	eventually sh -c 'sdocker inspect box | grep -q "\"status\": \"stopped\""'
	equal "$(sdocker start -a box)" 4
	equal "$(sdocker rm box)" box
	equal "$(sdocker ps -aq)" ""
}

@test "started again, it has nothing of how it ended before" {
	facts='.[0] | [.status, .exitCode, .finished, .oomKilled, .error]'
	sd_run sdocker run --name again busybox sh -c '[ ! -e /x ] || sleep 1000; >/x; exit 3'
	equal "$(sdocker inspect again | jq '.[0].exitCode')" 3
	# As if memory had run out as well, for want of a controller that is sure to be there.
	record=$(echo "$SDOCKER_ROOT"/containers/*/state.json)
	jq -c '.oomKilled = true' "$record" >"$BATS_TEST_TMPDIR/record"
	cp "$BATS_TEST_TMPDIR/record" "$record"
	sdocker start again >/dev/null
	equal "$(sdocker inspect again | jq -c "$facts")" '["running",null,null,null,null]'
	# Killed without a word, its end has no code, least of all the one before.
	kill -KILL "$(sdocker inspect again | jq '.[0].monitor.pid')"
	kill -KILL "$(sdocker inspect again | jq '.[0].pid')"
	eventually sh -c 'sdocker inspect again | grep -q stopped'
	equal "$(sdocker inspect again | jq -c '.[0] | [.exitCode, .oomKilled]')" '[null,null]'
	contains "$(sdocker inspect again | jq -r '.[0].error')" "its end was not seen"
}

@test "a running container cannot be started or removed without -f, and rm -f ends it at once" {
	id=$(sdocker run -d --name busy busybox sleep 1000)
	equal "$(sdocker ps -q)" "${id:0:12}"
	contains "$(sdocker ps)" "Up "
	refuses "busy is running" sdocker start busy
	refuses "busy is running (hint: 'sdocker rm -f busy' ends it)" sdocker rm busy
	equal "$(sdocker ps -q)" "${id:0:12}"
	equal "$(sdocker rm -f busy)" busy
	equal "$(sdocker ps -aq)" ""
}

@test "-d fails with the program's error where it cannot begin" {
	refuses_with 127 "executable file not found" sdocker run -d busybox nosuch
	equal "$(sdocker ps -aq)" ""
}

@test "a record that cannot be read is removed by rm -f" {
	id=$(sdocker create --name torn busybox)
	: >"$SDOCKER_ROOT/containers/$id/state.json"
	contains "$(sdocker ps -a)" "Broken:"
	refuses "not JSON: unexpected token near end of file (line 1, column 0) (hint: 'sdocker rm -f ${id:0:12}' removes it)" \
		sdocker rm torn
	equal "$(sdocker rm -f torn)" torn
	[ ! -e "$SDOCKER_ROOT/containers/$id" ]
	[ ! -L "$SDOCKER_ROOT/names/torn" ]
}

@test "inspect prints one JSON array, of a container or of an image" {
	sdocker create --name c busybox >/dev/null
	equal "$(sdocker inspect c | jq -c '[length, .[0].name]')" '[1,"c"]'
	equal "$(sdocker inspect busybox | jq -c '[length, .[0].RepoTags]')" '[1,["busybox:latest"]]'
	equal "$(sdocker inspect busybox c | jq -c 'map(.Id[:7])')" "[\"sha256:\",\"$(sdocker inspect -f '{{.Id}}' c | cut -c1-7)\"]"
	refuses_with 1 "no such object: nosuch" sdocker inspect nosuch
	sd_run sdocker inspect nosuch c busybox
	equal "$status" 1
	equal "$(jq length <<<"$output")" 2
	equal "$stderr" "sd-image: no such object: nosuch"
}

@test "inspect --format and --type" {
	sdocker run -d --name c -m 64m -e K=V -w /tmp busybox sleep 1000 >/dev/null
	equal "$(sdocker inspect -f '{{.Name}} {{.State.Status}} {{.State.Running}} {{.Config.Image}} {{.Config.Cmd}}' c)" \
		"/c running true busybox [sleep 1000]"
	equal "$(sdocker inspect --format '{{.HostConfig.Memory}} {{.Config.WorkingDir}}' c)" "67108864 /tmp"
	contains "$(sdocker inspect --format '{{.Config.Env}}' c)" K=V
	kill -0 "$(sdocker inspect -f '{{.State.Pid}}' c)"
	equal "$(sdocker inspect -f json c busybox | jq -r .Id | wc -l)" 2
	sdocker tag busybox c
	equal "$(sdocker inspect --type image -f '{{.Os}}' c)" linux
	equal "$(sdocker inspect --type container -f '{{.Name}}' c)" /c
	refuses_with 1 "no such container: busybox" sdocker inspect --type container busybox
	refuses "--type: 'network' is neither container nor image" sdocker inspect --type network c
	refuses "column 3: the end" sdocker inspect -f '{{' c
	sdocker rm -f c >/dev/null
}

@test "rm removes those that are there and fails for the one that is not" {
	sdocker create --name here busybox >/dev/null
	sd_run sdocker rm nope here
	equal "$status" 125
	equal "$output" here
	contains "$stderr" "no such container: nope"
}

@test "a name is free again when run --rm has ended" {
	for _ in 1 2 3; do
		equal "$(sdocker run --rm --name same busybox echo ok)" ok
	done
	sdocker create --name same busybox >/dev/null
	refuses "name same: another container has it" sdocker run --name same busybox true
}

@test "--pull: never makes no image, always is refused, for no registry is asked" {
	refuses "image 'busybox' is not in the store" sdocker run --rm --pull never busybox true
	refuses "--pull always: no registry is asked" sdocker run --rm --pull always busybox true
	refuses "--pull: 'often' is none of always, missing, never" sdocker create --pull often busybox
	succeeds sdocker run --rm --pull missing busybox true
	succeeds sdocker run --rm --pull never busybox true
}

@test "--cidfile holds the id" {
	sdocker run --name c --cidfile "$BATS_TEST_TMPDIR/cid" busybox true
	equal "$(sdocker inspect c | jq -r '.[0].id')" "$(cat "$BATS_TEST_TMPDIR/cid")"
}

@test "a 200 MB allocation under -m 100m is killed, and said so" {
	sd_run sdocker run --name oom -m 100m busybox sh -c 'head -c 200m /dev/zero | tail -c 200m | wc -c; exit 9'
	contains "$(sdocker inspect oom)" '"oomKilled": true'
	sdocker rm oom >/dev/null
	sd_run sdocker run --name oom -m 100m --memory-swap 100m busybox tail -c 200m /dev/zero
	equal "$status" 137
	contains "$(sdocker inspect oom)" '"oomKilled": true'
}

@test "users and groups come from the image" {
	equal "$(sdocker run --rm -u nobody busybox id -u)" 65534
	equal "$(sdocker run --rm -u 1234:4321 busybox id)" "uid=1234 gid=4321 groups=4321"
	equal "$(sdocker run --rm -u 1234 busybox sh -c 'grep ^Cap[PE] /proc/self/status | cut -f2 | xargs')" \
		"0000000000000000 0000000000000000"
}

@test "volumes, read-only root, tmpfs, working directory" {
	mkdir "$BATS_TEST_TMPDIR/v"
	echo host >"$BATS_TEST_TMPDIR/v/f"
	equal "$(sdocker run --rm -v "$BATS_TEST_TMPDIR/v:/v" busybox sh -c 'cat /v/f; echo c >/v/g')" host
	equal "$(cat "$BATS_TEST_TMPDIR/v/g")" c
	sd_run sdocker run --rm -v "$BATS_TEST_TMPDIR/v:/v:ro" busybox touch /v/h
	equal "$status" 1
	contains "$stderr" "Read-only file system"
	sd_run sdocker run --rm --read-only --tmpfs /scratch busybox sh -c 'touch /scratch/x && ! touch /x'
	equal "$status" 0
	equal "$(sdocker run --rm -w /new/dir busybox pwd)" /new/dir
	sdocker run --rm -v data:/data busybox sh -c 'echo kept >/data/f'
	equal "$(sdocker run --rm -v data:/data busybox cat /data/f)" kept
}

@test "--init: process 1 is sd-init, which reaps and passes the exit code on" {
	sd_run sdocker run --rm --init busybox sh -c '
		(sleep 0.01 &) ; sleep 0.1; ps -o stat | grep -c Z; cat /proc/1/comm; exit 6'
	equal "$status" 6
	equal "$output" $'0\ninit'
}

@test "the study's spellings" {
	equal "$(sdocker run --rm -cpushare 512 -cpuset 0 -cpu 50 -net none busybox echo ok)" ok
}

@test "namespaces of another container are those of its present process, at each start" {
	sdocker run -d --name first busybox sleep 1000 >/dev/null
	id=$(sdocker create --name second --network container:first --ipc container:first busybox \
		readlink /proc/self/ns/net)
	pid=$(sdocker inspect first | jq '.[0].pid')
	equal "$(sdocker start -a second)" "$(readlink "/proc/$pid/ns/net")"
	sdocker rm -f first >/dev/null
	refuses "whose network namespace is joined, is gone" sdocker start -a second
	equal "$(sdocker inspect second | jq -r '.[0].status')" stopped
}

@test "the mask of file modes is 0022, whatever the caller's is" {
	umask 077
	equal "$(sdocker run --rm busybox sh -c umask)" 0022
	equal "$(sdocker run --rm --umask 027 busybox sh -c umask)" 0027
}

@test "run -d --rm: the monitor removes it at its end, and run -d its cgroup" {
	id=$(sdocker run -d --rm busybox true)
	eventually test ! -e "$SDOCKER_ROOT/containers/$id"
	eventually test ! -e "$SDOCKER_RUN/containers/$id"
	[ ! -e "$SDOCKER_RUN/transient/$id" ]
	id=$(sdocker run -d busybox true)
	eventually sh -c "! find /sys/fs/cgroup -name $id | grep -q ."
	equal "$(sdocker inspect "$id" | jq -r '.[0].status')" stopped
	# Started again at once, many times over: none is taken for its forerunner.
	for _ in 1 2 3 4 5; do equal "$(sdocker start -a "$id")" ""; done
	sdocker cleanup "$id"
}
