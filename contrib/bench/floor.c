/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor - what the kernel itself costs: the least that a container's start and end can take.
 *
 *	floor LOWER DIR COMMAND [ARG]...
 *
 * One program, no options, no checks beyond success: the cgroups, namespaces and mounts that
 * `sdocker run --rm --network none` makes by default, in the order that the kernel wants, then
 * execve, wait, and removal of what the kernel does not remove.  LOWER is a root directory, DIR
 * an empty one for upper, work and root.  Nobody should run containers with it: no capability is
 * dropped, no system call filtered, no path distrusted.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_HIERARCHIES = 16, PATH = 512 };

#define NSDE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct {
	const char *type, *target, *data;
	unsigned long flags;
} mounts[] = {
	{"proc", "proc", NULL, NSDE},
	{"tmpfs", "dev", "mode=755,size=65536k", MS_NOSUID},
	{"devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=0620,gid=5", MS_NOSUID | MS_NOEXEC},
	{"mqueue", "dev/mqueue", NULL, NSDE},
	{"tmpfs", "dev/shm", "mode=1777,size=65536k", NSDE},
	{"sysfs", "sys", NULL, NSDE | MS_RDONLY},
	{"tmpfs", "sys/fs/cgroup", "mode=755", NSDE},
};

static const struct {
	const char *source, *target;
} binds[] = {
	{"proc/bus", "proc/bus"},
	{"proc/fs", "proc/fs"},
	{"proc/irq", "proc/irq"},
	{"proc/sys", "proc/sys"},
	{"/dev/null", "proc/interrupts"},
	{"/dev/null", "proc/keys"},
	{"/dev/null", "proc/timer_list"},
};

static const char *const masked[] = {"proc/acpi", "sys/firmware"};

static const struct {
	const char *name;
	unsigned major, minor;
} devices[] = {{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9},
	{"tty", 5, 0}};

static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"},
	{"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
	{"/proc/self/fd/2", "dev/stderr"}, {"pts/ptmx", "dev/ptmx"}};

struct hierarchy {
	char mount[PATH], options[PATH], group[2 * PATH];
	char version;
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define MUST(call)                                                                                 \
	do {                                                                                       \
		if ((call) < 0)                                                                    \
			err(125, "%s", #call);                                                     \
	} while (0)

/* proc_pid_mountinfo(5): the fields after " - " are type, source and options of the superblock. */
static size_t find_hierarchies(struct hierarchy *h)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[4 * PATH], type[32];
	size_t n = 0;

	while (f && n < MAX_HIERARCHIES && fgets(line, sizeof(line), f)) {
		char *tail = strstr(line, " - cgroup");

		if (!tail || sscanf(line, "%*s %*s %*s %*s %511s", h[n].mount) != 1 ||
			sscanf(tail, " - %31s %*s %511s", type, h[n].options) != 2)
			continue;
		h[n].version = type[6] == '2' ? '2' : '1';
		snprintf(h[n].group, sizeof(h[n].group), "%s/floor-%d", h[n].mount, getpid());
		n++;
	}
	return n;
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(125, "write %s", path);
	close(fd);
}

/* A v1 cpuset takes no process before it has cpus and mems. */
static void copy_cpuset(const struct hierarchy *h, const char *name)
{
	char path[3 * PATH], value[PATH];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", h->mount, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, value, sizeof(value) - 1);
	close(fd);
	if (n <= 0)
		return; /* ENOENT: not the cpuset hierarchy */
	value[n] = '\0';
	snprintf(path, sizeof(path), "%s/%s", h->group, name);
	write_file(path, value);
}

static void make_cgroups(const struct hierarchy *h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		MUST(mkdir(h[i].group, 0755));
		if (h[i].version == '1') {
			copy_cpuset(&h[i], "cpuset.cpus");
			copy_cpuset(&h[i], "cpuset.mems");
		}
	}
}

/*
 * A thread that moves itself by v1's `tasks`, and a child that is born in a cgroup2 directory, take
 * no lock that waits for an RCU grace period; to write cgroup.procs does (4 to 13 ms).
 */
static void join_cgroups(const struct hierarchy *h, size_t n)
{
	char path[3 * PATH];

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/tasks", h[i].group);
		if (h[i].version == '1')
			write_file(path, "0");
	}
}

