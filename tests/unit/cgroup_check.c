/* SPDX-License-Identifier: Apache-2.0 */
/* sd-cgset: is what was read back what was written? */
#include "unit.h"

#include "../../tools/sd-cgset/check.c"

static void bytes(void **state)
{
	assert_true(check_value(CHECK_BYTES, "104857600", "104857600"));
	assert_true(check_value(CHECK_BYTES, "104857601", "104857600"));
	assert_false(check_value(CHECK_BYTES, "104857600", "104853504"));
	assert_true(check_value(CHECK_BYTES, "-1", "9223372036854771712"));
	assert_true(check_value(CHECK_BYTES, "max", "max"));
	assert_false(check_value(CHECK_BYTES, "104857600", "max"));
	assert_false(check_value(CHECK_BYTES, "max", "104857600"));
}

static void cpus(void **state)
{
	assert_true(check_value(CHECK_CPUS, "0,1", "0-1"));
	assert_true(check_value(CHECK_CPUS, "3,0-1", "0-1,3"));
	assert_false(check_value(CHECK_CPUS, "0-3", "0-1"));
	assert_false(check_value(CHECK_CPUS, "0", ""));
	assert_false(check_value(CHECK_CPUS, "0", "1"));
}

static void tokens(void **state)
{
	assert_true(check_value(CHECK_TOKENS, "20", "20"));
	assert_false(check_value(CHECK_TOKENS, "1", "2"));
	assert_true(check_value(CHECK_TOKENS, "50000", "50000 100000"));
	assert_false(check_value(CHECK_TOKENS, "50000 20000", "50000 100000"));
	assert_true(check_value(CHECK_TOKENS, "1G", "1073741824"));
	assert_true(check_value(CHECK_TOKENS, "default 100", "default 100\n8:0 200"));
	assert_true(check_value(CHECK_TOKENS, "8:0 200", "default 100\n8:0 200"));
	assert_true(check_value(
		CHECK_TOKENS, "8:0 rbps=4096", "8:0 rbps=4096 wbps=max riops=max wiops=max"));
	assert_false(check_value(CHECK_TOKENS, "8:0 rbps=4096", "8:0 rbps=8192 wbps=max"));
	assert_false(check_value(CHECK_TOKENS, "8:0 rbps=4096", "8:16 rbps=4096"));
	assert_false(check_value(CHECK_TOKENS, "8:0 4096", ""));
	assert_true(
		check_value(CHECK_TOKENS, "oom_kill_disable 1", "oom_kill_disable 1\nunder_oom 0"));
	assert_false(
		check_value(CHECK_TOKENS, "oom_kill_disable 1", "oom_kill_disable 0\nunder_oom 1"));
}

static void removed(void **state)
{
	assert_true(check_value(CHECK_TOKENS, "8:0 rbps=max", ""));
	assert_true(check_value(CHECK_TOKENS, "8:0 0", "8:16 5"));
	assert_false(check_value(CHECK_TOKENS, "8:0 0", "8:0 5"));
	assert_false(check_value(CHECK_TOKENS, "8:0 rbps=max", "8:0 rbps=5 wbps=max"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(bytes), cmocka_unit_test(cpus),
		cmocka_unit_test(tokens), cmocka_unit_test(removed)};

	return cmocka_run_group_tests_name("cgroup_check", tests, NULL, NULL);
}
