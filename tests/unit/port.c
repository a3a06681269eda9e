/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdlib.h>
#include "port.h"

static void assert_parsed(const char *text, const char *json)
{
	struct sd_json *ports = sd_json_new_array();
	struct sd_err e = {0};
	char *got;

	if (sd_port_parse(text, "-p", ports, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	got = sd_json_text(ports);
	assert_string_equal(got, json);
	free(got);
	sd_json_unref(ports);
}

static void as_docker_writes_them(void **state)
{
	assert_parsed("80", "[{\"containerPort\":80,\"protocol\":\"tcp\"}]");
	assert_parsed("0:80", "[{\"containerPort\":80,\"protocol\":\"tcp\"}]");
	assert_parsed(
		"8080:80/udp", "[{\"hostPort\":8080,\"containerPort\":80,\"protocol\":\"udp\"}]");
	assert_parsed("127.0.0.1:8080:80", "[{\"hostIP\":\"127.0.0.1\",\"hostPort\":8080,"
					   "\"containerPort\":80,\"protocol\":\"tcp\"}]");
	assert_parsed("127.0.0.1::80/sctp", "[{\"hostIP\":\"127.0.0.1\",\"containerPort\":80,"
					    "\"protocol\":\"sctp\"}]");
	assert_parsed("[::1]:8080:80", "[{\"hostIP\":\"::1\",\"hostPort\":8080,"
				       "\"containerPort\":80,\"protocol\":\"tcp\"}]");
	assert_parsed("[fd00:0::1]::80",
		"[{\"hostIP\":\"fd00::1\",\"containerPort\":80,\"protocol\":\"tcp\"}]");
}

static void ranges(void **state)
{
	assert_parsed("8000-8010:80", "[{\"hostPort\":8000,\"hostPortEnd\":8010,"
				      "\"containerPort\":80,\"protocol\":\"tcp\"}]");
	assert_parsed("90-91", "[{\"containerPort\":90,\"protocol\":\"tcp\"},"
			       "{\"containerPort\":91,\"protocol\":\"tcp\"}]");
	assert_parsed("8000-8001:90-91",
		"[{\"hostPort\":8000,\"containerPort\":90,\"protocol\":\"tcp\"},"
		"{\"hostPort\":8001,\"containerPort\":91,\"protocol\":\"tcp\"}]");
}

static void refused(void **state)
{
	static const char *const texts[] = {"", "x", "0", "65536", "80/", "80/icmp", "80/tcp/udp",
		"8080:", "a:80", "8080:80:90", "1.2.3:80:80", "90-80", "1-2:1-3", "5:1-3", "0-5:80",
		"-80", "80-", "[::1:80:80", " 80", "+80", NULL};
	struct sd_json *ports = sd_json_new_array();
	struct sd_err e;

	for (size_t i = 0; texts[i]; i++)
		if (sd_port_parse(texts[i], "-p", ports, &e) == 0)
			fail_msg("'%s' was taken", texts[i]);
	assert_int_equal(sd_json_len(ports), 0);
	sd_port_parse("5:1-3", "-p", ports, &e);
	assert_string_equal(e.text, "-p: '5:1-3': the two ranges are of different length");
	sd_port_parse("80/icmp", "-p", ports, &e);
	assert_string_equal(e.text, "-p: 'icmp' is none of tcp, udp, sctp");
	sd_json_unref(ports);
}

static void exposed(void **state)
{
	struct sd_strv l = {0};
	struct sd_err e;

	assert_int_equal(sd_port_exposed("80", "--expose", &l, &e), 0);
	assert_int_equal(sd_port_exposed("79-81/tcp", "--expose", &l, &e), 0);
	assert_int_equal(sd_port_exposed("80/udp", "--expose", &l, &e), 0);
	assert_int_equal(l.n, 4);
	assert_string_equal(l.v[0], "80/tcp");
	assert_string_equal(l.v[1], "79/tcp");
	assert_string_equal(l.v[2], "81/tcp");
	assert_string_equal(l.v[3], "80/udp");
	assert_int_equal(sd_port_exposed("8080:80", "--expose", &l, &e), -1);
	sd_strv_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_docker_writes_them),
		cmocka_unit_test(ranges),
		cmocka_unit_test(refused),
		cmocka_unit_test(exposed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
