/* SPDX-License-Identifier: Apache-2.0 */
#include "needs.h"

#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "life.h"
#include "network.h"
#include "network_wish.h"
#include "store.h"

void needs_free(struct needs *n)
{
	sd_strv_free(&n->networks);
}

/* One that is not there yet is `bridge`, or was removed: then nobody knows of what kind it was. */
void needs_of_network(const char *name, struct needs *n)
{
	sd_auto_json struct sd_json *doc = NULL;
	struct sd_err broken;
	int r = sd_network_load(name, &doc, &broken);
	bool is_default = strcmp(name, SD_NETWORK_DEFAULT) == 0;

	n->has |= NETWORKS | NAMES;
	if (r <= 0 && !is_default)
		n->has |= BRIDGES | PLUGINS;
	else
		n->has |= r <= 0 || sd_network_is_bridge(doc) ? BRIDGES : PLUGINS;
	if ((r > 0 ? sd_network_is_bridge(doc) : is_default) && !sd_network_is_up(name))
		sd_strv_add(&n->networks, name);
}

static void add_wish(struct needs *n, const char *text)
{
	sd_auto_network_wish struct sd_network_wish w = {0};
	sd_auto_free char *name = NULL;
	struct sd_err wrong;

	if (sd_network_wish_parse(text, &w, &wrong) < 0 || w.kind != SD_NETWORK_NAMED)
		return;
	if (strcmp(w.name, SD_NETWORK_DEFAULT) == 0)
		needs_of_network(w.name, n);
	else if (sd_network_find(w.name, &name, &wrong) == 0)
		needs_of_network(name, n);
}

void needs_of_options(const struct sd_run_options *o, struct needs *n)
{
	bool given = false;

	for (size_t i = 0; i < o->network.n; i++) {
		given |= *o->network.v[i] != '\0';
		if (*o->network.v[i])
			add_wish(n, o->network.v[i]);
	}
	if (!given)
		add_wish(n, SD_NETWORK_DEFAULT);
	if (o->dns.n || o->dns_search.n || o->dns_option.n || o->add_host.n)
		n->has |= NAMES;
	if (n->has & NETWORKS && (o->publish.n || o->publish_all))
		n->has |= PORTS;
}

static void add_networks(struct needs *n, const struct sd_json *list)
{
	const struct sd_json *one;
	size_t i;

	sd_json_array_foreach (list, i, one) {
		const char *name = sd_json_string_value(sd_json_member(one, "name"));

		if (name)
			needs_of_network(name, n);
	}
}

void needs_of_document(const struct sd_json *doc, struct needs *n)
{
	if (!doc) {
		n->has = ALL_KINDS;
		return;
	}
	add_networks(n, sd_json_get(doc, "want.networks"));
	add_networks(n, sd_json_get(doc, "networks"));
	if (sd_json_len(sd_json_get(doc, "leases")))
		n->has |= NETWORKS;
	if (sd_json_get(doc, "want.dns") || sd_json_get(doc, "want.extraHosts"))
		n->has |= NAMES;
	if (sd_json_get(doc, "want.ports") || sd_json_get(doc, "want.publishAll") ||
		sd_json_len(sd_json_get(doc, "ports")))
		n->has |= PORTS;
}

unsigned needs_of_record(const char *who, unsigned otherwise)
{
	auto_needs struct needs n = {.has = otherwise};
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *id = NULL;
	struct sd_err why;

	if (sd_record_find(who, &id, &why) < 0)
		return otherwise;
	if (sd_record_load_brief(id, &doc, &why) == 1)
		n.has = 0;
	needs_of_document(doc, &n);
	return n.has;
}

void needs_of_start(const char *who, struct needs *n)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_free char *id = NULL;
	struct sd_err why;

	/* Anything else is `sd-state get`'s to report. */
	if (sd_record_find(who, &id, &why) == 0 && sd_record_load_saved_brief(id, &doc, &why) == 1)
		needs_of_document(doc, n);
}

static void build(struct pipeline *p, const char *name)
{
	char *args[] = {(char *)(uintptr_t)name, NULL};
	struct vars v = {.args = args, .has = BRIDGES};

	pipeline_do(p, network_life, START, &v);
}

int networks_provide(const struct sd_strv *names, struct sd_err *e)
{
	for (size_t i = 0; i < names->n; i++) {
		auto_pipeline struct pipeline p = {0};
		struct outcome o;

		build(&p, names->v[i]);
		if (pipeline_run(&p, (struct ends){.in = -1, .out = -1}, &o, e) < 0)
			return -1;
		if (o.code)
			return o.code;
	}
	return 0;
}

void networks_explain(const struct sd_strv *names, const char *indent)
{
	for (size_t i = 0; i < names->n; i++) {
		auto_pipeline struct pipeline p = {0};
		struct vars none = {0};

		build(&p, names->v[i]);
		pipeline_print(&p, &none, indent, " >/dev/null || exit");
	}
}
