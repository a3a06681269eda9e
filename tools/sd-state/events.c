/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events: what happened, as lib/event.h keeps it: RUN/events.1, then RUN/events.
 *
 * -f goes on at each change in that directory.  A file that was renamed is read to its end, then
 * the one that came after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "event.h"
#include "filter.h"
#include "format.h"
#include "io.h"
#include "row.h"
#include "sd-state.h"
#include "store.h"
#include "table.h"
#include "when.h"

#define POLL_MS 100 /* where inotify(7) has no instance left (max_user_instances) */

struct args {
	bool follow;
	const char *since, *until, *format;
	struct sd_strv filters;
};

const struct sd_opt state_events_opts[] = {
	SD_OPT_FLAG(struct args, follow, 'f', "follow",
		"go on with what happens; without --since nothing from before"),
	SD_OPT_STR(struct args, since, 0, "since", "TIME", "from that time on"),
	SD_OPT_STR(struct args, until, 0, "until", "TIME", "until that time"),
	SD_OPT_LIST(struct args, filters, 0, "filter", "KEY=VALUE",
		"only those of that container, event, image, label, network or type"),
	SD_OPT_STR(struct args, format, 0, "format", "FORMAT", "json, or a template: a line each"),
	SD_OPT_END,
};
const size_t state_events_size = sizeof(struct args);

struct stream {
	const struct args *a;
	struct sd_format *format; /* NULL: docker's text, or JSON */
	char since[SD_WHEN_LEN + 1], until[SD_WHEN_LEN + 1];
	struct sd_buf half; /* a line whose end is not there yet */
	int fd;
};

static void stream_close(struct stream *s)
{
	sd_format_free(s->format);
	sd_buf_free(&s->half);
	sd_close_fd(&s->fd);
}
#define auto_stream __attribute__((cleanup(stream_close)))

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

/* What is no event (one that was cut short, before another) is passed over. */
static int take_line(const struct stream *s, char *line, struct sd_err *e)
{
	sd_auto_json struct sd_json *event = NULL;
	char *begin = line, *next, when[SD_WHEN_LEN + 1];
	struct sd_err ignored;
	int64_t nano = 0;

	while ((next = strstr(begin + 1, SD_EVENT_BEGIN)))
		begin = next;
	event = sd_json_parse(begin, strlen(begin), SD_EVENTS, &ignored);
	if (!event || sd_json_int(event, &nano, &ignored, "timeNano") != 1 || nano < 0)
		return 0;
	sd_when_text(&(struct timespec){nano / 1000000000, nano % 1000000000}, when);
	if ((s->since[0] && strcmp(when, s->since) < 0) ||
		(s->until[0] && strcmp(when, s->until) > 0) ||
		!sd_filters_hold(keys, &s->a->filters, event))
		return 0;
	return print(s, event, when, e);
}

/* ---- reading */

static int read_on(struct stream *s, struct sd_err *e)
{
	char chunk[65536], *line, *newline;
	ssize_t n;

	while (s->fd >= 0 && (n = read(s->fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0)
			return sd_fail(e, errno, "read the events");
		sd_buf_add(&s->half, chunk, (size_t)n);
		line = s->half.data;
		while ((newline =
				memchr(line, '\n', s->half.len - (size_t)(line - s->half.data)))) {
			*newline = '\0';
			if (*line && take_line(s, line, e) < 0)
				return -1;
			line = newline + 1;
		}
		s->half.len -= (size_t)(line - s->half.data);
		memmove(s->half.data, line, s->half.len);
	}
	return 0;
}

static int turn_to(struct stream *s, const char *name, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_run("%s", name);

	sd_close_fd(&s->fd);
	s->half.len = 0;
	s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return s->fd < 0 && errno != ENOENT ? sd_fail(e, errno, "open %s", path) : 0;
}

static bool is_current(const struct stream *s)
{
	sd_auto_free char *path = sd_store_run(SD_EVENTS);
	struct stat here, there;

	if (stat(path, &there) < 0)
		return true;
	return s->fd >= 0 && fstat(s->fd, &here) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

static int read_new(struct stream *s, struct sd_err *e)
{
	if (read_on(s, e) < 0)
		return -1;
	if (is_current(s))
		return 0;
	/* It was renamed after that read, or before its last line. */
	return read_on(s, e) < 0 || turn_to(s, SD_EVENTS, e) < 0 ? -1 : read_on(s, e);
}

/* Milliseconds until that time, rounded up; -1: there is none. */
static int left_until(const char *until)
{
	char text[SD_WHEN_LEN + 1];
	struct timespec now;
	int64_t seconds;

	if (!until[0])
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	sd_when_text(&now, text);
	if (strcmp(text, until) >= 0)
		return 0;
	seconds = sd_time_parse(until) - now.tv_sec;
	return seconds >= 1000000 ? 1000000000 : (int)(seconds + 1) * 1000;
}

static int follow(struct stream *s, struct sd_err *e)
{
	sd_auto_free char *dir = sd_store_run("%s", "");
	sd_auto_fd int changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char events[4096];

	if (sd_mkdir_p(dir, 0700, e) < 0)
		return -1;
	if (changes >= 0 && inotify_add_watch(changes, dir,
				    IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0)
		sd_close_fd(&changes); /* ENOSPC: looked at now and then instead */
	for (;;) {
		struct pollfd p = {.fd = changes, .events = POLLIN};
		int left = left_until(s->until);

		if (read_new(s, e) < 0)
			return -1;
		if (left == 0)
			return 0;
		poll(&p, 1, changes < 0 && (left < 0 || left > POLL_MS) ? POLL_MS : left);
		while (changes >= 0 && read(changes, events, sizeof(events)) > 0)
			;
	}
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

int state_events(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	auto_stream struct stream s = {.a = a, .fd = -1};

	if (sd_want_operands(call, 0, 0, e) < 0 || begin(&s, e) < 0 ||
		turn_to(&s, SD_EVENTS_OLD, e) < 0 || read_on(&s, e) < 0 ||
		turn_to(&s, SD_EVENTS, e) < 0 || read_on(&s, e) < 0)
		return -1;
	return a->follow ? follow(&s, e) : 0;
}
