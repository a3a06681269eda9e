#!/usr/bin/env bats
# requires: root

load ../helper/common

# small_tar FILE: a root file system's archive of a few files.
small_tar() {
	local dir=$BATS_TEST_TMPDIR/small
	mkdir -p "$dir/bin" "$dir/etc"
	echo "${2:-hello}" >"$dir/etc/motd"
	tar -C "$dir" --sort=name --mtime=@0 --owner=0 --group=0 -cf "$1" .
}

index() { jq -r "$1" "$SDOCKER_ROOT/images/index.json"; }
blob() { cat "$SDOCKER_ROOT/images/blobs/sha256/${1#sha256:}"; }
lookup() { sd-image ls --json "$1" | jq -r ".[0].$2"; }
blobs() { find "$SDOCKER_ROOT/images/blobs" -type f | wc -l; }

# hostile FILTER WHAT: change the manifest (or index, or config) of image x, keeping its digest:
# what a reader meets in a store that somebody else has written.
hostile() {
	local file
	case $2 in
	index) file=index.json ;;
	manifest) file=blobs/sha256/$(lookup x manifest | cut -c8-) ;;
	config) file=blobs/sha256/$(lookup x id | cut -c8-) ;;
	esac
	jq -c "$1" "$SDOCKER_ROOT/images/$file" >"$BATS_TEST_TMPDIR/changed"
	cp "$BATS_TEST_TMPDIR/changed" "$SDOCKER_ROOT/images/$file"
}

# A blob that has no digest yet.
half_written() { compgen -G "$SDOCKER_ROOT/images/.new-*" >/dev/null; }

import_x() {
	small_tar "$BATS_TEST_TMPDIR/x.tar"
	succeeds sd-image import "$BATS_TEST_TMPDIR/x.tar" x
}

@test "import: an OCI layout that skopeo reads" {
	import_x
	id=$output
	[[ $id =~ ^sha256:[0-9a-f]{64}$ ]]
	equal "$(lookup x id)" "$id"
	equal "$(lookup x reference)" docker.io/library/x:latest
	equal "$(stat -c %a "$SDOCKER_ROOT/images")" 700
	equal "$(find "$SDOCKER_ROOT/images" -type f ! -perm 600)" ""
	run skopeo inspect "oci:$SDOCKER_ROOT/images:x:latest"
	[ "$status" = 0 ]
	equal "$(jq -r .Digest <<<"$output")" "$(lookup x manifest)"
	equal "$(jq -r .Os <<<"$output")" linux
	run skopeo copy "oci:$SDOCKER_ROOT/images:x:latest" "docker-archive:$BATS_TEST_TMPDIR/saved.tar"
	[ "$status" = 0 ]
}

