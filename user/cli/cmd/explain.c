// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * explain.c - see explain.h. Finds entries of the glossary and prints them
 */
#include "cli/cmd/explain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/errnos.h"
#include "base/fmt.h"
#include "base/io.h"
#include "base/units.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/glossary/glossary.h"
#include "core/alert/alerts.h"
#include "core/fate/fates.h"
#include "core/fate/variants.h"

#define INDENT 4
#define LINE_MAX_LEN 1024 /* of a heading or a list of names; longer is cut */

static const char usage_text[] =
	"Usage: tcpfate explain [WORD]...\n"
	"\n"
	"Explains a fate, an alert, an errno (by name, number or text), a TCP state, a\n"
	"Winsock error, a sysctl, a socket option, a piece of evidence, a field or a term,\n"
	"and what to do. A kind (fates, alerts, tcp states...) lists its entries; without a\n"
	"WORD all of them are listed.\n"
	"\n"
	"  tcpfate explain reset_by_remote      tcpfate explain 104\n"
	"  tcpfate explain CLOSE_WAIT           tcpfate explain broken pipe\n"
	"  tcpfate explain tcp_tw_reuse         tcpfate explain 10053\n";

/* "EPIPE (32): Broken pipe", "reset_by_remote: reset by the peer". */
static void heading_of(const struct tf_glossary_entry *entry, char *line, size_t size)
{
	bool numbered = entry->kind == TF_GLOSSARY_ERRNO || entry->kind == TF_GLOSSARY_WINSOCK;
	char number[16] = "";

	if (numbered)
		snprintf(number, sizeof(number), " (%d)", entry->number);
	snprintf(line, size, "%s%s%s%s", entry->name, number, entry->title ? ": " : "",
		 entry->title ? entry->title : "");
}

static void print_part(const struct tf_text *text, const char *label, const char *words)
{
	if (!words || !*words)
		return;
	fputc('\n', text->out);
	tf_text_heading(text, label);
	tf_text_paragraph(text, INDENT, words);
}

/* What the forms of a fate add to its meaning, or say in place of its remedy. */
static void print_variants(const struct tf_text *text, const struct tf_glossary_entry *entry,
			   const char *label)
{
	for (int variant = 0; variant < TF_VARIANT_MAX; variant++) {
		const struct tf_variant_info *info = tf_variants_info(variant);
		const char *words = !strcmp(label, TF_GLOSSARY_HAPPENED) ? info->meaning :
				    !strcmp(label, TF_GLOSSARY_TO_DO)	 ? info->remedy :
									   NULL;
		char line[LINE_MAX_LEN];

		if ((int)info->fate != entry->number || !words)
			continue;
		snprintf(line, sizeof(line), "- %s: %s", info->when, words);
		tf_text_paragraph(text, INDENT, line);
	}
}

/* The error of the same name on the other system: Linux or Windows. */
static void print_namesake(const struct tf_text *text, const struct tf_glossary_entry *entry)
{
	char line[LINE_MAX_LEN] = "";
	size_t count, used = 0;
	const struct tf_glossary_entry *all = tf_glossary_all(&count);

	if (entry->kind == TF_GLOSSARY_WINSOCK && entry->linux_errno) {
		snprintf(line, sizeof(line), "%s (%d)", tf_errnos_name(entry->linux_errno),
			 entry->linux_errno);
		print_part(text, "Same name on Linux", line);
	}
	if (entry->kind != TF_GLOSSARY_ERRNO)
		return;
	for (size_t i = 0; i < count; i++)
		if (all[i].kind == TF_GLOSSARY_WINSOCK && all[i].linux_errno == entry->number)
			used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s (%d): %s",
						 used ? " " : "", all[i].name, all[i].number,
						 all[i].part[0].text);
	print_part(text, "On Windows", line);
}

/* The value of the sysctl @name in this network namespace. 0, or -ENOENT when there is none. */
static int read_sysctl(const char *name, char *value, size_t size)
{
	static const char *const folders[] = {"/proc/sys/net/ipv4", "/proc/sys/net/core"};
	char path[128];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		TF_CLEANUP(tf_io_closep) int fd = -1;
		ssize_t n;

		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? -1 : tf_io_read(fd, value, size - 1);
		if (n <= 0)
			continue;
		value[n] = '\0';
		value[strcspn(value, "\n")] = '\0';
		for (char *tab = value; (tab = strchr(tab, '\t'));)
			*tab = ' ';
		return 0;
	}
	return -ENOENT;
}

