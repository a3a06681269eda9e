/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SD_VERBS_H
#define SD_VERBS_H

#include "tool.h"

/* The verbs: each file has the rows of its own. */
extern const struct sd_verb run_verb;
extern const struct sd_verb create_verb;
extern const struct sd_verb start_verb;
extern const struct sd_verb exec_verb;
extern const struct sd_verb attach_verb;
extern const struct sd_verb stop_verb;
extern const struct sd_verb kill_verb;
extern const struct sd_verb restart_verb;
extern const struct sd_verb pause_verb;
extern const struct sd_verb unpause_verb;
extern const struct sd_verb wait_verb;
extern const struct sd_verb logs_verb;
extern const struct sd_verb update_verb;
extern const struct sd_verb rm_verb;
extern const struct sd_verb cleanup_verb;
extern const struct sd_verb ps_verb;
extern const struct sd_verb inspect_verb;
extern const struct sd_verb rename_verb;
extern const struct sd_verb port_verb;
extern const struct sd_verb events_verb;
extern const struct sd_verb images_verb;
extern const struct sd_verb import_verb;
extern const struct sd_verb tag_verb;
extern const struct sd_verb rmi_verb;
extern const struct sd_verb commit_verb;
extern const struct sd_verb cp_verb;
extern const struct sd_verb diff_verb;
extern const struct sd_verb stats_verb;
extern const struct sd_verb top_verb;
extern const struct sd_verb network_create_verb;
extern const struct sd_verb network_ls_verb;
extern const struct sd_verb network_inspect_verb;
extern const struct sd_verb network_connect_verb;
extern const struct sd_verb network_disconnect_verb;
extern const struct sd_verb network_rm_verb;
extern const struct sd_verb network_prune_verb;
extern const struct sd_verb volume_create_verb;
extern const struct sd_verb volume_ls_verb;
extern const struct sd_verb volume_inspect_verb;
extern const struct sd_verb volume_rm_verb;
extern const struct sd_verb volume_prune_verb;
extern const struct sd_verb container_prune_verb;
extern const struct sd_verb image_prune_verb;
extern const struct sd_verb system_df_verb;
extern const struct sd_verb system_prune_verb;
extern const struct sd_verb info_verb;
extern const struct sd_verb version_verb;
extern const struct sd_verb help_verb;

#endif
