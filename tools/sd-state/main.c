/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sd-state - the store of documents.  A filter.
 *
 * A record is a directory under ROOT/containers that holds the saved document and, while the
 * container lives, one under RUN/containers that holds the live one (store.h).  The order of
 * every change follows one rule: what makes a record findable is made before what it may leave
 * behind, and removed after it, so that a SIGKILL between two steps leaves something that a later
 * command finds and can finish:
 *
 *	new	mark as transient, make the directory, take the name, write the document
 *	start	write "running", open the gate, read the verdict
 *	rm	mark, remove RUN's directory, the saved document, the name, ROOT's directory, unmark
 *
 * A name is taken by symlink(2), which fails with EEXIST for all but one: no lock, no race.
 */
#include <stdio.h>
#include "cleanup.h"
#include "doc.h"
#include "sd-state.h"
#include "store.h"

static int do_id(const struct sd_call *call, struct sd_err *e)
{
	char id[SD_ID_LEN + 1];

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	sd_id_new(id);
	puts(id);
	return 0;
}

static const struct sd_verb id_verb = {
	.name = "id",
	.summary = "print a new container id",
	.run = do_id,
};

/* The value of one member, bare where it is a string: what a shell wants of a document. */
static int do_print(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;

	if (sd_want_operands(call, 1, -1, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0)
		return -1;
	for (int i = 0; i < call->argc; i++) {
		const struct sd_json *j = sd_json_get(doc, "%s", call->argv[i]);
		const char *s = sd_json_string_value(j);
		sd_auto_free char *text = NULL;

		if (!j)
			return sd_fail_code(e, SD_EXIT_NO, 0, "%s: missing", call->argv[i]);
		text = s ? sd_strdup(s) : sd_json_text(j);
		puts(text);
	}
	return 0;
}

static const struct sd_verb print_verb = {
	.name = "print",
	.synopsis = "MEMBER...",
	.summary = "print members of the document, strings bare",
	.run = do_print,
};

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		id_verb,
		new_verb,
		get_verb,
		inspect_verb,
		set_verb,
		print_verb,
		ls_verb,
		start_verb,
		rm_verb,
		rename_verb,
		port_verb,
		events_verb,
		reap_verb,
		{0},
	};
	const struct sd_tool tool = {"sd-state", "the store of container documents", verbs,
		.epilog = "A filter: new, set, start, print and rm read a document on standard "
			  "input."};

	return sd_tool_main(&tool, argc, argv);
}
