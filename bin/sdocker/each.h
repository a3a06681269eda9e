/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SD_EACH_H
#define SD_EACH_H

#include "tool.h"

/* The options as they were typed, for the tool that they are meant for. */
void option_words(const struct sd_call *call, struct sd_strv *words);

#endif
