/* SPDX-License-Identifier: Apache-2.0 */
/* top: the processes of a cgroup and of those below, in ps(1)'s words. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include "cleanup.h"
#include "proc.h"
#include "process.h"
#include "sd-cgset.h"
#include "table.h"

#define FULL "user=UID,pid,ppid,c,stime,tty=TTY,time,cmd"
#define BSD  "user,pid,pcpu,pmem,vsz,rss,tty=TTY,stat,stime=START,time,args"

const struct sd_opt top_opts[] = {
	SD_OPT_FLAG(
		struct top_args, all, 'e', "all", "all of the container's: so it is in any case"),
	SD_OPT_FLAG(struct top_args, full, 'f', "full", "ps -f's columns: so it is without -o"),
	SD_OPT_LIST(struct top_args, columns, 'o', "format", "LIST",
		"args, c, cmd, comm, etime, nlwp, pcpu, pid, pmem, ppid, rss, stat, stime, time, "
		"tty, uid, user, vsz; each also as NAME=HEADING"),
	SD_OPT_STR(struct top_args, path, 0, "path", "NAME", "the cgroup, below each mount"),
	SD_OPT_END,
};
struct now {
	struct timespec boot, real;
	int64_t hz;
};

static int64_t cpu_seconds(const struct process *p, const struct now *now)
{
	return (p->field[STAT_UTIME] + p->field[STAT_STIME]) / now->hz;
}

static double age(const struct process *p, const struct now *now)
{
	double seconds = (double)now->boot.tv_sec + (double)now->boot.tv_nsec / 1e9 -
			 (double)p->field[STAT_START] / (double)now->hz;

	return seconds > 0 ? seconds : 0;
}

static double cpu_percent(const struct process *p, const struct now *now)
{
	double lived = age(p, now);
	double used = (double)(p->field[STAT_UTIME] + p->field[STAT_STIME]) / (double)now->hz;

	return lived > 0 ? 100 * used / lived : 0;
}

static char *show_pid(const struct process *p, const struct now *now)
{
	(void)now;
	return sd_printf("%d", (int)p->pid);
}

static char *show_ppid(const struct process *p, const struct now *now)
{
	(void)now;
	return sd_printf("%lld", (long long)p->field[STAT_PPID]);
}

static char *show_uid(const struct process *p, const struct now *now)
{
	(void)now;
	return sd_printf("%u", p->uid);
}

/* The host's name for the number, as its ps(1) would: a container's own is of no account here. */
static char *show_user(const struct process *p, const struct now *now)
{
	sd_auto_file FILE *passwd = fopen("/etc/passwd", "re");
	struct passwd *entry = NULL;

	while (passwd && (entry = fgetpwent(passwd)))
		if (entry->pw_uid == p->uid)
			return sd_strdup(entry->pw_name);
	return show_uid(p, now);
}

static char *show_c(const struct process *p, const struct now *now)
{
	return sd_printf("%d", (int)cpu_percent(p, now));
}

static char *show_pcpu(const struct process *p, const struct now *now)
{
	return sd_printf("%.1f", cpu_percent(p, now));
}

static char *show_pmem(const struct process *p, const struct now *now)
{
	(void)now;
	return sd_printf(
		"%.1f", 100.0 * (double)p->field[STAT_RSS] / (double)sysconf(_SC_PHYS_PAGES));
}

static char *show_rss(const struct process *p, const struct now *now)
{
	(void)now;
	return sd_printf("%lld", (long long)p->field[STAT_RSS] * (sysconf(_SC_PAGESIZE) / 1024));
}

static char *show_vsz(const struct process *p, const struct now *now)
{
	(void)now;
	return sd_printf("%lld", (long long)p->field[STAT_VSIZE] / 1024);
}

/* Today's by the hour, this year's by the day. */
static char *show_stime(const struct process *p, const struct now *now)
{
	time_t began = now->real.tv_sec - (time_t)age(p, now);
	struct tm then, today;
	char text[16];

	localtime_r(&began, &then);
	localtime_r(&now->real.tv_sec, &today);
	strftime(text, sizeof(text),
		then.tm_year != today.tm_year	? "%Y"
		: then.tm_yday != today.tm_yday ? "%b%d"
						: "%H:%M",
		&then);
	return sd_strdup(text);
}

