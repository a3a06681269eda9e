/* SPDX-License-Identifier: Apache-2.0 */
/* relay: from the socket on standard input to a container's port, where no rule leads there. */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "cleanup.h"
#include "sd-nat.h"

struct args {
	const char *to;
};

const struct sd_opt relay_opts[] = {
	SD_OPT_STR(struct args, to, 0, "to", "ADDRESS:PORT", "where standard input's peer is led"),
	SD_OPT_END,
};
const size_t relay_size = sizeof(struct args);

/* "10.88.0.2:80", "[fd00::2]:80" */
static int parse_to(const char *text, struct end *to, struct sd_err *e)
{
	const char *colon = strrchr(text, ':');
	sd_auto_free char *host = NULL;
	struct sd_addr a;
	int64_t port;
	size_t len;

	if (!colon)
		return sd_fail(e, 0, "--to: '%s' is not ADDRESS:PORT", text);
	host = sd_strndup(text, (size_t)(colon - text));
	len = strlen(host);
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		memmove(host, host + 1, len - 1);
	}
	if (sd_addr_parse(host, "--to", &a, e) < 0 ||
		sd_parse_int(colon + 1, "--to", 1, 65535, &port, e) < 0)
		return -1;
	to->len = address_of(&a, port, &to->address);
	return 0;
}

int relay_connect(const struct end *to, int type, struct sd_err *e)
{
	sd_auto_fd int fd = socket(to->address.any.sa_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, &to->address.any, to->len) < 0)
		return sd_fail(e, errno, "connect to the container");
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return sd_fail(e, errno, "fcntl");
	return sd_steal_fd(&fd);
}

int verb_relay(const struct sd_call *call, struct sd_err *e)
{
	const struct args *a = call->args;
	socklen_t len = sizeof(int);
	struct end to;
	int type;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (!a->to)
		return sd_fail(e, 0, "--to is missing");
	if (parse_to(a->to, &to, e) < 0)
		return -1;
	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
		return sd_fail(e, errno, "standard input");
	if (fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) < 0)
		return sd_fail(e, errno, "fcntl");
	return type == SOCK_STREAM ? relay_stream(&to, e) : relay_datagrams(&to, e);
}
