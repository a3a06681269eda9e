/* SPDX-License-Identifier: Apache-2.0 */
#include "row.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "cleanup.h"
#include "filter.h"
#include "store.h"
#include "str.h"
#include "table.h"

const char *row_text(const struct sd_json *doc, const char *path)
{
	const char *s = "";
	struct sd_err ignored;

	sd_json_str(doc, &s, &ignored, "%s", path);
	return s;
}

char *row_id(const char *id, bool whole)
{
	return sd_printf("%.*s", whole ? 255 : 12, id);
}

char *row_command(const struct sd_json *doc, bool whole)
{
	const struct sd_json *args = sd_json_get(doc, "command");
	sd_auto_buf struct sd_buf b = {0};

	for (size_t i = 0; i < sd_json_len(args); i++) {
		const char *s = sd_json_string_value(sd_json_at(args, i));

		sd_buf_printf(&b, "%s%s", i ? " " : "", s ? s : "?");
	}
	if (!whole && b.len > 20)
		return sd_printf("\"%.19s\u2026\"", b.data);
	return sd_printf("\"%s\"", b.data ? b.data : "");
}

static char *ago(const char *when)
{
	int64_t then = sd_time_parse(when);

	return then < 0 ? sd_strdup("unknown") : sd_human_duration((int64_t)time(NULL) - then);
}

char *row_running_for(const struct sd_json *doc)
{
	sd_auto_free char *since = ago(row_text(doc, "created"));

	return sd_printf("%s ago", since);
}

static char *ended(const struct sd_json *doc, const char *word)
{
	sd_auto_free char *since = ago(row_text(doc, "finished"));
	struct sd_err ignored;
	int64_t code = -1;

	if (sd_json_int(doc, &code, &ignored, "exitCode") != 1)
		return sd_strdup(word);
	return sd_printf("%s (%d) %s ago", word, (int)code, since);
}

char *row_status(const struct sd_json *doc)
{
	const char *status = row_text(doc, "status"), *health = row_text(doc, "health.status");

	if (strcmp(status, "stopped") == 0)
		return ended(doc, "Exited");
	if (strcmp(status, "restarting") == 0)
		return ended(doc, "Restarting");
	if (!sd_record_runs(doc))
		return sd_printf("%c%s", status[0] & ~0x20, status[0] ? status + 1 : "");

	sd_auto_free char *since = ago(row_text(doc, "started"));

	if (strcmp(status, "paused") == 0)
		return sd_printf("Up %s (Paused)", since);
	if (!*health)
		return sd_printf("Up %s", since);
	return sd_printf(
		"Up %s (%s%s)", since, strcmp(health, "starting") == 0 ? "health: " : "", health);
}

const char *row_state(const struct sd_json *doc)
{
	const char *status = row_text(doc, "status");

	if (strcmp(status, "stopped") == 0)
		return "exited";
	return strcmp(status, "creating") == 0 ? "created" : status;
}

char *row_ports(const struct sd_json *doc)
{
	const struct sd_json *ports = sd_json_get(doc, "ports"), *one;
	sd_auto_buf struct sd_buf b = {0};
	size_t i;

	sd_buf_str(&b, "");
	sd_json_array_foreach (sd_record_runs(doc) ? ports : NULL, i, one) {
		const char *ip = row_text(one, "hostIP"), *protocol = row_text(one, "protocol");
		int64_t host = 0, container = 0;
		struct sd_err ignored;

		sd_json_int(one, &host, &ignored, "hostPort");
		sd_json_int(one, &container, &ignored, "containerPort");
		sd_buf_printf(&b, strchr(ip, ':') ? "%s[%s]:%d->%d/%s" : "%s%s:%d->%d/%s",
			i ? ", " : "", *ip ? ip : "0.0.0.0", (int)host, (int)container,
			*protocol ? protocol : "tcp");
	}
	return sd_steal_ptr(&b.data);
}

/* One string member of each object of a list: "a,b". */
static char *joined(const struct sd_json *doc, const char *list, const char *name, const char * or)
{
	const struct sd_json *all = sd_json_get(doc, "%s", list), *one;
	sd_auto_buf struct sd_buf b = {0};
	size_t i;

	sd_buf_str(&b, "");
	sd_json_array_foreach (all, i, one) {
		const char *s = row_text(one, name);

		sd_buf_printf(&b, "%s%s", b.len ? "," : "", *s || ! or ? s : row_text(one, or));
	}
	return sd_steal_ptr(&b.data);
}

static int64_t named_volumes(const struct sd_json *doc)
{
	const struct sd_json *all = sd_json_get(doc, "want.volumes"), *one;
	int64_t n = 0;
	size_t i;

	sd_json_array_foreach (all, i, one)
		n += *row_text(one, "name") != '\0';
	return n;
}

struct sd_json *row_json(const struct sd_json *doc, bool whole)
{
	struct sd_json *row = sd_json_new_object();

	sd_json_take_str(row, "Command", row_command(doc, whole));
	sd_json_take_str(row, "CreatedAt", sd_go_time(row_text(doc, "created")));
	sd_json_take_str(row, "ID", row_id(row_text(doc, "id"), whole));
	sd_json_set_str(row, "Image", row_text(doc, "image.name"));
	sd_json_take_str(row, "Labels", sd_labels_text(sd_json_get(doc, "want.labels")));
	sd_json_take_str(row, "LocalVolumes", sd_printf("%lld", (long long)named_volumes(doc)));
	sd_json_take_str(row, "Mounts", joined(doc, "want.volumes", "name", "source"));
	sd_json_set_str(row, "Names", row_text(doc, "name"));
	sd_json_take_str(row, "Networks", joined(doc, "want.networks", "name", NULL));
	sd_json_set_str(row, "Platform", row_text(doc, "want.platform"));
	sd_json_take_str(row, "Ports", row_ports(doc));
	sd_json_take_str(row, "RunningFor", row_running_for(doc));
	sd_json_set_str(row, "State", row_state(doc));
	sd_json_take_str(row, "Status", row_status(doc));
	return row;
}

const struct sd_heading row_headings[] = {{"Command", "COMMAND"}, {"CreatedAt", "CREATED AT"},
	{"ID", "CONTAINER ID"}, {"Image", "IMAGE"}, {"Labels", "LABELS"},
	{"LocalVolumes", "LOCAL VOLUMES"}, {"Mounts", "MOUNTS"}, {"Names", "NAMES"},
	{"Networks", "NETWORKS"}, {"Platform", "PLATFORM"}, {"Ports", "PORTS"},
	{"RunningFor", "CREATED"}, {"Size", "SIZE"}, {"State", "STATE"}, {"Status", "STATUS"}, {0}};