/* By the number alone: the container's /dev is not looked into. */
static char *show_tty(const struct process *p, const struct now *now)
{
	dev_t dev = (dev_t)p->field[STAT_TTY];
	unsigned kind = major(dev);

	(void)now;
	if (kind >= 136 && kind <= 143) /* devices.txt: Unix98 PTY slaves */
		return sd_printf("pts/%u", (kind - 136) * 256 + minor(dev));
	if (kind == 4 && minor(dev) < 64)
		return sd_printf("tty%u", minor(dev));
	return sd_strdup("?");
}

static char *days_text(int64_t s, bool hours)
{
	int64_t days = s / 86400, h = s / 3600 % 24, m = s / 60 % 60;

	if (days)
		return sd_printf(
			"%lld-%02d:%02d:%02d", (long long)days, (int)h, (int)m, (int)(s % 60));
	return h || hours ? sd_printf("%02d:%02d:%02d", (int)h, (int)m, (int)(s % 60))
			  : sd_printf("%02d:%02d", (int)m, (int)(s % 60));
}

static char *show_time(const struct process *p, const struct now *now)
{
	return days_text(cpu_seconds(p, now), true);
}

static char *show_etime(const struct process *p, const struct now *now)
{
	return days_text((int64_t)age(p, now), false);
}

static char *show_stat(const struct process *p, const struct now *now)
{
	int64_t nice = p->field[STAT_NICE];

	(void)now;
	return sd_printf("%c%s%s%s%s", p->state,
		nice < 0   ? "<"
		: nice > 0 ? "N"
			   : "",
		p->field[STAT_SESSION] == p->pid ? "s" : "", p->field[STAT_THREADS] > 1 ? "l" : "",
		p->field[STAT_TPGID] > 0 && p->field[STAT_TPGID] == p->field[STAT_PGRP] ? "+" : "");
}

static char *show_nlwp(const struct process *p, const struct now *now)
{
	(void)now;
	return sd_printf("%lld", (long long)p->field[STAT_THREADS]);
}

static char *show_comm(const struct process *p, const struct now *now)
{
	(void)now;
	return sd_strdup(p->comm);
}

static char *show_args(const struct process *p, const struct now *now)
{
	(void)now;
	return sd_strdup(p->args);
}

static const struct column {
	const char *name, *heading;
	char *(*show)(const struct process *p, const struct now *now);
} columns[] = {
	{"args", "COMMAND", show_args},
	{"c", "C", show_c},
	{"cmd", "CMD", show_args},
	{"comm", "COMMAND", show_comm},
	{"etime", "ELAPSED", show_etime},
	{"nlwp", "NLWP", show_nlwp},
	{"pcpu", "%CPU", show_pcpu},
	{"pid", "PID", show_pid},
	{"pmem", "%MEM", show_pmem},
	{"ppid", "PPID", show_ppid},
	{"rss", "RSS", show_rss},
	{"stat", "STAT", show_stat},
	{"stime", "STIME", show_stime},
	{"time", "TIME", show_time},
	{"tty", "TT", show_tty},
	{"uid", "UID", show_uid},
	{"user", "USER", show_user},
	{"vsz", "VSZ", show_vsz},
};

struct chosen {
	const struct column **v;
	struct sd_strv headings;
};

static void chosen_free(struct chosen *c)
{
	free(c->v);
	sd_strv_free(&c->headings);
}

static int choose_one(struct chosen *c, const char *word, struct sd_err *e)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		const struct column *col = &columns[i];

		if (strlen(col->name) != len || strncmp(word, col->name, len) != 0)
			continue;
		c->v = sd_realloc(c->v, (c->headings.n + 1) * sizeof(*c->v));
		c->v[c->headings.n] = col;
		sd_strv_take(
			&c->headings, process_escape(word[len] ? word + len + 1 : col->heading));
		return 0;
	}
	sd_fail(e, 0, "-o: no column '%s'", word);
	return sd_hint(e, "'sd-cgset top --help' lists them");
}

static int choose(struct chosen *c, const char *list, struct sd_err *e)
{
	sd_auto_free char *words = sd_strdup(list);
	char *rest = words, *word;

	while ((word = strsep(&rest, ",")))
		if (choose_one(c, word, e) < 0)
			return -1;
	return 0;
}

