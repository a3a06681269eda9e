/* SPDX-License-Identifier: Apache-2.0 */
#define SD_ERR_SELF
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fill(struct sd_err *e, int code, int errnum, const char *fmt, va_list ap)
{
	/* The text is built aside: an argument may point into the error that is overwritten. */
	char text[sizeof(e->text)];
	int len = vsnprintf(text, sizeof(text), fmt, ap);

	if (errnum && len >= 0 && (size_t)len < sizeof(text))
		snprintf(text + len, sizeof(text) - (size_t)len, ": %s", strerror(errnum));
	memcpy(e->text, text, sizeof(text));
	e->code = code;
	e->errnum = errnum;
	e->relayed = false;
	return -1;
}

int sd_fail(struct sd_err *e, int errnum, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, SD_EXIT_FAILED, errnum, fmt, ap);
	va_end(ap);
	return -1;
}

int sd_fail_code(struct sd_err *e, int code, int errnum, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, code, errnum, fmt, ap);
	va_end(ap);
	return -1;
}

int sd_hint(struct sd_err *e, const char *fmt, ...)
{
	size_t len = strlen(e->text);
	va_list ap;

	if (len + sizeof(" (hint: )") >= sizeof(e->text))
		return -1;
	len += (size_t)snprintf(e->text + len, sizeof(e->text) - len, " (hint: ");
	va_start(ap, fmt);
	vsnprintf(e->text + len, sizeof(e->text) - len - 1, fmt, ap);
	va_end(ap);
	strcat(e->text, ")");
	return -1;
}

int sd_fail_relayed(struct sd_err *e, const char *report)
{
	char *end;
	long code = strtol(report, &end, 10);

	sd_fail_code(e, code > 0 && code < 256 ? (int)code : SD_EXIT_FAILED, 0, "%s",
		*end == ' ' ? end + 1 : end);
	e->relayed = true;
	return -1;
}

int sd_fail_silent(struct sd_err *e)
{
	e->code = SD_EXIT_FAILED;
	e->errnum = 0;
	e->text[0] = '\0';
	return -1;
}
