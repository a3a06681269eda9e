/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event - what happened, for `sd-state events`: JSON lines with docker's members.
 *
 * RUN/events is appended to with one write(2) a line, which O_APPEND makes atomic without a lock;
 * at SD_EVENTS_MAX it becomes RUN/events.1, in the place of the one before.  An event is news, not
 * a record: one that cannot be written (a full disk, no descriptor) is passed over.
 */
#ifndef SD_EVENT_H
#define SD_EVENT_H

#include "json.h"

#define SD_EVENTS     "events"
#define SD_EVENTS_OLD "events.1"
#define SD_EVENTS_MAX (1 << 20)
/* What each line begins with, and no string in it holds: a line cut short ends there. */
#define SD_EVENT_BEGIN "{\"status\":"

/*
 * `action` of a container: "create", "start", "die", "destroy" ...  `name`, `image` and
 * `attributes` (an object of strings, which stays the caller's) may be NULL.
 */
void sd_event(const char *id, const char *name, const char *image, const char *action,
	const struct sd_json *attributes);
/* The same with id, name, image and labels of a document. */
void sd_event_of(const struct sd_json *doc, const char *action, const struct sd_json *attributes);
/* Of anything: `type` is "container", "image", "volume" or "network". */
void sd_event_typed(
	const char *type, const char *id, const char *action, const struct sd_json *attributes);

#endif
