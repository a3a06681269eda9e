/* SPDX-License-Identifier: Apache-2.0 */
/* format_parser - what the two files that parse templates share. */
#ifndef SD_FORMAT_PARSER_H
#define SD_FORMAT_PARSER_H

#include "format_tree.h"

struct parser {
	struct sd_format *f;
	const char *text, *p;
	unsigned depth;
	struct sd_err *e;
};

size_t parse_column(const struct parser *s);
void *parse_keep(struct parser *s, void *block); /* freed with the tree */
void parse_space(struct parser *s);
bool parse_at_close(const struct parser *s); /* "}}" or " -}}" */
int parse_unexpected(struct parser *s);	     /* -1 */
size_t parse_word(const char *p);	     /* length of the name there */
/* True, and stepped over, where this word stands next. */
bool parse_take_word(struct parser *s, const char *word);

/* Up to what is no part of it; NULL with the error. */
struct pipe *parse_pipe(struct parser *s);

#endif
