/* SPDX-License-Identifier: Apache-2.0 */
/* Names for containers that were given none: 64 x 64 pairs, and a number once those run short. */
#include <stdint.h>
#include <sys/random.h>
#include "sd-state.h"

static const char *const adjectives[64] = {"able", "airy", "amber", "ample", "avid", "bold",
	"brave", "brisk", "calm", "civil", "clear", "clever", "cosy", "crisp", "deft", "eager",
	"early", "easy", "fair", "fleet", "fond", "frank", "fresh", "gentle", "glad", "grand",
	"hardy", "honest", "humble", "ideal", "jolly", "keen", "kind", "lively", "loyal", "lucid",
	"lucky", "mellow", "merry", "mild", "modest", "neat", "nimble", "noble", "patient", "plain",
	"proud", "quick", "quiet", "rapid", "ready", "robust", "serene", "sharp", "silent", "sober",
	"spry", "steady", "sunny", "swift", "tidy", "vivid", "warm", "witty"};

static const char *const nouns[64] = {"adder", "badger", "bat", "beaver", "bee", "bison", "boar",
	"buzzard", "carp", "cat", "cod", "crane", "crow", "deer", "dove", "duck", "eagle", "eel",
	"elk", "falcon", "ferret", "finch", "fox", "frog", "gecko", "goose", "gull", "hare", "hawk",
	"heron", "hornet", "ibex", "jackdaw", "jay", "kite", "koala", "lark", "lemur", "lynx",
	"magpie", "marten", "mole", "moose", "moth", "newt", "otter", "owl", "perch", "pike",
	"puffin", "quail", "raven", "robin", "salmon", "seal", "shrew", "snail", "stoat", "swan",
	"tern", "toad", "trout", "viper", "wren"};

char *state_random_name(void)
{
	uint8_t r[4];

	while (getrandom(r, sizeof(r), 0) != sizeof(r))
		;
	/* One in eight carries a number, so that a full table never loops for long. */
	if (r[2] < 32)
		return sd_printf("%s_%s%d", adjectives[r[0] % 64], nouns[r[1] % 64], r[3]);
	return sd_printf("%s_%s", adjectives[r[0] % 64], nouns[r[1] % 64]);
}
