/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "cleanup.h"
#include "sd-monitor.h"

int streams_parse(const char *text, int fd[3], struct sd_err *e)
{
	const char *p = text;

	for (int i = 0; i < 3; i++) {
		char *end;
		long n = strtol(p, &end, 10);

		if (end == p || n < 0 || n > 1 << 20 || *end != (i < 2 ? ',' : '\0'))
			return sd_fail(
				e, 0, "--stdio: '%s' is not three descriptors (like 3,4,5)", text);
		fd[i] = (int)n;
		p = end + 1;
	}
	return 0;
}

/* May the program have this very file?  See struct streams for why not every kind. */
static bool harmless(const struct stat *st)
{
	if (S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode))
		return true;
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

static int open_null(int *fd, struct sd_err *e)
{
	*fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return *fd < 0 ? sd_fail(e, errno, "open /dev/null") : 0;
}

static int open_pipe(struct streams *s, int i, struct sd_err *e)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return sd_fail(e, errno, "create a pipe");
	s->program[i] = p[i ? 1 : 0];
	s->ours[i] = p[i ? 0 : 1];
	return 0;
}

static int open_stream(struct streams *s, int i, bool wanted, struct sd_err *e)
{
	struct stat st;

	if (!wanted)
		return open_null(&s->program[i], e);
	if (!s->foreground || s->copied)
		return open_pipe(s, i, e);
	if (fstat(s->user[i], &st) < 0)
		return errno == EBADF ? open_null(&s->program[i], e)
				      : sd_fail(e, errno, "look at descriptor %d", s->user[i]);
	if (!harmless(&st))
		return open_pipe(s, i, e);
	s->program[i] = fcntl(s->user[i], F_DUPFD_CLOEXEC, 10);
	return s->program[i] < 0 ? sd_fail(e, errno, "duplicate descriptor %d", s->user[i]) : 0;
}

/* stdout and stderr on one terminal or file share one pipe, so that their order is kept. */
static bool one_output(const struct streams *s)
{
	struct stat a, b;

	return s->foreground && !s->copied && fstat(s->user[1], &a) == 0 &&
	       fstat(s->user[2], &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int open_all_null(struct streams *s, struct sd_err *e)
{
	for (int i = 0; i < 3; i++)
		if (open_null(&s->program[i], e) < 0)
			return -1;
	return 0;
}

static int open_all(struct streams *s, struct sd_err *e)
{
	/* A link of the chain puts the pty of the container's own devpts in their place. */
	if (s->terminal)
		return open_all_null(s, e);
	if (open_stream(s, 0, s->with_stdin, e) < 0 || open_stream(s, 1, true, e) < 0)
		return -1;
	if (!one_output(s))
		return open_stream(s, 2, true, e);
	s->program[2] = fcntl(s->program[1], F_DUPFD_CLOEXEC, 10);
	return s->program[2] < 0 ? sd_fail(e, errno, "duplicate standard output") : 0;
}

static void init(struct streams *s)
{
	*s = (struct streams){.copied = s->copied,
		.user = {-1, -1, -1},
		.program = {-1, -1, -1},
		.ours = {-1, -1, -1}};
}

int streams_open_none(struct streams *s, const struct sd_json *doc, struct sd_err *e)
{
	init(s);
	if (sd_json_bool(doc, &s->terminal, e, "config.process.terminal") < 0)
		return -1;
	return open_all_null(s, e);
}

int streams_open(struct streams *s, const struct sd_json *doc, const char *stdio, struct sd_err *e)
{
	init(s);
	s->foreground = stdio != NULL;
	if (stdio && streams_parse(stdio, s->user, e) < 0)
		return -1;
	if (sd_json_bool(doc, &s->terminal, e, "config.process.terminal") < 0 ||
		sd_json_bool(doc, &s->with_stdin, e, "want.stdin") < 0)
		return -1;
	if (s->foreground && s->terminal && s->with_stdin && !isatty(s->user[0])) {
		sd_fail(e, 0, "the input device is not a TTY");
		return sd_hint(e, "-t wants a terminal; -i alone reads from a pipe or a file");
	}
	return open_all(s, e);
}

void streams_close_program(struct streams *s)
{
	for (int i = 0; i < 3; i++)
		sd_close_fd(&s->program[i]);
}
