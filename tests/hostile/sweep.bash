# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# sweep - what happens to a command when any one process of it is killed, or any one system call
# fails, at any of its system calls.
#
# A scene is a command with its preparation.  It is run once to learn which program makes which
# calls (inject -l); then once for each place of that list, with one injection there.  A second
# container, "other", stands by: it must be listed and left alone whatever happens.
#
# A kill: the next command must work, and "rm -f" and "gc" must make the host what it was.
# A failure: it is reported in one line with 125, 126 or 127 and leaves nothing behind; or the
# command does all that it does without it, to the last byte of what the program sees of its
# container, and tests/hostile/tolerated says why.

SD_INJECT=${SD_INJECT:-$SD_BUILD/tests/hostile/inject}
SWEEP_DIR=${SWEEP_DIR:-/tmp/sweep}
# shellcheck disable=SC2034 # used by sweep
SWEEP_SCENES=(run create start again waiting stop kill restart pause unpause exec rm force commit snapshot import cp out volume unvolume)

# ---- the scenes

# What the container's program sees of its container.
read -r -d '' SWEEP_PORTRAIT <<'END' || true
id; hostname; umask; pwd; env | sort; ulimit -a
grep -E "^(Cap|NoNewPrivs|Seccomp:|Groups|Umask|Sig(Ign|Blk))" /proc/self/status
cat /proc/self/cgroup /proc/self/oom_score_adj /etc/hosts /etc/hostname
sed "s/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]* [^ ]*\) .*- \([^ ]*\) .*/\1 \2/" /proc/self/mountinfo
ls -l /dev | awk "{ print \$1, \$3, \$4, \$5, \$6, \$NF }" | grep -v -e total -e console
ls /proc/self/fd /t /v; ls /proc/acpi /proc/timer_list /sys/firmware 2>&1
cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max \
	/sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max 2>/dev/null
cat /proc/net/dev | cut -d: -f1; echo x >/v/x
END

sweep_command() {
	case $1 in
	run) command=(sdocker run --network none --rm -m 64m --pids-limit 50 --ulimit nofile=100:200 --name victim
		-h victim -u 1000:1000 --tmpfs /t -v "$SWEEP_DIR/v:/v" -w /t busybox sh -c
		"$SWEEP_PORTRAIT") ;;
	create) command=(sdocker create --network none -m 64m --name victim -v "$SWEEP_DIR/v:/v" busybox true) ;;
	start) command=(sdocker start -a victim) ;;
	# A second life by its restart policy, until its end.
	again) command=(bash -c 'sdocker run --network none -d -m 64m --name victim --restart on-failure:1 busybox false >/dev/null &&
		sdocker logs -f victim') ;;
	stop | restart) command=(sdocker "$1" -t 0 victim) ;;
	waiting) command=(sdocker stop -t 0 victim) ;;
	kill | pause | unpause) command=(sdocker "$1" victim) ;;
	exec) command=(sdocker exec -i -u 1000:1000 victim sh -c "$SWEEP_PORTRAIT") ;;
	rm) command=(sdocker rm victim) ;;
	force) command=(sdocker rm -f victim) ;;
	commit | snapshot) command=(sdocker commit victim victim:1) ;;
	import) command=(sdocker import "$SWEEP_DIR/small.tar" victim:1) ;;
	cp) command=(sdocker cp "$SWEEP_DIR/tree" victim:/v/copied) ;;
	out) command=(sdocker cp victim:/etc "$SWEEP_DIR/copy") ;;
	volume) command=(sdocker volume create --label a=b victim) ;;
	unvolume) command=(sdocker volume rm victim) ;;
	esac
}

