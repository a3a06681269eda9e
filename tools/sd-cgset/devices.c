/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules.  OCI's list has the meaning of a sequence of writes to devices.allow and
 * devices.deny (cgroup-v1/devices.rst): a default, and exceptions from it that are merged and
 * taken away.  That is worked out here once, so that v1 is read back against it and the BPF
 * program of cgroup2 decides the same.
 */
#include "sd-cgset.h"

#include <stdlib.h>
#include <string.h>

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
