/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SD_PASSED_H
#define SD_PASSED_H

#include "tool.h"

/* Verbs that are one tool's verb under docker's name. */
int verb_passed(const struct sd_call *call, struct sd_err *e);

/* Verbs in which no tool has a part. */
extern const struct sd_opt plain_opts[];
extern const size_t plain_size;
/* True, and the command printed, where --explain was given. */
bool plain_explained(const struct sd_call *call);
int verb_version(const struct sd_call *call, struct sd_err *e);
int verb_help(const struct sd_call *call, struct sd_err *e);

#endif
