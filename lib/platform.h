/* SPDX-License-Identifier: Apache-2.0 */
/* platform - OCI's names of machines, which are Go's (image-spec, config.md). */
#ifndef SD_PLATFORM_H
#define SD_PLATFORM_H

#include <stddef.h>

/* For what uname(2) and people say: "amd64" for "x86_64", of any case; NULL: none other is known. */
const char *sd_platform_arch(const char *name, size_t len);

#endif
