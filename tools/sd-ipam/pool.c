/* SPDX-License-Identifier: Apache-2.0 */
/* Subnets for networks that wish for none. */
#include "pool.h"

#include <sys/random.h>
#include <sys/socket.h>

/*
 * Private ones (RFC 1918) that home routers and docker leave alone, in this order; those that they
 * take come last.
 */
static const struct pool {
	struct sd_addr first, last;
	bool default_only;
} pools[] = {
	{{AF_INET, 16, {10, 88}}, {AF_INET, 16, {10, 88}}, true},
	{{AF_INET, 24, {10, 89, 0}}, {AF_INET, 24, {10, 255, 255}}, false},
	{{AF_INET, 24, {172, 17, 0}}, {AF_INET, 24, {172, 31, 255}}, false},
	{{AF_INET, 24, {192, 168, 0}}, {AF_INET, 24, {192, 168, 255}}, false},
};

/* The first subnet as large as this one behind both. */
static struct sd_addr behind(const struct sd_addr *a, const struct sd_addr *b)
{
	struct sd_addr last = sd_addr_last(a), other = sd_addr_last(b), next;

	next = sd_addr_plus(sd_addr_compare(&last, &other) < 0 ? &other : &last, 1);
	next.prefix = a->prefix;
	return next;
}

int pool_choose_v4(
	const struct taken *t, bool default_network, struct sd_addr *out, struct sd_err *e)
{
	for (size_t i = 0; i < sizeof(pools) / sizeof(*pools); i++) {
		const struct pool *p = &pools[i];

		if (p->default_only && !default_network)
			continue;
		for (*out = p->first; sd_addr_compare(out, &p->last) <= 0;) {
			const struct taken_subnet *other = taken_find(t, out);

			if (!other)
				return 0;
			*out = behind(out, &other->subnet);
		}
	}
	sd_fail(e, 0, "no private IPv4 subnet is free");
	return sd_hint(e, "choose one: --subnet");
}

/* A unique local address (RFC 4193): fd, 40 bits by chance, subnet 0. */
void pool_choose_v6(const struct taken *t, struct sd_addr *out)
{
	do {
		*out = (struct sd_addr){.family = AF_INET6, .prefix = 64, .bytes = {0xfd}};
		while (getrandom(out->bytes + 1, 5, 0) != 5)
			;
	} while (taken_find(t, out));
}
