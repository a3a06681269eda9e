/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject - run a command, and kill or fail one system call of one process below it.
 *
 *	inject -l LIST [-w MS] -- COMMAND...		write "PROGRAM<tab>CALL<tab>N" lines
 *	inject -p PROGRAM -c CALL -n N -k -- COMMAND...		SIGKILL at its N-th CALL, not made
 *	inject -p PROGRAM -c CALL -n N -e ERRNO -- COMMAND...	the call fails, and is not made
 *
 * A program is the name and first word of a command line ("sd-state new"; "sd-unshare" where an
 * option follows), and one "+" more for each fork since its exec.  A call is the name of a system
 * call, with fcntl(2)'s command after a dot.  They are counted from 1, each name by itself, over
 * all processes of the program.  Exits as the command does; -r FILE gets "CALL PATH" when N was
 * reached.
 *
 * strace(1) injects too, but counts in each process alone and in all of them, so that it cannot
 * mean one; put in front of a program it changes who its parent is, and is not in the new root
 * that a chain goes on in.
 *
 * Processes that outlive the command are traced for MS more (1000); then they go on alone.
 */
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <seccomp.h>

#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
		PTRACE_O_TRACEEXEC)
#define PROGRAMS_MAX  256
#define PROCESSES_MAX 512
#define NAME_MAX_LEN  64
#define CALLS_MAX     128

struct count {
	char name[32];
	unsigned n;
};

struct program {
	char name[NAME_MAX_LEN];
	struct count calls[CALLS_MAX];
};

struct process {
	pid_t pid;
	struct program *program; /* NULL: its parent's news of it has not come yet */
	bool held;		 /* stopped until it comes */
	bool failing;		 /* between the entry and the exit of the call that fails */
};

struct tracer {
	const char *target, *call, *reached;
	unsigned n;
	int error; /* 0: kill */
	FILE *list;
	int linger;
	struct program programs[PROGRAMS_MAX];
	struct process processes[PROCESSES_MAX];
	pid_t first;
	int status;
};

static struct program *program_named(struct tracer *t, const char *name)
{
	for (size_t i = 0; i < PROGRAMS_MAX; i++) {
		struct program *p = &t->programs[i];

		if (!p->name[0])
			snprintf(p->name, sizeof(p->name), "%s", name);
		if (strcmp(p->name, name) == 0)
			return p;
	}
	errx(125, "more than %d programs", PROGRAMS_MAX);
}

/* pid 0 finds a free place. */
static struct process *process_of(struct tracer *t, pid_t pid)
{
	for (size_t i = 0; i < PROCESSES_MAX; i++)
		if (t->processes[i].pid == pid)
			return &t->processes[i];
	return NULL;
}

static struct process *process_add(struct tracer *t, pid_t pid)
{
	struct process *p = process_of(t, 0);

	if (!p)
		errx(125, "more than %d processes", PROCESSES_MAX);
	*p = (struct process){.pid = pid};
	return p;
}

static bool is_word(const char *s)
{
	return *s >= 'a' && *s <= 'z' && strspn(s, "abcdefghijklmnopqrstuvwxyz") == strlen(s);
}

static struct program *program_of_pid(struct tracer *t, pid_t pid)
{
	char path[32], line[256] = "", name[NAME_MAX_LEN];
	const char *base, *word;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "re");
	if (f) {
		line[fread(line, 1, sizeof(line) - 2, f)] = '\0';
		fclose(f);
	}
	base = strrchr(line, '/') ? strrchr(line, '/') + 1 : line;
	word = base + strlen(base) + 1;
	if (is_word(word))
		snprintf(name, sizeof(name), "%.30s %.30s", base, word);
	else
		snprintf(name, sizeof(name), "%.30s", base);
	return program_named(t, name);
}

static void go_on(pid_t pid, int sig)
{
	ptrace(PTRACE_SYSCALL, pid, 0, sig); /* ESRCH: it was killed meanwhile */
}

