/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network_options - the options of `sdocker network create`, which are those of sd-network new: one
 * table serves both, as with run_options.h.
 */
#ifndef SD_NETWORK_OPTIONS_H
#define SD_NETWORK_OPTIONS_H

#include <stdbool.h>
#include "str.h"
#include "tool.h"

struct sd_network_options {
	const char *driver, *ipam_driver;
	struct sd_strv subnets, gateways, ranges, aux, options, labels;
	bool internal, ipv6, attachable;
};

/* Of `sdocker network connect` and sd-spec network: connect_options.def. */
struct sd_connect_options {
	const char *ip, *ip6, *mac;
	struct sd_strv aliases;
};

#endif
