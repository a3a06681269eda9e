/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Health checks: now and then the driver runs `PROGRAM exec --timeout SECONDS ID WORDS...`, one at a
 * time, and what its exit codes come to is a fact of the live document.  The rules are docker's.
 *
 * What runs too long is killed by that exec itself, which knows its process in the container.  An
 * exec that does not come to an end even so is killed here, and what it ran ends with the container.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cleanup.h"
#include "event.h"
#include "proc.h"
#include "server.h"
#include "store.h"

#define INTERVAL_MS	  30000
#define TIMEOUT_MS	  30000
#define START_INTERVAL_MS 5000
#define RETRIES		  3
#define GRACE_MS	  10000
#define OUTPUT_MAX	  4096
#define LOG_MAX		  5

struct health {
	struct sd_strv words;
	int64_t interval, timeout, start_period, start_interval, retries;
	int64_t born, next;    /* when the next check begins, or this one is given up */
	struct sd_json *facts; /* status, failingStreak, log */
	pid_t pid;	       /* of a check, or 0 */
	int out;	       /* what it prints, or -1 */
	struct sd_buf output;
	int64_t began;
	char start[40];
};

static int64_t milliseconds(const struct sd_json *check, const char *member, int64_t usual)
{
	int64_t ns = 0;
	struct sd_err ignored; /* sd-spec has looked at it */

	sd_json_int(check, &ns, &ignored, "%s", member);
	return ns > 0 ? (ns + 999999) / 1000000 : usual;
}

/* "/bin/sh -c TEXT", or the words themselves; false: there is no check. */
static bool find_words(const struct sd_json *check, struct sd_strv *words)
{
	sd_auto_free const char **test = NULL;
	struct sd_err ignored;
	size_t n = 0;

	if (sd_json_strings(check, &test, &n, &ignored, "Test") < 0 || n < 2)
		return false;
	if (strcmp(test[0], "CMD-SHELL") == 0) {
		sd_strv_add(words, "/bin/sh");
		sd_strv_add(words, "-c");
	}
	for (size_t i = 1; i < n; i++)
		sd_strv_add(words, test[i]);
	return true;
}

struct sd_json *health_begin(const struct sd_json *doc)
{
	sd_auto_strv struct sd_strv words = {0};
	struct sd_json *facts;

	if (!find_words(sd_json_get(doc, "want.healthcheck"), &words))
		return NULL;
	facts = sd_json_new_object();
	sd_json_set_str(facts, "status", "starting");
	sd_json_set_int(facts, "failingStreak", 0);
	sd_json_set(facts, "log", sd_json_new_array());
	return facts;
}

static bool is_starting(const struct health *h)
{
	const char *status = sd_json_string_value(sd_json_get(h->facts, "status"));

	return status && strcmp(status, "starting") == 0;
}

/* In the start period more often, as long as it is not healthy. */
static void arm(struct health *h)
{
	bool early = is_starting(h) && now_ms() - h->born < h->start_period;

	h->next = now_ms() + (early ? h->start_interval : h->interval);
}

void health_open(struct server *s)
{
	const struct sd_json *check = sd_json_get(s->c->doc, "want.healthcheck");
	struct sd_err ignored;
	struct health *h;

	if (!s->c->driver || !sd_json_get(s->c->doc, "health"))
		return;
	h = sd_calloc(1, sizeof(*h));
	find_words(check, &h->words);
	h->interval = milliseconds(check, "Interval", INTERVAL_MS);
	h->timeout = milliseconds(check, "Timeout", TIMEOUT_MS);
	h->start_period = milliseconds(check, "StartPeriod", 0);
	h->start_interval = milliseconds(check, "StartInterval", START_INTERVAL_MS);
	sd_json_int(check, &h->retries, &ignored, "Retries");
	h->retries = h->retries > 0 ? h->retries : RETRIES;
	h->facts = sd_json_copy(sd_json_get(s->c->doc, "health"));
	h->out = -1;
	h->born = now_ms();
	arm(h);
	s->health = h;
}

/* ---- one check */

/* It leads a group: all that the driver starts ends with it. */
static _Noreturn void become_check(const struct server *s, int out)
{
	const struct health *h = s->health;
	sd_auto_free char *timeout = sd_printf(
		"%lld.%03lld", (long long)h->timeout / 1000, (long long)h->timeout % 1000);
	sd_auto_strv struct sd_strv argv = {0};
	sigset_t none;

	sd_strv_add(&argv, s->c->driver);
	sd_strv_add(&argv, "exec");
	sd_strv_add(&argv, "--timeout");
	sd_strv_add(&argv, timeout);
	sd_strv_add(&argv, s->c->id);
	for (size_t i = 0; i < h->words.n; i++)
		sd_strv_add(&argv, h->words.v[i]);
	setpgid(0, 0);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(s->c->driver, argv.v);
	_exit(SD_EXIT_FAILED);
}

/* What is paused has no health, and the time of what stands at the gate has not begun. */
static bool runs(const struct server *s)
{
	sd_auto_json struct sd_json *doc = NULL;
	struct sd_err ignored;
	const char *status = "";

	if (sd_record_load_brief(s->c->id, &doc, &ignored) <= 0 ||
		sd_json_str(doc, &status, &ignored, "status") < 0)
		return false;
	if (strcmp(status, "created") == 0)
		s->health->born = now_ms();
	return strcmp(status, "running") == 0;
}

