/* SPDX-License-Identifier: Apache-2.0 */
/* Images that are made here: import, commit, provide. */
#include "sd-image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "platform.h"
#include "proc.h"
#include "store.h"

#define LAYERS_MAX 128

static const char *this_machine(struct utsname *u)
{
	const char *known;

	if (uname(u) < 0)
		return "unknown";
	known = sd_platform_arch(u->machine, strlen(u->machine));
	return known ? known : u->machine;
}

/* OS/ARCHITECTURE[/VARIANT], or this machine. */
static int set_platform(struct sd_json *config, const char *platform, struct sd_err *e)
{
	sd_auto_free char *os = sd_strdup(platform ? platform : "linux");
	struct utsname u;
	char *arch = strchr(os, '/'), *variant = NULL;

	if (!platform) {
		sd_json_set_str(config, "architecture", this_machine(&u));
		sd_json_set_str(config, "os", "linux");
		return 0;
	}
	if (arch) {
		*arch++ = '\0';
		variant = strchr(arch, '/');
	}
	if (variant)
		*variant++ = '\0';
	if (!arch || !*arch || (variant && (!*variant || strchr(variant, '/'))))
		return sd_fail(e, 0, "--platform '%s': not OS/ARCHITECTURE[/VARIANT]", platform);
	if (strcmp(os, "linux") != 0)
		return sd_fail(e, 0, "--platform '%s': only linux runs here", platform);
	if (!sd_is_utf8(platform))
		return sd_fail(e, 0, "--platform: not UTF-8");
	sd_json_set_str(config, "architecture", arch);
	sd_json_set_str(config, "os", os);
	if (variant)
		sd_json_set_str(config, "variant", variant);
	return 0;
}

static struct sd_json *descriptor(const char *media_type, const char *digest, int64_t size)
{
	struct sd_json *d = sd_json_new_object();

	sd_json_set_str(d, "mediaType", media_type);
	sd_json_set_str(d, "digest", digest);
	sd_json_set_int(d, "size", size);
	return d;
}

/* The new image: what is known of it before its layer is, and the name that it gets. */
struct draft {
	struct sd_ref name;
	char id[SD_DIGEST_LEN +
		1];		/* the configuration's digest, which docker calls the image's id */
	struct sd_json *config; /* image-spec, config.md */
	struct sd_json *layers; /* descriptors for the manifest */
};

static void draft_free(struct draft *d)
{
	sd_ref_free(&d->name);
	sd_json_unref(d->config);
	sd_json_unref(d->layers);
}
#define auto_draft __attribute__((cleanup(draft_free)))

/* NULL: the image is known by its id alone. */
static int parse_new_name(const char *text, struct sd_ref *name, struct sd_err *e)
{
	if (!text)
		return 0;
	if (sd_ref_parse(text, name, e) < 0)
		return -1;
	if (name->digest)
		return sd_fail(
			e, 0, "image name '%s': a new image's digest cannot be chosen", text);
	return 0;
}

static int check_text(const char *what, const char *text, struct sd_err *e)
{
	return !text || sd_is_utf8(text) ? 0 : sd_fail(e, 0, "%s: not UTF-8", what);
}

/* The members of a parent's configuration that are added to. */
static int check_parent(const struct sd_json *config, struct sd_err *e)
{
	static const char *const objects[] = {
		"config", "config.Labels", "config.Volumes", "config.ExposedPorts"};
	static const char *const arrays[] = {"history", "config.Env"};
	struct sd_json *ignored;

	for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++)
		if (sd_json_object(config, &ignored, e, "%s", objects[i]) < 0)
			return -1;
	for (size_t i = 0; i < sizeof(arrays) / sizeof(*arrays); i++)
		if (sd_json_array(config, &ignored, e, "%s", arrays[i]) < 0)
			return -1;
	return 0;
}

