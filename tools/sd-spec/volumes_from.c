/* SPDX-License-Identifier: Apache-2.0 */
/* --volumes-from: what another container has mounted of the host's, in the same places. */
#include <string.h>
#include "cleanup.h"
#include "doc.h"
#include "spec.h"
#include "store.h"

/* The other's wish for this mount, without what it has done already; it says whose volume it is. */
static void take_wish(struct spec *s, const struct sd_json *other, const char *to, const char *from)
{
	const struct sd_json *wishes = sd_json_get(other, "want.volumes"), *wish;
	size_t i;

	sd_json_array_foreach (wishes, i, wish) {
		const char *have = sd_json_string_value(sd_json_member(wish, "destination"));
		struct sd_json *copy;

		if (!have || strcmp(have, to) != 0)
			continue;
		copy = sd_json_copy(wish);
		sd_json_set_str(copy, "source", from);
		sd_json_set_bool(copy, "create", sd_json_member(wish, "name") != NULL);
		sd_json_append(sd_json_make_array(s->want, "volumes"), copy);
	}
}

static int take_mount(struct spec *s, const struct sd_json *other, const struct sd_json *mount,
	bool read_only, struct sd_err *e)
{
	const char *to = sd_json_string_value(sd_json_member(mount, "destination"));
	const char *from = sd_json_string_value(sd_json_member(mount, "source")), *bundle;
	sd_auto_free char *source = NULL;
	struct sd_json *copy;

	/* The user's own word on a place counts. */
	if (!to || !from || mount_taken(s, to))
		return 0;
	if (sd_doc_bundle(other, &bundle, e) < 0)
		return -1;
	/* An anonymous volume lies in the other's bundle. */
	source = from[0] == '/' ? sd_strdup(from) : sd_printf("%s/%s", bundle, from);
	copy = sd_json_copy(mount);
	sd_json_set_str(copy, "source", source);
	if (read_only && !sd_json_has_string(sd_json_member(copy, "options"), "ro"))
		sd_json_append_str(sd_json_make_array(copy, "options"), "ro");
	if (mount_add(s, "--volumes-from", copy, e) < 0)
		return -1;
	take_wish(s, other, to, source);
	return 0;
}

/* CONTAINER[:ro|rw] */
int volumes_from(struct spec *s, const char *text, struct sd_err *e)
{
	const char *colon = strchr(text, ':');
	sd_auto_free char *who = sd_strndup(text, colon ? (size_t)(colon - text) : strlen(text));
	sd_auto_free char *id = NULL;
	sd_auto_json struct sd_json *other = NULL;
	struct sd_json *mounts = NULL, *mount;
	size_t i;
	int r;

	if (colon && strcmp(colon, ":ro") != 0 && strcmp(colon, ":rw") != 0)
		return sd_fail(e, 0, "--volumes-from: '%s' is neither ro nor rw", colon + 1);
	if (sd_record_find(who, &id, e) < 0)
		return -1;
	r = sd_record_load(id, &other, e);
	if (r <= 0)
		return r < 0 ? -1 : sd_fail(e, 0, "--volumes-from: no such container: %s", who);
	if (sd_json_array(other, &mounts, e, "config.mounts") < 0)
		return -1;
	sd_json_array_foreach (mounts, i, mount)
		if ((sd_json_has_string(sd_json_member(mount, "options"), "bind") ||
			    sd_json_has_string(sd_json_member(mount, "options"), "rbind")) &&
			take_mount(s, other, mount, colon && strcmp(colon, ":ro") == 0, e) < 0)
			return -1;
	return 0;
}
