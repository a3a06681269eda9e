/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-monitor - own a container's process.  A filter.
 *
 *	create	reads the document, leaves one process behind (the monitor) that is the parent of
 *		the container's first process, and prints the document once that process stands at
 *		the gate with everything done but the exec.
 *	exec	runs a chain that enters the container: its program is a child of this process, which
 *		ends with its exit code.
 *	wait	stands in the foreground for a container: copies the standard streams that are not
 *		the program's directly, forwards signals and window sizes, and ends with its exit
 *		code.
 *	stop	ends it: its stop signal, then, where that does not help in time, SIGKILL.
 *	kill	sends it a signal.
 *	dismiss	has the monitor start it no more, before what it has is removed.
 *	logs	prints what it has written.
 *
 * The monitor is needed because an exit status is told to the parent alone (wait(2)), and
 * because somebody must hold the master of a pty when no terminal does.  sd-unshare makes the
 * first process with CLONE_PARENT, so that it is the monitor's own child and no process stands
 * between them.
 *
 *	sd-monitor create --- ends when the document is printed
 *	  `- monitor          session of its own; ends with the container, by becoming the driver
 *	       |- sd-cgset join, becomes sd-unshare; ends when the first process is made
 *	       `- first process: sd-layer enter, becomes sd-pivot, sd-confine, the program
 *
 * If the monitor is killed the container goes on: its gate and verdict are FIFOs, its record is
 * checked against the kernel, and only its exit code is lost, which is said.
 */
#include "sd-monitor.h"

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "create",
			.synopsis = "-- CHAIN...",
			.summary = "run the chain up to the gate, under a monitor",
			.opts = monitor_create_opts,
			.args_size = monitor_create_size,
			.run = monitor_create},
		{.name = "exec",
			.synopsis = "-- CHAIN...",
			.summary =
				"run the chain's program in the container; end with its exit code",
			.opts = monitor_exec_opts,
			.args_size = monitor_exec_size,
			.run = monitor_exec},
		{.name = "wait",
			.summary = "stand in the foreground; end with its exit code",
			.opts = monitor_wait_opts,
			.args_size = monitor_wait_size,
			.init = monitor_wait_init,
			.run = monitor_wait},
		{.name = "stop",
			.summary = "end it: a signal, and SIGKILL where that does not help in time",
			.opts = monitor_stop_opts,
			.args_size = monitor_stop_size,
			.run = monitor_stop},
		{.name = "kill",
			.summary = "send it a signal",
			.opts = monitor_kill_opts,
			.args_size = monitor_stop_size,
			.run = monitor_kill},
		{.name = "dismiss",
			.summary = "have its monitor start it no more: for its removal",
			.opts = monitor_dismiss_opts,
			.run = monitor_dismiss},
		{.name = "logs",
			.summary = "print what it has written",
			.opts = monitor_logs_opts,
			.args_size = monitor_logs_size,
			.run = monitor_logs},
		{0},
	};
	const struct sd_tool tool = {"sd-monitor", "own a container's process", verbs,
		.epilog = "All verbs but exec write the document that they read."};

	return sd_tool_main(&tool, argc, argv);
}
