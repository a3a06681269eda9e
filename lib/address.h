/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address - IP addresses and subnets as CNI writes them: "10.0.0.2", "10.0.0.2/24", "fd00::2/64".
 *
 * Both families in one shape: bytes in network order, a prefix length in bits.  Functions of two
 * addresses are false or 0 where the families differ.
 */
#ifndef SD_ADDRESS_H
#define SD_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "err.h"

struct sd_addr {
	int family;		 /* AF_INET or AF_INET6; 0: none */
	unsigned prefix;	 /* of a lone address: 32 or 128 */
	unsigned char bytes[16]; /* 4 of them for AF_INET, the rest 0 */
};

/* "fd00:...:255.255.255.255/128" and its NUL. */
#define SD_ADDR_LEN 64

/*
 * `what` names the option or member in the error.  sd_addr_parse takes an address alone,
 * sd_addr_parse_subnet one with "/PREFIX", whose bits behind the prefix are kept:
 * sd_addr_network takes them off.
 */
int sd_addr_parse(const char *text, const char *what, struct sd_addr *a, struct sd_err *e);
int sd_addr_parse_subnet(const char *text, const char *what, struct sd_addr *a, struct sd_err *e);

/* "10.0.0.2" and "10.0.0.2/24", into buf, which is returned. */
const char *sd_addr_text(const struct sd_addr *a, char buf[SD_ADDR_LEN]);
const char *sd_addr_subnet_text(const struct sd_addr *a, char buf[SD_ADDR_LEN]);

unsigned sd_addr_bits(const struct sd_addr *a); /* 32 or 128 */
struct sd_addr sd_addr_network(const struct sd_addr *a);
/* The address `n` behind this one; the distance from a to b, UINT64_MAX where it is more. */
struct sd_addr sd_addr_plus(const struct sd_addr *a, uint64_t n);
uint64_t sd_addr_distance(const struct sd_addr *a, const struct sd_addr *b);
/* The last address of a subnet: the broadcast address of IPv4. */
struct sd_addr sd_addr_last(const struct sd_addr *subnet);

int sd_addr_compare(const struct sd_addr *a, const struct sd_addr *b); /* by family, then bytes */
bool sd_addr_in(const struct sd_addr *a, const struct sd_addr *subnet);
bool sd_addr_overlap(const struct sd_addr *a, const struct sd_addr *b);
bool sd_addr_is_loopback(const struct sd_addr *a);
bool sd_addr_is_link_local(const struct sd_addr *a); /* 169.254.0.0/16, fe80::/10 */

#endif
