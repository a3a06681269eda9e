/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* uname(2), docker (Go), OCI (libseccomp). */
static const struct {
	const char *machine, *arch, *oci;
} arches[] = {
	{"x86_64", "amd64", "SCMP_ARCH_X86_64"},
	{"aarch64", "arm64", "SCMP_ARCH_AARCH64"},
	{"armv7l", "arm", "SCMP_ARCH_ARM"},
	{"armv6l", "arm", "SCMP_ARCH_ARM"},
	{"i686", "386", "SCMP_ARCH_X86"},
	{"riscv64", "riscv64", "SCMP_ARCH_RISCV64"},
	{"s390x", "s390x", "SCMP_ARCH_S390X"},
	{"ppc64le", "ppc64le", "SCMP_ARCH_PPC64LE"},
	{"mips64", "mips64le", "SCMP_ARCH_MIPSEL64"},
	{"loongarch64", "loong64", "SCMP_ARCH_LOONGARCH64"},
};

#define N_ARCHES (sizeof(arches) / sizeof(*arches))

const char *sd_seccomp_native_arch(void)
{
	struct utsname u;

	if (uname(&u) < 0)
		return NULL;
	for (size_t i = 0; i < N_ARCHES; i++)
		if (strcmp(arches[i].machine, u.machine) == 0)
			return arches[i].arch;
	return NULL;
}

static const char *oci_arch(const char *arch)
{
	for (size_t i = 0; arch && i < N_ARCHES; i++)
		if (strcmp(arches[i].arch, arch) == 0)
			return arches[i].oci;
	return NULL;
}

static bool granted(const struct sd_seccomp_target *t, const char *cap)
{
	for (size_t i = 0; t->caps && t->caps[i]; i++)
		if (strcmp(t->caps[i], cap) == 0)
			return true;
	return false;
}

/* 1 the target's kernel is at least `text` ("4.8"), 0 older or no text, -1. */
static int kernel_at_least(
	const struct sd_seccomp_target *t, const char *text, const char *what, struct sd_err *e)
{
	int major, minor, end = 0;

	if (sscanf(text, "%4d.%4d%n", &major, &minor, &end) != 2 || text[end])
		return sd_fail(e, 0, "%s: '%s' is not a kernel version such as 4.8", what, text);
	return t->kernel[0] > major || (t->kernel[0] == major && t->kernel[1] >= minor);
}

/* The conditions of one entry that hold; each list that is empty or absent counts as none. */
struct conditions {
	size_t caps, caps_held;
	size_t arches, arches_held;
	int kernel; /* -1 not asked, else whether it holds */
};

static int evaluate(const struct sd_json *rule, const char *which, size_t index,
	const struct sd_seccomp_target *t, struct conditions *c, struct sd_err *e)
{
	const char **list = NULL, *min = NULL;
	char what[64];
	int r;

	*c = (struct conditions){.kernel = -1};
	r = sd_json_strings(rule, &list, &c->caps, e, "%s.caps", which);
	for (size_t i = 0; r > 0 && i < c->caps; i++)
		c->caps_held += granted(t, list[i]);
	free(list);
	list = NULL;
	if (r >= 0)
		r = sd_json_strings(rule, &list, &c->arches, e, "%s.arches", which);
	for (size_t i = 0; r > 0 && i < c->arches; i++)
		c->arches_held += t->arch && strcmp(list[i], t->arch) == 0;
	free(list);
	if (r >= 0)
		r = sd_json_str(rule, &min, e, "%s.minKernel", which);
	if (r < 0)
		return -1;
	snprintf(what, sizeof(what), "syscalls[%zu].%s.minKernel", index, which);
	if (min && *min) {
		c->kernel = kernel_at_least(t, min, what, e);
		return c->kernel;
	}
	return 0;
}

/* 1 the entry counts on the target, 0 it does not, -1. */
static int applies(
	const struct sd_json *rule, size_t i, const struct sd_seccomp_target *t, struct sd_err *e)
{
	struct conditions in, ex;

	if (evaluate(rule, "includes", i, t, &in, e) < 0 ||
		evaluate(rule, "excludes", i, t, &ex, e) < 0)
		return -1;
	if (ex.caps_held || ex.arches_held || ex.kernel == 1)
		return 0;
	return in.caps_held == in.caps && (!in.arches || in.arches_held) && in.kernel != 0;
}

static void copy_member(struct sd_json *to, const struct sd_json *from, const char *key)
{
	struct sd_json *v = sd_json_member(from, key);

	if (v)
		sd_json_set(to, key, sd_json_copy(v));
}

