/* SPDX-License-Identifier: Apache-2.0 */
/* rm and prune: what no container uses goes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include "cleanup.h"
#include "filter.h"
#include "progress.h"
#include "sd-volume.h"

struct rm_args {
	bool force;
};

const struct sd_opt rm_opts[] = {
	SD_OPT_FLAG(struct rm_args, force, 'f', "force", "say nothing of one that is not there"),
	SD_OPT_END,
};
const size_t rm_size = sizeof(struct rm_args);

static int rm_one(int dir, const struct volumes *l, const char *name, bool force, struct sd_err *e)
{
	const struct volume *v = volumes_find(l, name);

	if (!v && force)
		return 0;
	if (!v)
		return sd_fail(e, ENOENT, "remove the volume %s", name);
	if (v->users) {
		sd_fail(e, EBUSY, "remove the volume %s", name);
		return sd_hint(e, "%zu container%s: 'sdocker ps -a --filter volume=%s'", v->users,
			v->users == 1 ? " uses it" : "s use it", name);
	}
	if (l->unknown) {
		sd_fail(e, EBUSY, "remove the volume %s", name);
		return sd_hint(
			e, "a container whose record cannot be read may use it: 'sdocker ps -a'");
	}
	if (volume_take(dir, v->name, e) < 0)
		return -1;
	puts(name);
	return 0;
}

int verb_rm(const struct sd_call *call, struct sd_err *e)
{
	const struct rm_args *a = call->args;
	struct sd_err first = {0};
	sd_auto_fd int dir = -1;

	if (sd_want_operands(call, 1, -1, e) < 0 || (dir = volumes_begin(e)) < 0)
		return -1;
	/* The others go all the same, as docker has it; the first failure is the one reported. */
	for (int i = 0; i < call->argc; i++) {
		auto_volumes struct volumes l = {0};
		struct sd_err why = {0};

		if ((volumes_load(dir, NULL, &l, &why) < 0 ||
			    rm_one(dir, &l, call->argv[i], a->force, &why) < 0) &&
			!first.code)
			first = why;
	}
	if (volumes_end(dir, e) < 0)
		return -1;
	if (!first.code)
		return 0;
	*e = first;
	return -1;
}

struct prune_args {
	bool all, dry_run;
	struct sd_strv filters, without;
};

const struct sd_opt prune_opts[] = {
	SD_OPT_FLAG(struct prune_args, all, 'a', "all", "also those that were given a name"),
	SD_OPT_FLAG(
		struct prune_args, dry_run, 0, "dry-run", "print what would go, and do nothing"),
	SD_OPT_LIST(struct prune_args, filters, 0, "filter", "KEY=VALUE",
		"only those with that label, or with label!= without it"),
	SD_OPT_LIST(struct prune_args, without, 0, "without", "ID",
		"with --dry-run: as if the container with that id were gone"),
	SD_OPT_END,
};
const size_t prune_size = sizeof(struct prune_args);

static bool by_label(const void *volume, const char *value)
{
	return sd_labels_have(volume_labels(volume), value);
}

static bool by_no_label(const void *volume, const char *value)
{
	return !sd_labels_have(volume_labels(volume), value);
}

static const struct sd_filter keys[] = {
	{"label", by_label, SD_FILTER_EACH},
	{"label!", by_no_label, SD_FILTER_EACH},
	{0},
};

static bool goes(const struct volumes *l, const struct volume *v, const struct prune_args *a)
{
	return !v->users && !l->unknown && !v->unreadable && (a->all || volume_anonymous(v)) &&
	       sd_filters_hold(keys, &a->filters, v);
}

static size_t count(const struct volumes *l, const struct prune_args *a)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += goes(l, &l->v[i], a);
	return n;
}

int verb_prune(const struct sd_call *call, struct sd_err *e)
{
	const struct prune_args *a = call->args;
	auto_volumes struct volumes l = {0};
	sd_auto_progress struct sd_progress p = {0};
	sd_auto_fd int dir = -1;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_filters_check(keys, &a->filters, e) < 0)
		return -1;
	if (a->without.n && !a->dry_run)
		return sd_fail(e, 0, "--without is for --dry-run alone");
	dir = a->dry_run ? sd_volumes_open(LOCK_SH, e) : volumes_begin(e);
	if (dir < 0 || volumes_load(dir, &a->without, &l, e) < 0)
		return -1;
	sd_progress_begin(&p, "prune", (int64_t)count(&l, a), a->dry_run);
	p.count = true;
	for (size_t i = 0; i < l.n; i++) {
		if (!goes(&l, &l.v[i], a))
			continue;
		if (!a->dry_run && volume_take(dir, l.v[i].name, e) < 0)
			return -1;
		puts(l.v[i].name);
		sd_progress_add(&p, 1);
	}
	return l.unknown
		       ? sd_fail(e, 0, "no volume was removed: a container's record is unreadable")
		       : 0;
}
