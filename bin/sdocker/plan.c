/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"

static void add_word(struct sd_strv *stage, const char *word, const struct vars *v)
{
	if (strcmp(word, "%args") == 0) {
		for (char *const *a = v->args; a && *a; a++)
			sd_strv_add(stage, *a);
	} else if (strcmp(word, "%attach") == 0) {
		for (char *const *a = v->attach; a && *a; a++)
			sd_strv_add(stage, *a);
	} else if (strcmp(word, "%id") == 0) {
		sd_strv_add(stage, v->id);
	} else if (strcmp(word, "%network") == 0) {
		sd_strv_add(stage, v->network);
	} else if (strcmp(word, "%stdio") == 0) {
		if (v->stdio) {
			sd_strv_add(stage, "--stdio");
			sd_strv_add(stage, "3,4,5");
		}
	} else if (strcmp(word, "%owner") == 0) {
		if (v->owner)
			sd_strv_add(stage, "--owner");
	} else if (strcmp(word, "%cidfile") == 0) {
		if (v->cidfile) {
			sd_strv_add(stage, "--cidfile");
			sd_strv_add(stage, v->cidfile);
		}
	} else {
		sd_strv_add(stage, word);
	}
}

void pipeline_add(struct pipeline *p, const char *words, const struct vars *v)
{
	sd_auto_free char *copy = sd_strdup(words);
	char *save = NULL;

	p->stages = sd_realloc(p->stages, (p->n + 1) * sizeof(*p->stages));
	p->stages[p->n] = (struct sd_strv){0};
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		add_word(&p->stages[p->n], w, v);
	p->n++;
}

static bool is_for(const struct step *s, const struct vars *v)
{
	return !s->only || s->only & v->has;
}

void pipeline_do(struct pipeline *p, const struct step *table, unsigned when, const struct vars *v)
{
	for (const struct step *s = table; s->words; s++)
		if (s->when & when && is_for(s, v))
			pipeline_add(p, s->words, v);
}

void pipeline_undo(struct pipeline *p, const char *source, const struct step *table, unsigned when,
	const struct vars *v)
{
	size_t n = 0;

	if (source)
		pipeline_add(p, source, v);
	while (table[n].words)
		n++;
	for (size_t i = n; i-- > 0;)
		if (table[i].undo && (table[i].undone & when) && is_for(&table[i], v))
			pipeline_add(p, table[i].undo, v);
}

void pipeline_free(struct pipeline *p)
{
	for (size_t i = 0; i < p->n; i++)
		sd_strv_free(&p->stages[i]);
	free(p->stages);
	*p = (struct pipeline){0};
}

void pipeline_print(
	const struct pipeline *p, const struct vars *v, const char *indent, const char *end)
{
	for (size_t i = 0; i < p->n; i++) {
		sd_auto_buf struct sd_buf line = {0};

		for (size_t k = 0; k < p->stages[i].n; k++) {
			const char *word = p->stages[i].v[k];

			if (k)
				sd_buf_str(&line, " ");
			/* Made at random: no word of the user's is the same. */
			if (v->new_id && strcmp(word, v->id) == 0)
				sd_buf_str(&line, "\"$id\"");
			else
				sd_buf_shell_word(&line, word);
		}
		printf("%s%s%s%s%s%s\n", indent, i ? "  | " : "",
			p->two_inputs && i == p->beside ? "{ " : "", line.data,
			p->two_inputs && i + 1 == p->n ? "; } 3<&0" : "",
			i + 1 < p->n ? " \\" : end);
	}
}
