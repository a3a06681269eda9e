/* SPDX-License-Identifier: Apache-2.0 */
#include "network_wish.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "address.h"
#include "cleanup.h"
#include "network.h"

#define OPTION	"--network"
#define MAC_LEN 17 /* 02:42:ac:11:00:02 */

void sd_network_wish_free(struct sd_network_wish *w)
{
	free(w->name);
	free(w->ip);
	free(w->ip6);
	free(w->mac);
	sd_strv_free(&w->aliases);
	*w = (struct sd_network_wish){0};
}

int sd_network_wish_ip(struct sd_network_wish *w, const char *option, const char *text, int family,
	struct sd_err *e)
{
	char **ip = family == AF_INET6 ? &w->ip6 : &w->ip;
	char canonical[SD_ADDR_LEN];
	struct sd_addr a;

	if (sd_addr_parse(text, option, &a, e) < 0)
		return -1;
	if (a.family != family)
		return sd_fail(e, 0, "%s: '%s' is not an address of IPv%d", option, text,
			family == AF_INET6 ? 6 : 4);
	sd_addr_text(&a, canonical);
	if (*ip && strcmp(*ip, canonical) != 0)
		return sd_fail(
			e, 0, "%s: a network gives one address: %s or %s", option, *ip, canonical);
	if (!*ip)
		*ip = sd_strdup(canonical);
	return 0;
}

/* Six bytes, of one station: the lowest bit of the first says that many are meant. */
static bool mac_valid(const char *text)
{
	if (strlen(text) != MAC_LEN)
		return false;
	for (size_t i = 0; i < MAC_LEN; i++)
		if (i % 3 == 2 ? text[i] != ':' && text[i] != '-'
			       : !isxdigit((unsigned char)text[i]))
			return false;
	return strtol(text, NULL, 16) % 2 == 0;
}

int sd_network_wish_mac(
	struct sd_network_wish *w, const char *option, const char *text, struct sd_err *e)
{
	sd_auto_free char *mac = sd_strdup(text);

	if (!mac_valid(text))
		return sd_fail(e, 0,
			"%s: '%s' is not the MAC address of one station: 02:42:ac:11:00:02", option,
			text);
	for (char *p = mac; *p; p++)
		*p = *p == '-' ? ':' : (char)tolower((unsigned char)*p);
	if (w->mac && strcmp(w->mac, mac) != 0)
		return sd_fail(
			e, 0, "%s: an interface has one address: %s or %s", option, w->mac, mac);
	if (!w->mac)
		w->mac = sd_steal_ptr(&mac);
	return 0;
}

/* It becomes a word of a line of /etc/hosts. */
int sd_network_wish_alias(
	struct sd_network_wish *w, const char *option, const char *text, struct sd_err *e)
{
	bool ok = *text && sd_is_utf8(text) && strlen(text) <= 253;

	for (const char *p = text; *p; p++)
		ok &= *p != '#' && !isspace((unsigned char)*p) && !iscntrl((unsigned char)*p);
	if (!ok)
		return sd_fail(e, 0, "%s: '%s' is not a name", option, text);
	if (!sd_strv_has(&w->aliases, text))
		sd_strv_add(&w->aliases, text);
	return 0;
}

static int field(struct sd_network_wish *w, char *text, struct sd_err *e)
{
	char *value = strchr(text, '=');

	if (!value)
		return sd_fail(e, 0, OPTION ": '%s' is not KEY=VALUE", text);
	*value++ = '\0';
	if (strcmp(text, "name") == 0) {
		free(w->name);
		w->name = sd_strdup(value);
		return 0;
	}
	if (strcmp(text, "alias") == 0)
		return sd_network_wish_alias(w, OPTION, value, e);
	if (strcmp(text, "ip") == 0)
		return sd_network_wish_ip(
			w, OPTION, value, strchr(value, ':') ? AF_INET6 : AF_INET, e);
	if (strcmp(text, "ip6") == 0)
		return sd_network_wish_ip(w, OPTION, value, AF_INET6, e);
	if (strcmp(text, "mac-address") == 0 || strcmp(text, "mac") == 0)
		return sd_network_wish_mac(w, OPTION, value, e);
	sd_fail(e, 0, OPTION ": invalid field key %s", text);
	return sd_hint(e, "name, alias, ip, ip6, mac-address");
}

static int fields(struct sd_network_wish *w, const char *text, struct sd_err *e)
{
	sd_auto_free char *copy = sd_strdup(text);
	char *rest = copy;

	for (char *one; (one = strsep(&rest, ","));)
		if (field(w, one, e) < 0)
			return -1;
	if (!w->name || !*w->name)
		return sd_fail(e, 0, OPTION ": '%s': network name/id is not specified", text);
	return 0;
}

static void resolve_word(struct sd_network_wish *w)
{
	if (strcmp(w->name, "none") == 0 || strcmp(w->name, "host") == 0) {
		w->kind = *w->name == 'n' ? SD_NETWORK_NONE : SD_NETWORK_HOST;
		sd_free_ptr(&w->name);
	} else if (strcmp(w->name, "default") == 0) {
		free(w->name);
		w->name = sd_strdup(SD_NETWORK_DEFAULT);
	}
}

int sd_network_wish_parse(const char *text, struct sd_network_wish *w, struct sd_err *e)
{
	static const struct {
		const char *prefix;
		enum sd_network_kind kind;
	} joined[] = {{"container:", SD_NETWORK_CONTAINER}, {"ns:", SD_NETWORK_PATH}};
	size_t colon = strcspn(text, ":");

	for (size_t i = 0; i < 2; i++) {
		if (!sd_starts_with(text, joined[i].prefix))
			continue;
		w->kind = joined[i].kind;
		w->name = sd_strdup(text + strlen(joined[i].prefix));
		return *w->name ? 0 : sd_fail(e, 0, OPTION ": '%s' names nothing", text);
	}
	if (strcspn(text, "=") < colon) {
		if (fields(w, text, e) < 0)
			return -1;
	} else {
		w->name = sd_strndup(text, colon);
		if (text[colon] && fields(w, text + colon + 1, e) < 0)
			return -1;
	}
	resolve_word(w);
	return 0;
}

struct sd_json *sd_network_wish_json(const struct sd_network_wish *w)
{
	struct sd_json *j = sd_json_new_object();

	sd_json_set_str(j, "name", w->name);
	if (w->ip)
		sd_json_append_str(sd_json_make_array(j, "ips"), w->ip);
	if (w->ip6)
		sd_json_append_str(sd_json_make_array(j, "ips"), w->ip6);
	if (w->mac)
		sd_json_set_str(j, "mac", w->mac);
	for (size_t i = 0; i < w->aliases.n; i++)
		sd_json_append_str(sd_json_make_array(j, "aliases"), w->aliases.v[i]);
	return j;
}
