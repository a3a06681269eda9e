/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe - system calls that an inmate tries and no shell can make.
 *
 *	probe NAME [ARG]...	one attempt: "NAME ok", or "NAME" and the name of the errno
 *	probe			all that need no argument, one line each
 *
 * Linked statically, so that it runs in any root.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/tiocl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long call_add_key(char **arg)
{
	return syscall(SYS_add_key, "user", "probe", "x", 1, KEY_SPEC_SESSION_KEYRING);
}

static long call_af_alg(char **arg)
{
	return socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static long call_af_packet(char **arg)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static long call_af_vsock(char **arg)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}

static long call_bpf(char **arg)
{
	char attr[128] = {0};

	return syscall(SYS_bpf, 0, attr, sizeof(attr));
}

static long call_clone_newuser(char **arg)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return pid;
}

static long call_clone3_newuser(char **arg)
{
	struct {
		unsigned long long flags, unused[7];
	} args = {.flags = CLONE_NEWUSER};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return pid;
}

static long call_fsopen(char **arg)
{
	return syscall(SYS_fsopen, "tmpfs", 0);
}

static long call_io_uring(char **arg)
{
	char params[256] = {0};

	return syscall(SYS_io_uring_setup, 4, params);
}

static long call_kexec(char **arg)
{
	return syscall(SYS_kexec_load, 0, 0, NULL, 0);
}

static long call_keyctl(char **arg)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
}

static long call_mknod_disk(char **arg)
{
	return mknod("/tmp/disk", S_IFBLK | 0600, 8 << 8);
}

/* A node may be made, for images need them; it must not open. */
static long call_open_kmsg(char **arg)
{
	unlink("/tmp/kmsg");
	if (mknod("/tmp/kmsg", S_IFCHR | 0600, 1 << 8 | 11) < 0)
		return -1;
	return open("/tmp/kmsg", O_RDONLY | O_NONBLOCK);
}

static long call_mount(char **arg)
{
	return mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
}

static long call_mount_cgroup(char **arg)
{
	return mount("cgroup", "/tmp", "cgroup", 0, "rdma");
}

static long call_move_mount(char **arg)
{
	return syscall(SYS_move_mount, AT_FDCWD, "/proc", AT_FDCWD, "/tmp", 0);
}

static long call_open_by_handle(char **arg)
{
	char handle[32] = {0};

	return syscall(SYS_open_by_handle_at, AT_FDCWD, handle, O_RDONLY);
}

static long call_perf(char **arg)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .type = PERF_TYPE_SOFTWARE};

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static long call_personality(char **arg)
{
	return personality(READ_IMPLIES_EXEC);
}

static long call_pivot_root(char **arg)
{
	return syscall(SYS_pivot_root, "/tmp", "/tmp");
}

static long call_reboot(char **arg)
{
	return syscall(SYS_reboot, 0, 0, 0, NULL); /* wrong magic: EINVAL where it were allowed */
}

static long call_setns(char **arg)
{
	return setns(open("/proc/1/ns/net", O_RDONLY), CLONE_NEWNET);
}

static long call_swapon(char **arg)
{
	return swapon("/tmp/none", 0);
}

static long call_unshare(char **arg)
{
	return unshare(CLONE_NEWNS);
}

static long call_unshare_user(char **arg)
{
	return unshare(CLONE_NEWUSER);
}

static long call_unshare_cgroup(char **arg)
{
	return unshare(CLONE_NEWCGROUP);
}

static long call_userfaultfd(char **arg)
{
	return syscall(SYS_userfaultfd, 0);
}

/* ---- with arguments */

/* To the terminal of a descriptor; what it reads next is ours. */
static long call_tiocsti(char **arg)
{
	return ioctl(atoi(arg[0]), TIOCSTI, "x");
}

static long call_tioclinux(char **arg)
{
	char what = TIOCL_PASTESEL;

	return ioctl(atoi(arg[0]), TIOCLINUX, &what);
}

static long call_ptrace(char **arg)
{
	return ptrace(PTRACE_SEIZE, atoi(arg[0]), NULL, NULL);
}

static long call_getfd(char **arg)
{
	long pidfd = syscall(SYS_pidfd_open, atoi(arg[0]), 0);

	return pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, atoi(arg[1]), 0);
}

static long call_open(char **arg)
{
	return open(arg[0], O_RDONLY | O_NONBLOCK);
}

static long call_write(char **arg)
{
	return open(arg[0], O_WRONLY | O_NONBLOCK);
}

static const struct {
	const char *name;
	long (*call)(char **arg);
	int args;
} calls[] = {
	{"add_key", call_add_key, 0},
	{"af_alg", call_af_alg, 0},
	{"af_packet", call_af_packet, 0},
	{"af_vsock", call_af_vsock, 0},
	{"bpf", call_bpf, 0},
	{"clone_newuser", call_clone_newuser, 0},
	{"clone3_newuser", call_clone3_newuser, 0},
	{"fsopen", call_fsopen, 0},
	{"io_uring", call_io_uring, 0},
	{"kexec", call_kexec, 0},
	{"keyctl", call_keyctl, 0},
	{"mknod_disk", call_mknod_disk, 0},
	{"open_kmsg", call_open_kmsg, 0},
	{"mount", call_mount, 0},
	{"mount_cgroup", call_mount_cgroup, 0},
	{"move_mount", call_move_mount, 0},
	{"open_by_handle", call_open_by_handle, 0},
	{"perf", call_perf, 0},
	{"personality", call_personality, 0},
	{"pivot_root", call_pivot_root, 0},
	{"reboot", call_reboot, 0},
	{"setns", call_setns, 0},
	{"swapon", call_swapon, 0},
	{"unshare", call_unshare, 0},
	{"unshare_user", call_unshare_user, 0},
	{"unshare_cgroup", call_unshare_cgroup, 0},
	{"userfaultfd", call_userfaultfd, 0},
	{"tiocsti", call_tiocsti, 1},
	{"tioclinux", call_tioclinux, 1},
	{"ptrace", call_ptrace, 1},
	{"getfd", call_getfd, 2},
	{"open", call_open, 1},
	{"write", call_write, 1},
};

#define N_CALLS (sizeof(calls) / sizeof(*calls))

static void attempt(size_t i, char **arg)
{
	long r = calls[i].call(arg);

	printf("%s %s\n", calls[i].name, r >= 0 ? "ok" : strerrorname_np(errno));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	/* Each in a process of its own: one that succeeds must not change what the next one meets.
	 */
	for (size_t i = 0; argc == 1 && i < N_CALLS; i++) {
		pid_t pid = calls[i].args ? -1 : fork();

		if (pid == 0) {
			attempt(i, NULL);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	for (size_t i = 0; argc > 1 && i < N_CALLS; i++) {
		if (strcmp(calls[i].name, argv[1]) != 0)
			continue;
		if (argc - 2 != calls[i].args)
			errx(2, "%s: takes %d arguments", argv[1], calls[i].args);
		attempt(i, argv + 2);
		return 0;
	}
	return argc > 1 ? 2 : 0;
}
