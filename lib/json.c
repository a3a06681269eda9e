/* SPDX-License-Identifier: Apache-2.0 */
#define SD_JSON_SELF
#include "json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include "cleanup.h"
#include "json_value.h"
#include "str.h"

/*
 * Hash tables are seeded so that no document can be made to collide.  jansson would open
 * /dev/urandom, which a root may lack; the kernel has given each program random bytes already
 * (getauxval(3)).
 */
__attribute__((constructor)) static void seed_hashes(void)
{
	const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
	unsigned seed = 0;

	if (random)
		memcpy(&seed, random + 8, sizeof(seed));
	json_object_seed(seed | 1); /* 0 would mean: choose one */
}

/*
 * OCI has unsigned 64-bit members, jansson's integers are signed: what is beyond them becomes the
 * largest (or smallest), in place, padded with blanks.  JSON_DECODE_INT_AS_REAL would turn every
 * other integer of the document into a real as well.
 */
static void clamp_integers(char *text, size_t len)
{
	bool quoted = false;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = strspn(text + i, "-+.0123456789eE");
		if (quoted || n == 0) {
			n = quoted && text[i] == '\\' && i + 1 < len ? 2 : 1;
			quoted ^= text[i] == '"';
			continue;
		}
		if (n < 19 || strcspn(text + i, ".eE") < n)
			continue;
		errno = 0;
		strtoll(text + i, NULL, 10);
		if (errno == ERANGE) {
			bool negative = text[i] == '-';

			memset(text + i, ' ', n);
			memcpy(text + i, negative ? "-9223372036854775808" : "9223372036854775807",
				negative ? 20 : 19);
		}
	}
}

struct sd_json *sd_json_parse(const char *text, size_t len, const char *name, struct sd_err *e)
{
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
	json_error_t je;
	json_t *j = json_loadb(text ? text : "", len, flags, &je);

	if (!j && json_error_code(&je) == json_error_numeric_overflow) {
		sd_auto_free char *copy = sd_strndup(text, len);

		clamp_integers(copy, strlen(copy));
		j = json_loadb(copy, len, flags, &je);
	}
	if (!j)
		sd_fail(e, 0, "%s: not JSON: %s (line %d, column %d)", name, je.text, je.line,
			je.column);
	return S(j);
}

struct sd_json *sd_json_ref(struct sd_json *j)
{
	return S(json_incref(J(j)));
}

void sd_json_unref(struct sd_json *j)
{
	json_decref(J(j));
}

void sd_json_unrefp(struct sd_json **j)
{
	json_decref(J(*j));
	*j = NULL;
}

struct sd_json *sd_json_copy(const struct sd_json *j)
{
	return S(json_deep_copy(J(j)));
}

char *sd_json_text(const struct sd_json *j)
{
	char *s = json_dumps(J(j), JSON_COMPACT | JSON_ENCODE_ANY);

	return s ? s : sd_strdup("null");
}

char *sd_json_pretty(const struct sd_json *j)
{
	char *s = json_dumps(J(j), JSON_INDENT(2) | JSON_ENCODE_ANY);

	return s ? s : sd_strdup("null");
}

/* One step of a path: ".name", "name" or "[i]".  Returns what follows. */
static const char *step(const char *p, json_t **j)
{
	if (*p == '[') {
		char *end;
		unsigned long i = strtoul(p + 1, &end, 10);

		*j = json_array_get(*j, i);
		return *end == ']' ? end + 1 : end;
	}
	if (*p == '.')
		p++;
	size_t n = strcspn(p, ".[");
	char *key = sd_strndup(p, n);

	*j = json_object_get(*j, key);
	free(key);
	return p + n;
}

#define FORMAT_PATH(path)                                                                          \
	char p[512];                                                                               \
	va_list ap;                                                                                \
	va_start(ap, path);                                                                        \
	vsnprintf(p, sizeof(p), path, ap);                                                         \
	va_end(ap)

static const char *type_name(const json_t *j)
{
	static const char *const names[] = {"an object", "an array", "a string", "an integer",
		"a real number", "a boolean", "a boolean", "null"};

	return names[json_typeof(j)];
}

static int wrong(struct sd_err *e, const char *path, const char *expected, const json_t *j)
{
	return sd_fail(e, 0, "%s: expected %s, found %s", path, expected, type_name(j));
}

static json_t *walk(const struct sd_json *root, const char *path)
{
	json_t *j = J(root);

	while (j && *path)
		path = step(path, &j);
	return j && !json_is_null(j) ? j : NULL;
}

/* 1 and the value; 0 where it or a parent is absent or null; -1 where a parent can hold none. */
static int find(const struct sd_json *root, const char *path, json_t **out, struct sd_err *e)
{
	json_t *j = J(root);

	for (const char *p = path; j && !json_is_null(j) && *p;) {
		bool index = *p == '[';

		if (index ? !json_is_array(j) : !json_is_object(j)) {
			sd_auto_free char *parent = sd_strndup(path, (size_t)(p - path));

			return wrong(e, p == path ? "document" : parent,
				index ? "an array" : "an object", j);
		}
		p = step(p, &j);
	}
	*out = j;
	return j && !json_is_null(j);
}

int sd_json_str(
	const struct sd_json *root, const char **out, struct sd_err *e, const char *path, ...)
{
	FORMAT_PATH(path);
	json_t *j;
	int r = find(root, p, &j, e);

	if (r <= 0)
		return r;
	if (!json_is_string(j))
		return wrong(e, p, "a string", j);
	*out = json_string_value(j);
	return 1;
}

