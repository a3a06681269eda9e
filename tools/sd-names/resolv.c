/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /etc/resolv.conf of a container: as docker's, the host's without what cannot be reached.
 *
 * The loopback of a container is not the host's, so a resolver at 127.0.0.53 answers nobody there.
 * On a network that is internal there is no resolver at all: one on the host that asked the world
 * for the container would be a way out (CVE-2024-29018).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "address.h"
#include "cleanup.h"
#include "doc.h"
#include "io.h"
#include "network.h"
#include "sd-names.h"

#define HOST	"/etc/resolv.conf"
#define BEHIND	"/run/systemd/resolve/resolv.conf"
#define STUB	"127.0.0.53"
#define ALL_MAX (1u << 20)

struct resolver {
	struct sd_strv servers, search, options;
	const char *why; /* a comment */
};

static void resolver_free(struct resolver *r)
{
	sd_strv_free(&r->servers);
	sd_strv_free(&r->search);
	sd_strv_free(&r->options);
}
#define auto_resolver __attribute__((cleanup(resolver_free)))

static void replace(struct sd_strv *list, char *rest)
{
	char *save, *word;

	sd_strv_free(list);
	*list = (struct sd_strv){0};
	for (word = strtok_r(rest, " \t", &save); word; word = strtok_r(NULL, " \t", &save))
		sd_strv_add(list, word);
}

/* resolv.conf(5): the keyword starts the line; the last search or domain counts. */
static void parse_line(struct resolver *r, char *line)
{
	char *save, *key = strtok_r(line, " \t\r", &save), *word;

	if (!key)
		return;
	if (strcmp(key, "nameserver") == 0) {
		word = strtok_r(NULL, " \t\r", &save);
		if (word)
			sd_strv_add(&r->servers, word);
	} else if (strcmp(key, "search") == 0 || strcmp(key, "domain") == 0) {
		replace(&r->search, save);
	} else if (strcmp(key, "options") == 0) {
		while ((word = strtok_r(NULL, " \t\r", &save)))
			sd_strv_add(&r->options, word);
	}
}

/* A host without the file has no resolvers. */
static int read_one(struct resolver *r, const char *path, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};
	char *save, *line;

	if (sd_read_file(AT_FDCWD, path, ALL_MAX, &text, e) < 0)
		return e->errnum == ENOENT ? 0 : -1;
	for (line = strtok_r(text.data, "\n", &save); text.data && line;
		line = strtok_r(NULL, "\n", &save))
		parse_line(r, line);
	return 0;
}

/* Behind systemd-resolved's stub stand the resolvers that it asks itself. */
static int read_host(struct resolver *r, bool loopback, struct sd_err *e)
{
	if (read_one(r, HOST, e) < 0)
		return -1;
	if (loopback || r->servers.n != 1 || strcmp(r->servers.v[0], STUB) != 0 ||
		access(BEHIND, R_OK) < 0)
		return 0;
	resolver_free(r);
	*r = (struct resolver){0};
	return read_one(r, BEHIND, e);
}

/* Some network leads out, and one has an address of that family. */
struct reach {
	bool out, ipv6;
};

static int look_around(const struct sd_json *doc, struct reach *reach, struct sd_err *e)
{
	const struct sd_json *list = sd_json_get(doc, "networks"), *item, *ip;
	size_t i, k;

	sd_json_array_foreach (list, i, item) {
		const char *name = sd_json_string_value(sd_json_member(item, "name"));
		const struct sd_json *ips = sd_json_get(item, "result.ips");
		sd_auto_json struct sd_json *network = NULL;
		bool internal = false;

		if (sd_network_load(name ? name : "", &network, e) < 0 ||
			(network && sd_json_bool(network, &internal, e, "sdocker.internal") < 0))
			return -1;
		reach->out |= !internal;
		sd_json_array_foreach (ips, k, ip) {
			const char *text = sd_json_string_value(sd_json_member(ip, "address"));

			reach->ipv6 |= text && strchr(text, ':');
		}
	}
	return 0;
}

static bool reached(const char *server, const struct reach *reach)
{
	struct sd_err ignored;
	struct sd_addr a;

	/* What has a zone is meant on a link of the host's, and is no address alone. */
	return sd_addr_parse(server, "nameserver", &a, &ignored) == 0 && !sd_addr_is_loopback(&a) &&
	       (a.family == AF_INET || reach->ipv6);
}

static void keep_reached(struct resolver *r, const struct reach *reach)
{
	struct sd_strv all = r->servers;

	r->servers = (struct sd_strv){0};
	if (!reach->out) {
		r->why = "no network of the container leads to a resolver";
		sd_strv_free(&all);
		return;
	}
	for (size_t i = 0; i < all.n; i++)
		if (reached(all.v[i], reach))
			sd_strv_add(&r->servers, all.v[i]);
	sd_strv_free(&all);
	if (r->servers.n)
		return;
	r->why = "the host's resolvers cannot be reached from here: docker's default";
	sd_strv_add(&r->servers, "8.8.8.8");
	sd_strv_add(&r->servers, "8.8.4.4");
}

