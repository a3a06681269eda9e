/* SPDX-License-Identifier: Apache-2.0 */
#include "sd-cgset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

/* Kernel files are short, and their one read is consistent.  -1 with errno. */
int read_text(int dirfd, const char *file, struct sd_buf *out)
{
	sd_auto_fd int fd = openat(dirfd, file, O_RDONLY | O_CLOEXEC);
	char chunk[4096];
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		sd_buf_add(out, chunk, (size_t)n);
	while (out->len && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	return n < 0 ? -1 : 0;
}

static struct dir *dir_of(struct group *g, const struct limit *l)
{
	return strcmp(l->controller, "cgroup") == 0 ? group_unified(g)
						    : group_dir(g, l->controller);
}

static int no_file(const struct limit *l, const struct dir *d, struct sd_err *e)
{
	static const struct {
		const char *file, *hint;
	} hints[] = {
		{"memory.memsw.",
			"swap is accounted with swapaccount=1 on the kernel's command line"},
		{"memory.swap.",
			"swap is accounted with swapaccount=1 on the kernel's command line"},
		{"blkio.", "weights need the bfq scheduler on the device: modprobe bfq"},
		{"io.", "weights need the bfq scheduler on the device (modprobe bfq), or io.cost"},
		{"cpu.idle", "Linux 5.15 has it"},
		{"cpu.max.burst", "Linux 5.14 has it"},
		{"cpu.cfs_burst_us", "Linux 5.14 has it"},
		{"cpu.rt_", "the kernel was built without CONFIG_RT_GROUP_SCHED"},
		{"hugetlb.", "sizes are named as in /sys/kernel/mm/hugepages: 2MB, 1GB"},
	};

	sd_fail(e, 0, "controller %s: %s/%s is not there", l->controller, d->path, l->file);
	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (sd_starts_with(l->file, hints[i].file))
			return sd_hint(e, "%s", hints[i].hint);
	return -1;
}

/* 1: written; 0: refused with errno for now; -1: for good. */
static int write_limit(struct limit *l, struct dir *d, struct sd_err *e)
{
	if (dir_fd(d) < 0)
		return sd_fail(e, errno, "open cgroup %s", d->path);
	if (l->keep_first) {
		sd_auto_buf struct sd_buf now = {0};
		char *joined;

		if (read_text(dir_fd(d), l->file, &now) < 0 || !now.data)
			return sd_fail(e, errno, "controller %s: read %s/%s", l->controller,
				d->path, l->file);
		joined = sd_printf("%.*s %s", (int)strcspn(now.data, " "), now.data, l->value);
		free(l->value);
		l->value = joined;
		l->keep_first = false;
	}
	return sd_write_kernel(dir_fd(d), l->file, l->value) == 0;
}

static int refused(const struct limit *l, const struct dir *d, int errnum, struct sd_err *e)
{
	if (errnum == ENOENT)
		return no_file(l, d, e);
	sd_fail(e, errnum, "controller %s: write %s to %s/%s", l->controller, l->value, d->path,
		l->file);
	if (errnum == EBUSY && strcmp(l->controller, "memory") == 0)
		return sd_hint(e, "more than that is in use and cannot be reclaimed");
	if (l->check == CHECK_CPUS)
		return sd_hint(
			e, "not all of them are there, or the parent's %s lacks some", l->file);
	if (errnum == EINVAL && strstr(l->file, "burst"))
		return sd_hint(e, "burst is at most the quota");
	if (errnum == EINVAL && sd_starts_with(l->file, "cpu.rt_"))
		return sd_hint(e, "it is taken from the parent's %s", l->file);
	if (errnum == ENODEV)
		return sd_hint(e, "a whole disk is meant, no partition");
	return -1;
}

/* No such file: drop the limit where that is allowed.  True if it is settled. */
static bool settle_missing(struct plan *p, size_t i, int errnum)
{
	if (errnum != ENOENT || !(p->v[i].or_next || p->v[i].optional))
		return false;
	p->v[i].done = p->v[i].dropped = true;
	return true;
}

/*
 * The order of writing depends on what is in force: memory must stay below memory and swap,
 * burst below quota, and either may have to move first.  So what was refused is tried again as long
 * as others went through.
 */
static int write_all(struct group *g, struct plan *p, struct sd_err *e)
{
	for (bool progress = true; progress;) {
		size_t failed = p->n;
		int errnum = 0;

		progress = false;
		for (size_t i = 0; i < p->n; i++) {
			struct dir *d = dir_of(g, &p->v[i]);
			int r;

			if (p->v[i].done)
				continue;
			if (!d)
				return sd_fail(e, 0,
					"controller %s: cgroup %s is not in its hierarchy",
					p->v[i].controller, g->path);
			r = write_limit(&p->v[i], d, e);
			if (r < 0)
				return -1;
			if (r == 0 && !settle_missing(p, i, errno)) {
				errnum = failed == p->n ? errno : errnum;
				failed = failed == p->n ? i : failed;
				continue;
			}
			p->v[i].done = progress = true;
			/* Of two alternatives the first is there: the second is not needed. */
			if (r == 1 && p->v[i].or_next)
				p->v[i + 1].done = p->v[i + 1].dropped = true;
		}
		if (failed == p->n)
			return 0;
		if (!progress)
			return refused(&p->v[failed], dir_of(g, &p->v[failed]), errnum, e);
	}
	return 0;
}

/* In cgroup2 cpuset.cpus keeps any wish; what is in force stands in cpuset.cpus.effective. */
static char *file_in_force(const struct limit *l, const struct dir *d)
{
	return l->check == CHECK_CPUS && d->v2 ? sd_printf("%s.effective", l->file)
					       : sd_strdup(l->file);
}

static int verify(struct group *g, const struct plan *p, struct sd_err *e)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct limit *l = &p->v[i];
		struct dir *d = dir_of(g, l);
		sd_auto_buf struct sd_buf have = {0};
		sd_auto_free char *file = file_in_force(l, d);

		if (l->dropped)
			continue;
		if (read_text(dir_fd(d), file, &have) < 0)
			return sd_fail(e, errno, "controller %s: read back %s/%s", l->controller,
				d->path, file);
		if (check_value(
			    l->check, l->expect ? l->expect : l->value, have.data ? have.data : ""))
			continue;
		return sd_fail(e, 0, "controller %s: %s/%s is %s after %s was written",
			l->controller, d->path, file, have.len ? have.data : "empty", l->value);
	}
	return 0;
}

