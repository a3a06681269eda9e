/* SPDX-License-Identifier: Apache-2.0 */
/* Names in layers' archives. */
#include "unit.h"

#include "../../tools/sd-layer/name.c"

static void parse(void **state)
{
	static const struct {
		const char *raw, *path;
		enum name_kind kind;
	} good[] = {
		{"a", "a", NAME_FILE},
		{"./a//b/./c/", "a/b/c", NAME_FILE},
		{"/etc/passwd", "etc/passwd", NAME_FILE},
		{"...", "...", NAME_FILE},
		{"..a/b..", "..a/b..", NAME_FILE},
		{".", "", NAME_ROOT},
		{"./", "", NAME_ROOT},
		{"///", "", NAME_ROOT},
		{".wh.a", "a", NAME_WHITEOUT},
		{"d/.wh.a", "d/a", NAME_WHITEOUT},
		{"d/.wh..a", "d/.a", NAME_WHITEOUT},
		{"d/.wh....", "d/...", NAME_WHITEOUT},
		{".wh.d/a", ".wh.d/a", NAME_FILE},
		{"x.wh.a", "x.wh.a", NAME_FILE},
		{".wh", ".wh", NAME_FILE},
		{".wh..wh..opq", "", NAME_OPAQUE},
		{"a/b/.wh..wh..opq", "a/b", NAME_OPAQUE},
		{"./.wh..wh..opq/", "", NAME_OPAQUE},
		{".wh..wh.plnk", ".wh..wh.plnk", NAME_IGNORED},
		{"a/.wh..wh.orph/b/c", "a/.wh..wh.orph/b/c", NAME_IGNORED},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		sd_auto_free char *path = NULL;
		enum name_kind kind;
		struct sd_err e;

		assert_int_equal(name_parse(good[i].raw, &path, &kind, &e), 0);
		assert_string_equal(path, good[i].path);
		assert_int_equal(kind, good[i].kind);
	}
}

static void refuse(void **state)
{
	static const char *const bad[][2] = {
		{"", "without a name"},
		{"..", "leads out"},
		{"/..", "leads out"},
		{"../a", "leads out"},
		{"a/../b", "leads out"},
		{"a/..", "leads out"},
		{"a/.wh../..", "leads out"},
		{".wh.", "whiteout of nothing"},
		{"a/.wh.", "whiteout of nothing"},
		{"a/.wh..", "whiteout of nothing"},
		{".wh...", "whiteout of nothing"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *path = NULL;
		enum name_kind kind;
		struct sd_err e;

		assert_fails(name_parse(bad[i][0], &path, &kind, &e), e, bad[i][1]);
		assert_null(path);
	}
}

static void target(void **state)
{
	sd_auto_free char *path = NULL;
	char *none = NULL;
	struct sd_err e;

	assert_int_equal(name_parse_target("./a/.wh.b", &path, &e), 0);
	assert_string_equal(path, "a/.wh.b");
	assert_fails(name_parse_target("../a", &none, &e), e, "leads out");
	assert_fails(name_parse_target("/", &none, &e), e, "not a file of the archive");
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse),
		cmocka_unit_test(refuse),
		cmocka_unit_test(target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
