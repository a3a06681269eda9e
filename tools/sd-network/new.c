/* SPDX-License-Identifier: Apache-2.0 */
/* new: docker's words for a network become its document. */
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "label.h"
#include "proc.h"
#include "sd-network.h"
#include "store.h"

const struct sd_opt new_opts[] = {
#include "network_options.def"
	SD_OPT_END,
};
const size_t new_size = sizeof(struct sd_network_options);

static int check_name(const char *name, struct sd_err *e)
{
	sd_auto_json struct sd_json *there = NULL;
	struct sd_err broken;

	if (!sd_network_name_valid(name))
		return sd_fail(e, 0,
			"network '%s': allowed are letters, digits, '_', '.' and '-', a letter or "
			"digit first",
			name);
	if (predefined(name))
		return sd_fail(e, 0, "operation is not permitted on predefined %s network", name);
	/* One that is broken is there too.  `add` looks again, under the lock. */
	if (sd_network_load(name, &there, &broken) != 0)
		return sd_fail(e, 0, "network with name %s already exists", name);
	return 0;
}

static int check_driver(struct sd_network_options *a, struct sd_err *e)
{
	if (!a->driver)
		a->driver = "bridge";
	if (strcmp(a->driver, "host") == 0 || strcmp(a->driver, "none") == 0 ||
		strcmp(a->driver, "null") == 0)
		return sd_fail(e, 0, "only one instance of \"%s\" network is allowed", a->driver);
	if (a->ipam_driver && strcmp(a->ipam_driver, "default") == 0)
		a->ipam_driver = NULL;
	return 0;
}

int verb_new(const struct sd_call *call, struct sd_err *e)
{
	struct sd_network_options *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	char id[SD_ID_LEN + 1], now[40];

	if (sd_want_operands(call, 1, 1, e) < 0 || check_name(call->argv[0], e) < 0 ||
		check_driver(a, e) < 0)
		return -1;
	sd_id_new(id);
	sd_time_now(now);
	doc = network_document(call->argv[0], id, a->driver);
	sd_json_set_str(sd_json_member(doc, "sdocker"), "created", now);
	if (sd_labels_add(sd_json_get(doc, "sdocker.labels"), "--label", &a->labels, e) < 0 ||
		plugin_options(doc, a, e) < 0 || plugin_addresses(doc, a, e) < 0)
		return -1;
	return sd_doc_write(STDOUT_FILENO, doc, e);
}
