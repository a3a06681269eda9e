#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# Nothing is left, however often, however many at once, whoever is killed.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

@test "200 runs in a row leave everything as it was" {
	warm_up
	before=$(audit_snapshot)
	for _ in {1..200}; do sdocker run --rm busybox true || return 1; done
	equal "$(audit_settle "$before")" "$before"
}

@test "50 runs at once leave everything as it was, and each has its own cgroup" {
	warm_up
	before=$(audit_snapshot)
	for i in {1..50}; do
		sdocker run --rm --name "n$i" -m 64m busybox sh -c "echo $i; exit $i" \
			>"$BATS_TEST_TMPDIR/out$i" 2>"$BATS_TEST_TMPDIR/err$i" &
		pids[i]=$!
	done
	for i in {1..50}; do
		code=0
		wait "${pids[i]}" || code=$?
		equal "$code" "$i"
		equal "$(cat "$BATS_TEST_TMPDIR/out$i")" "$i"
		equal "$(cat "$BATS_TEST_TMPDIR/err$i")" ""
	done
	equal "$(audit_settle "$before")" "$before"
}

@test "SIGKILL of the driver: a running container goes on, and with --rm is removed once it has ended" {
	warm_up
	before=$(audit_snapshot)
	mkfifo "$BATS_TEST_TMPDIR/go"
	sdocker run --rm --name k -v "$BATS_TEST_TMPDIR/go:/go" busybox sh -c 'echo up; cat /go' \
		>"$BATS_TEST_TMPDIR/out" &
	eventually grep -q up "$BATS_TEST_TMPDIR/out"
	kill -KILL $!
	wait $! || true
	equal "$(sdocker ps --json | jq -r .name)" k
	echo >"$BATS_TEST_TMPDIR/go"
	eventually sh -c '[ -z "$(sdocker ps -aq)" ]'
	equal "$(audit_settle "$before")" "$before"
}

@test "SIGKILL of the driver and of any one stage while a container is made: the next command cleans up" {
	warm_up
	before=$(audit_snapshot)
	for stage in sd-spec 'sd-state new' 'sd-layer prepare' 'sd-cgset create' 'sd-confine compile' \
		'sd-monitor create' 'sd-state start' 'sd-monitor wait'; do
		# Stopped at its first byte of input, then killed together with the driver.
		sdocker run --rm --name victim busybox sleep 1000 &
		driver=$!
		pkill -KILL -P "$driver" -f "^$stage" || true
		kill -KILL "$driver"
		wait "$driver" || true
		eventually sh -c '[ -z "$(sdocker ps -aq --filter status=creating)" ]'
		for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
		equal "$(audit_settle "$before")" "$before"
	done
}

@test "SIGKILL of the monitor: rm -f cleans up all the same" {
	warm_up
	before=$(audit_snapshot)
	sdocker run -d --name k busybox sleep 1000 >/dev/null
	kill -KILL "$(sdocker inspect k | jq '.[0].monitor.pid')"
	equal "$(sdocker ps --json | jq -r .status)" running
	equal "$(sdocker rm -f k)" k
	equal "$(audit_settle "$before")" "$before"
}

@test "a reboot: every record is stopped, what was half made or should be gone is gone" {
	sdocker run --name done busybox sh -c 'exit 3' || true
	sdocker create --name waiting busybox true >/dev/null
	sdocker run -d --rm --name gone busybox sleep 1000 >/dev/null
	sdocker run -d --name up busybox sleep 1000 >/dev/null
	for name in gone up; do
		pid=$(sdocker inspect $name | jq '.[0].pid')
		kill -KILL "$pid"
		eventually sh -c "! kill -0 $pid 2>/dev/null"
	done
	eventually test -z "$(pgrep -f '^sd-monitor create')"
	find /sys/fs/cgroup -depth -path '*sdocker/*' -type d -exec rmdir {} + 2>/dev/null || true
	rm -rf "$SDOCKER_RUN"
	equal "$(sdocker ps -a --json | jq -r '.name + " " + .status' | sort | xargs)" \
		"done stopped up stopped waiting created"
	equal "$(sdocker inspect 'done' | jq '.[0].exitCode')" 3
	sdocker start -a waiting
}
