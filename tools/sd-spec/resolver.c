/* SPDX-License-Identifier: Apache-2.0 */
/* --dns and --add-host: want.dns and want.extraHosts, which sd-names makes files of. */
#include <ctype.h>
#include <string.h>
#include "address.h"
#include "cleanup.h"
#include "spec.h"

static void append(struct spec *s, const char *member, const char *text)
{
	sd_json_append_str(sd_json_make_array(sd_json_make_object(s->want, "dns"), member), text);
}

/* A word of a line: nothing that would end it, or begin a comment. */
static bool is_word(const char *text)
{
	for (const char *p = text; *p; p++)
		if (isspace((unsigned char)*p) || iscntrl((unsigned char)*p) || *p == '#')
			return false;
	return *text && strlen(text) <= 253;
}

static int dns(struct spec *s, struct sd_err *e)
{
	char text[SD_ADDR_LEN];
	struct sd_addr a;

	for (size_t i = 0; i < s->o->dns.n; i++) {
		if (sd_addr_parse(s->o->dns.v[i], "--dns", &a, e) < 0)
			return -1;
		append(s, "nameservers", sd_addr_text(&a, text));
	}
	for (size_t i = 0; i < s->o->dns_search.n; i++) {
		if (!is_word(s->o->dns_search.v[i]))
			return sd_fail(e, 0, "--dns-search: '%s' is not a domain name",
				s->o->dns_search.v[i]);
		append(s, "search", s->o->dns_search.v[i]);
	}
	for (size_t i = 0; i < s->o->dns_option.n; i++) {
		if (!is_word(s->o->dns_option.v[i]))
			return sd_fail(
				e, 0, "--dns-option: '%s' is not an option", s->o->dns_option.v[i]);
		append(s, "options", s->o->dns_option.v[i]);
	}
	return 0;
}

/* NAME:ADDRESS or NAME=ADDRESS; an IPv6 address may stand in brackets. */
static int add_host(struct spec *s, const char *given, struct sd_err *e)
{
	size_t n = strcspn(given, "=:");
	sd_auto_free char *name = sd_strndup(given, n), *address = NULL;
	struct sd_json *j;
	char text[SD_ADDR_LEN];
	struct sd_addr a;
	struct sd_err why;
	size_t len;

	if (!given[n] || !is_word(name))
		return sd_fail(e, 0, "--add-host: bad format: '%s' is not NAME:ADDRESS", given);
	address = sd_strdup(given + n + 1);
	len = strlen(address);
	if (len > 2 && address[0] == '[' && address[len - 1] == ']') {
		address[len - 1] = '\0';
		memmove(address, address + 1, len - 1);
	}
	if (strcmp(address, "host-gateway") != 0) {
		if (sd_addr_parse(address, "", &a, &why) < 0)
			return sd_fail(e, 0, "--add-host: invalid IP address: '%s'", given + n + 1);
		sd_addr_text(&a, text);
	}
	j = sd_json_new_object();
	sd_json_set_str(j, "name", name);
	sd_json_set_str(j, "address", strcmp(address, "host-gateway") == 0 ? address : text);
	sd_json_append(sd_json_make_array(s->want, "extraHosts"), j);
	return 0;
}

int spec_resolver(struct spec *s, struct sd_err *e)
{
	for (size_t i = 0; i < s->o->add_host.n; i++)
		if (add_host(s, s->o->add_host.v[i], e) < 0)
			return -1;
	return dns(s, e);
}
