/* SPDX-License-Identifier: Apache-2.0 */
#include "proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <fcntl.h>
#include <unistd.h>
#include "cleanup.h"
#include "when.h"

int sd_proc_start_time(pid_t pid, int64_t *ticks, struct sd_err *e)
{
	char path[40], stat[1024], *p;
	sd_auto_fd int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", path);
	n = read(fd, stat, sizeof(stat) - 1);
	if (n < 0) /* ESRCH: it ended between the open and the read */
		return errno == ESRCH ? 0 : sd_fail(e, errno, "read %s", path);
	stat[n] = '\0';

	/* "pid (comm) state ...": comm may hold anything, so count from the last ')'. */
	p = strrchr(stat, ')');
	if (!p || p[1] != ' ')
		return sd_fail(e, 0, "read %s: not in the form of proc(5)", path);
	p += 2;
	if (*p == 'Z' || *p == 'X')
		return 0;
	for (int field = 3; field < 22 && p; field++) {
		p = strchr(p, ' ');
		p += p != NULL;
	}
	if (!p)
		return sd_fail(e, 0, "read %s: not in the form of proc(5)", path);
	*ticks = strtoll(p, NULL, 10);
	return 1;
}

bool sd_proc_is(pid_t pid, int64_t ticks)
{
	struct sd_err ignored;
	int64_t now;
	int r = pid > 0 ? sd_proc_start_time(pid, &now, &ignored) : 0;

	return r > 0 ? now == ticks : r < 0;
}

int sd_proc_open(pid_t pid, int64_t ticks)
{
	sd_auto_fd int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct sd_err why;
	int64_t now;
	int r;

	if (fd < 0)
		return -1;
	r = sd_proc_start_time(pid, &now, &why);
	if (r > 0 && now == ticks)
		return sd_steal_fd(&fd);
	errno = r < 0 ? (why.errnum ? why.errnum : EIO) : ESRCH;
	return -1;
}

int sd_proc_boot_id(char id[37], struct sd_err *e)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	sd_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return sd_fail(e, errno, "open %s", path);
	if (read(fd, id, 36) != 36)
		return sd_fail(e, EIO, "read %s", path);
	id[36] = '\0';
	return 0;
}

void sd_time_now(char text[40])
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	sd_when_text(&ts, text);
}
