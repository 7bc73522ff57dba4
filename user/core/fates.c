// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fates.c - the rows of fates.def and facts.def, by number and name
 */
#include "core/fates.h"

#include <string.h>

static const struct tf_fate_info fates[TF_FATE_MAX] = {
#define TF_FATE(name, slug_, class_, ender_, title_, meaning_, remedy_, local_, remote_, test_)    \
	[TF_FATE_##name] = {                                                                       \
		.slug = slug_,                                                                     \
		.class = TF_CLASS_##class_,                                                        \
		.ender = TF_ENDER_##ender_,                                                        \
		.title = title_,                                                                   \
		.meaning = meaning_,                                                               \
		.remedy = remedy_,                                                                 \
		.local_sees = local_,                                                              \
		.remote_sees = remote_,                                                            \
		.test = test_,                                                                     \
	},
#include "core/fates.def"
#undef TF_FATE
};

static const struct tf_fact_info facts[TF_FACT_MAX] = {
#define TF_FACT(name, slug_, source, text_) [TF_FACT_##name] = {.slug = slug_, .text = text_},
#include "core/facts.def"
#undef TF_FACT
};

static const struct tf_fate_need needs[] = {
#define TF_NEED(name, supply, other, when)                                                         \
	{TF_FATE_##name, TF_SUPPLY_##supply, TF_FATE_##other, when},
#include "core/fates.def"
#undef TF_NEED
};

_Static_assert(TF_FACT_MAX <= 64, "facts are bits of one 64-bit set");

static const char *const classes[TF_CLASS_MAX] = {
	[TF_CLASS_CLEAN] = "clean",	    [TF_CLASS_CONNECT] = "connect",
	[TF_CLASS_HANDSHAKE] = "handshake", [TF_CLASS_RESET] = "reset",
	[TF_CLASS_ABORT] = "abort",	    [TF_CLASS_TIMEOUT] = "timeout",
	[TF_CLASS_UNKNOWN] = "unknown",
};

const struct tf_fate_info *tf_fate_info(enum tf_fate fate)
{
	return &fates[fate];
}

const struct tf_fact_info *tf_fact_info(enum tf_fact fact)
{
	return &facts[fact];
}

const struct tf_fate_need *tf_fate_needs(size_t *ret_n)
{
	*ret_n = sizeof(needs) / sizeof(needs[0]);
	return needs;
}

const char *tf_class_name(enum tf_class class)
{
	return classes[class];
}

int tf_fate_parse(const char *slug)
{
	for (int fate = 0; fate < TF_FATE_MAX; fate++)
		if (!strcmp(slug, fates[fate].slug))
			return fate;
	return -1;
}

int tf_class_parse(const char *name)
{
	for (int number = 0; number < TF_CLASS_MAX; number++)
		if (!strcmp(name, classes[number]))
			return number;
	return -1;
}
