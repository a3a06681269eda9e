/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection is led on.  What one side sends goes through a pipe to the other by splice(2), so
 * it is not copied.  Each way ends by itself: a client that has sent all (shutdown(2)) still gets
 * its answer.  A side that is reset resets the other.
 */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>
#include "cleanup.h"

#define CHUNK (64u << 10)
#define TURNS 16 /* of one way, before the other has its turn */

struct way {
	int from, to, pipe[2];
	size_t held; /* bytes in the pipe */
	bool ended;  /* `from` has sent all */
	bool done;   /* and `to` knows */
};

/* What is there, as far as it goes: the pipe is filled when it is empty, and emptied. */
static int move(struct way *w)
{
	ssize_t n = 1;

	for (int i = 0; n > 0 && !w->done && i < TURNS; i++) {
		if (w->held) {
			n = splice(w->pipe[0], NULL, w->to, NULL, w->held, SPLICE_F_NONBLOCK);
			w->held -= n > 0 ? (size_t)n : 0;
		} else if (w->ended) {
			w->done = true;
			/* ENOTCONN: it is gone, and so nobody waits for more. */
			shutdown(w->to, SHUT_WR);
		} else {
			n = splice(w->from, NULL, w->pipe[1], NULL, CHUNK, SPLICE_F_NONBLOCK);
			w->held = n > 0 ? (size_t)n : 0;
			w->ended = n == 0;
			n = n == 0 ? 1 : n;
		}
	}
	return n < 0 && errno != EAGAIN && errno != EINTR ? -1 : 0;
}

static void wait_for(const struct way w[2])
{
	struct pollfd p[2];

	for (int i = 0; i < 2; i++)
		p[i] = (struct pollfd){.fd = w[i].done	 ? -1
					     : w[i].held ? w[i].to
							 : w[i].from,
			.events = w[i].held ? POLLOUT : POLLIN};
	poll(p, 2, -1);
}

static void reset(int fd)
{
	struct linger now = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static int carry(struct way w[2], struct sd_err *e)
{
	while (!w[0].done || !w[1].done) {
		wait_for(w);
		for (int i = 0; i < 2; i++)
			if (move(&w[i]) < 0)
				return sd_fail(e, errno, "relay");
	}
	return 0;
}

int relay_stream(const struct end *to, struct sd_err *e)
{
	struct way w[2] = {{.from = STDIN_FILENO}, {.to = STDIN_FILENO}};
	sd_auto_fd int fd = relay_connect(to, SOCK_STREAM, e);

	w[0].to = w[1].from = fd;
	if (fd < 0 || pipe2(w[0].pipe, O_CLOEXEC) < 0 || pipe2(w[1].pipe, O_CLOEXEC) < 0 ||
		carry(w, e) < 0) {
		reset(STDIN_FILENO);
		reset(fd);
		return -1;
	}
	return 0;
}
