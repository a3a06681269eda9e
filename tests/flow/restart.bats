#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# shellcheck disable=SC2016,SC2046,SC2154,SC2317 # for the inner shell; ids; set by run; run by others
#
# Restart policies: --restart of run, create and update; start --all and stop --all.

load ../helper/common

setup() {
	sd_setup
	mkdir "$BATS_TEST_TMPDIR/v"
	v=$BATS_TEST_TMPDIR/v
}

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

member() { sdocker inspect "$1" | jq -r ".[0].$2"; }
status_of() { sdocker ps -a --filter "name=$1" | awk 'NR == 2' | grep -oE '(Up|Exited|Created|Restarting).*'; }
is() { [ "$(member "$1" status)" = "$2" ]; }
cgroups() { find /sys/fs/cgroup -path '*/sdocker/*' -type d; }
lives() { wc -l <"$v/lives"; }
actions() { jq -r "select(.Actor.Attributes.name == \"$1\") | .Action" "$SDOCKER_RUN/events" | xargs; }

# up NAME [OPTION]...: it writes a line each time that it begins, and lives until it is ended.
up() {
	sdocker run -d --name "$1" -v "$v:/v" "${@:2}" busybox sh -c 'echo >>/v/lives; exec sleep 1000' >/dev/null
	eventually [ -s "$v/lives" ]
}

# die NAME: by a signal of nobody's.
die() { kill -KILL "$(member "$1" pid)"; }

# waiting NAME [OPTION]...: one that waits for its next start, for a minute.
waiting() {
	local live
	up "$1" --restart always "${@:2}"
	live=$SDOCKER_RUN/containers/$(member "$1" id)/state.json
	jq -c '.restartDelay = 30000' "$live" >"$live.new"
	mv "$live.new" "$live"
	die "$1"
	eventually is "$1" restarting
}

monitor_gone() { ! kill -0 "$1" 2>/dev/null; }

@test "always: whatever its code, until its user stops it" {
	sdocker run -d --name a --restart always -v "$v:/v" busybox sh -c 'echo >>/v/lives' >/dev/null
	lived_thrice() { [ "$(lives)" -ge 3 ]; }
	eventually lived_thrice
	equal "$(sdocker stop a)" a
	equal "$(member a status) $(member a stoppedByUser)" "stopped true"
	[ "$(member a RestartCount)" -ge 2 ]
	contains "$(status_of a)" "Exited (0) "
	equal "$(cgroups)" ""
	before=$(lives)
	sdocker ps >/dev/null
	equal "$(lives)" "$before"
	contains "$(actions a)" "create start die start die start"
	equal "$(sdocker inspect -f '{{json .HostConfig.RestartPolicy}}' a)" '{"Name":"always","MaximumRetryCount":0}'
}

@test "on-failure: as often as it says, and not after success" {
	sdocker run -d --name f --restart on-failure:2 -v "$v:/v" busybox sh -c 'echo >>/v/lives; exit 7' >/dev/null
	eventually is f stopped
	equal "$(lives) $(member f RestartCount) $(member f exitCode) $(member f State.ExitCode)" "3 2 7 7"
	equal "$(sdocker inspect -f '{{json .HostConfig.RestartPolicy}}' f)" '{"Name":"on-failure","MaximumRetryCount":2}'
	# Its user's start counts anew.
	sdocker start f >/dev/null
	eventually is f stopped
	equal "$(lives) $(member f RestartCount)" "6 2"
	rm "$v/lives"
	sdocker run -d --name g --restart on-failure -v "$v:/v" busybox sh -c 'echo >>/v/lives; [ -e /v/ok ] || { touch /v/ok; exit 1; }' >/dev/null
	eventually is g stopped
	equal "$(lives) $(member g exitCode)" "2 0"
	equal "$(cgroups)" ""
}

