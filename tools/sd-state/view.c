/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker's `inspect` of a container, as far as the document has the facts.  Every member is there,
 * whether it has a value or not: a template that names it must not fail.
 */
#include "view.h"

#include <string.h>
#include "cleanup.h"
#include "row.h"
#include "store.h"
#include "str.h"

#define NEVER "0001-01-01T00:00:00Z" /* Go's time that is none */

static int64_t number(const struct sd_json *doc, const char *path)
{
	int64_t n = 0;
	struct sd_err ignored;

	sd_json_int(doc, &n, &ignored, "%s", path);
	return n;
}

static bool flag(const struct sd_json *doc, const char *path)
{
	bool b = false;
	struct sd_err ignored;

	sd_json_bool(doc, &b, &ignored, "%s", path);
	return b;
}

static const char *text_or(const struct sd_json *doc, const char *path, const char * or)
{
	const char *s = row_text(doc, path);

	return *s ? s : or ;
}

/* A copy of the member, or what stands for none. */
static void copy(struct sd_json *to, const char *name, const struct sd_json *doc, const char *path,
	struct sd_json *none)
{
	sd_auto_json struct sd_json *otherwise = none;
	const struct sd_json *there = sd_json_get(doc, "%s", path);

	sd_json_set(to, name, there ? sd_json_copy(there) : sd_json_ref(otherwise));
}

/* The words from..to of the command line; null where there are none, as docker has it. */
static struct sd_json *words(const struct sd_json *doc, size_t from, size_t to)
{
	const struct sd_json *args = sd_json_get(doc, "config.process.args");
	struct sd_json *some;

	if (from >= to)
		return sd_json_new_null();
	some = sd_json_new_array();
	for (size_t i = from; i < to; i++)
		sd_json_append(some, sd_json_ref(sd_json_at(args, i)));
	return some;
}

/* Before the user's words stand those of --init: "/dev/init --". */
static size_t first_word(const struct sd_json *doc)
{
	return flag(doc, "want.init") ? 2 : 0;
}

static size_t count_words(const struct sd_json *doc)
{
	return sd_json_len(sd_json_get(doc, "config.process.args"));
}

static struct sd_json *health_log(const struct sd_json *doc)
{
	const struct sd_json *all = sd_json_get(doc, "health.log"), *one;
	struct sd_json *list = sd_json_new_array();
	size_t i;

	sd_json_array_foreach (all, i, one) {
		struct sd_json *j = sd_json_new_object();

		sd_json_set_str(j, "Start", row_text(one, "start"));
		sd_json_set_str(j, "End", row_text(one, "end"));
		sd_json_set_int(j, "ExitCode", number(one, "exitCode"));
		sd_json_set_str(j, "Output", row_text(one, "output"));
		sd_json_append(list, j);
	}
	return list;
}

static struct sd_json *health(const struct sd_json *doc)
{
	struct sd_json *j;

	if (!sd_json_get(doc, "health"))
		return sd_json_new_null();
	j = sd_json_new_object();
	sd_json_set_str(j, "Status", row_text(doc, "health.status"));
	sd_json_set_int(j, "FailingStreak", number(doc, "health.failingStreak"));
	sd_json_set(j, "Log", health_log(doc));
	return j;
}

static struct sd_json *state(const struct sd_json *doc)
{
	struct sd_json *j = sd_json_new_object();
	const char *status = row_state(doc);
	bool restarting = strcmp(status, "restarting") == 0;

	sd_json_set_str(j, "Status", status);
	sd_json_set_bool(j, "Running", sd_record_runs(doc) || restarting);
	sd_json_set_bool(j, "Paused", strcmp(status, "paused") == 0);
	sd_json_set_bool(j, "Restarting", restarting);
	sd_json_set_bool(j, "OOMKilled", flag(doc, "oomKilled"));
	sd_json_set_bool(j, "Dead", false);
	sd_json_set_int(j, "Pid", sd_record_runs(doc) ? number(doc, "pid") : 0);
	sd_json_set_int(j, "ExitCode", number(doc, "exitCode"));
	sd_json_set_str(j, "Error", row_text(doc, "error"));
	sd_json_set_str(j, "StartedAt", text_or(doc, "started", NEVER));
	sd_json_set_str(j, "FinishedAt", text_or(doc, "finished", NEVER));
	sd_json_set(j, "Health", health(doc));
	return j;
}

