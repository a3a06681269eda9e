/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins of a list, one after the other. */
#include <string.h>
#include "cleanup.h"
#include "sd-cni.h"

/* The newest first. */
static const char *const versions[] = {"1.1.0", "1.0.0", "0.4.0", "0.3.1", "0.3.0"};
#define N_VERSIONS (sizeof(versions) / sizeof(*versions))

static const char *name_of(const struct sd_json *list)
{
	const char *name = sd_json_string_value(sd_json_member(list, "name"));

	return name ? name : "";
}

static const struct sd_json *plugins_of(const struct sd_json *list)
{
	return sd_json_member(list, "plugins");
}

/* The code is the plugin's, which says nothing to who called this tool. */
static int failed(const struct attachment *a, struct sd_err *e)
{
	sd_auto_free char *why = sd_strdup(e->text);

	return sd_fail(e, 0, "network %s: %s", name_of(a->list), why);
}

/* One plugin, which `conf` is for.  The error has its code. */
static int run(const struct attachment *a, const char *command, const struct sd_json *conf,
	struct sd_json **result, struct sd_err *e)
{
	const char *type = sd_json_string_value(sd_json_member(conf, "type"));
	sd_auto_free char *args = conf_args(a);
	const struct sd_cni_call call = {.command = command,
		.container = a->id,
		.netns = a->netns,
		.ifname = a->interface,
		.args = args,
		.network = name_of(a->list),
		.conf = conf};

	if (!type)
		return sd_fail(e, 0, "plugins[].type: missing");
	if (sd_cni_run(type, &call, result, e) < 0)
		return -1;
	if (!*result || sd_json_is_object(*result))
		return 0;
	sd_json_unrefp(result);
	return sd_fail(e, 0, "%s: what it answered is not an object", type);
}

/* A command whose answer is that it did not fail. */
static int tell(const struct attachment *a, const char *command, const struct sd_json *plugin,
	const char *version, const struct sd_json *prev, struct sd_err *e)
{
	sd_auto_json struct sd_json *conf = conf_of(a, plugin, version, prev), *answer = NULL;

	return run(a, command, conf, &answer, e);
}

/* ---- the version that is spoken */

static int ask_versions(
	const struct attachment *a, const struct sd_json *plugin, bool *spoken, struct sd_err *e)
{
	sd_auto_json struct sd_json *conf = conf_of(a, plugin, "1.0.0", NULL), *answer = NULL;

	if (run(a, "VERSION", conf, &answer, e) < 0)
		return -1;
	for (size_t v = 0; v < N_VERSIONS; v++)
		spoken[v] &= sd_json_has_string(
			sd_json_member(answer, "supportedVersions"), versions[v]);
	return 0;
}

/* The newest that all plugins of the list speak. */
static int negotiate(const struct attachment *a, const char **version, struct sd_err *e)
{
	bool spoken[N_VERSIONS];
	const struct sd_json *plugin;
	size_t i;

	memset(spoken, true, sizeof(spoken));
	sd_json_array_foreach (plugins_of(a->list), i, plugin)
		if (ask_versions(a, plugin, spoken, e) < 0)
			return -1;
	for (size_t v = 0; v < N_VERSIONS; v++)
		if (spoken[v]) {
			*version = versions[v];
			return 0;
		}
	return sd_fail(e, 0, "its plugins have no version of CNI in common");
}

/* What the list says, or what a result of its plugins says. */
static const char *version_of(const struct sd_json *list, const struct sd_json *result)
{
	const char *v = sd_json_string_value(sd_json_member(result ? result : list, "cniVersion"));

	return v ? v : SD_CNI_VERSION;
}

/* ---- ADD, DEL, CHECK */

static int del_all(const struct attachment *a, const char *version, const struct sd_json *result,
	struct sd_err *e)
{
	struct sd_err later;
	int r = 0;

	for (size_t i = sd_json_len(plugins_of(a->list)); i-- > 0;)
		if (tell(a, "DEL", sd_json_at(plugins_of(a->list), i), version, result,
			    r < 0 ? &later : e) < 0)
			r = -1;
	return r;
}

