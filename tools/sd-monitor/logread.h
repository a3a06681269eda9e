/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logread - a container's log as its program wrote it: parts of a line joined, each stream to its
 * own descriptor, from where and as far as was asked for.
 */
#ifndef SD_LOGREAD_H
#define SD_LOGREAD_H

#include <stdbool.h>
#include "err.h"
#include "log_options.h"
#include "logfile.h"
#include "str.h"
#include "when.h"

/* A place in the log: in the n-th of the files that were there at first. */
struct place {
	size_t file;
	off_t at;
};

struct output {
	struct sd_buf b;
	struct place from; /* what comes before is not asked for */
	bool wanted;	   /* the stream is */
	bool inside;	   /* of a line, whose first parts are printed, or not */
	bool shown;
};

struct reader {
	const struct sd_log_options *o;
	char since[SD_WHEN_LEN + 1], until[SD_WHEN_LEN + 1]; /* "": no bound */
	int dir;
	struct logfiles files;
	struct output out[2]; /* of stream 1 and 2 */
	int fd;		      /* the file that is read */
	struct place at;      /* where what is read next begins */
	struct sd_buf half;   /* what has no newline yet */
	bool past;	      /* a line is as new as `until` */
};

/* `o` is borrowed. */
int reader_open(struct reader *r, const char *id, const struct sd_log_options *o, struct sd_err *e);
/* All files that were there when it was opened. */
int reader_known(struct reader *r, struct sd_err *e);
/* All that has come since. */
int reader_on(struct reader *r, struct sd_err *e);
int reader_flush(struct reader *r, struct sd_err *e);
void reader_free(struct reader *r);
#define auto_reader __attribute__((cleanup(reader_free)))

#endif
