/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a template to its tree: text, blocks and what encloses an action. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "format_parser.h"

/* What ended a list. */
enum end { END_FAILED, END_TEXT, END_END, END_ELSE };

static enum end parse_list(struct parser *s, struct node **first);

static int close_action(struct parser *s)
{
	bool trim = *s->p == '-';

	if (!parse_at_close(s))
		return parse_unexpected(s);
	s->p += trim ? 3 : 2;
	if (trim)
		parse_space(s);
	return 0;
}

static int parse_block(struct parser *s, struct node *node)
{
	size_t begin = parse_column(s);
	enum end end;

	if (s->depth++ > FORMAT_DEPTH)
		return template_fail(s->e, begin, "more than %d blocks deep", FORMAT_DEPTH);
	node->pipe = parse_pipe(s);
	if (!node->pipe || close_action(s) < 0)
		return -1;
	end = parse_list(s, &node->body);
	if (end == END_ELSE && (parse_take_word(s, "if"))) {
		node->otherwise = parse_keep(s, sd_calloc(1, sizeof(*node)));
		node->otherwise->kind = NODE_IF;
		return parse_block(s, node->otherwise); /* one {{end}} closes both */
	}
	if (end == END_ELSE) {
		if (close_action(s) < 0)
			return -1;
		end = parse_list(s, &node->otherwise);
	}
	if (end == END_TEXT)
		return template_fail(s->e, begin, "no {{end}} to it");
	if (end == END_ELSE)
		return template_fail(s->e, parse_column(s), "a second {{else}}");
	return end == END_FAILED ? -1 : close_action(s);
}

static void add_text(struct parser *s, struct node *node, const char *begin, size_t len)
{
	node->kind = NODE_TEXT;
	node->text = parse_keep(s, format_unescape(begin, len));
	node->len = strlen(node->text);
}

static int parse_comment(struct parser *s)
{
	const char *end = strstr(s->p, "*/");

	if (!end)
		return template_fail(s->e, parse_column(s), "a comment that is not closed");
	s->p = end + 2;
	parse_space(s);
	return close_action(s);
}

/* The words that open a block. */
static bool take_block(struct parser *s, struct node *node)
{
	if (parse_take_word(s, "if"))
		node->kind = NODE_IF;
	else if (parse_take_word(s, "range"))
		node->kind = NODE_RANGE;
	else if (parse_take_word(s, "with"))
		node->kind = NODE_WITH;
	else
		return false;
	return true;
}

/* From behind "{{": 1 with an action in *node, 0 where it is a comment, -1. */
static int parse_action(struct parser *s, struct node *node)
{
	if (strncmp(s->p, "/*", 2) == 0)
		return parse_comment(s);
	if (take_block(s, node)) {
		unsigned depth = s->depth;
		int r = parse_block(s, node);

		s->depth = depth;
		return r < 0 ? -1 : 1;
	}
	node->kind = NODE_PRINT;
	node->pipe = parse_pipe(s);
	return node->pipe && close_action(s) == 0 ? 1 : -1;
}

/* Text up to the next "{{", which may trim it, or NULL; *more where there is one. */
static struct node *take_text(struct parser *s, bool *more)
{
	const char *open = strstr(s->p, "{{");
	size_t len = open ? (size_t)(open - s->p) : strlen(s->p);
	bool trim = open && open[2] == '-' && isspace((unsigned char)open[3]);
	struct node *text = NULL;

	while (trim && len && isspace((unsigned char)s->p[len - 1]))
		len--;
	if (len) {
		text = parse_keep(s, sd_calloc(1, sizeof(*text)));
		add_text(s, text, s->p, len);
	}
	s->p = open ? open + (trim ? 3 : 2) : s->p + strlen(s->p);
	*more = open != NULL;
	if (open)
		parse_space(s);
	return text;
}

static enum end parse_list(struct parser *s, struct node **first)
{
	struct node **next = first;

	*first = NULL;
	for (;;) {
		bool more;
		struct node *node = take_text(s, &more);
		int r;

		if (node) {
			*next = node;
			next = &node->next;
		}
		if (!more)
			return END_TEXT;
		if (parse_take_word(s, "end"))
			return END_END;
		if (parse_take_word(s, "else"))
			return END_ELSE;
		node = parse_keep(s, sd_calloc(1, sizeof(*node)));
		r = parse_action(s, node);
		if (r < 0)
			return END_FAILED;
		if (r > 0) {
			*next = node;
			next = &node->next;
		}
	}
}

char *format_unescape(const char *text, size_t len)
{
	char *out = sd_strndup(text, len), *to = out;

	for (const char *p = out; *p; p++) {
		if (p[0] == '\\' && (p[1] == 'n' || p[1] == 't'))
			*to++ = *++p == 'n' ? '\n' : '\t';
		else
			*to++ = *p;
	}
	*to = '\0';
	return out;
}

struct sd_format *sd_format_parse(const char *text, struct sd_err *e)
{
	sd_auto_format struct sd_format *f = sd_calloc(1, sizeof(*f));
	struct parser s = {.f = f, .text = text, .p = text, .e = e};
	enum end end;

	f->literals = sd_json_new_array();
	end = parse_list(&s, &f->first);
	if (end == END_END || end == END_ELSE)
		template_fail(e, parse_column(&s), "{{%s}} without a beginning",
			end == END_END ? "end" : "else");
	return end == END_TEXT ? sd_steal_ptr(&f) : NULL;
}

void sd_format_free(struct sd_format *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		free(f->blocks[i]);
	free(f->blocks);
	sd_json_unref(f->literals);
	free(f);
}

void sd_format_freep(struct sd_format **f)
{
	sd_format_free(*f);
}
