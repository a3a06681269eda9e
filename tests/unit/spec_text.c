/* SPDX-License-Identifier: Apache-2.0 */
/* The small parsers of sd-spec. */
#include "unit.h"

#include "../../tools/sd-spec/text.c"

static void csv(void **state)
{
	auto_fields struct fields f = {0};
	struct sd_err e;

	assert_int_equal(csv_parse("a=1,b,\"c=x,\"\"y\"\"\",d=e=f,=,", "--mount", &f, &e), 0);
	assert_int_equal(f.n, 6);
	assert_string_equal(f.v[0].value, "1");
	assert_null(f.v[1].value);
	assert_string_equal(f.v[2].key, "c");
	assert_string_equal(f.v[2].value, "x,\"y\"");
	assert_string_equal(f.v[3].value, "e=f");
	assert_string_equal(f.v[4].key, "");
	assert_string_equal(f.v[5].key, "");
}

static void csv_refuses(void **state)
{
	static const char *const bad[][2] = {
		{"\"", "not closed"},
		{"a,\"b", "not closed"},
		{"\"a\"\"", "not closed"},
		{"a\"b\"", "inside a field"},
		{"\"a\"b", "behind a closing quote"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		auto_fields struct fields f = {0};
		struct sd_err e;

		assert_fails(csv_parse(bad[i][0], "--mount", &f, &e), e, bad[i][1]);
	}
}

static void paths(void **state)
{
	static const char *const table[][2] = {
		{"/", "/"},
		{"//", "/"},
		{"/a//b/", "/a/b"},
		{"/a/./b/.", "/a/b"},
		{"/a/../b", "/b"},
		{"/../../a", "/a"},
		{"/a/b/c/../../d/..", "/a"},
		{"/a/..", "/"},
		{"/..a/...", "/..a/..."},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		sd_auto_free char *clean = path_clean(table[i][0]);

		assert_string_equal(clean, table[i][1]);
	}
}

static void cpu_lists(void **state)
{
	static const char *const good[] = {"0", "0-3", "0,2-4,7", "1-1"};
	static const char *const bad[] = {
		"", ",", "0,", "-", "1-", "-1", "3-1", "1-2-3", "a", "1 ", "99999"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(cpu_list_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(cpu_list_valid(bad[i]));
}

static void host_names(void **state)
{
	static const char *const good[] = {"a", "A1", "a-b.c", "1",
		"123456789012345678901234567890123456789012345678901234567890123"};
	static const char *const bad[] = {"", ".", "a.", ".a", "-a", "a-", "a-.b", "a_b", "a b",
		"\xc3\xbc", "1234567890123456789012345678901234567890123456789012345678901234"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(host_name_valid(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(host_name_valid(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv),
		cmocka_unit_test(csv_refuses),
		cmocka_unit_test(paths),
		cmocka_unit_test(cpu_lists),
		cmocka_unit_test(host_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
