/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleanup - locals that free what they own when they go out of scope, keeping errno.
 *
 *	sd_auto_fd int fd = open(...);		closed at the end of the block if >= 0
 *	sd_auto_free char *s = strdup(...);	freed
 *	return sd_steal_fd(&fd);		ownership leaves to the caller
 */
#ifndef SD_CLEANUP_H
#define SD_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* close() is never retried: on Linux the descriptor is gone even after EINTR (close(2)). */
static inline void sd_close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

static inline void sd_free_ptr(void *p)
{
	int saved = errno;

	free(*(void **)p);
	*(void **)p = NULL;
	errno = saved;
}

static inline void sd_close_dir(DIR **d)
{
	int saved = errno;

	if (*d)
		closedir(*d);
	errno = saved;
}

static inline void sd_close_file(FILE **f)
{
	int saved = errno;

	if (*f)
		fclose(*f);
	errno = saved;
}

static inline int sd_steal_fd(int *fd)
{
	int r = *fd;

	*fd = -1;
	return r;
}

/* A macro, so that the pointer keeps its type: read as a void *, compilers may think it unset. */
#define sd_steal_ptr(p)                                                                            \
	({                                                                                         \
		__typeof__(p) from_ = (p);                                                         \
		__typeof__(*from_) stolen_ = *from_;                                               \
		*from_ = NULL;                                                                     \
		stolen_;                                                                           \
	})

#define sd_auto_fd   __attribute__((cleanup(sd_close_fd)))
#define sd_auto_free __attribute__((cleanup(sd_free_ptr)))
#define sd_auto_dir  __attribute__((cleanup(sd_close_dir)))
#define sd_auto_file __attribute__((cleanup(sd_close_file)))

#endif
