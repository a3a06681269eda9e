/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "event.h"
#include "doc.h"
#include "io.h"
#include "proc.h"
#include "store.h"

#define SUFFIX ".conflist"

bool sd_network_name_valid(const char *name)
{
	return sd_name_valid(name) && strlen(name) + strlen(SUFFIX) <= 255;
}

static int check(const struct sd_json *doc, const char *what, struct sd_err *e)
{
	static const char *const members[] = {"name", "sdocker.id"};
	const char *text;

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		int r = sd_json_str(doc, &text, e, "%s", members[i]);

		if (r <= 0)
			return r < 0 ? -1 : sd_json_missing(e, "%s: %s", what, members[i]);
	}
	if (!sd_network_name_valid(sd_network_name(doc)))
		return sd_fail(
			e, 0, "%s: name: '%s' is not a network's", what, sd_network_name(doc));
	return sd_network_plugin(doc) ? 0 : sd_json_missing(e, "%s: plugins[0]", what);
}

int sd_network_load(const char *name, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("networks/%s" SUFFIX, name);
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_json struct sd_json *j = NULL;

	if (!sd_network_name_valid(name))
		return 0;
	if (sd_read_file(AT_FDCWD, path, SD_READ_MAX, &text, e) < 0)
		return e->errnum == ENOENT ? 0 : -1;
	j = sd_json_parse(text.data ? text.data : "", text.len, path, e);
	if (!j)
		return -1;
	if (check(j, path, e) < 0)
		return -1;
	*doc = sd_steal_ptr(&j);
	return 1;
}

int sd_network_read(int fd, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *j = NULL;

	if (sd_doc_read_object(fd, &j, e) < 0 || check(j, "network", e) < 0)
		return -1;
	*doc = sd_steal_ptr(&j);
	return 0;
}

const char *sd_network_name(const struct sd_json *doc)
{
	return sd_json_string_value(sd_json_member(doc, "name"));
}

const char *sd_network_id(const struct sd_json *doc)
{
	return sd_json_string_value(sd_json_get(doc, "sdocker.id"));
}

int sd_network_list(struct sd_strv *names, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("networks");
	sd_auto_dir DIR *d = opendir(path);
	struct dirent *ent;

	if (!d)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", path);
	while ((ent = sd_readdir(d))) {
		size_t n = strlen(ent->d_name), end = strlen(SUFFIX);
		sd_auto_free char *name = NULL;

		if (n <= end || strcmp(ent->d_name + n - end, SUFFIX) != 0)
			continue;
		name = sd_strndup(ent->d_name, n - end);
		if (sd_network_name_valid(name))
			sd_strv_take(names, sd_steal_ptr(&name));
	}
	return errno ? sd_fail(e, errno, "read %s", path) : 0;
}

static int no_such(const char *who, struct sd_err *e)
{
	sd_fail(e, 0, "no such network: %s", who);
	e->errnum = ENOENT;
	return -1;
}

static bool id_begins(const char *name, const char *prefix)
{
	sd_auto_json struct sd_json *doc = NULL;
	struct sd_err broken;

	/* A broken one has no id, and must not hide the others. */
	return sd_network_load(name, &doc, &broken) == 1 &&
	       sd_starts_with(sd_network_id(doc), prefix);
}

