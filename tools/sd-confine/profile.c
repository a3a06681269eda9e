/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which profile a document means, and the cache of compiled ones (the verb `compile`).
 *
 * A compiled filter depends on the profile, the capabilities granted, the architecture, the
 * kernel's version (minKernel) and libseccomp.  All that is hashed into the file's name in
 * RUN/seccomp, so a hit reads nothing: the shipped profile counts by path, size and change time,
 * one inside the document by its text.
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "cleanup.h"
#include "doc.h"
#include "io.h"
#include "seccomp.h"
#include "store.h"

int profile_wanted(const struct sd_json *doc, enum profile *which, struct sd_err *e)
{
	struct sd_json *oci = NULL;
	const char *want = NULL;

	if (sd_json_object(doc, &oci, e, "config.linux.seccomp") < 0 ||
		sd_json_str(doc, &want, e, "want.seccomp") < 0)
		return -1;
	if (!want)
		*which = oci ? PROFILE_CUSTOM : PROFILE_NONE;
	else if (strcmp(want, "unconfined") == 0)
		*which = PROFILE_NONE;
	else if (strcmp(want, "default") == 0)
		*which = PROFILE_DEFAULT;
	else if (strcmp(want, "custom") == 0)
		*which = PROFILE_CUSTOM;
	else
		return sd_fail(e, 0, "want.seccomp: unknown value '%s'", want);
	if (*which == PROFILE_CUSTOM && !oci)
		return sd_json_missing(e, "config.linux.seccomp");
	return 0;
}

static char *shipped(struct sd_err *e)
{
	char *path = sd_share_path("seccomp/default.json");

	if (!path)
		sd_fail(e, errno, "find the default seccomp profile");
	return path;
}

int profile_resolve(const char *path, uint64_t caps, struct sd_json **oci, struct sd_err *e)
{
	sd_auto_free char *own = path ? NULL : shipped(e);
	sd_auto_json struct sd_json *profile = NULL;
	sd_auto_buf struct sd_buf text = {0};
	char names[64][16];
	const char *granted[65] = {NULL};
	size_t n = 0;

	if (!path && !own)
		return -1;
	path = path ? path : own;
	if (sd_read_file(AT_FDCWD, path, SD_READ_MAX, &text, e) < 0)
		return -1;
	profile = sd_json_parse(text.data ? text.data : "", text.len, path, e);
	if (!profile)
		return -1;
	for (int cap = 0; cap < 64; cap++)
		if (caps >> cap & 1)
			granted[n++] = cap_name(cap, names[cap]);
	return sd_seccomp_resolve(profile, &(struct sd_seccomp_target){.caps = granted}, oci, e);
}

/* The capabilities that the profile's conditions mean: those that any program may come to. */
static int granted_by(const struct sd_json *doc, uint64_t *mask, struct sd_err *e)
{
	sd_auto_free const char **list = NULL;
	size_t n = 0;

	if (sd_json_strings(doc, &list, &n, e, "config.process.capabilities.bounding") < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (cap_parse(list[i], "config.process.capabilities.bounding", mask, e) < 0)
			return -1;
	return 0;
}

/* What the filter depends on, as text. */
static int cache_key(const struct sd_json *doc, enum profile which, uint64_t caps,
	struct sd_buf *key, struct sd_err *e)
{
	const struct scmp_version *v = seccomp_version();
	struct utsname u;
	struct stat st;

	if (uname(&u) < 0)
		return sd_fail(e, errno, "uname");
	sd_buf_printf(key, "sdocker %s libseccomp %u.%u.%u linux %s %s\n", SD_VERSION, v->major,
		v->minor, v->micro, u.release, u.machine);
	if (which == PROFILE_CUSTOM) {
		sd_auto_free char *text = sd_json_text(sd_json_get(doc, "config.linux.seccomp"));

		sd_buf_str(key, text);
		return 0;
	}

	sd_auto_free char *path = shipped(e);

	if (!path)
		return -1;
	if (stat(path, &st) < 0)
		return sd_fail(e, errno, "stat %s", path);
	sd_buf_printf(key, "%s %lld %lld.%09ld caps %llx\n", path, (long long)st.st_size,
		(long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec, (unsigned long long)caps);
	return 0;
}

/* A whole filter of ours: what else has that name is replaced. */
static bool usable(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       st.st_uid == geteuid() && !(st.st_mode & 077) && st.st_size > 0 &&
	       st.st_size % (off_t)sizeof(struct sock_filter) == 0 &&
	       st.st_size <= BPF_MAXINSNS * (off_t)sizeof(struct sock_filter);
}

static int open_cache(char **path, struct sd_err *e)
{
	int fd;

	*path = sd_store_run("seccomp");
	if (sd_mkdir_p(*path, 0700, e) < 0)
		return -1;
	fd = open(*path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? sd_fail(e, errno, "open %s", *path) : fd;
}

static int build(const struct sd_json *doc, enum profile which, uint64_t caps, int dir,
	const char *name, struct sd_err *e)
{
	sd_auto_json struct sd_json *oci = NULL;
	sd_auto_buf struct sd_buf code = {0};

	if (which == PROFILE_CUSTOM)
		oci = sd_json_ref(sd_json_get(doc, "config.linux.seccomp"));
	else if (profile_resolve(NULL, caps, &oci, e) < 0)
		return -1;
	if (compile_filter(oci,
		    which == PROFILE_CUSTOM ? "config.linux.seccomp" : "the default profile", &code,
		    e) < 0)
		return -1;
	return sd_replace_file(dir, name, code.data, code.len, false, e);
}

int confine_compile(const struct sd_call *call, struct sd_err *e)
{
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_buf struct sd_buf key = {0};
	sd_auto_free char *path = NULL, *file = NULL;
	sd_auto_fd int dir = -1;
	char name[65 + 4];
	enum profile which;
	uint64_t caps = 0;

	if (sd_want_operands(call, 0, 0, e) < 0 || sd_doc_read(STDIN_FILENO, &doc, e) < 0 ||
		profile_wanted(doc, &which, e) < 0 || granted_by(doc, &caps, e) < 0)
		return -1;
	if (which == PROFILE_NONE) {
		sd_json_del(doc, "seccomp");
		return sd_doc_write(STDOUT_FILENO, doc, e);
	}
	if (cache_key(doc, which, caps, &key, e) < 0)
		return -1;
	sha256_hex(key.data, key.len, name);
	strcat(name, ".bpf");
	dir = open_cache(&path, e);
	if (dir < 0)
		return -1;
	if (!usable(dir, name) && build(doc, which, caps, dir, name, e) < 0)
		return -1;
	file = sd_printf("%s/%s", path, name);
	sd_json_set_str(sd_json_make_object(doc, "seccomp"), "filter", file);
	return sd_doc_write(STDOUT_FILENO, doc, e);
}
