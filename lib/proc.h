/* SPDX-License-Identifier: Apache-2.0 */
/* proc - is the process that a record names still the same one? */
#ifndef SD_PROC_H
#define SD_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "err.h"

/*
 * Start time in clock ticks since boot (field 22 of /proc/PID/stat, proc(5)).  A zombie has
 * ended and is not there.  Returns 1 and sets *ticks, 0 where there is no such process, -1.
 */
int sd_proc_start_time(pid_t pid, int64_t *ticks, struct sd_err *e);

/*
 * True if a process of that number that started at that time is alive, or where it cannot be told
 * (EMFILE, ENOMEM): nothing may be removed for want of a descriptor.
 */
bool sd_proc_is(pid_t pid, int64_t ticks);

/*
 * A pidfd of that very process: opened, then checked, so no reuse can slip between.  -1 with ESRCH
 * where it is another or none, or with why it cannot be told: whoever acts on it acts on no guess.
 */
int sd_proc_open(pid_t pid, int64_t ticks);

/* /proc/sys/kernel/random/boot_id without the newline. */
int sd_proc_boot_id(char id[37], struct sd_err *e);

/* Now, RFC 3339 in UTC with nanoseconds: "2026-01-31T12:00:00.123456789Z". */
void sd_time_now(char text[40]);

#endif
