/* SPDX-License-Identifier: Apache-2.0 */
/* label - labels as options give them; filter.h asks for them. */
#ifndef SD_LABEL_H
#define SD_LABEL_H

#include "err.h"
#include "json.h"
#include "str.h"

/* "KEY[=VALUE]" each, into `labels`; `option` stands in the error. */
int sd_labels_add(
	struct sd_json *labels, const char *option, const struct sd_strv *given, struct sd_err *e);

#endif
