/* SPDX-License-Identifier: Apache-2.0 */
/* masquerade and unmasquerade: the rules of a network. */
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "cni.h"
#include "doc.h"
#include "io.h"
#include "sd-nat.h"

struct masquerade_args {
	struct sd_strv subnets;
	const char *bridge;
	bool internal, no_icc;
};

const struct sd_opt masquerade_opts[] = {
	SD_OPT_LIST(struct masquerade_args, subnets, 0, "subnet", "SUBNET",
		"by hand: what leaves from there gets an address of the host"),
	SD_OPT_STR(struct masquerade_args, bridge, 0, "bridge", "NAME",
		"by hand: the bridge that the subnet is behind"),
	SD_OPT_FLAG(struct masquerade_args, internal, 0, "internal",
		"by hand: nothing leaves, nothing comes in"),
	SD_OPT_FLAG(struct masquerade_args, no_icc, 0, "no-icc",
		"by hand: those behind the bridge do not reach each other"),
	SD_OPT_END,
};
const size_t masquerade_size = sizeof(struct masquerade_args);

struct unmasquerade_args {
	const char *bridge;
};

const struct sd_opt unmasquerade_opts[] = {
	SD_OPT_STR(struct unmasquerade_args, bridge, 0, "bridge", "NAME",
		"by hand: what 'masquerade --bridge NAME' made"),
	SD_OPT_END,
};
const size_t unmasquerade_size = sizeof(struct unmasquerade_args);

/* In a rule "br+" means every bridge whose name begins so. */
static int check_bridge(const char *name, const char *what, struct sd_err *e)
{
	if (sd_cni_ifname_valid(name) &&
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
			strlen(name))
		return 0;
	return sd_fail(e, 0, "%s: '%s' is no bridge's name that a rule can hold", what, name);
}

static int add_subnet(struct network *n, const char *text, const char *what, struct sd_err *e)
{
	char buf[SD_ADDR_LEN];
	struct sd_addr a;

	if (sd_addr_parse_subnet(text, what, &a, e) < 0)
		return -1;
	a = sd_addr_network(&a);
	sd_strv_add(&n->subnets[family_of(&a)], sd_addr_subnet_text(&a, buf));
	return 0;
}

static int read_ranges(const struct sd_json *plugin, struct network *n, struct sd_err *e)
{
	struct sd_json *sets = NULL, *set, *range;
	const char *subnet;
	size_t i, j;

	if (sd_json_array(plugin, &sets, e, "ipam.ranges") < 0)
		return -1;
	sd_json_array_foreach (sets, i, set) {
		sd_json_array_foreach (set, j, range) {
			subnet = sd_json_string_value(sd_json_member(range, "subnet"));
			if (!subnet)
				return sd_json_missing(
					e, "plugins[0].ipam.ranges[%zu][%zu].subnet", i, j);
			if (add_subnet(n, subnet, "plugins[0].ipam.ranges", e) < 0)
				return -1;
		}
	}
	return 0;
}

int network_read(const struct sd_json *doc, struct network *n, struct sd_err *e)
{
	const struct sd_json *plugin = sd_network_plugin(doc);
	const char *id = sd_network_id(doc);
	bool icc = true;
	int r;

	*n = (struct network){0};
	if (strspn(id, "0123456789abcdef") < 12)
		return sd_fail(e, 0, "sdocker.id: '%s' is no network's id", id);
	snprintf(n->chains, sizeof(n->chains), "SD-%.12s", id);
	r = sd_json_str(plugin, &n->bridge, e, "bridge");
	if (r == 0)
		return sd_json_missing(e, "plugins[0].bridge");
	if (r < 0 || check_bridge(n->bridge, "plugins[0].bridge", e) < 0 ||
		sd_json_bool(plugin, &n->internal, e, "internal") < 0 ||
		sd_json_bool(plugin, &n->masquerade, e, "ipMasq") < 0 ||
		sd_json_bool(plugin, &icc, e, "icc") < 0)
		return -1;
	n->closed = !icc;
	return read_ranges(plugin, n, e);
}

static int by_hand(const char *bridge, struct network *n, struct sd_err *e)
{
	*n = (struct network){.bridge = bridge, .masquerade = true};
	snprintf(n->chains, sizeof(n->chains), "SDH-%.15s", bridge);
	return check_bridge(bridge, "--bridge", e);
}

