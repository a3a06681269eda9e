/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leases of one subnet: RUN/ipam/SUBNET, "10.88.0.0_16".
 *
 *	header	4 KiB: what it is, the boot it belongs to, the subnet, the cursor
 *	chunks	1024 keys of 16 bytes, then 1024 owners of 128 bytes; holes where none was yet
 *
 * A key says which address is leased (the offset in the subnet; 0: the slot is free), and has a
 * hash of the owner's id, so that whoever looks for an address or an owner reads keys alone: of a
 * full /16 a megabyte.  Who owns it stands in the slots of the same number: one, or for
 * a long name several in a row, of which the first has the key.
 *
 * Killed at any point, nobody leaves half a lease: owners are written before their keys, and keys
 * by one write(2) within a page, which is not cut short by a signal.  No rename, so that the lock
 * of the file is the lock of the subnet.  A file of an earlier boot is an empty one.
 */
#include "sd-ipam.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "proc.h"
#include "store.h"

#define MAGIC	  "sd-ipam leases 1"
#define PAGE	  4096
#define OWNER	  128
#define PER_CHUNK ((size_t)1024)
#define KEYS	  (PER_CHUNK * sizeof(struct key))
#define CHUNK	  (KEYS + PER_CHUNK * OWNER)
/* 16 million addresses: a full /8. */
#define CHUNKS_MAX (1u << 14)

struct header {
	char magic[24], boot[40], subnet[SD_ADDR_LEN];
	uint64_t cursor;
};

static off_t keys_at(size_t slot)
{
	return (off_t)(PAGE + slot / PER_CHUNK * CHUNK + slot % PER_CHUNK * sizeof(struct key));
}

static off_t owner_at(size_t slot)
{
	return (off_t)(PAGE + slot / PER_CHUNK * CHUNK + KEYS + slot % PER_CHUNK * OWNER);
}

static int damaged(const struct leases *l, struct sd_err *e)
{
	sd_fail(e, 0, "%s: damaged", l->path);
	return sd_hint(e, "remove it while no container runs");
}

/* Behind the end there are zeros: a chunk is as long as what was written of it. */
static int get(const struct leases *l, void *data, size_t len, off_t at, struct sd_err *e)
{
	ssize_t n = pread(l->fd, data, len, at);

	if (n < 0)
		return sd_fail(e, errno, "read %s", l->path);
	memset((char *)data + n, 0, len - (size_t)n);
	return 0;
}

static int put(const struct leases *l, const void *data, size_t len, off_t at, struct sd_err *e)
{
	ssize_t n = pwrite(l->fd, data, len, at);

	if (n == (ssize_t)len)
		return 0;
	return sd_fail(e, n < 0 ? errno : ENOSPC, "write %s", l->path);
}

/* 1: of this boot, 0: to begin with. */
static int read_header(struct leases *l, const struct header *ours, struct sd_err *e)
{
	struct header h;

	if (get(l, &h, sizeof(h), 0, e) < 0)
		return -1;
	if (!h.magic[0])
		return 0;
	if (memcmp(h.magic, ours->magic, sizeof(h.magic)) != 0 ||
		memcmp(h.subnet, ours->subnet, sizeof(h.subnet)) != 0)
		return damaged(l, e);
	l->cursor = h.cursor;
	return memcmp(h.boot, ours->boot, sizeof(h.boot)) == 0;
}

static int begin(struct leases *l, const struct header *ours, struct sd_err *e)
{
	l->cursor = 0;
	if (ftruncate(l->fd, 0) < 0)
		return sd_fail(e, errno, "truncate %s", l->path);
	return put(l, ours, sizeof(*ours), 0, e);
}