static void print_value(const struct tf_text *text, const struct tf_glossary_entry *entry)
{
	char value[128];

	if (entry->kind == TF_GLOSSARY_TOPIC && !read_sysctl(entry->name, value, sizeof(value)))
		print_part(text, "On this host now", value);
}

/* "count=50," at @at, where there is room; nothing for no limit. Returns the end. */
static char *add_limit(char *at, const char *name, uint64_t value)
{
	if (!value)
		return at;
	at = tf_fmt_str(tf_fmt_str(at, name), "=");
	return tf_fmt_str(tf_fmt_u64(at, value), ",");
}

static char *add_age(char *at, uint64_t age_ns)
{
	if (!age_ns)
		return at;
	at = tf_duration_option(tf_fmt_str(at, "age="), age_ns / NS_PER_US);
	return tf_fmt_str(at, ",");
}

/* An alert's limits as --alert takes them. */
static void print_limits(const struct tf_text *text, const struct tf_glossary_entry *entry)
{
	const struct tf_alert_limits *limits;
	char line[LINE_MAX_LEN], *at = line;

	if (entry->kind != TF_GLOSSARY_ALERT)
		return;
	limits = &tf_alerts_info((enum tf_alert)entry->number)->limits;
	at += snprintf(at, LINE_MAX_LEN / 2, "--alert %s:", entry->name);
	at = add_limit(at, "count", limits->count);
	at = add_age(at, limits->age_ns);
	at = add_limit(at, "rate", limits->rate);
	at = add_limit(at, "percent", limits->percent);
	at[-1] = '\0';
	print_part(text, "Default limits", line);
}

static void print_class(const struct tf_text *text, const struct tf_glossary_entry *entry)
{
	if (entry->kind == TF_GLOSSARY_FATE)
		fprintf(text->out, "A fate of class %s.\n",
			tf_fates_class_name(tf_fates_info((enum tf_fate)entry->number)->class));
	else if (entry->kind == TF_GLOSSARY_CAUSE)
		fprintf(text->out, "A cause: beside the fate, why it came.\n");
	else if (entry->kind == TF_GLOSSARY_ALERT)
		fprintf(text->out, "An alert (%s).\n",
			tf_alerts_severity_name(
				tf_alerts_info((enum tf_alert)entry->number)->severity));
}

/* All parts of an entry, with what belongs to its kind. */
static void print_entry(const struct tf_text *text, const struct tf_glossary_entry *entry)
{
	char line[LINE_MAX_LEN];

	heading_of(entry, line, sizeof(line));
	tf_text_heading(text, line);
	print_class(text, entry);
	for (size_t i = 0; i < TF_GLOSSARY_PARTS_MAX; i++) {
		print_part(text, entry->part[i].label, entry->part[i].text);
		if (entry->kind == TF_GLOSSARY_FATE && entry->part[i].label)
			print_variants(text, entry, entry->part[i].label);
	}
	print_namesake(text, entry);
	print_value(text, entry);
	print_limits(text, entry);
	print_part(text, "See also", tf_glossary_related(entry));
}

/* @entry, and what else has its name: established is a state and a field. */
static void print_named(const struct tf_text *text, const struct tf_glossary_entry *entry)
{
	size_t count;
	const struct tf_glossary_entry *all = tf_glossary_all(&count);

	print_entry(text, entry);
	for (const struct tf_glossary_entry *s = entry + 1; s < all + count; s++) {
		if (!tf_glossary_same(s->name, entry->name))
			continue;
		fputc('\n', text->out);
		print_entry(text, s);
	}
}

static void print_row(const struct tf_text *text, const struct tf_glossary_entry *entry)
{
	char name[64];

	if (entry->kind == TF_GLOSSARY_ERRNO)
		snprintf(name, sizeof(name), "%s (%d)", entry->name, entry->number);
	else
		snprintf(name, sizeof(name), "%s", entry->name);
	fprintf(text->out, "%*s%-24s %s\n", INDENT, "", name, entry->title);
}

/* The names of the kind of @first, which begins it, as one paragraph. */
static void print_names(const struct tf_text *text, const struct tf_glossary_entry *first,
			const struct tf_glossary_entry *end)
{
	char line[2 * LINE_MAX_LEN] = {0};
	size_t used = 0;

	for (const struct tf_glossary_entry *s = first; s < end && s->kind == first->kind; s++) {
		if (used >= sizeof(line) - 64)
			break;
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s", s->name);
		if (s->kind == TF_GLOSSARY_WINSOCK)
			used += (size_t)snprintf(line + used, sizeof(line) - used, "=%d",
						 s->number);
		line[used++] = ' ';
	}
	line[used ? used - 1 : 0] = '\0'; /* the last blank */
	tf_text_paragraph(text, INDENT, line);
}

