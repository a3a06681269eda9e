/* SPDX-License-Identifier: Apache-2.0 */
/* In network namespaces of its own, so as root. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include "cleanup.h"
#include "netlink.h"

static const unsigned char mac[SD_MAC_LEN] = {2, 0x42, 10, 9, 0, 1};

struct nets {
	struct sd_nl here, there;
	int netns; /* that of `there` */
	int bridge;
	struct sd_err e;
};

static int new_netns(void)
{
	return unshare(CLONE_NEWNET) < 0 ? -1 : open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

/* A bridge br7 here, which a veth "end" leads to from "eth0" there. */
static int joined(void **state)
{
	static struct nets n;
	struct sd_bridge bridge = {"br7", 1400, mac};
	struct sd_link link;

	n = (struct nets){.netns = new_netns()};
	if (n.netns < 0 || unshare(CLONE_NEWNET) < 0 || sd_nl_open(&n.here, -1, &n.e) < 0 ||
		sd_nl_open(&n.there, n.netns, &n.e) < 0 ||
		sd_nl_bridge_add(&n.here, &bridge, &n.e) < 0 ||
		sd_nl_link_get(&n.here, "br7", &link, &n.e) != 1)
		return -1;
	n.bridge = link.index;
	struct sd_veth veth = {.name = "end",
		.master = n.bridge,
		.group = 7,
		.mtu = 1400,
		.peer = "eth0",
		.peer_netns = n.netns,
		.peer_mac = mac};
	*state = &n;
	return sd_nl_veth_add(&n.here, &veth, &n.e);
}

static int parted(void **state)
{
	struct nets *n = *state;

	sd_nl_close(&n->here);
	sd_nl_close(&n->there);
	close(n->netns);
	return 0;
}

static struct sd_addr subnet(const char *text)
{
	struct sd_addr a;
	struct sd_err e;

	assert_int_equal(sd_addr_parse_subnet(text, "test", &a, &e), 0);
	return a;
}

static void links(void **state)
{
	struct nets *n = *state;
	sd_auto_free struct sd_link *all = NULL;
	struct sd_bridge again = {"br7", 0, NULL};
	struct sd_link link;
	size_t count;

	assert_int_equal(sd_nl_link_get(&n->here, "end", &link, &n->e), 1);
	assert_int_equal(link.master, n->bridge);
	assert_string_equal(link.kind, "veth");
	assert_int_equal(link.group, 7);
	assert_int_equal(link.mtu, 1400);
	assert_true(link.up);
	assert_int_equal(sd_nl_link_get(&n->there, "eth0", &link, &n->e), 1);
	assert_memory_equal(link.mac, mac, SD_MAC_LEN);
	assert_false(link.up);
	assert_int_equal(sd_nl_link_up(&n->there, link.index, &n->e), 0);
	assert_int_equal(sd_nl_port_set(&n->here, "end", true, true, &n->e), 0);
	assert_int_equal(sd_nl_link_list(&n->here, &all, &count, &n->e), 0);
	assert_int_equal(count, 3);
	assert_int_equal(sd_nl_link_get(&n->here, "eth0", &link, &n->e), 0);
	assert_fails(sd_nl_bridge_add(&n->here, &again, &n->e), n->e,
		"create the bridge br7: File exists");
	assert_int_equal(n->e.errnum, EEXIST);
	assert_fails(sd_nl_port_set(&n->here, "br7", true, false, &n->e), n->e,
		"set the port br7 of its bridge: Operation not supported");
	assert_int_equal(sd_nl_link_del(&n->here, "end", &n->e), 1);
	assert_int_equal(sd_nl_link_del(&n->here, "end", &n->e), 0);
	assert_int_equal(sd_nl_link_get(&n->there, "eth0", &link, &n->e), 0);
}

static void addresses(void **state)
{
	struct nets *n = *state;
	sd_auto_free struct sd_nl_addr *all = NULL;
	struct sd_addr v4 = subnet("10.9.0.1/24"), v6 = subnet("fd09::1/64");
	size_t count, found = 0;

	assert_int_equal(sd_nl_addr_add(&n->here, n->bridge, &v4, &n->e), 0);
	assert_int_equal(sd_nl_addr_add(&n->here, n->bridge, &v6, &n->e), 0);
	assert_fails(sd_nl_addr_add(&n->here, n->bridge, &v4, &n->e), n->e,
		"add the address 10.9.0.1/24: File exists");
	assert_int_equal(sd_nl_addr_list(&n->here, &all, &count, &n->e), 0);
	for (size_t i = 0; i < count; i++)
		found += all[i].link == n->bridge && all[i].addr.prefix == 24 &&
			 sd_addr_compare(&all[i].addr, &v4) == 0;
	assert_int_equal(found, 1);
	assert_int_equal(sd_nl_addr_del(&n->here, n->bridge, &v4, &n->e), 0);
	assert_int_equal(sd_nl_addr_del(&n->here, n->bridge, &v4, &n->e), -1);
	assert_int_equal(n->e.errnum, EADDRNOTAVAIL);
}

static void routes(void **state)
{
	struct nets *n = *state;
	sd_auto_free struct sd_nl_route *all = NULL;
	struct sd_addr own = subnet("10.9.0.2/24"), gateway = subnet("10.9.0.1/24");
	struct sd_nl_route route = {.dst = {.family = AF_INET}, .gateway = gateway};
	struct sd_link link;
	size_t count;

	assert_int_equal(sd_nl_link_get(&n->there, "eth0", &link, &n->e), 1);
	route.link = link.index;
	assert_fails(sd_nl_route_add(&n->there, &route, &n->e), n->e,
		"add the route default via 10.9.0.1: ");
	assert_int_equal(sd_nl_addr_add(&n->there, link.index, &own, &n->e), 0);
	assert_int_equal(sd_nl_link_up(&n->there, link.index, &n->e), 0);
	assert_int_equal(sd_nl_route_add(&n->there, &route, &n->e), 0);
	assert_int_equal(sd_nl_route_add(&n->there, &route, &n->e), -1);
	assert_int_equal(n->e.errnum, EEXIST);
	assert_int_equal(sd_nl_route_list(&n->there, &all, &count, &n->e), 0);
	for (size_t i = 0; i < count; i++)
		if (all[i].dst.family == AF_INET && !all[i].dst.prefix)
			assert_int_equal(sd_addr_compare(&all[i].gateway, &gateway), 0);
	assert_in_range(count, 2, 4);
	assert_int_equal(sd_nl_route_del(&n->there, &route, &n->e), 0);
	assert_int_equal(sd_nl_route_del(&n->there, &route, &n->e), -1);
	assert_int_equal(n->e.errnum, ESRCH);
}

static void a_file_that_is_no_namespace(void **state)
{
	sd_auto_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct sd_nl nl = {0};
	struct sd_err e;

	assert_fails(sd_nl_open(&nl, fd, &e), e, "join the net namespace: Invalid argument");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(links, joined, parted),
		cmocka_unit_test_setup_teardown(addresses, joined, parted),
		cmocka_unit_test_setup_teardown(routes, joined, parted),
		cmocka_unit_test(a_file_that_is_no_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
