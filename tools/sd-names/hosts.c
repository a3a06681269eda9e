/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /etc/hosts of a container that may be reading it.
 *
 * The file is bound into the container, so it has to stay the same inode: it cannot be replaced by
 * a rename.  Emptying and writing it anew, which is simpler, shows readers a file without names,
 * without localhost even.  So a line comes and goes by its first byte alone: '#' or a digit.  A new
 * one is appended with a '#', or written over one that an earlier change had turned off, and then
 * turned on.
 *
 * The lines end with a comment that says whose they are; those of the container's user are not
 * touched.  A line is shorter than 512 bytes: musl reads no longer ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "sd-names.h"
#include "store.h"

#define OFF	  '#'
#define NAMES_MAX 200
#define HOSTS_MAX (4u << 20)

/* A line that an earlier change turned off. */
struct slot {
	off_t at;
	size_t len;
	bool taken;
};

struct hosts {
	int fd;
	struct sd_buf text;	     /* as it was */
	const struct sd_strv *lines; /* as they shall be */
	bool *there;		     /* of each: it stands in the file */
	size_t next; /* the one that is expected: files are in the order of the list */
	struct slot *slots;
	size_t n_slots;
};

static void hosts_free(struct hosts *h)
{
	sd_close_fd(&h->fd);
	sd_buf_free(&h->text);
	free(h->there);
	free(h->slots);
}

/* "ADDRESS\tNAME NAME\t# MARK": as many of the names, from the i'th on, as a line takes. */
static char *one_line(const char *address, const struct sd_strv *names, size_t *i, const char *mark)
{
	struct sd_buf line = {0};
	size_t first = *i;

	sd_buf_str(&line, address);
	do
		sd_buf_printf(&line, "%c%s", *i == first ? '\t' : ' ', names->v[*i]);
	while (++*i < names->n && line.len + strlen(names->v[*i]) < NAMES_MAX);
	sd_buf_printf(&line, "\t# %s", mark);
	return line.data;
}

void hosts_lines(struct sd_strv *lines, const struct sd_json *addresses,
	const struct sd_strv *names, const char *mark)
{
	const struct sd_json *address;
	size_t a;

	sd_json_array_foreach (addresses, a, address)
		for (size_t i = 0; i < names->n;)
			sd_strv_take(
				lines, one_line(sd_json_string_value(address), names, &i, mark));
}

/*
 * O_NONBLOCK: with a lease on the file (fcntl(2), F_SETLEASE) a container could keep whoever opens
 * it waiting.  Other containers are not its concern, so their update passes it by.
 */
int bundle_open(const char *id, const char *name, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("containers/%s/etc/%s", id, name);
	sd_auto_fd int fd = open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return sd_fail(e, errno, "open %s", path);
	return S_ISREG(st.st_mode) ? sd_steal_fd(&fd) : sd_fail(e, 0, "%s is no file", path);
}

static size_t trimmed(const char *line, size_t len)
{
	while (len && line[len - 1] == ' ')
		len--;
	return len;
}

static bool bears(const char *line, size_t len, const char *mark)
{
	size_t n = strlen(mark);

	return len > n && memcmp(line + len - n, mark, n) == 0;
}

/* Is it one of those that shall be there, and is not yet? */
static bool wanted(struct hosts *h, const char *line, size_t len)
{
	for (size_t k = 0; k < h->lines->n; k++) {
		size_t i = (h->next + k) % h->lines->n;

		if (h->there[i] || strlen(h->lines->v[i]) != len ||
			memcmp(h->lines->v[i], line, len) != 0)
			continue;
		h->there[i] = true;
		h->next = i + 1;
		return true;
	}
	return false;
}

static int put(const struct hosts *h, const char *data, size_t len, off_t at, struct sd_err *e)
{
	ssize_t n = pwrite(h->fd, data, len, at);

	if (n >= 0 && (size_t)n == len)
		return 0;
	return sd_fail(e, n < 0 ? errno : ENOSPC, "change /etc/hosts of the container");
}

