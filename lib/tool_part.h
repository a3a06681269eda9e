/* SPDX-License-Identifier: Apache-2.0 */
/* Between tool.c, which parses and runs, and tool_help.c, which prints the tables. */
#ifndef SD_TOOL_PART_H
#define SD_TOOL_PART_H

#include "tool.h"

size_t sd_opt_count(const struct sd_opt *opts);
/* Does the option take a value that can be left out? */
bool sd_opt_optional(const struct sd_opt *o);
/* "volume ls" is of the group "volume". */
bool sd_verb_in_group(const struct sd_verb *v, const char *group);

void sd_tool_help(const struct sd_tool *tool);
void sd_tool_help_group(const struct sd_tool *tool, const char *group);
void sd_tool_help_verb(const struct sd_tool *tool, const struct sd_verb *verb);
void sd_tool_dump(const struct sd_tool *tool);

#endif
