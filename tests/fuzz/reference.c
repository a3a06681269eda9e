/* SPDX-License-Identifier: Apache-2.0 */
/* A name of an image: what it is in full means the same, and no part of it leaves its place. */
#include "fuzz.h"

#include "ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_free char *text = fuzz_text(data, size);
	sd_auto_ref struct sd_ref r = {0}, full = {0}, familiar = {0};
	struct sd_err e = {0};

	if (sd_ref_parse(text, &r, &e) < 0) {
		must_explain(&e);
		must(!r.canonical && !r.host);
		return 0;
	}
	must(r.host && r.path && r.canonical && r.familiar && (r.tag || r.digest));
	must(!strstr(r.path, "..") && r.path[0] != '/' && !strstr(r.path, "//"));
	must(!r.digest || sd_digest_valid(r.digest));
	must(sd_ref_parse(r.canonical, &full, &e) == 0);
	must(strcmp(full.canonical, r.canonical) == 0);
	must(sd_ref_parse(r.familiar, &familiar, &e) == 0);
	must(strcmp(familiar.canonical, r.canonical) == 0);
	return 0;
}
