/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "store.h"
#include "str.h"

static int open_log(void)
{
	sd_auto_free char *path = sd_store_run(SD_EVENTS), *dir = sd_store_run("%s", "");
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct sd_err ignored;

	if (fd >= 0 || errno != ENOENT || sd_mkdir_p(dir, 0700, &ignored) < 0)
		return fd;
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static bool is_at(const char *path, const struct stat *file)
{
	struct stat there;

	return stat(path, &there) == 0 && there.st_dev == file->st_dev &&
	       there.st_ino == file->st_ino;
}

/*
 * One of those that find it full renames it; whoever does not get the lock writes behind the end,
 * and waits for nobody.  Looked at under the lock: a second rename would throw the old one away.
 */
static int rotate(int log)
{
	sd_auto_free char *path = sd_store_run(SD_EVENTS), *old = sd_store_run(SD_EVENTS_OLD);
	sd_auto_fd int fd = log;
	struct stat st;
	int next;

	if (fstat(fd, &st) < 0 || st.st_size < SD_EVENTS_MAX || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return sd_steal_fd(&fd);
	if (is_at(path, &st))
		rename(path, old);
	next = open_log();
	return next >= 0 ? next : sd_steal_fd(&fd);
}

static struct sd_json *actor(const char *id, const struct sd_json *attributes)
{
	struct sd_json *j = sd_json_new_object();

	sd_json_set_str(j, "ID", id);
	sd_json_set(j, "Attributes", attributes ? sd_json_copy(attributes) : sd_json_new_object());
	return j;
}

void sd_event_typed(
	const char *type, const char *id, const char *action, const struct sd_json *attributes)
{
	const char *image = sd_json_string_value(sd_json_member(attributes, "image"));
	sd_auto_json struct sd_json *j = sd_json_new_object();
	sd_auto_buf struct sd_buf line = {0};
	sd_auto_free char *text = NULL;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	sd_json_set_str(j, "status", action);
	sd_json_set_str(j, "id", id);
	if (image)
		sd_json_set_str(j, "from", image);
	sd_json_set_str(j, "Type", type);
	sd_json_set_str(j, "Action", action);
	sd_json_set(j, "Actor", actor(id, attributes));
	sd_json_set_str(j, "scope", "local");
	sd_json_set_int(j, "time", now.tv_sec);
	sd_json_set_int(j, "timeNano", now.tv_sec * 1000000000LL + now.tv_nsec);
	text = sd_json_text(j);
	sd_buf_printf(&line, "%s\n", text);

	sd_auto_fd int fd = open_log();

	if (fd >= 0)
		fd = rotate(fd);
	if (fd >= 0)
		(void)!write(fd, line.data, line.len); /* ENOSPC: passed over, as the header says */
}

static struct sd_json *attributes_of(
	const char *name, const char *image, const struct sd_json *more)
{
	struct sd_json *j = more ? sd_json_copy(more) : sd_json_new_object();

	if (image)
		sd_json_set_str(j, "image", image);
	if (name)
		sd_json_set_str(j, "name", name);
	return j;
}

void sd_event(const char *id, const char *name, const char *image, const char *action,
	const struct sd_json *attributes)
{
	sd_auto_json struct sd_json *all = attributes_of(name, image, attributes);

	sd_event_typed("container", id, action, all);
}

void sd_event_of(const struct sd_json *doc, const char *action, const struct sd_json *attributes)
{
	const struct sd_json *labels = sd_json_get(doc, "want.labels");
	const char *id = sd_json_string_value(sd_json_get(doc, "id"));
	sd_auto_json struct sd_json *all =
		attributes_of(sd_json_string_value(sd_json_get(doc, "name")),
			sd_json_string_value(sd_json_get(doc, "image.name")), labels);

	sd_json_object_foreach (attributes, it)
		sd_json_set(all, sd_json_iter_key(it), sd_json_ref(sd_json_iter_value(it)));
	if (id)
		sd_event_typed("container", id, action, all);
}
