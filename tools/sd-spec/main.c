/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-spec - docker's words and an image's defaults become a container's document.
 *
 * A filter without input, the source of the pipeline, and pure: it reads the image store, the
 * files that its options name and, where a wish can only be checked against this machine (devices,
 * processors, the namespaces of another container), the machine; it changes nothing.
 *
 * Theory of operation
 *	1. The image's config gives defaults; the options override them.
 *	2. Namespaces come first of what is made: which ones the container has to itself decides
 *	   which sysctls it may set, and what is mounted on /dev/shm.
 *	3. Privileges come before the seccomp profile, which is filtered by the capabilities
 *	   granted.
 *	4. The user's mounts are collected, then sorted behind the default ones by their depth, for
 *	   a mount hides what was mounted below it before.
 *	5. Only a whole document is printed.  A wish that no word was found for is an error.
 *
 * What cannot be known without the image's files stays a wish (want.user, want.groupAdd): names
 * are looked up by sd-confine in the container's own root.  An image is hostile: its config may
 * choose what runs inside, and nothing else (no option, annotation or mount source comes from it).
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "io.h"
#include "spec.h"
#include "store.h"
#include "tool.h"

/*
 * A bare config is for other runtimes, and has only words that 1.0.2 has: it says so, for crun
 * before 1.8.2 refuses a version that does not hold "1.0".
 */
#define BARE_VERSION "1.0.2"

struct args {
	struct sd_run_options run;
	bool config;
	const char *image_config;
};

static const struct sd_opt opts[] = {
#include "run_options.def"
	SD_OPT_FLAG(struct args, config, 0, "config", "print the bare OCI config.json"),
	SD_OPT_STR(struct args, image_config, 0, "image-config", "FILE",
		"an image's config in FILE, in place of IMAGE"),
	SD_OPT_END,
};

/* JSON's strings are UTF-8 (RFC 8259): other bytes would not arrive as they were typed. */
int check_utf8(const struct sd_call *call, struct sd_err *e)
{
	for (int i = 0; i < call->raw_argc; i++) {
		sd_auto_buf struct sd_buf shown = {0};

		if (sd_is_utf8(call->raw_argv[i]))
			continue;
		for (const char *p = call->raw_argv[i]; *p; p++)
			sd_buf_printf(&shown, isascii(*p) ? "%c" : "\\x%02x", (unsigned char)*p);
		return sd_fail(e, 0, "argument %d '%s' is not UTF-8, which a document cannot carry",
			i + 1, shown.data);
	}
	return 0;
}

/* The operands: IMAGE [COMMAND [ARG]...], without IMAGE where an option stands for it. */
static int load(struct spec *s, const struct args *a, const struct sd_call *call, struct sd_err *e)
{
	s->command = call->argv;
	if (!a->image_config && a->run.rootfs)
		return 0;
	if (!a->image_config) {
		if (call->argc < 1)
			return sd_fail(e, 0, "an image is missing: sd-spec [OPTION]... IMAGE");
		s->command = call->argv + 1;
	}
	return spec_load_image(s, call->argv[0], a->image_config, e);
}

static int root_directory(struct spec *s, struct sd_err *e)
{
	struct sd_json *root = sd_json_make_object(s->config, "root");
	const char *dir = s->o->rootfs;
	sd_auto_free char *absolute = dir ? path_absolute(dir) : NULL;

	if (dir && (!absolute || access(absolute, X_OK) < 0))
		return sd_fail(e, errno, "--rootfs %s", dir);
	sd_json_set_str(root, "path", absolute ? absolute : "rootfs");
	sd_json_set_bool(root, "readonly", s->o->read_only);
	return 0;
}

static int wishes(struct spec *s, struct sd_err *e)
{
	if (s->o->name) {
		if (!sd_name_valid(s->o->name))
			return sd_fail(e, 0,
				"--name: '%s' is not a name: [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most "
				"255",
				s->o->name);
		sd_json_set_str(s->want, "name", s->o->name);
	}
	/* The driver's to do, but a wrong word is wrong here too. */
	if (s->o->pull && strcmp(s->o->pull, "always") != 0 && strcmp(s->o->pull, "missing") != 0 &&
		strcmp(s->o->pull, "never") != 0)
		return sd_fail(e, 0, "--pull: '%s' is none of always, missing, never", s->o->pull);
	if (s->o->rm)
		sd_json_set_bool(s->want, "autoRemove", true);
	if (s->o->detach_keys)
		sd_json_set_str(s->want, "detachKeys", s->o->detach_keys);
	if (s->o->interactive)
		sd_json_set_bool(s->want, "stdin", true);
	return 0;
}

