/* SPDX-License-Identifier: Apache-2.0 */
/* Leasing and taking back: each under the lock of one subnet, never of two. */
#include "sd-ipam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include "cleanup.h"

static size_t find_offset(const struct leases *l, uint64_t offset)
{
	size_t s = leases_next(l, 0);

	while (s < l->slots && leases_offset(l, s) != offset)
		s = leases_next(l, s + 1);
	return s;
}

/* The first lease of this owner from slot *s on: 1, 0 none, -1. */
static int find_owner(const struct leases *l, const struct owner *o, size_t *s, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	uint32_t hash = owner_hash(o->id);

	for (*s = leases_next(l, *s); *s < l->slots; *s = leases_next(l, *s + 1)) {
		struct owner other;

		if (leases_hash(l, *s) != hash)
			continue;
		if (leases_owner(l, *s, &text, &other, e) < 0)
			return -1;
		if (owner_equal(o, &other))
			return 1;
	}
	return 0;
}

static struct lease make(const struct range *r, uint64_t offset, bool fresh)
{
	struct lease lease = {sd_addr_plus(&r->subnet, offset), r->gateway, fresh};

	lease.address.prefix = r->subnet.prefix;
	return lease;
}

/* Whoever stands for the owner now may be another process than at first. */
static int renew(struct leases *l, size_t s, const struct owner *o, struct sd_err *e)
{
	uint64_t offset = leases_offset(l, s);

	if (!*o->process)
		return 0;
	return leases_remove(l, s, e) < 0 ? -1 : leases_add(l, offset, o, e);
}

/* 1: the wanted address is free, or this owner's already (*mine); 0 another's; -1. */
static int wanted_free(struct leases *l, const struct sd_addr *a, const struct owner *o, bool *mine,
	struct sd_err *e)
{
	size_t s = find_offset(l, sd_addr_distance(&l->subnet, a));
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_free char *whose = NULL;
	char address[SD_ADDR_LEN];
	struct owner other;

	*mine = false;
	if (s == l->slots)
		return 1;
	if (leases_owner(l, s, &text, &other, e) < 0)
		return -1;
	*mine = owner_equal(o, &other);
	if (*mine)
		return 1;
	if (owner_gone(&other, &whose))
		return leases_remove(l, s, e) < 0 ? -1 : 1;
	sd_fail(e, 0, "lease %s: it is taken by %s", sd_addr_text(a, address), whose);
	return 0;
}

/* What nobody owns any more. */
static int reclaim(struct leases *l, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};

	for (size_t s = leases_next(l, 0); s < l->slots; s = leases_next(l, s + 1)) {
		struct owner o;

		if (leases_owner(l, s, &text, &o, e) < 0)
			return -1;
		if (owner_gone(&o, NULL) && leases_remove(l, s, e) < 0)
			return -1;
	}
	return 0;
}

/* 1: `n` that are free, 0 there are fewer, -1. */
static int find_free(
	struct leases *l, const struct range *r, uint64_t *offsets, size_t n, struct sd_err *e)
{
	if (range_free(r, l, offsets, n) == n)
		return 1;
	if (reclaim(l, e) < 0)
		return -1;
	return range_free(r, l, offsets, n) == n;
}

/* Lease the next `n` free addresses, all or none: 1, 0 there are fewer, -1. */
static int take(struct leases *l, const struct range *r, const struct owner *o, struct lease *out,
	size_t n, struct sd_err *e)
{
	sd_auto_free uint64_t *offsets = sd_calloc(n, sizeof(*offsets));
	int found = find_free(l, r, offsets, n, e);
	struct sd_err ignored; /* the first error is the one to tell */
	size_t i = 0;

	if (found <= 0)
		return found;
	/* First: a cursor that is too far ahead wastes nothing. */
	if (leases_set_cursor(l, offsets[n - 1], e) < 0)
		return -1;
	for (; i < n; i++) {
		if (leases_add(l, offsets[i], o, e) < 0)
			goto undo;
		out[i] = make(r, offsets[i], true);
	}
	return 1;
undo:
	while (i > 0)
		leases_remove(l, find_offset(l, offsets[--i]), &ignored);
	return -1;
}

