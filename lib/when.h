/* SPDX-License-Identifier: Apache-2.0 */
/* when - points in time, as they are written in documents and logs, and as users type them. */
#ifndef SD_WHEN_H
#define SD_WHEN_H

#include <time.h>
#include "err.h"

/*
 * RFC 3339 in UTC with nanoseconds, "2026-01-31T12:00:00.123456789Z": always as long, so that
 * times are compared as strings.
 */
#define SD_WHEN_LEN 30
void sd_when_text(const struct timespec *ts, char text[SD_WHEN_LEN + 1]);

/*
 * What docker takes for --since and --until, as the above:
 *	2026-01-31T12:00:00.5+01:00	RFC 3339; without a zone local time; a part of it, from the
 *	2026-01-31T12:00, 2026-01-31	date on
 *	1769860800.5			seconds since the epoch
 *	10m, 1h30m			that long ago
 */
int sd_when_parse(const char *text, const char *what, char when[SD_WHEN_LEN + 1], struct sd_err *e);

#endif
