#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sd-monitor logs, by sdocker logs: over logs that are written here, and by a container.

load ../helper/common

setup() {
	sd_setup
	id=$(sdocker create --name c busybox sleep 1000)
	dir=$SDOCKER_ROOT/containers/$id
}

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

T=2026-01-31T12:00

# line SECOND STREAM TAG TEXT
line() { printf '%s:%02d.000000000Z %s %s %s\n' "$T" "$1" "$2" "$3" "$4"; }

# Three files, lines 1 to 9; 3, 6 and 9 are errors.
nine() {
	local i stream
	for i in {1..9}; do
		stream=stdout
		[ $((i % 3)) != 0 ] || stream=stderr
		line "$i" $stream F "$i" >>"$dir/log$((i <= 3 ? 2 : i <= 6 ? 1 : 0))"
	done
	mv "$dir/log2" "$dir/log.2"
	mv "$dir/log1" "$dir/log.1"
	mv "$dir/log0" "$dir/log"
}

# logged OUT ERR [OPTION]...: what comes on which stream.
logged() {
	sd_run sdocker logs "${@:3}" c
	equal "$status" 0
	equal "$(xargs <<<"$output")" "$1"
	equal "$(xargs <<<"$stderr")" "$2"
}

@test "no log is an empty log" {
	logged "" ""
	logged "" "" --tail 3
	logged "" "" -f
}

@test "the oldest file first; each stream on its own" {
	nine
	logged "1 2 4 5 7 8" "3 6 9"
	logged "1 2 4 5 7 8" "" --stdout
	logged "" "3 6 9" --stderr
	logged "1 2 4 5 7 8" "3 6 9" --stdout --stderr
	equal "$(sdocker logs c 2>&1 | xargs)" "1 2 3 4 5 6 7 8 9"
	rm "$dir/log"
	logged "1 2 4 5" "3 6"
}

@test "--tail: the last N, of what is asked for, whichever file they begin in" {
	nine
	logged "" "" --tail 0
	logged "" 9 --tail 1
	logged "7 8" 9 -n 3
	logged "5 7 8" "6 9" --tail 5
	logged "2 4 5 7 8" "3 6 9" --tail 8
	logged "1 2 4 5 7 8" "3 6 9" --tail 9
	logged "1 2 4 5 7 8" "3 6 9" --tail 1000000
	logged "1 2 4 5 7 8" "3 6 9" --tail all
	logged "" "6 9" --tail 2 --stderr
	logged "5 7 8" "" --tail=3 --stdout
	refuses "sd-monitor: --tail: 'x'" sdocker logs --tail x c
}

@test "parts are joined within their stream, whatever stands between them" {
	{
		line 1 stdout P 'a '
		line 2 stderr P 'x '
		line 3 stdout P 'b '
		line 4 stderr F y
		line 5 stdout F c
		line 6 stdout P 'd '
		line 7 stdout F e
	} >"$dir/log"
	logged "a b c d e" "x y"
	equal "$(sdocker logs c 2>/dev/null)" $'a b c\nd e'
	logged "d e" "" --tail 1
	logged "a b c d e" "" --tail 2
	logged "a b c d e" "x y" --tail 3
	equal "$(sdocker logs -t c 2>/dev/null)" "$T:01.000000000Z a b c"$'\n'"$T:06.000000000Z d e"
	# Cut in two by a rotation.
	head -n 2 "$dir/log" >"$dir/log.1"
	sed -i 1,2d "$dir/log"
	logged "a b c d e" "x y"
	logged "a b c d e" "x y" --tail 3
	# The last one is not at its end.
	line 8 stdout P f >>"$dir/log"
	equal "$(sdocker logs --tail 1 c; echo .)" f.
}

@test "-t: the time, as long as ever; --since and --until: bounds, that are in it" {
	nine
	equal "$(sdocker logs -t c 2>/dev/null | head -n 1)" "$T:01.000000000Z 1"
	logged "4 5 7 8" "6 9" --since $T:04Z
	logged "5 7 8" "6 9" --since $T:04.000000001Z
	logged "1 2" "3" --until $T:03.5Z
	logged "4 5" "6" --since $T:04Z --until $T:06Z
	logged "5" "" --since "$(date -d $T:05Z +%s)" --until "$(date -d $T:05Z +%s).9"
	logged "" "" --since 1m
	logged "1 2 4 5 7 8" "3 6 9" --until 1m
	logged "8" "9" --tail 2 --since $T:04Z
	refuses "sd-monitor: --since: 'soon' is not a time" sdocker logs --since soon c
	refuses "sd-monitor: --until: 'soon' is not a time" sdocker logs --until soon c
}

@test "what is broken is passed over: half lines, no lines, long ones, directories" {
	{
		line 1 stdout F one
		printf '\n\n \nno line\n%s:02.0' "$T"
		printf '%s:02.000000000Z stdout F\n' "$T"
		printf '%s:02.000000000Z stdin F x\n%s:02.000000000Z stdout X x\n' "$T" "$T"
		head -c 3000000 /dev/zero | tr '\0' x
		echo
		line 3 stdout F:more three
		line 4 stdout F $'b\1\377'
		printf '%s:05.000000000Z stdout F half' "$T"
	} >"$dir/log.1"
	{
		line 6 stdout F six
		printf '%s:07.000000000Z stdout F half' "$T"
	} >"$dir/log"
	mkdir "$dir/log.x"
	sd_run sdocker logs c
	equal "$status:$stderr" 0:
	equal "$output" $'one\nthree\nb\1\377\nsix'
	equal "$(sdocker logs --tail 3 c)" $'three\nb\1\377\nsix'
	# What was half a line is whole.
	echo " no more" >>"$dir/log"
	equal "$(sdocker logs --tail 1 c)" "half no more"
}

