/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-confine - the last link of a chain: give up privilege, wait at the gate, become the program.
 *
 * Its first operand `compile` makes it a filter instead (profile.c): it compiles the seccomp
 * profile that the document wants, outside of the container, and adds `seccomp.filter`.
 *
 * As a chain loader it takes its settings from the options, or all of them from a document
 * (config.process, want).  Each step takes away what a later one must not need any more, so the
 * kernel's rules give the order:
 *
 *	 1  not dumpable, before anything is read: nobody in the container may ptrace us or look at
 *	    our descriptors until exec, which makes the program dumpable again (CVE-2016-9962)
 *	 2  close descriptors, so that no later step can leak one or be led to one
 *	 3  oom_score_adj: /proc/self is root's as long as we are not dumpable
 *	 4  raise hard limits, scheduler: CAP_SYS_RESOURCE, CAP_SYS_NICE
 *	 5  session keyring: a new one, as root, whose quota of keys is the larger
 *	 6  look up the user and own the streams: files of the image are read as root
 *	 7  working directory: as root, else again in 11 as the user
 *	 8  bounding set: PR_CAPBSET_DROP needs CAP_SETPCAP, which leaving uid 0 takes away
 *	 9  groups, gid, uid in this order: setresuid takes CAP_SETGID; KEEPCAPS keeps permitted
 *	10  the other four sets: after setresuid, which would empty them (capabilities(7))
 *	11  working directory and the program's file, by the user's rights and PATH
 *	12  lower limits: needs nothing, and must not hinder what came before
 *	13  no_new_privs
 *	14  seccomp: last, so that the filter need not allow the steps before.  Without
 *	    no_new_privs it needs CAP_SYS_ADMIN (seccomp(2)), which is held back in the permitted
 *	    set until exec
 *	15  "ready", the gate, exec: all that can fail has been tried before the gate
 */
#include "confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cleanup.h"

#define ADMIN (UINT64_C(1) << CAP_SYS_ADMIN)

void plan_free(struct plan *p)
{
	for (size_t i = 0; !p->doc && p->groups && p->groups[i]; i++)
		free((char *)(uintptr_t)p->groups[i]);
	free(p->groups);
	if (p->doc)
		free(p->argv);
	sd_strv_free(&p->env);
	sd_groups_free(&p->more_groups);
	sd_user_free(&p->id);
	sd_buf_free(&p->filter.code);
	free(p->limits);
	free(p->keep);
	sd_json_unref(p->doc);
}

/*
 * ENOSYS: a kernel without keys; EPERM: an outer filter denies it; EDQUOT: too many containers
 * of one user.  Then the session keyring stays the launching process's, which the default
 * seccomp profile keeps out of reach.
 */
static int new_keyring(const struct plan *p, struct sd_err *e)
{
	if (!p->doc || syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 ||
		errno == ENOSYS || errno == EPERM || errno == EDQUOT)
		return 0;
	return sd_fail(e, errno, "join a new session keyring");
}

static int prepare_as_root(struct plan *p, struct sd_err *e)
{
	if (launch_close(p, e) < 0 || oom_apply(p, e) < 0 || limits_raise(p, e) < 0 ||
		schedule_apply(p, e) < 0 || new_keyring(p, e) < 0)
		return -1;
	if (p->umask >= 0)
		umask((mode_t)p->umask);
	if (identity_resolve(p, e) < 0)
		return -1;
	return identity_own_stdio(p, e);
}

static int give_up_privilege(const struct plan *p, uint64_t held_back, struct sd_err *e)
{
	if (p->set_caps && caps_drop_bounding(&p->caps, e) < 0)
		return -1;
	if (identity_switch(p, e) < 0)
		return -1;
	return p->set_caps ? caps_apply(&p->caps, held_back, e) : 0;
}

static int close_the_door(const struct plan *p, uint64_t held_back, struct sd_err *e)
{
	if (p->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return sd_fail(e, errno, "set no_new_privs");
	if (!p->filter.code.len)
		return 0;
	/* EPERM: there was none to hold back, and the filter's own error says what is missing. */
	if (held_back && caps_raise(held_back, e) < 0 && e->errnum != EPERM)
		return -1;
	/*
	 * Exec takes what was held back, whether the bounding set lacks it or the user is not root
	 * (capabilities(7)); to drop it here the filter would have to allow capset(2).
	 */
	return filter_load(&p->filter, e);
}

static int confine(struct plan *p, struct sd_err *e)
{
	sd_auto_free char *file = NULL;
	uint64_t held_back;
	int inside;

	if (prepare_as_root(p, e) < 0)
		return -1;
	inside = launch_chdir(p, false, e);
	if (inside < 0)
		return -1;
	held_back = p->filter.code.len && !p->no_new_privs ? ADMIN : 0;
	if (give_up_privilege(p, held_back, e) < 0)
		return -1;
	if (!inside && launch_chdir(p, true, e) < 0)
		return -1;
	if (launch_check(p, &file, e) < 0 || limits_lower(p, e) < 0 ||
		close_the_door(p, held_back, e) < 0)
		return -1;
	return launch_go(p, file, e);
}

static int run(const struct sd_call *call, struct sd_err *e)
{
	struct options *o = call->args;
	auto_plan struct plan p = {
		.schedule.policy = -1, .io_priority = -1, .umask = -1, .personality = -1};
	int state_fd, r;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return sd_fail(e, errno, "become undumpable");
	sd_chain_init(&p.chain);
	if (state_fd_of(o, &state_fd, e) < 0 || plan_keep(&p, o, e) < 0)
		return -1;
	r = sd_chain_document(&p.chain, state_fd, &p.doc, e);
	if (r < 0)
		return -1;
	if (r > 0)
		r = refuse_options(o, call->argv, e) < 0 ? -1 : plan_from_document(&p, e);
	else
		r = plan_from_options(&p, o, call->argv, e);
	return r < 0 ? -1 : confine(&p, e);
}

static const struct sd_opt no_options[] = {SD_OPT_END};

static const struct sd_verb verbs[] = {
	{
		.synopsis = "[--] COMMAND [ARG]...",
		.summary = "give up privilege, then become COMMAND",
		.opts = confine_options,
		.args_size = sizeof(struct options),
		.run = run,
		.epilog = "'sd-confine compile' is the filter that compiles a document's seccomp "
			  "profile.",
	},
	{
		.name = "compile",
		.summary = "compile the document's seccomp profile, or find it compiled",
		.opts = no_options,
		.args_size = 1,
		.run = confine_compile,
	},
	{0},
};

static const char summary[] = "give up privilege and become a program";
static const struct sd_tool loader = {.name = "sd-confine", .summary = summary, .verbs = verbs};
static const struct sd_tool filter = {.name = "sd-confine", .summary = summary, .verbs = verbs + 1};

int main(int argc, char **argv)
{
	bool compile = argc > 1 && strcmp(argv[1], "compile") == 0;

	return sd_tool_main(compile ? &filter : &loader, argc, argv);
}
