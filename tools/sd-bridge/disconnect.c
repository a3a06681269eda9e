/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disconnect: from one network, while the container runs, or from all of them at its end.
 *
 * At the end its links go with its namespace; but that may outlive it, in a container that joined
 * it, and the kernel takes its time.  So the links are cut off their bridges, which takes no time:
 * their addresses can be given to others at once.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "network.h"
#include "sd-bridge.h"

struct disconnect_args {
	const char *network, *netns, *interface;
};

const struct sd_opt disconnect_opts[] = {
	SD_OPT_STR(struct disconnect_args, network, 0, "network", "NETWORK", "only from this one"),
	SD_OPT_STR(struct disconnect_args, netns, 0, "netns", "PID|PATH",
		"by hand: the network namespace to disconnect"),
	SD_OPT_STR(struct disconnect_args, interface, 0, "interface", "NAME",
		"by hand: the link's name in it, eth0 unless said"),
	SD_OPT_END,
};
const size_t disconnect_size = sizeof(struct disconnect_args);

static const char *link_of(const struct sd_json *fact)
{
	return sd_json_string_value(sd_json_member(fact, "link"));
}

/* Out of one network, whose fact stands at `place`; another may have to lead out. */
static int leave(struct place *at, struct sd_json *doc, size_t place, struct sd_err *e)
{
	struct sd_json *facts = sd_json_get(doc, "networks");
	struct leaders before, after;

	if (leaders_find(&before, doc, e) < 0 ||
		sd_nl_link_del(&at->here, link_of(sd_json_at(facts, place)), e) < 0)
		return -1;
	sd_json_remove_at(facts, place);
	return leaders_find(&after, doc, e) < 0 ? -1 : leaders_change(at, &before, &after, e);
}

static int leave_one(struct sd_json *doc, const char *network, struct sd_err *e)
{
	auto_place struct place at = PLACE_NONE;
	size_t place;
	struct sd_json *fact = container_fact(doc, network, &place);

	/* Without a link it is another plugin's. */
	if (!fact || !link_of(fact))
		return 0;
	if (container_lives(doc))
		return place_open(&at, container_netns(doc, e), e) < 0 ||
				       leave(&at, doc, place, e) < 0
			       ? -1
			       : 1;
	if (sd_nl_open(&at.here, -1, e) < 0 || sd_nl_port_cut(&at.here, link_of(fact), e) < 0)
		return -1;
	sd_json_remove_at(sd_json_get(doc, "networks"), place);
	return 1;
}

/* A link is deleted where somebody lives there who would see it, else cut off. */
static int sever(struct sd_nl *nl, const char *link, bool lives, struct sd_err *e)
{
	return lives ? sd_nl_link_del(nl, link, e) : sd_nl_port_cut(nl, link, e);
}

/*
 * All links that the container may have: those of the facts, and from eth0 on those that a connect
 * which was killed has left without a word.
 */
static int sever_all(const struct sd_json *doc, struct sd_err *e)
{
	const struct sd_json *facts = sd_json_get(doc, "networks"), *fact;
	size_t i, most = sd_json_len(facts) + sd_json_len(sd_json_get(doc, "want.networks"));
	bool lives = container_lives(doc);
	sd_auto_nl struct sd_nl nl = {0};
	const char *id;
	int r = 0;

	if (sd_doc_id(doc, &id, e) < 0 || sd_nl_open(&nl, -1, e) < 0)
		return -1;
	sd_json_array_foreach (facts, i, fact)
		if (link_of(fact) && sever(&nl, link_of(fact), lives, e) < 0)
			return -1;
	for (i = 0; i <= most || r > 0; i++) {
		char interface[IF_NAMESIZE], link[IF_NAMESIZE];

		snprintf(interface, sizeof(interface), "eth%u", (unsigned)(i % 100000));
		endpoint_link(link, id, interface);
		r = sever(&nl, link, lives, e);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* The facts of all links, out of the document. */
static struct sd_json *take_facts(struct sd_json *doc)
{
	struct sd_json *gone = sd_json_new_array(), *facts = sd_json_get(doc, "networks"), *fact;

	for (size_t i = 0; (fact = sd_json_at(facts, i));) {
		if (!link_of(fact)) {
			i++;
			continue;
		}
		sd_json_append(gone, sd_json_ref(fact));
		sd_json_remove_at(facts, i);
	}
	if (!sd_json_len(facts))
		sd_json_del(doc, "networks");
	return gone;
}

static int by_document(const char *network, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL, *gone = NULL;
	struct sd_json *facts = NULL, *fact;
	size_t i;
	int r;

	if (sd_doc_read(STDIN_FILENO, &doc, e) < 0 || sd_json_array(doc, &facts, e, "networks") < 0)
		return -1;
	r = network ? leave_one(doc, network, e) : sever_all(doc, e);
	if (r < 0)
		return -1;
	if (!network)
		gone = take_facts(doc);
	if (sd_doc_write(STDOUT_FILENO, doc, e) < 0)
		return -1;
	if (r > 0)
		sd_network_event(doc, network, "disconnect");
	sd_json_array_foreach (gone, i, fact)
		sd_network_event(
			doc, sd_json_string_value(sd_json_member(fact, "name")), "disconnect");
	return 0;
}

int verb_disconnect(const struct sd_call *call, struct sd_err *e)
{
	const struct disconnect_args *a = call->args;

	if (sd_want_operands(call, 0, 0, e) < 0)
		return -1;
	if (a->netns && a->network)
		return sd_fail(e, 0, "--network is of a document, --netns by hand: not both");
	if (a->netns)
		return hand_disconnect(a->netns, a->interface, e);
	if (a->interface)
		return sd_fail(e, 0, "--interface is for --netns");
	return by_document(a->network, e);
}
