/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the plan whose files take a key: block devices, and OCI's `unified`.
 *
 * Weights work only with an I/O scheduler or policy that has them: bfq (blkio.bfq.weight,
 * io.bfq.weight), the cost model of cgroup2 (io.weight), or CFQ before 5.0 (blkio.weight).
 */
#include "sd-cgset.h"

#include <string.h>
#include "cleanup.h"

/* 10..1000 onto 1..10000 in a straight line, as the OCI runtimes agreed on for io.weight. */
int64_t io_weight_of_blkio(int64_t weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}

static const struct sd_hierarchy *block_hierarchy(
	const struct sd_cgroups *c, const char *member, const char **controller, struct sd_err *e)
{
	*controller = sd_cgroups_for(c, "blkio") || c->mode != SD_CGROUP_V2 ? "blkio" : "io";
	return plan_hierarchy(c, *controller, member, e);
}

/* `key` is "" or "MAJOR:MINOR ". */
static void add_weight(struct plan *p, const struct sd_hierarchy *h, const char *key, int64_t w)
{
	long long weight = w, io = io_weight_of_blkio(w);
	const char *v2key = *key ? key : "default ";

	if (h->v2) {
		plan_add(p, "io", "io.bfq.weight", CHECK_TOKENS, sd_printf("%s%lld", v2key, weight))
			->or_next = true;
		plan_add(p, "io", "io.weight", CHECK_TOKENS, sd_printf("%s%lld", v2key, io));
		return;
	}
	plan_add(p, "blkio", *key ? "blkio.bfq.weight_device" : "blkio.bfq.weight", CHECK_TOKENS,
		sd_printf("%s%lld", key, weight))
		->or_next = true;
	plan_add(p, "blkio", *key ? "blkio.weight_device" : "blkio.weight", CHECK_TOKENS,
		sd_printf("%s%lld", key, weight));
}

static int plan_weight(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	static const char member[] = "blockIO.weight";
	const struct sd_hierarchy *h;
	const char *controller;
	int64_t w = 0;

	if (sd_json_int(res, &w, e, member) < 0)
		return -1;
	if (w == 0)
		return 0;
	if (w < 10 || w > 1000)
		return sd_fail(e, 0, "%s: %lld is not between 10 and 1000", member, (long long)w);
	h = block_hierarchy(c, member, &controller, e);
	if (!h)
		return -1;
	add_weight(p, h, "", w);
	return 0;
}

static int device_number(
	const struct sd_json *one, const char *member, size_t i, char key[48], struct sd_err *e)
{
	int64_t major, minor;
	int a = sd_json_int(one, &major, e, "major"), b = sd_json_int(one, &minor, e, "minor");

	if (a < 0 || b < 0)
		return -1;
	if (!a || !b)
		return sd_json_missing(e, "%s[%zu].%s", member, i, a ? "minor" : "major");
	snprintf(key, 48, "%lld:%lld ", (long long)major, (long long)minor);
	return 0;
}

static int plan_weight_devices(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	static const char member[] = "blockIO.weightDevice";
	struct sd_json *list = NULL, *one;
	size_t i;

	if (sd_json_array(res, &list, e, member) < 0)
		return -1;
	sd_json_array_foreach (list, i, one) {
		const struct sd_hierarchy *h;
		const char *controller;
		int64_t w = 0;
		char key[48];

		if (device_number(one, member, i, key, e) < 0 ||
			sd_json_int(one, &w, e, "weight") < 0)
			return -1;
		if (w < 10 || w > 1000)
			return sd_fail(e, 0, "%s[%zu].weight: %lld is not between 10 and 1000",
				member, i, (long long)w);
		h = block_hierarchy(c, member, &controller, e);
		if (!h)
			return -1;
		add_weight(p, h, key, w);
	}
	return 0;
}

static const struct throttle {
	const char *member, *v1, *v2;
} throttles[] = {
	{"blockIO.throttleReadBpsDevice", "blkio.throttle.read_bps_device", "rbps"},
	{"blockIO.throttleWriteBpsDevice", "blkio.throttle.write_bps_device", "wbps"},
	{"blockIO.throttleReadIOPSDevice", "blkio.throttle.read_iops_device", "riops"},
	{"blockIO.throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", "wiops"},
};

