/* SPDX-License-Identifier: Apache-2.0 */
/* rm and reap: the end of a record, and the search for those that nobody ended. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "event.h"
#include "io.h"
#include "proc.h"
#include "sd-state.h"
#include "store.h"

#define ENDING_MS 500

/* A record that cannot be read does not tell its name: then every link is looked at. */
static int free_any_name(DIR *names, const char *id, struct sd_err *e)
{
	struct dirent *ent;

	while ((ent = sd_readdir(names)))
		if (sd_name_valid(ent->d_name) &&
			state_free_name(dirfd(names), ent->d_name, id, e) < 0)
			return -1;
	return errno ? sd_fail(e, errno, "read the names") : 0;
}

static int free_names(const struct sd_json *doc, const char *id, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("names");
	sd_auto_dir DIR *names = opendir(path);
	const char *name = NULL;

	if (!names) /* ENOENT: no container was ever made */
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", path);
	if (sd_json_str(doc, &name, e, "name") == 1 && sd_name_valid(name))
		return state_free_name(dirfd(names), name, id, e);
	return free_any_name(names, id, e);
}

/*
 * A process that is on its way out is in no cgroup any more, where rm -f would have killed it, and
 * still there to be seen: it leaves its namespaces in between.
 */
static bool is_ending(const struct sd_json *doc)
{
	struct pollfd p = {.events = POLLIN};
	int64_t pid = 0, ticks = 0;
	struct sd_err broken;

	if (sd_json_int(doc, &pid, &broken, "pid") < 0 ||
		sd_json_int(doc, &ticks, &broken, "startTime") < 0)
		return false;

	sd_auto_fd int fd = sd_proc_open((pid_t)pid, ticks);

	if (fd < 0)
		return errno == ESRCH;
	p.fd = fd;
	return poll(&p, 1, ENDING_MS) > 0;
}

static int refuse_running(const char *id, struct sd_err *e)
{
	sd_auto_json struct sd_json *now = NULL;
	const char *status = "";
	struct sd_err broken;
	int r = sd_record_load_brief(id, &now, &broken);

	/* A record that makes no sense is no reason to keep it; one that could not be read is. */
	if (r < 0 && broken.errnum) {
		*e = broken;
		return -1;
	}
	if (r <= 0)
		return 0;
	if (!sd_record_runs(now) || is_ending(now))
		return 0;
	sd_json_str(now, &status, &broken, "status");
	return sd_fail(e, 0, "%.12s is %s", id, status);
}

/* So that a removal that is cut short is found.  A mark that is there already does that. */
static int mark_removal(const char *id, struct sd_err *e)
{
	sd_auto_free char *mark = sd_store_run("transient/%s", id);
	int64_t ticks = 0;
	struct stat st;

	if (lstat(mark, &st) == 0)
		return 0;
	if (sd_proc_start_time(getpid(), &ticks, e) < 0)
		return -1;
	return sd_record_mark(id, getpid(), ticks, e);
}

/*
 * The saved document goes first of what is under ROOT: up to there the container is whole, and
 * from there on it is a marked record that cannot be read, which the next command removes.
 */
static int remove_record(const struct sd_json *doc, const char *id, struct sd_err *e)
{
	sd_auto_free char *run = sd_store_run("containers/%s", id);
	sd_auto_free char *root = sd_store_root("containers/%s", id);
	sd_auto_free char *saved = sd_printf("%s/state.json", root);

	if (sd_remove_tree(AT_FDCWD, run, e) < 0 || sd_remove_tree(AT_FDCWD, saved, e) < 0 ||
		free_names(doc, id, e) < 0)
		return -1;
	return sd_remove_tree(AT_FDCWD, root, e);
}

/*
 * Was its creation cut short?  A stage that was killed with its creator may still finish the system
 * call that it was in, a mkdir(2) of a cgroup, after the inverse of that stage has looked.  So the
 * mark stays, and the next reap goes through the inverses once more.
 */
static bool was_cut_short(const char *id)
{
	sd_auto_json struct sd_json *saved = NULL, *now = NULL;
	const char *status = "";
	struct sd_err broken;

	if (sd_record_load_brief(id, &now, &broken) != 1 || sd_json_get(now, "started"))
		return false;
	if (sd_record_load_saved_brief(id, &saved, &broken) != 1)
		return false;
	sd_json_str(saved, &status, &broken, "status");
	return strcmp(status, "creating") == 0 && !sd_record_creator_lives(saved);
}

static int do_rm(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_fd int lock = -1;
	const char *id;
	bool again;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		sd_doc_id(doc, &id, e) < 0)
		return -1;
	/* The monitor writes how it ended under the same lock: never into what is being removed. */
	lock = sd_record_lock(id, e);
	if (lock < 0 && e->errnum != ENOENT)
		return -1;
	again = was_cut_short(id);
	if (refuse_running(id, e) < 0 || (lock >= 0 && mark_removal(id, e) < 0) ||
		remove_record(doc, id, e) < 0)
		return -1;
	if (!again)
		sd_record_unmark(id);
	if (lock >= 0)
		sd_event_of(doc, "destroy", NULL);
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

