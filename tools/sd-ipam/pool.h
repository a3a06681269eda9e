/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that find a network its subnet. */
#ifndef SD_IPAM_POOL_H
#define SD_IPAM_POOL_H

#include "sd-ipam.h"

struct taken_subnet {
	struct sd_addr subnet;
	char *by; /* whose it is, in words */
};
struct taken {
	struct taken_subnet *v;
	size_t n;
};
void taken_free(struct taken *t);
#define auto_taken __attribute__((cleanup(taken_free)))

/* Each adds: the networks but that name, the host's but that link, the claims but that id's. */
int taken_networks(struct taken *t, const char *but, struct sd_err *e);
int taken_host(struct taken *t, const char *but, struct sd_err *e);
int taken_claims(struct taken *t, int dir, const char *but, struct sd_err *e);
/* One that this subnet overlaps, or NULL. */
const struct taken_subnet *taken_find(const struct taken *t, const struct sd_addr *subnet);

/* A free subnet of the pools. */
int pool_choose_v4(
	const struct taken *t, bool default_network, struct sd_addr *out, struct sd_err *e);
void pool_choose_v6(const struct taken *t, struct sd_addr *out);

#endif
