/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-ipam - addresses of subnets, leased and taken back.  A filter of a container's document
 * (lease, release), a CNI IPAM plugin where CNI_COMMAND is set, and by hand both.
 *
 * Theory of operation.  Which addresses are in use nobody but those who give them out knows: the
 * kernel takes the same address in two network namespaces without a word, and both are then
 * reached by turns.  So whoever needs one leases it here, before the interface is made, and gives
 * it back after it is gone.
 *
 *   lease	1. flock(2) the subnet's file: two at once never choose the same
 *		2. what this owner has already is what it gets: a stage that is run again changes
 *		   nothing
 *		3. go on behind the address that was leased last, and begin anew at the end: one that
 *		   was given back rests as long as it can, for its neighbours' ARP caches and
 *		   firewalls still know the container that had it
 *		4. the owner is written, then the key that makes it a lease (leases.c)
 *   release	by the owner, of every subnet: it needs no fact, and finds what a killed stage left
 *   subnet	what a network wishes for is looked at beside all that it must not overlap, or a
 *		free one is chosen (subnet.c)
 *
 * A lease is void when its owner is gone (its record, its process, its boot).  Nobody looks for
 * that until it matters: an address is wanted that is taken, or none is free.
 */
#include "sd-ipam.h"

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "lease",
			.summary = "filter: lease the document's addresses, or by hand one of "
				   "--subnet",
			.opts = lease_opts,
			.args_size = lease_size,
			.run = verb_lease,
			.init = lease_init},
		{.name = "release",
			.summary =
				"filter: give the document's addresses back, or by hand an owner's",
			.opts = release_opts,
			.args_size = release_size,
			.run = verb_release},
		{.name = "subnet",
			.summary = "filter: give a network's document a subnet that is its own",
			.opts = subnet_opts,
			.args_size = 1,
			.run = verb_subnet},
		{.name = "ls",
			.summary = "list the leases",
			.opts = ls_opts,
			.args_size = ls_size,
			.run = verb_ls},
		{.name = "gc",
			.summary =
				"take back the leases whose owner is gone, and print the addresses",
			.opts = gc_opts,
			.args_size = gc_size,
			.run = verb_gc},
		{0},
	};
	const struct sd_tool tool = {"sd-ipam", "lease addresses of subnets", verbs,
		.epilog = "With CNI_COMMAND in its environment it is an IPAM plugin."};

	if (sd_cni_asked(argc))
		return sd_cni_main(&ipam_plugin);
	return sd_tool_main(&tool, argc, argv);
}
