/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * fates.h - the fates, their classes, and the facts that decide them, as numbers and words
 *
 * Made from fates.def and facts.def; see there for how to add one.
 */
#ifndef TCPFATE_CORE_FATE_FATES_H
#define TCPFATE_CORE_FATE_FATES_H

#include <stddef.h>
#include <stdint.h>

#include "core/stream/run_info.h"

enum tf_fact {
#define TF_FACT(name, slug, source, text) TF_FACT_##name,
#include "core/fate/facts.def"
#undef TF_FACT
	TF_FACT_MAX,
};

enum tf_fate {
#define TF_FATE(name, ...) TF_FATE_##name,
#include "core/fate/fates.def"
#undef TF_FATE
	TF_FATE_MAX,
};

enum tf_class {
	TF_CLASS_CLEAN,
	TF_CLASS_CONNECT,
	TF_CLASS_HANDSHAKE,
	TF_CLASS_RESET,
	TF_CLASS_ABORT,
	TF_CLASS_TIMEOUT,
	TF_CLASS_UNKNOWN,
	TF_CLASS_MAX,
};

/* Who closed first when there was no FIN. */
enum tf_closer { TF_CLOSER_NONE, TF_CLOSER_LOCAL, TF_CLOSER_REMOTE, TF_CLOSER_BOTH };

struct tf_fate_info {
	const char *slug;
	enum tf_class class;
	enum tf_closer closer;
	const char *title;	/* a few words, lower case */
	const char *meaning;	/* one or two sentences: what happened on the wire */
	const char *remedy;	/* what to change or to look at */
	const char *local_sees; /* errno and call, or "nothing" */
	const char *remote_sees;
	const char *related; /* glossary entries worth reading with it, a blank between two */
	const char *test;    /* the end-to-end test that proves it: "file.py::function" */
};

/* What a fate is called where a kernel lacks the capability that it rests on: see TF_NEED in
 * fates.def. */
struct tf_fate_need {
	enum tf_fate fate;
	enum tf_capability capability;
	enum tf_fate degraded_to;
	const char *when; /* "": always */
};

struct tf_fact_info {
	const char *slug;
	const char *text;
};

/* Rows by number; @fate and @fact must be in range. Static. */
const struct tf_fate_info *tf_fates_info(enum tf_fate fate);
const struct tf_fact_info *tf_fates_fact(enum tf_fact fact);

/* The rows of TF_NEED; @ret_n says how many. Static. */
const struct tf_fate_need *tf_fates_needs(size_t *ret_n);

/* "clean", "connect"... Static. */
const char *tf_fates_class_name(enum tf_class class);

/* The number for a slug or class name (exact, lower case); -1 when there is none. */
int tf_fates_parse(const char *slug);
int tf_fates_parse_class(const char *name);

#endif
