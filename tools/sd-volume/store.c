/* SPDX-License-Identifier: Apache-2.0 */
/* The volumes that there are, who uses them, and how one comes and goes. */
#include "sd-volume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "filter.h"
#include "io.h"
#include "proc.h"
#include "store.h"

#define FACTS	  "volume.json"
#define NEW	  ".new-"
#define GONE	  ".gone-"
#define FACTS_MAX (1u << 20)

void volumes_free(struct volumes *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].name);
		free(l->v[i].created);
		sd_json_unref(l->v[i].facts);
	}
	free(l->v);
}

/* A volume without facts is one that a start made; with such as cannot be read it is one as well. */
static void read_facts(int dir, struct volume *v)
{
	sd_auto_free char *path = sd_printf("%s/" FACTS, v->name);
	sd_auto_buf struct sd_buf text = {0};
	struct sd_err broken;

	if (sd_read_file(dir, path, FACTS_MAX, &text, &broken) < 0) {
		v->unreadable = broken.errnum != ENOENT;
		return;
	}
	v->facts = sd_json_parse(text.data ? text.data : "", text.len, path, &broken);
	if (sd_json_is_object(v->facts))
		return;
	sd_json_unrefp(&v->facts);
	v->unreadable = true;
}

static char *created(const struct sd_json *facts, const struct stat *st)
{
	const char *said = sd_json_string_value(sd_json_member(facts, "created"));
	char text[40];
	struct tm tm;

	if (said)
		return sd_strdup(said);
	gmtime_r(&st->st_ctim.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return sd_strdup(text);
}

static void add(struct volumes *l, int dir, const char *name)
{
	struct stat st;
	struct volume v = {0};

	if (!sd_name_valid(name) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		!S_ISDIR(st.st_mode))
		return;
	v.name = sd_strdup(name);
	read_facts(dir, &v);
	v.created = created(v.facts, &st);
	l->v = sd_realloc(l->v, (l->n + 1) * sizeof(*l->v));
	l->v[l->n++] = v;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct volume *)a)->name, ((const struct volume *)b)->name);
}

struct volume *volumes_find(const struct volumes *l, const char *name)
{
	const struct volume key = {.name = (char *)(uintptr_t)name};

	return l->n ? bsearch(&key, l->v, l->n, sizeof(*l->v), by_name) : NULL;
}

static void count_users(struct volumes *l, const struct sd_json *record)
{
	const struct sd_json *list = sd_json_get(record, "want.volumes"), *item;
	size_t i;

	sd_json_array_foreach (list, i, item) {
		const char *name = sd_json_string_value(sd_json_member(item, "name"));
		struct volume *v = name ? volumes_find(l, name) : NULL;

		if (v)
			v->users++;
	}
}

static int ask_records(struct volumes *l, const struct sd_strv *without, struct sd_err *e)
{
	sd_auto_strv struct sd_strv ids = {0};

	if (sd_record_list(&ids, e) < 0)
		return -1;
	for (size_t i = 0; i < ids.n; i++) {
		sd_auto_json struct sd_json *record = NULL;
		struct sd_err broken;
		int r;

		if (without && sd_strv_has(without, ids.v[i]))
			continue;
		r = sd_record_load_saved_brief(ids.v[i], &record, &broken);

		/* 0: not written yet, so its volumes are not made yet either. */
		if (r < 0)
			l->unknown = true;
		else if (r > 0)
			count_users(l, record);
	}
	return 0;
}

int volumes_load(int dir, const struct sd_strv *without, struct volumes *out, struct sd_err *e)
{
	sd_auto_fd int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *ent;

	if (!d)
		return sd_fail(e, errno, "read the volumes");
	sd_steal_fd(&copy);
	while ((ent = sd_readdir(d)))
		add(out, dir, ent->d_name);
	if (errno)
		return sd_fail(e, errno, "read the volumes");
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_name);
	return ask_records(out, without, e);
}

const struct sd_json *volume_labels(const struct volume *v)
{
	return sd_json_member(v->facts, "labels");
}

bool volume_anonymous(const struct volume *v)
{
	return sd_labels_have(volume_labels(v), "com.docker.volume.anonymous");
}

static void temporary(char name[32], const char *prefix)
{
	char id[SD_ID_LEN + 1];

	sd_id_new(id);
	snprintf(name, 32, "%s%.16s", prefix, id);
}

static int write_facts(int dir, const char *name, const struct sd_json *labels, struct sd_err *e)
{
	sd_auto_fd int volume = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_json struct sd_json *facts = sd_json_new_object();
	sd_auto_free char *text = NULL;
	char now[40];

	if (volume < 0)
		return sd_fail(e, errno, "open the volume that is made");
	sd_time_now(now);
	sd_json_set_str(facts, "created", now);
	sd_json_set(facts, "labels", sd_json_copy(labels));
	text = sd_json_text(facts);
	return sd_replace_file(volume, FACTS, text, strlen(text), true, e);
}

int volume_create(int dir, const char *name, const struct sd_json *labels, struct sd_err *e)
{
	char made[32];
	struct sd_err ignored; /* the first error is the one to tell */

	temporary(made, NEW);
	if (sd_volume_make(dir, made, e) < 0 || write_facts(dir, made, labels, e) < 0)
		goto undo;
	if (renameat(dir, made, dir, name) < 0) {
		sd_fail(e, errno, "create the volume %s", name);
		goto undo;
	}
	return 0;
undo:
	sd_remove_tree(dir, made, &ignored);
	return -1;
}

int volume_take(int dir, const char *name, struct sd_err *e)
{
	char gone[32];

	temporary(gone, GONE);
	return renameat(dir, name, dir, gone) < 0 ? sd_fail(e, errno, "remove the volume %s", name)
						  : 0;
}

static int remove_all(int dir, const char *prefix, struct sd_err *e)
{
	sd_auto_fd int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *ent;

	if (!d)
		return sd_fail(e, errno, "read the volumes");
	sd_steal_fd(&copy);
	while ((ent = sd_readdir(d)))
		if (sd_starts_with(ent->d_name, prefix) && sd_remove_tree(dir, ent->d_name, e) < 0)
			return -1;
	return errno ? sd_fail(e, errno, "read the volumes") : 0;
}

int volumes_begin(struct sd_err *e)
{
	sd_auto_fd int dir = sd_volumes_open(LOCK_EX, e);

	/* Nobody is at work on one now. */
	return dir < 0 || remove_all(dir, NEW, e) < 0 ? -1 : sd_steal_fd(&dir);
}

int volumes_end(int dir, struct sd_err *e)
{
	/* Nobody waits while trees are removed: no name leads to them any more. */
	if (flock(dir, LOCK_UN) < 0)
		return sd_fail(e, errno, "unlock the volumes");
	return remove_all(dir, GONE, e);
}
