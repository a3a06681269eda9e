/* SPDX-License-Identifier: Apache-2.0 */
/* network create, rm, connect, disconnect: the pipelines of sd-network(1), and what undoes each. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "each.h"
#include "life.h"
#include "network.h"
#include "network_options.h"
#include "store.h"
#include "verbs.h"

/*
 * CREATE: one that is wished for; START: on its first use, and its first since a boot; RM.
 *
 * A network of a CNI plugin has no bridge and no rules of ours.  What failed has undone itself, so
 * of what stands before it the inverses run, in reverse.
 */
const struct step network_life[] = {
	{"sd-network new %args", CREATE, NULL, 0, 0},
	{"sd-network provide %args", START, NULL, 0, 0},
	{"sd-ipam subnet", CREATE | START, NULL, 0, 0},
	{"sd-network add", CREATE | START, "sd-network rm", RM, 0},
	{"sd-bridge create", CREATE | START, "sd-bridge rm", RM, BRIDGES},
	{"sd-nat masquerade", CREATE | START, "sd-nat unmasquerade", RM, BRIDGES},
	{"sd-network up --id", CREATE, "sd-network down", RM, 0},
	{"sd-network up", START, NULL, 0, 0},
	{NULL, 0, NULL, 0, 0},
};
enum { ADDED = 2 }; /* the index of `add`: before it there is nothing to undo */

struct create_args {
	struct sd_network_options new; /* first: network_options.def */
	bool explain;
};

