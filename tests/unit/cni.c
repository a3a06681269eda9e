/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "cni.h"
#include "io.h"

/* What the plugin below was asked, and what it shall answer. */
static struct {
	char asked[64];
	const char *result;
	int code;
} script;

static int note(const struct sd_cni_call *call, struct sd_err *e)
{
	strncat(script.asked, call->command, sizeof(script.asked) - strlen(script.asked) - 1);
	if (!script.code)
		return 0;
	sd_fail(e, 0, "no");
	return sd_cni_code(e, script.code);
}

static int add(const struct sd_cni_call *call, struct sd_json **result, struct sd_err *e)
{
	if (note(call, e) < 0)
		return -1;
	*result = sd_json_parse(script.result, strlen(script.result), "result", e);
	assert_non_null(*result);
	return 0;
}

static int del(const struct sd_cni_call *call, struct sd_err *e)
{
	strcat(script.asked, "-");
	return note(call, e);
}

static const struct sd_cni_plugin plugin = {
	.add = add, .del = del, .check = note, .gc = note, .status = note};

static void environment(const char *command, const char *container, const char *ifname)
{
	setenv("CNI_COMMAND", command, 1);
	setenv("CNI_CONTAINERID", container, 1);
	setenv("CNI_NETNS", "/proc/self/ns/net", 1);
	setenv("CNI_IFNAME", ifname, 1);
	memset(&script, 0, sizeof(script));
	script.result = "{}";
}

static int frame_to(const char *conf, int out)
{
	sd_auto_fd int in = memfd_create("in", MFD_CLOEXEC);
	sd_auto_fd int old_in = dup(STDIN_FILENO), old_out = dup(STDOUT_FILENO);
	int code;

	assert_int_equal(sd_write_all(in, conf, strlen(conf)), 0);
	lseek(in, 0, SEEK_SET);
	fflush(stdout);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	code = sd_cni_main(&plugin);
	dup2(old_in, STDIN_FILENO);
	dup2(old_out, STDOUT_FILENO);
	return code;
}

/* Run the frame on `conf`; what it printed is the caller's, NULL where that is nothing. */
static struct sd_json *frame(const char *conf, int *code)
{
	sd_auto_fd int out = memfd_create("out", MFD_CLOEXEC);
	sd_auto_buf struct sd_buf text = {0};
	struct sd_err e;

	*code = frame_to(conf, out);
	lseek(out, 0, SEEK_SET);
	assert_int_equal(sd_read_all(out, "out", SD_READ_MAX, &text, &e), 0);
	return text.len ? sd_json_parse(text.data, text.len, "out", &e) : NULL;
}

static void assert_error(const char *conf, int code, const char *part)
{
	int exit_code;
	sd_auto_json struct sd_json *j = frame(conf, &exit_code);
	const char *msg = sd_json_string_value(sd_json_member(j, "msg"));
	int64_t said = 0;

	assert_int_equal(exit_code, SD_EXIT_FAILED);
	assert_true(sd_json_int_value(sd_json_member(j, "code"), &said));
	assert_int_equal(said, code);
	assert_non_null(msg);
	if (!strstr(msg, part))
		fail_msg("error is \"%s\", without \"%s\"", msg, part);
}

#define CONF(version) "{\"cniVersion\":\"" version "\",\"name\":\"net\",\"type\":\"x\"}"

