/* SPDX-License-Identifier: Apache-2.0 */
/* A template's tree is walked over a value. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "cleanup.h"
#include "format_tree.h"

struct variable {
	const char *name;
	struct sd_json *value; /* owned, or NULL: no value */
};

struct run {
	const struct sd_json *labels;
	struct variable *variables; /* the first is $, the data */
	size_t n;
	unsigned steps;
	struct sd_buf *out;
	struct sd_err *e;
};

static int run_list(struct run *r, const struct node *node, struct sd_json *dot);
static int run_pipe(struct run *r, const struct pipe *p, struct sd_json *dot, struct sd_json **out);

static void set_variable(struct run *r, const char *name, struct sd_json *value, bool declare)
{
	for (size_t i = r->n; !declare && i-- > 0;) {
		if (strcmp(r->variables[i].name, name) != 0)
			continue;
		sd_json_unref(r->variables[i].value);
		r->variables[i].value = sd_json_ref(value);
		return;
	}
	r->variables = sd_realloc(r->variables, (r->n + 1) * sizeof(*r->variables));
	r->variables[r->n++] = (struct variable){name, sd_json_ref(value)};
}

static void drop_variables(struct run *r, size_t n)
{
	while (r->n > n)
		sd_json_unref(r->variables[--r->n].value);
}

/* The exact name, or one that differs in case: docker's .ID is the member "id" here. */
static struct sd_json *member(const struct sd_json *j, const char *name)
{
	struct sd_json *exact = sd_json_member(j, name);

	if (exact)
		return exact;
	sd_json_object_foreach (j, it)
		if (strcasecmp(sd_json_iter_key(it), name) == 0)
			return sd_json_iter_value(it);
	return NULL;
}

static int follow(
	struct run *r, const struct operand *o, struct sd_json *from, struct sd_json **out)
{
	struct sd_json *at = from;

	for (size_t i = 0; i < o->n; i++) {
		if (sd_json_is_null(at))
			return template_fail(r->e, o->where, "can't evaluate field %s of no value",
				o->fields[i]);
		if (!sd_json_is_object(at))
			return template_fail(r->e, o->where,
				"can't evaluate field %s of a value without fields", o->fields[i]);
		at = member(at, o->fields[i]);
		if (!at && isupper((unsigned char)o->fields[i][0]))
			return template_fail(r->e, o->where,
				"can't evaluate field %s: there is none", o->fields[i]);
	}
	*out = sd_json_ref(at);
	return 0;
}

static int run_variable(struct run *r, const struct operand *o, struct sd_json **out)
{
	for (size_t i = r->n; i-- > 0;)
		if (strcmp(r->variables[i].name, o->name) == 0)
			return follow(r, o, r->variables[i].value, out);
	return template_fail(r->e, o->where, "undefined variable $%s", o->name);
}

static int run_operand(
	struct run *r, const struct operand *o, struct sd_json *dot, struct sd_json **out)
{
	sd_auto_json struct sd_json *value = NULL;

	if (r->steps++ > FORMAT_STEPS)
		return template_fail(r->e, o->where, "more than %d steps", FORMAT_STEPS);
	*out = NULL;
	switch (o->kind) {
	case OPERAND_DOT:
		return follow(r, o, dot, out);
	case OPERAND_VARIABLE:
		return run_variable(r, o, out);
	case OPERAND_LITERAL:
		*out = sd_json_ref(o->literal);
		return 0;
	case OPERAND_PIPE:
		return run_pipe(r, o->pipe, dot, &value) < 0 ? -1 : follow(r, o, value, out);
	case OPERAND_CALL:
		return call_function(o->name, o->where, NULL, 0, out, r->e);
	}
	return -1;
}

/* {{.Label "key"}}, the one method that there is; also of $. */
static int run_label(struct run *r, const struct command *c, struct sd_json **args, size_t n,
	struct sd_json **out)
{
	const struct operand *o = &c->operands[0];
	const char *key = n == 1 ? sd_json_string_value(args[0]) : NULL;

	if (o->n == 0 || strcmp(o->fields[o->n - 1], "Label") != 0 || !key)
		return template_fail(
			r->e, o->where, "only a function, and .Label \"key\", take arguments");
	*out = sd_json_ref(sd_json_member(r->labels, key));
	if (!*out)
		*out = sd_json_new_str("");
	return 0;
}

/* `last` is what the command before has made, or NULL for the first. */
static int run_command(struct run *r, const struct command *c, struct sd_json *dot,
	struct sd_json **last, struct sd_json **out)
{
	const struct operand *first = &c->operands[0];
	sd_auto_free struct sd_json **args = sd_calloc(c->n + 1, sizeof(struct sd_json *));
	size_t n = 0;
	int code = 0;

