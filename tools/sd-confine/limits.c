/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource limits, in two passes (getrlimit(2)).  Raising a hard limit needs CAP_SYS_RESOURCE, so
 * it comes before capabilities are dropped; lowering needs nothing, and comes last, so that a
 * small RLIMIT_NOFILE or RLIMIT_AS meets the program and not the work that is left to do here.
 */
#include "confine.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	int resource;
} table[] = {
	{"RLIMIT_AS", RLIMIT_AS},
	{"RLIMIT_CORE", RLIMIT_CORE},
	{"RLIMIT_CPU", RLIMIT_CPU},
	{"RLIMIT_DATA", RLIMIT_DATA},
	{"RLIMIT_FSIZE", RLIMIT_FSIZE},
	{"RLIMIT_LOCKS", RLIMIT_LOCKS},
	{"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
	{"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
	{"RLIMIT_NICE", RLIMIT_NICE},
	{"RLIMIT_NOFILE", RLIMIT_NOFILE},
	{"RLIMIT_NPROC", RLIMIT_NPROC},
	{"RLIMIT_RSS", RLIMIT_RSS},
	{"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
	{"RLIMIT_RTTIME", RLIMIT_RTTIME},
	{"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
	{"RLIMIT_STACK", RLIMIT_STACK},
};

int limit_parse(
	const char *type, const char *what, int *resource, const char **name, struct sd_err *e)
{
	const char *bare = strncasecmp(type, "RLIMIT_", 7) == 0 ? type + 7 : type;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcasecmp(table[i].name + 7, bare) == 0) {
			*resource = table[i].resource;
			*name = table[i].name;
			return 0;
		}
	}
	return sd_fail(e, 0, "%s: unknown resource limit '%s'", what, type);
}

int limits_add(struct plan *p, const char *type, rlim_t soft, rlim_t hard, const char *what,
	struct sd_err *e)
{
	struct limit l = {.value = {soft, hard}};

	if (limit_parse(type, what, &l.resource, &l.name, e) < 0)
		return -1;
	if (soft > hard)
		return sd_fail(
			e, 0, "%s: the soft limit of %s is above the hard one", what, l.name);
	for (size_t i = 0; i < p->n_limits; i++)
		if (p->limits[i].resource == l.resource)
			return sd_fail(e, 0, "%s: %s is given twice", what, l.name);
	p->limits = sd_realloc(p->limits, (p->n_limits + 1) * sizeof(l));
	p->limits[p->n_limits++] = l;
	return 0;
}

int limits_raise(const struct plan *p, struct sd_err *e)
{
	for (size_t i = 0; i < p->n_limits; i++) {
		const struct limit *l = &p->limits[i];
		struct rlimit r;

		if (getrlimit(l->resource, &r) < 0)
			return sd_fail(e, errno, "read %s", l->name);
		if (l->value.rlim_max <= r.rlim_max)
			continue;
		r.rlim_max = l->value.rlim_max;
		if (setrlimit(l->resource, &r) == 0)
			continue;
		sd_fail(e, errno, "raise the hard limit of %s", l->name);
		return sd_hint(e, e->errnum == EPERM ? "that needs CAP_SYS_RESOURCE"
						     : "the kernel's maximum is lower");
	}
	return 0;
}

int limits_lower(const struct plan *p, struct sd_err *e)
{
	for (size_t i = 0; i < p->n_limits; i++)
		if (setrlimit(p->limits[i].resource, &p->limits[i].value) < 0)
			return sd_fail(e, errno, "set %s", p->limits[i].name);
	return 0;
}