/* Turn off those that go, and note those that were off before. */
static int look(struct hosts *h, const char *mark, struct sd_err *e)
{
	const char *line = h->text.data, *end = line + h->text.len, *next;

	for (; line < end; line = next) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((nl ? nl : end) - line), bare = trimmed(line, len);
		off_t at = line - h->text.data;

		next = nl ? nl + 1 : end;
		if (!bears(line, bare, mark))
			continue;
		if (*line == OFF) {
			h->slots = sd_realloc(h->slots, (h->n_slots + 1) * sizeof(*h->slots));
			h->slots[h->n_slots++] = (struct slot){.at = at, .len = len};
		} else if (!wanted(h, line, bare) && put(h, "#", 1, at, e) < 0) {
			return -1;
		}
	}
	return 0;
}

static struct slot *room(struct hosts *h, size_t len)
{
	for (size_t i = 0; i < h->n_slots; i++)
		if (!h->slots[i].taken && h->slots[i].len >= len)
			return &h->slots[i];
	return NULL;
}

static int reuse(struct hosts *h, struct slot *s, const char *line, struct sd_err *e)
{
	sd_auto_free char *padded = sd_printf("%-*s", (int)s->len, line);

	s->taken = true;
	if (put(h, padded + 1, s->len - 1, s->at + 1, e) < 0)
		return -1;
	return put(h, line, 1, s->at, e);
}

/*
 * One write to the end, wherever a writer in the container has moved it meanwhile; the line is
 * on only once all of it is there, for a file may grow by pieces.
 */
static int append(struct hosts *h, const struct sd_buf *off, const struct sd_strv *lines,
	size_t skip, struct sd_err *e)
{
	struct iovec iov = {off->data, off->len};
	ssize_t n = pwritev2(h->fd, &iov, 1, -1, RWF_APPEND);
	off_t at = lseek(h->fd, 0, SEEK_CUR) - n + (off_t)skip;

	if (n < 0 || (size_t)n != off->len)
		return sd_fail(e, n < 0 ? errno : ENOSPC, "add to /etc/hosts of the container");
	for (size_t i = 0; i < lines->n; i++) {
		if (put(h, lines->v[i], 1, at, e) < 0)
			return -1;
		at += (off_t)strlen(lines->v[i]) + 1;
	}
	return 0;
}

static int add_missing(struct hosts *h, struct sd_err *e)
{
	sd_auto_strv struct sd_strv rest = {0};
	sd_auto_buf struct sd_buf off = {0};
	size_t skip;

	/* A last line without its end is the user's. */
	if (h->text.len && h->text.data[h->text.len - 1] != '\n')
		sd_buf_str(&off, "\n");
	skip = off.len;
	for (size_t i = 0; i < h->lines->n; i++) {
		const char *line = h->lines->v[i];
		struct slot *s = h->there[i] ? NULL : room(h, strlen(line));

		if (s && reuse(h, s, line, e) < 0)
			return -1;
		if (s || h->there[i])
			continue;
		sd_strv_add(&rest, line);
		sd_buf_printf(&off, "%c%s\n", OFF, line + 1);
	}
	return rest.n ? append(h, &off, &rest, skip, e) : 0;
}

/* Those at the end that an earlier change turned off. */
static int cut(const struct hosts *h, struct sd_err *e)
{
	off_t end = (off_t)h->text.len, before = end;
	struct stat st;

	for (size_t i = h->n_slots; i-- > 0;) {
		const struct slot *s = &h->slots[i];

		if (s->taken || s->at + (off_t)s->len + 1 != end)
			break;
		end = s->at;
	}
	/* Somebody has added to it. */
	if (end == before || fstat(h->fd, &st) < 0 || st.st_size != before)
		return 0;
	return ftruncate(h->fd, end) < 0 ? sd_fail(e, errno, "cut /etc/hosts of the container") : 0;
}

int hosts_update(const char *id, const char *mark, const struct sd_strv *lines, struct sd_err *e)
{
	sd_auto_fd int lock = names_lock("container", id, e);
	__attribute__((cleanup(hosts_free))) struct hosts h = {.fd = -1, .lines = lines};
	sd_auto_free char *end = sd_printf("\t# %s", mark);

	if (lock < 0)
		return -1;
	h.fd = bundle_open(id, "hosts", e);
	if (h.fd < 0)
		return e->errnum == ENOENT ? 0 : -1;
	h.there = sd_calloc(lines->n + 1, sizeof(*h.there));
	if (sd_read_all(h.fd, "/etc/hosts of the container", HOSTS_MAX, &h.text, e) < 0 ||
		(h.text.len && look(&h, end, e) < 0) || add_missing(&h, e) < 0)
		return -1;
	return cut(&h, e);
}