/* Each lease is followed by the slots that go on with it, in its chunk. */
static bool read_chunk(struct leases *l, size_t s)
{
	const size_t chunk_end = s + PER_CHUNK;

	while (s < chunk_end) {
		const struct key *k = &l->keys[s];
		size_t end = s + (k->offset ? k->slots : 1);

		if (k->offset == LEASES_CONTINUED || end <= s || end > chunk_end)
			return false;
		l->taken += k->offset != 0;
		if (!k->offset && s < l->free_from)
			l->free_from = s;
		while (++s < end)
			if (l->keys[s].offset != LEASES_CONTINUED)
				return false;
	}
	return true;
}

/* One call in place of a fault for each page; EINVAL: Linux before 5.14. */
static void populate(void *data, size_t len)
{
	uintptr_t begin = ((uintptr_t)data + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	uintptr_t end = ((uintptr_t)data + len) & ~(uintptr_t)(PAGE - 1);

	if (end > begin)
		(void)madvise((void *)begin, end - begin, MADV_POPULATE_WRITE);
}

static int read_keys(struct leases *l, struct sd_err *e)
{
	struct stat st;
	size_t chunks;

	if (fstat(l->fd, &st) < 0)
		return sd_fail(e, errno, "stat %s", l->path);
	chunks = st.st_size > PAGE ? ((size_t)st.st_size - PAGE + CHUNK - 1) / CHUNK : 0;
	if (chunks > CHUNKS_MAX)
		return damaged(l, e);
	l->slots = l->free_from = chunks * PER_CHUNK;
	l->keys = sd_malloc(l->slots * sizeof(*l->keys));
	populate(l->keys, l->slots * sizeof(*l->keys));
	for (size_t s = 0; s < l->slots; s += PER_CHUNK) {
		if (get(l, l->keys + s, KEYS, keys_at(s), e) < 0)
			return -1;
		if (!read_chunk(l, s))
			return damaged(l, e);
	}
	return 0;
}

static int open_file(const char *path, bool make, struct sd_err *e)
{
	sd_auto_free char *dir = sd_store_run("ipam");
	int flags = (make ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW;
	int fd = open(path, flags, 0600);

	if (fd >= 0 || errno != ENOENT || !make)
		return fd;
	return sd_mkdir_p(dir, 0700, e) < 0 ? -1 : open(path, flags, 0600);
}

/* What a file of this subnet begins with, made now. */
static int our_header(struct header *h, const struct sd_addr *subnet, struct sd_err *e)
{
	*h = (struct header){.magic = MAGIC "\n"};
	sd_addr_subnet_text(subnet, h->subnet);
	return sd_proc_boot_id(h->boot, e);
}

int leases_open(struct leases *l, const struct sd_addr *subnet, int how, struct sd_err *e)
{
	struct header ours;
	char address[SD_ADDR_LEN];
	int r;

	*l = (struct leases){.fd = -1, .subnet = *subnet};
	l->path = sd_store_run("ipam/%s_%u", sd_addr_text(subnet, address), subnet->prefix);
	if (our_header(&ours, subnet, e) < 0)
		return -1;
	l->fd = open_file(l->path, how == LOCK_EX, e);
	if (l->fd < 0)
		return errno == ENOENT && how == LOCK_SH ? 0
							 : sd_fail(e, errno, "open %s", l->path);
	while (flock(l->fd, how) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "lock %s", l->path);
	r = read_header(l, &ours, e);
	if (r > 0)
		return read_keys(l, e) < 0 ? -1 : 1;
	if (r == 0 && how == LOCK_EX)
		return begin(l, &ours, e) < 0 ? -1 : 1;
	return r;
}

void leases_close(struct leases *l)
{
	/* One that never was opened is all zeros. */
	if (l->path)
		sd_close_fd(&l->fd);
	free(l->path);
	free(l->keys);
	*l = (struct leases){.fd = -1};
}

int leases_owner(
	const struct leases *l, size_t s, struct sd_buf *text, struct owner *o, struct sd_err *e)
{
	size_t len = l->keys[s].slots * (size_t)OWNER;
	sd_auto_free char *raw = sd_malloc(len);

	if (get(l, raw, len, owner_at(s), e) < 0)
		return -1;
	text->len = 0;
	sd_buf_add(text, raw, len);
	return owner_unpack(text->data, len, o) ? 0 : damaged(l, e);
}

/* The first of `n` free slots in a row in one chunk; behind the last one where there are none. */
static size_t find_slots(struct leases *l, size_t n)
{
	size_t run = 0;

	for (size_t s = l->free_from; s < l->slots; s++) {
		run = l->keys[s].offset ? 0 : s % PER_CHUNK ? run + 1 : 1;
		if (run == n)
			return s + 1 - n;
	}
	return l->slots;
}

static void add_chunk(struct leases *l)
{
	l->keys = sd_realloc(l->keys, (l->slots + PER_CHUNK) * sizeof(*l->keys));
	memset(l->keys + l->slots, 0, PER_CHUNK * sizeof(*l->keys));
	l->slots += PER_CHUNK;
}

int leases_add(struct leases *l, uint64_t offset, const struct owner *o, struct sd_err *e)
{
	static const char pad[OWNER];
	sd_auto_buf struct sd_buf text = {0};
	size_t n, s;

	owner_pack(o, &text);
	n = (text.len + OWNER - 1) / OWNER;
	sd_buf_add(&text, pad, n * OWNER - text.len);
	if (n > PER_CHUNK)
		return sd_fail(e, ENAMETOOLONG, "lease an address to %.40s...", o->id);
	s = find_slots(l, n);
	if (s == l->slots)
		add_chunk(l);
	if (put(l, text.data, text.len, owner_at(s), e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		l->keys[s + i] = (struct key){.offset = LEASES_CONTINUED};
	l->keys[s] = (struct key){offset, owner_hash(o->id), (uint32_t)n};
	if (put(l, &l->keys[s], n * sizeof(struct key), keys_at(s), e) < 0) {
		memset(&l->keys[s], 0, n * sizeof(struct key));
		return -1;
	}
	if (n == 1)
		l->free_from = s + 1;
	l->taken++;
	return 0;
}

int leases_remove(struct leases *l, size_t s, struct sd_err *e)
{
	size_t n = l->keys[s].slots;

	memset(&l->keys[s], 0, n * sizeof(struct key));
	l->taken--;
	if (s < l->free_from)
		l->free_from = s;
	return put(l, &l->keys[s], n * sizeof(struct key), keys_at(s), e);
}

int leases_set_cursor(struct leases *l, uint64_t offset, struct sd_err *e)
{
	l->cursor = offset;
	return put(l, &offset, sizeof(offset), offsetof(struct header, cursor), e);
}

/* ---- which there are */

static bool subnet_of_name(const char *name, struct sd_addr *subnet)
{
	sd_auto_free char *text = sd_strdup(name);
	char *bar = strchr(text, '_');
	char again[SD_ADDR_LEN];
	struct sd_err ignored;

	if (!bar)
		return false;
	*bar = '/';
	return sd_addr_parse_subnet(text, "subnet", subnet, &ignored) == 0 &&
	       strcmp(sd_addr_subnet_text(subnet, again), text) == 0;
}

static int by_address(const void *a, const void *b)
{
	return sd_addr_compare(a, b);
}

int subnets_list(struct subnets *all, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_run("ipam");
	sd_auto_dir DIR *d = opendir(path);
	struct dirent *ent;

	if (!d)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "open %s", path);
	while ((ent = sd_readdir(d))) {
		struct sd_addr subnet;

		if (!subnet_of_name(ent->d_name, &subnet))
			continue;
		all->v = sd_realloc(all->v, (all->n + 1) * sizeof(*all->v));
		all->v[all->n++] = subnet;
	}
	if (errno)
		return sd_fail(e, errno, "read %s", path);
	if (all->n)
		qsort(all->v, all->n, sizeof(*all->v), by_address);
	return 0;
}

void subnets_free(struct subnets *all)
{
	free(all->v);
}
