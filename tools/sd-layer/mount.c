/* SPDX-License-Identifier: Apache-2.0 */
/* mount, umount and enter: the same overlay, for whoever stays and for whoever goes on. */
#include "sd-layer.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>
#include "chain.h"
#include "cleanup.h"
#include "doc.h"

struct overlay_args {
	struct sd_strv lower;
	const char *upper, *work;
	bool throwaway;
	int64_t state_fd;
};

#define OVERLAY_OPTS                                                                               \
	SD_OPT_LIST(struct overlay_args, lower, 'l', "lower", "DIR",                               \
		"a directory to look through to; again for those below it"),                       \
		SD_OPT_STR(struct overlay_args, upper, 'u', "upper", "DIR",                        \
			"where changes go; without it the mount is read-only"),                    \
		SD_OPT_STR(struct overlay_args, work, 'w', "work", "DIR",                          \
			"an empty directory on upper's file system, for the kernel"),              \
		SD_OPT_FLAG(struct overlay_args, throwaway, 0, "volatile",                         \
			"never sync upper: it is not needed after a crash")

static const struct sd_opt mount_opts[] = {OVERLAY_OPTS, SD_OPT_END};

static const struct sd_opt enter_opts[] = {
	OVERLAY_OPTS,
	SD_OPT_INT(struct overlay_args, state_fd, 0, "state-fd", "N",
		"read the document from descriptor N"),
	SD_OPT_END,
};

static void overlay_args_init(void *args)
{
	((struct overlay_args *)args)->state_fd = -1;
}

static bool by_hand(const struct overlay_args *a)
{
	return a->lower.n || a->upper || a->work || a->throwaway;
}

static int overlay_from_options(struct overlay_args *a, struct overlay *o, struct sd_err *e)
{
	if (!a->lower.n)
		return sd_fail(e, 0, "option --lower is missing");
	if (!a->upper != !a->work)
		return sd_fail(e, 0, "options --upper and --work go together");
	if (!a->upper && a->lower.n < 2) {
		sd_fail(e, 0, "one --lower alone is no overlay");
		return sd_hint(e, "add --upper and --work, or another --lower");
	}
	o->lower = a->lower;
	a->lower = (struct sd_strv){0};
	o->upper = a->upper ? sd_strdup(a->upper) : NULL;
	o->work = a->work ? sd_strdup(a->work) : NULL;
	o->throwaway = a->throwaway;
	return 0;
}

static int mount_by_hand(struct overlay_args *a, const char *target, struct sd_err *e)
{
	auto_overlay struct overlay o = {0};

	if (overlay_from_options(a, &o, e) < 0)
		return -1;
	return overlay_mount(&o, target, e);
}

/* 1 and the target, malloc'ed; 0 where the root is no overlay of this tool; -1. */
static int mount_document(const struct sd_json *doc, char **target, struct sd_err *e)
{
	auto_overlay struct overlay o = {0};
	int r = rootfs_overlay(doc, false, &o, e);

	if (r < 0 || rootfs_target(doc, target, e) < 0)
		return -1;
	if (r > 0)
		return overlay_mount(&o, *target, e) < 0 ? -1 : 1;
	/* Fail closed: a container that has layers must not run on the empty mount point. */
	if (sd_json_get(doc, "image.layers")) {
		sd_json_missing(e, "rootfs");
		return sd_hint(e, "sd-layer prepare adds it");
	}
	return 0;
}

static int do_mount(const struct sd_call *call, struct sd_err *e)
{
	struct overlay_args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *target = NULL;
	int r;

	if (sd_want_operands(call, by_hand(a) ? 1 : 0, 1, e) < 0)
		return -1;
	if (call->argc)
		return mount_by_hand(a, call->argv[0], e);
	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	r = mount_document(doc, &target, e);
	if (r < 0)
		return -1;
	if (sd_doc_write(STDOUT_FILENO, doc, e) == 0)
		return 0;
	if (r > 0)
		umount2(target, UMOUNT_NOFOLLOW);
	return -1;
}

const struct sd_verb mount_verb = {
	.name = "mount",
	.synopsis = "[TARGET]",
	.summary = "mount an overlay, by options or by the document",
	.opts = mount_opts,
	.args_size = sizeof(struct overlay_args),
	.run = do_mount,
	.permute = true,
};

/* EINVAL: nothing is mounted there, so there is nothing to undo. */
static int unmount(const char *target, struct sd_err *e)
{
	if (umount2(target, UMOUNT_NOFOLLOW) == 0 || errno == EINVAL)
		return 0;
	sd_fail(e, errno, "unmount %s", target);
	return e->errnum == EBUSY
		       ? sd_hint(e, "a process has a file or its directory there: fuser -vm")
		       : -1;
}

static int do_umount(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *target = NULL;

	if (sd_want_operands(call, 0, 1, e) < 0)
		return -1;
	if (call->argc)
		return unmount(call->argv[0], e);
	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || rootfs_target(doc, &target, e) < 0)
		return -1;
	if (access(target, F_OK) == 0 && unmount(target, e) < 0)
		return -1;
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

const struct sd_verb umount_verb = {
	.name = "umount",
	.synopsis = "[TARGET]",
	.summary = "unmount it",
	.run = do_umount,
};

static int enter_document(int64_t state_fd, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *target = NULL;
	struct sd_chain chain;
	int r;

	sd_chain_init(&chain);
	r = sd_chain_document(&chain, state_fd, &doc, e);
	if (r < 0)
		return -1;
	if (r == 0) {
		sd_fail(e, 0, "neither a document nor an overlay to mount");
		return sd_hint(e, "by hand: --lower DIR --upper DIR --work DIR TARGET -- COMMAND");
	}
	r = mount_document(doc, &target, e);
	return r > 0 ? volumes_fill(doc, target, e) : r;
}

/*
 * Process role: the container's first process on its way, alone in its new mount namespace; it
 * ends by becoming the next link of the chain.
 */
static int do_enter(const struct sd_call *call, struct sd_err *e)
{
	struct overlay_args *a = call->args;
	char **rest = call->argv;
	struct sd_next next;
	bool hand = by_hand(a);

	if (sd_want_operands(call, hand ? 1 : 0, -1, e) < 0)
		return -1;
	if (hand) {
		rest++;
		if (*rest && strcmp(*rest, "--") == 0)
			rest++;
	}
	if (sd_next_open(&next, rest, false, e) < 0 ||
		(hand ? mount_by_hand(a, call->argv[0], e) : enter_document(a->state_fd, e)) < 0)
		return -1;
	return sd_next_exec(&next, e);
}

const struct sd_verb enter_verb = {
	.name = "enter",
	.synopsis = "[TARGET] [--] [COMMAND [ARG]...]",
	.summary = "mount the root file system here, and become the command",
	.opts = enter_opts,
	.args_size = sizeof(struct overlay_args),
	.init = overlay_args_init,
	.run = do_enter,
};
