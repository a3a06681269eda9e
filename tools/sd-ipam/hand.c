/* SPDX-License-Identifier: Apache-2.0 */
/* lease and release: by options, or else by the document on standard input. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "filter.h"
#include "sd-ipam.h"

struct lease_args {
	const char *subnet, *gateway, *ip_range, *owner, *ip;
	struct sd_strv reserved;
	int64_t count, pid;
};

const struct sd_opt lease_opts[] = {
	SD_OPT_STR(
		struct lease_args, subnet, 0, "subnet", "SUBNET", "lease an address of this one"),
	SD_OPT_STR(struct lease_args, owner, 0, "owner", "NAME", "whose it is"),
	SD_OPT_STR(struct lease_args, ip, 0, "ip", "ADDRESS", "this address, and no other"),
	SD_OPT_STR(struct lease_args, ip_range, 0, "ip-range", "SUBNET",
		"choose from this part of the subnet"),
	SD_OPT_STR(struct lease_args, gateway, 0, "gateway", "ADDRESS",
		"never lease this one (the subnet's first)"),
	SD_OPT_LIST(struct lease_args, reserved, 0, "aux-address", "ADDRESS", "nor this one"),
	SD_OPT_INT(struct lease_args, count, 0, "count", "N", "so many in all (1)"),
	SD_OPT_INT(struct lease_args, pid, 0, "pid", "PID", "the lease ends with this process"),
	SD_OPT_END,
};
const size_t lease_size = sizeof(struct lease_args);

/* No subnet has more that can be leased: a /8. */
#define COUNT_MAX ((1 << 24) - 2)

void lease_init(void *args)
{
	((struct lease_args *)args)->count = 1;
}

static int check_lease(const struct lease_args *a, struct sd_err *e)
{
	if (!a->subnet)
		return sd_fail(e, 0, "--subnet: missing");
	if (!a->owner || !*a->owner)
		return sd_fail(e, 0, "--owner: missing");
	if (!sd_is_utf8(a->owner) || strlen(a->owner) > 255)
		return sd_fail(e, 0, "--owner: not UTF-8 of at most 255 bytes");
	if (a->count < 1 || a->count > COUNT_MAX)
		return sd_fail(e, 0, "--count: expected 1 to %d", COUNT_MAX);
	if (a->ip && a->count > 1)
		return sd_fail(e, 0, "--ip and --count exclude each other");
	return 0;
}

static int read_process(int64_t pid, char **process, struct sd_err *e)
{
	int r = pid > 0 && pid <= INT32_MAX ? owner_process((pid_t)pid, process, e) : 0;

	if (r == 0)
		sd_fail(e, 0, "--pid: there is no process %lld", (long long)pid);
	return r > 0 ? 0 : -1;
}

static int lease_by_hand(const struct lease_args *a, struct sd_err *e)
{
	const struct range_words words = {a->subnet, a->gateway, a->ip_range, &a->reserved};
	sd_auto_free struct lease *leases = NULL;
	sd_auto_free char *process = NULL;
	auto_ranges struct ranges ranges = {0};
	struct owner o = {a->owner, "", "", ""};
	struct sd_addr ip = {0};
	struct wish wish = {.v = &ip, .n = a->ip != NULL};
	char text[SD_ADDR_LEN];
	int r;

	if (check_lease(a, e) < 0 || ranges_of_words(&ranges, &words, e) < 0 ||
		(a->ip && sd_addr_parse(a->ip, "--ip", &ip, e) < 0) ||
		(a->pid && read_process(a->pid, &process, e) < 0))
		return -1;
	if (process)
		o.process = process;
	leases = sd_calloc((size_t)a->count, sizeof(*leases));
	r = a->ip ? lease_all(&ranges, &o, &wish, leases, e)
		  : lease_many(&ranges.v[0].v[0], &o, leases, (size_t)a->count, e);
	if (r < 0)
		return -1;
	for (int64_t i = 0; i < a->count; i++)
		puts(sd_addr_subnet_text(&leases[i].address, text));
	if (fflush(stdout) == 0)
		return 0;
	sd_fail(e, errno, "write to standard output");
	/* Nobody was told of it. */
	lease_undo(leases, (size_t)a->count, &o);
	return -1;
}

int verb_lease(const struct sd_call *call, struct sd_err *e)
{
	const struct lease_args *a = call->args;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	return call->raw_argc ? lease_by_hand(a, e) : filter_lease(e);
}

struct release_args {
	const char *subnet, *owner, *ip, *network;
};

const struct sd_opt release_opts[] = {
	SD_OPT_STR(struct release_args, owner, 0, "owner", "NAME", "what was leased to that one"),
	SD_OPT_STR(struct release_args, ip, 0, "ip", "ADDRESS", "this address"),
	SD_OPT_STR(struct release_args, subnet, 0, "subnet", "SUBNET", "only of this one"),
	SD_OPT_STR(struct release_args, network, 0, "network", "NAME",
		"only of that network; the filter's option too"),
	SD_OPT_END,
};
const size_t release_size = sizeof(struct release_args);

struct chosen {
	const struct release_args *args;
	struct sd_addr ip;
};

static bool is_chosen(const struct owner *o, const struct sd_addr *address, const void *what)
{
	const struct chosen *c = what;
	const struct release_args *a = c->args;

	return (!a->owner || strcmp(a->owner, o->id) == 0) &&
	       (!a->network || strcmp(a->network, o->network) == 0) &&
	       (!a->ip || sd_addr_compare(address, &c->ip) == 0);
}

static int release_by_hand(const struct release_args *a, struct sd_err *e)
{
	struct chosen c = {.args = a};
	struct sd_addr subnet;
	uint32_t hash = a->owner ? owner_hash(a->owner) : 0;

	if (!a->owner && !a->ip)
		return sd_fail(e, 0, "what to release is missing: --owner, or --ip");
	if ((a->ip && sd_addr_parse(a->ip, "--ip", &c.ip, e) < 0) ||
		(a->subnet && sd_addr_parse_subnet(a->subnet, "--subnet", &subnet, e) < 0))
		return -1;
	if (a->subnet)
		subnet = sd_addr_network(&subnet);
	return lease_remove(a->subnet ? &subnet : NULL, is_chosen, &c, a->owner ? &hash : NULL, e);
}

int verb_release(const struct sd_call *call, struct sd_err *e)
{
	const struct release_args *a = call->args;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	return a->owner || a->ip || a->subnet ? release_by_hand(a, e)
					      : filter_release(a->network, e);
}
