/* SPDX-License-Identifier: Apache-2.0 */
/* What a plugin is given, and whether it did it. */
#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include "address.h"
#include "cleanup.h"
#include "io.h"
#include "sd-cni.h"

/*
 * With the prefix of the subnet it lies in, where the plugin's configuration names one: "static"
 * wants it, "host-local" takes it.
 */
static void add_address(struct sd_json *ips, const char *ip, const struct sd_json *plugin)
{
	const struct sd_json *sets = sd_json_get(plugin, "ipam.ranges"), *set, *range;
	char text[SD_ADDR_LEN];
	struct sd_err ignored; /* an address that it cannot read is the plugin's to refuse */
	struct sd_addr a, net;
	size_t i, k;

	if (sd_addr_parse(ip, "ips", &a, &ignored) == 0)
		sd_json_array_foreach (sets, i, set)
			sd_json_array_foreach (set, k, range) {
				const char *subnet =
					sd_json_string_value(sd_json_member(range, "subnet"));

				if (!subnet ||
					sd_addr_parse_subnet(subnet, "subnet", &net, &ignored) <
						0 ||
					!sd_addr_in(&a, &net))
					continue;
				a.prefix = net.prefix;
				sd_json_append_str(ips, sd_addr_subnet_text(&a, text));
				return;
			}
	sd_json_append_str(ips, ip);
}

static struct sd_json *addresses(const struct attachment *a, const struct sd_json *plugin)
{
	const struct sd_json *wished = sd_json_member(a->wish, "ips"), *ip;
	struct sd_json *ips = sd_json_new_array();
	size_t i;

	sd_json_array_foreach (wished, i, ip)
		add_address(ips, sd_json_string_value(ip), plugin);
	return ips;
}

static struct sd_json *mac(const struct attachment *a, const struct sd_json *plugin)
{
	return sd_json_copy(sd_json_member(a->wish, "mac"));
}

static struct sd_json *aliases(const struct attachment *a, const struct sd_json *plugin)
{
	return sd_json_copy(sd_json_member(a->wish, "aliases"));
}

/* Those with a port of the host's: which one is free, the plugin cannot choose. */
static struct sd_json *port_mappings(const struct attachment *a, const struct sd_json *plugin)
{
	struct sd_json *all = sd_json_new_array();
	const struct sd_json *port;
	size_t i;

	sd_json_array_foreach (a->ports, i, port) {
		int64_t host = 0;

		sd_json_int_value(sd_json_member(port, "hostPort"), &host);
		if (host > 0)
			sd_json_append(all, sd_json_copy(port));
	}
	return all;
}

/* For the capabilities that the plugin has, and that there is a wish for. */
static struct sd_json *runtime_config(const struct attachment *a, const struct sd_json *plugin)
{
	static const struct {
		const char *capability;
		struct sd_json *(*make)(const struct attachment *a, const struct sd_json *plugin);
	} known[] = {
		{"ips", addresses},
		{"mac", mac},
		{"aliases", aliases},
		{"portMappings", port_mappings},
	};
	struct sd_json *all = sd_json_new_object();

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		sd_auto_json struct sd_json *value = NULL;
		bool has = false;

		sd_json_bool_value(
			sd_json_member(sd_json_member(plugin, "capabilities"), known[i].capability),
			&has);
		if (has)
			value = known[i].make(a, plugin);
		if (value && (!sd_json_is_array(value) || sd_json_len(value)))
			sd_json_set(all, known[i].capability, sd_json_ref(value));
	}
	return all;
}

struct sd_json *conf_of(const struct attachment *a, const struct sd_json *plugin,
	const char *version, const struct sd_json *prev)
{
	sd_auto_json struct sd_json *runtime = runtime_config(a, plugin);
	struct sd_json *conf = sd_json_copy(plugin);

	sd_json_del(conf, "capabilities");
	sd_json_set_str(conf, "cniVersion", version);
	sd_json_set(conf, "name", sd_json_ref(sd_json_member(a->list, "name")));
	if (prev)
		sd_json_set(conf, "prevResult", sd_json_copy(prev));
	if (sd_json_len(runtime))
		sd_json_set(conf, "runtimeConfig", sd_json_ref(runtime));
	return conf;
}

