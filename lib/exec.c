/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "cleanup.h"
#include "str.h"

/* How far the kernel reads a script's first line, and how deep scripts may nest (execve(2)). */
#define HEAD_SIZE  256
#define MAX_NESTED 5

static int refuse(
	int code, int errnum, const char *file, const char *why, const char *hint, struct sd_err *e)
{
	sd_fail_code(e, code, 0, "run %s: %s", file, why);
	e->errnum = errnum;
	return hint ? sd_hint(e, "%s", hint) : -1;
}

static int no_such(const char *file, const char *hint, struct sd_err *e)
{
	return refuse(SD_EXIT_NOT_FOUND, ENOENT, file, "no such file or directory", hint, e);
}

static int denied(const char *file, const char *hint, struct sd_err *e)
{
	return refuse(SD_EXIT_CANNOT_EXEC, EACCES, file, "permission denied", hint, e);
}

static int bad_format(const char *file, const char *hint, struct sd_err *e)
{
	return refuse(SD_EXIT_CANNOT_EXEC, ENOEXEC, file, "exec format error", hint, e);
}

static bool runnable(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 && S_ISREG(st.st_mode) &&
	       faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0;
}

static bool is_file(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 && S_ISREG(st.st_mode);
}

int sd_exec_find(const char *name, const char *path, char **out, struct sd_err *e)
{
	sd_auto_free char *unfit = NULL;

	if (strchr(name, '/')) {
		*out = sd_strdup(name);
		return 0;
	}
	if (!path || !*path)
		path = SD_EXEC_DEFAULT_PATH;
	for (const char *p = path; *name; p++) {
		size_t n = strcspn(p, ":");
		sd_auto_free char *file =
			n ? sd_printf("%.*s/%s", (int)n, p, name) : sd_printf("./%s", name);

		if (runnable(file)) {
			*out = sd_steal_ptr(&file);
			return 0;
		}
		if (!unfit && is_file(file))
			unfit = sd_steal_ptr(&file);
		p += n;
		if (!*p)
			break;
	}
	if (unfit)
		return sd_exec_check(unfit, e) < 0 ? -1 : denied(unfit, NULL, e);
	sd_fail_code(e, SD_EXIT_NOT_FOUND, 0, "run '%s': executable file not found in PATH", name);
	e->errnum = ENOENT;
	return -1;
}

/* The file itself is not there or out of reach; errno is stat(2)'s. */
static int explain_missing(const char *file, struct sd_err *e)
{
	char target[256];
	ssize_t n;
	int err = errno;

	if (err == EACCES)
		return denied(file, "a directory on the way may not be searched", e);
	if (err != ENOENT)
		return sd_fail_code(e, SD_EXIT_CANNOT_EXEC, err, "run %s", file);
	no_such(file, NULL, e);
	n = readlink(file, target, sizeof(target) - 1);
	if (n < 0)
		return -1;
	return sd_hint(e, "it is a symbolic link to '%.*s', which is not there", (int)n, target);
}

static int check_mode(const char *file, struct sd_err *e)
{
	struct statvfs fs;
	struct stat st;

	if (stat(file, &st) < 0)
		return explain_missing(file, e);
	if (S_ISDIR(st.st_mode))
		return denied(file, "it is a directory", e);
	if (!S_ISREG(st.st_mode))
		return denied(file, "it is not a regular file", e);
	if (statvfs(file, &fs) == 0 && (fs.f_flag & ST_NOEXEC))
		return denied(file, "its file system is mounted noexec", e);
	if (faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) == 0)
		return 0;
	denied(file, NULL, e);
	if (st.st_mode & 0111)
		return sd_hint(
			e, "user %u may not execute it, mode %04o", geteuid(), st.st_mode & 07777);
	return sd_hint(e, "it is not executable: chmod +x");
}

/* As the kernel reads it: "#!", blanks, the interpreter up to a blank or the line's end. */
static char *script_interpreter(const char *head, size_t n)
{
	const char *p = head + 2, *end = memchr(head, '\n', n);
	size_t len = 0;

	end = end ? end : head + n;
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (p + len < end && p[len] != ' ' && p[len] != '\t' && p[len])
		len++;
	return sd_strndup(p, len);
}

static int check_contents(const char *file, int nested, struct sd_err *e);

