/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update: other limits, or another restart policy, in a container's document, by the options and the rules of a new one.  What
 * is not given stays as it is.
 */
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "spec.h"

struct args {
	struct sd_run_options run;
};

const struct sd_opt spec_update_opts[] = {
#include "update_options.def"
	SD_OPT_END,
};
const size_t spec_update_size = sizeof(struct args);

static bool nothing_given(const struct sd_run_options *o)
{
	static const struct sd_run_options none;

	return memcmp(o, &none, sizeof(none)) == 0;
}

int spec_update(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *doc = NULL;
	struct spec s = {.o = &a->run};
	int r;

	if (sd_want_operands(call, 0, 0, e) < 0 || check_utf8(call, e) < 0)
		return -1;
	if (nothing_given(&a->run))
		return sd_fail(e, 0, "nothing to change is given");
	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	r = sd_json_object(doc, &s.config, e, "config");
	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "config");
	s.doc = doc;
	s.want = sd_json_make_object(doc, "want");
	if (spec_limits(&s, e) < 0 || spec_restart(&s, e) < 0)
		return -1;
	return sd_doc_write(STDOUT_FILENO, doc, e);
}
