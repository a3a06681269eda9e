/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ls_options - the options of `sdocker ps`, which are those of `sd-state ls`: one table for both,
 * as run_options.h explains.
 */
#ifndef SD_LS_OPTIONS_H
#define SD_LS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include "str.h"
#include "tool.h"

struct sd_ls_options {
	bool all, due, quiet, no_trunc, json, latest, size;
	int64_t last;
	const char *format;
	struct sd_strv filters;
};

#endif
