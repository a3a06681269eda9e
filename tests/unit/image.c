/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "image.h"
#include "io.h"

#define ZEROS  "0000000000000000000000000000000000000000000000000000000000000000"
#define DIGEST "sha256:" ZEROS

static void names(void **state)
{
	static const char *const good[][3] = {
		{"busybox", "docker.io/library/busybox:latest", "busybox:latest"},
		{"busybox:1", "docker.io/library/busybox:1", "busybox:1"},
		{"a/b", "docker.io/a/b:latest", "a/b:latest"},
		{"index.docker.io/x", "docker.io/library/x:latest", "x:latest"},
		{"docker.io/library/x", "docker.io/library/x:latest", "x:latest"},
		{"docker.io/library/x/y", "docker.io/library/x/y:latest", "library/x/y:latest"},
		/* Without its host it would be another host's image. */
		{"docker.io/a.b/c", "docker.io/a.b/c:latest", "docker.io/a.b/c:latest"},
		{"docker.io/localhost/c", "docker.io/localhost/c:latest",
			"docker.io/localhost/c:latest"},
		{"localhost/x", "localhost/x:latest", "localhost/x:latest"},
		{"localhost:5/x", "localhost:5/x:latest", "localhost:5/x:latest"},
		{"h.example/a/b:T", "h.example/a/b:T", "h.example/a/b:T"},
		{"HOST/x", "HOST/x:latest", "HOST/x:latest"},
		{"x@" DIGEST, "docker.io/library/x@" DIGEST, "x@" DIGEST},
		{"x:1@" DIGEST, "docker.io/library/x:1@" DIGEST, "x:1@" DIGEST},
		{"a__b.c-d--e", "docker.io/library/a__b.c-d--e:latest", "a__b.c-d--e:latest"},
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		sd_auto_ref struct sd_ref r = {0};
		sd_auto_ref struct sd_ref again = {0};
		struct sd_err e;

		assert_int_equal(sd_ref_parse(good[i][0], &r, &e), 0);
		assert_string_equal(r.canonical, good[i][1]);
		assert_string_equal(r.familiar, good[i][2]);
		/* What is stored means the same when it is read again. */
		assert_int_equal(sd_ref_parse(r.familiar, &again, &e), 0);
		assert_string_equal(again.canonical, r.canonical);
	}
}

static void bad_names(void **state)
{
	static const char *const bad[][2] = {
		{"", "a-z 0-9"},
		{"/x", "a-z 0-9"},
		{"x/", "a-z 0-9"},
		{"a//b", "a-z 0-9"},
		{"../x", "host name"},
		{"a/../b", "a-z 0-9"},
		{".", "a-z 0-9"},
		{"a b", "a-z 0-9"},
		{"a___b", "a-z 0-9"},
		{"a..b", "a-z 0-9"},
		{"a-", "a-z 0-9"},
		{"-a", "a-z 0-9"},
		{"X", "lower case"},
		{"a/X", "lower case"},
		{"x:", "a tag is"},
		{"x:-a", "a tag is"},
		{"x:a b", "a tag is"},
		{"x@", "the digest"},
		{"x@sha256:0", "the digest"},
		{"x@md5:" ZEROS, "the digest"},
		{"h.:1/x", "host name"},
		{"h:x/y", "host name"},
		{"h:/y", "host name"},
		{ZEROS, "an id, not a name"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct sd_ref r;
		struct sd_err e;

		assert_fails(sd_ref_parse(bad[i][0], &r, &e), e, bad[i][1]);
		assert_null(r.canonical);
	}
}

static void digests(void **state)
{
	assert_true(sd_digest_valid(DIGEST));
	assert_false(sd_digest_valid(DIGEST "0"));
	assert_false(sd_digest_valid("ha256:" ZEROS));
	assert_false(sd_digest_valid("sha512:" ZEROS));
	assert_false(sd_digest_valid(
		"sha256:../../../../../../../../../../../../../../../../../../../etc/pass"));
	assert_false(sd_digest_valid(
		"sha256:A000000000000000000000000000000000000000000000000000000000000000"));
	assert_false(sd_digest_valid(""));
}

static int empty_root(void **state)
{
	char *dir = strdup("/tmp/sd-unit-image-XXXXXX");

	if (!mkdtemp(dir) || setenv("SDOCKER_ROOT", dir, 1) < 0)
		return -1;
	*state = dir;
	return 0;
}

static int remove_root(void **state)
{
	struct sd_err e;
	int r = sd_remove_tree(AT_FDCWD, *state, &e);

	free(*state);
	return r;
}

static void put(const char *dir, const char *name, const char *text)
{
	sd_auto_free char *path = sd_printf("%s/images/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void no_store(void **state)
{
	sd_auto_images struct sd_images all = {0};
	struct sd_image image;
	struct sd_err e;

	assert_fails(sd_image_lookup("x", &image, &e), e, "image 'x' is not in the store (hint: ");
	assert_int_equal(e.errnum, ENOENT);
	assert_int_equal(sd_image_list(&all, &e), 0);
	assert_int_equal(all.n, 0);
}

static void store(void **state)
{
	sd_auto_free char *blobs = sd_printf("%s/images/blobs/sha256", (char *)*state);
	sd_auto_images struct sd_images all = {0};
	sd_auto_image struct sd_image image = {0};
	struct sd_err e;

	assert_int_equal(sd_mkdir_p(blobs, 0700, &e), 0);
	put(*state, "index.json",
		"{\"schemaVersion\":2,\"manifests\":["
		"{\"digest\":\"sha256:../x\"},"
		"{\"digest\":\"" DIGEST "\",\"annotations\":{\"" SD_REF_NAME "\":\"x:latest\"}}]}");
	put(*state, "blobs/sha256/" ZEROS,
		"{\"schemaVersion\":2,\"config\":{\"digest\":\"sha256:" ZEROS "\",\"size\":7},"
		"\"layers\":[{\"digest\":\"" DIGEST "\",\"size\":5}],"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" DIGEST "\"]}}");
	assert_int_equal(sd_image_lookup("docker.io/library/x", &image, &e), 0);
	assert_string_equal(image.name, "docker.io/library/x");
	assert_string_equal(image.reference, "docker.io/library/x:latest");
	assert_string_equal(image.config_digest, DIGEST);
	assert_int_equal(image.layers.n, 1);
	assert_int_equal(sd_image_list(&all, &e), 0);
	assert_int_equal(all.n, 2);
	assert_non_null(strstr(all.v[0].broken, "index.json: manifests[0].digest: 'sha256:../x'"));
	assert_null(all.v[1].broken);
	assert_int_equal(all.v[1].image.size, image.size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(bad_names),
		cmocka_unit_test(digests),
		cmocka_unit_test_setup_teardown(no_store, empty_root, remove_root),
		cmocka_unit_test_setup_teardown(store, empty_root, remove_root),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
