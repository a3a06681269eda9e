/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's life while the container lives: clients, log, and the end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "sd-monitor.h"

/* How long the ends of the streams are kept for a foreground that has not come yet. */
#define LINGER_MS 10000

struct client {
	int fd;
	bool attached;
	bool owner; /* removes what the container leaves */
};

struct server {
	struct container *c;
	struct client *clients;
	size_t n;
	struct log *log;
	bool expecting; /* a foreground will come for the streams: nobody else reads them */
	bool owned;	/* one who was told of the end removes what is left */
	bool ended;
	int status; /* of wait(2) */
};

static bool attached(const struct server *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->clients[i].attached)
			return true;
	return false;
}

static void drop_client(struct server *s, size_t i)
{
	close(s->clients[i].fd);
	s->clients[i] = s->clients[--s->n];
}

static int hand_over(struct server *s, int fd)
{
	static const char *const names[] = {" stdin", " stdout", " stderr"};
	const struct streams *st = &s->c->streams;
	sd_auto_buf struct sd_buf text = {0};
	int fds[3];
	size_t n = 0;

	sd_buf_str(&text, "streams");
	for (int i = 0; i < 3; i++) {
		if (st->ours[i] < 0)
			continue;
		sd_buf_str(&text, st->terminal ? " pty" : names[i]);
		fds[n++] = st->ours[i];
	}
	return control_send(fd, text.data, fds, n);
}

static void take_request(struct server *s, size_t i)
{
	char text[64];
	int fds[3];
	size_t n = 0;
	ssize_t len = control_receive(s->clients[i].fd, text, sizeof(text), fds, &n);

	for (size_t k = 0; k < n; k++)
		close(fds[k]);
	if (len <= 0) {
		drop_client(s, i);
		return;
	}
	if (strcmp(text, "stopped-by-user") == 0) {
		s->c->stopped_by_user = true;
		control_send(s->clients[i].fd, "ok", NULL, 0);
		return;
	}
	if (!sd_starts_with(text, "attach"))
		return;
	s->clients[i].owner = strcmp(text, "attach owner") == 0;
	if (attached(s)) {
		control_send(s->clients[i].fd, "streams", NULL, 0); /* none are left */
		drop_client(s, i);
		return;
	}
	if (hand_over(s, s->clients[i].fd) < 0) {
		sd_auto_free char *lost = sd_printf("lost %d", errno);

		control_send(s->clients[i].fd, lost, NULL, 0);
		drop_client(s, i);
		return;
	}
	s->clients[i].attached = true;
	s->expecting = false;
	/* The client has stdin's only writing end now: its end is the program's end of file. */
	if (!s->c->streams.terminal)
		sd_close_fd(&s->c->streams.ours[0]);
}

static void take_client(struct server *s)
{
	int fd = accept4(s->c->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	s->clients = sd_realloc(s->clients, (s->n + 1) * sizeof(*s->clients));
	s->clients[s->n++] = (struct client){.fd = fd};
}

/* Nobody is attached: what the program writes goes to the log, so that it never blocks. */
static void read_stream(struct server *s, int i)
{
	char chunk[16384];
	ssize_t n = read(s->c->streams.ours[i], chunk, sizeof(chunk));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) { /* EIO: the last slave of the pty was closed */
		sd_close_fd(&s->c->streams.ours[i]);
		return;
	}
	if (!s->log)
		s->log = log_open(s->c->id);
	log_write(s->log, i == 2 ? 2 : 1, chunk, (size_t)n);
}

static void reap(struct server *s)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	(void)!read(s->c->signals, &info, sizeof(info)); /* one wake-up stands for many deaths */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != s->c->pid)
			continue;
		s->ended = true;
		s->status = status;
	}
}

static bool reads_stream(const struct server *s, int i)
{
	if (s->expecting || attached(s) || s->c->streams.ours[i] < 0)
		return false;
	return i > 0 || s->c->streams.terminal;
}

