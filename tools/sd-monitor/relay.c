/* SPDX-License-Identifier: Apache-2.0 */
#include "relay.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

void relay_poll(const struct relay *r, struct pollfd *p)
{
	bool writing = r->off < r->len;

	*p = (struct pollfd){.fd = -1};
	if (writing)
		*p = (struct pollfd){.fd = r->to, .events = POLLOUT};
	else if (r->from >= 0)
		*p = (struct pollfd){.fd = r->from, .events = POLLIN};
}

static void end(struct relay *r)
{
	r->from = -1;
	r->len = r->off = 0;
	if (r->close_to && r->to >= 0) {
		close(r->to);
		r->to = -1;
	}
}

/*
 * A writable pipe or terminal takes PIPE_BUF bytes without blocking (pipe(7)); the descriptor is
 * the caller's and shared, so O_NONBLOCK must not be set on it.
 */
static void write_some(struct relay *r)
{
	size_t left = r->len - r->off;
	ssize_t n = write(r->to, r->buf + r->off, left < PIPE_BUF ? left : PIPE_BUF);

	if (n >= 0) {
		r->off += (size_t)n;
	} else if (errno != EINTR && errno != EAGAIN) {
		r->unwritten = errno; /* EPIPE: its reader is gone, and so is the purpose */
		end(r);
	}
}

static void read_some(struct relay *r)
{
	ssize_t n = read(r->from, r->buf, sizeof(r->buf) - KEYS_MAX);

	r->off = 0;
	r->len = n > 0 ? (size_t)n : 0;
	if (r->keys && n > 0)
		r->len = keys_filter(r->keys, r->buf, r->len);
	/* What was typed before them, while there is still somebody to pass it on. */
	if (r->keys && r->keys->typed && r->len)
		write_some(r);
	/* EIO: the pty's last slave was closed, which is its end of file. */
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		end(r);
}

void relay_step(struct relay *r, short revents)
{
	if (!revents)
		return;
	if (r->off < r->len)
		write_some(r);
	else if (r->from >= 0)
		read_some(r);
}

bool relay_done(const struct relay *r)
{
	return r->from < 0 && r->off >= r->len;
}