@test "no: an end is an end; what cannot begin is not tried again" {
	sdocker run -d --name n --restart no busybox false >/dev/null
	eventually is n stopped
	equal "$(member n RestartCount)" 0
	sd_run -127 sdocker run -d --name m --restart always busybox nosuch
	equal "$status" 127
	contains "$stderr" "run 'nosuch': executable file not found"
	equal "$(sdocker ps -q)" ""
}

@test "the back-off doubles, up to a minute, and begins anew after a long life" {
	up b --restart always
	delay() { member b restartDelay; }
	for expected in 100 200 400; do
		die b
		eventually sh -c "[ \"\$(sdocker inspect b | jq '.[0].restartDelay')\" = $expected ]"
		eventually is b running
	done
	live=$SDOCKER_RUN/containers/$(member b id)/state.json
	jq -c '.restartDelay = 40000 | .started = "2026-01-31T12:00:00.000000000Z"' "$live" >"$live.new"
	mv "$live.new" "$live"
	die b
	eventually sh -c "[ \"\$(sdocker inspect b | jq '.[0].restartDelay')\" = 100 ]"
	eventually is b running
	equal "$(member b RestartCount)" 4
	jq -c '.restartDelay = 40000' "$live" >"$live.new"
	mv "$live.new" "$live"
	die b
	eventually is b restarting
	equal "$(delay)" 60000
}

@test "restarting: what ps and inspect say, and what may not be done meanwhile" {
	waiting w
	contains "$(status_of w)" "Restarting (137) "
	equal "$(sdocker ps -q | wc -l) $(sdocker ps -q --filter status=restarting | wc -l) $(sdocker ps -q --filter status=running | wc -l)" "1 1 0"
	equal "$(sdocker inspect -f '{{.State.Status}} {{.State.Restarting}} {{.State.Running}} {{.State.Pid}} {{.State.ExitCode}} {{.RestartCount}}' w)" \
		"restarting true true 0 137 1"
	refuses "sd-state: w is restarting" sdocker attach w
	refuses "sd-state: w is restarting" sdocker exec w true
	refuses "sd-state: w is restarting" sdocker pause w
	refuses "sd-state: w is restarting" sdocker unpause w
	refuses "sd-state: w is restarting (hint: 'sdocker rm -f w' ends it)" sdocker rm w
	sdocker container prune -f >/dev/null
	is w restarting
	equal "$(sdocker wait w)" 137
	# What it had is removed, and not only when it begins again.
	eventually sh -c '[ -z "$(find /sys/fs/cgroup -path "*/sdocker/*" -type d)" ]'
}

@test "restarting: stop and kill end the wait, rm -f with all the rest" {
	waiting w
	monitor=$(member w monitor.pid)
	equal "$(sdocker stop w)" w
	eventually monitor_gone "$monitor"
	equal "$(member w status) $(member w stoppedByUser) $(member w exitCode)" "stopped true 137"
	contains "$(status_of w)" "Exited (137) "
	for signal in KILL TERM HUP; do
		rm -f "$v/lives"
		waiting "k$signal"
		equal "$(sdocker kill -s $signal "k$signal")" "k$signal"
		equal "$(member "k$signal" status) $(member "k$signal" stoppedByUser)" "stopped true"
	done
	rm -f "$v/lives"
	waiting r
	monitor=$(member r monitor.pid)
	equal "$(sdocker rm -f r)" r
	eventually monitor_gone "$monitor"
	sd_run sdocker inspect r
	[ "$status" != 0 ]
}

@test "restarting: start and restart do not wait" {
	waiting w
	equal "$(sdocker start w)" w
	equal "$(member w status) $(member w RestartCount) $(lives)" "running 0 2"
	sdocker rm -f w >/dev/null
	rm "$v/lives"
	waiting x
	equal "$(sdocker restart x)" x
	equal "$(member x status) $(member x RestartCount) $(lives)" "running 0 2"
	equal "$(member x stoppedByUser)" null
}

@test "its monitor is killed while it waits: it is stopped, and nothing is left that cannot be removed" {
	waiting w
	monitor=$(member w monitor.pid)
	kill -KILL "$monitor"
	eventually is w stopped
	equal "$(member w exitCode) $(member w error)" "137 null"
	equal "$(sdocker start w)" w
	is w running
}

