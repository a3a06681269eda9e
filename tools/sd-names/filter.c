/* SPDX-License-Identifier: Apache-2.0 */
/* join and leave. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "sd-names.h"
#include "store.h"

struct leave_args {
	const char *network;
};

const struct sd_opt leave_opts[] = {
	SD_OPT_STR(struct leave_args, network, 0, "network", "NAME", "leave this one alone"),
	SD_OPT_END,
};
const size_t leave_size = sizeof(struct leave_args);

static const char *network_of(const struct sd_json *entry)
{
	return sd_json_string_value(sd_json_member(entry, "network"));
}

/*
 * Into the list, and with it into its own file.  *fresh: it was not there before.  Who died is
 * looked for by network_tell: that takes longer, and no start has to wait for it.
 */
static int enter(const struct sd_json *entry, const char *id, bool *fresh, struct sd_err *e)
{
	auto_network struct network n = {0};

	if (network_open(&n, network_of(entry), e) < 0)
		return -1;
	*fresh = !members_have(n.members, id);
	network_add(&n, sd_json_ref(sd_json_member(entry, "member")));
	return network_save(&n, e) < 0 ? -1 : network_sync(&n, id, e);
}

static int leave(const char *name, const char *id, struct sd_err *e)
{
	auto_network struct network n = {0};

	if (network_open(&n, name, e) < 0)
		return -1;
	network_drop_dead(&n);
	network_remove(&n, id);
	if (network_save(&n, e) < 0 || network_sync(&n, id, e) < 0)
		return -1;
	return network_sync(&n, NULL, e);
}

static int leave_all(const char *id, struct sd_err *e)
{
	sd_auto_strv struct sd_strv names = {0};

	if (networks_list(&names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		sd_auto_json struct sd_json *members = network_load(names.v[i], e);

		if (!members)
			return -1;
		if (members_have(members, id) && leave(names.v[i], id, e) < 0)
			return -1;
	}
	return 0;
}

/* The fact: what its neighbours call it. */
static struct sd_json *fact(const struct sd_json *entries)
{
	struct sd_json *all = sd_json_new_array();
	const struct sd_json *entry;
	size_t i;

	sd_json_array_foreach (entries, i, entry) {
		struct sd_json *one = sd_json_new_object();

		sd_json_set_str(one, "network", network_of(entry));
		sd_json_set(one, "names", sd_json_ref(sd_json_get(entry, "member.names")));
		sd_json_append(all, one);
	}
	return all;
}

/* `fresh` is filled as far as it goes. */
static int join_all(const struct sd_json *doc, const char *id, const struct sd_json *entries,
	bool *fresh, struct sd_err *e)
{
	sd_auto_strv struct sd_strv wished = {0};
	const struct sd_json *entry;
	size_t i;

	/* Before the neighbours' names: the first line that has a name counts. */
	if (wish_hosts(doc, &wished, e) < 0 || hosts_update(id, HOSTS_WISHED, &wished, e) < 0 ||
		resolv_write(doc, id, e) < 0)
		return -1;
	sd_json_array_foreach (entries, i, entry)
		if (enter(entry, id, &fresh[i], e) < 0)
			return -1;
	return 0;
}

static int tell_all(const struct sd_json *entries, struct sd_err *e)
{
	const struct sd_json *entry;
	size_t i;

	sd_json_array_foreach (entries, i, entry)
		if (network_tell(network_of(entry), e) < 0)
			return -1;
	return 0;
}

int verb_join(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL, *entries = NULL;
	sd_auto_free bool *fresh = NULL;
	const struct sd_json *entry;
	struct sd_err ignored; /* the first error is the one to tell */
	const char *id;
	size_t i;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		sd_doc_id(doc, &id, e) < 0)
		return -1;
	entries = wish_members(doc, e);
	if (!entries)
		return -1;
	fresh = sd_calloc(sd_json_len(entries) + 1, sizeof(*fresh));
	sd_json_set(doc, "names", fact(entries));
	if (join_all(doc, id, entries, fresh, e) < 0 || sd_doc_write(STDOUT_FILENO, doc, e) < 0)
		goto undo;
	/* The next stage sees the end of the document now. */
	if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return sd_fail(e, errno, "close standard output");
	return tell_all(entries, e);
undo:
	sd_json_array_foreach (entries, i, entry)
		if (fresh[i])
			leave(network_of(entry), id, &ignored);
	return -1;
}

/* Without those of `network`, or (NULL) of any. */
static void forget(struct sd_json *doc, const char *network)
{
	struct sd_json *names = sd_json_get(doc, "names");

	for (size_t i = sd_json_len(names); i-- > 0;) {
		const char *its = network_of(sd_json_at(names, i));

		if (!network || (its && strcmp(its, network) == 0))
			sd_json_remove_at(names, i);
	}
	if (!sd_json_len(names))
		sd_json_del(doc, "names");
}

int verb_leave(const struct sd_call *call, struct sd_err *e)
{
	const struct leave_args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	const char *id;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (a->network && !sd_name_valid(a->network))
		return sd_fail(e, 0, "--network: '%s' is not a network's name", a->network);
	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || sd_doc_id(doc, &id, e) < 0 ||
		(a->network ? leave(a->network, id, e) : leave_all(id, e)) < 0)
		return -1;
	forget(doc, a->network);
	return sd_doc_write(STDOUT_FILENO, doc, e);
}
