/* SPDX-License-Identifier: Apache-2.0 */
/* Names of entries in an archive: none leads out of the directory that it is unpacked into. */
#include "fuzz.h"

#include "../../tools/sd-layer/name.c"

static void must_stay_inside(const char *path)
{
	for (const char *p = path; *p;) {
		size_t len = strcspn(p, "/");

		must(len > 0 && !(len == 1 && *p == '.') && !(len == 2 && memcmp(p, "..", 2) == 0));
		p += len;
		must(!*p || p[1]);
		p += *p == '/';
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_free char *text = fuzz_text(data, size), *path = NULL, *target = NULL;
	struct sd_err e = {0};
	enum name_kind kind;

	if (name_parse(text, &path, &kind, &e) < 0) {
		must_explain(&e);
		must(!path);
	} else {
		must_stay_inside(path);
		must(*path || kind == NAME_ROOT || kind == NAME_OPAQUE);
	}
	if (name_parse_target(text, &target, &e) < 0) {
		must_explain(&e);
		must(!target);
	} else {
		must_stay_inside(target);
		must(*target);
	}
	return 0;
}