static void turn(struct server *s, int timeout)
{
	sd_auto_free struct pollfd *p = sd_calloc(s->n + 5, sizeof(*p));
	size_t clients = s->n;

	p[0] = (struct pollfd){.fd = s->c->signals, .events = POLLIN};
	p[1] = (struct pollfd){.fd = s->c->listener, .events = POLLIN};
	for (int i = 0; i < 3; i++)
		p[2 + i] = (struct pollfd){
			.fd = reads_stream(s, i) ? s->c->streams.ours[i] : -1, .events = POLLIN};
	for (size_t i = 0; i < clients; i++)
		p[5 + i] = (struct pollfd){.fd = s->clients[i].fd, .events = POLLIN};
	if (poll(p, clients + 5, timeout) <= 0)
		return;
	for (int i = 0; i < 3; i++)
		if (p[2 + i].revents)
			read_stream(s, i);
	/* From the end: a client that goes is replaced by the last. */
	for (size_t i = clients; i-- > 0;)
		if (p[5 + i].revents)
			take_request(s, i);
	if (p[1].revents)
		take_client(s);
	if (p[0].revents)
		reap(s);
}

/* What is left in the pipes or the pty when the program has ended. */
static void drain(struct server *s)
{
	for (int i = 0; i < 3; i++) {
		while (reads_stream(s, i)) {
			struct pollfd p = {.fd = s->c->streams.ours[i], .events = POLLIN};

			if (poll(&p, 1, 0) <= 0)
				break;
			read_stream(s, i);
		}
	}
}

static void take_clients(struct server *s)
{
	struct pollfd p = {.fd = s->c->listener, .events = POLLIN};
	size_t before;

	do {
		before = s->n;
		if (poll(&p, 1, 0) > 0)
			take_client(s);
	} while (s->n > before);
}

static void tell(struct server *s)
{
	sd_auto_free char *text = sd_printf("exit %d", end_code(s->status));

	/* From the end, because each is dropped; one that is gone needs no news. */
	for (size_t i = s->n; i-- > 0;) {
		if (control_send(s->clients[i].fd, text, NULL, 0) == 0)
			s->owned |= s->clients[i].owner;
		drop_client(s, i);
	}
}

static bool caller_lives(const struct server *s)
{
	struct pollfd p = {.fd = s->c->caller, .events = POLLIN};

	return p.fd >= 0 && poll(&p, 1, 0) == 0;
}

/*
 * The program was quicker than its foreground, which is to be told the end, and may find its last
 * output in the pipes.  One that was killed never comes: then the output goes to the log, unless
 * that is gone as well.
 */
static void linger(struct server *s)
{
	for (int left = LINGER_MS;
		s->expecting && left > 0 && caller_lives(s) && !end_removed(s->c); left -= 100)
		turn(s, 100);
	s->expecting = false;
}

int container_watch(struct container *c, struct sd_err *e)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	c->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	return c->signals < 0 ? sd_fail(e, errno, "signalfd") : 0;
}

void container_serve(struct container *c)
{
	struct server s = {.c = c, .expecting = c->streams.foreground};

	/* One that ended before the mask was set left no signal to read: look once. */
	while (!s.ended) {
		pid_t pid = waitpid(-1, &s.status, WNOHANG);

		if (pid == c->pid)
			s.ended = true;
		else if (pid <= 0)
			turn(&s, -1);
	}
	end_record(c, s.status);
	linger(&s);
	drain(&s);
	/*
	 * Every connection is answered: one that ends without a word tells of a monitor that was
	 * killed.  So none may come after the last was taken: those are refused from here on.
	 */
	turn(&s, 0);
	shutdown(c->listener, SHUT_RD);
	take_clients(&s);
	log_close(s.log);
	tell(&s);
	free(s.clients);
	if (!c->remove || !s.owned)
		end_become_driver(c, "cleanup");
}
