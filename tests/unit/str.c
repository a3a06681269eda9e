/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <signal.h>
#include <stdlib.h>
#include "cleanup.h"
#include "str.h"

static void sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} good[] = {{"0", 0}, {"512", 512}, {"7b", 7}, {"1k", 1024}, {"100m", 100 << 20},
		{"1.5G", 3LL << 29}, {"2kb", 2048}, {"2KiB", 2048}, {"1t", 1LL << 40}};
	static const char *const bad[] = {
		"", "m", "-1", "1x", "1 k", "1e3", "0x10", ".5", "1.", "1bb", "1kk", "nan", "inf"};
	struct sd_err e;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		int64_t n = -1;

		assert_int_equal(sd_parse_size(good[i].text, "-m", &n, &e), 0);
		assert_int_equal(n, good[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int64_t n = -1;

		assert_fails(sd_parse_size(bad[i], "-m", &n, &e), e, "-m: '");
		assert_int_equal(n, -1);
	}
}

static void size_overflow(void **state)
{
	struct sd_err e;
	int64_t n;

	assert_fails(sd_parse_size("8388608t", "-m", &n, &e), e, "too large");
	assert_fails(sd_parse_size("9223372036854775808", "-m", &n, &e), e, "too large");
	assert_int_equal(sd_parse_size("9223372036854775807", "-m", &n, &e), 0);
	assert_int_equal(n, INT64_MAX);
}

static void integers(void **state)
{
	struct sd_err e;
	int64_t n;

	assert_int_equal(sd_parse_int("-1000", "x", -1000, 1000, &n, &e), 0);
	assert_int_equal(n, -1000);
	assert_fails(sd_parse_int("1001", "x", -1000, 1000, &n, &e), e, "between -1000 and 1000");
	assert_fails(sd_parse_int("99999999999999999999", "x", 0, INT64_MAX, &n, &e), e, "between");
	assert_fails(sd_parse_int("", "x", 0, 9, &n, &e), e, "not a whole number");
	assert_fails(sd_parse_int("1 ", "x", 0, 9, &n, &e), e, "not a whole number");
	assert_fails(sd_parse_int("+1", "x", 0, 9, &n, &e), e, "not a whole number");
	assert_fails(sd_parse_int("--1", "x", -9, 9, &n, &e), e, "not a whole number");
}

static void durations(void **state)
{
	char digits[400] = "";
	struct sd_err e;
	double s;

	assert_int_equal(sd_parse_duration("10", "t", &s, &e), 0);
	assert_true(s == 10.0);
	assert_int_equal(sd_parse_duration("1h2m3.5s", "t", &s, &e), 0);
	assert_true(s == 3723.5);
	assert_int_equal(sd_parse_duration("500ms", "t", &s, &e), 0);
	assert_true(s > 0.4999 && s < 0.5001);
	assert_fails(sd_parse_duration("1h2", "t", &s, &e), e, "not a duration");
	assert_fails(sd_parse_duration("-1s", "t", &s, &e), e, "not a duration");
	assert_fails(sd_parse_duration("9223372036", "t", &s, &e), e, "too large");
	assert_fails(sd_parse_duration("9000000000s9000000000s", "t", &s, &e), e, "too large");
	memset(digits, '9', sizeof(digits) - 1);
	assert_fails(sd_parse_duration(digits, "t", &s, &e), e, "too large"); /* was infinite */
}

static void signals(void **state)
{
	struct sd_err e;
	char buf[16];
	int sig;

	assert_int_equal(sd_parse_signal("sigterm", "s", &sig, &e), 0);
	assert_int_equal(sig, SIGTERM);
	assert_int_equal(sd_parse_signal("KILL", "s", &sig, &e), 0);
	assert_int_equal(sig, SIGKILL);
	assert_int_equal(sd_parse_signal("9", "s", &sig, &e), 0);
	assert_int_equal(sig, SIGKILL);
	assert_int_equal(sd_parse_signal("RTMIN+3", "s", &sig, &e), 0);
	assert_int_equal(sig, SIGRTMIN + 3);
	assert_fails(sd_parse_signal("0", "s", &sig, &e), e, "between");
	assert_fails(sd_parse_signal("65", "s", &sig, &e), e, "between");
	assert_fails(sd_parse_signal("SIG", "s", &sig, &e), e, "not a signal");
	assert_string_equal(sd_signal_name(SIGHUP, buf), "SIGHUP");
}

static void utf8(void **state)
{
	assert_true(sd_is_utf8(""));
	assert_true(sd_is_utf8("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\xb3"));
	assert_false(sd_is_utf8("\xff"));
	assert_false(sd_is_utf8("\xc0\xaf"));	      /* overlong */
	assert_false(sd_is_utf8("\xed\xa0\x80"));     /* surrogate */
	assert_false(sd_is_utf8("\xf4\x90\x80\x80")); /* beyond U+10FFFF */
	assert_false(sd_is_utf8("\xe2\x82"));	      /* cut short */
}

static void shell_words(void **state)
{
	sd_auto_buf struct sd_buf b = {0};

	sd_buf_shell_word(&b, "a-b/c.d");
	sd_buf_str(&b, " ");
	sd_buf_shell_word(&b, "");
	sd_buf_str(&b, " ");
	sd_buf_shell_word(&b, "it's $HOME\n");
	assert_string_equal(b.data, "a-b/c.d '' 'it'\\''s $HOME\n'");
}

static void lists(void **state)
{
	sd_auto_strv struct sd_strv l = {0};

	for (int i = 0; i < 100; i++)
		sd_strv_take(&l, sd_printf("%d", i));
	assert_int_equal(l.n, 100);
	assert_string_equal(l.v[99], "99");
	assert_null(l.v[100]);
}

static void hashes(void **state)
{
	/* The test vectors of FNV's authors. */
	assert_true(sd_hash(SD_HASH_START, "") == 0xcbf29ce484222325);
	assert_true(sd_hash(SD_HASH_START, "a") == 0xaf63dc4c8601ec8c);
	assert_true(sd_hash(SD_HASH_START, "foobar") == 0x85944171f73967e8);
	assert_true(sd_hash(sd_hash(SD_HASH_START, "foo"), "bar") == 0x85944171f73967e8);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(sizes),
		cmocka_unit_test(size_overflow), cmocka_unit_test(integers),
		cmocka_unit_test(durations), cmocka_unit_test(signals), cmocka_unit_test(utf8),
		cmocka_unit_test(shell_words), cmocka_unit_test(lists), cmocka_unit_test(hashes)};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
