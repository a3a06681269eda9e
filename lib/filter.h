/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter - --filter KEY=VALUE of lists.  As docker's: of several values of one key one must hold,
 * or each, and of several keys all.
 */
#ifndef SD_FILTER_H
#define SD_FILTER_H

#include <stdbool.h>
#include "err.h"
#include "json.h"
#include "str.h"

/* Of several values of the key, so many must hold. */
enum sd_filter_values { SD_FILTER_ONE, SD_FILTER_EACH };

struct sd_filter {
	const char *name;
	bool (*holds)(const void *item, const char *value);
	enum sd_filter_values values;
};

/* A table ends with an empty row.  The key's row and value; NULL: it is not in the table. */
const struct sd_filter *sd_filter_find(
	const struct sd_filter *table, const char *filter, const char **value);
/* 0, or -1 for one that is not KEY=VALUE of the table. */
int sd_filters_check(
	const struct sd_filter *table, const struct sd_strv *filters, struct sd_err *e);
/* "true" or "false". */
int sd_filter_want_bool(const char *filter, const char *value, struct sd_err *e);
bool sd_filters_hold(
	const struct sd_filter *table, const struct sd_strv *filters, const void *item);

/* An object of labels has "KEY", or "KEY=VALUE". */
bool sd_labels_have(const struct sd_json *labels, const char *label);
/* "a=1,b=2"; the caller frees. */
char *sd_labels_text(const struct sd_json *labels);

#endif
