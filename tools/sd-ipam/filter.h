/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs where they are stages of a pipeline. */
#ifndef SD_IPAM_FILTER_H
#define SD_IPAM_FILTER_H

#include "err.h"

int filter_lease(struct sd_err *e);
/* `network`: only of that one; NULL: of all. */
int filter_release(const char *network, struct sd_err *e);

#endif