@test "import: plain, gzip, zstd, xz and bzip2, from a file and from a pipe, are one layer" {
	local tar=$BATS_TEST_TMPDIR/c.tar diff_id pair
	small_tar "$tar"
	diff_id=sha256:$(sha256sum "$tar" | cut -d' ' -f1)
	gzip -k "$tar"; zstd -qk "$tar"; xz -k "$tar"; bzip2 -k "$tar"
	for pair in tar: tar.gz:+gzip tar.zst:+zstd tar.xz: tar.bz2:; do
		succeeds sd-image import "$BATS_TEST_TMPDIR/c.${pair%:*}" c
		equal "$(lookup c 'layers[0]')" "$diff_id"
		equal "$(blob "$(lookup c manifest)" | jq -r '.layers[0].mediaType')" \
			"application/vnd.oci.image.layer.v1.tar${pair#*:}"
		(cat "$BATS_TEST_TMPDIR/c.${pair%:*}") | sd-image import - d
		equal "$(lookup d 'layers[0]')" "$diff_id"
	done
	equal "$(cat "$SDOCKER_ROOT/layers/${diff_id#sha256:}/fs/etc/motd")" hello
	equal "$(blob "$diff_id" | sha256sum | cut -d' ' -f1)" "${diff_id#sha256:}"
	succeeds sd-image verify
}

@test "import: a compressed archive that is cut short or garbage leaves the store as it was" {
	local f=$BATS_TEST_TMPDIR/t
	import_x
	head -c 3000000 /bin/busybox >"$BATS_TEST_TMPDIR/data"
	tar -C "$BATS_TEST_TMPDIR" -cf "$f.tar" data
	gzip -k "$f.tar"; xz -k0 "$f.tar"; bzip2 -k "$f.tar"; zstd -qk "$f.tar"
	before=$(cd "$SDOCKER_ROOT" && find . | sort)
	for c in gz xz bz2 zst; do
		head -c 100000 "$f.tar.$c" >"$f.cut"
		run --separate-stderr sd-image import "$f.cut" y
		[ "$status" = 125 ] && [ "${#stderr_lines[@]}" = 1 ] || { show_run; return 1; }
	done
	head -c 100000 /dev/urandom >"$f.cut"
	run --separate-stderr sd-image import "$f.cut" y
	[ "$status" = 125 ] && [ "${#stderr_lines[@]}" = 1 ] || { show_run; return 1; }
	refuses "standard input: empty, no archive" sd-image import - y </dev/null
	equal "$(cd "$SDOCKER_ROOT" && find . | sort)" "$before"
}

@test "import: what is not a file to read is named" {
	refuses "open /none: No such file or directory" sd-image import /none x
	refuses "read /etc: Is a directory (hint: " sd-image import /etc x
	refuses "operands missing: sd-image import FILE|- [NAME[:TAG]]" sd-image import
	refuses "unexpected operand 'z'" sd-image import a b z
	[ ! -e "$SDOCKER_ROOT/images" ]
}

@test "import: names by docker's rules" {
	local tar=$BATS_TEST_TMPDIR/n.tar pair
	small_tar "$tar"
	for pair in busybox=busybox:latest a/b:1=a/b:1 docker.io/library/q=q:latest \
		index.docker.io/library/r:2=r:2 localhost/a=localhost/a:latest \
		host.example:5000/a/b__c:V1.0=host.example:5000/a/b__c:V1.0 a--b.c_d=a--b.c_d:latest; do
		succeeds sd-image import "$tar" "${pair%%=*}"
		contains "$(index '.manifests[].annotations["org.opencontainers.image.ref.name"]')" "${pair#*=}"
		equal "$(lookup "${pair#*=}" name)" "${pair#*=}"
	done
	refuses "image name 'Foo': must be lower case" sd-image import "$tar" Foo
	for bad in "" / a/ /a a//b a: :b a:b:c ".." "../x" "a/../b" -a a- a_ "a b" a..b a___b \
		"a:$(printf 'x%.0s' {1..129})" "$(printf 'x%.0s' {1..250})" 'a:.b' 'h:x/a' '-h.x/a' \
		a@b a@sha256:00 $'a\nb' ä "$(printf '0%.0s' {1..64})"; do
		refuses "image name '" sd-image import -- "$tar" "$bad"
	done
	refuses "a new image's digest cannot be chosen" \
		sd-image import "$tar" "a@sha256:$(printf '0%.0s' {1..64})"
}

@test "import --change: every instruction, in docker's spellings" {
	small_tar "$BATS_TEST_TMPDIR/x.tar"
	succeeds sd-image import "$BATS_TEST_TMPDIR/x.tar" x -c 'CMD ["a", "b c"]' -c 'ENTRYPOINT ["/e"]' \
		-c 'ENV A=1 B="two words" C=a\ b' -c 'env D  old form' -c 'ENV A=2' -c 'WORKDIR /w' \
		-c 'WORKDIR sub' -c 'USER 5:6' -c 'EXPOSE 80 53/udp 8000-8010' -c 'LABEL k.x="a b" l=' \
		-c 'VOLUME ["/v"]' -c 'VOLUME /a /..b' -c 'STOPSIGNAL SIGINT' -m 'why' --platform linux/arm64/v8
	equal "$(sd-image inspect x | jq -cS '.[0].Config')" "$(jq -cS . <<-'END'
		{"Cmd":["a","b c"],"Entrypoint":["/e"],"Env":["A=2","B=two words","C=a b","D=old form"],
		"WorkingDir":"/w/sub","User":"5:6","ExposedPorts":{"80/tcp":{},"53/udp":{},"8000-8010/tcp":{}},
		"Labels":{"k.x":"a b","l":""},"Volumes":{"/v":{},"/a":{},"/..b":{}},"StopSignal":"SIGINT"}
	END
	)"
	equal "$(sd-image inspect x | jq -r '.[0] | .Comment + " " + .Architecture')" "why arm64"
	succeeds sd-image import "$BATS_TEST_TMPDIR/x.tar" x -c 'CMD echo $HOME' -c 'cmd=echo "a  b"'
	equal "$(sd-image inspect x | jq -c '.[0].Config.Cmd')" '["/bin/sh","-c","echo \"a  b\""]'
	equal "$(sd-image inspect x | jq -r '.[0].Comment')" "Imported from $BATS_TEST_TMPDIR/x.tar"
}

@test "import: a bad option is one line, and nothing is created" {
	small_tar "$BATS_TEST_TMPDIR/x.tar"
	imp() { refuses "$1" sd-image import "$BATS_TEST_TMPDIR/x.tar" x "${@:2}"; }
	imp "unknown instruction (hint: CMD ENTRYPOINT" -c 'RUN true'
	imp "unknown instruction" -c ''
	imp "CMD needs a value" -c 'CMD'
	imp "'B' is not NAME=VALUE" -c 'ENV A=1 B'
	imp "a quote \" is not closed" -c 'ENV A="1'
	imp "--change 'EXPOSE 0': port" -c 'EXPOSE 0'
	imp "port" -c 'EXPOSE 9-8'
	imp "protocol is none of tcp, udp, sctp" -c 'EXPOSE 1/icmp'
	for path in etc /../../etc /a/.. /..a/../b; do
		imp "'$path' is not an absolute path without .." -c "VOLUME [\"$path\"]"
	done
	imp "STOPSIGNAL" -c 'STOPSIGNAL SIGNONE'
	imp "not UTF-8" -c $'ENV A=\xff'
	imp "not UTF-8" -m $'\xff'
	imp "--platform 'amd64': not OS/ARCHITECTURE" --platform amd64
	imp "only linux runs here" --platform windows/amd64
	imp "unknown option '--none'" --none
	[ ! -e "$SDOCKER_ROOT/images" ]
}

@test "import: the old image of a name stays without one, and gc removes it" {
	import_x
	first=$output
	small_tar "$BATS_TEST_TMPDIR/y.tar" other
	succeeds sd-image import "$BATS_TEST_TMPDIR/y.tar" x
	second=$output
	equal "$(sd-image ls --json | jq -r 'map(.id) | sort | join(" ")')" \
		"$(printf '%s\n' "$first" "$second" | sort | paste -sd' ')"
	equal "$(lookup x id)" "$second"
	equal "$(sd-image inspect "${first:7:12}" | jq -r '.[0].Id')" "$first"
	equal "$(blobs)" 6
	succeeds sd-image gc
	equal "$(blobs)" 3
	equal "$(find "$SDOCKER_ROOT/layers" -mindepth 1 -maxdepth 1 | wc -l)" 1
	succeeds sd-image verify
}

@test "import: without a name, known by its id" {
	small_tar "$BATS_TEST_TMPDIR/x.tar"
	succeeds sd-image import "$BATS_TEST_TMPDIR/x.tar"
	id=$output
	succeeds sd-image ls
	[[ ${lines[1]} =~ ^"<none>"\ +"<none>"\ +${id:7:12} ]]
	succeeds sd-image tag "${id:7:12}" named
	equal "$(sd-image ls --json | jq -r '.[].name')" named:latest
}

@test "import: many at once, all are there" {
	local i pids=()
	small_tar "$BATS_TEST_TMPDIR/x.tar"
	for i in {1..10}; do
		sd-image import "$BATS_TEST_TMPDIR/x.tar" "image$((i / 2))" >/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	equal "$(sd-image ls --json | jq '[.[].name | select(.)] | length')" 6
	equal "$(sd-image ls --json | jq length)" 10
	succeeds sd-image verify
}

@test "import: killed at any moment, the store is readable and the next import cleans up" {
	import_x
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	sd-image import "$BATS_TEST_TMPDIR/fifo" y &
	pid=$!
	exec 9>"$BATS_TEST_TMPDIR/fifo"
	head -c 200000 /dev/zero >&9
	eventually half_written
	# A removal meanwhile takes the name away, and leaves contents that the import may refer to.
	succeeds sd-image rm x
	equal "$(sd-image ls -q)" ""
	equal "$(blobs)" 3
	refuses "an import into the image store is at work" sd-image gc
	kill -KILL $pid
	wait $pid || true
	exec 9>&-
	half_written
	succeeds sd-image verify
	import_x
	run ! half_written
	succeeds sd-image verify
	succeeds sd-image gc
	equal "$(blobs)" 3
}

@test "the index is locked while it is changed, and only then" {
	import_x
	exec 8>"$SDOCKER_ROOT/images/.lock"
	flock 8
	for verb in "tag x y" "rm x" "import $BATS_TEST_TMPDIR/x.tar y" gc; do
		# shellcheck disable=SC2086 # words
		run timeout 0.2 sd-image $verb
		equal "$status" 124
	done
	equal "$(lookup x name)" x:latest
	equal "$(sd-image ls -q | wc -l)" 1
	exec 8>&-
	succeeds sd-image verify
}

@test "import: an sd-layer that fails or lies is not believed" {
	import_x
	mkdir "$BATS_TEST_TMPDIR/bin"
	cp "$SD_BUILD/bin/sd-image" "$BATS_TEST_TMPDIR/bin"
	before=$(cd "$SDOCKER_ROOT" && find . | sort)
	fake() {
		printf '#!/bin/sh\n%s\n' "$2" >"$BATS_TEST_TMPDIR/bin/sd-layer"
		chmod +x "$BATS_TEST_TMPDIR/bin/sd-layer"
		refuses "$1" "$BATS_TEST_TMPDIR/bin/sd-image" import "$BATS_TEST_TMPDIR/x.tar" y || return 1
		equal "$(cd "$SDOCKER_ROOT" && find . | sort)" "$before"
	}
	digest=sha256:$(printf '0%.0s' {1..64})
	fake "sd-layer read 5 of the layer's 10240 bytes" \
		"echo '{\"diffId\":\"$digest\",\"digest\":\"$digest\",\"size\":5}'"
	fake "answer of sd-layer unpack: no digests" \
		'echo "{\"diffId\":\"../../x\",\"digest\":\"x\",\"size\":10240}"'
	fake "answer of sd-layer unpack" 'echo nonsense'
	fake "sd-layer: what it says" 'echo "sd-layer: what it says" >&2; exit 125'
	fake "sd-layer was killed by signal 9" 'kill -KILL $$'
	rm "$BATS_TEST_TMPDIR/bin/sd-layer"
	refuses "run sd-layer: No such file or directory" \
		"$BATS_TEST_TMPDIR/bin/sd-image" import "$BATS_TEST_TMPDIR/x.tar" y
}

@test "import: a full disk is said, and leaves the store as it was" {
	mkdir -p "$SDOCKER_ROOT"
	mount -t tmpfs -o size=600k tmpfs "$SDOCKER_ROOT"
	import_x
	before=$(cd "$SDOCKER_ROOT" && find . | sort)
	refuses "write to the image store: No space left on device" sd-image import /bin/busybox y
	xz -0c /bin/busybox >"$BATS_TEST_TMPDIR/b.xz"
	refuses "write to the image store: No space left on device" sd-image import "$BATS_TEST_TMPDIR/b.xz" y
	equal "$(cd "$SDOCKER_ROOT" && find . | sort)" "$before"
	succeeds sd-image verify
	umount "$SDOCKER_ROOT"
}

@test "rm and import at once: what is named is whole" {
	local i
	small_tar "$BATS_TEST_TMPDIR/x.tar"
	for i in {1..8}; do
		sd-image import "$BATS_TEST_TMPDIR/x.tar" "i$i" >/dev/null
		sd-image rm "i$i" >/dev/null
	done &
	for i in {1..8}; do sd-image import "$BATS_TEST_TMPDIR/x.tar" "j$i" >/dev/null; done
	wait $!
	equal "$(sd-image ls -q | wc -l)" 8
	succeeds sd-image verify
	succeeds sd-image gc
	succeeds sd-image verify
}

@test "provide: the embedded busybox, once, however many ask" {
	local i pids=()
	for i in {1..10}; do
		sd-image provide busybox &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i"; done
	equal "$(sd-image ls --json | jq length)" 1
	equal "$(sd-image inspect busybox | jq -c '.[0].Config')" \
		'{"Cmd":["sh"],"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}'
	fs=$SDOCKER_ROOT/layers/$(lookup busybox 'layers[0]' | cut -c8-)/fs
	equal "$(stat -c '%a %u' "$fs" "$fs/tmp" "$fs/root" "$fs/etc/shadow" | paste -sd,)" \
		"755 0,1777 0,700 0,600 0"
	equal "$(chroot "$fs" /bin/sh -c 'whoami; ls /usr/bin/env /sbin/init >/dev/null && echo ok' | paste -sd,)" root,ok
	id=$(lookup busybox id)
	succeeds sd-image provide docker.io/library/busybox:latest
	equal "$output" ""
	equal "$(lookup busybox id)" "$id"
	equal "$(find "$SDOCKER_ROOT/images" -name '.new-*')" ""
}

@test "provide: what is not embedded is not in the store" {
	for name in none busybox:1 a/busybox ../busybox example.com/busybox; do
		run --separate-stderr sd-image provide "$name"
		[ "$status" = 125 ] && [ "${#stderr_lines[@]}" = 1 ] || { show_run; return 1; }
	done
	refuses "image 'none' is not in the store (hint: 'sdocker import FILE none'" sd-image provide none
	refuses "image 'busybox:1' is not in the store" sd-image provide busybox:1
}

@test "provide: unpacks what another tool has copied into the store" {
	import_x
	diff=$(lookup x 'layers[0]')
	run skopeo copy "oci:$SDOCKER_ROOT/images:x:latest" "docker-archive:$BATS_TEST_TMPDIR/x.archive:y:1"
	succeeds sd-image rm x
	[ ! -e "$SDOCKER_ROOT/layers/${diff#sha256:}" ]
	run skopeo copy "docker-archive:$BATS_TEST_TMPDIR/x.archive" "oci:$SDOCKER_ROOT/images:y:1"
	[ "$status" = 0 ]
	run --separate-stderr sd-image verify
	equal "$status" 1
	contains "$output" "y:1: layer $diff is not unpacked (hint: sd-image provide y:1)"
	succeeds sd-image provide y:1
	equal "$(cat "$SDOCKER_ROOT/layers/${diff#sha256:}/fs/etc/motd")" hello
	succeeds sd-image verify
}

@test "commit: parent, layer and history become an image" {
	import_x
	parent=$(lookup x manifest)
	small_tar "$BATS_TEST_TMPDIR/diff.tar" changed
	succeeds sd-image commit --parent "$parent" -m 'a change' -a 'Ada <ada@example.com>' \
		-c 'CMD ["new"]' child:2 <"$BATS_TEST_TMPDIR/diff.tar"
	equal "$(lookup child:2 id)" "$output"
	equal "$(lookup child:2 'layers | length')" 2
	equal "$(lookup child:2 'layers[0]')" "$(lookup x 'layers[0]')"
	equal "$(sd-image inspect child:2 | jq -c '.[0] | [.Author, .Config.Cmd]')" \
		'["Ada <ada@example.com>",["new"]]'
	equal "$(blob "$(lookup child:2 id)" | jq -c '.history | map(.comment)')" \
		"[\"Imported from $BATS_TEST_TMPDIR/x.tar\",\"a change\"]"
	run skopeo inspect "oci:$SDOCKER_ROOT/images:child:2"
	[ "$status" = 0 ]
	# The parent's layer is shared: it stays for the child.
	succeeds sd-image rm x
	succeeds sd-image verify
	refuses "image 'none' is not in the store" sd-image commit --parent none c <"$BATS_TEST_TMPDIR/diff.tar"
	refuses "image name 'C': must be lower case" sd-image commit C <"$BATS_TEST_TMPDIR/diff.tar"
}

@test "commit: an empty input fails silently, the tool before has said why" {
	run --separate-stderr sd-image commit x </dev/null
	equal "$status:$output:$stderr" 125::
}

@test "commit: ENTRYPOINT takes the inherited CMD away" {
	small_tar "$BATS_TEST_TMPDIR/x.tar"
	succeeds sd-image import "$BATS_TEST_TMPDIR/x.tar" x -c 'CMD ["a"]'
	succeeds sd-image commit --parent x -c 'ENTRYPOINT ["e"]' y <"$BATS_TEST_TMPDIR/x.tar"
	equal "$(sd-image inspect y | jq -c '.[0].Config')" '{"Entrypoint":["e"]}'
	succeeds sd-image commit --parent x -c 'CMD ["b"]' -c 'ENTRYPOINT ["e"]' y <"$BATS_TEST_TMPDIR/x.tar"
	equal "$(sd-image inspect y | jq -cS '.[0].Config')" '{"Cmd":["b"],"Entrypoint":["e"]}'
}

@test "ls: a table, ids, JSON, one name" {
	succeeds sd-image ls
	[[ $output =~ ^REPOSITORY\ +TAG\ +IMAGE\ ID\ +CREATED\ +SIZE$ ]]
	import_x
	succeeds sd-image tag x example.com:5000/y:1
	id=$(lookup x id)
	succeeds sd-image ls
	equal "${#lines[@]}" 3
	[[ $output =~ example.com:5000/y\ +1\ +${id:7:12} ]]
	succeeds sd-image ls -q --no-trunc x
	equal "$output" "$id"
	succeeds sd-image ls --digests x:latest
	contains "${lines[1]}" "$(lookup x manifest)"
	succeeds sd-image ls -q x:1
	equal "$output" ""
	refuses "must be lower case" sd-image ls X
}

@test "ls --filter, --format: docker's keys and fields" {
	small_tar "$BATS_TEST_TMPDIR/x.tar"
	sd-image import --change 'LABEL of=test' "$BATS_TEST_TMPDIR/x.tar" x >/dev/null
	sd-image tag x example.com:5000/y/z:1
	equal "$(sd-image ls --format '{{.Repository}} {{.Tag}} {{.Label "of"}}' | sort)" \
		$'example.com:5000/y/z 1 test\nx latest test'
	for filter in reference=x reference='?:l*' reference=x:latest label=of label=of=test dangling=false; do
		contains "$(sd-image ls -f "$filter" --format '{{.Repository}}')" x
	done
	for filter in reference='example*' reference=y label=of=x label=no dangling=true before=x since=x; do
		equal "$(sd-image ls -q -f "$filter")" ""
	done
	equal "$(sd-image ls -f 'reference=*/y/z' -f reference=none --format '{{.Tag}}')" 1
	equal "$(sd-image ls -f reference=x -f label=no -q)" ""
	equal "$(sd-image ls --format json x | jq -c '[.ID, .Tag, .Digest, .Size, .Containers]')" \
		"[\"$(lookup x id | cut -c 8-19)\",\"latest\",\"$(lookup x manifest)\",\"$(sd-image ls --format '{{.Size}}' x)\",\"N/A\"]"
	[[ $(sd-image ls --format '{{.CreatedAt}}|{{.CreatedSince}}' x) =~ ^20[0-9-]+\ [0-9:]+\ \+0000\ UTC\|.*ago$ ]]
	equal "$(sd-image ls --format 'table {{.Tag}}\t{{.ID}}' | head -1)" "TAG      IMAGE ID"
	equal "$(sd-image ls --format table x)" "$(sd-image ls x)"
	refuses "'x=y' is not KEY=VALUE of a known key (hint: before, dangling, label, reference, since)" sd-image ls -f x=y
	refuses "'dangling=2' is neither true nor false" sd-image ls -f dangling=2
	refuses "image 'none' is not in the store" sd-image ls -f since=none
	refuses "can't evaluate field Nope" sd-image ls --format '{{.Nope}}'
}

@test "an image is found by name, digest, name@digest, and a prefix of its id" {
	import_x
	id=$(lookup x id) manifest=$(lookup x manifest)
	for name in x x:latest docker.io/library/x "$id" "${id#sha256:}" "${id:7:12}" "${id:7:3}" \
		"$manifest" "x@$manifest"; do
		succeeds sd-image inspect "$name"
		equal "$(jq -r '.[0].Id' <<<"$output")" "$id"
	done
	equal "$(jq -r '.[0].RepoDigests[0]' <<<"$output")" "x@$manifest"
	refuses_with 1 "image 'y@$manifest' is not in the store" sd-image inspect "y@$manifest"
	refuses_with 1 "image 'x@$id' is not in the store" sd-image inspect "x@$id"
	refuses_with 1 "image '${id:7:2}' is not in the store" sd-image inspect "${id:7:2}"
}

@test "tag: a second name of the same image; a name moves" {
	import_x
	succeeds sd-image tag x y:1
	equal "$(lookup y:1 id)" "$(lookup x id)"
	succeeds sd-image tag x y:1
	equal "$(sd-image ls -q | wc -l)" 2
	small_tar "$BATS_TEST_TMPDIR/z.tar" z
	succeeds sd-image import "$BATS_TEST_TMPDIR/z.tar" z
	succeeds sd-image tag z y:1
	equal "$(lookup y:1 id)" "$(lookup z id)"
	equal "$(sd-image ls -q | wc -l)" 3
	refuses "image 'none' is not in the store" sd-image tag none y
	refuses "must be lower case" sd-image tag x Y
	equal "$(sd-image inspect z | jq -c '.[0].RepoTags | sort')" '["y:1","z:latest"]'
}

@test "rm: a name, then the image with its last one" {
	import_x
	succeeds sd-image tag x y
	id=$(lookup x id)
	refuses "has 2 names (hint: name one of them, or --force for all)" sd-image rm "${id:7:12}"
	succeeds sd-image rm x
	equal "$output" "Untagged: x:latest"
	equal "$(blobs)" 3
	succeeds sd-image rm "${id:7:12}"
	equal "$output" "Untagged: y:latest"$'\n'"Deleted: $id"
	equal "$(blobs)" 0
	equal "$(ls -A "$SDOCKER_ROOT/layers")" ""
	refuses "image 'x' is not in the store" sd-image rm x
	import_x
	succeeds sd-image tag x y
	succeeds sd-image rm -f "$(lookup x manifest)"
	equal "$(sd-image ls -q)" ""
}

@test "rm: an image that a container uses stays; by force its layers do" {
	import_x
	manifest=$(lookup x manifest) layer=$(lookup x 'layers[0]')
	mkdir -p "$SDOCKER_ROOT/containers/c1"
	document c1 | jq -c --arg m "$manifest" --arg l "$layer" \
		'.image = {name: "x", manifest: $m, layers: [$l]}' >"$SDOCKER_ROOT/containers/c1/state.json"
	refuses "remove image 'x': Device or resource busy (hint: container test_c1 uses it" sd-image rm x
	succeeds sd-image tag x y
	succeeds sd-image rm x
	refuses "container test_c1 uses it" sd-image rm y
	succeeds sd-image rm -f y
	equal "$(blobs)" 0
	[ -d "$SDOCKER_ROOT/layers/${layer#sha256:}/fs" ]
	succeeds sd-image gc
	[ -d "$SDOCKER_ROOT/layers/${layer#sha256:}/fs" ]
	# A record that cannot be read may use any layer.
	echo '{' >"$SDOCKER_ROOT/containers/c1/state.json"
	refuses "no layer was removed: a container's record is unreadable" sd-image gc
	[ -d "$SDOCKER_ROOT/layers/${layer#sha256:}/fs" ]
	rm -r "$SDOCKER_ROOT/containers"
	succeeds sd-image gc
	[ ! -e "$SDOCKER_ROOT/layers/${layer#sha256:}" ]
}

@test "verify: a byte that has changed is found" {
	import_x
	succeeds sd-image verify
	printf x >>"$SDOCKER_ROOT/images/blobs/sha256/$(blob "$(lookup x manifest)" | jq -r '.layers[0].digest[7:]')"
	run --separate-stderr sd-image verify
	equal "$status" 1
	contains "$output" "its content has the digest sha256:"
}

@test "hostile index: one line that names the member, and nothing outside is read" {
	import_x
	bad() {
		cp "$SDOCKER_ROOT/images/index.json" "$BATS_TEST_TMPDIR/good"
		hostile "$2" index
		refuses "$1" sd-image ls || return 1
		cp "$BATS_TEST_TMPDIR/good" "$SDOCKER_ROOT/images/index.json"
	}
	bad "index.json: manifests: missing" 'del(.manifests)' || return 1
	bad "index.json: manifests: expected an array" '.manifests = {}'
	bad "index.json: schemaVersion: not 2" '.schemaVersion = 1'
	bad "index.json: mediaType: 'text/plain' where application/vnd.oci.image.index.v1+json was expected" \
		'.mediaType = "text/plain"'
	bad "index.json: layers: does not belong into" '.layers = []'
}

@test "hostile entries: broken ones are said and do not hide the others" {
	import_x
	succeeds sd-image tag x good
	entry() {
		cp "$SDOCKER_ROOT/images/index.json" "$BATS_TEST_TMPDIR/good"
		hostile "$2" index
		run --separate-stderr sd-image ls
		[ "$status" = 125 ] && [ "${#stderr_lines[@]}" = 1 ] && [[ $stderr == *"$1"* ]] &&
			[[ $output == *good* ]] || { show_run; return 1; }
		succeeds sd-image inspect good || return 1
		cp "$BATS_TEST_TMPDIR/good" "$SDOCKER_ROOT/images/index.json"
	}
	entry "index.json: manifests[0].digest: '../../../../etc/passwd' is not sha256: and 64 hex digits" \
		'.manifests[0].digest = "../../../../etc/passwd"'
	entry "manifests[0].digest: 'sha256:../../x' is not" '.manifests[0].digest = "sha256:../../x"'
	entry "manifests[0].digest: missing" 'del(.manifests[0].digest)'
	entry "manifests[0].digest: expected a string" '.manifests[0].digest = 1'
	entry "manifests[0].annotations: expected an object" '.manifests[0].annotations = []'
	entry "an index of several platforms" \
		'.manifests[0].mediaType = "application/vnd.oci.image.index.v1+json"'
	entry "No such file or directory" ".manifests[0].digest = \"sha256:$(printf '0%.0s' {1..64})\""
}

@test "rm: a broken image, by its name and by its digest" {
	import_x
	succeeds sd-image tag x other
	manifest=$(lookup x manifest)
	hostile '.manifests[0].mediaType = "application/vnd.oci.image.index.v1+json"' index
	refuses "an index of several platforms" sd-image inspect x
	succeeds sd-image rm x
	equal "$output" "Untagged: x:latest"
	echo 1 >"$SDOCKER_ROOT/images/blobs/sha256/${manifest#sha256:}"
	succeeds sd-image rm "${manifest#sha256:}"
	equal "$output" "Untagged: other:latest"$'\n'"Deleted: $manifest"
	succeeds sd-image gc
	equal "$(blobs)" 0
	equal "$(ls -A "$SDOCKER_ROOT/layers")" ""
}

@test "hostile manifests and configs: one line that names the member" {
	local where
	for where in manifest config; do
		while IFS='|' read -r text filter; do
			rm -rf "$SDOCKER_ROOT/images"
			import_x
			hostile "$filter" $where
			refuses "$text" sd-image inspect x
		done <"$BATS_TEST_DIRNAME/sd-image.$where"
	done
}

@test "hostile blobs: a FIFO, a directory, a link and no JSON are refused and never waited for" {
	import_x
	file=$SDOCKER_ROOT/images/blobs/sha256/$(lookup x manifest | cut -c8-)
	rm "$file"; mkfifo "$file"
	refuses "not a regular file" sd-image inspect x
	rm "$file"; mkdir "$file"
	refuses "not a regular file" sd-image inspect x
	rmdir "$file"; echo '{"a"' >"$file"
	run --separate-stderr sd-image inspect x
	[ "$status" = 125 ] && [ "${#stderr_lines[@]}" = 1 ] || { show_run; return 1; }
	truncate -s 17M "$file"
	refuses "more than 16777216 bytes" sd-image inspect x
}

@test "hostile parent: members of wrong types are refused by commit" {
	small_tar "$BATS_TEST_TMPDIR/diff.tar" changed
	for filter in '.config = "x"' '.history = {}' '.config.Env = {}' '.config.Labels = []' '.config.Volumes = 1'; do
		rm -rf "$SDOCKER_ROOT/images"
		import_x
		hostile "$filter" config
		refuses "expected an" sd-image commit --parent x -c 'ENV A=1' -c 'LABEL a=b' -c 'VOLUME /v' y \
			<"$BATS_TEST_TMPDIR/diff.tar"
	done
}

@test "inspect: those that are there, by a template, and what sd-state has found" {
	x=$BATS_TEST_TMPDIR/x
	mkdir "$x"
	tar -C "$x" -cf "$x.tar" .
	sd-image import "$x.tar" x >/dev/null
	equal "$(sd-image inspect -f '{{.RepoTags}} {{.Os}}' x)" "[x:latest] linux"
	equal "$(sd-image inspect --format json x x | jq -r '.Os' | xargs)" "linux linux"
	run --separate-stderr sd-image inspect -f '{{.Os}}' no x
	equal "$status" 1
	equal "$output" linux
	contains "$stderr" "image 'no' is not in the store"
	equal "$(echo '[{"Os":"other"},null]' | sd-image inspect --fill -f '{{.Os}}' c x | xargs)" "other linux"
	run --separate-stderr sd-image inspect --fill -f '{{.Os}}' c NO x <<<'[{"Os":"other"},null,null]'
	equal "$status" 1
	equal "$output" $'other\nlinux'
	equal "$stderr" "sd-image: no such object: NO"
	sd_run sd-image inspect --fill c x <<<'[false,null]'
	equal "$status" 125
	equal "$(jq length <<<"$output")" 1
	equal "$stderr" ""
	refuses "not an array with 2 elements" sd-image inspect --fill c x <<<'[null]'
	refuses "column 3: the end" sd-image inspect -f '{{' x
	refuses "can't evaluate field Nope" sd-image inspect -f '{{.Nope}}' x
}
