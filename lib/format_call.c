/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of templates. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "format_tree.h"

typedef int function_fn(const struct call *c);

int call_give(const struct call *c, const struct sd_buf *text)
{
	*c->out = sd_json_new_str(text->data ? text->data : "");
	return *c->out ? 0 : template_fail(c->e, c->where, "%s: not UTF-8", c->name);
}

int call_want(const struct call *c, size_t i, const char **s)
{
	*s = sd_json_string_value(c->args[i]);
	return *s ? 0
		  : template_fail(
			    c->e, c->where, "%s: argument %zu is not a string", c->name, i + 1);
}

static int give_bool(const struct call *c, bool b)
{
	*c->out = sd_json_new_bool(b);
	return 0;
}

static int call_json(const struct call *c)
{
	sd_auto_free char *text = c->args[0] ? sd_json_text(c->args[0]) : sd_strdup("null");
	struct sd_buf all = {.data = text};

	return call_give(c, &all);
}

static int call_case(const struct call *c)
{
	sd_auto_buf struct sd_buf text = {0};
	const char *s;
	bool first = true;

	if (call_want(c, 0, &s) < 0)
		return -1;
	sd_buf_str(&text, s);
	for (char *p = text.data; *p; p++) {
		if (c->name[0] == 'l')
			*p = (char)tolower((unsigned char)*p);
		else if (c->name[0] == 'u' || first)
			*p = (char)toupper((unsigned char)*p);
		first = isspace((unsigned char)*p);
	}
	return call_give(c, &text);
}

static int call_join(const struct call *c)
{
	sd_auto_buf struct sd_buf text = {0};
	const struct sd_json *one;
	const char *between;
	size_t i;

	if (call_want(c, 1, &between) < 0)
		return -1;
	if (!sd_json_is_array(c->args[0]) && !sd_json_is_null(c->args[0]))
		return template_fail(c->e, c->where, "join: argument 1 is not a list");
	sd_json_array_foreach (c->args[0], i, one) {
		sd_buf_str(&text, i ? between : "");
		value_print(one, &text);
	}
	return call_give(c, &text);
}

static int call_split(const struct call *c)
{
	const char *s, *at, *between;
	size_t len;

	if (call_want(c, 0, &s) < 0 || call_want(c, 1, &between) < 0)
		return -1;
	*c->out = sd_json_new_array();
	for (len = strlen(between); len && (at = strstr(s, between)); s = at + len) {
		sd_auto_free char *part = sd_strndup(s, (size_t)(at - s));

		sd_json_append_str(*c->out, part);
	}
	sd_json_append_str(*c->out, s);
	return 0;
}

static int call_len(const struct call *c)
{
	const char *s = sd_json_string_value(c->args[0]);

	if (!s && !sd_json_is_array(c->args[0]) && !sd_json_is_object(c->args[0]))
		return template_fail(c->e, c->where, "len: this has no length");
	*c->out = sd_json_new_int((int64_t)(s ? strlen(s) : sd_json_len(c->args[0])));
	return 0;
}

static int index_one(const struct call *c, const struct sd_json *by, struct sd_json **at)
{
	const char *key = sd_json_string_value(by);
	int64_t i;

	if (sd_json_is_object(*at) && key) {
		*at = sd_json_member(*at, key);
		return 0;
	}
	if (!sd_json_is_array(*at) || !sd_json_int_value(by, &i))
		return template_fail(c->e, c->where, "index: a list takes numbers, a map strings");
	if (i < 0 || (size_t)i >= sd_json_len(*at))
		return template_fail(c->e, c->where, "index: %lld is out of range", (long long)i);
	*at = sd_json_at(*at, (size_t)i);
	return 0;
}

static int call_index(const struct call *c)
{
	struct sd_json *at = c->args[0];

	for (size_t i = 1; i < c->n; i++)
		if (index_one(c, c->args[i], &at) < 0)
			return -1;
	*c->out = sd_json_ref(at);
	return 0;
}

static int call_print(const struct call *c)
{
	sd_auto_buf struct sd_buf text = {0};
	bool line = strcmp(c->name, "println") == 0;

	for (size_t i = 0; i < c->n; i++) {
		/* As Go's Sprint: a space between two operands neither of which is a string. */
		if (i && (line || (!sd_json_string_value(c->args[i - 1]) &&
					  !sd_json_string_value(c->args[i]))))
			sd_buf_str(&text, " ");
		value_print(c->args[i], &text);
	}
	sd_buf_str(&text, line ? "\n" : "");
	return call_give(c, &text);
}

static int compare(const struct call *c, size_t i, bool ordered, int *order)
{
	if (value_compare(c->args[0], c->args[i], ordered, order) == 0)
		return 0;
	return template_fail(c->e, c->where, "%s: incompatible types for comparison", c->name);
}

/* eq is true where the first is equal to any of the others. */
static int call_eq(const struct call *c)
{
	bool any = false;
	int order;

	for (size_t i = 1; i < c->n && !any; i++) {
		if (compare(c, i, false, &order) < 0)
			return -1;
		any = order == 0;
	}
	return give_bool(c, any == (c->name[0] == 'e'));
}

static int call_order(const struct call *c)
{
	int order;

	if (compare(c, 1, true, &order) < 0)
		return -1;
	if (order == 0)
		return give_bool(c, c->name[1] == 'e');
	return give_bool(c, (order < 0) == (c->name[0] == 'l'));
}

static int call_logic(const struct call *c)
{
	bool stop = c->name[0] == 'o';
	size_t i = 0;

	while (i + 1 < c->n && value_true(c->args[i]) != stop)
		i++;
	*c->out = sd_json_ref(c->args[i]);
	return 0;
}

static int call_not(const struct call *c)
{
	return give_bool(c, !value_true(c->args[0]));
}

static const struct {
	const char *name;
	function_fn *call;
	size_t least, most;
} functions[] = {
	{"and", call_logic, 1, 100},
	{"eq", call_eq, 2, 100},
	{"ge", call_order, 2, 2},
	{"gt", call_order, 2, 2},
	{"index", call_index, 1, 100},
	{"join", call_join, 2, 2},
	{"json", call_json, 1, 1},
	{"le", call_order, 2, 2},
	{"len", call_len, 1, 1},
	{"lower", call_case, 1, 1},
	{"lt", call_order, 2, 2},
	{"ne", call_eq, 2, 2},
	{"not", call_not, 1, 1},
	{"or", call_logic, 1, 100},
	{"print", call_print, 0, 100},
	{"printf", call_printf, 1, 100},
	{"println", call_print, 0, 100},
	{"split", call_split, 2, 2},
	{"title", call_case, 1, 1},
	{"upper", call_case, 1, 1},
};

static size_t find(const char *name)
{
	size_t i = 0;

	while (i < sizeof(functions) / sizeof(*functions) && strcmp(functions[i].name, name) != 0)
		i++;
	return i;
}

bool call_known(const char *name)
{
	return find(name) < sizeof(functions) / sizeof(*functions);
}

int call_function(const char *name, size_t where, struct sd_json **args, size_t n,
	struct sd_json **out, struct sd_err *e)
{
	struct call c = {name, where, args, n, out, e};
	size_t i = find(name);

	if (n < functions[i].least || n > functions[i].most)
		return template_fail(e, where, "%s: %zu arguments, not %zu%s", name, n,
			functions[i].least,
			functions[i].most > functions[i].least ? " or more" : "");
	return functions[i].call(&c);
}
