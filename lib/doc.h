/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc - the document on its way through a pipeline: sd-state(5).
 *
 * A filter: sd_doc_read(STDIN_FILENO), act, add its member, sd_doc_write(STDOUT_FILENO); if the
 * write fails, it undoes.
 */
#ifndef SD_DOC_H
#define SD_DOC_H

#include "err.h"
#include "json.h"

#define SD_OCI_VERSION "1.2.0"

/*
 * One document, checked: an object, `ociVersion` a string, `id` valid where it is there.
 * An empty stream fails silently with 125: the tool before has already said why.
 */
int sd_doc_read(int fd, struct sd_json **doc, struct sd_err *e);

/* The same of an object that is no container's document: what it must hold is the caller's. */
int sd_doc_read_object(int fd, struct sd_json **doc, struct sd_err *e);

/* Each of the objects on standard input, one a line, lent to fn; up to the first that fails. */
int sd_doc_each(int (*fn)(void *data, const struct sd_json *doc, struct sd_err *e), void *data,
	struct sd_err *e);

/*
 * One line.  -1 where not all of it was taken; silently where nobody reads it any more (EPIPE;
 * SIGPIPE is held off): the tool after has said why.
 */
int sd_doc_write(int fd, const struct sd_json *doc, struct sd_err *e);

/* Members that many need; borrowed.  -1 "id: missing". */
int sd_doc_id(const struct sd_json *doc, const char **id, struct sd_err *e);
int sd_doc_bundle(const struct sd_json *doc, const char **bundle, struct sd_err *e);
/* Does its config have a namespace of that type, new or joined?  Otherwise it is the host's. */
bool sd_doc_has_namespace(const struct sd_json *doc, const char *type);

#endif
