/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-cgset's device rules: the list that they come down to, and the BPF program, which is run
 * here by an interpreter of the few instructions that it uses.
 */
#include "unit.h"

#include <stdlib.h>
#include "../../tools/sd-cgset/devices.c"
#include "../../tools/sd-cgset/bpf.c"

static void parse(struct device_list *l, const char *rules)
{
	sd_auto_free char *json = sd_printf("{\"devices\":[%s]}", rules);
	struct sd_err e = {0};
	sd_auto_json struct sd_json *res = sd_json_parse(json, strlen(json), "test", &e);

	assert_non_null(res);
	*l = (struct device_list){0};
	if (devices_parse(l, res, &e) < 0)
		fail_msg("%s", e.text);
}

/* "deny: c 1:3 rwm, b *:* m" */
static void expect(const char *rules, const char *want)
{
	auto_devices struct device_list l;
	sd_auto_buf struct sd_buf have = {0};
	char text[64];

	parse(&l, rules);
	sd_buf_str(&have, l.allow ? "allow:" : "deny:");
	for (size_t i = 0; i < l.n; i++) {
		device_text(&l.v[i], text);
		sd_buf_printf(&have, "%s %s", i ? "," : "", text);
	}
	assert_string_equal(have.data, want);
}

#define DENY_ALL "{\"allow\":false,\"access\":\"rwm\"}"
#define RULE(allow, type, major, minor, access)                                                    \
	",{\"allow\":" allow ",\"type\":\"" type "\",\"major\":" major ",\"minor\":" minor         \
	",\"access\":\"" access "\"}"
#define ALL_MKNOD ",{\"allow\":true,\"type\":\"b\",\"access\":\"m\"}"

static void lists(void **state)
{
	expect("", "allow:");
	expect(DENY_ALL, "deny:");
	expect(DENY_ALL RULE("true", "c", "1", "3", "wr") ALL_MKNOD, "deny: c 1:3 rw, b *:* m");
	expect(DENY_ALL RULE("true", "c", "1", "3", "r") RULE("true", "c", "1", "3", "w"),
		"deny: c 1:3 rw");
	expect(DENY_ALL RULE("true", "c", "1", "3", "rw") RULE("false", "c", "1", "3", "w"),
		"deny: c 1:3 r");
	expect(DENY_ALL RULE("true", "c", "1", "3", "r") RULE("false", "c", "1", "3", "rwm"),
		"deny:");
	expect(DENY_ALL RULE("true", "c", "1", "3", "r") "," DENY_ALL, "deny:");
	expect("{\"allow\":false,\"type\":\"b\",\"access\":\"w\"}", "allow: b *:* w");
	expect(DENY_ALL RULE("true", "u", "5", "-1", "r"), "deny: c 5:* r");
}

static void refused(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
		{"{\"devices\":[{}]}", "devices[0].allow: missing"},
		{"{\"devices\":[{\"allow\":true,\"type\":\"p\"}]}", "devices[0].type: 'p'"},
		{"{\"devices\":[{\"allow\":true,\"access\":\"\"}]}", "names no access"},
		{"{\"devices\":[{\"allow\":true,\"access\":\"rx\"}]}", "more than r, w and m"},
		{"{\"devices\":[{\"allow\":true,\"access\":\"r\"}]}",
			"for every device and access"},
		{"{\"devices\":[{\"allow\":true,\"type\":\"c\",\"major\":4294967296}]}",
			"is not a device number"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sd_err e = {0};
		sd_auto_json struct sd_json *res =
			sd_json_parse(cases[i].json, strlen(cases[i].json), "test", &e);
		auto_devices struct device_list l = {0};

		assert_fails(devices_parse(&l, res, &e), e, cases[i].text);
	}
}

static bool jumps(const struct bpf_insn *in, const uint64_t *reg)
{
	uint32_t value = (uint32_t)reg[in->dst_reg];

	switch (in->code) {
	case JUMP_NE:
		return value != (uint32_t)in->imm;
	case JUMP_NE_REG:
		return value != (uint32_t)reg[in->src_reg];
	case JUMP_EQ:
		return value == (uint32_t)in->imm;
	}
	fail_msg("instruction %#x is not one of the program's", in->code);
	return false;
}

