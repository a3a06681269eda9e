/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of -c/--change, as in a Dockerfile: one table row each. */
#include "sd-image.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "cleanup.h"

/* The rest of the line as a JSON array of strings, or NULL where it is none. */
static struct sd_json *exec_form(const char *rest)
{
	struct sd_err ignored;
	sd_auto_json struct sd_json *j =
		*rest == '[' ? sd_json_parse(rest, strlen(rest), "", &ignored) : NULL;
	struct sd_json *v;
	size_t i;

	if (!j || !sd_json_is_array(j))
		return NULL;
	sd_json_array_foreach (j, i, v)
		if (!sd_json_string_value(v))
			return NULL;
	return sd_steal_ptr(&j);
}

static int set_command(
	struct sd_json *config, const char *member, const char *rest, struct sd_err *e)
{
	struct sd_json *args = exec_form(rest);

	if (!args) {
		args = sd_json_new_array();
		sd_json_append_str(args, "/bin/sh");
		sd_json_append_str(args, "-c");
		sd_json_append_str(args, rest);
	}
	sd_json_set(config, member, args);
	/* The inherited arguments were meant for the inherited entry point. */
	if (strcmp(member, "Entrypoint") == 0)
		sd_json_del(config, "Cmd");
	return 0;
}

static int set_string(
	struct sd_json *config, const char *member, const char *rest, struct sd_err *e)
{
	sd_json_set_str(config, member, rest);
	return 0;
}

static int set_workdir(
	struct sd_json *config, const char *member, const char *rest, struct sd_err *e)
{
	const char *old = sd_json_string_value(sd_json_member(config, member));
	sd_auto_free char *path = NULL;

	if (*rest == '/')
		return set_string(config, member, rest, e);
	path = sd_printf("%s/%s", old && strcmp(old, "/") != 0 ? old : "", rest);
	return set_string(config, member, path, e);
}

static int set_signal(
	struct sd_json *config, const char *member, const char *rest, struct sd_err *e)
{
	int sig;

	return sd_parse_signal(rest, member, &sig, e) < 0 ? -1
							  : set_string(config, member, rest, e);
}

/* Replace the variable of that name, or add it. */
static void set_variable(struct sd_json *env, const char *pair)
{
	size_t len = strcspn(pair, "=") + 1, i;
	struct sd_json *old;

	sd_json_array_foreach (env, i, old) {
		const char *s = sd_json_string_value(old);

		if (s && strncmp(s, pair, len) == 0) {
			sd_json_remove_at(env, i);
			sd_json_insert(env, i, sd_json_new_str(pair));
			return;
		}
	}
	sd_json_append_str(env, pair);
}

/* "K=V K2=V2 ..." or the old form "K V": a list of "K=V". */
static int pairs(const char *rest, struct sd_strv *out, struct sd_err *e)
{
	sd_auto_strv struct sd_strv words = {0};
	const char *value = rest + strcspn(rest, " \t=");

	if (*value && *value != '=') {
		sd_strv_take(out, sd_printf("%.*s=%s", (int)(value - rest), rest,
					  value + strspn(value, " \t")));
		return 0;
	}
	if (split_words(rest, &words, e) < 0)
		return -1;
	for (size_t i = 0; i < words.n; i++) {
		if (!strchr(words.v[i], '=') || words.v[i][0] == '=')
			return sd_fail(e, 0, "'%s' is not NAME=VALUE", words.v[i]);
		sd_strv_add(out, words.v[i]);
	}
	return 0;
}

