# requires: root
#
# Every command shown in the README and the EXAMPLES of the man pages works, from the first of a
# page to its last, in one shell.
load ../helper/common
load conform

# shows_what_works FILE...
shows_what_works() {
	local file script
	for file; do
		script=$BATS_TEST_TMPDIR/${file##*/}
		mkdir -p "$script.d"
		"$SD_REPO/tests/helper/examples" "$file" >"$script"
		(cd "$script.d" && timeout 60 bash -exo pipefail "$script") </dev/null >"$script.log" 2>&1 ||
			complain "${file##*/}: exit $?: $(tail -n 5 "$script.log" | tr '\n' '|')"
		sdocker ps --all --quiet | xargs -r sdocker rm --force >/dev/null
	done
}

@test "README.md" {
	shows_what_works "$SD_REPO/README.md"
	verdict
}

@test "sdocker(7), sd-exit(7)" {
	shows_what_works "$SD_REPO"/share/man/*.7
	verdict
}

@test "the pages of the programs" {
	shows_what_works "$SD_REPO"/share/man/*.1
	verdict
}