char *conf_args(const struct attachment *a)
{
	const struct sd_json *ips = sd_json_member(a->wish, "ips");
	const char *ip = sd_json_string_value(sd_json_at(ips, 0));
	const char *m = sd_json_string_value(sd_json_member(a->wish, "mac"));
	struct sd_buf args = {0};

	sd_buf_str(&args, "IgnoreUnknown=1");
	/* One alone: plugins that took no more are the ones that need this. */
	if (ip && sd_json_len(ips) == 1)
		sd_buf_printf(&args, ";IP=%s", ip);
	if (m)
		sd_buf_printf(&args, ";MAC=%s", m);
	return args.data;
}

struct sd_json *conf_read(const char *path, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_json struct sd_json *j = NULL;
	struct sd_json *list;

	if (sd_read_file(AT_FDCWD, path, SD_READ_MAX, &text, e) < 0)
		return NULL;
	j = sd_json_parse(text.data ? text.data : "", text.len, path, e);
	if (!j)
		return NULL;
	if (!sd_json_string_value(sd_json_member(j, "name"))) {
		sd_json_missing(e, "%s: name", path);
		return NULL;
	}
	if (sd_json_len(sd_json_member(j, "plugins")))
		return sd_steal_ptr(&j);
	if (!sd_json_string_value(sd_json_member(j, "type"))) {
		sd_json_missing(e, "%s: plugins, or type", path);
		return NULL;
	}
	list = sd_json_new_object();
	sd_json_set(list, "cniVersion", sd_json_ref(sd_json_member(j, "cniVersion")));
	sd_json_set(list, "name", sd_json_ref(sd_json_member(j, "name")));
	sd_json_append(sd_json_make_array(list, "plugins"), sd_json_ref(j));
	return list;
}

static bool has_address(const struct sd_json *result, const char *wished)
{
	const struct sd_json *ips = sd_json_member(result, "ips"), *item;
	struct sd_addr want, have;
	struct sd_err ignored;
	size_t i;

	if (sd_addr_parse(wished, "ips", &want, &ignored) < 0)
		return false;
	sd_json_array_foreach (ips, i, item) {
		const char *text = sd_json_string_value(sd_json_member(item, "address"));

		if (text && sd_addr_parse_subnet(text, "ips", &have, &ignored) == 0 &&
			sd_addr_compare(&have, &want) == 0)
			return true;
	}
	return false;
}

/* Of an interface in the container. */
static bool has_mac(const struct sd_json *result, const char *wished)
{
	const struct sd_json *interfaces = sd_json_member(result, "interfaces"), *item;
	size_t i;

	sd_json_array_foreach (interfaces, i, item) {
		const char *has = sd_json_string_value(sd_json_member(item, "mac"));
		const char *sandbox = sd_json_string_value(sd_json_member(item, "sandbox"));

		if (sandbox && *sandbox && has && strcasecmp(has, wished) == 0)
			return true;
	}
	return false;
}

int conf_verify(const struct attachment *a, const struct sd_json *result, struct sd_err *e)
{
	const struct sd_json *ips = sd_json_member(a->wish, "ips"), *ip;
	const char *m = sd_json_string_value(sd_json_member(a->wish, "mac"));
	size_t i;

	sd_json_array_foreach (ips, i, ip)
		if (!has_address(result, sd_json_string_value(ip))) {
			sd_fail(e, 0, "its plugins did not give the address %s",
				sd_json_string_value(ip));
			return sd_hint(
				e, "a plugin that can has \"capabilities\": {\"ips\": true}");
		}
	if (m && !has_mac(result, m)) {
		sd_fail(e, 0, "its plugins did not set the MAC address %s", m);
		return sd_hint(e, "a plugin that can has \"capabilities\": {\"mac\": true}");
	}
	return 0;
}
