/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "str.h"
#include "userdb.h"

static char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
		       "short:x:5:5\n"
		       "nan:x:five:5::/:\n"
		       "huge:x:4294967296:0::/:\n"
		       ":x:6:6::/:\n"
		       "\n"
		       "alice:x:1000:100:A:/home/alice:/bin/sh:extra\n"
		       "7:x:70:70::/seven:\n"
		       "nohome:x:8:8:::\n"
		       "last:x:9:9::/last:/bin/sh";
static char group[] = "root:x:0:\n"
		      "staff:x:50:bob,alice\n"
		      "alic:x:51:alic,alicee\n"
		      "bad:x::alice\n"
		      "wheel:x:10:alice,\n"
		      "alice:x:100:alice\n"
		      "last:x:9:last";
static const struct sd_userdb db = {passwd, group};

static void names_and_numbers(void **state)
{
	static const struct {
		const char *spec;
		unsigned uid, gid;
		const char *home;
	} good[] = {
		{"root", 0, 0, "/root"},
		{"alice", 1000, 100, "/home/alice"},
		{"1000", 1000, 100, "/home/alice"},
		{"1000:5", 1000, 5, "/home/alice"},
		{"alice:staff", 1000, 50, "/home/alice"},
		{"7", 7, 0, "/"}, /* a number, though there is a user of that name */
		{"nohome", 8, 8, "/"},
		{"last:last", 9, 9, "/last"}, /* no newline at the end */
		{"2147483647", 2147483647, 0, "/"},
	};
	struct sd_err e;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		sd_auto_user struct sd_user u = {0};

		assert_int_equal(sd_user_lookup(&db, good[i].spec, &u, &e), 0);
		assert_int_equal(u.uid, good[i].uid);
		assert_int_equal(u.gid, good[i].gid);
		assert_string_equal(u.home, good[i].home);
		assert_int_equal(u.groups.v[0], u.gid);
	}
}

static void refused(void **state)
{
	static const char *const bad[] = {"", ":", "1:", ":1", "01", "+1", "-1", " 1", "1 ", "1x",
		"2147483648", "4294967295", "4294967296", "18446744073709551617", "short", "nan",
		"huge", "alic", "alice:", "alice:nosuch", "alice:01", "alice:bad", "a:b:c",
		"root\n"};
	struct sd_err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		sd_auto_user struct sd_user u = {0};

		e = (struct sd_err){0};
		if (sd_user_lookup(&db, bad[i], &u, &e) == 0)
			fail_msg("'%s' is taken for user %u", bad[i], u.uid);
		assert_int_equal(e.code, SD_EXIT_FAILED);
	}
}

static void supplementary(void **state)
{
	sd_auto_user struct sd_user u = {0}, v = {0};
	struct sd_err e;

	assert_int_equal(sd_user_lookup(&db, "alice", &u, &e), 0);
	assert_int_equal(u.groups.n, 3);
	assert_int_equal(u.groups.v[0], 100);
	assert_int_equal(u.groups.v[1], 50);
	assert_int_equal(u.groups.v[2], 10);
	assert_int_equal(sd_user_lookup(&db, "alice:9", &v, &e), 0);
	assert_int_equal(v.groups.n, 1);
}

static void no_files(void **state)
{
	static const struct sd_userdb none;
	sd_auto_user struct sd_user u = {0}, v = {0};
	struct sd_err e;

	assert_int_equal(sd_user_lookup(&none, "5:6", &u, &e), 0);
	assert_int_equal(u.uid, 5);
	assert_fails(
		sd_user_lookup(&none, "root", &v, &e), e, "no matching entries in passwd file");
}

static void files(void **state)
{
	char dir[] = "/tmp/userdb.XXXXXX";
	sd_auto_userdb struct sd_userdb read = {0};
	sd_auto_fd int root = -1, fd = -1;
	struct sd_err e;

	assert_non_null(mkdtemp(dir));
	root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(sd_userdb_read(root, &read, &e), 0);
	assert_null(read.passwd);
	assert_int_equal(mkdirat(root, "etc", 0755), 0);
	assert_int_equal(mkfifoat(root, "etc/passwd", 0644), 0);
	assert_fails(sd_userdb_read(root, &read, &e), e, "not a regular file");
	assert_int_equal(unlinkat(root, "etc/passwd", 0), 0);
	fd = openat(root, "etc/passwd", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(sd_userdb_read(root, &read, &e), 0);
	assert_string_equal(read.passwd, "");
	unlinkat(root, "etc/passwd", 0);
	unlinkat(root, "etc", AT_REMOVEDIR);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_numbers),
		cmocka_unit_test(refused),
		cmocka_unit_test(supplementary),
		cmocka_unit_test(no_files),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests_name("userdb", tests, NULL, NULL);
}
