/* SPDX-License-Identifier: Apache-2.0 */
/* create */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "label.h"
#include "sd-volume.h"
#include "store.h"

struct args {
	struct sd_strv labels;
};

const struct sd_opt create_opts[] = {
	SD_OPT_LIST(struct args, labels, 0, "label", "KEY[=VALUE]", "a label"),
	SD_OPT_END,
};
const size_t create_size = sizeof(struct args);

int verb_create(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	sd_auto_json struct sd_json *labels = sd_json_new_object();
	const char *name = call->argv[0];
	char random[SD_ID_LEN + 1];
	sd_auto_fd int dir = -1;
	struct sd_err ignored; /* the first error is the one to tell */
	bool there;

	if (sd_want_operands(call, 0, 1, e) < 0 ||
		sd_labels_add(labels, "--label", &a->labels, e) < 0)
		return -1;
	if (!name) {
		sd_id_new(random);
		name = random;
		/* Docker's mark of those that prune takes without --all. */
		sd_json_set_str(labels, "com.docker.volume.anonymous", "");
	}
	if (!sd_name_valid(name))
		return sd_fail(e, 0,
			"volume '%s': allowed are letters, digits, '_', '.' and '-', a letter or "
			"digit first",
			name);
	dir = volumes_begin(e);
	if (dir < 0)
		return -1;
	/* As docker: one that is there is as good, whatever its labels are. */
	there = faccessat(dir, name, F_OK, 0) == 0;
	if (!there && volume_create(dir, name, labels, e) < 0)
		return -1;
	if (puts(name) != EOF && fflush(stdout) == 0)
		return 0;
	sd_fail(e, errno, "write to standard output");
	/* Nobody was told of it. */
	if (!there && volume_take(dir, name, &ignored) == 0)
		volumes_end(dir, &ignored);
	return -1;
}
