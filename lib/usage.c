/* SPDX-License-Identifier: Apache-2.0 */
#include "usage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "cleanup.h"
#include "format.h"
#include "io.h"
#include "table.h"

static bool vanished(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP;
}

static int tree(int parent, const char *name, dev_t dev, int64_t *bytes, struct sd_err *e)
{
	sd_auto_fd int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	sd_auto_dir DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;
	struct stat st;

	if (!d)
		return vanished(errno) ? 0 : sd_fail(e, errno, "read the directory %s", name);
	sd_steal_fd(&fd);
	while ((ent = sd_readdir(d))) {
		if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0 ||
			fstatat(dirfd(d), ent->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			st.st_dev != dev)
			continue;
		*bytes += (int64_t)st.st_blocks * 512;
		if (S_ISDIR(st.st_mode) && tree(dirfd(d), ent->d_name, dev, bytes, e) < 0)
			return -1;
	}
	return errno ? sd_fail(e, errno, "read the directory %s", name) : 0;
}

int sd_usage_tree(int parent, const char *name, int64_t *bytes, struct sd_err *e)
{
	struct stat st;

	*bytes = 0;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : sd_fail(e, errno, "stat %s", name);
	*bytes = (int64_t)st.st_blocks * 512;
	return S_ISDIR(st.st_mode) ? tree(parent, name, st.st_dev, bytes, e) : 0;
}

#define TABLE "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}"

/*
 * The rows are of several programs, which do not know each other's: so that the columns of a table
 * stand in line, each field has the width of the widest that it can have.
 */
static const struct field {
	const char *name, *heading;
	int width;
} fields[] = {{"Active", "ACTIVE", 7}, {"Reclaimable", "RECLAIMABLE", 0}, {"Size", "SIZE", 9},
	{"TotalCount", "TOTAL", 7}, {"Type", "TYPE", 13}};

#define FIELDS (sizeof(fields) / sizeof(*fields))

int sd_usage_check(const struct sd_usage_options *o, struct sd_err *e)
{
	return o->format && o->verbose ? sd_fail(e, 0, "--format does not go with --verbose") : 0;
}

static bool is_table(const struct sd_usage_options *o)
{
	return !o->format || sd_starts_with(o->format, "table");
}

static void add_text(struct sd_json *row, const char *name, const char *text, bool wide)
{
	const struct field *f = fields;

	while (strcmp(f->name, name) != 0)
		f++;
	sd_json_take_str(row, name, sd_printf("%-*s", wide ? f->width : 0, text));
}

static struct sd_json *to_row(const struct sd_usage *u, bool wide)
{
	struct sd_json *row = sd_json_new_object();
	sd_auto_free char *total = sd_printf("%zu", u->total),
			  *active = sd_printf("%zu", u->active);
	sd_auto_free char *size = sd_human_size(u->size), *free = sd_human_size(u->reclaimable);
	sd_auto_free char *part =
		u->size ? sd_printf("%s (%d%%)", free, (int)(u->reclaimable * 100 / u->size))
			: sd_strdup(free);

	add_text(row, "Active", active, wide);
	add_text(row, "Reclaimable", part, wide);
	add_text(row, "Size", size, wide);
	add_text(row, "TotalCount", total, wide);
	add_text(row, "Type", u->type, wide);
	return row;
}

/* The texts of the headings are the strings of `row`. */
static void set_headings(struct sd_heading head[FIELDS + 1], struct sd_json *row)
{
	for (size_t i = 0; i < FIELDS; i++) {
		add_text(row, fields[i].name, fields[i].heading, true);
		head[i].field = fields[i].name;
		head[i].text = sd_json_string_value(sd_json_member(row, fields[i].name));
	}
}

int sd_usage_print(
	const struct sd_usage *u, const struct sd_usage_options *o, bool first, struct sd_err *e)
{
	struct sd_heading head[FIELDS + 1] = {0};
	sd_auto_json struct sd_json *row = to_row(u, is_table(o)), *headings = sd_json_new_object();
	sd_auto_rows struct sd_rows *rows = NULL;

	set_headings(head, headings);
	rows = sd_rows_begin(o->format, TABLE, first ? head : NULL, e);
	if (!rows || sd_rows_add(rows, row, NULL, e) < 0)
		return -1;
	sd_rows_print(rows, stdout);
	return 0;
}
