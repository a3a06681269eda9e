#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sdocker update, and the tools behind it.

load ../helper/common

setup() { sd_setup; }

teardown() {
	local id
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

wish() { sdocker inspect "$1" | jq -c ".[0].config.linux.resources.$2"; }

# limit V1 V2: what the one container's file of that name has, by the layout.
limit() {
	local file=$1
	find /sys/fs/cgroup -path "*/sdocker/*/$1" | grep -q . || file=$2
	find /sys/fs/cgroup -path "*/sdocker/*/$file" -exec cat {} +
}
pids() { limit pids.max pids.max; }
memory() { limit memory.limit_in_bytes memory.max; }

up() { sdocker run -d --name c "$@" busybox sleep 1000 >/dev/null; }

@test "of what runs: the wish and the kernel, at once; what is not given stays" {
	up -m 100m --pids-limit 50
	equal "$(sdocker update -m 200m --pids-limit 60 c)" c
	equal "$(wish c memory.limit) $(memory)" "209715200 209715200"
	equal "$(wish c pids.limit) $(pids)" "60 60"
	sdocker update --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 c
	equal "$(wish c cpu)" '{"quota":50000,"period":100000,"shares":512,"cpus":"0"}'
	equal "$(limit cpu.cfs_quota_us cpu.max)" "$([ "$(cgroup_layout)" = v2 ] && echo 50000 100000 || echo 50000)"
	equal "$(limit cpuset.cpus cpuset.cpus)" 0
	equal "$(wish c memory.limit) $(memory)" "209715200 209715200"
	sdocker update --pids-limit -1 --cpu-quota -1 c
	equal "$(pids)" max
	# What its devices may be has not been touched.
	equal "$(sdocker inspect c | jq '.[0].status')" '"running"'
}

@test "of what has ended: at its next start" {
	sdocker create --name c -m 100m busybox sleep 1000 >/dev/null
	sdocker update -m 64m --pids-limit 70 c
	sdocker start c >/dev/null
	equal "$(memory) $(pids)" "67108864 70"
	# And of a second life.
	sdocker restart -t 0 c
	equal "$(memory) $(pids)" "67108864 70"
}

@test "of what is paused" {
	up --pids-limit 50
	sdocker pause c
	sdocker update --pids-limit 60 c
	equal "$(pids)" 60
	equal "$(sdocker inspect c | jq -r '.[0].status')" paused
}

@test "the kernel refuses one: all stay as they are, in the record too" {
	up -m 100m --pids-limit 50 --cpuset-cpus 0
	before=$(sdocker inspect c)
	refuses "sd-cgset: controller cpuset: write 0-4000 to" \
		sdocker update -m 200m --pids-limit 60 --cpuset-cpus 0-4000 c
	equal "$(sdocker inspect c)" "$before"
	equal "$(memory) $(pids) $(limit cpuset.cpus cpuset.cpus)" "104857600 50 0"
}

@test "the rules of a new container hold" {
	up -m 100m
	before=$(sdocker inspect c)
	refuses "--memory: 5m is less than the least possible" sdocker update -m 5m c
	refuses "--memory-swap: 50m is less than --memory 104857600" sdocker update --memory-swap 50m c
	refuses "--memory-reservation: 200m is more than --memory 104857600" sdocker update --memory-reservation 200m c
	refuses "--cpus: 10000 processors are not between" sdocker update --cpus 10000 c
	refuses "--cpus conflicts with --cpu-quota" sdocker update --cpus 1 --cpu-quota 5000 c
	refuses "--pids-limit: 'x'" sdocker update --pids-limit x c
	refuses "nothing to change is given" sdocker update c
	refuses "no such container: nosuch" sdocker update -m 64m nosuch
	refuses "operands missing" sdocker update -m 64m
	equal "$(sdocker inspect c)" "$before"
}

@test "memory and swap together: the default follows, a wish stays" {
	sdocker create --name c -m 100m busybox >/dev/null
	[ "$(wish c memory.swap)" != null ] || skip "swap is not accounted for here"
	sdocker update -m 200m c
	equal "$(wish c memory.swap)" 419430400
	sdocker update --memory-swap 300m c
	refuses "--memory: 400m is more than memory and swap together, 314572800 (hint: --memory-swap changes that)" \
		sdocker update -m 400m c
	sdocker update -m 250m c
	equal "$(wish c memory)" '{"limit":262144000,"swap":314572800}'
	sdocker update --memory-swap -1 c
	sdocker update -m 400m c
	equal "$(wish c memory)" '{"limit":419430400,"swap":-1}'
}

@test "several: those that are there are changed" {
	sdocker create --name a busybox >/dev/null
	sdocker create --name b busybox >/dev/null
	sd_run sdocker update --pids-limit 9 a nosuch b
	equal "$status:$output:$stderr" $'125:a\nb:sd-state: no such container: nosuch'
	equal "$(wish a pids.limit) $(wish b pids.limit)" "9 9"
}

@test "--explain: what is printed does the same" {
	up --pids-limit 50
	bash -c "$(sdocker update --explain --pids-limit 60 c)"
	equal "$(wish c pids.limit) $(pids)" "60 60"
	before=$(sdocker inspect c)
	sd_run bash -c "$(sdocker update --explain --pids-limit 70 --cpuset-cpus 0-4000 c)"
	[ "$status" != 0 ]
	equal "$(sdocker inspect c)" "$before"
	equal "$(pids)" 60
}

@test "sd-cgset limit by a document changes nothing where none runs" {
	doc=$(document gone '.config.linux.resources = {pids: {limit: 5}} | .status = "stopped"')
	equal "$(sd-cgset limit <<<"$doc" | jq -r .id)" gone
	equal "$(find /sys/fs/cgroup -path '*/sdocker/gone')" ""
	refuses "no limit is given" sd-cgset limit --path lab
	rm -r "$SDOCKER_ROOT/containers/gone"
}

@test "an image may be called as a verb of sd-spec is" {
	sdocker run --rm busybox true
	sdocker tag busybox update
	equal "$(sdocker run --rm update echo ok)" ok
	equal "$(sdocker run --rm -e A=1 update sh -c 'echo $A')" 1
}
