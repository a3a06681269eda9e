/* SPDX-License-Identifier: Apache-2.0 */
/* sd-cgset's plan: OCI linux.resources to files and values, for layouts that this machine is not.
 */
#include "unit.h"

#include <stdlib.h>
#include "cleanup.h"
#include "../../tools/sd-cgset/plan.c"
#include "../../tools/sd-cgset/blkio.c"

static void add_hierarchy(struct sd_cgroups *c, bool v2, const char *controllers)
{
	sd_auto_free char *copy = sd_strdup(controllers);
	struct sd_hierarchy *h;

	c->h = sd_realloc(c->h, (c->n + 1) * sizeof(*c->h));
	h = &c->h[c->n++];
	*h = (struct sd_hierarchy){.mount = sd_strdup("/cg"), .name = sd_strdup("cg"), .v2 = v2};
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
		sd_strv_add(&h->controllers, w);
}

static void layout(struct sd_cgroups *c, enum sd_cgroup_mode mode)
{
	*c = (struct sd_cgroups){.mode = mode};
	if (mode != SD_CGROUP_V2) {
		add_hierarchy(c, false, "memory");
		add_hierarchy(c, false, "cpu cpuacct cpuset pids");
		add_hierarchy(c, false, "blkio net_cls net_prio");
	}
	if (mode != SD_CGROUP_V1)
		add_hierarchy(c, true,
			mode == SD_CGROUP_V2 ? "cpuset cpu io memory hugetlb pids rdma"
					     : "hugetlb");
}

/* The plan as text: "FILE=VALUE FILE=VALUE"; '?' where another file may take its place. */
static char *plan(enum sd_cgroup_mode mode, const char *json, struct sd_err *e)
{
	sd_auto_json struct sd_json *res = sd_json_parse(json, strlen(json), "test", e);
	auto_plan struct plan p = {0};
	struct sd_buf out = {0};
	struct sd_cgroups c;
	int r;

	assert_non_null(res);
	layout(&c, mode);
	r = plan_resources(&p, &c, res, e);
	sd_cgroups_free(&c);
	if (r < 0)
		return NULL;
	sd_buf_str(&out, "");
	for (size_t i = 0; i < p.n; i++)
		sd_buf_printf(&out, "%s%s=%s%s", i ? ";" : "", p.v[i].file, p.v[i].value,
			p.v[i].or_next || p.v[i].optional ? "?" : "");
	return out.data;
}

static void expect(enum sd_cgroup_mode mode, const char *json, const char *want)
{
	struct sd_err e = {0};
	sd_auto_free char *have = plan(mode, json, &e);

	if (!have)
		fail_msg("%s: %s", json, e.text);
	assert_string_equal(have, want);
}

static void refuse(enum sd_cgroup_mode mode, const char *json, const char *text)
{
	struct sd_err e = {0};
	char *have = plan(mode, json, &e);

	assert_null(have);
	if (!strstr(e.text, text))
		fail_msg("error is \"%s\", without \"%s\"", e.text, text);
}

#define V1 SD_CGROUP_V1
#define V2 SD_CGROUP_V2

static void memory(void **state)
{
	static const char all[] = "{\"memory\":{\"limit\":100,\"swap\":300,\"reservation\":50}}";
	static const char none[] = "{\"memory\":{\"limit\":-1,\"swap\":-1}}";

	expect(V1, all,
		"memory.limit_in_bytes=100;memory.soft_limit_in_bytes=50;"
		"memory.memsw.limit_in_bytes=300");
	expect(V2, all, "memory.max=100;memory.low=50;memory.swap.max=200");
	expect(V1, none, "memory.limit_in_bytes=-1;memory.memsw.limit_in_bytes=-1");
	expect(V2, none, "memory.max=max;memory.swap.max=max");
	expect(V2, "{\"memory\":{\"limit\":0,\"swap\":0}}", "");
	expect(V2, "{\"memory\":{\"limit\":5,\"swap\":5}}", "memory.max=5;memory.swap.max=0");
	refuse(V2, "{\"memory\":{\"swap\":5}}", "memory.swap: cgroup v2 limits swap alone");
	expect(V1, "{\"memory\":{\"disableOOMKiller\":true}}", "memory.oom_control=1");
	refuse(V2, "{\"memory\":{\"disableOOMKiller\":true}}",
		"memory.disableOOMKiller: cgroup v2 has no such limit");
	refuse(V2, "{\"memory\":{\"swappiness\":0}}", "memory.swappiness: cgroup v2");
	refuse(V2, "{\"memory\":{\"kernel\":1}}", "memory.kernel: cgroup v2");
	refuse(V1, "{\"memory\":{\"useHierarchy\":false}}", "memory.useHierarchy");
}

