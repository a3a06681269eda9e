/* SPDX-License-Identifier: Apache-2.0 */
/* format_tree - a template once it is parsed; for the files of the module format alone. */
#ifndef SD_FORMAT_TREE_H
#define SD_FORMAT_TREE_H

#include <stdbool.h>
#include "format.h"

#define FORMAT_DEPTH 64
#define FORMAT_STEPS 10000000
#define FORMAT_BYTES (16u << 20)

enum operand_kind { OPERAND_DOT, OPERAND_VARIABLE, OPERAND_LITERAL, OPERAND_PIPE, OPERAND_CALL };

struct pipe;

struct operand {
	enum operand_kind kind;
	size_t where;	  /* column */
	const char *name; /* of a variable, without '$', or a function */
	struct sd_json *literal;
	struct pipe *pipe;
	const char **fields; /* looked up one in the other, in the value */
	size_t n;
};

struct command {
	struct operand *operands;
	size_t n;
};

struct pipe {
	const char *variable[2]; /* that it sets; two for a range */
	bool declares;
	struct command *commands;
	size_t n;
};

enum node_kind { NODE_TEXT, NODE_PRINT, NODE_IF, NODE_RANGE, NODE_WITH };

struct node {
	enum node_kind kind;
	const char *text;
	size_t len;
	struct pipe *pipe;
	struct node *body, *otherwise, *next;
};

/* The root, and all memory that the tree consists of. */
struct sd_format {
	struct node *first;
	void **blocks;
	size_t n;
	struct sd_json *literals;
};

/* "template, column 7: ..."; -1. */
int template_fail(struct sd_err *e, size_t where, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* format_value.c.  Absent values are NULL, and JSON's null counts as absent. */
bool value_true(const struct sd_json *j);
void value_print(const struct sd_json *j, struct sd_buf *out);
/* < 0, 0, > 0 in *order; -1 where these cannot be compared; `ordered`: not only for equality. */
int value_compare(const struct sd_json *a, const struct sd_json *b, bool ordered, int *order);
/* The names of an object's members in order of the alphabet; a list to be freed. */
const char **value_keys(const struct sd_json *object, size_t *n);
/* format_call.c: 0 with the result, the caller's to unref, or -1. */
bool call_known(const char *name);
int call_function(const char *name, size_t where, struct sd_json **args, size_t n,
	struct sd_json **out, struct sd_err *e);

/* The call as a function sees it, for format_printf.c too. */
struct call {
	const char *name;
	size_t where;
	struct sd_json **args;
	size_t n;
	struct sd_json **out;
	struct sd_err *e;
};

/* The result is this text; NULL data is "". */
int call_give(const struct call *c, const struct sd_buf *text);
int call_want(const struct call *c, size_t i, const char **string);
int call_printf(const struct call *c);

/* "\n" and "\t" as they are typed in a shell become what they stand for. */
char *format_unescape(const char *text, size_t len);

#endif
