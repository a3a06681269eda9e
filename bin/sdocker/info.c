/* SPDX-License-Identifier: Apache-2.0 */
/* info: what the machine offers, and what is in the stores. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "cgroup.h"
#include "cleanup.h"
#include "image.h"
#include "life.h"
#include "passed.h"
#include "store.h"
#include "verbs.h"

struct counts {
	size_t all, running, broken;
};

static int count_containers(struct counts *n, struct sd_err *e)
{
	sd_auto_strv struct sd_strv ids = {0};

	if (sd_record_list(&ids, e) < 0)
		return -1;
	n->all = ids.n;
	for (size_t i = 0; i < ids.n; i++) {
		sd_auto_json struct sd_json *doc = NULL;
		struct sd_err broken;

		if (sd_record_load_brief(ids.v[i], &doc, &broken) < 0)
			n->broken++;
		n->running += sd_record_runs(doc);
	}
	return 0;
}

static void print_cgroups(const struct sd_cgroups *c)
{
	printf("cgroups: %s", sd_cgroup_mode_name(c->mode));
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->h[i].controllers.n; k++)
			printf(" %s", c->h[i].controllers.v[k]);
	putchar('\n');
}

static int do_info(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_free char *root = sd_store_root("%s", "");
	sd_auto_free char *run = sd_store_run("%s", "");
	sd_auto_free char *tools = sd_toolkit_path("");
	sd_auto_images struct sd_images images = {0};
	struct counts n = {0};
	struct sd_cgroups cgroups;
	struct utsname u;

	if (plain_explained(call))
		return 0;
	if (sd_want_operands(call, 0, 0, e) < 0 || count_containers(&n, e) < 0 ||
		sd_image_list(&images, e) < 0 || sd_cgroups_detect(&cgroups, e) < 0)
		return -1;
	uname(&u);
	printf("version: %s\ntools: %s\nkernel: %s %s\nprocessors: %ld\n", SD_VERSION,
		tools ? tools : "?", u.release, u.machine, sysconf(_SC_NPROCESSORS_ONLN));
	print_cgroups(&cgroups);
	printf("storage: overlay, %s\nruntime directory: %s\n", root, run);
	printf("containers: %zu (%zu running, %zu broken)\nimages: %zu\n", n.all, n.running,
		n.broken, images.n);
	sd_cgroups_free(&cgroups);
	return 0;
}

const struct sd_verb info_verb = {
	.name = "info",
	.summary = "show the machine and the stores",
	.opts = plain_opts,
	.args_size = sizeof(struct plain_args),
	.run = do_info,
};
