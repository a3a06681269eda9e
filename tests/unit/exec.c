/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cleanup.h"
#include "exec.h"
#include "io.h"
#include "str.h"

static char dir[] = "/tmp/exec.XXXXXX";

static int enter(void **state)
{
	return mkdtemp(dir) && chdir(dir) == 0 && mkdir("d", 0755) == 0 && mkdir("e", 0755) == 0
		       ? 0
		       : -1;
}

static int leave(void **state)
{
	struct sd_err e;

	return chdir("/") < 0 ? -1 : sd_remove_tree(AT_FDCWD, dir, &e);
}

static void put(const char *name, const void *data, size_t len, mode_t mode)
{
	sd_auto_fd int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(sd_write_all(fd, data, len), 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static void put_text(const char *name, const char *text, mode_t mode)
{
	put(name, text, strlen(text), mode);
}

static void found(void **state)
{
	struct sd_err e;
	sd_auto_free char *a = NULL, *b = NULL, *c = NULL;

	put_text("d/prog", "#!/bin/sh\n", 0644);
	put_text("e/prog", "#!/bin/sh\n", 0755);
	assert_int_equal(mkdir("d/dirprog", 0755), 0);
	assert_int_equal(sd_exec_find("prog", "d:e", &a, &e), 0);
	assert_string_equal(a, "e/prog");
	assert_int_equal(sd_exec_find("no/such", "d", &b, &e), 0);
	assert_string_equal(b, "no/such");
	assert_int_equal(chdir("e"), 0);
	assert_int_equal(sd_exec_find("prog", "/nowhere:", &c, &e), 0);
	assert_string_equal(c, "./prog");
	assert_int_equal(chdir(".."), 0);
}

static void not_found(void **state)
{
	sd_auto_free char *file = NULL;
	struct sd_err e;

	assert_fails(
		sd_exec_find("nosuch", "d:e", &file, &e), e, "executable file not found in PATH");
	assert_int_equal(e.code, SD_EXIT_NOT_FOUND);
	assert_fails(
		sd_exec_find("dirprog", "d", &file, &e), e, "executable file not found in PATH");
	assert_fails(sd_exec_find("", "d", &file, &e), e, "executable file not found in PATH");
	assert_fails(sd_exec_find("prog", "d", &file, &e), e, "run d/prog: permission denied");
	assert_int_equal(e.code, SD_EXIT_CANNOT_EXEC);
}

static void scripts(void **state)
{
	struct sd_err e;

	put_text("ok", "#! \t/bin/sh -e\n", 0755);
	assert_int_equal(sd_exec_check("ok", &e), 0);
	put_text("crlf", "#!/bin/sh\r\n", 0755);
	assert_fails(sd_exec_check("crlf", &e), e, "interpreter '/bin/sh\\r': no such file");
	put_text("crlf2", "#!/bin/sh -e\r\n", 0755); /* the \r is the option's */
	assert_int_equal(sd_exec_check("crlf2", &e), 0);
	put_text("none", "#!/no/such\n", 0755);
	assert_fails(
		sd_exec_check("none", &e), e, "interpreter '/no/such': no such file or directory");
	assert_int_equal(e.code, SD_EXIT_NOT_FOUND);
	put_text("nested", "#!./none\n", 0755);
	assert_fails(
		sd_exec_check("nested", &e), e, "run nested: interpreter: run ./none: interpreter");
	put_text("loop", "#!./loop\n", 0755);
	assert_fails(sd_exec_check("loop", &e), e, "run loop: interpreter");
	put_text("bare", "#!   \n", 0755);
	assert_fails(sd_exec_check("bare", &e), e, "nothing stands after #!");
	put_text("plain", "#!d/prog\n", 0755);
	assert_fails(sd_exec_check("plain", &e), e, "run d/prog: permission denied");
	assert_int_equal(e.code, SD_EXIT_CANNOT_EXEC);
}

/* An ELF file that asks for a loader, as large as the field sizes say. */
static void put_elf(const char *name, unsigned machine, const char *loader, unsigned phnum,
	uint64_t phoff, uint64_t size)
{
	struct {
		Elf64_Ehdr h;
		Elf64_Phdr p;
		char loader[64];
	} f = {
		.h = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, 1},
			.e_machine = (Elf64_Half)machine,
			.e_phoff = phoff,
			.e_phnum = (Elf64_Half)phnum,
			.e_phentsize = sizeof(Elf64_Phdr)},
		.p = {.p_type = PT_INTERP,
			.p_offset = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
			.p_filesz = size},
	};

	snprintf(f.loader, sizeof(f.loader), "%s", loader);
	put(name, &f, sizeof(f), 0755);
}

