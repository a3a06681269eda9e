/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tool - the frame that every program of the toolkit stands in: options, help, errors, exit code.
 *
 * A program is a table of verbs (or one verb without a name); a verb is a table of options and a
 * function.  From the option table come the parser, --help, the bash completion, and the check
 * that the man page lists the same options (sd_tool_main's hidden --sd-options prints it).
 *
 *	struct args { const char *name; bool force; };
 *	static const struct sd_opt opts[] = {
 *		SD_OPT_STR(struct args, name, 'n', "name", "NAME", "the container's name"),
 *		SD_OPT_FLAG(struct args, force, 'f', "force", "also a running one"),
 *		SD_OPT_END,
 *	};
 *	static int run(const struct sd_call *call, struct sd_err *e) {
 *		const struct args *a = call->args;	// call->argv: the operands, NULL-terminated
 *		...
 *	}
 *	static const struct sd_verb verbs[] = {{.summary = ..., .opts = opts,
 *		.args_size = sizeof(struct args), .run = run}, {0}};
 *	static const struct sd_tool tool = {"sd-x", "one line", verbs};
 *	int main(int argc, char **argv) { return sd_tool_main(&tool, argc, argv); }
 *
 * run() returns an exit code >= 0, or -1 with *e filled: the frame prints "sd-x: TEXT" as one
 * line (control characters escaped) and exits with e->code.  Where the program runs in a chain
 * under sd-monitor, that line goes to the report descriptor instead of stderr (chain.h).
 */
#ifndef SD_TOOL_H
#define SD_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "err.h"
#include "str.h"

struct sd_opt;
/* `value` is NULL where an optional argument was not given. */
typedef int sd_opt_fn(void *args, const struct sd_opt *o, const char *value, struct sd_err *e);

enum sd_opt_kind {
	SD_KIND_END,
	SD_KIND_FLAG,	  /* bool; "--name=false" (docker's spelling) sets it to false */
	SD_KIND_STR,	  /* const char *; "" where an optional argument was not given */
	SD_KIND_INT,	  /* int64_t, any value; the verb checks its range */
	SD_KIND_SIZE,	  /* int64_t bytes, sd_parse_size */
	SD_KIND_DURATION, /* double seconds, sd_parse_duration */
	SD_KIND_LIST,	  /* struct sd_strv; each occurrence is added; freed by the frame */
	SD_KIND_FN,	  /* calls fn */
};

struct sd_opt {
	enum sd_opt_kind kind;
	char letter;	  /* 0: none */
	const char *name; /* long name without dashes */
	/*
	 * NULL: takes none.  "[FILE]": optional (--name=FILE, -xFILE).  "[=FILE]": optional with
	 * the long name, none with the letter, so that letters can stand together.  Else required.
	 */
	const char *arg;
	const char *help; /* NULL: accepted, but not shown */
	size_t where;	  /* offsetof the field in the verb's args */
	sd_opt_fn *fn;
};

#define SD_OPT_FLAG(s, f, l, n, h)                                                                 \
	{                                                                                          \
		SD_KIND_FLAG, l, n, NULL, h, offsetof(s, f), NULL                                  \
	}
#define SD_OPT_STR(s, f, l, n, a, h)                                                               \
	{                                                                                          \
		SD_KIND_STR, l, n, a, h, offsetof(s, f), NULL                                      \
	}
#define SD_OPT_INT(s, f, l, n, a, h)                                                               \
	{                                                                                          \
		SD_KIND_INT, l, n, a, h, offsetof(s, f), NULL                                      \
	}
#define SD_OPT_SIZE(s, f, l, n, a, h)                                                              \
	{                                                                                          \
		SD_KIND_SIZE, l, n, a, h, offsetof(s, f), NULL                                     \
	}
#define SD_OPT_DURATION(s, f, l, n, a, h)                                                          \
	{                                                                                          \
		SD_KIND_DURATION, l, n, a, h, offsetof(s, f), NULL                                 \
	}
#define SD_OPT_LIST(s, f, l, n, a, h)                                                              \
	{                                                                                          \
		SD_KIND_LIST, l, n, a, h, offsetof(s, f), NULL                                     \
	}
#define SD_OPT_FN(fun, l, n, a, h)                                                                 \
	{                                                                                          \
		SD_KIND_FN, l, n, a, h, 0, fun                                                     \
	}
#define SD_OPT_END                                                                                 \
	{                                                                                          \
		SD_KIND_END, 0, NULL, NULL, NULL, 0, NULL                                          \
	}

struct sd_tool;
struct sd_call {
	const struct sd_tool *tool;
	const struct sd_verb *verb;
	void *args; /* the verb's args, filled */
	int argc;   /* operands */
	char **argv;
	int raw_argc; /* options and operands as they were given, after the verb */
	char **raw_argv;
};

struct sd_verb {
	const char *name;     /* NULL: the program is this one verb; "volume ls": two words */
	const char *synopsis; /* what follows the options: "ROOT [--] [COMMAND [ARG]...]" */
	const char *summary;  /* one line, lower case, no full stop */
	const struct sd_opt *opts;
	size_t args_size;
	int (*run)(const struct sd_call *call, struct sd_err *e);
	bool permute;	    /* options may follow operands; never where operands are a command */
	bool passthrough;   /* nothing is parsed: all words are operands, another tool's to judge */
	const char *epilog; /* more text for --help, or NULL */
	void (*init)(void *args); /* defaults that are not zero, or NULL */
};

struct sd_tool {
	const char *name;
	const char *summary;
	const struct sd_verb *verbs; /* ended by one without run */
	const char *epilog;
};

int sd_tool_main(const struct sd_tool *tool, int argc, char **argv);

/*
 * Parse argv (argv[0] is skipped) by the table into args.  Returns the index of the first operand,
 * or -1 with the error.  For programs that parse a second table.
 */
int sd_opt_parse(const struct sd_opt *opts, void *args, int argc, char **argv, bool permute,
	struct sd_err *e);

/* "NAME: unexpected operand 'x'" for verbs that take none (max 0) or at most max.  0 or -1. */
int sd_want_operands(const struct sd_call *call, int min, int max, struct sd_err *e);

#endif
