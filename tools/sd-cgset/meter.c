/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container uses: counters of its cgroup by stat.c, and of its network by its process.
 *
 * Whether it still runs is asked after each reading, so that what was read is its own: the cgroup
 * is its own for longer than its process lives.
 */
#include "meter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "proc.h"
#include "process.h"
#include "store.h"

/* A container that may make interfaces makes as many as it likes: some thousand are counted. */
#define NET_MAX (256u << 10)

static void reading_free(struct reading *r)
{
	sd_json_unref(r->used);
	r->used = NULL;
}

void meter_free(struct meter *m)
{
	reading_free(&m->before);
	reading_free(&m->now);
	group_free(&m->g);
	sd_json_unref(m->doc);
}

static bool gone(int errnum)
{
	return errnum == ENOENT || errnum == ESRCH || errnum == ENODEV;
}

/* The host's network is not what the container used. */
static bool own_network(int dir)
{
	struct stat theirs, ours;

	return fstatat(dir, "ns/net", &theirs, 0) == 0 && stat("/proc/self/ns/net", &ours) == 0 &&
	       theirs.st_ino != ours.st_ino;
}

/* "  eth0: 1024 8 0 0 0 0 0 0 512 4 ...": bytes received are the first, sent the ninth. */
static void add_interface(struct meter *m, const char *line)
{
	const char *colon = strchr(line, ':');
	long long in, out;

	if (!colon || sd_starts_with(line + strspn(line, " "), "lo:"))
		return;
	if (sscanf(colon + 1, "%lld %*d %*d %*d %*d %*d %*d %*d %lld", &in, &out) != 2)
		return;
	m->received += in;
	m->sent += out;
}

static int read_network(struct meter *m, pid_t pid, struct sd_err *e)
{
	sd_auto_free char *path = sd_printf("/proc/%d", (int)pid);
	sd_auto_fd int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	sd_auto_free char *text = sd_malloc(NET_MAX);
	char *rest = text, *line;

	m->received = m->sent = -1;
	if (dir < 0)
		return gone(errno) ? 0 : sd_fail(e, errno, "open %s", path);
	if (!own_network(dir))
		return 0;
	/* EINVAL: its last thread has left the namespace, it ends. */
	if (process_read_file(dir, "net/dev", text, NET_MAX) < 0)
		return gone(errno) || errno == EINVAL ? 0
						      : sd_fail(e, errno, "read %s/net/dev", path);
	m->received = m->sent = 0;
	/* What no newline ends was cut. */
	while ((line = strsep(&rest, "\n")) && rest)
		add_interface(m, line);
	return 0;
}

int meter_read(struct meter *m, struct sd_err *e)
{
	int64_t pid = 0, ticks = 0;
	struct timespec ts;

	if (!m->runs)
		return 0;
	if (sd_json_int(m->doc, &pid, e, "pid") < 0 ||
		sd_json_int(m->doc, &ticks, e, "startTime") < 0)
		return -1;
	reading_free(&m->before);
	m->before = m->now;
	m->now = (struct reading){0};
	if (stat_read(&m->g, &m->now.used, e) < 0 || read_network(m, (pid_t)pid, e) < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	m->now.at = (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
	m->runs = sd_proc_is((pid_t)pid, ticks);
	return 0;
}

int meter_begin(struct meter *m, struct sd_json *doc, struct sd_err *e)
{
	m->doc = doc;
	m->runs = sd_record_runs(doc);
	if (!m->runs)
		return 0;
	if (group_existing(&m->g, NULL, &m->doc, e) < 0) {
		/* It has ended since its document was written. */
		m->runs = false;
		return e->errnum == ENOENT ? 0 : -1;
	}
	return meter_read(m, e);
}
