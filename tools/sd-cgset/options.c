/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary of the hand, docker's words, turned into OCI linux.resources, so that there is
 * one road from there on.
 */
#include "sd-cgset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

static struct sd_json *resources_of(void *args)
{
	struct limit_args *a = args;

	if (!a->resources)
		a->resources = sd_json_new_object();
	return a->resources;
}

/* "memory.limit" = value; owns value. */
static void set_member(struct sd_json *res, const char *member, struct sd_json *value)
{
	const char *dot = strchr(member, '.');
	sd_auto_free char *parent = sd_strndup(member, (size_t)(dot - member));

	sd_json_set(sd_json_make_object(res, parent), dot + 1, value);
}

/* Options that are one member: where they go. */
static const struct word {
	const char *option, *member;
	enum { SIZE, NUMBER, TEXT } kind;
} words[] = {
	{"memory", "memory.limit", SIZE},
	{"memory-swap", "memory.swap", SIZE},
	{"memory-reservation", "memory.reservation", SIZE},
	{"memory-swappiness", "memory.swappiness", NUMBER},
	{"cpu-shares", "cpu.shares", NUMBER},
	{"cpu-period", "cpu.period", NUMBER},
	{"cpu-quota", "cpu.quota", NUMBER},
	{"cpu-burst", "cpu.burst", NUMBER},
	{"cpu-idle", "cpu.idle", NUMBER},
	{"cpu-rt-period", "cpu.realtimePeriod", NUMBER},
	{"cpu-rt-runtime", "cpu.realtimeRuntime", NUMBER},
	{"cpuset-cpus", "cpu.cpus", TEXT},
	{"cpuset-mems", "cpu.mems", TEXT},
	{"pids-limit", "pids.limit", NUMBER},
	{"blkio-weight", "blockIO.weight", NUMBER},
	{"net-classid", "network.classID", NUMBER},
};

static int set_word(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	sd_auto_free char *what = sd_printf("--%s", o->name);
	const struct word *w = words;
	int64_t n = -1;

	while (strcmp(w->option, o->name) != 0)
		w++;
	if (strcmp(o->name, "memory") == 0)
		((struct limit_args *)args)->memory = value;
	if (w->kind == TEXT) {
		set_member(resources_of(args), w->member, sd_json_new_str(value));
		return 0;
	}
	if (w->kind == SIZE && strcmp(value, "-1") != 0 && sd_parse_size(value, what, &n, e) < 0)
		return -1;
	if (w->kind == NUMBER && sd_parse_int(value, what, -1, INT64_MAX, &n, e) < 0)
		return -1;
	set_member(resources_of(args), w->member, sd_json_new_int(n));
	return 0;
}

static int set_cpus(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	size_t digits = strspn(value, "0123456789");
	const char *rest = value + digits + (value[digits] == '.');
	double n = strtod(value, NULL);

	if (!digits || rest[strspn(rest, "0123456789")] || n < 0.01 || n > 1e6)
		return sd_fail(
			e, 0, "--cpus: '%s' is not a number of processors from 0.01 up", value);
	set_member(resources_of(args), "cpu.period", sd_json_new_int(100000));
	set_member(resources_of(args), "cpu.quota", sd_json_new_int((int64_t)(n * 100000 + 0.5)));
	return 0;
}

static int set_no_killer(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	set_member(resources_of(args), "memory.disableOOMKiller", sd_json_new_bool(true));
	return 0;
}

/* "/dev/sda" or "8:0"; *type is 'b' or 'c', or unchanged where only the number is given. */
static int parse_device(const char *text, const char *what, char *type, int64_t *major,
	int64_t *minor, struct sd_err *e)
{
	const char *colon = strchr(text, ':');
	sd_auto_free char *first = NULL;
	struct stat st;

	if (*text == '/') {
		if (stat(text, &st) < 0)
			return sd_fail(e, errno, "%s: %s", what, text);
		if (!S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode))
			return sd_fail(e, 0, "%s: %s is not a device", what, text);
		*type = S_ISBLK(st.st_mode) ? 'b' : 'c';
		*major = major(st.st_rdev);
		*minor = minor(st.st_rdev);
		return 0;
	}
	if (!colon)
		return sd_fail(e, 0, "%s: '%s' is neither a path nor MAJOR:MINOR", what, text);
	first = sd_strndup(text, (size_t)(colon - text));
	*major = *minor = DEVICE_ANY;
	if (strcmp(first, "*") != 0 && sd_parse_int(first, what, 0, UINT32_MAX, major, e) < 0)
		return -1;
	if (strcmp(colon + 1, "*") != 0 &&
		sd_parse_int(colon + 1, what, 0, UINT32_MAX, minor, e) < 0)
		return -1;
	return 0;
}