static pid_t fork_container(const struct hierarchy *h, size_t n)
{
	struct clone_args a = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC,
		.exit_signal = SIGCHLD};
	int group = -1;
	pid_t pid;

	for (size_t i = 0; i < n; i++)
		if (h[i].version == '2')
			MUST(group = open(h[i].group, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (group >= 0) {
		a.flags |= CLONE_INTO_CGROUP;
		a.cgroup = (unsigned)group;
	}
	pid = (pid_t)syscall(SYS_clone3, &a, sizeof(a));
	MUST(pid);
	if (pid)
		close(group);
	return pid;
}

static void mount_cgroups(const struct hierarchy *h, size_t n)
{
	char target[2 * PATH];

	for (size_t i = 0; i < n; i++) {
		snprintf(target, sizeof(target), "sys/fs/cgroup/%s", strrchr(h[i].mount, '/') + 1);
		mkdir(target, 0755);
		if (n == 1)
			snprintf(target, sizeof(target), "sys/fs/cgroup");
		MUST(mount(h[i].mount, target, NULL, MS_BIND, NULL));
		MUST(mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | NSDE | MS_RDONLY, NULL));
	}
}

static void fill_dev(void)
{
	char path[64];

	umask(0);
	for (size_t i = 0; i < COUNT(devices); i++) {
		snprintf(path, sizeof(path), "dev/%s", devices[i].name);
		MUST(mknod(path, S_IFCHR | 0666, makedev(devices[i].major, devices[i].minor)));
	}
	for (size_t i = 0; i < COUNT(links); i++)
		MUST(symlink(links[i][0], links[i][1]));
}

static void make_root(const char *lower, const char *dir, const struct hierarchy *h, size_t n)
{
	char options[4 * PATH];

	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	MUST(chdir(dir));
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s/upper,workdir=%s/work", lower,
		dir, dir);
	MUST(mount("overlay", "root", "overlay", 0, options));
	MUST(chdir("root"));
	for (size_t i = 0; i < COUNT(mounts); i++) {
		mkdir(mounts[i].target, 0755); /* EEXIST: the image has it, or the file system */
		MUST(mount(mounts[i].type, mounts[i].target, mounts[i].type, mounts[i].flags,
			mounts[i].data));
	}
	mount_cgroups(h, n);
	fill_dev();
	for (size_t i = 0; i < COUNT(binds); i++) {
		MUST(mount(binds[i].source, binds[i].target, NULL, MS_BIND, NULL));
		MUST(mount(NULL, binds[i].target, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | NSDE,
			NULL));
	}
	for (size_t i = 0; i < COUNT(masked); i++)
		mount("tmpfs", masked[i], "tmpfs", MS_RDONLY | NSDE, "nr_inodes=1"); /* ENOENT */
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(umount2(".", MNT_DETACH));
	MUST(chdir("/"));
}

int main(int argc, char **argv)
{
	static struct hierarchy h[MAX_HIERARCHIES];
	static const char *const parts[] = {"root", "upper", "work"};
	size_t n = find_hierarchies(h);
	int status;
	pid_t pid;

	if (argc < 4)
		errx(125, "usage: floor LOWER DIR COMMAND [ARG]...");
	MUST(chdir(argv[2]));
	for (size_t i = 0; i < COUNT(parts); i++)
		MUST(mkdir(parts[i], 0755));
	make_cgroups(h, n);
	pid = fork_container(h, n);
	if (pid == 0) {
		join_cgroups(h, n);
		MUST(unshare(CLONE_NEWCGROUP)); /* its root is where the caller stands */
		MUST(sethostname("floor", 5));
		make_root(argv[1], argv[2], h, n);
		execv(argv[3], argv + 3);
		err(127, "%s", argv[3]);
	}
	MUST(waitpid(pid, &status, 0));
	for (size_t i = 0; i < n; i++)
		MUST(rmdir(h[i].group));
	rmdir("work/work"); /* overlayfs's own */
	for (size_t i = 0; i < COUNT(parts); i++)
		rmdir(parts[i]); /* ENOTEMPTY: the command wrote something; the caller cleans */
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
