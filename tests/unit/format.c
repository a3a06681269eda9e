/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <stdlib.h>
#include "cleanup.h"
#include "format.h"

static const char data_text[] =
	"{\"id\":\"abc\",\"Name\":\"/"
	"jay\",\"n\":3,\"Real\":0.5,\"Up\":true,\"Null\":null,\"Empty\":[],"
	"\"List\":[\"x\",\"y\",\"z\"],\"Map\":{\"b\":2,\"a\":1},\"State\":{\"Status\":\"running\","
	"\"ExitCode\":0},\"Mounts\":[{\"Source\":\"/a\",\"RW\":true},{\"Source\":\"/"
	"b\",\"RW\":false}],"
	"\"Config\":{\"Labels\":{\"com.x\":\"1\"},\"Env\":[\"A=1\",\"B=2\"]}}";

static int render(const char *template, struct sd_buf *out, struct sd_err *e)
{
	sd_auto_json struct sd_json *data = sd_json_parse(data_text, strlen(data_text), "data", e);
	sd_auto_format struct sd_format *f = NULL;

	assert_non_null(data);
	f = sd_format_parse(template, e);
	if (!f)
		return -1;
	sd_buf_str(out, "");
	return sd_format_run(f, data, sd_json_get(data, "Config.Labels"), out, e);
}

static void all(const char *const cases[][2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		sd_auto_buf struct sd_buf out = {0};
		struct sd_err e = {0};

		if (render(cases[i][0], &out, &e) < 0)
			fail_msg("%s: %s", cases[i][0], e.text);
		if (strcmp(out.data, cases[i][1]) != 0)
			fail_msg("%s: '%s', not '%s'", cases[i][0], out.data, cases[i][1]);
	}
}
#define ALL(cases) all(cases, sizeof(cases) / sizeof(*cases))

static void fields(void **state)
{
	static const char *const cases[][2] = {
		{"{{.Id}} {{.ID}} {{.id}}", "abc abc abc"},
		{"{{.State.Status}}:{{ .State.ExitCode }}", "running:0"},
		{"{{.missing}}|{{.Null}}|{{.Config.Labels.nope}}",
			"<no value>|<no value>|<no value>"},
		{"{{.Map}} {{.List}} {{.Real}} {{.Up}}", "map[a:1 b:2] [x y z] 0.5 true"},
		{"{{json .List}} {{json .Null}} {{.Name | json}}",
			"[\"x\",\"y\",\"z\"] null \"/jay\""},
		{"{{$.Name}}{{with .State}}{{.Status}}{{$.Name}}{{end}}", "/jayrunning/jay"},
		{"{{.Label \"com.x\"}}{{.Label \"none\"}}", "1"},
		{"{{(index .Mounts 1).Source}}", "/b"},
		{"{{\"a\\tb\"}}{{`c\\d`}}{{-1}}{{0x10}}{{1.5}}{{true}}", "a\tbc\\d-1161.5true"},
		{"a\\tb\\nc", "a\tb\nc"},
		{"x  {{- .id -}}  y {{/* nothing */}}z {{- /* a */ -}} .", "xabcy z."},
		{"plain }} text", "plain }} text"},
		{"", ""},
	};

	ALL(cases);
}

static void blocks(void **state)
{
	static const char *const cases[][2] = {
		{"{{range .Mounts}}{{.Source}}:{{.RW}};{{end}}", "/a:true;/b:false;"},
		{"{{range $i, $m := .Mounts}}{{$i}}{{$m.Source}}{{$.id}} {{end}}",
			"0/aabc 1/babc "},
		{"{{range $k, $v := .Map}}{{$k}}={{$v}},{{end}}", "a=1,b=2,"},
		{"{{range $v := .List}}{{$v}}{{end}}{{range .Empty}}x{{else}}none{{end}}",
			"xyznone"},
		{"{{if .Up}}a{{else}}b{{end}}{{if .Empty}}a{{else if .Null}}b{{else}}c{{end}}",
			"ac"},
		{"{{if .missing}}a{{end}}{{with .missing}}b{{else}}c{{end}}", "c"},
		{"{{$x := 1}}{{if true}}{{$x = 2}}{{$y := 3}}{{end}}{{$x}}", "2"},
		{"{{with $x := .Name}}{{$x}}{{.}}{{end}}", "/jay/jay"},
		{"{{range .Mounts}}{{if .RW}}{{.Source}}{{end}}{{end}}", "/a"},
	};

	ALL(cases);
}

