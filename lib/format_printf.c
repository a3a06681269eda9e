/* SPDX-License-Identifier: Apache-2.0 */
/* The function printf of templates: Go's verbs. */
#include <ctype.h>
#include <string.h>
#include "cleanup.h"
#include "format_tree.h"

/* Between '%' and the verb. */
struct spec {
	bool left, zero, plus;
	int width, precision; /* -1: none */
};

static int take_number(const struct call *c, const char **p, int *n)
{
	for (*n = 0; isdigit((unsigned char)**p); (*p)++)
		if ((*n = *n * 10 + **p - '0') > 999)
			return template_fail(c->e, c->where, "printf: a width that is too large");
	return 0;
}

static int take_spec(const struct call *c, const char **p, struct spec *s)
{
	*s = (struct spec){.precision = -1};
	for (; strchr("-0+", **p) && **p; (*p)++) {
		s->left |= **p == '-';
		s->zero |= **p == '0';
		s->plus |= **p == '+';
	}
	if (take_number(c, p, &s->width) < 0)
		return -1;
	if (**p != '.')
		return 0;
	(*p)++;
	return take_number(c, p, &s->precision);
}

static char *print_real(const struct spec *s, char verb, double d)
{
	int precision = s->precision < 0 && verb == 'g' ? 15 : s->precision;

	return verb == 'f'   ? sd_printf("%.*f", precision, d)
	       : verb == 'e' ? sd_printf("%.*e", precision, d)
			     : sd_printf("%.*g", precision, d);
}

static char *print_integer(char verb, long long n)
{
	const char *sign = n < 0 ? "-" : "";
	unsigned long long u = n < 0 ? 0ULL - (unsigned long long)n : (unsigned long long)n;

	return verb == 'x'   ? sd_printf("%s%llx", sign, u)
	       : verb == 'X' ? sd_printf("%s%llX", sign, u)
	       : verb == 'o' ? sd_printf("%s%llo", sign, u)
			     : sd_printf("%s%llu", sign, u);
}

static char *print_text(const struct spec *s, char verb, const struct sd_json *arg)
{
	struct sd_buf text = {0};
	sd_auto_json struct sd_json *string = NULL;

	value_print(arg, &text);
	sd_buf_str(&text, "");
	if (s->precision >= 0 && text.len > (size_t)s->precision)
		text.data[s->precision] = '\0';
	if (verb != 'q')
		return text.data;
	string = sd_json_new_str(text.data);
	sd_buf_free(&text);
	return string ? sd_json_text(string) : sd_strdup("");
}

static void pad(const struct spec *s, char *made, bool number, struct sd_buf *out)
{
	size_t len = strlen(made), width = (size_t)s->width;
	bool zero = s->zero && number && !s->left;

	if (zero && *made == '-') {
		sd_buf_str(out, "-");
		made++;
	}
	for (size_t i = len; !s->left && i < width; i++)
		sd_buf_str(out, zero ? "0" : " ");
	sd_buf_str(out, made);
	for (size_t i = len; s->left && i < width; i++)
		sd_buf_str(out, " ");
}

static int print_verb(const struct call *c, const struct spec *s, char verb,
	const struct sd_json *arg, struct sd_buf *out)
{
	sd_auto_free char *made = NULL;
	bool number = !strchr("svqt", verb);
	int64_t n;
	double d;

	if (strchr("dxXo", verb) && sd_json_int_value(arg, &n))
		made = print_integer(verb, n);
	else if (strchr("feg", verb) && sd_json_real_value(arg, &d))
		made = print_real(s, verb, d);
	else if (strchr("svqt", verb))
		made = print_text(s, verb, arg);
	if (!made)
		return template_fail(
			c->e, c->where, "printf: %%%c does not fit its argument", verb);
	if (s->plus && number && *made != '-')
		sd_buf_str(out, "+");
	pad(s, made, number, out);
	return 0;
}

int call_printf(const struct call *c)
{
	sd_auto_buf struct sd_buf text = {0};
	const char *p;
	size_t next = 1;

	if (call_want(c, 0, &p) < 0)
		return -1;
	while (*p) {
		struct spec spec;

		if (*p != '%' || *++p == '%') {
			sd_buf_add(&text, p++, 1);
			continue;
		}
		if (take_spec(c, &p, &spec) < 0)
			return -1;
		if (!*p || !strchr("dxXofeEgGsvqt", *p))
			return template_fail(c->e, c->where, "printf: '%%%.1s' is not known", p);
		if (next >= c->n)
			return template_fail(c->e, c->where, "printf: an argument is missing");
		if (print_verb(c, &spec, *p++, c->args[next++], &text) < 0)
			return -1;
	}
	if (next < c->n)
		return template_fail(c->e, c->where, "printf: an argument too many");
	return call_give(c, &text);
}
