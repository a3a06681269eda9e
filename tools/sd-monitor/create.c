/* SPDX-License-Identifier: Apache-2.0 */
/* create: fork the monitor, wait for its answer, print the document. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "io.h"
#include "proc.h"
#include "sd-monitor.h"
#include "store.h"

struct args {
	const char *stdio, *driver;
	bool tied;
};

const struct sd_opt monitor_create_opts[] = {
	SD_OPT_STR(struct args, driver, 0, "driver", "PROGRAM",
		"run 'PROGRAM cleanup ID' at the container's end, and by its restart policy "
		"'PROGRAM start --again ID'"),
	SD_OPT_STR(struct args, stdio, 0, "stdio", "IN,OUT,ERR",
		"descriptors of the program's standard streams, for a 'wait --stdio'"),
	SD_OPT_FLAG(struct args, tied, 0, "tied",
		"end the container where the parent process ends before it is started"),
	SD_OPT_END,
};
const size_t monitor_create_size = sizeof(struct args);

/* A bare name is a program of the toolkit; it is run when the caller's directory is forgotten. */
static int find_driver(const char *name, char **path, struct sd_err *e)
{
	*path = strchr(name, '/') ? realpath(name, NULL) : sd_toolkit_path(name);
	if (!*path || access(*path, X_OK) < 0)
		return sd_fail(e, errno, "--driver %s", name);
	return 0;
}

/* What the monitor answers over a pipe: this, then `len` bytes of document or error text. */
struct answer {
	int code;
	bool relayed;
	size_t len;
};

static int send_answer(int fd, const struct sd_err *e, const char *text)
{
	struct answer a = {e->code, e->relayed, strlen(text)};

	if (sd_write_all(fd, &a, sizeof(a)) < 0)
		return -1;
	return sd_write_all(fd, text, a.len);
}

/* The facts, into the document and the live record, before anybody can act on them. */
static int record(struct container *c, struct sd_err *e)
{
	struct sd_json *monitor = sd_json_new_object();
	int64_t ticks = 0;
	char boot[37];

	if (sd_proc_start_time(getpid(), &ticks, e) < 0 || sd_proc_boot_id(boot, e) < 0)
		return -1;
	sd_record_forget_end(c->doc);
	sd_json_set_int(monitor, "pid", getpid());
	sd_json_set_int(monitor, "startTime", ticks);
	sd_json_set(c->doc, "monitor", monitor);
	sd_json_set_int(c->doc, "pid", c->pid);
	sd_json_set_int(c->doc, "startTime", c->ticks);
	sd_json_set_str(c->doc, "bootId", boot);
	sd_json_set_str(c->doc, "status", "created");
	sd_json_del(c->doc, "health");
	sd_json_set(c->doc, "health", health_begin(c->doc));
	return sd_record_save_live(c->id, c->doc, e);
}

/* It lives longer than the directory that it was started in should have to. */
static int leave_directory(struct sd_err *e)
{
	return chdir("/") < 0 ? sd_fail(e, errno, "change to /") : 0;
}

