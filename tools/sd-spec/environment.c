/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment and the labels: lists of KEY=VALUE in which the later of two sources wins.
 *
 * The environment's order is docker's: PATH, HOSTNAME, TERM; the image's; --env-file; -e.  Where
 * a variable is set again it keeps its place.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include "cleanup.h"
#include "exec.h"
#include "spec.h"

/* The index of the entry for a name of that length, or the list's size. */
static size_t env_find(const struct sd_strv *env, const char *name, size_t len)
{
	size_t i = 0;

	while (i < env->n && (strncmp(env->v[i], name, len) != 0 || env->v[i][len] != '='))
		i++;
	return i;
}

static void env_set(struct sd_strv *env, const char *entry)
{
	size_t i = env_find(env, entry, strcspn(entry, "="));

	if (i == env->n) {
		sd_strv_add(env, entry);
		return;
	}
	free(env->v[i]);
	env->v[i] = sd_strdup(entry);
}

static void env_unset(struct sd_strv *env, const char *name)
{
	size_t i = env_find(env, name, strlen(name));

	if (i == env->n)
		return;
	free(env->v[i]);
	memmove(&env->v[i], &env->v[i + 1], (env->n - i) * sizeof(*env->v));
	env->n--;
}

/*
 * An entry without '=' is not a wish to pass a variable of the host's on: that is the user's
 * right, not an image's (CVE-2026-57231).
 */
static int env_image(struct spec *s, struct sd_strv *env, struct sd_err *e)
{
	sd_auto_free const char **v = NULL;
	size_t n = 0;

	if (sd_json_strings(s->defaults, &v, &n, e, "Env") < 0)
		return spec_image_error(s, e);
	for (size_t i = 0; i < n; i++) {
		if (!strchr(v[i], '=') || v[i][0] == '=') {
			sd_fail(e, 0, "config.Env[%zu]: '%s' is not NAME=VALUE", i, v[i]);
			return spec_image_error(s, e);
		}
		env_set(env, v[i]);
	}
	return 0;
}

/* NAME=VALUE, or NAME for the caller's own value.  1: the caller has none. */
static int env_user(struct sd_strv *env, const char *what, const char *entry, struct sd_err *e)
{
	sd_auto_free char *passed = NULL;
	const char *value;

	if (!*entry || *entry == '=')
		return sd_fail(e, 0, "%s: '%s' has no name", what, entry);
	if (strchr(entry, '=')) {
		env_set(env, entry);
		return 0;
	}
	value = getenv(entry);
	if (!value)
		return 1;
	if (!sd_is_utf8(value))
		return sd_fail(e, 0, "%s: the value of %s is not UTF-8", what, entry);
	passed = sd_printf("%s=%s", entry, value);
	env_set(env, passed);
	return 0;
}

static int env_file(struct sd_strv *env, const char *path, struct sd_err *e)
{
	sd_auto_strv struct sd_strv lines = {0};

	if (lines_read(path, "--env-file", &lines, e) < 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++) {
		size_t n = strcspn(lines.v[i], "=");

		if (strcspn(lines.v[i], " \t") < n)
			return sd_fail(e, 0, "--env-file: %s: the name in '%s' holds a blank", path,
				lines.v[i]);
		if (env_user(env, "--env-file", lines.v[i], e) < 0)
			return -1;
	}
	return 0;
}

int env_options(struct sd_strv *env, const struct sd_strv *files, const struct sd_strv *entries,
	struct sd_err *e)
{
	for (size_t i = 0; i < files->n; i++)
		if (env_file(env, files->v[i], e) < 0)
			return -1;
	for (size_t i = 0; i < entries->n; i++) {
		int r = env_user(env, "--env", entries->v[i], e);

		if (r < 0)
			return -1;
		if (r > 0) /* docker: -e NAME takes a variable that the caller lacks away */
			env_unset(env, entries->v[i]);
	}
	return 0;
}

