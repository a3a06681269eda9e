/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rename: another name for a container, under its record's lock.
 *
 *	1. take the new name, as sd-state new does
 *	2. write it into the live document, then into the saved one
 *	3. give the old name back
 *
 * What is cut short after 1 or 2 leaves two links to the container.  Both lead to it until the
 * rename is done once more, or somebody takes the one that its record does not have (name.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "event.h"
#include "sd-state.h"
#include "store.h"

struct naming {
	const char *id, *name;
	const char *old;	      /* of the saved document */
	struct sd_json *live, *saved; /* live: NULL where there is none */
};

static void naming_free(struct naming *n)
{
	sd_json_unrefp(&n->live);
	sd_json_unrefp(&n->saved);
}

static int load(struct naming *n, const char *who, struct sd_err *e)
{
	const char *status = "";
	int r;

	if (sd_record_load_live(n->id, &n->live, e) < 0)
		return -1;
	r = sd_record_load_saved_brief(n->id, &n->saved, e);
	if (r == 0)
		return sd_fail(e, ENOENT, "no such container: %s", who);
	if (r < 0 || sd_json_str(n->saved, &status, e, "status") < 0)
		return -1;
	/* Its pipeline would write the old name over the new one. */
	if (strcmp(status, "creating") == 0 && sd_record_creator_lives(n->saved))
		return sd_fail(e, 0, "%s is being created", who);
	r = sd_json_str(n->saved, &n->old, e, "name");
	return r > 0 ? 0 : r < 0 ? -1 : sd_json_missing(e, "name");
}

static bool has_name(const struct sd_json *doc, const char *name)
{
	const char *have = sd_json_string_value(sd_json_member(doc, "name"));

	return have && strcmp(have, name) == 0;
}

static int save(const struct naming *n, const char *name, struct sd_err *e)
{
	if (n->live) {
		sd_json_set_str(n->live, "name", name);
		if (sd_record_save_live(n->id, n->live, e) < 0)
			return -1;
	}
	sd_json_set_str(n->saved, "name", name);
	return sd_record_save(n->id, n->saved, e);
}

static int give_back(const char *name, const char *id, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("names");
	sd_auto_fd int names = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return names < 0 ? sd_fail(e, errno, "open %s", path) : state_free_name(names, name, id, e);
}

static bool leads_somewhere(const char *name)
{
	sd_auto_free char *path = sd_store_root("names/%s", name);
	struct stat st;

	return lstat(path, &st) == 0;
}

static int rename_it(struct naming *n, struct sd_err *e)
{
	sd_auto_free char *old = sd_strdup(n->old);
	sd_auto_json struct sd_json *news = sd_json_new_object();
	struct sd_err ignored; /* the first failure is the one to report */

	if (state_name_container(n->name, n->id, e) < 0)
		return -1;
	if (save(n, n->name, e) < 0) {
		if (strcmp(old, n->name) != 0) {
			save(n, old, &ignored);
			give_back(n->name, n->id, &ignored);
		}
		return -1;
	}
	if (strcmp(old, n->name) == 0)
		return 0;
	sd_json_set_str(news, "oldName", old);
	sd_event_of(n->saved, "rename", news);
	return give_back(old, n->id, e);
}

static int do_rename(const struct sd_call *call, struct sd_err *e)
{
	const char *who = call->argv[0];
	sd_auto_free char *id = NULL;
	__attribute__((cleanup(naming_free))) struct naming n = {0};
	sd_auto_fd int lock = -1;

	if (sd_want_operands(call, 2, 2, e) < 0 || sd_record_find(who, &id, e) < 0)
		return -1;
	n.id = id;
	n.name = call->argv[1];
	lock = sd_record_lock(id, e);
	if (lock < 0)
		return e->errnum == ENOENT ? sd_fail(e, 0, "no such container: %s", who) : -1;
	if (load(&n, who, e) < 0)
		return -1;
	if (!has_name(n.saved, n.name) || (n.live && !has_name(n.live, n.name)))
		return rename_it(&n, e);
	/* Called by a name that is not its own any more: only step 3 is left. */
	if (strcmp(who, n.name) != 0 && leads_somewhere(who))
		return give_back(who, id, e);
	return sd_fail(e, 0, "%s: that is its name already", n.name);
}

const struct sd_verb rename_verb = {
	.name = "rename",
	.synopsis = "CONTAINER NAME",
	.summary = "give a container another name",
	.run = do_rename,
};