static int set_env(struct sd_json *config, const char *member, const char *rest, struct sd_err *e)
{
	struct sd_json *env = sd_json_make_array(config, member);
	sd_auto_strv struct sd_strv list = {0};

	if (pairs(rest, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		set_variable(env, list.v[i]);
	return 0;
}

static int set_labels(
	struct sd_json *config, const char *member, const char *rest, struct sd_err *e)
{
	struct sd_json *labels = sd_json_make_object(config, member);
	sd_auto_strv struct sd_strv list = {0};

	if (pairs(rest, &list, e) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		char *value = list.v[i] + strcspn(list.v[i], "=");

		if (*value)
			*value++ = '\0';
		sd_json_set_str(labels, list.v[i], value);
	}
	return 0;
}

/* An object whose keys are the words: OCI's way to write a set. */
static int add_to_set(struct sd_json *config, const char *member, const struct sd_strv *words)
{
	struct sd_json *set = sd_json_make_object(config, member);

	for (size_t i = 0; i < words->n; i++)
		sd_json_set(set, words->v[i], sd_json_new_object());
	return 0;
}

/* CVE-2022-23648: a volume "/../../etc" had the host's files copied into it. */
static bool path_valid(const char *path)
{
	const char *up = strstr(path, "/..");

	while (up && up[3] && up[3] != '/')
		up = strstr(up + 1, "/..");
	return *path == '/' && !up;
}

static int set_volumes(
	struct sd_json *config, const char *member, const char *rest, struct sd_err *e)
{
	sd_auto_json struct sd_json *list = exec_form(rest);
	sd_auto_strv struct sd_strv words = {0};
	struct sd_json *v;
	size_t i;

	sd_json_array_foreach (list, i, v)
		sd_strv_add(&words, sd_json_string_value(v));
	if (!list && split_words(rest, &words, e) < 0)
		return -1;
	for (i = 0; i < words.n; i++)
		if (!path_valid(words.v[i]))
			return sd_fail(e, 0, "'%s' is not an absolute path without ..", words.v[i]);
	return add_to_set(config, member, &words);
}

/* PORT[-PORT][/tcp|udp|sctp] */
static int check_port(char **word, struct sd_err *e)
{
	sd_auto_free char *copy = sd_strdup(*word);
	char *proto = strchr(copy, '/'), *last;
	int64_t from, to;

	if (proto)
		*proto++ = '\0';
	else
		proto = (char *)"tcp";
	if (strcmp(proto, "tcp") != 0 && strcmp(proto, "udp") != 0 && strcmp(proto, "sctp") != 0)
		return sd_fail(e, 0, "'%s': protocol is none of tcp, udp, sctp", *word);
	last = strchr(copy, '-');
	if (last)
		*last++ = '\0';
	if (sd_parse_int(copy, "port", 1, 65535, &from, e) < 0 ||
		sd_parse_int(last ? last : copy, "port", from, 65535, &to, e) < 0)
		return -1;
	free(*word);
	*word = last ? sd_printf("%s-%s/%s", copy, last, proto) : sd_printf("%s/%s", copy, proto);
	return 0;
}

static int set_ports(struct sd_json *config, const char *member, const char *rest, struct sd_err *e)
{
	sd_auto_strv struct sd_strv words = {0};

	if (split_words(rest, &words, e) < 0)
		return -1;
	for (size_t i = 0; i < words.n; i++)
		if (check_port(&words.v[i], e) < 0)
			return -1;
	return add_to_set(config, member, &words);
}

static const struct instruction {
	const char *word, *member;
	int (*set)(struct sd_json *config, const char *member, const char *rest, struct sd_err *e);
} instructions[] = {
	{"CMD", "Cmd", set_command},
	{"ENTRYPOINT", "Entrypoint", set_command},
	{"ENV", "Env", set_env},
	{"EXPOSE", "ExposedPorts", set_ports},
	{"LABEL", "Labels", set_labels},
	{"STOPSIGNAL", "StopSignal", set_signal},
	{"USER", "User", set_string},
	{"VOLUME", "Volumes", set_volumes},
	{"WORKDIR", "WorkingDir", set_workdir},
};

static const struct instruction *find_instruction(const char *change, const char **rest)
{
	const char *word = change + strspn(change, " \t");
	size_t len = strcspn(word, " \t=");

	/* "CMD=..." is docker's other spelling. */
	*rest = word + len + strspn(word + len, " \t");
	*rest += **rest == '=';
	*rest += strspn(*rest, " \t");
	for (size_t i = 0; i < sizeof(instructions) / sizeof(*instructions); i++)
		if (strlen(instructions[i].word) == len &&
			strncasecmp(instructions[i].word, word, len) == 0)
			return &instructions[i];
	return NULL;
}

static int apply(struct sd_json *config, const char *change, const struct instruction *in,
	const char *rest, struct sd_err *e)
{
	sd_auto_free char *value = sd_strdup(rest);
	struct sd_err inner;

	for (size_t end = strlen(value); end && isspace((unsigned char)value[end - 1]); end--)
		value[end - 1] = '\0';
	if (!*value)
		return sd_fail(e, 0, "--change '%s': %s needs a value", change, in->word);
	if (in->set(config, in->member, value, &inner) < 0)
		return sd_fail(e, 0, "--change '%s': %s", change, inner.text);
	return 0;
}

int changes_apply(struct sd_json *config, const struct sd_strv *changes, struct sd_err *e)
{
	/* ENTRYPOINT takes the parent's CMD away, but not one that is given with it: so it goes
	 * first. */
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < changes->n; i++) {
			const char *change = changes->v[i], *rest;
			const struct instruction *in = find_instruction(change, &rest);

			if (!sd_is_utf8(change))
				return sd_fail(e, 0,
					"--change: not UTF-8, as an image's configuration must be");
			if (!in) {
				sd_fail(e, 0, "--change '%s': unknown instruction", change);
				return sd_hint(e, "CMD ENTRYPOINT ENV EXPOSE LABEL STOPSIGNAL USER "
						  "VOLUME WORKDIR");
			}
			if ((pass == 0) == (strcmp(in->word, "ENTRYPOINT") == 0) &&
				apply(config, change, in, rest, e) < 0)
				return -1;
		}
	}
	return 0;
}