static void set_call(pid_t pid, bool entry, long value)
{
#if defined(__x86_64__)
	size_t where = entry ? offsetof(struct user_regs_struct, orig_rax)
			     : offsetof(struct user_regs_struct, rax);

	ptrace(PTRACE_POKEUSER, pid, where, value);
#elif defined(__aarch64__)
	struct user_regs_struct regs;
	int call = (int)value;
	struct iovec one = {&call, sizeof(call)}, all = {&regs, sizeof(regs)};

	if (entry) {
		ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &one);
		return;
	}
	ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &all);
	regs.regs[0] = (unsigned long long)value;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &all);
#else
#error "which register holds a system call's number and result on this machine?"
#endif
}

static void name_call(char *name, size_t size, unsigned long long nr, const __uint64_t *a)
{
	char *text = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)nr);

	if (text && strcmp(text, "fcntl") == 0)
		snprintf(name, size, "fcntl.%llu", (unsigned long long)a[1]);
	else
		snprintf(name, size, "%s", text ? text : "?");
	free(text);
}

/* Which of its name this call is, from 1. */
static unsigned count_call(struct program *p, const char *name)
{
	for (size_t i = 0; i < CALLS_MAX; i++) {
		struct count *c = &p->calls[i];

		if (!c->name[0])
			snprintf(c->name, sizeof(c->name), "%s", name);
		if (strcmp(c->name, name) == 0)
			return ++c->n;
	}
	errx(125, "more than %d different calls", CALLS_MAX);
}

static const char *descriptor_path(pid_t pid, int fd, char *buf, size_t size)
{
	char link[48];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
	n = readlink(link, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

/* What the call is about: the path that it names, or that its descriptor has. */
static const char *subject(pid_t pid, const char *call, const __uint64_t *a, char *buf, size_t size)
{
	static const char *const first[] = {"open", "access", "mkdir", "rmdir", "unlink",
		"readlink", "execve", "chdir", "rename", "umount2", "statfs"};
	static const char *const second[] = {"symlink", "mount", "openat", "openat2", "mkdirat",
		"mknodat", "unlinkat", "readlinkat", "faccessat", "faccessat2", "newfstatat",
		"statx", "renameat", "renameat2", "open_tree", "fchmodat", "fchownat", "utimensat"};
	struct iovec to = {buf, size - 1}, from = {NULL, size - 1};

	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
		if (strcmp(call, first[i]) == 0)
			from.iov_base = (void *)(uintptr_t)a[0];
	for (size_t i = 0; i < sizeof(second) / sizeof(*second); i++)
		if (strcmp(call, second[i]) == 0)
			from.iov_base = (void *)(uintptr_t)a[1];
	memset(buf, 0, size);
	/* A string near the end of what is mapped: less is readable. */
	while (from.iov_base && from.iov_len && process_vm_readv(pid, &to, 1, &from, 1, 0) < 0)
		to.iov_len = from.iov_len /= 2;
	return *buf ? buf : descriptor_path(pid, (int)a[0], buf, size);
}

static void reach(struct tracer *t, struct process *p, const char *call, const __uint64_t *a)
{
	FILE *f = t->reached ? fopen(t->reached, "we") : NULL;
	char path[4096];

	if (f) {
		fprintf(f, "%s %s\n", call, subject(p->pid, call, a, path, sizeof(path)));
		fclose(f);
	}
	if (!t->error) {
		kill(p->pid, SIGKILL);
		return;
	}
	set_call(p->pid, true, -1);
	p->failing = true;
}

static void on_entry(
	struct tracer *t, struct process *p, unsigned long long nr, const __uint64_t *a)
{
	char name[32];
	unsigned n;

	name_call(name, sizeof(name), nr, a);
	n = count_call(p->program, name);
	if (t->list)
		fprintf(t->list, "%s\t%s\t%u\n", p->program->name, name, n);
	else if (n == t->n && strcmp(name, t->call) == 0 &&
		 strcmp(p->program->name, t->target) == 0)
		reach(t, p, name, a);
}

static void on_call(struct tracer *t, struct process *p)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY && p->program) {
		on_entry(t, p, info.entry.nr, info.entry.args);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && p->failing) {
		set_call(p->pid, false, -t->error);
		p->failing = false;
	}
}

