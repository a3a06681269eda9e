/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-network - the store of networks.  A filter.
 *
 * A network is a document, CNI's network configuration list with a member `sdocker`
 * (lib/network.h), and what the other tools make of it: a subnet that is its own (sd-ipam), a
 * bridge (sd-bridge), rules (sd-nat).  This program keeps the document; the pipelines of the
 * driver make the rest:
 *
 *	create	new ... NAME | sd-ipam subnet | add | sd-bridge create | sd-nat masquerade | up
 *	rm	get --unused NAME | down | sd-nat unmasquerade | sd-bridge rm | rm
 *	use	provide NAME | sd-ipam subnet | add | sd-bridge create | sd-nat masquerade | up
 *
 * Theory of operation.  A document survives a reboot, a bridge and rules do not.  So `up` notes,
 * in a file that does not survive it either, that they were made; where the note is missing, the
 * next container that uses the network makes them again, from `provide`.  All of these stages do
 * what is still to be done and pass on what is there, so that two first users do no harm to each
 * other, and one that was killed has the next for its heir.
 *
 * The order of `create`: stored before anything is made of it, so that what is made always has a
 * name by which it is found; that of `rm` is the reverse.
 *
 * Which containers use a network is not written down.  It is asked of their records each time.
 */
#include "sd-network.h"

static const struct sd_opt no_opts[] = {SD_OPT_END};

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "new",
			.synopsis = "NAME",
			.summary = "write a network's document from docker's options",
			.opts = new_opts,
			.args_size = new_size,
			.run = verb_new,
			.permute = true},
		{.name = "get",
			.synopsis = "NETWORK",
			.summary = "print the document of a network",
			.opts = get_opts,
			.args_size = get_size,
			.run = verb_get,
			.permute = true},
		{.name = "provide",
			.synopsis = "NETWORK",
			.summary = "the same, or for 'bridge' a new one where there is none",
			.opts = no_opts,
			.run = verb_provide},
		{.name = "add", .summary = "store the document", .opts = no_opts, .run = verb_add},
		{.name = "up",
			.summary = "note that its bridge and rules are made",
			.opts = up_opts,
			.args_size = up_size,
			.run = verb_up},
		{.name = "down",
			.summary = "take that note back: the next user makes them anew",
			.opts = no_opts,
			.run = verb_down},
		{.name = "rm",
			.summary = "remove the document from the store",
			.opts = no_opts,
			.run = verb_rm},
		{.name = "ls",
			.summary = "list the networks",
			.opts = ls_opts,
			.args_size = ls_size,
			.run = verb_ls},
		{.name = "inspect",
			.synopsis = "NETWORK...",
			.summary = "show networks as JSON, with docker's member names",
			.opts = inspect_opts,
			.args_size = inspect_size,
			.run = verb_inspect,
			.permute = true},
		{0},
	};
	const struct sd_tool tool = {"sd-network", "the store of networks", verbs,
		.epilog = "A filter: add, up, down and rm read a network's document on standard "
			  "input."};

	return sd_tool_main(&tool, argc, argv);
}
