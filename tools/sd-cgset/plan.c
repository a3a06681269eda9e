/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From OCI linux.resources to files and values.  Pure: the layout is an argument, so the plan for
 * cgroup2 is tested on a machine without.  Sources: runtime-spec config-linux.md; the kernel's
 * cgroup-v1/ and cgroup-v2.rst.
 */
#include "sd-cgset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"

void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].file);
		free(p->v[i].value);
		free(p->v[i].expect);
		free(p->v[i].before);
	}
	free(p->v);
	*p = (struct plan){0};
}

struct limit *plan_add(
	struct plan *p, const char *controller, const char *file, enum check check, char *value)
{
	p->v = sd_realloc(p->v, (p->n + 1) * sizeof(*p->v));
	p->v[p->n] = (struct limit){
		.controller = controller, .file = sd_strdup(file), .value = value, .check = check};
	return &p->v[p->n++];
}

const struct sd_hierarchy *plan_hierarchy(
	const struct sd_cgroups *c, const char *controller, const char *member, struct sd_err *e)
{
	const struct sd_hierarchy *h = sd_cgroups_for(c, controller);

	if (h)
		return h;
	if (sd_cgroups_unified(c) && c->mode == SD_CGROUP_V2)
		sd_fail(e, 0, "%s: controller %s is not available in %s", member, controller,
			sd_cgroups_unified(c)->mount);
	else
		sd_fail(e, 0, "%s: controller %s is not mounted", member, controller);
	return NULL;
}

int plan_no_equivalent(const char *member, bool v2, struct sd_err *e)
{
	return sd_fail(e, 0, "%s: cgroup %s has no such limit", member, v2 ? "v2" : "v1");
}

/*
 * cpu.shares (2..262144, default 1024) to cpu.weight (1..10000, default 100), as runc since 1.3.2
 * and crun since 1.23 do: 10^((l^2 + 125 l)/612 - 7/34) with l = log2(shares), rounded up, which
 * maps both ends and the default onto each other.  The straight line through the ends, which was
 * used before, gave the default of 1024 a weight of 39, less than that of processes without a
 * limit.
 */
int64_t weight_of_shares(int64_t shares)
{
	double l;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2((double)shares);
	/* A hair below, so that an exact power is not rounded up by the last bit of pow(3). */
	return (int64_t)ceil(pow(10, (l * l + 125 * l) / 612 - 7.0 / 34) - 1e-9);
}

enum { UNSET_AT_0 = 1, UNLIMITED = 2, AS_WEIGHT = 4 };

/* Members that are one number in one file.  v2 NULL: there is no such limit in cgroup2. */
static const struct number {
	const char *member, *controller, *v1, *v2;
	enum check check;
	int flags; /* UNSET_AT_0: 0 is as absent; UNLIMITED: -1 means no limit */
} numbers[] = {
	{"memory.limit", "memory", "memory.limit_in_bytes", "memory.max", CHECK_BYTES,
		UNSET_AT_0 | UNLIMITED},
	{"memory.reservation", "memory", "memory.soft_limit_in_bytes", "memory.low", CHECK_BYTES,
		UNSET_AT_0 | UNLIMITED},
	{"memory.kernel", "memory", "memory.kmem.limit_in_bytes", NULL, CHECK_BYTES,
		UNSET_AT_0 | UNLIMITED},
	{"memory.kernelTCP", "memory", "memory.kmem.tcp.limit_in_bytes", NULL, CHECK_BYTES,
		UNSET_AT_0 | UNLIMITED},
	{"memory.swappiness", "memory", "memory.swappiness", NULL, CHECK_TOKENS, 0},
	{"cpu.shares", "cpu", "cpu.shares", "cpu.weight", CHECK_TOKENS, UNSET_AT_0 | AS_WEIGHT},
	{"cpu.idle", "cpu", "cpu.idle", "cpu.idle", CHECK_TOKENS, 0},
	{"cpu.realtimePeriod", "cpu", "cpu.rt_period_us", NULL, CHECK_TOKENS, UNSET_AT_0},
	{"cpu.realtimeRuntime", "cpu", "cpu.rt_runtime_us", NULL, CHECK_TOKENS,
		UNSET_AT_0 | UNLIMITED},
	{"pids.limit", "pids", "pids.max", "pids.max", CHECK_TOKENS, UNSET_AT_0 | UNLIMITED},
	{"network.classID", "net_cls", "net_cls.classid", NULL, CHECK_TOKENS, 0},
};

/* 1: *n is to be set; 0: not asked for. */
static int asked(
	const struct sd_json *res, const char *member, int flags, int64_t *n, struct sd_err *e)
{
	int r = sd_json_int(res, n, e, "%s", member);

	if (r <= 0 || ((flags & UNSET_AT_0) && *n == 0))
		return r < 0 ? -1 : 0;
	if (*n < 0 && !(*n == -1 && (flags & UNLIMITED)))
		return sd_fail(e, 0, "%s: %lld is negative", member, (long long)*n);
	return 1;
}

