/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eventlog - reading what happened, as lib/event.h keeps it: RUN/events.1, then RUN/events.
 *
 * To follow it is to go on at each change in that directory.  A file that was renamed is read to
 * its end, then the one that came after it.
 */
#ifndef SD_STATE_EVENTLOG_H
#define SD_STATE_EVENTLOG_H

#include "err.h"
#include "json.h"
#include "str.h"
#include "when.h"

struct eventlog {
	/* Called with each event and its time; -1 ends the reading. */
	int (*take)(void *data, const struct sd_json *event, const char *when, struct sd_err *e);
	void *data;
	int fd;		    /* -1 at first */
	struct sd_buf half; /* a line whose end is not there yet */
};

/* All that there are. */
int eventlog_past(struct eventlog *l, struct sd_err *e);
/* In place of that: only those that come from now on are taken. */
int eventlog_skip(struct eventlog *l, struct sd_err *e);
/*
 * Those that come, until that time ("": for ever), or until nobody reads what this process writes
 * to its standard output.
 */
int eventlog_follow(struct eventlog *l, const char *until, struct sd_err *e);
void eventlog_close(struct eventlog *l);
#define auto_eventlog __attribute__((cleanup(eventlog_close)))

#endif
