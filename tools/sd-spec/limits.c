/* SPDX-License-Identifier: Apache-2.0 */
/* config.linux.resources: memory, cpu, pids. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "cgroup.h"
#include "cleanup.h"
#include "spec.h"

/* Below it not even the program's own start fits, and the message would be an obscure one. */
#define MEMORY_LEAST (INT64_C(6) << 20)

/* A size of which 0, as for docker, means none. */
static int limit_size(const char *text, const char *what, int64_t *bytes, struct sd_err *e)
{
	*bytes = 0;
	if (!text || !*text)
		return 0;
	if (sd_parse_size(text, what, bytes, e) < 0)
		return -1;
	if (*bytes && *bytes < MEMORY_LEAST)
		return sd_fail(e, 0, "%s: %s is less than the least possible, 6m", what, text);
	return 0;
}

/* Can swap be limited here?  v1 kernels may be built or started without (swapaccount=0). */
static bool swap_accounted(void)
{
	struct sd_cgroups groups = {0};
	const struct sd_hierarchy *h;
	struct sd_err ignored;
	bool yes = true;

	if (sd_cgroups_detect(&groups, &ignored) == 0) {
		h = sd_cgroups_for(&groups, "memory");
		if (h && !h->v2) {
			sd_auto_free char *file =
				sd_printf("%s/memory.memsw.limit_in_bytes", h->mount);

			yes = access(file, F_OK) == 0 || errno != ENOENT;
		}
	}
	sd_cgroups_free(&groups);
	return yes;
}

/* As it was typed, or in bytes; the caller frees. */
static char *shown(const char *text, int64_t n)
{
	return text && *text ? sd_strdup(text) : sd_printf("%lld", (long long)n);
}

/* What there is of each: 0 where there is none, as in a new container. */
struct memory {
	int64_t limit, reservation, swap;
};

static int memory_now(const struct sd_json *memory, struct memory *m, struct sd_err *e)
{
	*m = (struct memory){0};
	if (sd_json_int(memory, &m->limit, e, "limit") < 0 ||
		sd_json_int(memory, &m->reservation, e, "reservation") < 0 ||
		sd_json_int(memory, &m->swap, e, "swap") < 0)
		return -1;
	return 0;
}

/* docker's default: as much swap as memory. */
static int64_t default_swap(int64_t limit)
{
	return limit && limit <= INT64_MAX / 2 && swap_accounted() ? 2 * limit : 0;
}

/* OCI's `swap` is memory and swap together, as --memory-swap is. */
static int memory_swap(struct spec *s, struct memory *m, int64_t limit_was, struct sd_err *e)
{
	const char *text = s->o->memory_swap;
	sd_auto_free char *limit = shown(s->o->memory, m->limit);
	int64_t given = 0;

	if (text && *text && strcmp(text, "-1") != 0 &&
		sd_parse_size(text, "--memory-swap", &given, e) < 0)
		return -1;
	if (text && strcmp(text, "-1") == 0)
		given = -1;
	if (given && !m->limit)
		return sd_fail(
			e, 0, "--memory-swap needs --memory: it is the limit of both together");
	if (given > 0 && given < m->limit)
		return sd_fail(e, 0,
			"--memory-swap: %s is less than --memory %s (hint: it is the "
			"limit of both together)",
			text, limit);
	if (given)
		m->swap = given;
	/* The default follows the limit that it came from. */
	else if (m->limit != limit_was && (!m->swap || m->swap == 2 * limit_was))
		m->swap = default_swap(m->limit);
	else if (m->swap > 0 && m->swap < m->limit)
		return sd_fail(e, 0,
			"--memory: %s is more than memory and swap together, %lld (hint: "
			"--memory-swap changes that)",
			limit, (long long)m->swap);
	return 0;
}

static int memory_limits(struct spec *s, struct sd_json *memory, struct sd_err *e)
{
	struct memory m;
	int64_t limit, reservation, limit_was;

	if (memory_now(memory, &m, e) < 0 || limit_size(s->o->memory, "--memory", &limit, e) < 0 ||
		limit_size(s->o->memory_reservation, "--memory-reservation", &reservation, e) < 0)
		return -1;
	limit_was = m.limit;
	m.limit = limit ? limit : m.limit;
	m.reservation = reservation ? reservation : m.reservation;
	if (m.limit && m.reservation > m.limit) {
		sd_auto_free char *soft = shown(s->o->memory_reservation, m.reservation);
		sd_auto_free char *hard = shown(s->o->memory, m.limit);

		return sd_fail(
			e, 0, "--memory-reservation: %s is more than --memory %s", soft, hard);
	}
	if (memory_swap(s, &m, limit_was, e) < 0)
		return -1;
	if (m.limit)
		sd_json_set_int(memory, "limit", m.limit);
	if (m.reservation)
		sd_json_set_int(memory, "reservation", m.reservation);
	if (m.swap)
		sd_json_set_int(memory, "swap", m.swap);
	return 0;
}