static uint64_t execute(const struct bpf_insn *code, size_t n, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t reg[11] = {0};
	uint32_t word;

	for (size_t pc = 0; pc < n; pc++) {
		const struct bpf_insn *in = &code[pc];

		switch (in->code) {
		case LOAD_WORD:
			assert_int_equal(in->src_reg, R1);
			memcpy(&word, (const char *)ctx + in->off, sizeof(word));
			reg[in->dst_reg] = word;
			break;
		case MOVE:
			reg[in->dst_reg] = reg[in->src_reg];
			break;
		case MOVE_IMM:
			reg[in->dst_reg] = (uint64_t)in->imm;
			break;
		case AND_IMM:
			reg[in->dst_reg] &= (uint64_t)in->imm;
			break;
		case SHIFT_IMM:
			reg[in->dst_reg] >>= in->imm;
			break;
		case BPF_JMP | BPF_EXIT:
			return reg[R0];
		default:
			if (jumps(in, reg))
				pc += (size_t)in->off;
		}
	}
	fail_msg("the program has no end");
	return 0;
}

static bool allowed(const char *rules, char type, uint32_t major, uint32_t minor, unsigned access)
{
	uint32_t kind = type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	struct bpf_cgroup_dev_ctx ctx = {access << 16 | kind, major, minor};
	auto_devices struct device_list l;
	struct bpf_insn code[512];
	size_t n;

	parse(&l, rules);
	n = bpf_device_program(&l, code, 512);
	assert_true(n > 0);
	return execute(code, n, &ctx);
}

static void program(void **state)
{
	static const char some[] = DENY_ALL RULE("true", "c", "1", "3", "rw") RULE("true", "c",
		"136", "-1", "rwm") RULE("true", "c", "4294967295", "4294967295", "r") ALL_MKNOD;
	static const char but[] = "{\"allow\":false,\"type\":\"b\",\"access\":\"w\"}";

	assert_true(allowed(some, 'c', 1, 3, ACCESS_READ));
	assert_true(allowed(some, 'c', 1, 3, ACCESS_READ | ACCESS_WRITE));
	assert_false(allowed(some, 'c', 1, 3, ACCESS_READ | ACCESS_MKNOD));
	assert_false(allowed(some, 'b', 1, 3, ACCESS_READ));
	assert_false(allowed(some, 'c', 1, 5, ACCESS_READ));
	assert_false(allowed(some, 'c', 2, 3, ACCESS_READ));
	assert_true(allowed(some, 'c', 136, 77, ACCESS_ALL));
	assert_true(allowed(some, 'c', UINT32_MAX, UINT32_MAX, ACCESS_READ));
	assert_true(allowed(some, 'b', 8, 0, ACCESS_MKNOD));
	assert_false(allowed(some, 'b', 8, 0, ACCESS_MKNOD | ACCESS_READ));
	assert_true(allowed(but, 'b', 8, 0, ACCESS_READ));
	assert_false(allowed(but, 'b', 8, 0, ACCESS_READ | ACCESS_WRITE));
	assert_true(allowed(but, 'c', 8, 0, ACCESS_WRITE));
	assert_false(allowed(DENY_ALL, 'c', 1, 3, ACCESS_READ));
	assert_true(allowed("", 'c', 1, 3, ACCESS_ALL));
}

static void too_long(void **state)
{
	auto_devices struct device_list l;
	struct bpf_insn code[12];

	parse(&l, DENY_ALL RULE("true", "c", "1", "3", "rw"));
	assert_int_equal(bpf_device_program(&l, code, 12), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(lists),
		cmocka_unit_test(refused), cmocka_unit_test(program), cmocka_unit_test(too_long)};

	return cmocka_run_group_tests_name("cgroup_devices", tests, NULL, NULL);
}
