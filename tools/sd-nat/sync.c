/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync: the rules as the records have them.
 *
 * All chains of ours are made or emptied and filled anew; those of a network or a container that
 * is gone, or does not run, are removed: a command that was killed leaves such.  What is being
 * made at this moment stays as it is: its record does not tell yet.
 */
#include "network.h"

#include <string.h>
#include "cleanup.h"
#include "sd-nat.h"
#include "store.h"

struct plan {
	struct sd_strv names; /* of chains that stay */
	struct sd_json *docs; /* what the others borrow from */
	struct network *networks;
	struct publication *publications;
	size_t n_networks, n_publications;
	const struct publication *also;
};

static void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->n_networks; i++)
		network_free(&p->networks[i]);
	for (size_t i = 0; i < p->n_publications; i++)
		publication_free(&p->publications[i]);
	free(p->networks);
	free(p->publications);
	sd_strv_free(&p->names);
	sd_json_unref(p->docs);
}
#define auto_plan __attribute__((cleanup(plan_free)))

static int plan_network(struct plan *p, const char *name, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	struct network n = {0};
	int r;

	if (!sd_network_is_up(name))
		return 0;
	r = sd_network_load(name, &doc, e);
	if (r <= 0 || !sd_network_is_bridge(doc))
		return r < 0 ? -1 : 0;
	if (network_read(doc, &n, e) < 0) {
		network_free(&n);
		return -1;
	}
	p->networks = sd_realloc(p->networks, (p->n_networks + 1) * sizeof(n));
	p->networks[p->n_networks++] = n;
	sd_json_append(p->docs, sd_steal_ptr(&doc));
	return 0;
}

static int plan_container(struct plan *p, const char *id, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	auto_publication struct publication one = {0};
	const char *status = "creating";
	char chain[CHAIN_LEN];
	struct sd_err broken;

	chain_of_container(id, chain);
	/* One that cannot be read may be anything: its rules stay. */
	if (sd_record_load_brief(id, &doc, &broken) <= 0) {
		sd_strv_add(&p->names, chain);
		return 0;
	}
	if (sd_json_str(doc, &status, e, "status") < 0)
		return -1;
	if (strcmp(status, "stopped") == 0)
		return 0;
	publication_init(&one, id);
	/* It was disconnected: its ports lead nowhere, and must not lead to who has its address now. */
	if (ports_facts(doc, &one, &broken) < 0)
		return 0;
	sd_strv_add(&p->names, chain);
	if (!one.n)
		return 0;
	p->publications = sd_realloc(p->publications, (p->n_publications + 1) * sizeof(one));
	p->publications[p->n_publications++] = one;
	one = (struct publication){0};
	return 0;
}

static int plan_read(struct plan *p, struct sd_strv *ids, struct sd_err *e)
{
	sd_auto_strv struct sd_strv names = {0};

	p->docs = sd_json_new_array();
	if (sd_network_list(&names, e) < 0 || sd_record_list(ids, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (plan_network(p, names.v[i], e) < 0)
			return -1;
	for (size_t i = 0; i < ids->n; i++)
		if (plan_container(p, ids->v[i], e) < 0)
			return -1;
	return 0;
}

static bool is_leftover(const char *chain, const void *arg)
{
	const struct plan *p = arg;

	if (!sd_starts_with(chain, "SD-") || sd_strv_has(&p->names, chain))
		return false;
	for (size_t i = 0; i < p->n_networks; i++)
		if (chain_is_of_network(chain, &p->networks[i]))
			return false;
	return true;
}

static int remove_leftovers(int family, const struct plan *p, struct sd_err *e)
{
	auto_firewall struct firewall f = {0};
	auto_change struct change c = {0};

	if (firewall_read(family, &f, e) < 0)
		return -1;
	chains_remove(&f, is_leftover, p, &c);
	return change_apply(family, &c, e);
}

static bool wanted(int family, const struct plan *p)
{
	for (size_t i = 0; i < p->n_networks; i++)
		if (p->networks[i].subnets[family].n)
			return true;
	for (size_t i = 0; i < p->n_publications; i++)
		if (publication_in(&p->publications[i], family))
			return true;
	return p->also && publication_in(p->also, family);
}

static int rebuild(int family, const struct plan *p, struct sd_err *e)
{
	auto_firewall struct firewall f = {0};
	auto_change struct change c = {0};

	if (!wanted(family, p))
		return 0;
	if (firewall_read(family, &f, e) < 0)
		return -1;
	chains_base(family, &f, &c);
	for (size_t i = 0; i < p->n_networks; i++)
		if (p->networks[i].subnets[family].n)
			chains_network(family, &p->networks[i], &f, &c);
	for (size_t i = 0; i < p->n_publications; i++)
		chains_publication(family, &p->publications[i], &f, &c);
	if (p->also)
		chains_publication(family, p->also, &f, &c);
	return change_apply(family, &c, e);
}

int sync_all(const struct publication *also, struct sd_err *e)
{
	sd_auto_fd int lock = firewall_lock(e);
	sd_auto_strv struct sd_strv ids = {0};
	auto_plan struct plan p = {.also = also};

	/* In that order: what is made after the lock was taken is seen, or comes after. */
	if (lock < 0 || plan_read(&p, &ids, e) < 0)
		return -1;
	for (int family = 0; family < FAMILIES; family++) {
		if (rebuild(family, &p, e) < 0)
			return -1;
		if (!also && remove_leftovers(family, &p, e) < 0)
			return -1;
	}
	return 0;
}

int verb_sync(const struct sd_call *call, struct sd_err *e)
{
	return sd_want_operands(call, 0, 0, e) < 0 ? -1 : sync_all(NULL, e);
}
