/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a subnet's leases, behind its header: the first half of the input are keys, the
 * second owners.  What is not refused is whole, and stays so.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <sys/file.h>
#include "io.h"
#include "../../tools/sd-ipam/sd-ipam.h"

#define KEYS_AT	  4096
#define OWNERS_AT (4096 + 1024 * 16)

static char dir[] = "/tmp/sd-fuzz-XXXXXX";

static void remove_dir(void)
{
	struct sd_err ignored;

	sd_remove_tree(AT_FDCWD, dir, &ignored);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	must(mkdtemp(dir) && setenv("SDOCKER_RUN", dir, 1) == 0 && atexit(remove_dir) == 0);
	return 0;
}

static void write_file(const struct sd_addr *subnet, const uint8_t *data, size_t size)
{
	auto_leases struct leases l = {0};
	struct sd_err e;

	must(leases_open(&l, subnet, LOCK_EX, &e) == 1);
	must(ftruncate(l.fd, KEYS_AT) == 0);
	must(pwrite(l.fd, data, size / 2, KEYS_AT) >= 0);
	must(pwrite(l.fd, data + size / 2, size - size / 2, OWNERS_AT) >= 0);
}

/* All owners can be read; -1: refused. */
static int read_all(const struct leases *l, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	size_t n = 0;

	for (size_t s = leases_next(l, 0); s < l->slots; s = leases_next(l, s + 1), n++) {
		struct owner o;

		if (leases_owner(l, s, &text, &o, e) < 0)
			return -1;
		must(*o.id);
	}
	must(n == l->taken);
	return 0;
}

static void add_one(struct leases *l, const struct range *r, uint64_t *offset)
{
	const struct owner o = {"somebody", "", "", ""};
	struct sd_err e;

	must(range_free(r, l, offset, 1) == 1);
	must(*offset >= r->first && *offset <= r->last && *offset != r->reserved[0]);
	for (size_t s = leases_next(l, 0); s < l->slots; s = leases_next(l, s + 1))
		must(leases_offset(l, s) != *offset);
	must(leases_add(l, *offset, &o, &e) == 0);
}

static void remove_all(struct leases *l, uint64_t added)
{
	struct sd_err e;
	bool found = false;

	for (size_t s = leases_next(l, 0); s < l->slots; s = leases_next(l, s + 1)) {
		found |= leases_offset(l, s) == added;
		must(leases_remove(l, s, &e) == 0);
	}
	must(found && l->taken == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sd_strv none;
	const struct range_words words = {.subnet = "10.0.0.0/8", .reserved = &none};
	auto_ranges struct ranges ranges = {0};
	auto_leases struct leases l = {0}, again = {0}, empty = {0};
	const struct range *r;
	struct sd_err e = {0};
	uint64_t offset;

	must(ranges_of_words(&ranges, &words, &e) == 0);
	r = &ranges.v[0].v[0];
	write_file(&r->subnet, data, size);
	if (leases_open(&l, &r->subnet, LOCK_EX, &e) < 0 || read_all(&l, &e) < 0) {
		must_explain(&e);
		unlink(l.path);
		return 0;
	}
	add_one(&l, r, &offset);
	leases_close(&l);
	must(leases_open(&again, &r->subnet, LOCK_EX, &e) == 1 && read_all(&again, &e) == 0);
	remove_all(&again, offset);
	leases_close(&again);
	must(leases_open(&empty, &r->subnet, LOCK_SH, &e) == 1 && empty.taken == 0);
	return 0;
}
