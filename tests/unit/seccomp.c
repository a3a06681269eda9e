/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdlib.h>
#include "cleanup.h"
#include "json.h"
#include "seccomp.h"

static const char *const admin[] = {"CAP_SYS_ADMIN", "CAP_BPF", NULL};

static char *resolve(const char *text, const struct sd_seccomp_target *t, struct sd_err *e)
{
	sd_auto_json struct sd_json *profile = sd_json_parse(text, strlen(text), "profile", e);
	sd_auto_json struct sd_json *oci = NULL;

	assert_non_null(profile);
	return sd_seccomp_resolve(profile, t, &oci, e) < 0 ? NULL : sd_json_text(oci);
}

#define RULE(name, conditions)                                                                     \
	"{\"defaultAction\":\"D\",\"syscalls\":[{\"names\":[\"" name                               \
	"\"],\"action\":\"A\"," conditions "}]}"
#define KEPT(name)                                                                                 \
	"{\"defaultAction\":\"D\",\"syscalls\":[{\"names\":[\"" name "\"],\"action\":\"A\"}]}"
#define GONE "{\"defaultAction\":\"D\",\"syscalls\":[]}"

static void conditions(void **state)
{
	static const struct {
		const char *profile, *oci;
	} table[] = {
		{RULE("a", "\"includes\":{}"), KEPT("a")},
		{RULE("b", "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_BPF\"]}"), KEPT("b")},
		{RULE("c", "\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_CHOWN\"]}"), GONE},
		{RULE("d", "\"excludes\":{\"caps\":[\"CAP_CHOWN\",\"CAP_BPF\"]}"), GONE},
		{RULE("e", "\"excludes\":{\"caps\":[\"CAP_CHOWN\"]}"), KEPT("e")},
		{RULE("f", "\"includes\":{\"arches\":[\"arm64\",\"amd64\"]}"), KEPT("f")},
		{RULE("g", "\"includes\":{\"arches\":[\"arm64\"]}"), GONE},
		{RULE("h", "\"excludes\":{\"arches\":[\"amd64\"]}"), GONE},
		{RULE("i", "\"includes\":{\"minKernel\":\"5.9\"}"), KEPT("i")},
		{RULE("j", "\"includes\":{\"minKernel\":\"5.10\"}"), KEPT("j")},
		{RULE("k", "\"includes\":{\"minKernel\":\"5.11\"}"), GONE},
		{RULE("l", "\"includes\":{\"minKernel\":\"6.0\"}"), GONE},
		{RULE("m", "\"excludes\":{\"minKernel\":\"4.8\"}"), GONE},
	};
	const struct sd_seccomp_target t = {.caps = admin, .arch = "amd64", .kernel = {5, 10}};
	struct sd_err e;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		sd_auto_free char *oci = resolve(table[i].profile, &t, &e);

		assert_non_null(oci);
		assert_string_equal(oci, table[i].oci);
	}
}

static void architectures(void **state)
{
	static const char profile[] =
		"{\"defaultAction\":\"D\",\"archMap\":[{\"architecture\":\"SCMP_ARCH_AARCH64\","
		"\"subArchitectures\":[\"SCMP_ARCH_ARM\"]},{\"architecture\":\"SCMP_ARCH_RISCV64\","
		"\"subArchitectures\":null}]}";
	struct sd_err e;
	sd_auto_free char *arm = resolve(profile, &(struct sd_seccomp_target){.arch = "arm64"}, &e);
	sd_auto_free char *riscv =
		resolve(profile, &(struct sd_seccomp_target){.arch = "riscv64"}, &e);
	sd_auto_free char *other = resolve(profile, &(struct sd_seccomp_target){.arch = "x"}, &e);

	assert_non_null(strstr(arm, "\"architectures\":[\"SCMP_ARCH_AARCH64\",\"SCMP_ARCH_ARM\"]"));
	assert_non_null(strstr(riscv, "\"architectures\":[\"SCMP_ARCH_RISCV64\"]"));
	assert_null(strstr(other, "architectures"));
}

/* A profile that is OCI's already stays what it is. */
static void plain(void **state)
{
	static const char oci[] =
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":38,\"flags\":[\"F\"],"
		"\"architectures\":[\"SCMP_ARCH_X86\"],\"syscalls\":[{\"names\":[\"a\",\"b\"],"
		"\"action\":\"A\",\"errnoRet\":1,\"args\":[{\"index\":0,\"value\":1,\"op\":\"O\"}]}"
		"]}";
	struct sd_err e;
	sd_auto_free char *text = resolve(oci, NULL, &e);

	assert_string_equal(text, oci);
}

static void wrong(void **state)
{
	static const struct {
		const char *profile, *error;
	} table[] = {
		{"{}", "defaultAction: missing"},
		{"{\"defaultAction\":1}", "defaultAction"},
		{"{\"defaultAction\":\"D\",\"syscalls\":[1]}", "syscalls[0]: expected an object"},
		{"{\"defaultAction\":\"D\",\"syscalls\":[{}]}", "syscalls[0].names: missing"},
		{"{\"defaultAction\":\"D\",\"syscalls\":[{\"name\":\"a\",\"names\":[\"b\"]}]}",
			"syscalls[0]: both name and names"},
		{RULE("a", "\"includes\":{\"minKernel\":\"5\"}"),
			"syscalls[0].includes.minKernel: '5' is not a kernel version"},
		{RULE("a", "\"includes\":{\"caps\":\"x\"}"), "includes.caps"},
		{"{\"defaultAction\":\"D\",\"architectures\":[\"a\"],\"archMap\":[{}]}",
			"both architectures and archMap"},
	};
	struct sd_err e;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		e = (struct sd_err){0};
		assert_null(resolve(table[i].profile, NULL, &e));
		if (!strstr(e.text, table[i].error))
			fail_msg("error is \"%s\", without \"%s\"", e.text, table[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions),
		cmocka_unit_test(architectures),
		cmocka_unit_test(plain),
		cmocka_unit_test(wrong),
	};

	return cmocka_run_group_tests_name("seccomp", tests, NULL, NULL);
}