static int ascending(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/*
 * Everything but these, and 0 to 2: a descriptor that the caller left open by chance must not
 * live as long as the container (a test runner waits for the end of its own pipe).
 */
static void close_others(const struct streams *s, int answer)
{
	int keep[10] = {answer};
	unsigned next = 3;

	memcpy(keep + 1, s->user, sizeof(s->user));
	memcpy(keep + 4, s->program, sizeof(s->program));
	memcpy(keep + 7, s->ours, sizeof(s->ours));
	qsort(keep, 10, sizeof(*keep), ascending);
	for (int i = 0; i < 10; i++) {
		if (keep[i] < (int)next)
			continue;
		if (keep[i] > (int)next)
			close_range(next, (unsigned)keep[i] - 1, 0);
		next = (unsigned)keep[i] + 1;
	}
	close_range(next, ~0U, 0);
}

static int watch_caller(struct container *c, pid_t caller, struct sd_err *e)
{
	/* 0: it is outside of the pid namespace. */
	c->caller = caller ? (int)syscall(SYS_pidfd_open, caller, 0) : -1;
	if (c->caller >= 0)
		return 0;
	if (caller && errno != ESRCH)
		return sd_fail(e, errno, "open process %d", (int)caller);
	return c->tied ? sd_fail(e, 0, "--tied: there is no parent process") : 0;
}

/*
 * The monitor: a session of its own, so that no terminal signals it; nothing of the pipeline's
 * descriptors, so that no reader waits for it.  Ends with the container.
 */
static _Noreturn void monitor(struct container *c, char **chain, pid_t caller, int answer)
{
	struct sd_err e = {0};
	sd_auto_free char *text = NULL;
	int null;

	close_others(&c->streams, answer);
	setsid();
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null < 0) /* whoever reads the pipeline's end would wait for the container's */
		sd_fail(&e, errno, "open /dev/null");
	if (null < 0 || watch_caller(c, caller, &e) < 0 || container_spawn(c, chain, &e) < 0 ||
		container_await_gate(c, &e) < 0 || leave_directory(&e) < 0 ||
		container_watch(c, &e) < 0 || record(c, &e) < 0) {
		chain_kill(&c->chain);
		/* Nobody listens any more: then nobody needs to know. */
		(void)!send_answer(answer, &e, e.text);
		_exit(SD_EXIT_FAILED);
	}
	text = sd_json_text(c->doc);
	if (send_answer(answer, &(struct sd_err){0}, text) < 0) {
		chain_kill(
			&c->chain); /* our other half was killed: nobody will ever open the gate */
		_exit(SD_EXIT_FAILED);
	}
	close(answer);
	container_serve(c);
	_exit(0);
}

static int read_answer(int fd, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_buf struct sd_buf all = {0};
	struct answer a;

	if (sd_read_all(fd, "the monitor's answer", SD_READ_MAX, &all, e) < 0)
		return -1;
	if (all.len < sizeof(a))
		return sd_fail(e, 0, "the monitor was killed");
	memcpy(&a, all.data, sizeof(a));
	if (a.code) {
		sd_fail_code(e, a.code, 0, "%s", all.data + sizeof(a));
		e->relayed = a.relayed;
		return -1;
	}
	*doc = sd_json_parse(all.data + sizeof(a), a.len, "the monitor's answer", e);
	return *doc ? 0 : -1;
}

/* The document could not be handed on: the container that stands at the gate must go. */
static void undo(const struct sd_json *doc)
{
	struct sd_err ignored;
	int64_t pid = 0, ticks = 0;

	sd_json_int(doc, &pid, &ignored, "pid");
	sd_json_int(doc, &ticks, &ignored, "startTime");

	sd_auto_fd int fd = sd_proc_open((pid_t)pid, ticks);

	if (fd >= 0)
		syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
}

int monitor_create(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL, *out = NULL;
	sd_auto_free char *driver = NULL;
	struct container c = {
		.chain = CHAIN_NONE,
		.listener = -1,
		.run = -1,
		.caller = -1,
		.tied = a->tied,
		.restart_ms = -1,
	};
	pid_t caller = getppid();
	int answer[2];
	pid_t pid;

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	if (!call->argv[0])
		return sd_fail(e, 0, "the chain to run is missing: sd-monitor create -- CHAIN...");
	c.doc = doc;
	if (a->driver && find_driver(a->driver, &driver, e) < 0)
		return -1;
	c.driver = driver;
	if (sd_doc_id(doc, &c.id, e) < 0 || sd_json_bool(doc, &c.remove, e, "want.autoRemove") < 0)
		return -1;
	/* The log of one that is removed at its end has no reader after its foreground. */
	c.streams.copied = !a->stdio || (!c.remove && log_wanted(doc));
	if (streams_open(&c.streams, doc, a->stdio, e) < 0)
		return -1;
	if (pipe2(answer, O_CLOEXEC) < 0)
		return sd_fail(e, errno, "create a pipe");
	pid = fork();
	if (pid < 0)
		return sd_fail(e, errno, "fork");
	if (pid == 0) {
		close(answer[0]);
		monitor(&c, call->argv, caller, answer[1]);
	}
	close(answer[1]);
	streams_close_program(&c.streams);
	if (read_answer(answer[0], &out, e) < 0)
		return -1;
	if (sd_doc_write(STDOUT_FILENO, out, e) < 0) {
		undo(out);
		return -1;
	}
	return 0;
}
