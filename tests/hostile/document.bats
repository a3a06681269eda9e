#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the inner shell expands
#
# Documents and image configs: too deep, too large, with orders in them for the host.

load ../helper/common
load hostile

# image_config NAME JQ-FILTER: change an image's config, with new digests, as a registry's would be.
image_config() {
	local images=$SDOCKER_ROOT/images manifest config file=$BATS_TEST_TMPDIR/blob
	manifest=$(sd-image ls --json "$1" | jq -r '.[0].manifest')
	config=$(jq -r .config.digest "$images/blobs/sha256/${manifest#sha256:}")
	jq -c "$2" "$images/blobs/sha256/${config#sha256:}" >"$file"
	put_blob "$file"
	jq -c --arg d "$DIGEST" --argjson n "$(stat -c %s "$file")" '.config.digest = $d | .config.size = $n' \
		"$images/blobs/sha256/${manifest#sha256:}" >"$file.m"
	put_blob "$file.m"
	jq -c --arg old "$manifest" --arg d "$DIGEST" --argjson n "$(stat -c %s "$file.m")" \
		'(.manifests[] | select(.digest == $old)) |= (.digest = $d | .size = $n)' "$images/index.json" >"$file.i"
	cp "$file.i" "$images/index.json"
}

put_blob() {
	DIGEST=sha256:$(sha256sum "$1" | cut -d' ' -f1)
	cp "$1" "$SDOCKER_ROOT/images/blobs/sha256/${DIGEST#sha256:}"
}

filters=("sd-state new" "sd-state start" "sd-state set --status created" "sd-state rm" "sd-layer prepare"
	"sd-layer rm" "sd-cgset create" "sd-cgset rm --kill" "sd-confine compile" "sd-monitor create -- true")

@test "JSON of depth 10,000 and of 17 MiB is refused in one line by every tool that reads a document" {
	python3 -c 'print("{\"config\":" + "[" * 10000 + "]" * 10000 + "}")' >"$BATS_TEST_TMPDIR/deep"
	python3 -c 'print("{\"a\":" * 10000 + "1" + "}" * 10000)' >"$BATS_TEST_TMPDIR/deep2"
	{ printf '{"id":"'; head -c 17825792 /dev/zero | tr '\0' a; printf '"}'; } >"$BATS_TEST_TMPDIR/large"
	for filter in "${filters[@]}"; do
		for file in deep deep2 large; do
			# shellcheck disable=SC2086 # words
			refuses "" $filter <"$BATS_TEST_TMPDIR/$file"
		done
	done
	for loader in sd-unshare sd-nsenter sd-pivot sd-confine "sd-cgset join" "sd-layer enter"; do
		for file in deep deep2 large; do
			# shellcheck disable=SC2086 # words
			refuses "" $loader --state-fd 9 -- true 9<"$BATS_TEST_TMPDIR/$file"
		done
	done
}

# CVE-2017-14992
@test "an image's config of depth 10,000 or 17 MiB is refused in one line" {
	sd-image provide busybox
	config=$SDOCKER_ROOT/images/blobs/sha256/$(sd-image inspect busybox | jq -r '.[0].Id[7:]')
	cp "$config" "$BATS_TEST_TMPDIR/good"
	python3 -c 'print("{\"config\":" * 10000 + "1" + "}" * 10000)' >"$config"
	refuses "maximum parsing depth reached" sdocker run --network none --rm busybox true
	truncate -s 17M "$config"
	refuses "more than 16777216 bytes" sdocker run --network none --rm busybox true
	cp "$BATS_TEST_TMPDIR/good" "$config"
	succeeds sdocker run --network none --rm busybox true
}

# CVE-2026-57231, CVE-2022-23648, CVE-2024-40635
@test "an image's config takes nothing of the host's, and says so in one line" {
	while IFS='|' read -r text filter; do
		rm -rf "$SDOCKER_ROOT/images"
		sd-image provide busybox
		image_config busybox "$filter"
		before=$(audit_snapshot)
		refuses "$text" env SECRET=1 sdocker run --network none --rm busybox env
		equal "$(audit_snapshot)" "$before"
	done <<-'END'
		config.Env[0]: 'SECRET' is not NAME=VALUE|.config.Env = ["SECRET"]
		config.Env[0]: '*' is not NAME=VALUE|.config.Env = ["*"]
		config.Env[0]: 'SEC*' is not NAME=VALUE|.config.Env = ["SEC*"]
		config.Env[0]: '=x' is not NAME=VALUE|.config.Env = ["=x"]
		'/../../etc' holds '..'|.config.Volumes = {"/../../etc": {}}
		'etc' is not an absolute path|.config.Volumes = {"etc": {}}
		nothing can be mounted on /proc/self|.config.Volumes = {"/proc/self": {}}
		user '4294967296': ids are 0 to 2147483647|.config.User = "4294967296"
		user '+0': neither a name nor a number|.config.User = "+0"
		Entrypoint[0]: expected a string|.config.Entrypoint = [["sh"]]
		WorkingDir: expected a string|.config.WorkingDir = 7
		/proc/self/fd/30 in the root|.config.WorkingDir = "/proc/self/fd/30"
		'sha256:../../../../etc' is not sha256:|.rootfs.diff_ids = ["sha256:../../../../etc"]
		rootfs.diff_ids: 0 for 1 layers|.rootfs.diff_ids = []
		rootfs.type: 'x' where layers was expected|.rootfs.type = "x"
	END
}

