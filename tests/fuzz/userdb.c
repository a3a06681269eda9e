/* SPDX-License-Identifier: Apache-2.0 */
/* A user, then /etc/passwd and /etc/group with "\n%\n" between: the image's files, hostile. */
#include "fuzz.h"

#include "userdb.h"

/* The text behind the next separator, which becomes the end of the one before; "" at the end. */
static char *cut(char *text, const char *separator)
{
	char *found = strstr(text, separator);

	if (!found)
		return text + strlen(text);
	*found = '\0';
	return found + strlen(separator);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_free char *text = fuzz_text(data, size), *home = NULL;
	char *passwd = cut(text, "\n"), *group = cut(passwd, "\n%\n");
	struct sd_userdb db = {*passwd ? passwd : NULL, *group ? group : NULL};
	sd_auto_user struct sd_user u = {0};
	struct sd_err e = {0};
	unsigned id;
	int number;

	if (sd_user_lookup(&db, text, &u, &e) < 0) {
		must_explain(&e);
		return 0;
	}
	must(u.uid <= SD_ID_MAX && u.gid <= SD_ID_MAX);
	must(u.groups.n && u.groups.v[0] == u.gid);
	must(u.home);
	/* Digits are a number, whatever the image's files say. */
	cut(text, ":");
	number = sd_userdb_id(text, "user", &id, &e);
	must(number >= 0 && (number == 0 || u.uid == id));
	home = sd_user_home(&db, u.uid);
	must(home && *home);
	return 0;
}