const struct sd_verb rm_verb = {
	.name = "rm",
	.summary = "remove the record",
	.run = do_rm,
};

/*
 * Left over: its creation was cut short and its creator is gone, or it has ended, should have
 * been removed then, and nobody is left to do so.
 */
static bool left_over(const char *id, const struct sd_json *doc)
{
	sd_auto_json struct sd_json *saved = NULL;
	const char *status = "", *saved_status = "creating";
	bool remove = false;
	struct sd_err broken;
	int r;

	sd_json_str(doc, &status, &broken, "status");
	if (sd_record_runs(doc) || sd_record_creator_lives(doc))
		return false;
	r = sd_record_load_saved_brief(id, &saved, &broken);
	if (r < 0 && broken.errnum) /* not known: as in reap_one */
		return false;
	if (r == 1)
		sd_json_str(saved, &saved_status, &broken, "status");
	if (strcmp(saved_status, "creating") == 0)
		return true;
	sd_json_bool(doc, &remove, &broken, "want.autoRemove");
	return remove && strcmp(status, "stopped") == 0 && sd_json_get(doc, "started");
}

int state_load_broken(const char *id, struct sd_json **doc, struct sd_err *e)
{
	int r = sd_record_load(id, doc, e);

	/* What could not be read (EMFILE, EIO) may be whole. */
	if (r > 0 || (r < 0 && e->errnum))
		return r;
	r = sd_record_load_brief(id, doc, e);
	if (r > 0 || (r < 0 && e->errnum))
		return r;
	*doc = sd_json_new_object();
	sd_json_set_str(*doc, "ociVersion", SD_OCI_VERSION);
	sd_json_set_str(*doc, "id", id);
	return 1;
}

/* The mark may be all that is there: sd-state new was killed before it wrote, or rm after. */
static int reap_one(const char *id, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL, *all = NULL;
	struct sd_err why;
	int r = sd_record_load_brief(id, &doc, &why);

	if (r > 0 && !left_over(id, doc))
		return 0;
	/* It is there and could not be read (EMFILE, EIO): nothing is removed on a guess. */
	if ((r < 0 && why.errnum) || state_load_broken(id, &all, &why) < 0)
		return 0;
	return sd_doc_write(STDOUT_FILENO, all, e);
}

/* A directory without a document, whose maker is marked and lives. */
static bool is_being_made(const char *marks, const char *id)
{
	sd_auto_fd int fd = open(marks, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && sd_record_mark_lives(fd, id);
}

/* After a boot RUN is empty and the marks are gone: then every record is looked at, once. */
static int reap_all(const char *marks, const char *swept, struct sd_err *e)
{
	sd_auto_strv struct sd_strv ids = {0};

	if (sd_record_list(&ids, e) < 0)
		return -1;
	for (size_t i = 0; i < ids.n; i++) {
		sd_auto_json struct sd_json *doc = NULL, *all = NULL;
		struct sd_err broken;
		int r = sd_record_load_brief(ids.v[i], &doc, &broken);

		if (r < 0 || (r > 0 && !left_over(ids.v[i], doc)) ||
			(r == 0 && is_being_made(marks, ids.v[i])) ||
			state_load_broken(ids.v[i], &all, &broken) < 0)
			continue;
		/* Marked, so that a removal that is cut short in turn is found again. */
		if (sd_record_mark(ids.v[i], 0, 0, e) < 0 ||
			sd_doc_write(STDOUT_FILENO, all, e) < 0)
			return -1;
	}
	/* EROFS: nothing can be marked, and whoever has to mark something says so. */
	return sd_mkdir_p(swept, 0700, e) < 0 && e->errnum != EROFS ? -1 : 0;
}

static int do_reap(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_free char *marks = sd_store_run("transient");
	sd_auto_free char *swept = sd_store_run("swept");
	sd_auto_dir DIR *d = NULL;
	struct dirent *ent;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (access(swept, F_OK) < 0)
		return reap_all(marks, swept, e);
	d = opendir(marks);
	if (!d) /* ENOENT: nothing was marked since the boot */
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", marks);
	while ((ent = sd_readdir(d))) {
		if (sd_record_mark_unfinished(ent->d_name))
			unlinkat(dirfd(d), ent->d_name, 0);
		if (sd_id_valid(ent->d_name) && !sd_record_mark_lives(dirfd(d), ent->d_name) &&
			reap_one(ent->d_name, e) < 0)
			return -1;
	}
	return errno ? sd_fail(e, errno, "read %s", marks) : 0;
}

const struct sd_verb reap_verb = {
	.name = "reap",
	.summary = "print the documents of what was left over, one a line",
	.run = do_reap,
};
