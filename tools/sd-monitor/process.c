/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that documents name, and how long they are waited for. */
#include <errno.h>
#include <time.h>
#include "proc.h"
#include "sd-monitor.h"

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int process_open(const struct sd_json *doc, const char *number, const char *start_time, int *fd,
	struct sd_err *e)
{
	int64_t pid = 0, ticks = 0;

	if (sd_json_int(doc, &pid, e, "%s", number) < 0 ||
		sd_json_int(doc, &ticks, e, "%s", start_time) < 0)
		return -1;
	*fd = pid > 0 ? sd_proc_open((pid_t)pid, ticks) : -1;
	return *fd < 0 && pid > 0 && errno != ESRCH ? sd_fail(e, errno, "open process %d", (int)pid)
						    : 0;
}
