// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * options.c - see options.h
 */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "cli/option_alert.h"
#include "cli/option_values.h"

#define LIVE TF_COMMAND_LIVE
#define RECORD TF_COMMAND_RECORD
#define REPLAY TF_COMMAND_REPLAY
#define DOCTOR TF_COMMAND_DOCTOR
#define SNAPSHOT TF_COMMAND_SNAPSHOT
#define STREAM (LIVE | RECORD | REPLAY)
#define ALL_BUT_DOCTOR (STREAM | SNAPSHOT)
#define ALL (ALL_BUT_DOCTOR | DOCTOR)

/* Takes one option with @value (NULL when it has none). 0, or -EINVAL with @trouble set. */
typedef int (*take_fn)(struct tf_options *options, const char *value, struct tf_trouble *trouble);

/* The rows of a group stand together, the groups in this order. */
enum option_group { FILTERS, OUTPUT, ALERTS, RECORDING, ADVANCED, HELP };

static const char *const group_titles[] = {
	[FILTERS] = "Filters",	   [OUTPUT] = "Output",	    [ALERTS] = "Alerts",
	[RECORDING] = "Recording", [ADVANCED] = "Advanced", [HELP] = "Help",
};

/* The short help has a line for a common option, and only the name of a rare one. */
enum option_use { COMMON = 1, RARE = 2, ANY = COMMON | RARE };

struct option_row {
	const char *name;
	char letter;	 /* 0: none */
	const char *arg; /* what --help calls its argument; NULL: it has none */
	enum option_group group;
	enum option_use use;
	unsigned int commands;
	take_fn take;
	const char *help; /* lines of at most 51 characters */
};

#define HELP_WIDTH 80
#define OPTION_WIDTH 27 /* columns of an option in its line of help */

#define TAKE(name) tf_option_values_##name

static const struct option_row option_rows[] = {
	{"pid", 'p', "PID,...", FILTERS, COMMON, ALL_BUT_DOCTOR, TAKE(pid),
	 "only connections that these processes own"},
	{"comm", 0, "NAME", FILTERS, COMMON, ALL_BUT_DOCTOR, TAKE(comm),
	 "only processes with this name; repeatable"},
	{"local-port", 'L', "PORTS", FILTERS, COMMON, ALL_BUT_DOCTOR, TAKE(local_port),
	 "only these local ports: 80,8000-8100"},
	{"remote-port", 'D', "PORTS", FILTERS, COMMON, ALL_BUT_DOCTOR, TAKE(remote_port),
	 "only these remote ports"},
	{"host", 0, "CIDR,...", FILTERS, RARE, ALL_BUT_DOCTOR, TAKE(host),
	 "only with an address in these networks"},
	{"ipv4", '4', NULL, FILTERS, RARE, ALL_BUT_DOCTOR, TAKE(ipv4),
	 "only IPv4 (v4-mapped IPv6 counts as IPv4)"},
	{"ipv6", '6', NULL, FILTERS, RARE, ALL_BUT_DOCTOR, TAKE(ipv6), "only IPv6"},
	{"netns", 0, "NS", FILTERS, RARE, ALL_BUT_DOCTOR, TAKE(netns),
	 "only this network namespace: name, path, inode, pid"},
	{"cgroup", 0, "PATH", FILTERS, RARE, LIVE | RECORD | SNAPSHOT, TAKE(cgroup),
	 "only sockets created in or below this cgroup (v2)"},
	{"fate", 0, "FATE,...", FILTERS, COMMON, STREAM, TAKE(fate),
	 "only these fates; tcpfate explain fates lists them"},
	{"class", 0, "CLASS,...", FILTERS, RARE, STREAM, TAKE(class),
	 "only these classes of fates: clean, connect,\nhandshake, reset, abort, timeout, unknown"},
	{"abnormal", 0, NULL, FILTERS, COMMON, STREAM, TAKE(abnormal),
	 "only abnormal ends: not clean, or killed"},

	{"json", 'j', NULL, OUTPUT, COMMON, ALL, TAKE(json), "write JSON Lines: one record a line"},
	{"output", 'o', "FILE", OUTPUT, COMMON, ALL_BUT_DOCTOR, TAKE(output),
	 "append to FILE instead of standard output"},
	{"duration", 0, "TIME", OUTPUT, COMMON, STREAM, TAKE(duration),
	 "stop after this time: 500ms, 10s, 5m, 1h"},
	{"count", 0, "N", OUTPUT, RARE, STREAM, TAKE(count), "stop after this many connections"},
	{"states", 0, NULL, OUTPUT, RARE, STREAM, TAKE(states), "also report changes of state"},
	{"verbose", 'v', NULL, OUTPUT, RARE, RECORD, TAKE(verbose),
	 "report connections while recording"},
	{"verbose", 'v', NULL, OUTPUT, RARE, SNAPSHOT, TAKE(verbose),
	 "also show groups without a finding; no size limit"},
	{"sockets", 0, NULL, OUTPUT, RARE, SNAPSHOT, TAKE(sockets), "also list each socket"},
	{"stats-interval", 0, "TIME", OUTPUT, RARE, STREAM, TAKE(stats_interval),
	 "report counters this often (60s; 0: at the end)"},

	{"alert", 0, "ALERT:LIMITS", ALERTS, RARE, ALL_BUT_DOCTOR, tf_option_alert_take,
	 "set limits: close_wait_pileup:count=9,age=30s; :off"},
	{"no-alerts", 0, NULL, ALERTS, RARE, ALL_BUT_DOCTOR, TAKE(no_alerts), "raise no alerts"},

	{"record", 0, "FILE", RECORDING, RARE, LIVE, TAKE(record), "also keep a recording in FILE"},
	{"force", 0, NULL, RECORDING, RARE, LIVE | RECORD, TAKE(force),
	 "replace an existing recording"},
	{"from", 0, "FILE", RECORDING, RARE, SNAPSHOT, TAKE(from),
	 "show the last scan of a recording"},

	{"scan-interval", 0, "TIME", ADVANCED, RARE, LIVE | RECORD, TAKE(scan_interval),
	 "scan all sockets this often (10s; 0: never)"},
	{"ring-size", 0, "BYTES", ADVANCED, RARE, LIVE | RECORD, TAKE(ring_size),
	 "set the size of the ring buffer: 64K to 1G (8M)"},
	{"max-connections", 0, "N", ADVANCED, RARE, ALL_BUT_DOCTOR, TAKE(max_connections),
	 "keep at most N connections or sockets (1048576)"},
	{"destroy-grace", 0, "TIME", ADVANCED, RARE, STREAM, TAKE(destroy_grace),
	 "wait this long for a reset after the end (10ms)"},
	{"dead-grace", 0, "TIME", ADVANCED, RARE, STREAM, TAKE(dead_grace),
	 "wait this long for close() of a dead socket (100ms)"},
	{"handoff-grace", 0, "TIME", ADVANCED, RARE, STREAM, TAKE(handoff_grace),
	 "wait this long for a FIN_WAIT2 orphan's reset (2s)"},
	{"debug", 0, NULL, ADVANCED, RARE, LIVE | RECORD | DOCTOR | SNAPSHOT, TAKE(debug),
	 "show messages of libbpf on standard error"},
	{"without", 0, "METHOD,...", ADVANCED, RARE, LIVE | RECORD | DOCTOR | SNAPSHOT,
	 TAKE(without), "do not use attach method fentry, kprobe or iter"},
	{"kernel-btf", 0, "FILE", ADVANCED, RARE, DOCTOR, TAKE(kernel_btf),
	 "examine another kernel by its BTF (no root needed)"},

	{"help", 'h', NULL, HELP, RARE, ALL, TAKE(help), "show this help and exit"},
	{"help-all", 0, NULL, HELP, RARE, LIVE, TAKE(help_all), "show all options and exit"},
	{"version", 'V', NULL, HELP, RARE, ALL, TAKE(version), "show the version and exit"},
};

