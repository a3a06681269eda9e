/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_options - the options of `sdocker logs`, which are those of `sd-monitor logs`: one table for
 * both, as run_options.h explains.
 */
#ifndef SD_LOG_OPTIONS_H
#define SD_LOG_OPTIONS_H

#include <stdbool.h>
#include "tool.h"

struct sd_log_options {
	bool follow, timestamps, out, err;
	const char *tail, *since, *until;
};

/* Entries for a verb whose args have the member `struct sd_log_options log`. */
#define SD_LOG_OPTIONS(s)                                                                          \
	SD_OPT_FLAG(s, log.follow, 'f', "follow", "go on until the container has ended"),          \
		SD_OPT_STR(s, log.since, 0, "since", "TIME",                                       \
			"nothing older: 2026-01-31T12:00:00Z, 1769860800, or 10m ago"),            \
		SD_OPT_FLAG(s, log.err, 0, "stderr", "only standard error"),                       \
		SD_OPT_FLAG(s, log.out, 0, "stdout", "only standard output"),                      \
		SD_OPT_STR(s, log.tail, 'n', "tail", "N", "only the last N lines"),                \
		SD_OPT_FLAG(s, log.timestamps, 't', "timestamps", "the time before each line"),    \
		SD_OPT_STR(s, log.until, 0, "until", "TIME", "nothing newer")

#endif
