/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Datagrams are led on, and their answers back.  Each peer has a socket of its own on the container's
 * side, so that an answer tells whose it is; it is forgotten when it has been silent for a while,
 * and the relay ends with the last.  An answer goes out by the address that the peer wrote to.
 */
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "str.h"

#define SILENCE	  90  /* seconds, as conntrack's for a flow that has been answered, or nearly */
#define PEERS_MAX 256 /* more push out the most silent one */
#define DATAGRAM  65536

struct peer {
	int fd;
	time_t heard;
	struct end end;
	size_t info_len;
	char info[64]; /* the control message with the address that it wrote to */
};

struct relay {
	const struct end *to;
	struct peer peers[PEERS_MAX];
	size_t n;
	char data[DATAGRAM];
};

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void drop(struct relay *r, size_t i)
{
	close(r->peers[i].fd);
	r->peers[i] = r->peers[--r->n];
}

static struct peer *find(struct relay *r, const struct end *end)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->peers[i].end.len == end->len &&
			memcmp(&r->peers[i].end.address, &end->address, end->len) == 0)
			return &r->peers[i];
	return NULL;
}

static struct peer *add(struct relay *r, const struct end *end)
{
	struct sd_err ignored; /* a datagram may be lost */
	size_t oldest = 0;
	int fd = relay_connect(r->to, SOCK_DGRAM, &ignored);

	if (fd < 0)
		return NULL;
	for (size_t i = 0; i < r->n; i++)
		if (r->peers[i].heard < r->peers[oldest].heard)
			oldest = i;
	if (r->n == PEERS_MAX)
		drop(r, oldest);
	r->peers[r->n] = (struct peer){.fd = fd, .end = *end};
	return &r->peers[r->n++];
}

/* From a peer to the container; false where there is none left to read. */
static bool lead_on(struct relay *r)
{
	union {
		char space[64];
		struct cmsghdr align;
	} info;
	struct end end = {0};
	struct iovec iov = {r->data, sizeof(r->data)};
	struct msghdr m = {.msg_name = &end.address,
		.msg_namelen = sizeof(end.address),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = info.space,
		.msg_controllen = sizeof(info.space)};
	ssize_t n = recvmsg(STDIN_FILENO, &m, MSG_DONTWAIT);
	struct peer *p;

	if (n < 0)
		return false;
	end.len = m.msg_namelen;
	p = find(r, &end);
	if (!p)
		p = add(r, &end);
	if (!p)
		return true;
	p->heard = now();
	p->info_len = m.msg_controllen;
	memcpy(p->info, info.space, m.msg_controllen);
	(void)!send(p->fd, r->data, (size_t)n, 0); /* nobody listens there yet: it is lost */
	return true;
}

static void lead_back(struct relay *r, struct peer *p)
{
	ssize_t n = recv(p->fd, r->data, sizeof(r->data), 0);
	struct iovec iov = {r->data, 0};
	struct msghdr m = {.msg_name = &p->end.address,
		.msg_namelen = p->end.len,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = p->info,
		.msg_controllen = p->info_len};

	if (n < 0) /* ECONNREFUSED: nobody listens there */
		return;
	iov.iov_len = (size_t)n;
	p->heard = now();
	(void)!sendmsg(STDIN_FILENO, &m, MSG_DONTWAIT);
}

static void forget_silent(struct relay *r)
{
	time_t limit = now() - SILENCE;

	for (size_t i = r->n; i-- > 0;)
		if (r->peers[i].heard <= limit)
			drop(r, i);
}

static void turn(struct relay *r)
{
	struct pollfd p[1 + PEERS_MAX] = {{.fd = STDIN_FILENO, .events = POLLIN}};
	size_t n = r->n;

	for (size_t i = 0; i < n; i++)
		p[1 + i] = (struct pollfd){.fd = r->peers[i].fd, .events = POLLIN};
	if (poll(p, 1 + n, SILENCE * 1000) > 0) {
		for (size_t i = 0; i < n; i++)
			if (p[1 + i].revents)
				lead_back(r, &r->peers[i]);
		if (p[0].revents)
			while (lead_on(r))
				;
	}
	forget_silent(r);
}

int relay_datagrams(const struct end *to, struct sd_err *e)
{
	sd_auto_free struct relay *r = sd_calloc(1, sizeof(*r));
	int yes = 1;
	int v6 = setsockopt(STDIN_FILENO, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof(yes));

	if (v6 < 0 && setsockopt(STDIN_FILENO, IPPROTO_IP, IP_PKTINFO, &yes, sizeof(yes)) < 0)
		return sd_fail(e, errno, "IP_PKTINFO");
	r->to = to;
	/* Somebody has sent: that is why this process was started. */
	do
		turn(r);
	while (r->n);
	return 0;
}
