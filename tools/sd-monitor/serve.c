/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's life while the container lives: clients, log, and the end. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "server.h"

/* How long the ends of the streams are kept for a foreground that has not come yet. */
#define LINGER_MS 10000
/* How often what it can hold is read, by CHUNK and more. */
#define DRAIN_TURNS 256

static void reap(struct server *s)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	(void)!read(s->c->signals, &info, sizeof(info)); /* one wake-up stands for many deaths */
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		ports_reap(s, pid);
		health_reap(s, pid, status);
		if (pid != s->c->pid)
			continue;
		s->ended = true;
		s->status = status;
	}
}

/* What is waited for: four of the server's, the three streams, and four for each client. */
#define FIXED	   7
#define PER_CLIENT 4

static void poll_client(const struct client *c, struct pollfd *p)
{
	p[0] = (struct pollfd){.fd = c->fd, .events = POLLIN};
	/* What it wrote waits in its pipe as long as the terminal has not taken what came before. */
	p[1] = (struct pollfd){.fd = c->late[0].len ? -1 : c->ends[0], .events = POLLIN};
	for (int k = 1; k < 3; k++)
		p[1 + k] =
			(struct pollfd){.fd = c->late[k].len ? c->ends[k] : -1, .events = POLLOUT};
}

static void serve_client(struct server *s, size_t i, const struct pollfd *p)
{
	for (int k = 1; k < 3; k++)
		if (p[1 + k].revents)
			copy_late_output(s, i, k);
	if (p[1].revents)
		copy_input(s, i);
	if (p[0].revents)
		clients_take_request(s, i);
}

static void poll_fixed(const struct server *s, struct pollfd *p)
{
	const struct container *c = s->c;

	p[0] = (struct pollfd){.fd = c->signals, .events = POLLIN};
	p[1] = (struct pollfd){.fd = c->listener, .events = POLLIN};
	p[2] = (struct pollfd){.fd = s->expecting || c->tied ? c->caller : -1, .events = POLLIN};
	p[6] = (struct pollfd){.fd = health_fd(s), .events = POLLIN};
	for (int i = 0; i < 3; i++) {
		short events = (short)((copy_reads(s, i) ? POLLIN : 0) |
				       (copy_writes(s, i) ? POLLOUT : 0));

		p[3 + i] =
			(struct pollfd){.fd = events ? c->streams.ours[i] : -1, .events = events};
	}
}

/* In its time; or killed before its foreground came, or before the start that it was to give. */
static void on_caller_gone(struct server *s)
{
	s->expecting = false;
	if (s->c->tied && !s->ended && container_at_gate(s->c)) {
		s->c->given_up = true;
		kill(s->c->pid, SIGKILL);
	}
	s->c->tied = false;
}

static void serve_fixed(struct server *s, const struct pollfd *p)
{
	for (int i = 0; i < 3; i++) {
		if (p[3 + i].revents & POLLOUT)
			copy_late_input(s);
		if (p[3 + i].revents & ~POLLOUT)
			copy_output(s, i);
	}
	if (p[6].revents)
		health_read(s);
	if (p[2].revents)
		on_caller_gone(s);
	if (p[1].revents)
		clients_take(s);
	if (p[0].revents)
		reap(s);
}

/* One wait for anything; false where nothing came in time. */
static bool turn(struct server *s, int timeout)
{
	size_t clients = s->n, ports = ports_count(s), before_ports = FIXED + clients * PER_CLIENT;
	sd_auto_free struct pollfd *p = sd_calloc(before_ports + ports, sizeof(*p));

	poll_fixed(s, p);
	for (size_t i = 0; i < clients; i++)
		poll_client(&s->clients[i], &p[FIXED + i * PER_CLIENT]);
	ports_poll(s, p + before_ports);
	if (poll(p, before_ports + ports, timeout) <= 0)
		return false;
	ports_serve(s, p + before_ports, ports);
	for (size_t i = 0; i < clients; i++)
		serve_client(s, i, &p[FIXED + i * PER_CLIENT]);
	serve_fixed(s, p);
	clients_sweep(s);
	return true;
}

/*
 * What is left in the pipes or the pty when the program has ended: as much as they can hold, for
 * another process may go on writing.  A client that takes nothing for so long is given up.
 */
static void drain(struct server *s)
{
	for (int i = 0; i < DRAIN_TURNS; i++) {
		bool late = copy_is_late(s);

		if (turn(s, late ? LINGER_MS : 0))
			continue;
		if (!late)
			return;
		for (size_t k = 0; k < s->n; k++)
			if (s->clients[k].late[1].len || s->clients[k].late[2].len)
				clients_drop(s, k);
		clients_sweep(s);
	}
}

/*
 * The program was quicker than its foreground, which is to be told the end, and may find its last
 * output in the pipes.  One that was killed never comes: then the output goes to the log, unless
 * that is gone as well.
 */
static void linger(struct server *s)
{
	for (int left = LINGER_MS; s->expecting && left > 0 && !end_removed(s->c); left -= 100)
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

/* What is left is removed, by somebody; what is to be started again is. */
static void conclude(struct server *s)
{
	struct container *c = s->c;
	struct sd_err ignored; /* a full disk: it is not started again all the same */

	/* Asked for after the end was recorded. */
	if (c->restart_ms >= 0 && c->no_restart) {
		c->restart_ms = -1;
		if (c->stopped_by_user)
			wish_note(c->id, &ignored);
	}
	if (c->restart_ms >= 0)
		restart_wait(c);
	else if (!c->remove || !s->owned)
		end_become_driver(c, "cleanup", NULL);
}

void container_serve(struct container *c)
{
	struct server s = {.c = c, .expecting = c->streams.foreground && c->caller >= 0};
	sd_auto_free char *told = NULL;

	if (c->streams.terminal)
		fcntl(c->streams.ours[0], F_SETFL, O_NONBLOCK);
	health_open(&s);
	/* One that ended before the mask was set left no signal to read: look once. */
	while (!s.ended) {
		pid_t pid = waitpid(-1, &s.status, WNOHANG);

		if (pid == c->pid) {
			s.ended = true;
		} else if (pid > 0) {
			ports_reap(&s, pid);
			health_reap(&s, pid, s.status);
		} else {
			health_due(&s);
			turn(&s, health_timeout(&s));
		}
	}
	health_close(&s);
	restart_hold();
	end_record(c, s.status);
	ports_close(&s);
	told = sd_printf("exit %d", end_code(s.status));
	linger(&s);
	drain(&s);
	/*
	 * Every connection is answered: one that ends without a word tells of a monitor that was
	 * killed.  So none may come after the last was taken: those are refused from here on.
	 */
	shutdown(c->listener, SHUT_RD);
	while (clients_take(&s))
		;
	sd_close_fd(&c->listener);
	drain(&s);
	log_close(s.log);
	clients_tell(&s, told);
	free(s.clients);
	conclude(&s);
}
