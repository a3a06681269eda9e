/* SPDX-License-Identifier: Apache-2.0 */
/* usage - what takes up the disk: `df` of the tools that keep something there. */
#ifndef SD_USAGE_H
#define SD_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "err.h"
#include "tool.h"

/*
 * Bytes of disk that `name` below parent and all in it take up (du(1)), following no link and
 * crossing no mount point; what vanishes meanwhile is not counted, a file with two names twice.
 * -1: a directory cannot be read.
 */
int sd_usage_tree(int parent, const char *name, int64_t *bytes, struct sd_err *e);

/* A row of `sdocker system df`. */
struct sd_usage {
	const char *type; /* "Images" */
	size_t total, active;
	int64_t size, reclaimable;
};

/* The options of each tool's `df`. */
struct sd_usage_options {
	const char *format;
	bool verbose;
};

/* Entries for a verb whose args have the member `struct sd_usage_options usage`. */
#define SD_USAGE_OPTIONS(s)                                                                        \
	SD_OPT_STR(                                                                                \
		s, usage.format, 0, "format", "FORMAT", "json, a template, or 'table TEMPLATE'"),  \
		SD_OPT_FLAG(s, usage.verbose, 'v', "verbose", "each one")

int sd_usage_check(const struct sd_usage_options *o, struct sd_err *e);
/* `first`: of those that are printed one below the other; headings stand over it. */
int sd_usage_print(
	const struct sd_usage *u, const struct sd_usage_options *o, bool first, struct sd_err *e);

#endif
