/* SPDX-License-Identifier: Apache-2.0 */
/* A template of --format: refused by its place, or its output is bounded and always the same. */
#include "fuzz.h"

#include "format.h"

static const char value[] = "{\"id\":\"abc\",\"n\":3,\"Up\":true,\"List\":[\"x\",\"y\"],"
			    "\"Map\":{\"b\":2,\"a\":[1.5,null]}}";

static int render(const struct sd_format *f, const struct sd_json *data, struct sd_buf *out)
{
	struct sd_err e = {0};
	int r = sd_format_run(f, data, data, out, &e);

	if (r < 0)
		must_explain(&e);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_free char *text = fuzz_text(data, size);
	sd_auto_buf struct sd_buf out = {0}, again = {0};
	struct sd_err e = {0};
	sd_auto_json struct sd_json *j = sd_json_parse(value, strlen(value), "data", &e);
	sd_auto_format struct sd_format *f = sd_format_parse(text, &e);

	if (!f) {
		must_explain(&e);
		return 0;
	}
	must(render(f, j, &out) == render(f, j, &again));
	must(out.len == again.len && (!out.len || memcmp(out.data, again.data, out.len) == 0));
	return 0;
}
