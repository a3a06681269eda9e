#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sd-monitor stop and kill, and what sd-state get lets through to them.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

facts() { sd-state get "$1" | jq -c '[.status, .exitCode, .stoppedByUser]'; }
monitor_of() { sd-state get "$1" | jq '.monitor.pid'; }
process_of() { sd-state get "$1" | jq '.pid'; }

# up NAME [ARG]...
up() { sdocker run -d --name "$1" "${@:2}" >/dev/null; }

# catching NAME COMMAND: does that at SIGTERM and SIGHUP, and is ready to.
catching() {
	up "$1" busybox sh -c "trap '$2' TERM HUP; >/ready; while :; do sleep 0.05; done"
	eventually sh -c "find '$SDOCKER_ROOT' -name ready -type f | grep -q ."
}

@test "stop: the document says how it ended, and the monitor is gone" {
	catching x 'exit 7'
	monitor=$(monitor_of x)
	doc=$(sd-state get --running x | sd-monitor stop)
	equal "$(jq -c '[.status, .exitCode, .pid]' <<<"$doc")" '["stopped",7,null]'
	[ ! -e "/proc/$monitor" ]
	equal "$(facts x)" '["stopped",7,true]'
}

@test "stop: a program that does not listen is killed after the time that was given" {
	up x busybox sleep 1000
	equal "$(sd-state get x | sd-monitor stop -t 0 | jq .exitCode)" 137
	up y --stop-timeout 0 busybox sleep 1000
	equal "$(sd-state get y | sd-monitor stop | jq .exitCode)" 137
}

@test "stop: the signal is the one given, the container's own, SIGTERM" {
	catching given 'exit 1'
	equal "$(sd-state get given | sd-monitor stop -s HUP | jq .exitCode)" 1
	up own --stop-signal INT busybox sh -c 'trap "exit 2" INT; while :; do sleep 0.05; done'
	eventually grep -q 'SigCgt:.*[2367abef]$' "/proc/$(process_of own)/status"
	equal "$(sd-state get own | sd-monitor stop | jq .exitCode)" 2
}

@test "stop: without a monitor the program is ended all the same, and the wish noted" {
	catching x 'exit 3'
	monitor=$(monitor_of x)
	kill -KILL "$monitor"
	eventually test ! -e "/proc/$monitor"
	equal "$(sd-state get x | sd-monitor stop | jq -c '[.status, .exitCode]')" '["stopped",null]'
	equal "$(facts x)" '["stopped",null,true]'
	equal "$(jq .stoppedByUser "$SDOCKER_ROOT"/containers/*/state.json)" true
	sdocker start x >/dev/null
	equal "$(facts x)" '["running",null,null]'
	equal "$(jq .stoppedByUser "$SDOCKER_ROOT"/containers/*/state.json)" null
}

@test "stop: of what has ended, or was removed meanwhile, is success" {
	sdocker run --name x busybox true
	doc=$(sd-state get x)
	equal "$(sd-monitor stop <<<"$doc" | jq .status)" '"stopped"'
	up y busybox sleep 1000
	doc=$(sd-state get y)
	sdocker rm -f y >/dev/null
	equal "$(sd-monitor stop <<<"$doc" | jq .status)" '"stopped"'
	[ ! -e "$SDOCKER_RUN/containers/$(jq -r .id <<<"$doc")" ]
}

@test "kill: a signal that is caught ends nothing; SIGKILL is waited for" {
	catching x ':'
	equal "$(sd-state get x | sd-monitor kill -s HUP | jq .status)" '"running"'
	equal "$(facts x)" '["running",null,null]'
	equal "$(sd-state get x | sd-monitor kill | jq -c '[.status, .exitCode]')" '["stopped",137]'
	equal "$(facts x)" '["stopped",137,true]'
	doc=$(sd-state get x)
	refuses "is not running" sd-monitor kill <<<"$doc"
}

@test "what is wrong is said by name" {
	doc=$(document x)
	refuses "--signal: 'NOSUCH'" sd-monitor kill -s NOSUCH <<<"$doc"
	refuses "--signal: 'NOSUCH'" sd-monitor stop -s NOSUCH <<<"$doc"
	refuses "--timeout: " sd-monitor stop -t soon <<<"$doc"
	refuses "--timeout: " sd-monitor stop -t -2 <<<"$doc"
	refuses "want.stopSignal: " sd-monitor stop <<<"$(document x '.want.stopSignal = "NOSUCH"')"
	refuses "want.stopTimeout: " sd-monitor stop <<<"$(document x '.want.stopTimeout = "long"')"
	rm -r "$SDOCKER_ROOT/containers/x"
}

