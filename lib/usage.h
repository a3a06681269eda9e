/* SPDX-License-Identifier: Apache-2.0 */
/* usage - what takes up the disk: `df` of the tools that keep something there. */
#ifndef SD_USAGE_H
#define SD_USAGE_H

#include <stddef.h>
#include <stdint.h>
#include "err.h"

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
void sd_usage_print_head(void);
void sd_usage_print(const struct sd_usage *u);

#endif
