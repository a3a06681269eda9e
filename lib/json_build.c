/* SPDX-License-Identifier: Apache-2.0 */
/* The half of the module that makes and changes values. */
#include "json.h"

#include <stdlib.h>
#include <string.h>
#include "json_value.h"
#include "str.h"

struct sd_json *sd_json_new_object(void)
{
	return S(json_object());
}

struct sd_json *sd_json_new_array(void)
{
	return S(json_array());
}

struct sd_json *sd_json_new_str(const char *s)
{
	return S(json_string(s));
}

struct sd_json *sd_json_new_int(int64_t n)
{
	return S(json_integer(n));
}

struct sd_json *sd_json_new_bool(bool b)
{
	return S(json_boolean(b));
}

struct sd_json *sd_json_new_real(double d)
{
	return S(json_real(d));
}

struct sd_json *sd_json_new_null(void)
{
	return S(json_null());
}

void sd_json_set(struct sd_json *object, const char *key, struct sd_json *value)
{
	json_object_set_new(J(object), key, J(value));
}

void sd_json_set_str(struct sd_json *object, const char *key, const char *value)
{
	sd_json_set(object, key, sd_json_new_str(value));
}

void sd_json_take_str(struct sd_json *object, const char *key, char *value)
{
	sd_json_set_str(object, key, value);
	free(value);
}

void sd_json_set_int(struct sd_json *object, const char *key, int64_t value)
{
	sd_json_set(object, key, sd_json_new_int(value));
}

void sd_json_set_bool(struct sd_json *object, const char *key, bool value)
{
	sd_json_set(object, key, sd_json_new_bool(value));
}

void sd_json_del(struct sd_json *object, const char *key)
{
	json_object_del(J(object), key);
}

void sd_json_append(struct sd_json *array, struct sd_json *value)
{
	json_array_append_new(J(array), J(value));
}

void sd_json_append_str(struct sd_json *array, const char *value)
{
	sd_json_append(array, sd_json_new_str(value));
}

void sd_json_insert(struct sd_json *array, size_t i, struct sd_json *value)
{
	json_array_insert_new(J(array), i, J(value));
}

void sd_json_remove_at(struct sd_json *array, size_t i)
{
	json_array_remove(J(array), i);
}

static json_t *make(json_t *root, const char *path, json_t *(*leaf)(void))
{
	json_t *j = root;

	while (*path) {
		size_t n = strcspn(path, ".");
		char *key = sd_strndup(path, n);
		json_t *next = json_object_get(j, key);

		path += path[n] ? n + 1 : n;
		if (!next || json_is_null(next)) {
			next = *path ? json_object() : leaf();
			/* A part of the path that is no object: `next` is gone with the failure. */
			if (json_object_set_new(j, key, next) < 0)
				next = NULL;
		}
		free(key);
		if (!next)
			return NULL;
		j = next;
	}
	return j;
}

struct sd_json *sd_json_make_object(struct sd_json *root, const char *path)
{
	return S(make(J(root), path, json_object));
}

struct sd_json *sd_json_make_array(struct sd_json *root, const char *path)
{
	return S(make(J(root), path, json_array));
}