	if (c->n == 1 && !last && first->kind != OPERAND_CALL)
		return run_operand(r, first, dot, out);
	for (size_t i = 1; i < c->n && code == 0; i++)
		code = run_operand(r, &c->operands[i], dot, &args[n++]);
	if (last)
		args[n++] = sd_json_ref(*last);
	if (code == 0 && first->kind == OPERAND_CALL)
		code = call_function(first->name, first->where, args, n, out, r->e);
	else if (code == 0)
		code = run_label(r, c, args, n, out);
	for (size_t i = 0; i < n; i++)
		sd_json_unref(args[i]);
	return code;
}

/* The commands alone; the variables are whose who asked. */
static int run_commands(
	struct run *r, const struct pipe *p, struct sd_json *dot, struct sd_json **out)
{
	sd_auto_json struct sd_json *last = NULL;

	for (size_t i = 0; i < p->n; i++) {
		struct sd_json *next = NULL;

		if (run_command(r, &p->commands[i], dot, i ? &last : NULL, &next) < 0)
			return -1;
		sd_json_unref(last);
		last = next;
	}
	*out = sd_steal_ptr(&last);
	return 0;
}

static int run_pipe(struct run *r, const struct pipe *p, struct sd_json *dot, struct sd_json **out)
{
	if (run_commands(r, p, dot, out) < 0)
		return -1;
	if (p->variable[0])
		set_variable(r, p->variable[0], *out, p->declares);
	return 0;
}

static int run_turn(
	struct run *r, const struct node *node, struct sd_json *key, struct sd_json *value)
{
	const struct pipe *p = node->pipe;
	size_t variables = r->n;
	int code;

	if (p->variable[0])
		set_variable(r, p->variable[0], p->variable[1] ? key : value, true);
	if (p->variable[1])
		set_variable(r, p->variable[1], value, true);
	code = run_list(r, node->body, value);
	drop_variables(r, variables);
	return code;
}

static int run_object(struct run *r, const struct node *node, const struct sd_json *object)
{
	size_t n;
	sd_auto_free const char **keys = value_keys(object, &n);

	for (size_t i = 0; i < n; i++) {
		sd_auto_json struct sd_json *key = sd_json_new_str(keys[i]);

		if (run_turn(r, node, key, sd_json_member(object, keys[i])) < 0)
			return -1;
	}
	return 0;
}

static int run_range(struct run *r, const struct node *node, struct sd_json *dot)
{
	sd_auto_json struct sd_json *over = NULL;
	struct sd_json *value;
	size_t i;

	if (run_commands(r, node->pipe, dot, &over) < 0)
		return -1;
	if (!value_true(over))
		return run_list(r, node->otherwise, dot);
	if (sd_json_is_object(over))
		return run_object(r, node, over);
	if (!sd_json_is_array(over))
		return template_fail(r->e, node->pipe->commands[0].operands[0].where,
			"range can't iterate over this");
	sd_json_array_foreach (over, i, value) {
		sd_auto_json struct sd_json *key = sd_json_new_int((int64_t)i);

		if (run_turn(r, node, key, value) < 0)
			return -1;
	}
	return 0;
}

static int run_choice(struct run *r, const struct node *node, struct sd_json *dot)
{
	sd_auto_json struct sd_json *value = NULL;
	size_t variables = r->n;
	int code;

	if (run_pipe(r, node->pipe, dot, &value) < 0)
		return -1;
	if (value_true(value))
		code = run_list(r, node->body, node->kind == NODE_WITH ? value : dot);
	else
		code = run_list(r, node->otherwise, dot);
	drop_variables(r, variables);
	return code;
}

static int run_print(struct run *r, const struct node *node, struct sd_json *dot)
{
	sd_auto_json struct sd_json *value = NULL;

	if (run_pipe(r, node->pipe, dot, &value) < 0)
		return -1;
	if (!node->pipe->variable[0])
		value_print(value, r->out);
	return 0;
}

static int run_node(struct run *r, const struct node *node, struct sd_json *dot)
{
	switch (node->kind) {
	case NODE_TEXT:
		sd_buf_add(r->out, node->text, node->len);
		return 0;
	case NODE_PRINT:
		return run_print(r, node, dot);
	case NODE_RANGE:
		return run_range(r, node, dot);
	default:
		return run_choice(r, node, dot);
	}
}

static int run_list(struct run *r, const struct node *node, struct sd_json *dot)
{
	for (; node; node = node->next) {
		if (run_node(r, node, dot) < 0)
			return -1;
		if (r->out->len > FORMAT_BYTES || r->steps++ > FORMAT_STEPS)
			return sd_fail(r->e, 0, "template: its output has no end");
	}
	return 0;
}

int sd_format_run(const struct sd_format *f, const struct sd_json *data,
	const struct sd_json *labels, struct sd_buf *out, struct sd_err *e)
{
	sd_auto_json struct sd_json *dot = sd_json_ref((struct sd_json *)(uintptr_t)data);
	struct run r = {.labels = labels, .out = out, .e = e};
	int code;

	set_variable(&r, "", dot, true);
	code = run_list(&r, f->first, dot);
	drop_variables(&r, 0);
	free(r.variables);
	return code;
}
