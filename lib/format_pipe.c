/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of an action to its pipeline: words, literals, operands, commands. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "format_parser.h"

int template_fail(struct sd_err *e, size_t where, const char *fmt, ...)
{
	sd_auto_free char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	va_end(ap);
	return sd_fail(e, 0, "template, column %zu: %s", where, what ? what : "out of memory");
}

size_t parse_column(const struct parser *s)
{
	return (size_t)(s->p - s->text) + 1;
}

void *parse_keep(struct parser *s, void *block)
{
	s->f->blocks = sd_realloc(s->f->blocks, (s->f->n + 1) * sizeof(*s->f->blocks));
	s->f->blocks[s->f->n++] = block;
	return block;
}

void parse_space(struct parser *s)
{
	s->p += strspn(s->p, " \t\r\n");
}

bool parse_at_close(const struct parser *s)
{
	return strncmp(s->p, "}}", 2) == 0 || (strncmp(s->p, "-}}", 3) == 0 && isspace(s->p[-1]));
}

int parse_unexpected(struct parser *s)
{
	size_t n = strcspn(s->p, " \t\r\n}");

	if (!*s->p)
		return template_fail(
			s->e, parse_column(s), "the end, where an action is to be closed by '}}'");
	return template_fail(s->e, parse_column(s), "unexpected '%.*s'", n ? (int)n : 1, s->p);
}

size_t parse_word(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || p[n] == '_' || (p[n] & 0x80))
		n++;
	return n;
}

