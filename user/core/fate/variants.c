// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * variants.c - the rows of variants.def, and the predicates of their conditions
 */
#include "core/fate/variants.h"

#include <errno.h>

#include "core/states.h"

static const struct tf_variant_info variant_infos[TF_VARIANT_MAX] = {
#define TF_VARIANT(fate_, name, when_, condition, meaning_, remedy_)                               \
	[TF_VARIANT_##fate_##_##name] = {                                                          \
		.fate = TF_FATE_##fate_,                                                           \
		.when = when_,                                                                     \
		.meaning = meaning_,                                                               \
		.remedy = remedy_,                                                                 \
	},
#include "core/fate/variants.def"
#undef TF_VARIANT
};

/* --- predicates: false for what is unknown -------------------------------------------------- */

#define EVIDENT(fact) (r->evidence >> TF_FACT_##fact & 1)

static bool is_none(struct tf_maybe count)
{
	return tf_maybe_known(count) && !tf_maybe_value(count);
}

static bool is_some(struct tf_maybe count)
{
	return tf_maybe_or(count, 0) > 0;
}

/* Data of ours was not delivered, or was. */
static bool owes_data(const struct tf_conn_record *r)
{
	return is_some(r->bytes_unacked) || is_some(r->bytes_unsent);
}

static bool owes_nothing(const struct tf_conn_record *r)
{
	return is_none(r->bytes_unacked) && is_none(r->bytes_unsent);
}

static bool process_killed(const struct tf_conn_record *r)
{
	return r->how == TF_HOW_SIGNAL || r->how == TF_HOW_OOM;
}

static bool process_ended(const struct tf_conn_record *r)
{
	return r->how == TF_HOW_EXIT || process_killed(r);
}

const struct tf_variant_info *tf_variants_info(enum tf_variant variant)
{
	return &variant_infos[variant];
}

bool tf_variants_holds(enum tf_variant variant, const struct tf_conn_record *r)
{
	switch (variant) {
#define TF_VARIANT(fate_, name, when, condition, meaning, remedy)                                  \
	case TF_VARIANT_##fate_##_##name:                                                          \
		return r->fate == TF_FATE_##fate_ && (condition);
#include "core/fate/variants.def"
#undef TF_VARIANT
	case TF_VARIANT_MAX:
		break;
	}
	return false;
}

const char *tf_variants_remedy(const struct tf_conn_record *record)
{
	for (int variant = 0; variant < TF_VARIANT_MAX; variant++)
		if (variant_infos[variant].remedy && tf_variants_holds(variant, record))
			return variant_infos[variant].remedy;
	return tf_fates_info(record->fate)->remedy;
}
