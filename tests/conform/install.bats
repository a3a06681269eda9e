# requires: root
load ../helper/common

@test "installed it runs without an environment; uninstall leaves nothing" {
	to=$BATS_TEST_TMPDIR/to
	san=
	[[ $SD_BUILD != *-san ]] || san=1
	make -C "$SD_REPO" SAN=$san install DESTDIR="$to" PREFIX=/usr >"$BATS_TEST_TMPDIR/log" 2>&1
	succeeds env PATH=/usr/bin:/bin "$to/usr/bin/sdocker" run --rm busybox echo hello
	equal "$output" hello
	for program in "$SD_BUILD"/bin/*; do
		[ -x "$to/usr/bin/${program##*/}" ]
		[ -f "$to/usr/share/man/man1/${program##*/}.1" ]
		[ -f "$to/usr/share/bash-completion/completions/${program##*/}" ]
	done
	equal "$(grep ^Exec "$to/usr/lib/systemd/system/sdocker.service")" \
		$'ExecStart=-/usr/bin/sdocker start --all\nExecStop=/usr/bin/sdocker stop --all'
	if command -v systemd-analyze >/dev/null; then
		sed "s|/usr/bin/sdocker|$SD_BUILD/bin/sdocker|; /^Documentation/d" \
			"$to/usr/lib/systemd/system/sdocker.service" >"$BATS_TEST_TMPDIR/sdocker.service"
		succeeds systemd-analyze verify "$BATS_TEST_TMPDIR/sdocker.service"
	fi
	make -C "$SD_REPO" SAN=$san uninstall DESTDIR="$to" PREFIX=/usr >"$BATS_TEST_TMPDIR/log" 2>&1
	run find "$to" -type f
	equal "$output" ""
}
