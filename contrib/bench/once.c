/* SPDX-License-Identifier: Apache-2.0 */
/*
 * once - run a command once and print: nanoseconds, kB of its largest process, wait status.
 *
 * A program of its own because a child's ru_maxrss (getrusage(2)) begins with what its parent had
 * before exec: measured from Python it would be Python's.  The command's stdout is /dev/null.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

int main(int argc, char **argv)
{
	extern char **environ;
	posix_spawn_file_actions_t files;
	struct timespec begin, end;
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 2)
		errx(125, "usage: once COMMAND [ARG]...");
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	errno = posix_spawnp(&pid, argv[1], &files, NULL, argv + 1, environ);
	if (errno)
		err(125, "%s", argv[1]);
	if (wait4(pid, &status, 0, &usage) < 0)
		err(125, "wait");
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%lld %ld %d\n",
		(end.tv_sec - begin.tv_sec) * 1000000000LL + end.tv_nsec - begin.tv_nsec,
		usage.ru_maxrss, status);
	return 0;
}
