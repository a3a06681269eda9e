/* SPDX-License-Identifier: Apache-2.0 */
/* How the kernel treats the program: scheduler, I/O priority, OOM killer, personality. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

struct name_value {
	const char *name;
	int value;
};

static const struct name_value policies[] = {
	{"SCHED_OTHER", SCHED_NORMAL},
	{"SCHED_FIFO", SCHED_FIFO},
	{"SCHED_RR", SCHED_RR},
	{"SCHED_BATCH", SCHED_BATCH},
	{"SCHED_IDLE", SCHED_IDLE},
	{"SCHED_DEADLINE", SCHED_DEADLINE},
	{NULL, 0},
};

static const struct name_value flags[] = {
	{"SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK},
	{"SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM},
	{"SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN},
	{"SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY},
	{"SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS},
	{"SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN},
	{"SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX},
	{NULL, 0},
};

static const struct name_value io_classes[] = {
	{"IOPRIO_CLASS_RT", 1},
	{"IOPRIO_CLASS_BE", 2},
	{"IOPRIO_CLASS_IDLE", 3},
	{NULL, 0},
};

/* config.linux.personality */
static const struct name_value domains[] = {
	{"LINUX", PER_LINUX},
	{"LINUX32", PER_LINUX32},
	{NULL, 0},
};

static int lookup(const struct name_value *t, const char *name, const char *what, int *value,
	struct sd_err *e)
{
	for (; t->name; t++) {
		if (strcmp(t->name, name) == 0) {
			*value = t->value;
			return 0;
		}
	}
	return sd_fail(e, 0, "%s: unknown value '%s'", what, name);
}

static int number(struct plan *p, const char *member, int64_t min, int64_t max, int64_t *out,
	struct sd_err *e)
{
	int there = sd_json_int(p->doc, out, e, "config.process.scheduler.%s", member);

	if (there > 0 && (*out < min || *out > max))
		return sd_fail(e, 0, "config.process.scheduler.%s: %lld is not in %lld to %lld",
			member, (long long)*out, (long long)min, (long long)max);
	return there < 0 ? -1 : 0;
}

static int read_scheduler(struct plan *p, struct sd_err *e)
{
	struct schedule *s = &p->schedule;
	const char *policy = NULL, **list = NULL;
	size_t n = 0;
	int r, flag = 0;

	if (sd_json_str(p->doc, &policy, e, "config.process.scheduler.policy") < 0 ||
		number(p, "nice", -20, 19, &s->nice, e) < 0 ||
		number(p, "priority", 0, 99, &s->priority, e) < 0 ||
		number(p, "runtime", 0, INT64_MAX, &s->runtime, e) < 0 ||
		number(p, "deadline", 0, INT64_MAX, &s->deadline, e) < 0 ||
		number(p, "period", 0, INT64_MAX, &s->period, e) < 0)
		return -1;
	if (!policy)
		return sd_json_missing(e, "config.process.scheduler.policy");
	if (lookup(policies, policy, "config.process.scheduler.policy", &s->policy, e) < 0)
		return -1;
	r = sd_json_strings(p->doc, &list, &n, e, "config.process.scheduler.flags");
	for (size_t i = 0; r > 0 && i < n; i++) {
		r = lookup(flags, list[i], "config.process.scheduler.flags", &flag, e) < 0 ? -1 : 1;
		s->flags |= r > 0 ? (uint64_t)flag : 0;
	}
	free(list);
	return r < 0 ? -1 : 0;
}

static int read_io_priority(struct plan *p, struct sd_err *e)
{
	const char *class = NULL;
	int64_t priority = 0;
	int value = 0;

	if (sd_json_str(p->doc, &class, e, "config.process.ioPriority.class") < 0 ||
		sd_json_int(p->doc, &priority, e, "config.process.ioPriority.priority") < 0)
		return -1;
	if (!class)
		return sd_json_missing(e, "config.process.ioPriority.class");
	if (lookup(io_classes, class, "config.process.ioPriority.class", &value, e) < 0)
		return -1;
	if (priority < 0 || priority > 7)
		return sd_fail(e, 0, "config.process.ioPriority.priority: %lld is not in 0 to 7",
			(long long)priority);
	p->io_priority = value << 13 | (int)priority;
	return 0;
}