static int plan_number(struct plan *p, const struct sd_cgroups *c, const struct sd_json *res,
	const struct number *m, struct sd_err *e)
{
	const struct sd_hierarchy *h;
	const char *file;
	int64_t n;
	int r = asked(res, m->member, m->flags, &n, e);

	if (r <= 0)
		return r;
	h = plan_hierarchy(c, m->controller, m->member, e);
	if (!h)
		return -1;
	file = h->v2 ? m->v2 : m->v1;
	if (!file)
		return plan_no_equivalent(m->member, h->v2, e);
	if (h->v2 && (m->flags & AS_WEIGHT))
		n = weight_of_shares(n);
	/* The memory files of v1 take -1 for no limit, pids.max and all of v2 take "max". */
	if (n == -1 && (h->v2 || strcmp(file, "pids.max") == 0))
		plan_add(p, m->controller, file, m->check, sd_strdup("max"));
	else
		plan_add(p, m->controller, file, m->check, sd_printf("%lld", (long long)n));
	return 0;
}

/* OCI's swap is memory and swap together, as in v1; memory.swap.max of v2 is swap alone. */
static int plan_swap(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	const struct sd_hierarchy *h;
	int64_t swap, limit = 0;
	int r = asked(res, "memory.swap", UNSET_AT_0 | UNLIMITED, &swap, e);

	if (r <= 0 || sd_json_int(res, &limit, e, "memory.limit") < 0)
		return r == 0 ? 0 : -1;
	h = plan_hierarchy(c, "memory", "memory.swap", e);
	if (!h)
		return -1;
	if (swap != -1 && limit > 0 && swap < limit)
		return sd_fail(e, 0,
			"memory.swap: %lld is less than memory.limit %lld, and is meant to "
			"be memory and swap together",
			(long long)swap, (long long)limit);
	if (!h->v2) {
		plan_add(p, "memory", "memory.memsw.limit_in_bytes", CHECK_BYTES,
			sd_printf("%lld", (long long)swap));
		return 0;
	}
	if (swap != -1 && limit <= 0)
		return sd_fail(e, 0,
			"memory.swap: cgroup v2 limits swap alone: memory.limit is needed, "
			"to take it from the sum");
	plan_add(p, "memory", "memory.swap.max", CHECK_BYTES,
		swap == -1 ? sd_strdup("max") : sd_printf("%lld", (long long)(swap - limit)));
	return 0;
}

static int plan_memory_flags(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	const struct sd_hierarchy *h;
	bool no_killer = false, hierarchy = true;

	if (sd_json_bool(res, &no_killer, e, "memory.disableOOMKiller") < 0 ||
		sd_json_bool(res, &hierarchy, e, "memory.useHierarchy") < 0)
		return -1;
	/* Both versions always count the children in since 5.11. */
	if (!hierarchy)
		return sd_fail(e, 0, "memory.useHierarchy: a cgroup without it is not made");
	if (!no_killer)
		return 0;
	h = plan_hierarchy(c, "memory", "memory.disableOOMKiller", e);
	if (!h)
		return -1;
	if (h->v2)
		return plan_no_equivalent("memory.disableOOMKiller", true, e);
	plan_add(p, "memory", "memory.oom_control", CHECK_TOKENS, sd_strdup("1"))->expect =
		sd_strdup("oom_kill_disable 1");
	return 0;
}

static int plan_bandwidth(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	const struct sd_hierarchy *h;
	int64_t quota = 0, period = 0, burst = 0;
	int q = asked(res, "cpu.quota", UNSET_AT_0 | UNLIMITED, &quota, e);
	int t = q < 0 ? -1 : asked(res, "cpu.period", UNSET_AT_0, &period, e);
	int b = t < 0 ? -1 : asked(res, "cpu.burst", 0, &burst, e);

	if (b < 0 || (!q && !t && !b))
		return b < 0 ? -1 : 0;
	h = plan_hierarchy(c, "cpu", q ? "cpu.quota" : t ? "cpu.period" : "cpu.burst", e);
	if (!h)
		return -1;
	if (t && !h->v2)
		plan_add(p, "cpu", "cpu.cfs_period_us", CHECK_TOKENS,
			sd_printf("%lld", (long long)period));
	if (q && !h->v2)
		plan_add(p, "cpu", "cpu.cfs_quota_us", CHECK_TOKENS,
			sd_printf("%lld", (long long)quota));
	if ((q || t) && h->v2) {
		sd_auto_free char *first =
			quota == -1 ? sd_strdup("max") : sd_printf("%lld", (long long)quota);
		/* A quota alone leaves the period as it is; a period needs the quota before it. */
		char *value = !t   ? sd_strdup(first)
			      : !q ? sd_printf("%lld", (long long)period)
				   : sd_printf("%s %lld", first, (long long)period);

		plan_add(p, "cpu", "cpu.max", CHECK_TOKENS, value)->keep_first = !q;
	}
	if (b)
		plan_add(p, "cpu", h->v2 ? "cpu.max.burst" : "cpu.cfs_burst_us", CHECK_TOKENS,
			sd_printf("%lld", (long long)burst));
	return 0;
}

