/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <sys/socket.h>
#include "address.h"

static struct sd_addr subnet(const char *text)
{
	struct sd_addr a;
	struct sd_err e;

	assert_int_equal(sd_addr_parse_subnet(text, "test", &a, &e), 0);
	return a;
}

static struct sd_addr address(const char *text)
{
	struct sd_addr a;
	struct sd_err e;

	assert_int_equal(sd_addr_parse(text, "test", &a, &e), 0);
	return a;
}

static void assert_text(struct sd_addr a, const char *text)
{
	char buf[SD_ADDR_LEN];

	assert_string_equal(sd_addr_text(&a, buf), text);
}

static void refused(void **state)
{
	static const char *const subnets[] = {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33",
		"10.0.0/24", "10.0.0.0/-1", "10.0.0.0/ 8", "fd00::/129", "/24", "010.0.0.1/8",
		NULL};
	struct sd_addr a;
	struct sd_err e;

	for (size_t i = 0; subnets[i]; i++)
		assert_int_equal(sd_addr_parse_subnet(subnets[i], "--subnet", &a, &e), -1);
	assert_int_equal(sd_addr_parse_subnet("x", "--subnet", &a, &e), -1);
	assert_string_equal(e.text, "--subnet: 'x' is not a subnet, as 10.1.2.0/24 is");
	assert_int_equal(sd_addr_parse("10.0.0.0/8", "--ip", &a, &e), -1);
	assert_string_equal(e.text, "--ip: '10.0.0.0/8' is not an IP address");
}

static void ends_of_a_subnet(void **state)
{
	static const struct {
		const char *subnet, *first, *last;
	} cases[] = {
		{"192.168.10.1/24", "192.168.10.0", "192.168.10.255"},
		{"10.255.129.7/17", "10.255.128.0", "10.255.255.255"},
		{"1.2.3.4/0", "0.0.0.0", "255.255.255.255"},
		{"1.2.3.4/32", "1.2.3.4", "1.2.3.4"},
		{"fd31::5/64", "fd31::", "fd31::ffff:ffff:ffff:ffff"},
		{"fd31:ffff::/20", "fd31:f000::", "fd31:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sd_addr a = subnet(cases[i].subnet);

		assert_text(sd_addr_network(&a), cases[i].first);
		assert_text(sd_addr_last(&a), cases[i].last);
	}
}

static void steps(void **state)
{
	struct sd_addr a = address("10.0.0.255"), b = address("fd00::ffff:ffff:ffff:ffff"), c;

	assert_text(sd_addr_plus(&a, 1), "10.0.1.0");
	assert_text(sd_addr_plus(&a, 65536), "10.1.0.255");
	assert_text(sd_addr_plus(&b, 1), "fd00:0:0:1::");
	c = address("10.1.0.0");
	assert_true(sd_addr_distance(&a, &c) == 65281);
	assert_true(sd_addr_distance(&c, &a) == UINT64_MAX);
	c = address("fd00::1:0:0:0:0");
	assert_true(sd_addr_distance(&b, &c) == 1);
	b = address("fd00::");
	assert_true(sd_addr_distance(&b, &c) == UINT64_MAX);
	assert_true(sd_addr_distance(&b, &b) == 0);
}

static void inside(void **state)
{
	struct sd_addr n = subnet("10.1.0.0/16"), m = subnet("10.1.255.1/24");
	struct sd_addr o = subnet("10.2.0.0/15"), six = subnet("::/0");
	struct sd_addr in = address("10.1.255.255"), out = address("10.2.0.0");

	assert_true(sd_addr_in(&in, &n));
	assert_false(sd_addr_in(&out, &n));
	assert_false(sd_addr_in(&in, &six));
	assert_true(sd_addr_overlap(&n, &m));
	assert_true(sd_addr_overlap(&m, &n));
	assert_false(sd_addr_overlap(&n, &o));
	assert_false(sd_addr_overlap(&n, &six));
}

static void loopback(void **state)
{
	struct sd_addr a = address("127.8.0.1"), b = address("::1"), c = address("::2");

	assert_true(sd_addr_is_loopback(&a));
	assert_true(sd_addr_is_loopback(&b));
	assert_false(sd_addr_is_loopback(&c));
}

static void link_local(void **state)
{
	struct sd_addr a = address("169.254.0.1"), b = address("febf::1"), c = address("fec0::1");

	assert_true(sd_addr_is_link_local(&a));
	assert_true(sd_addr_is_link_local(&b));
	assert_false(sd_addr_is_link_local(&c));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(ends_of_a_subnet),
		cmocka_unit_test(steps),
		cmocka_unit_test(inside),
		cmocka_unit_test(loopback),
		cmocka_unit_test(link_local),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
