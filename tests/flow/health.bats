#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# shellcheck disable=SC2154 # set by run
#
# Health checks: --health-* and the image's HEALTHCHECK.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

health() { sdocker inspect -f '{{.State.Health.Status}}' "$1"; }
is() { [ "$(health "$1")" = "$2" ]; }
status_of() { sdocker ps -a --filter "name=$1" --format '{{.Status}}'; }
log() { sdocker inspect "$1" | jq -c ".[0].State.Health.Log$2"; }
checked() { [ "$(log "$1" "|length")" -ge "$2" ]; }

# up NAME COMMAND [OPTION]...
up() {
	sdocker run -d --name "$1" --health-cmd "$2" --health-interval 50ms "${@:3}" busybox sleep 1000 >/dev/null
}

@test "starting, unhealthy, healthy: in ps, inspect, a filter and the events" {
	up a 'echo checked; echo twice >&2; test -e /ok' --health-retries 3
	contains "$(status_of a)" "(health: starting)"
	eventually is a unhealthy
	contains "$(status_of a)" "(unhealthy)"
	equal "$(log a '[-1] | [.ExitCode, .Output]')" '[1,"checked\ntwice\n"]'
	[ "$(sdocker inspect -f '{{.State.Health.FailingStreak}}' a)" -ge 3 ]
	equal "$(sdocker ps -q --filter health=unhealthy | wc -l) $(sdocker ps -q --filter health=healthy | wc -l)" "1 0"
	sdocker exec a touch /ok
	eventually is a healthy
	contains "$(status_of a)" "(healthy)"
	equal "$(sdocker inspect -f '{{.State.Health.FailingStreak}}' a)" 0
	eventually checked a 5
	equal "$(log a '|length')" 5
	equal "$(jq -r 'select(.Action | startswith("health_status")) | .Action' "$SDOCKER_RUN/events")" \
		$'health_status: unhealthy\nhealth_status: healthy'
	sdocker stop -t 0 a >/dev/null
	equal "$(sdocker inspect a | jq -c '.[0].State.Health')" null
	contains "$(status_of a)" "Exited (137)"
	sdocker run -d --name none busybox sleep 1000 >/dev/null
	equal "$(sdocker ps --filter health=none --format '{{.Names}}')" none
	equal "$(sdocker inspect none | jq -c '.[0].State.Health')" null
}

@test "a check that takes too long has failed, and is gone with what it started" {
	up t 'sleep 777 & sleep 777' --health-timeout 100ms --health-retries 1 --health-interval 2s
	eventually checked t 1
	equal "$(log t '[0] | [.ExitCode, .Output]')" '[-1,"Health check exceeded timeout (0.1 s)"]'
	is t unhealthy
	equal "$(pgrep -fx 'sleep 777')" ""
	# The container has nothing of it.
	equal "$(sdocker top t | wc -l)" 2
}

@test "failures in the start period do not count; a success ends it" {
	up s 'test -e /ok' --health-retries 1 --health-start-period 1h --health-start-interval 20ms --health-interval 1h
	eventually checked s 3
	is s starting
	equal "$(sdocker inspect -f '{{.State.Health.FailingStreak}}' s)" 0
	sdocker exec s touch /ok
	eventually is s healthy
}

@test "what is paused is not checked" {
	up p 'echo x >>/checks'
	eventually is p healthy
	sdocker pause p >/dev/null
	contains "$(status_of p)" "(Paused)"
	# One that was at its end as the container stood still is written down behind that.
	settled() {
		before=$(log p '[-1].End')
		for _ in {1..5}; do sdocker ps >/dev/null; done
		[ "$(log p '[-1].End')" = "$before" ]
	}
	eventually settled
	for _ in {1..20}; do sdocker ps >/dev/null; done
	equal "$(log p '[-1].End')" "$before"
	is p healthy
	sdocker unpause p >/dev/null
	again() { [ "$(log p '[-1].End')" != "$before" ]; }
	eventually again
	is p healthy
}

@test "output: 4 kB are kept, and what is not UTF-8 is made so" {
	up o "printf 'a\\377b'; exit 1"
	eventually checked o 1
	equal "$(log o '[0].Output')" '"a?b"'
	up l 'yes | head -c 100000'
	eventually checked l 1
	equal "$(log l '[0].Output | length')" 4096
	equal "$(log l '[0].ExitCode')" 0
}

began_anew() { [ "$(sdocker inspect "$1" | jq '.[0].RestartCount')" = 1 ]; }

@test "a new life begins anew" {
	up n true --restart always
	eventually is n healthy
	sdocker restart -t 0 n >/dev/null
	eventually is n healthy
	kill -KILL "$(sdocker inspect n | jq '.[0].pid')"
	# Until the monitor has seen the end, the record tells of the life before.
	eventually began_anew n
	eventually is n healthy
}

@test "an image's check, and what options make of it" {
	sdocker create --name base busybox >/dev/null
	doc=$(sdocker inspect base | jq -c '.[0]')
	equal "$(jq -c .want.healthcheck <<<"$doc")" null
	refuses "sd-spec: --no-healthcheck conflicts with --health-* options" \
		sdocker create --no-healthcheck --health-cmd true busybox
	refuses "sd-spec: --health-interval: 'soon'" sdocker create --health-interval soon busybox
	refuses "sd-spec: --health-timeout: 1us is less than 1ms" sdocker create --health-timeout 1us busybox
	refuses "sd-spec: --health-retries: -1 is not between" sdocker create --health-retries -1 busybox
}

@test "exec --timeout: it is killed with its group" {
	sdocker run -d --name x busybox sleep 1000 >/dev/null
	sd_run sdocker exec --timeout 100ms x sh -c 'sleep 778 & sleep 778'
	equal "$status" 137
	equal "$(pgrep -fx 'sleep 778')" ""
	sd_run sdocker exec --timeout 10s x echo quick
	equal "$status:$output" 0:quick
	refuses "--timeout: 'x'" sdocker exec --timeout x x true
}
