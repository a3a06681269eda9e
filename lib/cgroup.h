/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup - which cgroup hierarchies are mounted, and where: shared by sd-cgset, which makes
 * cgroups, and sd-pivot, which shows a container its own.
 *
 * The layout is told by what is mounted (mountinfo, statfs), never by the kernel's version:
 *	v2	cgroup2 alone
 *	v1	v1 hierarchies alone
 *	hybrid	v1 hierarchies with the controllers, and a cgroup2 tree without them
 */
#ifndef SD_CGROUP_H
#define SD_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "err.h"
#include "json.h"
#include "str.h"

enum sd_cgroup_mode { SD_CGROUP_NONE, SD_CGROUP_V1, SD_CGROUP_V2, SD_CGROUP_HYBRID };

struct sd_hierarchy {
	char *mount; /* "/sys/fs/cgroup/memory" */
	char *name;  /* last part of the mount point: "memory", "cpu,cpuacct", "unified" */
	bool v2;
	struct sd_strv
		controllers; /* v1: "cpu", "cpuacct" or "name=systemd"; v2: cgroup.controllers */
};

struct sd_cgroups {
	enum sd_cgroup_mode mode;
	struct sd_hierarchy *h;
	size_t n;
};

int sd_cgroups_detect(struct sd_cgroups *c, struct sd_err *e);
/* The same from the text of a mountinfo file (proc(5)), which is taken apart in place. */
void sd_cgroups_read(struct sd_cgroups *c, char *mountinfo);
void sd_cgroups_free(struct sd_cgroups *c);
/* The hierarchy that carries a controller, or NULL.  The cgroup2 tree: sd_cgroups_unified. */
const struct sd_hierarchy *sd_cgroups_for(const struct sd_cgroups *c, const char *controller);
const struct sd_hierarchy *sd_cgroups_unified(const struct sd_cgroups *c);
const char *sd_cgroup_mode_name(enum sd_cgroup_mode mode); /* "v1", "v2", "hybrid", "none" */

/*
 * How many processes the kernel killed for want of memory in a cgroup, by a document's member
 * `cgroup`: oom_kill of memory.events (cgroup2, descendants included) or memory.oom_control (v1,
 * since 4.13).  0 and *n == 0 where the cgroup has no memory controller or is gone.
 */
int sd_cgroup_oom_kills(const struct sd_json *cgroup, int64_t *n, struct sd_err *e);

/* The directory in the cgroup2 tree of a document's member `cgroup`, opened (O_PATH), or -1. */
int sd_cgroup_open_v2(const struct sd_json *cgroup);

#endif