static int add_all(
	const struct attachment *a, const char *version, struct sd_json **result, struct sd_err *e)
{
	sd_auto_json struct sd_json *prev = NULL;
	const struct sd_json *plugin;
	struct sd_err ignored; /* the first error is the one to tell */
	size_t i;

	sd_json_array_foreach (plugins_of(a->list), i, plugin) {
		sd_auto_json struct sd_json *conf = conf_of(a, plugin, version, prev);
		struct sd_json *answer = NULL;

		if (run(a, "ADD", conf, &answer, e) < 0) {
			/* Of the one that failed as well: it may have left something. */
			del_all(a, version, prev, &ignored);
			return -1;
		}
		/* None: it has nothing to add. */
		if (answer) {
			sd_json_unref(prev);
			prev = answer;
		}
	}
	*result = prev ? sd_steal_ptr(&prev) : sd_json_new_object();
	return 0;
}

int chain_add(const struct attachment *a, struct sd_json **result, struct sd_err *e)
{
	const char *version = version_of(a->list, NULL);
	sd_auto_json struct sd_json *made = NULL;
	struct sd_err ignored;
	int r = add_all(a, version, &made, e);

	if (r < 0 && e->code == SD_CNI_BAD_VERSION) {
		if (negotiate(a, &version, e) < 0)
			return failed(a, e);
		r = add_all(a, version, &made, e);
	}
	if (r < 0)
		return failed(a, e);
	if (!sd_json_member(made, "cniVersion"))
		sd_json_set_str(made, "cniVersion", version);
	if (conf_verify(a, made, e) < 0) {
		del_all(a, version, made, &ignored);
		return failed(a, e);
	}
	*result = sd_steal_ptr(&made);
	return 0;
}

int chain_del(const struct attachment *a, const struct sd_json *result, struct sd_err *e)
{
	const char *version = version_of(a->list, result);
	int r = del_all(a, version, result, e);

	if (r < 0 && e->code == SD_CNI_BAD_VERSION && !result) {
		if (negotiate(a, &version, e) < 0)
			return failed(a, e);
		r = del_all(a, version, result, e);
	}
	return r < 0 ? failed(a, e) : 0;
}

int chain_check(const struct attachment *a, const struct sd_json *result, struct sd_err *e)
{
	const char *version = version_of(a->list, result);
	const struct sd_json *plugin;
	bool disabled = false;
	size_t i;

	sd_json_bool_value(sd_json_member(a->list, "disableCheck"), &disabled);
	if (disabled)
		return 0;
	sd_json_array_foreach (plugins_of(a->list), i, plugin)
		if (tell(a, "CHECK", plugin, version, result, e) < 0)
			return failed(a, e);
	return 0;
}

/* ---- of a network alone: 1.1 brought them, and older plugins do not know them */

static int speaks_now(const struct attachment *a, bool *yes, struct sd_err *e)
{
	const char *version = version_of(a->list, NULL);
	int r = strcmp(version, "1.1.0") == 0 ? negotiate(a, &version, e) : 0;

	*yes = r == 0 && strcmp(version, "1.1.0") == 0;
	return r;
}

static int each(const struct sd_json *list, const char *command, const struct sd_json *valid,
	struct sd_err *e)
{
	const struct attachment a = {.list = list};
	const struct sd_json *plugin;
	struct sd_err later;
	bool now;
	size_t i;
	int r = speaks_now(&a, &now, e);

	if (r == 0 && now)
		sd_json_array_foreach (plugins_of(list), i, plugin) {
			sd_auto_json struct sd_json *conf = conf_of(&a, plugin, "1.1.0", NULL);
			sd_auto_json struct sd_json *answer = NULL;

			if (valid)
				sd_json_set(conf, "cni.dev/valid-attachments", sd_json_copy(valid));
			if (run(&a, command, conf, &answer, r < 0 ? &later : e) < 0)
				r = -1;
		}
	return r < 0 ? failed(&a, e) : 0;
}

int chain_status(const struct sd_json *list, struct sd_err *e)
{
	return each(list, "STATUS", NULL, e);
}

int chain_gc(const struct sd_json *list, const struct sd_json *valid, struct sd_err *e)
{
	bool disabled = false;

	sd_json_bool_value(sd_json_member(list, "disableGC"), &disabled);
	return disabled ? 0 : each(list, "GC", valid, e);
}
