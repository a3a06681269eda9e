#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# The container's processes against the runtime's own: its programs, descriptors, memory, terminal.

load ../helper/common
load hostile

# The toolkit in a directory that can be written to: whoever overwrites a program there is seen.
setup() {
	hostile_setup
	BIN=$BATS_TEST_TMPDIR/copy/bin
	mkdir -p "$BATS_TEST_TMPDIR/copy"
	cp -r "$SD_BUILD/bin" "$SD_BUILD/share" "$BATS_TEST_TMPDIR/copy"
	PATH=$BIN:$PATH
	BIN_STATE=$(cd "$BIN" && sha256sum ./*)
	with_probe
}

teardown() {
	equal "$(cd "$BIN" && sha256sum ./*)" "$BIN_STATE"
	hostile_teardown
}

pid_of() { sdocker inspect "$1" | jq '.[0].pid // .[0].State.Pid'; }

# entrant NAME: a process that has entered the container and stands in sd-confine's gate, with
# all that the toolkit has open there; $ENTRANT is its pid on the host, $INSIDE its pid inside.
entrant() {
	mkfifo "$BATS_TEST_TMPDIR/gate"
	sd-state get "$1" | jq -c '.config.process.args = ["true"]' |
		sd-confine compile >"$BATS_TEST_TMPDIR/document"
	SD_FDS=gate=8,state=9,filter=7 sd-nsenter -- sd-confine \
		8<>"$BATS_TEST_TMPDIR/gate" 9<"$BATS_TEST_TMPDIR/document" \
		7<"$(jq -r .seccomp.filter "$BATS_TEST_TMPDIR/document")" \
		>"$BATS_TEST_TMPDIR/entrant" 2>&1 3>&- &
	KEEPER=$!
	eventually pgrep -P $KEEPER -f sd-confine
	ENTRANT=$(pgrep -P $KEEPER -f sd-confine)
	# At the gate: its descriptors are closed, its privilege is given up.
	eventually grep -q 'pipe_read\|wait_for_partner\|fifo' "/proc/$ENTRANT/wchan"
	INSIDE=$(awk '/^NSpid/ { print $NF }' "/proc/$ENTRANT/status")
}

let_in() {
	echo >"$BATS_TEST_TMPDIR/gate"
	wait "$KEEPER"
}

# CVE-2019-5736
@test "an entrypoint that is /proc/self/exe gives nothing of the host's to write to" {
	printf '#!/proc/self/exe\n' >"$LAYER/evil"
	chmod 755 "$LAYER/evil"
	hostile_image evil
	sdocker run --network none -d --name inmate evil sleep 1000 >/dev/null
	# The kernel takes sd-confine for the interpreter, which runs /evil, and so on.
	sdocker run --network none -d --name exe --pid container:inmate evil /evil >/dev/null
	sdocker run --network none -d --name init --pid container:inmate --init evil sleep 1000 >/dev/null
	# Held open until it runs no more: ETXTBSY would hide that it can be written to.
	for name in exe init; do
		run sd-nsenter --container inmate -- sd-confine -- sh -c "
			pid=\$(pidof $name) && exec 5</proc/\$pid/exe || exit 3
			kill -9 \$pid && while [ -e /proc/\$pid/exe ]; do :; done
			for i in \$(seq 200); do said=\$(/probe write /proc/self/fd/5); [ \"\$said\" = 'write ETXTBSY' ] || break; done
			echo \"\$said\""
		equal "$output" "write EROFS"
	done
	run sdocker run --network none --rm --init evil sh -c 'grep -o " /dev/init r[ow]," /proc/self/mountinfo
		mount -o remount,rw /dev/init 2>/dev/null || /probe write /dev/init'
	equal "$(xargs <<<"$output")" "/dev/init ro, write ETXTBSY"
}

# CVE-2019-5736
@test "who enters a container cannot be written to through /proc/PID/exe" {
	hostile_image evil
	sdocker run --network none -d --name web evil sh -c 'sleep 1000' >/dev/null
	entrant web
	sd-nsenter --container web -- sh -c "
		/probe open /proc/$INSIDE/exe; /probe write /proc/$INSIDE/exe
		exec 5</proc/$INSIDE/exe && { echo >/tmp/held; sleep 1; echo owned >>/proc/self/fd/5; }" \
		>"$BATS_TEST_TMPDIR/attack" 2>&1 3>&- &
	attack=$!
	wait $attack || true
	let_in
	run ! grep -q "write ok" "$BATS_TEST_TMPDIR/attack"
	grep -q 'Read-only\|EROFS\|EACCES\|ETXTBSY' "$BATS_TEST_TMPDIR/attack"
}

# lurk NAME: container web, which opens what a program of that name is run from, and writes to it
# once that runs no more, in other tests neither (ETXTBSY would hide that it can be written to); /said
# has what came of it.
lurk() {
	hostile_image evil
	sdocker run --network none -d --name web --cap-add SYS_PTRACE evil sh -c '
		until p=$(grep -lsx "$1" /proc/[0-9]*/comm); do :; done
		exec 5<${p%comm}exe && >/open
		while grep -qsx "$1" $p; do :; done
		while /probe write /proc/self/fd/5 >/writing; grep -q ETXTBSY /writing; do :; done
		mv /writing /said; sleep 1000' sh "$1" >/dev/null
}