static int memory(struct spec *s, struct sd_json *resources, struct sd_err *e)
{
	struct sd_json *m = sd_json_make_object(resources, "memory");
	int64_t swappiness = -1;

	if (s->o->memory_swappiness && sd_parse_int(s->o->memory_swappiness, "--memory-swappiness",
					       -1, 100, &swappiness, e) < 0)
		return -1;
	if (swappiness >= 0)
		sd_json_set_int(m, "swappiness", swappiness);
	return memory_limits(s, m, e);
}

/* A share of the processors as a quota of 100 ms periods. */
static int cpu_fraction(
	struct spec *s, struct sd_json *cpu, const char *what, double cores, struct sd_err *e)
{
	long long have = count_cpus();
	const char *other = s->o->cpu_period		      ? "--cpu-period"
			    : s->o->cpu_quota		      ? "--cpu-quota"
			    : s->o->cpus && s->o->cpu_percent ? "--cpus"
							      : NULL;

	if (other)
		return sd_fail(e, 0, "%s conflicts with %s", what, other);
	if (cores < 0.01 || cores > (double)have)
		return sd_fail(e, 0,
			"%s: %g processors are not between 0.01 and the %lld there are", what,
			cores, have);
	sd_json_set_int(cpu, "quota", (int64_t)(cores * 100000 + 0.5));
	sd_json_set_int(cpu, "period", 100000);
	return 0;
}

static int cpus(struct spec *s, struct sd_json *cpu, struct sd_err *e)
{
	const char *text = s->o->cpus;
	int64_t percent;
	char *end;

	if (s->o->cpu_percent) {
		if (sd_parse_int(s->o->cpu_percent, "--cpu-percent", 1, INT32_MAX, &percent, e) < 0)
			return -1;
		return cpu_fraction(s, cpu, "--cpu-percent", (double)percent / 100, e);
	}
	if (!text || !*text)
		return 0;
	if (strspn(text, "0123456789.") != strlen(text))
		return sd_fail(e, 0, "--cpus: '%s' is not a number", text);
	if (strtod(text, &end) == 0 && !*end)
		return 0;
	if (*end)
		return sd_fail(e, 0, "--cpus: '%s' is not a number", text);
	return cpu_fraction(s, cpu, "--cpus", strtod(text, NULL), e);
}

/* A number of which 0 means the kernel's default. */
static int limit_int(struct sd_json *to, const char *member, const char *text, const char *what,
	int64_t min, int64_t max, struct sd_err *e)
{
	int64_t n;

	if (!text || strcmp(text, "0") == 0)
		return 0;
	if (sd_parse_int(text, what, min, max, &n, e) < 0)
		return -1;
	sd_json_set_int(to, member, n);
	return 0;
}

static int cpu_set(struct sd_json *cpu, const char *member, const char *list, const char *what,
	struct sd_err *e)
{
	if (!list || !*list)
		return 0;
	if (!cpu_list_valid(list))
		return sd_fail(e, 0, "%s: '%s' is not a list like 0-2,4", what, list);
	sd_json_set_str(cpu, member, list);
	return 0;
}

static int cpu(struct spec *s, struct sd_json *resources, struct sd_err *e)
{
	const struct sd_run_options *o = s->o;
	struct sd_json *c = sd_json_make_object(resources, "cpu");
	int64_t quota_least = o->cpu_quota && strcmp(o->cpu_quota, "-1") == 0 ? -1 : 1000;

	if (cpus(s, c, e) < 0 ||
		limit_int(c, "shares", o->cpu_shares, "--cpu-shares", 2, 262144, e) < 0 ||
		limit_int(c, "period", o->cpu_period, "--cpu-period", 1000, 1000000, e) < 0 ||
		limit_int(c, "quota", o->cpu_quota, "--cpu-quota", quota_least, INT64_MAX / 1000,
			e) < 0 ||
		cpu_set(c, "cpus", o->cpuset_cpus, "--cpuset-cpus", e) < 0)
		return -1;
	return cpu_set(c, "mems", o->cpuset_mems, "--cpuset-mems", e);
}

static int pids(struct spec *s, struct sd_json *resources, struct sd_err *e)
{
	int64_t n = 0;

	if (s->o->pids_limit &&
		sd_parse_int(s->o->pids_limit, "--pids-limit", -1, 4194304, &n, e) < 0)
		return -1;
	/* None: of a new container no wish at all, of one that had it the wish for none. */
	if (n > 0 || (s->o->pids_limit && sd_json_get(resources, "pids.limit")))
		sd_json_set_int(sd_json_make_object(resources, "pids"), "limit", n > 0 ? n : -1);
	return 0;
}

int spec_limits(struct spec *s, struct sd_err *e)
{
	struct sd_json *resources = sd_json_make_object(s->config, "linux.resources");

	if (memory(s, resources, e) < 0 || cpu(s, resources, e) < 0 || pids(s, resources, e) < 0)
		return -1;
	/* An empty object would be a wish for nothing, which tools may read as a wish. */
	if (!sd_json_len(sd_json_get(resources, "memory")))
		sd_json_del(resources, "memory");
	if (!sd_json_len(sd_json_get(resources, "cpu")))
		sd_json_del(resources, "cpu");
	return 0;
}