@test "sd-state get: --running, --paused, --living, --stopped" {
	up x busybox sleep 1000
	succeeds sd-state get --running x
	succeeds sd-state get --running --paused x
	succeeds sd-state get --living x
	refuses "x is not paused" sd-state get --paused x
	sdocker pause x >/dev/null
	refuses "x is paused (hint: 'sdocker unpause x' lets it go on)" sd-state get --running x
	refuses "x is paused (hint: 'sdocker rm -f x' ends it)" sd-state get --stopped x
	succeeds sd-state get --paused x
	succeeds sd-state get --running --paused x
	succeeds sd-state get --living x
	sdocker kill x >/dev/null
	refuses "x is not running" sd-state get --running x
	refuses "x is not running" sd-state get --running --paused x
	refuses "x is not paused" sd-state get --paused x
	succeeds sd-state get --stopped x
	sd_run sd-state get --living x
	equal "$status:$output:$stderr" "1::"
}

@test "dismiss: what runs goes on, and is not started again; it never fails" {
	sdocker run -d --name x --restart always busybox sleep 1000 >/dev/null
	doc=$(sd-state get --facts x | sd-monitor dismiss)
	equal "$(jq -c '[.status, .pid]' <<<"$doc")" "[\"running\",$(process_of x)]"
	kill -KILL "$(process_of x)"
	eventually sh -c 'sd-state get --stopped -q x >/dev/null'
	equal "$(facts x)" '["stopped",137,null]'
	equal "$(sd-state get x | sd-monitor dismiss | jq -c .status)" '"stopped"'
	equal "$(sd-monitor dismiss <<<'{"ociVersion":"1.2.0","id":"none"}' | jq -c .id)" '"none"'
}

@test "restarting: get, start --again, stop --shutdown" {
	sdocker run -d --name x --restart always busybox sleep 1000 >/dev/null
	live=$SDOCKER_RUN/containers/$(sd-state get x | jq -r .id)/state.json
	jq -c '.restartDelay = 30000' "$live" >"$live.new"
	mv "$live.new" "$live"
	kill -KILL "$(process_of x)"
	eventually sh -c 'sd-state get -q --restarting x >/dev/null'
	eventually [ "$(facts x)" = '["restarting",137,null]' ]
	refuses "x is restarting" sd-state get --running x
	refuses "x is restarting" sd-state get --paused x
	refuses "x is restarting (hint: 'sdocker rm -f x' ends it)" sd-state get --stopped x
	succeeds sd-state get --running --paused --restarting x
	succeeds sd-state get --living x
	monitor=$(monitor_of x)
	equal "$(sd-state get x | sd-monitor stop --shutdown | jq -c '[.status, .stoppedByUser]')" '["stopped",null]'
	[ ! -e "/proc/$monitor" ]
	refuses "x is not restarting" sd-state get --restarting x
	refuses "x is not restarting" sdocker start --again x
	sd-state get x | sd-monitor stop >/dev/null
	equal "$(sd-state ls --due -q --no-trunc)" "$(sd-state get x | jq -r .id)"
}

@test "start --again: not where its user has stopped it meanwhile" {
	sdocker run -d --name x --restart always busybox sleep 1000 >/dev/null
	sdocker stop -t 0 x >/dev/null
	sd-state get --saved x | sd-layer prepare | sd-cgset create | sd-confine compile |
		sd-monitor create -- sd-cgset join -- sd-unshare -- sd-layer enter -- sd-pivot -- sd-confine \
			>"$BATS_TEST_TMPDIR/doc"
	refuses "its user has stopped it meanwhile" sd-state start --again <"$BATS_TEST_TMPDIR/doc"
	equal "$(facts x)" '["created",null,null]'
	equal "$(sd-state start <"$BATS_TEST_TMPDIR/doc" | jq -r .status)" running
}

@test "sd-state set --paused notes nothing for what does not run, --no-paused has nothing to undo" {
	sdocker create --name x busybox >/dev/null
	doc=$(sd-state get x)
	refuses "is not running" sd-state set --paused <<<"$doc"
	equal "$(sd-state set --no-paused <<<"$doc" | jq -c '[.status, .paused]')" '["created",null]'
	refuses "exclude each other" sd-state set --paused --status created <<<"$doc"
	sdocker rm x >/dev/null
	equal "$(sd-state set --no-paused <<<"$doc" | jq .status)" '"created"'
}
