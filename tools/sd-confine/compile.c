/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI's linux.seccomp -> an array of struct sock_filter, by libseccomp, with a prelude of ours.
 *
 * Names that libseccomp does not know are skipped, as runc does: a profile is written for all
 * kernels.  Alone that would be wrong for calls younger than the library: they would meet the
 * default action, EPERM, where libc waits for ENOSYS to fall back to an older call.  So the
 * prelude (1) carries out the profile's rules for the young calls that are numbered here, and
 * (2) answers ENOSYS for calls that are younger than all that the profile names.
 */
#include "confine.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

/* Since 5.1 a new call has one number on all architectures (but alpha), from 424 on. */
#define FIRST_UNIFORM 424
/* Above every such number; below MIPS' tables (4000), ARM's private calls, x32's bit, and -1. */
#define END_UNIFORM 4000

static const struct {
	const char *name;
	int nr;
} young[] = {{"process_mrelease", 448}, {"futex_waitv", 449}, {"set_mempolicy_home_node", 450},
	{"cachestat", 451}, {"fchmodat2", 452}, {"map_shadow_stack", 453}, {"futex_wake", 454},
	{"futex_wait", 455}, {"futex_requeue", 456}, {"statmount", 457}, {"listmount", 458},
	{"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460}, {"lsm_list_modules", 461},
	{"mseal", 462}, {"setxattrat", 463}, {"getxattrat", 464}, {"listxattrat", 465},
	{"removexattrat", 466}, {"open_tree_attr", 467}, {"file_getattr", 468},
	{"file_setattr", 469}};

static const struct {
	const char *name;
	uint32_t action;
} actions[] = {
	{"SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD},
	{"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
	{"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
	{"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
	{"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
	{"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
	{"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
	{"SCMP_ACT_LOG", SCMP_ACT_LOG},
};

static const struct {
	const char *name;
	enum scmp_compare op;
} ops[] = {
	{"SCMP_CMP_NE", SCMP_CMP_NE},
	{"SCMP_CMP_LT", SCMP_CMP_LT},
	{"SCMP_CMP_LE", SCMP_CMP_LE},
	{"SCMP_CMP_EQ", SCMP_CMP_EQ},
	{"SCMP_CMP_GE", SCMP_CMP_GE},
	{"SCMP_CMP_GT", SCMP_CMP_GT},
	{"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

#define COUNT(a)   (sizeof(a) / sizeof(*(a)))
#define MAX_ARCHES 16

struct build {
	const char *where;
	scmp_filter_ctx ctx;
	uint32_t fallback; /* the default action */
	uint32_t arches[MAX_ARCHES];
	size_t n_arches;
	int highest; /* number of the youngest call that the profile names */
	struct {
		int nr;
		uint32_t action;
	} extra[COUNT(young)];
	size_t n_extra;
};

static void release(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

/* An action with its errno; EPERM where there is none, as runc. */
static int read_action(const struct build *b, const struct sd_json *o, const char *key,
	const char *errno_key, uint32_t *out, struct sd_err *e)
{
	const char *name = NULL;
	int64_t value = EPERM;

	if (sd_json_str(o, &name, e, "%s", key) < 0 ||
		sd_json_int(o, &value, e, "%s", errno_key) < 0)
		return -1;
	if (!name)
		return sd_fail(e, 0, "%s: %s: missing", b->where, key);
	if (value < 0 || value > 0xffff)
		return sd_fail(
			e, 0, "%s: %s: %lld is no errno", b->where, errno_key, (long long)value);
	for (size_t i = 0; i < COUNT(actions); i++) {
		if (strcmp(actions[i].name, name) != 0)
			continue;
		*out = actions[i].action;
		if (*out == SCMP_ACT_ERRNO(0) || *out == SCMP_ACT_TRACE(0))
			*out |= (uint32_t)value;
		return 0;
	}
	if (strcmp(name, "SCMP_ACT_NOTIFY") == 0)
		return sd_fail(e, 0, "%s: SCMP_ACT_NOTIFY is not supported", b->where);
	return sd_fail(e, 0, "%s: %s: unknown action '%s'", b->where, key, name);
}

/* "SCMP_ARCH_X86_64" -> libseccomp's "x86_64". */
static int add_arch(struct build *b, const char *name, struct sd_err *e)
{
	char lower[32] = "";
	uint32_t token;
	int r;

	if (sd_starts_with(name, "SCMP_ARCH_"))
		for (size_t i = 0; i < sizeof(lower) - 1 && name[10 + i]; i++)
			lower[i] = name[10 + i] |
				   (name[10 + i] >= 'A' && name[10 + i] <= 'Z' ? 0x20 : 0);
	token = seccomp_arch_resolve_name(lower);
	if (!token || b->n_arches == MAX_ARCHES)
		return sd_fail(
			e, 0, "%s: architectures: unknown architecture '%s'", b->where, name);
	r = seccomp_arch_add(b->ctx, token);
	if (r < 0 && r != -EEXIST) /* the native one is there from the start */
		return sd_fail(e, -r, "%s: architecture '%s'", b->where, name);
	b->arches[b->n_arches++] = token;
	return 0;
}

static int add_arches(struct build *b, const struct sd_json *oci, struct sd_err *e)
{
	sd_auto_free const char **list = NULL;
	size_t n = 0;

	b->arches[b->n_arches++] = seccomp_arch_native();
	if (sd_json_strings(oci, &list, &n, e, "architectures") < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (add_arch(b, list[i], e) < 0)
			return -1;
	return 0;
}

static int read_arg(const struct build *b, const struct sd_json *rule, size_t i,
	struct scmp_arg_cmp *out, struct sd_err *e)
{
	int64_t index = -1, value = 0, two = 0;
	const char *op = NULL;

	if (sd_json_int(rule, &index, e, "args[%zu].index", i) < 0 ||
		sd_json_int(rule, &value, e, "args[%zu].value", i) < 0 ||
		sd_json_int(rule, &two, e, "args[%zu].valueTwo", i) < 0 ||
		sd_json_str(rule, &op, e, "args[%zu].op", i) < 0)
		return -1;
	if (index < 0 || index > 5)
		return sd_fail(e, 0, "%s: args[%zu].index: must be 0 to 5", b->where, i);
	/* The reader gives INT64_MAX for all that is larger: comparing with that would be wrong. */
	if (value == INT64_MAX || two == INT64_MAX)
		return sd_fail(e, 0, "%s: args[%zu].value: above 2^63 - 2", b->where, i);
	for (size_t k = 0; op && k < COUNT(ops); k++) {
		if (strcmp(ops[k].name, op) == 0) {
			*out = SCMP_CMP((unsigned)index, ops[k].op, (uint64_t)value, (uint64_t)two);
			return 0;
		}
	}
	return sd_fail(
		e, 0, "%s: args[%zu].op: unknown comparison '%s'", b->where, i, op ? op : "");
}

static bool repeats(const struct scmp_arg_cmp *args, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			if (args[i].arg == args[k].arg)
				return true;
	return false;
}

static void add_young(struct build *b, const char *name, uint32_t action, size_t n_args)
{
	for (size_t i = 0; i < COUNT(young); i++) {
		if (strcmp(young[i].name, name) != 0)
			continue;
		if (young[i].nr > b->highest)
			b->highest = young[i].nr;
		if (n_args || action == b->fallback || b->n_extra == COUNT(young))
			return;
		b->extra[b->n_extra].nr = young[i].nr;
		b->extra[b->n_extra++].action = action;
		return;
	}
}

static int add_call(struct build *b, const char *name, uint32_t action,
	const struct scmp_arg_cmp *args, size_t n, struct sd_err *e)
{
	int nr = seccomp_syscall_resolve_name(name), r = 0;

	if (nr == __NR_SCMP_ERROR) {
		add_young(b, name, action, n);
		return 0;
	}
	if (nr > b->highest && nr < END_UNIFORM)
		b->highest = nr;
	/* libseccomp refuses a rule that says what the default says. */
	if (action == b->fallback)
		return 0;
	/* Conditions on one argument cannot hold together: each is a rule, as runc reads them. */
	if (repeats(args, n))
		for (size_t i = 0; i < n && (r == 0 || r == -EEXIST); i++)
			r = seccomp_rule_add_array(b->ctx, action, nr, 1, &args[i]);
	else
		r = seccomp_rule_add_array(b->ctx, action, nr, (unsigned)n, args);
	if (r < 0 && r != -EEXIST) /* the same rule twice */
		return sd_fail(e, -r, "%s: add a rule for %s", b->where, name);
	return 0;
}

static int add_rule(struct build *b, const struct sd_json *rule, struct sd_err *e)
{
	sd_auto_free const char **names = NULL;
	struct scmp_arg_cmp args[6] = {0};
	struct sd_json *list = NULL;
	uint32_t action;
	size_t n = 0;

	if (sd_json_strings(rule, &names, &n, e, "names") < 0 ||
		sd_json_array(rule, &list, e, "args") < 0 ||
		read_action(b, rule, "action", "errnoRet", &action, e) < 0)
		return -1;
	if (!n)
		return sd_fail(e, 0, "%s: an entry of syscalls without names", b->where);
	if (sd_json_len(list) > COUNT(args))
		return sd_fail(e, 0, "%s: %s: more than 6 args", b->where, names[0]);
	for (size_t i = 0; i < sd_json_len(list); i++)
		if (read_arg(b, rule, i, &args[i], e) < 0)
			return -1;
	for (size_t i = 0; i < n; i++)
		if (add_call(b, names[i], action, args, sd_json_len(list), e) < 0)
			return -1;
	return 0;
}

static void emit(struct sd_buf *code, struct sock_filter insn)
{
	sd_buf_add(code, &insn, sizeof(insn));
}

#define LOAD(field)                                                                                \
	(struct sock_filter)                                                                       \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define JUMP(op, k, yes, no) (struct sock_filter) BPF_JUMP(BPF_JMP | (op) | BPF_K, k, yes, no)
#define RET(k)		     (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, k)

/* Jumps over what follows end at the first instruction of libseccomp's program. */
static void emit_prelude(const struct build *b, struct sd_buf *code)
{
	bool nosys = (b->fallback & SECCOMP_RET_ACTION_FULL) == SCMP_ACT_ERRNO(0);
	size_t body = 1 + 1 + 2 * b->n_extra + (nosys ? 2 : 0);
	int highest = b->highest < FIRST_UNIFORM ? FIRST_UNIFORM - 1 : b->highest;

	emit(code, LOAD(arch));
	for (size_t i = 0; i < b->n_arches; i++) {
		bool last = i == b->n_arches - 1;

		emit(code, JUMP(BPF_JEQ, b->arches[i], (uint8_t)(b->n_arches - 1 - i),
				   (uint8_t)(last ? body : 0)));
	}
	emit(code, LOAD(nr));
	emit(code, JUMP(BPF_JGE, END_UNIFORM, (uint8_t)(body - 2), 0));
	for (size_t i = 0; i < b->n_extra; i++) {
		emit(code, JUMP(BPF_JEQ, (uint32_t)b->extra[i].nr, 0, 1));
		emit(code, RET(b->extra[i].action));
	}
	if (nosys) {
		emit(code, JUMP(BPF_JGT, (uint32_t)highest, 0, 1));
		emit(code, RET(SCMP_ACT_ERRNO(ENOSYS)));
	}
}

static int export(const struct build *b, struct sd_buf *code, struct sd_err *e)
{
	sd_auto_fd int fd = memfd_create("filter", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return sd_fail(e, errno, "memfd_create");
	r = seccomp_export_bpf(b->ctx, fd);
	if (r < 0)
		return sd_fail(e, -r, "%s: compile", b->where);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return sd_fail(e, errno, "lseek");
	emit_prelude(b, code);
	if (sd_read_all(fd, "the compiled filter", 1u << 20, code, e) < 0)
		return -1;
	if (code->len > BPF_MAXINSNS * sizeof(struct sock_filter))
		return sd_fail(e, 0, "%s: too long for the kernel: %zu instructions", b->where,
			code->len / sizeof(struct sock_filter));
	return 0;
}

int compile_filter(
	const struct sd_json *oci, const char *where, struct sd_buf *code, struct sd_err *e)
{
	__attribute__((cleanup(release))) scmp_filter_ctx ctx = NULL;
	struct build b = {.where = where};
	struct sd_json *rules = NULL, *rule;
	const char *listener = NULL;
	unsigned long flags = 0;
	size_t i;

	if (sd_json_str(oci, &listener, e, "listenerPath") < 0 || filter_flags(oci, &flags, e) < 0)
		return -1;
	if (listener && *listener)
		return sd_fail(e, 0, "%s: listenerPath is not supported", where);
	if (read_action(&b, oci, "defaultAction", "defaultErrnoRet", &b.fallback, e) < 0)
		return -1;
	ctx = b.ctx = seccomp_init(b.fallback);
	if (!ctx)
		return sd_fail(e, 0, "%s: libseccomp refuses the default action", where);
	/* A tree rather than a list: a call that is decided by the program costs log2 of the rules.
	 */
	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (add_arches(&b, oci, e) < 0 || sd_json_array(oci, &rules, e, "syscalls") < 0)
		return -1;
	sd_json_array_foreach (rules, i, rule)
		if (add_rule(&b, rule, e) < 0)
			return -1;
	return export(&b, code, e);
}
