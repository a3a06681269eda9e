/* SPDX-License-Identifier: Apache-2.0 */
/* Names in archives: text alone, no file is touched. */
#include "sd-layer.h"

#include <stdlib.h>
#include <string.h>
#include "cleanup.h"

#define META_PREFIX ".wh..wh."

/*
 * Joined again without empty parts and ".".  An absolute name is meant from the root, as in tar.
 * A part ".." could only be resolved against what the archive itself has put there.
 */
int name_clean(const char *raw, char **path, struct sd_err *e)
{
	sd_auto_buf struct sd_buf b = {0};

	sd_buf_str(&b, "");
	for (const char *p = raw; *p;) {
		size_t len = strcspn(p, "/");

		if (len == 2 && memcmp(p, "..", 2) == 0)
			return sd_fail(e, 0, "entry '%s': its name leads out of the archive", raw);
		if (len && !(len == 1 && *p == '.')) {
			if (b.len)
				sd_buf_add(&b, "/", 1);
			sd_buf_add(&b, p, len);
		}
		p += len + (p[len] == '/');
	}
	*path = sd_steal_ptr(&b.data);
	return 0;
}

/* True where a part before the last one is aufs's own: what lies below it is as well. */
static bool below_meta(const char *path)
{
	for (const char *p = path, *slash; (slash = strchr(p, '/')); p = slash + 1)
		if (sd_starts_with(p, META_PREFIX))
			return true;
	return false;
}

static enum name_kind classify(const char *path, const char *last)
{
	if (!*path)
		return NAME_ROOT;
	if (below_meta(path))
		return NAME_IGNORED;
	if (strcmp(last, NAME_OPAQUE_MARK) == 0)
		return NAME_OPAQUE;
	if (sd_starts_with(last, META_PREFIX))
		return NAME_IGNORED;
	return sd_starts_with(last, NAME_WHITEOUT_PREFIX) ? NAME_WHITEOUT : NAME_FILE;
}

int name_parse(const char *raw, char **path, enum name_kind *kind, struct sd_err *e)
{
	sd_auto_free char *clean_path = NULL;
	const char *gone;
	char *last;

	if (!*raw)
		return sd_fail(e, 0, "entry without a name");
	if (name_clean(raw, &clean_path, e) < 0)
		return -1;
	last = strrchr(clean_path, '/');
	last = last ? last + 1 : clean_path;
	*kind = classify(clean_path, last);
	if (*kind == NAME_OPAQUE)
		*(last == clean_path ? last : last - 1) = '\0';
	if (*kind == NAME_WHITEOUT) {
		gone = last + strlen(NAME_WHITEOUT_PREFIX);
		/* ".wh." and ".wh..." would remove the directory itself, or the one above. */
		if (!*gone || strcmp(gone, ".") == 0 || strcmp(gone, "..") == 0)
			return sd_fail(e, 0, "entry '%s': a whiteout of nothing", raw);
		memmove(last, gone, strlen(gone) + 1);
	}
	*path = sd_steal_ptr(&clean_path);
	return 0;
}

int name_parse_target(const char *raw, char **path, struct sd_err *e)
{
	if (name_clean(raw, path, e) < 0)
		return -1;
	if (**path)
		return 0;
	sd_free_ptr(path);
	return sd_fail(e, 0, "hard link to '%s': not a file of the archive", raw);
}
