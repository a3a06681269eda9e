/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cni - both sides of a CNI plugin (CNI specification 1.1, section 2): cni.c is the frame that a
 * plugin stands in, cni_run.c runs one.
 *
 * A plugin takes its command and whom it is for from the environment, its network's configuration
 * from standard input; it prints its result, or an object that says why not.  A program that is a
 * tool and a plugin begins with
 *
 *	if (sd_cni_asked(argc))
 *		return sd_cni_main(&plugin);
 *	return sd_tool_main(&tool, argc, argv);
 *
 * Results are in the shape of 1.1.0 on this side of the frame, whatever the configuration's
 * version, which may be 0.3.0 and later.
 */
#ifndef SD_CNI_H
#define SD_CNI_H

#include <stdbool.h>
#include "err.h"
#include "json.h"

#define SD_CNI_VERSION "1.1.0"
/* Where plugins are looked for without CNI_PATH. */
#define SD_CNI_PATH "/usr/lib/cni:/opt/cni/bin"

/*
 * The specification's codes, for sd_fail_code and sd_cni_code.  Those from 100 on are a plugin's
 * own: an error that nobody gave a code has SD_EXIT_FAILED, 125.
 */
enum sd_cni_error {
	SD_CNI_BAD_VERSION = 1,
	SD_CNI_BAD_FIELD = 2, /* a member of the configuration that is not supported */
	SD_CNI_UNKNOWN_CONTAINER = 3,
	SD_CNI_BAD_ENVIRONMENT = 4,
	SD_CNI_IO = 5,
	SD_CNI_UNDECODABLE = 6,
	SD_CNI_BAD_CONFIG = 7,
	SD_CNI_TRY_LATER = 11,
	SD_CNI_UNAVAILABLE = 50,     /* STATUS: no ADD can succeed */
	SD_CNI_UNAVAILABLE_ALL = 51, /* and containers that are connected may be cut off */
};

struct sd_cni_call {
	const char *command;			/* "ADD", "DEL", ... */
	const char *container, *netns, *ifname; /* NULL: not given; the frame has checked them */
	const char *args;			/* CNI_ARGS, or NULL */
	const char *network;			/* the configuration's name */
	const struct sd_json *conf;		/* all of it */
	const struct sd_json *prev;		/* its prevResult, or NULL; CHECK has one */
};

/* Each returns 0 or -1.  NULL: nothing to do. */
struct sd_cni_plugin {
	/* The result is the caller's.  Also `del` where the result could not be printed. */
	int (*add)(const struct sd_cni_call *call, struct sd_json **result, struct sd_err *e);
	int (*del)(const struct sd_cni_call *call, struct sd_err *e);
	int (*check)(const struct sd_cni_call *call, struct sd_err *e);
	int (*gc)(const struct sd_cni_call *call, struct sd_err *e); /* of valid attachments */
	int (*status)(const struct sd_cni_call *call, struct sd_err *e);
};

/* Is this program run as a plugin: CNI_COMMAND set, and no words on the command line? */
bool sd_cni_asked(int argc);
int sd_cni_main(const struct sd_cni_plugin *plugin);

/* Give a filled error one of the codes above.  Returns -1. */
int sd_cni_code(struct sd_err *e, enum sd_cni_error code);
#if defined(__clang_analyzer__) && !defined(SD_CNI_SELF) /* as in err.h */
#define sd_cni_code(...) (sd_cni_code(__VA_ARGS__), -1)
#endif

/* The value of KEY=VALUE in CNI_ARGS, malloc'ed, or NULL. */
char *sd_cni_arg(const struct sd_cni_call *call, const char *key);
/* Does the configuration of a GC list this attachment as valid? */
bool sd_cni_attached(const struct sd_cni_call *call, const char *container, const char *ifname);

/* Letters, digits, '_', '.', '-', a letter or digit first: a network's name, a container's id. */
bool sd_cni_name_valid(const char *name);
/* What the kernel takes as the name of a link: at most 15 bytes, no '/', ':' or space. */
bool sd_cni_ifname_valid(const char *name);

/* A result as a configuration of that version has it; the caller's.  The frame does it. */
struct sd_json *sd_cni_result(const struct sd_json *result, const char *version);

/* The file of the plugin `type`: in CNI_PATH or SD_CNI_PATH, then beside the running program. */
int sd_cni_find(const char *type, char **path, struct sd_err *e);
/*
 * Run the plugin `type` with the call's command, environment and conf.  *result is what it
 * printed, NULL where it printed nothing; the caller's.  -1: the error has the plugin's own code
 * and its text behind "TYPE: ": a tool that is no plugin itself gives it SD_EXIT_FAILED.
 */
int sd_cni_run(const char *type, const struct sd_cni_call *call, struct sd_json **result,
	struct sd_err *e);

#endif
