/* SPDX-License-Identifier: Apache-2.0 */
/* The user's wish that a container end, noted in its record: no policy starts it again. */
#include <errno.h>
#include "cleanup.h"
#include "sd-monitor.h"
#include "store.h"

static int note(struct sd_json *doc, const char *id,
	int (*save)(const char *, const struct sd_json *, struct sd_err *), struct sd_err *e)
{
	sd_json_set_bool(doc, "stoppedByUser", true);
	return save(id, doc, e);
}

int wish_note(const char *id, struct sd_err *e)
{
	sd_auto_fd int lock = sd_record_lock(id, e);
	sd_auto_json struct sd_json *live = NULL, *saved = NULL;
	int r;

	if (lock < 0) /* ENOENT: it was removed meanwhile */
		return e->errnum == ENOENT ? 0 : -1;
	r = sd_record_load_live(id, &live, e);
	if (r < 0 || (r > 0 && note(live, id, sd_record_save_live, e) < 0))
		return -1;
	r = sd_record_load_saved_brief(id, &saved, e);
	if (r < 0 || (r > 0 && note(saved, id, sd_record_save, e) < 0))
		return -1;
	return 0;
}
