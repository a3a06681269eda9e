/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of records, read and written: see store.h. */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "proc.h"

/*
 * Not fsync'ed, which would cost each start several milliseconds: after a power cut a record may be
 * missing, or empty where the file system renames before it writes.  Such a one is listed as
 * broken, and can be removed.
 */
static int save(int dir, const char *name, const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_free char *text = sd_json_text(doc);

	return sd_replace_file(dir, name, text, strlen(text), false, e);
}

static int save_config(int dir, const struct sd_json *config, struct sd_err *e)
{
	sd_auto_free char *text = sd_json_text(config);
	sd_auto_buf struct sd_buf there = {0};

	if (sd_read_file(dir, "config.json", SD_READ_MAX, &there, e) == 0) {
		if (there.len == strlen(text) && memcmp(there.data, text, there.len) == 0)
			return 0;
	} else if (e->errnum != ENOENT) {
		return -1;
	}
	return sd_replace_file(dir, "config.json", text, strlen(text), false, e);
}

static struct sd_json *without_config(const struct sd_json *doc)
{
	struct sd_json *brief = sd_json_new_object();

	sd_json_object_foreach (doc, it)
		if (strcmp(sd_json_iter_key(it), "config") != 0)
			sd_json_set(
				brief, sd_json_iter_key(it), sd_json_ref(sd_json_iter_value(it)));
	return brief;
}

/* The config first: a document without one is broken, a config without a document no record. */
int sd_record_save(const char *id, const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *brief = without_config(doc);
	const struct sd_json *config = sd_json_member(doc, "config");
	sd_auto_fd int dir = sd_record_open(id, false, e);

	if (dir < 0 || (config && save_config(dir, config, e) < 0))
		return -1;
	return save(dir, "state.json", brief, e);
}

int sd_record_save_live(const char *id, const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *brief = without_config(doc);
	sd_auto_free char *config = sd_store_root("containers/%s/config.json", id);
	sd_auto_fd int dir = sd_record_open_run(id, true, e);

	if (dir < 0)
		return -1;
	/* Only a document that sd-state new never saw has none there: it keeps its own. */
	return save(dir, "state.json", access(config, F_OK) == 0 ? brief : doc, e);
}

/* 1 read, 0 not there, -1 unreadable or not a document. */
static int load(char *path, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_free char *p = path;
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_json struct sd_json *j = NULL;

	if (sd_read_file(AT_FDCWD, p, SD_READ_MAX, &text, e) < 0)
		return e->errnum == ENOENT ? 0 : -1;
	j = sd_json_parse(text.data, text.len, p, e);
	if (!j)
		return -1;
	if (!sd_json_is_object(j))
		return sd_fail(e, 0, "%s: expected an object", p);
	*doc = sd_steal_ptr(&j);
	return 1;
}

int sd_record_load_saved_brief(const char *id, struct sd_json **doc, struct sd_err *e)
{
	return load(sd_store_root("containers/%s/state.json", id), doc, e);
}

int sd_record_load_live(const char *id, struct sd_json **doc, struct sd_err *e)
{
	return load(sd_store_run("containers/%s/state.json", id), doc, e);
}

bool sd_record_runs(const struct sd_json *doc)
{
	const char *status = sd_json_string_value(sd_json_member(doc, "status"));

	return status && (strcmp(status, "running") == 0 || strcmp(status, "paused") == 0);
}

bool sd_record_lives(const struct sd_json *doc)
{
	const char *status = sd_json_string_value(sd_json_member(doc, "status"));

	return sd_record_runs(doc) || (status && strcmp(status, "restarting") == 0);
}

/* 1, 0 where the record has been removed since its document was read, -1. */
static int add_config(const char *id, struct sd_json *doc, struct sd_err *e)
{
	sd_auto_free char *saved = sd_store_root("containers/%s/state.json", id);
	sd_auto_free char *path = sd_store_root("containers/%s/config.json", id);
	struct sd_json *config = NULL;
	int r;

	if (sd_json_member(doc, "config"))
		return 1;
	r = load(sd_strdup(path), &config, e);
	if (r < 0)
		return -1;
	if (r > 0) {
		sd_json_set(doc, "config", config);
		return 1;
	}
	/* sd-state rm takes the document away first. */
	if (access(saved, F_OK) < 0 && errno == ENOENT)
		return 0;
	return sd_fail(e, 0, "%s: missing", path);
}

int sd_record_load_saved(const char *id, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *j = NULL;
	int r = sd_record_load_saved_brief(id, &j, e);

	if (r > 0)
		r = add_config(id, j, e);
	if (r > 0)
		*doc = sd_steal_ptr(&j);
	return r;
}

/* The process of that number, that started then, in this boot: members of the document. */
static bool lives(
	const struct sd_json *doc, const char *boot_id, const char *number, const char *start_time)
{
	const char *boot = NULL;
	int64_t pid = 0, ticks = 0;
	struct sd_err ignored;
	char now[37];

	if (sd_json_str(doc, &boot, &ignored, "%s", boot_id) != 1 ||
		sd_json_int(doc, &pid, &ignored, "%s", number) != 1 ||
		sd_json_int(doc, &ticks, &ignored, "%s", start_time) != 1)
		return false;
	/* Not known: then it is not taken for dead (proc.h). */
	if (sd_proc_boot_id(now, &ignored) == 0 && strcmp(now, boot) != 0)
		return false;
	return sd_proc_is((pid_t)pid, ticks);
}

