/* SPDX-License-Identifier: Apache-2.0 */
#include "when.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "str.h"

#define NS 1000000000L

void sd_when_text(const struct timespec *ts, char text[SD_WHEN_LEN + 1])
{
	struct tm tm;
	size_t n;

	gmtime_r(&ts->tv_sec, &tm);
	n = strftime(text, SD_WHEN_LEN + 1, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, SD_WHEN_LEN + 1 - n, ".%09ldZ", ts->tv_nsec);
}

/* ".123" or nothing; what is finer than a nanosecond is dropped. */
static const char *fraction(const char *p, long *ns)
{
	long unit = NS / 10;

	*ns = 0;
	if (*p != '.' || !isdigit((unsigned char)p[1]))
		return p;
	for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
		*ns += (*p - '0') * unit;
	return p;
}

static bool parse_epoch(const char *text, struct timespec *ts)
{
	size_t digits = strspn(text, "0123456789");
	const char *end = fraction(text + digits, &ts->tv_nsec);

	if (!digits || digits > 11 || *end)
		return false;
	ts->tv_sec = strtoll(text, NULL, 10);
	return true;
}

/* "Z", "+01:00", or nothing: local time. */
static bool parse_zone(const char *p, struct tm *tm, time_t *seconds)
{
	int hours, minutes, length = 0;

	if (!*p) {
		tm->tm_isdst = -1;
		*seconds = mktime(tm);
		return true;
	}
	*seconds = timegm(tm);
	if (strcmp(p, "Z") == 0)
		return true;
	if ((*p != '+' && *p != '-') ||
		sscanf(p + 1, "%2d:%2d%n", &hours, &minutes, &length) != 2 || length != 5 || p[6])
		return false;
	*seconds -= (*p == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return true;
}

static bool parse_date(const char *text, struct timespec *ts)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, forms[i], &tm);

		if (!end)
			continue;
		end = i ? end : fraction(end, &ts->tv_nsec);
		if (parse_zone(end, &tm, &ts->tv_sec))
			return true;
	}
	return false;
}

static bool parse_ago(const char *text, struct timespec *ts)
{
	struct sd_err not_one;
	double seconds;
	int64_t ns;

	if (sd_parse_duration(text, "", &seconds, &not_one) < 0)
		return false;
	clock_gettime(CLOCK_REALTIME, ts);
	ns = (int64_t)(seconds * NS);
	ts->tv_sec -= ns / NS;
	ts->tv_nsec -= ns % NS;
	if (ts->tv_nsec < 0) {
		ts->tv_sec--;
		ts->tv_nsec += NS;
	}
	return true;
}

int sd_when_parse(const char *text, const char *what, char when[SD_WHEN_LEN + 1], struct sd_err *e)
{
	struct timespec ts = {0};

	/* 9999-12-31: the last year of four digits. */
	if ((!parse_epoch(text, &ts) && !parse_date(text, &ts) && !parse_ago(text, &ts)) ||
		ts.tv_sec < 0 || ts.tv_sec >= 253402300800)
		return sd_fail(e, 0,
			"%s: '%s' is not a time (like 2026-01-31T12:00:00Z, 1769860800, or 10m: "
			"that long ago)",
			what, text);
	sd_when_text(&ts, when);
	return 0;
}
