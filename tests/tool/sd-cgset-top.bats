#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
#
# sd-cgset top: the processes of a cgroup, in ps(1)'s words.

load ../helper/common

setup() {
	require_root
	G=sdtest-top-$BATS_TEST_NUMBER
	sd_setup
	sd-cgset run --path "$G" -- bash -c 'sleep 1000 & exec -a $'"'a\e[31m\xc2\x9bz\xff'"' sleep 2000' 3>&- &
	RUN=$!
	eventually two_sleep
}

teardown() {
	sd-cgset kill --path "$G" 2>/dev/null || true
	wait "$RUN" || true
	sd_teardown
}

two_sleep() { [ "$(sd-cgset top --path "$G" -o comm= 2>/dev/null)" = $'sleep\nsleep' ]; }

@test "top: docker's columns, by number; what a command line says is no order to a terminal" {
	succeeds sd-cgset top --path "$G"
	equal "$(head -n 1 <<<"$output" | xargs)" "UID PID PPID C STIME TTY TIME CMD"
	equal "${#lines[@]}" 3
	contains "${lines[1]}" 'a\x1b[31m\xc2\x9bz\xff 2000'
	contains "${lines[2]}" "00:00:00   sleep 1000"
	equal "$(sort -n -k2,2 <<<"${lines[1]}"$'\n'"${lines[2]}")" "${lines[1]}"$'\n'"${lines[2]}"
	equal "$(sd-cgset top --path "$G" -ef)" "$output"
	# A process that is not of it is not shown.
	[[ $output != *" $$ "* ]]
}

@test "top: -o chooses columns, which agree with ps" {
	local columns=pid,ppid,user,uid,comm,nlwp,tty,rss,vsz,stat
	succeeds sd-cgset top --path "$G" -eo $columns,etime,time,pcpu,cmd,args
	equal "$(head -n 1 <<<"$output" | xargs)" \
		"PID PPID USER UID COMMAND NLWP TT RSS VSZ STAT ELAPSED TIME %CPU CMD COMMAND"
	for pid in $(sd-cgset top --path "$G" -o pid=); do
		equal "$(sd-cgset top --path "$G" -o pid=,ppid= -o user=,uid=,comm=,nlwp=,vsz= |
			awk -v p="$pid" '$1 == p { $1 = $1; print }')" \
			"$(ps -o pid=,ppid=,user=,uid=,comm=,nlwp=,vsz= -p "$pid" | xargs)"
	done
	equal "$(sd-cgset top --path "$G" -o pid=NUMBER | head -n 1)" NUMBER
	succeeds sd-cgset top --path "$G" aux
	equal "$(head -n 1 <<<"$output" | xargs)" "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND"
}

@test "top: what it does not know is refused by name" {
	refuses "-o: no column 'colour' (hint: 'sd-cgset top --help' lists them)" \
		sd-cgset top --path "$G" -o pid,colour
	refuses "-o: no column ''" sd-cgset top --path "$G" -o pid,
	refuses "'bux' is no option of ps that is known here" sd-cgset top --path "$G" bux
	refuses "-f and -o exclude each other" sd-cgset top --path "$G" -f -o pid
	refuses "unknown option '-z'" sd-cgset top --path "$G" -z
	refuses "cgroup /nosuch: No such file or directory" sd-cgset top --path nosuch
}

@test "top: a command line of any length is cut" {
	local long
	long=$(printf 'x%.0s' {1..100000})
	sd-cgset join --path "$G" -- bash -c "exec -a $long sleep 3000" 3>&- &
	eventually has_long
	equal "$(sd-cgset top --path "$G" -o args= | grep ^xxx | wc -c)" $((16384 + 4))
}

has_long() { sd-cgset top --path "$G" -o args= | grep -q ^xxx; }