sweep_prepare() {
	rm -rf "$SWEEP_DIR"/v/* "$SWEEP_DIR/copy"
	case $1 in
	cp | out) sdocker create --network none --name victim -v "$SWEEP_DIR/v:/v" busybox true ;;
	unvolume)
		sdocker volume create victim
		echo x >"$SDOCKER_ROOT/volumes/victim/data/file" ;;
	start) sdocker create --network none --name victim -h victim -m 64m --tmpfs /t -v "$SWEEP_DIR/v:/v" busybox \
		sh -c "$SWEEP_PORTRAIT" ;;
	rm | commit) sdocker run --network none --name victim busybox sh -c 'echo x >/x; rm -r /home /bin/vi' ;;
	waiting) sdocker run --network none -d --name victim --restart always busybox sleep 1000 && sweep_wait_long ;;
	exec) sdocker run --network none -d --name victim -h victim -m 64m --tmpfs /t -v "$SWEEP_DIR/v:/v" busybox sleep 1000 ;;
	force | kill | pause | snapshot) sdocker run --network none -d --name victim -m 64m busybox sleep 1000 ;;
	stop | restart | unpause) sdocker run --network none -d --name victim -m 64m busybox sleep 1000 && sdocker pause victim ;;
	esac >/dev/null
}

# It has ended, and will be started again in a minute.
sweep_wait_long() {
	local live
	live=$SDOCKER_RUN/containers/$(sd-state get victim | sd-state print id)/state.json
	jq -c '.restartDelay = 30000' "$live" >"$live.new" && mv "$live.new" "$live"
	kill -KILL "$(jq .pid "$live")"
	until [ "$(sd-state get victim | jq -r .exitCode)" = 137 ]; do sleep 0.02; done
}

# What the command says where nothing goes wrong, without what differs each time.
sweep_plain() { sed -E 's/(sha256:)?[0-9a-f]{64}/ID/g' "$1"; }

# ---- the host

sweep_begin() {
	mkdir -p "$SWEEP_DIR"/{v,tree/sub}
	chmod 777 "$SWEEP_DIR/v"
	echo x >"$SWEEP_DIR/tree/sub/file"
	ln -sf file "$SWEEP_DIR/tree/sub/link"
	tar -C "$SWEEP_DIR/tree" -c . >"$SWEEP_DIR/small.tar"
	sweep_base
}

# The state that each case begins and ends in: an image, a container that stands by, caches warm.
sweep_base() {
	mkdir -p "$SDOCKER_ROOT" "$SDOCKER_RUN"
	sdocker create --network none --name other busybox true >"$SWEEP_DIR/other"
	local scene
	for scene in run create; do
		sweep_command $scene
		"${command[@]}" >/dev/null
	done
	sdocker rm victim >/dev/null
	rm -rf "$SWEEP_DIR/whole"
	sdocker cp other:/etc "$SWEEP_DIR/whole"
	sdocker volume create victim >/dev/null
	sdocker volume rm victim >/dev/null
	rm -f "$SWEEP_DIR"/v/*
	SWEEP_BASE=$(sweep_snapshot)
}

# All again, after a case that failed: it must not fail those that follow.
sweep_reset() {
	local dir now pid
	for _ in {1..100}; do
		now=$(comm -13 <(echo "$SWEEP_BASE") <(sweep_snapshot))
		while read -r pid; do
			kill -KILL "$pid" 2>/dev/null
		done < <(awk '$1 == "process" { print $2 }' <<<"$now")
		for dir in /sys/fs/cgroup/*/sdocker /sys/fs/cgroup/sdocker; do
			[ ! -d "$dir" ] || find "$dir" -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null
		done
		[ -n "$(find /sys/fs/cgroup -path '*/sdocker/*' -type d)" ] || break
	done
	grep -o " $SDOCKER_ROOT/[^ ]*" /proc/self/mountinfo | xargs -r -n 1 umount -l
	rm -rf "${SDOCKER_ROOT:?}" "${SDOCKER_RUN:?}" "$SWEEP_DIR"/v/*
	sweep_base
}

sweep_snapshot() {
	local me=$BASHPID
	{
		awk '{ print "mount", $5, $4 }' /proc/self/mountinfo
		sed -n 's/^ *\([^:]*\):.*/link \1/p' /proc/net/dev
		find /sys/fs/cgroup -mindepth 1 -type d ! -name sdocker -printf 'cgroup %p\n'
		find "$SDOCKER_ROOT" "$SDOCKER_RUN" -path '*/layers/*/fs' -prune -o ! -name 'events*' -printf 'file %p\n'
		audit_processes "$me"
	} | sort -u
}

# What is there that was not, or is not that was, once all that ends by itself has ended.
sweep_difference() {
	local now deadline=$((SECONDS + 5))
	while :; do
		now=$(sweep_snapshot)
		[ "$now" != "$SWEEP_BASE" ] || return 0
		[ $SECONDS -lt $deadline ] || break
		sleep 0.05
	done
	sweep_diff <(echo "$SWEEP_BASE") <(echo "$now")
}

