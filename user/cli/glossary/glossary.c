// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * glossary.c - see glossary.h
 */
#include "cli/glossary/glossary.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "cli/nearest.h"
#include "core/alert/alerts.h"
#include "core/fate/cause.h"
#include "core/fate/fates.h"

/* Longer input is cut: no name is as long. */
#define NAME_MAX_LEN 64

static const struct tf_glossary_entry all_entries[] = {
#define TF_FATE(fate, slug, class_, closer, title_, meaning, remedy, local, remote, related_,      \
		test)                                                                              \
	{.kind = TF_GLOSSARY_FATE,                                                                 \
	 .number = TF_FATE_##fate,                                                                 \
	 .name = slug,                                                                             \
	 .title = title_,                                                                          \
	 .related = related_,                                                                      \
	 .part = {{TF_GLOSSARY_HAPPENED, meaning},                                                 \
		  {"This host's application sees", local},                                         \
		  {"The other end's application sees", remote},                                    \
		  {TF_GLOSSARY_TO_DO, remedy}}},
#include "core/fate/fates.def"
#undef TF_FATE

#define TF_CAUSE(cause, slug_, title_, meaning_, remedy_, related_, test)                          \
	{.kind = TF_GLOSSARY_CAUSE,                                                                \
	 .number = TF_CAUSE_##cause,                                                               \
	 .name = slug_,                                                                            \
	 .title = title_,                                                                          \
	 .related = related_,                                                                      \
	 .part = {{"What happened", meaning_}, {"What to do", remedy_}}},
#include "core/fate/causes.def"
#undef TF_CAUSE

#define TF_ALERT(alert, slug, severity, count, age, rate, percent, behaviour, counted, clause,     \
		 said, meaning, remedy, related_, test)                                            \
	{.kind = TF_GLOSSARY_ALERT,                                                                \
	 .number = TF_ALERT_##alert,                                                               \
	 .name = slug,                                                                             \
	 .title = counted,                                                                         \
	 .related = related_,                                                                      \
	 .part = {{"What it means", meaning}, {"What to do", remedy}}},
#include "core/alert/alerts.def"
#undef TF_ALERT

#define TF_RESET_ENTRY(kind_, title_, what, to_do, related_)                                       \
	{.kind = TF_GLOSSARY_RESET,                                                                \
	 .name = kind_,                                                                            \
	 .title = title_,                                                                          \
	 .related = related_,                                                                      \
	 .part = {{"What happened", what}, {"What to do", to_do}}},
#include "cli/glossary/resets.def"
#undef TF_RESET_ENTRY

#define TF_STATE_ENTRY(state, title_, meaning, many, to_do, related_)                              \
	{.kind = TF_GLOSSARY_STATE,                                                                \
	 .name = #state,                                                                           \
	 .title = title_,                                                                          \
	 .related = related_,                                                                      \
	 .part = {{"What it means", meaning}, {"Many of them", many}, {"What to do", to_do}}},
#include "cli/glossary/states.def"
#undef TF_STATE_ENTRY

#define TF_ERRNO_ENTRY(errno_, text, in_connect, in_accept, in_read, in_write, other, to_do, rel)  \
	{.kind = TF_GLOSSARY_ERRNO,                                                                \
	 .number = errno_,                                                                         \
	 .name = #errno_,                                                                          \
	 .title = text,                                                                            \
	 .related = rel,                                                                           \
	 .part = {{"From connect()", in_connect},                                                  \
		  {"From accept()", in_accept},                                                    \
		  {"From read(), recv()", in_read},                                                \
		  {"From write(), send()", in_write},                                              \
		  {"From other calls", other},                                                     \
		  {"What to do", to_do}}},
#include "cli/glossary/errnos.def"
#undef TF_ERRNO_ENTRY

#define TF_WINSOCK_ENTRY(number_, name_, errno_, meaning, related_)                                \
	{.kind = TF_GLOSSARY_WINSOCK,                                                              \
	 .number = number_,                                                                        \
	 .linux_errno = errno_,                                                                    \
	 .name = #name_,                                                                           \
	 .related = related_,                                                                      \
	 .part = {{"On Windows", meaning}}},
#include "cli/glossary/winsock.def"
#undef TF_WINSOCK_ENTRY

#define TF_TOPIC_ENTRY(name_, title_, what, default_, change, old, related_)                       \
	{.kind = TF_GLOSSARY_TOPIC,                                                                \
	 .name = name_,                                                                            \
	 .title = title_,                                                                          \
	 .related = related_,                                                                      \
	 .part = {{"What it is", what},                                                            \
		  {"Default", default_},                                                           \
		  {"What to change", change},                                                      \
		  {"Out of date", old}}},
#include "cli/glossary/topics.def"
#undef TF_TOPIC_ENTRY

#define TF_REASON_ENTRY(name_, text_, related_)                                                    \
	{.kind = TF_GLOSSARY_REASON,                                                               \
	 .name = name_,                                                                            \
	 .related = related_,                                                                      \
	 .part = {{"As the kernel's reason for an RST", text_}}},
#include "cli/glossary/reasons.def"
#undef TF_REASON_ENTRY

#define TF_FACT(fact, slug, source, text_)                                                         \
	{.kind = TF_GLOSSARY_FACT, .name = slug, .part = {{"In the evidence it means", text_}}},
