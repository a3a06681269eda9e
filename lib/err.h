/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err - how a library function says that it failed.
 *
 * lib never prints and never exits.  A function that can fail takes a struct sd_err that lives
 * on its caller's stack (nothing to free), fills it, and returns -1.  The text says what was
 * tried, on what, and the kernel's reason: "mount proc on /proc: Operation not permitted".
 * The program's frame (tool.h) puts the program's name before it and prints it, once.
 */
#ifndef SD_ERR_H
#define SD_ERR_H

#include <stdbool.h>

/* Exit codes of every program of the toolkit: sd-exit(7). */
enum sd_exit {
	SD_EXIT_OK = 0,
	SD_EXIT_NO = 1,		   /* the answer is no */
	SD_EXIT_FAILED = 125,	   /* the tool itself failed */
	SD_EXIT_CANNOT_EXEC = 126, /* the program was found but cannot run */
	SD_EXIT_NOT_FOUND = 127,   /* the program was not found */
	SD_EXIT_SIGNAL_BASE = 128, /* 128 + n: died of signal n */
};

struct sd_err {
	int code;     /* the exit code that fits: SD_EXIT_FAILED unless something better is known */
	int errnum;   /* the errno behind it, or 0 */
	bool relayed; /* the text came from another program, whose name stands before it already */
	char text[2048];
};

/* Fill *e with the text and, where errnum is not 0, ": " and strerror(errnum).  Returns -1. */
int sd_fail(struct sd_err *e, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with an exit code other than SD_EXIT_FAILED. */
int sd_fail_code(struct sd_err *e, int code, int errnum, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Append " (hint: ...)" to a filled error: the sysctl, option or package that mends it.  -1. */
int sd_hint(struct sd_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Take over the "CODE TEXT" that another program reported ("127 sd-confine: ..."): it is passed
 * on as it is, and the frame puts no second name before it.  Returns -1.
 */
int sd_fail_relayed(struct sd_err *e, const char *report);

/*
 * Fail silently with SD_EXIT_FAILED: the text is empty and the frame prints nothing.  For a
 * filter whose stdin was empty (the tool before it has already said why).  Returns -1.
 */
int sd_fail_silent(struct sd_err *e);

/* An analyser that reads one file at a time cannot see that these return -1. */
#if defined(__clang_analyzer__) && !defined(SD_ERR_SELF)
#define sd_fail(...)	  (sd_fail(__VA_ARGS__), -1)
#define sd_fail_code(...) (sd_fail_code(__VA_ARGS__), -1)
#define sd_hint(...)	  (sd_hint(__VA_ARGS__), -1)
#define sd_fail_silent(e) (sd_fail_silent(e), -1)
#endif

#endif