# What differs, as far as it takes to recognise it.
sweep_diff() {
	diff "$1" "$2" | grep '^[<>]' | sed -E 's/[0-9a-f]{58}([0-9a-f]{6})/\1/g' | cut -c1-150 |
		awk 'NR <= 6; END { if (NR > 6) print "(" NR " lines differ)" }'
}

# ---- one case

# sweep_places SCENE: "PROGRAM<tab>CALL<tab>N" lines, in $places.
sweep_places() {
	sweep_prepare "$1"
	sweep_command "$1"
	"$SD_INJECT" -l "$SWEEP_DIR/list" -- "${command[@]}" >"$SWEEP_DIR/reference" 2>&1 ||
		{ cat "$SWEEP_DIR/reference"; return 1; }
	sweep_plain "$SWEEP_DIR/reference" >"$SWEEP_DIR/reference.$1"
	mapfile -t places < <(grep '^sd' "$SWEEP_DIR/list" | sort -s -t $'\t' -k1,1)
	sweep_clean "$1"
}

# The next commands: nothing may stand in their way, and the bystander must be there.
sweep_clean() {
	local id other
	other=$(cat "$SWEEP_DIR/other")
	sdocker ps -aq --no-trunc >"$SWEEP_DIR/ids" 2>"$SWEEP_DIR/ps" || { echo "ps fails: $(cat "$SWEEP_DIR/ps")"; return; }
	[ ! -s "$SWEEP_DIR/ps" ] || { echo "ps says: $(cat "$SWEEP_DIR/ps")"; return; }
	grep -qx "$other" "$SWEEP_DIR/ids" || { echo "the bystander is gone"; return; }
	case $1 in again | waiting | stop | kill | restart | pause | unpause) sweep_stop_again "$1" ;; esac
	while read -r id; do
		[ "$id" != "$other" ] || continue
		# With --rm it may have ended, and gone, since it was listed.
		sdocker rm -f "$id" >/dev/null 2>"$SWEEP_DIR/rm" || grep -q "no such container" "$SWEEP_DIR/rm" ||
			{ echo "rm -f fails: $(cat "$SWEEP_DIR/rm")"; return; }
	done <"$SWEEP_DIR/ids"
	case $1 in
	commit | snapshot | import) sweep_clean_images ;;
	volume | unvolume) sdocker volume rm -f victim >/dev/null 2>"$SWEEP_DIR/rm" || echo "volume rm fails: $(cat "$SWEEP_DIR/rm")" ;;
	cp) sweep_halves "$SWEEP_DIR/tree" "$SWEEP_DIR/v/copied" ;;
	out) sweep_halves "$SWEEP_DIR/whole" "$SWEEP_DIR/copy" ;;
	esac
	rm -rf "$SWEEP_DIR"/v/* "$SWEEP_DIR/copy"
}

# sweep_halves FROM TO: what has come to be there of a copy is whole, file by file.
sweep_halves() {
	[ ! -d "$2" ] || (cd "$2" && find . -type f) | while read -r file; do
		cmp -s "$1/$file" "$2/$file" || echo "half a file: $file"
	done
}

# Whatever became of it, a stop makes an end of it, and its record tells.
sweep_stop_again() {
	# A run that was cut short is none.
	[ "$1" != again ] || sd-state get victim >/dev/null 2>&1 || return 0
	sdocker stop -t 0 victim >/dev/null 2>"$SWEEP_DIR/stop" || { echo "stop fails: $(cat "$SWEEP_DIR/stop")"; return; }
	[ "$(sd-state get victim | jq -r .status)" = stopped ] || echo "stopped, and it is not"
	case $1 in
	# Of a start that was cut short, and of one that has ended by itself, it may be there until
	# the next start, or until rm.
	again | restart) return ;;
	esac
	[ -z "$(find /sys/fs/cgroup -path '*/sdocker/*' -type d)" ] || echo "stopped, and its cgroup is there"
}

sweep_clean_images() {
	sd-image verify >"$SWEEP_DIR/verify" 2>&1 || { echo "verify: $(cat "$SWEEP_DIR/verify")"; return; }
	if sdocker images -q victim:1 | grep -q .; then
		sdocker rmi victim:1 >/dev/null 2>"$SWEEP_DIR/rm" || { echo "rmi fails: $(cat "$SWEEP_DIR/rm")"; return; }
	fi
	sd-image gc >"$SWEEP_DIR/gc" 2>&1 || echo "gc fails: $(cat "$SWEEP_DIR/gc")"
}

# sweep_inject SCENE PROGRAM CALL N HOW...: false where the place was not come to this time.
sweep_inject() {
	local scene=$1 program=$2 call=$3 n=$4
	shift 4
	sweep_prepare "$scene" || return 1
	sweep_command "$scene"
	rm -f "$SWEEP_DIR/reached"
	code=0
	timeout --foreground -s KILL 10 "$SD_INJECT" -p "$program" -c "$call" -n "$n" -r "$SWEEP_DIR/reached" -w 200 "$@" -- \
		"${command[@]}" >"$SWEEP_DIR/out" 2>"$SWEEP_DIR/err" </dev/null || code=$?
	sweep_plain "$SWEEP_DIR/out" >"$SWEEP_DIR/plain"
}

sweep_kill() {
	local scene=$1 program=$2 call=$3 n=$4 code wrong
	sweep_inject "$scene" "$program" "$call" "$n" -k || { sweep_unprepared kill; return 1; }
	wrong=$(sweep_judge_kill "$scene" "$program")
	sweep_verdict "kill $scene: $program at $call $n"
}

# Nothing fails here but what fails without any injection.
sweep_unprepared() {
	echo "$1 $scene: $program at $call $n: cannot be prepared"
	sweep_reset
}

sweep_verdict() {
	[ -n "$wrong" ] || return 0
	echo "$1: exit $code: ${wrong//$'\n'/$'\n'    }"
	sed 's/^/    stderr: /' "$SWEEP_DIR/err" | cut -c1-200 | head -5
	sweep_reset
	return 1
}

sweep_judge_kill() {
	[ "$code" != 137 ] || [ -s "$SWEEP_DIR/reached" ] || echo "the command hangs"
	[ "$(wc -l <"$SWEEP_DIR/err")" -le 1 ] || echo "more than one line"
	# The driver cannot tell of its own death; sd-confine is the program, once the gate is open.
	case $2 in
	sdocker* | sd-confine) ;;
	*) [ "$code" = 0 ] || [ -s "$SWEEP_DIR/err" ] || echo "without a word" ;;
	esac
	[ "$code" != 0 ] || cmp -s "$SWEEP_DIR/plain" "$SWEEP_DIR/reference.$1" ||
		echo "success, and what it says is not so: $(sweep_diff "$SWEEP_DIR/reference.$1" "$SWEEP_DIR/plain")"
	case $1 in
	start | restart) sweep_nobody_waits ;;
	rm | force) sweep_listed_whole ;;
	esac
	sweep_clean "$1"
	sweep_difference
}

# A start that nobody will finish leaves nothing at the gate.
sweep_nobody_waits() {
	local deadline=$((SECONDS + 5))
	while [ "$(sd-state get victim 2>/dev/null | jq -c '[.status, has("pid")]')" = '["created",true]' ]; do
		[ $SECONDS -lt $deadline ] || { echo "it waits at its gate"; break; }
		sleep 0.05
	done
}

# A removal that was cut short has removed nothing, or is finished by who asks what there is.
sweep_listed_whole() {
	local id
	for id in $(sdocker ps -aq --no-trunc); do
		[ -d "$SDOCKER_ROOT/containers/$id/upper" ] || [ "$id" = "$(cat "$SWEEP_DIR/other")" ] ||
			echo "it is listed, and its files are gone"
	done
}

sweep_fail() {
	local scene=$1 program=$2 call=$3 n=$4 error=$5 code wrong
	sweep_inject "$scene" "$program" "$call" "$n" -e "$(sweep_errno "$error")" ||
		{ sweep_unprepared fail; return 1; }
	wrong=$(sweep_judge_failure "$scene" "$program" "$call")
	sweep_verdict "fail $scene: $program at $call $n ($error, $(cat "$SWEEP_DIR/reached" 2>/dev/null))"
}

# What an inverse could not do is left to the next command; what makes something cleans up.
sweep_inverse() {
	case $1:$2 in
	# A foreground that fails leaves the container running, as one that is killed does.
	run:"sd-monitor wait" | run:*rm | run:"sd-state get" | run:"sdocker run"* | start:* | rm:* | force:* | commit:* | \
		snapshot:* | waiting:* | stop:* | exec:* | kill:* | restart:* | pause:* | unpause:*) ;;
	*) return 1 ;;
	esac
}

# What is said of it, and what the kernel does with it.
sweep_status() {
	local status
	status=$(sd-state get victim 2>/dev/null | jq -r .status)
	grep -qsx -e FROZEN -e 1 /sys/fs/cgroup/{*/,}sdocker/*/{cgroup.freeze,freezer.state} && status+=", frozen"
	echo "${status/paused, frozen/paused}"
}

sweep_judge_failure() {
	local lines same=true reached=true
	# A monitor, and the driver that it becomes, has nobody to tell.
	[ "$1" != again ] || { sweep_clean again; sweep_difference; return; }
	lines=$(wc -l <"$SWEEP_DIR/err")
	[ -e "$SWEEP_DIR/reached" ] || reached=false
	cmp -s "$SWEEP_DIR/plain" "$SWEEP_DIR/reference.$1" || same=false
	case $(cat "$SWEEP_DIR/reached" 2>/dev/null) in
	# The kernel has no EIO and no ENOSPC for a pipe.
	"read pipe:"* | "write pipe:"*) sweep_clean "${1/restart/start}"; sweep_difference; return ;;
	# Output of the program, as much as could be written.
	"write $SWEEP_DIR/out") same=true ;;
	esac
	if [ "$code" = 0 ] && ! $same; then
		echo "success, and what it says is not so: $(sweep_diff "$SWEEP_DIR/reference.$1" "$SWEEP_DIR/plain")"
	fi
	case $code:$lines in
	125:1 | 126:1 | 127:1) [ ! -s "$SWEEP_DIR/out" ] || $same || echo "output" ;;
	125:* | 126:* | 127:*) echo "reported in $lines lines" ;;
	0:0) ! $reached || sweep_tolerated "$2" "$(cat "$SWEEP_DIR/reached")" || echo "passed over in silence" ;;
	0:1) sweep_inverse "$1" "$2" || echo "success, and a complaint" ;;
	*) echo "neither reported nor tolerated" ;;
	esac
	case $1:$code:$(sweep_status) in
	pause:0:paused | pause:[1-9]*:running | unpause:0:running) ;;
	# It goes on, unless what failed is what lets it.
	snapshot:*:running) ;;
	snapshot:*) [[ $2 == sd-cgset\ thaw || $2 == sd-state* || $2 == sdocker* ]] || echo "exit $code, and it does not run" ;;
	# It is done, and could not be said.
	pause:[1-9]*:paused) [ "$2" = "sdocker pause" ] || echo "exit $code, and it is paused" ;;
	pause:* | unpause:0:*) echo "exit $code, and it is $(sweep_status)" ;;
	esac
	# Content that nothing names is gc's; a container whose id could not be told is there, as is
	# one that was copied from, and a volume that could not be removed.
	case $1:$2 in
	import:* | create:"sdocker create" | cp:* | out:* | unvolume:*) ;;
	*) [ "$code" = 0 ] || sweep_inverse "$1" "$2" || sweep_difference ;;
	esac
	sweep_clean "$1"
	sweep_difference
}

# tests/hostile/tolerated: "PROGRAM<tab>CALL PATH<tab>reason", the first two as patterns.
sweep_tolerated() {
	local program call
	while IFS=$'\t' read -r program call _; do
		# shellcheck disable=SC2053 # patterns
		[[ $program != '#'* && $1 == $program && $2 == $call ]] && return 0
	done <"$SD_REPO/tests/hostile/tolerated"
	return 1
}

# ---- which places, and which errors

# A kill before a call that changes nothing outside its process is the kill before the next one.
sweep_matters() {
	case $1 in
	rt_sig* | set_tid_address | set_robust_list | rseq | arch_prctl | mprotect | brk | mmap | \
		munmap | get*id | prlimit64 | close | fcntl.* | lseek | uname | getrandom | *stat* | \
		access | faccessat* | readlink* | getcwd | read | pread64 | getdents64 | prctl | capget | \
		umask | sched_* | sysinfo | openat2 | dup* | pipe2 | ioctl | close_range | socket | \
		signalfd4 | memfd_create | fsopen | fsconfig | fsmount | open_tree | fchdir | chdir) return 1 ;;
	esac
}

# The error that fits a call: what the kernel may really say; none where it cannot fail, or where
# the C library begins the program with it.
sweep_error() {
	case $1 in
	# It says no by the old break, and never by an error.
	brk) ;;
	# The sanitizers' own, which end the program where they fail.
	mmap | mremap) [ "${SD_BUILD##*/}" = build-san ] || echo ENOMEM ;;
	madvise | readlink | clock_gettime) [ "${SD_BUILD##*/}" = build-san ] || echo EPERM ;;
	sigaltstack) ;;
	open | openat | openat2 | pipe2 | socket* | accept4 | signalfd4 | memfd_create | \
		pidfd_open | open_tree | fsopen | fsmount | epoll_create1) echo EMFILE ;;
	mkdir* | mknod* | symlink* | link* | rename* | write | pwrite64 | writev | ftruncate | \
		fsync | syncfs | fallocate) echo ENOSPC ;;
	clone* | fork | vfork | execve | execveat | sendmsg | \
		recvmsg | poll) echo ENOMEM ;;
	read | pread64 | getdents64) echo EIO ;;
	rt_sig* | set_tid_address | set_robust_list | rseq | arch_prctl | mprotect | munmap | \
		get*id | close | uname | umask | exit* | sysinfo | setsid | getrandom | prlimit64 | \
		sched_* | wait4 | futex | restart_syscall | close_range | lseek | dup2 | dup3) ;;
	fcntl.0 | fcntl.1030) echo EMFILE ;; # F_DUPFD, F_DUPFD_CLOEXEC; the others cannot fail
	fcntl.*) ;;
	*) echo EPERM ;;
	esac
}

