#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# What nobody uses: volume, container, image and system prune, system df.

load ../helper/common

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

# One that runs, one that has ended, one that never began; an image without a name; volumes.
household() {
	sdocker run -d --name runs -v used:/v busybox sleep 1000 >/dev/null
	ended=$(sdocker run -d --name ended --label of=test -v kept:/v busybox true)
	sdocker wait ended >/dev/null
	created=$(sdocker create --name new busybox true)
	nameless=$(sdocker commit ended)
	anonymous=$(sdocker volume create)
}

names() { sdocker ps -a --no-trunc | awk 'NR > 1 { print $NF }' | sort | xargs; }

@test "container prune: what does not run" {
	household
	equal "$(sdocker container prune --dry-run)" $'Containers:\n  '"$created"$'\n  '"$ended"
	equal "$(names)" "ended new runs"
	refuses "nobody can be asked: standard input is not a terminal (hint: --force" sdocker container prune
	succeeds sdocker container prune -f --filter label=of=test
	equal "$output" "$ended"
	equal "$(names)" "new runs"
	bash -c "$(sdocker container prune --explain)" >out
	equal "$(cat out)" "$created"
	equal "$(names)" runs
	succeeds sdocker container prune -f
	equal "$output" ""
}

@test "image prune: without a name; with -a, without a container" {
	household
	sdocker tag busybox other:1
	succeeds sdocker image prune --dry-run
	equal "$output" $'Images:\n  Deleted: '"$nameless"
	succeeds sdocker image prune -f
	equal "$output" "Deleted: $nameless"
	sdocker commit ended spare >/dev/null
	succeeds sdocker image prune -a -f --filter label=nope
	equal "$output" ""
	succeeds sdocker image prune -a -f
	contains "$output" "Untagged: spare:latest"
	equal "$(sdocker images | awk 'NR > 1 { print $1 }' | sort | xargs)" "busybox other"
}

@test "system prune: containers, images, layers; volumes only with --volumes" {
	household
	layers=$(sd-layer ls | wc -l)
	succeeds sdocker system prune --dry-run --volumes -a
	equal "$output" $'Containers:\n  '"$created"$'\n  '"$ended"$'\nVolumes:\n  '"$anonymous"$'\nImages:\n  Deleted: '"$nameless"
	succeeds sdocker system prune -f
	equal "$(names)" runs
	equal "$(sdocker volume ls -q | sort | xargs)" "$(printf '%s\n' "$anonymous" kept used | sort | xargs)"
	[ "$(sd-layer ls | wc -l)" -lt "$layers" ]
	succeeds sdocker system prune -f --volumes
	equal "$output" "$anonymous"
	succeeds sdocker volume prune -f -a
	equal "$output" kept
	equal "$(sdocker volume ls -q)" used
}

@test "prune asks on a terminal, and takes no for an answer" {
	household
	for answer in n '' x; do
		run script -qec "sdocker system prune" /dev/null <<<"$answer"
		contains "$output" "Remove them, for good? [y/N]"
		equal "$(names)" "ended new runs"
	done
	run script -qec "sdocker system prune" /dev/null <<<y
	equal "$(names)" runs
}

@test "what comes into use between the list and the removal stays" {
	household
	sdocker container prune --explain >plan
	sdocker start new >/dev/null
	sdocker wait new >/dev/null
	sdocker run -d --name late busybox sleep 1000 >/dev/null
	bash plan >/dev/null
	equal "$(names)" "late runs"
}

@test "system df: images, containers, volumes" {
	household
	succeeds sdocker system df
	equal "${lines[0]}" "TYPE            TOTAL     ACTIVE    SIZE        RECLAIMABLE"
	equal "$(awk 'NR > 1 { print $1, $2, $3, $4 }' <<<"$output" | sed 's/ [0-9.]*[kM]*B.*//' | xargs)" \
		"Images 2 1 Containers 3 1 Local Volumes 3 2"
	equal "$(bash -c "$(sdocker system df --explain)")" "$output"
	succeeds sdocker system df --format '{{.Type}} {{.TotalCount}} {{.Active}}'
	equal "$(xargs <<<"$output")" "Images 2 1 Containers 3 1 Local Volumes 3 2"
	succeeds sdocker system df --format json
	equal "$(jq -r .Type <<<"$output" | xargs)" "Images Containers Local Volumes"
	succeeds sdocker system df --format 'table {{.Size}}\t{{.Type}}\tx'
	equal "${lines[0]}" "SIZE        TYPE            x"
	equal "$(grep -bo 'x$' <<<"$output" | awk -F: '{ print $1 - last; last = $1 + 2 }' | sort -u)" 28
	refuses "--format does not go with --verbose" sdocker system df -v --format json
	succeeds sdocker system df -v
	contains "$output" "Local volumes:"
	equal "$(grep -c "^$(cut -c1-12 <<<"$ended") " <<<"$output")" 1
	equal "$(bash -c "$(sdocker system df -v --explain)")" "$output"
}

@test "docker's long names are the short verbs" {
	household
	equal "$(sdocker container ls -q)" "$(sdocker ps -q)"
	equal "$(sdocker image ls -q)" "$(sdocker images -q)"
	equal "$(sdocker image inspect busybox)" "$(sdocker inspect busybox)"
	succeeds sdocker container rm -f runs
	equal "$output" runs
	contains "$(sdocker help volume)" "volume inspect"
	contains "$(sdocker help system prune)" "--volumes"
	refuses "unknown verb 'container nope'" sdocker container nope
	refuses "what to do is missing: a verb of 'volume'" sdocker volume
	refuses "unknown option 'volume --nope'" sdocker volume --nope
}

@test "volumes-from: the same directories in the same places" {
	mkdir host
	sdocker run --name a -v named:/named -v "$PWD/host:/host:ro" -v /anonymous busybox \
		sh -c 'echo n >/named/f; echo a >/anonymous/f'
	echo h >host/f
	succeeds sdocker run --name b --volumes-from a -v other:/extra busybox \
		sh -c 'cat /named/f /host/f /anonymous/f; echo b >/named/g; touch /host/x 2>&1 || :'
	contains "$output" $'n\nh\na\n'
	contains "$output" "Read-only file system"
	succeeds sdocker run --rm --volumes-from b:ro --tmpfs /named busybox \
		sh -c 'cat /host/f; ls /named; touch /extra/x 2>&1 || :'
	contains "$output" "Read-only file system"
	sdocker rm a >/dev/null
	refuses "Device or resource busy" sdocker volume rm named
	refuses "no such container: nope" sdocker run --rm --volumes-from nope busybox true
	refuses "--volumes-from: 'x' is neither ro nor rw" sdocker run --rm --volumes-from b:x busybox true
	sdocker rm -v b >/dev/null
	succeeds sdocker volume rm named other
}
