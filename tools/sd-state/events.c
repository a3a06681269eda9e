/* SPDX-License-Identifier: Apache-2.0 */
/* events: what happened, and what does. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "eventlog.h"
#include "filter.h"
#include "format.h"
#include "io.h"
#include "row.h"
#include "sd-state.h"
#include "when.h"

struct args {
	bool follow;
	const char *since, *until, *format;
	struct sd_strv filters;
};

static const struct sd_opt state_events_opts[] = {
	SD_OPT_FLAG(struct args, follow, 'f', "follow",
		"go on with what happens; without --since nothing from before"),
	SD_OPT_STR(struct args, since, 0, "since", "TIME", "from that time on"),
	SD_OPT_STR(struct args, until, 0, "until", "TIME", "until that time"),
	SD_OPT_LIST(struct args, filters, 0, "filter", "KEY=VALUE",
		"only those of that container, event, image, label, network or type"),
	SD_OPT_STR(struct args, format, 0, "format", "FORMAT", "json, or a template: a line each"),
	SD_OPT_END,
};

struct stream {
	const struct args *a;
	struct sd_format *format; /* NULL: docker's text, or JSON */
	char since[SD_WHEN_LEN + 1], until[SD_WHEN_LEN + 1];
};

static void stream_free(struct stream *s)
{
	sd_format_free(s->format);
}
#define auto_stream __attribute__((cleanup(stream_free)))

/* ---- which */

static bool is_called(const void *event, const char *type, const char *value)
{
	return strcmp(row_text(event, "Type"), type) == 0 &&
	       (strcmp(row_text(event, "Actor.Attributes.name"), value) == 0 ||
		       (*value && sd_starts_with(row_text(event, "Actor.ID"), value)));
}

static bool of_container(const void *event, const char *value)
{
	return is_called(event, "container", value);
}

static bool of_network(const void *event, const char *value)
{
	return is_called(event, "network", value);
}

/* "health_status" also means "health_status: healthy". */
static bool of_action(const void *event, const char *value)
{
	const char *action = row_text(event, "Action");
	size_t len = strlen(value);

	return strncmp(action, value, len) == 0 && (!action[len] || action[len] == ':');
}

static bool of_image(const void *event, const char *value)
{
	return strcmp(row_text(event, "Actor.Attributes.image"), value) == 0 ||
	       (strcmp(row_text(event, "Type"), "image") == 0 &&
		       strcmp(row_text(event, "Actor.ID"), value) == 0);
}

static bool of_label(const void *event, const char *value)
{
	return sd_labels_have(sd_json_get(event, "Actor.Attributes"), value);
}

static bool of_type(const void *event, const char *value)
{
	return strcmp(row_text(event, "Type"), value) == 0;
}

static const struct sd_filter keys[] = {
	{"container", of_container, SD_FILTER_ONE},
	{"event", of_action, SD_FILTER_ONE},
	{"image", of_image, SD_FILTER_ONE},
	{"label", of_label, SD_FILTER_EACH},
	{"network", of_network, SD_FILTER_ONE},
	{"type", of_type, SD_FILTER_ONE},
	{0},
};

/* ---- printing */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "TIME container start ID (image=busybox, name=jay)": the attributes by their names. */
static void add_text(struct sd_buf *b, const struct sd_json *event, const char *when)
{
	const struct sd_json *all = sd_json_get(event, "Actor.Attributes");
	sd_auto_free const char **names = sd_calloc(sd_json_len(all) + 1, sizeof(*names));
	size_t n = 0;

	sd_json_object_foreach (all, it)
		names[n++] = sd_json_iter_key(it);
	qsort(names, n, sizeof(*names), by_name);
	sd_buf_printf(b, "%s %s %s %s", when, row_text(event, "Type"), row_text(event, "Action"),
		row_text(event, "Actor.ID"));
	for (size_t i = 0; i < n; i++) {
		const char *value = sd_json_string_value(sd_json_member(all, names[i]));

		sd_buf_printf(b, "%s%s=%s", i ? ", " : " (", names[i], value ? value : "");
	}
	sd_buf_str(b, n ? ")" : "");
	for (size_t i = 0; i < b->len; i++) /* labels are the image's: none to the terminal */
		if ((unsigned char)b->data[i] < ' ' || b->data[i] == 0x7f)
			b->data[i] = '?';
}

static int print(
	const struct stream *s, const struct sd_json *event, const char *when, struct sd_err *e)
{
	sd_auto_buf struct sd_buf line = {0};

	sd_buf_str(&line, "");
	if (s->format) {
		if (sd_format_run(s->format, event, NULL, &line, e) < 0)
			return -1;
	} else if (s->a->format) {
		sd_auto_free char *json = sd_json_text(event);

		sd_buf_str(&line, json);
	} else {
		add_text(&line, event, when);
	}
	sd_buf_str(&line, "\n");
	return sd_write_all(STDOUT_FILENO, line.data, line.len) < 0
		       ? sd_fail(e, errno, "write the events")
		       : 0;
}

static int take(void *data, const struct sd_json *event, const char *when, struct sd_err *e)
{
	const struct stream *s = data;

	if ((s->since[0] && strcmp(when, s->since) < 0) ||
		(s->until[0] && strcmp(when, s->until) > 0) ||
		!sd_filters_hold(keys, &s->a->filters, event))
		return 0;
	return print(s, event, when, e);
}

static int begin(struct stream *s, struct sd_err *e)
{
	const struct args *a = s->a;
	struct timespec now;

	if (sd_filters_check(keys, &a->filters, e) < 0 ||
		(a->since && sd_when_parse(a->since, "--since", s->since, e) < 0) ||
		(a->until && sd_when_parse(a->until, "--until", s->until, e) < 0))
		return -1;
	if (a->follow && !a->since) {
		clock_gettime(CLOCK_REALTIME, &now);
		sd_when_text(&now, s->since);
	}
	if (!a->format || strcmp(a->format, "json") == 0)
		return 0;
	s->format = sd_format_parse(a->format, e);
	return s->format ? 0 : -1;
}

static int do_events(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	auto_stream struct stream s = {.a = a};
	auto_eventlog struct eventlog l = {.take = take, .data = &s, .fd = -1};

	if (sd_want_operands(call, 0, 0, e) < 0 || begin(&s, e) < 0 || eventlog_past(&l, e) < 0)
		return -1;
	return a->follow ? eventlog_follow(&l, s.until, e) : 0;
}

const struct sd_verb events_verb = {
	.name = "events",
	.summary = "print what happened to containers",
	.opts = state_events_opts,
	.args_size = sizeof(struct args),
	.run = do_events,
};
