/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of `sdocker run`: a word a line, as sd-spec has them in argv.  A line that begins
 * with '{' is the image's config, which is hostile.  What comes out is a document, whole.
 */
#include "fuzz.h"

int program(int argc, char **argv);
#define main program
#include "../../tools/sd-spec/main.c"
#undef main

enum { WORDS_MAX = 40 };

/* Files and other containers are outside: what is fuzzed is the words. */
static bool names_a_file(const char *word)
{
	static const char *const options[] = {"--env-f", "--label-f", "--rootfs", "--image-config"};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (sd_starts_with(word, options[i]))
			return true;
	return strstr(word, "seccomp") || strstr(word, "container:");
}

static int split(char *text, char **argv, char **config)
{
	int argc = 1;

	argv[0] = text + strlen(text);
	for (char *word; (word = strsep(&text, "\n")) && argc < WORDS_MAX;) {
		if (names_a_file(word))
			return 0;
		if (*word == '{')
			*config = word;
		else
			argv[argc++] = word;
	}
	argv[argc] = NULL;
	return argc;
}

static void must_be_sound(const struct spec *s)
{
	sd_auto_free char *text = sd_json_text(s->doc);
	struct sd_err e = {0};
	sd_auto_json struct sd_json *again = sd_json_parse(text, strlen(text), "document", &e);
	struct sd_json *mounts = sd_json_get(s->config, "mounts"), *mount;
	size_t i;

	must(again && sd_json_equal(again, s->doc));
	must(sd_json_len(sd_json_get(s->config, "process.args")) > 0);
	sd_json_array_foreach (mounts, i, mount) {
		const char *to = NULL;

		must(sd_json_str(mount, &to, &e, "destination") == 1 && to[0] == '/' && to[1]);
		must(!strstr(to, "/../") && !strstr(to, "//"));
	}
}

static void build_from(struct spec *s, const struct sd_call *call, const char *config)
{
	struct sd_json *defaults = NULL;
	struct sd_err e = {0};

	s->doc = sd_json_new_object();
	s->config = sd_json_make_object(s->doc, "config");
	s->want = sd_json_make_object(s->doc, "want");
	s->image.name = sd_strdup("image");
	s->image.config = sd_json_parse(config, strlen(config), "config", &e);
	if (!s->image.config || sd_json_object(s->image.config, &defaults, &e, "config") < 0)
		return;
	s->defaults = defaults;
	if (check_utf8(call, &e) < 0 || build(s, &e) < 0)
		must_explain(&e);
	else
		must_be_sound(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_free char *text = fuzz_text(data, size);
	char *argv[WORDS_MAX + 1], *raw[WORDS_MAX + 1], *config = NULL;
	int argc = split(text, argv, &config), first;
	struct args a = {0};
	__attribute__((cleanup(spec_free))) struct spec s = {.o = &a.run};
	struct sd_call call = {.raw_argc = argc - 1, .raw_argv = raw + 1};
	struct sd_err e = {0};

	if (!argc)
		return 0;
	sd_run_args_normalise(argc, argv);
	memcpy(raw, argv, sizeof(raw));
	s.mounts = sd_json_new_array();
	first = sd_opt_parse(opts, &a, argc, argv, false, &e);
	if (first < 0) {
		must_explain(&e);
	} else {
		s.bare = a.config;
		s.command = argv + first;
		build_from(&s, &call, config ? config : "{}");
	}
	for (size_t i = 0; opts[i].kind != SD_KIND_END; i++)
		if (opts[i].kind == SD_KIND_LIST)
			sd_strv_free((struct sd_strv *)((char *)&a + opts[i].where));
	return 0;
}
