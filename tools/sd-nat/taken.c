/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a port: for the error alone, so nothing here fails. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "sd-nat.h"
#include "store.h"

/* Has this container it published? */
static bool has_published(const struct sd_json *doc, const struct mapping *m, int64_t port)
{
	struct sd_json *one;
	size_t i;

	sd_json_array_foreach (sd_json_get(doc, "ports"), i, one) {
		const char *protocol = sd_json_string_value(sd_json_member(one, "protocol"));
		int64_t n = 0;

		if (sd_json_int_value(sd_json_member(one, "hostPort"), &n) && n == port &&
			protocol && strcmp(protocol, m->protocol->name) == 0)
			return true;
	}
	return false;
}

static char *container(const struct mapping *m, int64_t port)
{
	sd_auto_strv struct sd_strv ids = {0};
	struct sd_err ignored;

	sd_record_list(&ids, &ignored);
	for (size_t i = 0; i < ids.n; i++) {
		sd_auto_json struct sd_json *doc = NULL;
		const char *name;

		if (sd_record_load_brief(ids.v[i], &doc, &ignored) <= 0 || !sd_record_runs(doc) ||
			!has_published(doc, m, port))
			continue;
		name = sd_json_string_value(sd_json_member(doc, "name"));
		return sd_printf("container %s", name ? name : ids.v[i]);
	}
	return NULL;
}

/* A line of /proc/net/tcp: its local port, its state, its inode (proc(5)). */
static bool inode_in(char *line, int64_t port, bool stream, uint64_t *inode)
{
	unsigned at = 0, state = 0;

	/* Of TCP what listens (state 0A), of UDP all: connections are others'. */
	return sscanf(line, "%*s %*[0-9A-F]:%x %*s %x %*s %*s %*s %*s %*s %" SCNu64, &at, &state,
		       inode) == 3 &&
	       at == (unsigned)port && (!stream || state == 0x0a);
}

static bool inode_of(const char *table, int64_t port, bool stream, uint64_t *inode)
{
	sd_auto_free char *path = sd_printf("/proc/net/%s", table);
	sd_auto_file FILE *f = fopen(path, "re");
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (inode_in(line, port, stream, inode))
			return true;
	return false;
}

/* Is one of the process's descriptors that socket? */
static bool has_open(const char *pid, const char *socket)
{
	sd_auto_free char *path = sd_printf("/proc/%s/fd", pid);
	sd_auto_dir DIR *d = opendir(path);
	struct dirent *ent;
	char link[64];

	while (d && (ent = sd_readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), ent->d_name, link, sizeof(link) - 1);

		if (n > 0 && (size_t)n == strlen(socket) && strncmp(link, socket, (size_t)n) == 0)
			return true;
	}
	return false;
}

static char *process_of(uint64_t inode)
{
	sd_auto_free char *socket = sd_printf("socket:[%" PRIu64 "]", inode);
	sd_auto_dir DIR *d = opendir("/proc");
	struct dirent *ent;

	while (d && (ent = sd_readdir(d))) {
		sd_auto_free char *comm = sd_printf("/proc/%s/comm", ent->d_name);
		sd_auto_buf struct sd_buf name = {0};
		struct sd_err ignored;

		if (strspn(ent->d_name, "0123456789") != strlen(ent->d_name) ||
			!has_open(ent->d_name, socket))
			continue;
		if (sd_read_file(AT_FDCWD, comm, 64, &name, &ignored) < 0 || !name.len)
			return sd_printf("process %s", ent->d_name);
		name.data[strcspn(name.data, "\n")] = '\0';
		return sd_printf("process %s, %s", ent->d_name, name.data);
	}
	return NULL;
}

char *taken_by(const struct mapping *m, int64_t port)
{
	bool stream = m->protocol->type == SOCK_STREAM;
	sd_auto_free char *v6 = sd_printf("%s6", m->protocol->name);
	char *by = container(m, port);
	uint64_t inode;

	/* 0.0.0.0 may be taken by a socket of IPv6 that is for both. */
	if (!by && (inode_of(m->protocol->name, port, stream, &inode) ||
			   inode_of(v6, port, stream, &inode)))
		by = process_of(inode);
	return by;
}
