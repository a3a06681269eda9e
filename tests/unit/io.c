/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "cleanup.h"
#include "io.h"

static char place[] = "/tmp/sd-io-XXXXXX";
static int dir = -1;

static int make(void **state)
{
	if (!mkdtemp(place))
		return -1;
	dir = open(place, O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : 0;
}

static int drop(void **state)
{
	struct sd_err e;

	close(dir);
	return sd_remove_tree(AT_FDCWD, place, &e);
}

static void read_limits(void **state)
{
	sd_auto_buf struct sd_buf b = {0};
	struct sd_err e;

	assert_int_equal(sd_replace_file(dir, "f", "hello", 5, false, &e), 0);
	assert_int_equal(sd_read_file(dir, "f", 5, &b, &e), 0);
	assert_string_equal(b.data, "hello");
	sd_buf_free(&b);
	assert_fails(sd_read_file(dir, "f", 4, &b, &e), e, "f");
	assert_fails(sd_read_file(dir, "missing", 4, &b, &e), e, "missing");
	assert_int_equal(e.errnum, ENOENT);
}

/* Neither waited for nor read: a FIFO put where a file is expected would hold the reader. */
static void not_files(void **state)
{
	sd_auto_buf struct sd_buf b = {0};
	struct sd_err e;

	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_fails(sd_read_file(dir, "fifo", 4, &b, &e), e, "fifo");
	assert_fails(sd_read_file(AT_FDCWD, "/dev/zero", 4, &b, &e), e, "/dev/zero");
	assert_fails(sd_read_file(AT_FDCWD, place, 4, &b, &e), e, place);
}

static void replaced(void **state)
{
	sd_auto_buf struct sd_buf b = {0};
	struct sd_err e;
	struct stat st;

	assert_int_equal(sd_replace_file(dir, "r", "old", 3, false, &e), 0);
	{
		sd_auto_fd int reader = openat(dir, "r", O_RDONLY | O_CLOEXEC);

		assert_int_equal(sd_replace_file(dir, "r", "newer", 5, true, &e), 0);
		assert_int_equal(sd_read_all(reader, "r", 100, &b, &e), 0);
		assert_string_equal(b.data, "old");
	}
	assert_int_equal(fstatat(dir, "r", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 5);
}

static void remove_follows_nothing(void **state)
{
	struct sd_err e;
	struct stat st;

	assert_int_equal(mkdirat(dir, "keep", 0755), 0);
	assert_int_equal(sd_replace_file(dir, "keep-file", "x", 1, false, &e), 0);
	assert_int_equal(mkdirat(dir, "gone", 0755), 0);
	assert_int_equal(mkdirat(dir, "gone/sub", 0), 0);
	assert_int_equal(symlinkat("../keep", dir, "gone/link"), 0);
	assert_int_equal(symlinkat("../keep-file", dir, "gone/sub-link"), 0);
	assert_int_equal(sd_remove_tree(dir, "gone", &e), 0);
	assert_int_equal(fstatat(dir, "gone", &st, 0), -1);
	assert_int_equal(fstatat(dir, "keep", &st, 0), 0);
	assert_int_equal(fstatat(dir, "keep-file", &st, 0), 0);
	assert_int_equal(sd_remove_tree(dir, "gone", &e), 0);
}

static void full(void **state)
{
	sd_auto_fd int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert_int_equal(sd_write_all(fd, "x", 1), -1);
	assert_int_equal(errno, ENOSPC);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(read_limits),
		cmocka_unit_test(not_files), cmocka_unit_test(replaced),
		cmocka_unit_test(remove_follows_nothing), cmocka_unit_test(full)};

	return cmocka_run_group_tests_name("io", tests, make, drop);
}
