/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled seccomp filter on its way into the kernel (seccomp(2)). */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cleanup.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static const struct {
	const char *name;
	unsigned long flag;
} flag_names[] = {
	{"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
	{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
	{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};

#define N_FLAGS (sizeof(flag_names) / sizeof(*flag_names))

int filter_flags(const struct sd_json *oci, unsigned long *flags, struct sd_err *e)
{
	sd_auto_free const char **list = NULL;
	size_t n = 0, k;

	if (sd_json_strings(oci, &list, &n, e, "flags") < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		for (k = 0; k < N_FLAGS && strcmp(list[i], flag_names[k].name) != 0; k++)
			;
		if (k == N_FLAGS)
			return sd_fail(e, 0, "flags: unknown flag '%s'", list[i]);
		*flags |= flag_names[k].flag;
	}
	return 0;
}

/* The array as sd-monitor opened it, read by offset: the descriptor may be shared. */
static int read_array(int fd, struct sd_buf *code, struct sd_err *e)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return sd_fail(e, errno, "stat the compiled filter");
	if (st.st_size <= 0 || st.st_size % (off_t)sizeof(struct sock_filter) ||
		st.st_size > BPF_MAXINSNS * (off_t)sizeof(struct sock_filter))
		return sd_fail(
			e, 0, "the compiled filter is broken: %lld bytes", (long long)st.st_size);

	sd_auto_free char *data = sd_malloc((size_t)st.st_size);

	n = pread(fd, data, (size_t)st.st_size, 0);
	if (n != st.st_size)
		return sd_fail(e, n < 0 ? errno : EIO, "read the compiled filter");
	sd_buf_add(code, data, (size_t)n);
	return 0;
}

/*
 * The filter comes compiled on the chain's descriptor.  Without one a profile inside the document
 * is compiled here; the shipped profile may be out of reach by now (the host's files are gone).
 */
int filter_from_plan(struct plan *p, struct sd_err *e)
{
	struct sd_json *oci = sd_json_get(p->doc, "config.linux.seccomp");
	sd_auto_json struct sd_json *made = NULL;
	enum profile which;

	if (profile_wanted(p->doc, &which, e) < 0)
		return -1;
	if (which == PROFILE_NONE)
		return 0;
	if (which == PROFILE_CUSTOM && filter_flags(oci, &p->filter.flags, e) < 0)
		return -1;
	if (p->chain.filter >= 0)
		return read_array(p->chain.filter, &p->filter.code, e);
	if (which == PROFILE_CUSTOM)
		return compile_filter(oci, "config.linux.seccomp", &p->filter.code, e);
	if (profile_resolve(NULL, p->caps.bounding, &made, e) < 0)
		return sd_hint(e, "'sd-confine compile' comes before sd-monitor in a pipeline");
	return compile_filter(made, "the default profile", &p->filter.code, e);
}

int filter_named(const char *which, uint64_t caps, struct filter *f, struct sd_err *e)
{
	sd_auto_json struct sd_json *oci = NULL;
	bool shipped = strcmp(which, "default") == 0;

	if (strcmp(which, "unconfined") == 0)
		return 0;
	if (profile_resolve(shipped ? NULL : which, caps, &oci, e) < 0)
		return shipped ? sd_hint(e, "after sd-pivot the host's files are gone: --seccomp "
					    "/dev/fd/8 8<FILE")
			       : -1;
	if (filter_flags(oci, &f->flags, e) < 0)
		return -1;
	return compile_filter(oci, which, &f->code, e);
}

int filter_load(const struct filter *f, struct sd_err *e)
{
	struct sock_fprog prog = {
		.len = (unsigned short)(f->code.len / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)(void *)f->code.data,
	};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, f->flags, &prog) == 0)
		return 0;
	sd_fail(e, errno, "load the seccomp filter");
	if (e->errnum == EACCES)
		return sd_hint(e, "it needs --no-new-privs, or CAP_SYS_ADMIN");
	return -1;
}
