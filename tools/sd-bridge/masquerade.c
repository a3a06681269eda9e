/* SPDX-License-Identifier: Apache-2.0 */
/* ipMasq of a CNI configuration: sd-nat's work, which is asked to do it. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "sd-bridge.h"
#include "store.h"
#include "str.h"

#define NAT "sd-nat"

extern char **environ;

/* Its standard output is not the plugin's, which has a result to print. */
static int spawn(const char *path, char **argv, int said, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, said, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, said, STDERR_FILENO);
	if (r == 0)
		r = posix_spawn(pid, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

static int run(struct sd_strv *argv, struct sd_err *e)
{
	sd_auto_free char *path = sd_toolkit_path(NAT);
	sd_auto_fd int read_end = -1, write_end = -1;
	sd_auto_buf struct sd_buf said = {0};
	int fds[2], status, r;
	pid_t pid;

	if (!path || access(path, X_OK) < 0)
		return sd_fail(e, 0, "ipMasq: " NAT " is not beside this plugin");
	if (pipe2(fds, O_CLOEXEC) < 0)
		return sd_fail(e, errno, "make a pipe");
	read_end = fds[0];
	write_end = fds[1];
	r = spawn(path, argv->v, write_end, &pid);
	if (r)
		return sd_fail(e, r, "run %s", path);
	sd_close_fd(&write_end);
	r = sd_read_all(read_end, NAT, SD_READ_MAX, &said, e);
	sd_close_fd(&read_end);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "wait for " NAT);
	if (r < 0 || status == 0)
		return r;
	return sd_fail(e, 0, "ipMasq: %.*s", said.data ? (int)strcspn(said.data, "\n") : 6,
		said.data ? said.data : NAT);
}

int masquerade_on(const char *bridge, const struct endpoint *p, struct sd_err *e)
{
	sd_auto_strv struct sd_strv argv = {0};
	char text[SD_ADDR_LEN];

	sd_strv_add(&argv, NAT);
	sd_strv_add(&argv, "masquerade");
	sd_strv_take(&argv, sd_printf("--bridge=%s", bridge));
	for (size_t i = 0; i < p->n_ips; i++) {
		struct sd_addr net = sd_addr_network(&p->ips[i].address);

		sd_strv_take(&argv, sd_printf("--subnet=%s", sd_addr_subnet_text(&net, text)));
	}
	return p->n_ips ? run(&argv, e) : 0;
}

int masquerade_off(const char *bridge, struct sd_err *e)
{
	sd_auto_strv struct sd_strv argv = {0};

	sd_strv_add(&argv, NAT);
	sd_strv_add(&argv, "unmasquerade");
	sd_strv_take(&argv, sd_printf("--bridge=%s", bridge));
	return run(&argv, e);
}
