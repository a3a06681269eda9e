/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "cgroup.h"
#include "cleanup.h"
#include "io.h"

/* mountinfo(5) lines, with %s for the directory that stands for /sys/fs/cgroup. */
#define V1(name, opts) "30 25 0:26 / %s/" name " rw,nosuid shared:9 - cgroup cgroup rw," opts "\n"
#define V2(at)	       "31 25 0:27 / %s" at " rw,nosuid shared:10 - cgroup2 cgroup2 rw,nsdelegate\n"
#define OTHER	       "24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"

static char place[] = "/tmp/sd-cgroup-XXXXXX";

static int make(void **state)
{
	static const char *const dirs[] = {"memory", "cpu,cpuacct", "systemd", "unified", "a b"};
	sd_auto_fd int fd = -1;
	struct sd_err e;

	if (!mkdtemp(place))
		return -1;
	fd = open(place, O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		mkdirat(fd, dirs[i], 0755);
	return sd_replace_file(fd, "cgroup.controllers", "cpu memory pids\n", 16, false, &e);
}

static int drop(void **state)
{
	struct sd_err e;

	return sd_remove_tree(AT_FDCWD, place, &e);
}

static void read_layout(struct sd_cgroups *c, const char *fmt)
{
	sd_auto_buf struct sd_buf text = {0};

	for (const char *p; (p = strstr(fmt, "%s")); fmt = p + 2) {
		sd_buf_add(&text, fmt, (size_t)(p - fmt));
		sd_buf_str(&text, place);
	}
	sd_buf_str(&text, fmt);
	sd_cgroups_read(c, text.data);
}

static void v1(void **state)
{
	struct sd_cgroups c;

	read_layout(&c, OTHER V1("memory", "memory") V1("cpu,cpuacct", "cpu,cpuacct")
				V1("systemd", "xattr,release_agent=/x,name=systemd"));
	assert_int_equal(c.mode, SD_CGROUP_V1);
	assert_int_equal(c.n, 3);
	assert_string_equal(sd_cgroups_for(&c, "cpuacct")->name, "cpu,cpuacct");
	assert_string_equal(sd_cgroups_for(&c, "name=systemd")->name, "systemd");
	assert_null(sd_cgroups_for(&c, "pids"));
	assert_null(sd_cgroups_for(&c, "rw"));
	assert_null(sd_cgroups_unified(&c));
	sd_cgroups_free(&c);
}

static void v2(void **state)
{
	struct sd_cgroups c;

	read_layout(&c, OTHER V2(""));
	assert_int_equal(c.mode, SD_CGROUP_V2);
	assert_int_equal(c.n, 1);
	assert_non_null(sd_cgroups_unified(&c));
	assert_ptr_equal(sd_cgroups_for(&c, "pids"), sd_cgroups_unified(&c));
	sd_cgroups_free(&c);
}

static void hybrid(void **state)
{
	struct sd_cgroups c;

	read_layout(&c, V1("memory", "memory") V2("/unified"));
	assert_int_equal(c.mode, SD_CGROUP_HYBRID);
	assert_string_equal(sd_cgroup_mode_name(c.mode), "hybrid");
	assert_string_equal(sd_cgroups_unified(&c)->name, "unified");
	assert_string_equal(sd_cgroups_for(&c, "memory")->name, "memory");
	sd_cgroups_free(&c);
}

static void odd_lines(void **state)
{
	struct sd_cgroups c;

	read_layout(&c, "\nnonsense\n - cgroup\n1 2 3 - cgroup cgroup rw,pids\n"
			"30 25 0:26 / /nowhere/at/all rw - cgroup cgroup rw,freezer\n"
			"30 25 0:26 / . rw - cgroup cgroup rw,cpu\n"
			"30 25 0:26 / %s/a\\x40 rw - cgroup cgroup rw,cpu\n"
			"30 25 0:26 / %s/a\\\37712 rw - cgroup cgroup rw,cpu\n"
			"30 25 0:26 / %s/a\\040b rw - cgroup cgroup rw,pids\n");
	assert_int_equal(c.n, 1);
	assert_string_equal(c.h[0].name, "a b");
	sd_cgroups_free(&c);
	read_layout(&c, OTHER);
	assert_int_equal(c.mode, SD_CGROUP_NONE);
	sd_cgroups_free(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(v1), cmocka_unit_test(v2),
		cmocka_unit_test(hybrid), cmocka_unit_test(odd_lines)};

	return cmocka_run_group_tests_name("cgroup", tests, make, drop);
}
