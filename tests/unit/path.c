/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include "cleanup.h"
#include "io.h"
#include "path.h"

struct place {
	char name[32];
	int root; /* PLACE/root; beside it PLACE/secret */
};

static int make(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	sd_auto_fd int dir = -1, secret = -1;

	strcpy(p->name, "/tmp/sd-path-XXXXXX");
	if (!mkdtemp(p->name) || (dir = open(p->name, O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	mkdirat(dir, "root", 0755);
	secret = openat(dir, "secret", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	p->root = openat(dir, "root", O_DIRECTORY | O_CLOEXEC);
	*state = p;
	return p->root < 0 || secret < 0 ? -1 : 0;
}

static int drop(void **state)
{
	struct place *p = *state;
	struct sd_err e;

	close(p->root);
	if (sd_remove_tree(AT_FDCWD, p->name, &e) < 0)
		return -1;
	free(p);
	return 0;
}

static void stays_inside(void **state)
{
	struct place *p = *state;
	sd_auto_free char *absolute = NULL;
	struct stat st;

	assert_int_equal(sd_open_in(p->root, "../secret", O_PATH, 0), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(symlinkat("../../../../../..", p->root, "up"), 0);
	assert_int_equal(symlinkat("/etc", p->root, "conf"), 0);
	{
		sd_auto_fd int up = sd_open_in(p->root, "up", O_PATH, 0);
		sd_auto_fd int root = sd_open_in(p->root, "/", O_PATH, 0);
		struct stat other;

		assert_true(up >= 0 && root >= 0);
		assert_int_equal(fstat(up, &st), 0);
		assert_int_equal(fstat(root, &other), 0);
		assert_true(st.st_ino == other.st_ino && st.st_dev == other.st_dev);
	}
	assert_int_equal(sd_open_in(p->root, "conf/passwd", O_PATH, 0), -1);
	assert_int_equal(errno, ENOENT);
}

static void directories(void **state)
{
	struct place *p = *state;
	struct sd_err e;
	struct stat st;
	mode_t mask = umask(0);

	{
		sd_auto_fd int fd = sd_mkdirs_in(p->root, "/a/../b/c", 0700, &e);

		assert_true(fd >= 0);
	}
	umask(mask);
	assert_int_equal(fstatat(p->root, "b/c", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	{
		sd_auto_fd int fd = sd_mkfile_in(p->root, "b/file", 0644, &e);

		assert_true(fd >= 0);
	}
	assert_fails(sd_mkdirs_in(p->root, "b/file/x", 0700, &e), e, "b/file");
}

/* What a link leads to is made below the root, wherever the link points. */
static void links(void **state)
{
	struct place *p = *state;
	struct sd_err e;
	struct stat st;

	assert_int_equal(symlinkat("../../nowhere", p->root, "dangling"), 0);
	assert_int_equal(symlinkat("dangling/deep/file", p->root, "second"), 0);
	assert_int_equal(symlinkat("loop", p->root, "loop"), 0);
	{
		sd_auto_fd int dir = sd_mkdirs_in(p->root, "dangling/x", 0700, &e);
		sd_auto_fd int file = sd_mkfile_in(p->root, "second", 0600, &e);

		assert_true(dir >= 0 && file >= 0);
	}
	assert_int_equal(fstatat(p->root, "nowhere/x", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(fstatat(p->root, "nowhere/deep/file", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_fails(sd_mkdirs_in(p->root, "loop/x", 0700, &e), e, "loop");
}

static void parents(void **state)
{
	struct place *p = *state;
	const char *name = NULL;
	struct sd_err e;

	{
		sd_auto_fd int fd = sd_parent_in(p->root, "x/y/z", true, &name, &e);

		assert_true(fd >= 0);
		assert_string_equal(name, "z");
	}
	assert_fails(sd_parent_in(p->root, "x/..", true, &name, &e), e, "");
	assert_fails(sd_parent_in(p->root, "/", true, &name, &e), e, "");
	assert_fails(sd_parent_in(p->root, "missing/z", false, &name, &e), e, "missing");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(stays_inside, make, drop),
		cmocka_unit_test_setup_teardown(directories, make, drop),
		cmocka_unit_test_setup_teardown(links, make, drop),
		cmocka_unit_test_setup_teardown(parents, make, drop)};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
