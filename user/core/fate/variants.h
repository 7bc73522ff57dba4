/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * variants.h - the words of a fate that are true of some of its records only
 *
 * Made from variants.def; see there for how to add one.
 */
#ifndef TCPFATE_CORE_FATE_VARIANTS_H
#define TCPFATE_CORE_FATE_VARIANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/record.h"

enum tf_variant {
#define TF_VARIANT(fate, name, when, condition, meaning, remedy) TF_VARIANT_##fate##_##name,
#include "core/fate/variants.def"
#undef TF_VARIANT
	TF_VARIANT_MAX,
};

struct tf_variant_info {
	enum tf_fate fate;
	const char *when;    /* "with fin_sent" */
	const char *meaning; /* sentences that follow the fate's; NULL: none */
	const char *remedy;  /* takes the place of the fate's; NULL: none */
};

/* The row by number; @variant must be in range. Static. */
const struct tf_variant_info *tf_variants_info(enum tf_variant variant);

/* Whether @record, of the variant's fate, has this form. None holds for what is unknown. */
bool tf_variants_holds(enum tf_variant variant, const struct tf_conn_record *record);

/* The remedy for @record: of the first variant that holds and has one, else its fate's. Static. */
const char *tf_variants_remedy(const struct tf_conn_record *record);

#endif
