/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan - pipelines of tools, which are executed or printed: one description for both.
 *
 * A step is written as a line of words.  Words that begin with '%' are filled in:
 *	%id	the container: the id made for it (printed as "$id"), or what the user called it
 *	%network	a network's name
 *	%args	the user's words, as they were given
 *	%stdio	"--stdio 3,4,5" where there is a foreground
 *	%attach	options of sd-monitor wait
 *	%owner	"--owner" where that removes the container
 */
#ifndef SD_PLAN_H
#define SD_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include "err.h"
#include "str.h"

/* What a step is part of: bits, so that one table holds the whole life of a container. */
enum when {
	RUN = 1,	/* sdocker run */
	CREATE = 2,	/* sdocker create */
	START = 4,	/* sdocker start */
	FOREGROUND = 8, /* run or start with the caller attached */
	RM = 16,	/* sdocker rm, run --rm at its end */
	END = 32,	/* the container has ended, its record stays */
	AGAIN = 64,	/* it is started by its restart policy */
	FORCE = 128,	/* with RM: also what runs */
	ALWAYS = 256,	/* of a verb that is not about a life */
};

/* What a container has that a step is for: bits. */
enum kinds {
	NETWORKS = 1,
	BRIDGES = 2, /* of our own */
	PLUGINS = 4, /* of CNI plugins */
	NAMES = 8,   /* in files of /etc */
	PORTS = 16,
	ALL_KINDS = 31,
};

struct step {
	const char *words;
	unsigned when;	  /* done as part of these */
	const char *undo; /* the inverse, or NULL: the kernel undoes it with the last process */
	unsigned undone;  /* undone when one of these fails, or as part of RM or END */
	unsigned only;	  /* kinds: left out where the container has none of them; 0: never */
};

struct vars {
	const char *id;
	unsigned has;	     /* kinds */
	bool new_id;	     /* made, or found, by the driver: "$id" in print */
	char *const *args;   /* NULL-terminated, or NULL */
	char *const *attach; /* the same */
	bool stdio, owner;
	const char *cidfile;
	const char *network;
};

struct pipeline {
	struct sd_strv *stages;
	size_t n;
	/*
	 * The last stage has a second input, descriptor 3: what the first `beside` stages make,
	 * which are a pipeline of their own; ends.third where there are none.
	 */
	bool two_inputs;
	size_t beside;
};

/* The steps of the table for `when`, in order. */
void pipeline_do(struct pipeline *p, const struct step *table, unsigned when, const struct vars *v);
/* `source` (NULL: none), then the inverses for `when` in reverse order. */
void pipeline_undo(struct pipeline *p, const char *source, const struct step *table, unsigned when,
	const struct vars *v);
void pipeline_add(struct pipeline *p, const char *words, const struct vars *v);
void pipeline_free(struct pipeline *p);
#define auto_pipeline __attribute__((cleanup(pipeline_free)))

/* One line a stage, as a shell reads it; `indent` before each, `end` after the last. */
void pipeline_print(
	const struct pipeline *p, const struct vars *v, const char *indent, const char *end);

/* How it ended. */
struct outcome {
	int code;	/* of the first stage that failed, else of the last */
	size_t failed;	/* its index; n where none did */
	bool signalled; /* that stage was killed */
	size_t killed;	/* the first that was killed, not by its user; n where none was */
	int last;	/* the code of the last stage, whatever became of those before it */
};

/* Where its first stage reads from and its last writes to. */
struct ends {
	int in;	     /* descriptor, or -1: /dev/null */
	int out;     /* descriptor, or -1: /dev/null */
	int third;   /* of two inputs: left 0, standard input */
	size_t tied; /* so many of its stages, from the first, die with the driver */
};

/* -1: a stage could not be started or was killed.  *o is filled all the same. */
int pipeline_run(const struct pipeline *p, struct ends ends, struct outcome *o, struct sd_err *e);

/* Printed, or run from nothing to the caller's standard output; the exit code, or -1. */
int pipeline_answer(const struct pipeline *p, const struct vars *v, bool explain, struct sd_err *e);

/* What it prints, line by line; the exit code, or -1. */
int pipeline_lines(const struct pipeline *p, struct sd_strv *lines, struct sd_err *e);

/* Of one of several. */
struct result {
	int r; /* as of pipeline_run */
	struct outcome o;
	struct sd_err e;
};

/* All are begun before the first is waited for. */
void pipelines_run(const struct pipeline *p, size_t n, struct ends ends, struct result *results);

/* 3<&0 4>&1 5>&2: the user's streams, or /dev/null, go round the document. */
int streams_hold(const bool left_out[3], struct sd_err *e);

/* Signals that a `kill` sends to the driver reach the last stages of what runs; see spawn.c. */
void signals_hold(void);

#endif
