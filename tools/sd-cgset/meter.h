/* SPDX-License-Identifier: Apache-2.0 */
/* meter - what one container used between two readings: for stats. */
#ifndef SD_CGSET_METER_H
#define SD_CGSET_METER_H

#include "format.h"
#include "sd-cgset.h"

struct reading {
	struct sd_json *used; /* as stat prints it */
	double at;	      /* seconds */
};

struct meter {
	struct sd_json *doc;
	struct group g;
	bool runs;
	struct reading before, now;
	int64_t received, sent; /* bytes; -1: it has no network of its own */
};

/* Of a document, which is the meter's from now on; the first reading. */
int meter_begin(struct meter *m, struct sd_json *doc, struct sd_err *e);
/* The next.  `runs` is false from when it has ended. */
int meter_read(struct meter *m, struct sd_err *e);
void meter_free(struct meter *m);

/* By docker's names: Name, ID, Container, CPUPerc, MemUsage, ...; and Pressure. */
struct sd_json *meter_row(const struct meter *m, bool no_trunc);
extern const struct sd_heading meter_headings[];

#endif
