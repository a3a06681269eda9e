/* SPDX-License-Identifier: Apache-2.0 */
/* attr - the words of mount(8) and OCI for what a mount allows, and setting it. */
#include "pivot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define ATIME MOUNT_ATTR__ATIME

static const struct {
	const char *word;
	uint64_t set, clear;
} attr_words[] = {
	{"ro", MOUNT_ATTR_RDONLY, 0},
	{"rw", 0, MOUNT_ATTR_RDONLY},
	{"nosuid", MOUNT_ATTR_NOSUID, 0},
	{"suid", 0, MOUNT_ATTR_NOSUID},
	{"nodev", MOUNT_ATTR_NODEV, 0},
	{"dev", 0, MOUNT_ATTR_NODEV},
	{"noexec", MOUNT_ATTR_NOEXEC, 0},
	{"exec", 0, MOUNT_ATTR_NOEXEC},
	{"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
	{"diratime", 0, MOUNT_ATTR_NODIRATIME},
	{"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
	{"symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
	/* One field of three values: setting one wants the whole field cleared, mount_setattr(2).
	 */
	{"relatime", MOUNT_ATTR_RELATIME, ATIME},
	{"noatime", MOUNT_ATTR_NOATIME, ATIME},
	{"strictatime", MOUNT_ATTR_STRICTATIME, ATIME},
	{"norelatime", MOUNT_ATTR_STRICTATIME, ATIME},
	{"nostrictatime", MOUNT_ATTR_RELATIME, ATIME},
	{"atime", MOUNT_ATTR_RELATIME, ATIME},
	{"defaults", 0, 0},
};

static const struct {
	const char *word;
	unsigned long flag;
} propagation_words[] = {
	{"private", MS_PRIVATE},
	{"slave", MS_SLAVE},
	{"shared", MS_SHARED},
	{"unbindable", MS_UNBINDABLE},
};

unsigned long propagation_word(const char *word)
{
	for (size_t i = 0; i < sizeof(propagation_words) / sizeof(*propagation_words); i++) {
		if (strcmp(word, propagation_words[i].word) == 0)
			return propagation_words[i].flag;
		if (*word == 'r' && strcmp(word + 1, propagation_words[i].word) == 0)
			return propagation_words[i].flag | MS_REC;
	}
	return 0;
}

/* A word of the two tables, for the mount alone or, with r before it, for the whole tree. */
static bool attr_word(struct mount_words *w, const char *word)
{
	unsigned long propagation = propagation_word(word);

	if (propagation) {
		struct mount_attr *to = propagation & MS_REC ? &w->tree : &w->one;

		to->propagation = propagation & ~(unsigned long)MS_REC;
		return true;
	}
	for (size_t i = 0; i < sizeof(attr_words) / sizeof(*attr_words); i++) {
		bool all = *word == 'r' && strcmp(word + 1, attr_words[i].word) == 0;
		struct mount_attr *to = all ? &w->tree : &w->one;

		if (!all && strcmp(word, attr_words[i].word) != 0)
			continue;
		/* The later word wins: "ro,rw" is rw. */
		to->attr_set = (to->attr_set & ~attr_words[i].clear) | attr_words[i].set;
		to->attr_clr = (to->attr_clr & ~attr_words[i].set) | attr_words[i].clear;
		return true;
	}
	return false;
}

int mount_word(struct mount_words *w, const char *word, struct sd_err *e)
{
	if (attr_word(w, word))
		return 1;
	if (strcmp(word, "bind") == 0 || strcmp(word, "rbind") == 0) {
		w->bind = true;
		w->recursive = *word == 'r';
	} else if (strcmp(word, "remount") == 0) {
		w->remount = true;
	} else if (strcmp(word, "tmpcopyup") == 0) {
		w->copy_up = true;
	} else if (strcmp(word, "idmap") == 0 || strcmp(word, "ridmap") == 0) {
		return sd_fail(e, 0, "option %s: id-mapped mounts are not supported", word);
	} else {
		return 0;
	}
	return 1;
}

/* In the words of mount(2); 0: not asked for. */
static unsigned long atime_flag(const struct mount_attr *a)
{
	if (!(a->attr_clr & ATIME))
		return 0;
	switch (a->attr_set & ATIME) {
	case MOUNT_ATTR_NOATIME:
		return MS_NOATIME;
	case MOUNT_ATTR_STRICTATIME:
		return MS_STRICTATIME;
	default:
		return MS_RELATIME;
	}
}

/*
 * Before Linux 5.12 there is no mount_setattr(2): a remount through the descriptor's magic link
 * sets the flags of one attached mount.  A remount replaces all flags, so those that are there are
 * read and kept: in a user namespace they are locked, and dropping one is EPERM.  Without an access
 * time flag the kernel keeps that setting itself, and with one nodiratime has to be said again
 * (mount(2)).
 */
static int remount(int mnt, const struct mount_attr *a, bool recursive)
{
	/* These four are the same bits as MS_* and ST_*. */
	const uint64_t known = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
	unsigned long flags, atime = atime_flag(a);
	char path[32];
	struct statvfs now;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", mnt);
	if (a->propagation &&
		mount(NULL, path, NULL, a->propagation | (recursive ? MS_REC : 0), NULL) < 0)
		return -1;
	if (!(a->attr_set | a->attr_clr))
		return 0;
	if (recursive || ((a->attr_set | a->attr_clr) & ~known & ~(uint64_t)ATIME)) {
		errno = ENOSYS;
		return -1;
	}
	if (fstatvfs(mnt, &now) < 0)
		return -1;
	flags = (now.f_flag & known & ~a->attr_clr) | (a->attr_set & known);
	if (atime)
		flags |= atime | (now.f_flag & ST_NODIRATIME ? MS_NODIRATIME : 0);
	return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | flags, NULL);
}

int mount_set(int mnt, const struct mount_attr *a, bool recursive)
{
	struct mount_attr copy = *a;

	if (!(a->attr_set | a->attr_clr | a->propagation))
		return 0;
	if (mount_setattr(mnt, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &copy,
		    sizeof(copy)) == 0)
		return 0;
	return errno == ENOSYS ? remount(mnt, a, recursive) : -1;
}
