/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc says of a process (proc(5)), from outside: nothing of the container is run.
 *
 * A process writes its name and command line itself, as long as it likes and with any byte in
 * them: they are read up to a limit, and shown with escapes.
 */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"

#define FILE_MAX 4096	     /* stat is shorter; of status the rest is not needed */
#define ARGS_MAX (16u << 10) /* of a command line more is not shown */

void process_free(struct process *p)
{
	free(p->comm);
	free(p->args);
}

ssize_t process_read_file(int dirfd, const char *file, char *text, size_t size)
{
	sd_auto_fd int fd = openat(dirfd, file, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -1;
	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return n < 0 ? -1 : (ssize_t)len;
}

static bool is_control(const unsigned char *p)
{
	/* C1, as UTF-8 writes it: some terminals obey these too. */
	return *p < 0x20 || *p == 0x7f || (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0);
}

char *process_escape(const char *s)
{
	sd_auto_buf struct sd_buf b = {0};
	bool utf8 = sd_is_utf8(s);

	sd_buf_str(&b, "");
	for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
		if (!is_control(p) && (utf8 || *p < 0x80)) {
			sd_buf_add(&b, p, 1);
			continue;
		}
		sd_buf_printf(&b, "\\x%02x", *p);
		if (*p == 0xc2 && utf8)
			sd_buf_printf(&b, "\\x%02x", *++p);
	}
	return sd_steal_ptr(&b.data);
}

/* Cut inside a character, the whole would be taken for no UTF-8. */
static void cut_whole(char *s, size_t len)
{
	size_t end = len;

	while (end > 0 && len - end < 3 && ((unsigned char)s[end - 1] & 0xc0) == 0x80)
		end--;
	if (end > 0 && (unsigned char)s[end - 1] >= 0xc0)
		s[end - 1] = '\0';
}

static char *args_text(char *raw, size_t len, const char *comm)
{
	sd_auto_free char *shown = NULL;
	bool cut = len == ARGS_MAX;

	while (len && !raw[len - 1])
		len--;
	/* A thread of the kernel, or one whose memory is gone: as ps(1) shows it. */
	if (!len)
		return sd_printf("[%s]", comm);
	for (size_t i = 0; i < len; i++)
		raw[i] = raw[i] ? raw[i] : ' ';
	raw[len] = '\0';
	if (cut)
		cut_whole(raw, len);
	shown = process_escape(raw);
	return cut ? sd_printf("%s...", shown) : sd_steal_ptr(&shown);
}

/* "pid (comm) state ...": comm may hold anything, so count from the last ')'. */
static int parse_stat(struct process *p, char *stat)
{
	char *open = strchr(stat, '('), *close = strrchr(stat, ')');
	char *next;

	if (!open || !close || close < open || close[1] != ' ' || !close[2])
		return -1;
	*close = '\0';
	p->comm = process_escape(open + 1);
	p->state = close[2];
	next = close + 3;
	for (int field = 4; field < PROCESS_FIELDS; field++) {
		char *end;

		p->field[field] = strtoll(next, &end, 10);
		if (end == next)
			return -1;
		next = end;
	}
	return 0;
}

/* The effective user.  It stands before the groups, of which there can be many. */
static int parse_uid(struct process *p, const char *status)
{
	const char *line = strstr(status, "\nUid:\t");
	unsigned real;

	return line && sscanf(line, "\nUid:\t%u\t%u", &real, &p->uid) == 2 ? 0 : -1;
}

static int read_files(int dir, struct process *p)
{
	sd_auto_free char *args = sd_malloc(ARGS_MAX + 1);
	char text[FILE_MAX];
	ssize_t n;

	if (process_read_file(dir, "stat", text, sizeof(text)) < 0)
		return -1;
	errno = EPROTO;
	if (parse_stat(p, text) < 0 || process_read_file(dir, "status", text, sizeof(text)) < 0)
		return -1;
	errno = EPROTO;
	if (parse_uid(p, text) < 0)
		return -1;
	n = process_read_file(dir, "cmdline", args, ARGS_MAX + 1);
	if (n < 0)
		return -1;
	p->args = args_text(args, (size_t)n, p->comm);
	return 0;
}

int process_read(pid_t pid, struct process *p, struct sd_err *e)
{
	char path[32];
	sd_auto_fd int dir = -1;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	p->pid = pid;
	/* By one descriptor: all of it is of the same process. */
	if (dir >= 0 && read_files(dir, p) == 0)
		return 1;
	if (errno == ENOENT || errno == ESRCH)
		return 0;
	return sd_fail(e, errno,
		errno == EPROTO ? "read %s: not in the form of proc(5)" : "read %s", path);
}