static int read_personality(struct plan *p, struct sd_err *e)
{
	const char *domain = NULL;
	struct sd_json *extra = NULL;

	if (sd_json_str(p->doc, &domain, e, "config.linux.personality.domain") < 0 ||
		sd_json_array(p->doc, &extra, e, "config.linux.personality.flags") < 0)
		return -1;
	if (!domain)
		return sd_json_missing(e, "config.linux.personality.domain");
	if (sd_json_len(extra))
		return sd_fail(e, 0, "config.linux.personality.flags: OCI knows of none");
	return lookup(domains, domain, "config.linux.personality.domain", &p->personality, e);
}

int schedule_read(struct plan *p, struct sd_err *e)
{
	if (sd_json_get(p->doc, "config.process.scheduler") && read_scheduler(p, e) < 0)
		return -1;
	if (sd_json_get(p->doc, "config.process.ioPriority") && read_io_priority(p, e) < 0)
		return -1;
	if (sd_json_get(p->doc, "config.linux.personality") && read_personality(p, e) < 0)
		return -1;
	return 0;
}

int schedule_apply(const struct plan *p, struct sd_err *e)
{
	const struct schedule *s = &p->schedule;
	struct sched_attr a = {
		.size = sizeof(a),
		.sched_policy = (uint32_t)s->policy,
		.sched_flags = s->flags,
		.sched_nice = (int32_t)s->nice,
		.sched_priority = (uint32_t)s->priority,
		.sched_runtime = (uint64_t)s->runtime,
		.sched_deadline = (uint64_t)s->deadline,
		.sched_period = (uint64_t)s->period,
	};

	if (s->policy >= 0 && syscall(SYS_sched_setattr, 0, &a, 0) < 0)
		return sd_fail(e, errno, "set the scheduler");
	if (p->io_priority >= 0 && syscall(SYS_ioprio_set, 1, 0, p->io_priority) < 0)
		return sd_fail(e, errno, "set the I/O priority");
	if (p->personality >= 0 && personality((unsigned long)p->personality) < 0)
		return sd_fail(e, errno, "set the personality");
	return 0;
}

/*
 * /proc/self/oom_score_adj itself.  In the container something may be bound over /proc or over
 * the file, to have us write elsewhere (CVE-2019-19921, CVE-2025-52881): /proc must be the root
 * of a procfs, whose inode is 1, and no mount point may lie on the way.
 */
static int open_in_proc(const char *path)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	sd_auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (proc < 0 || fstatfs(proc, &fs) < 0 || fstat(proc, &st) < 0)
		return -1;
	if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != 1) {
		errno = ENOENT;
		return -1;
	}
	return (int)syscall(SYS_openat2, proc, path, &how, sizeof(how));
}

/*
 * The same in a procfs of our own, mounted nowhere.  It would do for every case, but to drop a
 * mount the kernel waits for a grace period of RCU: a millisecond or more.
 */
static int open_in_private_proc(const char *path)
{
	sd_auto_fd int fs = fsopen("proc", FSOPEN_CLOEXEC), proc = -1;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	proc = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	return proc < 0 ? -1 : openat(proc, path, O_WRONLY | O_CLOEXEC);
}

int oom_apply(const struct plan *p, struct sd_err *e)
{
	sd_auto_free char *value = NULL;
	sd_auto_fd int fd = -1;

	if (!p->set_oom)
		return 0;
	fd = open_in_proc("self/oom_score_adj");
	if (fd < 0)
		fd = open_in_private_proc("self/oom_score_adj");
	if (fd < 0)
		return sd_fail(e, errno, "open /proc/self/oom_score_adj");
	value = sd_printf("%lld", (long long)p->oom_score_adj);
	if (write(fd, value, strlen(value)) >= 0)
		return 0;
	sd_fail(e, errno, "set oom_score_adj to %s", value);
	return e->errnum == EACCES ? sd_hint(e, "lowering it needs CAP_SYS_RESOURCE") : -1;
}
