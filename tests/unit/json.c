/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdlib.h>
#include "cleanup.h"
#include "json.h"

static struct sd_json *parse(const char *text)
{
	struct sd_err e;
	struct sd_json *j = sd_json_parse(text, strlen(text), "document", &e);

	assert_non_null(j);
	return j;
}

static void getters(void **state)
{
	sd_auto_json struct sd_json *j =
		parse("{\"a\":{\"b\":[{\"c\":\"x\"},{\"c\":7}]},\"n\":null,\"t\":true}");
	const char *s = "unset";
	struct sd_err e = {0};
	bool b = false;
	int64_t n = 0;

	assert_int_equal(sd_json_str(j, &s, &e, "a.b[%d].c", 0), 1);
	assert_string_equal(s, "x");
	assert_int_equal(sd_json_int(j, &n, &e, "a.b[1].c"), 1);
	assert_int_equal(n, 7);
	assert_int_equal(sd_json_bool(j, &b, &e, "t"), 1);
	assert_true(b);
	s = "unset";
	assert_int_equal(sd_json_str(j, &s, &e, "a.b[2].c"), 0);
	assert_int_equal(sd_json_str(j, &s, &e, "n"), 0);
	assert_int_equal(sd_json_str(j, &s, &e, "a.z.c"), 0);
	assert_string_equal(s, "unset");
	assert_fails(sd_json_str(j, &s, &e, "a.b[1].c"), e, "a.b[1].c");
	assert_fails(sd_json_int(j, &n, &e, "a"), e, "a: ");
	assert_fails(sd_json_int(j, &n, &e, "t.x.y"), e, "t: expected an object, found a boolean");
	assert_fails(sd_json_int(j, &n, &e, "a.b.x"), e, "a.b: expected an object, found an array");
	assert_fails(sd_json_int(j, &n, &e, "a[0]"), e, "a: expected an array, found an object");
	assert_fails(sd_json_missing(&e, "config.process.%s", "args"), e,
		"config.process.args: missing");
}

static void strings(void **state)
{
	sd_auto_json struct sd_json *j = parse("{\"args\":[\"a\",\"\",\"b c\"],\"bad\":[\"a\",1]}");
	sd_auto_free const char **v = NULL;
	struct sd_err e;
	size_t n = 0;

	assert_int_equal(sd_json_strings(j, &v, &n, &e, "args"), 1);
	assert_int_equal(n, 3);
	assert_string_equal(v[1], "");
	assert_null(v[3]);
	free(v);
	v = NULL;
	assert_fails(sd_json_strings(j, &v, &n, &e, "bad"), e, "bad[1]");
}

static void refused(void **state)
{
	static const char *const bad[] = {"", "{", "{} x", "{\"a\":1,\"a\":2}", "{'a':1}",
		"\"\xff\"", "[1,]", "\"a\\u0000b\""};
	struct sd_err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		e = (struct sd_err){0};
		if (sd_json_parse(bad[i], strlen(bad[i]), "document", &e))
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(e.code, SD_EXIT_FAILED);
		assert_non_null(strstr(e.text, "document"));
	}
}

static void depth(void **state)
{
	enum { N = 100000 };
	sd_auto_free char *text = malloc(N);
	struct sd_err e;

	memset(text, '[', N);
	assert_null(sd_json_parse(text, N, "document", &e));
}

/* One integer beyond int64_t changes no other member, and no text that looks like one. */
static void large_integers(void **state)
{
	static const char text[] = "{\"a\":[18446744073709551615,-9223372036854775809,1,2.5],"
				   "\"s\":\"\\\"18446744073709551615\"}";
	sd_auto_json struct sd_json *j = parse(text);
	sd_auto_free char *out = sd_json_text(j);
	struct sd_err e;
	int64_t n = 0;

	assert_int_equal(sd_json_int(j, &n, &e, "a[0]"), 1);
	assert_true(n == INT64_MAX);
	assert_string_equal(out, "{\"a\":[9223372036854775807,-9223372036854775808,1,2.5],"
				 "\"s\":\"\\\"18446744073709551615\"}");
}

static void building(void **state)
{
	sd_auto_json struct sd_json *j = sd_json_new_object();
	sd_auto_free char *text = NULL;

	sd_json_set_int(sd_json_make_object(j, "a.b"), "n", 1);
	sd_json_append_str(sd_json_make_array(j, "a.l"), "x");
	sd_json_append_str(sd_json_make_array(j, "a.l"), "y");
	sd_json_set_str(j, "bad", "\xff");
	sd_json_set_bool(j, "t", true);
	sd_json_del(j, "t");
	text = sd_json_text(j);
	assert_string_equal(text, "{\"a\":{\"b\":{\"n\":1},\"l\":[\"x\",\"y\"]}}");
}

/* What goes in comes out: the order of members, and each kind of character. */
static void unchanged(void **state)
{
	static const char text[] =
		"{\"z\":1,\"a\":[0.5,null,\"\\u0001\\n\\\"\\\\\xe2\x82\xac/\"],\"m\":{}}";
	sd_auto_json struct sd_json *j = parse(text);
	sd_auto_free char *out = sd_json_text(j);

	assert_string_equal(out, text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(getters),
		cmocka_unit_test(strings), cmocka_unit_test(refused), cmocka_unit_test(depth),
		cmocka_unit_test(large_integers), cmocka_unit_test(building),
		cmocka_unit_test(unchanged)};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