@test "what a user ends by a signal is not started again; another's signal is no wish" {
	up a --restart unless-stopped
	sdocker kill a >/dev/null
	equal "$(member a status) $(member a stoppedByUser) $(lives)" "stopped true 1"
	sdocker start a >/dev/null
	die a
	begun() { [ "$(lives)" = 3 ] && is a running; }
	eventually begun
	equal "$(member a RestartCount) $(member a stoppedByUser)" "1 null"
	# Its own stop signal counts as well.
	sdocker kill -s TERM a >/dev/null
	sdocker kill a >/dev/null
	is a stopped
}

@test "stop while it is about to be started again: it is stopped" {
	for i in 1 2 3 4 5 6 7 8; do
		sdocker run -d --name r --restart always busybox true >/dev/null
		# At another moment each time.
		for ((k = 0; k < i; k++)); do sdocker ps >/dev/null; done
		succeeds sdocker stop -t 1 r
		is r stopped
		equal "$(cgroups)" ""
		succeeds sdocker rm r
		sdocker run -d --name r --restart always busybox true >/dev/null
		for ((k = 0; k < i; k++)); do sdocker ps >/dev/null; done
		succeeds sdocker rm -f r
		equal "$(sdocker ps -aq)" ""
	done
}

@test "the log goes on over the restarts, and logs -f with it" {
	sdocker run -d --name l --restart on-failure:3 busybox sh -c 'echo out; echo err >&2; exit 1' >/dev/null
	sdocker logs -f l >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
	equal "$(xargs <"$BATS_TEST_TMPDIR/out") $(xargs <"$BATS_TEST_TMPDIR/err")" "out out out out err err err err"
	equal "$(sdocker logs l 2>/dev/null | xargs)" "out out out out"
	# It ends where the wait is ended.
	waiting w
	sdocker logs -f w >"$BATS_TEST_TMPDIR/out" &
	sdocker stop w >/dev/null
	wait $!
}

@test "a foreground ends with the first life; wait with each" {
	sd_run sdocker run --name f --restart on-failure:1 busybox sh -c 'echo hi; exit 4'
	equal "$status:$output:$stderr" 4:hi:
	eventually is f stopped
	equal "$(sdocker logs f | xargs)" "hi hi"
	up a --restart always
	sdocker wait a >"$BATS_TEST_TMPDIR/code" &
	eventually pgrep -f 'sd-monitor wait'
	die a
	wait $!
	equal "$(cat "$BATS_TEST_TMPDIR/code")" 137
}

@test "what is no policy, or is removed at its end, is refused" {
	policies="is none of no, on-failure[:N], always, unless-stopped"
	refuses "sd-spec: --restart: 'sometimes' $policies" sdocker run --restart sometimes busybox true
	refuses "sd-spec: --restart: '' $policies" sdocker run --restart= busybox true
	refuses "sd-spec: --restart: ':3' $policies" sdocker run --restart :3 busybox true
	refuses "sd-spec: --restart: always has no number of retries: on-failure has" \
		sdocker create --restart always:3 busybox
	refuses "sd-spec: --restart on-failure: 'x'" sdocker create --restart on-failure:x busybox
	refuses "sd-spec: --restart on-failure: -1 is not between 0 and 2147483647" \
		sdocker create --restart on-failure:-1 busybox
	refuses "sd-spec: conflicting options: cannot specify both --restart and --rm" \
		sdocker run --rm --restart always busybox true
	sdocker run --rm --restart no busybox true
	sdocker run -d --rm --name r busybox sleep 1000 >/dev/null
	refuses "sd-spec: --restart: the container is removed at its end (--rm)" sdocker update --restart always r
	equal "$(sdocker ps -aq | wc -l)" 1
}

