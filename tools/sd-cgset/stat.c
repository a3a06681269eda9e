/* SPDX-License-Identifier: Apache-2.0 */
/* stat: what a cgroup uses, in the same words for all layouts, straight from its files. */
#include "sd-cgset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"

/* One number: from a file that is one, or from the line of a flat keyed file. */
static const struct source {
	const char *member, *controller, *file, *key;
	int64_t divide; /* to the member's unit; 0: as it is */
} sources[] = {
	{"memory.usage", "memory", "memory.current", NULL, 0},
	{"memory.usage", "memory", "memory.usage_in_bytes", NULL, 0},
	{"memory.max", "memory", "memory.peak", NULL, 0},
	{"memory.max", "memory", "memory.max_usage_in_bytes", NULL, 0},
	{"memory.limit", "memory", "memory.max", NULL, 0},
	{"memory.limit", "memory", "memory.limit_in_bytes", NULL, 0},
	{"memory.swap", "memory", "memory.swap.current", NULL, 0},
	{"memory.anon", "memory", "memory.stat", "anon", 0},
	{"memory.anon", "memory", "memory.stat", "total_rss", 0},
	{"memory.file", "memory", "memory.stat", "file", 0},
	{"memory.file", "memory", "memory.stat", "total_cache", 0},
	{"memory.inactiveFile", "memory", "memory.stat", "inactive_file", 0},
	/* v1: with those below, as the usage is */
	{"memory.inactiveFile", "memory", "memory.stat", "total_inactive_file", 0},
	{"memory.oomKills", "memory", "memory.events", "oom_kill", 0},
	{"memory.oomKills", "memory", "memory.oom_control", "oom_kill", 0},
	{"cpu.usageUsec", "cpu", "cpu.stat", "usage_usec", 0},
	{"cpu.usageUsec", "cpuacct", "cpuacct.usage", NULL, 1000},
	{"cpu.userUsec", "cpu", "cpu.stat", "user_usec", 0},
	{"cpu.userUsec", "cpuacct", "cpuacct.usage_user", NULL, 1000},
	{"cpu.systemUsec", "cpu", "cpu.stat", "system_usec", 0},
	{"cpu.systemUsec", "cpuacct", "cpuacct.usage_sys", NULL, 1000},
	{"cpu.periods", "cpu", "cpu.stat", "nr_periods", 0},
	{"cpu.throttledPeriods", "cpu", "cpu.stat", "nr_throttled", 0},
	{"cpu.throttledUsec", "cpu", "cpu.stat", "throttled_usec", 0},
	{"cpu.throttledUsec", "cpu", "cpu.stat", "throttled_time", 1000},
	{"pids.current", "pids", "pids.current", NULL, 0},
	{"pids.limit", "pids", "pids.max", NULL, 0},
};

static bool find_key(const char *text, const char *key, const char **value)
{
	size_t len = strlen(key);

	for (const char *p = text; p && *p; p = strchr(p, '\n'), p += p != NULL) {
		if (strncmp(p, key, len) != 0 || p[len] != ' ')
			continue;
		*value = p + len + 1;
		return true;
	}
	return false;
}

static void set(struct sd_json *out, const char *member, struct sd_json *value)
{
	const char *dot = strchr(member, '.');
	sd_auto_free char *parent = sd_strndup(member, (size_t)(dot - member));

	sd_json_set(sd_json_make_object(out, parent), dot + 1, value);
}

static int add_source(
	struct sd_json *out, struct group *g, const struct source *s, struct sd_err *e)
{
	struct dir *d = group_dir(g, s->controller);
	sd_auto_buf struct sd_buf text = {0};
	const char *value;
	int64_t n;

