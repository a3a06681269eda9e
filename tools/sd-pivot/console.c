/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console - process.terminal: a pseudo-terminal of the container's own devpts.
 *
 * Its slave becomes the controlling terminal and descriptors 0, 1, 2, and is bound on
 * /dev/console, mounted by descriptor; its master goes over the console socket, whose reader
 * outlives us.
 */
#include "pivot.h"

#include <errno.h>
#include <fcntl.h>
#include "cleanup.h"
#include "pty.h"

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
	if (sd_pty_open(p->root, &master, &slave, e) < 0 || bind_console(p, slave, e) < 0 ||
		sd_pty_send(socket, master, e) < 0)
		return -1;
	return sd_pty_adopt(slave, e);
}
