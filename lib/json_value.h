/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_value - for the two files of the module json alone: struct sd_json is json_t under a name
 * of our own, so that no caller depends on jansson.
 */
#ifndef SD_JSON_VALUE_H
#define SD_JSON_VALUE_H

#include <jansson.h>
#include <stdint.h>
#include "json.h"

static inline json_t *J(const struct sd_json *j)
{
	return (json_t *)(uintptr_t)j;
}

static inline struct sd_json *S(json_t *j)
{
	return (struct sd_json *)j;
}

#endif
