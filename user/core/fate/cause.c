// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * cause.c - see cause.h
 */
#include "core/fate/cause.h"

#include <stddef.h>
#include <string.h>

#define F(name) (1ULL << TF_FACT_##name)
#define INSTEAD true
#define BESIDE false

struct cause_rule {
	enum tf_cause cause;
	uint64_t fates; /* set of 1ULL << enum tf_fate */
	uint64_t required, forbidden;
	struct tf_cause_words words;
};

static const struct cause_rule cause_rules[] = {
#define TF_CAUSE_RULE(name, fates_, required_, forbidden_, says, sentence_, remedy_)               \
	{                                                                                          \
		.cause = TF_CAUSE_##name,                                                          \
		.fates = fates_,                                                                   \
		.required = required_,                                                             \
		.forbidden = forbidden_,                                                           \
		.words = {.sentence = sentence_,                                                   \
			  .remedy = sizeof(remedy_) > 1 ? remedy_ : NULL,                          \
			  .instead = says},                                                        \
	},
#include "core/fate/causes.def"
#undef TF_CAUSE_RULE
};

#define N_RULES (sizeof(cause_rules) / sizeof(cause_rules[0]))

static const struct tf_cause_info cause_infos[TF_CAUSE_MAX] = {
#define TF_CAUSE(name, slug_, title_, meaning_, remedy_, related_, test_)                          \
	[TF_CAUSE_##name] = {                                                                      \
		.slug = slug_,                                                                     \
		.title = title_,                                                                   \
		.meaning = meaning_,                                                               \
		.remedy = remedy_,                                                                 \
		.related = related_,                                                               \
		.test = test_,                                                                     \
	},
#include "core/fate/causes.def"
#undef TF_CAUSE
};

_Static_assert(TF_FATE_MAX <= 64, "fates are bits of one 64-bit set");

const struct tf_cause_info *tf_cause_info(enum tf_cause cause)
{
	return &cause_infos[cause];
}

enum tf_cause tf_cause_find(enum tf_fate fate, uint64_t facts, uint64_t doubts, uint64_t *evidence)
{
	for (size_t i = 0; i < N_RULES; i++) {
		const struct cause_rule *rule = &cause_rules[i];

		if (!(rule->fates >> fate & 1) || (rule->required & ~facts) ||
		    (rule->forbidden & (facts | doubts)))
			continue;
		*evidence |= rule->required;
		return rule->cause;
	}
	return TF_CAUSE_NONE;
}

const struct tf_cause_words *tf_cause_words(enum tf_cause cause, enum tf_fate fate,
					    uint64_t evidence)
{
	for (size_t i = 0; cause != TF_CAUSE_NONE && i < N_RULES; i++) {
		const struct cause_rule *rule = &cause_rules[i];

		if (rule->cause == cause && (rule->fates >> fate & 1) &&
		    !(rule->required & ~evidence))
			return &rule->words;
	}
	return NULL;
}

int tf_cause_parse(const char *slug)
{
	for (int i = TF_CAUSE_NONE + 1; i < TF_CAUSE_MAX; i++)
		if (!strcmp(cause_infos[i].slug, slug))
			return i;
	return -1;
}
