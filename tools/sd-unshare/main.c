/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-unshare - create namespaces, and become the rest of the command line in them.
 *
 * A chain loader.  Theory of operation, in order:
 *
 *  1. Make the plan, from options or from the document; open the next program and all namespaces
 *     that are to be joined.  Nothing has changed yet, so what is wrong with the wish ends here.
 *  2. Leave a process behind, the outsider, where something must be done from outside: only a
 *     process with privilege in the parent user namespace may write an id map of several ranges
 *     (user_namespaces(7)), and only one in the old mount namespace can bind the file of a new
 *     one where others will find it.
 *  3. Join the namespaces that are there.
 *  4. Create the user namespace alone, and have its maps written: all others are then created by
 *     its root, and belong to it.  Create the time namespace: its clocks can be set only until
 *     the first process is in it (time_namespaces(7)).
 *  5. Create all others at once, in clone3(2), with the child that the chain goes on in; or, with
 *     --no-fork, in unshare(2).
 *  6. In the child, behind a gate that opens once all of this is done: make the mount tree
 *     private, set names, sysctls, root and user; become the next program.
 *
 * Under sd-monitor the child is sd-monitor's (CLONE_PARENT), and this process ends.  By hand it
 * waits for the child and ends as it did.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>
#include "chain.h"
#include "cleanup.h"
#include "io.h"
#include "plan.h"

static int set_clock(const struct offset *o, const char *clock, struct sd_err *e)
{
	sd_auto_free char *line = NULL;

	if (!o->wanted)
		return 0;
	line = sd_printf("%s %lld %lld", clock, (long long)o->secs, (long long)o->nanosecs);
	if (sd_write_kernel(AT_FDCWD, "/proc/self/timens_offsets", line) < 0)
		return sd_fail(
			e, errno, "set the %s clock's offset to %lld s", clock, (long long)o->secs);
	return 0;
}

/* Steps 3 and 4: what this process itself goes into. */
static int go_first(const struct plan *p, const struct outsider *o, struct sd_err *e)
{
	unsigned first = p->flags & (unsigned)(CLONE_NEWUSER | sd_ns[SD_NS_TIME].flag);

	if (sd_ns_join(p->join, e) < 0)
		return -1;
	if (first && unshare((int)first) < 0)
		return namespaces_refused(first, errno, e);
	if ((p->users.n || p->groups.n || p->setgroups) &&
		outsider_ask(o, JOB_MAPS, getpid(), e) < 0)
		return -1;
	if (set_clock(&p->monotonic, "monotonic", e) < 0)
		return -1;
	return set_clock(&p->boottime, "boottime", e);
}

static int keep_on_files(
	const struct plan *p, const struct outsider *o, pid_t pid, struct sd_err *e)
{
	for (int i = 0; i < SD_NS_COUNT; i++)
		if (p->file[i])
			return outsider_ask(o, JOB_FILES, pid, e);
	return 0;
}

/* The child: the container's first process, or the program run by hand.  Becomes the program. */
static int go_on(const struct plan *p, const struct sd_child *c, const struct sd_next *next,
	struct sd_err *e)
{
	if (sd_child_gate(c, e) < 0)
		return -1;
	if (p->monitored && setsid() < 0)
		return sd_fail(e, errno, "start a session");
	if (inside_dress(p, e) < 0)
		return -1;
	if (p->kill_child && sd_child_die_with_parent(c, p->kill_child, e) < 0)
		return -1;
	return sd_next_exec(next, e);
}

static int in_a_child(const struct plan *p, struct outsider *o, const struct sd_next *next,
	const struct sd_chain *chain, struct sd_err *e)
{
	unsigned rest = p->flags & ~(unsigned)(CLONE_NEWUSER | sd_ns[SD_NS_TIME].flag);
	struct sd_child child;

	if (sd_child_clone(&child, rest, p->monitored) < 0)
		return namespaces_refused(rest, errno, e);
	if (child.pid == 0) {
		sd_close_fd(&o->fd);
		return go_on(p, &child, next, e);
	}
	if (keep_on_files(p, o, child.pid, e) < 0)
		return -1;
	outsider_end(o);
	if (p->monitored)
		sd_chain_report_pid(chain, child.pid);
	if (sd_child_open(&child, e) < 0)
		return -1;
	return p->monitored ? SD_EXIT_OK : sd_child_wait(&child, e);
}

static int in_this_process(
	const struct plan *p, struct outsider *o, const struct sd_next *next, struct sd_err *e)
{
	unsigned rest = p->flags & ~(unsigned)(CLONE_NEWUSER | sd_ns[SD_NS_TIME].flag);

	if (rest && unshare((int)rest) < 0)
		return namespaces_refused(rest, errno, e);
	if (keep_on_files(p, o, getpid(), e) < 0)
		return -1;
	outsider_end(o);
	if (inside_dress(p, e) < 0)
		return -1;
	return sd_next_exec(next, e);
}

static int make_plan(struct args *a, const struct sd_json *doc, struct sd_err *e)
{
	if (!doc)
		return plan_from_options(a, e);
	if (!options_none(a))
		return sd_fail(e, 0,
			"the document says what to do: no option but --state-fd goes with it");
	return plan_from_document(&a->plan, doc, e);
}

static int carry_out(const struct plan *p, const struct sd_call *call, const struct sd_chain *chain,
	struct sd_err *e)
{
	struct outsider outsider;
	struct sd_next next;

	/*
	 * Processes of a container whose pid namespace is joined can reach this program, and those
	 * after it, through /proc/PID/exe (CVE-2019-5736).
	 */
	if (p->monitored && p->join[SD_NS_PID] >= 0 &&
		sd_chain_seal("sd-unshare", call->raw_argv, e) < 0)
		return -1;
	if (sd_next_open(&next, call->argv, false, e) < 0)
		return -1;
	if (outsider_start(&outsider, p, e) < 0 || go_first(p, &outsider, e) < 0)
		return -1;
	return p->fork ? in_a_child(p, &outsider, &next, chain, e)
		       : in_this_process(p, &outsider, &next, e);
}

static int run(const struct sd_call *call, struct sd_err *e)
{
	struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	struct sd_chain chain;
	int code;

	sd_chain_init(&chain);
	code = sd_chain_document(&chain, a->state_fd, &doc, e);
	if (code >= 0)
		code = make_plan(a, doc, e);
	a->plan.monitored = doc && chain.report >= 0;
	if (code >= 0)
		code = carry_out(&a->plan, call, &chain, e);
	idmap_free(&a->plan.users);
	idmap_free(&a->plan.groups);
	return code;
}

static const struct sd_verb verbs[] = {
	{
		.synopsis = "[--] [COMMAND [ARG]...]",
		.summary = "create namespaces and run a command in them",
		.opts = unshare_options,
		.args_size = sizeof(struct args),
		.init = options_init,
		.run = run,
	},
	{0},
};

static const struct sd_tool tool = {
	.name = "sd-unshare",
	.summary = "create namespaces and run a command in them",
	.verbs = verbs,
};

int main(int argc, char **argv)
{
	return sd_tool_main(&tool, argc, argv);
}
