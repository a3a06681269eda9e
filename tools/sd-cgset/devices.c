/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules.  OCI's list has the meaning of a sequence of writes to devices.allow and
 * devices.deny (cgroup-v1/devices.rst): a default, and exceptions from it that are merged and
 * taken away.  That is worked out here once, so that v1 is read back against it and the BPF
 * program of cgroup2 decides the same.
 */
#include "sd-cgset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

void devices_free(struct device_list *l)
{
	free(l->v);
	*l = (struct device_list){0};
}

void device_text(const struct device_rule *r, char text[64])
{
	char major[24] = "*", minor[24] = "*";

	if (r->major != DEVICE_ANY)
		snprintf(major, sizeof(major), "%lld", (long long)r->major);
	if (r->minor != DEVICE_ANY)
		snprintf(minor, sizeof(minor), "%lld", (long long)r->minor);
	snprintf(text, 64, "%c %s:%s %s%s%s", r->type, major, minor,
		r->access & ACCESS_READ ? "r" : "", r->access & ACCESS_WRITE ? "w" : "",
		r->access & ACCESS_MKNOD ? "m" : "");
}

/* A rule that goes with the default takes from the exceptions; one against it adds to them. */
static void add_rule(struct device_list *l, const struct device_rule *r, bool allow)
{
	for (size_t i = 0; i < l->n; i++) {
		struct device_rule *x = &l->v[i];

		if (x->type != r->type || x->major != r->major || x->minor != r->minor)
			continue;
		if (allow != l->allow)
			x->access |= r->access;
		else
			x->access &= ~r->access;
		if (!x->access)
			*x = l->v[--l->n];
		return;
	}
	if (allow == l->allow)
		return;
	l->v = sd_realloc(l->v, (l->n + 1) * sizeof(*l->v));
	l->v[l->n++] = *r;
}

static int parse_access(const char *text, size_t i, unsigned *access, struct sd_err *e)
{
	*access = 0;
	for (const char *p = text; *p; p++) {
		unsigned bit = *p == 'r'   ? ACCESS_READ
			       : *p == 'w' ? ACCESS_WRITE
			       : *p == 'm' ? ACCESS_MKNOD
					   : 0;

		if (!bit)
			return sd_fail(e, 0, "devices[%zu].access: '%s' has more than r, w and m",
				i, text);
		*access |= bit;
	}
	return *access ? 0 : sd_fail(e, 0, "devices[%zu].access: '%s' names no access", i, text);
}

static int parse_rule(
	const struct sd_json *one, size_t i, struct device_rule *r, bool *allow, struct sd_err *e)
{
	const char *type = "a", *access = "rwm";

	*r = (struct device_rule){.major = DEVICE_ANY, .minor = DEVICE_ANY};
	if (sd_json_str(one, &type, e, "type") < 0 || sd_json_str(one, &access, e, "access") < 0 ||
		sd_json_int(one, &r->major, e, "major") < 0 ||
		sd_json_int(one, &r->minor, e, "minor") < 0)
		return -1;
	switch (sd_json_bool(one, allow, e, "allow")) {
	case -1:
		return -1;
	case 0:
		return sd_json_missing(e, "devices[%zu].allow", i);
	}
	if (!strchr("abcu", *type) || strlen(type) != 1)
		return sd_fail(e, 0, "devices[%zu].type: '%s' is none of a, b and c", i, type);
	r->type = *type == 'u' ? 'c' : *type;
	if (r->major < DEVICE_ANY || r->minor < DEVICE_ANY || r->major > UINT32_MAX ||
		r->minor > UINT32_MAX)
		return sd_fail(e, 0, "devices[%zu]: %lld:%lld is not a device number", i,
			(long long)r->major, (long long)r->minor);
	return parse_access(access, i, &r->access, e);
}

