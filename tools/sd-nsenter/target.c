/* SPDX-License-Identifier: Apache-2.0 */
/* Whose namespaces.  A pid is a number that the kernel uses again; a pidfd is one process. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "proc.h"
#include "wish.h"

static int not_running(const struct sd_json *doc, struct sd_err *e)
{
	const char *name;

	if (sd_json_str(doc, &name, e, "name") != 1 && sd_json_str(doc, &name, e, "id") != 1)
		name = "of the document";
	return sd_fail(e, 0, "container %s is not running", name);
}

int target_of_document(const struct sd_json *doc, struct wish *w, struct sd_err *e)
{
	const char *boot = NULL;
	int64_t ticks = 0, now;
	char this_boot[37];
	int pidfd, there = sd_json_int(doc, &w->target, e, "pid");

	if (there > 0 && (w->target < 1 || w->target > INT32_MAX))
		return sd_fail(e, 0, "pid: %lld is not a process", (long long)w->target);
	if (there <= 0)
		return there < 0 ? -1 : not_running(doc, e);
	there = sd_json_str(doc, &boot, e, "bootId");
	if (there <= 0)
		return there < 0 ? -1 : sd_json_missing(e, "bootId");
	there = sd_json_int(doc, &ticks, e, "startTime");
	if (there <= 0)
		return there < 0 ? -1 : sd_json_missing(e, "startTime");
	if (sd_proc_boot_id(this_boot, e) < 0)
		return -1;
	if (strcmp(boot, this_boot) != 0)
		return not_running(doc, e);

	pidfd = sd_proc_open((pid_t)w->target, ticks);
	if (pidfd >= 0)
		return pidfd;
	if (errno != ESRCH)
		return sd_fail(e, errno, "open process %lld", (long long)w->target);
	there = sd_proc_start_time((pid_t)w->target, &now, e);
	not_running(doc, e);
	return there == 1 ? sd_fail(e, 0, "%s (its pid %lld was reused)", e->text,
				    (long long)w->target)
			  : -1;
}

int wish_whole_container(const struct sd_json *doc, bool chained, struct wish *w, struct sd_err *e)
{
	size_t n = 0;

	w->all = true;
	w->root = true;
	w->wdns = "/";
	if (w->env)
		return 0;
	/* In a chain sd-confine goes there, as the user who may or may not enter. */
	if ((!chained && sd_json_str(doc, &w->wdns, e, "config.process.cwd") < 0) ||
		sd_json_strings(doc, &w->new_env, &n, e, "config.process.env") < 0)
		return -1;
	/* None is not the caller's: that is the host's, secrets and all. */
	if (!w->new_env)
		w->new_env = sd_calloc(1, sizeof(*w->new_env));
	for (size_t i = 0; i < n; i++)
		if (!strchr(w->new_env[i], '='))
			return sd_fail(e, 0, "config.process.env[%zu]: '%s' is not NAME=VALUE", i,
				w->new_env[i]);
	return 0;
}

int target_of_options(const struct wish *w, struct sd_err *e)
{
	int pidfd = (int)syscall(SYS_pidfd_open, (pid_t)w->target, 0);

	if (pidfd < 0)
		return sd_fail(e, errno, "open process %lld", (long long)w->target);
	return pidfd;
}

int target_still_lives(int pidfd, const struct wish *w, struct sd_err *e)
{
	/* EPERM: it lives, and is somebody else's. */
	if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0 && errno != EPERM)
		return sd_fail(e, errno, "process %lld has ended", (long long)w->target);
	return 0;
}
