/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "tool.h"

struct args {
	bool flag, other;
	const char *str, *maybe;
	int64_t n, size;
	double wait;
	struct sd_strv list;
};

static const struct sd_opt opts[] = {
	SD_OPT_FLAG(struct args, flag, 'f', "flag", "a flag"),
	SD_OPT_FLAG(struct args, other, 0, "other", "another"),
	SD_OPT_STR(struct args, str, 's', "str", "TEXT", "a string"),
	SD_OPT_STR(struct args, maybe, 'm', "maybe", "[TEXT]", "an optional string"),
	SD_OPT_INT(struct args, n, 'n', "number", "N", "a number"),
	SD_OPT_SIZE(struct args, size, 0, "size", "SIZE", "a size"),
	SD_OPT_DURATION(struct args, wait, 'w', "wait", "TIME", "a time"),
	SD_OPT_LIST(struct args, list, 'e', "env", "[K=]V[,...]", "a list"),
	SD_OPT_END,
};

#define PARSE(a, permute, e, ...) parse(a, permute, e, (const char *[]){"x", __VA_ARGS__, NULL})

static int parse(struct args *a, bool permute, struct sd_err *e, const char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	*a = (struct args){0};
	return sd_opt_parse(opts, a, argc, (char **)argv, permute, e);
}

static void spellings(void **state)
{
	struct sd_err e;
	struct args a;

	assert_int_equal(
		PARSE(&a, false, &e, "-f", "-stext", "--number=3", "--size", "1k", "rest"), 6);
	assert_true(a.flag);
	assert_string_equal(a.str, "text");
	assert_int_equal(a.n, 3);
	assert_int_equal(a.size, 1024);
	assert_int_equal(PARSE(&a, false, &e, "-fs", "-x", "--maybe", "rest"), 4);
	assert_string_equal(a.str, "-x");
	assert_string_equal(a.maybe, "");
	assert_int_equal(PARSE(&a, false, &e, "--maybe=y", "-w", "1m"), 4);
	assert_string_equal(a.maybe, "y");
	assert_true(a.wait == 60);
	assert_int_equal(PARSE(&a, false, &e, "--flag", "--flag=false", "--other=true"), 4);
	assert_true(!a.flag && a.other);
}

static void lists(void **state)
{
	struct sd_err e;
	struct args a;

	assert_int_equal(PARSE(&a, false, &e, "-e", "A=1", "--env=B=", "-eC=x y"), 5);
	assert_int_equal(a.list.n, 3);
	assert_string_equal(a.list.v[2], "C=x y");
	sd_strv_free(&a.list);
}

/* The first operand ends the options: what follows is a command with options of its own. */
static void operands(void **state)
{
	struct sd_err e;
	struct args a;

	assert_int_equal(PARSE(&a, false, &e, "cmd", "-f"), 1);
	assert_false(a.flag);
	assert_int_equal(PARSE(&a, false, &e, "--", "-f"), 2);
	assert_false(a.flag);
	assert_int_equal(PARSE(&a, true, &e, "cmd", "-f"), 2);
	assert_true(a.flag);
}

static void refused(void **state)
{
	struct sd_err e;
	struct args a;

	assert_fails(PARSE(&a, false, &e, "-q"), e, "unknown option '-q'");
	assert_fails(PARSE(&a, false, &e, "--nope"), e, "unknown option '--nope'");
	assert_fails(PARSE(&a, false, &e, "-s"), e, "option '-s' needs a value");
	assert_fails(PARSE(&a, false, &e, "--str"), e, "option '--str' needs a value");
	assert_fails(PARSE(&a, false, &e, "--flag=maybe"), e, "neither true nor false");
	assert_fails(PARSE(&a, false, &e, "-n", "x"), e, "--number: 'x'");
	assert_fails(PARSE(&a, false, &e, "--size=-1"), e, "--size: '-1'");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(spellings),
		cmocka_unit_test(lists), cmocka_unit_test(operands), cmocka_unit_test(refused)};

	return cmocka_run_group_tests_name("tool", tests, NULL, NULL);
}