static int plan_throttle(struct plan *p, const struct sd_cgroups *c, const struct sd_json *res,
	const struct throttle *t, struct sd_err *e)
{
	struct sd_json *list = NULL, *one;
	size_t i;

	if (sd_json_array(res, &list, e, "%s", t->member) < 0)
		return -1;
	sd_json_array_foreach (list, i, one) {
		const struct sd_hierarchy *h;
		const char *controller;
		int64_t rate = 0;
		char key[48];

		if (device_number(one, t->member, i, key, e) < 0 ||
			sd_json_int(one, &rate, e, "rate") < 0)
			return -1;
		if (rate < 0)
			return sd_fail(e, 0, "%s[%zu].rate: %lld is negative", t->member, i,
				(long long)rate);
		h = block_hierarchy(c, t->member, &controller, e);
		if (!h)
			return -1;
		if (!h->v2)
			plan_add(p, "blkio", t->v1, CHECK_TOKENS,
				sd_printf("%s%lld", key, (long long)rate));
		else if (rate)
			plan_add(p, "io", "io.max", CHECK_TOKENS,
				sd_printf("%s%s=%lld", key, t->v2, (long long)rate));
		else
			plan_add(
				p, "io", "io.max", CHECK_TOKENS, sd_printf("%s%s=max", key, t->v2));
	}
	return 0;
}

int plan_blkio(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	int64_t leaf = 0;

	if (sd_json_int(res, &leaf, e, "blockIO.leafWeight") < 0)
		return -1;
	if (leaf)
		return sd_fail(
			e, 0, "blockIO.leafWeight: it went with the CFQ scheduler in Linux 5.0");
	if (plan_weight(p, c, res, e) < 0 || plan_weight_devices(p, c, res, e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(throttles) / sizeof(*throttles); i++)
		if (plan_throttle(p, c, res, &throttles[i], e) < 0)
			return -1;
	return 0;
}

/*
 * Of the core's own files only those that limit.  Attack: `cgroup.procs` in a bundle's config
 * would move a process of the host, `cgroup.kill` and `cgroup.freeze` would stop one.
 */
static int check_unified_key(const char *key, struct sd_err *e)
{
	static const char *const core[] = {
		"cgroup.max.depth", "cgroup.max.descendants", "cgroup.pressure"};
	const char *dot = strchr(key, '.');

	if (strchr(key, '/') || !dot || dot == key)
		return sd_fail(e, 0, "unified: '%s' is not a file of a controller", key);
	if (!sd_starts_with(key, "cgroup."))
		return 0;
	for (size_t i = 0; i < sizeof(core) / sizeof(*core); i++)
		if (strcmp(key, core[i]) == 0)
			return 0;
	return sd_fail(e, 0, "unified: %s is not a limit", key);
}

/* What the kernel rounds to whole pages, and what it keeps as a wish, is not read back as written. */
static enum check check_of_unified(const char *controller, const char *key)
{
	const char *last = strrchr(key, '.');

	if (strcmp(key, "cpuset.cpus") == 0 || strcmp(key, "cpuset.mems") == 0)
		return CHECK_CPUS;
	if (strcmp(controller, "memory") != 0 && strcmp(controller, "hugetlb") != 0)
		return CHECK_TOKENS;
	return strcmp(last, ".min") == 0 || strcmp(last, ".low") == 0 ||
			       strcmp(last, ".high") == 0 || strcmp(last, ".max") == 0
		       ? CHECK_BYTES
		       : CHECK_TOKENS;
}

int plan_unified(
	struct plan *p, const struct sd_cgroups *c, const struct sd_json *res, struct sd_err *e)
{
	const struct sd_hierarchy *v2 = sd_cgroups_unified(c);
	struct sd_json *map = NULL;

	if (sd_json_object(res, &map, e, "unified") < 0)
		return -1;
	sd_json_object_foreach (map, it) {
		const char *key = sd_json_iter_key(it), *name = "cgroup";
		const char *value = sd_json_string_value(sd_json_iter_value(it));
		sd_auto_free char *controller = sd_strndup(key, strcspn(key, "."));
		bool found = strcmp(controller, "cgroup") == 0;

		if (!value)
			return sd_fail(e, 0, "unified: the value of '%s' is not a string", key);
		if (check_unified_key(key, e) < 0)
			return -1;
		if (!v2)
			return sd_fail(e, 0, "unified: no cgroup2 hierarchy is mounted");
		for (size_t i = 0; i < v2->controllers.n && !found; i++) {
			found = strcmp(v2->controllers.v[i], controller) == 0;
			name = v2->controllers.v[i];
		}
		if (!found) {
			sd_fail(e, 0, "unified: %s: controller %s is not available in %s", key,
				controller, v2->mount);
			return sd_cgroups_for(c, controller)
				       ? sd_hint(e, "it is mounted as a cgroup v1 hierarchy")
				       : -1;
		}
		plan_add(p, name, key, check_of_unified(name, key), sd_strdup(value));
	}
	return 0;
}
