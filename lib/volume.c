/* SPDX-License-Identifier: Apache-2.0 */
#include "volume.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "cleanup.h"
#include "io.h"
#include "store.h"

int sd_volumes_open(int how, struct sd_err *e)
{
	sd_auto_free char *path = sd_store_root("volumes");
	sd_auto_fd int fd = -1;

	if (sd_mkdir_p(path, 0700, e) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return sd_fail(e, errno, "open %s", path);
	while (flock(fd, how) < 0)
		if (errno != EINTR)
			return sd_fail(e, errno, "lock %s", path);
	return sd_steal_fd(&fd);
}

int sd_volume_make(int volumes, const char *name, struct sd_err *e)
{
	sd_auto_free char *data = sd_printf("%s/data", name);

	if ((mkdirat(volumes, name, 0700) < 0 && errno != EEXIST) ||
		(mkdirat(volumes, data, 0755) < 0 && errno != EEXIST))
		return sd_fail(e, errno, "create the volume %s", name);
	return 0;
}
