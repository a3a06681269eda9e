#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# requires: root
# shellcheck disable=SC2016 # in single quotes: what the shell on the screen expands
#
# A terminal emulator between a user and `sdocker run -it`: what is seen on its screen is tested.

load ../helper/common

# Its server ends with the test, and keeps none of the runner's descriptors.
tm() { tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null "$@" 3>&-; }

# Prompts that differ, so that it is seen whose shell asks.
setup() {
	sd_setup
	export TERM=screen SHELL=/bin/sh LC_ALL=C.UTF-8
	tm new-session -d -s t -x 80 -y 24 "PS1='host> ' exec sh"
	tm set-option -g status off
	sees '^host>$'
}

teardown() {
	local id
	tm kill-server || true
	for id in $(sdocker ps -aq); do sdocker rm -f "$id" >/dev/null; done
	sd_teardown
}

screen() { tm capture-pane -p -t t; }
types() { tm send-keys -t t -- "$@"; }

# sees PATTERN: the last line that is not empty matches it.
sees() { eventually last_line "$1" || { screen; return 1; }; }
last_line() { screen | sed '/^ *$/d' | tail -n 1 | grep -qE -e "$1"; }
# shows PATTERN: some line does.
shows() { eventually on_screen "$1" || { screen; return 1; }; }
on_screen() { screen | grep -qE -e "$1"; }

begins() {
	types "sdocker run -it --name box -e PS1='box> ' busybox sh" Enter
	sees '^box>$'
	types clear Enter
	sees '^box>$'
}

runs_inside() { sdocker exec box ps | grep -q "[0-9] root     $1\$"; }
ends_inside() { ! runs_inside "$1"; }

@test "tmux: vi edits and saves" {
	begins
	types 'vi /note' Enter
	shows '^- /note 1/1'
	types i 'first line' Enter second Escape
	# Typed at once, what follows Escape would be the rest of a key's sequence.
	shows '^- /note \[Modified\]'
	types k0x ':wq' Enter
	sees '^box>$'
	equal "$(sdocker exec box cat /note)" $'irst line\nsecond'
}

@test "tmux: a new size is the program's" {
	begins
	types 'stty size' Enter
	shows '^24 80'
	tm resize-window -t t -x 101 -y 33
	types 'stty size' Enter
	shows '^33 101'
	# A program that runs is told.
	types "sh -c 'trap \"stty size\" WINCH; echo re\"\"ady; while :; do sleep 0.05; done'" Enter
	shows '^ready'
	tm resize-window -t t -x 66 -y 20
	shows '^20 66'
	types C-c
	sees '^box>$'
}

@test "tmux: Ctrl-C, Ctrl-Z, fg, bg and jobs" {
	begins
	types 'sleep 1001' Enter
	eventually runs_inside 'sleep 1001'
	types C-c
	sees '^box>$'
	eventually ends_inside 'sleep 1001'
	types 'sleep 1002' Enter
	eventually runs_inside 'sleep 1002'
	types C-z
	shows 'Stopped'
	types clear Enter
	types jobs Enter
	shows '^\[1\].*Stopped.*sleep 1002'
	types bg Enter
	types clear Enter
	types jobs Enter
	shows '^\[1\].*Running.*sleep 1002'
	types fg Enter
	sees '^sleep 1002'
	types C-c
	sees '^box>$'
	eventually ends_inside 'sleep 1002'
	types C-d
	sees '^host>$'
	equal "$(sdocker ps -a --format '{{.State}}')" exited
}

@test "tmux: Ctrl-P Ctrl-Q leaves it running, attach comes back" {
	begins
	types 'kept=yes' Enter
	sees '^box>$'
	types C-p C-q
	sees 'host>$'
	equal "$(sdocker ps --format '{{.State}}')" running
	# The terminal is what it was: lines are edited, and Ctrl-C is a signal.
	types 'sleep 1003' Enter C-c
	sees '^host>$'
	types 'sdocker attach box' Enter
	sees '^box>$'
	tm resize-window -t t -x 90 -y 30
	types 'clear; echo $kept; stty size' Enter
	shows '^yes'
	shows '^30 90'
	types 'exit 7' Enter
	sees '^host>$'
	types 'echo code $?' Enter
	shows '^code 7'
}

@test "tmux: the window is closed: the container goes on" {
	begins
	tm kill-session -t t
	eventually sh -c '! pgrep -f "^sd-monitor wait"'
	equal "$(sdocker ps --format '{{.State}}')" running
}
