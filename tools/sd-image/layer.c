/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive becomes a blob of the store and an unpacked layer.  Unpacking, which must withstand
 * hostile archives, is sd-layer's job: it gets the blob on its standard input and answers with
 * the digests of what it read and of the tar in it.
 *
 * gzip, zstd and plain tar are stored as they came.  OCI has no media types for xz and bzip2:
 * those are stored as plain tar.
 */
#include "sd-image.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <archive.h>
#include "cleanup.h"
#include "io.h"
#include "progress.h"
#include "store.h"

#define CHUNK	   (1 << 17)
#define ANSWER_MAX 65536

extern char **environ;

struct input {
	int fd;
	const char *what;
	char *data; /* the current piece */
	size_t len;
	struct sd_progress *progress;
};

/* 1 with a piece, 0 at the end. */
static int input_next(struct input *in, struct sd_err *e)
{
	ssize_t n;

	do
		n = read(in->fd, in->data, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return sd_fail(e, errno, "read %s", in->what);
	in->len = (size_t)n;
	sd_progress_add(in->progress, n);
	return n > 0;
}

/* Fill the first piece as far as a look at the magic numbers needs it: pipes give less. */
static int input_first(struct input *in, struct sd_err *e)
{
	while (in->len < 8) {
		ssize_t n = read(in->fd, in->data + in->len, CHUNK - in->len);

		if (n < 0 && errno != EINTR)
			return sd_fail(e, errno, "read %s", in->what);
		if (n == 0)
			break;
		in->len += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static bool begins(const struct input *in, const char *magic, size_t len)
{
	return in->len >= len && memcmp(in->data, magic, len) == 0;
}

static const char *media_type(const struct input *in, bool *foreign)
{
	*foreign = begins(in, "\3757zXZ\0", 6) || begins(in, "BZh", 3);
	if (begins(in, "\x1f\x8b", 2))
		return SD_MEDIA_LAYER_GZIP;
	if (begins(in, "\x28\xb5\x2f\xfd", 4))
		return SD_MEDIA_LAYER_ZSTD;
	return SD_MEDIA_LAYER;
}

static int copy(struct input *in, int out, struct sd_err *e)
{
	int more = 1;

	while (more > 0) {
		if (sd_write_all(out, in->data, in->len) < 0)
			return sd_fail(e, errno, "write to the image store");
		more = input_next(in, e);
	}
	return more;
}

static ssize_t feed(struct archive *a, void *data, const void **piece)
{
	struct input *in = data;
	struct sd_err e;
	int more = in->len ? 1 : input_next(in, &e);

	if (more < 0) {
		archive_set_error(a, e.errnum, "%s", e.text);
		return -1;
	}
	*piece = in->data;
	more = (int)in->len;
	in->len = 0;
	return more;
}

/* libarchive's "raw" format: the one entry is what comes out of the filters. */
static int decompress(struct input *in, int out, struct sd_err *e)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	const void *data;
	size_t len;
	int64_t at;
	int r;

	archive_read_support_format_raw(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_bzip2(a);
	r = archive_read_open(a, in, NULL, feed, NULL);
	if (r == ARCHIVE_OK)
		r = archive_read_next_header(a, &entry);
	while (r == ARCHIVE_OK) {
		r = archive_read_data_block(a, &data, &len, &at);
		if (r == ARCHIVE_OK && sd_write_all(out, data, len) < 0) {
			archive_set_error(
				a, errno, "write to the image store: %s", strerror(errno));
			r = ARCHIVE_FATAL;
		}
	}
	if (r != ARCHIVE_EOF)
		sd_fail(e, 0, "%s: %s", in->what, archive_error_string(a));
	archive_read_free(a);
	return r == ARCHIVE_EOF ? 0 : -1;
}

/* The child is sd-layer: it lives until it has read `blob`, and says on its own what went wrong. */
static int run_sd_layer(int blob, const char *what, int answer, pid_t *pid, struct sd_err *e)
{
	char *argv[] = {(char *)"sd-layer", (char *)"unpack", (char *)"--name",
		(char *)(uintptr_t)what, NULL};
	sd_auto_free char *program = sd_toolkit_path(argv[0]);
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, blob, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, answer, STDOUT_FILENO);
	r = posix_spawn(pid, program ? program : argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r ? sd_fail(e, r, "run sd-layer") : 0;
}

static int ended_well(pid_t pid, struct sd_err *e)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "wait for sd-layer");
	if (WIFSIGNALED(status))
		return sd_fail(e, 0, "sd-layer was killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status) ? sd_fail_silent(e) : 0;
}

static int parse_answer(const struct sd_buf *text, struct layer *out, struct sd_err *e)
{
	sd_auto_json struct sd_json *j = sd_json_parse(
		text->data ? text->data : "", text->len, "answer of sd-layer unpack", e);
	const char *diff_id = "", *digest = "";

	if (!j || sd_json_str(j, &diff_id, e, "diffId") < 0 ||
		sd_json_str(j, &digest, e, "digest") < 0 ||
		sd_json_int(j, &out->size, e, "size") < 0)
		return -1;
	if (!sd_digest_valid(diff_id) || !sd_digest_valid(digest))
		return sd_fail(e, 0, "answer of sd-layer unpack: no digests");
	memcpy(out->diff_id, diff_id, sizeof(out->diff_id));
	memcpy(out->digest, digest, sizeof(out->digest));
	return 0;
}

static int unpack(int blob, const char *what, struct layer *out, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	int answer[2], r;
	struct stat st;
	pid_t pid;

	if (fstat(blob, &st) < 0 || lseek(blob, 0, SEEK_SET) < 0 || pipe2(answer, O_CLOEXEC) < 0)
		return sd_fail(e, errno, "unpack the layer");
	r = run_sd_layer(blob, what, answer[1], &pid, e);
	close(answer[1]);
	if (r == 0) {
		r = sd_read_all(answer[0], "answer of sd-layer unpack", ANSWER_MAX, &text, e);
		if (ended_well(pid, e) < 0)
			r = -1;
	}
	close(answer[0]);
	if (r < 0 || parse_answer(&text, out, e) < 0)
		return -1;
	/* The digest is the blob's only if all of it was read. */
	if (out->size != st.st_size)
		return sd_fail(e, 0, "sd-layer read %jd of the layer's %jd bytes",
			(intmax_t)out->size, (intmax_t)st.st_size);
	return 0;
}

static int fill(struct input *in, int blob, struct layer *out, bool quiet_empty, struct sd_err *e)
{
	bool foreign;

	if (input_first(in, e) < 0)
		return -1;
	if (!in->len)
		return quiet_empty ? sd_fail_silent(e)
				   : sd_fail(e, 0, "%s: empty, no archive", in->what);
	out->media_type = media_type(in, &foreign);
	if (foreign ? decompress(in, blob, e) : copy(in, blob, e))
		return -1;
	sd_progress_end(in->progress);
	return unpack(blob, in->what, out, e);
}

int layer_add(const struct store *s, int fd, const char *what, bool quiet_empty, struct layer *out,
	struct sd_err *e)
{
	sd_auto_free char *piece = sd_malloc(CHUNK);
	sd_auto_progress struct sd_progress progress = {0};
	struct input in = {.fd = fd, .what = what, .data = piece, .progress = &progress};
	struct store_temp t = {.fd = -1};
	struct stat st;

	sd_progress_begin(&progress, "import",
		fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? st.st_size : 0, false);

	if (store_temp(s, &t, e) < 0)
		return -1;
	if (fill(&in, t.fd, out, quiet_empty, e) == 0 && store_place(s, &t, out->digest, e) == 0)
		return 0;
	store_discard(s, &t);
	return -1;
}

bool layer_is_unpacked(const char *diff_id)
{
	sd_auto_free char *path = sd_store_root("layers/%s/fs", diff_id + 7);

	return access(path, F_OK) == 0;
}

int layer_unpack(const struct store *s, const char *digest, const char *diff_id, struct sd_err *e)
{
	sd_auto_free char *path = sd_printf("blobs/sha256/%s", digest + 7);
	sd_auto_fd int blob = openat(s->dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct layer layer;

	if (blob < 0)
		return sd_fail(e, errno, "open layer %s", digest);
	if (unpack(blob, digest, &layer, e) < 0)
		return -1;
	if (strcmp(layer.digest, digest) != 0)
		return sd_fail(
			e, 0, "layer %s: its content has the digest %s", digest, layer.digest);
	if (strcmp(layer.diff_id, diff_id) != 0)
		return sd_fail(e, 0, "layer %s: its tar has the digest %s, not %s", digest,
			layer.diff_id, diff_id);
	return 0;
}
