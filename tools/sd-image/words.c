/* SPDX-License-Identifier: Apache-2.0 */
#include "sd-image.h"

#include <string.h>

#define BLANKS " \t"

/* One character of a word, after a backslash or plain; returns what comes next. */
static const char *take(const char *p, char quote, struct sd_buf *word)
{
	bool escape = p[0] == '\\' && p[1] && quote != '\'';

	/* Between double quotes a backslash stands for itself but before these two. */
	if (escape && quote == '"' && p[1] != '"' && p[1] != '\\')
		escape = false;
	p += escape;
	sd_buf_add(word, p, 1);
	return p + 1;
}

int split_words(const char *line, struct sd_strv *words, struct sd_err *e)
{
	const char *p = line + strspn(line, BLANKS);

	while (*p) {
		sd_auto_buf struct sd_buf word = {0};
		char quote = 0;

		sd_buf_str(&word, "");
		while (*p && (quote || !strchr(BLANKS, *p))) {
			if (*p == quote || (!quote && (*p == '"' || *p == '\'')))
				quote = quote ? 0 : *p, p++;
			else
				p = take(p, quote, &word);
		}
		if (quote)
			return sd_fail(e, 0, "a quote %c is not closed", quote);
		sd_strv_add(words, word.data);
		p += strspn(p, BLANKS);
	}
	return 0;
}