#include "core/fate/facts.def"
#undef TF_FACT

#define TF_CONN(name_, type, writer, value, text_)                                                 \
	{.kind = TF_GLOSSARY_FIELD, .name = name_, .part = {{"In a conn record", text_}}},
#include "sink/json/fields.def"
#undef TF_CONN
};

#define N_ENTRIES (sizeof(all_entries) / sizeof(all_entries[0]))

static const struct {
	const char *text, *name;
} synonym_rows[] = {
#define TF_SYNONYM(text_, name_) {text_, name_},
#include "cli/glossary/synonyms.def"
#undef TF_SYNONYM
};

#define N_SYNONYMS (sizeof(synonym_rows) / sizeof(synonym_rows[0]))

const struct tf_glossary_entry *tf_glossary_all(size_t *ret_count)
{
	*ret_count = N_ENTRIES;
	return all_entries;
}

const char *tf_glossary_kind_title(enum tf_glossary_kind kind)
{
	static const char *const titles[TF_GLOSSARY_KIND_MAX] = {
		[TF_GLOSSARY_FATE] = "Fates",
		[TF_GLOSSARY_CAUSE] = "Causes",
		[TF_GLOSSARY_ALERT] = "Alerts",
		[TF_GLOSSARY_RESET] = "Resets without a connection",
		[TF_GLOSSARY_STATE] = "TCP states",
		[TF_GLOSSARY_ERRNO] = "Errors of socket calls",
		[TF_GLOSSARY_WINSOCK] = "Errors of Windows sockets",
		[TF_GLOSSARY_TOPIC] = "Settings and terms",
		[TF_GLOSSARY_REASON] = "Reasons of resets (rst_reason)",
		[TF_GLOSSARY_FACT] = "Evidence",
		[TF_GLOSSARY_FIELD] = "Fields of a conn record",
	};

	return titles[kind];
}

const char *tf_glossary_related(const struct tf_glossary_entry *entry)
{
	return entry->related ? entry->related : "";
}

static const char *without_prefix(const char *text)
{
	static const char *const prefixes[] = {"net.ipv4.", "net.core.", "net/ipv4/", "net/core/"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncasecmp(text, prefixes[i], strlen(prefixes[i])))
			return text + strlen(prefixes[i]);
	return text;
}

/* @text as names are compared: lower case, without separators. */
static void fold_text(const char *text, char folded[NAME_MAX_LEN])
{
	size_t n = 0;

	for (text = without_prefix(text); *text && n < NAME_MAX_LEN - 1; text++)
		if (!strchr(" _-.()\"'`", *text))
			folded[n++] = (char)tolower((unsigned char)*text);
	folded[n] = '\0';
}

bool tf_glossary_same(const char *a, const char *b)
{
	char folded_a[NAME_MAX_LEN], folded_b[NAME_MAX_LEN];

	fold_text(a, folded_a);
	fold_text(b, folded_b);
	return !strcmp(folded_a, folded_b);
}

enum tf_glossary_kind tf_glossary_kind_find(const char *text)
{
	int kind = 0;

	while (kind < TF_GLOSSARY_KIND_MAX && !tf_glossary_same(text, tf_glossary_kind_title(kind)))
		kind++;
	return kind;
}

static const struct tf_glossary_entry *find_by_number(const char *text)
{
	uint64_t number;

	if (tf_num_u64(text, 1, 65535, &number))
		return NULL;
	for (size_t i = 0; i < N_ENTRIES; i++)
		if ((all_entries[i].kind == TF_GLOSSARY_ERRNO ||
		     all_entries[i].kind == TF_GLOSSARY_WINSOCK) &&
		    (uint64_t)all_entries[i].number == number)
			return &all_entries[i];
	return NULL;
}

static const struct tf_glossary_entry *find_by_name(const char *text)
{
	for (size_t i = 0; i < N_ENTRIES; i++)
		if (tf_glossary_same(text, all_entries[i].name))
			return &all_entries[i];
	for (size_t i = 0; i < N_ENTRIES; i++)
		if (all_entries[i].kind == TF_GLOSSARY_ERRNO &&
		    tf_glossary_same(text, all_entries[i].title))
			return &all_entries[i];
	return NULL;
}

const struct tf_glossary_entry *tf_glossary_find(const char *text)
{
	const struct tf_glossary_entry *found = find_by_number(text);

	if (!found)
		found = find_by_name(text);
	for (size_t i = 0; !found && i < N_SYNONYMS; i++)
		if (tf_glossary_same(text, synonym_rows[i].text))
			found = find_by_name(synonym_rows[i].name);
	return found;
}

const char *tf_glossary_nearest(const char *text)
{
	struct tf_nearest nearest = {.word = without_prefix(text)};

	for (size_t i = 0; i < N_ENTRIES; i++) {
		tf_nearest_offer(&nearest, all_entries[i].name);
		if (all_entries[i].kind == TF_GLOSSARY_ERRNO)
			tf_nearest_offer(&nearest, all_entries[i].title);
	}
	for (size_t i = 0; i < N_SYNONYMS; i++)
		tf_nearest_offer(&nearest, synonym_rows[i].text);
	return tf_nearest_take(&nearest);
}
