# SPDX-License-Identifier: Apache-2.0
# requires: root
load ../helper/common
export LC_ALL=C

PATH=$SD_REPO/tests/helper:$PATH

setup() {
	sd_setup
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	rm -rf "$SDOCKER_ROOT/containers"
	sd_teardown
}

# digest N: a diff id; layer N: its directory, made.
digest() { printf 'sha256:%064x' "$1"; }
layer() {
	local dir
	dir=$SDOCKER_ROOT/layers/$(printf %064x "$1")/fs
	mkdir -p "$dir"
	echo "$dir"
}

# of_layers N...: a jq filter that gives a document those layers, the lowest first.
of_layers() {
	local n list=
	for n; do list+=",\"$(digest "$n")\""; done
	echo ".image = {name: \"test\", layers: [${list#,}]}"
}

# inside DOCUMENT COMMAND...: run in the document's root, mounted in a mount namespace of its own.
inside() {
	local doc=$1 root
	shift
	root=$(jq -r '.bundle + "/rootfs"' "$doc")
	unshare --mount sd-layer enter --state-fd 9 -- env -C "$root" "$@" 9<"$doc"
}

xattr() { python3 -c 'import os, sys; sys.stdout.buffer.write(os.getxattr(sys.argv[1], sys.argv[2]))' "$@"; }
mounts() { cat /proc/self/mountinfo; }

# ---- prepare

@test "prepare makes the directories and says where they are" {
	local low high
	low=$(layer 1)
	high=$(layer 2)
	document box "$(of_layers 1 2)" >doc
	succeeds sd-layer prepare <doc
	equal "$(jq -c .rootfs <<<"$output")" "{\"lower\":[\"$high\",\"$low\"],\"upper\":\"$SDOCKER_ROOT/containers/box/upper\",\"work\":\"$SDOCKER_ROOT/containers/box/work\"}"
	equal "$(jq -S 'del(.rootfs)' <<<"$output")" "$(jq -S . doc)"
	[ -d "$SDOCKER_ROOT/containers/box/rootfs" ]
}

@test "prepare gives upper the owner and mode of the uppermost layer's root" {
	chmod 750 "$(layer 1)"
	chmod 1711 "$(layer 2)"
	chown 7:8 "$(layer 2)"
	document box "$(of_layers 1 2)" | sd-layer prepare >doc
	equal "$(stat -c '%a %u:%g' "$SDOCKER_ROOT/containers/box/upper")" "1711 7:8"
	equal "$(stat -c %a "$SDOCKER_ROOT/containers/box/work")" 700
}

@test "prepare names the layer that is missing" {
	layer 1
	refuses "layer $SDOCKER_ROOT/layers/$(printf %064x 2)/fs: No such file or directory (hint: " \
		sd-layer prepare < <(document box "$(of_layers 1 2)")
	[ ! -e "$SDOCKER_ROOT/containers/box/upper" ]
}

@test "prepare takes no path for a digest" {
	refuses "'sha256:../../x' is not a layer's digest" \
		sd-layer prepare < <(document box '.image.layers = ["sha256:../../x"]')
	refuses "image.layers: expected an array" sd-layer prepare < <(document box '.image.layers = "x"')
}

@test "a second start keeps what the first one wrote" {
	chmod 755 "$(layer 1)"
	document box "$(of_layers 1)" | sd-layer prepare >doc
	inside doc sh -c 'echo kept >file; chmod 700 .'
	succeeds sd-layer prepare <doc
	equal "$(inside doc cat file)" kept
	equal "$(inside doc stat -c %a .)" 700
}

@test "prepare undoes what it made where its document cannot be written" {
	layer 1
	document box "$(of_layers 1)" >doc
	run --separate-stderr sh -c 'sd-layer prepare <doc >/dev/full'
	equal "$status" 125
	equal "$stderr" "sd-layer: write the document to standard output: No space left on device"
	equal "$(ls -A "$SDOCKER_ROOT/containers/box")" ""
}

@test "prepare of an image without layers gives an empty root" {
	document box '.image.layers = []' | sd-layer prepare >doc
	equal "$(inside doc ls -A)" ""
	inside doc touch file
	[ -e "$SDOCKER_ROOT/containers/box/upper/file" ]
}