static void on_fork(struct tracer *t, const struct process *parent)
{
	char name[NAME_MAX_LEN];
	struct process *child;
	unsigned long pid = 0;

	ptrace(PTRACE_GETEVENTMSG, parent->pid, 0, &pid);
	if (!pid)
		return;
	child = process_of(t, (pid_t)pid);
	if (!child)
		child = process_add(t, (pid_t)pid);
	snprintf(name, sizeof(name), "%.62s+", parent->program ? parent->program->name : "");
	child->program = program_named(t, name);
	if (child->held)
		go_on(child->pid, 0);
	child->held = false;
}

static void on_stop(struct tracer *t, struct process *p, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	if (sig == (SIGTRAP | 0x80)) {
		on_call(t, p);
		go_on(p->pid, 0);
	} else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
		   event == PTRACE_EVENT_CLONE) {
		on_fork(t, p);
		go_on(p->pid, 0);
	} else if (event == PTRACE_EVENT_EXEC) {
		p->program = program_of_pid(t, p->pid);
		go_on(p->pid, 0);
	} else if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		ptrace(PTRACE_LISTEN, p->pid, 0, 0); /* stopped by job control */
	} else if (event == PTRACE_EVENT_STOP && !p->program) {
		p->held = true;
	} else {
		go_on(p->pid, event ? 0 : sig);
	}
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void on_change(struct tracer *t, pid_t pid, int status, long *deadline)
{
	struct process *p = process_of(t, pid);

	if (WIFSTOPPED(status)) {
		on_stop(t, p ? p : process_add(t, pid), status);
		return;
	}
	if (p)
		*p = (struct process){0};
	if (pid != t->first)
		return;
	t->status = status;
	*deadline = now_ms() + t->linger;
}

/* Until nobody is left, or the command has ended and its time to linger is over. */
static void trace(struct tracer *t)
{
	struct timespec pause = {0, 500000};
	long deadline = 0;
	int status;

	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL | (deadline ? WNOHANG : 0));

		if (pid > 0)
			on_change(t, pid, status, &deadline);
		else if (pid < 0 && errno != EINTR)
			return;
		else if (deadline && now_ms() > deadline)
			return;
		else if (pid == 0)
			nanosleep(&pause, NULL);
	}
}

static void begin(struct tracer *t, char **argv)
{
	int gate[2];
	char byte;

	if (pipe(gate) < 0)
		err(125, "pipe");
	t->first = fork();
	if (t->first < 0)
		err(125, "fork");
	if (t->first == 0) {
		close(gate[1]);
		(void)!read(gate[0], &byte, 1);
		close(gate[0]);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	if (ptrace(PTRACE_SEIZE, t->first, 0, OPTIONS) < 0)
		err(125, "trace");
	process_add(t, t->first)->program = program_named(t, "-");
	close(gate[0]);
	close(gate[1]);
}

int main(int argc, char **argv)
{
	static struct tracer t = {.linger = 1000};
	int c;

	while ((c = getopt(argc, argv, "+l:p:c:n:ke:r:w:")) != -1) {
		if (c == 'l')
			t.list = fopen(optarg, "we");
		else if (c == 'p')
			t.target = optarg;
		else if (c == 'c')
			t.call = optarg;
		else if (c == 'n')
			t.n = (unsigned)atoi(optarg);
		else if (c == 'k')
			t.error = 0;
		else if (c == 'e')
			t.error = atoi(optarg);
		else if (c == 'r')
			t.reached = optarg;
		else if (c == 'w')
			t.linger = atoi(optarg);
		else
			return 125;
	}
	if ((!t.list && !(t.target && t.call)) || !argv[optind])
		errx(125, "usage: inject -l LIST | -p PROGRAM -c CALL -n N -k|-e ERRNO -- "
			  "COMMAND...");
	begin(&t, argv + optind);
	trace(&t);
	if (t.list)
		fclose(t.list);
	return WIFSIGNALED(t.status) ? 128 + WTERMSIG(t.status) : WEXITSTATUS(t.status);
}
