/* SPDX-License-Identifier: Apache-2.0 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "chain.h"
#include "cleanup.h"
#include "io.h"
#include "tool_part.h"

#ifndef SD_VERSION
#define SD_VERSION "0.0"
#endif

/* Values of getopt_long for options of the frame's own; table entries are their index + 1000. */
enum { OPT_HELP = 1, OPT_VERSION, OPT_DUMP, OPT_FIRST = 1000 };

/* What getopt(3) wants to know of a letter. */
static const char *letter_arg(const struct sd_opt *o)
{
	if (!o->arg || sd_starts_with(o->arg, "[="))
		return "";
	return sd_opt_optional(o) ? "::" : ":";
}

static int set_option(const struct sd_opt *o, void *args, const char *value, struct sd_err *e)
{
	sd_auto_free char *what = sd_printf("--%s", o->name);
	void *field = (char *)args + o->where;

	switch (o->kind) {
	case SD_KIND_FLAG:
		if (value && strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return sd_fail(e, 0, "%s: '%s' is neither true nor false", what, value);
		*(bool *)field = !value || strcmp(value, "true") == 0;
		return 0;
	case SD_KIND_STR:
		*(const char **)field = value ? value : "";
		return 0;
	case SD_KIND_INT:
		return sd_parse_int(value, what, INT64_MIN, INT64_MAX, field, e);
	case SD_KIND_SIZE:
		return sd_parse_size(value, what, field, e);
	case SD_KIND_DURATION:
		return sd_parse_duration(value, what, field, e);
	case SD_KIND_LIST:
		sd_strv_add(field, value);
		return 0;
	case SD_KIND_FN:
		return o->fn(args, o, value, e);
	case SD_KIND_END:
		break;
	}
	return 0;
}

static struct option *getopt_table(const struct sd_opt *opts, bool permute, struct sd_buf *letters)
{
	size_t n = sd_opt_count(opts);
	struct option *lo = sd_calloc(n + 4, sizeof(*lo));

	/* A leading '+' stops at the first operand; ':' reports a missing argument as such. */
	sd_buf_str(letters, permute ? ":" : "+:");
	for (size_t i = 0; i < n; i++) {
		bool flag = opts[i].kind == SD_KIND_FLAG;

		lo[i].name = opts[i].name;
		lo[i].has_arg = flag || sd_opt_optional(&opts[i]) ? optional_argument
				: opts[i].arg			  ? required_argument
								  : no_argument;
		lo[i].val = OPT_FIRST + (int)i;
		if (opts[i].letter)
			sd_buf_printf(letters, "%c%s", opts[i].letter, letter_arg(&opts[i]));
	}
	lo[n].name = "help";
	lo[n].val = OPT_HELP;
	lo[n + 1].name = "version";
	lo[n + 1].val = OPT_VERSION;
	lo[n + 2].name = "sd-options";
	lo[n + 2].val = OPT_DUMP;
	return lo;
}

static const struct sd_opt *find_option(const struct sd_opt *opts, int c)
{
	if (c >= OPT_FIRST)
		return &opts[c - OPT_FIRST];
	for (size_t i = 0; i < sd_opt_count(opts); i++)
		if (opts[i].letter == c)
			return &opts[i];
	return NULL;
}

static int bad_option(int c, int argc, char **argv, struct sd_err *e)
{
	const char *given = optind > 0 && optind <= argc ? argv[optind - 1] : "?";

	if (optopt > 0 && optopt < 256)
		return c == ':' ? sd_fail(e, 0, "option '-%c' needs a value", optopt)
				: sd_fail(e, 0, "unknown option '-%c'", optopt);
	if (c == ':')
		return sd_fail(e, 0, "option '%s' needs a value", given);
	return sd_fail(e, 0, optopt ? "option '%s' takes no value" : "unknown option '%s'", given);
}

/* As sd_opt_parse; *frame is set to OPT_HELP, OPT_VERSION or OPT_DUMP where that was asked for. */
static int parse(const struct sd_opt *opts, void *args, int argc, char **argv, bool permute,
	int *frame, struct sd_err *e)
{
	sd_auto_buf struct sd_buf letters = {0};
	sd_auto_free struct option *lo = getopt_table(opts, permute, &letters);
	int c;

	optind = 0; /* glibc: start over, reading the '+' again (getopt(3)) */
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters.data, lo, NULL)) != -1) {
		const struct sd_opt *o;

		if (c == '?' || c == ':')
			return bad_option(c, argc, argv, e);
		if (c == OPT_HELP || c == OPT_VERSION || c == OPT_DUMP) {
			*frame = c;
			return optind;
		}
		o = find_option(opts, c);
		if (o && set_option(o, args, optarg, e) < 0)
			return -1;
	}
	return optind;
}

