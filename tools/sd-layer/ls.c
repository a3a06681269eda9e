/* SPDX-License-Identifier: Apache-2.0 */
/* ls: the layers of the store. */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "io.h"
#include "ref.h"
#include "store.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int do_ls(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("layers");
	sd_auto_strv struct sd_strv ids = {0};
	sd_auto_dir DIR *d = NULL;
	struct dirent *ent;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	d = opendir(path);
	if (!d)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", path);
	while ((ent = sd_readdir(d))) {
		sd_auto_free char *id = sd_printf("sha256:%s", ent->d_name);

		if (sd_digest_valid(id))
			sd_strv_take(&ids, sd_steal_ptr(&id));
	}
	if (errno)
		return sd_fail(e, errno, "read %s", path);
	if (ids.n)
		qsort(ids.v, ids.n, sizeof(*ids.v), by_name);
	for (size_t i = 0; i < ids.n; i++)
		puts(ids.v[i]);
	return 0;
}

const struct sd_verb ls_verb = {
	.name = "ls",
	.summary = "list the layers of the store",
	.run = do_ls,
};