static int check_script(const char *file, const char *head, size_t n, int nested, struct sd_err *e)
{
	sd_auto_free char *interp = script_interpreter(head, n);
	size_t len = strlen(interp);
	struct stat st;

	if (!len)
		return bad_format(file, "nothing stands after #!", e);
	if (nested == MAX_NESTED)
		return sd_fail_code(
			e, SD_EXIT_CANNOT_EXEC, ELOOP, "run %s: interpreter '%s'", file, interp);
	if (stat(interp, &st) == 0) {
		struct sd_err inner = {0};

		if (check_mode(interp, &inner) == 0 &&
			check_contents(interp, nested + 1, &inner) == 0)
			return 0;
		sd_fail_code(e, inner.code, 0, "run %s: interpreter: %s", file, inner.text);
		e->errnum = inner.errnum;
		return -1;
	}
	if (interp[len - 1] == '\r') {
		interp[len - 1] = '\0';
		sd_fail_code(e, SD_EXIT_NOT_FOUND, 0,
			"run %s: interpreter '%s\\r': no such file or directory", file, interp);
		sd_hint(e, "the script has Windows line ends: sed -i 's/\\r$//'");
	} else {
		sd_fail_code(e, SD_EXIT_NOT_FOUND, 0,
			"run %s: interpreter '%s': no such file or directory", file, interp);
	}
	e->errnum = ENOENT;
	return -1;
}

/* Where an ELF file's header and program headers are, for both classes. */
struct elf {
	unsigned machine;
	bool swapped;
	uint64_t phoff;
	unsigned phnum, phentsize;
};

static bool read_elf(const unsigned char *head, size_t n, struct elf *x)
{
	const unsigned native = __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	Elf64_Ehdr h64;
	Elf32_Ehdr h32;

	if (n < sizeof(h64))
		return false;
	memcpy(&h64, head, sizeof(h64));
	memcpy(&h32, head, sizeof(h32));
	x->swapped = head[EI_DATA] != native;
	x->machine = x->swapped ? __builtin_bswap16(h64.e_machine) : h64.e_machine;
	if (head[EI_CLASS] == ELFCLASS64) {
		x->phoff = h64.e_phoff;
		x->phnum = h64.e_phnum;
		x->phentsize = h64.e_phentsize;
	} else {
		x->phoff = h32.e_phoff;
		x->phnum = h32.e_phnum;
		x->phentsize = h32.e_phentsize;
	}
	return true;
}

/* PT_INTERP's path, malloc'ed; NULL: static, or not to be read.  Sizes are the file's: hostile. */
static char *elf_loader(int fd, const struct elf *x)
{
	for (unsigned i = 0; !x->swapped && i < x->phnum && i < 64; i++) {
		unsigned char raw[sizeof(Elf64_Phdr)] = {0};
		char path[4096];
		Elf64_Phdr p64;
		Elf32_Phdr p32;
		uint64_t off, size;
		ssize_t n;

		if (x->phentsize > sizeof(raw) ||
			pread(fd, raw, x->phentsize,
				(off_t)(x->phoff + (uint64_t)i * x->phentsize)) < 0)
			return NULL;
		memcpy(&p64, raw, sizeof(p64));
		memcpy(&p32, raw, sizeof(p32));
		if (p64.p_type != PT_INTERP) /* the first member in both classes */
			continue;
		off = x->phentsize == sizeof(p64) ? p64.p_offset : p32.p_offset;
		size = x->phentsize == sizeof(p64) ? p64.p_filesz : p32.p_filesz;
		if (size >= sizeof(path))
			return NULL;
		n = pread(fd, path, size, (off_t)off);
		return n > 0 ? sd_strndup(path, (size_t)n) : NULL;
	}
	return NULL;
}

static int check_elf(const char *file, int fd, const char *head, size_t n, struct sd_err *e)
{
	sd_auto_free char *loader = NULL;
	struct elf x = {0};
	struct stat st;

	if (!read_elf((const unsigned char *)head, n, &x))
		return bad_format(file, "the ELF header is cut short", e);
	loader = elf_loader(fd, &x);
	if (!loader || stat(loader, &st) == 0)
		return 0;
	sd_fail_code(e, SD_EXIT_NOT_FOUND, 0, "run %s: its loader %s: no such file or directory",
		file, loader);
	e->errnum = ENOENT;
	if (strstr(loader, "musl"))
		return sd_hint(e, "it is built for musl, which the image has not got");
	if (strcmp(loader, "/lib/ld-linux.so.2") == 0)
		return sd_hint(e, "it is a 32-bit program: the image needs libc6:i386");
	if (strstr(loader, "ld-linux"))
		return sd_hint(e, "it is built for glibc, which the image has not got: libc6, "
				  "gcompat on Alpine, or link it statically");
	return -1;
}

