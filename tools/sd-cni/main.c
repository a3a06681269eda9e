/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-cni - networks by any CNI plugin: the side of the runtime.
 *
 * A filter, for the networks whose plugin is not sd-bridge, which reads the document itself.
 *
 * Theory of operation (CNI specification 1.1, section 4).  A network is a list of plugins.  ADD
 * runs them in order, each with the result of the one before as prevResult; DEL in reverse, each
 * with the last result.  Who and where stands in the environment (CNI_CONTAINERID, CNI_NETNS,
 * CNI_IFNAME), what on standard input; wishes such as an address are handed to the plugins that
 * say by their `capabilities` that they can fulfil them, and the result is compared with them.
 *
 * What is asked of a plugin is written down before it is asked, with its configuration, and what
 * it answered after: a DEL can then be the inverse of the very ADD, though it was cut short, the
 * network is configured otherwise by now, or the machine has been booted, which the leases of some
 * IPAM plugins survive.
 *
 * A plugin that is older than the list is asked which versions it speaks, and the newest that all
 * plugins of the list do is spoken.
 */
#include "sd-cni.h"

static const struct sd_opt no_opts[] = {SD_OPT_END};

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "add",
			.summary = "connect a container to its networks",
			.opts = add_opts,
			.args_size = add_size,
			.run = verb_add},
		{.name = "del",
			.summary = "disconnect it",
			.opts = del_opts,
			.args_size = del_size,
			.run = verb_del},
		{.name = "check",
			.summary = "ask the plugins whether all is as they left it",
			.opts = check_opts,
			.args_size = check_size,
			.run = verb_check},
		{.name = "status",
			.synopsis = "[NETWORK]...",
			.summary =
				"ask the plugins of networks whether they could connect one more",
			.opts = no_opts,
			.run = verb_status},
		{.name = "gc",
			.synopsis = "[NETWORK]...",
			.summary = "let the plugins remove what no container has any more",
			.opts = no_opts,
			.run = verb_gc},
		{0},
	};
	const struct sd_tool tool = {"sd-cni", "networks by any CNI plugin", verbs,
		.epilog = "Plugins are looked for in CNI_PATH (" SD_CNI_PATH
			  "), then beside this program."};

	return sd_tool_main(&tool, argc, argv);
}
