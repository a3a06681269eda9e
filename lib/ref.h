/* SPDX-License-Identifier: Apache-2.0 */
/* ref - names of images, by docker's rules (distribution's reference grammar). */
#ifndef SD_REF_H
#define SD_REF_H

#include <stdbool.h>
#include "err.h"

/*
 * [HOST[:PORT]/]PATH[:TAG][@sha256:HEX].  The first part of a name is a host where it has a '.',
 * a ':' or an upper-case letter, or is "localhost".  The parts are filled in: no host is
 * "docker.io", there no folder is "library/", neither tag nor digest is "latest".
 */
struct sd_ref {
	char *host;	 /* "docker.io" */
	char *path;	 /* "library/busybox" */
	char *tag;	 /* "latest"; NULL where only a digest was given */
	char *digest;	 /* "sha256:..." or NULL */
	char *canonical; /* "docker.io/library/busybox:latest" */
	char *familiar;	 /* "busybox:latest" */
};

int sd_ref_parse(const char *text, struct sd_ref *r, struct sd_err *e);
void sd_ref_free(struct sd_ref *r);
#define sd_auto_ref __attribute__((cleanup(sd_ref_free)))

/* sha256: and 64 lower-case hex digits.  No other text may become part of a path. */
#define SD_DIGEST_LEN 71
bool sd_digest_valid(const char *digest);
/* That text for the 32 bytes of a SHA-256 sum. */
void sd_digest_text(const unsigned char sum[32], char text[SD_DIGEST_LEN + 1]);

#endif