static const struct sd_opt create_opts[] = {
#include "network_options.def"
	SD_OPT_FLAG(struct create_args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

static void undo_create(const struct vars *v)
{
	auto_pipeline struct pipeline p = {0};
	struct sd_err ignored; /* the failure that it undoes is the one that is told */
	struct outcome o;

	pipeline_undo(&p, "sd-network get -q %id", network_life, RM, v);
	pipeline_run(&p, (struct ends){.in = -1, .out = -1}, &o, &ignored);
}

static int do_create(const struct sd_call *call, struct sd_err *e)
{
	const struct create_args *a = call->args;
	bool bridge = !a->new.driver || strcmp(a->new.driver, "bridge") == 0;
	sd_auto_strv struct sd_strv words = {0};
	auto_pipeline struct pipeline p = {0};
	struct outcome o;
	struct vars v;
	int r;

	if (sd_want_operands(call, 1, 1, e) < 0)
		return -1;
	option_words(call, &words);
	sd_strv_add(&words, call->argv[0]);
	v = (struct vars){.id = call->argv[0], .args = words.v, .has = bridge ? BRIDGES : 0};
	pipeline_do(&p, network_life, CREATE, &v);
	if (a->explain)
		return pipeline_answer(&p, &v, true, e);
	r = pipeline_run(&p, (struct ends){.in = -1, .out = STDOUT_FILENO}, &o, e);
	if (o.code && o.failed > ADDED)
		undo_create(&v);
	return r < 0 ? -1 : o.code;
}

struct rm_args {
	bool force, explain;
};

static const struct sd_opt rm_opts[] = {
	SD_OPT_FLAG(struct rm_args, force, 'f', "force", "say nothing of one that is not there"),
	SD_OPT_FLAG(struct rm_args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

void network_removal(struct pipeline *p, const char *name, bool quiet)
{
	sd_auto_json struct sd_json *doc = NULL;
	struct vars v = {.id = name, .has = BRIDGES};
	struct sd_err why;

	if (sd_network_load(name, &doc, &why) == 1 && !sd_network_is_bridge(doc))
		v.has = 0;
	pipeline_undo(p, quiet ? "sd-network get -q --unused %id" : "sd-network get --unused %id",
		network_life, RM, &v);
}

static bool is_predefined(const char *name)
{
	return strcmp(name, SD_NETWORK_DEFAULT) == 0 || strcmp(name, "host") == 0 ||
	       strcmp(name, "none") == 0;
}

static int remove_one(const char *who, const struct rm_args *a, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	sd_auto_free char *name = NULL;
	struct outcome o;

	if (!is_predefined(who) && sd_network_find(who, &name, e) < 0)
		return a->force && e->errnum == ENOENT ? 0 : -1;
	if (is_predefined(name ? name : who))
		return sd_fail(e, 0, "%s is a pre-defined network and cannot be removed",
			name ? name : who);
	network_removal(&p, name, false);
	if (a->explain) {
		pipeline_print(&p, &(struct vars){0}, "", " >/dev/null");
		return 0;
	}
	if (pipeline_run(&p, (struct ends){.in = -1, .out = -1}, &o, e) < 0)
		return -1;
	if (o.code == 0)
		puts(who);
	return o.code;
}

/* The others go all the same, as docker does; the first failure is the one that is told. */
static int do_rm(const struct sd_call *call, struct sd_err *e)
{
	const struct rm_args *a = call->args;
	struct sd_err first = {0};
	int code = 0;

	if (sd_want_operands(call, 1, -1, e) < 0 || (!a->explain && reap_leftovers(e) < 0))
		return -1;
	for (int i = 0; i < call->argc; i++) {
		struct sd_err why = {0};
		int r = remove_one(call->argv[i], a, &why);

		if (r < 0 && !first.code)
			first = why;
		code = code ? code : r;
	}
	if (!first.code)
		return code;
	*e = first;
	return -1;
}

struct connect_args {
	struct sd_connect_options wish; /* first: connect_options.def */
	bool force, explain;
};

static const struct sd_opt connect_opts[] = {
#include "connect_options.def"
	SD_OPT_FLAG(struct connect_args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

static const struct sd_opt disconnect_opts[] = {
	SD_OPT_FLAG(
		struct connect_args, force, 'f', "force", "as without: it is taken off at once"),
	SD_OPT_FLAG(struct connect_args, explain, 0, "explain", EXPLAIN_HELP),
	SD_OPT_END,
};

/* Of one that does not run only the wish changes; %id the container, %network the network. */
static const struct step connect_steps[] = {
	{"sd-state get %id", ALWAYS, NULL, 0, 0},
	{"sd-spec network --connect %network %args", ALWAYS, NULL, 0, 0},
	{"sd-ipam lease", START, "sd-ipam release --network %network", START, 0},
	{"sd-bridge connect", START, "sd-bridge disconnect --network %network", START, BRIDGES},
	{"sd-cni add", START, "sd-cni del --network %network", START, PLUGINS},
	{"sd-names join", START, "sd-names leave --network %network", START, 0},
	{"sd-state set --networks", ALWAYS, NULL, 0, 0},
	{NULL, 0, NULL, 0, 0},
};

static const struct step disconnect_steps[] = {
	{"sd-state get %id", ALWAYS, NULL, 0, 0},
	{"sd-spec network --disconnect %network", ALWAYS, NULL, 0, 0},
	{"sd-names leave --network %network", START, NULL, 0, 0},
	{"sd-cni del --network %network", START, NULL, 0, PLUGINS},
	{"sd-bridge disconnect --network %network", START, NULL, 0, BRIDGES},
	{"sd-ipam release --network %network", START, NULL, 0, 0},
	{"sd-state set --networks", ALWAYS, NULL, 0, 0},
	{NULL, 0, NULL, 0, 0},
};

/* START where it runs: the links are made or taken away as well. */
static int find_both(const struct sd_call *call, char **network, unsigned *when, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *id = NULL;
	int r;

	*network = NULL;
	if (sd_want_operands(call, 2, 2, e) < 0)
		return -1;
	if (is_predefined(call->argv[0]))
		*network = sd_strdup(call->argv[0]);
	else if (sd_network_find(call->argv[0], network, e) < 0)
		return -1;
	if (sd_record_find(call->argv[1], &id, e) < 0)
		return -1;
	r = sd_record_load_brief(id, &doc, e);
	if (r <= 0)
		return r < 0 ? -1 : sd_fail(e, ENOENT, "no such container: %s", call->argv[1]);
	*when = ALWAYS | (sd_record_runs(doc) ? START : 0);
	return 0;
}

static int change(const struct sd_call *call, const struct step *steps, struct sd_err *e)
{
	const struct connect_args *a = call->args;
	auto_pipeline struct pipeline p = {0}, undo = {0};
	sd_auto_strv struct sd_strv words = {0}, networks = {0};
	sd_auto_free char *network = NULL;
	auto_needs struct needs n = {0};
	struct sd_err ignored;
	struct outcome o;
	unsigned when = 0;
	struct vars v;
	int r;

	if (find_both(call, &network, &when, e) < 0)
		return -1;
	option_words(call, &words);
	needs_of_network(network, &n);
	v = (struct vars){.id = call->argv[1], .network = network, .args = words.v, .has = n.has};
	pipeline_do(&p, steps, when, &v);
	if (a->explain) {
		pipeline_print(&p, &v, "", " >/dev/null");
		return 0;
	}
	r = when & START && steps == connect_steps ? networks_provide(&n.networks, e) : 0;
	if (r)
		return r;
	r = pipeline_run(&p, (struct ends){.in = -1, .out = -1}, &o, e);
	/* The first two have made nothing. */
	if (o.code && when & START && steps == connect_steps && o.failed > 1) {
		pipeline_undo(&undo, "sd-state get -q %id", steps, START, &v);
		pipeline_run(&undo, (struct ends){.in = -1, .out = -1}, &o, &ignored);
		return r < 0 ? -1 : SD_EXIT_FAILED;
	}
	return r < 0 ? -1 : o.code;
}

static int do_connect(const struct sd_call *call, struct sd_err *e)
{
	return change(call, connect_steps, e);
}

static int do_disconnect(const struct sd_call *call, struct sd_err *e)
{
	return change(call, disconnect_steps, e);
}

const struct sd_verb network_create_verb = {
	.name = "network create",
	.synopsis = "NETWORK",
	.summary = "make a network, and print its id",
	.opts = create_opts,
	.args_size = sizeof(struct create_args),
	.run = do_create,
	.permute = true,
};

const struct sd_verb network_rm_verb = {
	.name = "network rm",
	.synopsis = "NETWORK...",
	.summary = "remove networks that no container uses",
	.opts = rm_opts,
	.args_size = sizeof(struct rm_args),
	.run = do_rm,
	.permute = true,
};

const struct sd_verb network_connect_verb = {
	.name = "network connect",
	.synopsis = "NETWORK CONTAINER",
	.summary = "put a container into a network",
	.opts = connect_opts,
	.args_size = sizeof(struct connect_args),
	.run = do_connect,
	.permute = true,
};

const struct sd_verb network_disconnect_verb = {
	.name = "network disconnect",
	.synopsis = "NETWORK CONTAINER",
	.summary = "take a container out of a network",
	.opts = disconnect_opts,
	.args_size = sizeof(struct connect_args),
	.run = do_disconnect,
	.permute = true,
};
