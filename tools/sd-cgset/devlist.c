/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules, into force: by the v1 controller's list, or by a BPF program (bpf.c). */
#include "sd-cgset.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"

static int write_list(
	struct dir *d, const char *file, const struct device_list *l, struct sd_err *e)
{
	sd_auto_fd int fd = openat(dir_fd(d), file, O_WRONLY | O_CLOEXEC);
	char text[64];

	if (fd < 0)
		return sd_fail(e, errno, "controller devices: open %s/%s", d->path, file);
	for (size_t i = 0; i < l->n; i++) {
		device_text(&l->v[i], text);
		if (sd_write_all(fd, text, strlen(text)) < 0) {
			sd_fail(e, errno, "controller devices: write '%s' to %s/%s", text, d->path,
				file);
			return errno == EPERM && !l->allow
				       ? sd_hint(e, "a cgroup cannot allow what its parent denies")
				       : -1;
		}
	}
	return 0;
}

static int verify_list(struct dir *d, const struct device_list *l, struct sd_err *e)
{
	sd_auto_buf struct sd_buf have = {0};
	size_t lines = 0;
	char text[64];

	if (read_text(dir_fd(d), "devices.list", &have) < 0)
		return sd_fail(e, errno, "controller devices: read %s/devices.list", d->path);
	for (const char *p = have.data; p && *p; p = strchr(p, '\n'), p += p != NULL)
		lines++;
	for (size_t i = 0; i < l->n; i++) {
		sd_auto_free char *line = NULL;

		device_text(&l->v[i], text);
		line = sd_printf("\n%s\n", text);
		sd_auto_free char *all = sd_printf("\n%s\n", have.data ? have.data : "");

		if (!strstr(all, line))
			return sd_fail(e, 0, "controller devices: %s/devices.list lacks '%s'",
				d->path, text);
	}
	if (lines != l->n)
		return sd_fail(e, 0, "controller devices: %s/devices.list has %zu entries, not %zu",
			d->path, lines, l->n);
	return 0;
}

static int apply_v1(struct dir *d, const struct device_list *l, struct sd_err *e)
{
	const char *reset = l->allow ? "devices.allow" : "devices.deny";

	if (l->reset && sd_write_kernel(dir_fd(d), reset, "a") < 0)
		return sd_fail(e, errno, "controller devices: write 'a' to %s/%s", d->path, reset);
	if (write_list(d, l->allow ? "devices.deny" : "devices.allow", l, e) < 0)
		return -1;
	/* In a group that allows by default, the list shows that default and not its exceptions. */
	return l->allow ? 0 : verify_list(d, l, e);
}

int devices_apply(struct group *g, const struct device_list *l, bool bpf, struct sd_err *e)
{
	struct dir *v1 = group_dir(g, "devices"), *v2 = group_unified(g);

	if (!l->asked || (!l->reset && !l->n))
		return 0;
	if (v1 && !bpf)
		return apply_v1(v1, l, e);
	if (!v2)
		return sd_fail(e, 0, "devices: controller devices is not mounted");
	if (dir_fd(v2) < 0)
		return sd_fail(e, errno, "open cgroup %s", v2->path);
	return bpf_devices_attach(dir_fd(v2), v2->path, l, e);
}
