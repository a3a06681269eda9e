/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device access of cgroup2: there is no file for it; the kernel asks a BPF program of type
 * CGROUP_DEVICE that is attached to the cgroup (and those of its ancestors: all must agree).
 * The program is a straight line of tests, one block a rule, made here without a compiler.
 */
#include "sd-cgset.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cleanup.h"

struct code {
	struct bpf_insn *v;
	size_t n, max;
};

static void emit(struct code *c, __u8 op, __u8 dst, __u8 src, __s16 off, __s32 imm)
{
	if (c->n < c->max)
		c->v[c->n] = (struct bpf_insn){
			.code = op, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm};
	c->n++;
}

enum { R0, R1, TYPE, ACCESS, MAJOR, MINOR };

#define LOAD_WORD (BPF_LDX | BPF_MEM | BPF_W)
#define MOVE	  (BPF_ALU64 | BPF_MOV | BPF_X)
#define MOVE_IMM  (BPF_ALU64 | BPF_MOV | BPF_K)
#define AND_IMM	  (BPF_ALU64 | BPF_AND | BPF_K)
#define SHIFT_IMM (BPF_ALU64 | BPF_RSH | BPF_K)
/* 32-bit: the immediate of a 64-bit jump is sign-extended, and "any" minor numbers are large. */
#define JUMP_NE	    (BPF_JMP32 | BPF_JNE | BPF_K)
#define JUMP_NE_REG (BPF_JMP32 | BPF_JNE | BPF_X)
#define JUMP_EQ	    (BPF_JMP32 | BPF_JEQ | BPF_K)

static void emit_return(struct code *c, bool allow)
{
	emit(c, MOVE_IMM, R0, 0, 0, allow);
	emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/*
 * An exception that allows must grant all of the access that is asked for, one that denies
 * applies to any of it: as match_exception and match_exception_partial of the v1 controller.
 */
static void emit_rule(struct code *c, const struct device_rule *r, bool allow)
{
	bool major = r->major != DEVICE_ANY, minor = r->minor != DEVICE_ANY;
	/* Instructions from here to the next rule: type 1, access 3, numbers, return 2. */
	size_t next = c->n + 1 + 3 + major + minor + 2;
	__s32 type = r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;

#define TO_NEXT ((__s16)(next - c->n - 1))
	emit(c, JUMP_NE, TYPE, 0, TO_NEXT, type);
	emit(c, MOVE, R1, ACCESS, 0, 0);
	emit(c, AND_IMM, R1, 0, 0, (__s32)r->access);
	if (allow)
		emit(c, JUMP_NE_REG, R1, ACCESS, TO_NEXT, 0);
	else
		emit(c, JUMP_EQ, R1, 0, TO_NEXT, 0);
	if (major)
		emit(c, JUMP_NE, MAJOR, 0, TO_NEXT, (__s32)(__u32)r->major);
	if (minor)
		emit(c, JUMP_NE, MINOR, 0, TO_NEXT, (__s32)(__u32)r->minor);
#undef TO_NEXT
	emit_return(c, allow);
}

size_t bpf_device_program(const struct device_list *l, struct bpf_insn *out, size_t max)
{
	struct code c = {.v = out, .max = max};

	/* struct bpf_cgroup_dev_ctx: access_type is (access << 16) | type. */
	emit(&c, LOAD_WORD, TYPE, R1, offsetof(struct bpf_cgroup_dev_ctx, access_type), 0);
	emit(&c, MOVE, ACCESS, TYPE, 0, 0);
	emit(&c, AND_IMM, TYPE, 0, 0, 0xffff);
	emit(&c, SHIFT_IMM, ACCESS, 0, 0, 16);
	emit(&c, LOAD_WORD, MAJOR, R1, offsetof(struct bpf_cgroup_dev_ctx, major), 0);
	emit(&c, LOAD_WORD, MINOR, R1, offsetof(struct bpf_cgroup_dev_ctx, minor), 0);
	for (size_t i = 0; i < l->n; i++)
		emit_rule(&c, &l->v[i], !l->allow);
	emit_return(&c, l->allow);
	return c.n <= max ? c.n : 0;
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load(const struct device_list *l, struct sd_err *e)
{
	sd_auto_free struct bpf_insn *insns = sd_calloc(BPF_INSNS_MAX, sizeof(*insns));
	size_t n = bpf_device_program(l, insns, BPF_INSNS_MAX);
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE};
	int fd;

	if (!n)
		return sd_fail(e, E2BIG, "devices: %zu rules in one BPF program", l->n);
	attr.insns = (__u64)(uintptr_t)insns;
	attr.insn_cnt = (__u32)n;
	attr.license = (__u64)(uintptr_t) "Apache-2.0";
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd >= 0)
		return fd;
	sd_fail(e, errno, "devices: load the BPF program");
	if (errno == EPERM)
		return sd_hint(e, "CAP_BPF or CAP_SYS_ADMIN, and before Linux 5.11 more "
				  "RLIMIT_MEMLOCK, is needed");
	return -1;
}

#define PROGS_MAX 64

int bpf_devices_attach(
	int cgroup_fd, const char *path, const struct device_list *l, struct sd_err *e)
{
	sd_auto_fd int prog = load(l, e);
	__u32 ids[PROGS_MAX];
	union bpf_attr query = {.query = {.target_fd = (__u32)cgroup_fd,
					.attach_type = BPF_CGROUP_DEVICE,
					.prog_ids = (__u64)(uintptr_t)ids,
					.prog_cnt = PROGS_MAX}};
	/* MULTI, so that a runtime inside the container can attach to a child of its own. */
	union bpf_attr attach = {.target_fd = (__u32)cgroup_fd,
		.attach_bpf_fd = (__u32)prog,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI};

	if (prog < 0)
		return -1;
	if (bpf(BPF_PROG_QUERY, &query) < 0)
		return sd_fail(e, errno, "devices: query the BPF programs of %s", path);
	/* The new one first: between the two steps both must agree, so nothing opens for a moment.
	 */
	if (bpf(BPF_PROG_ATTACH, &attach) < 0)
		return sd_fail(e, errno, "devices: attach the BPF program to %s", path);
	for (__u32 i = 0; i < query.query.prog_cnt; i++) {
		union bpf_attr by_id = {.prog_id = ids[i]};
		sd_auto_fd int old = bpf(BPF_PROG_GET_FD_BY_ID, &by_id);
		union bpf_attr detach = {.target_fd = (__u32)cgroup_fd,
			.attach_bpf_fd = (__u32)old,
			.attach_type = BPF_CGROUP_DEVICE};

		if (old < 0 || bpf(BPF_PROG_DETACH, &detach) < 0)
			return sd_fail(
				e, errno, "devices: detach the BPF program before from %s", path);
	}
	return 0;
}
