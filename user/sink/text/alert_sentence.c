// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * alert_sentence.c - see alert_sentence.h. A row's beginning is a small language
 * (core/alert/alerts.def): %word is a value, [what stands here] goes when a value in it is not
 * known, <one|more> is chosen by the number and {now|then} by whether it is over.
 */
#include "sink/text/alert_sentence.h"

#include <string.h>

#include "base/duration.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "base/units.h"
#include "sink/text/columns.h"
#include "sink/text/pieces.h"

/* A comm at its worst, both ends, a dozen numbers; the row's own texts besides. */
#define VALUES_MAX 512
#define TF_ALERT(name, slug, severity, count, age, rate, percent, behaviour, counted, clause,      \
		 said, ...)                                                                        \
	_Static_assert(sizeof(clause) + sizeof(said) < TF_ALERT_SENTENCE_MAX - VALUES_MAX,         \
		       slug " says too much");
#include "core/alert/alerts.def"
#undef TF_ALERT

/* 0 when it is unknown: neither is worth a word. */
static uint64_t number_of(struct tf_maybe value)
{
	return tf_maybe_or(value, 0);
}

static bool is_one(const struct tf_alert_record *alert)
{
	return number_of(alert->count) == 1;
}

static bool is_over(const struct tf_alert_record *alert)
{
	return alert->event == TF_ALERT_EVENT_CLEAR;
}

/* --- values: each writes itself, or returns NULL when it is not known ------------------------- */

static char *say_owner(char *at, const struct tf_alert_record *alert)
{
	const struct tf_owner *owner = &alert->owner;

	return owner->from == TF_OWNER_NONE ? NULL : tf_pieces_owner(at, owner);
}

static char *say_number(char *at, const struct tf_alert_record *alert)
{
	if (is_over(alert))
		at = TF_FMT_LIT(at, "up to ");
	at = tf_fmt_u64(at, number_of(alert->count));
	if (number_of(alert->limit))
		at = tf_fmt_u64(TF_FMT_LIT(at, " of "), number_of(alert->limit));
	return at;
}

/* Listening on all addresses is listening on a port. */
static bool is_wildcard(const uint8_t addr[16])
{
	static const uint8_t zero[16];

	return !memcmp(addr, zero, 10) && !memcmp(addr + 12, zero, 4) &&
	       (!memcmp(addr + 10, zero, 2) || tf_fmt_is_v4(addr));
}

static char *say_local(char *at, const struct tf_alert_record *alert)
{
	const struct tf_alert_address *addr = &alert->local_addr;

	if (!alert->local_port)
		return addr->known ? tf_fmt_addr(at, addr->address) : NULL;
	if (addr->known && !is_wildcard(addr->address))
		return tf_columns_end_point(at, addr->address, alert->local_port);
	*at++ = ':';
	return tf_fmt_u64(at, alert->local_port);
}

static char *say_remote(char *at, const struct tf_alert_record *alert)
{
	const struct tf_alert_address *addr = &alert->remote_addr;

	if (addr->known && alert->remote_port)
		return tf_columns_end_point(at, addr->address, alert->remote_port);
	if (addr->known)
		return tf_fmt_addr(at, addr->address);
	if (number_of(alert->destinations) > 1)
		return TF_FMT_LIT(tf_fmt_u64(at, number_of(alert->destinations)), " destinations");
	if (alert->remote_port)
		return tf_fmt_u64(TF_FMT_LIT(at, "port "), alert->remote_port);
	return NULL;
}

static char *say_fate(char *at, const struct tf_alert_record *alert)
{
	if (!tf_maybe_known(alert->fate))
		return NULL;
	return tf_fmt_str(at, tf_fates_info((enum tf_fate)tf_maybe_value(alert->fate))->slug);
}

static const struct {
	const char *word;
	char *(*say)(char *at, const struct tf_alert_record *alert);
	const char *unknown; /* what stands for it outside of brackets */
} values[] = {
	{"owner", say_owner, "an unknown process"},
	{"n", say_number, ""},
	{"local", say_local, "an unknown address"},
	{"remote", say_remote, "an unknown address"},
	{"fate", say_fate, "unknown"},
};

/* --- the language ----------------------------------------------------------------------------- */

struct saying {
	const struct tf_alert_record *alert;
	const char *text; /* what is left of it */
	bool lacks;	  /* a value within the innermost brackets is not known */
};

static char *say_value(struct saying *saying, char *at)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		size_t len = strlen(values[i].word);
		char *end;

		if (strncmp(saying->text, values[i].word, len) != 0)
			continue;
		saying->text += len;
		end = values[i].say(at, saying->alert);
		saying->lacks |= !end;
		return end ? end : tf_fmt_str(at, values[i].unknown);
	}
	return at;
}

static char *say_text(struct saying *saying, char *at, const char *ends);

