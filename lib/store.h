/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store - where things are kept, and the records of containers.
 *
 *	ROOT  /var/lib/sdocker, or SDOCKER_ROOT, or for an ordinary user
 *	      $XDG_DATA_HOME/sdocker (~/.local/share/sdocker)
 *	    images/			an OCI image layout (image.h)
 *	    layers/<hex of diff id>/fs	unpacked layers
 *	    containers/<id>/		the bundle: state.json (saved document), config.json (its
 *					member config), rootfs/ (mount point), upper/, work/, etc/
 *					(hosts, hostname, resolv.conf)
 *	    names/<name>		symbolic link to the id: symlink(2) makes a name unique
 *	    volumes/<name>/data
 *	    networks/<name>.conflist	CNI's network configuration list (network.h)
 *	RUN   /run/sdocker, or SDOCKER_RUN, or $XDG_RUNTIME_DIR/sdocker (/run/user/UID/sdocker)
 *	    containers/<id>/		state.json (live document), gate, verdict, control, exit
 *	    transient/<id>		symbolic link to "PID:TICKS" of the creator, for a record
 *					that may have to be reaped: being created, or removed
 *					at its end
 *	    events, events.1		what happened (event.h)
 *	    swept			there once the records were looked through since the boot
 *	    seccomp/			compiled filters
 *	    networks/<name>		it is up: the boot id (network.h)
 *	    ipam/			leases of addresses
 *	    claims/<network id>		subnets of a network that is being made
 *
 * A record's saved document holds wishes and history and survives a reboot; its live one holds
 * the facts since its start.  Their member config, nine tenths of them and the same in both, is
 * a file of its own, which a list need not read.  Directories are 0700, files 0600.
 */
#ifndef SD_STORE_H
#define SD_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "err.h"
#include "json.h"
#include "str.h"

/* Absolute, malloc'ed; not created.  fmt names what is below, or is "". */
char *sd_store_root(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *sd_store_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * ROOT/NAME, made where it is missing, opened and locked: LOCK_SH or LOCK_EX (flock(2)); the
 * descriptor returned holds the lock.  -1.
 */
int sd_store_open_locked(const char *name, int how, struct sd_err *e);

/*
 * "<directory of the running program>/NAME", malloc'ed: where the toolkit's programs stand; and
 * "<...>/../share/sdocker/NAME", its read-only data.  NULL where /proc is not mounted, and in a
 * program that was run by descriptor and whose file is not in its root.
 */
char *sd_toolkit_path(const char *name);
char *sd_share_path(const char *name);
/* Is the file that this program runs from one that nobody can write to?  1, 0, -1 not known. */
int sd_program_sealed(void);

/* 64 lower-case hex digits. */
#define SD_ID_LEN 64
void sd_id_new(char id[SD_ID_LEN + 1]);
/* OCI's charset [A-Za-z0-9_+-][A-Za-z0-9_+.-]*, at most 255 bytes: safe as a file name. */
bool sd_id_valid(const char *id);
/* docker's container names: [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most 255. */
bool sd_name_valid(const char *name);

/*
 * The full id for an id, a unique prefix of one, or a name.  -1: "no such container: X"
 * (e->errnum ENOENT) or an ambiguous prefix.
 */
int sd_record_find(const char *who, char **id, struct sd_err *e);

/* The ids of all records, in no order. */
int sd_record_list(struct sd_strv *ids, struct sd_err *e);

/*
 * The record's document: the live one where there is one, else the saved one, with `status`,
 * `pid` and the exit facts made true against the kernel (pid, start time, boot id, the monitor's
 * exit record).  1 found, 0 no such record, -1 broken (the caller lists the others all the same).
 */
int sd_record_load(const char *id, struct sd_json **doc, struct sd_err *e);
/* Does its program run, or is it paused?  Of a document whose status is true. */
bool sd_record_runs(const struct sd_json *doc);
/* The same, or will it be started again? */
bool sd_record_lives(const struct sd_json *doc);
/* The live document as it was written, to change facts of it: 0 where there is none. */
int sd_record_load_live(const char *id, struct sd_json **doc, struct sd_err *e);
/* The saved document alone: wishes and history, for a new start. */
int sd_record_load_saved(const char *id, struct sd_json **doc, struct sd_err *e);
/* The same without the member config: for lists, and to change facts. */
int sd_record_load_brief(const char *id, struct sd_json **doc, struct sd_err *e);
int sd_record_load_saved_brief(const char *id, struct sd_json **doc, struct sd_err *e);

/*
 * Into ROOT.  A document without the member config leaves config.json as it is; with it that file
 * is written where it differs.
 */
int sd_record_save(const char *id, const struct sd_json *doc, struct sd_err *e);
/* Into RUN; the config is not looked at: it is a wish, and stands in ROOT. */
int sd_record_save_live(const char *id, const struct sd_json *doc, struct sd_err *e);

/* Take out how an earlier life ended: the document is of a new one now. */
void sd_record_forget_end(struct sd_json *doc);

/*
 * flock(2) on the record's directory under ROOT: held by the descriptor returned, so the kernel
 * drops it with its holder.  ENOENT: no such record.
 */
int sd_record_lock(const char *id, struct sd_err *e);

/*
 * A record that may have to be reaped is listed in RUN/transient, as a link whose target names
 * its creator, so that looking for leftovers does not read every record.
 */
int sd_record_mark(const char *id, pid_t creator, int64_t ticks, struct sd_err *e);
void sd_record_unmark(const char *id);
/* Is a marked record's creator gone, or has the machine been booted since marks were kept? */
bool sd_record_leftovers(void);
/* Does the creator that a mark names live?  `marks` is RUN/transient, opened. */
bool sd_record_mark_lives(int marks, const char *id);
/* Is this a mark that its maker, whose number ends the name, did not come to rename? */
bool sd_record_mark_unfinished(const char *name);

/* True if the process named by the member `creator` lives: the record's pipeline is at work. */
bool sd_record_creator_lives(const struct sd_json *doc);

/* Directories of a record, opened (created if `make`). */
int sd_record_open(const char *id, bool make, struct sd_err *e);
int sd_record_open_run(const char *id, bool make, struct sd_err *e);

#endif
