// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fates.c - the rows of fates.def and facts.def, by number and name
 */
#include "core/fate/fates.h"

#include <string.h>

static const struct tf_fate_info fate_infos[TF_FATE_MAX] = {
#define TF_FATE(name, slug_, class_, ender_, title_, meaning_, remedy_, local_, remote_, related_, \
		test_)                                                                             \
	[TF_FATE_##name] = {                                                                       \
		.slug = slug_,                                                                     \
		.class = TF_CLASS_##class_,                                                        \
		.closer = TF_CLOSER_##ender_,                                                      \
		.title = title_,                                                                   \
		.meaning = meaning_,                                                               \
		.remedy = remedy_,                                                                 \
		.local_sees = local_,                                                              \
		.remote_sees = remote_,                                                            \
		.related = related_,                                                               \
		.test = test_,                                                                     \
	},
#include "core/fate/fates.def"
#undef TF_FATE
};

static const struct tf_fact_info fact_infos[TF_FACT_MAX] = {
#define TF_FACT(name, slug_, source, text_) [TF_FACT_##name] = {.slug = slug_, .text = text_},
#include "core/fate/facts.def"
#undef TF_FACT
};

static const struct tf_fate_need fate_needs[] = {
#define TF_NEED(name, capability, degraded_to, when)                                               \
	{TF_FATE_##name, TF_CAPABILITY_##capability, TF_FATE_##degraded_to, when},
#include "core/fate/fates.def"
#undef TF_NEED
};

_Static_assert(TF_FACT_MAX <= 64, "facts are bits of one 64-bit set");

static const char *const class_names[TF_CLASS_MAX] = {
	[TF_CLASS_CLEAN] = "clean",	    [TF_CLASS_CONNECT] = "connect",
	[TF_CLASS_HANDSHAKE] = "handshake", [TF_CLASS_RESET] = "reset",
	[TF_CLASS_ABORT] = "abort",	    [TF_CLASS_TIMEOUT] = "timeout",
	[TF_CLASS_UNKNOWN] = "unknown",
};

const struct tf_fate_info *tf_fates_info(enum tf_fate fate)
{
	return &fate_infos[fate];
}

const struct tf_fact_info *tf_fates_fact(enum tf_fact fact)
{
	return &fact_infos[fact];
}

const struct tf_fate_need *tf_fates_needs(size_t *ret_n)
{
	*ret_n = sizeof(fate_needs) / sizeof(fate_needs[0]);
	return fate_needs;
}

const char *tf_fates_class_name(enum tf_class class)
{
	return class_names[class];
}

int tf_fates_parse(const char *slug)
{
	for (int fate = 0; fate < TF_FATE_MAX; fate++)
		if (!strcmp(slug, fate_infos[fate].slug))
			return fate;
	return -1;
}

int tf_fates_parse_class(const char *name)
{
	for (int number = 0; number < TF_CLASS_MAX; number++)
		if (!strcmp(name, class_names[number]))
			return number;
	return -1;
}
