/* SPDX-License-Identifier: Apache-2.0 */
/* --security-opt: no_new_privs, the seccomp profile; and what of /proc and /sys is masked. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "seccomp.h"
#include "spec.h"
#include "store.h"

struct choices {
	const char *seccomp; /* "default", "unconfined", or a file */
	bool no_new_privileges, system_paths;
};

/* KEY, KEY=VALUE or docker's older KEY:VALUE. */
static int choose(struct choices *c, const char *text, struct sd_err *e)
{
	size_t n = strcspn(text, "=:");
	sd_auto_free char *key = sd_strndup(text, n);
	const char *value = text[n] ? text + n + 1 : NULL;

	if (strcmp(key, "no-new-privileges") == 0 &&
		(!value || strcmp(value, "true") == 0 || strcmp(value, "false") == 0)) {
		c->no_new_privileges = !value || strcmp(value, "true") == 0;
		return 0;
	}
	if (strcmp(key, "seccomp") == 0 && value && *value) {
		c->seccomp = value;
		return 0;
	}
	if (value && strcmp(key, "systempaths") == 0 && strcmp(value, "unconfined") == 0) {
		c->system_paths = true;
		return 0;
	}
	/* No profile of an LSM is ever set, so these two ask for what is. */
	if (value && ((strcmp(key, "apparmor") == 0 && strcmp(value, "unconfined") == 0) ||
			     (strcmp(key, "label") == 0 && strcmp(value, "disable") == 0)))
		return 0;
	return sd_fail(e, 0,
		"--security-opt: '%s' is not supported (hint: no-new-privileges, "
		"seccomp=FILE|default|unconfined, systempaths=unconfined, apparmor=unconfined, "
		"label=disable)",
		text);
}

/* A profile of docker's format or OCI's, made OCI's for the capabilities granted. */
static int resolve(struct spec *s, const char *file, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_json struct sd_json *profile = NULL;
	sd_auto_free const char **caps = NULL;
	struct sd_seccomp_target target = {0};
	struct sd_json *oci = NULL;
	size_t n;

	if (sd_read_file(AT_FDCWD, file, SD_READ_MAX, &text, e) < 0)
		return -1;
	profile = sd_json_parse(text.data, text.len, file, e);
	if (!profile)
		return -1;
	if (sd_json_strings(s->config, &caps, &n, e, "process.capabilities.bounding") < 0)
		return -1;
	target.caps = caps;
	if (sd_seccomp_resolve(profile, &target, &oci, e) < 0)
		return -1;
	sd_json_set(sd_json_make_object(s->config, "linux"), "seccomp", oci);
	return 0;
}

/* The default profile is long and the same for all: a document names it, a bare config holds it. */
static int seccomp(struct spec *s, const char *choice, struct sd_err *e)
{
	sd_auto_free char *file = NULL;

	if (!choice)
		choice = s->o->privileged ? "unconfined" : "default";
	if (strcmp(choice, "unconfined") == 0) {
		sd_json_set_str(s->want, "seccomp", choice);
		return 0;
	}
	if (strcmp(choice, "default") != 0) {
		sd_json_set_str(s->want, "seccomp", "custom");
		return resolve(s, choice, e);
	}
	sd_json_set_str(s->want, "seccomp", choice);
	if (!s->bare)
		return 0;
	file = sd_share_path("seccomp/default.json");
	if (!file)
		return sd_fail(e, 0, "where is the default seccomp profile? /proc is not mounted");
	return resolve(s, file, e);
}

/* Interrupt counts of each processor: the same side channel as /proc/interrupts. */
static void mask_thermal(struct sd_json *masked)
{
	for (int64_t i = 0, n = count_cpus(); i < n; i++) {
		sd_auto_free char *path =
			sd_printf("/sys/devices/system/cpu/cpu%lld/thermal_throttle", (long long)i);

		if (access(path, F_OK) == 0 || errno != ENOENT)
			sd_json_append_str(masked, path);
	}
}

static void hide_paths(struct spec *s)
{
	struct sd_json *masked = sd_json_make_array(s->config, "linux.maskedPaths");
	struct sd_json *readonly = sd_json_make_array(s->config, "linux.readonlyPaths");

	for (size_t i = 0; masked_paths[i]; i++)
		sd_json_append_str(masked, masked_paths[i]);
	mask_thermal(masked);
	for (size_t i = 0; readonly_paths[i]; i++)
		sd_json_append_str(readonly, readonly_paths[i]);
}

int spec_security(struct spec *s, struct sd_err *e)
{
	struct choices c = {0};

	for (size_t i = 0; i < s->o->security_opt.n; i++)
		if (choose(&c, s->o->security_opt.v[i], e) < 0)
			return -1;
	sd_json_set_bool(
		sd_json_make_object(s->config, "process"), "noNewPrivileges", c.no_new_privileges);
	if (!s->o->privileged && !c.system_paths)
		hide_paths(s);
	return seccomp(s, c.seccomp, e);
}
