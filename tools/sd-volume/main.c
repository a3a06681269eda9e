/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-volume - named volumes: directories of the host that outlive containers.
 *
 * Not a filter: a volume is no part of any one document.  It is a directory with a name, and which
 * containers use it is asked of their records each time.
 *
 * Theory of operation.  A volume is made beside its place and renamed into it, so that a name
 * never stands for half of one.  It is removed the other way round: renamed out of its place,
 * while nobody can begin to use it, and only then emptied.  A process that is killed in between
 * leaves a directory whose name no volume can have; the next one that has the store's lock for
 * itself alone takes it away.  A start that needs a volume shares that lock after its own record
 * is saved (lib/volume.h), so it is either seen here, or comes after the removal and makes the
 * volume anew.
 */
#include <sys/stat.h>
#include "sd-volume.h"

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "create",
			.synopsis = "[NAME]",
			.summary = "make a volume, and print its name",
			.opts = create_opts,
			.args_size = create_size,
			.run = verb_create,
			.permute = true},
		{.name = "ls",
			.summary = "list the volumes",
			.opts = ls_opts,
			.args_size = ls_size,
			.run = verb_ls},
		{.name = "inspect",
			.synopsis = "NAME...",
			.summary = "show volumes as JSON, with docker's member names",
			.opts = inspect_opts,
			.args_size = inspect_size,
			.run = verb_inspect,
			.permute = true},
		{.name = "rm",
			.synopsis = "NAME...",
			.summary = "remove volumes that no container uses, and all that is in them",
			.opts = rm_opts,
			.args_size = rm_size,
			.run = verb_rm,
			.permute = true},
		{.name = "prune",
			.summary = "remove the anonymous volumes that no container uses",
			.opts = prune_opts,
			.args_size = prune_size,
			.run = verb_prune},
		{.name = "df",
			.summary = "say how much of the disk the volumes take up",
			.opts = df_opts,
			.args_size = df_size,
			.run = verb_df},
		{0},
	};
	const struct sd_tool tool = {"sd-volume", "named volumes", verbs,
		.epilog = "'sdocker run -v NAME:/path' makes a volume that is missing."};

	umask(022);
	return sd_tool_main(&tool, argc, argv);
}
