/* SPDX-License-Identifier: Apache-2.0 */
/* config.process: what runs, as whom, where. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "spec.h"
#include "store.h"
#include "userdb.h"

/* Appends the image's list; 0 where it has none. */
static int append_strings(
	struct spec *s, struct sd_json *args, const char *member, struct sd_err *e)
{
	sd_auto_free const char **v = NULL;
	size_t n = 0;

	if (sd_json_strings(s->defaults, &v, &n, e, "%s", member) < 0)
		return spec_image_error(s, e);
	for (size_t i = 0; i < n; i++)
		sd_json_append_str(args, v[i]);
	return 0;
}

/* sd-init stands outside of the image, so a bind mount brings it in, as docker's --init does. */
static int add_init(struct spec *s, struct sd_json *args, struct sd_err *e)
{
	sd_auto_free char *program = sd_toolkit_path("sd-init");
	struct sd_json *mount, *options;

	if (!program || access(program, X_OK) < 0)
		return sd_fail(e, 0, "--init: the program sd-init does not stand beside sd-spec");
	sd_json_append_str(args, "/dev/init");
	sd_json_append_str(args, "--");
	sd_json_set_bool(s->want, "init", true);
	mount = sd_json_new_object();
	sd_json_set_str(mount, "destination", "/dev/init");
	sd_json_set_str(mount, "type", "bind");
	sd_json_set_str(mount, "source", program);
	options = sd_json_make_array(mount, "options");
	sd_json_append_str(options, "bind");
	sd_json_append_str(options, "ro");
	return mount_add(s, "--init", mount, e);
}

/*
 * docker's rule: the operands replace the image's Cmd and not its Entrypoint; --entrypoint
 * replaces both, for a Cmd holds the arguments of the image's own entrypoint.
 */
static int arguments(struct spec *s, struct sd_json *process, struct sd_err *e)
{
	struct sd_json *args = sd_json_make_array(process, "args");
	size_t prefix;

	if (s->o->init && add_init(s, args, e) < 0)
		return -1;
	prefix = sd_json_len(args);
	if (s->o->entrypoint && *s->o->entrypoint)
		sd_json_append_str(args, s->o->entrypoint);
	if (!s->o->entrypoint && append_strings(s, args, "Entrypoint", e) < 0)
		return -1;
	/* How many words are the entrypoint's: an image made of the container has it apart. */
	if (sd_json_len(args) > prefix)
		sd_json_set_int(s->want, "entrypoint", (int64_t)(sd_json_len(args) - prefix));
	for (char **p = s->command; *p; p++)
		sd_json_append_str(args, *p);
	if (!*s->command && !s->o->entrypoint && append_strings(s, args, "Cmd", e) < 0)
		return -1;
	if (sd_json_len(args) > prefix)
		return 0;
	return s->image.name ? sd_fail(e, 0, "no command: image '%s' has none, and none was given",
				       s->image.name)
			     : sd_fail(e, 0, "no command was given");
}

/* The syntax; sets *id where the half is a number.  Names are looked up by sd-confine. */
static int user_half(
	struct spec *s, const char *half, const char *what, unsigned *id, struct sd_err *e)
{
	int number = sd_userdb_id(half, what, id, e);

	if (number == 0 && s->bare)
		return sd_fail(
			e, 0, "%s '%s' is a name, and a bare config has numbers only", what, half);
	return number < 0 ? -1 : 0;
}

static int user(struct spec *s, struct sd_json *process, struct sd_err *e)
{
	const char *text = s->o->user, *colon;
	bool given = text && *text;
	sd_auto_free char *name = NULL;
	unsigned uid = 0, gid = 0;

	if (!given && sd_json_str(s->defaults, &text, e, "User") < 0)
		return spec_image_error(s, e);
	if (text && *text) {
		colon = strchr(text, ':');
		name = sd_strndup(text, colon ? (size_t)(colon - text) : strlen(text));
		if (user_half(s, name, "user", &uid, e) < 0 ||
			(colon && user_half(s, colon + 1, "group", &gid, e) < 0))
			return given ? -1 : spec_image_error(s, e);
		sd_json_set_str(s->want, "user", text);
	}
	sd_json_set_int(sd_json_make_object(process, "user"), "uid", uid);
	sd_json_set_int(sd_json_make_object(process, "user"), "gid", gid);
	return 0;
}

static int groups(struct spec *s, struct sd_json *process, struct sd_err *e)
{
	for (size_t i = 0; i < s->o->group_add.n; i++) {
		const char *group = s->o->group_add.v[i];
		unsigned gid = 0;
		int number = user_half(s, group, "group", &gid, e);

		if (number < 0)
			return -1;
		sd_json_append_str(sd_json_make_array(s->want, "groupAdd"), group);
		if (s->bare)
			sd_json_append(sd_json_make_array(process, "user.additionalGids"),
				sd_json_new_int(gid));
	}
	return 0;
}

static int umask_option(struct spec *s, struct sd_json *process, struct sd_err *e)
{
	const char *text = s->o->umask;

	if (!text)
		return 0;
	if (!*text || strlen(text) > 4 || strspn(text, "01234567") != strlen(text) ||
		strtol(text, NULL, 8) > 0777)
		return sd_fail(e, 0, "--umask: '%s' is not an octal number up to 777", text);
	sd_json_set_int(sd_json_make_object(process, "user"), "umask", strtol(text, NULL, 8));
	return 0;
}

static int working_directory(struct spec *s, struct sd_json *process, struct sd_err *e)
{
	const char *dir = s->o->workdir;
	sd_auto_free char *clean = NULL;
	bool given = dir && *dir;

	if (!given && sd_json_str(s->defaults, &dir, e, "WorkingDir") < 0)
		return spec_image_error(s, e);
	if (!dir || !*dir)
		dir = "/";
	if (*dir != '/') {
		sd_fail(e, 0, "%s: '%s' is not an absolute path",
			given ? "--workdir" : "WorkingDir", dir);
		return given ? -1 : spec_image_error(s, e);
	}
	clean = path_clean(dir);
	sd_json_set_str(process, "cwd", clean);
	return 0;
}

static int oom_score(struct spec *s, struct sd_json *process, struct sd_err *e)
{
	int64_t n;

	if (!s->o->oom_score_adj)
		return 0;
	if (sd_parse_int(s->o->oom_score_adj, "--oom-score-adj", -1000, 1000, &n, e) < 0)
		return -1;
	sd_json_set_int(process, "oomScoreAdj", n);
	return 0;
}

int spec_process(struct spec *s, struct sd_err *e)
{
	struct sd_json *process = sd_json_make_object(s->config, "process");

	sd_json_set_bool(process, "terminal", s->o->tty);
	if (user(s, process, e) < 0 || groups(s, process, e) < 0 ||
		umask_option(s, process, e) < 0 || arguments(s, process, e) < 0 ||
		working_directory(s, process, e) < 0)
		return -1;
	return oom_score(s, process, e);
}
