/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "cleanup.h"

void sd_table_take(struct sd_table *t, char *cell)
{
	/* Names and commands come from users and images: no escape sequence reaches the terminal.
	 */
	for (char *p = cell; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	sd_strv_take(&t->cells, cell);
}

void sd_table_add(struct sd_table *t, const char *cell)
{
	sd_table_take(t, sd_strdup(cell));
}

/* Characters, not bytes, so that columns stand under each other with UTF-8 in them. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void sd_table_print(const struct sd_table *t, FILE *to)
{
	sd_auto_free size_t *widest = sd_calloc(t->columns, sizeof(*widest));

	for (size_t i = 0; i < t->cells.n; i++) {
		size_t w = width(t->cells.v[i]), *max = &widest[i % t->columns];

		*max = w > *max ? w : *max;
	}
	for (size_t i = 0; i < t->cells.n; i++) {
		size_t column = i % t->columns;

		fputs(t->cells.v[i], to);
		if (column + 1 == t->columns)
			fputc('\n', to);
		else
			fprintf(to, "%*s", (int)(widest[column] - width(t->cells.v[i]) + 3), "");
	}
}

void sd_table_free(struct sd_table *t)
{
	sd_strv_free(&t->cells);
}

char *sd_human_duration(int64_t seconds)
{
	static const struct {
		int64_t from, unit;
		const char *name;
	} scale[] = {{2 * 31536000, 31536000, "year"}, {2 * 2592000, 2592000, "month"},
		{2 * 604800, 604800, "week"}, {2 * 86400, 86400, "day"}, {2 * 3600, 3600, "hour"},
		{120, 60, "minute"}, {0, 1, "second"}};
	size_t i = 0;

	if (seconds < 1)
		return sd_strdup("Less than a second");
	if (seconds >= 60 && seconds < 120)
		return sd_strdup("About a minute");
	if (seconds >= 3600 && seconds < 7200)
		return sd_strdup("About an hour");
	while (seconds < scale[i].from)
		i++;
	return sd_printf("%lld %s%s", (long long)(seconds / scale[i].unit), scale[i].name,
		seconds / scale[i].unit == 1 ? "" : "s");
}

char *sd_human_size(int64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double n = (double)bytes;
	size_t i = 0;

	while (n >= 999.5 && i + 1 < sizeof(units) / sizeof(*units)) {
		n /= 1000;
		i++;
	}
	return sd_printf("%.3g%s", n, units[i]);
}

int64_t sd_time_parse(const char *text)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	return end ? (int64_t)timegm(&tm) : -1;
}

char *sd_go_time(const char *when)
{
	return strlen(when) < 19 ? sd_strdup(when)
				 : sd_printf("%.10s %.8s +0000 UTC", when, when + 11);
}