@test "bytes that are no text pass as they are" {
	head -c 100000 /dev/urandom | tr -d '\n' >"$BATS_TEST_TMPDIR/raw"
	{ printf '%s:01.000000000Z stdout F ' "$T"; cat "$BATS_TEST_TMPDIR/raw"; echo; } >"$dir/log"
	sdocker logs c >"$BATS_TEST_TMPDIR/out"
	head -c -1 "$BATS_TEST_TMPDIR/out" | cmp - "$BATS_TEST_TMPDIR/raw"
}

@test "--tail reads the end of a big log alone" {
	awk -v t=$T 'BEGIN { for (i = 0; i < 400000; i++) print t ":01.000000000Z stdout F line " i }' >"$dir/log"
	"$SD_BUILD/tests/hostile/inject" -l "$BATS_TEST_TMPDIR/calls" -- sdocker logs --tail 2 c \
		>"$BATS_TEST_TMPDIR/out"
	equal "$(xargs <"$BATS_TEST_TMPDIR/out")" "line 399998 line 399999"
	# All of it would be 300 reads; a few are the libraries', and the sanitizers' in their build.
	[ "$(grep -cE '^sd-monitor logs\s+p?read' "$BATS_TEST_TMPDIR/calls")" -lt 100 ]
	equal "$(sdocker logs c | wc -l)" 400000
}

@test "-f: nothing is lost or repeated over rotations, and it ends with the container" {
	sdocker start c >/dev/null
	line 0 stdout F 0 >"$dir/log"
	sdocker logs -f c >"$BATS_TEST_TMPDIR/out" 2>&1 &
	sdocker logs -f --tail 0 c >"$BATS_TEST_TMPDIR/tail" &
	followed() {
		line 0 stdout F here >>"$dir/log"
		grep -q here "$BATS_TEST_TMPDIR/out" && grep -q here "$BATS_TEST_TMPDIR/tail"
	}
	eventually followed
	for i in {1..3000}; do
		if [ $((i % 100)) = 0 ]; then
			for ((n = i / 100; n > 1; n--)); do mv "$dir/log.$((n - 1))" "$dir/log.$n"; done
			mv "$dir/log" "$dir/log.1"
		fi
		printf '%s:01.000000000Z stdout F %s\n' $T "$i" >>"$dir/log"
	done
	sdocker stop -t 0 c >/dev/null
	wait %1
	wait %2
	seq 0 3000 | cmp - <(grep -v here "$BATS_TEST_TMPDIR/out")
	seq 1 3000 | cmp - <(grep -v here "$BATS_TEST_TMPDIR/tail")
}

@test "-f: to the end of a container whose monitor was killed" {
	sdocker start c >/dev/null
	line 1 stdout F 1 >"$dir/log"
	kill -KILL "$(sdocker inspect c | jq '.[0].monitor.pid')"
	sdocker logs -f c >"$BATS_TEST_TMPDIR/out" &
	eventually grep -q 1 "$BATS_TEST_TMPDIR/out"
	line 2 stdout F 2 >>"$dir/log"
	eventually grep -q 2 "$BATS_TEST_TMPDIR/out"
	kill -0 $!
	sdocker kill c >/dev/null
	wait $!
}

@test "-f --until: it ends at that time" {
	sdocker start c >/dev/null
	line 1 stdout F 1 >"$dir/log"
	equal "$(timeout 20 sdocker logs -f --until "$(($(date +%s) + 1))" c)" 1
}

@test "the log of a container: both streams, long lines, a last line without an end" {
	id=$(sdocker run -d busybox sh -c 'echo out; echo err >&2
		head -c 50000 /dev/zero | tr "\0" x; echo; printf end')
	sdocker wait "$id" >/dev/null
	sd_run sdocker logs "$id"
	equal "$stderr" err
	equal "${lines[0]}" out
	equal "${#lines[1]}" 50000
	equal "${lines[2]}" end
	equal "$(sdocker logs --tail 1 "$id"; echo .)" end.
	equal "$(sdocker logs -f "$id" 2>/dev/null | tail -c 3)" end
}

@test "what cannot be is refused by name" {
	refuses "sd-state: no such container: nosuch" sdocker logs nosuch
	refuses "operands missing" sdocker logs
	refuses "unexpected operand 'd'" sdocker logs c d
	sd_run sh -c "sd-state get c | jq -c '.want.log = {driver: \"none\"}' | sd-monitor logs"
	equal "$status:$stderr" "125:sd-monitor: c: its log driver is none: nothing is kept"
	line 1 stdout F 1 >"$dir/log"
	refuses "sd-monitor: write the log: No space left on device" sh -c 'sdocker logs c >/dev/full'
	contains "$(sdocker logs --explain -t --tail 5 c)" "sd-monitor logs -t --tail 5"
}
