/* SPDX-License-Identifier: Apache-2.0 */
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cleanup.h"
#include "path.h"

int sd_pty_open(int root, int *master, int *slave, struct sd_err *e)
{
	sd_auto_fd int fd = sd_open_in(root, "dev/pts/ptmx", O_RDWR | O_NOCTTY, 0);
	int unlock = 0;
	struct statfs fs;

	if (fd < 0) {
		sd_fail(e, errno, "open /dev/pts/ptmx in the root");
		return sd_hint(e, "process.terminal needs a devpts mount on /dev/pts");
	}
	if (fstatfs(fd, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
		return sd_fail(e, 0, "/dev/pts of the root is not devpts");
	if (ioctl(fd, TIOCSPTLCK, &unlock) < 0)
		return sd_fail(e, errno, "unlock the terminal");
	*slave = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0)
		return sd_fail(e, errno, "open the terminal's slave");
	*master = sd_steal_fd(&fd);
	return 0;
}

int sd_pty_send(int socket, int master, struct sd_err *e)
{
	static char name[] = "/dev/pts/ptmx";
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec text = {.iov_base = name, .iov_len = sizeof(name) - 1};
	struct msghdr msg = {.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};

	control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.head), &master, sizeof(master));
	if (sendmsg(socket, &msg, MSG_NOSIGNAL) < 0)
		return sd_fail(e, errno, "send the terminal over the console socket");
	return 0;
}

int sd_pty_adopt(int slave, struct sd_err *e)
{
	/* Without a session of one's own there is no controlling terminal: setsid(2). */
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return sd_fail(e, errno, "make the terminal the controlling one");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return sd_fail(e, errno, "put the terminal on descriptor %d", fd);
	return 0;
}