/* The words at a path, if there are any, in place of the list. */
static int wish(const struct sd_json *doc, struct sd_strv *list, struct sd_err *e, const char *path)
{
	sd_auto_free const char **words = NULL;
	size_t n = 0;

	if (sd_json_strings(doc, &words, &n, e, "%s", path) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!*words[i] || words[i][strcspn(words[i], " \t\r\n#;")])
			return sd_fail(e, 0, "%s[%zu]: '%s' is not one word", path, i, words[i]);
	if (!n)
		return 0;
	sd_strv_free(list);
	*list = (struct sd_strv){0};
	for (size_t i = 0; i < n; i++)
		sd_strv_add(list, words[i]);
	return 1;
}

/* What the plugins of its networks say (CNI's result, member dns). */
static int ask_networks(
	const struct sd_json *doc, struct resolver *r, bool *servers, struct sd_err *e)
{
	size_t n = sd_json_len(sd_json_get(doc, "networks"));

	for (size_t i = 0; i < n && !*servers; i++) {
		sd_auto_free char *s = sd_printf("networks[%zu].result.dns.nameservers", i);
		sd_auto_free char *d = sd_printf("networks[%zu].result.dns.search", i);
		sd_auto_free char *o = sd_printf("networks[%zu].result.dns.options", i);
		int found = wish(doc, &r->servers, e, s);

		if (found < 0 || wish(doc, &r->search, e, d) < 0 ||
			wish(doc, &r->options, e, o) < 0)
			return -1;
		*servers = found > 0;
	}
	return 0;
}

static int resolver_make(const struct sd_json *doc, struct resolver *r, struct sd_err *e)
{
	bool host = !sd_doc_has_namespace(doc, "network"), given = false;
	struct reach reach = {0};
	int r_servers, r_search;

	if (read_host(r, host, e) < 0 || look_around(doc, &reach, e) < 0 ||
		ask_networks(doc, r, &given, e) < 0)
		return -1;
	r_servers = wish(doc, &r->servers, e, "want.dns.nameservers");
	r_search = wish(doc, &r->search, e, "want.dns.search");
	if (r_servers < 0 || r_search < 0 || wish(doc, &r->options, e, "want.dns.options") < 0)
		return -1;
	if (!host && !given && !r_servers)
		keep_reached(r, &reach);
	/* --dns-search . : none at all. */
	if (r_search && strcmp(r->search.v[0], ".") == 0)
		sd_strv_free(&r->search);
	return 0;
}

static void add_words(struct sd_buf *text, const char *key, const struct sd_strv *words)
{
	if (!words->n)
		return;
	sd_buf_str(text, key);
	for (size_t i = 0; i < words->n; i++)
		sd_buf_printf(text, " %s", words->v[i]);
	sd_buf_str(text, "\n");
}

/*
 * Before its program runs there is no reader, and one that runs keeps what it has, unless that
 * names no resolver: it is on its first network that leads out.
 */
static int is_due(const struct sd_json *doc, int fd, bool *due, struct sd_err *e)
{
	const char *status = sd_json_string_value(sd_json_get(doc, "status"));
	auto_resolver struct resolver now = {0};
	sd_auto_buf struct sd_buf text = {0};
	char *save, *line;

	*due = true;
	if (!status || (strcmp(status, "running") != 0 && strcmp(status, "paused") != 0))
		return 0;
	if (sd_read_all(fd, HOST " of the container", ALL_MAX, &text, e) < 0)
		return -1;
	for (line = text.data ? strtok_r(text.data, "\n", &save) : NULL; line;
		line = strtok_r(NULL, "\n", &save))
		parse_line(&now, line);
	*due = now.servers.n == 0;
	return 0;
}

int resolv_write(const struct sd_json *doc, const char *id, struct sd_err *e)
{
	auto_resolver struct resolver r = {0};
	sd_auto_buf struct sd_buf text = {0};
	sd_auto_fd int fd = -1;
	bool due;

	if (resolver_make(doc, &r, e) < 0)
		return -1;
	fd = bundle_open(id, "resolv.conf", e);
	if (fd < 0)
		return e->errnum == ENOENT ? 0 : -1;
	if (is_due(doc, fd, &due, e) < 0)
		return -1;
	if (!due)
		return 0;
	if (r.why)
		sd_buf_printf(&text, "# %s\n", r.why);
	for (size_t i = 0; i < r.servers.n; i++)
		sd_buf_printf(&text, "nameserver %s\n", r.servers.v[i]);
	add_words(&text, "search", &r.search);
	add_words(&text, "options", &r.options);
	if (pwrite(fd, text.data, text.len, 0) != (ssize_t)text.len ||
		ftruncate(fd, (off_t)text.len) < 0)
		return sd_fail(e, errno, "write " HOST " of the container");
	return 0;
}
