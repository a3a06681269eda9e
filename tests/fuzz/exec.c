/* SPDX-License-Identifier: Apache-2.0 */
/* A file's contents: script, ELF, neither.  The image's program is looked at before it is run. */
#include "fuzz.h"

#include "../../lib/exec.c"
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_fd int fd = memfd_create("program", MFD_CLOEXEC);
	struct sd_err e = {0};
	char file[40];

	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	if (check_contents(file, 0, &e) < 0)
		must_explain(&e);
	e = (struct sd_err){0};
	must(explain_format(file, &e) < 0);
	must_explain(&e);
	must(e.code == SD_EXIT_CANNOT_EXEC);
	return 0;
}
