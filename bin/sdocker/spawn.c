/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a pipeline: all stages are started at once, so that their loading overlaps, and each
 * works when the document reaches it.
 *
 * Signals: the stages stand in the driver's process group, so what the terminal sends reaches
 * them by itself; what another process sends to the driver alone (SI_USER) is passed on to the
 * last stage, which in the foreground is sd-monitor wait and passes it on to the program.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "plan.h"
#include "store.h"

static void held(sigset_t *set)
{
	static const int caught[] = {SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
		SIGALRM, SIGIO, SIGPWR, SIGURG, SIGVTALRM, SIGPROF};

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(caught) / sizeof(*caught); i++)
		sigaddset(set, caught[i]);
	for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
		sigaddset(set, i);
}

void signals_hold(void)
{
	sigset_t set;

	held(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

int streams_hold(const bool left_out[3], struct sd_err *e)
{
	for (int fd = 0; fd < 3; fd++) {
		if (dup2(fd, fd + 3) < 0)
			return sd_fail(e, errno, "duplicate descriptor %d", fd);
		if (!left_out || !left_out[fd])
			continue;

		sd_auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		if (null < 0 || dup2(null, fd + 3) < 0)
			return sd_fail(e, errno, "open /dev/null");
	}
	return 0;
}

struct start {
	const char *path;
	char **argv;
	int in, out;
	int third;    /* what becomes descriptor 3, or -1 */
	pid_t driver; /* to die with, or 0 */
	int errnum;   /* why it did not become the program */
};

/* The new process: on a stack of its own in the driver's memory, until exec. */
static int become(void *arg)
{
	extern char **environ;
	struct start *s = arg;
	sigset_t none;

	if (s->driver && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) {
		s->errnum = errno;
		return SD_EXIT_FAILED;
	}
	/* Asked after the wish is known to the kernel: the driver may have died before it. */
	if (s->driver && getppid() != s->driver)
		return SD_EXIT_FAILED;
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(s->in, STDIN_FILENO) >= 0 && dup2(s->out, STDOUT_FILENO) >= 0 &&
		(s->third < 0 || dup2(s->third, 3) >= 0))
		execve(s->path, s->argv, environ);
	s->errnum = errno;
	return SD_EXIT_FAILED;
}

/*
 * No page of the driver is copied, and it goes on once the stage has begun (CLONE_VFORK), as with
 * posix_spawn(3); which also calls sigaction(2) 130 times, a third of all that starting a small
 * program costs.
 */
static int spawn(const struct sd_strv *stage, struct start s, pid_t *pid, struct sd_err *e)
{
	sd_auto_free char *path = sd_toolkit_path(stage->v[0]);
	_Alignas(16) char stack[16384]; /* grows downwards where Linux runs containers */
	pid_t child;

	s.path = path;
	s.argv = stage->v;
	if (!path)
		return sd_fail(e, errno, "find the programs of the toolkit by /proc/self/exe");
	child = clone(become, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, &s);
	if (child < 0)
		return sd_fail(e, errno, "start %s", path);
	if (s.errnum) {
		waitpid(child, NULL, 0);
		return sd_fail(e, s.errnum, "run %s", path);
	}
	*pid = child;
	return 0;
}

/* Out of the way of 3, and of the descriptors that a stage's standard ones are made of. */
static int hold_third(int fd, int *third, struct sd_err *e)
{
	*third = fcntl(fd, F_DUPFD_CLOEXEC, 10);
	return *third < 0 ? sd_fail(e, errno, "duplicate descriptor %d", fd) : 0;
}

/* Those that could not be started have 0 in `pids`. */
static int spawn_all(const struct pipeline *p, struct ends ends, pid_t *pids, struct sd_err *e)
{
	sd_auto_fd int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sd_auto_fd int in = -1, third = -1;

	if (null < 0)
		return sd_fail(e, errno, "open /dev/null");
	if (p->two_inputs && !p->beside && hold_third(ends.third, &third, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++) {
		sd_auto_fd int out = -1;
		int next[2] = {-1, -1};
		int r;

		if (i && i == p->beside) {
			if (hold_third(in, &third, e) < 0)
				return -1;
			sd_close_fd(&in);
		}

		if (i + 1 < p->n && pipe2(next, O_CLOEXEC) < 0)
			return sd_fail(e, errno, "create a pipe");
		out = next[1];
		r = spawn(&p->stages[i],
			(struct start){
				.in = in >= 0		   ? in
				      : !i && ends.in >= 0 ? ends.in
							   : null,
				.out = out >= 0	       ? out
				       : ends.out >= 0 ? ends.out
						       : null,
				.third = i + 1 == p->n ? third : -1,
				.driver = i < ends.tied ? getpid() : 0,
			},
			&pids[i], e);
		sd_close_fd(&in);
		in = next[0];
		if (r < 0)
			return -1;
	}
	return 0;
}

struct running {
	const struct pipeline *p;
	pid_t *pids;
	int *statuses;
};

static void reap(struct running *all, size_t n, size_t *left)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < all[i].p->n; k++)
				if (all[i].pids[k] == pid) {
					all[i].statuses[k] = status;
					(*left)--;
				}
}