static void functions(void **state)
{
	static const char *const cases[][2] = {
		{"{{upper .Name}} {{.Name | lower}} {{title \"two words\"}}",
			"/JAY /jay Two Words"},
		{"{{join .List \",\"}} {{json (split \"a:b:c\" \":\")}}",
			"x,y,z [\"a\",\"b\",\"c\"]"},
		{"{{len .List}} {{len .Name}} {{len .Map}}", "3 4 2"},
		{"{{index .Map \"a\"}} {{index .List 2}} {{index .Config.Labels \"com.x\"}}",
			"1 z 1"},
		{"{{eq .n 3}} {{eq .n 1 2 3}} {{ne .Name \"x\"}} {{eq .Null nil}}",
			"true true true true"},
		{"{{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2.5 2}} {{lt \"a\" \"b\"}}",
			"true true false true true"},
		{"{{and .Up .Name}} {{or .Empty \"x\"}} {{not .Up}} {{and .Empty .Up}}",
			"/jay x false []"},
		{"{{if and .Up (eq .State.Status \"running\")}}yes{{end}}", "yes"},
		{"{{printf \"%s|%-5s|%5d|%05d|%x|%.2f|%q|%v|%t|%%\" .id .id 42 -42 255 .Real .id "
		 ".List "
		 ".Up}}",
			"abc|abc  |   42|-0042|ff|0.50|\"abc\"|[x y z]|true|%"},
		{"{{.n | printf \"%d-%s\" 1 | println}}", "1-3\n"},
		{"{{print 1 2 \"a\" \"b\"}} {{println \"a\" 1}}", "1 2ab a 1\n"},
	};

	ALL(cases);
}

