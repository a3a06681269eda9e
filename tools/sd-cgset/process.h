/* SPDX-License-Identifier: Apache-2.0 */
/* process - one process as /proc shows it: for top. */
#ifndef SD_CGSET_PROCESS_H
#define SD_CGSET_PROCESS_H

#include <stdint.h>
#include <sys/types.h>
#include "err.h"
#include "str.h"

/* Fields of /proc/PID/stat by the numbers of proc_pid_stat(5). */
enum {
	STAT_PPID = 4,
	STAT_PGRP = 5,
	STAT_SESSION = 6,
	STAT_TTY = 7,
	STAT_TPGID = 8,
	STAT_UTIME = 14, /* ticks */
	STAT_STIME = 15, /* ticks */
	STAT_NICE = 19,
	STAT_THREADS = 20,
	STAT_START = 22, /* ticks since boot */
	STAT_VSIZE = 23, /* bytes */
	STAT_RSS = 24,	 /* pages */
	PROCESS_FIELDS = 25,
};

struct process {
	pid_t pid;
	unsigned uid; /* effective */
	char state;
	int64_t field[PROCESS_FIELDS];
	char *comm, *args; /* escaped */
};

/* 1, 0 where it has ended, -1.  The caller frees *p (zero before) in each case. */
int process_read(pid_t pid, struct process *p, struct sd_err *e);
void process_free(struct process *p);
/*
 * The file's beginning, NUL-terminated, by a descriptor of its directory.  Its length, or -1 with
 * errno; ENOENT, ESRCH: the process has ended.
 */
ssize_t process_read_file(int dirfd, const char *file, char *text, size_t size);
/* With "\x1b" for what is a control character or no UTF-8; the caller frees. */
char *process_escape(const char *s);

#endif
