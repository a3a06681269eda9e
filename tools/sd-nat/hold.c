/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets that hold the host's ports, and the monitor that keeps them.
 *
 * A port of TCP is held by a socket that listens: two that are only bound, both with SO_REUSEADDR,
 * do not keep each other out, and without it a port stays taken for a minute after its last
 * connection (TIME_WAIT).  What rules lead to the container must not come in here as well: the
 * socket has a filter that takes nothing, so that what is not translated (an internal network's
 * packets, or anybody's after a flush of the rules) is dropped, not served.
 */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cleanup.h"
#include "control.h"
#include "relay.h"
#include "sd-nat.h"

#define ANSWER_MS 10000
/* The loopback link has this number in every network namespace (LOOPBACK_IFINDEX). */
#define LOOPBACK 1

static int attach(int fd, struct sock_filter *code, unsigned short n)
{
	struct sock_fprog program = {n, code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int filter(const struct mapping *m)
{
	struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	struct sock_filter loopback[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_IFINDEX),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LOOPBACK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	if (!m->direct)
		return 0;
	return m->host.family == AF_INET6 ? attach(m->fd, loopback, 4) : attach(m->fd, nothing, 1);
}

socklen_t address_of(const struct sd_addr *host, int64_t port, union address *a)
{
	*a = (union address){0};
	a->any.sa_family = (sa_family_t)host->family;
	if (host->family == AF_INET6) {
		a->v6.sin6_port = htons((uint16_t)port);
		memcpy(&a->v6.sin6_addr, host->bytes, 16);
		return sizeof(a->v6);
	}
	a->v4.sin_port = htons((uint16_t)port);
	memcpy(&a->v4.sin_addr, host->bytes, 4);
	return sizeof(a->v4);
}

static int bind_socket(struct mapping *m, int64_t port)
{
	union address a;
	socklen_t len = address_of(&m->host, port, &a);
	bool stream = m->protocol->type == SOCK_STREAM;
	int yes = 1;

	if (m->host.family == AF_INET6 &&
		setsockopt(m->fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes)) < 0)
		return -1;
	if (stream && setsockopt(m->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0)
		return -1;
	if (filter(m) < 0 || bind(m->fd, &a.any, len) < 0 || (stream && listen(m->fd, 64) < 0) ||
		getsockname(m->fd, &a.any, &len) < 0)
		return -1;
	m->host_port = ntohs(m->host.family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
	return 0;
}

/* A kernel without SCTP leads it on all the same; only another container can have the port. */
static int hold_without_socket(const struct mapping *m, int64_t port)
{
	sd_auto_free char *by = taken_by(m, port);

	errno = EADDRINUSE;
	return by ? -1 : 0;
}

int hold_bind(struct mapping *m, int64_t port)
{
	m->fd = socket(m->host.family, m->protocol->type | SOCK_CLOEXEC | SOCK_NONBLOCK,
		m->protocol->number);
	m->host_port = port;
	if (m->fd < 0 && m->protocol->number == IPPROTO_SCTP && errno == EPROTONOSUPPORT && port)
		return hold_without_socket(m, port);
	if (m->fd >= 0 && bind_socket(m, port) == 0)
		return 0;
	sd_close_fd(&m->fd);
	return -1;
}

static int hear(int control, char text[SD_CONTROL_TEXT])
{
	struct pollfd p = {.fd = control, .events = POLLIN};
	int fds[SD_CONTROL_FDS];
	size_t n = 0;
	ssize_t len = -1;

	if (poll(&p, 1, ANSWER_MS) > 0)
		len = sd_control_receive(control, text, SD_CONTROL_TEXT, fds, &n);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	return len > 0 ? 0 : -1;
}

/* Whom the monitor's relay is to reach: of the same family, or of the one that there is. */
static char *request(const struct publication *p, const struct mapping *m)
{
	const struct sd_addr *to = &p->to[family_of(&m->host)];
	char text[SD_ADDR_LEN];

	/* What its filter lets nobody through to has no relay. */
	if (m->direct && m->host.family == AF_INET)
		return sd_strdup("hold");
	if (m->protocol->number == IPPROTO_SCTP)
		return sd_strdup("hold");
	if (!to->family)
		to = &p->to[!family_of(&m->host)];
	sd_addr_text(to, text);
	return sd_printf(
		to->family == AF_INET6 ? "hold [%s]:%d" : "hold %s:%d", text, (int)m->port);
}

static int give(int control, const struct publication *p, const struct mapping *m, struct sd_err *e)
{
	sd_auto_free char *text = request(p, m);
	char answer[SD_CONTROL_TEXT];

	if (sd_control_send(control, text, &m->fd, 1) < 0)
		return sd_fail(e, errno, "hand a port to the monitor");
	if (hear(control, answer) < 0)
		return sd_fail(e, 0, "hand a port to the monitor: it does not answer");
	if (strcmp(answer, "ok") != 0)
		return sd_fail(e, 0, "hand a port to the monitor: %s", answer);
	return 0;
}

int hold_give(const char *id, const struct publication *p, struct sd_err *e)
{
	sd_auto_fd int control = sd_control_connect(id);

	if (control < 0) {
		sd_fail(e, errno, "connect to the monitor of %.12s", id);
		return sd_hint(e, "ports are published while the container runs");
	}
	for (size_t i = 0; i < p->n; i++) {
		if (p->m[i].fd >= 0 && give(control, p, &p->m[i], e) < 0)
			return -1;
		sd_close_fd(&p->m[i].fd);
	}
	return 0;
}
