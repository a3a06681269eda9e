/* SPDX-License-Identifier: Apache-2.0 */
/* A path, a newline, and a document: what is read can be written, and is the same again. */
#include "fuzz.h"

#include "../../lib/doc.c"
#include "json.h"

static void walk(const struct sd_json *j, const char *path)
{
	struct sd_err e = {0};
	struct sd_json *value;
	const char *string, **list = NULL;
	int64_t n;
	bool b;

	if (sd_json_str(j, &string, &e, "%s", path) > 0)
		must(strlen(string) < SIZE_MAX);
	if (sd_json_int(j, &n, &e, "%s", path) > 0 || sd_json_bool(j, &b, &e, "%s", path) > 0 ||
		sd_json_array(j, &value, &e, "%s", path) > 0 ||
		sd_json_object(j, &value, &e, "%s", path) > 0)
		must(sd_json_get(j, "%s", path) != NULL);
	if (sd_json_strings(j, &list, NULL, &e, "%s", path) > 0)
		free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_free char *text = fuzz_text(data, size), *printed = NULL;
	sd_auto_json struct sd_json *j = NULL, *again = NULL, *copy = NULL;
	const char *newline = memchr(text, '\n', size), *json = newline ? newline + 1 : text;
	struct sd_err e = {0};

	j = sd_json_parse(json, size - (size_t)(json - text), "input", &e);
	if (!j) {
		must_explain(&e);
		return 0;
	}
	printed = sd_json_text(j);
	again = sd_json_parse(printed, strlen(printed), "printed", &e);
	must(again && sd_json_equal(j, again));
	copy = sd_json_copy(j);
	if (check(copy, &e) < 0)
		must_explain(&e);
	if (newline) {
		text[newline - text] = '\0';
		walk(j, text);
		if (sd_json_make_object(copy, text))
			sd_json_del(copy, text);
	}
	return 0;
}
