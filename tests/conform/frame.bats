# requires: root
#
# What holds for every program and verb, also for one that is added tomorrow.
load ../helper/common
load conform

@test "every verb has its kind in tests/conform/verbs" {
	while read -r program verb; do
		grep -qP "^\w+\t$program\t$verb(\t|\$)" "$SD_REPO/tests/conform/verbs" ||
			complain "$program $verb"
	done < <(verbs)
	verdict
}

@test "--help: on stdout, exit 0" {
	for program in $(programs); do
		sd_run "$program" --help
		[ "$status" = 0 ] && [ -z "$stderr" ] && [[ $output == "Usage: $program "* ]] ||
			complain "$program --help: exit $status: $output $stderr"
	done
	while read -r program verb; do
		call "$program" "$verb" --help
		[ "$status" = 0 ] && [ -z "$stderr" ] && [[ $output == "Usage: s"* ]] ||
			complain "$program $verb --help: exit $status: $output $stderr"
	done < <(verbs)
	verdict
}

@test "--help names what it prints in lines of at most 100 columns" {
	while read -r program verb; do
		call "$program" "$verb" --help
		for line in "${lines[@]}"; do
			[ ${#line} -le 100 ] || complain "$program $verb: $line"
		done
	done < <(verbs)
	verdict
}

@test "--version: name and version" {
	for program in $(programs); do
		sd_run "$program" --version
		[[ $status = 0 && $output =~ ^"$program (sdocker) "[0-9]+\.[0-9]+ ]] ||
			complain "$program --version: exit $status: $output $stderr"
	done
	verdict
}

@test "an unknown option: one line that names it, 125" {
	while read -r program verb; do
		call "$program" "$verb" --no-such-option
		one_line 125 "$program $verb --no-such-option"
		# A driver's verb may be a tool's, which then speaks for itself.
		[[ $stderr == s*": "*--no-such-option*--help* ]] ||
			complain "$program $verb: $stderr"
	done < <(verbs)
	verdict
}

@test "an unknown verb: one line that names it, 125" {
	while read -r program _; do
		sd_run "$program" no-such-verb
		one_line 125 "$program no-such-verb"
		[[ $stderr == *no-such-verb* ]] || complain "$program: $stderr"
		sd_run "$program"
		one_line 125 "$program"
	done < <(verbs | awk '{ n[$1] += $2 == "-" } END { for (p in n) if (!n[p]) print p }')
	verdict
}

@test "an option without its value: one line, 125" {
	while IFS=$'\t' read -r program verb name; do
		call "$program" "$verb" "--$name"
		one_line 125 "$program $verb --$name"
	done < <(for p in $(programs); do
		"$p" --sd-options | awk -F '\t' -v OFS='\t' -v p="$p" \
			'$1 == "option" && $5 != "" && $5 !~ /^\[[^]]*\]$/ { print p, $2, $4 }'
	done)
	verdict
}

@test "stdout closed or full: one line, 125" {
	for program in $(programs); do
		for target in '&-' /dev/full; do
			sd_run bash -c "exec $program --help >$target"
			one_line 125 "$program --help >$target"
		done
	done
	verdict
}

@test "stderr closed: the exit code still tells" {
	for program in $(programs); do
		sd_run bash -c "exec $program --no-such-option 2>&-"
		[ "$status" = 125 ] || complain "$program: exit $status"
	done
	verdict
}

@test "control characters in an operand do not reach the terminal" {
	for program in $(programs); do
		sd_run "$program" $'--\e[31m\nred'
		one_line 125 "$program"
		[[ $stderr != *$'\e'* ]] || complain "$program: $stderr"
	done
	verdict
}

@test "completions: every option of every verb" {
	while read -r program verb; do
		source "$SD_BUILD/share/bash-completion/completions/$program" ||
			complain "$program: no completion"
		COMP_WORDS=("$program" $verb --)
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		[ "$verb" != - ] || { COMP_WORDS=("$program" --); COMP_CWORD=1; }
		"_${program//-/_}"
		for name in $("$program" --sd-options | awk -F '\t' -v v="$verb" \
			'$1 == "option" && $2 == v { print "--" $4 }'); do
			[[ " ${COMPREPLY[*]} " == *" $name "* ]] || complain "$program $verb: $name"
		done
	done < <(verbs)
	verdict
}

@test "completions: the values of an option that has some" {
	source "$SD_BUILD/share/bash-completion/completions/sdocker"
	COMP_WORDS=(sdocker run --restart o)
	COMP_CWORD=3
	_sdocker
	equal "${COMPREPLY[*]}" on-failure
	COMP_WORDS=(sdocker update --restart "")
	_sdocker
	equal "${COMPREPLY[*]}" "no on-failure always unless-stopped"
}
