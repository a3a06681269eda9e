/* SPDX-License-Identifier: Apache-2.0 */
/* What of a subnet is leased, and which of it is free. */
#include "sd-ipam.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "cleanup.h"

/* A range as it is written; NULL: not given. */
struct words {
	const char *subnet, *first, *last, *gateway;
};

static void reserve(struct range *r, uint64_t offset)
{
	r->reserved = sd_realloc(r->reserved, (r->n_reserved + 1) * sizeof(*r->reserved));
	r->reserved[r->n_reserved++] = offset;
}

static uint64_t offset_of(const struct range *r, const struct sd_addr *a)
{
	return sd_addr_distance(&r->subnet, a);
}

/*
 * The last address of a subnet that can be leased: of IPv4 the last of all is for broadcasts.
 * Distances end at 64 bits, and leases.c has its own use for the largest.
 */
static uint64_t last_of(const struct sd_addr *subnet)
{
	const struct sd_addr end = sd_addr_last(subnet);
	uint64_t last = sd_addr_distance(subnet, &end);

	return last == UINT64_MAX ? last - 1 : last - (subnet->family == AF_INET);
}

static int in_subnet(const struct range *r, const char *text, const char *what, struct sd_addr *a,
	struct sd_err *e)
{
	char subnet[SD_ADDR_LEN];

	if (sd_addr_parse(text, what, a, e) < 0)
		return -1;
	if (!sd_addr_in(a, &r->subnet))
		return sd_fail(e, 0, "%s: %s is not in %s", what, text,
			sd_addr_subnet_text(&r->subnet, subnet));
	return 0;
}

static int bound(
	struct range *r, const char *text, const char *what, uint64_t *offset, struct sd_err *e)
{
	struct sd_addr a;

	if (!text)
		return 0;
	if (in_subnet(r, text, what, &a, e) < 0)
		return -1;
	*offset = offset_of(r, &a);
	return 0;
}

/* Not of this network, loopback, multicast, reserved. */
static bool is_unicast(const struct sd_addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] != 0 && a->bytes[0] != 127 && a->bytes[0] < 224;
	return a->bytes[0] != 0 && a->bytes[0] != 0xff;
}

static int read_subnet(struct range *r, const char *text, const char *what, struct sd_err *e)
{
	bool v4;

	if (sd_addr_parse_subnet(text, what, &r->subnet, e) < 0)
		return -1;
	v4 = r->subnet.family == AF_INET;
	if (v4 && (r->subnet.prefix < 8 || r->subnet.prefix > 30))
		return sd_fail(e, 0, "%s: %s is none of /8 to /30", what, text);
	if (!v4 && r->subnet.prefix > 126)
		return sd_fail(e, 0, "%s: %s is longer than /126", what, text);
	if (!is_unicast(&r->subnet))
		return sd_fail(e, 0, "%s: %s is not for hosts", what, text);
	r->subnet = sd_addr_network(&r->subnet);
	return 0;
}

/* `what` are the names of the words. */
static int range_init(
	struct range *r, const struct words *w, const struct words *what, struct sd_err *e)
{
	if (!w->subnet)
		return sd_fail(e, 0, "%s: missing", what->subnet);
	if (read_subnet(r, w->subnet, what->subnet, e) < 0)
		return -1;
	r->first = 1;
	r->last = last_of(&r->subnet);
	r->gateway = sd_addr_plus(&r->subnet, 1);
	if (bound(r, w->first, what->first, &r->first, e) < 0 ||
		bound(r, w->last, what->last, &r->last, e) < 0 ||
		(w->gateway && in_subnet(r, w->gateway, what->gateway, &r->gateway, e) < 0))
		return -1;
	if (r->first < 1)
		r->first = 1;
	if (r->last > last_of(&r->subnet))
		r->last = last_of(&r->subnet);
	if (r->first > r->last)
		return sd_fail(e, 0, "%s: comes behind %s", what->first, what->last);
	reserve(r, offset_of(r, &r->gateway));
	return 0;
}

