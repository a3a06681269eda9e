/* SPDX-License-Identifier: Apache-2.0 */
/* What the program writes, to the log and to each client; what they write, to its terminal. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "server.h"

#define CHUNK 16384

/* The streams that a client has of the program's stream: a terminal's is its standard output. */
static int client_stream(int stream)
{
	return stream ? stream : 1;
}

bool copy_reads(const struct server *s, int stream)
{
	const struct streams *st = &s->c->streams;

	if (s->expecting || st->ours[stream] < 0 || (stream == 0) != st->terminal)
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].direct || s->clients[i].late[client_stream(stream)].len)
			return false;
	return true;
}

bool copy_writes(const struct server *s, int stream)
{
	if (stream || !s->c->streams.terminal || s->c->streams.ours[0] < 0)
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].late[0].len)
			return true;
	return false;
}

bool copy_is_late(const struct server *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].late[1].len || s->clients[i].late[2].len)
			return true;
	return false;
}

/*
 * Bytes that were written; all, where whoever should have them is gone (EPIPE; EIO for a terminal):
 * then nobody misses them.
 */
static size_t write_some(int fd, const char *data, size_t len)
{
	ssize_t n = write(fd, data, len);

	if (n >= 0)
		return (size_t)n;
	return errno == EAGAIN || errno == EINTR ? 0 : len;
}

static void write_late(int fd, struct sd_buf *late)
{
	size_t n = write_some(fd, late->data, late->len);

	late->len -= n;
	memmove(late->data, late->data + n, late->len);
	if (!late->len)
		sd_buf_free(late);
}

static void give(struct client *c, int stream, const char *data, size_t len)
{
	size_t n = c->ends[stream] >= 0 ? write_some(c->ends[stream], data, len) : len;

	if (n < len)
		sd_buf_add(&c->late[stream], data + n, len - n);
}

void copy_output(struct server *s, int stream)
{
	int *from = &s->c->streams.ours[stream], to = client_stream(stream);
	char chunk[CHUNK];
	ssize_t n = read(*from, chunk, sizeof(chunk));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) { /* EIO: the last slave of the pty was closed */
		sd_close_fd(from);
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		give(&s->clients[i], to, chunk, (size_t)n);
	if (!s->log)
		s->log = log_open(s->c->id, s->c->doc);
	log_write(s->log, to, chunk, (size_t)n);
}

void copy_input(struct server *s, size_t client)
{
	struct client *c = &s->clients[client];
	int master = s->c->streams.ours[0];
	char chunk[4096];
	ssize_t n = read(c->ends[0], chunk, sizeof(chunk));
	size_t done;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		sd_close_fd(&c->ends[0]);
		return;
	}
	done = master >= 0 ? write_some(master, chunk, (size_t)n) : (size_t)n;
	if (done < (size_t)n)
		sd_buf_add(&c->late[0], chunk + done, (size_t)n - done);
}

void copy_late_input(struct server *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].late[0].len)
			write_late(s->c->streams.ours[0], &s->clients[i].late[0]);
}

void copy_late_output(struct server *s, size_t client, int stream)
{
	struct client *c = &s->clients[client];

	write_late(c->ends[stream], &c->late[stream]);
}