/* All that options can get wrong is found here, before any input is read. */
static int draft_begin(struct draft *d, const char *name, const struct create_args *a,
	const struct sd_image *parent, const struct sd_json *container, struct sd_err *e)
{
	struct sd_json *layers = parent ? sd_json_member(parent->manifest_json, "layers") : NULL;

	if (parse_new_name(name, &d->name, e) < 0 || check_text("--message", a->message, e) < 0 ||
		check_text("--author", a->author, e) < 0)
		return -1;
	if (parent && check_parent(parent->config, e) < 0)
		return -1;
	if (parent && parent->layers.n >= LAYERS_MAX)
		return sd_fail(e, 0, "the parent has %zu layers, and an image at most %d",
			parent->layers.n, LAYERS_MAX);
	d->layers = layers ? sd_json_copy(layers) : sd_json_new_array();
	d->config = parent ? sd_json_copy(parent->config) : sd_json_new_object();
	if (!parent && set_platform(d->config, a->platform, e) < 0)
		return -1;
	if (a->author)
		sd_json_set_str(d->config, "author", a->author);
	if (container &&
		container_config(sd_json_make_object(d->config, "config"), container, e) < 0)
		return -1;
	return changes_apply(sd_json_make_object(d->config, "config"), &a->changes, e);
}

static void add_history(struct sd_json *config, const char *created, const struct create_args *a)
{
	struct sd_json *entry = sd_json_new_object();

	sd_json_set_str(entry, "created", created);
	if (a->author)
		sd_json_set_str(entry, "author", a->author);
	if (a->message)
		sd_json_set_str(entry, "comment", a->message);
	sd_json_append(sd_json_make_array(config, "history"), entry);
}

/* Blobs first, the index last: what the index names is always whole. */
static int draft_finish(const struct store *s, struct draft *d, const struct layer *layer,
	const struct create_args *a, struct sd_err *e)
{
	char digest[SD_DIGEST_LEN + 1], created[40];
	sd_auto_json struct sd_json *manifest = sd_json_new_object(), *index = NULL;
	sd_auto_fd int lock = -1;
	int64_t size;

	sd_time_now(created);
	sd_json_set_str(d->config, "created", created);
	sd_json_set_str(sd_json_make_object(d->config, "rootfs"), "type", "layers");
	sd_json_append_str(sd_json_make_array(d->config, "rootfs.diff_ids"), layer->diff_id);
	sd_json_append(d->layers, descriptor(layer->media_type, layer->digest, layer->size));
	add_history(d->config, created, a);
	if (store_put(s, d->config, d->id, &size, e) < 0)
		return -1;
	sd_json_set_int(manifest, "schemaVersion", 2);
	sd_json_set_str(manifest, "mediaType", SD_MEDIA_MANIFEST);
	sd_json_set(manifest, "config", descriptor(SD_MEDIA_CONFIG, d->id, size));
	sd_json_set(manifest, "layers", sd_json_ref(d->layers));
	if (store_put(s, manifest, digest, &size, e) < 0)
		return -1;
	lock = store_lock(s, LOCK_INDEX, e);
	if (lock < 0 || sd_image_index(s->dir, &index, e) < 0)
		return -1;
	index_set_name(index, &d->name, digest, size);
	return store_write_index(s, index, e);
}

static int open_input(const char *file, struct sd_err *e)
{
	bool std = strcmp(file, "-") == 0;
	sd_auto_fd int fd =
		std ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return sd_fail(e, errno, "open %s", std ? "standard input" : file);
	if (!S_ISDIR(st.st_mode))
		return sd_steal_fd(&fd);
	sd_fail(e, EISDIR, "read %s", file);
	return sd_hint(e, "an image is imported from an archive: tar -C %s -c .", file);
}

static int import(const char *file, const char *name, const struct create_args *a, struct draft *d,
	struct sd_err *e)
{
	const char *what = strcmp(file, "-") == 0 ? "standard input" : file;
	auto_store struct store s = STORE_NONE;
	sd_auto_fd int fd = -1;
	struct layer layer;

	if (draft_begin(d, name, a, NULL, NULL, e) < 0)
		return -1;
	fd = open_input(file, e);
	if (fd < 0 || store_open(&s, STORE_ADD, e) < 0)
		return -1;
	if (layer_add(&s, fd, what, false, &layer, e) < 0)
		return -1;
	return draft_finish(&s, d, &layer, a, e);
}

int verb_import(const struct sd_call *call, struct sd_err *e)
{
	struct create_args *a = call->args;
	auto_draft struct draft d = {0};
	sd_auto_free char *message = NULL;

	if (sd_want_operands(call, 1, 2, e) < 0)
		return -1;
	message = sd_printf("Imported from %s", call->argv[0]);
	if (!a->message && sd_is_utf8(message))
		a->message = message;
	if (import(call->argv[0], call->argv[1], a, &d, e) < 0)
		return -1;
	printf("%s\n", d.id);
	return 0;
}

void create_init(void *args)
{
	((struct create_args *)args)->state_fd = -1;
}

