/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console - process.terminal: a pseudo-terminal of the container's own devpts.
 *
 * Its slave becomes the controlling terminal and descriptors 0, 1, 2, and is bound on
 * /dev/console; its master goes over the console socket, whose reader outlives us.  The slave is
 * asked from the master (TIOCGPTPEER, ioctl_tty(2)) and mounted by descriptor: the name
 * /dev/pts/N could be swapped under a path (CVE-2025-52565).
 */
#include "pivot.h"

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

static int send_master(int socket, int master, struct sd_err *e)
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

static int open_pair(const struct pivot *p, int *master, int *slave, struct sd_err *e)
{
	int unlock = 0;
	struct statfs fs;

	*master = sd_open_in(p->root, "dev/pts/ptmx", O_RDWR | O_NOCTTY, 0);
	if (*master < 0) {
		sd_fail(e, errno, "open /dev/pts/ptmx in the root");
		return sd_hint(e, "process.terminal needs a devpts mount on /dev/pts");
	}
	if (fstatfs(*master, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC)
		return sd_fail(e, 0, "/dev/pts of the root is not devpts");
	if (ioctl(*master, TIOCSPTLCK, &unlock) < 0)
		return sd_fail(e, errno, "unlock the terminal");
	*slave = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return *slave < 0 ? sd_fail(e, errno, "open the terminal's slave") : 0;
}

static int bind_console(const struct pivot *p, int slave, struct sd_err *e)
{
	struct target t = {.path = "/dev/console", .type = "bind"};
	sd_auto_fd int target = -1;
	sd_auto_fd int tree =
		open_tree(slave, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return sd_fail(e, errno, "bind the terminal");
	t.source = tree;
	target = target_open(p, &t, e);
	return target < 0 ? -1 : target_attach(tree, target, "the terminal", t.path, e);
}

int console_attach(const struct pivot *p, int socket, struct sd_err *e)
{
	sd_auto_fd int master = -1, slave = -1;
	bool wanted = false;

	if (sd_json_bool(p->doc, &wanted, e, "config.process.terminal") < 0)
		return -1;
	if (!wanted)
		return 0;
	if (socket < 0) {
		sd_fail(e, 0, "config.process.terminal: no console socket to send the terminal to");
		return sd_hint(e, "sd-monitor provides it");
	}
	if (open_pair(p, &master, &slave, e) < 0 || bind_console(p, slave, e) < 0 ||
		send_master(socket, master, e) < 0)
		return -1;
	/* Without a session of one's own there is no controlling terminal: setsid(2). */
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return sd_fail(e, errno, "make the terminal the controlling one");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) < 0)
			return sd_fail(e, errno, "put the terminal on descriptor %d", fd);
	return 0;
}