@test "prepare writes hosts, hostname and resolv.conf" {
	layer 1
	document box "$(of_layers 1) | .config.hostname = \"web\" | .config.domainname = \"lan\"" >doc
	(umask 077 && sd-layer prepare <doc >/dev/null)
	cd "$SDOCKER_ROOT/containers/box/etc"
	equal "$(cat hostname)" web
	contains "$(cat hosts)" $'127.0.0.1\tlocalhost\n'
	equal "$(tail -1 hosts)" $'127.0.1.1\tweb.lan web'
	equal "$(cat resolv.conf)" ""
	equal "$(stat -c %a hosts hostname resolv.conf | sort -u)" 644
	# With a network sd-names writes its address.
	document other "$(of_layers 1) | .want.networks = [{name: \"bridge\"}]" | sd-layer prepare >/dev/null
	equal "$(grep -c 127.0.1.1 "$SDOCKER_ROOT/containers/other/etc/hosts")" 0
}

@test "a container on the host's network has the host's names" {
	layer 1
	document box "$(of_layers 1) | .config.linux.namespaces |= map(select(.type != \"network\"))" |
		sd-layer prepare >/dev/null
	cmp /etc/hosts "$SDOCKER_ROOT/containers/box/etc/hosts"
	cat /etc/resolv.conf 2>/dev/null | cmp - "$SDOCKER_ROOT/containers/box/etc/resolv.conf"
}

