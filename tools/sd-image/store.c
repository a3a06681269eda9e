/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the store.  A killed writer leaves it readable: a blob gets its place by rename(2) when
 * it is whole, and index.json is replaced, under a lock, when all that it names is there.
 */
/* EVP, which is what new code should use, drags the loading of plug-ins into a static program. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sd-image.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/sha.h>
#include "cleanup.h"
#include "io.h"
#include "store.h"

#define LAYOUT "{\"imageLayoutVersion\":\"1.0.0\"}"

static int wait_lock(int fd, int how, const char *what, struct sd_err *e)
{
	while (flock(fd, how) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "lock %s", what);
	return 0;
}

static int make_layout(int dir, struct sd_err *e)
{
	if (faccessat(dir, "oci-layout", F_OK, 0) == 0)
		return 0;
	if (mkdirat(dir, "blobs", 0700) < 0 && errno != EEXIST)
		return sd_fail(e, errno, "create the image store's blobs");
	if (mkdirat(dir, "blobs/sha256", 0700) < 0 && errno != EEXIST)
		return sd_fail(e, errno, "create the image store's blobs/sha256");
	return sd_replace_file(dir, "oci-layout", LAYOUT, strlen(LAYOUT), true, e);
}

/* What killed writers left.  Only without any other: theirs look the same. */
static int sweep(int dir, struct sd_err *e)
{
	sd_auto_fd int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sd_auto_dir DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *ent;

	if (!d)
		return sd_fail(e, errno, "read the image store");
	sd_steal_fd(&copy);
	while ((ent = sd_readdir(d))) {
		const char *name = ent->d_name;

		if (name[0] != '.' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
			strcmp(name, LOCK_INDEX) == 0 || strcmp(name, LOCK_PROVIDE) == 0)
			continue;
		if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
			return sd_fail(e, errno, "remove %s of the image store", name);
	}
	return errno ? sd_fail(e, errno, "read the image store") : 0;
}

int store_open(struct store *s, enum store_use use, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("images");
	sd_auto_fd int dir = -1;
	bool alone;

	if (sd_mkdir_p(path, 0700, e) < 0)
		return -1;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return sd_fail(e, errno, "open the image store %s", path);
	alone = flock(dir, LOCK_EX | LOCK_NB) == 0;
	if (!alone && errno != EWOULDBLOCK)
		return sd_fail(e, errno, "lock the image store %s", path);
	if (alone && sweep(dir, e) < 0)
		return -1;
	/* Never wait here for more than a share: an import may read a pipe for hours. */
	if ((use == STORE_ADD || !alone) && wait_lock(dir, LOCK_SH, path, e) < 0)
		return -1;
	if (make_layout(dir, e) < 0)
		return -1;
	s->may_remove = use == STORE_REMOVE && alone;
	s->dir = sd_steal_fd(&dir);
	return 0;
}

void store_close(struct store *s)
{
	sd_close_fd(&s->dir);
}

