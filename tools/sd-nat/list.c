/* SPDX-License-Identifier: Apache-2.0 */
/* ls: what the rules do, told from the rules. */
#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "sd-nat.h"
#include "table.h"

/* The word behind an option of a rule, without quotes; NULL. */
static char *value(const char *rule, const char *option)
{
	sd_auto_free char *key = sd_printf(" %s ", option);
	const char *at = strstr(rule, key);

	if (!at)
		return NULL;
	at += strlen(key);
	at += *at == '"';
	return sd_strndup(at, strcspn(at, " \""));
}

static void add_source(struct sd_table *t, const char *rule)
{
	sd_auto_free char *source = value(rule, "-s"), *bridge = value(rule, "! -o");

	if (!source || !bridge)
		return;
	sd_table_add(t, bridge);
	sd_table_add(t, "masquerade");
	sd_table_add(t, source);
	sd_table_add(t, "");
}

static void add_port(struct sd_table *t, const char *rule, int family)
{
	sd_auto_free char *of = value(rule, "--comment"), *protocol = value(rule, "-p"),
			  *host = value(rule, "-d"), *port = value(rule, "--dport"),
			  *to = value(rule, "--to-destination");

	if (!of || !protocol || !port || !to)
		return;
	if (host)
		host[strcspn(host, "/")] = '\0';
	sd_table_add(t, of);
	sd_table_add(t, protocol);
	sd_table_take(t, sd_printf(family == V6 ? "[%s]:%s" : "%s:%s",
				 host		? host
				 : family == V6 ? "::"
						: "0.0.0.0",
				 port));
	sd_table_add(t, to);
}

int verb_ls(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_table struct sd_table t = {.columns = 4};

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	sd_table_add(&t, "OF");
	sd_table_add(&t, "RULE");
	sd_table_add(&t, "FROM");
	sd_table_add(&t, "TO");
	for (int family = 0; family < FAMILIES; family++) {
		auto_firewall struct firewall f = {0};

		if (firewall_read(family, &f, e) < 0)
			return -1;
		for (size_t i = 0; i < f.nat.n; i++) {
			if (!sd_starts_with(f.nat.v[i], "-A SD"))
				continue;
			add_source(&t, f.nat.v[i]);
			add_port(&t, f.nat.v[i], family);
		}
	}
	sd_table_print(&t, stdout);
	return 0;
}
