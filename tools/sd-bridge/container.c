/* SPDX-License-Identifier: Apache-2.0 */
/* What connect and disconnect read of a container's document. */
#include <string.h>
#include "cleanup.h"
#include "ns.h"
#include "proc.h"
#include "sd-bridge.h"

static int process(const struct sd_json *doc, int64_t *pid, int64_t *ticks, struct sd_err *e)
{
	int r = sd_json_int(doc, pid, e, "pid");

	if (r > 0)
		r = sd_json_int(doc, ticks, e, "startTime");
	return r;
}

bool container_lives(const struct sd_json *doc)
{
	int64_t pid, ticks;
	struct sd_err ignored;

	return process(doc, &pid, &ticks, &ignored) > 0 && sd_proc_is((pid_t)pid, ticks);
}

int container_netns(const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_fd int netns = -1;
	int64_t pid, ticks;
	int r = process(doc, &pid, &ticks, e);

	if (r <= 0) {
		if (r == 0)
			sd_fail(e, 0, "pid, startTime: missing");
		return r < 0 ? -1 : sd_hint(e, "sd-monitor create comes before");
	}
	netns = sd_ns_open_pid(SD_NS_NET, (pid_t)pid, e);
	/* Checked after the open: the namespace is of that very process, or of nobody. */
	if (!sd_proc_is((pid_t)pid, ticks))
		return sd_fail(e, 0, "the container's process has ended");
	return sd_steal_fd(&netns);
}

struct sd_json *container_fact(const struct sd_json *doc, const char *network, size_t *place)
{
	struct sd_json *fact;

	sd_json_array_foreach (sd_json_get(doc, "networks"), *place, fact) {
		const char *name = sd_json_string_value(sd_json_member(fact, "name"));

		if (name && strcmp(name, network) == 0)
			return fact;
	}
	return NULL;
}
