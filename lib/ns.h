/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ns - the eight kinds of namespaces, and joining ones that are there: shared by sd-unshare,
 * whose document may name namespaces by path, and sd-nsenter.
 */
#ifndef SD_NS_H
#define SD_NS_H

#include <stdbool.h>
#include <sys/types.h>
#include "err.h"

enum sd_ns_kind {
	SD_NS_USER,
	SD_NS_MOUNT,
	SD_NS_UTS,
	SD_NS_IPC,
	SD_NS_NET,
	SD_NS_PID,
	SD_NS_CGROUP,
	SD_NS_TIME,
	SD_NS_COUNT,
};

struct sd_ns {
	const char *option;   /* the long option of util-linux: "net" */
	const char *oci;      /* config.linux.namespaces[].type: "network" */
	const char *file;     /* in /proc/PID/ns: "net" */
	const char *children; /* where that is the one that its children will get, else file */
	const char *limit;    /* the sysctl that says how many a user may have */
	int flag;	      /* CLONE_NEWNET */
};

extern const struct sd_ns sd_ns[SD_NS_COUNT];

/* By the option's or the OCI name; SD_NS_COUNT where there is none. */
enum sd_ns_kind sd_ns_by_option(const char *option);
enum sd_ns_kind sd_ns_by_oci(const char *type);

/* A namespace's file, opened and checked to be one of that kind (ioctl_ns(2)).  -1. */
int sd_ns_open(enum sd_ns_kind kind, const char *path, struct sd_err *e);

/* The namespace of a process that must stay alive until the caller has checked its pidfd. */
int sd_ns_open_pid(enum sd_ns_kind kind, pid_t pid, struct sd_err *e);

/* True where this process is in that namespace (for pid and time: makes its children in it). */
bool sd_ns_is_own(enum sd_ns_kind kind, int fd);

/*
 * Join all of fds[] that are not -1, in the order that the rules of user namespaces ask for.
 * A user namespace that the process is in already is passed over.  Nothing is closed.
 */
int sd_ns_join(const int fds[SD_NS_COUNT], struct sd_err *e);

/*
 * Be in a network namespace for a moment: what is opened there (a socket, a file of /proc/sys/net)
 * belongs to it for good.  visit returns a descriptor of the own one, for return, or -1.  If the
 * return fails the process is not where it was, and must end.
 */
int sd_ns_visit_net(int netns, struct sd_err *e);
int sd_ns_return_net(int own, struct sd_err *e);

#endif
