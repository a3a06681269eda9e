/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child - the process that a chain goes on in, where the kernel lets only a new one be in a pid
 * or time namespace: shared by sd-unshare and sd-nsenter.
 */
#ifndef SD_CHILD_H
#define SD_CHILD_H

#include <stdbool.h>
#include <sys/types.h>
#include "chain.h"
#include "err.h"

struct sd_child {
	pid_t pid; /* 0 in the child */
	int gate;  /* this process's end of the pair of sockets between the two */
};

/*
 * clone3(2) with CLONE_NEW* flags.  `sibling` makes the child one of the caller's parent
 * (CLONE_PARENT).  Returns 0 in both processes, -1 with errno and no text.
 *
 * The child has to call sd_child_gate before it does anything that is seen outside; it goes on
 * once the parent has called sd_child_open.  A parent that dies before takes the child with it.
 */
int sd_child_clone(struct sd_child *c, unsigned flags, bool sibling);

/* Child: 0 when the parent has opened the gate; -1 (silent) where the parent is gone. */
int sd_child_gate(const struct sd_child *c, struct sd_err *e);

/* Parent: let the child go on. */
int sd_child_open(const struct sd_child *c, struct sd_err *e);

/* Child: be sent `sig` when the parent dies.  Last before the exec: changes of user clear it. */
int sd_child_die_with_parent(const struct sd_child *c, int sig, struct sd_err *e);

/*
 * Parent: wait for the child's end, and return its exit code, or 128+n where signal n ended it.
 * SIGINT and SIGTERM are held off meanwhile: a terminal sends them to the child as well.
 */
int sd_child_wait(const struct sd_child *c, struct sd_err *e);

#endif
