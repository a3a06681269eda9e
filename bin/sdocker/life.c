/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a container: which tools, in which order, and what undoes each.
 *
 * This table is the whole of run, create, start and rm.  A verb takes the steps with its bit; when
 * a step fails, the inverses run in reverse order.  --explain prints the same.
 *
 * What a whole container has written goes with its record, in sd-state rm: a removal that is cut
 * short before that would leave one that can be started, with half of its files.
 *
 * At the container's end its monitor runs `sdocker cleanup`, and by its restart policy `sdocker
 * start --again`; only a foreground with --rm cleans up itself, so that nothing is left when it ends.
 */
#include "life.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "store.h"

#define LIVE (RUN | START | AGAIN)

const struct step life[] = {
	{"sd-spec %args", RUN | CREATE, NULL, 0, 0},
	{"sd-state get --saved --ended %id", START, NULL, 0, 0},
	{"sd-state get --saved --restarting %id", AGAIN, NULL, 0, 0},
	{"sd-state new --tied --id %id %cidfile", RUN | CREATE, "sd-state rm", RUN | CREATE | RM,
		0},
	{"sd-layer prepare", CREATE | LIVE, "sd-layer rm", RUN | CREATE, 0},
	{"sd-cgset create", LIVE, "sd-cgset rm --kill", LIVE | RM | END, 0},
	{"sd-confine compile", LIVE, NULL, 0, 0},
	{"sd-ipam lease", LIVE, "sd-ipam release", LIVE | RM | END, NETWORKS},
	{"sd-monitor create --tied --driver sdocker %stdio -- sd-cgset join -- sd-unshare"
	 " -- sd-layer enter -- sd-pivot -- sd-confine",
		LIVE, "sd-monitor dismiss", RUN | START | FORCE, 0},
	{"sd-bridge connect", LIVE, "sd-bridge disconnect", LIVE | RM | END, BRIDGES},
	{"sd-cni add", LIVE, "sd-cni del", LIVE | RM | END, PLUGINS},
	{"sd-names join", LIVE, "sd-names leave", LIVE | RM | END, NAMES},
	{"sd-nat publish", LIVE, "sd-nat unpublish", LIVE | RM | END, PORTS},
	{"sd-state set --status created", CREATE, NULL, 0, 0},
	{"sd-state start", RUN | START, NULL, 0, 0},
	{"sd-state start --again", AGAIN, NULL, 0, 0},
	{"sd-monitor wait %owner %attach %stdio", FOREGROUND, NULL, 0, 0},
	{NULL, 0, NULL, 0, 0},
};

/* Which record an undo may touch: one that never began, or for a new start one that does not run. */
static const char *undo_source(const struct birth *b)
{
	return b->when & (START | AGAIN) ? "sd-state get -q --stopped --restarting %id"
					 : "sd-state get -q --unstarted %id";
}

static void build_undo(const struct birth *b, struct pipeline *p)
{
	pipeline_undo(p, undo_source(b), life, b->when & (CREATE | LIVE), &b->vars);
}

/* It may have been connected to others since it began. */
void end_build(struct pipeline *p, bool remove, const struct vars *v)
{
	struct vars now = *v;

	now.has = needs_of_record(v->id, v->has);
	pipeline_undo(p, "sd-state get --quiet --facts --stopped --restarting %id", life,
		remove ? RM : END, &now);
}

/* Its failures are not the user's: what is left is found by the next command. */
static void run_quietly(const struct pipeline *p)
{
	struct ends nowhere = {.in = -1, .out = -1};
	struct sd_err ignored;
	struct outcome o;

	pipeline_run(p, nowhere, &o, &ignored);
}

static void print_streams(const bool left_out[3])
{
	printf("  exec 3<%s 4>%s 5>%s </dev/null\n", left_out[0] ? "/dev/null" : "&0",
		left_out[1] ? "/dev/null" : "&1", left_out[2] ? "/dev/null" : "&2");
}

static int run(const struct birth *b, struct sd_err *e)
{
	auto_pipeline struct pipeline main = {0}, undo = {0}, end = {0};
	struct ends ends = {.in = -1, .out = -1};
	struct outcome o;
	bool began;
	int r;

	if (b->vars.stdio && streams_hold(b->left_out, e) < 0)
		return -1;
	pipeline_do(&main, life, b->when, &b->vars);
	/*
	 * If the driver is killed nobody undoes what its stages would still make, and the next
	 * command may have looked before they made it: so they die with it.  The foreground stays:
	 * it is the user's, and gives the terminal back.
	 */
	ends.tied = main.n - (b->when & FOREGROUND ? 1 : 0);
	r = pipeline_run(&main, ends, &o, e);
	began = o.failed == main.n || (b->when & FOREGROUND && o.failed + 1 == main.n);
	if (!began || o.signalled) {
		/* A source that failed has made nothing. */
		build_undo(b, &undo);
		if (o.failed > 0)
			run_quietly(&undo);
	}
	if (began && b->vars.owner) {
		end_build(&end, true, &b->vars);
		run_quietly(&end);
	}
	return r < 0 ? -1 : o.code;
}

/* For a new start, what the record wishes for. */
static struct birth known(const struct birth *b, struct needs *n)
{
	struct birth mine = *b;

	if (b->when & (START | AGAIN)) {
		needs_of_start(b->vars.id, n);
		mine.vars.has = n->has;
		mine.networks = n->networks;
	}
	return mine;
}

int birth_run(const struct birth *b, struct sd_err *e)
{
	auto_needs struct needs n = {0};
	struct birth mine = known(b, &n);
	int code = b->when & CREATE ? 0 : networks_provide(&mine.networks, e);

	return code ? code : run(&mine, e);
}

static void explain(const struct birth *b)
{
	auto_pipeline struct pipeline main = {0}, undo = {0}, end = {0};

	pipeline_do(&main, life, b->when, &b->vars);
	build_undo(b, &undo);
	puts("(");
	if (b->vars.stdio)
		print_streams(b->left_out);
	if (b->provide) {
		auto_pipeline struct pipeline p = {0};
		char *args[] = {(char *)(uintptr_t)b->provide, NULL};
		struct vars v = {.args = args};

		pipeline_add(&p, "sd-image provide %args", &v);
		pipeline_print(&p, &v, "  ", " || exit");
	}
	if (!(b->when & CREATE))
		networks_explain(&b->networks, "  ");
	if (b->when & (RUN | CREATE))
		puts("  id=$(sd-state id)");
	pipeline_print(&main, &b->vars, "  ", " >/dev/null");
	puts("  for rc in \"${PIPESTATUS[@]}\"; do [ \"$rc\" -eq 0 ] || break; done");
	/* What --rm removes at the end is removed after a failure as well. */
	if (!b->vars.owner) {
		puts("  if [ \"$rc\" -ne 0 ]; then");
		pipeline_print(&undo, &b->vars, "    ", " >/dev/null");
		puts("  fi");
	}
	if (b->vars.owner) {
		end_build(&end, true, &b->vars);
		pipeline_print(&end, &b->vars, "  ", " >/dev/null");
	} else if (b->when & (RUN | CREATE) && !(b->when & FOREGROUND)) {
		puts("  [ \"$rc\" -ne 0 ] || echo \"$id\"");
	}
	puts("  exit \"$rc\"");
	puts(")");
}

int birth_explain(const struct birth *b, struct sd_err *e)
{
	auto_needs struct needs n = {0};
	struct birth mine = known(b, &n);

	explain(&mine);
	return 0;
}

/* All inverses for one document, which the first of them reads from a file. */
static int undo_document(const char *line, size_t len, struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	sd_auto_fd int in = memfd_create("document", MFD_CLOEXEC);
	sd_auto_json struct sd_json *doc = NULL;
	auto_needs struct needs n = {0};
	struct vars v = {0};
	struct sd_err broken;
	struct outcome o;

	doc = sd_json_parse(line, len, "a document", &broken);
	needs_of_document(doc && sd_json_get(doc, "want") ? doc : NULL, &n);
	v.has = n.has;
	if (in < 0 || sd_write_all(in, line, len) < 0 || lseek(in, 0, SEEK_SET) < 0)
		return sd_fail(e, errno, "hold a document");
	pipeline_undo(&p, NULL, life, RM, &v);
	return pipeline_run(&p, (struct ends){.in = in, .out = -1}, &o, e);
}

static int reap_once(struct sd_err *e)
{
	auto_pipeline struct pipeline p = {0};
	sd_auto_free char *line = NULL;
	sd_auto_file FILE *documents = NULL;
	struct vars none = {0};
	struct outcome o;
	size_t size = 0;
	ssize_t len;
	int out;

	out = memfd_create("leftovers", MFD_CLOEXEC);
	documents = out < 0 ? NULL : fdopen(out, "r+");
	if (!documents)
		return sd_fail(e, errno, "hold a list of documents");
	pipeline_add(&p, "sd-state reap", &none);
	if (pipeline_run(&p, (struct ends){.in = -1, .out = out}, &o, e) < 0)
		return -1;
	rewind(documents);
	while ((len = getline(&line, &size, documents)) > 0)
		if (undo_document(line, (size_t)len, e) < 0)
			return -1;
	return 0;
}

/* Twice: what was cut short is gone through once more, see sd-state rm. */
int reap_leftovers(struct sd_err *e)
{
	for (int pass = 0; pass < 2 && sd_record_leftovers(); pass++)
		if (reap_once(e) < 0)
			return -1;
	return 0;
}
