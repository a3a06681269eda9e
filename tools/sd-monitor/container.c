/* SPDX-License-Identifier: Apache-2.0 */
/* A container on its way to the gate. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "proc.h"
#include "sd-monitor.h"
#include "store.h"

/*
 * Open for reading and writing: so the open does not wait for the other side, a reader at an
 * empty gate blocks, and whoever opens it for writing later finds a reader as long as one lives.
 */
static int make_fifo(int run, const char *name, int *fd, struct sd_err *e)
{
	unlinkat(run, name, 0); /* ENOENT: the first start */
	if (mkfifoat(run, name, 0600) < 0)
		return sd_fail(e, errno, "create the FIFO %s", name);
	*fd = openat(run, name, O_RDWR | O_CLOEXEC);
	return *fd < 0 ? sd_fail(e, errno, "open the FIFO %s", name) : 0;
}

int container_spawn(struct container *c, char **links, struct sd_err *e)
{
	c->run = sd_record_open_run(c->id, true, e);
	if (c->run < 0)
		return -1;
	c->listener = sd_control_listen(c->run, e);
	if (c->listener < 0 || make_fifo(c->run, "gate", &c->chain.fds.gate, e) < 0 ||
		make_fifo(c->run, "verdict", &c->chain.fds.verdict, e) < 0)
		return -1;
	return chain_spawn(&c->chain, &c->streams, c->doc, links, e);
}

int container_await_gate(struct container *c, struct sd_err *e)
{
	int r;

	if (chain_read_reports(&c->chain, CHAIN_GATE, e) < 0)
		return -1;
	sd_close_fd(&c->chain.report);
	c->pid = c->chain.pid;
	r = sd_proc_start_time(c->pid, &c->ticks, e);
	if (r == 0)
		return sd_fail(e, 0, "the container's process was killed at the gate");
	if (r < 0)
		return -1;
	if (c->streams.terminal && chain_take_console(&c->chain, &c->streams, c->doc, e) < 0)
		return -1;
	/* The caller's own streams: their reader must see the end when the program closes them. */
	for (int i = 0; i < 3; i++)
		sd_close_fd(&c->streams.user[i]);
	return 0;
}

bool container_at_gate(const struct container *c)
{
	sd_auto_fd int gate = openat(c->run, "gate", O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	return gate >= 0; /* ENXIO: sd-confine has left it, and execs */
}
