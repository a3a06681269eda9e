# SPDX-License-Identifier: Apache-2.0
# requires: root
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

left() { find "$SDOCKER_ROOT/volumes" -mindepth 1 -maxdepth 1 -name '.*'; }

# ---- create

@test "create makes a volume once, and prints its name" {
	succeeds sd-volume create --label a=b --label c one
	equal "$output" one
	equal "$(stat -c '%a %U' "$SDOCKER_ROOT/volumes" "$SDOCKER_ROOT/volumes/one" "$SDOCKER_ROOT/volumes/one/data" | xargs)" \
		"700 root 700 root 755 root"
	echo x >"$SDOCKER_ROOT/volumes/one/data/file"
	succeeds sd-volume create --label other one
	equal "$output" one
	[ -f "$SDOCKER_ROOT/volumes/one/data/file" ]
	equal "$(sd-volume inspect one | jq -c '.[0].Labels')" '{"a":"b","c":""}'
	equal "$(left)" ""
}

@test "create without a name: 64 digits, and anonymous" {
	succeeds sd-volume create
	[[ $output =~ ^[0-9a-f]{64}$ ]]
	equal "$(sd-volume ls -q)" "$output"
	equal "$(sd-volume inspect "$output" | jq -r '.[0].Labels | keys[]')" com.docker.volume.anonymous
}

@test "names that are no names are refused" {
	for name in '' . .. ../x a/b /x -x .hidden $'a\nb' 'a b' "$(printf 'a%.0s' {1..256})"; do
		refuses "sd-volume: volume '" sd-volume create -- "$name"
	done
	refuses "--label: '=x' is not KEY=VALUE" sd-volume create --label =x v
	refuses "unexpected operand 'b'" sd-volume create a b
	[ ! -e "$SDOCKER_ROOT/volumes" ]
}

# ---- ls, inspect

@test "ls: a table, names, filters" {
	succeeds sd-volume ls
	equal "$output" "DRIVER   VOLUME NAME"
	sd-volume create --label k=v one >/dev/null
	sd-volume create two >/dev/null
	equal "$(sd-volume ls)" $'DRIVER   VOLUME NAME\nlocal    one\nlocal    two'
	sdocker create --name c -v two:/x busybox true >/dev/null
	equal "$(sd-volume ls -q --filter name=o | xargs)" "one two"
	equal "$(sd-volume ls -q --filter name=on)" one
	equal "$(sd-volume ls -q -f label=k)" one
	equal "$(sd-volume ls -q -f label=k=v -f name=t)" ""
	equal "$(sd-volume ls -q -f label=k=w)" ""
	equal "$(sd-volume ls -q -f dangling=true)" one
	equal "$(sd-volume ls -q -f dangling=false)" two
	equal "$(sd-volume ls -q -f driver=local | xargs)" "one two"
	refuses "--filter: 'x=y' is not KEY=VALUE of a known key (hint: dangling, driver, label, name)" sd-volume ls -f x=y
	refuses "'dangling=maybe' is neither true nor false" sd-volume ls -f dangling=maybe
}

@test "ls and inspect --format" {
	sd-volume create --label k=v one >/dev/null
	sd-volume create two >/dev/null
	equal "$(sd-volume ls --format '{{.Name}}:{{.Driver}}:{{.Labels}}:{{.Label "k"}}' | xargs)" "one:local:k=v:v two:local::"
	equal "$(sd-volume ls --format json -f name=one | jq -c '[.Name, .Scope, .Mountpoint, .Size]')" \
		"[\"one\",\"local\",\"$SDOCKER_ROOT/volumes/one/data\",\"N/A\"]"
	equal "$(sd-volume ls --format 'table {{.Name}}')" $'VOLUME NAME\none\ntwo'
	equal "$(sd-volume ls --format table)" "$(sd-volume ls)"
	equal "$(sd-volume inspect two one -f '{{.Name}} {{.Mountpoint}}')" \
		"two $SDOCKER_ROOT/volumes/two/data"$'\n'"one $SDOCKER_ROOT/volumes/one/data"
	refuses "can't evaluate field Nope" sd-volume ls --format '{{.Nope}}'
	refuses "can't evaluate field Nope" sd-volume inspect one --format '{{.Nope}}'
}

