/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * words.h - everything that can be explained, as one table of subjects
 *
 * A subject has a name, a title of a few words and some labelled texts. The rows come from the .def
 * files: fates, alerts and facts (core/), fields (sink/), states, errnos, Winsock errors, sysctls and socket
 * options, reasons of resets (words_*.def here). `tcpfate explain`, the manual and the README print the same rows.
 *
 * To add one: a row in the .def file of its kind; for another name of it a row in words_synonyms.def.
 */
#ifndef TCPFATE_CLI_WORDS_H
#define TCPFATE_CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* In the order in which `explain` lists them. */
enum tf_words_kind {
	TF_WORDS_FATE,
	TF_WORDS_ALERT,
	TF_WORDS_RESET,
	TF_WORDS_STATE,
	TF_WORDS_ERRNO,
	TF_WORDS_WINSOCK,
	TF_WORDS_TOPIC,
	TF_WORDS_REASON,
	TF_WORDS_FACT,
	TF_WORDS_FIELD,
	TF_WORDS_KIND_MAX,
};

#define TF_WORDS_PARTS_MAX 6

struct tf_words_part {
	const char *label; /* "What to do"; NULL: a text without one */
	const char *text;  /* NULL: nothing to say here */
};

struct tf_words_subject {
	enum tf_words_kind kind;
	int number;	     /* the errno, the Winsock error, enum tf_fate or tf_alert; else 0 */
	int linux_errno;     /* of a Winsock error: the errno that is named like it; else 0 */
	const char *name;    /* as it is written: "reset_by_remote", "EPIPE", "CLOSE_WAIT" */
	const char *title;   /* a few words, lower case; NULL: none */
	const char *related; /* see tf_words_related() */
	struct tf_words_part part[TF_WORDS_PARTS_MAX];
};

/* All subjects, those of a kind together, in the order of enum tf_words_kind. Static. */
const struct tf_words_subject *tf_words_all(size_t *ret_count);

/* Names of other subjects worth reading with @subject, a blank between them; "" none. Static. */
const char *tf_words_related(const struct tf_words_subject *subject);

/* "Fates", "TCP states"... Static. */
const char *tf_words_kind_title(enum tf_words_kind kind);

/* The kind of that title ("alerts"); TF_WORDS_KIND_MAX when there is none. */
enum tf_words_kind tf_words_kind_find(const char *text);

/* Whether @a and @b name the same to people: upper and lower case, blanks, '_', '-' and '.' make no
 * difference, nor does a leading "net.ipv4." or "net.core.". */
bool tf_words_same(const char *a, const char *b);

/* The subject of that name, errno or Winsock number, error text ("broken pipe") or synonym; NULL when
 * there is none. */
const struct tf_words_subject *tf_words_find(const char *text);

/* The name or synonym that @text most likely stands for, by edit distance; NULL when
 * nothing is near. Static. */
const char *tf_words_nearest(const char *text);

#endif
