/* SPDX-License-Identifier: Apache-2.0 */
/* config.linux.resources.blockIO */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "cleanup.h"
#include "spec.h"

/* DEVICE:RATE */
static int throttle(
	struct sd_json *list, const char *option, const char *text, bool bytes, struct sd_err *e)
{
	const char *colon = strrchr(text, ':');
	sd_auto_free char *path = NULL;
	struct sd_json *entry;
	struct stat st;
	int64_t rate;

	if (!colon || text[0] != '/')
		return sd_fail(e, 0, "%s: '%s' is not /dev/NAME:%s", option, text,
			bytes ? "SIZE" : "NUMBER");
	path = sd_strndup(text, (size_t)(colon - text));
	if (bytes ? sd_parse_size(colon + 1, option, &rate, e) < 0
		  : sd_parse_int(colon + 1, option, 0, UINT32_MAX, &rate, e) < 0)
		return -1;
	if (stat(path, &st) < 0)
		return sd_fail(e, errno, "%s: %s", option, path);
	if (!S_ISBLK(st.st_mode))
		return sd_fail(e, 0, "%s: %s is not a block device", option, path);
	entry = sd_json_new_object();
	sd_json_set_int(entry, "major", major(st.st_rdev));
	sd_json_set_int(entry, "minor", minor(st.st_rdev));
	sd_json_set_int(entry, "rate", rate);
	sd_json_append(list, entry);
	return 0;
}

int spec_block_io(struct spec *s, struct sd_err *e)
{
	const struct {
		const char *option, *member;
		const struct sd_strv *list;
		bool bytes;
	} table[] = {
		{"--device-read-bps", "throttleReadBpsDevice", &s->o->device_read_bps, true},
		{"--device-write-bps", "throttleWriteBpsDevice", &s->o->device_write_bps, true},
		{"--device-read-iops", "throttleReadIOPSDevice", &s->o->device_read_iops, false},
		{"--device-write-iops", "throttleWriteIOPSDevice", &s->o->device_write_iops, false},
	};
	struct sd_json *resources = sd_json_make_object(s->config, "linux.resources");
	int64_t weight = 0;

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		for (size_t k = 0; k < table[i].list->n; k++)
			if (throttle(sd_json_make_array(sd_json_make_object(resources, "blockIO"),
					     table[i].member),
				    table[i].option, table[i].list->v[k], table[i].bytes, e) < 0)
				return -1;
	if (!s->o->blkio_weight || strcmp(s->o->blkio_weight, "0") == 0)
		return 0;
	if (sd_parse_int(s->o->blkio_weight, "--blkio-weight", 10, 1000, &weight, e) < 0)
		return -1;
	sd_json_set_int(sd_json_make_object(resources, "blockIO"), "weight", weight);
	return 0;
}
