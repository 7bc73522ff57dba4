/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * cause.h - why an end came, beside the fate that says how
 *
 * A fate is general, and so is its remedy; a cause is the answer, where the facts on this host show
 * it. causes.def has the causes and their rules; see there for how to add one. An uncertain fact
 * gives no cause.
 */
#ifndef TCPFATE_CORE_FATE_CAUSE_H
#define TCPFATE_CORE_FATE_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/fate/fates.h"

enum tf_cause {
	TF_CAUSE_NONE, /* the facts show none */
#define TF_CAUSE(name, ...) TF_CAUSE_##name,
#include "core/fate/causes.def"
#undef TF_CAUSE
	TF_CAUSE_MAX,
};

struct tf_cause_info {
	const char *slug;
	const char *title;   /* a few words, lower case */
	const char *meaning; /* in general, for explain */
	const char *remedy;
	const char *related; /* glossary entries worth reading with it, a blank between two */
	const char *test;    /* the end-to-end test that proves it: "file.py::function" */
};

/* The words for one end. */
struct tf_cause_words {
	const char *sentence;
	const char *remedy; /* NULL: that of the fate serves */
	bool instead;	    /* of the meaning of the fate, which is not to be said */
};

/* Row by number; @cause must be in range and not TF_CAUSE_NONE. Static. */
const struct tf_cause_info *tf_cause_info(enum tf_cause cause);

/* The cause of an end of @fate: that of the first rule whose required facts are among @facts and
 * whose forbidden ones are neither there nor among @doubts. Its required facts are added to
 * @evidence. */
enum tf_cause tf_cause_find(enum tf_fate fate, uint64_t facts, uint64_t doubts, uint64_t *evidence);

/* The words for an end of @fate with @cause, whose record has @evidence: those of the cause's first
 * rule that fits both. NULL: there is no cause. Static. */
const struct tf_cause_words *tf_cause_words(enum tf_cause cause, enum tf_fate fate,
					    uint64_t evidence);

/* The number for a slug (exact, lower case); -1 when there is none. */
int tf_cause_parse(const char *slug);

#endif
