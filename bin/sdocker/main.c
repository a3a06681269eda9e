/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sdocker - the everyday driver: docker's words, made of the toolkit's tools.
 *
 * A verb is a table of steps (life.c, passed.c), which is executed or, with --explain, printed as
 * the shell pipeline that it is.  The driver does nothing to the kernel itself.
 */
#include "verbs.h"

#include <string.h>
#include "alias.h"
#include "plan.h"
#include "run_options.h"

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		run_verb,
		create_verb,
		start_verb,
		exec_verb,
		attach_verb,
		stop_verb,
		kill_verb,
		restart_verb,
		pause_verb,
		unpause_verb,
		wait_verb,
		logs_verb,
		update_verb,
		rm_verb,
		cleanup_verb,
		ps_verb,
		inspect_verb,
		rename_verb,
		port_verb,
		events_verb,
		images_verb,
		import_verb,
		tag_verb,
		rmi_verb,
		commit_verb,
		cp_verb,
		diff_verb,
		stats_verb,
		top_verb,
		network_create_verb,
		network_ls_verb,
		network_inspect_verb,
		network_connect_verb,
		network_disconnect_verb,
		network_rm_verb,
		network_prune_verb,
		volume_create_verb,
		volume_ls_verb,
		volume_inspect_verb,
		volume_rm_verb,
		volume_prune_verb,
		container_prune_verb,
		image_prune_verb,
		system_df_verb,
		system_prune_verb,
		info_verb,
		version_verb,
		help_verb,
		{0},
	};
	const struct sd_tool tool = {"sdocker", "containers, made of small tools", verbs,
		.epilog = "--explain with a verb prints the shell pipeline that the verb is.\n"
			  "man 7 sdocker is the tour of the tools."};

	signals_hold();
	alias_resolve(verbs, &argc, argv);
	if (argc > 1 && (strcmp(argv[1], "run") == 0 || strcmp(argv[1], "create") == 0))
		sd_run_args_normalise(argc - 1, argv + 1);
	return sd_tool_main(&tool, argc, argv);
}
