/* SPDX-License-Identifier: Apache-2.0 */
/* keys - the sequence of keys that detaches from a terminal, taken out of what is typed. */
#ifndef SD_KEYS_H
#define SD_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include "err.h"
#include "json.h"

#define KEYS_MAX     16
#define KEYS_DEFAULT "ctrl-p,ctrl-q"

struct keys {
	char sequence[KEYS_MAX];
	size_t n;    /* 0: none */
	size_t held; /* so many of them have been typed, and are held back */
	bool typed;  /* all of them */
};

/*
 * Those of `text`, or else (NULL, "") of the document, or else the default: "ctrl-p,ctrl-q",
 * "ctrl-@", "a,b": letters, or ctrl- and one of a to z @ [ \ ] ^ _
 */
int keys_read(const struct sd_json *doc, const char *text, struct keys *k, struct sd_err *e);
/*
 * `len` bytes were typed.  What is to be passed on stands in `buf` afterwards, which has room for
 * KEYS_MAX more; its length.  Nothing after the sequence is passed on.
 */
size_t keys_filter(struct keys *k, char *buf, size_t len);

#endif
