/* SPDX-License-Identifier: Apache-2.0 */
/* The three files that sd-pivot binds on /etc of the container: who it is, whom it can name. */
#include "sd-layer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "io.h"

#define HOSTS_LOCAL                                                                                \
	"127.0.0.1\tlocalhost\n"                                                                   \
	"::1\tlocalhost ip6-localhost ip6-loopback\n"                                              \
	"fe00::0\tip6-localnet\n"                                                                  \
	"ff00::0\tip6-mcastprefix\n"                                                               \
	"ff02::1\tip6-allnodes\n"                                                                  \
	"ff02::2\tip6-allrouters\n"

/* Written in place on every start: a running container has the file itself bound. */
static int put(int etc, const char *name, const char *text, struct sd_err *e)
{
	sd_auto_fd int fd =
		openat(etc, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);

	if (fd < 0)
		return sd_fail(e, errno, "create etc/%s in the bundle", name);
	if (sd_write_all(fd, text, strlen(text)) < 0)
		return sd_fail(e, errno, "write etc/%s in the bundle", name);
	return 0;
}

/* A host without the file has a container without one. */
static int put_from_host(int etc, const char *name, const char *path, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};

	if (sd_read_file(AT_FDCWD, path, SD_READ_MAX, &text, e) < 0) {
		if (e->errnum != ENOENT)
			return -1;
		e->text[0] = '\0';
	}
	return put(etc, name, text.data ? text.data : "", e);
}

static int put_isolated(int etc, const char *host, const char *domain, struct sd_err *e)
{
	sd_auto_buf struct sd_buf hosts = {0};

	sd_buf_str(&hosts, HOSTS_LOCAL);
	/*
	 * Without a network it has no other address of its own (Debian's 127.0.1.1); with one,
	 * sd-names writes that.
	 */
	if (host && domain)
		sd_buf_printf(&hosts, "127.0.1.1\t%s.%s %s\n", host, domain, host);
	else if (host)
		sd_buf_printf(&hosts, "127.0.1.1\t%s\n", host);
	if (put(etc, "hosts", hosts.data, e) < 0)
		return -1;
	/* No name server can be reached; sd-names writes those that can. */
	return put(etc, "resolv.conf", "", e);
}

int etc_write(const struct sd_json *doc, int bundle, struct sd_err *e)
{
	bool networked = sd_json_len(sd_json_get(doc, "want.networks")) > 0;
	const char *host = NULL, *domain = NULL;
	sd_auto_free char *line = NULL;
	sd_auto_fd int etc = -1;

	if (sd_json_str(doc, &host, e, "config.hostname") < 0 ||
		sd_json_str(doc, &domain, e, "config.domainname") < 0)
		return -1;
	if (mkdirat(bundle, "etc", 0755) < 0 && errno != EEXIST)
		return sd_fail(e, errno, "create etc in the bundle");
	etc = openat(bundle, "etc", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (etc < 0)
		return sd_fail(e, errno, "open etc in the bundle");

	line = host ? sd_printf("%s\n", host) : NULL;
	if (line ? put(etc, "hostname", line, e)
		 : put_from_host(etc, "hostname", "/etc/hostname", e))
		return -1;
	if (sd_doc_has_namespace(doc, "network"))
		return put_isolated(etc, networked ? NULL : host, domain, e);
	if (put_from_host(etc, "hosts", "/etc/hosts", e) < 0)
		return -1;
	return put_from_host(etc, "resolv.conf", "/etc/resolv.conf", e);
}
