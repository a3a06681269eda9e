/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compressed stream and its digests.
 *
 *	fd -> hash (digest) -> decompress -> hash (diff id) -> tar reader
 *
 * Two of libarchive's readers, one behind the other: the diff id is that of all of the tar's
 * bytes, the padding after its end included, which a tar reader does not show.  The filters are
 * named one by one: none of them runs a program, and only they are linked.
 *
 * OpenSSL's newer EVP interface was tried for the hashes: it brings the loader of its plug-ins, and
 * with it dlopen(3), a resolver and 5 MB, into a static program.
 */
/* The functions that say SHA-256, of OpenSSL 1.1: see above. */
#define OPENSSL_API_COMPAT 10100

#include "sd-layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <openssl/sha.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"

#define CHUNK (1 << 17)

struct source {
	struct source_from from;
	struct archive *packed, *tar;
	SHA256_CTX packed_hash, tar_hash;
	int64_t packed_size, tar_size;
	bool plain; /* not compressed: the tar's digest is the stream's */
	bool packed_ended;
	bool ended; /* of the tar's bytes */
	char *chunk;
};

/* libarchive calls this for the stream's next bytes. */
static ssize_t read_packed(struct archive *a, void *data, const void **piece)
{
	struct source *s = data;
	ssize_t n;

	do
		n = read(s->from.fd, s->chunk, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		archive_set_error(a, errno, "%s", strerror(errno));
		return -1;
	}
	if (!s->from.plainly)
		SHA256_Update(&s->packed_hash, s->chunk, (size_t)n);
	if (s->from.progress)
		sd_progress_add(s->from.progress, n);
	s->packed_size += n;
	s->packed_ended = n == 0;
	*piece = s->chunk;
	return n;
}

/* And this for the tar's: a piece of what the first reader has unpacked. */
static ssize_t read_tar(struct archive *a, void *data, const void **piece)
{
	struct source *s = data;
	size_t len = 0;
	int64_t at;
	int r = s->ended ? ARCHIVE_EOF : ARCHIVE_OK;

	while (r == ARCHIVE_OK && !len)
		r = archive_read_data_block(s->packed, piece, &len, &at);
	if (r == ARCHIVE_EOF) {
		s->ended = true;
		return 0;
	}
	if (r != ARCHIVE_OK) {
		archive_set_error(
			a, archive_errno(s->packed), "%s", archive_error_string(s->packed));
		return -1;
	}
	s->tar_size += (int64_t)len;
	if (s->from.max && s->tar_size > s->from.max) {
		archive_set_error(a, EFBIG, "more than %jd bytes", (intmax_t)s->from.max);
		return -1;
	}
	if (!s->plain && !s->from.plainly)
		SHA256_Update(&s->tar_hash, *piece, len);
	return (ssize_t)len;
}

static int fail_of(const struct source *s, struct archive *a, struct sd_err *e)
{
	const char *why = archive_error_string(a);

	if (s->from.piped && s->packed_ended)
		return sd_fail_silent(e);
	return sd_fail(e, 0, "%s: %s", s->from.what, why ? why : "not a tar archive");
}

int source_fail(struct source *s, struct sd_err *e)
{
	return fail_of(s, s->tar, e);
}

static int open_packed(struct source *s, struct sd_err *e)
{
	struct archive_entry *entry;
	int r;

	archive_read_support_filter_gzip(s->packed);
	archive_read_support_filter_zstd(s->packed);
	archive_read_support_filter_xz(s->packed);
	archive_read_support_filter_bzip2(s->packed);
	archive_read_support_format_raw(s->packed);
	r = archive_read_open(s->packed, s, NULL, read_packed, NULL);
	/* In a shell the stage before has failed, and said why. */
	if (s->packed_ended && !s->packed_size)
		return s->from.piped || s->from.fd == STDIN_FILENO
			       ? sd_fail_silent(e)
			       : sd_fail(e, 0, "%s: empty, no archive", s->from.what);
	if (r == ARCHIVE_OK)
		r = archive_read_next_header(s->packed, &entry);
	if (r != ARCHIVE_OK)
		return fail_of(s, s->packed, e);
	/* libarchive goes on while what comes out looks packed; no other reader of layers does. */
	if (archive_filter_count(s->packed) > 2)
		return sd_fail(e, 0, "%s: compressed more than once", s->from.what);
	s->plain = archive_filter_count(s->packed) == 1;
	return 0;
}

static int open_tar(struct source *s, struct sd_err *e)
{
	archive_read_support_format_tar(s->tar);
	if (archive_read_open(s->tar, s, NULL, read_tar, NULL) != ARCHIVE_OK)
		return fail_of(s, s->tar, e);
	return 0;
}

void source_close(struct source **p)
{
	struct source *s = *p;

	if (!s)
		return;
	archive_read_free(s->tar);
	archive_read_free(s->packed);
	free(s->chunk);
	free(s);
	*p = NULL;
}

int source_open(const struct source_from *from, struct source **out, struct sd_err *e)
{
	auto_source struct source *s = sd_calloc(1, sizeof(*s));

	*s = (struct source){
		.from = *from,
		.packed = archive_read_new(),
		.tar = archive_read_new(),
		.chunk = sd_malloc(CHUNK),
	};
	if (!s->packed || !s->tar)
		return sd_fail(e, ENOMEM, "read %s", from->what);
	SHA256_Init(&s->packed_hash);
	SHA256_Init(&s->tar_hash);
	if (open_packed(s, e) < 0 || open_tar(s, e) < 0)
		return -1;
	*out = sd_steal_ptr(&s);
	return 0;
}

struct archive *source_tar(struct source *s)
{
	return s->tar;
}

static void digest_text(SHA256_CTX *hash, char text[SD_DIGEST_LEN + 1])
{
	unsigned char sum[SHA256_DIGEST_LENGTH];

	SHA256_Final(sum, hash);
	sd_digest_text(sum, text);
}

static int read_rest(struct source *s, struct sd_err *e)
{
	const void *piece;
	ssize_t n;

	while ((n = read_tar(s->tar, s, &piece)) > 0)
		;
	/* What follows the compressed data is part of the blob, though not of the tar. */
	while (n == 0 && (n = read_packed(s->tar, s, &piece)) > 0)
		n = 0;
	return n < 0 ? source_fail(s, e) : 0;
}

/*
 * A tar that was cut between two objects reads like a whole one to libarchive; but the place where
 * it looked for the next one lies before the end only where the mark of the end is there.
 */
int source_end(struct source *s, struct sd_err *e)
{
	int64_t mark = archive_read_header_position(s->tar);

	if (read_rest(s, e) < 0)
		return -1;
	if (mark < s->tar_size)
		return 0;
	return s->from.piped ? sd_fail_silent(e)
			     : sd_fail(e, 0, "%s: the archive has no end", s->from.what);
}

int source_finish(struct source *s, struct source_facts *f, struct sd_err *e)
{
	if (read_rest(s, e) < 0)
		return -1;
	digest_text(&s->packed_hash, f->digest);
	if (s->plain)
		memcpy(f->diff_id, f->digest, sizeof(f->diff_id));
	else
		digest_text(&s->tar_hash, f->diff_id);
	f->size = s->packed_size;
	return 0;
}
