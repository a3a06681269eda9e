/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cleanup.h"
#include "progress.h"

/* Standard error is a terminal meanwhile; what was written to it, in `text`. */
static void shown(const char *no_color, int64_t total, int64_t done, char text[512])
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;
	int saved = dup(STDERR_FILENO);
	struct sd_progress p;
	size_t len = 0;
	ssize_t n;

	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0 && dup2(slave, STDERR_FILENO) >= 0);
	setenv("NO_COLOR", no_color, 1);
	setenv("TERM", "xterm", 1);
	sd_progress_begin(&p, "work", total, false);
	if (p.on)
		p.next = 0; /* half a second later */
	sd_progress_add(&p, done);
	sd_progress_end(&p);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(slave);
	/* What is written to a terminal arrives piecemeal; at its end stands EIO. */
	while ((n = read(master, text + len, 511 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(master);
}

static void test_bar(void **state)
{
	char text[512];

	shown("1", 2000, 1000, text);
	assert_string_equal(text, "\r\033[Kwork [===============>              ]  50% 1kB"
				  "\r\033[K");
	shown("", 2000, 2000, text);
	assert_string_equal(text,
		"\r\033[Kwork [\033[32m==============================\033[0m] 100% 2kB"
		"\r\033[K");
}

static void test_more_than_was_said(void **state)
{
	char text[512];

	shown("1", 10, 1000, text);
	assert_non_null(strstr(text, "] 100% 1kB"));
	shown("1", 0, 1000, text);
	assert_string_equal(text, "\r\033[Kwork 1kB\r\033[K");
}

static void test_no_terminal(void **state)
{
	struct sd_progress p;
	int saved = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	assert_true(null >= 0 && dup2(null, STDERR_FILENO) >= 0);
	sd_progress_begin(&p, "work", 10, false);
	assert_false(p.on);
	sd_progress_add(&p, 1);
	assert_int_equal(p.done, 0);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(null);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bar),
		cmocka_unit_test(test_more_than_was_said),
		cmocka_unit_test(test_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
