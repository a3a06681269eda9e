/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain - what the links of a chain of loaders hand to each other.
 *
 * A chain loader changes itself and becomes the rest of its command line.  Under sd-monitor the
 * links share descriptors whose numbers the environment variable SD_FDS carries:
 *
 *	SD_FDS=state=3,report=4,gate=5,verdict=6,console=7,filter=8
 *
 *	state	 the document: a memfd, read with pread(2) by each link (also option --state-fd N)
 *	report	 a pipe to sd-monitor; lines:  "pid N"  the container's first process (sd-unshare)
 *				"ready"	 everything is done but the exec (sd-confine)
 *				"fail CODE TEXT" what went wrong; the link then exits with CODE
 *	gate	 a FIFO, open for reading and writing; sd-confine waits for one byte
 *	verdict	 a FIFO; sd-confine writes "fail CODE TEXT" to it if the exec fails after the gate,
 *		 and its close-on-exec end tells whoever opened the gate that it succeeded
 *	console	 a Unix socket (OCI's console socket): sd-pivot sends the pty's master over it
 *	filter	 the compiled seccomp filter: an array of struct sock_filter (sd-confine compile)
 *
 * By hand SD_FDS is unset: no document, errors go to stderr.  All of these descriptors are open
 * across the execs of the chain and are closed by sd-confine before the program.
 */
#ifndef SD_CHAIN_H
#define SD_CHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "err.h"
#include "json.h"

#define SD_CHAIN_ENV "SD_FDS"

struct sd_chain {
	int state, report, gate, verdict, console, filter; /* -1: not there */
};

/* From the environment; numbers that are not open descriptors are taken as absent. */
void sd_chain_init(struct sd_chain *c);

/* "SD_FDS=..." for the environment of the chain's first link; the caller frees. */
char *sd_chain_env(const struct sd_chain *c);

/*
 * The document on the chain's state descriptor, or on `state_fd` where that is not -1 (an option).
 * Returns 1 and the document (the caller unrefs), 0 where the tool is used by hand, -1.
 */
int sd_chain_document(
	const struct sd_chain *c, int64_t state_fd, struct sd_json **doc, struct sd_err *e);

void sd_chain_report_pid(const struct sd_chain *c, pid_t pid);
void sd_chain_report_ready(const struct sd_chain *c);
void sd_chain_report_failure(const struct sd_chain *c, int code, const char *text);

/* The next program of the chain. */
struct sd_next {
	char **argv; /* NULL-terminated, borrowed */
	int fd;	     /* its file where it is the toolkit's own, else -1 */
};

/*
 * Call before anything is changed.  argv is what stands after the loader's own options and
 * operands.  Where argv[0] is a bare name of one of the toolkit's own programs (it stands beside
 * this one) it is opened now and later run by descriptor: after a change of root the host's
 * files are gone.  If `sealed`, by way of a read-only clone of its mount or a sealed copy, so that
 * a process in the container that reaches it through /proc/PID/exe cannot write to it
 * (CVE-2019-5736); what a sealed program runs is sealed as well.  Such a one, of which the kernel
 * does not know the path, gets it in argv[0].  An argv without elements becomes $SHELL, or /bin/sh,
 * as util-linux does (SHELL is not asked where `sealed`: it names a file of the host).
 *
 * Under sd-monitor a program of the toolkit that is not there is an error; by hand it may be one
 * of the root's own.
 */
int sd_next_open(struct sd_next *n, char **argv, bool sealed, struct sd_err *e);

/*
 * For a loader of this name that will be seen, in a fork of itself, by processes that were in a pid
 * namespace before: become it once more, sealed, unless it is.  `argv` has no name: it is that of
 * struct sd_call, raw_argv.  Call before anything that cannot be done twice.  0, or -1.
 */
int sd_chain_seal(const char *name, char **argv, struct sd_err *e);

/*
 * Become it: by descriptor, or by the PATH of the environment in the root where the chain then
 * stands.  Returns only on failure: -1 with code 126 or 127.
 */
int sd_next_exec(const struct sd_next *n, struct sd_err *e);

#endif
