/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published ports, which the monitor keeps from others: sd-nat binds them.  Who comes in by a socket
 * is one whom no rule of the firewall leads to the container; for each a process is started, as
 * inetd does, so that nothing is waited for here.  A socket without connections is lent as a whole.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "server.h"
#include "store.h"

/* A stranger who connects and connects must not take all the host's processes. */
#define RELAYS_MAX 512

struct port {
	int fd;
	char *to;   /* NULL: nobody is served */
	bool calls; /* it has connections */
	pid_t lent; /* to that process, or 0 */
};

struct ports {
	struct port *v;
	size_t n;
	char *program;
	pid_t relays[RELAYS_MAX];
	size_t running;
};

const char *ports_hold(struct server *s, const char *to, int fd)
{
	struct ports *p = s->ports;
	int calls = 0;
	socklen_t len = sizeof(calls);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &calls, &len) < 0)
		return "refused not a socket";
	if (!p) {
		p = s->ports = sd_calloc(1, sizeof(*p));
		p->program = sd_toolkit_path("sd-nat");
		sd_raise_open_files(); /* a port may be one of thousands */
	}
	if (to[0] && !p->program)
		return "refused sd-nat is not beside sd-monitor";
	p->v = sd_realloc(p->v, (p->n + 1) * sizeof(*p->v));
	p->v[p->n++] =
		(struct port){.fd = fd, .to = to[0] ? sd_strdup(to) : NULL, .calls = calls != 0};
	return "ok";
}

size_t ports_count(const struct server *s)
{
	return s->ports ? s->ports->n : 0;
}

void ports_poll(const struct server *s, struct pollfd *polls)
{
	for (size_t i = 0; i < ports_count(s); i++) {
		const struct port *p = &s->ports->v[i];
		bool wanted = p->to && !p->lent && s->ports->running < RELAYS_MAX;

		polls[i] = (struct pollfd){.fd = wanted ? p->fd : -1, .events = POLLIN};
	}
}

/* The relay: serves one connection, or one socket as long as it is used; dies with the monitor. */
static _Noreturn void relay(const struct ports *p, const struct port *port, int fd)
{
	const char *const argv[] = {"sd-nat", "relay", "--to", port->to, NULL};
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(fd, STDIN_FILENO);
	execv(p->program, (char **)(uintptr_t)argv);
	_exit(SD_EXIT_FAILED);
}

static void serve(struct ports *p, struct port *port)
{
	/* EAGAIN: it has hung up again. */
	sd_auto_fd int call = port->calls ? accept4(port->fd, NULL, NULL, SOCK_CLOEXEC) : -1;
	pid_t pid;

	if (port->calls && call < 0)
		return;
	pid = fork();
	if (pid == 0)
		relay(p, port, port->calls ? call : port->fd);
	if (pid > 0)
		p->relays[p->running++] = pid;
	if (pid > 0 && !port->calls)
		port->lent = pid;
	/* No more processes: the connection is closed, the datagram lost, or it would wait here. */
	if (pid < 0 && !port->calls)
		(void)!recv(port->fd, NULL, 0, MSG_DONTWAIT);
}

void ports_serve(struct server *s, const struct pollfd *polls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (polls[i].revents && s->ports->running < RELAYS_MAX)
			serve(s->ports, &s->ports->v[i]);
}

void ports_reap(struct server *s, pid_t pid)
{
	struct ports *p = s->ports;

	for (size_t i = 0; p && i < p->running; i++) {
		if (p->relays[i] != pid)
			continue;
		p->relays[i] = p->relays[--p->running];
		for (size_t k = 0; k < p->n; k++)
			if (p->v[k].lent == pid)
				p->v[k].lent = 0;
		return;
	}
}

/* Before the end is told: who is told of it may want a port again at once. */
void ports_close(struct server *s)
{
	struct ports *p = s->ports;

	if (!p)
		return;
	for (size_t i = 0; i < p->running; i++)
		kill(p->relays[i], SIGKILL); /* ours, and not reaped: it can be no other's number */
	for (size_t i = 0; i < p->n; i++) {
		close(p->v[i].fd);
		free(p->v[i].to);
	}
	free(p->v);
	free(p->program);
	free(p);
	s->ports = NULL;
}
