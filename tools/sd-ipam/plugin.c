/* SPDX-License-Identifier: Apache-2.0 */
/* The CNI IPAM plugin: the same leases, for attachments of whatever runtime. */
#include "sd-ipam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include "cleanup.h"

static struct owner owner_of(const struct sd_cni_call *call)
{
	return (struct owner){.id = call->container,
		.network = call->network,
		.ifname = call->ifname,
		.process = ""};
}

static const struct sd_json *ipam_of(const struct sd_cni_call *call)
{
	return sd_json_member(call->conf, "ipam");
}

static int read_ranges(const struct sd_cni_call *call, struct ranges *r, struct sd_err *e)
{
	const struct sd_json *more = sd_json_get(call->conf, "runtimeConfig.ipRanges");

	if (ranges_read(r, ipam_of(call), more, e) < 0)
		return sd_cni_code(e, SD_CNI_BAD_CONFIG);
	return 0;
}

static int add_wish(struct wish *wish, const char *text, const char *what, struct sd_err *e)
{
	struct sd_addr a;

	/* Some runtimes write the prefix of the subnet to it. */
	if ((strchr(text, '/') ? sd_addr_parse_subnet(text, what, &a, e)
			       : sd_addr_parse(text, what, &a, e)) < 0)
		return sd_cni_code(e, SD_CNI_BAD_CONFIG);
	a.prefix = sd_addr_bits(&a);
	wish->v = sd_realloc(wish->v, (wish->n + 1) * sizeof(*wish->v));
	wish->v[wish->n++] = a;
	return 0;
}

/* There are three ways to ask for an address, one a generation of runtimes. */
static int read_wish(const struct sd_cni_call *call, struct wish *wish, struct sd_err *e)
{
	static const char *const paths[] = {"runtimeConfig.ips", "args.cni.ips"};
	sd_auto_free char *argument = sd_cni_arg(call, "IP");

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		sd_auto_free const char **ips = NULL;
		size_t n = 0;

		if (sd_json_strings(call->conf, &ips, &n, e, "%s", paths[i]) < 0)
			return sd_cni_code(e, SD_CNI_BAD_CONFIG);
		for (size_t k = 0; k < n; k++)
			if (add_wish(wish, ips[k], paths[i], e) < 0)
				return -1;
	}
	return argument ? add_wish(wish, argument, "CNI_ARGS: IP", e) : 0;
}

static int add(const struct sd_cni_call *call, struct sd_json **result, struct sd_err *e)
{
	const struct owner o = owner_of(call);
	auto_ranges struct ranges ranges = {0};
	sd_auto_free struct lease *leases = NULL;
	sd_auto_free struct sd_addr *wished = NULL;
	struct wish wish = {0};
	int r;

	r = read_ranges(call, &ranges, e);
	if (r == 0)
		r = read_wish(call, &wish, e);
	wished = wish.v;
	if (r < 0)
		return -1;
	leases = sd_calloc(ranges.n, sizeof(*leases));
	if (lease_all(&ranges, &o, &wish, leases, e) < 0)
		return e->errnum == EADDRNOTAVAIL ? sd_cni_code(e, SD_CNI_TRY_LATER) : -1;
	*result = lease_result(leases, ranges.n, ipam_of(call));
	return 0;
}

static bool is_attachments(const struct owner *o, const struct sd_addr *address, const void *what)
{
	return owner_equal(o, what);
}

static int del(const struct sd_cni_call *call, struct sd_err *e)
{
	const struct owner o = owner_of(call);
	uint32_t hash = owner_hash(o.id);

	return lease_remove(NULL, is_attachments, &o, &hash, e);
}

/* An address of the result that these ranges hold must be leased to the attachment. */
static int check_address(const struct ranges *ranges, const struct sd_addr *a,
	const struct owner *o, bool *held, struct sd_err *e)
{
	const struct range *range = NULL;
	char text[SD_ADDR_LEN];
	int r;

	for (size_t i = 0; i < ranges->n && !range; i++)
		range = range_of(&ranges->v[i], a);
	if (!range)
		return 0;
	r = lease_is(&range->subnet, a, o, e);
	*held |= r > 0;
	return r != 0 ? r
		      : sd_fail(e, 0, "%s is not leased to %s %s", sd_addr_text(a, text), o->id,
				o->ifname);
}

static int check(const struct sd_cni_call *call, struct sd_err *e)
{
	const struct owner o = owner_of(call);
	auto_ranges struct ranges ranges = {0};
	const struct sd_json *item;
	bool held = false;
	size_t i;

	if (read_ranges(call, &ranges, e) < 0)
		return -1;
	sd_json_array_foreach (sd_json_member(call->prev, "ips"), i, item) {
		const char *text = sd_json_string_value(sd_json_member(item, "address"));
		struct sd_addr a;

		if (!text || sd_addr_parse_subnet(text, "prevResult.ips", &a, e) < 0) {
			if (!text)
				sd_json_missing(e, "prevResult.ips[%zu].address", i);
			return sd_cni_code(e, SD_CNI_BAD_CONFIG);
		}
		if (check_address(&ranges, &a, &o, &held, e) < 0)
			return -1;
	}
	return held ? 0 : sd_fail(e, 0, "nothing is leased to %s %s", o.id, o.ifname);
}

static bool is_detached(const struct owner *o, const struct sd_addr *address, const void *what)
{
	const struct sd_cni_call *call = what;

	return *o->ifname && strcmp(o->network, call->network) == 0 &&
	       !sd_cni_attached(call, o->id, o->ifname);
}

static int gc(const struct sd_cni_call *call, struct sd_err *e)
{
	return lease_remove(NULL, is_detached, call, NULL, e);
}

static int status(const struct sd_cni_call *call, struct sd_err *e)
{
	auto_ranges struct ranges ranges = {0};

	if (read_ranges(call, &ranges, e) < 0)
		return -1;
	for (size_t i = 0; i < ranges.n; i++)
		if (lease_possible(&ranges.v[i], e) < 0)
			return e->errnum == EADDRNOTAVAIL ? sd_cni_code(e, SD_CNI_UNAVAILABLE) : -1;
	return 0;
}

const struct sd_cni_plugin ipam_plugin = {
	.add = add, .del = del, .check = check, .gc = gc, .status = status};