static struct sd_json *exposed_ports(const struct sd_json *doc)
{
	const struct sd_json *all = sd_json_get(doc, "want.exposedPorts"), *one;
	struct sd_json *j = sd_json_new_object();
	size_t i;

	sd_json_array_foreach (all, i, one)
		if (sd_json_string_value(one))
			sd_json_set(j, sd_json_string_value(one), sd_json_new_object());
	return j;
}

static struct sd_json *config(const struct sd_json *doc)
{
	struct sd_json *j = sd_json_new_object();
	size_t first = first_word(doc), n = count_words(doc),
	       entry = first + (size_t)number(doc, "want.entrypoint");

	sd_json_set_str(j, "Hostname", row_text(doc, "config.hostname"));
	sd_json_set_str(j, "Domainname", row_text(doc, "config.domainname"));
	sd_json_set_str(j, "User", row_text(doc, "want.user"));
	copy(j, "Env", doc, "config.process.env", sd_json_new_array());
	entry = entry < n ? entry : n;
	sd_json_set(j, "Cmd", words(doc, entry, n));
	sd_json_set(j, "Entrypoint", words(doc, first, entry));
	sd_json_set_str(j, "Image", row_text(doc, "image.name"));
	copy(j, "Labels", doc, "want.labels", sd_json_new_object());
	sd_json_set_str(j, "WorkingDir", row_text(doc, "config.process.cwd"));
	sd_json_set_bool(j, "Tty", flag(doc, "config.process.terminal"));
	sd_json_set_bool(j, "OpenStdin", flag(doc, "want.stdin"));
	sd_json_set(j, "ExposedPorts", exposed_ports(doc));
	sd_json_set_str(j, "StopSignal", text_or(doc, "want.stopSignal", "SIGTERM"));
	sd_json_set_int(j, "StopTimeout", number(doc, "want.stopTimeout"));
	copy(j, "Healthcheck", doc, "want.healthcheck", sd_json_new_null());
	return j;
}

static bool is_writable(const struct sd_json *doc, const char *destination)
{
	const struct sd_json *all = sd_json_get(doc, "config.mounts"), *one;
	size_t i;

	sd_json_array_foreach (all, i, one)
		if (strcmp(row_text(one, "destination"), destination) == 0)
			return !sd_json_has_string(sd_json_member(one, "options"), "ro");
	return true;
}

/* An anonymous volume's is meant from the bundle. */
static char *source_of(const struct sd_json *doc, const struct sd_json *volume)
{
	const char *source = row_text(volume, "source");

	return *source == '/' ? sd_strdup(source)
			      : sd_printf("%s/%s", row_text(doc, "bundle"), source);
}

static struct sd_json *mounts(const struct sd_json *doc)
{
	const struct sd_json *all = sd_json_get(doc, "want.volumes"), *one;
	struct sd_json *list = sd_json_new_array();
	size_t i;

	sd_json_array_foreach (all, i, one) {
		const char *name = row_text(one, "name"), *at = row_text(one, "destination");
		bool bind = !*name && *row_text(one, "source") == '/';
		struct sd_json *j = sd_json_new_object();

		sd_json_set_str(j, "Type", bind ? "bind" : "volume");
		if (!bind)
			sd_json_set_str(j, "Name", name);
		sd_json_take_str(j, "Source", source_of(doc, one));
		sd_json_set_str(j, "Destination", at);
		if (!bind)
			sd_json_set_str(j, "Driver", "local");
		sd_json_set_str(j, "Mode", is_writable(doc, at) ? "" : "ro");
		sd_json_set_bool(j, "RW", is_writable(doc, at));
		sd_json_append(list, j);
	}
	return list;
}

/* As -v would say it; docker leaves out anonymous volumes. */
static struct sd_json *binds(const struct sd_json *doc)
{
	const struct sd_json *all = sd_json_get(doc, "want.volumes"), *one;
	struct sd_json *list = sd_json_new_array();
	size_t i;

