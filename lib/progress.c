/* SPDX-License-Identifier: Apache-2.0 */
#include "progress.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "io.h"
#include "table.h"

enum { FIRST_MS = 500, EACH_MS = 100, WIDTH = 30 };

#define WIPE "\r\033[K"

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_set(const char *name)
{
	const char *v = getenv(name);

	return v && *v;
}

void sd_progress_begin(struct sd_progress *p, const char *what, int64_t total, bool quiet)
{
	const char *term = getenv("TERM");

	*p = (struct sd_progress){.what = what, .total = total};
	p->on = !quiet && isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
	p->colour = !is_set("NO_COLOR");
	if (p->on)
		p->next = now_ms() + FIRST_MS;
}

static char *amount(const struct sd_progress *p, int64_t n)
{
	return p->count ? sd_printf("%jd", (intmax_t)n) : sd_human_size(n);
}

static void add_bar(struct sd_buf *line, const struct sd_progress *p)
{
	int64_t done = p->done < p->total ? p->done : p->total;
	int full = (int)((double)done / (double)p->total * WIDTH);

	sd_buf_printf(line, " [%s", p->colour ? "\033[32m" : "");
	for (int i = 0; i < WIDTH; i++)
		sd_buf_str(line, i < full ? "=" : i == full ? ">" : " ");
	sd_buf_printf(line, "%s] %3d%%", p->colour ? "\033[0m" : "",
		(int)((double)done / (double)p->total * 100));
}

void sd_progress_draw(struct sd_progress *p)
{
	sd_auto_buf struct sd_buf line = {0};
	sd_auto_free char *done = NULL;
	int64_t now = now_ms();

	if (now < p->next)
		return;
	p->next = now + EACH_MS;
	p->drawn = true;
	done = amount(p, p->done);
	sd_buf_printf(&line, WIPE "%s", p->what);
	if (p->total > 0)
		add_bar(&line, p);
	sd_buf_printf(&line, " %s", done);
	/* Whoever looked on may be gone: the work is not. */
	(void)!sd_write_all(STDERR_FILENO, line.data, line.len);
}

void sd_progress_end(struct sd_progress *p)
{
	if (p->drawn)
		(void)!sd_write_all(STDERR_FILENO, WIPE, strlen(WIPE));
	p->on = p->drawn = false;
}
