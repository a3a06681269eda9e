/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes, durations, whole numbers, signals: out of range is refused, never wrapped. */
#include "fuzz.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>

static void round_trip(const char *text, int64_t n)
{
	struct sd_err e = {0};
	char again[32];
	int64_t m;

	snprintf(again, sizeof(again), "%lld", (long long)n);
	must(sd_parse_int(again, text, n, n, &m, &e) == 0 && m == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sd_auto_free char *text = fuzz_text(data, size);
	struct sd_err e = {0};
	char name[16];
	double seconds;
	int64_t n;
	int sig, again;

	if (sd_parse_int(text, "n", -5, 1000, &n, &e) < 0)
		must_explain(&e);
	else
		must(n >= -5 && n <= 1000);
	if (sd_parse_int(text, "n", INT64_MIN, INT64_MAX, &n, &e) == 0)
		round_trip(text, n);
	if (sd_parse_size(text, "size", &n, &e) < 0)
		must_explain(&e);
	else
		must(n >= 0);
	if (sd_parse_duration(text, "duration", &seconds, &e) < 0)
		must_explain(&e);
	else
		must(isfinite(seconds) && seconds >= 0 && seconds < 9.3e9);
	if (sd_parse_signal(text, "signal", &sig, &e) < 0) {
		must_explain(&e);
		return 0;
	}
	must(sig >= 1 && sig <= SIGRTMAX);
	must(sd_parse_signal(sd_signal_name(sig, name), "signal", &again, &e) == 0 && again == sig);
	return 0;
}
