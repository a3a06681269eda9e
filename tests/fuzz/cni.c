/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a CNI network: what its IPAM leases of lies within its subnets. */
#include "fuzz.h"

#include "../../tools/sd-ipam/sd-ipam.h"

static void must_be_range(const struct range *r)
{
	const struct leases none = {0};
	struct sd_addr first = sd_addr_plus(&r->subnet, r->first);
	struct sd_addr last = sd_addr_plus(&r->subnet, r->last);
	uint64_t offset;

	must(r->first >= 1 && r->first <= r->last && r->last < UINT64_MAX);
	must(sd_addr_in(&first, &r->subnet) && sd_addr_in(&last, &r->subnet));
	must(sd_addr_in(&r->gateway, &r->subnet));
	if (!range_free(r, &none, &offset, 1))
		return;
	must(offset >= r->first && offset <= r->last);
	for (size_t i = 0; i < r->n_reserved; i++)
		must(r->reserved[i] != offset);
}

static void must_be_result(const struct sd_json *j)
{
	static const char *const versions[] = {"0.3.1", "1.0.0", "1.1.0"};

	for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
		sd_auto_json struct sd_json *result = sd_cni_result(j, versions[i]);
		const char *said = sd_json_string_value(sd_json_member(result, "cniVersion"));

		must(said && strcmp(said, versions[i]) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_json struct sd_json *j = NULL;
	auto_ranges struct ranges ranges = {0};
	struct sd_err e = {0};

	j = sd_json_parse((const char *)data, size, "conf", &e);
	if (!sd_json_is_object(j))
		return 0;
	must_be_result(j);
	if (ranges_read(&ranges, sd_json_member(j, "ipam"),
		    sd_json_get(j, "runtimeConfig.ipRanges"), &e) < 0) {
		must_explain(&e);
		return 0;
	}
	must(ranges.n > 0);
	for (size_t i = 0; i < ranges.n; i++)
		for (size_t k = 0; k < ranges.v[i].n; k++)
			must_be_range(&ranges.v[i].v[k]);
	return 0;
}
