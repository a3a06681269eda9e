/* SPDX-License-Identifier: Apache-2.0 */
/* network: a container's document with one network more, or one less. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "network_options.h"
#include "spec.h"

struct args {
	struct sd_connect_options wish;
	const char *connect, *disconnect;
};

const struct sd_opt spec_network_opts[] = {
#include "connect_options.def"
	SD_OPT_STR(struct args, connect, 0, "connect", "NETWORK", "the one that it is to be in"),
	SD_OPT_STR(struct args, disconnect, 0, "disconnect", "NETWORK", "the one it is to leave"),
	SD_OPT_END,
};
const size_t spec_network_size = sizeof(struct args);

/* Its index, or the length of the list. */
static size_t find(const struct sd_json *list, const char *name)
{
	const struct sd_json *one;
	size_t i;

	sd_json_array_foreach (list, i, one) {
		const char *there = sd_json_string_value(sd_json_member(one, "name"));

		if (there && strcmp(there, name) == 0)
			break;
	}
	return i;
}

static const char *name_of(const struct sd_json *doc)
{
	const char *name = sd_json_string_value(sd_json_member(doc, "name"));

	return name ? name : "container";
}

static int wished(const struct args *a, struct sd_network_wish *w, struct sd_err *e)
{
	if ((a->wish.ip && sd_network_wish_ip(w, "--ip", a->wish.ip, AF_INET, e) < 0) ||
		(a->wish.ip6 && sd_network_wish_ip(w, "--ip6", a->wish.ip6, AF_INET6, e) < 0) ||
		(a->wish.mac && sd_network_wish_mac(w, "--mac-address", a->wish.mac, e) < 0))
		return -1;
	for (size_t i = 0; i < a->wish.aliases.n; i++)
		if (sd_network_wish_alias(w, "--alias", a->wish.aliases.v[i], e) < 0)
			return -1;
	return 0;
}

static int connect_it(
	struct sd_json *doc, struct sd_json *list, const struct args *a, struct sd_err *e)
{
	sd_auto_network_wish struct sd_network_wish w = {0};

	if (sd_network_wish_parse(a->connect, &w, e) < 0)
		return -1;
	if (w.kind != SD_NETWORK_NAMED)
		return sd_fail(e, 0, "%s cannot be connected to %s", name_of(doc), a->connect);
	if (network_resolve(&w, e) < 0 || wished(a, &w, e) < 0)
		return -1;
	if (find(list, w.name) < sd_json_len(list))
		return sd_fail(e, 0, "%s is connected to network %s already", name_of(doc), w.name);
	sd_json_append(list, sd_network_wish_json(&w));
	return 0;
}

static int disconnect_it(
	struct sd_json *doc, struct sd_json *list, const char *name, struct sd_err *e)
{
	size_t i = find(list, name);

	if (i == sd_json_len(list))
		return sd_fail(e, 0, "%s is not connected to network %s", name_of(doc), name);
	sd_json_remove_at(list, i);
	return 0;
}

int spec_network(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	struct sd_json *list = NULL;
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0 || check_utf8(call, e) < 0)
		return -1;
	if (!a->connect == !a->disconnect)
		return sd_fail(e, 0, "one of --connect and --disconnect is wanted");
	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	r = sd_json_array(doc, &list, e, "want.networks");
	if (r < 0)
		return -1;
	/* host, container: and ns: */
	if (r == 0)
		return sd_fail(e, 0, "%s has no network namespace of its own", name_of(doc));
	r = a->connect ? connect_it(doc, list, a, e) : disconnect_it(doc, list, a->disconnect, e);
	return r < 0 ? -1 : sd_doc_write(STDOUT_FILENO, doc, e);
}
