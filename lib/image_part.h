/* SPDX-License-Identifier: Apache-2.0 */
/* image_part - for the two files of the module image alone: what all documents are checked for. */
#ifndef SD_IMAGE_PART_H
#define SD_IMAGE_PART_H

#include "image.h"

#define SD_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define SD_DOCKER_INDEX	   "application/vnd.docker.distribution.manifest.list.v2+json"

/* Put the name of the file before an error that names a member of it.  -1. */
int sd_image_in_file(struct sd_err *e, const char *file);

/*
 * CVE-2021-41190: a document that can be read as a manifest and as an index means different
 * images to different readers.  Its own media type, where it has one, must be one of the two
 * given, and the members of the other kind must not be there.
 */
int sd_image_check_kind(const struct sd_json *j, const char *oci, const char *docker,
	const char *other, struct sd_err *e);

/* The digest at `path`, borrowed; missing or malformed is an error. */
int sd_image_digest(
	const struct sd_json *j, const char **digest, struct sd_err *e, const char *path);

#endif
