/* SPDX-License-Identifier: Apache-2.0 */
/* unit - what every unit test includes; cmocka.h wants the others before it. */
#ifndef SD_UNIT_H
#define SD_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "err.h"

/* The call failed and its error holds this text. */
#define assert_fails(call, e, part)                                                                \
	do {                                                                                       \
		(e) = (struct sd_err){0};                                                          \
		assert_int_equal(call, -1);                                                        \
		if (!strstr((e).text, part))                                                       \
			fail_msg("error is \"%s\", without \"%s\"", (e).text, part);               \
	} while (0)

#endif
