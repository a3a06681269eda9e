/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userdb - users and groups of an image, from its own /etc/passwd and /etc/group.
 *
 * Both files are the image's: hostile.  They are opened below a descriptor of the root, must be
 * regular files (a FIFO would hang us: CVE-2024-9676) and at most SD_READ_MAX bytes.  Lines that
 * are not as passwd(5) and group(5) say are skipped; lines have no length limit.
 */
#ifndef SD_USERDB_H
#define SD_USERDB_H

#include <stddef.h>
#include <sys/types.h>
#include "err.h"

/* The largest id that docker takes: 2^31 - 1.  Larger ones were read as negative elsewhere. */
#define SD_ID_MAX 2147483647

struct sd_groups {
	gid_t *v; /* no duplicates */
	size_t n;
};

void sd_groups_add(struct sd_groups *g, gid_t gid);
void sd_groups_free(struct sd_groups *g);
#define sd_auto_groups __attribute__((cleanup(sd_groups_free)))

struct sd_user {
	uid_t uid;
	gid_t gid;
	struct sd_groups groups; /* supplementary; gid stands first */
	char *home;		 /* of the passwd entry, "/" where there is none */
};

void sd_user_free(struct sd_user *u);
#define sd_auto_user __attribute__((cleanup(sd_user_free)))

/* The two files as text; NULL where the image has none. */
struct sd_userdb {
	char *passwd, *group;
};

int sd_userdb_read(int root, struct sd_userdb *db, struct sd_err *e);
void sd_userdb_free(struct sd_userdb *db);
#define sd_auto_userdb __attribute__((cleanup(sd_userdb_free)))

/*
 * "USER", "USER:GROUP": each a name or a number.  All digits are a number, never a name, whatever
 * the image's files say; signs, blanks, leading zeros, empty halves and numbers above SD_ID_MAX
 * are refused.  As docker: without a GROUP it is the passwd entry's (0 where there is none), and
 * the supplementary groups are those of /etc/group that list the user's name; with a GROUP there
 * are none.  The primary group is always among them (CVE-2022-2989, CVE-2022-36109).
 */
int sd_user_lookup(
	const struct sd_userdb *db, const char *spec, struct sd_user *u, struct sd_err *e);

/*
 * The syntax of one half alone, without an image: 1 a number, which is set, 0 a name, -1.
 * `what` ("user", "group") stands in the error.
 */
int sd_userdb_id(const char *s, const char *what, unsigned *id, struct sd_err *e);

/* One group, a name or a number by the same rules. */
int sd_group_lookup(const struct sd_userdb *db, const char *name, gid_t *gid, struct sd_err *e);

/* The home directory of the first entry with that uid, malloc'ed; "/" where there is none. */
char *sd_user_home(const struct sd_userdb *db, uid_t uid);

#endif
