/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress - how far a long work has come, for who waits at a terminal.
 *
 * One line on standard error, where that is a terminal; nothing at all elsewhere, at the cost of
 * one comparison.  It appears after half a second, so that short works stay silent, and is wiped
 * at the end.  NO_COLOR (set and not empty) is honoured; TERM=dumb gets none.
 */
#ifndef SD_PROGRESS_H
#define SD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct sd_progress {
	const char *what; /* "import"; borrowed */
	int64_t total;	  /* 0: not known */
	int64_t done;
	int64_t next; /* when to draw, in ms of CLOCK_MONOTONIC */
	bool on, colour, drawn;
	bool count; /* of things, not of bytes */
};

/* A zero-initialised one is off. */
void sd_progress_begin(struct sd_progress *p, const char *what, int64_t total, bool quiet);
void sd_progress_draw(struct sd_progress *p);
void sd_progress_end(struct sd_progress *p);
#define sd_auto_progress __attribute__((cleanup(sd_progress_end)))

static inline void sd_progress_add(struct sd_progress *p, int64_t n)
{
	if (!p->on)
		return;
	p->done += n;
	sd_progress_draw(p);
}

#endif
