/* SPDX-License-Identifier: Apache-2.0 */
/* --ulimit (config.process.rlimits) and --sysctl (config.linux.sysctl). */
#include <string.h>
#include "cleanup.h"
#include "spec.h"

/* getrlimit(2); docker's names are these in lower case. */
static const char *const rlimits[] = {
	"as",
	"core",
	"cpu",
	"data",
	"fsize",
	"locks",
	"memlock",
	"msgqueue",
	"nice",
	"nofile",
	"nproc",
	"rss",
	"rtprio",
	"rttime",
	"sigpending",
	"stack",
};

static bool known_rlimit(const char *name)
{
	for (size_t i = 0; i < sizeof(rlimits) / sizeof(*rlimits); i++)
		if (strcmp(name, rlimits[i]) == 0)
			return true;
	return false;
}

/* -1, "unlimited": RLIM_INFINITY, which a document writes as the largest integer of JSON tools. */
static int rlimit_value(const char *text, const char *all, int64_t *n, struct sd_err *e)
{
	sd_auto_free char *what = sd_printf("--ulimit %s", all);

	*n = INT64_MAX;
	if (strcmp(text, "-1") == 0 || strcmp(text, "unlimited") == 0)
		return 0;
	return sd_parse_int(text, what, 0, INT64_MAX, n, e);
}

static void upper(char *s)
{
	for (; *s; s++)
		if (*s >= 'a' && *s <= 'z')
			*s += 'A' - 'a';
}

/* The entry for a type, made where it is not there: the last --ulimit of a type counts. */
static struct sd_json *rlimit_entry(struct sd_json *list, const char *type)
{
	struct sd_json *entry;
	size_t i;

	sd_json_array_foreach (list, i, entry) {
		if (strcmp(sd_json_string_value(sd_json_member(entry, "type")), type) == 0)
			return entry;
	}
	entry = sd_json_new_object();
	sd_json_set_str(entry, "type", type);
	sd_json_append(list, entry);
	return entry;
}

/* TYPE=SOFT[:HARD] */
static int rlimit(struct spec *s, const char *text, struct sd_err *e)
{
	const char *equals = strchr(text, '=');
	sd_auto_free char *name = NULL, *type = NULL;
	sd_auto_strv struct sd_strv values = {0};
	struct sd_json *entry;
	int64_t soft, hard;

	if (!equals)
		return sd_fail(e, 0, "--ulimit: '%s' is not TYPE=SOFT[:HARD]", text);
	name = sd_strndup(text, (size_t)(equals - text));
	if (!known_rlimit(name))
		return sd_fail(e, 0,
			"--ulimit: unknown type '%s' (hint: nofile, nproc, core, ...: "
			"getrlimit(2))",
			name);
	words_split(equals + 1, ':', &values);
	if (values.n > 2)
		return sd_fail(e, 0, "--ulimit: '%s' is not TYPE=SOFT[:HARD]", text);
	if (rlimit_value(values.v[0], text, &soft, e) < 0 ||
		rlimit_value(values.v[values.n - 1], text, &hard, e) < 0)
		return -1;
	if (soft > hard)
		return sd_fail(e, 0, "--ulimit: %s: the soft limit is above the hard one", text);
	upper(name);
	type = sd_printf("RLIMIT_%s", name);
	entry = rlimit_entry(sd_json_make_array(s->config, "process.rlimits"), type);
	sd_json_set_int(entry, "soft", soft);
	sd_json_set_int(entry, "hard", hard);
	return 0;
}

int spec_rlimits(struct spec *s, struct sd_err *e)
{
	for (size_t i = 0; i < s->o->ulimit.n; i++)
		if (rlimit(s, s->o->ulimit.v[i], e) < 0)
			return -1;
	return 0;
}

/* The namespace that a sysctl lives in, or NULL: it is the whole machine's. */
static const char *sysctl_namespace(const char *key)
{
	static const struct {
		const char *prefix, *ns;
		bool exact;
	} table[] = {
		{"net.", "network", false},
		{"fs.mqueue.", "ipc", false},
		{"kernel.msgmax", "ipc", true},
		{"kernel.msgmnb", "ipc", true},
		{"kernel.msgmni", "ipc", true},
		{"kernel.sem", "ipc", true},
		{"kernel.shmall", "ipc", true},
		{"kernel.shmmax", "ipc", true},
		{"kernel.shmmni", "ipc", true},
		{"kernel.shm_rmid_forced", "ipc", true},
		{"kernel.domainname", "uts", true},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].exact ? strcmp(key, table[i].prefix) == 0
				   : sd_starts_with(key, table[i].prefix))
			return table[i].ns;
	return NULL;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/*
 * A key becomes a path below /proc/sys and a value is written there: neither may lead elsewhere
 * nor hold a second assignment ('+', newline: CVE-2022-0811).
 */
static int sysctl(struct spec *s, const char *text, struct sd_err *e)
{
	const char *equals = strchr(text, '='), *ns;
	sd_auto_free char *key = NULL;

	if (!equals)
		return sd_fail(e, 0, "--sysctl: '%s' is not KEY=VALUE", text);
	key = sd_strndup(text, (size_t)(equals - text));
	if (strspn(key, LETTERS "_.-/") != strlen(key) || strstr(key, ".."))
		return sd_fail(e, 0, "--sysctl: '%s' is not the name of a parameter", key);
	if (strspn(equals + 1, LETTERS "_.,:/ \t-") != strlen(equals + 1))
		return sd_fail(e, 0, "--sysctl: %s: '%s' holds a character that no value has", key,
			equals + 1);
	ns = sysctl_namespace(key);
	if (!ns)
		return sd_fail(e, 0, "--sysctl: '%s' is not of a namespace: it is the host's", key);
	if (!spec_own_namespace(s, ns))
		return sd_fail(e, 0,
			"--sysctl: '%s' is not the container's to set: its %s namespace "
			"is not its own",
			key, ns);
	sd_json_set_str(sd_json_make_object(s->config, "linux.sysctl"), key, equals + 1);
	return 0;
}

int spec_sysctls(struct spec *s, struct sd_err *e)
{
	for (size_t i = 0; i < s->o->sysctl.n; i++)
		if (sysctl(s, s->o->sysctl.v[i], e) < 0)
			return -1;
	return 0;
}