#define N_ROWS (sizeof(option_rows) / sizeof(option_rows[0]))
#define FIRST_LONG 256 /* getopt_long() gives this plus the row for every long option */

/* Makes the arguments of getopt_long() for @command: @letters has room for two characters a row
 * and three more, @names for all rows and an end. */
static void fill_getopt(enum tf_command_bit command, char *letters, struct option *names)
{
	*letters++ = ':';
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!(option_rows[i].commands & command))
			continue;
		*names++ = (struct option){.name = option_rows[i].name,
					   .has_arg = option_rows[i].arg ? required_argument :
									   no_argument,
					   .val = FIRST_LONG + (int)i};
		if (!option_rows[i].letter)
			continue;
		*letters++ = option_rows[i].letter;
		if (option_rows[i].arg)
			*letters++ = ':';
	}
	*letters = '\0';
	*names = (struct option){};
}

/* The row of @got, which getopt_long() returned; NULL: none. */
static const struct option_row *find_row(int got)
{
	if (got >= FIRST_LONG)
		return &option_rows[got - FIRST_LONG];
	for (size_t i = 0; i < N_ROWS; i++)
		if (option_rows[i].letter == got)
			return &option_rows[i];
	return NULL;
}

static int unknown_option(int got, const char *arg, struct tf_trouble *trouble)
{
	if (got == ':')
		tf_trouble_set(trouble, "%s: needs an argument; see --help", arg);
	else
		tf_trouble_set(trouble, "%s: not an option of this command; see --help", arg);
	return -EINVAL;
}

/* The file of `record` and `replay`; no other command has an argument. */
static int take_arguments(enum tf_command_bit command, int argc, char **argv,
			  struct tf_options *options, struct tf_trouble *trouble)
{
	bool wants = command & (RECORD | REPLAY);

