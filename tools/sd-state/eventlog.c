/* SPDX-License-Identifier: Apache-2.0 */
#include "eventlog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "event.h"
#include "io.h"
#include "store.h"
#include "table.h"

#define POLL_MS 100 /* where inotify(7) has no instance left (max_user_instances) */

void eventlog_close(struct eventlog *l)
{
	sd_buf_free(&l->half);
	sd_close_fd(&l->fd);
}

/* What is no event (one that was cut short, before another) is passed over. */
static int take_line(const struct eventlog *l, char *line, struct sd_err *e)
{
	sd_auto_json struct sd_json *event = NULL;
	char *begin = line, *next, when[SD_WHEN_LEN + 1];
	struct sd_err ignored;
	int64_t nano = 0;

	while ((next = strstr(begin + 1, SD_EVENT_BEGIN)))
		begin = next;
	event = sd_json_parse(begin, strlen(begin), SD_EVENTS, &ignored);
	if (!event || sd_json_int(event, &nano, &ignored, "timeNano") != 1 || nano < 0)
		return 0;
	sd_when_text(&(struct timespec){nano / 1000000000, nano % 1000000000}, when);
	return l->take(l->data, event, when, e);
}

static int read_on(struct eventlog *l, struct sd_err *e)
{
	char chunk[65536], *line, *newline;
	ssize_t n;

	while (l->fd >= 0 && (n = read(l->fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0)
			return sd_fail(e, errno, "read the events");
		sd_buf_add(&l->half, chunk, (size_t)n);
		line = l->half.data;
		while ((newline =
				memchr(line, '\n', l->half.len - (size_t)(line - l->half.data)))) {
			*newline = '\0';
			if (*line && take_line(l, line, e) < 0)
				return -1;
			line = newline + 1;
		}
		l->half.len -= (size_t)(line - l->half.data);
		memmove(l->half.data, line, l->half.len);
	}
	return 0;
}

static int turn_to(struct eventlog *l, const char *name, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_run("%s", name);

	sd_close_fd(&l->fd);
	l->half.len = 0;
	l->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return l->fd < 0 && errno != ENOENT ? sd_fail(e, errno, "open %s", path) : 0;
}

static bool is_current(const struct eventlog *l)
{
	sd_auto_free char *path = sd_store_run(SD_EVENTS);
	struct stat here, there;

	if (stat(path, &there) < 0)
		return true;
	return l->fd >= 0 && fstat(l->fd, &here) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

static int read_new(struct eventlog *l, struct sd_err *e)
{
	if (read_on(l, e) < 0)
		return -1;
	if (is_current(l))
		return 0;
	/* It was renamed after that read, or before its last line. */
	return read_on(l, e) < 0 || turn_to(l, SD_EVENTS, e) < 0 ? -1 : read_on(l, e);
}

/* Milliseconds until that time, rounded up; -1: there is none. */
static int left_until(const char *until)
{
	char text[SD_WHEN_LEN + 1];
	struct timespec now;
	int64_t seconds;

	if (!until[0])
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	sd_when_text(&now, text);
	if (strcmp(text, until) >= 0)
		return 0;
	seconds = sd_time_parse(until) - now.tv_sec;
	return seconds >= 1000000 ? 1000000000 : (int)(seconds + 1) * 1000;
}

int eventlog_follow(struct eventlog *l, const char *until, struct sd_err *e)
{
	sd_auto_free char *dir = sd_store_run("%s", "");
	sd_auto_fd int changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char events[4096];

	if (sd_mkdir_p(dir, 0700, e) < 0)
		return -1;
	if (changes >= 0 && inotify_add_watch(changes, dir,
				    IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
		sd_close_fd(&changes); /* ENOSPC: looked at now and then instead */
	for (;;) {
		struct pollfd p[] = {
			{.fd = changes, .events = POLLIN},
			{.fd = STDOUT_FILENO}, /* POLLERR: nobody reads it any more */
		};
		int left = left_until(until);

		if (read_new(l, e) < 0)
			return -1;
		if (left == 0)
			return 0;
		poll(p, 2, changes < 0 && (left < 0 || left > POLL_MS) ? POLL_MS : left);
		if (p[1].revents & POLLERR)
			return 0;
		while (changes >= 0 && read(changes, events, sizeof(events)) > 0)
			;
	}
}

int eventlog_past(struct eventlog *l, struct sd_err *e)
{
	if (turn_to(l, SD_EVENTS_OLD, e) < 0 || read_on(l, e) < 0 || turn_to(l, SD_EVENTS, e) < 0)
		return -1;
	return read_on(l, e);
}

int eventlog_skip(struct eventlog *l, struct sd_err *e)
{
	if (turn_to(l, SD_EVENTS, e) < 0)
		return -1;
	return l->fd >= 0 && lseek(l->fd, 0, SEEK_END) < 0
		       ? sd_fail(e, errno, "go to the end of the events")
		       : 0;
}