	sd_json_array_foreach (all, i, one) {
		const char *at = row_text(one, "destination"),
			   *source = text_or(one, "name", row_text(one, "source"));
		sd_auto_free char *bind =
			sd_printf("%s:%s%s", source, at, is_writable(doc, at) ? "" : ":ro");

		if (*row_text(one, "source") == '/')
			sd_json_append_str(list, bind);
	}
	return list;
}

static int64_t nano_cpus(const struct sd_json *doc)
{
	int64_t quota = number(doc, "config.linux.resources.cpu.quota"),
		period = number(doc, "config.linux.resources.cpu.period");

	return quota > 0 && period > 0 ? (int64_t)((double)quota / (double)period * 1e9 + 0.5) : 0;
}

/* The document has no word for it: all devices, and no filter. */
static bool is_privileged(const struct sd_json *doc)
{
	return flag(doc, "config.linux.resources.devices[0].allow") &&
	       strcmp(row_text(doc, "want.seccomp"), "unconfined") == 0;
}

static struct sd_json *host_config(const struct sd_json *doc)
{
	struct sd_json *j = sd_json_new_object(), *restart = sd_json_new_object();

	sd_json_set_int(j, "Memory", number(doc, "config.linux.resources.memory.limit"));
	sd_json_set_int(j, "MemorySwap", number(doc, "config.linux.resources.memory.swap"));
	sd_json_set_int(
		j, "MemoryReservation", number(doc, "config.linux.resources.memory.reservation"));
	sd_json_set_int(j, "NanoCpus", nano_cpus(doc));
	sd_json_set_int(j, "CpuShares", number(doc, "config.linux.resources.cpu.shares"));
	sd_json_set_str(j, "CpusetCpus", row_text(doc, "config.linux.resources.cpu.cpus"));
	copy(j, "PidsLimit", doc, "config.linux.resources.pids.limit", sd_json_new_null());
	sd_json_set_str(restart, "Name", text_or(doc, "want.restart.name", "no"));
	sd_json_set_int(
		restart, "MaximumRetryCount", number(doc, "want.restart.maximumRetryCount"));
	sd_json_set(j, "RestartPolicy", restart);
	sd_json_set_bool(j, "AutoRemove", flag(doc, "want.autoRemove"));
	sd_json_set_bool(j, "Privileged", is_privileged(doc));
	sd_json_set_bool(j, "ReadonlyRootfs", flag(doc, "config.root.readonly"));
	sd_json_set_bool(j, "Init", flag(doc, "want.init"));
	sd_json_set(j, "Binds", binds(doc));
	sd_json_take_str(j, "NetworkMode", view_network_mode(doc));
	return j;
}

struct sd_json *view_json(const struct sd_json *doc)
{
	struct sd_json *j = sd_json_copy(doc);
	size_t first = first_word(doc), n = count_words(doc);
	const char *program =
		sd_json_string_value(sd_json_get(doc, "config.process.args[%zu]", first));

	sd_json_set_str(j, "Id", row_text(doc, "id"));
	sd_json_take_str(j, "Name", sd_printf("/%s", row_text(doc, "name")));
	sd_json_set_str(j, "Created", row_text(doc, "created"));
	sd_json_set_str(j, "Path", program ? program : "");
	sd_json_set(j, "Args", first + 1 < n ? words(doc, first + 1, n) : sd_json_new_array());
	sd_json_set(j, "State", state(doc));
	sd_json_set_str(j, "Image", row_text(doc, "image.manifest"));
	sd_json_set_int(j, "RestartCount", number(doc, "restartCount"));
	sd_json_set_str(j, "Platform", "linux");
	sd_json_set(j, "Config", config(doc));
	sd_json_set(j, "HostConfig", host_config(doc));
	sd_json_set(j, "Mounts", mounts(doc));
	sd_json_set(j, "NetworkSettings", view_network_settings(doc));
	sd_json_take_str(j, "LogPath", sd_printf("%s/log", row_text(doc, "bundle")));
	return j;
}
