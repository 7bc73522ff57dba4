// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * sentence.c - see sentence.h
 *
 * Each fact of a record that an engineer asks for next has a function that writes its sentence, or
 * nothing where it does not apply.
 */
#include "sink/text/sentence.h"

#include <signal.h>
#include <string.h>

#include "base/duration.h"
#include "base/errnos.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "base/units.h"
#include "core/fate/variants.h"
#include "core/states.h"
#include "sink/text/columns.h"

/* With the variants of a fate: tests/unit/test_variants.c. Besides the tables' text: facts
 * (TF_FACT_MAX slugs of 32 at most), states, numbers. */
#define TF_FATE(name, slug, class, closer, title, meaning, remedy, ...)                            \
	_Static_assert(sizeof(meaning) + sizeof(remedy) < TF_SENTENCE_MAX / 2 - 1024,              \
		       slug " is too long");
#include "core/fate/fates.def"
#undef TF_FATE
#define TF_CAUSE_RULE(name, fates, required, forbidden, says, sentence, remedy)                    \
	_Static_assert(sizeof(sentence) + sizeof(remedy) < 1024, #name " is too long");
#include "core/fate/causes.def"
#undef TF_CAUSE_RULE
_Static_assert(TF_FACT_MAX * 32 + TF_STATES_MAX * 48 + TF_ESCAPE_TERM_MAX * TF_REASON_LEN + 640 <
		       TF_SENTENCE_MAX / 2,
	       "the record's own facts must fit");

#define DEAD_HELD_LONG_US US_PER_S /* worth a word */

/* The errno, and whether the application got it. */
static char *say_errno(char *at, const struct tf_conn_record *r)
{
	const char *name = tf_errnos_name(r->err);

	if (r->err <= 0)
		return at;
	if (r->err_delivered == TF_YES)
		at = TF_FMT_LIT(at, " The application got ");
	else if (r->err_delivered == TF_NO)
		at = TF_FMT_LIT(at, " The application never got ");
	else
		at = TF_FMT_LIT(at, " An application that still uses it gets ");
	at = name ? tf_fmt_str(at, name) : tf_fmt_u64(TF_FMT_LIT(at, "errno "), (uint64_t)r->err);
	*at++ = '.';
	return at;
}

static char *say_amount(char *at, struct tf_maybe amount, const char *one, const char *many)
{
	uint64_t n = tf_maybe_or(amount, 0);

	if (!n)
		return at;
	*at++ = ' ';
	at = tf_fmt_u64(at, n);
	return tf_fmt_str(at, n == 1 ? one : many);
}

static char *say_amounts(char *at, const struct tf_conn_record *r)
{
	at = say_amount(at, r->bytes_unacked, " byte of ours was never acknowledged.",
			" bytes of ours were never acknowledged.");
	at = say_amount(at, r->bytes_unsent, " byte was written and never sent.",
			" bytes were written and never sent.");
	/* "had not been": after a reset or a timeout the holder may still read them. */
	at = say_amount(at, r->bytes_unread, " received byte had not been read.",
			" received bytes had not been read.");
	return say_amount(at, r->retransmits, " segment was retransmitted.",
			  " segments were retransmitted.");
}

char *tf_sentence_killed(char *at, const struct tf_conn_record *conn)
{
	if (conn->how == TF_HOW_OOM)
		return TF_FMT_LIT(at, " The kernel killed its process: out of memory.");
	if (conn->how != TF_HOW_SIGNAL || !conn->how_signal)
		return at;
	at = TF_FMT_LIT(at, " Its process was killed by signal ");
	at = tf_fmt_u64(at, conn->how_signal);
	*at++ = '.';
	return at;
}

char *tf_sentence_cleared(char *at, const struct tf_conn_record *conn)
{
	if (!(conn->evidence & 1ULL << TF_FACT_RST_CLEARED_OLD))
		return at;
	return TF_FMT_LIT(at, " While it connected, the peer still had an old connection of the "
			      "same addresses and ports: an RST from here cleared that one.");
}

static char *say_how(char *at, const struct tf_conn_record *r)
{
	if (r->how == TF_HOW_EXIT)
		return TF_FMT_LIT(at, " Its process exited.");
	return tf_sentence_killed(at, r);
}

static char *say_reason(char *at, const struct tf_conn_record *r, const struct tf_run_info *info)
{
	const char *name = tf_run_info_reason_name(info, r->rst_reason);

	if (!name)
		return at;
	at = TF_FMT_LIT(at, " The kernel's reason for the RST: ");
	at = tf_escape_term(at, name, strnlen(name, TF_REASON_LEN));
	*at++ = '.';
	return at;
}

static char *say_dead_held(char *at, const struct tf_conn_record *r)
{
	uint64_t us = tf_maybe_or(r->dead_held_us, 0);

	if (us < DEAD_HELD_LONG_US)
		return at;
	at = TF_FMT_LIT(at, " The application held the dead socket for ");
	at = tf_duration_short(at, us);
	*at++ = '.';
	return at;
}

static char *say_states(char *at, const struct tf_conn_record *r)
{
	for (unsigned int i = 0; i < r->n_states; i++) {
		at = i ? TF_FMT_LIT(at, ", ") : TF_FMT_LIT(at, " States: ");
		at = tf_fmt_str(at, tf_states_name(r->states[i].state));
		if (!tf_maybe_known(r->states[i].spent_us))
			continue;
		*at++ = ' ';
		at = tf_duration_short(at, tf_maybe_value(r->states[i].spent_us));
	}
	if (r->n_states)
		*at++ = '.';
	return at;
}

static char *say_evidence(char *at, uint64_t facts)
{
	const char *before = " Evidence: ";

	facts &= (1ULL << TF_FACT_MAX) - 1;
	if (!facts)
		return at;
	for (; facts; facts &= facts - 1, before = ", ") {
		at = tf_fmt_str(at, before);
		at = tf_fmt_str(at, tf_fates_fact(__builtin_ctzll(facts))->slug);
	}
	*at++ = '.';
	return at;
}

static const struct tf_cause_words *cause_words(const struct tf_conn_record *conn)
{
	return tf_cause_words(conn->cause, conn->fate, conn->evidence);
}

char *tf_sentence_meaning(char *at, const struct tf_conn_record *conn)
{
	const struct tf_cause_words *words = cause_words(conn);

	if (words && words->instead)
		return tf_fmt_str(at, words->sentence);
	at = tf_fmt_str(at, tf_fates_info(conn->fate)->meaning);
	for (int variant = 0; variant < TF_VARIANT_MAX; variant++) {
		const char *meaning = tf_variants_info(variant)->meaning;

		if (meaning && tf_variants_holds(variant, conn))
			at = tf_fmt_str(TF_FMT_LIT(at, " "), meaning);
	}
	return tf_sentence_cause(at, conn);
}

char *tf_sentence_cause(char *at, const struct tf_conn_record *conn)
{
	const struct tf_cause_words *words = cause_words(conn);

	if (!words)
		return at;
	*at++ = ' ';
	return tf_fmt_str(at, words->sentence);
}

static char *say_cause(char *at, enum tf_cause cause)
{
	if (cause == TF_CAUSE_NONE)
		return at;
	at = TF_FMT_LIT(at, " Cause: ");
	at = tf_fmt_str(at, tf_cause_info(cause)->slug);
	*at++ = '.';
	return at;
}

char *tf_sentence_facts(char *at, const struct tf_conn_record *conn, const struct tf_run_info *info)
{
	at = say_errno(at, conn);
	at = say_amounts(at, conn);
	at = say_how(at, conn);
	at = tf_sentence_cleared(at, conn);
	at = say_reason(at, conn, info);
	at = say_dead_held(at, conn);
	if (!conn->complete)
		at = TF_FMT_LIT(at, " Part of its history is missing.");
	at = say_cause(at, conn->cause);
	at = say_evidence(at, conn->evidence);
	return say_states(at, conn);
}

enum tf_killed tf_sentence_killed_by(const struct tf_conn_record *conn)
{
	enum tf_class class = tf_fates_info(conn->fate)->class;

	if (class != TF_CLASS_CLEAN && class != TF_CLASS_ABORT)
		return TF_KILLED_NOT; /* something else ended it later */
	if (conn->how == TF_HOW_OOM)
		return TF_KILLED_OOM;
	if (conn->how != TF_HOW_SIGNAL)
		return TF_KILLED_NOT;
	switch (conn->how_signal) {
	case SIGTERM:
	case SIGINT:
	case SIGHUP:
		return TF_KILLED_STOPPED;
	case SIGSEGV:
	case SIGABRT:
	case SIGBUS:
	case SIGFPE:
	case SIGILL:
	case SIGTRAP:
	case SIGSYS:
		return TF_KILLED_CRASHED;
	default:
		return TF_KILLED_OTHER;
	}
}

char *tf_sentence_remedy(char *at, const struct tf_conn_record *conn)
{
	static const char *const killed[TF_KILLED_MAX] = {
		[TF_KILLED_STOPPED] = "If the process shall finish its connections first: let it "
				      "handle the signal, and give it the time to.",
		[TF_KILLED_CRASHED] =
			"Find the fault in the process: its core dump (`coredumpctl`), "
			"its log, and the kernel's.",
		[TF_KILLED_OOM] = "The kernel log says which limit was reached (`journalctl -k`): "
				  "give the process, or its cgroup (memory.max), more, or find "
				  "what it needs so much for.",
		[TF_KILLED_OTHER] =
			"Find out who sent the signal: a supervisor whose patience ended,"
			" a health check, a person (the log of systemd or of the "
			"container's runtime).",
	};
	const struct tf_cause_words *words = cause_words(conn);
	const char *why = killed[tf_sentence_killed_by(conn)];

	at = TF_FMT_LIT(at, "What to do: ");
	if (!why && words)
		why = words->remedy;
	return tf_fmt_str(at, why ? why : tf_variants_remedy(conn));
}

char *tf_sentence_totals(char *at, const struct tf_stats *stats, uint64_t shown)
{
	uint64_t classes[TF_CLASS_MAX] = {0};
	const char *before = ": ";

	for (unsigned int i = 0; i < TF_FATE_MAX; i++)
		classes[tf_fates_info(i)->class] += stats->fates[i];
	at = tf_fmt_u64(at, stats->ended);
	at = tf_fmt_str(at, stats->ended == 1 ? " connection ended" : " connections ended");
	for (unsigned int i = 0; i < TF_CLASS_MAX; i++) {
		if (!classes[i])
			continue;
		at = tf_fmt_str(at, before);
		at = tf_fmt_u64(at, classes[i]);
		*at++ = ' ';
		at = tf_fmt_str(at, tf_fates_class_name(i));
		before = ", ";
	}
	if (shown < stats->ended) {
		at = tf_fmt_u64(TF_FMT_LIT(at, "; "), shown);
		at = TF_FMT_LIT(at, " shown");
	}
	at = TF_FMT_LIT(at, ". ");
	if (stats->resets) {
		at = tf_fmt_u64(at, stats->resets);
		at = tf_fmt_str(at, stats->resets == 1 ? " reset beside them. " :
							 " resets beside them. ");
	}
	if (stats->alerts) {
		at = tf_fmt_u64(at, stats->alerts);
		at = stats->alerts == 1 ? TF_FMT_LIT(at, " alert. ") : TF_FMT_LIT(at, " alerts. ");
	}
	at = tf_fmt_u64(at, stats->live);
	return TF_FMT_LIT(at, " live.");
}
