/* SPDX-License-Identifier: Apache-2.0 */
#include "str.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *checked(void *p)
{
	static const char text[] = "out of memory\n";

	if (p)
		return p;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(SD_EXIT_FAILED);
	_exit(SD_EXIT_FAILED);
}

void *sd_malloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *sd_calloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *sd_realloc(void *p, size_t size)
{
	return checked(realloc(p, size ? size : 1));
}

char *sd_strdup(const char *s)
{
	return checked(strdup(s));
}

char *sd_strndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

char *sd_printf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return checked(n < 0 ? NULL : s);
}

void sd_strv_take(struct sd_strv *l, char *s)
{
	l->v = sd_realloc(l->v, (l->n + 2) * sizeof(*l->v));
	l->v[l->n++] = s;
	l->v[l->n] = NULL;
}

void sd_strv_add(struct sd_strv *l, const char *s)
{
	sd_strv_take(l, sd_strdup(s));
}

bool sd_strv_has(const struct sd_strv *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

void sd_strv_free(struct sd_strv *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct sd_strv){0};
}

static void reserve(struct sd_buf *b, size_t more)
{
	size_t need = b->len + more + 1, cap = b->cap ? b->cap : 256;

	if (need <= b->cap)
		return;
	while (cap < need)
		cap *= 2;
	b->data = sd_realloc(b->data, cap);
	b->cap = cap;
}

void sd_buf_add(struct sd_buf *b, const void *data, size_t len)
{
	reserve(b, len);
	memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void sd_buf_str(struct sd_buf *b, const char *s)
{
	sd_buf_add(b, s, strlen(s));
}

void sd_buf_printf(struct sd_buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0) {
		reserve(b, (size_t)n);
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void sd_buf_free(struct sd_buf *b)
{
	free(b->data);
	*b = (struct sd_buf){0};
}

void sd_buf_shell_word(struct sd_buf *b, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_@%+=:,./-";

	if (*s && strspn(s, plain) == strlen(s)) {
		sd_buf_str(b, s);
		return;
	}
	sd_buf_str(b, "'");
	for (; *s; s++) {
		if (*s == '\'')
			sd_buf_str(b, "'\\''");
		else
			sd_buf_add(b, s, 1);
	}
	sd_buf_str(b, "'");
}

uint64_t sd_hash(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return h;
}

bool sd_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* The length of the UTF-8 sequence at s, or 0 where it is not one. */
static size_t utf8_sequence(const unsigned char *s)
{
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return (s[1] & 0xc0) == 0x80 ? 2 : 0;
	if ((s[0] & 0xf0) == 0xe0) {
		if ((s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80)
			return 0;
		if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
			return 0;
		return 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		if ((s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80 || (s[3] & 0xc0) != 0x80)
			return 0;
		if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
			return 0;
		return 4;
	}
	return 0;
}

bool sd_is_utf8(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p) {
		size_t n = utf8_sequence(p);

		if (!n)
			return false;
		p += n;
	}
	return true;
}

int sd_parse_int(
	const char *s, const char *what, int64_t min, int64_t max, int64_t *out, struct sd_err *e)
{
	const char *digits = *s == '-' ? s + 1 : s;
	long long n;

	if (!*digits || strspn(digits, "0123456789") != strlen(digits))
		return sd_fail(e, 0, "%s: '%s' is not a whole number", what, s);
	errno = 0;
	n = strtoll(s, NULL, 10);
	if (errno == ERANGE || n < min || n > max)
		return sd_fail(e, 0, "%s: %s is not between %lld and %lld", what, s, (long long)min,
			(long long)max);
	*out = n;
	return 0;
}

/* Reads "12" or "1.5"; *end is what follows.  No sign, no exponent, no hex: not strtod's. */
static bool parse_decimal(const char *s, const char **end, long double *out)
{
	long double n = 0, scale = 1;
	const char *p = s;

	for (; isdigit((unsigned char)*p); p++)
		n = n * 10 + (*p - '0');
	if (p == s)
		return false;
	if (*p == '.') {
		for (p++; isdigit((unsigned char)*p); p++) {
			scale /= 10;
			n += (*p - '0') * scale;
		}
		if (p[-1] == '.')
			return false;
	}
	*end = p;
	*out = n;
	return true;
}

int sd_parse_size(const char *s, const char *what, int64_t *bytes, struct sd_err *e)
{
	static const char units[] = "bkmgtp";
	const char *unit, *end;
	long double n;
	int shift = 0;

	if (!parse_decimal(s, &end, &n))
		goto bad;
	if (*end) {
		unit = strchr(units, tolower((unsigned char)*end));
		if (!unit)
			goto bad;
		shift = (int)(unit - units) * 10;
		end++;
		if (shift && tolower((unsigned char)*end) == 'i')
			end++;
		if (shift && tolower((unsigned char)*end) == 'b')
			end++;
		if (*end)
			goto bad;
	}
	n *= (long double)(INT64_C(1) << shift);
	if (n >= 9223372036854775808.0L)
		return sd_fail(e, 0, "%s: %s is too large", what, s);
	*bytes = (int64_t)n;
	return 0;
bad:
	return sd_fail(e, 0, "%s: '%s' is not a size (like 512k, 100m, 1.5g)", what, s);
}

int sd_parse_duration(const char *s, const char *what, double *seconds, struct sd_err *e)
{
	static const struct {
		const char *name;
		long double scale;
	} units[] = {{"ms", 1e-3L}, {"us", 1e-6L}, {"ns", 1e-9L}, {"h", 3600}, {"m", 60}, {"s", 1}};
	const char *p = s;
	long double n, sum;

	if (!parse_decimal(p, &p, &n))
		goto bad;
	sum = *p ? 0 : n;
	while (*p) {
		size_t i = 0;

		while (i < 6 && !sd_starts_with(p, units[i].name))
			i++;
		if (i == 6)
			goto bad;
		sum += n * units[i].scale;
		p += strlen(units[i].name);
		if (*p && (!parse_decimal(p, &p, &n) || !*p))
			goto bad;
	}
	/* As Go's: what fits into nanoseconds of 64 bits. */
	if (sum >= 9223372036.0L)
		return sd_fail(e, 0, "%s: %s is too large", what, s);
	*seconds = (double)sum;
	return 0;
bad:
	return sd_fail(e, 0, "%s: '%s' is not a duration (like 10, 500ms, 1m30s)", what, s);
}

int sd_parse_signal(const char *s, const char *what, int *sig, struct sd_err *e)
{
	const char *name = strncasecmp(s, "SIG", 3) == 0 ? s + 3 : s;
	int64_t n;

	if (isdigit((unsigned char)*s)) {
		if (sd_parse_int(s, what, 1, SIGRTMAX, &n, e) < 0)
			return -1;
		*sig = (int)n;
		return 0;
	}
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *abbrev = sigabbrev_np(i);

		if (abbrev && strcasecmp(abbrev, name) == 0) {
			*sig = i;
			return 0;
		}
	}
	if (strncasecmp(name, "RTMIN+", 6) == 0) {
		if (sd_parse_int(name + 6, what, 0, SIGRTMAX - SIGRTMIN, &n, e) < 0)
			return -1;
		*sig = SIGRTMIN + (int)n;
		return 0;
	}
	return sd_fail(e, 0, "%s: '%s' is not a signal", what, s);
}

const char *sd_signal_name(int sig, char *buf)
{
	const char *abbrev = sigabbrev_np(sig);

	if (abbrev)
		snprintf(buf, 16, "SIG%.12s", abbrev);
	else
		snprintf(buf, 16, "%d", sig);
	return buf;
}