static int take_wanted(struct leases *l, const struct range *r, const struct owner *o,
	const struct sd_addr *wanted, struct lease *out, struct sd_err *e)
{
	uint64_t offset = sd_addr_distance(&r->subnet, wanted);
	bool mine;
	int free;

	if (range_check_wanted(r, wanted, e) < 0)
		return 0;
	free = wanted_free(l, wanted, o, &mine, e);
	if (free <= 0)
		return free;
	*out = make(r, offset, !mine);
	if (mine)
		return renew(l, find_offset(l, offset), o, e) < 0 ? -1 : 1;
	return leases_add(l, offset, o, e) < 0 ? -1 : 1;
}

/* Of one range: 1 leased, 0 nothing is free, or what is wanted is not (with the error), -1. */
static int lease_of(const struct range *r, const struct owner *o, const struct sd_addr *wanted,
	struct lease *out, struct sd_err *e)
{
	auto_leases struct leases l = {0};
	size_t s = 0;
	int found;

	if (leases_open(&l, &r->subnet, LOCK_EX, e) < 0)
		return -1;
	if (wanted)
		return take_wanted(&l, r, o, wanted, out, e);
	found = find_owner(&l, o, &s, e);
	if (found < 0)
		return -1;
	if (found > 0) {
		*out = make(r, leases_offset(&l, s), false);
		return renew(&l, s, o, e) < 0 ? -1 : 1;
	}
	return take(&l, r, o, out, 1, e);
}

static int none_free(const struct range_set *set, struct sd_err *e)
{
	sd_auto_buf struct sd_buf names = {0};
	char text[SD_ADDR_LEN];

	for (size_t i = 0; i < set->n; i++)
		sd_buf_printf(&names, "%s%s", i ? ", " : "",
			sd_addr_subnet_text(&set->v[i].subnet, text));
	sd_fail(e, 0, "no address of %s is free", names.data);
	e->errnum = EADDRNOTAVAIL;
	return sd_hint(e, "'sd-ipam ls' says whose they are");
}

/* The wish that this set can meet, or NULL. */
static struct sd_addr *wish_for(const struct range_set *set, struct wish *wish)
{
	for (size_t i = 0; i < wish->n; i++)
		if (wish->v[i].family && range_of(set, &wish->v[i]))
			return &wish->v[i];
	return NULL;
}

static int lease_set(const struct range_set *set, const struct owner *o, struct wish *wish,
	struct lease *out, struct sd_err *e)
{
	struct sd_addr *wanted = wish_for(set, wish);
	int r = 0;

	if (wanted) {
		r = lease_of(range_of(set, wanted), o, wanted, out, e);
		wanted->family = 0;
		if (r != 0 || !wish->rather)
			return r > 0 ? 0 : -1;
	}
	for (size_t i = 0; i < set->n && r == 0; i++)
		r = lease_of(&set->v[i], o, NULL, out, e);
	return r > 0 ? 0 : r < 0 ? -1 : none_free(set, e);
}

int lease_all(const struct ranges *ranges, const struct owner *o, struct wish *wish,
	struct lease *out, struct sd_err *e)
{
	char text[SD_ADDR_LEN];
	size_t n = 0;

	for (; n < ranges->n; n++)
		if (lease_set(&ranges->v[n], o, wish, &out[n], e) < 0)
			goto undo;
	for (size_t i = 0; i < wish->n && !wish->rather; i++) {
		if (!wish->v[i].family)
			continue;
		sd_fail(e, 0, "lease %s: no subnet is left for it",
			sd_addr_text(&wish->v[i], text));
		goto undo;
	}
	return 0;
undo:
	lease_undo(out, n, o);
	return -1;
}

int lease_is(const struct sd_addr *subnet, const struct sd_addr *a, const struct owner *o,
	struct sd_err *e)
{
	auto_leases struct leases l = {0};
	sd_auto_buf struct sd_buf text = {0};
	struct owner other;
	size_t s;

	if (leases_open(&l, subnet, LOCK_SH, e) < 0)
		return -1;
	s = find_offset(&l, sd_addr_distance(subnet, a));
	if (s == l.slots)
		return 0;
	return leases_owner(&l, s, &text, &other, e) < 0 ? -1 : owner_equal(o, &other);
}

