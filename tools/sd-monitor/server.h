/* SPDX-License-Identifier: Apache-2.0 */
/* server - what the monitor keeps while its container lives. */
#ifndef SD_SERVER_H
#define SD_SERVER_H

#include <poll.h>
#include "sd-monitor.h"
#include "str.h"

/*
 * One who is connected.  Who attaches gets the other ends of pipes of its own; the monitor copies.
 * What an end cannot take yet is kept, and its stream is not read until it has: so a slow client
 * holds the program back as long as it is attached, and no longer, and no more is kept than was
 * read at once.
 */
struct client {
	int fd;	     /* its connection; -1: it is gone */
	bool owner;  /* removes what the container leaves */
	bool second; /* another had the terminal before, and it has not told its size */
	bool direct; /* has the program's own pipes: nothing is copied */
	int ends[3]; /* what it writes for the terminal; what it reads of 1 and 2; or -1 */
	struct sd_buf late[3]; /* what the terminal, what its ends could not take yet */
};

struct server {
	struct container *c;
	struct client *clients;
	size_t n;
	struct log *log;
	struct ports *ports;
	struct health *health; /* NULL: there is no check */
	bool expecting;	       /* a foreground will come for the streams: nobody else reads them */
	bool seen;	       /* somebody was attached */
	bool owned;	       /* one who was told of the end removes what is left */
	bool ended;
	int status; /* of wait(2) */
};

/* clients */
bool clients_take(struct server *s); /* from the listener; false: there was none */
void clients_take_request(struct server *s, size_t i); /* may leave it gone */
void clients_drop(struct server *s, size_t i);	       /* gone, until the next sweep */
void clients_sweep(struct server *s);		       /* take out those that are gone */
void clients_tell(struct server *s, const char *text);
bool clients_direct(const struct server *s); /* has one the program's own pipes? */

/* ports: sockets that sd-nat bound */
const char *ports_hold(struct server *s, const char *to, int fd); /* the answer; "ok": it is kept */
size_t ports_count(const struct server *s);
void ports_poll(const struct server *s, struct pollfd *polls);
void ports_serve(struct server *s, const struct pollfd *polls, size_t n);
void ports_reap(struct server *s, pid_t pid); /* has it been a relay? */
void ports_close(struct server *s);

/* health: checks, and the fact that they come to */
void health_open(struct server *s);
int health_timeout(const struct server *s); /* milliseconds until it is due, or -1 */
void health_due(struct server *s);
int health_fd(const struct server *s); /* what a check prints, or -1 */
void health_read(struct server *s);
void health_reap(struct server *s, pid_t pid, int status); /* has it been a check? */
void health_close(struct server *s);

/* copy: stream 0 is the terminal's master, where there is one; 1 and 2 are pipes */
bool copy_reads(const struct server *s, int stream);
bool copy_writes(const struct server *s, int stream); /* a client's input waits for the terminal */
void copy_output(struct server *s, int stream);
void copy_input(struct server *s, size_t client); /* what it wrote, to the terminal */
void copy_late_input(struct server *s);
void copy_late_output(struct server *s, size_t client, int stream);
bool copy_is_late(const struct server *s); /* has a client not taken all that it is to have? */

#endif