int sd_opt_parse(const struct sd_opt *opts, void *args, int argc, char **argv, bool permute,
	struct sd_err *e)
{
	int frame = 0, i = parse(opts, args, argc, argv, permute, &frame, e);

	return frame ? sd_fail(e, 0, "unknown option '%s'", argv[i - 1]) : i;
}

/* Who reads this: a person on a terminal, so control characters are shown and never sent. */
static int report(const struct sd_tool *tool, const struct sd_err *e)
{
	sd_auto_buf struct sd_buf line = {0};
	struct sd_chain chain;

	if (!e->text[0])
		return e->code;
	if (!e->relayed)
		sd_buf_printf(&line, "%s: ", tool->name);
	for (const char *p = e->text; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			sd_buf_printf(&line, "\\x%02x", (unsigned char)*p);
		else
			sd_buf_add(&line, p, 1);
	}
	sd_chain_init(&chain);
	if (chain.report >= 0) {
		sd_chain_report_failure(&chain, e->code, line.data);
		return e->code;
	}
	sd_buf_str(&line, "\n");
	/* stderr may be closed or full: the exit code still tells. */
	(void)!sd_write_all(STDERR_FILENO, line.data, line.len);
	return e->code;
}

static int usage_error(const struct sd_tool *tool, const struct sd_verb *verb, struct sd_err *e)
{
	sd_auto_free char *text = sd_printf("%s (try '%s%s%s --help')", e->text, tool->name,
		verb && verb->name ? " " : "", verb && verb->name ? verb->name : "");

	sd_fail(e, 0, "%s", text);
	return report(tool, e);
}

static int finish(const struct sd_tool *tool, int code)
{
	struct sd_err e = {0};

	/* A filter whose stdout did not take what it wrote has not done its job (/dev/full, EPIPE).
	 */
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	sd_fail(&e, errno, "write to standard output");
	return report(tool, &e);
}

static void free_lists(const struct sd_opt *opts, void *args)
{
	for (size_t i = 0; i < sd_opt_count(opts); i++)
		if (opts[i].kind == SD_KIND_LIST)
			sd_strv_free((struct sd_strv *)((char *)args + opts[i].where));
}

static int run_verb(const struct sd_tool *tool, const struct sd_verb *verb, int argc, char **argv)
{
	sd_auto_free void *args = sd_calloc(1, verb->args_size);
	/* getopt permutes argv in place; raw_argv must keep the order that the user wrote. */
	sd_auto_free char **raw = sd_calloc((size_t)argc + 1, sizeof(*raw));
	struct sd_call call = {.tool = tool, .verb = verb, .args = args};
	struct sd_err e = {0};
	int frame = 0, first, code;

	memcpy(raw, argv, (size_t)argc * sizeof(*raw));
	call.raw_argc = argc - 1;
	call.raw_argv = raw + 1;
	if (verb->init)
		verb->init(args);
	first = verb->passthrough ? 1
				  : parse(verb->opts, args, argc, argv, verb->permute, &frame, &e);
	if (first < 0) {
		free_lists(verb->opts, args);
		return usage_error(tool, verb, &e);
	}
	if (frame == OPT_HELP)
		sd_tool_help_verb(tool, verb);
	else if (frame == OPT_VERSION)
		printf("%s (sdocker) %s\n", tool->name, SD_VERSION);
	else if (frame == OPT_DUMP)
		sd_tool_dump(tool);
	if (frame)
		return finish(tool, SD_EXIT_OK);
	call.argc = argc - first;
	call.argv = argv + first;
	code = verb->run(&call, &e);
	free_lists(verb->opts, args);
	if (code < 0)
		return report(tool, &e);
	return finish(tool, code);
}

