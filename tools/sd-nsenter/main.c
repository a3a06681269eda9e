/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-nsenter - join namespaces that are there, and become the rest of the command line in them.
 *
 * A chain loader.  Theory of operation, in order:
 *
 *  0. Where a fork of this process will be in a pid namespace of others: run from a read-only view
 *     or a sealed copy of its own file, because they can reach it through /proc/PID/exe, and write
 *     to it when it is no longer run (CVE-2019-5736).  sd-cgset join, before it in a chain, has
 *     seen to that.
 *  1. Find the target process and hold it by a pidfd, so that its number cannot be another's
 *     meanwhile; a container's is checked against the start time in its document.
 *  2. Open everything: the namespaces, the root and working directory, the environment, the next
 *     program.  After the first join, paths mean something else.
 *  3. Become not dumpable: from the first join on, the processes in there may be hostile, and
 *     must not look into this one or trace it (CVE-2016-9962).
 *  4. Join.  setns(2) with a pidfd takes all at once, or none; where some namespaces are given by
 *     files, one by one, in an order that user namespaces dictate (lib/ns.c).
 *  5. Change root and working directory; the latter must lie in the former (CVE-2024-21626).
 *  6. Where a pid namespace was joined, go on in a child: setns(2) moves only children into it.
 *  7. Take the credentials of the user namespace and, under sd-monitor, the terminal that was
 *     asked for; become the next program, one of the toolkit's own in the same way as in 0.
 *
 * No privilege is given up: that is sd-confine's, which comes next in the chain.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "chain.h"
#include "child.h"
#include "cleanup.h"
#include "pty.h"
#include "store.h"
#include "wish.h"

static bool names_some(const struct wish *w)
{
	for (int i = 0; i < SD_NS_COUNT; i++)
		if (w->file[i])
			return true;
	return w->flags || w->all || w->root || w->root_dir || w->wd || w->wd_dir || w->wdns;
}

/* The document of --container, of --state-fd, or of the chain.  1, 0 where there is none, -1. */
static int find_document(
	const struct args *a, const struct sd_chain *chain, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_free char *id = NULL;
	int there;

	if (!a->container)
		return sd_chain_document(chain, a->state_fd, doc, e);
	if (sd_record_find(a->container, &id, e) < 0)
		return -1;
	there = sd_record_load(id, doc, e);
	return there ? there : sd_fail(e, 0, "no such container: %s", a->container);
}

struct visit {
	struct args *a;
	struct sd_json *doc; /* of the container, or NULL */
	struct sd_chain chain;
	struct sd_next next;
	bool monitored; /* in a chain of sd-monitor's, which is to be the program's parent */
};

/* Step 1: a pidfd, -1 where none is needed; 0, or -1 with the error. */
static int find_target(const struct visit *v, int *pidfd, struct sd_err *e)
{
	struct wish *w = &v->a->wish;

	*pidfd = -1;
	if (v->doc && w->target)
		return sd_fail(e, 0, "--target does not go with a container's document");
	if (v->doc) {
		*pidfd = target_of_document(v->doc, w, e);
		if (*pidfd < 0)
			return -1;
		return names_some(w) ? 0 : wish_whole_container(v->doc, v->monitored, w, e);
	}
	if (!names_some(w))
		return sd_fail(e, 0, "nothing to enter: name namespaces, or --all");
	if (!w->target)
		return 0;
	*pidfd = target_of_options(w, e);
	return *pidfd < 0 ? -1 : 0;
}

/* A terminal of the container's own devpts, for who asked for one. */
static int take_terminal(const struct visit *v, struct sd_err *e)
{
	sd_auto_fd int root = -1, master = -1, slave = -1;
	bool wanted = false;

	if (sd_json_bool(v->doc, &wanted, e, "config.process.terminal") < 0)
		return -1;
	if (!wanted || v->chain.console < 0)
		return 0;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return sd_fail(e, errno, "open /");
	if (sd_pty_open(root, &master, &slave, e) < 0 ||
		sd_pty_send(v->chain.console, master, e) < 0)
		return -1;
	return sd_pty_adopt(slave, e);
}

