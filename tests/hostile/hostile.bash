# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# hostile - what the attacks have in common: a canary on the host, and images that go for it.

# The canary's every name, type, mode, owner, link, time and content; and what a mount or a
# remount on the host would change.
canary_state() {
	(cd "$CANARY" && find . -printf '%p %y %m %U:%G %n %s %l %T@ %C@\n' | sort &&
		find . -type f -exec sha256sum {} + | sort)
	awk -v own="$SDOCKER_ROOT" '$5 != own { print $5, $6, $9 }' /proc/self/mountinfo
}

hostile_setup() {
	sd_setup
	CANARY=$BATS_TEST_TMPDIR/canary
	LAYER=$BATS_TEST_TMPDIR/layer
	mkdir -p "$CANARY"/{sub,new,etc} "$LAYER"
	echo alive | tee "$CANARY"/{file,sub/file,etc/passwd,hosts} >/dev/null
	ln -s file "$CANARY/link"
	chmod 600 "$CANARY/file"
	CANARY_STATE=$(canary_state)
}

# Racers and containers end, then the canary must be as it was, and nothing be left.
hostile_teardown() {
	local id pid
	for pid in $(jobs -p); do kill "$pid" 2>/dev/null || :; done
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	equal "$(canary_state)" "$CANARY_STATE"
	sd_teardown
}

setup() { hostile_setup; }
teardown() { hostile_teardown; }

# hostile_image NAME [OPTION]...: busybox with the files of $LAYER as its uppermost layer.
hostile_image() {
	local name=$1
	shift
	sd-image provide busybox
	tar -C "$LAYER" -c . | sd-image commit --parent busybox "$@" "$name" >/dev/null
}

# with_probe: tests/helper/probe is /probe of the images made from now on.
with_probe() { cp "$SD_BUILD/tests/helper/probe" "$LAYER/probe"; }

# race DIR A B: exchange the two names from now on; race_ends says that it did.
race() {
	"$SD_BUILD/tests/helper/swap" "$@" >"$BATS_TEST_TMPDIR/swaps" 3>&- &
	RACER=$!
}

race_ends() {
	kill "$RACER"
	wait "$RACER"
	[ "$(cat "$BATS_TEST_TMPDIR/swaps")" -gt 1000 ] || { echo "# hardly a race"; return 1; }
}

# endures COMMAND [ARG]...: it works inside the container, or is refused in one line; anything
# else (a crash, an error without words) is a fault.
endures() {
	run --separate-stderr "$@"
	# shellcheck disable=SC2154 # set by run
	[ "$status" = 0 ] || { [ "$status" = 125 ] && [ "${#stderr_lines[@]}" = 1 ]; } || {
		printf '# %s\n# expected: exit 0, or 125 with one line\n' "$*"
		show_run
		return 1
	}
}
