/* SPDX-License-Identifier: Apache-2.0 */
/*
 * swap DIR A B - exchange the names A and B in DIR until killed, or until the parent has died.
 *
 * Whoever walks the path DIR/A meets now the one, now the other: a directory when it is checked
 * and a link to the host when it is used.  Process role: child of a test, ended by SIGTERM; then
 * the number of exchanges is printed, so that the test can tell that there was a race at all.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int sig)
{
	ended = 1;
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = end};
	long n = 0;
	int dir;

	if (argc != 4)
		errx(2, "usage: swap DIR A B");
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || sigaction(SIGTERM, &action, NULL) < 0)
		err(2, "arrange for the end");
	dir = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		err(2, "%s", argv[1]);
	while (!ended) {
		if (renameat2(dir, argv[2], dir, argv[3], RENAME_EXCHANGE) == 0)
			n++;
		else if (errno != EBUSY) /* one of them is mounted on for a moment */
			err(1, "exchange %s and %s", argv[2], argv[3]);
	}
	printf("%ld\n", n);
	return 0;
}
