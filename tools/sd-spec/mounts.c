/* SPDX-License-Identifier: Apache-2.0 */
/* config.mounts: --tmpfs, the default mounts, and the order of all. */
#include <stdlib.h>
#include <string.h>
#include "cleanup.h"
#include "spec.h"

/* tmpfs(5) and the generic options of mount(8): words, and names that take a value. */
static bool tmpfs_word_valid(const char *word)
{
	static const char *const plain[] = {
		"rw",
		"ro",
		"exec",
		"noexec",
		"suid",
		"nosuid",
		"dev",
		"nodev",
		"sync",
		"async",
		"dirsync",
		"atime",
		"noatime",
		"diratime",
		"nodiratime",
		"relatime",
		"norelatime",
		"strictatime",
		"nostrictatime",
	};
	static const struct {
		const char *name, *characters;
	} valued[] = {
		{"size=", "0123456789kKmMgGtT%"},
		{"nr_blocks=", "0123456789kKmMgG"},
		{"nr_inodes=", "0123456789kKmMgG"},
		{"mode=", "01234567"},
		{"uid=", "0123456789"},
		{"gid=", "0123456789"},
		{"huge=", "abcdefghijklmnopqrstuvwxyz_"},
		{"mpol=", "abcdefghijklmnopqrstuvwxyz=:0123456789-"},
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		if (strcmp(word, plain[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(valued) / sizeof(*valued); i++) {
		const char *value = word + strlen(valued[i].name);

		if (sd_starts_with(word, valued[i].name))
			return *value && strspn(value, valued[i].characters) == strlen(value);
	}
	return false;
}

/* What a word decides: "exec" and "noexec", "size=1m" and "size=2m" decide the same. */
static const char *decides(const char *word, size_t *len)
{
	if (strcmp(word, "rw") == 0)
		word = "ro";
	if (strncmp(word, "no", 2) == 0)
		word += 2;
	*len = strcspn(word, "=");
	return word;
}

static bool same_decision(const char *a, const char *b)
{
	size_t na, nb;

	a = decides(a, &na);
	b = decides(b, &nb);
	return na == nb && strncmp(a, b, na) == 0;
}

/* The later of two words that decide the same counts. */
static void add_word(struct sd_json *options, const char *word)
{
	struct sd_json *have;
	size_t i;

	sd_json_array_foreach (options, i, have) {
		if (same_decision(sd_json_string_value(have), word)) {
			sd_json_remove_at(options, i);
			break;
		}
	}
	sd_json_append_str(options, word);
}

static void add_words(struct sd_json *options, const char *list)
{
	sd_auto_strv struct sd_strv words = {0};

	words_split(list, ',', &words);
	for (size_t i = 0; i < words.n; i++)
		add_word(options, words.v[i]);
}

/* PATH[:OPTIONS].  docker's default: nothing of it can be run or open a device. */
int tmpfs_option(struct spec *s, const char *text, struct sd_err *e)
{
	size_t n = strcspn(text, ":");
	sd_auto_free char *path = sd_strndup(text, n), *clean = NULL;
	sd_auto_strv struct sd_strv words = {0};
	struct sd_json *mount, *options;

	if (volume_destination("--tmpfs", path, &clean, e) < 0)
		return -1;
	if (text[n] && text[n + 1])
		words_split(text + n + 1, ',', &words);
	for (size_t i = 0; i < words.n; i++)
		if (!tmpfs_word_valid(words.v[i]))
			return sd_fail(
				e, 0, "--tmpfs: unknown option '%s' in '%s'", words.v[i], text);
	mount = sd_json_new_object();
	sd_json_set_str(mount, "destination", clean);
	sd_json_set_str(mount, "type", "tmpfs");
	sd_json_set_str(mount, "source", "tmpfs");
	options = sd_json_make_array(mount, "options");
	add_words(options, "noexec,nosuid,nodev,mode=1777");
	for (size_t i = 0; i < words.n; i++)
		add_word(options, words.v[i]);
	return mount_add(s, "--tmpfs", mount, e);
}

/* The user has something of his own there, or his own /dev above it. */
static bool replaced(const struct spec *s, const char *destination)
{
	return mount_taken(s, destination) ||
	       (mount_taken(s, "/dev") && sd_starts_with(destination, "/dev/"));
}

static bool ipc_is(const struct spec *s, const char *mode)
{
	return s->o->ipc && strcmp(s->o->ipc, mode) == 0;
}

/* /dev/shm goes with the IPC namespace; /sys and the cgroups of a privileged one are writable. */
static void adjust(struct spec *s, struct sd_json *mount, struct sd_json *options,
	const struct default_mount *d, int64_t shm_size)
{
	bool shm = strcmp(d->destination, "/dev/shm") == 0;
	sd_auto_free char *size = sd_printf("size=%lld", (long long)shm_size);

	if (shm && ipc_is(s, "host")) {
		sd_json_set_str(mount, "type", "bind");
		sd_json_set_str(mount, "source", d->destination);
		sd_json_set(mount, "options", sd_json_new_array());
		add_words(
			sd_json_make_array(mount, "options"), "rbind,rprivate,nosuid,noexec,nodev");
		return;
	}
	if (shm)
		add_word(options, size);
	if (s->o->privileged && strstr(d->options, ",ro"))
		add_word(options, "rw");
}

static int shm_size(struct spec *s, int64_t *size, struct sd_err *e)
{
	*size = 0;
	if (s->o->shm_size && sd_parse_size(s->o->shm_size, "--shm-size", size, e) < 0)
		return -1;
	if (*size && (ipc_is(s, "host") || ipc_is(s, "none")))
		return sd_fail(e, 0, "--shm-size with --ipc %s: there is no /dev/shm of its own",
			s->o->ipc);
	if (*size == 0)
		*size = INT64_C(64) << 20;
	return 0;
}

static int add_defaults(struct spec *s, struct sd_json *mounts, struct sd_err *e)
{
	int64_t size;

	if (shm_size(s, &size, e) < 0)
		return -1;
	for (const struct default_mount *d = default_mounts; d->destination; d++) {
		struct sd_json *mount, *options;

		if (replaced(s, d->destination) ||
			(ipc_is(s, "none") && strcmp(d->destination, "/dev/shm") == 0))
			continue;
		mount = sd_json_new_object();
		sd_json_set_str(mount, "destination", d->destination);
		sd_json_set_str(mount, "type", d->type);
		sd_json_set_str(mount, "source", d->source);
		options = sd_json_make_array(mount, "options");
		add_words(options, d->options);
		adjust(s, mount, options, d, size);
		sd_json_append(mounts, mount);
	}
	return 0;
}

static int depth(const struct sd_json *mount)
{
	const char *p = sd_json_string_value(sd_json_member(mount, "destination"));
	int n = 0;

	for (; p && *p; p++)
		n += *p == '/';
	return n;
}

/* A mount hides what was mounted below it before: the shallow ones come first. */
static void add_sorted(struct spec *s, struct sd_json *mounts)
{
	size_t n = sd_json_len(s->mounts), done = 0, i;
	struct sd_json *mount;

	for (int level = 1; done < n; level++) {
		sd_json_array_foreach (s->mounts, i, mount) {
			if (depth(mount) != level)
				continue;
			sd_json_append(mounts, sd_json_ref(mount));
			done++;
		}
	}
}

int spec_mounts(struct spec *s, struct sd_err *e)
{
	struct sd_json *mounts = sd_json_make_array(s->config, "mounts");

	if (add_defaults(s, mounts, e) < 0)
		return -1;
	add_sorted(s, mounts);
	if (s->propagation)
		sd_json_set_str(sd_json_make_object(s->config, "linux"), "rootfsPropagation",
			s->propagation);
	return 0;
}