static const struct {
	const char *option, *member, *value;
	bool size;
} device_words[] = {
	{"device-read-bps", "throttleReadBpsDevice", "rate", true},
	{"device-write-bps", "throttleWriteBpsDevice", "rate", true},
	{"device-read-iops", "throttleReadIOPSDevice", "rate", false},
	{"device-write-iops", "throttleWriteIOPSDevice", "rate", false},
	{"blkio-weight-device", "weightDevice", "weight", false},
};

/* DEVICE:NUMBER */
static int set_device_word(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	sd_auto_free char *what = sd_printf("--%s", o->name), *device = NULL;
	const char *colon = strrchr(value, ':');
	int64_t major, minor, n;
	struct sd_json *one;
	char type = 'b';
	size_t i = 0;

	while (strcmp(device_words[i].option, o->name) != 0)
		i++;
	if (!colon)
		return sd_fail(e, 0, "%s: '%s' is not DEVICE:NUMBER", what, value);
	device = sd_strndup(value, (size_t)(colon - value));
	if (parse_device(device, what, &type, &major, &minor, e) < 0 ||
		(device_words[i].size ? sd_parse_size(colon + 1, what, &n, e)
				      : sd_parse_int(colon + 1, what, 0, INT64_MAX, &n, e)) < 0)
		return -1;
	if (type != 'b' || major < 0 || minor < 0)
		return sd_fail(e, 0, "%s: %s is not one block device", what, device);
	one = sd_json_new_object();
	sd_json_set_int(one, "major", major);
	sd_json_set_int(one, "minor", minor);
	sd_json_set_int(one, device_words[i].value, n);
	sd_json_append(sd_json_make_array(sd_json_make_object(resources_of(args), "blockIO"),
			       device_words[i].member),
		one);
	return 0;
}

static void add_device(
	struct sd_json *list, char type, int64_t major, int64_t minor, const char *access)
{
	struct sd_json *one = sd_json_new_object();
	const char text[] = {type, '\0'};

	sd_json_set_bool(one, "allow", true);
	sd_json_set_str(one, "type", text);
	if (major != DEVICE_ANY)
		sd_json_set_int(one, "major", major);
	if (minor != DEVICE_ANY)
		sd_json_set_int(one, "minor", minor);
	sd_json_set_str(one, "access", access);
	sd_json_append(list, one);
}

/* "c 1:3 rwm", "a", or "/dev/null[:rwm]".  The first rule denies all others. */
static int set_device(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct sd_json *list = sd_json_make_array(resources_of(args), "devices");
	sd_auto_free char *copy = sd_strdup(value);
	char *save = NULL, *access = NULL, *number;
	int64_t major = DEVICE_ANY, minor = DEVICE_ANY;
	char type = *value;

	if (sd_json_len(list) == 0) {
		struct sd_json *none = sd_json_new_object();

		sd_json_set_bool(none, "allow", false);
		sd_json_append(list, none);
	}
	if (strcmp(value, "a") == 0) {
		add_device(list, 'a', DEVICE_ANY, DEVICE_ANY, "rwm");
		return 0;
	}
	if (*value == '/') {
		number = copy;
		access = strchr(copy, ':');
		if (access)
			*access++ = '\0';
	} else {
		char *word = strtok_r(copy, " ", &save);

		number = strtok_r(NULL, " ", &save);
		access = strtok_r(NULL, " ", &save);
		if (!number || strlen(word) != 1 || (type != 'b' && type != 'c'))
			return sd_fail(e, 0,
				"--device: '%s' is not like 'c 1:3 rwm' or /dev/null:rw", value);
	}
	if (parse_device(number, "--device", &type, &major, &minor, e) < 0)
		return -1;
	add_device(list, type, major, minor, access ? access : "rwm");
	return 0;
}

static int set_hugetlb(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	const char *colon = strchr(value, ':');
	sd_auto_free char *size = colon ? sd_strndup(value, (size_t)(colon - value)) : NULL;
	struct sd_json *one;
	int64_t n;

	if (!colon)
		return sd_fail(e, 0, "--hugetlb: '%s' is not PAGESIZE:BYTES (2MB:64m)", value);
	if (sd_parse_size(colon + 1, "--hugetlb", &n, e) < 0)
		return -1;
	one = sd_json_new_object();
	sd_json_set_str(one, "pageSize", size);
	sd_json_set_int(one, "limit", n);
	sd_json_append(sd_json_make_array(resources_of(args), "hugepageLimits"), one);
	return 0;
}