bool sd_record_creator_lives(const struct sd_json *doc)
{
	return lives(doc, "creator.bootId", "creator.pid", "creator.startTime");
}

void sd_record_forget_end(struct sd_json *doc)
{
	static const char *const facts[] = {
		"finished", "exitCode", "oomKilled", "error", "stoppedByUser"};

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		sd_json_del(doc, facts[i]);
}

/* An exit record is of one life: the next may begin, and end unseen, before there is another. */
static bool is_of_this_life(const struct sd_json *doc, const struct sd_json *ended)
{
	return sd_json_equal(sd_json_member(doc, "pid"), sd_json_member(ended, "pid")) &&
	       sd_json_equal(sd_json_member(doc, "startTime"), sd_json_member(ended, "startTime"));
}

/* What the monitor left when the container ended; sets *again where it is to be started again. */
static int add_exit(const char *id, struct sd_json *doc, bool *again, struct sd_err *e)
{
	static const char *const not_facts[] = {"pid", "startTime", "restarting"};
	sd_auto_json struct sd_json *ended = NULL;
	int r = load(sd_store_run("containers/%s/exit", id), &ended, e);

	if (r < 0 || sd_json_bool(ended, again, e, "restarting") < 0)
		return -1;
	if (r == 0 || !is_of_this_life(doc, ended)) {
		*again = false;
		return 0;
	}
	for (size_t i = 0; i < sizeof(not_facts) / sizeof(*not_facts); i++)
		sd_json_del(ended, not_facts[i]);
	sd_json_object_foreach (ended, it)
		sd_json_set(doc, sd_json_iter_key(it), sd_json_ref(sd_json_iter_value(it)));
	return 1;
}

/* 1: its monitor lives, and starts it again; 0: it does not. */
static int add_end(const char *id, struct sd_json *doc, struct sd_err *e)
{
	bool again = false, monitor;
	int r = add_exit(id, doc, &again, e);

	if (r < 0)
		return -1;
	if (r > 0 && !again)
		return 0;
	monitor = lives(doc, "bootId", "monitor.pid", "monitor.startTime");
	if (r > 0)
		return monitor;
	/* It has ended a moment ago, and its monitor is about to decide. */
	if (monitor)
		return sd_json_get(doc, "want.restart") != NULL;
	if (!sd_json_get(doc, "error"))
		sd_json_set_str(doc, "error", "its end was not seen: the monitor was killed");
	return 0;
}

/*
 * Does its process still wait?  sd-confine holds the gate open until the exec, so a FIFO that has
 * a reader is a program that has not begun, whatever a starter that was killed has written.
 */
static bool at_gate(const char *id)
{
	sd_auto_free char *gate = sd_store_run("containers/%s/gate", id);
	sd_auto_fd int fd = open(gate, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0; /* ENXIO: nobody reads */
}

static void make_life_true(const char *id, struct sd_json *doc)
{
	struct sd_err ignored;
	bool paused = false;

	if (at_gate(id)) {
		sd_json_set_str(doc, "status", "created");
		sd_json_del(doc, "started");
	} else if (sd_json_bool(doc, &paused, &ignored, "paused") == 1 && paused) {
		sd_json_set_str(doc, "status", "paused");
	}
}

static int make_live_true(const char *id, struct sd_json *doc, struct sd_err *e)
{
	int again;

	if (lives(doc, "bootId", "pid", "startTime")) {
		make_life_true(id, doc);
		return 0;
	}
	again = add_end(id, doc, e);
	if (again < 0)
		return -1;
	sd_json_del(doc, "pid");
	sd_json_del(doc, "paused");
	sd_json_del(doc, "health");
	sd_json_set_str(doc, "status", again ? "restarting" : "stopped");
	return 0;
}

static void make_saved_true(struct sd_json *doc)
{
	const char *status = "";
	struct sd_err ignored;

	sd_json_str(doc, &status, &ignored, "status");
	if (strcmp(status, "creating") != 0 || sd_record_creator_lives(doc))
		return;
	sd_json_set_str(doc, "error", "its creation was cut short");
}

int sd_record_load_brief(const char *id, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *j = NULL;
	int r = sd_record_load_live(id, &j, e);

	if (r < 0)
		return -1;
	if (r > 0) {
		r = make_live_true(id, j, e);
	} else {
		r = sd_record_load_saved_brief(id, &j, e);
		if (r <= 0)
			return r;
		make_saved_true(j);
	}
	if (r < 0)
		return -1;
	*doc = sd_steal_ptr(&j);
	return 1;
}

int sd_record_load(const char *id, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *j = NULL;
	int r = sd_record_load_brief(id, &j, e);

	if (r > 0)
		r = add_config(id, j, e);
	if (r > 0)
		*doc = sd_steal_ptr(&j);
	return r;
}
