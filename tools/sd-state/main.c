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

static int state_id(const struct sd_call *call, struct sd_err *e)
{
	char id[SD_ID_LEN + 1];

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	sd_id_new(id);
	puts(id);
	return 0;
}

/* The value of one member, bare where it is a string: what a shell wants of a document. */
static int state_print(const struct sd_call *call, struct sd_err *e)
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

static const struct sd_opt no_opts[] = {SD_OPT_END};

int main(int argc, char **argv)
{
	const struct sd_verb verbs[] = {
		{.name = "id",
			.summary = "print a new container id",
			.opts = no_opts,
			.run = state_id},
		{.name = "new",
			.summary = "make a record: id, name, bundle; status creating",
			.opts = state_new_opts,
			.args_size = state_new_size,
			.run = state_new},
		{.name = "get",
			.synopsis = "CONTAINER...",
			.summary = "print the documents of containers, one a line",
			.opts = state_get_opts,
			.args_size = state_get_size,
			.run = state_get,
			.permute = true},
		{.name = "inspect",
			.synopsis = "CONTAINER...",
			.summary = "show containers as JSON, with docker's member names",
			.opts = state_inspect_opts,
			.args_size = state_inspect_size,
			.run = state_inspect,
			.permute = true},
		{.name = "set",
			.summary = "save the document as the container's",
			.opts = state_set_opts,
			.args_size = state_set_size,
			.run = state_set},
		{.name = "print",
			.synopsis = "MEMBER...",
			.summary = "print members of the document, strings bare",
			.opts = no_opts,
			.run = state_print},
		{.name = "ls",
			.summary = "list containers",
			.opts = state_ls_opts,
			.args_size = state_ls_size,
			.run = state_ls,
			.permute = true},
		{.name = "start",
			.summary = "open the gate: the program begins",
			.opts = state_start_opts,
			.args_size = state_start_size,
			.run = state_start},
		{.name = "rm", .summary = "remove the record", .opts = no_opts, .run = state_rm},
		{.name = "rename",
			.synopsis = "CONTAINER NAME",
			.summary = "give a container another name",
			.opts = no_opts,
			.run = state_rename},
		{.name = "port",
			.synopsis = "CONTAINER [PORT[/PROTOCOL]]",
			.summary = "print where its ports are published",
			.opts = no_opts,
			.run = state_port},
		{.name = "events",
			.summary = "print what happened to containers",
			.opts = state_events_opts,
			.args_size = state_events_size,
			.run = state_events},
		{.name = "reap",
			.summary = "print the documents of what was left over, one a line",
			.opts = no_opts,
			.run = state_reap},
		{0},
	};
	const struct sd_tool tool = {"sd-state", "the store of container documents", verbs,
		.epilog = "A filter: new, set, start, print and rm read a document on standard "
			  "input."};

	return sd_tool_main(&tool, argc, argv);
}
