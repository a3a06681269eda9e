/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pty - a pseudo-terminal of a container's own devpts: sd-pivot gives one to the container's
 * program, sd-nsenter to one that comes later.
 *
 * Its master goes over the chain's console socket to sd-monitor; its slave is asked from the
 * master (TIOCGPTPEER, ioctl_tty(2)), for the name /dev/pts/N could be swapped under a path
 * (CVE-2025-52565).
 */
#ifndef SD_PTY_H
#define SD_PTY_H

#include "err.h"

/* A new one of the devpts on /dev/pts below `root`. */
int sd_pty_open(int root, int *master, int *slave, struct sd_err *e);

/* The master over the console socket. */
int sd_pty_send(int socket, int master, struct sd_err *e);

/* The slave is descriptors 0, 1, 2, and the controlling terminal of this session's leader. */
int sd_pty_adopt(int slave, struct sd_err *e);

#endif
