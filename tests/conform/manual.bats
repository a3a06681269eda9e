# requires: root
#
# The manual is complete, and right in its form.
load ../helper/common
load conform

page() { mandoc -Tascii -O width=500 "$SD_REPO/share/man/$1" | col -b; }

@test "every program has a page, with the sections of a command" {
	for program in $(programs); do
		file=$SD_REPO/share/man/$program.1
		[ -f "$file" ] || { complain "$program: no page"; continue; }
		for section in NAME SYNOPSIS DESCRIPTION "EXIT STATUS" EXAMPLES "SEE ALSO"; do
			grep -q "^\.Sh $section\$" "$file" || complain "$program: no $section"
		done
		grep -q '^\.Xr sd-exit 7' "$file" || complain "$program: no reference to sd-exit(7)"
	done
	verdict
}

@test "a program's page lists each of its verbs and options" {
	for program in $(programs); do
		[ -f "$SD_REPO/share/man/$program.1" ] || continue
		text=$(page "$program.1")
		# What a driver hands to sd-spec and sd-network is explained there.
		[ ! -d "$SD_REPO/bin/$program" ] || text+=$(page sd-spec.1; page sd-network.1)
		while IFS=$'\t' read -r what verb letter name _; do
			case $what in
			verb) [ "$verb" = - ] || grep -qw -e "$verb" <<<"$text" ||
				complain "$program: verb $verb" ;;
			option)
				grep -qE -e "--$name([^a-z-]|\$)" <<<"$text" ||
					complain "$program $verb: --$name"
				[ "$letter" = - ] || grep -qE -e "(^|[^-a-z])-$letter([^a-z]|\$)" <<<"$text" ||
					complain "$program $verb: -$letter" ;;
			esac
		done < <("$program" --sd-options)
	done
	verdict
}

@test "every page is clean under mandoc -Tlint" {
	run mandoc -Tlint -W warning "$SD_REPO"/share/man/*.[1-8]
	equal "$output" ""
}

@test "a page that is referred to exists" {
	for ref in $(sed -n 's/^\.Xr \(sd[a-z-]*\) \([1-8]\).*/\1.\2/p' "$SD_REPO"/share/man/*.[1-8] | sort -u); do
		[ -f "$SD_REPO/share/man/$ref" ] || complain "$ref"
	done
	verdict
}

@test "sd-exit(7) explains every exit code of lib/err.h" {
	text=$(page sd-exit.7)
	for code in $(sed -n 's/^\tSD_EXIT_[A-Z_]* = \([0-9]*\),.*/\1/p' "$SD_REPO/lib/err.h"); do
		grep -qw "$code" <<<"$text" || complain "$code"
	done
	verdict
}

@test "sdocker(7) names every program" {
	text=$(page sdocker.7)
	for program in $(programs); do
		grep -qE "(^|[^a-z-])$program([^a-z-]|\$)" <<<"$text" || complain "$program"
	done
	verdict
}
