/* SPDX-License-Identifier: Apache-2.0 */
/* Is what a limit's file shows what was written to it?  Pure. */
#include "sd-cgset.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"

/* "max", and the numbers that the page counters of v1 show for it. */
static bool is_unlimited(int64_t n)
{
	return n < 0 || n >= INT64_MAX - 0xfffff;
}

static int64_t bytes_of(const char *text)
{
	struct sd_err ignored;
	int64_t n;

	if (strncmp(text, "max", 3) == 0 || *text == '-')
		return -1;
	return sd_parse_size(text, "", &n, &ignored) < 0 ? 0 : n;
}

static bool same_bytes(const char *want, const char *have)
{
	int64_t page = sysconf(_SC_PAGESIZE), a = bytes_of(want), b = bytes_of(have);

	if (is_unlimited(a) || is_unlimited(b))
		return is_unlimited(a) && is_unlimited(b);
	return a / page == b / page;
}

/* The kernel's list format (cpuset(7), "List format"), without strides. */
static bool parse_list(const char *text, bool set[static CPU_LIST_MAX])
{
	char *end;

	memset(set, 0, CPU_LIST_MAX * sizeof(*set));
	while (*text) {
		unsigned long from = strtoul(text, &end, 10), to = from;

		if (end == text)
			return false;
		if (*end == '-') {
			text = end + 1;
			to = strtoul(text, &end, 10);
			if (end == text)
				return false;
		}
		if (from > to || to >= CPU_LIST_MAX || (*end && *end != ','))
			return false;
		for (unsigned long i = from; i <= to; i++)
			set[i] = true;
		text = *end ? end + 1 : end;
	}
	return true;
}

static bool same_list(const char *want, const char *have)
{
	bool a[CPU_LIST_MAX], b[CPU_LIST_MAX];

	if (!parse_list(want, a) || !parse_list(have, b))
		return strcmp(want, have) == 0;
	return memcmp(a, b, sizeof(a)) == 0;
}

static bool same_word(const char *want, const char *have)
{
	struct sd_err ignored;
	int64_t n, m;

	if (strcmp(want, have) == 0)
		return true;
	/* "1M" is shown as 1048576, "0x10" as 16. */
	return sd_parse_size(have, "", &m, &ignored) == 0 &&
	       ((sd_parse_size(want, "", &n, &ignored) == 0 && n == m) ||
		       (sd_starts_with(want, "0x") && strtoll(want, NULL, 16) == m));
}

static bool has_word(const struct sd_strv *words, const char *want)
{
	for (size_t i = 0; i < words->n; i++) {
		const char *a = strchr(want, '='), *b = strchr(words->v[i], '=');

		if (same_word(want, words->v[i]))
			return true;
		if (a && b && a - want == b - words->v[i] &&
			strncmp(want, words->v[i], (size_t)(a - want)) == 0)
			return same_word(a + 1, b + 1);
	}
	return false;
}

static void split(const char *line, struct sd_strv *words)
{
	sd_auto_free char *copy = sd_strdup(line);
	char *save = NULL;

	for (char *w = strtok_r(copy, " \t", &save); w; w = strtok_r(NULL, " \t", &save))
		sd_strv_add(words, w);
}

/* A device without any limit has no line at all: "8:0 0" of v1, "8:0 rbps=max" of v2. */
static bool removes(const struct sd_strv *want)
{
	for (size_t i = 1; i < want->n; i++) {
		const char *eq = strchr(want->v[i], '=');

		if (eq ? strcmp(eq, "=max") != 0 : strcmp(want->v[i], "0") != 0)
			return false;
	}
	return want->n > 1 && strchr(want->v[0], ':');
}

static bool has_line(const char *want, const char *have)
{
	sd_auto_free char *copy = sd_strdup(have);
	sd_auto_strv struct sd_strv words = {0};
	char *save = NULL;

	split(want, &words);
	if (!words.n)
		return true;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		sd_auto_strv struct sd_strv there = {0};
		size_t i = 0;

		split(line, &there);
		if (!there.n || !same_word(words.v[0], there.v[0]))
			continue;
		while (i < words.n && has_word(&there, words.v[i]))
			i++;
		return i == words.n;
	}
	return removes(&words);
}

bool check_value(enum check check, const char *want, const char *have)
{
	sd_auto_free char *lines = sd_strdup(want);
	char *save = NULL;

	if (check == CHECK_BYTES)
		return same_bytes(want, have);
	if (check == CHECK_CPUS)
		return same_list(want, have);
	for (char *l = strtok_r(lines, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (!has_line(l, have))
			return false;
	return true;
}
