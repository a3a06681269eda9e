/* SPDX-License-Identifier: Apache-2.0 */
/* A meter's two readings in docker's words. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "meter.h"
#include "table.h"

#define NOTHING "--" /* what this kernel does not count */

const struct sd_heading meter_headings[] = {{"BlockIO", "BLOCK I/O"}, {"CPUPerc", "CPU %"},
	{"Container", "CONTAINER"}, {"ID", "CONTAINER ID"}, {"MemPerc", "MEM %"},
	{"MemUsage", "MEM USAGE / LIMIT"}, {"Name", "NAME"}, {"NetIO", "NET I/O"}, {"PIDs", "PIDS"},
	{"Pressure", "PRESSURE"}, {0}};

/* -1 where it is not counted, or there is no reading. */
static int64_t counter(const struct reading *r, const char *member)
{
	struct sd_err ignored;
	int64_t n = -1;

	if (r->used)
		sd_json_int(r->used, &n, &ignored, "%s", member);
	return n;
}

/* Of the time between the readings, as the counter is of microseconds. */
static char *share_of_time(const struct meter *m, const char *member)
{
	int64_t from = counter(&m->before, member), to = counter(&m->now, member);
	double passed = (m->now.at - m->before.at) * 1e6;

	if (from < 0 || to < 0 || passed <= 0)
		return sd_strdup(NOTHING);
	return sd_printf("%.2f%%", to > from ? 100 * (double)(to - from) / passed : 0);
}

/* "1.5MiB": powers of 1024, four digits, as docker's for memory. */
static char *binary_size(int64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double n = (double)bytes;
	size_t i = 0;

	while (n >= 1023.95 && i + 1 < sizeof(units) / sizeof(*units)) {
		n /= 1024;
		i++;
	}
	return sd_printf("%.4g%s", n, units[i]);
}

/* Without the part of the page cache that is given up first, as docker counts it. */
static int64_t memory_used(const struct meter *m)
{
	int64_t usage = counter(&m->now, "memory.usage");
	int64_t idle = counter(&m->now, "memory.inactiveFile");

	return usage >= 0 && idle > 0 && idle < usage ? usage - idle : usage;
}

/* No more than the machine has. */
static int64_t memory_limit(const struct meter *m)
{
	int64_t limit = counter(&m->now, "memory.limit");
	int64_t all = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);

	return limit >= 0 && limit < all ? limit : all;
}

static void set_memory(struct sd_json *row, const struct meter *m)
{
	int64_t used = memory_used(m), limit = memory_limit(m);
	sd_auto_free char *usage = binary_size(used), *of = binary_size(limit);
	sd_auto_free char *both = sd_printf("%s / %s", usage, of);
	sd_auto_free char *percent =
		sd_printf("%.2f%%", limit ? 100 * (double)used / (double)limit : 0);

	sd_json_set_str(row, "MemUsage", used < 0 ? NOTHING " / " NOTHING : both);
	sd_json_set_str(row, "MemPerc", used < 0 ? NOTHING : percent);
}

static void set_pair(struct sd_json *row, const char *name, int64_t in, int64_t out)
{
	sd_auto_free char *a = sd_human_size(in > 0 ? in : 0),
			  *b = sd_human_size(out > 0 ? out : 0);
	sd_auto_free char *both = sd_printf("%s / %s", a, b);

	sd_json_set_str(row, name, both);
}

static void set_pids(struct sd_json *row, const struct meter *m)
{
	int64_t n = counter(&m->now, "pids.current");
	sd_auto_free char *text = sd_printf("%lld", (long long)n);

	sd_json_set_str(row, "PIDs", n < 0 ? NOTHING : text);
}

/* {"cpuSome": "1.25%", ...}: how much of the time some or all of its processes waited. */
static void set_pressure(struct sd_json *row, const struct meter *m)
{
	const struct sd_json *all = m->now.used ? sd_json_member(m->now.used, "pressure") : NULL;

	sd_json_object_foreach (all, it) {
		const char *key = sd_json_iter_key(it);
		sd_auto_free char *name = sd_strndup(key, strlen(key) - strlen("Usec"));
		sd_auto_free char *member = sd_printf("pressure.%s", key);
		sd_auto_free char *share = share_of_time(m, member);

		sd_json_set_str(sd_json_make_object(row, "Pressure"), name, share);
	}
}

static void set_used(struct sd_json *row, const struct meter *m)
{
	sd_auto_free char *cpu = share_of_time(m, "cpu.usageUsec");

	sd_json_set_str(row, "CPUPerc", cpu);
	set_memory(row, m);
	set_pair(row, "NetIO", m->received, m->sent);
	set_pair(row, "BlockIO", counter(&m->now, "io.readBytes"),
		counter(&m->now, "io.writeBytes"));
	set_pids(row, m);
	set_pressure(row, m);
}

static void set_unused(struct sd_json *row)
{
	sd_json_set_str(row, "CPUPerc", "0.00%");
	sd_json_set_str(row, "MemUsage", "0B / 0B");
	sd_json_set_str(row, "MemPerc", "0.00%");
	sd_json_set_str(row, "NetIO", "0B / 0B");
	sd_json_set_str(row, "BlockIO", "0B / 0B");
	sd_json_set_str(row, "PIDs", "0");
}

struct sd_json *meter_row(const struct meter *m, bool no_trunc)
{
	struct sd_json *row = sd_json_new_object();
	const char *id = sd_json_string_value(sd_json_member(m->doc, "id"));
	const char *name = sd_json_string_value(sd_json_member(m->doc, "name"));
	sd_auto_free char *shown = sd_printf(no_trunc ? "%s" : "%.12s", id ? id : "");

	sd_json_set_str(row, "ID", shown);
	sd_json_set_str(row, "Name", name ? name : shown);
	sd_json_set_str(row, "Container", name ? name : shown);
	if (m->runs)
		set_used(row, m);
	else
		set_unused(row);
	return row;
}
