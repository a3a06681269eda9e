/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_options - the options of `sdocker exec`, which are those of `sd-spec exec`: one table for
 * both, as run_options.h explains.
 *
 *	struct args { struct sd_exec_options exec; bool explain; };
 *	static const struct sd_opt opts[] = {
 *	#include "exec_options.def"
 *		SD_OPT_FLAG(struct args, explain, 0, "explain", "..."),
 *		SD_OPT_END,
 *	};
 */
#ifndef SD_EXEC_OPTIONS_H
#define SD_EXEC_OPTIONS_H

#include <stdbool.h>
#include "str.h"
#include "tool.h"

struct sd_exec_options {
	/* What the driver acts on. */
	bool detach;

	bool interactive, tty, privileged;
	const char *user, *workdir, *detach_keys;
	double timeout;
	struct sd_strv env, env_file;
};

#endif
