/* SPDX-License-Identifier: Apache-2.0 */
/* --health-*: the health check, of the image (image-spec, config.md) unless options say otherwise. */
#include <string.h>
#include "cleanup.h"
#include "spec.h"
#include "str.h"

#define LEAST_NS 1000000 /* as docker's */

static bool is_known(const char *kind)
{
	return kind && (strcmp(kind, "NONE") == 0 || strcmp(kind, "CMD") == 0 ||
			       strcmp(kind, "CMD-SHELL") == 0);
}

/* An empty list is that of an image that says nothing. */
static int check_test(struct sd_json *check, struct sd_err *e)
{
	sd_auto_free const char **words = NULL;
	size_t n = 0;

	if (sd_json_strings(check, &words, &n, e, "Test") < 0)
		return -1;
	if (n == 0)
		sd_json_del(check, "Test");
	else if (!is_known(words[0]) || (n == 1 && strcmp(words[0], "NONE") != 0))
		return sd_fail(e, 0,
			"Healthcheck.Test: '%s' is none of NONE, CMD, CMD-SHELL "
			"with words after it",
			words[0]);
	return 0;
}

static const char *const durations[] = {"Interval", "Timeout", "StartPeriod", "StartInterval"};

static int of_image(struct spec *s, struct sd_json **check, struct sd_err *e)
{
	struct sd_json *theirs = NULL;
	int64_t n = 0;

	if (sd_json_object(s->defaults, &theirs, e, "Healthcheck") < 0)
		return spec_image_error(s, e);
	*check = theirs ? sd_json_copy(theirs) : sd_json_new_object();
	if (check_test(*check, e) < 0 || sd_json_int(*check, &n, e, "Retries") < 0)
		return spec_image_error(s, e);
	for (size_t i = 0; i < 4; i++) {
		int64_t ns = 0;

		if (sd_json_int(*check, &ns, e, "%s", durations[i]) < 0)
			return spec_image_error(s, e);
		if (ns < 0 || n < 0) {
			sd_fail(e, 0, "Healthcheck: a member is negative");
			return spec_image_error(s, e);
		}
	}
	return 0;
}

static int set_duration(struct sd_json *check, const char *name, const char *option,
	const char *text, struct sd_err *e)
{
	double seconds;

	if (!text)
		return 0;
	if (sd_parse_duration(text, option, &seconds, e) < 0)
		return -1;
	if (seconds * 1e9 < LEAST_NS && seconds != 0)
		return sd_fail(e, 0, "%s: %s is less than 1ms", option, text);
	sd_json_set_int(check, name, (int64_t)(seconds * 1e9 + 0.5));
	return 0;
}

static int by_options(struct sd_json *check, const struct sd_run_options *o, struct sd_err *e)
{
	int64_t retries;

	if (o->health_cmd) {
		struct sd_json *test = sd_json_new_array();

		sd_json_append_str(test, "CMD-SHELL");
		sd_json_append_str(test, o->health_cmd);
		sd_json_set(check, "Test", test);
	}
	if (o->health_retries) {
		if (sd_parse_int(o->health_retries, "--health-retries", 0, INT32_MAX, &retries, e) <
			0)
			return -1;
		sd_json_set_int(check, "Retries", retries);
	}
	if (set_duration(check, "Interval", "--health-interval", o->health_interval, e) < 0 ||
		set_duration(check, "Timeout", "--health-timeout", o->health_timeout, e) < 0 ||
		set_duration(check, "StartPeriod", "--health-start-period", o->health_start_period,
			e) < 0)
		return -1;
	return set_duration(
		check, "StartInterval", "--health-start-interval", o->health_start_interval, e);
}

static int none(struct spec *s, struct sd_err *e)
{
	const struct sd_run_options *o = s->o;

	if (o->health_cmd || o->health_interval || o->health_timeout || o->health_retries ||
		o->health_start_period || o->health_start_interval)
		return sd_fail(e, 0, "--no-healthcheck conflicts with --health-* options");
	sd_json_append_str(sd_json_make_array(s->want, "healthcheck.Test"), "NONE");
	return 0;
}

int spec_health(struct spec *s, struct sd_err *e)
{
	sd_auto_json struct sd_json *check = NULL;

	if (s->o->no_healthcheck)
		return none(s, e);
	if (of_image(s, &check, e) < 0 || by_options(check, s->o, e) < 0)
		return -1;
	if (sd_json_len(check))
		sd_json_set(s->want, "healthcheck", sd_json_ref(check));
	return 0;
}