static int plan_cpuset(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	static const char *const members[] = {"cpus", "mems"};

	for (size_t i = 0; i < 2; i++) {
		sd_auto_free char *member = sd_printf("cpu.%s", members[i]);
		sd_auto_free char *file = sd_printf("cpuset.%s", members[i]);
		const struct sd_hierarchy *h;
		const char *list = NULL;

		if (sd_json_str(res, &list, e, "%s", member) < 0)
			return -1;
		if (!list || !*list)
			continue;
		h = plan_hierarchy(c, "cpuset", member, e);
		if (!h)
			return -1;
		plan_add(p, "cpuset", file, CHECK_CPUS, sd_strdup(list));
	}
	return 0;
}

static int plan_hugepages(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	struct sd_json *list = NULL, *one;
	size_t i;

	if (sd_json_array(res, &list, e, "hugepageLimits") < 0)
		return -1;
	sd_json_array_foreach (list, i, one) {
		const struct sd_hierarchy *h = plan_hierarchy(c, "hugetlb", "hugepageLimits", e);
		const char *size = NULL, *suffix;
		int64_t limit = 0;
		int r = h ? sd_json_str(one, &size, e, "pageSize") : -1;

		if (r < 0 || sd_json_int(one, &limit, e, "limit") < 0)
			return -1;
		if (!size || strchr(size, '/'))
			return sd_fail(
				e, 0, "hugepageLimits[%zu].pageSize: missing or not a size", i);
		suffix = h->v2 ? "max" : "limit_in_bytes";
		for (int rsvd = 0; rsvd < 2; rsvd++) {
			sd_auto_free char *file =
				sd_printf("hugetlb.%s.%s%s", size, rsvd ? "rsvd." : "", suffix);
			struct limit *l = plan_add(p, "hugetlb", file, CHECK_BYTES,
				limit == -1 && h->v2 ? sd_strdup("max")
						     : sd_printf("%lld", (long long)limit));

			/* 5.7 and later: without it a reservation beyond the limit ends in SIGBUS.
			 */
			l->optional = rsvd;
		}
	}
	return 0;
}

static int plan_priorities(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	struct sd_json *list = NULL, *one;
	size_t i;

	if (sd_json_array(res, &list, e, "network.priorities") < 0)
		return -1;
	sd_json_array_foreach (list, i, one) {
		const char *name = NULL;
		int64_t priority = 0;

		if (!plan_hierarchy(c, "net_prio", "network.priorities", e) ||
			sd_json_str(one, &name, e, "name") < 0 ||
			sd_json_int(one, &priority, e, "priority") < 0)
			return -1;
		if (!name)
			return sd_json_missing(e, "network.priorities[%zu].name", i);
		plan_add(p, "net_prio", "net_prio.ifpriomap", CHECK_TOKENS,
			sd_printf("%s %lld", name, (long long)priority));
	}
	return 0;
}

static int plan_rdma(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	struct sd_json *map = NULL;

	if (sd_json_object(res, &map, e, "rdma") < 0)
		return -1;
	sd_json_object_foreach (map, it) {
		sd_auto_buf struct sd_buf value = {0};
		int64_t n;

		if (!plan_hierarchy(c, "rdma", "rdma", e))
			return -1;
		sd_buf_str(&value, sd_json_iter_key(it));
		for (int i = 0; i < 2; i++) {
			const char *key = i ? "hcaObjects" : "hcaHandles";
			int r = sd_json_int(sd_json_iter_value(it), &n, e, "%s", key);

			if (r < 0)
				return -1;
			if (r)
				sd_buf_printf(&value, " %s=%lld", i ? "hca_object" : "hca_handle",
					(long long)n);
		}
		plan_add(p, "rdma", "rdma.max", CHECK_TOKENS, sd_steal_ptr(&value.data));
	}
	return 0;
}

int plan_resources(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	static int (*const steps[])(struct plan *, const struct sd_cgroups *,
		const struct sd_json *, struct sd_err *) = {plan_swap, plan_memory_flags,
		plan_bandwidth, plan_cpuset, plan_blkio, plan_hugepages, plan_priorities, plan_rdma,
		plan_unified};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (plan_number(p, c, res, &numbers[i], e) < 0)
			return -1;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (steps[i](p, c, res, e) < 0)
			return -1;
	return 0;
}
