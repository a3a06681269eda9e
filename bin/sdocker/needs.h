/* SPDX-License-Identifier: Apache-2.0 */
/*
 * needs - which of the steps of a container's life there is something to do for, and which of its
 * networks must be made first.  A program that is not started costs nothing.
 */
#ifndef SD_NEEDS_H
#define SD_NEEDS_H

#include "json.h"
#include "plan.h"
#include "run_options.h"

struct needs {
	unsigned has;		 /* enum kinds of plan.h */
	struct sd_strv networks; /* those that are not up */
};
void needs_free(struct needs *n);
#define auto_needs __attribute__((cleanup(needs_free)))

/* A wrong wish is sd-spec's to report: then nothing is needed. */
void needs_of_options(const struct sd_run_options *o, struct needs *n);
/* NULL: a record that cannot be read, or none; all is needed then. */
void needs_of_document(const struct sd_json *doc, struct needs *n);
void needs_of_network(const char *name, struct needs *n);
/* Of a record; where there is none, `otherwise`. */
unsigned needs_of_record(const char *who, unsigned otherwise);
void needs_of_start(const char *who, struct needs *n);

/* What makes a network, or makes it again: run or printed.  As pipeline_run, the code or -1. */
int networks_provide(const struct sd_strv *names, struct sd_err *e);
void networks_explain(const struct sd_strv *names, const char *indent);

#endif
