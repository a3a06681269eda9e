/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz - what every target includes: libFuzzer's entry, and what a target promises.
 *
 * A target is a pure function of its input, as short as it can be, with checks of what must hold
 * of every answer: a crash is not the only fault.  What is found becomes a unit test.
 */
#ifndef SD_FUZZ_H
#define SD_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "cleanup.h"
#include "err.h"
#include "str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

/* What failed says why, in a text that ends, with an exit code of sd-exit(7). */
static inline void must_explain(const struct sd_err *e)
{
	must(e->text[0] && memchr(e->text, '\0', sizeof(e->text)));
	must(e->code == SD_EXIT_FAILED || e->code == SD_EXIT_CANNOT_EXEC ||
		e->code == SD_EXIT_NOT_FOUND);
}

/* The input as a string that AddressSanitizer sees the end of; the caller frees. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = sd_malloc(size + 1);

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

#endif
