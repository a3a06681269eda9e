/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "cleanup.h"
#include "proc.h"

static void itself(void **state)
{
	struct sd_err e;
	int64_t ticks = 0;

	/* The name may hold anything, also what looks like the fields after it. */
	prctl(PR_SET_NAME, "x) Z 1 2 (");
	assert_int_equal(sd_proc_start_time(getpid(), &ticks, &e), 1);
	assert_true(ticks > 0);
	assert_true(sd_proc_is(getpid(), ticks));
	assert_false(sd_proc_is(getpid(), ticks + 1));
	assert_false(sd_proc_is(0, ticks));
	assert_false(sd_proc_is(-1, ticks));
}

static void ended(void **state)
{
	struct sd_err e;
	siginfo_t info;
	int64_t ticks;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(sd_proc_start_time(pid, &ticks, &e), 0); /* a zombie */
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(sd_proc_start_time(pid, &ticks, &e), 0);
	assert_int_equal(sd_proc_open(pid, 1), -1);
	assert_int_equal(errno, ESRCH);
}

static void another_process(void **state)
{
	struct sd_err e;
	int64_t ticks = 0;

	assert_int_equal(sd_proc_start_time(getpid(), &ticks, &e), 1);
	{
		sd_auto_fd int fd = sd_proc_open(getpid(), ticks);

		assert_true(fd >= 0);
	}
	assert_int_equal(sd_proc_open(getpid(), ticks - 1), -1);
	assert_int_equal(errno, ESRCH);
}

static void boot_id(void **state)
{
	struct sd_err e;
	char id[37];

	assert_int_equal(sd_proc_boot_id(id, &e), 0);
	assert_int_equal(strlen(id), 36);
	assert_int_equal(id[8], '-');
}

static void time_form(void **state)
{
	char t[40];

	sd_time_now(t);
	assert_int_equal(strlen(t), strlen("2026-01-31T12:00:00.123456789Z"));
	assert_int_equal(t[10], 'T');
	assert_int_equal(t[19], '.');
	assert_int_equal(t[29], 'Z');
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(itself), cmocka_unit_test(ended),
		cmocka_unit_test(another_process), cmocka_unit_test(boot_id),
		cmocka_unit_test(time_form)};

	return cmocka_run_group_tests_name("proc", tests, NULL, NULL);
}