static int set_unified(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	const char *eq = strchr(value, '=');
	sd_auto_free char *key = eq ? sd_strndup(value, (size_t)(eq - value)) : NULL;

	if (!eq)
		return sd_fail(e, 0, "--unified: '%s' is not FILE=VALUE", value);
	sd_json_set_str(sd_json_make_object(resources_of(args), "unified"), key, eq + 1);
	return 0;
}

static int set_resources(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct limit_args *a = args;
	sd_auto_buf struct sd_buf text = {0};

	if (a->resources)
		return sd_fail(e, 0, "--resources: comes before the limits that change it");
	if ((strcmp(value, "-") == 0
			    ? sd_read_all(STDIN_FILENO, "standard input", SD_READ_MAX, &text, e)
			    : sd_read_file(AT_FDCWD, value, SD_READ_MAX, &text, e)) < 0)
		return -1;
	a->resources = sd_json_parse(text.data, text.len, value, e);
	if (a->resources && !sd_json_is_object(a->resources))
		return sd_fail(e, 0, "%s: expected an object", value);
	return a->resources ? 0 : -1;
}

#define WORD(l, name, arg, help) SD_OPT_FN(set_word, l, name, arg, help)
#define DEVICE_WORD(name, help)	 SD_OPT_FN(set_device_word, 0, name, "DEVICE:N", help)

const struct sd_opt limit_options[] = {
	SD_OPT_STR(struct limit_args, path, 0, "path", "NAME", "the cgroup, below each mount"),
	SD_OPT_FN(
		set_resources, 0, "resources", "FILE", "an OCI linux.resources object (-: stdin)"),
	WORD('m', "memory", "BYTES", "limit of memory (100m, 1.5g; -1: none)"),
	WORD(0, "memory-swap", "BYTES", "limit of memory and swap together"),
	WORD(0, "memory-reservation", "BYTES", "what is left to it when memory is short"),
	WORD(0, "memory-swappiness", "N", "0 to 100 (v1)"),
	SD_OPT_FN(set_no_killer, 0, "oom-kill-disable", NULL, "wait instead of killing (v1)"),
	SD_OPT_FN(set_cpus, 0, "cpus", "N", "processors' worth of time (1.5)"),
	WORD('c', "cpu-shares", "N", "weight against others, 2 to 262144 (1024)"),
	WORD(0, "cpu-period", "USEC", "period of the quota"),
	WORD(0, "cpu-quota", "USEC", "time in each period (-1: no limit)"),
	WORD(0, "cpu-burst", "USEC", "unused quota that may be saved up"),
	WORD(0, "cpu-idle", "N", "1: run only when nothing else does"),
	WORD(0, "cpu-rt-period", "USEC", "period of real-time tasks (v1)"),
	WORD(0, "cpu-rt-runtime", "USEC", "time of real-time tasks in each period (v1)"),
	WORD(0, "cpuset-cpus", "LIST", "processors to run on (0-3,5)"),
	WORD(0, "cpuset-mems", "LIST", "memory nodes to allocate from"),
	WORD(0, "pids-limit", "N", "limit of processes and threads (-1: none)"),
	WORD(0, "blkio-weight", "N", "weight of block I/O, 10 to 1000"),
	DEVICE_WORD("blkio-weight-device", "the same for one block device"),
	DEVICE_WORD("device-read-bps", "limit of bytes read in a second"),
	DEVICE_WORD("device-write-bps", "limit of bytes written in a second"),
	DEVICE_WORD("device-read-iops", "limit of reads in a second"),
	DEVICE_WORD("device-write-iops", "limit of writes in a second"),
	SD_OPT_FN(
		set_device, 0, "device", "RULE", "allow 'c 1:3 rwm' or /dev/null:rw, and no other"),
	SD_OPT_FLAG(struct limit_args, bpf_devices, 0, "bpf-devices",
		"device rules by a BPF program, also where v1 could"),
	SD_OPT_FN(set_hugetlb, 0, "hugetlb", "SIZE:BYTES", "limit of huge pages (2MB:64m)"),
	WORD(0, "net-classid", "N", "class of its packets (v1)"),
	SD_OPT_FN(set_unified, 0, "unified", "FILE=VALUE", "any limit file of cgroup2"),
	SD_OPT_END,
};