int sd_json_int(const struct sd_json *root, int64_t *out, struct sd_err *e, const char *path, ...)
{
	FORMAT_PATH(path);
	json_t *j;
	int r = find(root, p, &j, e);

	if (r <= 0)
		return r;
	if (!json_is_integer(j))
		return wrong(e, p, "an integer", j);
	*out = json_integer_value(j);
	return 1;
}

int sd_json_real(const struct sd_json *root, double *out, struct sd_err *e, const char *path, ...)
{
	FORMAT_PATH(path);
	json_t *j;
	int r = find(root, p, &j, e);

	if (r <= 0)
		return r;
	if (!json_is_number(j))
		return wrong(e, p, "a number", j);
	*out = json_number_value(j);
	return 1;
}

int sd_json_bool(const struct sd_json *root, bool *out, struct sd_err *e, const char *path, ...)
{
	FORMAT_PATH(path);
	json_t *j;
	int r = find(root, p, &j, e);

	if (r <= 0)
		return r;
	if (!json_is_boolean(j))
		return wrong(e, p, "a boolean", j);
	*out = json_is_true(j);
	return 1;
}

int sd_json_array(
	const struct sd_json *root, struct sd_json **out, struct sd_err *e, const char *path, ...)
{
	FORMAT_PATH(path);
	json_t *j;
	int r = find(root, p, &j, e);

	if (r <= 0)
		return r;
	if (!json_is_array(j))
		return wrong(e, p, "an array", j);
	*out = S(j);
	return 1;
}

int sd_json_object(
	const struct sd_json *root, struct sd_json **out, struct sd_err *e, const char *path, ...)
{
	FORMAT_PATH(path);
	json_t *j;
	int r = find(root, p, &j, e);

	if (r <= 0)
		return r;
	if (!json_is_object(j))
		return wrong(e, p, "an object", j);
	*out = S(j);
	return 1;
}

struct sd_json *sd_json_get(const struct sd_json *root, const char *path, ...)
{
	FORMAT_PATH(path);
	return S(walk(root, p));
}

int sd_json_strings(const struct sd_json *root, const char ***out, size_t *n, struct sd_err *e,
	const char *path, ...)
{
	FORMAT_PATH(path);
	json_t *j, *v;
	int r = find(root, p, &j, e);
	const char **list;
	size_t i;

	if (r <= 0)
		return r;
	if (!json_is_array(j))
		return wrong(e, p, "an array of strings", j);
	list = sd_calloc(json_array_size(j) + 1, sizeof(*list));
	json_array_foreach(j, i, v)
	{
		if (!json_is_string(v)) {
			free(list);
			return sd_fail(
				e, 0, "%s[%zu]: expected a string, found %s", p, i, type_name(v));
		}
		list[i] = json_string_value(v);
	}
	*out = list;
	if (n)
		*n = i;
	return 1;
}

int sd_json_missing(struct sd_err *e, const char *path, ...)
{
	FORMAT_PATH(path);
	return sd_fail(e, 0, "%s: missing", p);
}

size_t sd_json_len(const struct sd_json *j)
{
	if (json_is_array(J(j)))
		return json_array_size(J(j));
	return json_object_size(J(j));
}

struct sd_json *sd_json_at(const struct sd_json *array, size_t i)
{
	return S(json_array_get(J(array), i));
}

struct sd_json *sd_json_member(const struct sd_json *object, const char *key)
{
	return S(json_object_get(J(object), key));
}

const char *sd_json_string_value(const struct sd_json *j)
{
	return json_string_value(J(j));
}

bool sd_json_int_value(const struct sd_json *j, int64_t *n)
{
	if (json_is_integer(J(j)))
		*n = json_integer_value(J(j));
	return json_is_integer(J(j));
}

bool sd_json_real_value(const struct sd_json *j, double *d)
{
	if (json_is_number(J(j)))
		*d = json_number_value(J(j));
	return json_is_number(J(j));
}

bool sd_json_bool_value(const struct sd_json *j, bool *b)
{
	if (json_is_boolean(J(j)))
		*b = json_is_true(J(j));
	return json_is_boolean(J(j));
}

bool sd_json_is_null(const struct sd_json *j)
{
	return !j || json_is_null(J(j));
}

bool sd_json_is_object(const struct sd_json *j)
{
	return json_is_object(J(j));
}

bool sd_json_is_array(const struct sd_json *j)
{
	return json_is_array(J(j));
}

bool sd_json_has_string(const struct sd_json *array, const char *s)
{
	const struct sd_json *one;
	size_t i;

	sd_json_array_foreach (array, i, one) {
		const char *text = sd_json_string_value(one);

		if (text && strcmp(text, s) == 0)
			return true;
	}
	return false;
}

bool sd_json_equal(const struct sd_json *a, const struct sd_json *b)
{
	return json_equal(J(a), J(b));
}

void *sd_json_iter(const struct sd_json *object)
{
	return json_object_iter(J(object));
}

void *sd_json_iter_next(const struct sd_json *object, void *it)
{
	return json_object_iter_next(J(object), it);
}

const char *sd_json_iter_key(void *it)
{
	return json_object_iter_key(it);
}

struct sd_json *sd_json_iter_value(void *it)
{
	return S(json_object_iter_value(it));
}