static void refused(void **state)
{
	environment("FLY", "c1", "eth0");
	assert_error(CONF("1.1.0"), SD_CNI_BAD_ENVIRONMENT, "'FLY' is none of ADD");
	environment("ADD", "c1", "eth0");
	assert_error("{", SD_CNI_UNDECODABLE, "standard input");
	assert_error("[]", SD_CNI_UNDECODABLE, "expected an object");
	assert_error("", SD_CNI_UNDECODABLE, "standard input");
	assert_error("{\"name\":\"net\"}", SD_CNI_BAD_VERSION, "none is not supported");
	assert_error(CONF("0.2.0"), SD_CNI_BAD_VERSION, "0.2.0 is not supported, 0.3.0 to 1.1.0");
	assert_error("{\"cniVersion\":\"1.0.0\"}", SD_CNI_BAD_CONFIG, "name: missing");
	assert_error("{\"cniVersion\":\"1.0.0\",\"name\":\"../x\"}", SD_CNI_BAD_CONFIG, "'../x'");
	assert_error("{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"prevResult\":7}",
		SD_CNI_BAD_CONFIG, "prevResult: expected an object");
	environment("ADD", "", "");
	assert_error(CONF("1.1.0"), SD_CNI_BAD_ENVIRONMENT,
		"CNI_CONTAINERID, CNI_IFNAME: not in the environment");
	environment("ADD", "../c", "eth0");
	assert_error(CONF("1.1.0"), SD_CNI_BAD_ENVIRONMENT, "'../c' is not a container id");
	environment("ADD", "c", "sixteen-letters-");
	assert_error(CONF("1.1.0"), SD_CNI_BAD_ENVIRONMENT, "is not an interface's name");
	environment("CHECK", "c", "eth0");
	assert_error(CONF("1.1.0"), SD_CNI_BAD_CONFIG, "prevResult: missing");
	assert_error(CONF("0.3.1"), SD_CNI_BAD_VERSION, "0.3.1 has no CHECK");
	environment("GC", "", "");
	assert_error(CONF("1.0.0"), SD_CNI_BAD_VERSION, "1.0.0 has no GC");
	assert_error(CONF("1.1.0"), SD_CNI_BAD_CONFIG, "cni.dev/valid-attachments");
	assert_string_equal(script.asked, "");
}

static void versions(void **state)
{
	int code;
	sd_auto_json struct sd_json *j = NULL;

	environment("VERSION", "", "");
	j = frame("{\"cniVersion\":\"0.9.9\"}", &code);
	assert_int_equal(code, 0);
	assert_string_equal(sd_json_string_value(sd_json_member(j, "cniVersion")), "0.9.9");
	assert_int_equal(sd_json_len(sd_json_member(j, "supportedVersions")), 5);
}

static void assert_shape(const char *version, const char *expected)
{
	sd_auto_free char *conf =
		sd_printf("{\"cniVersion\":\"%s\",\"name\":\"net\",\"type\":\"x\"}", version);
	sd_auto_json struct sd_json *j = NULL;
	sd_auto_free char *text = NULL;
	int code;

	environment("ADD", "c1", "eth0");
	script.result = "{\"ips\":[{\"address\":\"10.0.0.2/8\"},{\"address\":\"fd00::2/64\"}],"
			"\"interfaces\":[{\"name\":\"eth0\",\"mtu\":9000}],"
			"\"routes\":[{\"dst\":\"0.0.0.0/0\",\"mtu\":1400}]}";
	j = frame(conf, &code);
	assert_int_equal(code, 0);
	sd_json_del(j, "cniVersion");
	text = sd_json_text(j);
	assert_string_equal(text, expected);
}

static void shape_of_a_result(void **state)
{
	assert_shape("1.1.0",
		"{\"ips\":[{\"address\":\"10.0.0.2/8\"},{\"address\":\"fd00::2/64\"}],"
		"\"interfaces\":[{\"name\":\"eth0\",\"mtu\":9000}],"
		"\"routes\":[{\"dst\":\"0.0.0.0/0\",\"mtu\":1400}]}");
	assert_shape("1.0.0",
		"{\"ips\":[{\"address\":\"10.0.0.2/8\"},{\"address\":\"fd00::2/64\"}],"
		"\"interfaces\":[{\"name\":\"eth0\"}],\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}");
	assert_shape("0.3.1",
		"{\"ips\":[{\"address\":\"10.0.0.2/8\",\"version\":\"4\"},"
		"{\"address\":\"fd00::2/64\",\"version\":\"6\"}],"
		"\"interfaces\":[{\"name\":\"eth0\"}],\"routes\":[{\"dst\":\"0.0.0.0/0\"}]}");
}

static void dispatched(void **state)
{
	int code;

	environment("DEL", "c1", "eth0");
	unsetenv("CNI_NETNS");
	assert_null(frame(CONF("0.4.0"), &code));
	assert_int_equal(code, 0);
	assert_string_equal(script.asked, "-DEL");
	environment("STATUS", "", "");
	script.code = SD_CNI_UNAVAILABLE;
	assert_error(CONF("1.1.0"), SD_CNI_UNAVAILABLE, "no");
	assert_string_equal(script.asked, "STATUS");
	environment("GC", "", "");
	assert_null(frame("{\"cniVersion\":\"1.1.0\",\"name\":\"n\",\"cni.dev/valid-attachments\":"
			  "[]}",
		&code));
	assert_string_equal(script.asked, "GC");
}

