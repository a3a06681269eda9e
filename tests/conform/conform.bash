# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# conform - for checks that loop over every program: all complaints, then the verdict.

complaints=()
complain() { complaints+=("$*"); }
verdict() {
	[ ${#complaints[@]} = 0 ] || { printf '# %s\n' "${complaints[@]}"; return 1; }
}

programs() { find "$SD_BUILD/bin" -type f -executable -printf '%f\n' | sort; }

# "PROGRAM VERB" for each verb; "-" where the program is one verb.
verbs() {
	local p
	for p in $(programs); do
		"$p" --sd-options | awk -F '\t' -v p="$p" '$1 == "verb" { print p, $2 }'
	done
}

# of_kind KIND...: "PROGRAM VERB OPERANDS" for the verbs that the table calls so and that are built.
of_kind() {
	awk -F '\t' -v kinds="$*" 'NR == FNR { built[$0] = 1; next }
		!/^#/ && index(" " kinds " ", " " $1 " ") && (($2 " " $3) in built) { print $2, $3, $4 }' \
		<(verbs) "$SD_REPO/tests/conform/verbs"
}

# call PROGRAM VERB [ARG]...: with the streams apart, "-" left out; a verb may be two words.
call() {
	local program=$1 verb=$2
	shift 2
	# shellcheck disable=SC2086 # words
	[ "$verb" = - ] || set -- $verb "$@"
	run --separate-stderr "$program" "$@"
}

# one_line CODE WHAT: the last call exited so, with one line on stderr and nothing on stdout.
one_line() {
	# shellcheck disable=SC2154 # set by run
	[ "$status" = "$1" ] || complain "$2: exit $status, not $1: $stderr"
	# shellcheck disable=SC2154
	[ "${#stderr_lines[@]}" = 1 ] || complain "$2: ${#stderr_lines[@]} lines on stderr: $stderr"
	[ -z "$output" ] || complain "$2: on stdout: $output"
}
