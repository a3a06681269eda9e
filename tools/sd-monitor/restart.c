/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The restart policy: is it started again, when, and the wait until then.
 *
 * Its rules are docker's.  It is started again by the driver, which this process becomes: so the
 * monitor that the record names lives until the next one is in its place, and a reader sees
 * `restarting` all that time.  Whoever wants no restart notes that in the record, sends this process
 * SIGTERM, and waits for its end: what runs then is to be stopped like any other.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "sd-monitor.h"
#include "store.h"
#include "table.h"

#define DELAY_MIN_MS 100
#define DELAY_MAX_MS 60000
#define LONG_LIFE    10 /* seconds: one that came so far is not in a loop of failures */

static int64_t number(const struct sd_json *doc, const char *path)
{
	int64_t n = 0;
	struct sd_err ignored;

	sd_json_int(doc, &n, &ignored, "%s", path);
	return n;
}

static int64_t when(const struct sd_json *doc, const char *path)
{
	const char *text = "";
	struct sd_err ignored;

	sd_json_str(doc, &text, &ignored, "%s", path);
	return sd_time_parse(text);
}

/* The policy may have been updated since: the saved document has it. */
static bool is_wished(const struct sd_json *saved, int64_t count, int code)
{
	int64_t max = number(saved, "want.restart.maximumRetryCount");
	const char *name = "no";
	struct sd_err ignored;

	sd_json_str(saved, &name, &ignored, "want.restart.name");
	if (strcmp(name, "on-failure") == 0)
		return code != 0 && (max == 0 || count < max);
	return strcmp(name, "always") == 0 || strcmp(name, "unless-stopped") == 0;
}

void restart_decide(struct container *c, const struct sd_json *live, const struct sd_json *saved,
	struct sd_json *facts)
{
	int64_t count = number(live, "restartCount"), delay = number(live, "restartDelay");

	/* What has not begun fails again: its starter has been told why. */
	if (!c->driver || c->no_restart || !sd_json_get(live, "started") ||
		!is_wished(saved, count, (int)number(facts, "exitCode")))
		return;
	if (when(facts, "finished") - when(live, "started") >= LONG_LIFE)
		delay = 0;
	delay = delay ? delay * 2 : DELAY_MIN_MS;
	c->restart_ms = delay < DELAY_MAX_MS ? delay : DELAY_MAX_MS;
	sd_json_set_int(facts, "restartCount", count + 1);
	sd_json_set_int(facts, "restartDelay", c->restart_ms);
}

/* The next of SIGCHLD and SIGTERM, or 0 once the time has come. */
static int next_signal(int64_t deadline)
{
	int64_t left = deadline - now_ms();
	struct timespec ts = {left / 1000, left % 1000 * 1000000};
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	if (left <= 0)
		return 0;
	sig = sigtimedwait(&set, NULL, &ts);
	return sig < 0 && errno == EAGAIN ? 0 : sig;
}

/* What it removes must not be a new life's: it has ended when this returns. */
static void clean_up(const struct container *c)
{
	pid_t pid = fork();

	if (pid == 0) {
		end_become_driver(c, "cleanup", NULL);
		_exit(SD_EXIT_FAILED);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void restart_hold(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void restart_wait(const struct container *c)
{
	int64_t deadline = now_ms() + c->restart_ms;
	int sig;

	clean_up(c);
	while ((sig = next_signal(deadline)) != 0) {
		if (sig == SIGTERM)
			return;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	end_become_driver(c, "start", "--again");
}
