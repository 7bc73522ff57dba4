/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * glossary.h - everything that `tcpfate explain` knows, as one table of entries
 *
 * An entry has a name, a title of a few words and some labelled texts. The rows come from the
 * .def files: fates, alerts and facts (core/), fields (sink/), and from this folder states,
 * errnos, Winsock errors, resets, reasons of resets, and topics: sysctls, socket options and
 * terms. The manual prints the same rows.
 *
 * To add one: a row in the .def file of its kind; another name for it: a row in synonyms.def.
 */
#ifndef TCPFATE_CLI_GLOSSARY_GLOSSARY_H
#define TCPFATE_CLI_GLOSSARY_GLOSSARY_H

#include <stdbool.h>
#include <stddef.h>

/* In the order in which `explain` lists them. */
enum tf_glossary_kind {
	TF_GLOSSARY_FATE,
	TF_GLOSSARY_CAUSE,
	TF_GLOSSARY_ALERT,
	TF_GLOSSARY_RESET,
	TF_GLOSSARY_STATE,
	TF_GLOSSARY_ERRNO,
	TF_GLOSSARY_WINSOCK,
	TF_GLOSSARY_TOPIC,
	TF_GLOSSARY_REASON,
	TF_GLOSSARY_FACT,
	TF_GLOSSARY_FIELD,
	TF_GLOSSARY_KIND_MAX,
};

#define TF_GLOSSARY_PARTS_MAX 6

/* The parts of a fate that its variants add to (core/fate/variants.h). */
#define TF_GLOSSARY_HAPPENED "What happened"
#define TF_GLOSSARY_TO_DO "What to do"

struct tf_glossary_part {
	const char *label; /* "What to do"; NULL: none */
	const char *text;  /* NULL: the entry lacks this part */
};

struct tf_glossary_entry {
	enum tf_glossary_kind kind;
	int number;	     /* the errno, the Winsock error, enum tf_fate or tf_alert; else 0 */
	int linux_errno;     /* of a Winsock error: the errno that is named like it; else 0 */
	const char *name;    /* as it is written: "reset_by_remote", "EPIPE", "CLOSE_WAIT" */
	const char *title;   /* a few words, lower case; NULL: none */
	const char *related; /* see tf_glossary_related() */
	struct tf_glossary_part part[TF_GLOSSARY_PARTS_MAX];
};

/* All entries, those of a kind together, in the order of enum tf_glossary_kind. Static. */
const struct tf_glossary_entry *tf_glossary_all(size_t *ret_count);

/* Names of other entries worth reading with @entry, a blank between them; "" none. Static. */
const char *tf_glossary_related(const struct tf_glossary_entry *entry);

/* "Fates", "TCP states"... Static. */
const char *tf_glossary_kind_title(enum tf_glossary_kind kind);

/* The kind of that title ("alerts"); TF_GLOSSARY_KIND_MAX when there is none. */
enum tf_glossary_kind tf_glossary_kind_find(const char *text);

/* Whether @a and @b are the same name to people: upper and lower case, blanks, '_', '-' and '.'
 * make no difference, nor does a leading "net.ipv4." or "net.core.". */
bool tf_glossary_same(const char *a, const char *b);

/* The entry of that name, errno or Winsock number, error text ("broken pipe") or synonym; NULL when
 * there is none. */
const struct tf_glossary_entry *tf_glossary_find(const char *text);

/* The name or synonym that @text most likely stands for, by edit distance; NULL when
 * nothing is near. Static. */
const char *tf_glossary_nearest(const char *text);

#endif
