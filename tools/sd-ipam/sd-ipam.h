/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of sd-ipam share. */
#ifndef SD_IPAM_H
#define SD_IPAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "address.h"
#include "cni.h"
#include "json.h"
#include "str.h"
#include "tool.h"

/* owner.c: whose a lease is. */

/* Strings, "" where there is none: borrowed. */
struct owner {
	const char *id;	     /* a container's, or what --owner said */
	const char *network; /* "": leased by hand */
	const char *ifname;  /* of a CNI attachment; "": leased by the pipeline, or by hand */
	/*
	 * "PID:TICKS": a lease by hand ends with that process, one of the pipeline when that process
	 * has ended and the container too.  "", OWNER_KEPT: when it is released.
	 */
	const char *process;
};
#define OWNER_KEPT "-"

uint32_t owner_hash(const char *id);
bool owner_equal(const struct owner *a, const struct owner *b); /* but for the process */
void owner_pack(const struct owner *o, struct sd_buf *text);
/* Into text, which has to stay.  False where it is not what owner_pack makes. */
bool owner_unpack(const char *text, size_t len, struct owner *o);
/*
 * Has it ended for certain?  Where it has not, *shown (if not NULL) is how people know it, for the
 * caller to free.
 */
bool owner_gone(const struct owner *o, char **shown);
/* "PID:TICKS" of a process, for the caller to free.  1, 0 it has ended, -1. */
int owner_process(pid_t pid, char **process, struct sd_err *e);
/* Has this "PID:TICKS" ended?  False for anything else. */
bool owner_ended(const char *process);

/* leases.c: the leases of one subnet, a file of RUN/ipam. */

struct key {
	uint64_t offset; /* 0: the slot is free */
	uint32_t hash;	 /* of the owner's id */
	uint32_t slots;	 /* so many have the owner's name */
};
/* The offset of a slot that goes on with what the one before began. */
#define LEASES_CONTINUED UINT64_MAX

struct leases {
	int fd; /* its flock(2) is held */
	char *path;
	struct sd_addr subnet;
	uint64_t cursor; /* offset of the address leased last */
	struct key *keys;
	size_t slots, taken, free_from; /* no slot before free_from is free */
};

/* LOCK_SH or LOCK_EX, which makes it where it is missing.  1, 0 not there (LOCK_SH), -1. */
int leases_open(struct leases *l, const struct sd_addr *subnet, int how, struct sd_err *e);
void leases_close(struct leases *l);
#define auto_leases __attribute__((cleanup(leases_close)))

/*
 * for (size_t s = leases_next(&l, 0); s < l.slots; s = leases_next(&l, s + 1)): each lease, in no
 * order.  What `s` names is stable until it is removed.
 */
static inline size_t leases_next(const struct leases *l, size_t s)
{
	while (s < l->slots && (!l->keys[s].offset || l->keys[s].offset == LEASES_CONTINUED))
		s++;
	return s;
}
static inline uint64_t leases_offset(const struct leases *l, size_t s)
{
	return l->keys[s].offset;
}
static inline uint32_t leases_hash(const struct leases *l, size_t s)
{
	return l->keys[s].hash;
}
/* *text holds what *o points to. */
int leases_owner(
	const struct leases *l, size_t s, struct sd_buf *text, struct owner *o, struct sd_err *e);
/* Offsets are counted from the subnet's own address, which is never leased: 0. */
int leases_add(struct leases *l, uint64_t offset, const struct owner *o, struct sd_err *e);
int leases_remove(struct leases *l, size_t s, struct sd_err *e);
int leases_set_cursor(struct leases *l, uint64_t offset, struct sd_err *e);

/* The subnets that have a file. */
struct subnets {
	struct sd_addr *v;
	size_t n;
};
int subnets_list(struct subnets *all, struct sd_err *e);
void subnets_free(struct subnets *all);
#define auto_subnets __attribute__((cleanup(subnets_free)))