/* True, and stepped over, where this word stands next. */
bool parse_take_word(struct parser *s, const char *word)
{
	size_t n = parse_word(s->p);

	if (n != strlen(word) || strncmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	parse_space(s);
	return true;
}

/* An array of n, one longer; the old one stays with the tree until its end. */
static void *longer(struct parser *s, const void *old, size_t n, size_t size)
{
	char *bigger = parse_keep(s, sd_calloc(n + 1, size));

	if (n)
		memcpy(bigger, old, n * size);
	return bigger;
}

/* ---- literals */

static int escape(struct parser *s, struct sd_buf *out)
{
	static const char from[] = "abfnrtv\\\"'", to[] = "\a\b\f\n\r\t\v\\\"'";
	const char *at = *s->p ? strchr(from, *s->p) : NULL;

	if (!at)
		return template_fail(s->e, parse_column(s), "an escape that is none of \\%s", from);
	sd_buf_add(out, &to[at - from], 1);
	s->p++;
	return 0;
}

static int parse_string(struct parser *s, struct operand *o)
{
	sd_auto_buf struct sd_buf text = {0};
	char quote = *s->p++;

	sd_buf_str(&text, "");
	while (*s->p && *s->p != quote) {
		if (*s->p == '\\' && quote == '"') {
			s->p++;
			if (escape(s, &text) < 0)
				return -1;
		} else {
			sd_buf_add(&text, s->p++, 1);
		}
	}
	if (!*s->p)
		return template_fail(s->e, o->where, "a string that is not closed");
	s->p++;
	o->literal = sd_json_new_str(text.data);
	return o->literal ? 0 : template_fail(s->e, o->where, "a string that is not UTF-8");
}

static int parse_number(struct parser *s, struct operand *o)
{
	char *int_end, *real_end;
	long long n;
	double d;

	errno = 0;
	n = strtoll(s->p, &int_end, 0);
	if (errno)
		return template_fail(s->e, o->where, "a number that is too large");
	d = strtod(s->p, &real_end);
	if (parse_word(real_end) && parse_word(int_end))
		return template_fail(s->e, o->where, "a number that is none");
	o->literal = real_end > int_end ? sd_json_new_real(d) : sd_json_new_int(n);
	s->p = real_end > int_end ? real_end : int_end;
	return o->literal ? 0 : template_fail(s->e, o->where, "a number that is none");
}

/* ---- operands, commands, pipelines */

static const char *take_name(struct parser *s)
{
	size_t n = parse_word(s->p);
	const char *name = parse_keep(s, sd_strndup(s->p, n));

	s->p += n;
	return name;
}

static int parse_fields(struct parser *s, struct operand *o)
{
	while (*s->p == '.' && parse_word(s->p + 1)) {
		s->p++;
		o->fields = longer(s, o->fields, o->n, sizeof(*o->fields));
		o->fields[o->n++] = take_name(s);
	}
	return *s->p == '.' ? parse_unexpected(s) : 0;
}

static int parse_parenthesis(struct parser *s, struct operand *o)
{
	o->kind = OPERAND_PIPE;
	s->p++;
	o->pipe = parse_pipe(s);
	if (!o->pipe)
		return -1;
	if (*s->p != ')')
		return template_fail(s->e, o->where, "a parenthesis that is not closed");
	s->p++;
	return parse_fields(s, o);
}

static int parse_name(struct parser *s, struct operand *o)
{
	if (!parse_word(s->p))
		return parse_unexpected(s);
	o->name = take_name(s);
	if (strcmp(o->name, "true") == 0 || strcmp(o->name, "false") == 0)
		o->literal = sd_json_new_bool(o->name[0] == 't');
	else if (strcmp(o->name, "nil") != 0)
		o->kind = OPERAND_CALL;
	if (o->kind == OPERAND_CALL && !call_known(o->name))
		return template_fail(s->e, o->where, "function '%s' is not defined", o->name);
	return 0;
}

static int parse_operand(struct parser *s, struct operand *o)
{
	*o = (struct operand){.kind = OPERAND_LITERAL, .where = parse_column(s)};
	if (*s->p == '(')
		return parse_parenthesis(s, o);
	if (*s->p == '"' || *s->p == '`')
		return parse_string(s, o);
	if (isdigit((unsigned char)*s->p) || (*s->p == '-' && isdigit((unsigned char)s->p[1])))
		return parse_number(s, o);
	if (*s->p == '$') {
		s->p++;
		o->kind = OPERAND_VARIABLE;
		o->name = take_name(s);
		return parse_fields(s, o);
	}
	if (*s->p != '.')
		return parse_name(s, o);
	o->kind = OPERAND_DOT;
	if (!parse_word(s->p + 1)) {
		s->p++;
		return 0;
	}
	return parse_fields(s, o);
}

static int parse_command(struct parser *s, struct command *c)
{
	*c = (struct command){0};
	do {
		const char *before = s->p;

		c->operands = longer(s, c->operands, c->n, sizeof(*c->operands));
		if (parse_operand(s, &c->operands[c->n]) < 0)
			return -1;
		if (c->operands[c->n].kind == OPERAND_LITERAL && c->operands[c->n].literal)
			sd_json_append(s->f->literals, c->operands[c->n].literal);
		c->n++;
		if (s->p == before)
			return parse_unexpected(s);
		if (!isspace((unsigned char)*s->p) && !strchr("|)}", *s->p))
			return parse_unexpected(s);
		parse_space(s);
	} while (*s->p && *s->p != '|' && *s->p != ')' && !parse_at_close(s));
	return 0;
}

/* "$x := ", "$x = ", "$i, $x := "; stepped back where it is none. */
static void parse_declaration(struct parser *s, struct pipe *p)
{
	const char *begin = s->p;
	const char *names[2] = {NULL, NULL};
	size_t n = 0;

	while (*s->p == '$' && n < 2) {
		s->p++;
		names[n++] = take_name(s);
		parse_space(s);
		if (*s->p != ',')
			break;
		s->p++;
		parse_space(s);
	}
	p->declares = n && strncmp(s->p, ":=", 2) == 0;
	if (!n || (!p->declares && *s->p != '=')) {
		s->p = begin;
		return;
	}
	memcpy(p->variable, names, sizeof(names));
	s->p += p->declares ? 2 : 1;
	parse_space(s);
}

struct pipe *parse_pipe(struct parser *s)
{
	struct pipe *p = parse_keep(s, sd_calloc(1, sizeof(*p)));

	if (s->depth++ > FORMAT_DEPTH) {
		template_fail(s->e, parse_column(s), "more than %d parentheses deep", FORMAT_DEPTH);
		return NULL;
	}
	parse_space(s);
	parse_declaration(s, p);
	for (;;) {
		p->commands = longer(s, p->commands, p->n, sizeof(*p->commands));
		if (parse_command(s, &p->commands[p->n++]) < 0)
			return NULL;
		if (*s->p != '|')
			break;
		s->p++;
		parse_space(s);
	}
	s->depth--;
	return p;
}
