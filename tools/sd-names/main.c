/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-names - the names by which the containers of a network reach each other.
 *
 * A filter.  There is no name server: each container's /etc/hosts, which every libc reads first,
 * has a line for each member of its networks, and is changed in place as members come and go.
 *
 * Theory of operation.  A network's members stand in one list under RUN; whoever joins or leaves
 * changes it under the network's lock, and then makes the hosts file of every member say the same.
 * The list is the truth and the files follow from it, so whatever a killed process left undone is
 * done by the next change, which also drops members whose process is gone.
 *
 * The order of `join`: the list, the container's own files, the document on to the next stage, and
 * only then the files of the others, for which no start has to wait.
 *
 * Locks, always in this order: a network, then one hosts file at a time, for a container in two
 * networks has one file.  They are bytes of one file under RUN (fcntl(2), F_OFD_SETLKW): a
 * container could hold a lock on its own hosts file for ever.
 */
#include "sd-names.h"

static const struct sd_opt no_opts[] = {SD_OPT_END};

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "join",
			.summary =
				"give a container its hosts and resolv.conf, and its name to its "
				"neighbours",
			.opts = no_opts,
			.run = verb_join},
		{.name = "leave",
			.summary = "take its names away",
			.opts = leave_opts,
			.args_size = leave_size,
			.run = verb_leave},
		{.name = "ls",
			.synopsis = "[NETWORK]...",
			.summary = "list who is in which network by which names",
			.opts = no_opts,
			.run = verb_ls},
		{.name = "sync",
			.synopsis = "[NETWORK]...",
			.summary = "drop members that died, and mend the files of the others",
			.opts = no_opts,
			.run = verb_sync},
		{0},
	};
	const struct sd_tool tool = {"sd-names", "names of containers in a network", verbs,
		.epilog = "'getent hosts NAME' in a container asks as its programs do."};

	return sd_tool_main(&tool, argc, argv);
}