static void pass_on(int sig, const struct running *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		pid_t last = all[i].pids[all[i].p->n - 1];

		if (last > 0)
			kill(last, sig); /* ESRCH: it has just ended */
	}
}

static void wait_all(struct running *all, size_t n)
{
	size_t left = 0;
	siginfo_t info;
	sigset_t set;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all[i].p->n; k++)
			left += all[i].pids[k] > 0;
	held(&set);
	for (reap(all, n, &left); left; reap(all, n, &left)) {
		int sig = sigwaitinfo(&set, &info);

		if (sig > 0 && sig != SIGCHLD && info.si_code <= 0)
			pass_on(sig, all, n);
	}
}

/* A user who ends a command is not told so. */
static bool by_user(int sig)
{
	return sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT || sig == SIGPIPE;
}

static int code_of(int status)
{
	return WIFSIGNALED(status) ? SD_EXIT_SIGNAL_BASE + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * The first stage that failed has the reason: those after it read an empty document, and those
 * before it find nobody to read theirs, and both fail silently.
 */
static void judge(const pid_t *pids, const int *statuses, size_t n, struct outcome *o)
{
	*o = (struct outcome){.failed = n, .killed = n};
	for (size_t i = 0; i < n; i++) {
		int s = statuses[i];

		if (WIFSIGNALED(s) && !by_user(WTERMSIG(s)) && o->killed == n)
			o->killed = i;
		if ((pids[i] && s == 0) || o->failed < n ||
			(WIFSIGNALED(s) && WTERMSIG(s) == SIGPIPE && i + 1 < n))
			continue;
		o->failed = i;
		o->signalled = WIFSIGNALED(s);
		o->code = code_of(s);
	}
	o->last = pids[n - 1] ? code_of(statuses[n - 1]) : SD_EXIT_FAILED;
}

/* -1: as pipeline_run. */
static int conclude(const struct running *r, struct outcome *o, struct sd_err *e)
{
	char name[16];

	judge(r->pids, r->statuses, r->p->n, o);
	if (o->killed == r->p->n)
		return 0;
	return sd_fail(e, 0, "%s was killed by %s", r->p->stages[o->killed].v[0],
		sd_signal_name(WTERMSIG(r->statuses[o->killed]), name));
}

void pipelines_run(const struct pipeline *p, size_t n, struct ends ends, struct result *results)
{
	sd_auto_free struct running *all = sd_calloc(n, sizeof(*all));

	for (size_t i = 0; i < n; i++) {
		all[i] = (struct running){.p = &p[i],
			.pids = sd_calloc(p[i].n, sizeof(pid_t)),
			.statuses = sd_calloc(p[i].n, sizeof(int))};
		results[i].r = spawn_all(&p[i], ends, all[i].pids, &results[i].e);
	}
	/* Those that were started of a pipeline that was not see the end of their input and end. */
	wait_all(all, n);
	for (size_t i = 0; i < n; i++) {
		struct sd_err killed;
		int r = conclude(&all[i], &results[i].o, &killed);

		if (r < 0 && results[i].r == 0) {
			results[i].r = r;
			results[i].e = killed;
		}
		free(all[i].pids);
		free(all[i].statuses);
	}
}

int pipeline_run(const struct pipeline *p, struct ends ends, struct outcome *o, struct sd_err *e)
{
	struct result result;

	pipelines_run(p, 1, ends, &result);
	*o = result.o;
	if (result.r < 0)
		*e = result.e;
	return result.r;
}

int pipeline_answer(const struct pipeline *p, const struct vars *v, bool explain, struct sd_err *e)
{
	struct outcome o;

	if (explain) {
		pipeline_print(p, v, "", "");
		return 0;
	}
	if (pipeline_run(p, (struct ends){.in = -1, .out = STDOUT_FILENO}, &o, e) < 0)
		return -1;
	return o.code;
}

int pipeline_lines(const struct pipeline *p, struct sd_strv *lines, struct sd_err *e)
{
	sd_auto_free char *line = NULL;
	sd_auto_file FILE *f = NULL;
	int out = memfd_create("lines", MFD_CLOEXEC);
	struct outcome o;
	size_t size = 0;
	ssize_t n;
	int r;

	f = out < 0 ? NULL : fdopen(out, "r+");
	if (!f)
		return sd_fail(e, errno, "hold a list");
	r = pipeline_run(p, (struct ends){.in = -1, .out = out}, &o, e);
	rewind(f);
	while ((n = getline(&line, &size, f)) > 0) {
		line[n - (line[n - 1] == '\n')] = '\0';
		sd_strv_add(lines, line);
	}
	return r < 0 ? -1 : o.code;
}
