/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SD_PRUNE_H
#define SD_PRUNE_H

#include "tool.h"

/* What nobody uses goes. */
extern const struct sd_opt container_prune_opts[], image_prune_opts[], volume_prune_opts[],
	system_prune_opts[];
extern const size_t prune_size;
int verb_container_prune(const struct sd_call *call, struct sd_err *e);
int verb_image_prune(const struct sd_call *call, struct sd_err *e);
int verb_volume_prune(const struct sd_call *call, struct sd_err *e);
int verb_system_prune(const struct sd_call *call, struct sd_err *e);

#endif