bool env_has(const struct sd_strv *env, const char *name)
{
	return env_find(env, name, strlen(name)) < env->n;
}

int spec_environment(struct spec *s, struct sd_err *e)
{
	sd_auto_strv struct sd_strv env = {0};
	const char *hostname = NULL;
	struct utsname host;
	struct sd_json *list = sd_json_make_array(s->config, "process.env");

	if (sd_json_str(s->config, &hostname, e, "hostname") < 0)
		return -1;
	if (!hostname && !spec_own_namespace(s, "uts") && uname(&host) == 0)
		hostname = host.nodename;
	sd_strv_add(&env, "PATH=" SD_EXEC_DEFAULT_PATH);
	if (hostname && sd_is_utf8(hostname))
		sd_strv_take(&env, sd_printf("HOSTNAME=%s", hostname));
	if (s->o->tty)
		sd_strv_add(&env, "TERM=xterm");
	if (env_image(s, &env, e) < 0 || env_options(&env, &s->o->env_file, &s->o->env, e) < 0)
		return -1;
	for (size_t i = 0; i < env.n; i++)
		sd_json_append_str(list, env.v[i]);
	return 0;
}

static int label(struct sd_json *labels, const char *what, const char *text, struct sd_err *e)
{
	const char *equals = strchr(text, '=');
	sd_auto_free char *key = sd_strndup(text, equals ? (size_t)(equals - text) : strlen(text));

	if (!*key)
		return sd_fail(e, 0, "%s: '%s' has no key", what, text);
	sd_json_set_str(labels, key, equals ? equals + 1 : "");
	return 0;
}

static int label_file(struct sd_json *labels, const char *path, struct sd_err *e)
{
	sd_auto_strv struct sd_strv lines = {0};

	if (lines_read(path, "--label-file", &lines, e) < 0)
		return -1;
	for (size_t i = 0; i < lines.n; i++)
		if (label(labels, "--label-file", lines.v[i], e) < 0)
			return -1;
	return 0;
}

static int image_labels(struct spec *s, struct sd_json *labels, struct sd_err *e)
{
	struct sd_json *from = NULL;

	if (sd_json_object(s->defaults, &from, e, "Labels") < 0)
		return spec_image_error(s, e);
	sd_json_object_foreach (from, it) {
		const char *value = sd_json_string_value(sd_json_iter_value(it));

		if (!value) {
			sd_fail(e, 0, "config.Labels: '%s' is not a string", sd_json_iter_key(it));
			return spec_image_error(s, e);
		}
		sd_json_set_str(labels, sd_json_iter_key(it), value);
	}
	return 0;
}

/* Labels say and never do: they stay out of annotations, which runtimes obey (CVE-2026-53488). */
static int annotations(struct spec *s, struct sd_err *e)
{
	for (size_t i = 0; i < s->o->annotation.n; i++) {
		const char *text = s->o->annotation.v[i];

		if (!strchr(text, '='))
			return sd_fail(e, 0, "--annotation: '%s' is not KEY=VALUE", text);
		if (label(sd_json_make_object(s->config, "annotations"), "--annotation", text, e) <
			0)
			return -1;
		label(sd_json_make_object(s->doc, "annotations"), "--annotation", text, e);
	}
	return 0;
}

int spec_labels(struct spec *s, struct sd_err *e)
{
	struct sd_json *labels = sd_json_make_object(s->want, "labels");

	if (image_labels(s, labels, e) < 0)
		return -1;
	for (size_t i = 0; i < s->o->label_file.n; i++)
		if (label_file(labels, s->o->label_file.v[i], e) < 0)
			return -1;
	for (size_t i = 0; i < s->o->label.n; i++)
		if (label(labels, "--label", s->o->label.v[i], e) < 0)
			return -1;
	if (!sd_json_len(labels))
		sd_json_del(s->want, "labels");
	return annotations(s, e);
}
