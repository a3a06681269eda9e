/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port - published ports as users type them, and what stands in the document for them.
 *
 *	[[IP:][HOST[-END]]:]PORT[-END][/PROTOCOL]	"8080:80", "127.0.0.1::53/udp", "[::1]:1-9:1-9"
 */
#ifndef SD_PORT_H
#define SD_PORT_H

#include <stdbool.h>
#include "err.h"
#include "json.h"
#include "str.h"

/* tcp, udp, sctp */
bool sd_port_protocol_valid(const char *protocol);

/*
 * Append to an array of want.ports (sd-state(5)): one entry a container port.  A range of host
 * ports is as long as that of the container's, or is for one container port to choose from.
 */
int sd_port_parse(const char *text, const char *what, struct sd_json *ports, struct sd_err *e);

/* "80", "8000-8010/udp", what is exposed: to single ones, "8000/udp", each once. */
int sd_port_exposed(const char *text, const char *what, struct sd_strv *ports, struct sd_err *e);

#endif
