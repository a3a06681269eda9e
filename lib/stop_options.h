/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop_options - the options of `sdocker stop` and `kill`, which are those of sd-monitor's verbs:
 * one table for both, as run_options.h explains.
 */
#ifndef SD_STOP_OPTIONS_H
#define SD_STOP_OPTIONS_H

#include "tool.h"

struct sd_stop_options {
	const char *signal, *timeout;
};

/* The first member of a verb's args is `struct sd_stop_options stop`. */
#define SD_STOP_OPT_SIGNAL(s, text) SD_OPT_STR(s, stop.signal, 's', "signal", "SIGNAL", text)
#define SD_STOP_OPT_TIMEOUT(s)                                                                     \
	SD_OPT_STR(s, stop.timeout, 't', "timeout", "SECONDS",                                     \
		"kill it after so long, in place of its own time or 10; -1: never")
/* docker's older word. */
#define SD_STOP_OPT_TIME(s)                                                                        \
	{                                                                                          \
		SD_KIND_STR, 0, "time", "SECONDS", NULL, offsetof(s, stop.timeout), NULL           \
	}

#endif
