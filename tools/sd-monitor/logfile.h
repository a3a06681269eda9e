/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logfile - the files of a log, read while they are written and rotated; see log.c.
 *
 * Rotation renames: `log` to `log.1`, `log.1` to `log.2`.  So a file is known by its inode, and the
 * one that follows it in time has the number below.
 */
#ifndef SD_LOGFILE_H
#define SD_LOGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "err.h"

struct logfiles {
	int *fd; /* the oldest first */
	size_t n;
};

/* All that there are at one moment, in the record's directory `dir`. */
int logfiles_open(struct logfiles *f, int dir, struct sd_err *e);
void logfiles_free(struct logfiles *f);
#define auto_logfiles __attribute__((cleanup(logfiles_free)))

/* The one that came after `fd`: 1 opened, 0 that is the newest, -1.  `fd` -1: the first. */
int logfile_next(int dir, int fd, int *next, struct sd_err *e);

/* A line as log.c writes it; borrowed. */
struct logline {
	const char *time; /* SD_WHEN_LEN bytes */
	int stream;	  /* 1 or 2 */
	bool part;	  /* goes on in the stream's next */
	const char *text;
	size_t len;
};

/* False: it is none, as what a full disk has cut off. */
bool logline_parse(struct logline *l, const char *data, size_t len);

/* Lines from the end of a file backwards; what comes after the last newline is none yet. */
struct backward {
	int fd;
	off_t start; /* of data */
	char *data;
	size_t len;
	int errnum;
};

void backward_open(struct backward *b, int fd);
/* The one before, without its newline, until the next call; and where it begins. */
bool backward_line(struct backward *b, const char **line, size_t *len, off_t *at);
void backward_free(struct backward *b);
#define auto_backward __attribute__((cleanup(backward_free)))

#endif
