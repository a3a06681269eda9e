/* SPDX-License-Identifier: Apache-2.0 */
/* filter - which containers `ls` shows. */
#ifndef SD_STATE_LS_FILTER_H
#define SD_STATE_LS_FILTER_H

#include <stdbool.h>
#include "err.h"
#include "json.h"
#include "str.h"

/* Every key and value must make sense; *all becomes true where also those are meant that ended. */
int filters_check(struct sd_strv *filters, bool *all, struct sd_err *e);
bool filters_hold(const struct sd_strv *filters, const struct sd_json *doc);

#endif
