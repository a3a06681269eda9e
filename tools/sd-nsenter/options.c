/* SPDX-License-Identifier: Apache-2.0 */
/* Options, spelled as nsenter(1) of util-linux spells them. */
#include <string.h>
#include "wish.h"

void options_init(void *args)
{
	struct args *a = args;

	a->state_fd = -1;
	a->wish.uid = a->wish.gid = -1;
}

static int target(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	return sd_parse_int(
		value, "--target", 1, INT32_MAX, &((struct args *)args)->wish.target, e);
}

static int one_namespace(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct wish *w = &((struct args *)args)->wish;
	enum sd_ns_kind kind = sd_ns_by_option(o->name);

	if (value)
		w->file[kind] = value;
	else
		w->flags |= (unsigned)sd_ns[kind].flag;
	return 0;
}

static int directory(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct wish *w = &((struct args *)args)->wish;
	bool root = o->letter == 'r';

	if (value)
		*(root ? &w->root_dir : &w->wd_dir) = value;
	else
		*(root ? &w->root : &w->wd) = true;
	return 0;
}

static int credential(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct wish *w = &((struct args *)args)->wish;

	/* Numbers only: a name would be looked up on the host and mean another user inside. */
	if (o->letter == 'S')
		return sd_parse_int(value, "--setuid", 0, UINT32_MAX - 1, &w->uid, e);
	return sd_parse_int(value, "--setgid", 0, UINT32_MAX - 1, &w->gid, e);
}

const struct sd_opt nsenter_options[] = {
	SD_OPT_STR(struct args, container, 0, "container", "ID|NAME",
		"enter a running container; all of it, where no namespace is named"),
	SD_OPT_FN(target, 't', "target", "PID", "the process whose namespaces are meant"),
	SD_OPT_FLAG(struct args, wish.all, 'a', "all", "enter all of its namespaces"),
	SD_OPT_FN(one_namespace, 'm', "mount", "[FILE]", "enter the mount namespace"),
	SD_OPT_FN(one_namespace, 'u', "uts", "[FILE]", "enter the UTS namespace"),
	SD_OPT_FN(one_namespace, 'i', "ipc", "[FILE]", "enter the IPC namespace"),
	SD_OPT_FN(one_namespace, 'n', "net", "[FILE]", "enter the network namespace"),
	SD_OPT_FN(one_namespace, 'p', "pid", "[FILE]", "enter the pid namespace"),
	SD_OPT_FN(one_namespace, 'U', "user", "[FILE]", "enter the user namespace"),
	SD_OPT_FN(one_namespace, 'C', "cgroup", "[FILE]", "enter the cgroup namespace"),
	SD_OPT_FN(one_namespace, 'T', "time", "[FILE]", "enter the time namespace"),
	SD_OPT_FN(credential, 'S', "setuid", "UID", "become this user in there"),
	SD_OPT_FN(
		credential, 'G', "setgid", "GID", "become this group in there, in no other groups"),
	SD_OPT_FLAG(struct args, wish.preserve, 0, "preserve-credentials",
		"keep user and groups in a user namespace"),
	SD_OPT_FN(directory, 'r', "root", "[DIR]", "change the root directory (the target's)"),
	SD_OPT_FN(directory, 'w', "wd", "[DIR]", "change the working directory (the target's)"),
	SD_OPT_STR(struct args, wish.wdns, 'W', "wdns", "DIR",
		"change the working directory, in there"),
	SD_OPT_FLAG(struct args, wish.env, 'e', "env", "take the target's environment"),
	SD_OPT_FLAG(struct args, wish.no_fork, 'F', "no-fork",
		"run COMMAND itself: only its children are in the pid namespace"),
	SD_OPT_INT(struct args, state_fd, 0, "state-fd", "N",
		"enter the container of the document on descriptor N"),
	SD_OPT_END,
};
