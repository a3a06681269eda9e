/* SPDX-License-Identifier: Apache-2.0 */
/* table - lists for people: aligned columns, sizes and times as they are read. */
#ifndef SD_TABLE_H
#define SD_TABLE_H

#include <stdint.h>
#include <stdio.h>
#include "str.h"

/* Cells in rows of `columns`, the first row the headings.  Zero but for columns is empty. */
struct sd_table {
	size_t columns;
	struct sd_strv cells;
};

void sd_table_add(struct sd_table *t, const char *cell); /* copies; control bytes become '?' */
void sd_table_take(struct sd_table *t, char *cell);	 /* owns */
void sd_table_print(const struct sd_table *t, FILE *to);
void sd_table_free(struct sd_table *t);
#define sd_auto_table __attribute__((cleanup(sd_table_free)))

/* "3 minutes", "2 hours", "5 days"; the caller frees. */
char *sd_human_duration(int64_t seconds);
/* "1.24MB": powers of 1000, three digits, as docker's; the caller frees. */
char *sd_human_size(int64_t bytes);
/* "2026-01-31 12:00:00 +0000 UTC", as Go prints a time, of an RFC 3339 one; the caller frees. */
char *sd_go_time(const char *when);
/* Seconds since the epoch of an RFC 3339 time in UTC, or -1. */
int64_t sd_time_parse(const char *text);

#endif
