/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_options - the options of `sdocker run` and `sdocker create`, which are those of sd-spec.
 *
 * One table serves both programs, so the driver can tell where the options end and the image
 * begins, and hands the words on as they were typed.  The fields are what the user wrote: what
 * they mean is sd-spec's business (docker's rules), except for those that the driver acts on.
 * NULL, false or an empty list: not given.  An empty string was given.
 *
 * A program that adds options of its own puts the struct first in its args and the entries first
 * in its table:
 *
 *	struct args { struct sd_run_options run; bool explain; };
 *	static const struct sd_opt opts[] = {
 *	#include "run_options.def"
 *		SD_OPT_FLAG(struct args, explain, 0, "explain", "..."),
 *		SD_OPT_END,
 *	};
 */
#ifndef SD_RUN_OPTIONS_H
#define SD_RUN_OPTIONS_H

#include <stdbool.h>
#include "str.h"
#include "tool.h"

struct sd_run_options {
	/* What the driver acts on; and on `network` and `publish`. */
	bool detach, rm, quiet, sig_proxy;
	const char *cidfile, *pull;
	struct sd_strv attach;

	/* The program. */
	bool interactive, tty, init;
	const char *name, *entrypoint, *workdir, *user, *umask, *hostname, *domainname;
	bool no_healthcheck;
	const char *restart, *health_cmd, *health_interval, *health_timeout, *health_retries;
	const char *health_start_period, *health_start_interval;
	const char *detach_keys, *log_driver, *stop_signal, *stop_timeout, *platform, *rootfs;
	struct sd_strv log_opt, env, env_file, group_add, label, label_file, annotation;

	/* Its files. */
	bool read_only;
	const char *shm_size;
	struct sd_strv volume, mount, tmpfs, volumes_from;

	/* Its limits. */
	const char *memory, *memory_swap, *memory_reservation, *memory_swappiness;
	const char *cpus, *cpu_percent, *cpu_shares, *cpu_period, *cpu_quota;
	const char *cpuset_cpus, *cpuset_mems, *pids_limit, *blkio_weight, *oom_score_adj;
	struct sd_strv device_read_bps, device_write_bps, device_read_iops, device_write_iops;
	struct sd_strv ulimit, sysctl;

	/* Its privileges. */
	bool privileged;
	struct sd_strv cap_add, cap_drop, security_opt, device, device_cgroup_rule;

	/* Its network. */
	bool publish_all;
	const char *ip, *ip6, *mac_address;
	struct sd_strv network, network_alias, publish, expose, link;
	struct sd_strv dns, dns_search, dns_option, add_host;

	/* Its other namespaces. */
	const char *ipc, *pid, *uts, *userns, *cgroupns, *cgroup_parent;
};

/* The table for a bare struct sd_run_options. */
extern const struct sd_opt sd_run_opts[];

/*
 * The study's spellings, before argv is parsed (argv[0] is skipped): -cpu, -cpuset, -cpushare and
 * -net become --cpu-percent, --cpuset-cpus, --cpu-shares and --network, which getopt would read
 * as bundles of letters.  Only exact words that stand in the place of an option are taken, and
 * none after the first operand, where the container's own command begins.  (-it and -ti are
 * bundles of letters, and need nothing.)
 */
void sd_run_args_normalise(int argc, char **argv);

#endif
