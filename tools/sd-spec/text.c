/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "spec.h"

void words_split(const char *text, char separator, struct sd_strv *out)
{
	for (;;) {
		const char *end = strchr(text, separator);

		if (!end)
			break;
		sd_strv_take(out, sd_strndup(text, (size_t)(end - text)));
		text = end + 1;
	}
	sd_strv_add(out, text);
}

void fields_free(struct fields *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].key);
		free(f->v[i].value);
	}
	free(f->v);
	*f = (struct fields){0};
}

static void fields_add(struct fields *f, char *text)
{
	char *equals = strchr(text, '=');

	f->v = sd_realloc(f->v, (f->n + 1) * sizeof(*f->v));
	f->v[f->n++] = (struct field){
		.key = equals ? sd_strndup(text, (size_t)(equals - text)) : sd_strdup(text),
		.value = equals ? sd_strdup(equals + 1) : NULL,
	};
}

/* A quoted field up to its closing quote: p stands behind the opening one.  NULL: none closes. */
static const char *csv_quoted(const char *p, struct sd_buf *field)
{
	for (; *p; p++) {
		if (*p == '"' && p[1] != '"')
			return p + 1;
		p += *p == '"';
		sd_buf_add(field, p, 1);
	}
	return NULL;
}

int csv_parse(const char *text, const char *what, struct fields *out, struct sd_err *e)
{
	const char *p = text;

	for (;;) {
		sd_auto_buf struct sd_buf field = {0};

		if (*p == '"') {
			p = csv_quoted(p + 1, &field);
			if (!p)
				return sd_fail(e, 0, "%s: '%s': a quote is not closed", what, text);
		} else {
			size_t n = strcspn(p, ",");

			if (memchr(p, '"', n))
				return sd_fail(e, 0,
					"%s: '%s': a quote inside a field (hint: quote "
					"all of it: \"source=/a,b\")",
					what, text);
			sd_buf_add(&field, p, n);
			p += n;
		}
		sd_buf_add(&field, "", 0);
		fields_add(out, field.data);
		if (!*p)
			return 0;
		if (*p++ != ',')
			return sd_fail(e, 0, "%s: '%s': text behind a closing quote", what, text);
	}
}

int lines_read(const char *path, const char *what, struct sd_strv *out, struct sd_err *e)
{
	/* The user's own file, which may well be a pipe: --env-file <(pass show app). */
	sd_auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_strv struct sd_strv lines = {0};

	if (fd < 0)
		return sd_fail(e, errno, "%s: open %s", what, path);
	if (sd_read_all(fd, path, SD_READ_MAX, &text, e) < 0)
		return -1;
	sd_buf_add(&text, "", 0);
	if (strlen(text.data) != text.len)
		return sd_fail(e, 0, "%s: %s holds a zero byte", what, path);
	words_split(text.data + (sd_starts_with(text.data, "\xef\xbb\xbf") ? 3 : 0), '\n', &lines);
	for (size_t i = 0; i < lines.n; i++) {
		char *line = lines.v[i] + strspn(lines.v[i], " \t");
		size_t n = strlen(line);

		if (n && line[n - 1] == '\r')
			line[n - 1] = '\0';
		if (!*line || *line == '#')
			continue;
		if (!sd_is_utf8(line))
			return sd_fail(e, 0, "%s: %s line %zu is not UTF-8", what, path, i + 1);
		sd_strv_add(out, line);
	}
	return 0;
}

char *path_clean(const char *path)
{
	sd_auto_strv struct sd_strv words = {0};
	sd_auto_buf struct sd_buf out = {0};
	size_t depth = 0;

	words_split(path, '/', &words);
	for (size_t i = 0; i < words.n; i++) {
		char *word = words.v[i];

		if (!*word || strcmp(word, ".") == 0)
			continue;
		if (strcmp(word, "..") == 0) {
			depth -= depth > 0;
			continue;
		}
		/* What is kept stands in front, in order; the rest is freed with the list. */
		words.v[i] = words.v[depth];
		words.v[depth++] = word;
	}
	for (size_t i = 0; i < depth; i++)
		sd_buf_printf(&out, "/%s", words.v[i]);
	return depth ? sd_steal_ptr(&out.data) : sd_strdup("/");
}

char *path_absolute(const char *path)
{
	sd_auto_free char *cwd = NULL, *joined = NULL;

	if (path[0] == '/')
		return path_clean(path);
	cwd = getcwd(NULL, 0);
	if (!cwd)
		return NULL;
	joined = sd_printf("%s/%s", cwd, path);
	return path_clean(joined);
}

bool cpu_list_valid(const char *list)
{
	sd_auto_strv struct sd_strv ranges = {0};

	words_split(list, ',', &ranges);
	for (size_t i = 0; i < ranges.n; i++) {
		sd_auto_strv struct sd_strv ends = {0};
		int64_t n[2] = {0, 0};
		struct sd_err ignored;

		words_split(ranges.v[i], '-', &ends);
		if (ends.n > 2)
			return false;
		for (size_t k = 0; k < ends.n; k++)
			if (sd_parse_int(ends.v[k], "", 0, 8191, &n[k], &ignored) < 0)
				return false;
		if (ends.n == 2 && n[0] > n[1])
			return false;
	}
	return true;
}

bool host_name_valid(const char *name)
{
	sd_auto_strv struct sd_strv labels = {0};

	if (strlen(name) > 63)
		return false;
	words_split(name, '.', &labels);
	for (size_t i = 0; i < labels.n; i++) {
		const char *p = labels.v[i];

		if (!isalnum((unsigned char)*p) || !isalnum((unsigned char)p[strlen(p) - 1]))
			return false;
		for (; *p; p++)
			if (!isalnum((unsigned char)*p) && *p != '-')
				return false;
	}
	return true;
}

int64_t count_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? n : 1;
}
