/* SPDX-License-Identifier: Apache-2.0 */
#include "spec.h"

/* What of /proc and /sys is hidden: it has no namespace, and tells of the host or controls it. */
const char *const masked_paths[] = {
	"/proc/acpi", /* CVE-2018-10892: bluetooth and keyboard of the host */
	"/proc/asound",
	"/proc/interrupts", /* counts keystrokes of the host */
	"/proc/kcore",	    /* the kernel's memory */
	"/proc/keys",	    /* names of all users' keys */
	"/proc/latency_stats",
	"/proc/timer_list", /* kernel addresses, processes of the host */
	"/proc/timer_stats",
	"/proc/sched_debug",		 /* processes of the host */
	"/proc/scsi",			 /* CVE-2017-16539: removes disks */
	"/sys/firmware",		 /* tables of the machine's firmware */
	"/sys/devices/virtual/powercap", /* power meter: a side channel (CVE-2020-8694) */
	NULL,
};

/* What the container may read, and the host's administrator alone may write. */
const char *const readonly_paths[] = {
	"/proc/bus",
	"/proc/fs",
	"/proc/irq",
	"/proc/sys",
	"/proc/sysrq-trigger",
	NULL,
};
