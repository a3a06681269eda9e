/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sdocker - the everyday driver: docker's words, made of the toolkit's tools.
 *
 * A verb is a table of steps (life.c, passed.c), which is executed or, with --explain, printed as
 * the shell pipeline that it is.  The driver does nothing to the kernel itself.
 */
#include <string.h>
#include "each.h"
#include "life.h"
#include "passed.h"
#include "run_options.h"

#define PASSED(verb, text)                                                                         \
	{                                                                                          \
		.name = verb, .summary = text, .run = verb_passed, .passthrough = true             \
	}

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "run",
			.synopsis = "IMAGE [COMMAND [ARG]...]",
			.summary = "make a container and run it",
			.opts = run_opts,
			.args_size = run_size,
			.run = verb_run},
		{.name = "create",
			.synopsis = "IMAGE [COMMAND [ARG]...]",
			.summary = "make a container, to be started later",
			.opts = run_opts,
			.args_size = run_size,
			.run = verb_create},
		{.name = "start",
			.synopsis = "CONTAINER...",
			.summary = "start containers",
			.opts = start_opts,
			.args_size = start_size,
			.run = verb_start,
			.permute = true},
		{.name = "stop",
			.synopsis = "CONTAINER...",
			.summary = "end containers: a signal, and SIGKILL after a time",
			.opts = stop_opts,
			.args_size = each_size,
			.run = verb_each,
			.permute = true},
		{.name = "kill",
			.synopsis = "CONTAINER...",
			.summary = "send containers a signal, SIGKILL",
			.opts = kill_opts,
			.args_size = each_size,
			.run = verb_each,
			.permute = true},
		{.name = "restart",
			.synopsis = "CONTAINER...",
			.summary = "stop containers and start them again",
			.opts = stop_opts,
			.args_size = each_size,
			.run = verb_restart,
			.permute = true},
		{.name = "pause",
			.synopsis = "CONTAINER...",
			.summary = "stop all processes of containers where they are",
			.opts = each_opts,
			.args_size = each_size,
			.run = verb_each,
			.permute = true},
		{.name = "unpause",
			.synopsis = "CONTAINER...",
			.summary = "let the processes of containers go on",
			.opts = each_opts,
			.args_size = each_size,
			.run = verb_each,
			.permute = true},
		{.name = "wait",
			.synopsis = "CONTAINER...",
			.summary = "wait for the end of containers, and print their exit codes",
			.opts = each_opts,
			.args_size = each_size,
			.run = verb_wait,
			.permute = true},
		{.name = "rm",
			.synopsis = "CONTAINER...",
			.summary = "remove containers",
			.opts = rm_opts,
			.args_size = rm_size,
			.run = verb_rm,
			.permute = true},
		{.name = "cleanup",
			.synopsis = "CONTAINER",
			.summary = "remove what a container that has ended left",
			.opts = cleanup_opts,
			.args_size = cleanup_size,
			.run = verb_cleanup},
		PASSED("ps", "list containers (sd-state ls)"),
		PASSED("inspect",
			"show containers or images as JSON (sd-state get, sd-image inspect)"),
		PASSED("images", "list images (sd-image ls)"),
		PASSED("import", "make an image of a root file system's tar (sd-image import)"),
		PASSED("tag", "give an image another name (sd-image tag)"),
		PASSED("rmi", "remove images (sd-image rm)"),
		{.name = "commit",
			.synopsis = "CONTAINER [NAME[:TAG]]",
			.summary = "make an image of a container's changes",
			.opts = commit_opts,
			.args_size = commit_size,
			.run = verb_commit,
			.permute = true},
		{.name = "cp",
			.synopsis = "CONTAINER:PATH|PATH|- CONTAINER:PATH|PATH|-",
			.summary = "copy between a container and the host; -: an archive",
			.opts = cp_opts,
			.args_size = cp_size,
			.run = verb_cp,
			.permute = true},
		{.name = "diff",
			.synopsis = "CONTAINER",
			.summary = "list what a container has added, changed and deleted",
			.opts = diff_opts,
			.args_size = diff_size,
			.run = verb_diff,
			.permute = true},
		{.name = "info",
			.summary = "show the machine and the stores",
			.opts = plain_opts,
			.args_size = plain_size,
			.run = verb_info},
		{.name = "version",
			.summary = "print the version",
			.opts = plain_opts,
			.args_size = plain_size,
			.run = verb_version},
		{.name = "help",
			.synopsis = "[VERB]",
			.summary = "print the help, of a verb",
			.opts = plain_opts,
			.args_size = plain_size,
			.run = verb_help},
		{0},
	};
	const struct sd_tool tool = {"sdocker", "containers, made of small tools", verbs,
		.epilog = "--explain with a verb prints the shell pipeline that the verb is.\n"
			  "man 7 sdocker is the tour of the tools."};

	signals_hold();
	if (argc > 1 && (strcmp(argv[1], "run") == 0 || strcmp(argv[1], "create") == 0))
		sd_run_args_normalise(argc - 1, argv + 1);
	return sd_tool_main(&tool, argc, argv);
}