sweep_errno() {
	case $1 in EPERM) echo 1 ;; EIO) echo 5 ;; ENOMEM) echo 12 ;; EMFILE) echo 24 ;; ENOSPC) echo 28 ;; esac
}

# Of $places, those of programs that begin with an exec, after the C library has begun them.
sweep_started() {
	printf '%s\n' "${places[@]}" | awk -F'\t' '$1 ~ /\+$/ || begun[$1]; $2 ~ /^fcntl/ { begun[$1] = 1 }'
}

# sweep_cases KIND SCENE: of $places, "KIND<tab>SCENE<tab>PROGRAM<tab>CALL<tab>N<tab>ERROR" lines.
sweep_cases() {
	local kind=$1 scene=$2 program n call error=- before=
	while IFS=$'\t' read -r program call n; do
		if [ "$kind" = kill ]; then
			sweep_matters "$call" || continue
		else
			error=$(sweep_error "$call")
			[ -n "$error" ] || continue
			# The same many times over, as for each capability: the first stands for all.
			[ "$program $call" != "$before" ] || [ "$call" != prctl ] || continue
			before="$program $call"
			# PR_SET_PDEATHSIG, with a signal that there is.
			[ "$call" != prctl ] || [[ $program != sdocker*+ ]] || continue
		fi
		printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$kind" "$scene" "$program" "$call" "$n" "$error"
	done < <(if [ "$kind" = kill ]; then printf '%s\n' "${places[@]}"; else sweep_started; fi)
}

# sweep_sample N: N cases of each program, evenly spread.
sweep_sample() {
	awk -F'\t' -v want="$1" '
		{ n[$3]++; line[$3, n[$3]] = $0 }
		END { for (p in n) for (i = 0; i < want && i < n[p]; i++)
			print line[p, 1 + int(i * n[p] / want)] }' | sort -u
}

sweep_case() {
	local kind scene program call n error
	IFS=$'\t' read -r kind scene program call n error <<<"$1"
	case $kind in
	kill) sweep_kill "$scene" "$program" "$call" "$n" ;;
	fail) sweep_fail "$scene" "$program" "$call" "$n" "$error" ;;
	esac
}
