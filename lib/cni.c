/* SPDX-License-Identifier: Apache-2.0 */
#define SD_CNI_SELF
#include "cni.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "str.h"

/* In order: what came later can do more. */
static const char *const versions[] = {"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"};
enum version { V0_3_0, V0_3_1, V0_4_0, V1_0_0, V1_1_0, V_END };

static int version_of(const char *text)
{
	int v = 0;

	while (v < V_END && (!text || strcmp(versions[v], text) != 0))
		v++;
	return v;
}

#define NEEDS_CONTAINER 1
#define NEEDS_NETNS	2
#define NEEDS_IFNAME	4
#define NEEDS_PREV	8

static const struct command {
	const char *name;
	enum version since;
	unsigned needs;
} commands[] = {
	{"ADD", V0_3_0, NEEDS_CONTAINER | NEEDS_NETNS | NEEDS_IFNAME},
	/* Without CNI_NETNS the namespace is gone, and its interfaces with it. */
	{"DEL", V0_3_0, NEEDS_CONTAINER | NEEDS_IFNAME},
	{"CHECK", V0_4_0, NEEDS_CONTAINER | NEEDS_NETNS | NEEDS_IFNAME | NEEDS_PREV},
	{"GC", V1_1_0, 0},
	{"STATUS", V1_1_0, 0},
	{"VERSION", V0_3_0, 0},
	{0},
};

bool sd_cni_asked(int argc)
{
	return argc <= 1 && getenv("CNI_COMMAND");
}

int sd_cni_code(struct sd_err *e, enum sd_cni_error code)
{
	e->code = (int)code;
	return -1;
}