/* Options before the verb: only the frame's own. */
static int run_frame(const struct sd_tool *tool, const char *arg)
{
	struct sd_err e = {0};

	if (!arg)
		sd_fail(&e, 0, "what to do is missing: a verb");
	else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
		sd_tool_help(tool);
	else if (strcmp(arg, "--version") == 0 || strcmp(arg, "-v") == 0)
		printf("%s (sdocker) %s\n", tool->name, SD_VERSION);
	else if (strcmp(arg, "--sd-options") == 0)
		sd_tool_dump(tool);
	else
		sd_fail(&e, 0, arg[0] == '-' ? "unknown option '%s'" : "unknown verb '%s'", arg);
	return e.text[0] ? usage_error(tool, NULL, &e) : finish(tool, SD_EXIT_OK);
}

/* argv[1] alone names nothing, but perhaps a group of verbs. */
static int run_group(const struct sd_tool *tool, const char *group, const char *arg)
{
	const struct sd_verb *v = tool->verbs;
	struct sd_err e = {0};

	while (v->run && !sd_verb_in_group(v, group))
		v++;
	if (!v->run)
		return run_frame(tool, group);
	if (arg && (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)) {
		sd_tool_help_group(tool, group);
		return finish(tool, SD_EXIT_OK);
	}
	if (arg)
		sd_fail(&e, 0, "unknown %s '%s %s'", arg[0] == '-' ? "option" : "verb", group, arg);
	else
		sd_fail(&e, 0, "what to do is missing: a verb of '%s'", group);
	return usage_error(tool, NULL, &e);
}

/* How many words of argv are this verb's name; 0: it is not meant. */
static int named(const struct sd_verb *v, int argc, char **argv)
{
	const char *second = strchr(v->name, ' ');

	if (argc < 2)
		return 0;
	if (!second)
		return strcmp(argv[1], v->name) == 0;
	return argc > 2 && strlen(argv[1]) == (size_t)(second - v->name) &&
			       sd_verb_in_group(v, argv[1]) && strcmp(argv[2], second + 1) == 0
		       ? 2
		       : 0;
}

/*
 * A closed standard descriptor would be taken by the next open, and what is meant for stdout or
 * stderr would be written into that file.  /dev/full in place of a closed stdout keeps the
 * failure visible.
 */
static void hold_standard_descriptors(void)
{
	static const char *const fill[] = {"/dev/null", "/dev/full", "/dev/null"};

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open(fill[fd], fd ? O_WRONLY : O_RDONLY);
}

int sd_tool_main(const struct sd_tool *tool, int argc, char **argv)
{
	hold_standard_descriptors();
	if (!tool->verbs[0].name)
		return run_verb(tool, &tool->verbs[0], argc, argv);
	for (const struct sd_verb *v = tool->verbs; v->run; v++) {
		int words = named(v, argc, argv);

		if (words)
			return run_verb(tool, v, argc - words, argv + words);
	}
	return argc > 1 ? run_group(tool, argv[1], argv[2]) : run_frame(tool, NULL);
}

int sd_want_operands(const struct sd_call *call, int min, int max, struct sd_err *e)
{
	if (max >= 0 && call->argc > max)
		return sd_fail(e, 0, "unexpected operand '%s'", call->argv[max]);
	if (call->argc < min)
		return sd_fail(e, 0, "operands missing: %s%s%s %s", call->tool->name,
			call->verb->name ? " " : "", call->verb->name ? call->verb->name : "",
			call->verb->synopsis ? call->verb->synopsis : "");
	return 0;
}
