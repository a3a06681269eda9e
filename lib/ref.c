/* SPDX-License-Identifier: Apache-2.0 */
#include "ref.h"

#include <stdio.h>
#include <string.h>
#include "cleanup.h"
#include "str.h"

#define DEFAULT_HOST   "docker.io"
#define DEFAULT_FOLDER "library/"
#define NAME_MAX_LEN   255 /* host and path together */
#define TAG_MAX_LEN    128

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

bool sd_digest_valid(const char *digest)
{
	return sd_starts_with(digest, "sha256:") && strlen(digest) == SD_DIGEST_LEN &&
	       strspn(digest + 7, "0123456789abcdef") == 64;
}

/* One part of a host's name, up to `end`: letters, digits, and '-' inside. */
static bool host_part_valid(const char *s, const char *end)
{
	return s < end && *s != '-' && end[-1] != '-' &&
	       strspn(s, LOWER UPPER DIGIT "-") >= (size_t)(end - s);
}

static bool host_valid(const char *s)
{
	const char *end = s + strcspn(s, ":");

	if (*end == ':' && (!end[1] || end[1 + strspn(end + 1, DIGIT)]))
		return false;
	for (;;) {
		const char *dot = memchr(s, '.', (size_t)(end - s));

		if (!host_part_valid(s, dot ? dot : end))
			return false;
		if (!dot)
			return true;
		s = dot + 1;
	}
}

/* Letters and digits, joined by '.', '_', '__' or any number of '-'; parts joined by '/'. */
static bool path_valid(const char *s)
{
	for (;;) {
		size_t word = strspn(s, LOWER DIGIT), dashes;

		if (!word)
			return false;
		s += word;
		if (!*s)
			return true;
		dashes = strspn(s, "-");
		if (dashes)
			s += dashes;
		else if (sd_starts_with(s, "__"))
			s += 2;
		else if (*s == '.' || *s == '_' || *s == '/')
			s++;
		else
			return false;
	}
}

static bool tag_valid(const char *s)
{
	size_t len = strlen(s);

	return len && len <= TAG_MAX_LEN && *s != '.' && *s != '-' &&
	       strspn(s, LOWER UPPER DIGIT "_.-") == len;
}

static bool is_host(const char *first)
{
	return strpbrk(first, ".:" UPPER) || strcmp(first, "localhost") == 0;
}

/* Cut "HOST/" from the front of the name where there is one. */
static void split_host(char *name, struct sd_ref *r)
{
	char *slash = strchr(name, '/');

	if (slash) {
		*slash = '\0';
		if (is_host(name)) {
			r->host = sd_strdup(
				strcmp(name, "index." DEFAULT_HOST) == 0 ? DEFAULT_HOST : name);
			name = slash + 1;
		} else {
			*slash = '/';
		}
	}
	if (!r->host)
		r->host = sd_strdup(DEFAULT_HOST);
	if (strcmp(r->host, DEFAULT_HOST) == 0 && !strchr(name, '/'))
		r->path = sd_printf(DEFAULT_FOLDER "%s", name);
	else
		r->path = sd_strdup(name);
}

/* "docker.io/a.b/c" cannot be shortened: "a.b/c" is the image c of the host a.b. */
static bool shortens(const struct sd_ref *r)
{
	sd_auto_free char *first = sd_strndup(r->path, strcspn(r->path, "/"));

	return strcmp(r->host, DEFAULT_HOST) == 0 && !(strchr(r->path, '/') && is_host(first));
}

static void join(struct sd_ref *r)
{
	bool hub = shortens(r);
	const char *path = r->path;
	sd_auto_free char *end = sd_printf("%s%s%s%s", r->tag ? ":" : "", r->tag ? r->tag : "",
		r->digest ? "@" : "", r->digest ? r->digest : "");

	r->canonical = sd_printf("%s/%s%s", r->host, path, end);
	if (hub && sd_starts_with(path, DEFAULT_FOLDER) &&
		!strchr(path + strlen(DEFAULT_FOLDER), '/'))
		path += strlen(DEFAULT_FOLDER);
	r->familiar = hub ? sd_printf("%s%s", path, end) : sd_printf("%s/%s%s", r->host, path, end);
}

static int check(const char *text, const struct sd_ref *r, struct sd_err *e)
{
	if (r->digest && !sd_digest_valid(r->digest))
		return sd_fail(
			e, 0, "image name '%s': the digest is not sha256: and 64 hex digits", text);
	if (r->tag && !tag_valid(r->tag))
		return sd_fail(e, 0,
			"image name '%s': a tag is up to 128 of A-Z a-z 0-9 _ . - and begins with "
			"none of . -",
			text);
	if (!host_valid(r->host))
		return sd_fail(e, 0,
			"image name '%s': '%s' is not a host name with an optional port", text,
			r->host);
	if (strpbrk(r->path, UPPER))
		return sd_fail(e, 0, "image name '%s': must be lower case", text);
	if (!path_valid(r->path))
		return sd_fail(e, 0,
			"image name '%s': a part is of a-z 0-9, with single . _ or - between them",
			text);
	if (strlen(r->host) + 1 + strlen(r->path) > NAME_MAX_LEN)
		return sd_fail(
			e, 0, "image name '%s': longer than %d characters", text, NAME_MAX_LEN);
	return 0;
}

int sd_ref_parse(const char *text, struct sd_ref *r, struct sd_err *e)
{
	sd_auto_free char *name = sd_strdup(text);
	char *at = strchr(name, '@'), *colon;

	*r = (struct sd_ref){0};
	/* docker refuses it too: nobody could tell such a name from an image's id. */
	if (strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64)
		return sd_fail(e, 0, "image name '%s': 64 hex digits are an id, not a name", text);
	if (at) {
		*at = '\0';
		r->digest = sd_strdup(at + 1);
	}
	colon = strrchr(name, ':');
	if (colon && !strchr(colon, '/')) {
		*colon = '\0';
		r->tag = sd_strdup(colon + 1);
	} else if (!at) {
		r->tag = sd_strdup("latest");
	}
	split_host(name, r);
	if (check(text, r, e) < 0) {
		sd_ref_free(r);
		return -1;
	}
	join(r);
	return 0;
}

void sd_ref_free(struct sd_ref *r)
{
	free(r->host);
	free(r->path);
	free(r->tag);
	free(r->digest);
	free(r->canonical);
	free(r->familiar);
	*r = (struct sd_ref){0};
}

void sd_digest_text(const unsigned char sum[32], char text[SD_DIGEST_LEN + 1])
{
	memcpy(text, "sha256:", 8);
	for (size_t i = 0; i < 32; i++)
		snprintf(text + 7 + 2 * i, 3, "%02x", sum[i]);
}
