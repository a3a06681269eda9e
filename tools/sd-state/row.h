/* SPDX-License-Identifier: Apache-2.0 */
/* row - what `ls` shows of a container: its cells as texts, and all of them as JSON. */
#ifndef SD_STATE_ROW_H
#define SD_STATE_ROW_H

#include <stdbool.h>
#include "format.h"
#include "json.h"

/* Each is malloc'ed.  `whole`: nothing is shortened. */
char *row_id(const char *id, bool whole);
char *row_command(const struct sd_json *doc, bool whole);
char *row_running_for(const struct sd_json *doc);
char *row_status(const struct sd_json *doc);
char *row_ports(const struct sd_json *doc);

/* A string member of the document, or "". */
const char *row_text(const struct sd_json *doc, const char *path);
/* docker's one word: created, running, paused, restarting, exited. */
const char *row_state(const struct sd_json *doc);

/* One flat object with docker's names: ID, Names, Image, ...; the caller unrefs. */
struct sd_json *row_json(const struct sd_json *doc, bool whole);
/* The headings of these fields. */
extern const struct sd_heading row_headings[];

#endif