/* The options of ps without a dash, "aux": which processes they choose is settled here already. */
static int choose_bsd(const char *word, const char **preset, struct sd_err *e)
{
	if (!word[0] || word[strspn(word, "auxww")]) {
		sd_fail(e, 0, "'%s' is no option of ps that is known here", word);
		return sd_hint(e, "-ef, aux and -o LIST are");
	}
	if (strchr(word, 'u'))
		*preset = BSD;
	return 0;
}

static int choose_columns(struct chosen *c, const struct sd_call *call, struct sd_err *e)
{
	const struct top_args *a = call->args;
	const char *preset = FULL;

	for (int i = 0; i < call->argc; i++)
		if (choose_bsd(call->argv[i], &preset, e) < 0)
			return -1;
	if (!a->columns.n || a->full)
		return a->columns.n ? sd_fail(e, 0, "-f and -o exclude each other")
				    : choose(c, preset, e);
	for (size_t i = 0; i < a->columns.n; i++)
		if (choose(c, a->columns.v[i], e) < 0)
			return -1;
	return 0;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* Sorted.  All hierarchies have the same members: one is asked. */
static int list(struct group *g, pid_t **pids, size_t *n, struct sd_err *e)
{
	struct dir *d = group_unified(g);

	d = d ? d : &g->d[0];
	*n = 0;
	/* ENOENT, ENODEV: the container has ended, and has no process. */
	if ((dir_fd(d) < 0 || dir_pids(dir_fd(d), pids, n) < 0) && errno != ENOENT &&
		errno != ENODEV)
		return sd_fail(e, errno, "read %s/cgroup.procs", d->path);
	if (*n)
		qsort(*pids, *n, sizeof(**pids), compare_pids);
	if (*n && (*pids)[0] == 0)
		return sd_fail(e, 0, "cgroup %s holds a process of another pid namespace", d->path);
	return 0;
}

static void add_row(
	struct sd_table *t, const struct chosen *c, const struct process *p, const struct now *now)
{
	for (size_t i = 0; i < t->columns; i++)
		sd_table_take(t, c->v[i]->show(p, now));
}

/*
 * Of each it is asked again whether it is in the cgroup, once it has been read: the number may
 * have gone to a process of the host between the list and the reading.
 */
static int add_rows(struct sd_table *t, const struct chosen *c, struct group *g, struct sd_err *e)
{
	sd_auto_free pid_t *pids = NULL, *again = NULL;
	size_t n, left = 0;
	struct now now = {.hz = sysconf(_SC_CLK_TCK)};
	sd_auto_free struct process *all = NULL;
	int r = list(g, &pids, &n, e);

	all = sd_calloc(n + 1, sizeof(*all));
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = process_read(pids[i], &all[i], e);
	r = r < 0 ? -1 : list(g, &again, &left, e);
	clock_gettime(CLOCK_BOOTTIME, &now.boot);
	clock_gettime(CLOCK_REALTIME, &now.real);
	for (size_t i = 0; i < n; i++) {
		if (r >= 0 && all[i].args && left &&
			bsearch(&pids[i], again, left, sizeof(*again), compare_pids) &&
			sd_proc_is(pids[i], all[i].field[STAT_START]))
			add_row(t, c, &all[i], &now);
		process_free(&all[i]);
	}
	return r < 0 ? -1 : 0;
}

static void add_headings(struct sd_table *t, const struct chosen *c)
{
	bool any = false;

	for (size_t i = 0; i < t->columns; i++)
		any |= c->headings.v[i][0] != '\0';
	for (size_t i = 0; any && i < t->columns; i++)
		sd_table_add(t, c->headings.v[i]);
}

int verb_top(const struct sd_call *call, struct sd_err *e)
{
	const struct top_args *a = call->args;
	__attribute__((cleanup(chosen_free))) struct chosen c = {0};
	sd_auto_json struct sd_json *doc = NULL;
	sd_auto_table struct sd_table t = {0};
	auto_group struct group g = {0};

	if (group_existing(&g, a->path, &doc, e) < 0 || choose_columns(&c, call, e) < 0)
		return -1;
	t.columns = c.headings.n;
	add_headings(&t, &c);
	if (add_rows(&t, &c, &g, e) < 0)
		return -1;
	sd_table_print(&t, stdout);
	return 0;
}
