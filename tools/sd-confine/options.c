/* SPDX-License-Identifier: Apache-2.0 */
/* The plan by hand: options, and what the process is already. */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"

const struct sd_opt confine_options[] = {
	SD_OPT_STR(struct options, user, 'u', "user", "USER[:GROUP]",
		"become this user of the root's /etc/passwd"),
	SD_OPT_LIST(struct options, groups, 0, "groups", "GROUP[,...]", "supplementary groups"),
	SD_OPT_LIST(struct options, caps, 0, "caps", "CAP[,...]",
		"have these capabilities and no others; none, all"),
	SD_OPT_LIST(struct options, cap_add, 0, "cap-add", "CAP[,...]", "have these too; all"),
	SD_OPT_LIST(struct options, cap_drop, 0, "cap-drop", "CAP[,...]", "drop these; all"),
	SD_OPT_FLAG(struct options, no_new_privs, 0, "no-new-privs",
		"exec gains nothing: no setuid, no file capabilities"),
	SD_OPT_STR(struct options, seccomp, 0, "seccomp", "FILE",
		"filter system calls; default, unconfined"),
	SD_OPT_LIST(struct options, rlimits, 0, "rlimit", "NAME=SOFT[:HARD]",
		"limit a resource: nofile=1024:4096"),
	SD_OPT_STR(struct options, umask, 0, "umask", "OCTAL", "mask of file modes"),
	SD_OPT_STR(struct options, oom_score_adj, 0, "oom-score-adj", "N",
		"-1000 (never) to 1000 (first) for the OOM killer"),
	SD_OPT_STR(struct options, cwd, 0, "wd", "DIR", "working directory"),
	SD_OPT_LIST(struct options, env, 'e', "env", "NAME=VALUE", "set in the environment"),
	SD_OPT_LIST(struct options, keep, 0, "keep-fd", "N",
		"leave this descriptor open beside 0, 1 and 2"),
	SD_OPT_STR(struct options, state_fd, 0, "state-fd", "N",
		"take all from the document on this descriptor"),
	SD_OPT_END,
};

static int number(
	const char *s, const char *what, int64_t min, int64_t max, int *out, struct sd_err *e)
{
	int64_t n;

	if (sd_parse_int(s, what, min, max, &n, e) < 0)
		return -1;
	*out = (int)n;
	return 0;
}

int state_fd_of(const struct options *o, int *fd, struct sd_err *e)
{
	*fd = -1;
	if (!o->state_fd)
		return 0;
	return number(o->state_fd, "--state-fd", 0, INT32_MAX, fd, e);
}

/* Split each value at its commas; the parts are owned by *out. */
static void split(const struct sd_strv *values, struct sd_strv *out)
{
	for (size_t i = 0; i < values->n; i++) {
		for (const char *p = values->v[i];; p++) {
			size_t n = strcspn(p, ",");

			sd_strv_take(out, sd_strndup(p, n));
			p += n;
			if (!*p)
				break;
		}
	}
}

static int cap_list(
	const struct sd_strv *values, const char *what, uint64_t *mask, struct sd_err *e)
{
	sd_auto_strv struct sd_strv parts = {0};

	split(values, &parts);
	for (size_t i = 0; i < parts.n; i++) {
		if (strcasecmp(parts.v[i], "all") == 0)
			*mask |= caps_bounding_now();
		else if (strcasecmp(parts.v[i], "none") != 0 &&
			 cap_parse(parts.v[i], what, mask, e) < 0)
			return -1;
	}
	return 0;
}

/*
 * By hand the sets follow one list, as in docker: it bounds what any program can get, root has
 * all of it, another user none until a program grants it.  Without a list they stay what they
 * are; that too is spelled out where the user changes or a filter is loaded, since both have to
 * hold a capability back from what the kernel would do by itself.
 */
static int plan_caps(struct plan *p, const struct options *o, struct sd_err *e)
{
	bool listed = o->caps.n || o->cap_add.n || o->cap_drop.n;
	uint64_t add = 0, drop = 0, mask = 0;

	p->set_caps = listed || o->user || o->seccomp;
	p->caps_by_user = listed || o->user;
	if (!p->set_caps)
		return 0;
	if (caps_now(&p->caps, e) < 0)
		return -1;
	if (!listed)
		return 0;
	if (!o->caps.n)
		mask = p->caps.bounding;
	if (cap_list(&o->caps, "--caps", &mask, e) < 0 ||
		cap_list(&o->cap_add, "--cap-add", &add, e) < 0 ||
		cap_list(&o->cap_drop, "--cap-drop", &drop, e) < 0)
		return -1;
	mask = (mask & ~drop) | add;
	p->caps = (struct caps){.bounding = mask, .permitted = mask, .effective = mask};
	return 0;
}

static int plan_user(struct plan *p, const struct options *o, struct sd_err *e)
{
	sd_auto_strv struct sd_strv parts = {0};

	p->user = o->user;
	p->id.uid = getuid();
	p->id.gid = getgid();
	p->set_id = o->user || o->groups.n;
	if (!o->groups.n)
		return 0;
	split(&o->groups, &parts);
	p->groups = sd_calloc(parts.n + 1, sizeof(*p->groups));
	for (size_t i = 0; i < parts.n; i++) {
		p->groups[i] = parts.v[i];
		parts.v[i] = NULL;
	}
	return 0;
}

