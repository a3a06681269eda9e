/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the kernel for which netlink has no word: /proc/sys/net of a network namespace. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include "cleanup.h"
#include "io.h"
#include "ns.h"
#include "sd-bridge.h"
#include "str.h"

#define NET "/proc/sys/net/"

static int set(const char *path, const char *value, struct sd_err *e)
{
	if (sd_write_kernel(AT_FDCWD, path, value) == 0)
		return 0;
	/* ENOENT: a kernel without IPv6 has nothing to be held off. */
	if (errno == ENOENT && sd_starts_with(path, NET "ipv6/"))
		return 0;
	return sd_fail(e, errno, "write %s to %s", value, path);
}

static int set_ipv6(const char *interface, const char *name, const char *value, struct sd_err *e)
{
	sd_auto_free char *path = sd_printf(NET "ipv6/conf/%s/%s", interface, name);

	return set(path, value, e);
}

/* '1' or another character of the value; 0 where it cannot be read. */
static char get(const char *path)
{
	sd_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char c = 0;

	return fd >= 0 && read(fd, &c, 1) == 1 ? c : 0;
}

/*
 * A router takes no routes from others: with forwarding on, the kernel ignores the router
 * advertisements that the host's own uplinks may live on, unless accept_ra is 2
 * (ip-sysctl.rst).
 */
static int keep_routes_learnt(struct sd_err *e)
{
	sd_auto_dir DIR *d = opendir(NET "ipv6/conf");
	struct dirent *ent;

	while (d && (ent = sd_readdir(d))) {
		sd_auto_free char *path = sd_printf(NET "ipv6/conf/%s/accept_ra", ent->d_name);

		if (*ent->d_name != '.' && get(path) == '1' && set(path, "2", e) < 0)
			return -1;
	}
	return 0;
}

int sysctl_forward(int family, struct sd_err *e)
{
	const char *path =
		family == AF_INET6 ? NET "ipv6/conf/all/forwarding" : NET "ipv4/ip_forward";

	if (get(path) == '1')
		return 0;
	if (family == AF_INET6 && keep_routes_learnt(e) < 0)
		return -1;
	return set(path, "1", e);
}

/* A container that plays the router must not change the host's routes (CVE-2020-13401). */
int sysctl_bridge(const struct plan *p, struct sd_err *e)
{
	return set_ipv6(p->bridge, "accept_ra", "0", e);
}

/*
 * The same among neighbours (CVE-2020-10749).  On a network without IPv6 there is none of it: an
 * address of the link alone would be one that nobody gave out.
 */
static int tame(const char *interface, bool ipv6, struct sd_err *e)
{
	if (!ipv6)
		return set_ipv6(interface, "disable_ipv6", "1", e);
	return set_ipv6(interface, "accept_ra", "0", e) < 0
		       ? -1
		       : set_ipv6(interface, "ndisc_notify", "1", e);
}

int sysctl_endpoint(int netns, const char *interface, bool ipv6, struct sd_err *e)
{
	sd_auto_fd int own = sd_ns_visit_net(netns, e);
	struct sd_err back;
	int r;

	if (own < 0)
		return -1;
	r = tame(interface, ipv6, e);
	if (sd_ns_return_net(own, &back) == 0)
		return r;
	*e = back;
	return -1;
}
