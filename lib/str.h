/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str - strings, lists of strings, and the numbers that users type.
 *
 * Memory: an allocation that fails ends the process (sd_alloc_failed prints one line and exits
 * 125): there is no state in which a tool of this toolkit could go on without memory, and the
 * kernel objects that it made are found by their names.  It is the one exception to "lib never
 * exits".
 */
#ifndef SD_STR_H
#define SD_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "err.h"

void *sd_malloc(size_t size);
void *sd_calloc(size_t n, size_t size);
void *sd_realloc(void *p, size_t size);
char *sd_strdup(const char *s);
char *sd_strndup(const char *s, size_t n);
/* asprintf(3) that cannot fail; the caller frees. */
char *sd_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A growing NULL-terminated list of owned strings.  Zero-initialised is empty. */
struct sd_strv {
	char **v; /* NULL while empty */
	size_t n;
};

void sd_strv_add(struct sd_strv *l, const char *s); /* copies */
bool sd_strv_has(const struct sd_strv *l, const char *s);
void sd_strv_take(struct sd_strv *l, char *s); /* owns s from now on */
void sd_strv_free(struct sd_strv *l);
#define sd_auto_strv __attribute__((cleanup(sd_strv_free)))

/* A growing buffer, always NUL-terminated once something was added. */
struct sd_buf {
	char *data;
	size_t len, cap;
};

void sd_buf_add(struct sd_buf *b, const void *data, size_t len);
void sd_buf_str(struct sd_buf *b, const char *s);
void sd_buf_printf(struct sd_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sd_buf_free(struct sd_buf *b);
#define sd_auto_buf __attribute__((cleanup(sd_buf_free)))
/* Add s as one word of a POSIX shell: bare where it can be, else in single quotes. */
void sd_buf_shell_word(struct sd_buf *b, const char *s);

bool sd_starts_with(const char *s, const char *prefix);

/*
 * FNV-1a, 64 bits: for short names of long ones, where no secret hangs on it.  Begin with
 * SD_HASH_START; what was returned goes on with the next string.
 */
#define SD_HASH_START 0xcbf29ce484222325
uint64_t sd_hash(uint64_t h, const char *s);

/* True if s is valid UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool sd_is_utf8(const char *s);

/*
 * Numbers as users type them.  `what` names the option or member in the error.
 * sd_parse_int: decimal, no sign but '-', nothing before or after, within [min, max].
 * sd_parse_size: bytes; a suffix b, k, m, g, t (powers of 1024; either case; kb, kib ... too),
 *	a fraction is allowed ("1.5g"); never negative; overflow of int64_t is refused.
 * sd_parse_duration: seconds, as "10", "1.5", "500ms", "2m30s", "1h" (Go's durations);
 *	less than 292 years.
 */
int sd_parse_int(
	const char *s, const char *what, int64_t min, int64_t max, int64_t *out, struct sd_err *e);
int sd_parse_size(const char *s, const char *what, int64_t *bytes, struct sd_err *e);
int sd_parse_duration(const char *s, const char *what, double *seconds, struct sd_err *e);

/* Signal names with or without SIG, any case, or numbers 1..64: "TERM", "sigkill", "9". */
int sd_parse_signal(const char *s, const char *what, int *sig, struct sd_err *e);
/* "SIGTERM"; a number for signals without a name.  `buf` holds at least 16 bytes. */
const char *sd_signal_name(int sig, char *buf);

#endif
