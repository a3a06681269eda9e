/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-pivot - make a directory the root: mounts, /proc /dev /sys, masks, pivot_root.
 *
 * A chain loader.  It stands in a mount namespace of its own, with the host's files still in
 * sight, and goes on as the next program with nothing of them left.
 *
 * Theory of operation, in order:
 *
 *   1. The next program of the chain is opened: after the pivot its file is gone.
 *   2. The whole tree stops propagating to the host (mount_namespaces(7)); before the first
 *	mount, or it would show there.
 *   3. The root's directory is bound on itself: pivot_root(2) takes only a mount.  All that
 *	follows is resolved below the descriptor of this mount.
 *   4. config.mounts, in the document's order: later ones may lie in earlier ones.
 *   5. /etc/hosts, hostname, resolv.conf; device nodes and links; the terminal: they lie in what
 *	was mounted.
 *   6. process.cwd is made where it is missing: it may lie in a volume, and the root can still
 *	be written.
 *   7. Read-only paths, then masks: last of the mounts, so that nothing comes to lie over them.
 *   8. The root turns read-only, pivot_root(".", "."), the old root is detached, and a look at
 *	"/" proves it.
 */
#include "pivot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "path.h"
#include "tool.h"

struct args {
	int64_t state_fd;
	struct hand hand;
};

/* One list for both: a bind may lie in a tmpfs, and a tmpfs in a bind. */
static int keep_mount(void *args, const struct sd_opt *o, const char *value, struct sd_err *e)
{
	struct args *a = args;

	sd_strv_take(&a->hand.mounts, sd_printf("%s %s", o->name, value));
	return 0;
}

static const struct sd_opt opts[] = {
	SD_OPT_FLAG(struct args, hand.read_only, 'r', "read-only", "make the root read-only"),
	SD_OPT_FN(keep_mount, 'b', "bind", "SRC:DST[:OPTIONS]",
		"bind a file or directory into the root (ro, rro, rslave, ...)"),
	SD_OPT_FN(keep_mount, 't', "tmpfs", "DST[:OPTIONS]",
		"mount a tmpfs (size=16m, mode=700, tmpcopyup, ...)"),
	SD_OPT_LIST(struct args, hand.masks, 'm', "mask", "PATH", "hide a file or directory"),
	SD_OPT_FLAG(struct args, hand.no_proc, 0, "no-proc", "mount no /proc"),
	SD_OPT_FLAG(struct args, hand.no_sys, 0, "no-sys", "mount no /sys"),
	SD_OPT_FLAG(struct args, hand.no_dev, 0, "no-dev", "make no /dev"),
	SD_OPT_FLAG(struct args, hand.bare, 0, "bare", "only the root itself: none of the three"),
	SD_OPT_STR(struct args, hand.wd, 'w', "wd", "DIR", "run the command in this directory"),
	SD_OPT_STR(struct args, hand.propagation, 0, "propagation", "MODE",
		"private, slave (default) or shared; with r before it: recursively"),
	SD_OPT_INT(struct args, state_fd, 0, "state-fd", "N",
		"read a document from this descriptor: sd-state(5)"),
	SD_OPT_END,
};

static void set_defaults(void *args)
{
	((struct args *)args)->state_fd = -1;
}

/* Where the wishes come from; *argv is moved to the command. */
static int read_wishes(const struct args *a, const struct sd_chain *chain, char ***argv,
	struct pivot *p, struct sd_json **doc, struct sd_err *e)
{
	static const struct hand none;
	const char *root = **argv;
	int r = sd_chain_document(chain, a->state_fd, doc, e);

	if (r < 0)
		return -1;
	if (r > 0 && memcmp(&a->hand, &none, sizeof(none)) != 0)
		return sd_fail(e, 0, "options of hand use beside a document, which says it all");
	if (r == 0) {
		if (!root)
			return sd_fail(e, 0, "which root? (try 'sd-pivot --help')");
		if (hand_document(&a->hand, root, doc, e) < 0)
			return -1;
		++*argv;
		*argv += **argv && strcmp(**argv, "--") == 0;
	}
	p->by_hand = r == 0;
	p->devices = !p->by_hand || !(a->hand.no_dev || a->hand.bare);
	p->doc = *doc;
	r = sd_json_str(*doc, &p->bundle, e, "bundle");
	return r > 0 ? 0 : r < 0 ? -1 : sd_json_missing(e, "bundle");
}

/* docker's WORKDIR: made where it is missing.  Magic links are refused by the lookup (path.h). */
static int make_cwd(const struct pivot *p, const char **cwd, struct sd_err *e)
{
	sd_auto_fd int fd = -1;

	*cwd = "/";
	if (sd_json_str(p->doc, cwd, e, "config.process.cwd") < 0)
		return -1;
	if (**cwd != '/')
		return sd_fail(e, 0, "working directory '%s': not an absolute path", *cwd);
	fd = sd_mkdirs_in(p->root, *cwd, 0755, e);
	return fd < 0 ? sd_fail(e, 0, "working directory: %s", e->text) : 0;
}

static int pivot(struct pivot *p, const struct sd_chain *chain, struct sd_err *e)
{
	/* The modes of nodes and directories are those that the document says. */
	mode_t mask = umask(0);
	const char *cwd;

	if (root_check_namespace(e) < 0 || root_bind(p, e) < 0 || mount_all(p, e) < 0 ||
		mount_etc(p, e) < 0 || device_make_all(p, e) < 0 ||
		console_attach(p, chain->console, e) < 0 || make_cwd(p, &cwd, e) < 0 ||
		mask_all(p, e) < 0 || root_enter(p, e) < 0)
		return -1;
	umask(mask);
	/* In a chain it is sd-confine that goes there, as the user who may or may not enter. */
	if (p->by_hand && chdir(cwd) < 0)
		return sd_fail(e, errno, "working directory %s", cwd);
	return 0;
}

static int run(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	struct pivot p = {.root = -1};
	struct sd_chain chain;
	struct sd_next next;
	char **argv = call->argv;

	sd_chain_init(&chain);
	if (read_wishes(call->args, &chain, &argv, &p, &doc, e) < 0 ||
		sd_next_open(&next, argv, true, e) < 0 || pivot(&p, &chain, e) < 0)
		return -1;
	return sd_next_exec(&next, e);
}

static const struct sd_verb verbs[] = {
	{
		.synopsis = "ROOT [--] [COMMAND [ARG]...]",
		.summary = "make a directory the root and run a command in it",
		.opts = opts,
		.args_size = sizeof(struct args),
		.run = run,
		.init = set_defaults,
	},
	{0},
};

static const struct sd_tool tool = {"sd-pivot", "make a directory the root", verbs, NULL};

int main(int argc, char **argv)
{
	return sd_tool_main(&tool, argc, argv);
}
