/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start: open the gate, and tell whether the program began.
 *
 * The gate is a FIFO in the container's run directory at which sd-confine waits with everything
 * done but the exec.  The verdict is a second one: sd-confine holds its writing end
 * close-on-exec, so the end of file says that the exec succeeded, and a line says why not.  Both
 * work without sd-monitor, which may have been killed.
 */
#include <errno.h>
#include <fcntl.h>
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

struct args {
	bool again;
};

static const struct sd_opt state_start_opts[] = {
	SD_OPT_FLAG(struct args, again, 0, "again",
		"by its restart policy: not where its user has stopped it meanwhile"),
	SD_OPT_END,
};

/*
 * One that is removed at its end is marked: whoever finds it ended with its monitor gone, or by hand
 * and without one its starter, removes it.
 */
static int mark(const struct sd_json *doc, const char *id, struct sd_err *e)
{
	int64_t pid = getppid(), ticks = 0;
	int r = sd_json_int(doc, &pid, e, "monitor.pid");

	if (r < 0 || (r > 0 && sd_json_int(doc, &ticks, e, "monitor.startTime") < 0) ||
		(r == 0 && sd_proc_start_time((pid_t)pid, &ticks, e) < 0))
		return -1;
	return sd_record_mark(id, (pid_t)pid, ticks, e);
}

/* They are counted since its user started it. */
static void forget_restarts(struct sd_json *doc)
{
	sd_json_del(doc, "restartCount");
	sd_json_del(doc, "restartDelay");
}

/* Under the record's lock: who stops it notes that under the same, then looks whether it runs. */
static int refuse_stopped(const struct sd_json *before, const char *id, struct sd_err *e)
{
	bool stopped = false;

	if (sd_json_bool(before, &stopped, e, "stoppedByUser") < 0)
		return -1;
	return stopped ? sd_fail(e, 0, "%.12s: its user has stopped it meanwhile", id) : 0;
}

/* The saved document gets the history, so that it survives a reboot. */
static int remember(const struct sd_json *doc, const struct sd_json *before, const char *id,
	bool remove, bool again, struct sd_err *e)
{
	sd_auto_json struct sd_json *saved = NULL;
	const char *started = NULL;

	if (remove)
		return mark(doc, id, e);
	saved = sd_json_copy(before);
	sd_json_str(doc, &started, e, "started");
	sd_json_set_str(saved, "status", "stopped");
	sd_json_set_str(saved, "started", started);
	sd_record_forget_end(saved);
	if (!again)
		forget_restarts(saved);
	return sd_record_save(id, saved, e);
}

/* "fail 127 sd-confine: ..." from sd-confine; the text is passed on as it is. */
static int read_verdict(int fd, const char *id, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};

	if (sd_read_all(fd, "the verdict", SD_READ_MAX, &text, e) < 0)
		return -1;
	if (!text.len)
		return 0;
	if (text.data[text.len - 1] == '\n')
		text.data[text.len - 1] = '\0';
	if (!sd_starts_with(text.data, "fail "))
		return sd_fail(e, 0, "%s: a verdict that is none: %s", id, text.data);
	return sd_fail_relayed(e, text.data + 5);
}

static int open_gate(int dir, const char *id, struct sd_err *e)
{
	/* The verdict is opened before the gate: its writer may be gone a moment later. */
	sd_auto_fd int verdict = openat(dir, "verdict", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	sd_auto_fd int gate = openat(dir, "gate", O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (gate < 0 && errno == ENXIO)
		return sd_fail(e, 0,
			"%s: nobody waits at its gate: it has ended, or was started already", id);
	if (verdict < 0 || gate < 0)
		return sd_fail(e, errno, "open the gate of %s", id);
	if (fcntl(verdict, F_SETFL, 0) < 0 || write(gate, "s", 1) != 1)
		return sd_fail(e, errno, "open the gate of %s", id);
	return read_verdict(verdict, id, e);
}

static int start(struct sd_json *doc, const char *id, bool remove, bool again, struct sd_err *e)
{
	sd_auto_fd int lock = sd_record_lock(id, e);
	sd_auto_fd int dir = lock < 0 ? -1 : sd_record_open_run(id, false, e);
	sd_auto_json struct sd_json *before = NULL;
	struct sd_err ignored;
	char now[40];

	if (dir < 0)
		return -1;
	if (sd_record_load_saved_brief(id, &before, e) <= 0)
		return sd_fail(e, ENOENT, "read the record of %s", id);
	if (again && refuse_stopped(before, id, e) < 0)
		return -1;
	if (!again)
		forget_restarts(doc);
	sd_time_now(now);
	/* It may have been renamed since this start began. */
	sd_json_set(doc, "name", sd_json_ref(sd_json_get(before, "name")));
	sd_json_set_str(doc, "status", "running");
	sd_json_set_str(doc, "started", now);
	/* All is written before the gate opens: a program that runs while its record denies it
	 * could be taken for a leftover; the reverse is put right by the check against the kernel.
	 */
	if (sd_record_save_live(id, doc, e) < 0 ||
		remember(doc, before, id, remove, again, e) < 0 || open_gate(dir, id, e) < 0)
		goto undo;
	if (!remove)
		sd_record_unmark(id);
	sd_event_of(doc, "start", NULL);
	return 0;
undo:
	/* The first failure is the one to report. */
	sd_json_set_str(doc, "status", "created");
	sd_json_del(doc, "started");
	sd_record_save_live(id, doc, &ignored);
	sd_record_save(id, before, &ignored);
	return -1;
}

static int do_start(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	bool remove = false;
	const char *id;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		sd_doc_id(doc, &id, e) < 0 ||
		sd_json_bool(doc, &remove, e, "want.autoRemove") < 0 ||
		start(doc, id, remove, a->again, e) < 0)
		return -1;
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

const struct sd_verb start_verb = {
	.name = "start",
	.summary = "open the gate: the program begins",
	.opts = state_start_opts,
	.args_size = sizeof(struct args),
	.run = do_start,
};
