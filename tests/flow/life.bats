#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# Stories: a container from its beginning to its end, as docker tells it; images made of containers;
# many at once; and the truth, whoever was killed.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sdocker images -q | grep -q . && sdocker rmi "$(sdocker images -q)" >/dev/null 2>&1
	sd_teardown
}

# row NAME: its line of ps -a, blanks squeezed.
row() { sdocker ps -a --no-trunc | awk -v name="$1" '$NF == name { $1 = $1; print }'; }
member() { sdocker inspect "$1" | jq -r ".[0].$2"; }
is() { [ "$(member "$1" status)" = "$2" ]; }
cgroups() { find /sys/fs/cgroup -path '*/sdocker/*' -type d; }

@test "run -d, ps, logs, exec, stop, ps -a, rm: the story of jay" {
	id=$(sdocker run -d --name jay busybox top)
	[[ $id =~ ^[0-9a-f]{64}$ ]]
	[[ $(row jay) =~ ^$id\ busybox\ \"top\"\ .*\ ago\ Up\ .*\ jay$ ]]
	equal "$(sdocker ps -q)" "${id:0:12}"
	eventually sh -c 'sdocker logs jay | grep -q Mem:'
	contains "$(sdocker logs jay)" "CPU:"
	contains "$(sdocker exec jay ps -ef)" " top"
	equal "$(sdocker stop -t 1 jay)" jay
	equal "$(sdocker ps -q)" ""
	[[ $(row jay) =~ \ Exited\ \((143|137)\)\ .*\ ago\ jay$ ]]
	contains "$(sdocker logs jay)" "Mem:"
	equal "$(sdocker start jay)" jay
	contains "$(row jay)" " Up "
	refuses "jay is running" sdocker rm jay
	sdocker stop -t 1 jay
	equal "$(sdocker rm jay)" jay
	equal "$(sdocker ps -aq)" ""
	refuses "no such container: jay" sdocker logs jay
	equal "$(cgroups)" ""
}

@test "two containers of one image with volumes, a commit of one, a third from the commit" {
	for i in 1 2; do
		mkdir "$BATS_TEST_TMPDIR/from$i"
		sdocker run -d --name "c$i" -v "$BATS_TEST_TMPDIR/from$i:/to$i" busybox top >/dev/null
	done
	equal "$(sdocker ps -q | wc -l)" 2
	for i in 1 2; do
		sdocker exec "c$i" sh -c "echo hello $i >/to$i/test$i.txt; echo only $i >/only"
		equal "$(cat "$BATS_TEST_TMPDIR/from$i/test$i.txt")" "hello $i"
	done
	equal "$(sdocker exec c2 cat /only)" "only 2"
	sd_run sdocker exec c2 ls /to1
	[ "$status" != 0 ]
	# What is in a volume is no part of the image.
	sdocker commit c1 image1 >/dev/null
	mkdir "$BATS_TEST_TMPDIR/from3"
	sdocker run -d --name c3 -v "$BATS_TEST_TMPDIR/from3:/to1" image1 top >/dev/null
	equal "$(sdocker exec c3 cat /only)" "only 1"
	equal "$(sdocker exec c3 ls /to1)" ""
	sdocker exec c3 sh -c 'echo hello 3 >/to1/test3.txt'
	equal "$(cat "$BATS_TEST_TMPDIR/from3/test3.txt")" "hello 3"
	sdocker stop -t 1 c1 c2 c3
	equal "$(sdocker ps -aq | wc -l)" 3
	# The volume outlives its container, and serves the next.
	sdocker rm c1 c2 >/dev/null
	equal "$(cat "$BATS_TEST_TMPDIR/from1/test1.txt")" "hello 1"
	equal "$(sdocker run --rm -v "$BATS_TEST_TMPDIR/from1:/to1" busybox cat /to1/test1.txt)" "hello 1"
	# An image that a container is made of stays.
	refuses "image1" sdocker rmi image1
	sdocker rm c3 >/dev/null
	sdocker rmi image1 >/dev/null
}

@test "ps -s: what each has written, and that with its image; not asked for, it is not added up" {
	sdocker run --name wrote -v stays:/v busybox sh -c 'head -c 100000 /dev/zero | tee /file >/v/file'
	sdocker create --name idle busybox true >/dev/null
	equal "$(sdocker ps -a --format '{{.Names}} {{.Size}}' | sed -E 's/ \(virtual [0-9.]+MB\)$//' | xargs)" \
		"idle 0B wrote 102kB"
	contains "$(sdocker ps -as | head -1)" "NAMES   SIZE"
	[[ $(sdocker ps -as -f name=wrote) =~ 102kB\ \(virtual\ [0-9.]+MB\)$ ]]
	equal "$(sdocker ps -as --explain | grep -c 'sd-layer size')" 1
	equal "$(sdocker ps -a --explain)" "sd-state ls -a"
	equal "$(sdocker ps -asq)" "$(sdocker ps -aq)"
}

@test "100 containers started at once all come up, with distinct names and records" {
	sdocker run --rm busybox true
	for i in {1..100}; do
		sdocker run -d busybox sleep 1000 >"$BATS_TEST_TMPDIR/id$i" 2>"$BATS_TEST_TMPDIR/err$i" &
		pids[i]=$!
	done
	for i in {1..100}; do
		wait "${pids[i]}" || { cat "$BATS_TEST_TMPDIR/err$i"; return 1; }
		equal "$(cat "$BATS_TEST_TMPDIR/err$i")" ""
	done
	equal "$(cat "$BATS_TEST_TMPDIR"/id* | sort -u | wc -l)" 100
	equal "$(sdocker ps -q --no-trunc | sort)" "$(cat "$BATS_TEST_TMPDIR"/id* | sort)"
	equal "$(sdocker ps | awk 'NR > 1 { print $NF }' | sort -u | wc -l)" 100
	equal "$(sdocker ps | grep -c ' Up ')" 100
	mapfile -t ids < <(sdocker ps -q)
	equal "$(sdocker stop -t 0 "${ids[@]}" | wc -l)" 100
	equal "$(sdocker ps -q)" ""
	equal "$(cgroups)" ""
	equal "$(sdocker rm "${ids[@]}" | wc -l)" 100
}

# ---- the truth: whoever was killed, what is shown is so, and each verb does what it says

up() { sdocker run -d --name t -m 64m busybox sleep 1000 >/dev/null; }

# afterwards: a container that has ended, whoever it was that ended it: it starts, stops, and goes.
afterwards() {
	contains "$(row t)" " Exited"
	refuses "t is not running" sdocker kill t
	equal "$(sdocker stop t)" t
	equal "$(sdocker start t)" t
	contains "$(row t)" " Up "
	equal "$(member t error)" null
	equal "$(sdocker stop -t 0 t)" t
	[[ $(row t) =~ \ Exited\ \(137\)\  ]]
	equal "$(sdocker rm t)" t
	equal "$(cgroups)" ""
}

@test "truth: SIGKILL of the container's process 1" {
	up
	kill -KILL "$(member t pid)"
	eventually is t stopped
	equal "$(member t exitCode)" 137
	afterwards
}

@test "truth: SIGKILL of the monitor: it goes on, and all verbs serve it" {
	up
	kill -KILL "$(member t monitor.pid)"
	contains "$(row t)" " Up "
	refuses "t is running" sdocker start t
	refuses "t is running" sdocker rm t
	equal "$(sdocker pause t)" t
	contains "$(row t)" "(Paused)"
	equal "$(sdocker unpause t)" t
	sdocker wait t >"$BATS_TEST_TMPDIR/code" 2>"$BATS_TEST_TMPDIR/err" &
	equal "$(sdocker stop -t 0 t)" t
	# Its code went with the monitor, and that is said.
	code=0
	wait $! || code=$?
	equal "$code" 125
	contains "$(cat "$BATS_TEST_TMPDIR/err")" "the exit code is not known: its end was not seen"
	contains "$(member t error)" "its end was not seen"
	equal "$(cgroups)" ""
	afterwards
}

@test "truth: SIGKILL of the monitor, then of the container" {
	up
	pid=$(member t pid)
	kill -KILL "$(member t monitor.pid)"
	kill -KILL "$pid"
	eventually is t stopped
	equal "$(member t exitCode)" null
	afterwards
}

@test "truth: SIGKILL of both at once, while it is paused" {
	up
	sdocker pause t >/dev/null
	pid=$(member t pid)
	kill -KILL "$(member t monitor.pid)" "$pid"
	# A process that is frozen dies where the layout lets it: by cgroup2 at once, by v1 when it is thawed.
	sdocker kill t >/dev/null 2>&1 || true
	eventually is t stopped
	afterwards
}

@test "truth: SIGKILL of the driver of a foreground, and of all" {
	sdocker run --name t busybox sleep 1000 >/dev/null 2>&1 &
	driver=$!
	eventually is t running
	kill -KILL $driver
	wait $driver || true
	contains "$(row t)" " Up "
	kill -KILL "$(member t monitor.pid)" "$(member t pid)"
	eventually is t stopped
	afterwards
}

@test "truth: one that was to be removed at its end is, by the next command, when its monitor was killed" {
	sdocker run -d --rm --name t busybox sleep 1000 >/dev/null
	kill -KILL "$(member t monitor.pid)"
	contains "$(row t)" " Up "
	sdocker stop -t 0 t >/dev/null
	equal "$(sdocker ps -aq)" ""
	equal "$(cgroups)" ""
}

@test "truth: after a reboot it has ended, also where another process has its number" {
	up
	kill -KILL "$(member t monitor.pid)" "$(member t pid)"
	eventually is t stopped
	# As a reboot leaves it: the boot is another, and by chance all numbers are somebody's.
	sleep 1000 3>&- &
	ticks=$(awk '{ print $22 }' "/proc/$!/stat")
	state=$(echo "$SDOCKER_RUN"/containers/*/state.json)
	jq -c --argjson pid $! --argjson ticks "$ticks" '.bootId = "00000000-0000-0000-0000-000000000000" |
		.pid = $pid | .startTime = $ticks | .paused = true' "$state" >"$BATS_TEST_TMPDIR/state"
	cp "$BATS_TEST_TMPDIR/state" "$state"
	contains "$(row t)" " Exited"
	equal "$(member t pid)" null
	refuses "t is not running" sdocker pause t
	refuses "t is not paused" sdocker unpause t
	afterwards
	kill -0 $!
	kill $!
}

@test "truth: RUN is empty after a reboot" {
	sdocker run --name t busybox true
	rm -rf "${SDOCKER_RUN:?}"
	contains "$(row t)" " Exited (0)"
	equal "$(sdocker start t)" t
	eventually is t stopped
	equal "$(sdocker rm t)" t
}

@test "truth: a broken record keeps no other from its verbs" {
	up
	broken=$(sdocker create --name b busybox)
	echo '{' >"$SDOCKER_ROOT/containers/$broken/state.json"
	contains "$(sdocker ps -a)" "Broken:"
	equal "$(sdocker pause t)" t
	sd_run sdocker stop -t 0 b t
	equal "$status:$output" 125:t
	contains "$stderr" "not JSON"
	equal "$(sdocker start t)" t
	sdocker rm -f t b >/dev/null
	equal "$(sdocker ps -aq)" ""
}
