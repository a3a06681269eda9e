/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: a container's document becomes that of one more program in it.
 *
 * A filter.  What the container was given stays in force for the program too: its environment, user,
 * directory, capabilities, limits and seccomp profile, unless an option says otherwise.  Only
 * config.process and what sd-confine reads beside it are rewritten; the document goes to
 * sd-monitor exec, and is never saved.
 */
#include <string.h>
#include "cleanup.h"
#include "doc.h"
#include "exec_options.h"
#include "spec.h"
#include "userdb.h"

const struct sd_opt exec_opts[] = {
#include "exec_options.def"
	SD_OPT_END,
};
const size_t exec_size = sizeof(struct sd_exec_options);

/* A document of OCI's words alone has its user there; with a member `want` it is looked for here. */
static int keep_user(struct sd_json *doc, struct sd_json *process, struct sd_err *e)
{
	sd_auto_free char *user = NULL;
	int64_t uid = 0, gid = 0;

	if (sd_json_get(doc, "want"))
		return 0;
	if (sd_json_int(process, &uid, e, "user.uid") < 0 ||
		sd_json_int(process, &gid, e, "user.gid") < 0)
		return -1;
	user = sd_printf("%lld:%lld", (long long)uid, (long long)gid);
	sd_json_set_str(sd_json_make_object(doc, "want"), "user", user);
	return 0;
}

/* The syntax; names are looked up by sd-confine, in the container. */
static int set_user(struct sd_json *doc, const char *text, struct sd_err *e)
{
	sd_auto_free char *name = sd_strndup(text, strcspn(text, ":"));
	const char *group = strchr(text, ':');
	unsigned id;

	if (sd_userdb_id(name, "user", &id, e) < 0 ||
		(group && sd_userdb_id(group + 1, "group", &id, e) < 0))
		return -1;
	sd_json_set_str(sd_json_make_object(doc, "want"), "user", text);
	return 0;
}

static int set_directory(struct sd_json *process, const char *dir, struct sd_err *e)
{
	sd_auto_free char *clean = NULL;

	if (*dir != '/')
		return sd_fail(e, 0, "--workdir: '%s' is not an absolute path", dir);
	clean = path_clean(dir);
	sd_json_set_str(process, "cwd", clean);
	return 0;
}

static int set_environment(
	struct sd_json *process, const struct sd_exec_options *o, struct sd_err *e)
{
	sd_auto_strv struct sd_strv env = {0};
	sd_auto_free const char **now = NULL;
	struct sd_json *list;
	size_t n = 0;

	if (sd_json_strings(process, &now, &n, e, "env") < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		sd_strv_add(&env, now[i]);
	if (o->tty && !env_has(&env, "TERM"))
		sd_strv_add(&env, "TERM=xterm");
	if (env_options(&env, &o->env_file, &o->env, e) < 0)
		return -1;
	list = sd_json_new_array();
	for (size_t i = 0; i < env.n; i++)
		sd_json_append_str(list, env.v[i]);
	sd_json_set(process, "env", list);
	return 0;
}

static void set_privileged(struct sd_json *doc, struct sd_json *process)
{
	capabilities_all(process);
	sd_json_set_str(sd_json_make_object(doc, "want"), "seccomp", "unconfined");
	sd_json_del(doc, "seccomp");
}

static int rewrite(
	struct sd_json *doc, const struct sd_exec_options *o, char **command, struct sd_err *e)
{
	struct sd_json *process = NULL, *args = sd_json_new_array(), *want;
	int there;

	for (char **p = command; *p; p++)
		sd_json_append_str(args, *p);
	there = sd_json_object(doc, &process, e, "config.process");
	if (there <= 0) {
		sd_json_unref(args);
		return there < 0 ? -1 : sd_json_missing(e, "config.process");
	}
	sd_json_set(process, "args", args);
	sd_json_set_bool(process, "terminal", o->tty);
	sd_json_del(process, "consoleSize");
	if (keep_user(doc, process, e) < 0 || set_environment(process, o, e) < 0 ||
		(o->user && *o->user && set_user(doc, o->user, e) < 0) ||
		(o->workdir && *o->workdir && set_directory(process, o->workdir, e) < 0))
		return -1;
	if (o->privileged)
		set_privileged(doc, process);
	want = sd_json_make_object(doc, "want");
	sd_json_set_bool(want, "stdin", o->interactive);
	sd_json_del(want, "detachKeys");
	if (o->timeout > 0)
		sd_json_set(want, "timeout", sd_json_new_real(o->timeout));
	if (o->detach_keys && *o->detach_keys)
		sd_json_set_str(want, "detachKeys", o->detach_keys);
	sd_json_del(want, "init");
	return 0;
}

int spec_exec(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;

	if (check_utf8(call, e) < 0)
		return -1;
	if (!call->argv[0])
		return sd_fail(e, 0, "no command was given");
	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || rewrite(doc, call->args, call->argv, e) < 0)
		return -1;
	return sd_doc_write(STDOUT_FILENO, doc, e);
}
