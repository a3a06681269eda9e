/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an image is told of the container that it is made of: its command, environment, user and so
 * on become the image's defaults, as docker's commit does.
 *
 * The document holds what the container was given, the image's defaults and the user's options
 * joined; what the toolkit has added for this one container is taken out again.
 */
#include <string.h>
#include "cleanup.h"
#include "doc.h"
#include "sd-image.h"

/* The words that sd-spec --init has put before the program's own. */
#define INIT_WORDS 2

static bool sets(const char *entry, const char *name)
{
	size_t n = strlen(name);

	return strncmp(entry, name, n) == 0 && entry[n] == '=';
}

static bool has_variable(const struct sd_json *env, const char *name)
{
	const struct sd_json *entry;
	size_t i;

	sd_json_array_foreach (env, i, entry) {
		const char *text = sd_json_string_value(entry);

		if (text && sets(text, name))
			return true;
	}
	return false;
}

/* HOSTNAME and TERM are this container's, unless the parent has them. */
static int take_env(struct sd_json *config, const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_free const char **v = NULL;
	struct sd_json *env = sd_json_new_array();
	const struct sd_json *old = sd_json_member(config, "Env");
	size_t n = 0;
	int r = sd_json_strings(doc, &v, &n, e, "config.process.env");

	for (size_t i = 0; i < n; i++)
		if ((!sets(v[i], "HOSTNAME") || has_variable(old, "HOSTNAME")) &&
			(!sets(v[i], "TERM") || has_variable(old, "TERM")))
			sd_json_append_str(env, v[i]);
	if (r > 0)
		sd_json_set(config, "Env", env);
	else
		sd_json_unref(env);
	return r < 0 ? -1 : 0;
}

static void set_words(
	struct sd_json *config, const char *member, const char **v, size_t from, size_t to)
{
	struct sd_json *words = sd_json_new_array();

	sd_json_del(config, member);
	for (size_t i = from; i < to; i++)
		sd_json_append_str(words, v[i]);
	if (from < to)
		sd_json_set(config, member, words);
	else
		sd_json_unref(words);
}

static int take_command(struct sd_json *config, const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_free const char **v = NULL;
	int64_t entrypoint = 0;
	bool init = false;
	size_t n = 0, first;

	if (sd_json_strings(doc, &v, &n, e, "config.process.args") < 0 ||
		sd_json_bool(doc, &init, e, "want.init") < 0 ||
		sd_json_int(doc, &entrypoint, e, "want.entrypoint") < 0)
		return -1;
	first = init ? INIT_WORDS : 0;
	if (entrypoint < 0 || n < first || (size_t)entrypoint > n - first)
		return sd_fail(e, 0, "want.entrypoint: more words than config.process.args has");
	if (!n)
		return 0;
	set_words(config, "Entrypoint", v, first, first + (size_t)entrypoint);
	set_words(config, "Cmd", v, first + (size_t)entrypoint, n);
	return 0;
}

/* A string of the document; what the container was not given, the image does not have either. */
static int take_text(struct sd_json *config, const char *member, const struct sd_json *doc,
	const char *path, const char *plain, struct sd_err *e)
{
	const char *text = NULL;
	int r = sd_json_str(doc, &text, e, "%s", path);

	if (r < 0)
		return -1;
	if (text && strcmp(text, plain) != 0)
		sd_json_set_str(config, member, text);
	else
		sd_json_del(config, member);
	return 0;
}

static int take_object(struct sd_json *config, const char *member, const struct sd_json *doc,
	const char *path, struct sd_err *e)
{
	struct sd_json *object = NULL;

	if (sd_json_object(doc, &object, e, "%s", path) < 0)
		return -1;
	if (object)
		sd_json_set(config, member, sd_json_copy(object));
	return 0;
}

static int take_ports(struct sd_json *config, const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_free const char **v = NULL;
	size_t n = 0;

	if (sd_json_strings(doc, &v, &n, e, "want.exposedPorts") < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		sd_json_set(
			sd_json_make_object(config, "ExposedPorts"), v[i], sd_json_new_object());
	return 0;
}

int container_config(struct sd_json *config, const struct sd_json *doc, struct sd_err *e)
{
	if (take_command(config, doc, e) < 0 || take_env(config, doc, e) < 0 ||
		take_text(config, "WorkingDir", doc, "config.process.cwd", "/", e) < 0 ||
		take_text(config, "User", doc, "want.user", "", e) < 0 ||
		take_text(config, "StopSignal", doc, "want.stopSignal", "SIGTERM", e) < 0 ||
		take_object(config, "Labels", doc, "want.labels", e) < 0 ||
		take_object(config, "Healthcheck", doc, "want.healthcheck", e) < 0)
		return -1;
	return take_ports(config, doc, e);
}
