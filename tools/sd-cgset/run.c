/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: a command in a cgroup of its own.
 *
 *   parent	makes the cgroup, waits, hands signals on; at the end kills what is left in the
 *		cgroup and removes it.  If it is killed itself, the kernel kills the child
 *		(PR_SET_PDEATHSIG), and the next run removes the cgroup: its directory's flock(2) is
 *		held by the parent alone, so a lock that can be had says that its owner is gone.
 *   child	joins the cgroup, becomes the command.
 */
#include "sd-cgset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "chain.h"
#include "cleanup.h"

#define RUN_PARENT "/sdocker"
#define RUN_PREFIX "run-"

/* Remove the cgroups of runs that were killed.  Nothing here fails the run that is starting. */
static void sweep(const struct group *like)
{
	sd_auto_free char *top = sd_printf("%s" RUN_PARENT, like->layout.h[0].mount);
	sd_auto_dir DIR *dir = opendir(top);
	struct dirent *ent;

	while (dir && (ent = readdir(dir))) {
		auto_group struct group g = {0};
		sd_auto_free char *path = NULL;
		struct sd_err ignored;
		sd_auto_fd int fd = -1;

		if (!sd_starts_with(ent->d_name, RUN_PREFIX))
			continue;
		fd = openat(dirfd(dir), ent->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
			continue;
		path = sd_printf(RUN_PARENT "/%s", ent->d_name);
		if (group_detect(&g, &ignored) == 0 && group_find(&g, path, &ignored) > 0)
			group_remove(&g, true, &ignored);
	}
}

/*
 * A name that nobody else has: pids are not enough, as pid namespaces share the cgroup trees.
 * The directory is made and locked under a lock of its parent, so no sweep comes between.
 */
static int make_own(struct group *g, const char *given, int *lock, struct sd_err *e)
{
	sd_auto_free char *top = sd_printf("%s" RUN_PARENT, g->layout.h[0].mount), *path = NULL;
	sd_auto_fd int parent = -1;
	unsigned long token = 0;

	if (given)
		return group_path(given, "--path", &path, e) < 0 ? -1 : group_create(g, path, e);
	if (getentropy(&token, sizeof(token)) < 0)
		return sd_fail(e, errno, "get random bytes");
	path = sd_printf(RUN_PARENT "/" RUN_PREFIX "%lx", token);
	if (mkdir(top, 0755) < 0 && errno != EEXIST)
		return sd_fail(e, errno, "create cgroup %s", top);
	parent = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0 || flock(parent, LOCK_EX) < 0)
		return sd_fail(e, errno, "lock cgroup %s", top);
	sweep(g);
	if (group_create(g, path, e) < 0)
		return -1;
	*lock = open(g->d[0].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*lock < 0 || flock(*lock, LOCK_EX | LOCK_NB) < 0)
		return sd_fail(e, errno, "lock cgroup %s", g->d[0].path);
	return 0;
}

/* Child: lives until the exec; what goes wrong is told to the parent, which prints it. */
static void child(
	struct group *g, const struct sd_next *next, const sigset_t *mask, pid_t parent, int report)
{
	struct sd_err e = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(SD_EXIT_FAILED);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (group_join(g, &e) == 0)
		sd_next_exec(next, &e);
	(void)!write(report, &e, sizeof(e));
	_exit(e.code);
}

/* Wait for the child; signals of this process go to it as well. */
static int wait_child(pid_t pid, const sigset_t *signals, int *status, struct sd_err *e)
{
	siginfo_t info;

	for (;;) {
		pid_t r = waitpid(pid, status, WNOHANG);

		if (r == pid)
			return 0;
		if (r < 0)
			return sd_fail(e, errno, "wait for process %d", (int)pid);
		if (sigwaitinfo(signals, &info) < 0)
			continue;
		/* The terminal sends its signals to the child as well (SI_KERNEL). */
		if (info.si_signo != SIGCHLD && info.si_code != SI_KERNEL)
			kill(pid, info.si_signo);
	}
}

static int spawn(struct group *g, const struct sd_next *next, int *status, struct sd_err *e)
{
	static const int forwarded[] = {
		SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH};
	struct sd_err failure = {0};
	sigset_t signals, before;
	int report[2];
	pid_t parent = getpid(), pid;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) < 0)
		return sd_fail(e, errno, "make a pipe");
	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(*forwarded); i++)
		sigaddset(&signals, forwarded[i]);
	/* Blocked before the fork, so that none is lost between it and the wait. */
	sigprocmask(SIG_BLOCK, &signals, &before);
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid == 0)
		child(g, next, &before, parent, report[1]);
	close(report[1]);
	n = pid < 0 ? 0 : read(report[0], &failure, sizeof(failure));
	close(report[0]);
	if (pid < 0)
		return sd_fail(e, errno, "fork");
	if (wait_child(pid, &signals, status, e) < 0)
		return -1;
	if (n == (ssize_t)sizeof(failure)) {
		*e = failure;
		return -1;
	}
	return 0;
}

static int outcome(struct group *g, const struct limit_args *a, int status, struct sd_err *e)
{
	int code =
		WIFSIGNALED(status) ? SD_EXIT_SIGNAL_BASE + WTERMSIG(status) : WEXITSTATUS(status);
	sd_auto_json struct sd_json *facts = group_facts(g);
	sd_auto_free char *limit = a->memory ? sd_printf(" (limit %s)", a->memory) : sd_strdup("");
	int64_t kills = 0;

	if (sd_cgroup_oom_kills(facts, &kills, e) < 0)
		return -1;
	if (!kills)
		return code;
	if (code == SD_EXIT_SIGNAL_BASE + SIGKILL)
		return sd_fail_code(e, code, 0, "killed: out of memory%s", limit);
	return sd_fail_code(e, code, 0, "%lld process%s killed: out of memory%s", (long long)kills,
		kills == 1 ? "" : "es", limit);
}

int verb_run(const struct sd_call *call, struct sd_err *e)
{
	struct limit_args *a = call->args;
	sd_auto_json struct sd_json *resources = a->resources;
	auto_group struct group g = {0};
	sd_auto_fd int lock = -1;
	struct sd_err later = {0};
	struct sd_next next;
	int status = 0, code;

	if (sd_next_open(&next, call->argv, false, e) < 0 || group_detect(&g, e) < 0)
		return -1;
	if (make_own(&g, a->path, &lock, e) < 0 ||
		apply_resources(&g, resources, a->bpf_devices, e) < 0) {
		group_undo(&g);
		return -1;
	}
	code = spawn(&g, &next, &status, e) < 0 ? -1 : outcome(&g, a, status, e);
	if (group_remove(&g, true, &later) < 0) {
		if (code >= 0)
			*e = later;
		return -1;
	}
	group_undo(&g);
	return code;
}
