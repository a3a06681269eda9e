/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-bridge - bridges, and the links by which containers are joined to them.  A filter; by hand
 * all of it; and where CNI_COMMAND is set a CNI plugin.
 *
 * Theory of operation.  A bridge is a switch in the kernel; a veth is a cable: what goes in at one
 * end comes out at the other.  A container is connected by a cable from its network namespace to
 * a port of the bridge, and the bridge's own address is the gateway by which it leaves the host.
 *
 *   create	1. the bridge, with its mtu and a MAC address of its own
 *		2. no router advertisements are taken from its ports, before there is one
 *		3. its addresses; IPv6 ones are not probed for another holder, which takes a second
 *		4. up: what is not up is not finished, and the next command does it again
 *   connect	1. the bridge, made again where it is gone
 *		2. the cable, in one request: this end up and a port of the bridge, the other end
 *		   born in the namespace.  Moved there later it would wait for all readers of the
 *		   kernel's device lists (10 ms and more)
 *		3. inside: settings, addresses, then up, then routes, which a link that is down
 *		   cannot have
 *		4. the default route, where this network is the one to lead out
 *   disconnect	by name while it runs; at its end the port is disabled and the kernel removes the
 *		cable with the namespace, which nobody waits for
 *   rm		cables that are left, then the bridge
 *
 * The name of a cable's end on the host follows from the container's id and the interface's name,
 * so what a connect that was killed has left is found by the next command.
 */
#include "sd-bridge.h"

static const struct sd_opt no_opts[] = {SD_OPT_END};

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "create",
			.synopsis = "[BRIDGE]",
			.summary = "make a network's bridge",
			.opts = create_opts,
			.args_size = create_size,
			.run = verb_create,
			.permute = true},
		{.name = "connect",
			.synopsis = "[BRIDGE]",
			.summary =
				"connect a container to its networks, or a namespace to a bridge",
			.opts = connect_opts,
			.args_size = connect_size,
			.run = verb_connect,
			.permute = true},
		{.name = "disconnect",
			.summary = "take it off its networks",
			.opts = disconnect_opts,
			.args_size = disconnect_size,
			.run = verb_disconnect},
		{.name = "rm",
			.synopsis = "[BRIDGE]",
			.summary = "remove a bridge, and the links that are left on it",
			.opts = no_opts,
			.run = verb_rm},
		{0},
	};
	const struct sd_tool tool = {"sd-bridge", "bridges, and containers' links to them", verbs,
		.epilog = "Without operands a filter: create and rm read a network's document on "
			  "standard\ninput, connect and disconnect a container's.  A CNI plugin "
			  "where CNI_COMMAND is set."};

	if (sd_cni_asked(argc))
		return sd_cni_main(&cni_plugin);
	return sd_tool_main(&tool, argc, argv);
}
