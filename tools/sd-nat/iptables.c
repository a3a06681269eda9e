/* SPDX-License-Identifier: Apache-2.0 */
/* The system's iptables, which may be nft's or the legacy one: read, and changed in one go. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "exec.h"
#include "io.h"
#include "sd-nat.h"
#include "store.h"

#define SAVE_MAX (64u << 20)

void firewall_free(struct firewall *f)
{
	sd_strv_free(&f->nat);
	sd_strv_free(&f->filter);
}

void change_free(struct change *c)
{
	sd_buf_free(&c->nat);
	sd_buf_free(&c->filter);
}

int firewall_lock(struct sd_err *e)
{
	sd_auto_free char *dir = sd_store_run("%s", ""), *path = sd_store_run("nat.lock");
	sd_auto_fd int fd = -1;

	if (sd_mkdir_p(dir, 0700, e) < 0)
		return -1;
	/* Not closed on exec: were this process killed, iptables would still be at work. */
	fd = open(path, O_RDWR | O_CREAT, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return sd_fail(e, errno, "lock %s", path);
	return sd_steal_fd(&fd);
}

/* In files without names, so that no pipe can fill up. */
struct io {
	int in, out, err;
};

static void io_close(struct io *io)
{
	sd_close_fd(&io->in);
	sd_close_fd(&io->out);
	sd_close_fd(&io->err);
}

static int io_open(struct io *io, const struct sd_buf *in, struct sd_err *e)
{
	io->in = memfd_create("in", MFD_CLOEXEC);
	io->out = memfd_create("out", MFD_CLOEXEC);
	io->err = memfd_create("err", MFD_CLOEXEC);
	if (io->in < 0 || io->out < 0 || io->err < 0 ||
		(in && sd_write_all(io->in, in->data, in->len) < 0) ||
		lseek(io->in, 0, SEEK_SET) < 0)
		return sd_fail(e, errno, "memfd_create");
	return 0;
}

static int find(const char *program, char **path, struct sd_err *e)
{
	/* The PATH of an ordinary shell may lack /usr/sbin: then the default one. */
	if (sd_exec_find(program, getenv("PATH"), path, e) == 0 ||
		sd_exec_find(program, NULL, path, e) == 0)
		return 0;
	sd_fail(e, 0, "%s: not found", program);
	return sd_hint(e, "it is in the package iptables");
}

static int spawn(const char *path, const char *const *argv, const struct io *io, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, io->in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, io->out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, io->err, STDERR_FILENO);
	r = posix_spawn(pid, path, &actions, NULL, (char **)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* What it wrote on stderr, in one line. */
static int failed(const char *program, int err, int status, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	struct sd_err ignored;

	lseek(err, 0, SEEK_SET);
	sd_read_all(err, program, SAVE_MAX, &text, &ignored);
	while (text.len && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\n')
			text.data[i] = ' ';
	if (!text.len)
		return sd_fail(e, 0, "%s: %s %d", program,
			WIFSIGNALED(status) ? "killed by signal" : "exit code",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	sd_fail(e, 0, "%.*s%.1500s", sd_starts_with(text.data, program) ? 0 : (int)strlen(program),
		program, text.data);
	if (strstr(text.data, "Permission denied") || strstr(text.data, "Operation not permitted"))
		return sd_hint(e, "the firewall wants CAP_NET_ADMIN: be root");
	return -1;
}

static int run(
	const char *const *argv, const struct sd_buf *in, struct sd_buf *out, struct sd_err *e)
{
	__attribute__((cleanup(io_close))) struct io io = {-1, -1, -1};
	const char *program = argv[0];
	sd_auto_free char *path = NULL;
	int r, status;
	pid_t pid;

	if (find(program, &path, e) < 0 || io_open(&io, in, e) < 0)
		return -1;
	signal(SIGCHLD, SIG_DFL); /* whoever ignores it could not wait */
	r = spawn(path, argv, &io, &pid);
	if (r)
		return sd_fail(e, r, "run %s", path);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "wait for %s", program);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return failed(program, io.err, status, e);
	if (!out)
		return 0;
	if (lseek(io.out, 0, SEEK_SET) < 0)
		return sd_fail(e, errno, "read what %s says", program);
	return sd_read_all(io.out, program, SAVE_MAX, out, e);
}

int firewall_read(int family, struct firewall *f, struct sd_err *e)
{
	const char *const argv[] = {family == V6 ? "ip6tables-save" : "iptables-save", NULL};
	sd_auto_buf struct sd_buf text = {0};
	struct sd_strv *table = NULL;
	char *line, *rest;

	/* A kernel without IPv6 has no tables of it, and ip6tables-save fails. */
	if (family == V6 && access("/proc/net/if_inet6", F_OK) < 0)
		return 0;
	if (run(argv, NULL, &text, e) < 0)
		return -1;
	if (!text.len) /* nft's says nothing of tables that are empty */
		return 0;
	for (line = strtok_r(text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] == '*')
			table = strcmp(line, "*nat") == 0      ? &f->nat
				: strcmp(line, "*filter") == 0 ? &f->filter
							       : NULL;
		else if (table && (line[0] == ':' || line[0] == '-'))
			sd_strv_add(table, line);
	}
	return 0;
}

static void table(struct sd_buf *all, const char *name, const struct sd_buf *lines)
{
	if (lines->len)
		sd_buf_printf(all, "*%s\n%sCOMMIT\n", name, lines->data);
}

int change_apply(int family, const struct change *c, struct sd_err *e)
{
	const char *const argv[] = {family == V6 ? "ip6tables-restore" : "iptables-restore",
		"--noflush", "--wait", NULL};
	sd_auto_buf struct sd_buf all = {0};

	table(&all, "nat", &c->nat);
	table(&all, "filter", &c->filter);
	return all.len ? run(argv, &all, NULL, e) : 0;
}
