/* SPDX-License-Identifier: Apache-2.0 */
/* Values of templates: true or not, in which order, and as text. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "format_tree.h"

bool value_true(const struct sd_json *j)
{
	const char *s = sd_json_string_value(j);
	double d;
	bool b;

	if (sd_json_bool_value(j, &b))
		return b;
	if (sd_json_real_value(j, &d))
		return d < 0 || d > 0;
	return s ? *s != '\0' : sd_json_len(j) > 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **value_keys(const struct sd_json *object, size_t *n)
{
	const char **keys = sd_calloc(sd_json_len(object) + 1, sizeof(*keys));

	*n = 0;
	sd_json_object_foreach (object, it)
		keys[(*n)++] = sd_json_iter_key(it);
	qsort(keys, *n, sizeof(*keys), by_name);
	return keys;
}

static void print_array(const struct sd_json *j, struct sd_buf *out)
{
	const struct sd_json *one;
	size_t i;

	sd_buf_str(out, "[");
	sd_json_array_foreach (j, i, one) {
		sd_buf_str(out, i ? " " : "");
		value_print(one, out);
	}
	sd_buf_str(out, "]");
}

static void print_object(const struct sd_json *j, struct sd_buf *out)
{
	size_t n;
	sd_auto_free const char **keys = value_keys(j, &n);

	sd_buf_str(out, "map[");
	for (size_t i = 0; i < n; i++) {
		sd_buf_printf(out, "%s%s:", i ? " " : "", keys[i]);
		value_print(sd_json_member(j, keys[i]), out);
	}
	sd_buf_str(out, "]");
}

void value_print(const struct sd_json *j, struct sd_buf *out)
{
	const char *s = sd_json_string_value(j);
	int64_t n;
	double d;
	bool b;

	if (s)
		sd_buf_str(out, s);
	else if (sd_json_int_value(j, &n))
		sd_buf_printf(out, "%lld", (long long)n);
	else if (sd_json_real_value(j, &d))
		sd_buf_printf(out, "%.15g", d);
	else if (sd_json_bool_value(j, &b))
		sd_buf_str(out, b ? "true" : "false");
	else if (sd_json_is_array(j))
		print_array(j, out);
	else if (sd_json_is_object(j))
		print_object(j, out);
	else
		sd_buf_str(out, "<no value>");
}

static int sign(double d)
{
	return d < 0 ? -1 : d > 0;
}

int value_compare(const struct sd_json *a, const struct sd_json *b, bool ordered, int *order)
{
	const char *s = sd_json_string_value(a), *t = sd_json_string_value(b);
	int64_t m, n;
	double x, y;
	bool p, q;

	if (s && t)
		*order = strcmp(s, t);
	else if (sd_json_int_value(a, &m) && sd_json_int_value(b, &n))
		*order = m < n ? -1 : m > n;
	else if (sd_json_real_value(a, &x) && sd_json_real_value(b, &y))
		*order = sign(x - y);
	else if (ordered)
		return -1;
	else if (sd_json_bool_value(a, &p) && sd_json_bool_value(b, &q))
		*order = p != q;
	else if (sd_json_is_null(a) || sd_json_is_null(b))
		*order = !(sd_json_is_null(a) && sd_json_is_null(b));
	else
		return -1;
	return 0;
}