int devices_parse(struct device_list *l, const struct sd_json *res, struct sd_err *e)
{
	struct sd_json *list = NULL, *one;
	size_t i;

	l->allow = true;
	if (sd_json_array(res, &list, e, "devices") < 0)
		return -1;
	l->asked = sd_json_len(list) > 0;
	sd_json_array_foreach (list, i, one) {
		struct device_rule r;
		bool allow;

		if (parse_rule(one, i, &r, &allow, e) < 0)
			return -1;
		if (r.type != 'a') {
			add_rule(l, &r, allow);
			continue;
		}
		/* The kernel takes nothing but the 'a' of such a rule; what goes beyond is not in
		 * force. */
		if (r.access != ACCESS_ALL || r.major != DEVICE_ANY || r.minor != DEVICE_ANY)
			return sd_fail(e, 0,
				"devices[%zu]: a rule for type a is for every device and access",
				i);
		l->reset = true;
		l->allow = allow;
		l->n = 0;
	}
	return 0;
}

static int write_list(
	struct dir *d, const char *file, const struct device_list *l, struct sd_err *e)
{
	sd_auto_fd int fd = openat(dir_fd(d), file, O_WRONLY | O_CLOEXEC);
	char text[64];

	if (fd < 0)
		return sd_fail(e, errno, "controller devices: open %s/%s", d->path, file);
	for (size_t i = 0; i < l->n; i++) {
		device_text(&l->v[i], text);
		if (sd_write_all(fd, text, strlen(text)) < 0) {
			sd_fail(e, errno, "controller devices: write '%s' to %s/%s", text, d->path,
				file);
			return errno == EPERM && !l->allow
				       ? sd_hint(e, "a cgroup cannot allow what its parent denies")
				       : -1;
		}
	}
	return 0;
}

static int verify_list(struct dir *d, const struct device_list *l, struct sd_err *e)
{
	sd_auto_buf struct sd_buf have = {0};
	size_t lines = 0;
	char text[64];

	if (read_text(dir_fd(d), "devices.list", &have) < 0)
		return sd_fail(e, errno, "controller devices: read %s/devices.list", d->path);
	for (const char *p = have.data; p && *p; p = strchr(p, '\n'), p += p != NULL)
		lines++;
	for (size_t i = 0; i < l->n; i++) {
		sd_auto_free char *line = NULL;

		device_text(&l->v[i], text);
		line = sd_printf("\n%s\n", text);
		sd_auto_free char *all = sd_printf("\n%s\n", have.data ? have.data : "");

		if (!strstr(all, line))
			return sd_fail(e, 0, "controller devices: %s/devices.list lacks '%s'",
				d->path, text);
	}
	if (lines != l->n)
		return sd_fail(e, 0, "controller devices: %s/devices.list has %zu entries, not %zu",
			d->path, lines, l->n);
	return 0;
}

static int apply_v1(struct dir *d, const struct device_list *l, struct sd_err *e)
{
	const char *reset = l->allow ? "devices.allow" : "devices.deny";

	if (l->reset && sd_write_kernel(dir_fd(d), reset, "a") < 0)
		return sd_fail(e, errno, "controller devices: write 'a' to %s/%s", d->path, reset);
	if (write_list(d, l->allow ? "devices.deny" : "devices.allow", l, e) < 0)
		return -1;
	/* In a group that allows by default, the list shows that default and not its exceptions. */
	return l->allow ? 0 : verify_list(d, l, e);
}

int devices_apply(struct group *g, const struct device_list *l, bool bpf, struct sd_err *e)
{
	struct dir *v1 = group_dir(g, "devices"), *v2 = group_unified(g);

	if (!l->asked || (!l->reset && !l->n))
		return 0;
	if (v1 && !bpf)
		return apply_v1(v1, l, e);
	if (!v2)
		return sd_fail(e, 0, "devices: controller devices is not mounted");
	if (dir_fd(v2) < 0)
		return sd_fail(e, errno, "open cgroup %s", v2->path);
	return bpf_devices_attach(dir_fd(v2), v2->path, l, e);
}
