/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SD_PASSED_H
#define SD_PASSED_H

#include "tool.h"

/* Verbs in which no tool has a part. */
struct plain_args {
	bool explain;
};
extern const struct sd_opt plain_opts[];
/* True, and the command printed, where --explain was given. */
bool plain_explained(const struct sd_call *call);

#endif
