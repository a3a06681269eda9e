/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "chain.h"
#include "cleanup.h"

static void by_hand(void **state)
{
	struct sd_json *doc = NULL;
	struct sd_chain c;
	struct sd_err e;

	unsetenv(SD_CHAIN_ENV);
	sd_chain_init(&c);
	assert_int_equal(c.state, -1);
	assert_int_equal(c.filter, -1);
	assert_int_equal(sd_chain_document(&c, -1, &doc, &e), 0);
	assert_null(doc);
}

static void round_trip(void **state)
{
	sd_auto_fd int a = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sd_auto_fd int b = dup(a);
	struct sd_chain c = {-1, a, -1, b, -1, -1}, out;
	sd_auto_free char *env = sd_chain_env(&c);

	assert_int_equal(strncmp(env, "SD_FDS=report=", 14), 0);
	setenv(SD_CHAIN_ENV, strchr(env, '=') + 1, 1);
	sd_chain_init(&out);
	assert_memory_equal(&c, &out, sizeof(c));
}

/* Numbers that are not open descriptors, and the standard ones, are taken as absent. */
static void not_descriptors(void **state)
{
	struct sd_chain c;

	setenv(SD_CHAIN_ENV, "state=1,report=999,gate=-4,verdict=x,console,unknown=7", 1);
	sd_chain_init(&c);
	assert_int_equal(c.state, -1);
	assert_int_equal(c.report, -1);
	assert_int_equal(c.gate, -1);
	assert_int_equal(c.verdict, -1);
	assert_int_equal(c.console, -1);
}

/* Each link reads the whole document: the offset that they share does not move. */
static void document_again(void **state)
{
	static const char text[] = "{\"id\":\"x\"}";
	sd_auto_fd int fd = memfd_create("state", MFD_CLOEXEC);
	struct sd_chain c = {fd, -1, -1, -1, -1, -1};
	struct sd_err e;

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	for (int i = 0; i < 2; i++) {
		sd_auto_json struct sd_json *doc = NULL;

		assert_int_equal(sd_chain_document(&c, -1, &doc, &e), 1);
		assert_int_equal(sd_json_len(doc), 1);
	}
}

static void not_a_document(void **state)
{
	sd_auto_fd int fd = memfd_create("state", MFD_CLOEXEC);
	struct sd_chain c = {fd, -1, -1, -1, -1, -1};
	struct sd_json *doc = NULL;
	struct sd_err e;

	assert_int_equal(write(fd, "[]", 2), 2);
	assert_fails(sd_chain_document(&c, -1, &doc, &e), e, "expected an object");
	assert_fails(sd_chain_document(&c, 999, &doc, &e), e, "descriptor 999");
}

static void reports(void **state)
{
	int fds[2];
	char text[128] = {0};

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	struct sd_chain c = {-1, fds[1], -1, -1, -1, -1};

	sd_chain_report_pid(&c, 42);
	sd_chain_report_ready(&c);
	sd_chain_report_failure(&c, 127, "sd-x: no such program");
	assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "pid 42\nready\nfail 127 sd-x: no such program\n");
	close(fds[0]);
	close(fds[1]);
}

static void default_shell(void **state)
{
	char *none[] = {NULL};
	struct sd_next n;
	struct sd_err e;

	setenv("SHELL", "/bin/other", 1);
	assert_int_equal(sd_next_open(&n, none, false, &e), 0);
	assert_string_equal(n.argv[0], "/bin/other");
	assert_int_equal(sd_next_open(&n, none, true, &e), 0);
	assert_string_equal(n.argv[0], "/bin/sh");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(by_hand),
		cmocka_unit_test(round_trip), cmocka_unit_test(not_descriptors),
		cmocka_unit_test(document_again), cmocka_unit_test(not_a_document),
		cmocka_unit_test(reports), cmocka_unit_test(default_shell)};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
