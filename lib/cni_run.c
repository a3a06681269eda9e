/* SPDX-License-Identifier: Apache-2.0 */
/* The side of the caller: a plugin is found, fed and listened to. */
#include "cni.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "exec.h"
#include "io.h"
#include "store.h"
#include "str.h"

int sd_cni_find(const char *type, char **path, struct sd_err *e)
{
	const char *where = getenv("CNI_PATH");
	sd_auto_free char *own = NULL;

	/* A type with a '/' would run any program of the host (CVE-2021-20206). */
	if (!sd_cni_name_valid(type)) {
		sd_fail(e, 0, "'%s' is not the type of a plugin", type);
		return sd_cni_code(e, SD_CNI_BAD_CONFIG);
	}
	if (!where || !*where)
		where = SD_CNI_PATH;
	if (sd_exec_find(type, where, path, e) == 0)
		return 0;
	own = sd_toolkit_path(type);
	if (own && access(own, X_OK) == 0) {
		*path = sd_steal_ptr(&own);
		return 0;
	}
	sd_fail(e, 0, "plugin %s: not found in %s", type, where);
	return sd_cni_code(e, SD_CNI_BAD_CONFIG);
}

static void add_variable(struct sd_strv *env, const char *name, const char *value)
{
	if (value)
		sd_strv_take(env, sd_printf("%s=%s", name, value));
}

/*
 * Ours but for CNI's own variables, which are the call's.  CNI_PATH is for its delegates: where
 * sd_cni_find looks.
 */
static void make_environment(struct sd_strv *env, const struct sd_cni_call *call)
{
	const char *given = getenv("CNI_PATH");
	sd_auto_free char *own = sd_toolkit_path("."),
			  *path = sd_printf("%s%s%s", given && *given ? given : SD_CNI_PATH,
				  own ? ":" : "", own ? own : "");

	for (char **v = environ; *v; v++)
		if (!sd_starts_with(*v, "CNI_"))
			sd_strv_add(env, *v);
	add_variable(env, "CNI_PATH", path);
	add_variable(env, "CNI_COMMAND", call->command);
	add_variable(env, "CNI_CONTAINERID", call->container);
	add_variable(env, "CNI_NETNS", call->netns);
	add_variable(env, "CNI_IFNAME", call->ifname);
	add_variable(env, "CNI_ARGS", call->args);
}

/* A file, not a pipe: a plugin that does not read its configuration cannot hold us up. */
static int conf_file(const struct sd_json *conf, struct sd_err *e)
{
	sd_auto_fd int fd = memfd_create("cni-conf", MFD_CLOEXEC);
	sd_auto_free char *text = sd_json_text(conf);

	if (fd < 0 || sd_write_all(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return sd_fail(e, errno, "write the configuration of a plugin");
	return sd_steal_fd(&fd);
}

/*
 * Child: lives until the exec.  The plugin dies with who asked it: one that went on after a caller
 * that was killed could make what the DEL of the next command has looked for already.
 */
static void child(const char *path, char **env, int in, int out, pid_t parent)
{
	char *argv[] = {(char *)(uintptr_t)path, NULL};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
		dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		execve(path, argv, env);
	dprintf(out, "{\"code\": %d, \"msg\": \"%s\"}", SD_CNI_IO, strerror(errno));
	_exit(SD_EXIT_CANNOT_EXEC);
}

static pid_t spawn(const char *path, const struct sd_cni_call *call, int in, int out)
{
	sd_auto_strv struct sd_strv env = {0};
	pid_t parent = getpid(), pid;

	make_environment(&env, call);
	pid = fork();
	if (pid == 0)
		child(path, env.v, in, out, parent);
	return pid;
}

/* What it printed and how it ended; *status is waitpid(2)'s. */
static int run(const char *path, const struct sd_cni_call *call, struct sd_buf *said, int *status,
	struct sd_err *e)
{
	sd_auto_fd int in = conf_file(call->conf, e), read_end = -1, write_end = -1;
	int fds[2], heard;
	pid_t pid;

	if (in < 0)
		return -1;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return sd_fail(e, errno, "make a pipe");
	read_end = fds[0];
	write_end = fds[1];
	pid = spawn(path, call, in, write_end);
	if (pid < 0)
		return sd_fail(e, errno, "run %s", path);
	sd_close_fd(&write_end);
	heard = sd_read_all(read_end, path, SD_READ_MAX, said, e);
	/* It may go on to write what nobody reads. */
	sd_close_fd(&read_end);
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "wait for %s", path);
	return heard;
}

/* Its error object, or what else is known of how it failed. */
static int failed(const char *type, int status, const struct sd_json *said, struct sd_err *e)
{
	const char *msg = sd_json_string_value(sd_json_member(said, "msg"));
	const char *details = sd_json_string_value(sd_json_member(said, "details"));
	int64_t code = 0;

	sd_json_int_value(sd_json_member(said, "code"), &code);
	if (msg && *msg)
		sd_fail(e, 0, "%s: %s%s%s", type, msg, details && *details ? ": " : "",
			details ? details : "");
	else if (WIFSIGNALED(status))
		sd_fail(e, 0, "plugin %s: ended by signal %d", type, WTERMSIG(status));
	else
		sd_fail(e, 0, "plugin %s: ended with exit code %d and no reason", type,
			WEXITSTATUS(status));
	if (code > 0 && code <= INT32_MAX)
		e->code = (int)code;
	return -1;
}

int sd_cni_run(
	const char *type, const struct sd_cni_call *call, struct sd_json **result, struct sd_err *e)
{
	sd_auto_free char *path = NULL;
	sd_auto_buf struct sd_buf said = {0};
	sd_auto_json struct sd_json *j = NULL;
	struct sd_err unreadable = {0};
	int status = 0;

	*result = NULL;
	if (sd_cni_find(type, &path, e) < 0 || run(path, call, &said, &status, e) < 0)
		return -1;
	if (said.len)
		j = sd_json_parse(said.data, said.len, type, &unreadable);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return failed(type, status, j, e);
	if (said.len && !j) {
		*e = unreadable;
		return sd_cni_code(e, SD_CNI_UNDECODABLE);
	}
	*result = sd_steal_ptr(&j);
	return 0;
}
