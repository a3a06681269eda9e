/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SD_ALIAS_H
#define SD_ALIAS_H

#include "tool.h"

/* Of "container stop X" argv becomes "stop X"; what is no such name stays. */
void alias_resolve(const struct sd_verb *verbs, int *argc, char **argv);

#endif
