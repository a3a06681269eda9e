/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The five capability sets, by capset(2) and prctl(2).
 *
 * libcap-ng would do it in three calls, but it learns how many capabilities there are from
 * /proc/sys/kernel/cap_last_cap, and here /proc is the container's: an image with a file of its
 * own there would leave the higher ones in the bounding set.  The kernel is asked instead.
 */
#include "confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[] = {"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH",
	"CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
	"CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
	"CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
	"CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT",
	"CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
	"CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
	"CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE"};

#define N_NAMES (sizeof(names) / sizeof(*names))
#define MAX_CAP 63

const char *cap_name(int cap, char buf[16])
{
	if (cap < (int)N_NAMES)
		return names[cap];
	snprintf(buf, 16, "CAP_%d", cap);
	return buf;
}

int cap_parse(const char *name, const char *what, uint64_t *mask, struct sd_err *e)
{
	const char *bare = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;

	for (size_t i = 0; i < N_NAMES; i++) {
		if (strcasecmp(names[i] + 4, bare) == 0) {
			*mask |= UINT64_C(1) << i;
			return 0;
		}
	}
	return sd_fail(e, 0, "%s: unknown capability '%s'", what, name);
}

/* PR_CAPBSET_READ fails with EINVAL for the first number that the kernel has no capability for. */
uint64_t caps_bounding_now(void)
{
	uint64_t mask = 0;
	int r;

	for (int cap = 0; cap <= MAX_CAP; cap++) {
		r = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
		if (r < 0)
			break;
		if (r > 0)
			mask |= UINT64_C(1) << cap;
	}
	return mask;
}

static int refuse(uint64_t missing, const char *set, struct sd_err *e)
{
	char buf[16];

	return sd_fail(e, 0, "grant %s: this process has not got it in its %s set",
		cap_name(__builtin_ctzll(missing), buf), set);
}

int caps_drop_bounding(const struct caps *c, struct sd_err *e)
{
	uint64_t now = caps_bounding_now();
	char buf[16];

	if (c->bounding & ~now)
		return refuse(c->bounding & ~now, "bounding", e);
	for (int cap = 0; cap <= MAX_CAP; cap++) {
		if (!((now & ~c->bounding) >> cap & 1))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return sd_fail(
				e, errno, "drop %s from the bounding set", cap_name(cap, buf));
	}
	return 0;
}

int caps_now(struct caps *c, struct sd_err *e)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) < 0)
		return sd_fail(e, errno, "read the capabilities");
	c->effective = d[0].effective | (uint64_t)d[1].effective << 32;
	c->permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
	c->inheritable = d[0].inheritable | (uint64_t)d[1].inheritable << 32;
	c->bounding = caps_bounding_now();
	c->ambient = 0;
	for (int cap = 0; cap <= MAX_CAP; cap++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) > 0)
			c->ambient |= UINT64_C(1) << cap;
	return 0;
}

static int set(uint64_t permitted, uint64_t effective, uint64_t inheritable)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2] = {
		{(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
			(uint32_t)(inheritable >> 32)},
	};

	return (int)syscall(SYS_capset, &h, d);
}

static int apply_ambient(uint64_t mask, struct sd_err *e)
{
	char buf[16];

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return sd_fail(e, errno, "clear the ambient capabilities");
	for (int cap = 0; cap <= MAX_CAP; cap++) {
		if (!(mask >> cap & 1))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return sd_fail(
				e, errno, "raise %s into the ambient set", cap_name(cap, buf));
	}
	return 0;
}

int caps_apply(const struct caps *c, uint64_t extra, struct sd_err *e)
{
	struct caps now;

	if (caps_now(&now, e) < 0)
		return -1;
	if (c->permitted & ~now.permitted)
		return refuse(c->permitted & ~now.permitted, "permitted", e);
	if (set(c->permitted | (extra & now.permitted), c->effective, c->inheritable) < 0)
		return sd_fail(e, errno, "set the capabilities");
	return apply_ambient(c->ambient, e);
}

int caps_raise(uint64_t mask, struct sd_err *e)
{
	struct caps now;

	if (caps_now(&now, e) < 0)
		return -1;
	if (set(now.permitted, now.effective | mask, now.inheritable) < 0)
		return sd_fail(e, errno, "raise a capability");
	return 0;
}
