/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp - a profile in docker's format becomes OCI's linux.seccomp: pure data, no kernel.
 *
 * docker's format is OCI's with conditions: `archMap` (native architecture -> its relatives) in
 * place of `architectures`, and for each entry of `syscalls` `includes` and `excludes` by
 * capabilities granted (all of `includes.caps`, any of `excludes.caps`), architecture and
 * smallest kernel version.  A profile that is plain OCI already comes out unchanged.
 */
#ifndef SD_SECCOMP_H
#define SD_SECCOMP_H

#include "err.h"
#include "json.h"

/* Where the filter will stand.  NULL and 0 mean this machine's. */
struct sd_seccomp_target {
	const char *const *caps; /* granted: "CAP_CHOWN", ..., NULL-terminated; NULL: none */
	const char *arch;	 /* as docker names it: "amd64", "arm64", "riscv64" */
	int kernel[2];		 /* 6, 1 */
};

/* *oci is a new object that the caller unrefs.  The error names the member that is wrong. */
int sd_seccomp_resolve(const struct sd_json *profile, const struct sd_seccomp_target *target,
	struct sd_json **oci, struct sd_err *e);

/* docker's name of this machine's architecture, or NULL where it has none. */
const char *sd_seccomp_native_arch(void);

#endif
