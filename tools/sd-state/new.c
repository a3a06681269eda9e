/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
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

struct args {
	const char *id;
	const char *name;
	const char *cidfile;
	bool tied;
};

static const struct sd_opt state_new_opts[] = {
	SD_OPT_STR(struct args, id, 0, "id", "ID", "the id, in place of a random one"),
	SD_OPT_STR(struct args, name, 'n', "name", "NAME", "the name, in place of want.name"),
	SD_OPT_STR(struct args, cidfile, 0, "cidfile", "FILE",
		"write the id to FILE, which must not be there"),
	SD_OPT_FLAG(struct args, tied, 0, "tied",
		"left over once the parent process has ended, not the session"),
	SD_OPT_END,
};

static int name_it(struct sd_json *doc, const char *wanted, const char *id, struct sd_err *e)
{
	int r;

	if (wanted) {
		if (state_name_container(wanted, id, e) < 0)
			return -1;
		sd_json_set_str(doc, "name", wanted);
		return 0;
	}
	for (;;) {
		sd_auto_free char *made = state_random_name();

		r = state_take_name(made, id, e);
		if (r < 0)
			return -1;
		if (r > 0) {
			sd_json_set_str(doc, "name", made);
			return 0;
		}
	}
}

static bool has_uts(const struct sd_json *doc)
{
	const struct sd_json *ns;
	size_t i;

	sd_json_array_foreach (sd_json_get(doc, "config.linux.namespaces"), i, ns) {
		const char *type = sd_json_string_value(sd_json_member(ns, "type"));

		if (type && strcmp(type, "uts") == 0 && !sd_json_member(ns, "path"))
			return true;
	}
	return false;
}

/* What a config leaves to the id: the host name, and HOSTNAME beside it, as docker does. */
static int fill_hostname(struct sd_json *doc, const char *id, struct sd_err *e)
{
	struct sd_json *config, *env;
	sd_auto_free char *entry = NULL;
	const char *name = NULL;
	char made[13];
	int r = sd_json_object(doc, &config, e, "config");

	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "config");
	if (sd_json_str(config, &name, e, "hostname") < 0)
		return -1;
	if (!name && has_uts(doc)) {
		snprintf(made, sizeof(made), "%.12s", id);
		sd_json_set_str(config, "hostname", made);
		name = made;
	}
	if (!name || !sd_json_get(config, "process"))
		return 0;
	env = sd_json_make_array(config, "process.env");
	for (size_t i = 0; i < sd_json_len(env); i++) {
		const char *s = sd_json_string_value(sd_json_at(env, i));

		if (s && sd_starts_with(s, "HOSTNAME="))
			return 0;
	}
	entry = sd_printf("HOSTNAME=%s", name);
	sd_json_append_str(env, entry);
	return 0;
}

static int fill(struct sd_json *doc, const char *id, pid_t creator, int64_t ticks, struct sd_err *e)
{
	sd_auto_free char *bundle = sd_store_root("containers/%s", id);
	struct sd_json *by;
	char now[40], boot[37];

	if (sd_proc_boot_id(boot, e) < 0)
		return -1;
	sd_time_now(now);
	sd_json_set_str(doc, "id", id);
	sd_json_set_str(doc, "status", "creating");
	sd_json_set_str(doc, "bundle", bundle);
	sd_json_set_str(doc, "created", now);
	sd_json_set(doc, "command", sd_json_ref(sd_json_get(doc, "config.process.args")));
	by = sd_json_new_object();
	sd_json_set(doc, "creator", by);
	sd_json_set_int(by, "pid", creator);
	sd_json_set_int(by, "startTime", ticks);
	sd_json_set_str(by, "bootId", boot);
	return fill_hostname(doc, id, e);
}

static int id_taken(const char *id, struct sd_err *e)
{
	return sd_fail(e, 0, "id %s: another container has it", id);
}

/*
 * Marked first: a directory without a document is in no list, and only its mark tells of it.  The
 * mark of a container that has the id already must not be touched, so that is looked for before;
 * who loses the race between the two leaves the winner a mark that its document corrects.
 */
static int make_directory(const char *id, pid_t creator, int64_t ticks, struct sd_err *e)
{
	sd_auto_free char *parent = sd_store_root("containers");
	sd_auto_free char *path = sd_store_root("containers/%s", id);

	if (access(path, F_OK) == 0)
		return id_taken(id, e);
	if (sd_mkdir_p(parent, 0700, e) < 0 || sd_record_mark(id, creator, ticks, e) < 0)
		return -1;
	if (mkdir(path, 0700) == 0)
		return 0;
	if (errno == EEXIST)
		return id_taken(id, e);
	sd_fail(e, errno, "create %s", path);
	sd_record_unmark(id);
	return -1;
}

static int write_cidfile(const char *path, const char *id, struct sd_err *e)
{
	sd_auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return sd_fail(e, errno, "--cidfile %s", path);
	if (sd_write_all(fd, id, strlen(id)) == 0)
		return 0;
	sd_fail(e, errno, "write %s", path);
	unlink(path);
	return -1;
}

static void undo(const struct sd_json *doc, const char *id)
{
	sd_auto_free char *dir = sd_store_root("containers/%s", id);
	const char *name = NULL;
	struct sd_err ignored;

	if (sd_json_str(doc, &name, &ignored, "name") == 1) {
		sd_auto_free char *link = sd_store_root("names/%s", name);

		unlink(link);
	}
	sd_remove_tree(AT_FDCWD, dir, &ignored);
	sd_record_unmark(id);
}

static int create(struct sd_json *doc, const struct args *a, const char *id, struct sd_err *e)
{
	const char *wanted = a->name;

	if (!wanted && sd_json_str(doc, &wanted, e, "want.name") < 0)
		return -1;
	if (name_it(doc, wanted, id, e) < 0 || sd_record_save(id, doc, e) < 0)
		return -1;
	if (a->cidfile && write_cidfile(a->cidfile, id, e) < 0)
		return -1;
	if (sd_doc_write(STDOUT_FILENO, doc, e) == 0) {
		sd_event_of(doc, "create", NULL);
		return 0;
	}
	if (a->cidfile)
		unlink(a->cidfile);
	return -1;
}

/*
 * Who makes the container?  The driver is the parent, and ties the record to itself.  By hand the
 * parent may be the subshell of $(sd-spec ... | sd-state new), which ends at once while its user
 * goes on: then the session counts, or process 1 where its leader is outside the pid namespace.
 */
static pid_t creator_of(const struct args *a)
{
	pid_t session = getsid(0);

	if (a->tied)
		return getppid();
	return session > 0 ? session : 1;
}

static int do_new(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	pid_t creator = creator_of(a);
	char random_id[SD_ID_LEN + 1];
	const char *id = a->id;
	int64_t ticks = 0;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	if (!id) {
		sd_id_new(random_id);
		id = random_id;
	}
	if (!sd_id_valid(id))
		return sd_fail(
			e, 0, "id '%s': allowed are letters, digits and '_+-.', no '.' first", id);
	/* A parent that has ended leaves 0 ticks, which no process has: left over at once. */
	if (sd_proc_start_time(creator, &ticks, e) < 0 || fill(doc, id, creator, ticks, e) < 0)
		return -1;
	if (make_directory(id, creator, ticks, e) < 0)
		return -1;
	if (create(doc, a, id, e) < 0) {
		undo(doc, id);
		return -1;
	}
	return 0;
}

const struct sd_verb new_verb = {
	.name = "new",
	.summary = "make a record: id, name, bundle; status creating",
	.opts = state_new_opts,
	.args_size = sizeof(struct args),
	.run = do_new,
};
