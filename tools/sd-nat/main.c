/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-nat - what gets through between containers, the host and the world: address translation.
 *
 * masquerade and unmasquerade are filters of a network's document, publish and unpublish of a
 * container's; with options they are used by hand.
 *
 * Theory of operation.  Each network and each container with published ports has chains of its own
 * (chains.c), whose names derive from its id: so any later command finds them, and they are made,
 * filled, emptied and removed without a look at anybody else's rules.  A change is one
 * iptables-restore --noflush, which the kernel takes whole or not at all.
 *
 * To publish, in this order:
 *	1. bind the host's port: it fails at once where another has it
 *	2. hand the socket to the container's monitor, which keeps it until the end, so that nobody
 *	   else gets the port while rules take its packets away
 *	3. one iptables-restore; where it fails somebody has flushed the firewall, and all is
 *	   rebuilt from the records (sync.c)
 *	4. forget what conntrack knows of the port: a flow of UDP that began before would go on
 *	   where it went
 */
#include <sys/stat.h>
#include "sd-nat.h"

static const struct sd_opt no_opts[] = {SD_OPT_END};

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "masquerade",
			.summary = "let a network reach the world by the host's addresses",
			.opts = masquerade_opts,
			.args_size = masquerade_size,
			.run = verb_masquerade},
		{.name = "unmasquerade",
			.summary = "take a network's rules away",
			.opts = unmasquerade_opts,
			.args_size = unmasquerade_size,
			.run = verb_unmasquerade},
		{.name = "publish",
			.summary = "lead ports of the host to a container",
			.opts = publish_opts,
			.args_size = publish_size,
			.run = verb_publish},
		{.name = "unpublish",
			.summary = "take a container's published ports away",
			.opts = unpublish_opts,
			.args_size = unpublish_size,
			.run = verb_unpublish},
		{.name = "sync",
			.summary =
				"rebuild all rules from the records, after a flush of the firewall",
			.opts = no_opts,
			.run = verb_sync},
		{.name = "ls",
			.summary = "list what the rules do",
			.opts = no_opts,
			.run = verb_ls},
		{.name = "relay",
			.summary = "lead one connection to a container, as inetd would have it",
			.opts = relay_opts,
			.args_size = relay_size,
			.run = verb_relay},
		{0},
	};
	const struct sd_tool tool = {"sd-nat", "address translation for containers", verbs,
		.epilog = "Without options a verb reads a document, writes it, and does what it "
			  "says."};

	umask(077);
	return sd_tool_main(&tool, argc, argv);
}
