/* SPDX-License-Identifier: Apache-2.0 */
/* Those who are connected to the monitor: see control.h for what they say. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>
#include "cleanup.h"
#include "server.h"

bool clients_take(struct server *s)
{
	int fd = accept4(s->c->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return false;
	s->clients = sd_realloc(s->clients, (s->n + 1) * sizeof(*s->clients));
	s->clients[s->n++] = (struct client){.fd = fd, .ends = {-1, -1, -1}};
	return true;
}

void clients_drop(struct server *s, size_t i)
{
	struct client *c = &s->clients[i];

	sd_close_fd(&c->fd);
	for (int k = 0; k < 3; k++) {
		sd_close_fd(&c->ends[k]);
		sd_buf_free(&c->late[k]);
	}
	c->direct = false;
}

void clients_sweep(struct server *s)
{
	for (size_t i = s->n; i-- > 0;)
		if (s->clients[i].fd < 0)
			s->clients[i] = s->clients[--s->n];
}

void clients_tell(struct server *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++) {
		/* One that is gone needs no news. */
		if (s->clients[i].fd >= 0 && sd_control_send(s->clients[i].fd, text, NULL, 0) == 0)
			s->owned |= s->clients[i].owner;
		clients_drop(s, i);
	}
	clients_sweep(s);
}

bool clients_direct(const struct server *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].direct)
			return true;
	return false;
}

/* What is sent to one who attaches: words, and for each of them a descriptor. */
struct offer {
	struct sd_buf words;
	int fds[3];
	size_t n;
};

static void offer_add(struct offer *o, const char *word, int fd)
{
	sd_buf_str(&o->words, word);
	o->fds[o->n++] = fd;
}

/* The program's own pipes: see streams.h. */
static void offer_own(struct server *s, struct client *c, struct offer *o)
{
	static const char *const words[] = {" stdin", " stdout", " stderr"};

	for (int i = 0; i < 3; i++)
		if (s->c->streams.ours[i] >= 0)
			offer_add(o, words[i], s->c->streams.ours[i]);
	c->direct = true;
}

/* A pipe between us and the client: our end is kept in c->ends[k] and never blocks. */
static int offer_pipe(struct client *c, int k, const char *word, struct offer *o)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return -1;
	c->ends[k] = p[k ? 1 : 0];
	fcntl(c->ends[k], F_SETFL, O_NONBLOCK);
	offer_add(o, word, p[k ? 0 : 1]);
	return 0;
}

static int offer_terminal(struct client *c, bool with_stdin, struct offer *o)
{
	sd_buf_str(&o->words, " tty");
	if (with_stdin && offer_pipe(c, 0, " stdin", o) < 0)
		return -1;
	return offer_pipe(c, 1, " stdout", o);
}

static int offer_copies(struct server *s, struct client *c, bool with_stdin, struct offer *o)
{
	struct streams *st = &s->c->streams;

	if (with_stdin && st->ours[0] >= 0) {
		int fd = fcntl(st->ours[0], F_DUPFD_CLOEXEC, 3);

		if (fd < 0)
			return -1;
		offer_add(o, " stdin", fd);
	}
	if (offer_pipe(c, 1, " stdout", o) < 0)
		return -1;
	return offer_pipe(c, 2, " stderr", o);
}

static int offer_streams(struct server *s, struct client *c, bool with_stdin, struct offer *o)
{
	sd_buf_str(&o->words, "streams");
	if (s->c->streams.terminal)
		return offer_terminal(c, with_stdin && s->c->streams.with_stdin, o);
	if (s->expecting && !s->c->streams.copied) {
		offer_own(s, c, o);
		return 0;
	}
	return offer_copies(s, c, with_stdin, o);
}

/* As docker's StdinOnce: what a foreground began to write nobody else goes on with. */
static void give_up_stdin(struct server *s)
{
	if (s->c->streams.foreground && !s->c->streams.terminal)
		sd_close_fd(&s->c->streams.ours[0]);
}

