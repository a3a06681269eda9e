/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked of plugins for a container, and what they answered. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "proc.h"
#include "sd-cni.h"
#include "store.h"

#define CACHE "cni.json"

struct sd_json *cache_load(const char *id, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("containers/%s/" CACHE, id);
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_json struct sd_json *j = NULL;

	if (sd_read_file(AT_FDCWD, path, SD_READ_MAX, &text, e) < 0)
		return e->errnum == ENOENT ? sd_json_new_array() : NULL;
	j = sd_json_parse(text.data ? text.data : "", text.len, path, e);
	if (!j)
		return NULL;
	if (!sd_json_is_array(j)) {
		sd_fail(e, 0, "%s: expected an array", path);
		return NULL;
	}
	return sd_steal_ptr(&j);
}

int cache_save(const char *id, const struct sd_json *cache, struct sd_err *e)
{
	sd_auto_fd int dir = sd_record_open(id, false, e);
	sd_auto_free char *text = sd_json_text(cache);

	if (dir < 0)
		return e->errnum == ENOENT && !sd_json_len(cache) ? 0 : -1;
	if (sd_json_len(cache))
		return sd_replace_file(dir, CACHE, text, strlen(text), false, e);
	if (unlinkat(dir, CACHE, 0) < 0 && errno != ENOENT)
		return sd_fail(e, errno, "remove " CACHE);
	return 0;
}

char *cache_netns(const struct sd_json *entry)
{
	int64_t pid, ticks;

	if (!sd_json_int_value(sd_json_member(entry, "pid"), &pid) ||
		!sd_json_int_value(sd_json_member(entry, "startTime"), &ticks) ||
		!sd_proc_is((pid_t)pid, ticks))
		return NULL;
	return sd_printf("/proc/%lld/ns/net", (long long)pid);
}
