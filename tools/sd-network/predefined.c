/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The networks that are always there.  `bridge` is stored on its first use; `host` and `none` are
 * words for no network at all, and never are.
 */
#include <string.h>
#include "cleanup.h"
#include "sd-network.h"

/*
 * The SHA-256 of each name.  The same on every host, so that two first users of `bridge` at one
 * time make one network and not two of one name.
 */
static const struct {
	const char *name, *driver, *id;
} table[] = {
	{"bridge", "bridge", "17f29b073143d8cd97b5bbe492bdeffec1c5fee55cc1fe2112c8b9335f8b6121"},
	{"host", "host", "4740ae6347b0172c01254ff55bae5aff5199f4446e7f6d643d40185b3f475145"},
	{"none", "null", "140bedbf9c3f6d56a9846d2ba7088798683f4da0c248231336e6a05679e4fdfe"},
};

const char *const predefined_names[] = {"bridge", "host", "none", NULL};

#define DEFAULT_BRIDGE "sdocker0"

bool predefined(const char *name)
{
	for (const char *const *p = predefined_names; *p; p++)
		if (strcmp(*p, name) == 0)
			return true;
	return false;
}

struct sd_json *predefined_document(const char *name)
{
	const struct sd_network_options no_wishes = {.driver = "bridge"};
	struct sd_err never; /* nothing of the user's is in it */
	struct sd_json *doc;
	size_t i = 0;

	while (strcmp(table[i].name, name) != 0)
		i++;
	doc = network_document(name, table[i].id, table[i].driver);
	if (strcmp(name, SD_NETWORK_DEFAULT) != 0)
		return doc;
	plugin_options(doc, &no_wishes, &never);
	plugin_addresses(doc, &no_wishes, &never);
	sd_json_set_str(sd_network_plugin(doc), "bridge", DEFAULT_BRIDGE);
	return doc;
}