int store_lock(const struct store *s, const char *name, struct sd_err *e)
{
	sd_auto_fd int fd = openat(s->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return sd_fail(e, errno, "open %s of the image store", name);
	return wait_lock(fd, LOCK_EX, name, e) < 0 ? -1 : sd_steal_fd(&fd);
}

int store_temp(const struct store *s, struct store_temp *t, struct sd_err *e)
{
	char id[SD_ID_LEN + 1];

	sd_id_new(id);
	snprintf(t->name, sizeof(t->name), ".new-%.16s", id);
	t->fd = openat(s->dir, t->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return t->fd < 0 ? sd_fail(e, errno, "create a file in the image store") : 0;
}

void store_discard(const struct store *s, struct store_temp *t)
{
	if (t->fd < 0)
		return;
	/* If this fails, the next writer's sweep takes it away. */
	unlinkat(s->dir, t->name, 0);
	sd_close_fd(&t->fd);
}

int store_place(const struct store *s, struct store_temp *t, const char *digest, struct sd_err *e)
{
	sd_auto_free char *place = sd_printf("blobs/sha256/%s", digest + 7);
	sd_auto_fd int blobs = openat(s->dir, "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Before the rename: after a power cut the name must not stand for an empty file. */
	if (fsync(t->fd) < 0 || renameat(s->dir, t->name, s->dir, place) < 0)
		return sd_fail(e, errno, "store %s", digest);
	sd_close_fd(&t->fd);
	if (blobs < 0 || fsync(blobs) < 0)
		return sd_fail(e, errno, "sync the image store's blobs");
	return 0;
}

static void hash_text(SHA256_CTX *ctx, char digest[SD_DIGEST_LEN + 1])
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256_Final(hash, ctx);
	sd_digest_text(hash, digest);
}

int store_put(const struct store *s, const struct sd_json *j, char digest[SD_DIGEST_LEN + 1],
	int64_t *size, struct sd_err *e)
{
	sd_auto_free char *text = sd_json_text(j);
	struct store_temp t = {.fd = -1};
	size_t len = strlen(text);
	SHA256_CTX ctx;

	*size = (int64_t)len;
	SHA256_Init(&ctx);
	SHA256_Update(&ctx, text, len);
	hash_text(&ctx, digest);
	if (store_temp(s, &t, e) < 0)
		return -1;
	if (sd_write_all(t.fd, text, len) < 0)
		sd_fail(e, errno, "write %s", digest);
	else if (store_place(s, &t, digest, e) == 0)
		return 0;
	store_discard(s, &t);
	return -1;
}

int hash_fd(int fd, const char *what, char digest[SD_DIGEST_LEN + 1], struct sd_err *e)
{
	sd_auto_free char *chunk = sd_malloc(1 << 17);
	SHA256_CTX ctx;
	ssize_t n;

	SHA256_Init(&ctx);
	while ((n = read(fd, chunk, 1 << 17)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sd_fail(e, errno, "read %s", what);
		SHA256_Update(&ctx, chunk, (size_t)n);
	}
	hash_text(&ctx, digest);
	return 0;
}

int store_write_index(const struct store *s, const struct sd_json *index, struct sd_err *e)
{
	sd_auto_free char *text = sd_json_text(index);

	return sd_replace_file(s->dir, "index.json", text, strlen(text), true, e);
}

static struct sd_json *new_entry(const struct sd_ref *name, const char *manifest, int64_t size)
{
	struct sd_json *entry = sd_json_new_object(), *notes;

	sd_json_set_str(entry, "mediaType", SD_MEDIA_MANIFEST);
	sd_json_set_str(entry, "digest", manifest);
	sd_json_set_int(entry, "size", size);
	if (!name->canonical)
		return entry;
	notes = sd_json_make_object(entry, "annotations");
	sd_json_set_str(notes, SD_REF_NAME, name->familiar);
	sd_json_set_str(notes, SD_REF_CANONICAL, name->canonical);
	return entry;
}

static bool has_name(const struct sd_json *entry, const struct sd_ref *name)
{
	const struct sd_json *notes = sd_json_member(entry, "annotations");
	const char *text = notes ? sd_json_string_value(sd_json_member(notes, SD_REF_NAME)) : NULL;
	sd_auto_ref struct sd_ref have = {0};
	struct sd_err ignored;

	return text && name->canonical && sd_ref_parse(text, &have, &ignored) == 0 &&
	       strcmp(have.canonical, name->canonical) == 0;
}

static size_t entries_of(const struct sd_json *manifests, const char *digest)
{
	const struct sd_json *entry;
	size_t i, n = 0;

	sd_json_array_foreach (manifests, i, entry) {
		const char *d = sd_json_string_value(sd_json_member(entry, "digest"));

		n += d && strcmp(d, digest) == 0;
	}
	return n;
}

void index_set_name(
	struct sd_json *index, const struct sd_ref *name, const char *manifest, int64_t size)
{
	struct sd_json *manifests = sd_json_make_array(index, "manifests"), *entry;
	size_t i = 0;

	if (!name->canonical && entries_of(manifests, manifest))
		return;
	while ((entry = sd_json_at(manifests, i))) {
		const char *d = sd_json_string_value(sd_json_member(entry, "digest"));
		bool named = sd_json_member(entry, "annotations");
		bool same = d && strcmp(d, manifest) == 0;

		/* A nameless entry of this image, and its own name's old one, are replaced. */
		if ((same && !named) ||
			(has_name(entry, name) && (same || !d || entries_of(manifests, d) > 1))) {
			sd_json_remove_at(manifests, i);
			continue;
		}
		if (has_name(entry, name))
			sd_json_del(entry, "annotations");
		i++;
	}
	sd_json_append(manifests, new_entry(name, manifest, size));
}
