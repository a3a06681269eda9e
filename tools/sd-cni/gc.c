/* SPDX-License-Identifier: Apache-2.0 */
/* gc and status: of the networks that are named, or of all that are not bridges of ours. */
#include <string.h>
#include <sys/file.h>
#include "cleanup.h"
#include "network.h"
#include "sd-cni.h"
#include "store.h"

/* The attachments of each container: what is written down of it, whether it runs or not. */
static int valid_of(const char *id, const char *network, struct sd_json *valid, struct sd_err *e)
{
	sd_auto_json struct sd_json *cache = cache_load(id, e);
	const struct sd_json *entry;
	size_t i;

	if (!cache)
		return -1;
	sd_json_array_foreach (cache, i, entry) {
		const char *name = sd_json_string_value(sd_json_member(entry, "name"));
		struct sd_json *one;

		if (!name || strcmp(name, network) != 0)
			continue;
		one = sd_json_new_object();
		sd_json_set_str(one, "containerID", id);
		sd_json_set(one, "ifname", sd_json_ref(sd_json_member(entry, "interface")));
		sd_json_append(valid, one);
	}
	return 0;
}

static int gc_one(const struct sd_json *list, struct sd_err *e)
{
	sd_auto_json struct sd_json *valid = sd_json_new_array();
	sd_auto_strv struct sd_strv ids = {0};

	if (sd_record_list(&ids, e) < 0)
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		if (valid_of(ids.v[i], sd_network_name(list), valid, e) < 0)
			return -1;
	return chain_gc(list, valid, e);
}

static int choose(const struct sd_call *call, struct sd_strv *names, struct sd_err *e)
{
	for (int i = 0; i < call->argc; i++) {
		char *name;

		if (sd_network_find(call->argv[i], &name, e) < 0)
			return -1;
		sd_strv_take(names, name);
	}
	return call->argc ? 0 : sd_network_list(names, e);
}

static int each(const struct sd_call *call, int how,
	int (*run)(const struct sd_json *list, struct sd_err *e), struct sd_err *e)
{
	sd_auto_fd int lock = sd_networks_open(how, e);
	sd_auto_strv struct sd_strv names = {0};

	if (lock < 0 || choose(call, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		sd_auto_json struct sd_json *list = NULL;
		int r = sd_network_load(names.v[i], &list, e);

		if (r < 0 || (r > 0 && !sd_network_is_bridge(list) && run(list, e) < 0))
			return -1;
	}
	return 0;
}

int verb_gc(const struct sd_call *call, struct sd_err *e)
{
	/* Nobody adds meanwhile (CNI specification 1.1, section 2: GC). */
	return each(call, LOCK_EX, gc_one, e);
}

int verb_status(const struct sd_call *call, struct sd_err *e)
{
	return each(call, LOCK_SH, chain_status, e);
}