int sd_network_find(const char *who, char **name, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("networks/%s" SUFFIX, who);
	sd_auto_strv struct sd_strv all = {0};
	const char *found = NULL;

	if (!sd_network_name_valid(who))
		return no_such(who, e);
	if (access(path, F_OK) == 0) {
		*name = sd_strdup(who);
		return 0;
	}
	if (sd_network_list(&all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		if (!id_begins(all.v[i], who))
			continue;
		if (found)
			return sd_fail(e, 0, "%s: more than one network's id begins so", who);
		found = all.v[i];
	}
	if (!found)
		return no_such(who, e);
	*name = sd_strdup(found);
	return 0;
}

int sd_networks_open(int how, struct sd_err *e)
{
	return sd_store_open_locked("networks", how, e);
}

/* From now on the store says whose its subnets are. */
static void end_claim(const struct sd_json *doc)
{
	const char *id = sd_network_id(doc);
	sd_auto_free char *claim = sd_store_run("claims/%s", id);

	/* ENOENT: it never had one.  One that stays ends with its process. */
	if (sd_id_valid(id))
		unlink(claim);
}

int sd_network_add(int networks, const char *name, const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_free char *file = sd_printf("%s" SUFFIX, name);
	sd_auto_free char *text = sd_json_pretty(doc);

	if (!sd_network_name_valid(name))
		return sd_fail(e, 0, "'%s' is not a network's name (letters, digits, '_.-')", name);
	if (faccessat(networks, file, F_OK, 0) == 0) {
		sd_fail(e, 0, "network %s is there already", name);
		e->errnum = EEXIST;
		return -1;
	}
	if (sd_replace_file(networks, file, text, strlen(text), true, e) < 0)
		return -1;
	end_claim(doc);
	return 0;
}

int sd_network_remove(int networks, const char *name, struct sd_err *e)
{
	sd_auto_free char *file = sd_printf("%s" SUFFIX, name);

	if (sd_network_set_down(name, e) < 0)
		return -1;
	if (unlinkat(networks, file, 0) < 0 && errno != ENOENT)
		return sd_fail(e, errno, "remove the network %s", name);
	return 0;
}

struct sd_json *sd_network_plugin(const struct sd_json *doc)
{
	struct sd_json *plugin = sd_json_at(sd_json_member(doc, "plugins"), 0);

	return sd_json_is_object(plugin) ? plugin : NULL;
}

bool sd_network_is_bridge(const struct sd_json *doc)
{
	const char *type = sd_json_string_value(sd_json_member(sd_network_plugin(doc), "type"));

	return type && strcmp(type, SD_NETWORK_BRIDGE) == 0;
}

void sd_network_interface(const struct sd_json *container, char name[16])
{
	const struct sd_json *facts = sd_json_get(container, "networks"), *fact;
	unsigned number = 0;
	size_t i;

	snprintf(name, 16, "eth0");
	for (i = 0; (fact = sd_json_at(facts, i)); i++) {
		const char *taken = sd_json_string_value(sd_json_member(fact, "interface"));

		if (!taken || strcmp(taken, name) != 0)
			continue;
		snprintf(name, 16, "eth%u", ++number);
		i = (size_t)-1; /* from the beginning */
	}
}

void sd_network_event(const struct sd_json *container, const char *network, const char *action)
{
	sd_auto_json struct sd_json *attributes = sd_json_new_object(), *doc = NULL;
	const char *id = network, *driver = NULL;
	struct sd_err ignored; /* of a network that is gone there is still the name */

	if (sd_network_load(network, &doc, &ignored) > 0) {
		id = sd_network_id(doc);
		driver = sd_json_string_value(sd_json_get(doc, "sdocker.driver"));
	}
	sd_json_set(attributes, "container", sd_json_ref(sd_json_member(container, "id")));
	sd_json_set_str(attributes, "name", network);
	sd_json_set_str(attributes, "type", driver ? driver : "bridge");
	sd_event_typed("network", id, action, attributes);
}

bool sd_network_is_up(const char *name)
{
	sd_auto_free char *path = sd_store_run("networks/%s", name);
	sd_auto_buf struct sd_buf text = {0};
	char boot[37];
	struct sd_err ignored;

	return sd_proc_boot_id(boot, &ignored) == 0 &&
	       sd_read_file(AT_FDCWD, path, sizeof(boot), &text, &ignored) == 0 && text.data &&
	       strcmp(text.data, boot) == 0;
}

int sd_network_set_up(const char *name, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_run("networks");
	sd_auto_fd int dir = -1;
	char boot[37];

	if (sd_proc_boot_id(boot, e) < 0 || sd_mkdir_p(path, 0700, e) < 0)
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return sd_fail(e, errno, "open %s", path);
	return sd_replace_file(dir, name, boot, strlen(boot), false, e);
}

int sd_network_set_down(const char *name, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_run("networks/%s", name);

	return unlink(path) < 0 && errno != ENOENT ? sd_fail(e, errno, "remove %s", path) : 0;
}
