/* SPDX-License-Identifier: Apache-2.0 */
#include "platform.h"

#include <string.h>
#include <strings.h>

const char *sd_platform_arch(const char *name, size_t len)
{
	static const char *const names[][2] = {
		{"aarch64", "arm64"},
		{"armel", "arm"},
		{"armhf", "arm"},
		{"armv7l", "arm"},
		{"i386", "386"},
		{"i686", "386"},
		{"loongarch64", "loong64"},
		{"x86-64", "amd64"},
		{"x86_64", "amd64"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i][0]) == len && strncasecmp(name, names[i][0], len) == 0)
			return names[i][1];
	return NULL;
}
