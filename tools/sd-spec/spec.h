/* SPDX-License-Identifier: Apache-2.0 */
/* spec - what the parts of sd-spec share: the document in the making, and one function a part. */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include "err.h"
#include "image.h"
#include "json.h"
#include "network_wish.h"
#include "run_options.h"
#include "str.h"

struct networks {
	struct sd_network_wish *v;
	size_t n;
};

struct spec {
	const struct sd_run_options *o;
	bool bare;			/* --config: OCI alone, names cannot be kept for later */
	char **command;			/* the operands behind the image, NULL-terminated */
	struct sd_image image;		/* image.config is NULL with --rootfs alone */
	const struct sd_json *defaults; /* the image's own member `config`, or NULL; borrowed */
	struct sd_json *doc;
	struct sd_json *config, *want; /* members of doc */
	struct sd_json *mounts;	       /* the user's mounts, to be sorted behind the default ones */
	struct networks networks;      /* at least one, from spec_networks on */
	const char *propagation;       /* what a mount of the user's asks of the root's, or NULL */
};

/*
 * Each part reads options and the image, and adds to config and want.  An error in what came with
 * the image says so: it is not the user's.
 */
int spec_load_image(struct spec *s, const char *name, const char *file, struct sd_err *e);
int spec_image_wishes(struct spec *s, struct sd_err *e);
int spec_image_error(const struct spec *s, struct sd_err *e); /* -1 */

int spec_process(struct spec *s, struct sd_err *e);
int spec_environment(struct spec *s, struct sd_err *e);
int spec_labels(struct spec *s, struct sd_err *e);
int spec_log(struct spec *s, struct sd_err *e);
int spec_restart(struct spec *s, struct sd_err *e);
int spec_health(struct spec *s, struct sd_err *e);
int spec_rlimits(struct spec *s, struct sd_err *e);
int spec_networks(struct spec *s, struct sd_err *e);
int spec_ports(struct spec *s, struct sd_err *e);
int spec_resolver(struct spec *s, struct sd_err *e);
int spec_namespaces(struct spec *s, struct sd_err *e);
int spec_hostname(struct spec *s, struct sd_err *e);
int spec_capabilities(struct spec *s, struct sd_err *e);
int spec_security(struct spec *s, struct sd_err *e);
int spec_devices(struct spec *s, struct sd_err *e);
int spec_limits(struct spec *s, struct sd_err *e);
int spec_block_io(struct spec *s, struct sd_err *e);
int spec_sysctls(struct spec *s, struct sd_err *e);
int spec_volumes(struct spec *s, struct sd_err *e);
int spec_mounts(struct spec *s, struct sd_err *e);

/* --env-file and --env over what is there. */
int env_options(struct sd_strv *env, const struct sd_strv *files, const struct sd_strv *entries,
	struct sd_err *e);
bool env_has(const struct sd_strv *env, const char *name);
/* All that this process can give, into process.capabilities. */
void capabilities_all(struct sd_json *process);

/* True if the container has that namespace to itself: config.linux.namespaces, made before. */
bool spec_own_namespace(const struct spec *s, const char *type);

/* networks.c */
enum sd_network_kind network_kind(const struct spec *s);
int network_resolve(struct sd_network_wish *w, struct sd_err *e);
void networks_free(struct networks *n);

/* volumes.c, for the options that make a mount. */
struct volume {
	char *destination; /* absolute, clean */
	char *source;	   /* absolute; NULL: an anonymous volume */
	char *name;	   /* a named volume */
	bool read_only, recursive, create, copy_up;
	const char *propagation; /* "rprivate" ..., or NULL */
};
void volume_free(struct volume *v);
#define auto_volume __attribute__((cleanup(volume_free)))
int volume_add(struct spec *s, const char *option, const struct volume *v, struct sd_err *e);
int volume_destination(const char *option, const char *path, char **clean, struct sd_err *e);
int volume_name(const char *option, struct volume *v, const char *name, struct sd_err *e);
const char *volume_propagation(const char *word); /* NULL: not one */
/* Adds a mount of the user's, whose destination must be new.  Takes ownership of `mount`. */
int mount_add(struct spec *s, const char *option, struct sd_json *mount, struct sd_err *e);
bool mount_taken(const struct spec *s, const char *destination);

int volumes_from(struct spec *s, const char *text, struct sd_err *e); /* --volumes-from */
int mount_option(struct spec *s, const char *text, struct sd_err *e); /* --mount */
int tmpfs_option(struct spec *s, const char *text, struct sd_err *e); /* --tmpfs */

/* exec.c: the verb. */
extern const struct sd_opt exec_opts[];
extern const size_t exec_size;
int spec_exec(const struct sd_call *call, struct sd_err *e);

/* main.c: what a document cannot carry is refused. */
int check_utf8(const struct sd_call *call, struct sd_err *e);

/* text.c: small parsers without knowledge of containers. */
struct field {
	char *key, *value; /* value NULL: no '=' */
};
struct fields {
	struct field *v;
	size_t n;
};
/* One line of CSV (RFC 4180: "..." with doubled quotes) whose fields are KEY[=VALUE]. */
int csv_parse(const char *text, const char *what, struct fields *out, struct sd_err *e);
void fields_free(struct fields *f);
#define auto_fields __attribute__((cleanup(fields_free)))
/* Lines of a file without comments and blank lines, each UTF-8. */
int lines_read(const char *path, const char *what, struct sd_strv *out, struct sd_err *e);
void words_split(const char *text, char separator, struct sd_strv *out);
/* filepath.Clean for an absolute path: no "//", "/./", "/../"; malloc'ed. */
char *path_clean(const char *path);
char *path_absolute(const char *path);	/* against the working directory, clean; NULL with errno */
bool cpu_list_valid(const char *list);	/* cpuset(7), List Format */
bool host_name_valid(const char *name); /* RFC 1123, at most 63 bytes: utsname has 64 */
int64_t count_cpus(void);

/* Tables. */
extern const char *const default_capabilities[]; /* each table ends with NULL */
extern const char *const all_capabilities[];
extern const char *const masked_paths[];
extern const char *const readonly_paths[];
struct default_mount {
	const char *destination, *type, *source, *options; /* options joined by commas */
};
extern const struct default_mount default_mounts[];
struct device_rule {
	bool allow;
	char type;	  /* 'c', 'b', 'a' */
	int major, minor; /* -1: any */
	const char *access;
};
extern const struct device_rule default_device_rules[];

/* main.c: JSON's strings are UTF-8. */
int check_utf8(const struct sd_call *call, struct sd_err *e);

/* connect.c: the verb network. */
extern const struct sd_opt spec_network_opts[];
extern const size_t spec_network_size;
int spec_network(const struct sd_call *call, struct sd_err *e);

/* update.c */
extern const struct sd_opt spec_update_opts[];
extern const size_t spec_update_size;
int spec_update(const struct sd_call *call, struct sd_err *e);

#endif
