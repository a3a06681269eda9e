/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain's first process, born in the container's cgroup of the cgroup2 tree.
 *
 * To move a process into one, by cgroup.procs, takes a lock that waits for an RCU grace period: 4
 * to 13 ms on an idle machine, as long as all the rest of a start.  To be born there by
 * clone3(CLONE_INTO_CGROUP) (Linux 5.7) does not.  sd-cgset join, which comes next in the chain, finds
 * itself in it already and does the rest; where the kernel refuses, it does all.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cgroup.h"
#include "cleanup.h"
#include "sd-monitor.h"

static pid_t clone_into(int cgroup)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (unsigned)cgroup,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/*
 * Linux 6.12 to 6.18 at least kill a child at once that is born into a cgroup by a parent whose own
 * was ever killed by cgroup.kill, or into one that was.  So the child gives a sign of life first.
 */
static pid_t born_alive(int cgroup)
{
	int cry[2];
	char byte;
	pid_t pid;

	if (pipe2(cry, O_CLOEXEC) < 0)
		return -1;
	pid = clone_into(cgroup);
	if (pid == 0) {
		/* EPIPE: the monitor is gone, which the next thing that is done tells. */
		(void)!write(cry[1], "", 1);
		return 0;
	}
	close(cry[1]);
	if (pid > 0 && read(cry[0], &byte, 1) != 1) {
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(cry[0]);
	return pid;
}

pid_t chain_fork(const struct sd_json *doc)
{
	sd_auto_fd int cgroup = sd_cgroup_open_v2(sd_json_get(doc, "cgroup"));
	pid_t pid = cgroup < 0 ? -1 : born_alive(cgroup);

	/* E2BIG, ENOSYS: the kernel does not know it; EACCES, EBUSY: sd-cgset join says why. */
	return pid < 0 ? fork() : pid;
}
