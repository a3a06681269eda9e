/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.process.capabilities: docker's default set, changed by --cap-add and --cap-drop.
 *
 * The inheritable and ambient sets stay empty: an inheritable capability would come back to an
 * ordinary user by any file with the same file capability (CVE-2022-24769), an ambient one at once
 * (CVE-2016-8867).
 */
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include "spec.h"

#define CAP_COUNT 41
#define N_SETS	  (sizeof(granted_sets) / sizeof(*granted_sets))

static const char *const granted_sets[] = {"bounding", "effective", "permitted"};

/* The number of a capability written with or without CAP_, in either case; -1: unknown. */
static int find(const char *name)
{
	if (strncasecmp(name, "CAP_", 4) == 0)
		name += 4;
	for (int i = 0; all_capabilities[i]; i++)
		if (strcasecmp(all_capabilities[i] + 4, name) == 0)
			return i;
	return -1;
}

static bool is_all(const char *name)
{
	return strcasecmp(name, "ALL") == 0 || strcasecmp(name, "CAP_ALL") == 0;
}

/* Set each named capability in `set`; *all: ALL was among them. */
static int collect(const struct sd_strv *names, const char *option, bool set[CAP_COUNT], bool *all,
	struct sd_err *e)
{
	for (size_t i = 0; i < names->n; i++) {
		int cap = find(names->v[i]);

		if (is_all(names->v[i])) {
			*all = true;
			continue;
		}
		if (cap < 0)
			return sd_fail(e, 0, "%s: unknown capability '%s'", option, names->v[i]);
		set[cap] = true;
	}
	return 0;
}

/* What this process cannot give cannot be had: PR_CAPBSET_READ, capabilities(7). */
static bool available(int cap)
{
	return prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1;
}

static bool granted(int cap, bool all, bool none, const bool *add, const bool *drop)
{
	if (add[cap])
		return true;
	if (none || drop[cap])
		return false;
	if (all)
		return available(cap);
	for (int i = 0; default_capabilities[i]; i++)
		if (strcmp(default_capabilities[i], all_capabilities[cap]) == 0)
			return true;
	return false;
}

int spec_capabilities(struct spec *s, struct sd_err *e)
{
	bool add[CAP_COUNT] = {0}, drop[CAP_COUNT] = {0};
	bool all = s->o->privileged, none = false;
	struct sd_json *caps = sd_json_make_object(s->config, "process.capabilities");

	if (collect(&s->o->cap_add, "--cap-add", add, &all, e) < 0 ||
		collect(&s->o->cap_drop, "--cap-drop", drop, &none, e) < 0)
		return -1;
	for (int cap = 0; cap < CAP_COUNT; cap++)
		if (add[cap] && !available(cap))
			return sd_fail(e, 0,
				"--cap-add: %s cannot be given: it is not in this process's own "
				"bounding set",
				all_capabilities[cap]);
	for (size_t i = 0; i < N_SETS; i++) {
		struct sd_json *list = sd_json_make_array(caps, granted_sets[i]);

		for (int cap = 0; cap < CAP_COUNT; cap++)
			if (granted(cap, all, none && !s->o->privileged, add, drop))
				sd_json_append_str(list, all_capabilities[cap]);
	}
	sd_json_make_array(caps, "inheritable");
	sd_json_make_array(caps, "ambient");
	return 0;
}

void capabilities_all(struct sd_json *process)
{
	struct sd_json *caps = sd_json_new_object();

	for (size_t i = 0; i < N_SETS; i++) {
		struct sd_json *list = sd_json_make_array(caps, granted_sets[i]);

		for (int cap = 0; cap < CAP_COUNT; cap++)
			if (available(cap))
				sd_json_append_str(list, all_capabilities[cap]);
	}
	sd_json_set(process, "capabilities", caps);
}
