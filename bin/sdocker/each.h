/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SD_EACH_H
#define SD_EACH_H

#include "tool.h"

extern const struct sd_opt stop_opts[], kill_opts[], each_opts[], logs_opts[], update_opts[];
extern const size_t each_size, logs_size, update_size;

/* stop, kill, pause, unpause */
int verb_each(const struct sd_call *call, struct sd_err *e);
int verb_restart(const struct sd_call *call, struct sd_err *e);
int verb_wait(const struct sd_call *call, struct sd_err *e);
int verb_logs(const struct sd_call *call, struct sd_err *e);
int verb_update(const struct sd_call *call, struct sd_err *e);

/* The options as they were typed, for the tool that they are meant for. */
void option_words(const struct sd_call *call, struct sd_strv *words);

#endif
