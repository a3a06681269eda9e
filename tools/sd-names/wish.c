/* SPDX-License-Identifier: Apache-2.0 */
/* What a document says of names and addresses, checked before it stands in anybody's file. */
#include <ctype.h>
#include <string.h>
#include "address.h"
#include "cleanup.h"
#include "doc.h"
#include "sd-names.h"
#include "store.h"

#define SHORT_ID 12

/* A blank, a '#' or a newline would make other lines of the neighbours' files. */
static int check_name(const char *name, const char *what, struct sd_err *e)
{
	bool good = *name && strlen(name) <= 253;

	for (const char *p = name; *p && good; p++)
		good = isgraph((unsigned char)*p) && *p != '#';
	return good ? 0 : sd_fail(e, 0, "%s: '%s' is not a host name", what, name);
}

static int add_name(struct sd_json *names, const char *name, const char *what, struct sd_err *e)
{
	if (check_name(name, what, e) < 0)
		return -1;
	if (!sd_json_has_string(names, name))
		sd_json_append_str(names, name);
	return 0;
}

/* "web.lan" and "web", where it has a name of its own. */
static int add_hostname(const struct sd_json *doc, struct sd_json *names, struct sd_err *e)
{
	const char *host = NULL, *domain = NULL;
	sd_auto_free char *full = NULL;

	if (sd_json_str(doc, &host, e, "config.hostname") < 0 ||
		sd_json_str(doc, &domain, e, "config.domainname") < 0)
		return -1;
	if (!host)
		return 0;
	full = domain ? sd_printf("%s.%s", host, domain) : NULL;
	if (full && add_name(names, full, "config.domainname", e) < 0)
		return -1;
	return add_name(names, host, "config.hostname", e);
}

static int add_aliases(
	const struct sd_json *doc, const char *network, struct sd_json *names, struct sd_err *e)
{
	const struct sd_json *list = sd_json_get(doc, "want.networks"), *item;
	size_t i, k, n;

	sd_json_array_foreach (list, i, item) {
		const char *name = sd_json_string_value(sd_json_member(item, "name"));
		sd_auto_free const char **aliases = NULL;

		if (!name || strcmp(name, network) != 0)
			continue;
		if (sd_json_strings(doc, &aliases, &n, e, "want.networks[%zu].aliases", i) < 0)
			return -1;
		for (k = 0; aliases && aliases[k]; k++)
			if (add_name(names, aliases[k], "alias", e) < 0)
				return -1;
	}
	return 0;
}

/* Its name, its aliases, and the short id. */
static struct sd_json *member_names(
	const struct sd_json *doc, const char *id, const char *network, struct sd_err *e)
{
	sd_auto_json struct sd_json *names = sd_json_new_array();
	sd_auto_free char *brief = sd_strndup(id, SHORT_ID);
	const char *name = NULL;

	if (sd_json_str(doc, &name, e, "name") < 0 ||
		(name && add_name(names, name, "name", e) < 0) ||
		add_aliases(doc, network, names, e) < 0 || add_name(names, brief, "id", e) < 0)
		return NULL;
	return sd_steal_ptr(&names);
}

static struct sd_json *member_addresses(const struct sd_json *doc, size_t i, struct sd_err *e)
{
	sd_auto_json struct sd_json *all = sd_json_new_array();
	struct sd_json *ips = NULL;

	if (sd_json_array(doc, &ips, e, "networks[%zu].result.ips", i) < 0)
		return NULL;
	for (size_t k = 0; k < sd_json_len(ips); k++) {
		sd_auto_free char *what = sd_printf("networks[%zu].result.ips[%zu].address", i, k);
		char text[SD_ADDR_LEN];
		struct sd_addr a;
		const char *ip;
		int r = sd_json_str(doc, &ip, e, "%s", what);

		if (r == 0)
			sd_json_missing(e, "%s", what);
		if (r <= 0 || sd_addr_parse_subnet(ip, what, &a, e) < 0)
			return NULL;
		sd_json_append_str(all, sd_addr_text(&a, text));
	}
	return sd_steal_ptr(&all);
}

static int life(const struct sd_json *doc, struct sd_json *member, struct sd_err *e)
{
	static const char *const names[] = {"pid", "startTime"};

	for (size_t i = 0; i < 2; i++) {
		int64_t n;
		int r = sd_json_int(doc, &n, e, "%s", names[i]);

		if (r <= 0)
			return r < 0 ? -1 : sd_json_missing(e, "%s", names[i]);
		sd_json_set_int(member, names[i], n);
	}
	return 0;
}

