#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# SECURITY.md names a test for each attack, and each test of tests/hostile that is an attack.
load ../helper/common
load conform

# "FILE<tab>TEST" of each row.
named() { sed -n 's/^| .*| `\(tests\/[^`]*\.bats\)`: \(.*\) |$/\1\t\2/p' "$SD_REPO/SECURITY.md"; }

@test "each test that SECURITY.md names exists" {
	[ "$(named | wc -l)" -gt 40 ]
	equal "$(grep -c '^| .*bats' "$SD_REPO/SECURITY.md")" "$(named | wc -l)"
	while IFS=$'\t' read -r file name; do
		grep -qxF "@test \"$name\" {" "$SD_REPO/$file" || complain "$file: no test '$name'"
	done < <(named)
	verdict
}

@test "each attack of tests/hostile is in SECURITY.md" {
	while IFS= read -r line; do
		file=${line%%:*} name=${line#*:@test \"}
		named | grep -qxF "tests/hostile/${file##*/}"$'\t'"${name%\" \{}" || complain "$line"
	done < <(cd "$SD_REPO/tests/hostile" && grep '^@test' archive.bats copy.bats default.bats document.bats host.bats \
		identity.bats process.bats races.bats rootfs.bats)
	verdict
}
