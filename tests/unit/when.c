/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "when.h"

static void absolute(void **state)
{
	static const struct {
		const char *text, *when;
	} good[] = {
		{"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000000Z"},
		{"2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.500000000Z"},
		{"2026-01-31T12:00:00.1234567899Z", "2026-01-31T12:00:00.123456789Z"},
		{"2026-01-31T12:00:00.5+01:30", "2026-01-31T10:30:00.500000000Z"},
		{"2026-01-31T23:30:00-01:00", "2026-02-01T00:30:00.000000000Z"},
		{"2026-01-31T12:00Z", "2026-01-31T12:00:00.000000000Z"},
		{"2026-01-31Z", "2026-01-31T00:00:00.000000000Z"},
		{"2026-01-31T12:00:00", "2026-01-31T10:00:00.000000000Z"},
		{"2026-01-31", "2026-01-30T22:00:00.000000000Z"},
		{"1769860800", "2026-01-31T12:00:00.000000000Z"},
		{"1769860800.000000001", "2026-01-31T12:00:00.000000001Z"},
		{"0", "1970-01-01T00:00:00.000000000Z"},
	};
	char when[SD_WHEN_LEN + 1];
	struct sd_err e;

	setenv("TZ", "XXX-2", 1);
	tzset();
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(sd_when_parse(good[i].text, "--since", when, &e), 0);
		assert_string_equal(when, good[i].when);
	}
}

static void ago(void **state)
{
	char before[SD_WHEN_LEN + 1], when[SD_WHEN_LEN + 1], after[SD_WHEN_LEN + 1];
	struct timespec ts;
	struct sd_err e;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec -= 90;
	sd_when_text(&ts, before);
	assert_int_equal(sd_when_parse("1m30s", "--since", when, &e), 0);
	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec -= 90;
	sd_when_text(&ts, after);
	assert_true(strcmp(before, when) <= 0 && strcmp(when, after) <= 0);
}

static void refused(void **state)
{
	static const char *const bad[] = {"", "now", "-1", "10x", "2026-01-31T12:00:00+1",
		"2026-01-31T12:00:00+01:00x", "2026-13-01", "1769860800.", "1e9", "99999999999999",
		"253402300800", "2026-01-31T12:00:00.Z", " 10m"};
	char when[SD_WHEN_LEN + 1];
	struct sd_err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_fails(sd_when_parse(bad[i], "--since", when, &e), e, "--since: '");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(absolute),
		cmocka_unit_test(ago),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
