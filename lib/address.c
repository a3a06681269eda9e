/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "str.h"

int sd_addr_parse(const char *text, const char *what, struct sd_addr *a, struct sd_err *e)
{
	*a = (struct sd_addr){.family = strchr(text, ':') ? AF_INET6 : AF_INET};
	if (inet_pton(a->family, text, a->bytes) != 1)
		return sd_fail(e, 0, "%s: '%s' is not an IP address", what, text);
	a->prefix = sd_addr_bits(a);
	return 0;
}

int sd_addr_parse_subnet(const char *text, const char *what, struct sd_addr *a, struct sd_err *e)
{
	const char *slash = strchr(text, '/');
	sd_auto_free char *address = slash ? sd_strndup(text, (size_t)(slash - text)) : NULL;
	struct sd_err ignored;
	int64_t prefix;

	if (!slash || sd_addr_parse(address, what, a, &ignored) < 0 ||
		sd_parse_int(slash + 1, what, 0, sd_addr_bits(a), &prefix, &ignored) < 0)
		return sd_fail(e, 0, "%s: '%s' is not a subnet, as 10.1.2.0/24 is", what, text);
	a->prefix = (unsigned)prefix;
	return 0;
}

const char *sd_addr_text(const struct sd_addr *a, char buf[SD_ADDR_LEN])
{
	if (!inet_ntop(a->family, a->bytes, buf, SD_ADDR_LEN))
		*buf = '\0'; /* of no family */
	return buf;
}

const char *sd_addr_subnet_text(const struct sd_addr *a, char buf[SD_ADDR_LEN])
{
	size_t n = strlen(sd_addr_text(a, buf));

	snprintf(buf + n, SD_ADDR_LEN - n, "/%u", a->prefix);
	return buf;
}

unsigned sd_addr_bits(const struct sd_addr *a)
{
	return a->family == AF_INET6 ? 128 : 32;
}

/* Keep the bits of the prefix, and fill the rest. */
static struct sd_addr masked(const struct sd_addr *a, unsigned char fill)
{
	struct sd_addr r = *a;

	for (unsigned i = 0; i < sd_addr_bits(a) / 8; i++) {
		unsigned kept = a->prefix > i * 8 ? a->prefix - i * 8 : 0;
		unsigned host = kept >= 8 ? 0 : 0xffu >> kept;

		r.bytes[i] = (unsigned char)((a->bytes[i] & ~host) | (fill & host));
	}
	return r;
}

struct sd_addr sd_addr_network(const struct sd_addr *a)
{
	return masked(a, 0);
}

struct sd_addr sd_addr_last(const struct sd_addr *subnet)
{
	return masked(subnet, 0xff);
}

struct sd_addr sd_addr_plus(const struct sd_addr *a, uint64_t n)
{
	struct sd_addr r = *a;
	unsigned carry = 0;

	for (unsigned i = sd_addr_bits(a) / 8; i-- > 0; n >>= 8) {
		unsigned sum = r.bytes[i] + (unsigned)(n & 0xff) + carry;

		r.bytes[i] = (unsigned char)sum;
		carry = sum >> 8;
	}
	return r;
}

uint64_t sd_addr_distance(const struct sd_addr *a, const struct sd_addr *b)
{
	unsigned size = sd_addr_bits(a) / 8;
	uint64_t distance = 0;
	int borrow = 0;
	bool large = false;

	for (unsigned i = size; i-- > 0;) {
		int digit = b->bytes[i] - a->bytes[i] - borrow;

		borrow = digit < 0;
		if (size - i <= 8)
			distance |= (uint64_t)(digit & 0xff) << (8 * (size - 1 - i));
		else if (digit & 0xff)
			large = true;
	}
	return large || borrow ? UINT64_MAX : distance;
}

int sd_addr_compare(const struct sd_addr *a, const struct sd_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool sd_addr_in(const struct sd_addr *a, const struct sd_addr *subnet)
{
	struct sd_addr mine = *a, theirs = sd_addr_network(subnet);

	mine.prefix = subnet->prefix;
	mine = sd_addr_network(&mine);
	return sd_addr_compare(&mine, &theirs) == 0;
}

bool sd_addr_overlap(const struct sd_addr *a, const struct sd_addr *b)
{
	return a->prefix <= b->prefix ? sd_addr_in(b, a) : sd_addr_in(a, b);
}

bool sd_addr_is_loopback(const struct sd_addr *a)
{
	static const struct sd_addr v6 = {AF_INET6, 128, {[15] = 1}};

	return a->family == AF_INET ? a->bytes[0] == 127 : sd_addr_compare(a, &v6) == 0;
}

bool sd_addr_is_link_local(const struct sd_addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] == 169 && a->bytes[1] == 254;
	return a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}