@test "update --restart reaches a monitor that lives; nothing else changes" {
	up u --restart always --pids-limit 50
	equal "$(sdocker update --restart no u)" u
	equal "$(sdocker inspect -f '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.PidsLimit}}' u)" "no 50"
	die u
	eventually is u stopped
	equal "$(lives)" 1
	sdocker start u >/dev/null
	sdocker update --restart on-failure:5 u >/dev/null
	equal "$(sdocker inspect -f '{{json .HostConfig.RestartPolicy}}' u)" '{"Name":"on-failure","MaximumRetryCount":5}'
	die u
	begun() { [ "$(lives)" = 3 ] && is u running; }
	eventually begun
	refuses "sd-spec: --restart: 'x'" sdocker update --restart x u
}

# reboot: as after one that asked nobody.
reboot() {
	local pid
	for pid in $(sdocker inspect $(sdocker ps -q) 2>/dev/null | jq '.[] | .monitor.pid, .pid // empty'); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	eventually sh -c '! pgrep -x sleep'
	find /sys/fs/cgroup -path '*/sdocker/*' -type d -depth -exec rmdir {} +
	rm -r "$SDOCKER_RUN"
}

@test "start --all: docker's table after a boot" {
	for policy in no always unless-stopped on-failure; do
		for end in running stopped; do
			sdocker run -d --name "$policy-$end" --restart $policy busybox sleep 1000 >/dev/null
			[ $end = running ] || sdocker stop -t 0 "$policy-$end" >/dev/null
		done
		sdocker create --name "$policy-created" --restart $policy busybox sleep 1000 >/dev/null
	done
	equal "$(sdocker start --all)" "$(member always-stopped id)"
	sdocker stop -t 0 always-stopped >/dev/null
	reboot
	equal "$(sdocker start --all | wc -l)" 3
	equal "$(sdocker ps --format '{{.Names}}' | sort | xargs)" "always-running always-stopped unless-stopped-running"
	succeeds sdocker start --all
	equal "$output" ""
}

@test "start --all: the failure of one does not stop the others; --explain does the same" {
	for name in a b c; do
		sdocker run -d --name $name --restart always -v "$v/$name:/v" busybox sleep 1000 >/dev/null
	done
	b=$(member b id)
	reboot
	# What its volume is has become something else.
	rmdir "$v/b"
	touch "$v/b"
	mv "$SDOCKER_ROOT/containers/$b/upper" "$SDOCKER_ROOT/containers/$b/up"
	touch "$SDOCKER_ROOT/containers/$b/upper"
	sd_run sdocker start --all
	equal "$status $(wc -l <<<"$output")" "125 2"
	equal "${#stderr_lines[@]}" 1
	equal "$(sdocker ps --format '{{.Names}}' | sort | xargs)" "a c"
	sdocker stop -t 0 a c >/dev/null
	bash -c "$(sdocker start --all --explain)" 2>/dev/null || true
	equal "$(sdocker ps --format '{{.Names}}' | sort | xargs)" "a c"
	refuses "operand" sdocker start --all a
	refuses "--all, --again and --attach exclude each other" sdocker start --all -a
}

@test "stop --all: all end, and the next boot starts them" {
	for name in a b; do
		sdocker run -d --name $name --restart unless-stopped busybox sleep 1000 >/dev/null
	done
	sdocker run -d --name n busybox sleep 1000 >/dev/null
	waiting w
	sdocker pause b >/dev/null
	equal "$(sdocker stop --all -t 0 | sort | xargs)" "$(sdocker ps -aq --no-trunc | sort | xargs)"
	equal "$(sdocker ps -q)" ""
	equal "$(member a stoppedByUser) $(member w stoppedByUser)" "null null"
	equal "$(cgroups)" ""
	rm -r "$SDOCKER_RUN"
	sdocker start --all >/dev/null
	equal "$(sdocker ps --format '{{.Names}}' | sort | xargs)" "a b w"
	bash -c "$(sdocker stop --all --explain -t 0)"
	equal "$(sdocker ps -q)" ""
	refuses "operand" sdocker stop --all a
}
