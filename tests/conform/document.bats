# requires: root
#
# What holds for every verb that reads a document on stdin.
load ../helper/common
load conform

# refused INPUT...: each verb refuses each input in one line.
refused() {
	local input
	while read -r program verb operands; do
		for input; do
			call "$program" "$verb" $operands <<<"$input"
			one_line 125 "$program $verb <<<'$input'"
		done
	done < <(of_kind filter sink)
}

@test "empty stdin: the tool before has said why; silence and 125" {
	while read -r program verb operands; do
		call "$program" "$verb" $operands </dev/null
		[ "$status" = 125 ] && [ -z "$output$stderr" ] ||
			complain "$program $verb: exit $status: $output $stderr"
	done < <(of_kind filter sink)
	verdict
}

@test "not JSON: one line, 125" {
	refused 'nonsense' '{' '{}{}' '{"id":"a","id":"b"}'
	verdict
}

@test "not a document: one line that names the member, 125" {
	refused '[]' '"x"' 'null' '{}' '{"ociVersion":7}' '{"ociVersion":"1.2.0","id":7}'
	verdict
}

@test "an id that would lead out of the store: one line, 125" {
	refused '{"ociVersion":"1.2.0","id":"../../../etc"}' '{"ociVersion":"1.2.0","id":""}' \
		'{"ociVersion":"1.2.0","id":"."}' '{"ociVersion":"1.2.0","id":"a/b"}'
	verdict
}

@test "members of a wrong type: one line, 125" {
	refused '{"ociVersion":"1.2.0","id":"a","bundle":[],"config":7,"want":"x","image":7,"rootfs":1,"cgroup":1,"name":7}'
	verdict
}

@test "stdin closed: one line or silence, 125" {
	while read -r program verb operands; do
		[ "$verb" != - ] || verb=
		sd_run bash -c "exec $program $verb $operands <&-"
		[ "$status" = 125 ] && [ -z "$output" ] && [ ${#stderr_lines[@]} -le 1 ] ||
			complain "$program $verb: exit $status: $output $stderr"
	done < <(of_kind filter sink)
	verdict
}
