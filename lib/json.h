/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json - the one module that includes jansson.h: json.c reads, json_build.c makes.
 *
 * A struct sd_json is a JSON value (jansson's json_t, reference counted).  Getters walk a path
 * from a value: member names joined by dots, array indices in brackets, printf(3) conversions
 * filled in first:
 *
 *	sd_json_str(doc, &dest, e, "config.mounts[%zu].destination", i)
 *
 * They return 1 and set *out where the member is there, 0 (leaving *out) where it or a parent is
 * absent or null, and -1 with an error that names the path where its type, or a parent's, is
 * wrong.  What they set is borrowed: it lives as long as the value.  Keys that may hold dots
 * (annotations, sysctls) are reached by sd_json_object_foreach or sd_json_member.
 */
#ifndef SD_JSON_H
#define SD_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "err.h"

struct sd_json;

/*
 * `len` bytes of text; `name` stands in the error.  Duplicate keys and depth > 2048 are refused.
 * Integers beyond int64_t (OCI's limits are unsigned) become INT64_MAX or INT64_MIN.
 */
struct sd_json *sd_json_parse(const char *text, size_t len, const char *name, struct sd_err *e);
struct sd_json *sd_json_ref(struct sd_json *j);
void sd_json_unref(struct sd_json *j);
void sd_json_unrefp(struct sd_json **j);
#define sd_auto_json __attribute__((cleanup(sd_json_unrefp)))
struct sd_json *sd_json_copy(const struct sd_json *j); /* deep */

/* One line without a newline, or indented by two; malloc'ed, the caller frees. */
char *sd_json_text(const struct sd_json *j);
char *sd_json_pretty(const struct sd_json *j);

/* Getters: 1 there, 0 absent, -1 wrong type (error set). */
#define SD_JSON_PATH(a, b) __attribute__((format(printf, a, b)))
int sd_json_str(const struct sd_json *j, const char **out, struct sd_err *e, const char *path, ...)
	SD_JSON_PATH(4, 5);
int sd_json_int(const struct sd_json *j, int64_t *out, struct sd_err *e, const char *path, ...)
	SD_JSON_PATH(4, 5);
int sd_json_real(const struct sd_json *j, double *out, struct sd_err *e, const char *path, ...)
	SD_JSON_PATH(4, 5);
int sd_json_bool(const struct sd_json *j, bool *out, struct sd_err *e, const char *path, ...)
	SD_JSON_PATH(4, 5);
int sd_json_array(const struct sd_json *j, struct sd_json **out, struct sd_err *e, const char *path,
	...) SD_JSON_PATH(4, 5);
int sd_json_object(const struct sd_json *j, struct sd_json **out, struct sd_err *e,
	const char *path, ...) SD_JSON_PATH(4, 5);
/* The value of any type, or NULL where absent. */
struct sd_json *sd_json_get(const struct sd_json *j, const char *path, ...) SD_JSON_PATH(2, 3);

/* An array of strings as a NULL-terminated list of borrowed pointers; the caller frees the list. */
int sd_json_strings(const struct sd_json *j, const char ***out, size_t *n, struct sd_err *e,
	const char *path, ...) SD_JSON_PATH(5, 6);

/* "PATH: missing" for a getter that returned 0 on a member that must be there.  Returns -1. */
int sd_json_missing(struct sd_err *e, const char *path, ...) SD_JSON_PATH(2, 3);
#if defined(__clang_analyzer__) && !defined(SD_JSON_SELF) /* as in err.h */
#define sd_json_missing(...) (sd_json_missing(__VA_ARGS__), -1)
#endif

size_t sd_json_len(const struct sd_json *array_or_object);	   /* 0 for NULL and other types */
struct sd_json *sd_json_at(const struct sd_json *array, size_t i); /* borrowed, or NULL */
struct sd_json *sd_json_member(
	const struct sd_json *object, const char *key);	   /* borrowed, or NULL */
const char *sd_json_string_value(const struct sd_json *j); /* NULL where it is not a string */
/* False where it is of another type; an integer is a real number too. */
bool sd_json_int_value(const struct sd_json *j, int64_t *n);
bool sd_json_real_value(const struct sd_json *j, double *d);
bool sd_json_bool_value(const struct sd_json *j, bool *b);
bool sd_json_is_null(const struct sd_json *j); /* JSON's null, or NULL */
bool sd_json_is_object(const struct sd_json *j);
bool sd_json_is_array(const struct sd_json *j);
bool sd_json_has_string(const struct sd_json *array, const char *s); /* as one of its values */
bool sd_json_equal(const struct sd_json *a, const struct sd_json *b);

#define sd_json_array_foreach(array, i, value)                                                     \
	for ((i) = 0; ((value) = sd_json_at((array), (i))) != NULL; (i)++)

/* Iteration in order of insertion: for (void *it = first; it; it = next). */
void *sd_json_iter(const struct sd_json *object);
void *sd_json_iter_next(const struct sd_json *object, void *it);
const char *sd_json_iter_key(void *it);
struct sd_json *sd_json_iter_value(void *it);
#define sd_json_object_foreach(object, it)                                                         \
	for (void *it = sd_json_iter(object); it; it = sd_json_iter_next((object), it))

/*
 * Building.  New values are owned by the caller.  The set and append functions take ownership of
 * `value` (also when they fail, which only lack of memory and a container of the wrong type can
 * cause) so calls nest: sd_json_set(o, "a", sd_json_new_str("b")).  Strings must be UTF-8: one that
 * is not gives NULL, and setting NULL is ignored; check with sd_is_utf8 where it comes from a user.
 */
struct sd_json *sd_json_new_object(void);
struct sd_json *sd_json_new_array(void);
struct sd_json *sd_json_new_str(const char *s);
struct sd_json *sd_json_new_int(int64_t n);
struct sd_json *sd_json_new_bool(bool b);
struct sd_json *sd_json_new_real(double d);
struct sd_json *sd_json_new_null(void);
void sd_json_set(struct sd_json *object, const char *key, struct sd_json *value);
void sd_json_set_str(struct sd_json *object, const char *key, const char *value);
void sd_json_take_str(struct sd_json *object, const char *key, char *value); /* freed */
void sd_json_set_int(struct sd_json *object, const char *key, int64_t value);
void sd_json_set_bool(struct sd_json *object, const char *key, bool value);
void sd_json_del(struct sd_json *object, const char *key);
void sd_json_append(struct sd_json *array, struct sd_json *value);
void sd_json_append_str(struct sd_json *array, const char *value);
void sd_json_insert(struct sd_json *array, size_t i, struct sd_json *value);
void sd_json_remove_at(struct sd_json *array, size_t i);
/*
 * The object at a dotted path, made (with its parents) where it is absent.  Borrowed.  NULL where
 * a parent is of another type; the type of a last part that is there is not looked at.
 */
struct sd_json *sd_json_make_object(struct sd_json *root, const char *path);
struct sd_json *sd_json_make_array(struct sd_json *root, const char *path);

#endif