static void elf_files(void **state)
{
	const uint64_t off = sizeof(Elf64_Ehdr);
	struct sd_err e;

	put_elf("glibc", EM_X86_64, "/lib99/ld-linux-x.so", 1, off, 64);
	assert_fails(
		sd_exec_check("glibc", &e), e, "its loader /lib99/ld-linux-x.so: no such file");
	assert_non_null(strstr(e.text, "built for glibc"));
	assert_int_equal(e.code, SD_EXIT_NOT_FOUND);
	put_elf("musl", EM_X86_64, "/lib99/ld-musl-x86_64.so.1", 1, off, 64);
	assert_fails(sd_exec_check("musl", &e), e, "built for musl");
	put_elf("fine", EM_X86_64, "/bin/sh", 1, off, 64);
	assert_int_equal(sd_exec_check("fine", &e), 0);
	put_elf("foreign", 183, "/bin/sh", 1, off, 64);
	assert_int_equal(sd_exec_check("foreign", &e), 0);
	assert_fails(sd_exec_failed("foreign", ENOEXEC, &e), e, "it is a program for aarch64");
	/* Hostile sizes: nothing is found, nothing breaks. */
	put_elf("a", EM_X86_64, "/no", 65535, UINT64_MAX - 8, 64);
	assert_int_equal(sd_exec_check("a", &e), 0);
	put_elf("b", EM_X86_64, "/no", 1, off, UINT64_MAX);
	assert_int_equal(sd_exec_check("b", &e), 0);
	put_elf("c", EM_X86_64, "/no", 1, off, 0);
	assert_int_equal(sd_exec_check("c", &e), 0);
	put("cut", ELFMAG, SELFMAG, 0755);
	assert_fails(sd_exec_check("cut", &e), e, "the ELF header is cut short");
}

static void others(void **state)
{
	struct sd_err e;

	assert_fails(sd_exec_check("nosuch", &e), e, "run nosuch: no such file or directory");
	assert_fails(sd_exec_check("d", &e), e, "it is a directory");
	assert_fails(sd_exec_check("ok/x", &e), e, "Not a directory");
	assert_int_equal(e.code, SD_EXIT_CANNOT_EXEC);
	put_text("empty", "", 0755);
	assert_fails(sd_exec_check("empty", &e), e, "the file is empty");
	put_text("text", "echo hi\n", 0755);
	assert_int_equal(sd_exec_check("text", &e), 0);
	assert_fails(sd_exec_failed("text", ENOEXEC, &e), e, "a text file without #!");
	assert_fails(sd_exec_failed("ok", ETXTBSY, &e), e, "it is open for writing");
	assert_fails(sd_exec_failed("ok", ENOENT, &e), e, "run ok: no such file or directory");
	assert_int_equal(e.code, SD_EXIT_NOT_FOUND);
	assert_fails(
		sd_exec_failed("ok", EAGAIN, &e), e, "run ok: Resource temporarily unavailable");
	assert_int_equal(symlink("gone", "link"), 0);
	assert_fails(sd_exec_check("link", &e), e, "symbolic link to 'gone'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(not_found),
		cmocka_unit_test(scripts),
		cmocka_unit_test(elf_files),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests_name("exec", tests, enter, leave);
}