static void a_result_that_cannot_be_printed_is_undone(void **state)
{
	sd_auto_fd int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	environment("ADD", "c1", "eth0");
	assert_int_equal(frame_to(CONF("1.1.0"), full), SD_EXIT_FAILED);
	assert_string_equal(script.asked, "ADD-ADD");
}

static void arguments(void **state)
{
	struct sd_cni_call call = {.args = "IgnoreUnknown=1;IP=10.0.0.9;K8S=;X"};
	sd_auto_free char *ip = sd_cni_arg(&call, "IP"), *empty = sd_cni_arg(&call, "K8S");

	assert_string_equal(ip, "10.0.0.9");
	assert_string_equal(empty, "");
	assert_null(sd_cni_arg(&call, "P"));
	assert_null(sd_cni_arg(&call, "X"));
	call.args = NULL;
	assert_null(sd_cni_arg(&call, "IP"));
}

/* ---- the caller's side: plugins that are scripts */

static char dir[] = "/tmp/sd-cni-XXXXXX";

static void script_plugin(const char *name, const char *text)
{
	sd_auto_free char *path = sd_printf("%s/%s", dir, name);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(sd_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

static void run_a_plugin(void **state)
{
	sd_auto_json struct sd_json *conf = sd_json_new_object(), *r = NULL;
	struct sd_cni_call call = {
		.command = "ADD", .container = "c1", .ifname = "eth0", .conf = conf};
	struct sd_err e;

	setenv("CNI_NETNS", "not this one", 1);
	sd_json_set_str(conf, "name", "net");
	script_plugin("echo", "#!/bin/sh\nread x\n"
			      "echo \"{\\\"conf\\\":$x,\\\"env\\\":\\\"$CNI_COMMAND "
			      "$CNI_CONTAINERID $CNI_IFNAME ${CNI_NETNS-none}\\\"}\"\n");
	assert_int_equal(sd_cni_run("echo", &call, &r, &e), 0);
	assert_string_equal(sd_json_string_value(sd_json_get(r, "conf.name")), "net");
	assert_string_equal(sd_json_string_value(sd_json_get(r, "env")), "ADD c1 eth0 none");
	sd_json_unrefp(&r);
	script_plugin("mute", "#!/bin/sh\n");
	assert_int_equal(sd_cni_run("mute", &call, &r, &e), 0);
	assert_null(r);
}

static void a_plugin_that_fails(void **state)
{
	sd_auto_json struct sd_json *conf = sd_json_new_object();
	struct sd_cni_call call = {.command = "ADD", .conf = conf};
	struct sd_json *r = NULL;
	struct sd_err e;

	script_plugin("later", "#!/bin/sh\necho '{\"code\":11,\"msg\":\"try\",\"details\":\"d\"}'\n"
			       "exit 1\n");
	assert_fails(sd_cni_run("later", &call, &r, &e), e, "later: try: d");
	assert_int_equal(e.code, SD_CNI_TRY_LATER);
	script_plugin("dumb", "#!/bin/sh\nexit 3\n");
	assert_fails(sd_cni_run("dumb", &call, &r, &e), e, "ended with exit code 3");
	script_plugin("dead", "#!/bin/sh\nkill -9 $$\n");
	assert_fails(sd_cni_run("dead", &call, &r, &e), e, "ended by signal 9");
	script_plugin("wild", "#!/bin/sh\necho hello\n");
	assert_fails(sd_cni_run("wild", &call, &r, &e), e, "wild: ");
	assert_int_equal(e.code, SD_CNI_UNDECODABLE);
	assert_fails(sd_cni_run("../echo", &call, &r, &e), e, "'../echo' is not the type");
	assert_fails(sd_cni_run("nowhere", &call, &r, &e), e, "plugin nowhere: not found in /tmp/");
	assert_null(r);
}

static int make_dir(void **state)
{
	return mkdtemp(dir) ? setenv("CNI_PATH", dir, 1) : -1;
}

static int remove_dir(void **state)
{
	struct sd_err e;

	return sd_remove_tree(AT_FDCWD, dir, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(versions),
		cmocka_unit_test(shape_of_a_result),
		cmocka_unit_test(dispatched),
		cmocka_unit_test(a_result_that_cannot_be_printed_is_undone),
		cmocka_unit_test(arguments),
		cmocka_unit_test(run_a_plugin),
		cmocka_unit_test(a_plugin_that_fails),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