# held DOCUMENT LINK...: that link of a chain, held where it reports the child that it has forked.
held() {
	local fifo=$BATS_TEST_TMPDIR/report document=$1
	shift
	mkfifo "$fifo"
	exec 8<>"$fifo"
	dd if=/dev/zero of="$fifo" bs=4096 count=16 oflag=nonblock 2>/dev/null
	SD_FDS=state=9,report=8 "$@" 9<"$document" >/dev/null 2>&1 3>&- &
	KEEPER=$!
	eventually test -e "/proc/$(pid_of web)/root/open"
	dd if="$fifo" of=/dev/null bs=4096 count=16 2>/dev/null
	wait $KEEPER || true
	exec 8>&-
	eventually test -e "/proc/$(pid_of web)/root/said"
	cat "/proc/$(pid_of web)/root/said"
}

# CVE-2019-5736
@test "a link that forks in a container's pid namespace cannot be written to through /proc/PID/exe" {
	lurk sd-nsenter
	sd-state get web | sd-spec exec true >"$BATS_TEST_TMPDIR/document"
	run held "$BATS_TEST_TMPDIR/document" sd-cgset join -- sd-nsenter -- sd-confine
	equal "$output" "write EROFS"
}

# CVE-2019-5736
@test "by hand, too; and so is one that makes a container which joins its pid namespace" {
	lurk sd-unshare
	sdocker create --network none --name guest --pid container:web evil true >/dev/null
	sd-state get guest >"$BATS_TEST_TMPDIR/document"
	run held "$BATS_TEST_TMPDIR/document" sd-unshare -- sh -c 'kill -9 $$'
	equal "$output" "write EROFS"
	sdocker rm -f guest web >/dev/null
	rm "$BATS_TEST_TMPDIR/report"
	lurk sd-nsenter
	sd-state get web >"$BATS_TEST_TMPDIR/document"
	run held "$BATS_TEST_TMPDIR/document" sd-nsenter -- true
	equal "$output" "write EROFS"
}

# CVE-2024-21626, CVE-2016-9962
@test "exec: no descriptor of the runtime or its caller, and none as a working directory" {
	sdocker run --network none -d --name web busybox sleep 1000 >/dev/null
	exec 9<"$CANARY" 23<"$CANARY/file"
	for options in "" -i -t "-u 1000"; do
		# shellcheck disable=SC2086 # words
		sd_run sdocker exec $options web sh -c 'ls /proc/self/fd; ls -l /proc/self/fd'
		equal "$status" 0
		# 3 is the directory that ls itself reads.
		equal "$(tr -d '\r' <<<"$output" | grep -x '[0-9 ]*' | xargs -n1 | sort -nu | xargs)" "0 1 2 3"
		[[ $output != *"$CANARY"* ]]
	done
	exec 9<&- 23<&-
	for n in {3..12}; do
		refuses "sd-confine: change to the working directory /proc/self/fd/$n: " \
			sdocker exec -w "/proc/self/fd/$n" web true
	done
	exec 20<"$CANARY"
	for path in /proc/self/fd/20 /proc/self/fd/20/../..; do
		run sdocker exec -w "$path" web cat ../../../../../../../"$CANARY/file"
		[ "$status" != 0 ]
		[[ $output != *alive* ]]
	done
	exec 20<&-
}

# CVE-2016-9962, CVE-2020-14300
@test "who enters a container shows it no descriptor and no memory, and is not traced" {
	hostile_image evil
	sdocker run --network none -d --name web --cap-add SYS_PTRACE evil sleep 1000 >/dev/null
	for caps in "" SYS_PTRACE; do
		entrant web
		# The inmate's own rights: those of the container's root, not those of the entering one.
		run sd-nsenter --container web -- sd-confine --caps "${caps:-none}" -- sh -c "
			ls -l /proc/$INSIDE/fd; readlink /proc/$INSIDE/cwd /proc/$INSIDE/root
			/probe ptrace $INSIDE; /probe getfd $INSIDE 8
			/probe open /proc/$INSIDE/mem; /probe write /proc/$INSIDE/mem"
		let_in
		rm "$BATS_TEST_TMPDIR/gate"
		if [ -z "$caps" ]; then
			[[ $output != *" -> "* ]]
			equal "$(grep -c ' ok$' <<<"$output" || :)" 0
			contains "$output" "ptrace EPERM"
		fi
		# Whoever has CAP_SYS_PTRACE may look; nothing of the host is there to be seen.
		equal "$(grep -o ' -> .*' <<<"$output" | grep -v ' -> \(pipe\|socket\|anon_inode\):' |
			grep -v " -> \(/dev/null\|$BATS_TEST_TMPDIR/\(entrant\|gate\)\)" || :)" ""
	done
}

