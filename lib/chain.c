/* SPDX-License-Identifier: Apache-2.0 */
#include "chain.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cleanup.h"
#include "exec.h"
#include "io.h"
#include "store.h"
#include "str.h"

static const struct {
	const char *name;
	size_t where;
} members[] = {
	{"state", offsetof(struct sd_chain, state)},
	{"report", offsetof(struct sd_chain, report)},
	{"gate", offsetof(struct sd_chain, gate)},
	{"verdict", offsetof(struct sd_chain, verdict)},
	{"console", offsetof(struct sd_chain, console)},
	{"filter", offsetof(struct sd_chain, filter)},
};

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#define N_MEMBERS (sizeof(members) / sizeof(*members))

static int *member(const struct sd_chain *c, size_t i)
{
	return (int *)((char *)(uintptr_t)c + members[i].where);
}

void sd_chain_init(struct sd_chain *c)
{
	const char *env = getenv(SD_CHAIN_ENV);

	for (size_t i = 0; i < N_MEMBERS; i++) {
		size_t len = strlen(members[i].name);
		int *fd = member(c, i);

		*fd = -1;
		for (const char *p = env; p; p = strchr(p, ',')) {
			p += *p == ',';
			if (strncmp(p, members[i].name, len) == 0 && p[len] == '=')
				*fd = atoi(p + len + 1);
		}
		if (*fd < 3 || (fcntl(*fd, F_GETFD) < 0 && errno == EBADF))
			*fd = -1;
	}
}

char *sd_chain_env(const struct sd_chain *c)
{
	struct sd_buf b = {0};

	sd_buf_str(&b, SD_CHAIN_ENV "=");
	for (size_t i = 0; i < N_MEMBERS; i++)
		if (*member(c, i) >= 0)
			sd_buf_printf(&b, "%s%s=%d", b.data[b.len - 1] == '=' ? "" : ",",
				members[i].name, *member(c, i));
	return b.data;
}

int sd_chain_document(
	const struct sd_chain *c, int64_t state_fd, struct sd_json **doc, struct sd_err *e)
{
	int fd = state_fd >= 0 ? (int)state_fd : c->state;
	sd_auto_buf struct sd_buf text = {0};
	char chunk[16384];
	ssize_t n;

	if (state_fd < -1 || state_fd > INT_MAX)
		return sd_fail(e, 0, "--state-fd: %lld is not a descriptor", (long long)state_fd);
	if (fd < 0)
		return 0;
	/* pread leaves the offset alone: the links share the open file, each reads it all. */
	while ((n = pread(fd, chunk, sizeof(chunk), (off_t)text.len)) > 0) {
		sd_buf_add(&text, chunk, (size_t)n);
		if (text.len > SD_READ_MAX)
			return sd_fail(e, EFBIG, "read the document on descriptor %d", fd);
	}
	/* ESPIPE: a pipe, by hand; then it is this link's alone. */
	if (n < 0 && errno != ESPIPE)
		return sd_fail(e, errno, "read the document on descriptor %d", fd);
	if (n < 0 && sd_read_all(fd, "the document", SD_READ_MAX, &text, e) < 0)
		return -1;
	*doc = sd_json_parse(text.data, text.len, "document", e);
	if (!*doc)
		return -1;
	if (!sd_json_is_object(*doc)) {
		sd_json_unrefp(doc);
		return sd_fail(e, 0, "document: expected an object");
	}
	return 1;
}

/* One write each: lines shorter than PIPE_BUF do not mix.  A reader that is gone needs no news. */
static void send_line(int fd, const char *line)
{
	if (fd >= 0)
		(void)!sd_write_all(fd, line, strlen(line));
}

void sd_chain_report_pid(const struct sd_chain *c, pid_t pid)
{
	char line[32];

	snprintf(line, sizeof(line), "pid %d\n", (int)pid);
	send_line(c->report, line);
}

void sd_chain_report_ready(const struct sd_chain *c)
{
	send_line(c->report, "ready\n");
}

void sd_chain_report_failure(const struct sd_chain *c, int code, const char *text)
{
	sd_auto_free char *line = sd_printf("fail %d %s\n", code, text);

	send_line(c->report, line);
}