static int build(struct spec *s, struct sd_err *e)
{
	static int (*const parts[])(struct spec *, struct sd_err *) = {
		root_directory,
		wishes,
		spec_image_wishes,
		spec_log,
		spec_restart,
		spec_health,
		spec_labels,
		spec_networks,
		spec_ports,
		spec_resolver,
		spec_namespaces,
		spec_hostname,
		spec_process,
		spec_environment,
		spec_rlimits,
		spec_capabilities,
		spec_security,
		spec_devices,
		spec_limits,
		spec_block_io,
		spec_sysctls,
		spec_volumes,
		spec_mounts,
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (parts[i](s, e) < 0)
			return -1;
	return 0;
}

static void add_image(struct spec *s)
{
	struct sd_json *image, *layers;

	if (!s->image.manifest)
		return;
	image = sd_json_make_object(s->doc, "image");
	sd_json_set_str(image, "name", s->image.name);
	if (s->image.reference)
		sd_json_set_str(image, "reference", s->image.reference);
	sd_json_set_str(image, "manifest", s->image.manifest);
	layers = sd_json_make_array(image, "layers");
	for (size_t i = 0; i < s->image.layers.n; i++)
		sd_json_append_str(layers, s->image.layers.v[i]);
}

static int print_config(const struct spec *s, struct sd_err *e)
{
	sd_auto_free char *text = sd_json_pretty(s->config);

	if (sd_write_all(STDOUT_FILENO, text, strlen(text)) < 0 ||
		sd_write_all(STDOUT_FILENO, "\n", 1) < 0)
		return sd_fail(e, errno, "write to standard output");
	return 0;
}

static void spec_free(struct spec *s)
{
	sd_image_free(&s->image);
	networks_free(&s->networks);
	sd_json_unref(s->mounts);
	sd_json_unref(s->doc);
}

static int run(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	__attribute__((cleanup(spec_free))) struct spec s = {
		.o = &a->run, .bare = a->config, .mounts = sd_json_new_array()};

	s.doc = sd_json_new_object();
	sd_json_set_str(s.doc, "ociVersion", SD_OCI_VERSION);
	s.config = sd_json_make_object(s.doc, "config");
	s.want = sd_json_make_object(s.doc, "want");
	sd_json_set_str(s.config, "ociVersion", s.bare ? BARE_VERSION : SD_OCI_VERSION);
	/* For readers, what runs comes first, whatever is made first. */
	sd_json_make_object(s.config, "process.user");
	sd_json_make_array(s.config, "process.args");
	sd_json_make_array(s.config, "process.env");
	if (check_utf8(call, e) < 0 || load(&s, a, call, e) < 0 || build(&s, e) < 0)
		return -1;
	add_image(&s);
	return a->config ? print_config(&s, e) : sd_doc_write(STDOUT_FILENO, s.doc, e);
}

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.synopsis = "IMAGE [COMMAND [ARG]...]",
			.summary =
				"write a container's document from docker's options and an image",
			.opts = opts,
			.args_size = sizeof(struct args),
			.run = run,
			.epilog = "'sd-spec exec', 'network' and 'update' are filters; an image of "
				  "such a name\nis 'sd-spec -- exec'."},
		{.name = "update",
			.summary = "change the limits in a container's document",
			.opts = spec_update_opts,
			.args_size = spec_update_size,
			.run = spec_update},
		{.name = "network",
			.summary = "put a container's document into a network, or take it out",
			.opts = spec_network_opts,
			.args_size = spec_network_size,
			.run = spec_network},
		{.name = "exec",
			.synopsis = "COMMAND [ARG]...",
			.summary = "make a container's document that of one more program in it",
			.opts = exec_opts,
			.args_size = exec_size,
			.run = spec_exec},
		{0},
	};
	const char *summary = "docker's options and an image become an OCI config";
	const struct sd_tool source = {.name = "sd-spec", .summary = summary, verbs};
	const struct sd_tool filter = {.name = "sd-spec", .summary = summary, verbs + 1};

	for (const struct sd_verb *v = verbs + 1; argc > 1 && v->run; v++)
		if (strcmp(argv[1], v->name) == 0)
			return sd_tool_main(&filter, argc, argv);
	sd_run_args_normalise(argc, argv);
	return sd_tool_main(&source, argc, argv);
}