# CVE-2024-21626
@test "a working directory that is a descriptor of the runtime is refused" {
	for n in {3..12}; do
		refuses "sd-pivot: working directory: " \
			sdocker run --network none --rm -w "/proc/self/fd/$n" busybox true
	done
	exec 20<"$CANARY"
	for path in /proc/self/fd/20 /proc/self/cwd/../.. /proc/1/root /proc/self/fd/20/../..; do
		run sdocker run --network none --rm -w "$path" busybox cat ../../../../../../../"$CANARY/file"
		[ "$status" != 0 ]
		[[ $output != *alive* ]]
	done
	exec 20<&-
	hostile_image evil -c 'WORKDIR /proc/self/fd/7'
	refuses " /proc/self/fd/7" sdocker run --network none --rm evil true
	ln -s /proc/self/fd/7/../.. "$LAYER/w"
	hostile_image evil -c 'WORKDIR /w'
	refuses "working directory: " sdocker run --network none --rm evil true
}

# CVE-2024-21626, CVE-2016-9962
@test "no descriptor of the runtime or its caller is open in the container" {
	exec 9<"$CANARY" 23<"$CANARY/file"
	for options in "" --init "-i" "--init -u 1000 -v $CANARY:/v:ro"; do
		# shellcheck disable=SC2086 # words
		sd_run sdocker run --network none --rm $options busybox sh -c 'for p in 1 self $$; do ls /proc/$p/fd; done; ls -l /proc/self/fd'
		equal "$status" 0
		# 3 is the directory that ls itself reads.
		equal "$(grep -x '[0-9]*' <<<"$output" | sort -nu | xargs)" "0 1 2 3"
		[[ $output != *"$CANARY"* ]]
	done
	exec 9<&- 23<&-
}

# CVE-2017-5226, CVE-2016-2568
@test "nothing is typed into the caller's terminal" {
	hostile_image evil
	cat >"$BATS_TEST_TMPDIR/session" <<-'END'
		for n in 0 1 2; do sdocker run --network none --rm -i evil /probe tiocsti $n; sdocker run --network none --rm -i evil /probe tioclinux $n; done
		sdocker run --network none --rm -it evil sh -c '/probe tiocsti 0; tty; ls -l /dev/console | cut -c1'
		sdocker run --network none --rm evil sh -c 'exec 3<>/dev/tty && /probe tiocsti 3'
		echo end; read -rt 0 && echo typed
	END
	run script -qec "bash $BATS_TEST_TMPDIR/session" /dev/null </dev/null
	contains "$output" end
	[[ $output != *typed* ]]
	# On its own terminal a program may, where the kernel lets anyone.
	equal "$(grep -c 'tiocsti ok' <<<"$output" || :)" "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)"
	contains "$output" /dev/pts/0
	contains "$output" "can't create /dev/tty"
}

# CVE-2025-52565
@test "a terminal is the container's own, whatever the image has on its name" {
	mkdir -p "$LAYER/dev/pts"
	ln -s /proc/sys/kernel/core_pattern "$LAYER/dev/console"
	ln -s ../../../../../"$CANARY/file" "$LAYER/dev/pts/0"
	hostile_image evil
	before=$(ls /dev/pts)
	run script -qec "sdocker run --network none --rm -t evil sh -c 'tty; stat -c %t /dev/console; readlink /proc/self/fd/0; ls /dev/pts'" /dev/null
	equal "$(tr -d '\r' <<<"$output" | xargs)" "/dev/pts/0 88 /dev/pts/0 0 ptmx"
	equal "$(ls /dev/pts)" "$before"
}

# CVE-2022-1227, CVE-2019-14271
@test "no program or library of the container's runs outside of it" {
	mkdir -p "$LAYER"/{bin,usr/bin,lib/x86_64-linux-gnu}
	for name in ps xz unpigz gzip nsenter ip mount iptables ldconfig; do
		printf '#!/bin/sh\necho owned >%s/sub/owned\n' "$CANARY" >"$LAYER/usr/bin/$name"
		chmod 755 "$LAYER/usr/bin/$name"
	done
	echo "not a library" | tee "$LAYER/lib/x86_64-linux-gnu/"libnss_{files,compat,dns}.so.2 >/dev/null
	printf 'passwd: files compat dns\n' >"$BATS_TEST_TMPDIR/nsswitch"
	hostile_image evil -c "ENV LD_PRELOAD=/lib/x86_64-linux-gnu/libnss_files.so.2 PATH=/usr/bin:/bin"
	succeeds sdocker run --network none -d --name web -u nobody evil sleep 1000
	succeeds sdocker ps
	succeeds sdocker commit web x
	succeeds sd-nsenter --container web -- sd-confine -u nobody -- true
	# Static programs load nothing, wherever they stand.
	for program in "$BIN"/sd-confine "$BIN"/sd-nsenter "$BIN"/sd-init; do
		equal "$(readelf -lW "$program" | grep -c INTERP || :)" 0
	done
}