# CVE-2026-53488, CVE-2026-53492
@test "labels and annotations of an image change nothing but the labels" {
	sd-image provide busybox
	plain=$(sd-spec busybox true | jq -cS 'del(.image, .config.annotations, .want.labels, .labels)')
	image_config busybox '.config.Labels = {"run.oci.hooks.stdout": "/tmp/x", "io.containers.capabilities": "SYS_ADMIN",
		"run.oci.handler": "krun", "sdocker.privileged": "true", "io.kubernetes.cri-o.Devices": "/dev/sda",
		"cdi.k8s.io/x": "vendor.com/gpu=all", "org.systemd.property.ExecStart": "x", "org.opencontainers.runtime": "x",
		"run.oci.keep_original_groups": "1", "io.kubernetes.cri-o.userns-mode": "auto"}
		| .annotations = {"run.oci.hooks.stderr": "x"} | .config.Annotations = {"a": "b"}
		| .config.Privileged = true | .config.HostConfig = {"Privileged": true} | .config.Healthcheck = {"Test": ["NONE"]}
		| .config.ExposedPorts = {"22/tcp": {}} | .config.StopSignal = "SIGKILL"'
	hostile=$(sd-spec busybox true)
	equal "$(jq -c '.config.annotations // {}' <<<"$hostile")" '{}'
	equal "$(jq -cS .config <<<"$hostile" | sha256sum)" "$(jq -cS .config <<<"$plain" | sha256sum)"
	# The user's own reach the record, and no tool acts on them.
	sd_run sdocker run --network none --rm --annotation run.oci.keep_original_groups=1 --annotation run.oci.handler=krun \
		-l io.containers.capabilities=SYS_ADMIN busybox sh -c 'grep CapEff /proc/self/status; id -G'
	equal "$(xargs <<<"$output")" "CapEff: 00000000a80425fb 0 10"
}

# CVE-2024-0132, CVE-2025-23266
@test "a hook is refused, never run with what the container controls and never left out in silence" {
	for hook in prestart createRuntime createContainer startContainer poststart poststop; do
		document hook ".config.hooks = {$hook: [{path: \"/bin/touch\", args: [\"touch\", \"$CANARY/owned\"]}]}" \
			>"$BATS_TEST_TMPDIR/doc"
		refuses "config.hooks.$hook: hooks are not supported" \
			sd-unshare --state-fd 9 -- true 9<"$BATS_TEST_TMPDIR/doc"
	done
	document hook '.config.hooks = {prestart: []}' >"$BATS_TEST_TMPDIR/doc"
	succeeds sd-unshare --state-fd 9 -- true 9<"$BATS_TEST_TMPDIR/doc"
	rm -r "$SDOCKER_ROOT/containers"
}

# CVE-2021-43784
@test "more than 64 KiB of environment, arguments, labels and id maps arrive whole" {
	long=$(head -c 100000 /dev/zero | tr '\0' x)
	sd_run sdocker run --network none --rm -e "A=$long" -e "B=$long" -l "l=$long" busybox sh -c 'echo ${#A} ${#B} ${#1}' sh "$long"
	equal "$output" "100000 100000 100000"
	# 340 ranges, as many as the kernel takes, and one too many (user_namespaces(7)).
	for n in 340 341; do
		ranges=$(jq -cn "[range($n) | {containerID: (. * 2), hostID: (1000 + . * 2), size: 1}]")
		document maps ".config.linux.uidMappings = $ranges | .config.linux.gidMappings = $ranges
			| .config.linux.namespaces += [{type: \"user\"}]" >"$BATS_TEST_TMPDIR/doc"
		run --separate-stderr sd-unshare --state-fd 9 -- cat /proc/self/uid_map 9<"$BATS_TEST_TMPDIR/doc"
		if [ $n = 340 ]; then
			equal "$status ${#lines[@]}" "0 340"
		else
			equal "$status ${#stderr_lines[@]}" "125 1"
		fi
	done
	rm -r "$SDOCKER_ROOT/containers"
}

# CVE-2022-0811
@test "a sysctl that is not the container's or carries a second one is refused" {
	before=$(sysctl -a 2>/dev/null | grep '^kernel\.\(core_pattern\|modprobe\|shm\|msg\)')
	for sysctl in kernel.core_pattern=x 'kernel.shm_rmid_forced=1+kernel.core_pattern=|/x' vm.swappiness=1 \
		'net.ipv4.ip_forward=1 kernel.core_pattern=x' $'kernel.shmmax=1\nkernel.core_pattern=x' \
		net/../kernel/core_pattern=x net.ipv4...kernel.core_pattern=x kernel.hostname=x net=1 =1 \
		fs.binfmt_misc.register=x dev.tty.legacy_tiocsti=1; do
		refuses "" sdocker run --network none --rm --sysctl "$sysctl" busybox true
	done
	equal "$(sysctl -a 2>/dev/null | grep '^kernel\.\(core_pattern\|modprobe\|shm\|msg\)')" "$before"
}

# CVE-2020-14370, CVE-2021-3602
@test "neither the host's environment nor another container's reaches a container" {
	export SECRET_OF_THE_HOST=1 SD_FDS=state=3 LD_PRELOAD=/none.so
	sdocker run --network none -d --name one -e SECRET_OF_ONE=1 busybox sleep 1000 2>/dev/null >&2
	unset LD_PRELOAD SD_FDS
	sd_run sdocker run --network none --rm busybox sh -c 'env; tr "\0" "\n" </proc/1/environ'
	[[ $output != *SECRET* ]]
	sd_run sdocker run --network none --rm --pid container:one busybox sh -c 'tr "\0" "\n" </proc/1/environ'
	[[ $output != *THE_HOST* ]]
	[[ $output != *SD_FDS* ]]
}