static void attach(struct server *s, size_t i, const char *words)
{
	struct client *c = &s->clients[i];
	struct offer o = {0};
	bool with_stdin = !strstr(words, " no-stdin");
	int r;

	if (c->direct || c->ends[1] >= 0)
		return;
	if (clients_direct(s)) {
		sd_control_send(
			c->fd, "refused the program's streams are its foreground's own", NULL, 0);
		return;
	}
	c->owner = strstr(words, " owner");
	r = offer_streams(s, c, with_stdin, &o);
	if (r == 0)
		r = sd_control_send(c->fd, o.words.data, o.fds, o.n);
	if (r < 0) {
		sd_auto_free char *lost = sd_printf("lost %d", errno);

		sd_control_send(c->fd, lost, NULL, 0);
	}
	/* Ours of what was handed over are closed with the client, or when they have ended. */
	for (size_t k = 0; !c->direct && k < o.n; k++)
		close(o.fds[k]);
	sd_buf_free(&o.words);
	if (r < 0) {
		clients_drop(s, i);
		return;
	}
	s->expecting = false;
	c->second = s->seen;
	s->seen = true;
	if (with_stdin)
		give_up_stdin(s);
}

/*
 * Who comes to a terminal that another had sees nothing of it before the program writes again.  A
 * size that changes, and changes back, makes most draw all anew, as with docker.
 */
static void shake(int master, const struct winsize *size)
{
	struct winsize now, other = *size;

	if (ioctl(master, TIOCGWINSZ, &now) < 0 || now.ws_row != size->ws_row ||
		now.ws_col != size->ws_col)
		return;
	other.ws_row++;
	ioctl(master, TIOCSWINSZ, &other); /* the next one tells */
}

static void resize(struct server *s, struct client *c, const char *text)
{
	struct winsize size = {0};
	int master = s->c->streams.ours[0];
	char *end;

	size.ws_row = (unsigned short)strtoul(text, &end, 10);
	size.ws_col = (unsigned short)strtoul(end, NULL, 10);
	if (!s->c->streams.terminal || master < 0)
		return;
	if (c->second && c->ends[1] >= 0)
		shake(master, &size);
	c->second = false;
	ioctl(master, TIOCSWINSZ, &size); /* EIO: it has ended */
}

/* A port that is held keeps the descriptor that came with it. */
static void hold(struct server *s, struct client *c, const char *to, int *fds, size_t n)
{
	const char *answer = "refused a port is one socket";

	if (n == 1)
		answer = ports_hold(s, to + strspn(to, " "), fds[0]);
	if (strcmp(answer, "ok") == 0)
		fds[0] = -1;
	sd_control_send(c->fd, answer, NULL, 0);
}

void clients_take_request(struct server *s, size_t i)
{
	char text[SD_CONTROL_TEXT];
	int fds[SD_CONTROL_FDS];
	size_t n = 0;
	ssize_t len = sd_control_receive(s->clients[i].fd, text, sizeof(text), fds, &n);

	if (len > 0 && sd_starts_with(text, "hold"))
		hold(s, &s->clients[i], text + 4, fds, n);
	for (size_t k = 0; k < n; k++)
		sd_close_fd(&fds[k]);
	if (len <= 0) {
		clients_drop(s, i);
		return;
	}
	if (strcmp(text, "stopped-by-user") == 0) {
		s->c->stopped_by_user = s->c->no_restart = true;
		sd_control_send(s->clients[i].fd, "ok", NULL, 0);
	} else if (strcmp(text, "no-restart") == 0) {
		s->c->no_restart = true;
		sd_control_send(s->clients[i].fd, "ok", NULL, 0);
	} else if (sd_starts_with(text, "resize ")) {
		resize(s, &s->clients[i], text + 7);
	} else if (sd_starts_with(text, "attach")) {
		attach(s, i, text);
	}
}