static int become(const struct visit *v, const struct door *d, struct sd_err *e)
{
	if (v->monitored && setsid() < 0)
		return sd_fail(e, errno, "start a session");
	/* Then the terminal, whose owner is who asks for it. */
	if (door_credentials(d, &v->a->wish, e) < 0 || (v->monitored && take_terminal(v, e) < 0))
		return -1;
	return sd_next_exec(&v->next, e);
}

/* ENOMEM: a pid namespace whose first process has ended takes nobody in (pid_namespaces(7)). */
static int not_taken_in(int errnum, struct sd_err *e)
{
	sd_fail(e, errnum, "create a process in the pid namespace");
	return errnum == ENOMEM ? sd_hint(e, "its first process may have ended meanwhile") : -1;
}

/* The child is in the pid namespace; under sd-monitor it is that one's, and this process ends. */
static int in_a_child(const struct visit *v, const struct door *d, struct sd_err *e)
{
	struct sd_child child;

	if (sd_child_clone(&child, 0, v->monitored) < 0)
		return not_taken_in(errno, e);
	if (child.pid == 0)
		return sd_child_gate(&child, e) < 0 ? -1 : become(v, d, e);
	if (v->monitored)
		sd_chain_report_pid(&v->chain, child.pid);
	if (sd_child_open(&child, e) < 0)
		return -1;
	return v->monitored ? SD_EXIT_OK : sd_child_wait(&child, e);
}

static int enter(const struct visit *v, int pidfd, struct sd_err *e)
{
	__attribute__((cleanup(door_close))) struct door door;
	const struct wish *w = &v->a->wish;

	if (door_open(&door, w, pidfd, e) < 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return sd_fail(e, errno, "become not dumpable");
	if (door_enter(&door, w, e) < 0)
		return -1;
	if (v->monitored || ((door.flags & CLONE_NEWPID) && !w->no_fork))
		return in_a_child(v, &door, e);
	return become(v, &door, e);
}

/* Will there be a fork of this process in a pid namespace that others are in?  Of a document: yes. */
static bool forks_inside(const struct args *a, const struct sd_chain *chain)
{
	return a->container || a->state_fd >= 0 || chain->state >= 0 || a->wish.all ||
	       (a->wish.flags & CLONE_NEWPID) || a->wish.file[SD_NS_PID];
}

static int run(const struct sd_call *call, struct sd_err *e)
{
	struct visit v = {.a = call->args};
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free const char **env = NULL;
	int there, pidfd, found;

	sd_chain_init(&v.chain);
	if (forks_inside(v.a, &v.chain) && sd_chain_seal("sd-nsenter", call->raw_argv, e) < 0)
		return -1;
	there = find_document(v.a, &v.chain, &doc, e);
	if (there < 0)
		return -1;
	v.doc = doc;
	v.monitored = there && !v.a->container && v.chain.report >= 0;
	found = find_target(&v, &pidfd, e);
	env = v.a->wish.new_env;
	if (found < 0 || sd_next_open(&v.next, call->argv, true, e) < 0)
		return -1;
	return enter(&v, pidfd, e);
}

static const struct sd_verb verbs[] = {
	{
		.synopsis = "[--] [COMMAND [ARG]...]",
		.summary = "run a command in the namespaces of another process",
		.opts = nsenter_options,
		.args_size = sizeof(struct args),
		.init = options_init,
		.run = run,
	},
	{0},
};

static const struct sd_tool tool = {
	.name = "sd-nsenter",
	.summary = "run a command in the namespaces of another process",
	.verbs = verbs,
};

int main(int argc, char **argv)
{
	return sd_tool_main(&tool, argc, argv);
}