/* range.c: what of a subnet is leased. */

struct range {
	struct sd_addr subnet, gateway; /* gateway.family 0: none */
	uint64_t first, last;		/* offsets */
	uint64_t *reserved;		/* the gateway's, and what is never leased besides */
	size_t n_reserved;
};
/* An address is leased of one of its ranges: the first that has one. */
struct range_set {
	struct range *v;
	size_t n;
};
struct ranges {
	struct range_set *v;
	size_t n;
};
void ranges_free(struct ranges *r);
#define auto_ranges __attribute__((cleanup(ranges_free)))

/* `ranges`, or `subnet`, `rangeStart` ... of an IPAM configuration; `more` (or NULL) comes first. */
int ranges_read(
	struct ranges *r, const struct sd_json *ipam, const struct sd_json *more, struct sd_err *e);
/* By hand. */
struct range_words {
	const char *subnet, *gateway, *ip_range; /* NULL: not given */
	const struct sd_strv *reserved;
};
int ranges_of_words(struct ranges *r, const struct range_words *w, struct sd_err *e);
/* The range of this set whose subnet holds the address, or NULL. */
const struct range *range_of(const struct range_set *set, const struct sd_addr *a);
/* Up to `want` free offsets, from behind the cursor on; how many there are. */
size_t range_free(const struct range *r, const struct leases *l, uint64_t *offsets, size_t want);
/* -1: this address of the subnet is not for leasing, and why. */
int range_check_wanted(const struct range *r, const struct sd_addr *a, struct sd_err *e);

/* lease.c: one address of each range set. */

struct lease {
	struct sd_addr address; /* with the subnet's prefix */
	struct sd_addr gateway;
	bool fresh; /* leased now, not before */
};
struct wish {
	struct sd_addr *v; /* family 0: met */
	size_t n;
	bool rather; /* another will do where one is taken */
};
/* `out` has room for ranges->n; all or none. */
int lease_all(const struct ranges *ranges, const struct owner *o, struct wish *wish,
	struct lease *out, struct sd_err *e);
/* `count` addresses of the only range, in all, for that owner; `out` has room. */
int lease_many(const struct range *r, const struct owner *o, struct lease *out, size_t count,
	struct sd_err *e);
/* Take back what lease_all made. */
void lease_undo(const struct lease *leases, size_t n, const struct owner *o);
/* Is the address leased to that owner?  1, 0, -1. */
int lease_is(const struct sd_addr *subnet, const struct sd_addr *a, const struct owner *o,
	struct sd_err *e);
/* -1 with EADDRNOTAVAIL where no address of the set is free. */
int lease_possible(const struct range_set *set, struct sd_err *e);
/* CNI's IPAM result: ips, and the configuration's routes. */
struct sd_json *lease_result(const struct lease *leases, size_t n, const struct sd_json *ipam);

/* Leases that a predicate picks, of every subnet or of one (NULL: all). */
typedef bool pick_fn(const struct owner *o, const struct sd_addr *address, const void *what);
/* Remove them; `hash` (or NULL): only such owners come into question. */
int lease_remove(const struct sd_addr *subnet, pick_fn *pick, const void *what,
	const uint32_t *hash, struct sd_err *e);

/* Is this program the IPAM of that network? */
bool ipam_is_ours(const struct sd_json *network);

/* The verbs, and what answers CNI. */
int verb_lease(const struct sd_call *call, struct sd_err *e);
int verb_release(const struct sd_call *call, struct sd_err *e);
int verb_subnet(const struct sd_call *call, struct sd_err *e);
int verb_ls(const struct sd_call *call, struct sd_err *e);
int verb_gc(const struct sd_call *call, struct sd_err *e);
extern const struct sd_opt lease_opts[], release_opts[], subnet_opts[], ls_opts[], gc_opts[];
extern const size_t lease_size, release_size, ls_size, gc_size;
void lease_init(void *args);
extern const struct sd_cni_plugin ipam_plugin;

#endif
