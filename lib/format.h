/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format - the language of --format: a part of Go's text/template (sd-format(7)), over JSON.
 *
 * format_parse.c makes a tree of the text, format_run.c walks it, format_call.c has the functions,
 * format_value.c compares and prints values, format_rows.c makes lists.
 *
 * Bounded: depth of nesting, steps and output have limits, so that no template runs for ever.
 */
#ifndef SD_FORMAT_H
#define SD_FORMAT_H

#include <stdio.h>
#include "err.h"
#include "json.h"
#include "str.h"

struct sd_format;

/* Errors name the column: "template, column 7: unexpected '}'". */
struct sd_format *sd_format_parse(const char *text, struct sd_err *e);
void sd_format_free(struct sd_format *f);
void sd_format_freep(struct sd_format **f);
#define sd_auto_format __attribute__((cleanup(sd_format_freep)))

/*
 * Add to `out` what the template makes of `data`.  `labels` is what {{.Label "key"}} looks in, or
 * NULL.  A field is found by its exact name or else by one that differs in case alone.  One that
 * is not there: an error where its name begins with a capital (a mistyped name of docker's), "no
 * value" else (a label, a fact that there is not).
 */
int sd_format_run(const struct sd_format *f, const struct sd_json *data,
	const struct sd_json *labels, struct sd_buf *out, struct sd_err *e);

/* What stands over the column of a field. */
struct sd_heading {
	const char *field, *text;
};

/*
 * A list by --format: "json" (an object a line), "table TEMPLATE" (with headings) or "TEMPLATE" (a
 * line a row).  NULL and "table" alone mean `table`, the list's own.  `headings` ends with an empty
 * row; NULL: none are printed.
 */
struct sd_rows;
struct sd_rows *sd_rows_begin(
	const char *format, const char *table, const struct sd_heading *headings, struct sd_err *e);
int sd_rows_add(struct sd_rows *r, const struct sd_json *row, const struct sd_json *labels,
	struct sd_err *e);
/* All of it; control characters of tables become '?'. */
void sd_rows_print(const struct sd_rows *r, FILE *to);
/*
 * What `inspect` prints: an array with `rows` NULL indented, else a line of each element, up to the
 * one that fails.
 */
int sd_rows_show(struct sd_rows *rows, const struct sd_json *all, FILE *to, struct sd_err *e);
void sd_rows_free(struct sd_rows *r);
void sd_rows_freep(struct sd_rows **r);
#define sd_auto_rows __attribute__((cleanup(sd_rows_freep)))

#endif