/* The parent is named by an option, or by the container's document; or there is none. */
static int read_parent(const struct create_args *a, const struct sd_json *container,
	struct sd_image *parent, bool *there, struct sd_err *e)
{
	const char *name = a->parent;

	if (!name && container && sd_json_str(container, &name, e, "image.manifest") < 0)
		return -1;
	*there = name != NULL;
	return name ? sd_image_lookup(name, parent, e) : 0;
}

int verb_commit(const struct sd_call *call, struct sd_err *e)
{
	const struct create_args *a = call->args;
	sd_auto_json struct sd_json *container = NULL;
	auto_draft struct draft d = {0};
	auto_store struct store s = STORE_NONE;
	sd_auto_image struct sd_image parent = {0};
	bool has_parent;
	struct layer layer;

	if (sd_want_operands(call, 0, 1, e) < 0)
		return -1;
	if (a->state_fd < -1 || a->state_fd > INT_MAX)
		return sd_fail(e, 0, "--state-fd: %jd is no descriptor", (intmax_t)a->state_fd);
	if (a->state_fd >= 0 && sd_doc_read((int)a->state_fd, &container, e) < 0)
		return -1;
	/* The store's use is held before the parent is read: it must still be there at the end. */
	if (store_open(&s, STORE_ADD, e) < 0 ||
		read_parent(a, container, &parent, &has_parent, e) < 0)
		return -1;
	if (draft_begin(&d, call->argv[0], a, has_parent ? &parent : NULL, container, e) < 0 ||
		layer_add(&s, STDIN_FILENO, "standard input", true, &layer, e) < 0 ||
		draft_finish(&s, &d, &layer, a, e) < 0)
		return -1;
	printf("%s\n", d.id);
	return 0;
}

/* An image that another tool has copied into the store has blobs, but no layers yet. */
static int unpack_missing(const struct sd_image *image, struct sd_err *e)
{
	auto_store struct store s = STORE_NONE;

	for (size_t i = 0; i < image->layers.n; i++) {
		const char *digest;

		if (layer_is_unpacked(image->layers.v[i]))
			continue;
		if (s.dir < 0 && store_open(&s, STORE_ADD, e) < 0)
			return -1;
		if (sd_json_str(image->manifest_json, &digest, e, "layers[%zu].digest", i) < 0 ||
			layer_unpack(&s, digest, image->layers.v[i], e) < 0)
			return -1;
	}
	return 0;
}

/* "busybox" is images/busybox.tar of the toolkit's own data; a path cannot hide in a valid name. */
static char *embedded(const char *name)
{
	sd_auto_ref struct sd_ref ref = {0};
	sd_auto_free char *below = NULL;
	struct sd_err ignored;
	char *path;

	if (sd_ref_parse(name, &ref, &ignored) < 0 || strcmp(ref.host, "docker.io") != 0 ||
		ref.digest || !sd_starts_with(ref.path, "library/") ||
		strcmp(ref.tag, "latest") != 0)
		return NULL;
	below = sd_printf("images/%s.tar", ref.path + strlen("library/"));
	path = sd_share_path(below);
	if (path && access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static int import_embedded(const char *file, const char *name, struct sd_err *e)
{
	struct create_args a = {.message = "made from the package busybox-static"};
	auto_draft struct draft d = {0};
	auto_store struct store s = STORE_NONE;
	sd_auto_image struct sd_image image = {0};
	sd_auto_fd int lock = -1;
	int r;

	if (store_open(&s, STORE_ADD, e) < 0)
		return -1;
	lock = store_lock(&s, LOCK_PROVIDE, e);
	if (lock < 0)
		return -1;
	/* Who held the lock before may have done it. */
	if (sd_image_lookup(name, &image, e) == 0)
		return 0;
	sd_strv_add(&a.changes, "CMD [\"sh\"]");
	sd_strv_add(&a.changes,
		"ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	r = import(file, name, &a, &d, e);
	sd_strv_free(&a.changes);
	return r;
}

int verb_provide(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_image struct sd_image image = {0};
	sd_auto_free char *file = NULL;

	if (sd_want_operands(call, 1, 1, e) < 0)
		return -1;
	if (sd_image_lookup(call->argv[0], &image, e) == 0)
		return unpack_missing(&image, e);
	file = e->errnum == ENOENT ? embedded(call->argv[0]) : NULL;
	return file ? import_embedded(file, call->argv[0], e) : -1;
}
