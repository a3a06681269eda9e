/* SPDX-License-Identifier: Apache-2.0 */
#include "volume.h"

#include <errno.h>
#include <sys/stat.h>
#include "cleanup.h"
#include "store.h"

int sd_volumes_open(int how, struct sd_err *e)
{
	return sd_store_open_locked("volumes", how, e);
}

int sd_volume_make(int volumes, const char *name, struct sd_err *e)
{
	sd_auto_free char *data = sd_printf("%s/data", name);

	if ((mkdirat(volumes, name, 0700) < 0 && errno != EEXIST) ||
		(mkdirat(volumes, data, 0755) < 0 && errno != EEXIST))
		return sd_fail(e, errno, "create the volume %s", name);
	return 0;
}
