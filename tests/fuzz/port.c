/* SPDX-License-Identifier: Apache-2.0 */
/* A published port: what is taken lies within bounds, one entry a container port. */
#include "fuzz.h"

#include "port.h"

/* 65535 entries, all of whose pieces would be kept to notice their use after they were freed. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=16";
}

static void must_be_port(const struct sd_json *entry, const char *key, int64_t min)
{
	int64_t n = min;

	if (sd_json_member(entry, key))
		must(sd_json_int_value(sd_json_member(entry, key), &n));
	must(n >= min && n <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_free char *text = fuzz_text(data, size);
	sd_auto_json struct sd_json *ports = sd_json_new_array();
	sd_auto_strv struct sd_strv exposed = {0};
	struct sd_json *entry;
	struct sd_err e = {0};
	size_t i;

	if (sd_port_exposed(text, "--expose", &exposed, &e) < 0)
		must_explain(&e);
	if (sd_port_parse(text, "--publish", ports, &e) < 0) {
		must_explain(&e);
		must(sd_json_len(ports) == 0);
		return 0;
	}
	must(sd_json_len(ports) > 0);
	sd_json_array_foreach (ports, i, entry) {
		const char *protocol = sd_json_string_value(sd_json_member(entry, "protocol"));

		must(protocol && sd_port_protocol_valid(protocol));
		must(sd_json_member(entry, "containerPort") != NULL);
		must_be_port(entry, "containerPort", 1);
		must_be_port(entry, "hostPort", 0);
		must_be_port(entry, "hostPortEnd", 0);
	}
	return 0;
}