static int one_limit(const char *s, size_t n, rlim_t *out, struct sd_err *e)
{
	sd_auto_free char *text = sd_strndup(s, n);
	int64_t value;

	if (strcmp(text, "unlimited") == 0 || strcmp(text, "-1") == 0) {
		*out = RLIM_INFINITY;
		return 0;
	}
	if (sd_parse_int(text, "--rlimit", 0, INT64_MAX, &value, e) < 0)
		return -1;
	*out = (rlim_t)value;
	return 0;
}

static int plan_limits(struct plan *p, const struct options *o, struct sd_err *e)
{
	for (size_t i = 0; i < o->rlimits.n; i++) {
		const char *s = o->rlimits.v[i], *value = strchr(s, '='), *colon;
		sd_auto_free char *type = NULL;
		rlim_t soft, hard;

		if (!value)
			return sd_fail(e, 0, "--rlimit: '%s' is not NAME=SOFT[:HARD]", s);
		type = sd_strndup(s, (size_t)(value++ - s));
		colon = strchr(value, ':');
		if (one_limit(value, colon ? (size_t)(colon - value) : strlen(value), &soft, e) < 0)
			return -1;
		hard = soft;
		if (colon && one_limit(colon + 1, strlen(colon + 1), &hard, e) < 0)
			return -1;
		if (limits_add(p, type, soft, hard, "--rlimit", e) < 0)
			return -1;
	}
	return 0;
}

static bool names(const char *assignment, const char *entry)
{
	size_t n = strcspn(entry, "=") + 1;

	return strncmp(assignment, entry, n) == 0;
}

/* The invoker's environment without the chain's variable; a name that is set anew is replaced. */
static int plan_env(struct plan *p, const struct options *o, struct sd_err *e)
{
	extern char **environ;

	for (size_t i = 0; i < o->env.n; i++) {
		const char *s = o->env.v[i];

		if (*s == '=' || !strchr(s, '='))
			return sd_fail(e, 0, "--env: '%s' is not NAME=VALUE", s);
	}
	for (char **v = environ; *v; v++) {
		bool taken = sd_starts_with(*v, SD_CHAIN_ENV "=");

		for (size_t i = 0; i < o->env.n; i++)
			taken |= names(o->env.v[i], *v);
		if (!taken)
			sd_strv_add(&p->env, *v);
	}
	for (size_t i = 0; i < o->env.n; i++)
		sd_strv_add(&p->env, o->env.v[i]);
	return 0;
}

static int parse_umask(const char *s, int *mask, struct sd_err *e)
{
	char *end;

	*mask = (int)strtol(s, &end, 8);
	if (!*s || strspn(s, "01234567") != strlen(s) || strlen(s) > 5 || *mask > 0777)
		return sd_fail(e, 0, "--umask: '%s' is not an octal mask", s);
	return 0;
}

int plan_keep(struct plan *p, const struct options *o, struct sd_err *e)
{
	p->keep = sd_calloc(o->keep.n + 1, sizeof(*p->keep));
	for (size_t i = 0; i < o->keep.n; i++) {
		int fd;

		if (number(o->keep.v[i], "--keep-fd", 0, INT32_MAX, &fd, e) < 0)
			return -1;
		if (fcntl(fd, F_GETFD) < 0)
			return sd_fail(e, errno, "--keep-fd %d", fd);
		p->keep[p->n_keep++] = fd;
	}
	return 0;
}

static bool given(const struct options *o, const struct sd_opt *opt)
{
	const void *field = (const char *)o + opt->where;

	if (opt->where == offsetof(struct options, keep) ||
		opt->where == offsetof(struct options, state_fd))
		return false;
	switch (opt->kind) {
	case SD_KIND_FLAG:
		return *(const bool *)field;
	case SD_KIND_LIST:
		return ((const struct sd_strv *)field)->n > 0;
	default:
		return *(const char *const *)field != NULL;
	}
}

int refuse_options(const struct options *o, char **argv, struct sd_err *e)
{
	for (const struct sd_opt *opt = confine_options; opt->kind != SD_KIND_END; opt++)
		if (given(o, opt))
			return sd_fail(
				e, 0, "--%s beside a document, which says it all", opt->name);
	if (argv[0])
		return sd_fail(e, 0, "'%s' beside a document, which says it all", argv[0]);
	return 0;
}

int plan_from_options(struct plan *p, const struct options *o, char **argv, struct sd_err *e)
{
	int oom = 0;

	if (!argv[0])
		return sd_fail(e, 0, "what to run is missing: a COMMAND");
	p->argv = argv;
	p->cwd = o->cwd;
	p->no_new_privs = o->no_new_privs;
	if (o->umask && parse_umask(o->umask, &p->umask, e) < 0)
		return -1;
	if (o->oom_score_adj &&
		number(o->oom_score_adj, "--oom-score-adj", -1000, 1000, &oom, e) < 0)
		return -1;
	p->set_oom = o->oom_score_adj != NULL;
	p->oom_score_adj = oom;
	if (plan_user(p, o, e) < 0 || plan_caps(p, o, e) < 0 || plan_limits(p, o, e) < 0 ||
		plan_env(p, o, e) < 0)
		return -1;
	if (o->seccomp)
		return filter_named(o->seccomp, p->caps.bounding, &p->filter, e);
	return 0;
}
