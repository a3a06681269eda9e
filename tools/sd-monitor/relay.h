/* SPDX-License-Identifier: Apache-2.0 */
/* relay - copy from one descriptor to another without ever blocking on either. */
#ifndef SD_RELAY_H
#define SD_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include "keys.h"

struct relay {
	int from, to;	   /* from is -1 once it has ended */
	bool close_to;	   /* the end of `from` is passed on by closing `to` */
	struct keys *keys; /* taken out of what is read, or NULL */
	int unwritten;	   /* errno of the write that ended it, or 0 */
	size_t len, off;   /* what is read and not yet written */
	char buf[65536];
};

/* The descriptor to wait for, either end, or -1 in p->fd where there is nothing to do. */
void relay_poll(const struct relay *r, struct pollfd *p);
/* Do one step after poll. */
void relay_step(struct relay *r, short revents);
bool relay_done(const struct relay *r);

#endif
