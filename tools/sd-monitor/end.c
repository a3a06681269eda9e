/* SPDX-License-Identifier: Apache-2.0 */
/* The container's end: what is written of it, and who removes what it leaves. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cgroup.h"
#include "cleanup.h"
#include "event.h"
#include "io.h"
#include "proc.h"
#include "sd-monitor.h"
#include "store.h"

int end_code(int status)
{
	return WIFSIGNALED(status) ? SD_EXIT_SIGNAL_BASE + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct sd_json *facts_of(const struct container *c, int status)
{
	struct sd_json *j = sd_json_new_object();
	struct sd_err ignored;
	int64_t kills = 0;
	char now[40];

	sd_time_now(now);
	sd_json_set_int(j, "exitCode", end_code(status));
	sd_json_set_str(j, "finished", now);
	if (c->stopped_by_user)
		sd_json_set_bool(j, "stoppedByUser", true);
	/* Without a memory controller nothing is killed by one: then 0 stands. */
	if (sd_cgroup_oom_kills(sd_json_get(c->doc, "cgroup"), &kills, &ignored) == 0 && kills > 0)
		sd_json_set_bool(j, "oomKilled", true);
	return j;
}

/* So that it survives a reboot. */
static void save_history(const char *id, struct sd_json *saved, const struct sd_json *facts)
{
	struct sd_err ignored; /* a full disk: the exit record still tells, until the next boot */

	sd_json_object_foreach (facts, it)
		sd_json_set(saved, sd_json_iter_key(it), sd_json_ref(sd_json_iter_value(it)));
	sd_json_set_str(saved, "status", "stopped");
	sd_record_save(id, saved, &ignored);
}

/* Beside the facts: of which life they are, and whether another is to come. */
static void save_exit(const struct container *c, struct sd_json *facts)
{
	sd_auto_free char *text = NULL;
	struct sd_err ignored;

	sd_json_set_int(facts, "pid", c->pid);
	sd_json_set_int(facts, "startTime", c->ticks);
	if (c->restart_ms >= 0)
		sd_json_set_bool(facts, "restarting", true);
	text = sd_json_text(facts);
	sd_replace_file(c->run, "exit", text, strlen(text), false, &ignored);
}

static void tell_event(const struct sd_json *doc, const struct sd_json *facts)
{
	sd_auto_json struct sd_json *news = sd_json_new_object();
	int64_t code = 0;
	struct sd_err ignored;

	sd_json_int(facts, &code, &ignored, "exitCode");

	sd_auto_free char *text = sd_printf("%d", (int)code);

	if (sd_json_get(facts, "oomKilled"))
		sd_event_of(doc, "oom", NULL);
	sd_json_set_str(news, "exitCode", text);
	sd_event_of(doc, "die", news);
}

void end_record(struct container *c, int status)
{
	sd_auto_json struct sd_json *facts = facts_of(c, status), *live = NULL, *saved = NULL;
	struct sd_err ignored;
	sd_auto_fd int lock = sd_record_lock(c->id, &ignored);

	if (lock < 0) /* the record was removed by 'rm -f': there is nothing to tell */
		return;
	/* Unreadable: the exit record still tells. */
	sd_record_load_live(c->id, &live, &ignored);
	/*
	 * Of what is removed at its end no history is kept, and it is not started again.  One that
	 * was given up stays what it was: stopped, or a creation that was cut short.
	 */
	if (!c->remove && !c->given_up && sd_record_load_saved_brief(c->id, &saved, &ignored) > 0) {
		restart_decide(c, live, saved, facts);
		save_history(c->id, saved, facts);
	}
	save_exit(c, facts);
	if (sd_json_get(live, "started"))
		tell_event(saved ? saved : live, facts);
}

bool end_removed(const struct container *c)
{
	struct stat st;

	return fstat(c->run, &st) == 0 && st.st_nlink == 0;
}

/*
 * The monitor becomes its driver.  So whoever starts the container again has one process to wait
 * for, and what that removes is never a new life's.
 */
void end_become_driver(const struct container *c, const char *verb, const char *option)
{
	const char *const words[] = {
		c->driver, verb, option ? option : c->id, option ? c->id : NULL, NULL};
	char *argv[5];
	sigset_t none;

	if (!c->driver)
		return;
	memcpy(argv, words, sizeof(argv)); /* execve(2) changes none of them */
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(c->driver, argv); /* fails: the next command finds what is left */
}
