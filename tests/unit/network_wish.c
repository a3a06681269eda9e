/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "cleanup.h"
#include "network_wish.h"

static void parse(const char *text, enum sd_network_kind kind, const char *name)
{
	sd_auto_network_wish struct sd_network_wish w = {0};
	struct sd_err e;

	assert_int_equal(sd_network_wish_parse(text, &w, &e), 0);
	assert_int_equal(w.kind, kind);
	if (name)
		assert_string_equal(w.name, name);
	else
		assert_null(w.name);
}

static void kinds(void **state)
{
	parse("none", SD_NETWORK_NONE, NULL);
	parse("host", SD_NETWORK_HOST, NULL);
	parse("container:web", SD_NETWORK_CONTAINER, "web");
	parse("ns:/run/netns/a=b,c", SD_NETWORK_PATH, "/run/netns/a=b,c");
	parse("default", SD_NETWORK_NAMED, "bridge");
	parse("name=default", SD_NETWORK_NAMED, "bridge");
	parse("hosts", SD_NETWORK_NAMED, "hosts");
	parse("a:alias=b", SD_NETWORK_NAMED, "a");
	parse("alias=b,name=a", SD_NETWORK_NAMED, "a");
	parse("name=a,ip6=fd00::7", SD_NETWORK_NAMED, "a");
}

static void json(const char *text, const char *expected)
{
	sd_auto_network_wish struct sd_network_wish w = {0};
	sd_auto_json struct sd_json *j = NULL;
	sd_auto_free char *is = NULL;
	struct sd_err e;

	assert_int_equal(sd_network_wish_parse(text, &w, &e), 0);
	j = sd_network_wish_json(&w);
	is = sd_json_text(j);
	assert_string_equal(is, expected);
}

static void wishes(void **state)
{
	json("a", "{\"name\":\"a\"}");
	json("name=a,ip6=fd00:0::7,ip=10.0.0.7",
		"{\"name\":\"a\",\"ips\":[\"10.0.0.7\",\"fd00::7\"]}");
	json("a:ip=fd00::7,mac=02-42-AC-11-00-02,alias=x,alias=y,alias=x",
		"{\"name\":\"a\",\"ips\":[\"fd00::7\"],\"mac\":\"02:42:ac:11:00:02\","
		"\"aliases\":[\"x\",\"y\"]}");
}

static void mistakes(void **state)
{
	static const char *const bad[] = {"container:", "ns:", "name=", "alias=a", "a:", "a:x",
		"a:ip=10.0.0.1,ip=10.0.0.2", "a:ip6=10.0.0.1", "a:mac=03:00:00:00:00:00",
		"a:alias=", "a:alias=x y", "a:alias=x#", "a:foo=1", "=", ":"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		sd_auto_network_wish struct sd_network_wish w = {0};
		struct sd_err e = {0};

		assert_int_equal(sd_network_wish_parse(bad[i], &w, &e), -1);
		assert_non_null(strstr(e.text, "--network: "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(wishes),
		cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests_name("network_wish", tests, NULL, NULL);
}