bool sd_cni_name_valid(const char *name)
{
	if (!isalnum((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("_.-", *name))
			return false;
	return true;
}

bool sd_cni_ifname_valid(const char *name)
{
	if (!*name || strlen(name) >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (; *name; name++)
		if (strchr("/:", *name) || isspace((unsigned char)*name))
			return false;
	return true;
}

char *sd_cni_arg(const struct sd_cni_call *call, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = call->args; p && *p; p += *p == ';') {
		size_t len = strcspn(p, ";");

		if (len > n && strncmp(p, key, n) == 0 && p[n] == '=')
			return sd_strndup(p + n + 1, len - n - 1);
		p += len;
	}
	return NULL;
}

static bool is_string(const struct sd_json *object, const char *key, const char *value)
{
	const char *s = sd_json_string_value(sd_json_member(object, key));

	return s && strcmp(s, value) == 0;
}

bool sd_cni_attached(const struct sd_cni_call *call, const char *container, const char *ifname)
{
	const struct sd_json *list = sd_json_member(call->conf, "cni.dev/valid-attachments"), *item;
	size_t i;

	sd_json_array_foreach (list, i, item)
		if (is_string(item, "containerID", container) && is_string(item, "ifname", ifname))
			return true;
	return false;
}

/* ---- what is printed */

static void delete_all(struct sd_json *object, const char *const *keys)
{
	for (; *keys; keys++)
		sd_json_del(object, *keys);
}

struct sd_json *sd_cni_result(const struct sd_json *result, const char *version)
{
	/* Members that 1.1.0 added. */
	static const char *const interface[] = {"mtu", "socketPath", "pciID", NULL};
	static const char *const route[] = {"mtu", "advmss", "priority", "table", "scope", NULL};
	struct sd_json *r = sd_json_copy(result), *item;
	int v = version_of(version);
	size_t i;

	sd_json_set_str(r, "cniVersion", version);
	sd_json_array_foreach (sd_json_member(r, "ips"), i, item) {
		const char *address = sd_json_string_value(sd_json_member(item, "address"));

		sd_json_del(item, "version");
		if (v < V1_0_0 && address)
			sd_json_set_str(item, "version", strchr(address, ':') ? "6" : "4");
	}
	if (v >= V1_1_0)
		return r;
	sd_json_array_foreach (sd_json_member(r, "interfaces"), i, item)
		delete_all(item, interface);
	sd_json_array_foreach (sd_json_member(r, "routes"), i, item)
		delete_all(item, route);
	return r;
}

static int print(const struct sd_json *j, struct sd_err *e)
{
	sd_auto_free char *text = sd_json_text(j);
	sd_auto_free char *line = sd_printf("%s\n", text);

	if (sd_write_all(STDOUT_FILENO, line, strlen(line)) < 0) {
		sd_fail(e, errno, "write the result to standard output");
		return sd_cni_code(e, SD_CNI_IO);
	}
	return 0;
}

static int print_versions(const char *asked, struct sd_err *e)
{
	sd_auto_json struct sd_json *j = sd_json_new_object();
	struct sd_json *all = sd_json_make_array(j, "supportedVersions");

	sd_json_set_str(j, "cniVersion", asked ? asked : SD_CNI_VERSION);
	for (size_t i = 0; i < V_END; i++)
		sd_json_append_str(all, versions[i]);
	return print(j, e);
}

static int print_error(const char *version, const struct sd_err *why)
{
	sd_auto_json struct sd_json *j = sd_json_new_object();
	struct sd_err ignored; /* the exit code still tells */

	sd_json_set_str(j, "cniVersion", version_of(version) < V_END ? version : SD_CNI_VERSION);
	sd_json_set_int(j, "code", why->code);
	sd_json_set_str(j, "msg", why->text);
	print(j, &ignored);
	return SD_EXIT_FAILED;
}

/* ---- what is asked */

/* An empty variable is as good as none. */
static const char *environment(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

static int check_environment(const struct sd_cni_call *call, unsigned needs, struct sd_err *e)
{
	const struct {
		const char *name, *value;
		unsigned need;
	} variables[] = {
		{"CNI_CONTAINERID", call->container, NEEDS_CONTAINER},
		{"CNI_NETNS", call->netns, NEEDS_NETNS},
		{"CNI_IFNAME", call->ifname, NEEDS_IFNAME},
	};
	sd_auto_buf struct sd_buf missing = {0};

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		if (needs & variables[i].need && !variables[i].value)
			sd_buf_printf(&missing, "%s%s", missing.len ? ", " : "", variables[i].name);
	if (missing.len)
		sd_fail(e, 0, "%s: not in the environment", missing.data);
	else if (call->container && !sd_cni_name_valid(call->container))
		sd_fail(e, 0, "CNI_CONTAINERID: '%s' is not a container id", call->container);
	else if (call->ifname && !sd_cni_ifname_valid(call->ifname))
		sd_fail(e, 0, "CNI_IFNAME: '%s' is not an interface's name", call->ifname);
	else
		return 0;
	return sd_cni_code(e, SD_CNI_BAD_ENVIRONMENT);
}

static int check_version(const struct command *c, const char *version, struct sd_err *e)
{
	int v = version_of(version);

	if (v < V_END && v >= (int)c->since)
		return 0;
	if (v < V_END)
		sd_fail(e, 0, "cniVersion: %s has no %s", version, c->name);
	else
		sd_fail(e, 0, "cniVersion: %s is not supported, 0.3.0 to " SD_CNI_VERSION " are",
			version ? version : "none");
	return sd_cni_code(e, SD_CNI_BAD_VERSION);
}

static int check_conf(const struct sd_json *conf, const struct command *c, struct sd_cni_call *call,
	struct sd_err *e)
{
	struct sd_json *prev = NULL;
	int r = sd_json_str(conf, &call->network, e, "name");

	if (r == 0)
		r = sd_json_missing(e, "name");
	else if (r > 0 && !sd_cni_name_valid(call->network))
		r = sd_fail(e, 0, "name: '%s' is not a network's name", call->network);
	if (r > 0)
		r = sd_json_object(conf, &prev, e, "prevResult");
	if (r == 0 && c->needs & NEEDS_PREV)
		r = sd_json_missing(e, "prevResult");
	if (r < 0)
		return sd_cni_code(e, SD_CNI_BAD_CONFIG);
	call->conf = conf;
	call->prev = prev;
	return 0;
}

/* Without the list all would go. */
static int check_attachments(const struct sd_json *conf, struct sd_err *e)
{
	if (sd_json_is_array(sd_json_member(conf, "cni.dev/valid-attachments")))
		return 0;
	sd_fail(e, 0, "cni.dev/valid-attachments: expected an array");
	return sd_cni_code(e, SD_CNI_BAD_CONFIG);
}

static int add(const struct sd_cni_plugin *plugin, const struct sd_cni_call *call,
	const char *version, struct sd_err *e)
{
	sd_auto_json struct sd_json *result = NULL, *shown = NULL;
	struct sd_err ignored; /* the first error is the one to tell */

	if (plugin->add(call, &result, e) < 0)
		return -1;
	shown = sd_cni_result(result, version);
	if (print(shown, e) == 0)
		return 0;
	/* Nobody was told of it. */
	if (plugin->del)
		plugin->del(call, &ignored);
	return -1;
}

static int dispatch(const struct sd_cni_plugin *plugin, const struct sd_cni_call *call,
	const char *version, struct sd_err *e)
{
	const struct {
		const char *command;
		int (*run)(const struct sd_cni_call *call, struct sd_err *e);
	} others[] = {{"DEL", plugin->del}, {"CHECK", plugin->check}, {"GC", plugin->gc},
		{"STATUS", plugin->status}};

	if (strcmp(call->command, "ADD") == 0)
		return add(plugin, call, version, e);
	if (strcmp(call->command, "GC") == 0 && check_attachments(call->conf, e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (strcmp(call->command, others[i].command) == 0 && others[i].run)
			return others[i].run(call, e);
	return 0;
}

static int read_conf(struct sd_json **conf, struct sd_err *e)
{
	sd_auto_buf struct sd_buf text = {0};

	if (sd_read_all(STDIN_FILENO, "standard input", SD_READ_MAX, &text, e) < 0)
		return sd_cni_code(e, SD_CNI_IO);
	*conf = sd_json_parse(text.data ? text.data : "", text.len, "standard input", e);
	if (*conf && !sd_json_is_object(*conf))
		sd_fail(e, 0, "standard input: expected an object");
	return sd_json_is_object(*conf) ? 0 : sd_cni_code(e, SD_CNI_UNDECODABLE);
}

static const struct command *find_command(const char *name, struct sd_err *e)
{
	const struct command *c = commands;

	while (c->name && strcmp(c->name, name) != 0)
		c++;
	if (c->name)
		return c;
	sd_fail(e, 0, "CNI_COMMAND: '%s' is none of ADD, DEL, CHECK, GC, STATUS, VERSION", name);
	sd_cni_code(e, SD_CNI_BAD_ENVIRONMENT);
	return NULL;
}

int sd_cni_main(const struct sd_cni_plugin *plugin)
{
	struct sd_cni_call call = {.command = environment("CNI_COMMAND"),
		.container = environment("CNI_CONTAINERID"),
		.netns = environment("CNI_NETNS"),
		.ifname = environment("CNI_IFNAME"),
		.args = environment("CNI_ARGS")};
	sd_auto_json struct sd_json *conf = NULL;
	const char *version = NULL;
	const struct command *c;
	struct sd_err e = {0};
	int r;

	if (!call.command)
		call.command = "";
	c = find_command(call.command, &e);
	if (!c || read_conf(&conf, &e) < 0)
		return print_error(version, &e);
	version = sd_json_string_value(sd_json_member(conf, "cniVersion"));
	if (strcmp(c->name, "VERSION") == 0)
		r = print_versions(version, &e);
	else if (check_version(c, version, &e) < 0 || check_conf(conf, c, &call, &e) < 0 ||
		 check_environment(&call, c->needs, &e) < 0)
		r = -1;
	else
		r = dispatch(plugin, &call, version, &e);
	return r < 0 ? print_error(version, &e) : SD_EXIT_OK;
}
