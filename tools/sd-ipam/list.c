/* SPDX-License-Identifier: Apache-2.0 */
/* ls and gc: which leases there are, and those of nobody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include "cleanup.h"
#include "sd-ipam.h"
#include "table.h"

struct ls_args {
	const char *subnet, *owner;
	bool quiet, no_trunc;
};

const struct sd_opt ls_opts[] = {
	SD_OPT_STR(struct ls_args, owner, 0, "owner", "NAME", "only those of that one"),
	SD_OPT_STR(struct ls_args, subnet, 0, "subnet", "SUBNET", "only those of this one"),
	SD_OPT_FLAG(struct ls_args, no_trunc, 0, "no-trunc", "whole ids"),
	SD_OPT_FLAG(struct ls_args, quiet, 'q', "quiet", "addresses only"),
	SD_OPT_END,
};
const size_t ls_size = sizeof(struct ls_args);

struct slot {
	uint64_t offset;
	size_t slot;
};

static int by_offset(const void *a, const void *b)
{
	uint64_t x = ((const struct slot *)a)->offset, y = ((const struct slot *)b)->offset;

	return x < y ? -1 : x > y;
}

static struct slot *sorted(const struct leases *l)
{
	struct slot *all = sd_calloc(l->taken, sizeof(*all));
	size_t n = 0;

	for (size_t s = leases_next(l, 0); s < l->slots; s = leases_next(l, s + 1))
		all[n++] = (struct slot){leases_offset(l, s), s};
	qsort(all, n, sizeof(*all), by_offset);
	return all;
}

static void add_row(
	struct sd_table *t, const struct ls_args *a, const char *address, const struct owner *o)
{
	sd_table_add(t, address);
	sd_table_add(t, *o->network ? o->network : "-");
	/* Digits of a container's id; names that somebody gave stay whole. */
	sd_table_take(t, sd_printf("%.*s", a->no_trunc || !*o->network ? 255 : 12, o->id));
	sd_table_add(t, *o->ifname ? o->ifname : "-");
}

static int list_subnet(
	const struct sd_addr *subnet, const struct ls_args *a, struct sd_table *t, struct sd_err *e)
{
	auto_leases struct leases l = {0};
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_free struct slot *all = NULL;

	if (leases_open(&l, subnet, LOCK_SH, e) < 0)
		return -1;
	all = sorted(&l);
	for (size_t i = 0; i < l.taken; i++) {
		struct sd_addr address = sd_addr_plus(subnet, all[i].offset);
		char shown[SD_ADDR_LEN];
		struct owner o;

		if (leases_owner(&l, all[i].slot, &text, &o, e) < 0)
			return -1;
		if (a->owner && strcmp(a->owner, o.id) != 0)
			continue;
		address.prefix = subnet->prefix;
		sd_addr_subnet_text(&address, shown);
		if (a->quiet)
			puts(shown);
		else
			add_row(t, a, shown, &o);
	}
	return 0;
}

int verb_ls(const struct sd_call *call, struct sd_err *e)
{
	static const char *const headings[] = {"ADDRESS", "NETWORK", "OWNER", "INTERFACE"};
	const struct ls_args *a = call->args;
	sd_auto_table struct sd_table t = {.columns = sizeof(headings) / sizeof(*headings)};
	auto_subnets struct subnets all = {0};
	struct sd_addr only;

	if (sd_want_operands(call, 0, 0, e) < 0 ||
		(a->subnet && sd_addr_parse_subnet(a->subnet, "--subnet", &only, e) < 0) ||
		subnets_list(&all, e) < 0)
		return -1;
	for (size_t i = 0; i < t.columns; i++)
		sd_table_add(&t, headings[i]);
	for (size_t i = 0; i < all.n; i++) {
		if (a->subnet && !sd_addr_in(&all.v[i], &only))
			continue;
		if (list_subnet(&all.v[i], a, &t, e) < 0)
			return -1;
	}
	if (!a->quiet)
		sd_table_print(&t, stdout);
	return 0;
}

struct gc_args {
	bool dry_run;
};

const struct sd_opt gc_opts[] = {
	SD_OPT_FLAG(struct gc_args, dry_run, 0, "dry-run", "print what would go, and do nothing"),
	SD_OPT_END,
};
const size_t gc_size = sizeof(struct gc_args);

struct gone {
	bool dry_run;
};

static bool is_gone(const struct owner *o, const struct sd_addr *address, const void *what)
{
	const struct gone *g = what;
	char text[SD_ADDR_LEN];

	if (!owner_gone(o, NULL))
		return false;
	puts(sd_addr_text(address, text));
	return !g->dry_run;
}

int verb_gc(const struct sd_call *call, struct sd_err *e)
{
	const struct gc_args *a = call->args;
	const struct gone gone = {.dry_run = a->dry_run};

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	return lease_remove(NULL, is_gone, &gone, NULL, e);
}
