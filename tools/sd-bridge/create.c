/* SPDX-License-Identifier: Apache-2.0 */
/* create and rm: the bridge of a network's document, or one by hand. */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "network.h"
#include "sd-bridge.h"
#include "str.h"

struct create_args {
	struct sd_strv addresses;
	int64_t mtu;
};

const struct sd_opt create_opts[] = {
	SD_OPT_LIST(struct create_args, addresses, 0, "address", "ADDRESS/PREFIX",
		"an address of the bridge, its containers' gateway"),
	SD_OPT_INT(
		struct create_args, mtu, 0, "mtu", "BYTES", "the largest packet, 1500 unless said"),
	SD_OPT_END,
};
const size_t create_size = sizeof(struct create_args);

static int by_hand(const struct create_args *a, const char *name, struct sd_err *e)
{
	auto_plan struct plan p = {.bridge = name, .gateway = true};
	sd_auto_nl struct sd_nl nl = {0};
	struct sd_link link;
	bool made;

	if (!sd_cni_ifname_valid(name))
		return sd_fail(e, 0, "'%s' is not an interface's name", name);
	if (a->mtu < 0 || a->mtu > UINT16_MAX)
		return sd_fail(e, 0, "--mtu: %" PRId64 " is not within 0 and 65535", a->mtu);
	p.mtu = (unsigned)a->mtu;
	for (size_t i = 0; i < a->addresses.n; i++) {
		struct sd_addr address;

		if (sd_addr_parse_subnet(a->addresses.v[i], "--address", &address, e) < 0)
			return -1;
		plan_add_gateway(&p, &address);
	}
	if (sd_nl_open(&nl, -1, e) < 0 || bridge_provide(&nl, &p, &link, &made, e) < 0)
		return -1;
	return made ? 0 : sd_fail(e, 0, "there is a bridge %s already", name);
}

static int by_document(struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	auto_plan struct plan p = {0};
	sd_auto_nl struct sd_nl nl = {0};
	struct sd_err ignored; /* the first error is the one to tell */
	struct sd_link link;
	bool made = false;

	if (sd_network_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	if (sd_network_is_bridge(doc) &&
		(plan_of(sd_network_plugin(doc), &p, e) < 0 || sd_nl_open(&nl, -1, e) < 0 ||
			bridge_provide(&nl, &p, &link, &made, e) < 0))
		return -1;
	if (sd_doc_write(STDOUT_FILENO, doc, e) == 0)
		return 0;
	if (made)
		sd_nl_link_del(&nl, p.bridge, &ignored);
	return -1;
}

int verb_create(const struct sd_call *call, struct sd_err *e)
{
	const struct create_args *a = call->args;

	if (sd_want_operands(call, 0, 1, e) < 0)
		return -1;
	if (call->argc)
		return by_hand(a, call->argv[0], e);
	if (a->addresses.n || a->mtu)
		return sd_fail(e, 0, "which bridge is missing: BRIDGE, or a document alone");
	return by_document(e);
}

int verb_rm(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	auto_plan struct plan p = {0};
	sd_auto_nl struct sd_nl nl = {0};

	if (sd_want_operands(call, 0, 1, e) < 0)
		return -1;
	if (call->argc)
		return sd_nl_open(&nl, -1, e) < 0 ? -1 : bridge_remove(&nl, call->argv[0], e);
	if (sd_network_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	if (sd_network_is_bridge(doc) &&
		(plan_of(sd_network_plugin(doc), &p, e) < 0 || sd_nl_open(&nl, -1, e) < 0 ||
			bridge_remove(&nl, p.bridge, e) < 0))
		return -1;
	return sd_doc_write(STDOUT_FILENO, doc, e);
}