static struct range *add_range(struct range_set *set)
{
	set->v = sd_realloc(set->v, (set->n + 1) * sizeof(*set->v));
	memset(&set->v[set->n], 0, sizeof(*set->v));
	return &set->v[set->n++];
}

static struct range_set *add_set(struct ranges *r)
{
	r->v = sd_realloc(r->v, (r->n + 1) * sizeof(*r->v));
	memset(&r->v[r->n], 0, sizeof(*r->v));
	return &r->v[r->n++];
}

/* Addresses by the names of those that have them. */
static int read_reserved(struct range *r, const struct sd_json *item, struct sd_err *e)
{
	struct sd_json *aux = NULL;

	if (sd_json_object(item, &aux, e, "auxAddresses") < 0)
		return -1;
	sd_json_object_foreach (aux, it) {
		const char *text = sd_json_string_value(sd_json_iter_value(it));
		struct sd_addr a;

		if (!text)
			return sd_fail(e, 0, "auxAddresses: expected an object of strings");
		if (in_subnet(r, text, "auxAddresses", &a, e) < 0)
			return -1;
		reserve(r, offset_of(r, &a));
	}
	return 0;
}

static int read_range(struct range *r, const struct sd_json *item, struct sd_err *e)
{
	static const struct words what = {"subnet", "rangeStart", "rangeEnd", "gateway"};
	struct words w = {0};

	if (sd_json_str(item, &w.subnet, e, "subnet") < 0 ||
		sd_json_str(item, &w.first, e, "rangeStart") < 0 ||
		sd_json_str(item, &w.last, e, "rangeEnd") < 0 ||
		sd_json_str(item, &w.gateway, e, "gateway") < 0)
		return -1;
	return range_init(r, &w, &what, e) < 0 ? -1 : read_reserved(r, item, e);
}

/* All of a set are of one family: an address of it has one route to the world. */
static int read_set(struct ranges *ranges, const struct sd_json *list, struct sd_err *e)
{
	struct range_set *set = add_set(ranges);
	const struct sd_json *item;
	size_t i;

	sd_json_array_foreach (list, i, item) {
		struct range *r = add_range(set);

		if (read_range(r, item, e) < 0)
			return sd_fail(e, 0, "ranges[%zu][%zu]: %s", ranges->n - 1, i, e->text);
		if (r->subnet.family != set->v[0].subnet.family)
			return sd_fail(e, 0, "ranges[%zu]: both IPv4 and IPv6", ranges->n - 1);
	}
	return set->n ? 0
		      : sd_fail(e, 0, "ranges[%zu]: expected an array of ranges", ranges->n - 1);
}

static int read_sets(struct ranges *ranges, const struct sd_json *sets, struct sd_err *e)
{
	const struct sd_json *list;
	size_t i;

	if (sets && !sd_json_is_array(sets))
		return sd_fail(e, 0, "ranges: expected an array of arrays");
	sd_json_array_foreach (sets, i, list)
		if (read_set(ranges, list, e) < 0)
			return -1;
	return 0;
}

int ranges_read(
	struct ranges *r, const struct sd_json *ipam, const struct sd_json *more, struct sd_err *e)
{
	/* Older than `ranges`: the members of the only one. */
	if (sd_json_member(ipam, "subnet") && read_range(add_range(add_set(r)), ipam, e) < 0)
		return -1;
	if (read_sets(r, more, e) < 0 || read_sets(r, sd_json_member(ipam, "ranges"), e) < 0)
		return -1;
	return r->n ? 0 : sd_json_missing(e, "ipam.ranges");
}

