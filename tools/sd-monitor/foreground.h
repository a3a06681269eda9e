/* SPDX-License-Identifier: Apache-2.0 */
/*
 * foreground - the caller's side of a program: standard streams copied, the terminal raw while
 * they are, signals and window sizes passed on.  For `wait`, which attaches to a container, and
 * `exec`, whose program is a child of its own.
 */
#ifndef SD_FOREGROUND_H
#define SD_FOREGROUND_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>
#include "err.h"
#include "relay.h"

struct foreground {
	int user[3];	   /* the caller's streams, or -1 */
	bool with_stdin;   /* standard input is the program's: its terminal turns raw */
	int process;	   /* pidfd that signals go to, or -1: it has ended */
	int signals;	   /* a signalfd */
	int terminal;	   /* the caller's terminal while it is raw, or -1 */
	int pty;	   /* the master, or -1 */
	int sizes;	   /* the connection to a monitor that has the master, or -1 */
	bool no_proxy;	   /* signals are not for the program: those that end, end this */
	int ended_by;	   /* one that did */
	struct keys *keys; /* that detach, or NULL */
	struct termios before;
	struct relay *relays;
	size_t n;
	int unwritten; /* errno: the program's output could not be written, and is not read any more */
};

#define FOREGROUND_NONE                                                                            \
	{                                                                                          \
		.user = {-1, -1, -1}, .process = -1, .signals = -1, .terminal = -1, .pty = -1,     \
		.sizes = -1                                                                        \
	}

/* From here on the caller's signals come to f->signals. */
int foreground_catch(struct foreground *f, struct sd_err *e);
/* Copy to or from our end of the program's stream 0, 1 or 2. */
void foreground_stream(struct foreground *f, int stream, int end);
/* The program has a terminal: the caller's turns raw, its size is the program's. */
void foreground_tty(struct foreground *f);
/* The same, and copy all three streams. */
void foreground_pty(struct foreground *f, int master);
/*
 * One wait for anything: what is copied, signals, and the n `others` (their revents are set);
 * false where nothing came in time.
 */
bool foreground_turn(struct foreground *f, struct pollfd *others, size_t n, int timeout);
/*
 * The program has ended.  What it wrote before is copied until the streams are empty, not until
 * their end, which a process that was left behind may never make.
 */
void foreground_drain(struct foreground *f);
void foreground_restore(struct foreground *f);
void foreground_free(struct foreground *f);
#define auto_foreground __attribute__((cleanup(foreground_free)))

#endif