int lease_possible(const struct range_set *set, struct sd_err *e)
{
	uint64_t offset;

	for (size_t i = 0; i < set->n; i++) {
		auto_leases struct leases l = {0};
		int found;

		if (leases_open(&l, &set->v[i].subnet, LOCK_EX, e) < 0)
			return -1;
		found = find_free(&l, &set->v[i], &offset, 1, e);
		if (found != 0)
			return found < 0 ? -1 : 0;
	}
	return none_free(set, e);
}

int lease_many(const struct range *r, const struct owner *o, struct lease *out, size_t count,
	struct sd_err *e)
{
	auto_leases struct leases l = {0};
	const struct range_set set = {(struct range *)(uintptr_t)r, 1};
	size_t n = 0;
	int found;

	if (leases_open(&l, &r->subnet, LOCK_EX, e) < 0)
		return -1;
	for (size_t s = 0; n < count && (found = find_owner(&l, o, &s, e)) != 0; s++) {
		if (found < 0)
			return -1;
		out[n++] = make(r, leases_offset(&l, s), false);
	}
	if (n == count)
		return 0;
	found = take(&l, r, o, out + n, count - n, e);
	return found > 0 ? 0 : found < 0 ? -1 : none_free(&set, e);
}

/* ---- taking back */

static int remove_of(const struct sd_addr *subnet, pick_fn *pick, const void *what,
	const uint32_t *hash, struct sd_err *e)
{
	auto_leases struct leases l = {0};
	sd_auto_buf struct sd_buf text = {0};

	if (leases_open(&l, subnet, LOCK_EX, e) < 0)
		return -1;
	for (size_t s = leases_next(&l, 0); s < l.slots; s = leases_next(&l, s + 1)) {
		struct sd_addr address;
		struct owner o;

		if (hash && leases_hash(&l, s) != *hash)
			continue;
		address = sd_addr_plus(&l.subnet, leases_offset(&l, s));
		if (leases_owner(&l, s, &text, &o, e) < 0)
			return -1;
		if (!pick(&o, &address, what))
			continue;
		if (leases_remove(&l, s, e) < 0)
			return -1;
	}
	return 0;
}

int lease_remove(const struct sd_addr *subnet, pick_fn *pick, const void *what,
	const uint32_t *hash, struct sd_err *e)
{
	auto_subnets struct subnets all = {0};

	if (subnets_list(&all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if ((!subnet || (sd_addr_compare(subnet, &all.v[i]) == 0 &&
					subnet->prefix == all.v[i].prefix)) &&
			remove_of(&all.v[i], pick, what, hash, e) < 0)
			return -1;
	return 0;
}

struct exactly {
	const struct owner *owner;
	const struct sd_addr *address;
};

static bool is_exactly(const struct owner *o, const struct sd_addr *address, const void *what)
{
	const struct exactly *x = what;

	return owner_equal(o, x->owner) && sd_addr_compare(address, x->address) == 0;
}

void lease_undo(const struct lease *leases, size_t n, const struct owner *o)
{
	uint32_t hash = owner_hash(o->id);
	struct sd_err ignored; /* the first error is the one to tell */

	for (size_t i = 0; i < n; i++) {
		const struct sd_addr subnet = sd_addr_network(&leases[i].address);
		const struct exactly x = {o, &leases[i].address};

		if (leases[i].fresh)
			lease_remove(&subnet, is_exactly, &x, &hash, &ignored);
	}
}

struct sd_json *lease_result(const struct lease *leases, size_t n, const struct sd_json *ipam)
{
	struct sd_json *result = sd_json_new_object();
	struct sd_json *ips = sd_json_make_array(result, "ips");
	const struct sd_json *routes = sd_json_member(ipam, "routes");

	for (size_t i = 0; i < n; i++) {
		struct sd_json *ip = sd_json_new_object();
		char text[SD_ADDR_LEN];

		sd_json_set_str(ip, "address", sd_addr_subnet_text(&leases[i].address, text));
		sd_json_set_str(ip, "gateway", sd_addr_text(&leases[i].gateway, text));
		sd_json_append(ips, ip);
	}
	if (sd_json_is_array(routes))
		sd_json_set(result, "routes", sd_json_copy(routes));
	return result;
}
