/* SPDX-License-Identifier: Apache-2.0 */
/* The document of a network, and what the options of its driver make of its plugin. */
#include <string.h>
#include "address.h"
#include "cleanup.h"
#include "cni.h"
#include "label.h"
#include "sd-network.h"
#include "store.h"

#define MTU_MIN 68 /* RFC 791; IPv6 wants 1280, which the kernel says */
#define MTU_MAX 65535

enum kind { BOOL, MTU, LINK, ADDRESS };

/* Without a member: sd-nat reads it among the options. */
static const struct option {
	const char *name, *member;
	enum kind kind;
} options[] = {
	{"com.docker.network.bridge.enable_icc", "icc", BOOL},
	{"com.docker.network.bridge.enable_ip_masquerade", "ipMasq", BOOL},
	{"com.docker.network.bridge.host_binding_ipv4", NULL, ADDRESS},
	{"com.docker.network.bridge.name", "bridge", LINK},
	{"com.docker.network.driver.mtu", "mtu", MTU},
	{"isolate", "isolate", BOOL},
	{"mtu", "mtu", MTU},
};
#define OPTIONS (sizeof(options) / sizeof(*options))

struct sd_json *network_document(const char *name, const char *id, const char *driver)
{
	struct sd_json *doc = sd_json_new_object(), *own;

	sd_json_set_str(doc, "cniVersion", SD_CNI_VERSION);
	sd_json_set_str(doc, "name", name);
	sd_json_append(sd_json_make_array(doc, "plugins"), sd_json_new_object());
	sd_json_set_str(sd_network_plugin(doc), "type", driver);
	own = sd_json_make_object(doc, "sdocker");
	sd_json_set_str(own, "id", id);
	sd_json_set_str(own, "driver", driver);
	sd_json_set_bool(own, "internal", false);
	sd_json_set_bool(own, "ipv6", false);
	sd_json_make_object(own, "labels");
	sd_json_make_object(own, "options");
	return doc;
}

static int bool_value(const char *name, const char *value, bool *b, struct sd_err *e)
{
	*b = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
	if (*b || strcmp(value, "false") == 0 || strcmp(value, "0") == 0)
		return 0;
	return sd_fail(e, 0, "--opt %s: '%s' is neither true nor false", name, value);
}

static int set(struct sd_json *plugin, const struct option *o, const char *value, struct sd_err *e)
{
	struct sd_addr address;
	int64_t n;
	bool b;

	switch (o->kind) {
	case BOOL:
		if (bool_value(o->name, value, &b, e) < 0)
			return -1;
		sd_json_set_bool(plugin, o->member, b);
		return 0;
	case MTU:
		if (sd_parse_int(value, o->name, MTU_MIN, MTU_MAX, &n, e) < 0)
			return -1;
		sd_json_set_int(plugin, o->member, n);
		return 0;
	case LINK:
		if (!sd_cni_ifname_valid(value))
			return sd_fail(
				e, 0, "--opt %s: '%s' is not the name of a link", o->name, value);
		sd_json_set_str(plugin, o->member, value);
		return 0;
	case ADDRESS:
	default:
		return sd_addr_parse(value, o->name, &address, e);
	}
}

static int bridge_option(
	struct sd_json *plugin, const char *name, const char *value, struct sd_err *e)
{
	sd_auto_buf struct sd_buf known = {0};

	for (size_t i = 0; i < OPTIONS; i++) {
		if (strcmp(options[i].name, name) == 0)
			return set(plugin, &options[i], value, e);
		sd_buf_printf(&known, "%s%s", i ? ", " : "", options[i].name);
	}
	sd_fail(e, 0, "--opt %s: the driver bridge has no such option", name);
	return sd_hint(e, "%s", known.data);
}

static int bridge_plugin(struct sd_json *doc, const struct sd_network_options *a, struct sd_err *e)
{
	struct sd_json *plugin = sd_network_plugin(doc);
	sd_auto_free char *link = sd_printf("sd-%.12s", sd_network_id(doc));

	sd_json_set_str(plugin, "type", SD_NETWORK_BRIDGE);
	sd_json_set_str(plugin, "bridge", link);
	sd_json_set_bool(plugin, "isGateway", true);
	sd_json_set_bool(plugin, "isDefaultGateway", !a->internal);
	sd_json_set_bool(plugin, "ipMasq", !a->internal);
	sd_json_set_bool(plugin, "hairpinMode", true);
	if (a->internal)
		sd_json_set_bool(plugin, "internal", true);
	sd_json_object_foreach (sd_json_get(doc, "sdocker.options"), it)
		if (bridge_option(plugin, sd_json_iter_key(it),
			    sd_json_string_value(sd_json_iter_value(it)), e) < 0)
			return -1;
	return 0;
}

/* Its keys are its own affair: numbers and lists are passed on as such, the rest as strings. */
static int other_plugin(struct sd_json *doc, const struct sd_network_options *a, struct sd_err *e)
{
	struct sd_json *plugin = sd_network_plugin(doc);
	sd_auto_free char *path = NULL;

	if (a->internal)
		return sd_fail(e, 0, "--internal is for the driver bridge alone");
	if (sd_cni_find(a->driver, &path, e) < 0) {
		e->code = SD_EXIT_FAILED;
		return sd_hint(e, "a driver is bridge, or a CNI plugin");
	}
	sd_json_object_foreach (sd_json_get(doc, "sdocker.options"), it) {
		const char *key = sd_json_iter_key(it),
			   *text = sd_json_string_value(sd_json_iter_value(it));
		struct sd_err ignored;
		struct sd_json *value = sd_json_parse(text, strlen(text), key, &ignored);

		if (strcmp(key, "type") == 0 || strcmp(key, "ipam") == 0)
			return sd_fail(e, 0, "--opt %s: --driver and --ipam-driver say that", key);
		sd_json_set(plugin, key, value ? value : sd_json_new_str(text));
	}
	return 0;
}

int plugin_options(struct sd_json *doc, const struct sd_network_options *a, struct sd_err *e)
{
	if (sd_labels_add(sd_json_get(doc, "sdocker.options"), "--opt", &a->options, e) < 0)
		return -1;
	if (strcmp(a->driver, "bridge") == 0)
		return bridge_plugin(doc, a, e);
	return other_plugin(doc, a, e);
}