int ranges_of_words(struct ranges *ranges, const struct range_words *given, struct sd_err *e)
{
	static const struct words what = {"--subnet", "--ip-range", "--ip-range", "--gateway"};
	struct words w = {.subnet = given->subnet, .gateway = given->gateway};
	struct range *r = add_range(add_set(ranges));
	char first[SD_ADDR_LEN], last[SD_ADDR_LEN];
	struct sd_addr part, end;

	if (given->ip_range) {
		if (sd_addr_parse_subnet(given->ip_range, "--ip-range", &part, e) < 0)
			return -1;
		part = sd_addr_network(&part);
		end = sd_addr_last(&part);
		w.first = sd_addr_text(&part, first);
		w.last = sd_addr_text(&end, last);
	}
	if (range_init(r, &w, &what, e) < 0)
		return -1;
	for (size_t i = 0; i < given->reserved->n; i++) {
		struct sd_addr a;

		if (in_subnet(r, given->reserved->v[i], "--aux-address", &a, e) < 0)
			return -1;
		reserve(r, offset_of(r, &a));
	}
	return 0;
}

void ranges_free(struct ranges *r)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->v[i].n; k++)
			free(r->v[i].v[k].reserved);
		free(r->v[i].v);
	}
	free(r->v);
}

const struct range *range_of(const struct range_set *set, const struct sd_addr *a)
{
	for (size_t i = 0; i < set->n; i++)
		if (sd_addr_in(a, &set->v[i].subnet))
			return &set->v[i];
	return NULL;
}

int range_check_wanted(const struct range *r, const struct sd_addr *a, struct sd_err *e)
{
	char text[SD_ADDR_LEN], subnet[SD_ADDR_LEN];
	uint64_t offset = offset_of(r, a);
	const char *why = NULL;

	if (offset == 0)
		why = "the address of the network itself";
	else if (offset == offset_of(r, &r->gateway))
		why = "the gateway";
	else if (offset > last_of(&r->subnet))
		why = r->subnet.family == AF_INET ? "the broadcast address"
						  : "further than 64 bits into the subnet";
	for (size_t i = 0; i < r->n_reserved && !why; i++)
		if (r->reserved[i] == offset)
			why = "reserved";
	if (!why)
		return 0;
	return sd_fail(e, 0, "lease %s of %s: it is %s", sd_addr_text(a, text),
		sd_addr_subnet_text(&r->subnet, subnet), why);
}

/* How far behind `start` in a range that begins anew at its end. */
static uint64_t ahead(const struct range *r, uint64_t start, uint64_t offset)
{
	if (offset < r->first || offset > r->last)
		return UINT64_MAX;
	return offset >= start ? offset - start : r->last - start + 1 + (offset - r->first);
}

/*
 * Of as many addresses from `start` on as are taken, reserved and wanted together, so many are
 * free: a bit for each of those is enough, however large the range.
 */
size_t range_free(const struct range *r, const struct leases *l, uint64_t *offsets, size_t want)
{
	uint64_t start = l->cursor >= r->first && l->cursor < r->last ? l->cursor + 1 : r->first;
	uint64_t size = r->last - r->first, bits = l->taken + r->n_reserved + want, n = 0;
	sd_auto_free unsigned char *taken = NULL;

	if (bits > size)
		bits = size + 1;
	taken = sd_calloc(bits / 8 + 1, 1);
	for (size_t s = leases_next(l, 0); s < l->slots; s = leases_next(l, s + 1)) {
		uint64_t d = ahead(r, start, leases_offset(l, s));

		if (d < bits)
			taken[d / 8] |= (unsigned char)(1u << d % 8);
	}
	for (size_t i = 0; i < r->n_reserved; i++) {
		uint64_t d = ahead(r, start, r->reserved[i]);

		if (d < bits)
			taken[d / 8] |= (unsigned char)(1u << d % 8);
	}
	for (uint64_t d = 0; d < bits && n < want; d++)
		if (!(taken[d / 8] >> d % 8 & 1))
			offsets[n++] = d <= r->last - start
					       ? start + d
					       : r->first + (d - (r->last - start + 1));
	return n;
}
