/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "run_options.h"

/* The words (argv[0] left out), NULL-terminated, and what they become. */
static void normalise(const char *const *words, const char *const *expected)
{
	char *argv[16] = {(char *)"x"};
	int n = 1;

	for (; words[n - 1]; n++)
		argv[n] = (char *)words[n - 1];
	sd_run_args_normalise(n, argv);
	for (int i = 1; i < n; i++)
		assert_string_equal(argv[i], expected[i - 1]);
}

#define WORDS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static void spellings(void **state)
{
	normalise(WORDS("-cpu", "20", "-cpushare", "512", "-cpuset", "0", "-net", "n", "img"),
		WORDS("--cpu-percent", "20", "--cpu-shares", "512", "--cpuset-cpus", "0",
			"--network", "n", "img"));
}

static void only_before_the_image(void **state)
{
	normalise(WORDS("-ti", "img", "-net"), WORDS("-ti", "img", "-net"));
	normalise(WORDS("-i", "-", "-net"), WORDS("-i", "-", "-net"));
	normalise(WORDS("--", "-net"), WORDS("--", "-net"));
}

static void values_are_left_alone(void **state)
{
	normalise(WORDS("-e", "-net", "-net", "n"), WORDS("-e", "-net", "--network", "n"));
	normalise(WORDS("-ite", "-cpu", "-cpu", "1"), WORDS("-ite", "-cpu", "--cpu-percent", "1"));
	normalise(WORDS("-eA", "-net", "n"), WORDS("-eA", "--network", "n"));
	normalise(WORDS("--env", "-net", "i"), WORDS("--env", "-net", "i"));
	normalise(WORDS("--env=a", "-net", "n"), WORDS("--env=a", "--network", "n"));
	normalise(WORDS("--ent", "-net", "i"), WORDS("--ent", "-net", "i"));
	normalise(WORDS("--tty=true", "-net", "n"), WORDS("--tty=true", "--network", "n"));
	normalise(WORDS("--nosuch", "-net", "n"), WORDS("--nosuch", "--network", "n"));
	normalise(WORDS("-net"), WORDS("--network"));
}

static void the_table_has_no_two_of_a_name(void **state)
{
	for (const struct sd_opt *a = sd_run_opts; a->kind != SD_KIND_END; a++)
		for (const struct sd_opt *b = sd_run_opts; b != a; b++) {
			assert_string_not_equal(a->name, b->name);
			assert_true(!a->letter || a->letter != b->letter);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings),
		cmocka_unit_test(only_before_the_image),
		cmocka_unit_test(values_are_left_alone),
		cmocka_unit_test(the_table_has_no_two_of_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
