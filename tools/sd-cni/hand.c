/* SPDX-License-Identifier: Apache-2.0 */
/* add, del and check without a document: any network namespace, by its file or a process. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include "cleanup.h"
#include "io.h"
#include "sd-cni.h"

#define DEFAULT_INTERFACE "eth0"

struct hand {
	struct attachment a;
	char *netns, *id;
	struct sd_json *list, *wish, *result;
};

static void hand_free(struct hand *h)
{
	free(h->netns);
	free(h->id);
	sd_json_unref(h->list);
	sd_json_unref(h->wish);
	sd_json_unref(h->result);
}

static int find_netns(struct hand *h, const char *given, struct sd_err *e)
{
	int64_t pid;

	if (!isdigit((unsigned char)*given)) {
		h->netns = sd_strdup(given);
		return 0;
	}
	if (sd_parse_int(given, "--netns", 1, INT32_MAX, &pid, e) < 0)
		return -1;
	h->netns = sd_printf("/proc/%" PRId64 "/ns/net", pid);
	return 0;
}

/* The namespace's own number stands for an id: DEL finds what ADD has made. */
static int find_id(struct hand *h, const char *given, struct sd_err *e)
{
	struct stat st;

	if (given) {
		h->id = sd_strdup(given);
		return 0;
	}
	if (!h->netns)
		return sd_fail(e, 0, "--netns or --id is missing: whom to disconnect");
	if (stat(h->netns, &st) < 0)
		return sd_fail(e, errno, "open %s", h->netns);
	h->id = sd_printf("netns-%" PRIu64, (uint64_t)st.st_ino);
	return 0;
}

static int read_result(struct hand *h, const char *path, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};

	if (sd_read_file(AT_FDCWD, path, SD_READ_MAX, &text, e) < 0)
		return -1;
	h->result = sd_json_parse(text.data ? text.data : "", text.len, path, e);
	if (h->result && !sd_json_is_object(h->result))
		return sd_fail(e, 0, "%s: expected an object", path);
	return h->result ? 0 : -1;
}

static int prepare(struct hand *h, const struct hand_args *args, struct sd_err *e)
{
	const char *interface = args->interface ? args->interface : DEFAULT_INTERFACE;

	if (!sd_cni_ifname_valid(interface))
		return sd_fail(e, 0, "--interface: '%s' is not an interface's name", interface);
	if ((args->netns && find_netns(h, args->netns, e) < 0) || find_id(h, args->id, e) < 0 ||
		(args->result && read_result(h, args->result, e) < 0))
		return -1;
	h->list = conf_read(args->conf, e);
	if (!h->list)
		return -1;
	h->wish = sd_json_new_object();
	for (size_t i = 0; i < args->addresses.n; i++)
		sd_json_append_str(sd_json_make_array(h->wish, "ips"), args->addresses.v[i]);
	if (args->mac)
		sd_json_set_str(h->wish, "mac", args->mac);
	h->a = (struct attachment){.id = h->id,
		.netns = h->netns,
		.interface = interface,
		.list = h->list,
		.wish = h->wish};
	return 0;
}

int hand_add(const struct hand_args *args, struct sd_err *e)
{
	__attribute__((cleanup(hand_free))) struct hand h = {0};
	sd_auto_free char *text = NULL;
	struct sd_err ignored; /* the first error is the one to tell */

	if (!args->netns)
		return sd_fail(e, 0, "--netns is missing: the network namespace to connect");
	if (prepare(&h, args, e) < 0 || chain_add(&h.a, &h.result, e) < 0)
		return -1;
	text = sd_json_pretty(h.result);
	if (puts(text) != EOF && fflush(stdout) == 0)
		return 0;
	sd_fail(e, errno, "write to standard output");
	chain_del(&h.a, h.result, &ignored);
	return -1;
}

int hand_del(const struct hand_args *args, struct sd_err *e)
{
	__attribute__((cleanup(hand_free))) struct hand h = {0};

	return prepare(&h, args, e) < 0 ? -1 : chain_del(&h.a, h.result, e);
}

int hand_check(const struct hand_args *args, struct sd_err *e)
{
	__attribute__((cleanup(hand_free))) struct hand h = {0};

	if (!args->netns || !args->result)
		return sd_fail(e, 0, "--netns or --result is missing: where to look, and for what");
	return prepare(&h, args, e) < 0 ? -1 : chain_check(&h.a, h.result, e);
}
