# requires:
#
# How the programs are linked, and what the compiler has put into them.
load ../helper/common
load conform

# A SAN=1 build is for finding faults: AddressSanitizer's programs are dynamic, and not fortified.
sanitized() { nm "$SD_BUILD/bin/$1" 2>/dev/null | grep -qE '__(asan|ubsan)_'; }

segments() { readelf -lW "$SD_BUILD/bin/$1"; }
symbols() { nm "$SD_BUILD/bin/$1"; }

@test "static: no loader, no library of the place where it runs" {
	for program in $(programs); do
		sanitized "$program" && continue
		! segments "$program" | grep -q INTERP || complain "$program: has a loader"
		! readelf -dW "$SD_BUILD/bin/$program" | grep -q NEEDED || complain "$program: needs libraries"
	done
	verdict
}

@test "what reads archives is position-independent" {
	for program in sd-image sd-layer; do
		readelf -hW "$SD_BUILD/bin/$program" | grep -q 'Type: *DYN' || complain "$program: at a fixed address"
	done
	verdict
}

@test "no segment is writable and executable, the stack included" {
	for program in $(programs); do
		segments "$program" | awk '$1 == "GNU_STACK" { found = $7 == "RW" } END { exit !found }' ||
			complain "$program: executable stack"
		! segments "$program" | awk '$1 == "LOAD" { print $7 $8 }' | grep -q 'W.*E' ||
			complain "$program: writable and executable segment"
	done
	verdict
}

# All is bound at the start: what functions are called through lies in the part made read-only.
@test "RELRO, and the table of functions in it" {
	local start size table
	for program in $(programs); do
		read -r start size < <(segments "$program" | awk '$1 == "GNU_RELRO" { print $3, $6 }')
		[ -n "$start" ] || { complain "$program: no RELRO"; continue; }
		for table in $(readelf -SW "$SD_BUILD/bin/$program" |
			sed 's/^ *\[ *[0-9]*\]//' | awk '$1 ~ /^\.got/ { print $3 }'); do
			((16#$table >= start && 16#$table < start + size)) ||
				complain "$program: .got at $table outside of RELRO"
		done
	done
	verdict
}

@test "stack protector" {
	for program in $(programs); do
		symbols "$program" | grep -q '__stack_chk_fail' || complain "$program"
	done
	verdict
}

@test "_FORTIFY_SOURCE" {
	for program in $(programs); do
		sanitized "$program" || symbols "$program" | grep -q ' __vsnprintf_chk' || complain "$program"
	done
	verdict
}

# x86: an indirect call or jump ends at endbr64 (the kernel does not enforce it for users yet).
@test "-fcf-protection" {
	[ "$(uname -m)" = x86_64 ] || skip "x86-64 alone"
	for program in $(programs); do
		objdump -d --disassemble=main --no-show-raw-insn "$SD_BUILD/bin/$program" |
			grep -A 1 '<main>:' | grep -q endbr64 || complain "$program"
	done
	verdict
}

# A frame larger than a page is probed page by page: no guard page is jumped over.
@test "-fstack-clash-protection" {
	for program in $(programs); do
		symbols "$program" | grep -q ' sd_read_all$' || continue
		objdump -d --disassemble=sd_read_all --no-show-raw-insn "$SD_BUILD/bin/$program" |
			grep -qE 'or[qbl]? +\$0x0,.*\(%rsp\)' || complain "$program"
	done
	verdict
}