static int add_rule(struct sd_json *out, const struct sd_json *rule, size_t i, struct sd_err *e)
{
	struct sd_json *o = sd_json_new_object(), *names;
	const char *name = NULL;

	sd_json_append(out, o);
	if (sd_json_str(rule, &name, e, "name") < 0)
		return -1;
	copy_member(o, rule, "names");
	/* Before docker 1.13 an entry had one `name`. */
	if (name && *name) {
		if (sd_json_len(sd_json_member(o, "names")))
			return sd_fail(e, 0, "syscalls[%zu]: both name and names", i);
		names = sd_json_new_array();
		sd_json_append_str(names, name);
		sd_json_set(o, "names", names);
	}
	if (!sd_json_len(sd_json_member(o, "names")))
		return sd_json_missing(e, "syscalls[%zu].names", i);
	copy_member(o, rule, "action");
	copy_member(o, rule, "errnoRet");
	if (sd_json_len(sd_json_member(rule, "args")))
		copy_member(o, rule, "args");
	return 0;
}

static int resolve_syscalls(const struct sd_json *profile, const struct sd_seccomp_target *t,
	struct sd_json *oci, struct sd_err *e)
{
	struct sd_json *rules = NULL, *rule, *out = sd_json_new_array();
	size_t i;

	sd_json_set(oci, "syscalls", out);
	if (sd_json_array(profile, &rules, e, "syscalls") < 0)
		return -1;
	sd_json_array_foreach (rules, i, rule) {
		int r;

		if (!sd_json_is_object(rule))
			return sd_fail(e, 0, "syscalls[%zu]: expected an object", i);
		r = applies(rule, i, t, e);
		if (r < 0 || (r > 0 && add_rule(out, rule, i, e) < 0))
			return -1;
	}
	return 0;
}

static int resolve_arches(const struct sd_json *profile, const struct sd_seccomp_target *t,
	struct sd_json *oci, struct sd_err *e)
{
	struct sd_json *map = NULL, *entry, *list, *sub = NULL, *s;
	const char *native = oci_arch(t->arch), *arch;
	size_t i, k;

	if (sd_json_array(profile, &map, e, "archMap") < 0)
		return -1;
	if (!sd_json_len(map)) {
		copy_member(oci, profile, "architectures");
		return 0;
	}
	if (sd_json_len(sd_json_member(profile, "architectures")))
		return sd_fail(e, 0, "both architectures and archMap");
	sd_json_array_foreach (map, i, entry) {
		arch = NULL;
		if (sd_json_str(entry, &arch, e, "architecture") < 0)
			return -1;
		if (!arch || !native || strcmp(arch, native) != 0)
			continue;
		list = sd_json_new_array();
		sd_json_set(oci, "architectures", list);
		sd_json_append_str(list, arch);
		if (sd_json_array(entry, &sub, e, "subArchitectures") < 0)
			return -1;
		sd_json_array_foreach (sub, k, s)
			sd_json_append(list, sd_json_copy(s));
		return 0;
	}
	return 0;
}

static void fill_target(struct sd_seccomp_target *t)
{
	struct utsname u;

	if (!t->arch)
		t->arch = sd_seccomp_native_arch();
	if (!t->kernel[0] && uname(&u) == 0 &&
		sscanf(u.release, "%4d.%4d", &t->kernel[0], &t->kernel[1]) != 2)
		t->kernel[0] = t->kernel[1] = 0;
}

int sd_seccomp_resolve(const struct sd_json *profile, const struct sd_seccomp_target *target,
	struct sd_json **oci, struct sd_err *e)
{
	static const char *const plain[] = {
		"defaultAction", "defaultErrnoRet", "flags", "listenerPath", "listenerMetadata"};
	struct sd_seccomp_target t = target ? *target : (struct sd_seccomp_target){0};
	sd_auto_json struct sd_json *o = sd_json_new_object();
	const char *action = NULL;

	fill_target(&t);
	if (!sd_json_is_object(profile))
		return sd_fail(e, 0, "the profile is not an object");
	if (sd_json_str(profile, &action, e, "defaultAction") < 0)
		return -1;
	if (!action)
		return sd_json_missing(e, "defaultAction");
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		copy_member(o, profile, plain[i]);
	if (resolve_arches(profile, &t, o, e) < 0 || resolve_syscalls(profile, &t, o, e) < 0)
		return -1;
	*oci = sd_json_ref(o);
	return 0;
}
