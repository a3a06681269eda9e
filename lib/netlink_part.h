/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the module netlink share. */
#ifndef SD_NETLINK_PART_H
#define SD_NETLINK_PART_H

#include <netlink/msg.h>
#include "netlink.h"

/*
 * Send a request that `built` says was built (0, or libnl's error), and wait for the kernel's answer.
 * Frees msg.  0, or -1 with nl->errnum and nl->said, for sd_nl_failed.
 */
int sd_nl_ask(struct sd_nl *nl, int built, struct nl_msg *msg);
/* "TEXT: strerror (hint: ...)" of the request that failed.  -1. */
int sd_nl_failed(struct sd_nl *nl, struct sd_err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* All objects of a kind, by one of libnl's rtnl_*_alloc_cache, whose error is `r`. */
int sd_nl_listed(struct sd_nl *nl, int r, const char *what, struct sd_err *e);

#endif
