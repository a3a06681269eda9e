/* SPDX-License-Identifier: Apache-2.0 */
/* ls and sync: of the networks that are named, or of all that have members. */
#include <stdio.h>
#include "cleanup.h"
#include "sd-names.h"
#include "store.h"
#include "table.h"

static int choose(const struct sd_call *call, struct sd_strv *names, struct sd_err *e)
{
	for (int i = 0; i < call->argc; i++) {
		if (!sd_name_valid(call->argv[i]))
			return sd_fail(e, 0, "'%s' is not a network's name", call->argv[i]);
		sd_strv_add(names, call->argv[i]);
	}
	return names->n ? 0 : networks_list(names, e);
}

static char *words(const struct sd_json *list)
{
	struct sd_buf text = {0};
	const struct sd_json *word;
	size_t i;

	sd_buf_str(&text, "");
	sd_json_array_foreach (list, i, word)
		sd_buf_printf(&text, "%s%s", i ? " " : "", sd_json_string_value(word));
	return text.data;
}

int verb_ls(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_table struct sd_table t = {.columns = 3};
	sd_auto_strv struct sd_strv names = {0};

	if (choose(call, &names, e) < 0)
		return -1;
	sd_table_add(&t, "NETWORK");
	sd_table_add(&t, "ADDRESSES");
	sd_table_add(&t, "NAMES");
	for (size_t i = 0; i < names.n; i++) {
		sd_auto_json struct sd_json *members = network_load(names.v[i], e);
		const struct sd_json *m;
		size_t k;

		if (!members)
			return -1;
		sd_json_array_foreach (members, k, m) {
			if (!member_lives(m))
				continue;
			sd_table_add(&t, names.v[i]);
			sd_table_take(&t, words(sd_json_member(m, "addresses")));
			sd_table_take(&t, words(sd_json_member(m, "names")));
		}
	}
	sd_table_print(&t, stdout);
	return 0;
}

int verb_sync(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_strv struct sd_strv names = {0};

	if (choose(call, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (network_tell(names.v[i], e) < 0)
			return -1;
	return 0;
}
