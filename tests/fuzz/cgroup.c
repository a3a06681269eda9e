/* SPDX-License-Identifier: Apache-2.0 */
/* A line, a text of mountinfo, and the kernel's answers: what a limit's file shows. */
#include "fuzz.h"

#include "../../tools/sd-cgset/check.c"
#include "cgroup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_free char *text = fuzz_text(data, size);
	char *have = strchr(text, '\n');
	struct sd_cgroups c;

	if (have) {
		*have++ = '\0';
		for (int check = CHECK_TOKENS; check <= CHECK_CPUS; check++)
			check_value((enum check)check, text, have);
		must(check_value(CHECK_TOKENS, text, text) || strlen(text) > 0);
	}
	sd_cgroups_read(&c, have ? have : text);
	for (size_t i = 0; i < c.n; i++) {
		must(c.h[i].mount && c.h[i].name && !strchr(c.h[i].name, '/'));
		for (size_t k = 0; k < c.h[i].controllers.n; k++)
			must(sd_cgroups_for(&c, c.h[i].controllers.v[k]) != NULL);
	}
	must((c.mode == SD_CGROUP_NONE) == (c.n == 0));
	must(sd_cgroup_mode_name(c.mode) != NULL);
	sd_cgroups_free(&c);
	return 0;
}