	if (!d || dir_fd(d) < 0)
		return 0;
	if (read_text(dir_fd(d), s->file, &text) < 0)
		/* ENODEV: the cgroup was removed between open and read. */
		return errno == ENOENT || errno == ENODEV
			       ? 0
			       : sd_fail(e, errno, "read %s/%s", d->path, s->file);
	value = text.data ? text.data : "";
	if (s->key && !find_key(value, s->key, &value))
		return 0;
	/* No limit is no member: it is "max", or v1's largest number of whole pages. */
	n = strncmp(value, "max", 3) == 0 ? INT64_MAX : strtoll(value, NULL, 10);
	if (n < INT64_MAX - 0xfffff)
		set(out, s->member, sd_json_new_int(s->divide ? n / s->divide : n));
	return 0;
}

/* v1: "8:0 Read 4096"; v2: "8:0 rbytes=4096 wbytes=0 rios=1 ...": summed over the devices. */
static void add_io(struct sd_json *out, struct group *g)
{
	struct dir *v1 = group_dir(g, "blkio"), *v2 = v1 ? NULL : group_dir(g, "io");
	struct dir *d = v1 ? v1 : v2;
	sd_auto_buf struct sd_buf text = {0};
	int64_t in = 0, to = 0;

	if (!d || read_text(dir_fd(d), v1 ? "blkio.throttle.io_service_bytes_recursive" : "io.stat",
			  &text) < 0)
		return;
	for (const char *p = text.data; p && *p; p = strchr(p, '\n'), p += p != NULL) {
		const char *end = p + strcspn(p, "\n");
		const char *r = strstr(p, v1 ? " Read " : " rbytes=");
		const char *w = strstr(p, v1 ? " Write " : " wbytes=");

		in += r && r < end ? strtoll(r + (v1 ? 6 : 8), NULL, 10) : 0;
		to += w && w < end ? strtoll(w + (v1 ? 7 : 8), NULL, 10) : 0;
	}
	set(out, "io.readBytes", sd_json_new_int(in));
	set(out, "io.writeBytes", sd_json_new_int(to));
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0": the total, in microseconds. */
static void add_pressure(struct sd_json *out, struct group *g)
{
	static const char *const kinds[] = {"cpu", "memory", "io"};
	struct dir *d = group_unified(g);

	for (size_t i = 0; d && dir_fd(d) >= 0 && i < 3; i++) {
		sd_auto_free char *file = sd_printf("%s.pressure", kinds[i]);
		sd_auto_buf struct sd_buf text = {0};

		/* ENOENT, EOPNOTSUPP: built or booted without PSI. */
		if (read_text(dir_fd(d), file, &text) < 0)
			continue;
		for (int full = 0; full < 2; full++) {
			const char *line = NULL, *total;
			sd_auto_free char *member =
				sd_printf("pressure.%s%sUsec", kinds[i], full ? "Full" : "Some");

			if (find_key(text.data ? text.data : "", full ? "full" : "some", &line) &&
				(total = strstr(line, "total=")))
				set(out, member, sd_json_new_int(strtoll(total + 6, NULL, 10)));
		}
	}
}

static void print_text(const struct sd_json *out)
{
	sd_json_object_foreach (out, group) {
		sd_json_object_foreach (sd_json_iter_value(group), it) {
			sd_auto_free char *value = sd_json_text(sd_json_iter_value(it));

			printf("%s.%s %s\n", sd_json_iter_key(group), sd_json_iter_key(it), value);
		}
	}
}

int stat_read(struct group *g, struct sd_json **used, struct sd_err *e)
{
	sd_auto_json struct sd_json *out = sd_json_new_object();

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		if (add_source(out, g, &sources[i], e) < 0)
			return -1;
	add_io(out, g);
	add_pressure(out, g);
	*used = sd_steal_ptr(&out);
	return 0;
}

int verb_stat(const struct sd_call *call, struct sd_err *e)
{
	const struct hand_args *a = call->args;
	sd_auto_json struct sd_json *out = NULL, *doc = NULL;
	auto_group struct group g = {0};

	if (sd_want_operands(call, 0, 0, e) < 0 || group_existing(&g, a->path, &doc, e) < 0 ||
		stat_read(&g, &out, e) < 0)
		return -1;
	if (a->json) {
		sd_auto_free char *text = sd_json_text(out);

		printf("%s\n", text);
	} else {
		print_text(out);
	}
	return 0;
}
