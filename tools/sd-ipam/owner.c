/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a lease is, and whether that one is gone. */
#include "sd-ipam.h"

#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "proc.h"
#include "store.h"

/* Ids are compared whole where it agrees. */
uint32_t owner_hash(const char *id)
{
	return (uint32_t)sd_hash(SD_HASH_START, id);
}

bool owner_equal(const struct owner *a, const struct owner *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->network, b->network) == 0 &&
	       strcmp(a->ifname, b->ifname) == 0;
}

void owner_pack(const struct owner *o, struct sd_buf *text)
{
	const char *const words[] = {o->id, o->network, o->ifname, o->process};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		sd_buf_add(text, words[i], strlen(words[i]) + 1);
}

bool owner_unpack(const char *text, size_t len, struct owner *o)
{
	const char **const words[] = {&o->id, &o->network, &o->ifname, &o->process};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strnlen(text, len);

		if (n == len)
			return false;
		*words[i] = text;
		text += n + 1;
		len -= n + 1;
	}
	return *o->id;
}

bool owner_ended(const char *process)
{
	long long ticks;
	int pid;

	return sscanf(process, "%d:%lld", &pid, &ticks) == 2 && !sd_proc_is(pid, ticks);
}

/* Between two lives of a container that is restarted only its monitor is there. */
static bool monitor_lives(const struct sd_json *doc)
{
	int64_t pid, ticks;

	return sd_json_int_value(sd_json_get(doc, "monitor.pid"), &pid) &&
	       sd_json_int_value(sd_json_get(doc, "monitor.startTime"), &ticks) &&
	       sd_proc_is((pid_t)pid, ticks);
}

static bool container_gone(const char *id, char **shown)
{
	sd_auto_json struct sd_json *doc = NULL;
	struct sd_err unreadable;
	const char *name;
	int r = sd_id_valid(id) ? sd_record_load_brief(id, &doc, &unreadable) : 0;

	if (r <= 0)
		return r == 0; /* what cannot be read may live */
	name = sd_json_string_value(sd_json_member(doc, "name"));
	if (shown && name)
		*shown = sd_printf("%s (%.12s)", name, id);
	return !sd_json_member(doc, "pid") && !sd_record_creator_lives(doc) && !monitor_lives(doc);
}

int owner_process(pid_t pid, char **process, struct sd_err *e)
{
	int64_t ticks = 0;
	int r = sd_proc_start_time(pid, &ticks, e);

	if (r < 0)
		return -1;
	*process = sd_printf("%d:%lld", (int)pid, (long long)ticks);
	return r;
}

bool owner_gone(const struct owner *o, char **shown)
{
	sd_auto_free char *known = NULL;
	bool gone = owner_ended(o->process);

	/* The container of a pipeline's lease lives on when the driver has ended. */
	if ((gone || shown) && *o->network && !*o->ifname)
		gone = container_gone(o->id, &known) && gone;
	if (shown && !gone)
		*shown = known ? sd_steal_ptr(&known) : sd_strdup(o->id);
	return gone;
}
