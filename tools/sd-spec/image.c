/* SPDX-License-Identifier: Apache-2.0 */
/* What comes with the image: image-spec, config.md.  All of it is hostile. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include "cleanup.h"
#include "io.h"
#include "platform.h"
#include "spec.h"

int spec_image_error(const struct spec *s, struct sd_err *e)
{
	sd_auto_free char *text = sd_strdup(e->text);

	return sd_fail(e, 0, "image '%s': %s", s->image.name, text);
}

static int load_file(struct spec *s, const char *file, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};

	if (sd_read_file(AT_FDCWD, file, SD_READ_MAX, &text, e) < 0)
		return -1;
	s->image.name = sd_strdup(file);
	s->image.config = sd_json_parse(text.data, text.len, file, e);
	return s->image.config ? 0 : -1;
}

/* OS/ARCH[/VARIANT], or one of the first two alone, as docker takes it. */
static char *platform(const char *text)
{
	const char *slash = strchr(text, '/'), *arch = slash ? slash + 1 : text;
	size_t len = strcspn(arch, "/");
	const char *known = sd_platform_arch(arch, len);

	if (!slash && strcmp(text, "linux") == 0)
		return sd_strdup("linux");
	return sd_printf("%.*s/%.*s%s", slash ? (int)(slash - text) : 5, slash ? text : "linux",
		known ? (int)strlen(known) : (int)len, known ? known : arch, arch + len);
}

static bool platform_fits(const char *wanted, const char *have)
{
	size_t n = strlen(wanted);

	return strncmp(wanted, have, n) == 0 && (!have[n] || have[n] == '/');
}

static int check_platform(struct spec *s, struct sd_err *e)
{
	sd_auto_free char *wanted = s->o->platform ? platform(s->o->platform) : NULL;
	sd_auto_free char *have = NULL;
	const char *os = "linux", *arch = NULL, *variant = NULL;

	if (sd_json_str(s->image.config, &os, e, "os") < 0 ||
		sd_json_str(s->image.config, &arch, e, "architecture") < 0 ||
		sd_json_str(s->image.config, &variant, e, "variant") < 0)
		return spec_image_error(s, e);
	if (strcmp(os, "linux") != 0)
		return sd_fail(e, 0, "image '%s' is for %s, not for linux", s->image.name, os);
	have = sd_printf("%s%s%s%s%s", os, arch ? "/" : "", arch ? arch : "", variant ? "/" : "",
		variant ? variant : "");
	if (wanted && !platform_fits(wanted, have))
		return sd_fail(e, 0, "image '%s' is for %s, not for %s (--platform)", s->image.name,
			have, wanted);
	sd_json_set_str(s->want, "platform", have);
	return 0;
}

int spec_load_image(struct spec *s, const char *name, const char *file, struct sd_err *e)
{
	struct sd_json *defaults = NULL;

	if (file ? load_file(s, file, e) < 0 : sd_image_lookup(name, &s->image, e) < 0)
		return -1;
	if (!sd_json_is_object(s->image.config))
		return sd_fail(e, 0, "image '%s': its config is not an object", s->image.name);
	if (sd_json_object(s->image.config, &defaults, e, "config") < 0)
		return spec_image_error(s, e);
	s->defaults = defaults;
	return check_platform(s, e);
}

static int stop_signal(struct spec *s, struct sd_err *e)
{
	const char *text = s->o->stop_signal, *what = "--stop-signal";
	char name[16];
	int sig = SIGTERM;

	if (!text) {
		what = "config.StopSignal";
		if (sd_json_str(s->defaults, &text, e, "StopSignal") < 0)
			return spec_image_error(s, e);
	}
	if (text && *text && sd_parse_signal(text, what, &sig, e) < 0)
		return s->o->stop_signal ? -1 : spec_image_error(s, e);
	sd_json_set_str(s->want, "stopSignal", sd_signal_name(sig, name));
	return 0;
}

static int stop_timeout(struct spec *s, struct sd_err *e)
{
	int64_t n = 10;

	if (s->o->stop_timeout &&
		sd_parse_int(s->o->stop_timeout, "--stop-timeout", -1, INT32_MAX, &n, e) < 0)
		return -1;
	sd_json_set_int(s->want, "stopTimeout", n);
	return 0;
}

/* An object whose keys are a set: "80/tcp": {}. */
static int exposed_ports(struct spec *s, struct sd_err *e)
{
	struct sd_json *ports = NULL;

	if (sd_json_object(s->defaults, &ports, e, "ExposedPorts") < 0)
		return spec_image_error(s, e);
	if (!sd_json_len(ports))
		return 0;
	sd_json_object_foreach (ports, it)
		sd_json_append_str(
			sd_json_make_array(s->want, "exposedPorts"), sd_json_iter_key(it));
	return 0;
}

int spec_image_wishes(struct spec *s, struct sd_err *e)
{
	if (s->o->platform && !s->image.config)
		return sd_fail(
			e, 0, "--platform: there is no image that it could be compared with");
	if (stop_signal(s, e) < 0 || stop_timeout(s, e) < 0)
		return -1;
	return exposed_ports(s, e);
}