static int check_contents(const char *file, int nested, struct sd_err *e)
{
	/* EACCES: execute without read is a valid mode; the kernel can, we cannot look. */
	sd_auto_fd int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char head[HEAD_SIZE];
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);

	if (n < 0)
		return 0;
	if (n == 0)
		return bad_format(file, "the file is empty", e);
	if (n >= 2 && head[0] == '#' && head[1] == '!')
		return check_script(file, head, (size_t)n, nested, e);
	if (n >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0)
		return check_elf(file, fd, head, (size_t)n, e);
	return 0;
}

int sd_exec_check(const char *file, struct sd_err *e)
{
	if (check_mode(file, e) < 0)
		return -1;
	return check_contents(file, 0, e);
}

static const char *machine_name(unsigned machine, char buf[24])
{
	static const struct {
		unsigned machine;
		const char *name;
	} names[] = {{EM_386, "i386"}, {EM_X86_64, "x86_64"}, {EM_ARM, "arm"},
		{EM_AARCH64, "aarch64"}, {EM_RISCV, "riscv"}, {EM_PPC64, "ppc64"}, {EM_PPC, "ppc"},
		{EM_S390, "s390x"}, {EM_MIPS, "mips"}, {258, "loongarch"}, {EM_SPARCV9, "sparc64"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].machine == machine)
			return names[i].name;
	snprintf(buf, 24, "machine %u", machine);
	return buf;
}

static bool looks_like_text(const char *head, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isprint((unsigned char)head[i]) && !isspace((unsigned char)head[i]) &&
			(unsigned char)head[i] < 0x80)
			return false;
	return true;
}

/* The kernel knows no format for it. */
static int explain_format(const char *file, struct sd_err *e)
{
	sd_auto_fd int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char head[HEAD_SIZE], buf[24];
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
	struct elf x = {0};
	struct utsname u;

	bad_format(file, NULL, e);
	if (n < 0)
		return -1;
	if (n >= SELFMAG && memcmp(head, ELFMAG, SELFMAG) == 0) {
		const char *name;

		if (!read_elf((const unsigned char *)head, (size_t)n, &x) || uname(&u) < 0)
			return -1;
		name = machine_name(x.machine, buf);
		if (strcmp(name, u.machine) == 0)
			return sd_hint(e, "the ELF file is damaged");
		return sd_hint(
			e, "it is a program for %s, and this machine is %s", name, u.machine);
	}
	if (looks_like_text(head, (size_t)n))
		return sd_hint(e, "a text file without #!: a script begins with a line such as "
				  "#!/bin/sh");
	return sd_hint(e, "it is no program of a kind that this kernel knows");
}

int sd_exec_failed(const char *file, int errnum, struct sd_err *e)
{
	if (sd_exec_check(file, e) < 0)
		return -1;
	switch (errnum) {
	case ENOENT:
		return no_such(file, NULL, e);
	case EACCES:
		return denied(file, NULL, e);
	case ENOEXEC:
		return explain_format(file, e);
	case ETXTBSY:
		sd_fail_code(e, SD_EXIT_CANNOT_EXEC, errnum, "run %s", file);
		return sd_hint(e, "it is open for writing");
	case E2BIG:
		sd_fail_code(e, SD_EXIT_CANNOT_EXEC, errnum, "run %s", file);
		return sd_hint(e, "arguments and environment together are larger than a quarter of "
				  "the stack's limit, or one is larger than 128 kB");
	default:
		return sd_fail_code(e, SD_EXIT_CANNOT_EXEC, errnum, "run %s", file);
	}
}

int sd_exec(char **argv, char **envp, const char *path, struct sd_err *e)
{
	sd_auto_free char *file = NULL;

	if (sd_exec_find(argv[0], path, &file, e) < 0)
		return -1;
	execve(file, argv, envp);
	return sd_exec_failed(file, errno, e);
}
