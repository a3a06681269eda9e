/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "cleanup.h"
#include "store.h"

/* sun_path holds 108 bytes; by the directory's descriptor any path is short enough (unix(7)). */
static void address(struct sockaddr_un *a, int dir)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(a->sun_path, sizeof(a->sun_path), "/proc/self/fd/%d/control", dir);
}

int sd_control_listen(int run, struct sd_err *e)
{
	sd_auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a;

	if (fd < 0)
		return sd_fail(e, errno, "create the control socket");
	address(&a, run);
	unlinkat(run, "control", 0); /* ENOENT: the first start */
	/* The file gets the socket's mode: whoever may connect is given the program's streams. */
	if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
		listen(fd, 64) < 0)
		return sd_fail(e, errno, "bind the control socket");
	return sd_steal_fd(&fd);
}

int sd_control_connect(const char *id)
{
	struct sd_err ignored;
	sd_auto_fd int dir = sd_record_open_run(id, false, &ignored);
	sd_auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un a;

	if (dir < 0)
		errno = ignored.errnum;
	if (dir < 0 || fd < 0)
		return -1;
	address(&a, dir);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -1;
	return sd_steal_fd(&fd);
}

int sd_control_send(int fd, const char *text, const int *fds, size_t n)
{
	union {
		char space[CMSG_SPACE(SD_CONTROL_FDS * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {.iov_base = (char *)(uintptr_t)text, .iov_len = strlen(text)};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (n) {
		struct cmsghdr *c = &control.align;

		m.msg_control = control.space;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	/* Whoever does not read what it asked for holds nobody up. */
	return sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1 : 0;
}

ssize_t sd_control_receive(int fd, char *text, size_t size, int *fds, size_t *n)
{
	union {
		char space[CMSG_SPACE(SD_CONTROL_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = text, .iov_len = size - 1};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space)};
	struct cmsghdr *c;
	ssize_t len;

	do
		len = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return -1;
	text[len] = '\0';
	*n = 0;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		*n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), *n * sizeof(int));
	}
	return len;
}
