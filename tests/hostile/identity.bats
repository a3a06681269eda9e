#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# Who the container's program is, on each of the ways into a container.

load ../helper/common
load hostile

sets='grep ^Cap /proc/self/status | while read -r k v; do printf "%s%x " $k 0x$v; done; grep ^Groups /proc/self/status | xargs'

# ways [OPTION]...: what $sets says after run, after create and start, after a second start, and
# in a process that enters.
ways() {
	sdocker run --network none --rm "$@" evil sh -c "$sets"
	sdocker create --network none --name c "$@" evil sh -c "$sets" >/dev/null
	sdocker start -a c
	sdocker start -a c
	sdocker rm c >/dev/null
	sdocker run --network none -d --name d "$@" evil sleep 1000 >/dev/null
	sd-state get d | jq -c --arg sets "$sets" '.config.process.args = ["sh", "-c", $sets]' |
		sd-confine compile >"$BATS_TEST_TMPDIR/document"
	SD_FDS=state=9,filter=7 sd-nsenter -- sd-confine 9<"$BATS_TEST_TMPDIR/document" \
		7<"$(jq -r .seccomp.filter "$BATS_TEST_TMPDIR/document")"
	sdocker rm -f d >/dev/null
}

# same TEXT COMMAND [ARG]...: each line of the four is TEXT.
same() {
	local text=$1 out
	shift
	out=$("$@")
	equal "$(wc -l <<<"$out")" 4
	equal "$(sort -u <<<"$out")" "$text"
}

# CVE-2022-24769, CVE-2022-27649, CVE-2022-27650, CVE-2022-27651, CVE-2022-29162
@test "inheritable and ambient capabilities are empty on every way into a container" {
	hostile_image evil
	same "CapInh:0 CapPrm:a80425fb CapEff:a80425fb CapBnd:a80425fb CapAmb:0 Groups: 0 10" ways
	same "CapInh:0 CapPrm:0 CapEff:0 CapBnd:a80425fb CapAmb:0 Groups: 1000" ways -u 1000:1000
	same "CapInh:0 CapPrm:2000 CapEff:2000 CapBnd:2000 CapAmb:0 Groups: 0 10" \
		ways --cap-drop ALL --cap-add NET_RAW
	# A file with inheritable capabilities gives an ordinary user nothing.
	cp /bin/busybox "$BATS_TEST_TMPDIR/busybox"
	setcap cap_net_raw,cap_dac_override+ei "$BATS_TEST_TMPDIR/busybox"
	sd_run sdocker run --network none --rm -u 1000 -v "$BATS_TEST_TMPDIR/busybox:/busybox" evil /busybox sh -c "$sets"
	contains "$output" "CapInh:0 CapPrm:0 CapEff:0"
}

# CVE-2016-8867
@test "capabilities that are added do not reach a user who is not root" {
	hostile_image evil
	same "CapInh:0 CapPrm:0 CapEff:0 CapBnd:a82425fb CapAmb:0 Groups: 1000" \
		ways -u 1000:1000 --cap-add SYS_ADMIN
	sd_run sdocker run --network none --rm -u 1000 --privileged evil sh -c "$sets"
	contains "$output" "CapInh:0 CapPrm:0 CapEff:0"
	contains "$output" "CapAmb:0"
}

# CVE-2022-2989, CVE-2022-2990, CVE-2022-2995, CVE-2022-36109, CVE-2023-25173
@test "groups are the image's with the primary one among them, on every way in" {
	mkdir "$LAYER/etc"
	printf 'root:x:0:\nstaff:x:50:alice\nshut:x:66:alice\nalice:x:1000:\n' >"$LAYER/etc/group"
	printf 'root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:/bin/sh\n' >"$LAYER/etc/passwd"
	hostile_image evil
	for user in alice 1000; do
		sd_run sdocker run --network none --rm -u $user evil id -G
		equal "$output" "1000 50 66"
	done
	same "CapInh:0 CapPrm:0 CapEff:0 CapBnd:a80425fb CapAmb:0 Groups: 50 66 1000" ways -u alice
	sd_run sdocker run --network none --rm -u 1000:50 --group-add shut evil id -G
	equal "$output" "50 66"
	# The caller's own groups stay outside.
	sd_run setpriv --groups 1234 -- sdocker run --network none --rm -u 2000:2000 evil id -G
	equal "$output" 2000
	# A file for all but a group.
	sd_run sdocker run --network none --rm evil sh -c 'echo x >/f; chown 0:66 /f; chmod 604 /f; su alice -c "cat /f" 2>&1'
	contains "$output" "Permission denied"
}

# CVE-2026-30892, CVE-2024-40635, CVE-2026-46680
@test "a user that is no id and no name is root nowhere, from the command line and the image" {
	mkdir "$LAYER/etc"
	for name in +1 -1 4294967295 4294967296 2147483648 18446744073709551616; do
		echo "$name:x:0:0::/:/bin/sh" >>"$LAYER/etc/passwd"
		echo "$name:x:0:" >>"$LAYER/etc/group"
	done
	hostile_image evil
	while IFS='|' read -r user text; do
		refuses "$text" sdocker run --network none --rm -u "$user" evil id
		tar -C "$LAYER" -c . | sd-image commit --parent busybox -c "USER $user" owned >/dev/null
		refuses "$text" sdocker run --network none --rm owned id
	done <<-'END'
		+1|user '+1': neither a name nor a number
		-1|user '-1': neither a name nor a number
		4294967295|user '4294967295': ids are 0 to 2147483647
		4294967296|user '4294967296': ids are 0 to 2147483647
		2147483648:|ids are 0 to 2147483647
		18446744073709551616|ids are 0 to 2147483647
		1:4294967296|group '4294967296': ids are 0 to 2147483647
		1:-1|group '-1': neither a name nor a number
		1:+1|group '+1': neither a name nor a number
		:1|the name of the user is empty
		1:|the name of the group is empty
		1:1:1|group '1:1': neither a name nor a number
		007|user '007': a number must not start with 0
		0x0|unable to find user 0x0
	END
	# A number is that number, though the image has a user of that name.
	echo "7:x:0:0::/:/bin/sh" >>"$LAYER/etc/passwd"
	hostile_image evil
	sd_run sdocker run --network none --rm -u 7 evil id -u
	equal "$output" 7
}