/* The zero value and so the first fate, which is listed last. */
static bool is_unknown_fate(const struct tf_glossary_entry *entry)
{
	return entry->kind == TF_GLOSSARY_FATE && entry->number == TF_FATE_UNKNOWN;
}

/* Prints the heading of @kind and its entries; the fate `unknown` comes last. */
static void print_kind(const struct tf_text *text, enum tf_glossary_kind kind)
{
	size_t count;
	const struct tf_glossary_entry *first = tf_glossary_all(&count), *end = first + count;

	while (first->kind != kind)
		first++;
	tf_text_heading(text, tf_glossary_kind_title(kind));
	if (!first->title)
		print_names(text, first, end);
	for (const struct tf_glossary_entry *s = first; s < end && s->kind == kind && s->title; s++)
		if (!is_unknown_fate(s))
			print_row(text, s);
	if (is_unknown_fate(first))
		print_row(text, first);
}

static void print_all(const struct tf_text *text)
{
	fputs("tcpfate explain WORD explains each of these, errno numbers, and texts of errors.\n",
	      text->out);
	for (int kind = 0; kind < TF_GLOSSARY_KIND_MAX; kind++) {
		fputc('\n', text->out);
		print_kind(text, (enum tf_glossary_kind)kind);
	}
}

static int unknown_word(const char *word)
{
	const char *nearest = tf_glossary_nearest(word);

	if (nearest)
		tf_say("explain: '%s' is unknown; did you mean '%s'?", word, nearest);
	else
		tf_say("explain: '%s' is unknown; tcpfate explain lists all words", word);
	return TF_EXIT_USAGE;
}

static int finish_output(FILE *out)
{
	if (!fflush(out) && !ferror(out))
		return TF_EXIT_OK;
	if (errno == EPIPE)
		return TF_EXIT_OK; /* a pager that was quit */
	tf_say("explain: cannot write to standard output: %s", strerror(errno));
	return TF_EXIT_FAILED;
}

/* Joins the words: a text of several words is given without quotes. */
static void join_words(int n, char **words, char *line, size_t size)
{
	size_t used = 0;

	line[0] = '\0';
	for (int i = 0; i < n && used < size - 1; i++) {
		snprintf(line + used, size - used, "%s%s", i ? " " : "", words[i]);
		used += strlen(line + used);
	}
}

/* Explains the words together, as the title of a kind or the name of one entry, else each for
 * itself; prints nothing if one of them is unknown. Returns an exit status. */
static int explain_words(const struct tf_text *text, int n, char **words)
{
	const struct tf_glossary_entry *entry;
	enum tf_glossary_kind kind;
	char line[LINE_MAX_LEN];

	join_words(n, words, line, sizeof(line));
	kind = tf_glossary_kind_find(line);
	if (kind < TF_GLOSSARY_KIND_MAX) {
		print_kind(text, kind);
		return finish_output(text->out);
	}
	entry = tf_glossary_find(line);
	if (entry) {
		print_named(text, entry);
		return finish_output(text->out);
	}
	for (int i = 0; i < n; i++)
		if (!tf_glossary_find(words[i]))
			return unknown_word(n > 1 && tf_glossary_nearest(line) ? line : words[i]);
	for (int i = 0; i < n; i++) {
		if (i)
			fputc('\n', text->out);
		print_named(text, tf_glossary_find(words[i]));
	}
	return finish_output(text->out);
}

int tf_explain_main(int argc, char **argv)
{
	struct tf_text text = tf_text_for(stdout);
	int first = 1;

	signal(SIGPIPE, SIG_IGN); /* a pager that was quit: EPIPE in finish_output() */
	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
		fputs(usage_text, stdout);
		return finish_output(stdout);
	}
	if (argc > 1 && !strcmp(argv[1], "--"))
		first = 2;
	else if (argc > 1 && argv[1][0] == '-') {
		tf_say("explain: no such option: %s; give words only, see --help", argv[1]);
		return TF_EXIT_USAGE;
	}
	if (argc > first)
		return explain_words(&text, argc - first, argv + first);
	print_all(&text);
	return finish_output(stdout);
}