	if (options->help || options->version)
		return 0;
	if (wants && argc == 0) {
		tf_trouble_set(trouble, "no file; give one: tcpfate %s FILE",
			       command == RECORD ? "record" : "replay");
		return -EINVAL;
	}
	if (argc > wants) {
		tf_trouble_set(trouble,
			       "%s: unexpected argument; the command comes first, then its "
			       "options",
			       argv[wants]);
		return -EINVAL;
	}
	if (wants)
		options->file = argv[0];
	return 0;
}

/* Refuses options that are right alone and contradict each other. */
static int check_combination(const struct tf_options *options, struct tf_trouble *trouble)
{
	if (options->filter.only_v4 && options->filter.only_v6) {
		tf_trouble_set(trouble, "-4 and -6: no connection matches both; give one of them");
		return -EINVAL;
	}
	if (options->from && options->filter.n_cgroups) {
		tf_trouble_set(trouble,
			       "--from and --cgroup: a recording does not hold the tree of "
			       "cgroups; leave one of them out");
		return -EINVAL;
	}
	return 0;
}

static void set_defaults(struct tf_options *options)
{
	memset(options, 0, sizeof(*options));
	tf_filter_init(&options->filter);
	options->stats_interval_ns = NS_PER_MIN;
	options->scan_interval_ns = 10 * NS_PER_S;
}

int tf_options_parse(enum tf_command_bit command, int argc, char **argv, struct tf_options *ret,
		     struct tf_trouble *trouble)
{
	struct option names[N_ROWS + 1];
	char letters[2 * N_ROWS + 2];
	int got, err;

	set_defaults(ret);
	fill_getopt(command, letters, names);
	opterr = 0;
	optind = 0; /* glibc: reset its state */
	for (;;) {
		const struct option_row *row;

		got = getopt_long(argc, argv, letters, names, NULL);
		if (got == -1)
			break;
		row = got == '?' || got == ':' ? NULL : find_row(got);
		if (!row)
			return unknown_option(got, argv[optind - 1], trouble);
		err = row->take(ret, row->arg ? optarg : NULL, trouble);
		if (err)
			return err;
	}
	err = take_arguments(command, argc - optind, argv + optind, ret, trouble);
	return err ? err : check_combination(ret, trouble);
}

/* One option and its help, whose lines stand below each other. */
static void print_option(const struct option_row *row, FILE *out)
{
	const char *line = row->help, *end;
	char left[64], letter[] = {'-', row->letter, ',', '\0'};

	snprintf(left, sizeof(left), "%-3s --%s%s%s", row->letter ? letter : "", row->name,
		 row->arg ? " " : "", row->arg ? row->arg : "");
	fprintf(out, " %-*s", OPTION_WIDTH, left);
	for (; (end = strchr(line, '\n')); line = end + 1)
		fprintf(out, " %.*s\n%*s", (int)(end - line), line, OPTION_WIDTH + 1, "");
	fprintf(out, " %s\n", line);
}

/* The next option of @command, of that group and use, behind @after (NULL: the first). NULL: no
 * more. */
static const struct option_row *next_row(const struct option_row *after,
					 enum tf_command_bit command, enum option_group group,
					 enum option_use use)
{
	for (const struct option_row *row = after ? after + 1 : option_rows;
	     row < option_rows + N_ROWS; row++)
		if ((row->commands & command) && row->group == group && (row->use & use))
			return row;
	return NULL;
}

static void print_lines(enum tf_command_bit command, enum option_group group, enum option_use use,
			FILE *out)
{
	const struct option_row *row = NULL;

	while ((row = next_row(row, command, group, use)))
		print_option(row, out);
}

/* The names of a group's rare options: as many as the line has room for, of which @used columns are
 * written. */
static void print_names(enum tf_command_bit command, enum option_group group, int used, FILE *out)
{
	const struct option_row *row = NULL;

	while ((row = next_row(row, command, group, RARE))) {
		if (used + (int)strlen(row->name) > HELP_WIDTH - 9) { /* " --", " ...", "):" */
			fputs(" ...", out);
			return;
		}
		used += fprintf(out, " --%s", row->name);
	}
}

/* Common options in lines of their own, below a heading that names the rare ones. */
static void print_short_group(enum tf_command_bit command, enum option_group group, FILE *out)
{
	bool common = next_row(NULL, command, group, COMMON);
	bool rare = next_row(NULL, command, group, RARE);
	const char *before = common && rare ? " (also" : common ? "" : ":";

	if (!common && !rare)
		return;
	print_names(command, group, fprintf(out, "%s%s", group_titles[group], before), out);
	fprintf(out, "%s%s\n", common && rare ? ")" : "", common ? ":" : "");
	print_lines(command, group, COMMON, out);
}

static void print_group(enum tf_command_bit command, enum option_group group, FILE *out)
{
	if (!next_row(NULL, command, group, ANY))
		return;
	fprintf(out, "\n%s:\n", group_titles[group]);
	print_lines(command, group, ANY, out);
}

void tf_options_help(enum tf_command_bit command, bool all, FILE *out)
{
	for (enum option_group group = FILTERS; group < HELP; group++)
		(all ? print_group : print_short_group)(command, group, out);
	if (all)
		print_group(command, HELP, out);
}
