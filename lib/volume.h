/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume - the store of named volumes: ROOT/volumes/NAME/data, which a start makes where it is
 * missing (sd-layer) and sd-volume manages.
 *
 *	NAME/data	the volume
 *	NAME/volume.json	when it was made, and its labels; missing where a start made it
 *	NAME/.filling	there while an empty one is being filled from an image
 *	.new-*, .gone-*	one that is being made or removed; what a killed process left
 *
 * The lock of the directory: a start shares it while it makes a volume, after its record is
 * saved; whoever removes one has it alone, from the look at the records until the volume is out
 * of its place.  So a start finds a volume whole, or makes it anew, but never loses one.
 */
#ifndef SD_VOLUME_H
#define SD_VOLUME_H

#include "err.h"

/* ROOT/volumes, made where it is missing, opened and locked: LOCK_SH or LOCK_EX.  -1. */
int sd_volumes_open(int how, struct sd_err *e);

/* NAME and its data in that directory; what is there stays as it is. */
int sd_volume_make(int volumes, const char *name, struct sd_err *e);

#endif
