/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "str.h"

static bool parse_key(const char *word, char *key)
{
	bool ctrl = sd_starts_with(word, "ctrl-");
	char c = word[ctrl ? 5 : 0];

	if (!c || word[ctrl ? 6 : 1])
		return false;
	if (!ctrl) {
		*key = c;
		return true;
	}
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c < '@' || c > '_')
		return false;
	*key = (char)(c - '@');
	return true;
}

static int parse(const char *text, struct keys *k, struct sd_err *e)
{
	sd_auto_free char *copy = sd_strdup(text);
	char *save = NULL;

	*k = (struct keys){0};
	for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		if (k->n == KEYS_MAX)
			return sd_fail(
				e, 0, "--detach-keys '%s': more than %d keys", text, KEYS_MAX);
		if (!parse_key(word, &k->sequence[k->n++]))
			return sd_fail(e, 0,
				"--detach-keys '%s': '%s' is no key (a letter, or ctrl- and a "
				"letter "
				"or one of @ [ \\ ] ^ _)",
				text, word);
	}
	return 0;
}

int keys_read(const struct sd_json *doc, const char *text, struct keys *k, struct sd_err *e)
{
	const char *keys = KEYS_DEFAULT;

	if (sd_json_str(doc, &keys, e, "want.detachKeys") < 0)
		return -1;
	return parse(text && *text ? text : keys, k, e);
}

size_t keys_filter(struct keys *k, char *buf, size_t len)
{
	size_t out = 0;
	sd_auto_free char *in = sd_malloc(len + 1);

	memcpy(in, buf, len);
	for (size_t i = 0; i < len && !k->typed; i++) {
		/* Held back until this one showed that they were no beginning. */
		if (k->held && in[i] != k->sequence[k->held]) {
			memcpy(buf + out, k->sequence, k->held);
			out += k->held;
			k->held = 0;
		}
		if (k->n && in[i] == k->sequence[k->held])
			k->typed = ++k->held == k->n;
		else
			buf[out++] = in[i];
	}
	return out;
}