/* A read-only view of the one file, mounted nowhere: it lives as long as the descriptor. */
static int sealed_view(const char *path)
{
	struct mount_attr ro = {.attr_set = MOUNT_ATTR_RDONLY};
	sd_auto_fd int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &ro, sizeof(ro)) < 0)
		return -1;
	return sd_steal_fd(&fd);
}

/* A copy in memory that nobody can write to (memfd_create(2)). */
static int sealed_copy(const char *path)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	sd_auto_fd int in = open(path, O_RDONLY | O_CLOEXEC), copy = -1;
	ssize_t n;

	if (in < 0)
		return -1;
	copy = memfd_create("sealed", flags | MFD_EXEC);
	if (copy < 0 && errno == EINVAL) /* before Linux 6.3 all are executable */
		copy = memfd_create("sealed", flags);
	if (copy < 0)
		return -1;
	while ((n = sendfile(copy, in, NULL, 1 << 30)) > 0)
		;
	if (n < 0 || fcntl(copy, F_ADD_SEALS,
			     F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -1;
	return sd_steal_fd(&copy);
}

/* sd-nsenter forks in the pid namespace that it enters; sd-unshare sees to itself where it does. */
static bool must_seal(const char *name)
{
	return strcmp(name, "sd-nsenter") == 0 || sd_program_sealed() != 0;
}

static int open_sealed(const char *path)
{
	int fd = sealed_view(path);

	/* An ordinary user cannot clone a mount, and Linux before 5.12 cannot set it. */
	return fd < 0 ? sealed_copy(path) : fd;
}

/* It may look for its own successor by this; sd-confine has none, and is shown to the container. */
static void tell_path(struct sd_next *n, char **path)
{
	if (strcmp(n->argv[0], "sd-confine") != 0)
		n->argv[0] = sd_steal_ptr(path);
}

/* ENOENT: no /proc, or none of ours; then by hand a program of the root's own. */
static int not_ours(const char *name, struct sd_err *e)
{
	if (errno == ENOENT && !getenv(SD_CHAIN_ENV))
		return 0;
	/* In a chain that must not end in an image's sd-confine being run. */
	return sd_fail(e, errno, "find %s beside this program", name);
}

int sd_next_open(struct sd_next *n, char **argv, bool sealed, struct sd_err *e)
{
	static char fallback[] = "/bin/sh";
	static char *shell[2];
	sd_auto_free char *path = NULL;

	n->fd = -1;
	n->argv = argv;
	if (!argv[0]) {
		shell[0] = sealed ? NULL : getenv("SHELL");
		if (!shell[0] || !*shell[0])
			shell[0] = fallback;
		n->argv = shell;
	}
	if (!sd_starts_with(n->argv[0], "sd-") || strchr(n->argv[0], '/'))
		return 0;
	path = sd_toolkit_path(n->argv[0]);
	if (!path)
		return not_ours(n->argv[0], e);
	sealed = sealed || must_seal(n->argv[0]);
	n->fd = sealed ? open_sealed(path) : open(path, O_PATH | O_CLOEXEC);
	if (n->fd < 0)
		return errno == ENOENT ? not_ours(n->argv[0], e)
				       : sd_fail(e, errno, "open %s", path);
	if (sealed)
		tell_path(n, &path);
	return 0;
}

int sd_chain_seal(const char *name, char **argv, struct sd_err *e)
{
	sd_auto_free char **again = NULL;
	struct sd_next next;
	size_t n = 0;

	if (sd_program_sealed() > 0)
		return 0;
	while (argv[n])
		n++;
	again = sd_calloc(n + 2, sizeof(*again));
	again[0] = (char *)(uintptr_t)name;
	memcpy(again + 1, argv, n * sizeof(*again));
	if (sd_next_open(&next, again, true, e) < 0)
		return -1;
	/* No /proc: then there is no /proc/PID/exe by which it could be reached either. */
	return next.fd < 0 ? 0 : sd_next_exec(&next, e);
}

int sd_next_exec(const struct sd_next *n, struct sd_err *e)
{
	extern char **environ;

	if (n->fd >= 0) {
		syscall(SYS_execveat, n->fd, "", n->argv, environ, AT_EMPTY_PATH);
		return sd_fail_code(e, SD_EXIT_CANNOT_EXEC, errno, "run %s", n->argv[0]);
	}
	return sd_exec(n->argv, environ, getenv("PATH"), e);
}
