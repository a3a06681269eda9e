/* SPDX-License-Identifier: Apache-2.0 */
#include "doc.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "store.h"
#include "str.h"

/* The members whose types every tool may rely on; those below them are checked by who reads them.
 */
static int check_types(const struct sd_json *doc, struct sd_err *e)
{
	static const char *const strings[] = {"bundle", "status", "name", "created", "bootId"};
	static const char *const objects[] = {
		"config", "want", "image", "rootfs", "cgroup", "seccomp", "monitor", "annotations"};
	struct sd_json *object;
	const char *string;

	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
		if (sd_json_str(doc, &string, e, "%s", strings[i]) < 0)
			return -1;
	for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++)
		if (sd_json_object(doc, &object, e, "%s", objects[i]) < 0)
			return -1;
	return 0;
}

static int check(const struct sd_json *doc, struct sd_err *e)
{
	const char *version = NULL, *id = NULL;
	int r = sd_json_str(doc, &version, e, "ociVersion");

	if (r <= 0)
		return r < 0 ? -1 : sd_json_missing(e, "ociVersion");
	if (sd_json_str(doc, &id, e, "id") < 0)
		return -1;
	if (id && !sd_id_valid(id))
		return sd_fail(e, 0, "id: '%s' is not a container id", id);
	return check_types(doc, e);
}

int sd_doc_read_object(int fd, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_json struct sd_json *j = NULL;

	if (isatty(fd))
		return sd_fail(
			e, 0, "a document is expected on standard input, which is a terminal");
	if (sd_read_all(fd, "standard input", SD_READ_MAX, &text, e) < 0)
		return -1;
	if (text.len == 0)
		return sd_fail_silent(e);
	j = sd_json_parse(text.data, text.len, "standard input", e);
	if (!j)
		return -1;
	if (!sd_json_is_object(j))
		return sd_fail(e, 0, "document: expected an object");
	*doc = sd_steal_ptr(&j);
	return 0;
}

int sd_doc_read(int fd, struct sd_json **doc, struct sd_err *e)
{
	sd_auto_json struct sd_json *j = NULL;

	if (sd_doc_read_object(fd, &j, e) < 0 || check(j, e) < 0)
		return -1;
	*doc = sd_steal_ptr(&j);
	return 0;
}

int sd_doc_each(int (*fn)(void *data, const struct sd_json *doc, struct sd_err *e), void *data,
	struct sd_err *e)
{
	sd_auto_free char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0) {
		sd_auto_json struct sd_json *doc =
			sd_json_parse(line, (size_t)len, "standard input", e);

		if (!doc || fn(data, doc, e) < 0)
			return -1;
	}
	return ferror(stdin) ? sd_fail(e, errno, "read standard input") : 0;
}

int sd_doc_write(int fd, const struct sd_json *doc, struct sd_err *e)
{
	sd_auto_free char *text = sd_json_text(doc);
	sd_auto_buf struct sd_buf line = {0};
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	int r, saved;

	sd_buf_str(&line, text);
	sd_buf_str(&line, "\n");
	sigaction(SIGPIPE, &ignore, &before);
	r = sd_write_all(fd, line.data, line.len);
	saved = errno;
	sigaction(SIGPIPE, &before, NULL);
	if (r == 0)
		return 0;
	/* The tool after it has ended, and has said why: as with an empty standard input. */
	if (saved == EPIPE)
		return sd_fail_silent(e);
	return sd_fail(e, saved, "write the document to standard output");
}

int sd_doc_id(const struct sd_json *doc, const char **id, struct sd_err *e)
{
	int r = sd_json_str(doc, id, e, "id");

	return r > 0 ? 0 : r < 0 ? -1 : sd_json_missing(e, "id");
}

int sd_doc_bundle(const struct sd_json *doc, const char **bundle, struct sd_err *e)
{
	int r = sd_json_str(doc, bundle, e, "bundle");

	return r > 0 ? 0 : r < 0 ? -1 : sd_json_missing(e, "bundle");
}

bool sd_doc_has_namespace(const struct sd_json *doc, const char *type)
{
	const struct sd_json *list = sd_json_get(doc, "config.linux.namespaces"), *ns;
	size_t i;

	sd_json_array_foreach (list, i, ns) {
		const char *its = sd_json_string_value(sd_json_member(ns, "type"));

		if (its && strcmp(its, type) == 0)
			return true;
	}
	return false;
}