static void begin(struct server *s)
{
	struct health *h = s->health;
	int ends[2];
	bool ready = runs(s) && pipe2(ends, O_CLOEXEC) == 0;

	arm(h); /* the next, where this one cannot begin */
	if (!ready)
		return;
	sd_time_now(h->start);
	h->began = now_ms();
	h->pid = fork();
	if (h->pid == 0)
		become_check(s, ends[1]);
	close(ends[1]);
	h->out = ends[0];
	fcntl(h->out, F_SETFL, O_NONBLOCK);
	h->next = h->began + h->timeout + GRACE_MS;
	if (h->pid < 0) {
		h->pid = 0;
		sd_close_fd(&h->out);
		arm(h);
	}
}

int health_timeout(const struct server *s)
{
	int64_t left = s->health ? s->health->next - now_ms() : -1;

	return !s->health ? -1 : left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

void health_due(struct server *s)
{
	struct health *h = s->health;

	if (!h || now_ms() < h->next)
		return;
	if (!h->pid) {
		begin(s);
		return;
	}
	kill(-h->pid, SIGKILL); /* not reaped: the number is no other group's */
	h->next = now_ms() + GRACE_MS;
}

int health_fd(const struct server *s)
{
	return s->health ? s->health->out : -1;
}

void health_read(struct server *s)
{
	struct health *h = s->health;
	char chunk[OUTPUT_MAX];
	ssize_t n = read(h->out, chunk, sizeof(chunk));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		sd_close_fd(&h->out);
		return;
	}
	if (h->output.len + (size_t)n > OUTPUT_MAX)
		n = (ssize_t)(OUTPUT_MAX - h->output.len);
	sd_buf_add(&h->output, chunk, (size_t)n);
}

/* ---- what it comes to */

/* JSON's strings are UTF-8: of other output what is ASCII is kept. */
static void make_printable(struct sd_buf *b)
{
	sd_buf_str(b, "");
	if (sd_is_utf8(b->data))
		return;
	for (size_t i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] >= 0x80 || !b->data[i])
			b->data[i] = '?';
}

static void add_result(struct health *h, int code, const char *output)
{
	struct sd_json *log = sd_json_get(h->facts, "log"), *j = sd_json_new_object();
	char now[40];

	sd_time_now(now);
	sd_json_set_str(j, "start", h->start);
	sd_json_set_str(j, "end", now);
	sd_json_set_int(j, "exitCode", code);
	sd_json_set_str(j, "output", output);
	if (sd_json_len(log) >= LOG_MAX)
		sd_json_remove_at(log, 0);
	sd_json_append(log, j);
}

/* A failure in the start period says nothing yet. */
static const char *judge(struct health *h, int code)
{
	int64_t streak = 0;
	struct sd_err ignored;

	sd_json_int(h->facts, &streak, &ignored, "failingStreak");
	if (code != 0 && is_starting(h) && h->began - h->born < h->start_period)
		return NULL;
	streak = code == 0 ? 0 : streak + 1;
	sd_json_set_int(h->facts, "failingStreak", streak);
	return code == 0 ? "healthy" : streak >= h->retries ? "unhealthy" : NULL;
}

/* Into the live document, of this life alone. */
static void save(const struct server *s, bool changed)
{
	const struct health *h = s->health;
	sd_auto_json struct sd_json *live = NULL;
	struct sd_err ignored; /* a full disk: the next one tells */
	sd_auto_fd int lock = sd_record_lock(s->c->id, &ignored);
	int64_t pid = 0;

	if (lock < 0 || sd_record_load_live(s->c->id, &live, &ignored) <= 0 ||
		sd_json_int(live, &pid, &ignored, "pid") < 0 || pid != s->c->pid)
		return;
	sd_json_set(live, "health", sd_json_ref(h->facts));
	sd_record_save_live(s->c->id, live, &ignored);
	if (changed) {
		sd_auto_free char *action = sd_printf(
			"health_status: %s", sd_json_string_value(sd_json_get(h->facts, "status")));

		sd_event_of(live, action, NULL);
	}
}

void health_reap(struct server *s, pid_t pid, int status)
{
	struct health *h = s->health;
	int code = end_code(status);
	const char *before, *after;
	bool changed;

	if (!h || !h->pid || pid != h->pid)
		return;
	h->pid = 0;
	if (h->out >= 0)
		health_read(s);
	sd_close_fd(&h->out);
	make_printable(&h->output);
	if (code && now_ms() - h->began >= h->timeout) {
		sd_auto_free char *text = sd_printf(
			"Health check exceeded timeout (%g s)", (double)h->timeout / 1000);

		code = -1;
		add_result(h, code, text);
	} else {
		add_result(h, code, h->output.data);
	}
	sd_buf_free(&h->output);
	before = sd_json_string_value(sd_json_get(h->facts, "status"));
	after = judge(h, code);
	changed = after && strcmp(before, after) != 0;
	if (changed)
		sd_json_set_str(h->facts, "status", after);
	save(s, changed);
	arm(h);
}

void health_close(struct server *s)
{
	struct health *h = s->health;

	if (!h)
		return;
	if (h->pid)
		kill(-h->pid, SIGKILL); /* as above */
	sd_close_fd(&h->out);
	sd_buf_free(&h->output);
	sd_json_unref(h->facts);
	sd_strv_free(&h->words);
	free(h);
	s->health = NULL;
}
