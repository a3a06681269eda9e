/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of relay, and the addresses that sockets take. */
#ifndef SD_NAT_RELAY_H
#define SD_NAT_RELAY_H

#include <netinet/in.h>
#include <sys/socket.h>
#include "address.h"
#include "err.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};
socklen_t address_of(const struct sd_addr *host, int64_t port, union address *a);

struct end {
	union address address;
	socklen_t len;
};
/* A socket that is connected, and does not block. */
int relay_connect(const struct end *to, int type, struct sd_err *e);

/* Standard input is a connection: until both sides have ended. */
int relay_stream(const struct end *to, struct sd_err *e);
/* Standard input is bound: until nobody has sent for a while. */
int relay_datagrams(const struct end *to, struct sd_err *e);

#endif