/* @text stands behind '<' or '{': one of the two alternatives. */
static char *say_choice(struct saying *saying, char *at, const char *ends, bool second)
{
	char *first_end = say_text(saying, at, "|");

	if (second)
		return say_text(saying, at, ends);
	say_text(saying, first_end, ends); /* written where the next will be written */
	return first_end;
}

static char *say_optional(struct saying *saying, char *at)
{
	bool lacked = saying->lacks;
	char *end;

	saying->lacks = false;
	end = say_text(saying, at, "]");
	if (saying->lacks)
		end = at;
	saying->lacks = lacked;
	return end;
}

/* Writes up to one of @ends, and takes that too. */
static char *say_text(struct saying *saying, char *at, const char *ends)
{
	const struct tf_alert_record *alert = saying->alert;
	bool many = !is_one(alert) || number_of(alert->limit);
	char c;

	while ((c = *saying->text) != '\0') {
		saying->text++;
		if (strchr(ends, c))
			break;
		if (c == '%')
			at = say_value(saying, at);
		else if (c == '<')
			at = say_choice(saying, at, ">", many);
		else if (c == '{')
			at = say_choice(saying, at, "}", is_over(alert));
		else if (c == '[')
			at = say_optional(saying, at);
		else
			*at++ = c;
	}
	return at;
}

/* --- what else is known ----------------------------------------------------------------------- */

static char *say_oldest(char *at, const struct tf_alert_record *alert)
{
	if (!tf_maybe_known(alert->oldest_us))
		return at;
	at = is_one(alert) ? TF_FMT_LIT(at, ", for ") : TF_FMT_LIT(at, ", oldest ");
	if (alert->oldest_at_least == TF_YES)
		at = TF_FMT_LIT(at, "at least ");
	return tf_duration_words(at, tf_maybe_value(alert->oldest_us));
}

/* Sockets grow in number, events happen. */
static char *say_rate(char *at, const struct tf_alert_record *alert)
{
	if (!number_of(alert->rate_per_min))
		return at;
	at = tf_fmt_u64(TF_FMT_LIT(at, ", "), number_of(alert->rate_per_min));
	return tf_alerts_info(alert->alert)->limits.rate ? TF_FMT_LIT(at, " a minute") :
							   TF_FMT_LIT(at, " more a minute");
}

static char *say_dropped(char *at, const struct tf_alert_record *alert)
{
	if (!number_of(alert->dropped))
		return at;
	at = tf_fmt_u64(TF_FMT_LIT(at, ", "), number_of(alert->dropped));
	return TF_FMT_LIT(at, " turned away");
}

/* That EOF was read is what one expects; that it was not says that the program does not read. */
static char *say_eof(char *at, const struct tf_alert_record *alert)
{
	uint64_t eof_read = tf_maybe_or(alert->eof_read, UINT64_MAX);

	if (eof_read >= number_of(alert->count)) /* all, or not known */
		return at;
	if (is_one(alert))
		return TF_FMT_LIT(at, ", EOF not read");
	at = TF_FMT_LIT(at, ", EOF read on ");
	at = eof_read ? tf_fmt_u64(at, eof_read) : TF_FMT_LIT(at, "none");
	return TF_FMT_LIT(at, " of them");
}

static char *say_unread(char *at, const struct tf_alert_record *alert)
{
	uint64_t unread = number_of(alert->bytes_unread);

	if (!unread)
		return at;
	at = tf_columns_bytes(TF_FMT_LIT(at, ", "), unread);
	return unread == 1 ? TF_FMT_LIT(at, " byte unread") : TF_FMT_LIT(at, " bytes unread");
}

static char *say_details(char *at, const struct tf_alert_record *alert)
{
	at = say_oldest(at, alert);
	at = say_rate(at, alert);
	at = say_dropped(at, alert);
	at = say_eof(at, alert);
	return say_unread(at, alert);
}

static char *say_over(char *at, const struct tf_alert_record *alert)
{
	uint64_t since_ns = tf_maybe_or(alert->since_ns, alert->time_ns);
	uint64_t lasted_ns = alert->time_ns > since_ns ? alert->time_ns - since_ns : 0;

	at = TF_FMT_LIT(at, "Over after ");
	at = tf_duration_words(at, lasted_ns / NS_PER_US);
	return TF_FMT_LIT(at, ": ");
}

char *tf_alert_sentence(char *at, const struct tf_alert_record *alert)
{
	const struct tf_alert_info *info = tf_alerts_info(alert->alert);
	struct saying saying = {.alert = alert, .text = info->said};
	char *begin;

	if (is_over(alert))
		at = say_over(at, alert);
	begin = at;
	at = say_text(&saying, at, "");
	if (!is_over(alert)) {
		/* A process keeps its name's own spelling. */
		if (alert->owner.from == TF_OWNER_NONE && *begin == 'a')
			*begin = 'A';
		at = say_details(at, alert);
		at = tf_fmt_str(TF_FMT_LIT(at, ": "), info->clause);
	}
	*at++ = '.';
	return at;
}