static int add_member(struct sd_json *all, const struct sd_json *doc, const char *network, size_t i,
	struct sd_err *e)
{
	sd_auto_json struct sd_json *member = sd_json_new_object(), *host = sd_json_new_array();
	struct sd_json *entry, *addresses, *names;
	const char *id;

	if (sd_doc_id(doc, &id, e) < 0 || life(doc, member, e) < 0 ||
		add_hostname(doc, host, e) < 0)
		return -1;
	sd_json_set_str(member, "id", id);
	sd_json_set(member, "hostname", sd_json_ref(host));
	addresses = member_addresses(doc, i, e);
	names = addresses ? member_names(doc, id, network, e) : NULL;
	sd_json_set(member, "addresses", addresses);
	sd_json_set(member, "names", names);
	if (!addresses || !names)
		return -1;
	entry = sd_json_new_object();
	sd_json_set_str(entry, "network", network);
	sd_json_set(entry, "member", sd_json_ref(member));
	sd_json_append(all, entry);
	return 0;
}

struct sd_json *wish_members(const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *all = sd_json_new_array();
	struct sd_json *networks = NULL;

	if (sd_json_array(doc, &networks, e, "networks") < 0)
		return NULL;
	for (size_t i = 0; i < sd_json_len(networks); i++) {
		const char *name;
		int r = sd_json_str(doc, &name, e, "networks[%zu].name", i);

		if (r == 0)
			sd_json_missing(e, "networks[%zu].name", i);
		if (r == 1 && !sd_name_valid(name))
			r = sd_fail(
				e, 0, "networks[%zu].name: '%s' is not a network's name", i, name);
		if (r <= 0 || add_member(all, doc, name, i, e) < 0)
			return NULL;
	}
	return sd_steal_ptr(&all);
}

/* The addresses at which the host is reached: of the first network that has any. */
static struct sd_json *gateways(const struct sd_json *doc)
{
	const struct sd_json *networks = sd_json_get(doc, "networks"), *network, *ip;
	struct sd_json *all = sd_json_new_array();
	size_t i, k;

	if (!sd_doc_has_namespace(doc, "network"))
		sd_json_append_str(all, "127.0.0.1");
	sd_json_array_foreach (networks, i, network) {
		const struct sd_json *ips = sd_json_get(network, "result.ips");

		sd_json_array_foreach (ips, k, ip) {
			const char *text = sd_json_string_value(sd_json_member(ip, "gateway"));
			char good[SD_ADDR_LEN];
			struct sd_err ignored;
			struct sd_addr a;

			if (text && sd_addr_parse(text, "gateway", &a, &ignored) == 0)
				sd_json_append_str(all, sd_addr_text(&a, good));
		}
		if (sd_json_len(all))
			break;
	}
	return all;
}

static struct sd_json *addresses_of(
	const struct sd_json *doc, const char *what, const char *text, struct sd_err *e)
{
	struct sd_json *all;
	char good[SD_ADDR_LEN];
	struct sd_addr a;

	if (strcmp(text, "host-gateway") != 0) {
		if (sd_addr_parse(text, what, &a, e) < 0)
			return NULL;
		all = sd_json_new_array();
		sd_json_append_str(all, sd_addr_text(&a, good));
		return all;
	}
	all = gateways(doc);
	if (sd_json_len(all))
		return all;
	sd_json_unref(all);
	sd_fail(e, 0, "%s: host-gateway: the container has no network that reaches the host", what);
	return NULL;
}

/* A string that must be there. */
static int need(const struct sd_json *doc, const char *what, const char *member, const char **out,
	struct sd_err *e)
{
	int r = sd_json_str(doc, out, e, "%s.%s", what, member);

	return r == 0 ? sd_json_missing(e, "%s.%s", what, member) : r;
}

int wish_hosts(const struct sd_json *doc, struct sd_strv *lines, struct sd_err *e)
{
	struct sd_json *list = NULL;

	if (sd_json_array(doc, &list, e, "want.extraHosts") < 0)
		return -1;
	for (size_t i = 0; i < sd_json_len(list); i++) {
		sd_auto_free char *what = sd_printf("want.extraHosts[%zu]", i);
		sd_auto_json struct sd_json *addresses = NULL;
		sd_auto_strv struct sd_strv names = {0};
		const char *name = "", *address = "";

		if (need(doc, what, "name", &name, e) < 0 ||
			need(doc, what, "address", &address, e) < 0 ||
			check_name(name, what, e) < 0)
			return -1;
		addresses = addresses_of(doc, what, address, e);
		if (!addresses)
			return -1;
		sd_strv_add(&names, name);
		hosts_lines(lines, addresses, &names, HOSTS_WISHED);
	}
	return 0;
}
