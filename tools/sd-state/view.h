/* SPDX-License-Identifier: Apache-2.0 */
/* view - a container's document as `inspect` shows it: docker's members beside ours. */
#ifndef SD_STATE_VIEW_H
#define SD_STATE_VIEW_H

#include "json.h"

/* A new object, the caller's; nothing but the document is looked at. */
struct sd_json *view_json(const struct sd_json *doc);

/* view_network.c: docker's HostConfig.NetworkMode, malloc'ed, and NetworkSettings. */
char *view_network_mode(const struct sd_json *doc);
struct sd_json *view_network_settings(const struct sd_json *doc);

#endif