static void refused(void **state)
{
	static const char *const cases[][2] = {
		{"{{.Nope}}", "column 3: can't evaluate field Nope"},
		{"ab{{.Null.X}}", "column 5: can't evaluate field X of no value"},
		{"{{.Name.X}}", "of a value without fields"},
		{"{{.id", "is to be closed by '}}'"},
		{"{{if .id}}x", "column 6: no {{end}} to it"},
		{"x{{end}}", "{{end}} without a beginning"},
		{"{{else}}", "{{else}} without a beginning"},
		{"{{if .id}}{{else}}{{else}}{{end}}", "a second {{else}}"},
		{"{{nope .id}}", "column 3: function 'nope' is not defined"},
		{"{{\"abc}}", "a string that is not closed"},
		{"{{\"\\y\"}}", "an escape that is none"},
		{"{{(.id}}", "a parenthesis that is not closed"},
		{"{{/* x }}", "a comment that is not closed"},
		{"{{$x}}", "undefined variable $x"},
		{"{{.id 1}}", "only a function"},
		{"{{1 | .id}}", "only a function"},
		{"{{index .List 3}}", "index: 3 is out of range"},
		{"{{index .List \"a\"}}", "a list takes numbers"},
		{"{{len 1}}", "len: this has no length"},
		{"{{join .Name \"x\"}}", "join: argument 1 is not a list"},
		{"{{eq 1 \"a\"}}", "incompatible types"},
		{"{{lt .Up true}}", "incompatible types"},
		{"{{printf \"%d\" .id}}", "does not fit"},
		{"{{printf \"%s\"}}", "an argument is missing"},
		{"{{printf \"x\" 1}}", "an argument too many"},
		{"{{printf \"%y\" 1}}", "'%y' is not known"},
		{"{{printf \"%9999s\" 1}}", "too large"},
		{"{{upper}}", "upper: 0 arguments, not 1"},
		{"{{range 1}}x{{end}}", "range can't iterate"},
		{"{{}}", "unexpected '}'"},
		{"{{. .}}{{|}}", "unexpected '|'"},
		{"{{99999999999999999999}}", "too large"},
		{"{{.a..b}}", "unexpected"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sd_auto_buf struct sd_buf out = {0};
		struct sd_err e = {0};

		if (render(cases[i][0], &out, &e) != -1)
			fail_msg("%s is taken: '%s'", cases[i][0], out.data);
		if (!strstr(e.text, cases[i][1]))
			fail_msg("%s: '%s', without '%s'", cases[i][0], e.text, cases[i][1]);
	}
}

/* Deep nesting and much work end with an error, not with the stack or the memory. */
static void bounded(void **state)
{
	static const char *const parts[][3] = {
		{"{{", "(", "}}"}, {"", "{{if 1}}", ""}, {"{{if 1}}", "{{else if 1}}", "{{end}}"}};
	sd_auto_buf struct sd_buf loops = {0}, out = {0};
	struct sd_err e = {0};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		sd_auto_buf struct sd_buf deep = {0}, ignored = {0};

		sd_buf_str(&deep, parts[i][0]);
		for (int k = 0; k < 100000; k++)
			sd_buf_str(&deep, parts[i][1]);
		sd_buf_str(&deep, parts[i][2]);
		assert_fails(render(deep.data, &ignored, &e), e, "deep");
	}
	sd_buf_str(&loops, "");
	for (int k = 0; k < 20; k++)
		sd_buf_str(&loops, "{{range $.List}}");
	sd_buf_str(&loops, "0123456789");
	for (int k = 0; k < 20; k++)
		sd_buf_str(&loops, "{{end}}");
	assert_fails(render(loops.data, &out, &e), e, "no end");
}

static void rows(void **state)
{
	static const struct {
		const char *format, *out;
	} cases[] = {
		{"json", "{\"ID\":\"a\",\"Names\":\"x\"}\n{\"ID\":\"bcd\",\"Names\":\"y\"}\n"},
		{"table {{.ID}}\\t{{.Names}}",
			"CONTAINER ID   NAMES\na              x\nbcd            y\n"},
		{"{{.ID}}:{{.Names}}", "a:x\nbcd:y\n"},
		{"table {{upper .Names}}", "NAMES\nX\nY\n"},
		{"table", "NAMES   CONTAINER ID\nx       a\ny       bcd\n"},
		{NULL, "NAMES   CONTAINER ID\nx       a\ny       bcd\n"},
	};
	static const struct sd_heading headings[] = {
		{"ID", "CONTAINER ID"}, {"Names", "NAMES"}, {0}};
	static const char own[] = "table {{.Names}}\t{{.ID}}";
	static const char *const texts[] = {
		"{\"ID\":\"a\",\"Names\":\"x\"}", "{\"ID\":\"bcd\",\"Names\":\"y\"}"};
	struct sd_err e = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		sd_auto_rows struct sd_rows *r = sd_rows_begin(cases[i].format, own, headings, &e);
		sd_auto_free char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		assert_non_null(r);
		for (size_t k = 0; k < 2; k++) {
			sd_auto_json struct sd_json *row =
				sd_json_parse(texts[k], strlen(texts[k]), "row", &e);

			assert_int_equal(sd_rows_add(r, row, NULL, &e), 0);
		}
		sd_rows_print(r, to);
		fclose(to);
		assert_string_equal(text, cases[i].out);
	}
	assert_null(sd_rows_begin("table {{.Nope}}", own, headings, &e));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(fields),
		cmocka_unit_test(blocks), cmocka_unit_test(functions), cmocka_unit_test(refused),
		cmocka_unit_test(bounded), cmocka_unit_test(rows)};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
