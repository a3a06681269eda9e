/* SPDX-License-Identifier: Apache-2.0 */
/* set: a document into the store, or a part of one. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "event.h"
#include "sd-state.h"
#include "store.h"

struct args {
	const char *status;
	bool paused, no_paused, wishes, networks;
};

static const struct sd_opt state_set_opts[] = {
	SD_OPT_STR(struct args, status, 0, "status", "STATUS", "set the status: created, stopped"),
	SD_OPT_FLAG(struct args, paused, 0, "paused", "note only that it is paused"),
	SD_OPT_FLAG(
		struct args, no_paused, 0, "no-paused", "note only that it is not paused any more"),
	SD_OPT_FLAG(
		struct args, wishes, 0, "wishes", "save only what was asked for: config and want"),
	SD_OPT_FLAG(struct args, networks, 0, "networks",
		"save only what it is connected to: want.networks, and what was made for them"),
	SD_OPT_END,
};

static int save_whole(struct sd_json *doc, const char *id, const char *status, struct sd_err *e)
{
	sd_auto_fd int lock = -1;

	if (status)
		sd_json_set_str(doc, "status", status);
	lock = sd_record_lock(id, e);
	if (lock < 0 || sd_record_save(id, doc, e) < 0)
		return -1;
	return 0;
}

/* Looked at again under the lock: it may have ended, or been paused, meanwhile. */
static int note_paused(struct sd_json *doc, const char *id, struct sd_err *e)
{
	sd_auto_fd int lock = sd_record_lock(id, e);
	sd_auto_json struct sd_json *now = NULL, *live = NULL;
	const char *status = "";

	if (lock < 0 || sd_record_load_brief(id, &now, e) < 0 ||
		sd_json_str(now, &status, e, "status") < 0)
		return -1;
	if (!sd_record_runs(now))
		return sd_fail(e, 0, "%.12s is not running", id);
	if (strcmp(status, "paused") == 0)
		return sd_fail(e, 0, "%.12s is paused", id);
	if (sd_record_load_live(id, &live, e) < 0)
		return -1;
	sd_json_set_bool(live, "paused", true);
	if (sd_record_save_live(id, live, e) < 0)
		return -1;
	sd_json_set_bool(doc, "paused", true);
	sd_json_set_str(doc, "status", "paused");
	sd_event_of(doc, "pause", NULL);
	return 0;
}

/* Nothing to do is success: it was not paused, has ended, or is not there any more. */
static int note_thawed(struct sd_json *doc, const char *id, struct sd_err *e)
{
	sd_auto_fd int lock = sd_record_lock(id, e);
	sd_auto_json struct sd_json *live = NULL;
	const char *status = "";
	int r;

	if (lock < 0)
		return e->errnum == ENOENT ? 0 : -1;
	r = sd_record_load_live(id, &live, e);
	if (r < 0)
		return -1;
	if (r > 0 && sd_json_get(live, "paused")) {
		sd_json_del(live, "paused");
		if (sd_record_save_live(id, live, e) < 0)
			return -1;
		sd_event_of(doc, "unpause", NULL);
	}
	sd_json_del(doc, "paused");
	if (sd_json_str(doc, &status, e, "status") == 1 && strcmp(status, "paused") == 0)
		sd_json_set_str(doc, "status", "running");
	return 0;
}

static void copy_member(struct sd_json *to, const struct sd_json *from, const char *member)
{
	struct sd_json *j = sd_json_member(from, member);

	if (j)
		sd_json_set(to, member, sd_json_ref(j));
	else
		sd_json_del(to, member);
}

/* The lock of a record, and both its documents; *live stays NULL where it does not live.  -1. */
static int lock_both(
	const char *id, struct sd_json **live, struct sd_json **saved, struct sd_err *e)
{
	sd_auto_fd int lock = sd_record_lock(id, e);
	int r;

	if (lock < 0 || sd_record_load_live(id, live, e) < 0)
		return -1;
	r = sd_record_load_saved_brief(id, saved, e);
	if (r <= 0)
		return r < 0 ? -1 : sd_fail(e, ENOENT, "read the record of %s", id);
	return sd_steal_fd(&lock);
}

/* Of both documents, for a start and for the monitor; the facts stay. */
static int save_wishes(const struct sd_json *doc, const char *id, struct sd_err *e)
{
	sd_auto_json struct sd_json *live = NULL, *saved = NULL;
	sd_auto_fd int lock = lock_both(id, &live, &saved, e);

	if (lock < 0)
		return -1;
	copy_member(saved, doc, "want");
	copy_member(saved, doc, "config");
	if (sd_record_save(id, saved, e) < 0)
		return -1;
	if (live) {
		copy_member(live, doc, "want");
		if (sd_record_save_live(id, live, e) < 0)
			return -1;
	}
	sd_event_of(doc, "update", NULL);
	return 0;
}

static void copy_want(struct sd_json *to, const struct sd_json *doc)
{
	copy_member(sd_json_make_object(to, "want"), sd_json_member(doc, "want"), "networks");
}

/* The live document first: what was made must be found, whatever becomes of the wish. */
static int save_networks(const struct sd_json *doc, const char *id, struct sd_err *e)
{
	static const char *const facts[] = {"leases", "networks", "names", "ports"};
	sd_auto_json struct sd_json *live = NULL, *saved = NULL;
	sd_auto_fd int lock = lock_both(id, &live, &saved, e);

	if (lock < 0)
		return -1;
	if (live) {
		copy_want(live, doc);
		for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
			copy_member(live, doc, facts[i]);
		if (sd_record_save_live(id, live, e) < 0)
			return -1;
	}
	copy_want(saved, doc);
	return sd_record_save(id, saved, e);
}

static int do_set(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	const char *id;
	int r;

	if (a->status && strcmp(a->status, "created") != 0 && strcmp(a->status, "stopped") != 0)
		return sd_fail(e, 0, "--status: '%s' is not a status that can be set", a->status);
	if (!!a->status + a->paused + a->no_paused + a->wishes + a->networks > 1)
		return sd_fail(e, 0,
			"--status, --paused, --no-paused, --wishes and --networks exclude each "
			"other");
	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		sd_doc_id(doc, &id, e) < 0)
		return -1;
	r = a->paused	   ? note_paused(doc, id, e)
	    : a->no_paused ? note_thawed(doc, id, e)
	    : a->wishes	   ? save_wishes(doc, id, e)
	    : a->networks  ? save_networks(doc, id, e)
			   : save_whole(doc, id, a->status, e);
	if (r < 0)
		return -1;
	if (sd_doc_write(STDOUT_FILENO, doc, e) < 0) {
		struct sd_err ignored;

		if (a->paused)
			note_thawed(doc, id, &ignored);
		return -1;
	}
	/* It is whole now: no later command may take it for one whose creation was cut short. */
	if (a->status)
		sd_record_unmark(id);
	return 0;
}

const struct sd_verb set_verb = {
	.name = "set",
	.summary = "save the document as the container's",
	.opts = state_set_opts,
	.args_size = sizeof(struct args),
	.run = do_set,
};