static void add_once(struct sd_strv *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return;
	sd_strv_add(l, s);
}

static int enable_v2(struct group *g, const struct plan *p, struct sd_err *e)
{
	static const char *const for_stat[] = {"memory", "pids", "cpu", "io"};
	sd_auto_strv struct sd_strv required = {0}, wanted = {0};
	struct dir *v2 = group_unified(g);

	if (!v2 || !v2->h)
		return 0;
	for (size_t i = 0; i < p->n; i++)
		if (group_dir(g, p->v[i].controller) == v2)
			add_once(&required, p->v[i].controller);
	/* Counters, out-of-memory kills among them, exist only where their controller is on. */
	for (size_t i = 0; i < sizeof(for_stat) / sizeof(*for_stat) && v2->made; i++)
		if (group_dir(g, for_stat[i]) == v2)
			add_once(&wanted, for_stat[i]);
	if (enable_controllers(v2, g->path, &required, true, e) < 0)
		return -1;
	return enable_controllers(v2, g->path, &wanted, false, e);
}

/* OCI: refuse to go below what is in use, where the config asks for that check. */
static int check_usage(struct group *g, const struct sd_json *res, struct sd_err *e)
{
	struct dir *d = group_dir(g, "memory");
	sd_auto_buf struct sd_buf have = {0};
	int64_t limit = 0, usage = 0;
	bool check = false;

	if (sd_json_bool(res, &check, e, "memory.checkBeforeUpdate") < 0 ||
		sd_json_int(res, &limit, e, "memory.limit") < 0)
		return -1;
	if (!check || limit <= 0 || !d)
		return 0;
	if (read_text(dir_fd(d), d->v2 ? "memory.current" : "memory.usage_in_bytes", &have) < 0)
		return errno == ENOENT ? 0
				       : sd_fail(e, errno, "read the memory usage of %s", d->path);
	if (sd_parse_int(have.data ? have.data : "", "memory usage", 0, INT64_MAX, &usage, e) < 0)
		return -1;
	if (usage <= limit)
		return 0;
	return sd_fail(e, EBUSY, "memory.limit: %lld bytes are in use, %lld is less",
		(long long)usage, (long long)limit);
}

int apply_resources(
	struct group *g, const struct sd_json *resources, bool bpf_devices, struct sd_err *e)
{
	auto_plan struct plan p = {0};
	auto_devices struct device_list devices = {0};

	/* Nothing is limited; what stat counts is there all the same. */
	if (!resources)
		return enable_v2(g, &p, e);
	if (plan_resources(&p, &g->layout, resources, e) < 0 ||
		devices_parse(&devices, resources, e) < 0 || enable_v2(g, &p, e) < 0 ||
		check_usage(g, resources, e) < 0)
		return -1;
	if (write_all(g, &p, e) < 0 || verify(g, &p, e) < 0)
		return -1;
	return devices_apply(g, &devices, bpf_devices, e);
}

/* What is one value in one file; lists by device stay as they are. */
static void remember(struct group *g, struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct dir *d = dir_of(g, &p->v[i]);
		sd_auto_buf struct sd_buf now = {0};

		if (d && dir_fd(d) >= 0 && read_text(dir_fd(d), p->v[i].file, &now) == 0 &&
			!(now.data && strchr(now.data, '\n')))
			p->v[i].before = sd_strdup(now.len ? now.data : "\n");
	}
}

static void put_back(struct group *g, const struct plan *p)
{
	auto_plan struct plan back = {0};
	struct sd_err ignored; /* the first failure is the one to report */

	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].done && !p->v[i].dropped && p->v[i].before)
			plan_add(&back, p->v[i].controller, p->v[i].file, p->v[i].check,
				sd_strdup(p->v[i].before));
	write_all(g, &back, &ignored);
}

int change_resources(struct group *g, const struct sd_json *resources, struct sd_err *e)
{
	auto_plan struct plan p = {0};

	if (plan_resources(&p, &g->layout, resources, e) < 0 || enable_v2(g, &p, e) < 0 ||
		check_usage(g, resources, e) < 0)
		return -1;
	remember(g, &p);
	if (write_all(g, &p, e) == 0 && verify(g, &p, e) == 0)
		return 0;
	put_back(g, &p);
	return -1;
}