@test "prepare makes the sources of volumes" {
	layer 1
	document box "$(of_layers 1) | .want.volumes = [
		{destination: \"/a\", source: \"$SDOCKER_ROOT/volumes/data/data\", name: \"data\"},
		{destination: \"/b\", source: \"$PWD/host/dir\", create: true},
		{destination: \"/c\", source: \"volumes/0\", create: true},
		{destination: \"/d\", source: \"$PWD/none\"}]" | sd-layer prepare >/dev/null
	equal "$(stat -c %a "$SDOCKER_ROOT/volumes/data/data" host/dir)" $'755\n755'
	[ -d "$SDOCKER_ROOT/containers/box/volumes/0" ]
	[ ! -e none ]
}

@test "volumes that cannot be are refused" {
	layer 1
	refuses "want.volumes[0].name: '../x' is not a volume's name" sd-layer prepare \
		< <(document box "$(of_layers 1) | .want.volumes = [{destination: \"/a\", source: \"/x\", name: \"../x\"}]")
	[ ! -e "$SDOCKER_ROOT/containers/box/upper" ]
	refuses "want.volumes[0].destination: missing" sd-layer prepare \
		< <(document box "$(of_layers 1) | .want.volumes = [{source: \"/x\"}]")
	# Relative to the bundle, and no further up.
	document box "$(of_layers 1) | .want.volumes = [{destination: \"/a\", source: \"../../../../up\", create: true}]" |
		sd-layer prepare >/dev/null
	[ -d "$SDOCKER_ROOT/containers/box/up" ]
}

# ---- rm

@test "rm removes what prepare made, by the id alone, and twice" {
	layer 1
	document box "$(of_layers 1)" | sd-layer prepare >doc
	inside doc sh -c 'mkdir -p a/b; touch a/b/c; chmod 0 a'
	succeeds sd-layer rm <<<'{"ociVersion":"1.2.0","id":"box"}'
	equal "$output" '{"ociVersion":"1.2.0","id":"box"}'
	equal "$(ls -A "$SDOCKER_ROOT/containers/box")" ""
	succeeds sd-layer rm <doc
	rmdir "$SDOCKER_ROOT/containers/box"
	succeeds sd-layer rm <doc
	[ -d "$SDOCKER_ROOT/layers" ]
}

@test "rm leaves another engine's bundle alone" {
	mkdir -p bundle/{rootfs/bin,etc,volumes}
	document box ".bundle = \"$PWD/bundle\"" | sd-layer prepare >doc
	equal "$(jq .rootfs doc)" null
	equal "$(ls -A bundle/etc)" ""
	sd-layer rm <doc >/dev/null
	equal "$(ls bundle)" $'etc\nrootfs\nvolumes'
}

@test "rm removes a tree that is deeper than paths and descriptors go" {
	layer 1
	document box "$(of_layers 1)" | sd-layer prepare >doc
	python3 - "$SDOCKER_ROOT/containers/box/upper" <<-'END'
		import os, sys
		os.chdir(sys.argv[1])
		for i in range(3000):
		    os.mkdir("d" * 50)
		    os.chdir("d" * 50)
	END
	(ulimit -n 256 && sd-layer rm <doc >/dev/null)
	equal "$(ls -A "$SDOCKER_ROOT/containers/box")" ""
}

# ---- enter

@test "enter mounts in its own mount namespace alone" {
	echo low >"$(layer 1)/file"
	document box "$(of_layers 1)" | sd-layer prepare >doc
	mounts >before
	equal "$(inside doc sh -c 'cat file; echo new >file; cat file; grep -c " - overlay " /proc/self/mountinfo')" \
		$'low\nnew\n1'
	cmp before <(mounts)
	equal "$(cat "$SDOCKER_ROOT/containers/box/upper/file" "$(layer 1)/file")" $'new\nlow'
}

@test "enter wants a document, and one that prepare has seen" {
	refuses "neither a document nor an overlay to mount (hint: by hand: " sd-layer enter -- true
	document box "$(of_layers 1)" >doc
	refuses "rootfs: missing (hint: sd-layer prepare adds it)" sd-layer enter --state-fd 9 -- true 9<doc
	refuses "--state-fd: 99999999999 is not a descriptor" sd-layer enter --state-fd 99999999999 -- true
	document box '.rootfs = {lower: ["/x"], upper: "/y"}' >doc
	refuses "rootfs.work: missing" sd-layer enter --state-fd 9 -- true 9<doc
}

@test "enter goes on where the root is a directory of somebody else's" {
	document box >doc
	succeeds sd-layer enter --state-fd 9 -- echo on 9<doc
	equal "$output" on
	run -127 --separate-stderr sd-layer enter --state-fd 9 -- nothing-of-that-name 9<doc
	contains "$stderr" "nothing-of-that-name"
}

@test "enter by hand" {
	mkdir l u w m
	echo low >l/file
	mounts >before
	equal "$(unshare --mount sd-layer enter --lower l --upper u --work w m -- cat m/file)" low
	cmp before <(mounts)
}

@test "128 layers" {
	local n
	for n in {1..128}; do echo "$n" >"$(layer "$n")/$n"; echo "$n" >"$(layer "$n")/top"; done
	# shellcheck disable=SC2046
	document box "$(of_layers $(seq 128))" | sd-layer prepare >doc
	equal "$(inside doc sh -c 'ls | wc -l; cat 1 top')" $'129\n1\n128'
	# None of the descriptors that stood for a layer is left.
	equal "$(inside doc sh -c 'readlink /proc/self/fd/* | grep -c layers')" 0
	inside doc rm top
	equal "$(sd-layer export <doc | tar -t | grep -c '^[0-9]*$')" 128
}

@test "directories whose names are the mount options' own separators" {
	local odd='a:b,c\d lower' w='work,x:y'
	mkdir -p "$odd" "u:$odd" "$w" m
	touch "$odd/file"
	sd-layer mount --lower "$odd" --upper "u:$odd" --work "$w" m
	[ -e m/file ]
	touch m/new
	sd-layer umount m
	[ -e "u:$odd/new" ]
}

@test "a container that is removed at its end is never synced, and starts again after a crash" {
	layer 1
	document box "$(of_layers 1) | .want.autoRemove = true" | sd-layer prepare >doc
	contains "$(inside doc grep ' - overlay ' /proc/self/mountinfo)" volatile
	# What a crash of the machine leaves.
	mkdir -p "$SDOCKER_ROOT/containers/box/work/work/incompat/volatile"
	inside doc true
	jq -c 'del(.want.autoRemove)' doc >doc2
	mkdir -p "$SDOCKER_ROOT/containers/box/work/work/incompat/volatile"
	refuses "mount the overlay on $SDOCKER_ROOT/containers/box/rootfs: " inside doc2 true
}

# ---- volumes

volume_document() {
	document box "$(of_layers 1) | .want.volumes = [{destination: \"${1:-/data}\", name: \"v\", copyUp: true,
		create: true, source: \"$SDOCKER_ROOT/volumes/v/data\"}]" | sd-layer prepare >doc
}

@test "an empty volume is filled from the image" {
	local data
	data=$(layer 1)/data
	mkdir -p "$data/sub"
	echo hello >"$data/sub/file"
	chown 5:6 "$data/sub/file"
	chmod 4755 "$data/sub/file"
	setcap cap_net_raw+ep "$data/sub/file"
	touch -d 2001-01-01 "$data/sub/file" "$data/sub"
	ln -s sub/file "$data/link"
	mkfifo "$data/fifo"
	mknod "$data/null" c 1 3
	chown 7:8 "$data"
	chmod 1770 "$data"
	volume_document
	inside doc true
	diff <(manifest "$data" | sed 's/ [0-9]\{19\} / /') \
		<(manifest "$SDOCKER_ROOT/volumes/v/data" | sed 's/ [0-9]\{19\} / /')
	equal "$(stat -c %Y "$SDOCKER_ROOT/volumes/v/data/sub/file")" "$(date -d 2001-01-01 +%s)"
	[ ! -e "$SDOCKER_ROOT/volumes/v/.filling" ]
}

@test "a volume that holds anything stays as it is" {
	mkdir "$(layer 1)/data"
	touch "$(layer 1)/data/file"
	volume_document
	touch "$SDOCKER_ROOT/volumes/v/data/mine"
	inside doc true
	equal "$(ls "$SDOCKER_ROOT/volumes/v/data")" mine
}

@test "a volume that was left half filled is filled anew" {
	mkdir "$(layer 1)/data"
	touch "$(layer 1)/data/file"
	volume_document
	touch "$SDOCKER_ROOT/volumes/v/data/half" "$SDOCKER_ROOT/volumes/v/.filling"
	inside doc true
	equal "$(ls -A "$SDOCKER_ROOT/volumes/v/data" "$SDOCKER_ROOT/volumes/v")" \
		"$(printf '%s:\ndata\n\n%s:\nfile' "$SDOCKER_ROOT/volumes/v" "$SDOCKER_ROOT/volumes/v/data")"
}

@test "an image cannot fill a volume with the host's files" {
	mkdir secret
	echo secret >secret/file
	ln -s "$PWD/secret" "$(layer 1)/data"
	volume_document
	inside doc true
	equal "$(ls -A "$SDOCKER_ROOT/volumes/v/data")" ""
	rm "$(layer 1)/data"
	mkdir "$(layer 1)/data"
	ln -s "$PWD/secret" "$(layer 1)/data/link"
	inside doc true
	equal "$(readlink "$SDOCKER_ROOT/volumes/v/data/link")" "$PWD/secret"
}

@test "two containers that start with one new volume fill it once" {
	mkdir "$(layer 1)/data"
	for n in {1..50}; do echo "$n" >"$(layer 1)/data/$n"; done
	volume_document
	cp doc one
	document second "$(of_layers 1) | .want.volumes = $(jq -c .want.volumes doc)" | sd-layer prepare >two
	inside one true 3>&- &
	inside two true
	wait $!
	equal "$(ls "$SDOCKER_ROOT/volumes/v/data" | wc -l)" 50
}

# ---- mount, umount

@test "the copy-up and the whiteout" {
	mkdir lower upper work merged
	echo one >lower/changed
	echo two >lower/removed
	mkdir lower/dir
	touch lower/dir/old
	sd-layer mount --lower lower --upper upper --work work merged
	equal "$(ls upper)" ""
	echo more >>merged/changed
	rm merged/removed
	rm -r merged/dir
	mkdir merged/dir
	equal "$(cat upper/changed)" $'one\nmore'
	equal "$(cat lower/changed)" one
	equal "$(stat -c '%F %t:%T' upper/removed)" "character special file 0:0"
	equal "$(xattr upper/dir trusted.overlay.opaque)" y
	equal "$(ls merged merged/dir)" $'merged:\nchanged\ndir\n\nmerged/dir:'
	succeeds sd-layer umount merged
	equal "$(ls merged)" ""
	succeeds sd-layer umount merged
}

@test "mount without upper is read-only" {
	mkdir a b m
	touch a/a b/b
	sd-layer mount --lower a --lower b m
	equal "$(ls m)" $'a\nb'
	run touch m/x
	contains "$output" "Read-only file system"
	sd-layer umount m
}

@test "what mount refuses" {
	mkdir l u w m
	refuses "option --lower is missing" sd-layer mount --upper u --work w m
	refuses "options --upper and --work go together" sd-layer mount --lower l --upper u m
	refuses "one --lower alone is no overlay (hint: " sd-layer mount --lower l m
	refuses "mount the overlay on m: none: No such file or directory" \
		sd-layer mount --lower none --upper u --work w m
	refuses "mount the overlay on none: No such file" sd-layer mount --lower l --upper u --work w none
	refuses "mount the overlay on m: Invalid argument (hint: upper and work" \
		sd-layer mount --lower l --upper u --work /run m
	refuses "unexpected operand 'x'" sd-layer mount --lower l --upper u --work w m x
	refuses "operands missing" sd-layer mount --lower l --upper u --work w
	refuses "unmount none: No such file or directory" sd-layer umount none
	refuses "Operation not permitted (hint: mounting needs root" \
		setpriv --bounding-set -sys_admin --inh-caps -sys_admin sd-layer mount --lower l --upper u --work w m
}

@test "umount of what is in use says so" {
	mkdir l u w m
	sd-layer mount --lower l --upper u --work w m
	exec 8<m
	refuses "unmount m: Device or resource busy (hint: " sd-layer umount m 8<&-
	exec 8<&-
	sd-layer umount m
}

@test "mount and umount as filters" {
	touch "$(layer 1)/file"
	document box "$(of_layers 1)" | sd-layer prepare >doc
	succeeds sd-layer mount <doc
	equal "$output" "$(cat doc)"
	[ -e "$SDOCKER_ROOT/containers/box/rootfs/file" ]
	succeeds sd-layer umount <doc
	succeeds sd-layer umount <doc
	run --separate-stderr sh -c 'sd-layer mount <doc >/dev/full'
	equal "$status" 125
	[ ! -e "$SDOCKER_ROOT/containers/box/rootfs/file" ]
}

# ---- unpack

# A tree with one of each kind.
tree() {
	mkdir -p "$1"/{dir/sub,sticky,closed}
	echo file >"$1/dir/file"
	ln "$1/dir/file" "$1/dir/sub/hard"
	ln -s ../dir/file "$1/dir/link"
	ln "$1/dir/link" "$1/dir/hard-link-to-link"
	mkfifo "$1/fifo"
	mknod "$1/null" c 1 3
	mknod "$1/disk" b 8 1
	cp /bin/true "$1/suid"
	chown 1000:4000000 "$1/suid"
	setcap cap_net_raw+ep "$1/suid"
	cp /bin/true "$1/suid2"
	chmod 6755 "$1/suid2"
	chmod 1777 "$1/sticky"
	chown -h 5:6 "$1/dir/link" "$1/sticky"
	truncate -s 20M "$1/sparse"
	printf end >>"$1/sparse"
	truncate -s 1M "$1/hole"
	touch "$1/ü" "$1/"$'e\xcc\x81' "$1/"$'\xff\xfe' "$1/a b"$'\n' "$1/$(printf 'n%.0s' {1..200})"
	mkdir -p "$1/$(printf 'p%.0s' {1..90})/$(printf 'q%.0s' {1..90})"
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.note", b"\0\xff=\n")' "$1/dir/file"
	touch -d '1931-05-04 UTC' "$1/dir/file"
	touch -d '2040-01-31 12:00:00.123456789 UTC' "$1/dir/sub"
	chmod 0 "$1/closed"
	chmod 555 "$1/dir"
}

@test "an archive of each compression has the digests that sha256sum finds" {
	local tool tar
	tree t
	tar -C t --format=pax -cf t.tar .
	tar=$(sha256sum <t.tar | cut -d' ' -f1)
	for tool in cat gzip zstd xz bzip2; do
		"$tool" <t.tar >packed
		succeeds sd-layer unpack packed
		equal "$(jq -r '.diffId, .digest, .size' <<<"$output")" \
			"sha256:$tar"$'\n'"sha256:$(sha256sum <packed | cut -d' ' -f1)"$'\n'"$(stat -c %s packed)"
	done
	equal "$(ls -A "$SDOCKER_ROOT/layers")" "$tar"
	equal "$(sd-layer ls)" "sha256:$tar"
	equal "$(stat -c %a "$SDOCKER_ROOT/layers")" 700
}

@test "bytes after the archive's end count in its digests" {
	tree t
	tar -C t -cf t.tar .
	head -c 100000 /dev/zero >>t.tar
	equal "$(sd-layer unpack <t.tar | jq -r .diffId)" "sha256:$(sha256sum <t.tar | cut -d' ' -f1)"
	{ gzip <t.tar; echo trailing; } >t.gz
	succeeds sd-layer unpack t.gz
	equal "$(jq -r .digest <<<"$output")" "sha256:$(sha256sum <t.gz | cut -d' ' -f1)"
}

@test "what is unpacked is what was packed" {
	tree t
	tar -C t --xattrs --xattrs-include='*' --format=pax -S -cf t.tar .
	succeeds sd-layer unpack --into u t.tar
	diff <(manifest t) <(manifest u)
	[ "$(stat -c %b u/sparse)" -lt 100 ]
	equal "$(getcap u/suid)" "u/suid cap_net_raw=ep"
	tar -C t --format=gnu -S -cf - . | sd-layer unpack --into g >/dev/null
	diff <(manifest t | sed 's/ [0-9-]* \(.*\)/ \1/' | cut -d' ' -f1-3) <(manifest g | sed 's/ [0-9-]* \(.*\)/ \1/' | cut -d' ' -f1-3)
}

@test "whiteouts and opaque directories" {
	mkdir -p t/dir t/.hidden
	touch t/.wh.gone t/dir/.wh..wh..opq t/dir/new t/.hidden/.wh..wh
	tar -C t -cf - . | sd-layer unpack --into u >/dev/null
	equal "$(stat -c '%F %t:%T' u/gone)" "character special file 0:0"
	equal "$(xattr u/dir trusted.overlay.opaque)" y
	equal "$(ls -A u u/dir u/.hidden)" $'u:\n.hidden\ndir\ngone\n\nu/.hidden:\n.wh\n\nu/dir:\nnew'
	[ -c u/.hidden/.wh ]
	mkdir -p lower/{dir,.hidden} m
	touch lower/{gone,dir/old,.hidden/.wh}
	sd-layer mount --lower u --lower lower m
	equal "$(find m -mindepth 1 | sort)" $'m/.hidden\nm/dir\nm/dir/new'
	sd-layer umount m
}

@test "a whiteout hides what is below, not what is in its own layer" {
	mkdir -p a/dir b
	echo a >a/file
	touch a/dir/new b/.wh.file b/.wh.dir
	tar -cf before.tar -C b .wh.file .wh.dir -C ../a file dir
	tar -cf after.tar -C a file dir -C ../b .wh.file .wh.dir
	for order in before after; do
		sd-layer unpack --into $order $order.tar >/dev/null
		equal "$(cat $order/file)" a
		equal "$(xattr $order/dir trusted.overlay.opaque)" y
		[ -e $order/dir/new ]
	done
}

@test "hostile archives" {
	local name verdict canary=$PWD/canary before failed=
	all_of() { find "$canary" -printf '%P %y %m %U:%G %T@ %s %l\n'; cat "$canary/file"; }
	mkdir -p canary/sub cwd hostile
	echo safe | tee canary/file cwd/file >/dev/null
	chmod 700 canary
	before=$(all_of)
	hostile-tar "$canary" hostile >list
	cd cwd
	while read -r name verdict; do
		run --separate-stderr sd-layer unpack "../hostile/$name.tar"
		if [ "$verdict" = fits ]; then
			verdict=refused
			! truncate -s $((2 ** 63 - 1)) "$SDOCKER_ROOT/large" 2>/dev/null || verdict=unpacks
			rm -f "$SDOCKER_ROOT/large"
		fi
		if [ "$verdict" = unpacks ]; then
			[ "$status" = 0 ] && [ -z "$stderr" ] && rm -r "$SDOCKER_ROOT"/layers/*
		else
			[ "$status" = 125 ] && [ -z "$output" ] && [ "${#stderr_lines[@]}" = 1 ]
		fi || { failed+=" $name"; echo "# $name: not $verdict"; show_run; }
		[ -z "$(ls -A "$SDOCKER_ROOT/layers")" ] || { failed+=" $name"; echo "# $name left a layer"; }
		rm -rf "$SDOCKER_ROOT"/layers/{*,.tmp*}
		[ "$(all_of)" = "$before" ] || { failed+=" $name"; echo "# $name changed the canary"; }
		equal "$(cat file)" safe
	done <../list
	equal "$(wc -l <../list)" "$(ls ../hostile | wc -l)"
	equal "$failed" ""
}

@test "orders to the overlay in an archive are not carried out" {
	mkdir hostile
	hostile-tar / hostile >/dev/null
	sd-layer unpack --into u hostile/orders-to-the-overlay.tar >/dev/null
	equal "$(python3 -c 'import os; print(os.listxattr("u/d"), os.listxattr("u/f"))')" "['user.fine'] ['user.fine']"
}

@test "a directory that was replaced gives its mode to no other" {
	mkdir -p one/c/b two/a/b three
	chmod 700 one/c/b
	chmod 777 two/a/b
	ln -s c three/a
	tar -cf t.tar -C one c -C ../two a -C ../three a
	sd-layer unpack --into u t.tar >/dev/null
	equal "$(stat -c %a u/a/b)" 700
}

@test "an archive that is not the one asked for is refused" {
	tree t
	tar -C t -cf t.tar .
	refuses "t.tar: its tar has the digest sha256:$(sha256sum <t.tar | cut -d' ' -f1), not $(digest 1)" \
		sd-layer unpack --diff-id "$(digest 1)" t.tar
	refuses "--diff-id: 'md5:1' is not a digest" sd-layer unpack --diff-id md5:1 t.tar
	equal "$(ls -A "$SDOCKER_ROOT/layers")" ""
	succeeds sd-layer unpack --diff-id "sha256:$(sha256sum <t.tar | cut -d' ' -f1)" t.tar
	refuses "open none: No such file" sd-layer unpack none
	refuses "empty, no archive" sd-layer unpack /dev/null
}

@test "a bomb stops at --max-size" {
	truncate -s 200M big
	tar -cf - big | gzip -1 >bomb.gz
	refuses "bomb.gz: more than 10485760 bytes" sd-layer unpack --max-size 10m bomb.gz
	equal "$(ls -A "$SDOCKER_ROOT/layers")" ""
}

@test "a full disk is one line, and nothing is left" {
	head -c 3M /dev/zero | tr '\0' x >big
	tar -cf big.tar big
	mkdir -p "$SDOCKER_ROOT"
	mount -t tmpfs -o size=2m sdtest "$SDOCKER_ROOT"
	refuses "write big: No space left on device" sd-layer unpack big.tar
	equal "$(ls -A "$SDOCKER_ROOT/layers")" ""
	umount "$SDOCKER_ROOT"
}

@test "nothing on standard input was said by the stage before" {
	run --separate-stderr sd-layer unpack </dev/null
	equal "$status/$output/$stderr" 125//
	equal "$(ls -A "$SDOCKER_ROOT/layers")" ""
}

@test "an unpack that was killed leaves no layer, and the next one tidies up" {
	local pid
	tree t
	tar -C t -cf t.tar .
	mkfifo pipe
	sd-layer unpack pipe 3>&- & pid=$!
	exec 8>pipe
	head -c 5000 t.tar >&8
	eventually test -e "$SDOCKER_ROOT"/layers/.tmp-*
	# At work: others leave it alone.
	sd-layer unpack t.tar >/dev/null
	equal "$(find "$SDOCKER_ROOT/layers" -maxdepth 1 -name '.tmp-*' | wc -l)" 1
	kill -KILL "$pid"
	exec 8>&-
	wait "$pid" || true
	equal "$(find "$SDOCKER_ROOT/layers" -maxdepth 1 -name '.tmp-*' | wc -l)" 1
	sd-layer unpack t.tar >/dev/null
	equal "$(ls -A "$SDOCKER_ROOT/layers")" "$(sha256sum <t.tar | cut -d' ' -f1)"
}

@test "many of the same layer at once" {
	local n pids=()
	tree t
	tar -C t -cf t.tar .
	for n in {1..8}; do sd-layer unpack t.tar >out.$n 3>&- & pids+=($!); done
	for n in "${pids[@]}"; do wait "$n"; done
	equal "$(sort -u out.* | wc -l)" 1
	equal "$(ls -A "$SDOCKER_ROOT/layers")" "$(sha256sum <t.tar | cut -d' ' -f1)"
	[ -e "$SDOCKER_ROOT/layers/$(sha256sum <t.tar | cut -d' ' -f1)/fs/dir/file" ]
}

@test "many entries" {
	python3 - >many.tar <<-'END'
		import sys, tarfile
		tar = tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.USTAR_FORMAT)
		for i in range(20000):
		    info = tarfile.TarInfo("%d/%d" % (i // 1000, i))
		    if i % 10 == 0:
		        info.type = tarfile.DIRTYPE
		    tar.addfile(info)
		tar.close()
	END
	equal "$(sd-layer unpack many.tar | jq .entries)" 20000
	equal "$(find "$SDOCKER_ROOT/layers" -mindepth 4 | wc -l)" 20000
	rm -rf "$SDOCKER_ROOT/layers"
}

@test "in a user namespace" {
	mkdir -p t/dir lower/dir m w
	touch t/.wh.gone t/dir/.wh..wh..opq t/dir/new lower/gone lower/dir/old
	tar -C t -cf t.tar .
	if kernel_before 5.11; then
		mkdir u
		refuses "mount the overlay on m: Operation not permitted" unshare --user --map-root-user \
			--mount sd-layer mount --lower lower --upper u --work w m
		return
	fi
	unshare --user --map-root-user --mount sh -euc '
		sd-layer unpack --into u t.tar >/dev/null
		sd-layer mount --lower lower --upper u --work w m
		find m -mindepth 1 | sort
		rm -r m/dir
		mkdir m/dir
		sd-layer diff --upper u | tar -t' >out
	equal "$(cat out)" $'m/dir\nm/dir/new\n./\ndir/\ndir/.wh..wh..opq\n.wh.gone'
}

@test "as an ordinary user" {
	mkdir -p t/dir home
	touch t/.wh.gone t/dir/.wh..wh..opq t/dir/file
	chown 7:8 t/dir/file
	chmod 4755 t/dir/file
	chmod 555 t/dir
	tar -C t -cf t.tar .
	chown 1000:1000 home
	chmod 711 . .. ../.. # bats makes them 700
	setpriv --reuid 1000 --regid 1000 --clear-groups env -C home SDOCKER_ROOT="$PWD/home" \
		"$(command -v sd-layer)" unpack <t.tar >out
	cd home/layers/*/fs
	equal "$(stat -c '%a %u:%g' dir/file dir)" $'4755 1000:1000\n555 1000:1000'
	equal "$(xattr dir user.overlay.opaque)" y
	[ -c gone ]
}

# ---- diff, export

@test "what a container changed, packed and unpacked, is the same" {
	local data
	data=$(layer 1)
	tree "$data"
	document box "$(of_layers 1)" | sd-layer prepare >doc
	inside doc sh -ec 'echo more >>dir/file; rm dir/link suid; rm -r sticky; mkdir sticky; echo x >sticky/x
		ln sticky/x y; mkfifo pipe; ln -s y z; mknod dev c 1 5; truncate -s 5M holes; chmod 4711 y
		rm -r dir/sub; echo file >dir/sub; chmod 711 .; mv sparse moved; python3 -c "import os, socket; os.setxattr(\"y\", \"user.k\", b\"v\"); socket.socket(socket.AF_UNIX).bind(\"sock\")"'
	sd-layer diff <doc >diff.tar
	sd-layer unpack --into u diff.tar >/dev/null
	rm "$SDOCKER_ROOT/containers/box/upper/sock"
	touch -r u "$SDOCKER_ROOT/containers/box/upper"
	diff <(manifest "$SDOCKER_ROOT/containers/box/upper") <(manifest u)
	# And merged with the same lower one.
	mkdir m m2 w
	sd-layer mount --lower u --lower "$data" m
	sd-layer mount <doc >/dev/null
	diff <(manifest m) <(manifest "$SDOCKER_ROOT/containers/box/rootfs")
	sd-layer umount m
	sd-layer umount <doc >/dev/null
}

@test "equal trees give equal bytes" {
	tree t
	sd-layer diff --upper t >one.tar
	sd-layer diff --upper t | cat >two.tar
	cmp one.tar two.tar
	sd-layer unpack --into u one.tar >/dev/null
	sd-layer diff --upper u | cmp - one.tar
	tar -tf one.tar >/dev/null 2>tar.err
	equal "$(grep -v hdrcharset tar.err || true)" ""
}

@test "what diff refuses" {
	mkdir -p t l u w m
	touch t/.wh.x
	refuses ".wh.x: a layer cannot hold this name" sh -c 'sd-layer diff --upper t >part.tar'
	run tar -tf part.tar
	[ "$status" != 0 ]
	refuses "open none: No such file" sd-layer diff --upper none
	refuses "rootfs: missing" sd-layer diff < <(document box)
	run script -qec 'sd-layer diff --upper u' /dev/null
	equal "$status" 125
	contains "$output" "an archive is not for a terminal (hint: "
	run --separate-stderr sh -c 'sd-layer diff --upper l >/dev/full'
	equal "$status" 125
	contains "$stderr" "sd-layer: write the archive"
	echo x >l/file
	mount -t overlay -o metacopy=on,redirect_dir=on,lowerdir=l,upperdir=u,workdir=w overlay m
	chmod 600 m/file
	umount m
	refuses "file: the overlay was mounted with redirect_dir or metacopy" sh -c 'sd-layer diff --upper u >part.tar'
}

@test "a container that swaps names while it is packed shows nothing of the host" {
	local pid
	mkdir -p secret/dir u/dir
	echo 'the secret of the host' >secret/dir/file
	echo fine >u/dir/file
	ln -s "$PWD/secret/dir" u/other
	ln -s "$PWD/secret/dir/file" u/dir/other
	python3 - u 3>&- <<-'END' &
		import ctypes, sys
		libc = ctypes.CDLL(None)
		names = [sys.argv[1].encode() + n for n in (b"/dir", b"/other", b"/dir/file", b"/dir/other")]
		while True:
		    libc.renameat2(-100, names[0], -100, names[1], 2)
		    libc.renameat2(-100, names[2], -100, names[3], 2)
	END
	pid=$!
	for _ in {1..100}; do sd-layer diff --upper u; done >all.tar
	kill "$pid"
	wait "$pid" || true
	run grep -c 'the secret' all.tar
	equal "$output" 0
	grep -q fine all.tar
}

@test "export merges all layers, of a running container too" {
	echo low >"$(layer 1)/file"
	touch "$(layer 1)/gone" "$(layer 2)/two"
	document box "$(of_layers 1 2)" | sd-layer prepare >doc
	sd-layer mount <doc >/dev/null
	cd "$SDOCKER_ROOT/containers/box/rootfs"
	rm gone
	echo new >file
	touch .wh.fine
	cd "$OLDPWD"
	mounts >before
	sd-layer export <doc >all.tar
	cmp before <(mounts)
	sd-layer umount <doc >/dev/null
	equal "$(tar -tf all.tar)" $'./\n.wh.fine\nfile\ntwo'
	equal "$(tar -xOf all.tar file)" new
	# After a reboot the wishes alone are known.
	jq -c 'del(.rootfs)' doc | sd-layer export | cmp - all.tar
	jq -c 'del(.rootfs)' doc | run sd-layer diff
}

@test "export of a bundle's own directory" {
	document box >doc
	echo x >"$SDOCKER_ROOT/containers/box/rootfs/file"
	equal "$(sd-layer export <doc | tar -t)" $'./\nfile'
}
