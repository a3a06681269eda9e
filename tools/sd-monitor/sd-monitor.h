/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of sd-monitor. */
#ifndef SD_MONITOR_H
#define SD_MONITOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "chain.h"
#include "control.h"
#include "json.h"
#include "tool.h"

extern const struct sd_opt monitor_create_opts[], monitor_exec_opts[], monitor_wait_opts[],
	monitor_stop_opts[], monitor_kill_opts[], monitor_dismiss_opts[], monitor_logs_opts[];
extern const size_t monitor_create_size, monitor_exec_size, monitor_wait_size, monitor_stop_size,
	monitor_logs_size;
int monitor_create(const struct sd_call *call, struct sd_err *e);
int monitor_exec(const struct sd_call *call, struct sd_err *e);
void monitor_wait_init(void *args);
int monitor_wait(const struct sd_call *call, struct sd_err *e);
int monitor_stop(const struct sd_call *call, struct sd_err *e);
int monitor_kill(const struct sd_call *call, struct sd_err *e);
int monitor_dismiss(const struct sd_call *call, struct sd_err *e);
int monitor_logs(const struct sd_call *call, struct sd_err *e);

/*
 * The three standard streams of the program.
 *
 * A pipe or socket of the caller's is given to the program as it is: nothing stands between.
 * Everything else (terminal, file, device) is reached through a pipe that the caller copies:
 * through /proc/self/fd/0 a program could open a file that was given for reading again for writing.
 *
 * With `copied` none is the program's own: the monitor copies each, to a log and whoever attaches.
 */
struct streams {
	int user[3];	 /* the caller's, or -1 */
	int program[3];	 /* what the program gets as 0, 1, 2 */
	int ours[3];	 /* our end of a pipe, or -1; ours[0] alone is the master of a pty */
	bool foreground; /* a `wait --stdio` will come for our ends */
	bool copied;	 /* set before streams_open() */
	bool terminal;
	bool with_stdin;
};

/* "3,4,5" to three descriptors. */
int streams_parse(const char *text, int fd[3], struct sd_err *e);
int streams_open(struct streams *s, const struct sd_json *doc, const char *stdio, struct sd_err *e);
/* Nobody's: nothing is read, what is written is thrown away. */
int streams_open_none(struct streams *s, const struct sd_json *doc, struct sd_err *e);
void streams_close_program(struct streams *s);

/* A chain of loaders, and the process that comes of it. */
struct chain {
	struct sd_chain fds; /* what its links share: our copies, closed by the spawn */
	int report;	     /* reading end */
	int console;	     /* our end of the console socket, or -1 */
	pid_t first;	     /* its first link */
	pid_t pid;	     /* the process that it made, or 0 */
	bool ready;	     /* everything is done but the exec */
};

#define CHAIN_NONE                                                                                 \
	{                                                                                          \
		.fds = {-1, -1, -1, -1, -1, -1}, .report = -1, .console = -1                       \
	}

/* fork(2), where possible into the cgroup2 directory of the document's member `cgroup`. */
pid_t chain_fork(const struct sd_json *doc);
/* Its descriptors but gate and verdict, which are the caller's to add, and its first link. */
int chain_spawn(struct chain *c, struct streams *s, const struct sd_json *doc, char **links,
	struct sd_err *e);
/* What the links report, until the program waits at the gate, or until its exec. */
enum chain_goal { CHAIN_GATE, CHAIN_EXEC };
int chain_read_reports(struct chain *c, enum chain_goal goal, struct sd_err *e);
/* The master of its pty becomes s->ours[0], with the window size of the caller or the document. */
int chain_take_console(
	const struct chain *c, struct streams *s, const struct sd_json *doc, struct sd_err *e);
/* End what has come of it, and wait until it is gone. */
void chain_kill(const struct chain *c);

/* The container's processes, as seen by the monitor. */
struct container {
	const char *id;
	struct sd_json *doc;
	struct chain chain;
	pid_t pid; /* its first process */
	int64_t ticks;
	int listener;  /* the control socket */
	int run;       /* the run directory */
	int signals;   /* a signalfd for SIGCHLD */
	int caller;    /* a pidfd of who made it, and sends its foreground */
	char *driver;  /* program that does what is more than a monitor's work, or NULL */
	bool remove;   /* want.autoRemove */
	bool tied;     /* ends with the caller until it is started */
	bool given_up; /* its caller ended before that */
	bool stopped_by_user, no_restart;
	int64_t restart_ms; /* until it is to be started again; -1: it is not */
	struct streams streams;
};

/* Make the run directory, gate, verdict and control socket, and spawn the chain. */
int container_spawn(struct container *c, char **chain, struct sd_err *e);
/* Until it stands at the gate: 0, or -1 with the error of the link that failed. */
int container_await_gate(struct container *c, struct sd_err *e);
/* Be told of its end.  Before the gate opens: without this the end would never be seen. */
int container_watch(struct container *c, struct sd_err *e);
/* Does its process still wait there? */
bool container_at_gate(const struct container *c);
/* Until it has ended; then the exit record, the clients, and the driver's cleanup. */
void container_serve(struct container *c);

/* The exit code of a status of wait(2). */
int end_code(int status);
/* How it ended, into the exit record and the saved document; sets c->restart_ms. */
void end_record(struct container *c, int status);
/* Was the record removed? */
bool end_removed(const struct container *c);
/*
 * "DRIVER VERB [OPTION] ID" in place of this process; returns where there is none or it cannot be
 * run.
 */
void end_become_driver(const struct container *c, const char *verb, const char *option);

/* The fact `health` of a container that has just begun, or NULL: no check is wished. */
struct sd_json *health_begin(const struct sd_json *doc);

/* By its documents, with the record locked: c->restart_ms, and in `facts` what is remembered. */
void restart_decide(struct container *c, const struct sd_json *live, const struct sd_json *saved,
	struct sd_json *facts);
/* SIGTERM waits from here on: before anybody may know that it will be started again. */
void restart_hold(void);
/* Clean up, wait, and become the driver; returns where that was called off. */
void restart_wait(const struct container *c);

int64_t now_ms(void); /* of CLOCK_MONOTONIC */
/* A pidfd of the process that two members name; *fd is -1 where it has ended, or never was. */
int process_open(const struct sd_json *doc, const char *number, const char *start_time, int *fd,
	struct sd_err *e);

/* Into both documents of its record: it is not started again. */
int wish_note(const char *id, struct sd_err *e);

/* The log of a container without a foreground, in the CRI format. */
struct log;
bool log_wanted(const struct sd_json *doc);
struct log *log_open(const char *id, const struct sd_json *doc);
void log_write(struct log *l, int stream, const char *data, size_t len); /* stream 1 or 2 */
void log_close(struct log *l);

#endif
