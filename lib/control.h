/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control - what is said to a container's monitor, over RUN/containers/<id>/control: a
 * SOCK_SEQPACKET socket, one message a request.
 *
 *	"wait"		answered at the end by "exit CODE"
 *	"attach [owner] [no-stdin]"
 *			answered at once by "streams [tty] WHICH...", with a descriptor to write
 *			"stdin" and to read "stdout" and "stderr" as SCM_RIGHTS in that order, and
 *			at the end by "exit CODE"; or by "refused WHY", or "lost ERRNO" where they
 *			could not be sent.  An owner removes what the container leaves, so that the
 *			monitor need not
 *	"resize ROWS COLUMNS"  the terminal's size; not answered
 *	"hold [TO]"	   with a socket as SCM_RIGHTS, bound to a published port; answered by "ok"
 *			   or "refused WHY".  It is kept until the end; who connects to it, or
 *			   sends to it, is served by 'sd-nat relay TO'
 *	"stopped-by-user"      answered by "ok": its end is the user's wish, and is noted so
 *	"no-restart"	       answered by "ok": its end is awaited, and not its next start
 *
 * The socket has a path in a 0700 directory and no abstract name (CVE-2020-15257).
 */
#ifndef SD_CONTROL_H
#define SD_CONTROL_H

#include <stddef.h>
#include <sys/types.h>
#include "err.h"

/* So much text holds any request, so many descriptors go with one message. */
#define SD_CONTROL_TEXT 64
#define SD_CONTROL_FDS	3

/* In the run directory of a record, in place of one that an earlier monitor left. */
int sd_control_listen(int run, struct sd_err *e);
/* -1 with errno: ENOENT and ECONNREFUSED where no monitor lives. */
int sd_control_connect(const char *id);
/* -1 with errno; never waits. */
int sd_control_send(int fd, const char *text, const int *fds, size_t n);
/* Waits.  0: the other side is gone.  `fds` holds SD_CONTROL_FDS; those of a message are ours. */
ssize_t sd_control_receive(int fd, char *text, size_t size, int *fds, size_t *n);

#endif