static void cpu(void **state)
{
	static const char both[] = "{\"cpu\":{\"shares\":1024,\"quota\":5000,\"period\":10000}}";

	expect(V1, both, "cpu.shares=1024;cpu.cfs_period_us=10000;cpu.cfs_quota_us=5000");
	expect(V2, both, "cpu.weight=100;cpu.max=5000 10000");
	expect(V2, "{\"cpu\":{\"quota\":5000}}", "cpu.max=5000");
	expect(V2, "{\"cpu\":{\"quota\":-1,\"period\":10000}}", "cpu.max=max 10000");
	expect(V2, "{\"cpu\":{\"period\":10000,\"burst\":7}}", "cpu.max=10000;cpu.max.burst=7");
	expect(V2, "{\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"0\"}}", "cpuset.cpus=0-1;cpuset.mems=0");
	refuse(V2, "{\"cpu\":{\"realtimeRuntime\":5}}", "cpu.realtimeRuntime: cgroup v2");
}

static void weights(void **state)
{
	assert_int_equal(weight_of_shares(2), 1);
	assert_int_equal(weight_of_shares(1024), 100);
	assert_int_equal(weight_of_shares(262144), 10000);
	assert_int_equal(weight_of_shares(1), 1);
	assert_int_equal(weight_of_shares(512), 59);
	for (int64_t s = 3; s < 262144; s += 97)
		assert_true(weight_of_shares(s) >= weight_of_shares(s - 1));
	assert_int_equal(io_weight_of_blkio(10), 1);
	assert_int_equal(io_weight_of_blkio(1000), 10000);
}

static void block_io(void **state)
{
	static const char weight[] = "{\"blockIO\":{\"weight\":500,\"weightDevice\":"
				     "[{\"major\":8,\"minor\":0,\"weight\":10}]}}";
	static const char rate[] =
		"{\"blockIO\":{\"throttleReadBpsDevice\":"
		"[{\"major\":8,\"minor\":16,\"rate\":4096}],"
		"\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":16,\"rate\":0}]}}";

	expect(V1, weight,
		"blkio.bfq.weight=500?;blkio.weight=500;"
		"blkio.bfq.weight_device=8:0 10?;blkio.weight_device=8:0 10");
	expect(V2, weight,
		"io.bfq.weight=default 500?;io.weight=default 4950;"
		"io.bfq.weight=8:0 10?;io.weight=8:0 1");
	expect(V1, rate,
		"blkio.throttle.read_bps_device=8:16 4096;"
		"blkio.throttle.write_iops_device=8:16 0");
	expect(V2, rate, "io.max=8:16 rbps=4096;io.max=8:16 wiops=max");
	refuse(V2, "{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8}]}}", "minor: missing");
	refuse(V2, "{\"blockIO\":{\"weight\":5}}", "blockIO.weight: 5 is not between 10 and 1000");
}

static void others(void **state)
{
	static const char huge[] =
		"{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}";

	expect(V2, huge, "hugetlb.2MB.max=4194304;hugetlb.2MB.rsvd.max=4194304?");
	expect(SD_CGROUP_HYBRID, huge, "hugetlb.2MB.max=4194304;hugetlb.2MB.rsvd.max=4194304?");
	refuse(V1, huge, "hugepageLimits: controller hugetlb is not mounted");
	expect(V1,
		"{\"network\":{\"classID\":1,\"priorities\":[{\"name\":\"e0\",\"priority\":5}]}}",
		"net_cls.classid=1;net_prio.ifpriomap=e0 5");
	refuse(V2, "{\"network\":{\"classID\":1}}", "controller net_cls is not available in /cg");
	expect(V2, "{\"rdma\":{\"m0\":{\"hcaHandles\":3,\"hcaObjects\":9}}}",
		"rdma.max=m0 hca_handle=3 hca_object=9");
	expect(V2, "{\"pids\":{\"limit\":-1}}", "pids.max=max");
	expect(V1, "{\"pids\":{\"limit\":-1}}", "pids.max=max");
	refuse(V2, "{\"pids\":{\"limit\":-2}}", "pids.limit: -2 is negative");
}

static void unified(void **state)
{
	expect(V2, "{\"unified\":{\"memory.high\":\"1G\",\"cgroup.max.depth\":\"2\"}}",
		"memory.high=1G;cgroup.max.depth=2");
	refuse(V2, "{\"unified\":{\"misc.max\":\"1\"}}", "controller misc is not available");
	refuse(V2, "{\"unified\":{\"memory/../x.y\":\"1\"}}", "is not a file of a controller");
	refuse(V2, "{\"unified\":{\"cgroup.procs\":\"1\"}}", "cgroup.procs is not a limit");
	refuse(V2, "{\"unified\":{\"memory.high\":1}}", "is not a string");
	refuse(V1, "{\"unified\":{\"memory.high\":\"1\"}}", "no cgroup2 hierarchy is mounted");
	refuse(SD_CGROUP_HYBRID, "{\"unified\":{\"memory.high\":\"1\"}}",
		"as a cgroup v1 hierarchy");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(memory), cmocka_unit_test(cpu),
		cmocka_unit_test(weights), cmocka_unit_test(block_io), cmocka_unit_test(others),
		cmocka_unit_test(unified)};

	return cmocka_run_group_tests_name("cgroup_plan", tests, NULL, NULL);
}
