/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subnet: a network's document gets a subnet that is its own.
 *
 * Between the choice and the network's place in the store another one may choose.  So what was
 * chosen is claimed: RUN/claims/ID, a symbolic link to "PID:TICKS SUBNET...", which symlink(2)
 * makes whole or not at all.  It ends when the network is stored (sd_network_add), or with the
 * process that this one is the child of: the driver, or a shell.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "io.h"
#include "network.h"
#include "pool.h"
#include "store.h"

const struct sd_opt subnet_opts[] = {SD_OPT_END};

static int lock_claims(struct sd_err *e)
{
	sd_auto_free char *path = sd_store_run("claims");
	sd_auto_fd int dir = -1;

	if (sd_mkdir_p(path, 0700, e) < 0)
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return sd_fail(e, errno, "open %s", path);
	while (flock(dir, LOCK_EX) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "lock %s", path);
	return sd_steal_fd(&dir);
}

static int claim(int dir, const char *id, const struct ranges *ranges, struct sd_err *e)
{
	sd_auto_buf struct sd_buf target = {0};
	char text[SD_ADDR_LEN];
	sd_auto_free char *process = NULL;

	if (owner_process(getppid(), &process, e) < 0)
		return -1;
	sd_buf_str(&target, process);
	for (size_t i = 0; i < ranges->n; i++)
		for (size_t k = 0; k < ranges->v[i].n; k++)
			sd_buf_printf(&target, " %s",
				sd_addr_subnet_text(&ranges->v[i].v[k].subnet, text));
	/* Its own of an earlier try. */
	if (unlinkat(dir, id, 0) < 0 && errno != ENOENT)
		return sd_fail(e, errno, "claim a subnet for %s", id);
	if (symlinkat(target.data, dir, id) < 0)
		return sd_fail(e, errno, "claim a subnet for %s", id);
	return 0;
}

static int check_wished(const struct ranges *ranges, const struct taken *taken, struct sd_err *e)
{
	char mine[SD_ADDR_LEN], theirs[SD_ADDR_LEN];

	for (size_t i = 0; i < ranges->n; i++)
		for (size_t k = 0; k < ranges->v[i].n; k++) {
			const struct sd_addr *subnet = &ranges->v[i].v[k].subnet;
			const struct taken_subnet *other = taken_find(taken, subnet);

			if (other)
				return sd_fail(e, 0, "%s overlaps %s of %s",
					sd_addr_subnet_text(subnet, mine),
					sd_addr_subnet_text(&other->subnet, theirs), other->by);
		}
	return 0;
}

static bool has_family(const struct ranges *ranges, int family)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (ranges->v[i].v[0].subnet.family == family)
			return true;
	return false;
}

static struct sd_json *set_of(const struct sd_addr *subnet)
{
	struct sd_json *set = sd_json_new_array(), *range = sd_json_new_object();
	char text[SD_ADDR_LEN];

	sd_json_set_str(range, "subnet", sd_addr_subnet_text(subnet, text));
	sd_json_append(set, range);
	return set;
}

/* An IPv4 subnet is what every network has; an IPv6 one those that wish for it. */
static int fill(struct sd_json *doc, struct sd_json *sets, const struct ranges *wished,
	const struct taken *taken, struct sd_err *e)
{
	bool ipv6 = false, is_default = strcmp(sd_network_name(doc), SD_NETWORK_DEFAULT) == 0;
	struct sd_addr subnet;

	if (sd_json_bool(doc, &ipv6, e, "sdocker.ipv6") < 0)
		return -1;
	if (!has_family(wished, AF_INET)) {
		if (pool_choose_v4(taken, is_default, &subnet, e) < 0)
			return -1;
		sd_json_insert(sets, 0, set_of(&subnet));
	}
	if (ipv6 && !has_family(wished, AF_INET6)) {
		pool_choose_v6(taken, &subnet);
		sd_json_append(sets, set_of(&subnet));
	}
	return 0;
}

/* The last of the ranges are those of the sets. */
static void set_gateways(struct sd_json *sets, const struct ranges *ranges)
{
	const struct range_set *r = ranges->v + ranges->n - sd_json_len(sets);
	struct sd_json *set, *range;
	char text[SD_ADDR_LEN];
	size_t i, k;

	sd_json_array_foreach (sets, i, set)
		sd_json_array_foreach (set, k, range)
			sd_json_set_str(range, "gateway", sd_addr_text(&r[i].v[k].gateway, text));
}

/* What this one must not overlap.  A plugin of another's may well serve the host's own LAN. */
static int look_around(const struct sd_json *doc, int claims, struct taken *taken, struct sd_err *e)
{
	const char *bridge = "";

	if (sd_json_str(sd_network_plugin(doc), &bridge, e, "bridge") < 0 ||
		taken_networks(taken, sd_network_name(doc), e) < 0 ||
		taken_claims(taken, claims, sd_network_id(doc), e) < 0)
		return -1;
	return sd_network_is_bridge(doc) ? taken_host(taken, bridge, e) : 0;
}

static bool ranges_there(const struct sd_json *ipam)
{
	return sd_json_len(sd_json_member(ipam, "ranges")) || sd_json_member(ipam, "subnet");
}

static int settle(struct sd_json *doc, int claims, struct sd_err *e)
{
	struct sd_json *ipam = sd_json_make_object(sd_network_plugin(doc), "ipam"), *sets;
	auto_ranges struct ranges wished = {0}, all = {0};
	auto_taken struct taken taken = {0};

	sets = sd_json_make_array(ipam, "ranges");
	if (!sets)
		return sd_fail(e, 0, "ipam.ranges: expected an array");
	if ((ranges_there(ipam) && ranges_read(&wished, ipam, NULL, e) < 0) ||
		look_around(doc, claims, &taken, e) < 0 || check_wished(&wished, &taken, e) < 0 ||
		fill(doc, sets, &wished, &taken, e) < 0 || ranges_read(&all, ipam, NULL, e) < 0)
		return -1;
	set_gateways(sets, &all);
	return claim(claims, sd_network_id(doc), &all, e);
}

/* 1: it is, and has its subnets; they are not looked at again.  0, -1. */
static int is_stored(const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *stored = NULL;
	int r = sd_network_load(sd_network_name(doc), &stored, e);

	return r <= 0 ? r : strcmp(sd_network_id(stored), sd_network_id(doc)) == 0;
}

int verb_subnet(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_fd int claims = -1;
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_network_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	/* It becomes the name of a file. */
	if (!sd_id_valid(sd_network_id(doc)))
		return sd_fail(e, 0, "sdocker.id: '%s' is not an id", sd_network_id(doc));
	if (!ipam_is_ours(doc))
		return sd_doc_write(STDOUT_FILENO, doc, e);
	claims = lock_claims(e);
	r = claims < 0 ? -1 : is_stored(doc, e);
	if (r < 0 || (r == 0 && settle(doc, claims, e) < 0))
		return -1;
	if (sd_doc_write(STDOUT_FILENO, doc, e) == 0)
		return 0;
	if (r == 0)
		unlinkat(
			claims, sd_network_id(doc), 0); /* the claim's end by its process will do */
	return -1;
}
