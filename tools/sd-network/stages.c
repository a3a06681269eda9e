/* SPDX-License-Identifier: Apache-2.0 */
/* get, provide, add, up, down and rm: documents out of the store and into it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "event.h"
#include "proc.h"
#include "sd-network.h"

struct get_args {
	bool unused, quiet;
};

const struct sd_opt get_opts[] = {
	SD_OPT_FLAG(struct get_args, quiet, 'q', "quiet",
		"say nothing where there is none, or it is not as wanted: exit 1"),
	SD_OPT_FLAG(struct get_args, unused, 0, "unused", "only one that no container uses"),
	SD_OPT_END,
};
const size_t get_size = sizeof(struct get_args);

static int load_stored(const char *who, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_free char *name = NULL;
	int r = sd_network_find(who, &name, e);

	r = r < 0 ? -1 : sd_network_load(name, doc, e);
	return r ? r : sd_fail(e, ENOENT, "no such network: %s", who);
}

static int check_unused(const struct sd_json *doc, bool quiet, struct sd_err *e)
{
	auto_networks struct networks l = {0};
	struct network *n = NULL;

	if (networks_load(&l, e) < 0 || networks_ask_members(&l, e) < 0 ||
		networks_find(&l, sd_network_name(doc), &n, e) < 0)
		return -1;
	if (!n->n && !l.unknown)
		return 0;
	if (quiet)
		return SD_EXIT_NO;
	if (!n->n) {
		sd_fail(e, EBUSY, "network %s", n->name);
		return sd_hint(
			e, "a container whose record cannot be read may use it: 'sdocker ps -a'");
	}

	sd_auto_free char *names = network_member_names(n);

	return sd_fail(e, 0, "network %s has active endpoints: %s", n->name, names);
}

int verb_get(const struct sd_call *call, struct sd_err *e)
{
	const struct get_args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	int r;

	if (sd_want_operands(call, 1, 1, e) < 0)
		return -1;
	if (load_stored(call->argv[0], &doc, e) < 0)
		return a->quiet && e->errnum == ENOENT ? SD_EXIT_NO : -1;
	r = a->unused ? check_unused(doc, a->quiet, e) : 0;
	return r ? r : sd_doc_write(STDOUT_FILENO, doc, e);
}

int verb_provide(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	char now[40];

	if (sd_want_operands(call, 1, 1, e) < 0)
		return -1;
	if (load_stored(call->argv[0], &doc, e) < 0) {
		if (e->errnum != ENOENT || strcmp(call->argv[0], SD_NETWORK_DEFAULT) != 0)
			return -1;
		doc = predefined_document(SD_NETWORK_DEFAULT);
		sd_time_now(now);
		sd_json_set_str(sd_json_member(doc, "sdocker"), "created", now);
	}
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

static void tell(const struct sd_json *doc, const char *action)
{
	sd_auto_json struct sd_json *attributes = sd_json_new_object();

	sd_json_set_str(attributes, "name", sd_network_name(doc));
	sd_json_set(attributes, "type", sd_json_ref(sd_json_get(doc, "sdocker.driver")));
	sd_event_typed("network", sd_network_id(doc), action, attributes);
}

/* 1 stored now, 0: one of that id is there already, and becomes the document. */
static int store(int networks, struct sd_json **doc, struct sd_err *e)
{
	const char *name = sd_network_name(*doc);
	sd_auto_json struct sd_json *there = NULL;

	if (sd_network_add(networks, name, *doc, e) == 0)
		return 1;
	if (e->errnum != EEXIST)
		return -1;
	if (sd_network_load(name, &there, e) < 0)
		return -1;
	if (!there || strcmp(sd_network_id(there), sd_network_id(*doc)) != 0)
		return sd_fail(e, 0, "network with name %s already exists", name);
	sd_json_unref(*doc);
	*doc = sd_steal_ptr(&there);
	return 0;
}

int verb_add(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_fd int networks = -1;
	struct sd_err ignored; /* the first failure is the one to tell */
	int added;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_network_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	networks = sd_networks_open(LOCK_EX, e);
	added = networks < 0 ? -1 : store(networks, &doc, e);
	if (added < 0)
		return -1;
	if (sd_doc_write(STDOUT_FILENO, doc, e) < 0) {
		if (added)
			sd_network_remove(networks, sd_network_name(doc), &ignored);
		return -1;
	}
	if (added)
		tell(doc, "create");
	return 0;
}

struct up_args {
	bool id;
};

const struct sd_opt up_opts[] = {
	SD_OPT_FLAG(struct up_args, id, 0, "id", "print its id in place of the document"),
	SD_OPT_END,
};
const size_t up_size = sizeof(struct up_args);

int verb_up(const struct sd_call *call, struct sd_err *e)
{
	const struct up_args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_network_read(STDIN_FILENO, &doc, e) < 0 ||
		sd_network_set_up(sd_network_name(doc), e) < 0)
		return -1;
	if (a->id) {
		puts(sd_network_id(doc));
		return 0;
	}
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

int verb_down(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_network_read(STDIN_FILENO, &doc, e) < 0 ||
		sd_network_set_down(sd_network_name(doc), e) < 0)
		return -1;
	return sd_doc_write(STDOUT_FILENO, doc, e);
}

/* Another of that name, made since, is not the one that is meant. */
static bool is_stored(const struct sd_json *doc)
{
	sd_auto_json struct sd_json *there = NULL;
	struct sd_err broken;

	return sd_network_load(sd_network_name(doc), &there, &broken) != 1 ||
	       strcmp(sd_network_id(there), sd_network_id(doc)) == 0;
}

int verb_rm(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_fd int networks = -1;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_network_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	networks = sd_networks_open(LOCK_EX, e);
	if (networks < 0)
		return -1;
	if (is_stored(doc)) {
		if (sd_network_remove(networks, sd_network_name(doc), e) < 0)
			return -1;
		tell(doc, "destroy");
	}
	return sd_doc_write(STDOUT_FILENO, doc, e);
}
