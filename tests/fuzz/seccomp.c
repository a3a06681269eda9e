/* SPDX-License-Identifier: Apache-2.0 */
/* A seccomp profile: resolved, resolved again to the same, and compiled. */
#include "fuzz.h"

#include <linux/filter.h>
#include "../../tools/sd-confine/confine.h"
#include "seccomp.h"

static struct sd_json *resolve(const struct sd_json *profile, struct sd_err *e)
{
	static const char *const caps[] = {"CAP_CHOWN", "CAP_SYS_ADMIN", NULL};
	const struct sd_seccomp_target target = {caps, "amd64", {6, 1}};
	struct sd_json *oci = NULL;

	if (sd_seccomp_resolve(profile, &target, &oci, e) == 0)
		return oci;
	must_explain(e);
	must(!oci);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sd_err e = {0};
	sd_auto_json struct sd_json *profile = sd_json_parse((const char *)data, size, "input", &e);
	sd_auto_json struct sd_json *oci = profile ? resolve(profile, &e) : NULL, *again = NULL;
	sd_auto_buf struct sd_buf code = {0};

	if (!oci)
		return 0;
	again = resolve(oci, &e);
	must(again && sd_json_equal(oci, again));
	if (compile_filter(oci, "profile", &code, &e) < 0)
		must_explain(&e);
	else
		must(code.len && code.len % sizeof(struct sock_filter) == 0);
	return 0;
}
