/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "cleanup.h"
#include "event.h"
#include "io.h"

static char place[] = "/tmp/sd-event-XXXXXX";

static int make(void **state)
{
	return mkdtemp(place) ? setenv("SDOCKER_RUN", place, 1) : -1;
}

static int drop(void **state)
{
	struct sd_err e;

	return sd_remove_tree(AT_FDCWD, place, &e);
}

static struct sd_json *parse(const char *text, size_t len)
{
	struct sd_err e;
	struct sd_json *j = sd_json_parse(text, len, "a line", &e);

	if (!j)
		fail_msg("%s: %.*s", e.text, (int)len, text);
	return j;
}

/* The number of lines; each must be whole. */
static size_t lines_of(const char *name)
{
	sd_auto_free char *path = sd_printf("%s/%s", place, name);
	sd_auto_buf struct sd_buf text = {0};
	struct sd_err e;
	size_t n = 0;

	if (sd_read_file(AT_FDCWD, path, 8u << 20, &text, &e) < 0)
		return 0;
	for (char *line = text.data; *line; n++) {
		char *end = strchr(line, '\n');

		assert_non_null(end);
		assert_memory_equal(line, SD_EVENT_BEGIN, strlen(SD_EVENT_BEGIN));
		sd_json_unref(parse(line, (size_t)(end - line)));
		line = end + 1;
	}
	return n;
}

static void one(void **state)
{
	static const char text[] =
		"{\"id\":\"abc\",\"name\":\"jay\",\"image\":{\"name\":\"busybox\"},"
		"\"want\":{\"labels\":{\"tier\":\"front\"}}}";
	sd_auto_json struct sd_json *doc = parse(text, strlen(text)), *more = NULL, *j = NULL;
	sd_auto_buf struct sd_buf all = {0};
	sd_auto_free char *path = sd_printf("%s/" SD_EVENTS, place), *actor = NULL;
	struct sd_err e;

	more = sd_json_new_object();
	sd_json_set_str(more, "exitCode", "3");
	sd_event_of(doc, "die", more);
	assert_int_equal(sd_read_file(AT_FDCWD, path, SD_READ_MAX, &all, &e), 0);
	j = parse(all.data, all.len);
	actor = sd_json_text(sd_json_get(j, "Actor"));
	assert_string_equal(actor,
		"{\"ID\":\"abc\",\"Attributes\":{\"tier\":\"front\",\"image\":\"busybox\","
		"\"name\":\"jay\",\"exitCode\":\"3\"}}");
	assert_string_equal(sd_json_string_value(sd_json_get(j, "Action")), "die");
	assert_string_equal(sd_json_string_value(sd_json_get(j, "from")), "busybox");
	/* The labels are still what they were. */
	assert_int_equal(sd_json_len(sd_json_get(doc, "want.labels")), 1);
}

/* Many at once, over the turn of the file: each line is there once, and whole. */
static void many(void **state)
{
	enum { WRITERS = 4, EACH = 1500 };
	size_t before = lines_of(SD_EVENTS), after;

	for (int w = 0; w < WRITERS; w++) {
		if (fork() > 0)
			continue;
		for (int i = 0; i < EACH; i++)
			sd_event("0123456789abcdef", "name", "image", "start", NULL);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	after = lines_of(SD_EVENTS) + lines_of(SD_EVENTS_OLD);
	assert_int_equal(after - before, WRITERS * EACH);
	assert_true(lines_of(SD_EVENTS_OLD) > 0);
}

/* Nothing to write to: nothing happens. */
static void nowhere(void **state)
{
	setenv("SDOCKER_RUN", "/proc/nowhere", 1);
	sd_event("id", NULL, NULL, "start", NULL);
	setenv("SDOCKER_RUN", place, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one), cmocka_unit_test(many), cmocka_unit_test(nowhere)};

	return cmocka_run_group_tests_name("event", tests, make, drop);
}