@test "inspect: docker's members; also one that a start made" {
	sdocker run --rm -v made:/etc busybox true
	sd-volume create one >/dev/null
	succeeds sd-volume inspect made one
	equal "$(jq -c '.[] | [.Name, .Driver, .Scope, .Mountpoint]' <<<"$output")" \
		"[\"made\",\"local\",\"local\",\"$SDOCKER_ROOT/volumes/made/data\"]
[\"one\",\"local\",\"local\",\"$SDOCKER_ROOT/volumes/one/data\"]"
	[[ $(jq -r '.[0].CreatedAt' <<<"$output") =~ ^20[0-9]{2}-.*Z$ ]]
	refuses "no such volume: nope" sd-volume inspect nope
}

# ---- rm, prune

@test "rm: the unused go, the others are refused by name" {
	sd-volume create one >/dev/null
	sd-volume create two >/dev/null
	sdocker create --name c -v one:/x busybox true >/dev/null
	echo x >"$SDOCKER_ROOT/volumes/two/data/file"
	refuses "sd-volume: remove the volume one: Device or resource busy (hint: 1 container uses it:" sd-volume rm one
	refuses "sd-volume: remove the volume nope: No such file or directory" sd-volume rm nope
	succeeds sd-volume rm -f nope
	sd_run sd-volume rm nope two
	equal "$status:$output" 125:two
	equal "$(sd-volume ls -q)" one
	sdocker rm c >/dev/null
	succeeds sd-volume rm one
	equal "$(ls -A "$SDOCKER_ROOT/volumes")" ""
}

@test "a record that cannot be read may use any volume: none is removed" {
	sd-volume create one >/dev/null
	sdocker create --name c busybox true >/dev/null
	id=$(sdocker ps -aq --no-trunc)
	cp "$SDOCKER_ROOT/containers/$id/state.json" saved
	echo '{' >"$SDOCKER_ROOT/containers/$id/state.json"
	refuses "a container whose record cannot be read may use it" sd-volume rm one
	refuses "no volume was removed: a container's record is unreadable" sd-volume prune -a
	mv saved "$SDOCKER_ROOT/containers/$id/state.json"
	succeeds sd-volume rm one
}

@test "prune: the anonymous, with -a all that nobody uses" {
	anonymous=$(sd-volume create)
	labelled=$(sd-volume create --label keep)
	sd-volume create named >/dev/null
	sd-volume create used >/dev/null
	id=$(sdocker create --name c -v used:/x busybox true)
	equal "$(sd-volume prune --dry-run --filter 'label!=keep')" "$anonymous"
	equal "$(sd-volume ls -q | wc -l)" 4
	succeeds sd-volume prune --filter 'label!=keep'
	equal "$output" "$anonymous"
	equal "$(sd-volume prune)" "$labelled"
	equal "$(sd-volume prune -a --dry-run --without "$id" | xargs)" "named used"
	refuses "--without is for --dry-run alone" sd-volume prune --without "$id"
	equal "$(sd-volume prune -a)" named
	equal "$(sd-volume ls -q)" used
	refuses "--filter: 'name=x' is not KEY=VALUE of a known key (hint: label, label!)" sd-volume prune --filter name=x
}

@test "what killed processes left is taken away, and is no volume meanwhile" {
	sd-volume create one >/dev/null
	mkdir -p "$SDOCKER_ROOT"/volumes/{.new-0123,.gone-4567/data/deep}
	equal "$(sd-volume ls -q)" one
	equal "$(sd-volume prune -a --dry-run)" one
	sd-volume create two >/dev/null
	equal "$(left)" "$SDOCKER_ROOT/volumes/.gone-4567"
	sd-volume rm two >/dev/null
	equal "$(left)" ""
}

@test "a link in a volume's place, and links in a volume, lead nowhere" {
	mkdir -p canary "$SDOCKER_ROOT/volumes"
	touch canary/file
	ln -s "$PWD/canary" "$SDOCKER_ROOT/volumes/link"
	equal "$(sd-volume ls -q)" ""
	refuses "No such file" sd-volume rm link
	sd-volume create one >/dev/null
	ln -s "$PWD/canary" "$SDOCKER_ROOT/volumes/one/data/link"
	succeeds sd-volume rm one
	[ -f canary/file ]
	rm "$SDOCKER_ROOT/volumes/link"
}

@test "a volume that a start needs is not lost to a removal at the same time" {
	sdocker run --rm busybox true
	for _ in {1..8}; do
		(while sd-volume rm -f v >/dev/null 2>&1 && [ ! -e stop ]; do :; done) 3>&- &
		run sdocker run --rm -v v:/v busybox sh -c 'echo x >/v/f; cat /v/f'
		touch stop
		wait $!
		rm stop
		equal "$status:$output" "0:x"
	done
}

@test "a volume whose labels cannot be read is never pruned" {
	sd-volume create --label keep one >/dev/null
	echo nonsense >"$SDOCKER_ROOT/volumes/one/volume.json"
	equal "$(sd-volume ls -q)" one
	equal "$(sd-volume prune -a --filter 'label!=keep')" ""
	succeeds sd-volume rm one
}

@test "create that cannot say so has made nothing" {
	run --separate-stderr bash -c 'sd-volume create one >/dev/full'
	equal "$status:$stderr" "125:sd-volume: write to standard output: No space left on device"
	equal "$(sd-volume ls -q)" ""
}

# ---- df

@test "df: what is used and what is not" {
	sd-volume create one >/dev/null
	sd-volume create two >/dev/null
	head -c 1000000 /dev/zero >"$SDOCKER_ROOT/volumes/two/data/file"
	sdocker create --name c -v one:/x busybox true >/dev/null
	succeeds sd-volume df
	[[ $output =~ ^Local\ Volumes\ +2\ +1\ +1\.0.MB\ +1\.0.MB\ \([0-9]+%\)$ ]]
	succeeds sd-volume df -v
	contains "$output" "VOLUME NAME   LINKS   SIZE"
	equal "$(awk '$1 == "one" || $1 == "two" { print $1, $2 }' <<<"$output" | xargs)" "one 1 two 0"
}