static int set_sysctl(const char *path, struct sd_err *e)
{
	sd_auto_buf struct sd_buf now = {0};

	if (sd_read_file(AT_FDCWD, path, 64, &now, e) < 0)
		return -1;
	if (now.data && now.data[0] == '1')
		return 0;
	if (sd_write_kernel(AT_FDCWD, path, "1") < 0) {
		sd_fail(e, errno, "write 1 to %s", path);
		return sd_hint(e, "sysctl -w, as root, where /proc/sys can be written");
	}
	return 0;
}

/* After the rules: with route_localnet a container reaches what listens on 127.0.0.1. */
static int let_through(const struct network *n, struct sd_err *e)
{
	sd_auto_free char *localnet =
		sd_printf("/proc/sys/net/ipv4/conf/%s/route_localnet", n->bridge);

	if (n->internal || !n->subnets[V4].n)
		return 0;
	if (set_sysctl("/proc/sys/net/ipv4/ip_forward", e) < 0)
		return -1;
	if (set_sysctl(localnet, e) < 0)
		return e->errnum == ENOENT ? sd_fail(e, 0, "there is no bridge %s", n->bridge) : -1;
	return 0;
}

static bool is_of(const char *chain, const void *network)
{
	return chain_is_of_network(chain, network);
}

static void plan_up(int family, const struct network *n, const struct firewall *f, struct change *c)
{
	chains_base(family, f, c);
	chains_network(family, n, f, c);
}

static void plan_down(
	int family, const struct network *n, const struct firewall *f, struct change *c)
{
	chains_remove(f, is_of, n, c);
}

static int change_rules(const struct network *n,
	void (*plan)(int, const struct network *, const struct firewall *, struct change *),
	struct sd_err *e)
{
	sd_auto_fd int lock = firewall_lock(e);

	if (lock < 0)
		return -1;
	for (int family = 0; family < FAMILIES; family++) {
		auto_firewall struct firewall f = {0};
		auto_change struct change c = {0};

		if (!n->subnets[family].n)
			continue;
		if (firewall_read(family, &f, e) < 0)
			return -1;
		plan(family, n, &f, &c);
		if (change_apply(family, &c, e) < 0)
			return -1;
	}
	return 0;
}

static int down(const struct network *n, struct sd_err *e)
{
	return change_rules(n, plan_down, e);
}

static int up(const struct network *n, struct sd_err *e)
{
	return change_rules(n, plan_up, e) < 0 ? -1 : let_through(n, e);
}

/* All or nothing. */
static int up_or_undo(const struct network *n, struct sd_err *e)
{
	struct sd_err ignored;

	if (up(n, e) == 0)
		return 0;
	down(n, &ignored);
	return -1;
}

static int masquerade_document(struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	auto_network struct network n = {0};
	struct sd_err ignored;

	if (sd_network_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	if (!sd_network_is_bridge(doc)) /* what its plugin does about it is the plugin's business */
		return sd_doc_write(STDOUT_FILENO, doc, e);
	if (network_read(doc, &n, e) < 0 || up_or_undo(&n, e) < 0)
		return -1;
	if (sd_doc_write(STDOUT_FILENO, doc, e) < 0) {
		down(&n, &ignored);
		return -1;
	}
	return 0;
}

int verb_masquerade(const struct sd_call *call, struct sd_err *e)
{
	const struct masquerade_args *a = call->args;
	auto_network struct network n = {0};

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (!a->bridge && !a->subnets.n)
		return masquerade_document(e);
	if (!a->bridge || !a->subnets.n)
		return sd_fail(e, 0, "--subnet and --bridge belong together");
	if (by_hand(a->bridge, &n, e) < 0)
		return -1;
	n.internal = a->internal;
	n.closed = a->no_icc;
	for (size_t i = 0; i < a->subnets.n; i++)
		if (add_subnet(&n, a->subnets.v[i], "--subnet", e) < 0)
			return -1;
	return up_or_undo(&n, e);
}

static int unmasquerade_document(struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	auto_network struct network n = {0};

	if (sd_network_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	if (sd_network_is_bridge(doc) && (network_read(doc, &n, e) < 0 || down(&n, e) < 0))
		return -1;
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

int verb_unmasquerade(const struct sd_call *call, struct sd_err *e)
{
	const struct unmasquerade_args *a = call->args;
	auto_network struct network n = {0};

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (!a->bridge)
		return unmasquerade_document(e);
	if (by_hand(a->bridge, &n, e) < 0)
		return -1;
	/* Of which families is not said: both. */
	sd_strv_add(&n.subnets[V4], "");
	sd_strv_add(&n.subnets[V6], "");
	return down(&n, e);
}
