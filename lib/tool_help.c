/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables say of themselves: --help, and --sd-options for programs. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "tool_part.h"

/* "[FILE]", but not "[SOURCE:]PATH". */
bool sd_opt_optional(const struct sd_opt *o)
{
	return o->arg && o->arg[0] == '[' && strcspn(o->arg, "]") + 1 == strlen(o->arg);
}

size_t sd_opt_count(const struct sd_opt *opts)
{
	size_t n = 0;

	while (opts && opts[n].kind != SD_KIND_END)
		n++;
	return n;
}

enum { HELP_COLUMN = 30, HELP_WIDTH = 70 };

/* From HELP_COLUMN on, broken at blanks. */
static void print_help_text(const char *text)
{
	size_t len;

	for (; (len = strlen(text)) > HELP_WIDTH; text += len + 1) {
		len = HELP_WIDTH;
		while (len > 1 && text[len] != ' ')
			len--;
		printf("%.*s\n%*s", (int)len, text, HELP_COLUMN, "");
	}
	printf("%s\n", text);
}

static void print_option(const struct sd_opt *o)
{
	sd_auto_buf struct sd_buf left = {0};

	if (o->letter)
		sd_buf_printf(&left, "  -%c, --%s", o->letter, o->name);
	else
		sd_buf_printf(&left, "      --%s", o->name);
	if (sd_opt_optional(o))
		sd_buf_printf(&left, "[=%s", o->arg + (o->arg[1] == '=' ? 2 : 1));
	else if (o->arg)
		sd_buf_printf(&left, " %s", o->arg);
	if (left.len >= HELP_COLUMN)
		printf("%s\n%*s", left.data, HELP_COLUMN, "");
	else
		printf("%-*s", HELP_COLUMN, left.data);
	print_help_text(o->help);
}

static void print_usage(const struct sd_tool *tool, const struct sd_verb *verb)
{
	printf("Usage: %s%s%s [OPTION]...%s%s\n", tool->name, verb->name ? " " : "",
		verb->name ? verb->name : "", verb->synopsis ? " " : "",
		verb->synopsis ? verb->synopsis : "");
}

void sd_tool_help_verb(const struct sd_tool *tool, const struct sd_verb *verb)
{
	static const struct sd_opt common[] = {
		{SD_KIND_FLAG, 0, "help", NULL, "print this help", 0, NULL},
		{SD_KIND_FLAG, 0, "version", NULL, "print the version", 0, NULL},
	};

	const char *summary;

	print_usage(tool, verb);
	summary = verb->summary ? verb->summary : tool->summary;
	printf("%c%s.\n\n", toupper((unsigned char)summary[0]), summary + 1);
	for (size_t i = 0; i < sd_opt_count(verb->opts); i++)
		if (verb->opts[i].help)
			print_option(&verb->opts[i]);
	for (size_t i = 0; i < 2; i++)
		print_option(&common[i]);
	if (verb->epilog)
		printf("\n%s\n", verb->epilog);
	printf("\nMore: man %s\n", tool->name);
}

/* "volume ls" is of the group "volume". */
bool sd_verb_in_group(const struct sd_verb *v, const char *group)
{
	size_t len = strlen(group);

	return strncmp(v->name, group, len) == 0 && v->name[len] == ' ';
}

/* All verbs, or those of a group. */
static void print_verbs(const struct sd_tool *tool, const char *group)
{
	for (const struct sd_verb *v = tool->verbs; v->run; v++)
		if (!group || sd_verb_in_group(v, group))
			printf("  %-16s%s\n", v->name, v->summary);
}

void sd_tool_help_group(const struct sd_tool *tool, const char *group)
{
	printf("Usage: %s %s VERB [OPTION]... [OPERAND]...\n\n", tool->name, group);
	print_verbs(tool, group);
}

void sd_tool_help(const struct sd_tool *tool)
{
	printf("Usage: %s VERB [OPTION]... [OPERAND]...\n%s: %s.\n\n", tool->name, tool->name,
		tool->summary);
	print_verbs(tool, NULL);
	if (tool->epilog)
		printf("\n%s\n", tool->epilog);
	printf("\n'%s VERB --help' lists a verb's options.  More: man %s\n", tool->name,
		tool->name);
}

/* The option tables for the completion generator and the man page check: tab-separated. */
void sd_tool_dump(const struct sd_tool *tool)
{
	for (const struct sd_verb *v = tool->verbs; v->run; v++) {
		printf("verb\t%s\t%s\t%s\n", v->name ? v->name : "-",
			v->synopsis ? v->synopsis : "", v->summary ? v->summary : "");
		for (size_t i = 0; i < sd_opt_count(v->opts); i++)
			if (v->opts[i].help)
				printf("option\t%s\t%c\t%s\t%s\n", v->name ? v->name : "-",
					v->opts[i].letter ? v->opts[i].letter : '-',
					v->opts[i].name, v->opts[i].arg ? v->opts[i].arg : "");
	}
}
