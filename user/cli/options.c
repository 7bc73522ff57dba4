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

/* Whether the short help shows an option, too. */
enum option_use { COMMON, RARE };

struct option_row {
	const char *name;
	char letter;	 /* 0: none */
	const char *arg; /* what --help calls its argument; NULL: it has none */
	enum option_group group;
	enum option_use use;
	unsigned int commands;
	take_fn take;
	const char *help; /* at most 51 characters */
};

#define OPTION_WIDTH 27 /* columns of an option in its line of help, which has 80 */

#define TAKE(name) tf_option_values_##name

static const struct option_row option_rows[] = {
	{"pid", 'p', "PID,...", FILTERS, COMMON, ALL_BUT_DOCTOR, TAKE(pid),
	 "connections that these processes own"},
	{"comm", 0, "NAME", FILTERS, COMMON, ALL_BUT_DOCTOR, TAKE(comm),
	 "connections of processes of this name; repeatable"},
	{"local-port", 'L', "PORTS", FILTERS, COMMON, ALL_BUT_DOCTOR, TAKE(local_port),
	 "these local ports: 80,8000-8100"},
	{"remote-port", 'D', "PORTS", FILTERS, COMMON, ALL_BUT_DOCTOR, TAKE(remote_port),
	 "these remote ports"},
	{"host", 0, "CIDR,...", FILTERS, COMMON, ALL_BUT_DOCTOR, TAKE(host),
	 "either address in these networks"},
	{"ipv4", '4', NULL, FILTERS, RARE, ALL_BUT_DOCTOR, TAKE(ipv4),
	 "IPv4 only (v4-mapped IPv6 is IPv4)"},
	{"ipv6", '6', NULL, FILTERS, RARE, ALL_BUT_DOCTOR, TAKE(ipv6), "IPv6 only"},
	{"netns", 0, "NS", FILTERS, RARE, ALL_BUT_DOCTOR, TAKE(netns),
	 "this network namespace: name, path, inode or pid"},
	{"cgroup", 0, "PATH", FILTERS, RARE, LIVE | RECORD | SNAPSHOT, TAKE(cgroup),
	 "sockets created in this cgroup (v2) or below it"},
	{"fate", 0, "FATE,...", FILTERS, COMMON, STREAM, TAKE(fate),
	 "these fates (tcpfate explain fates lists them)"},
	{"class", 0, "CLASS,...", FILTERS, RARE, STREAM, TAKE(class),
	 "clean connect handshake reset abort timeout unknown"},
	{"abnormal", 0, NULL, FILTERS, COMMON, STREAM, TAKE(abnormal), "every class but clean"},

	{"json", 'j', NULL, OUTPUT, COMMON, ALL, TAKE(json), "JSON Lines: one record a line"},
	{"output", 'o', "FILE", OUTPUT, COMMON, ALL_BUT_DOCTOR, TAKE(output),
	 "append to FILE instead of standard output"},
	{"duration", 0, "TIME", OUTPUT, COMMON, STREAM, TAKE(duration),
	 "stop after this time: 500ms, 10s, 5m, 1h"},
	{"count", 0, "N", OUTPUT, RARE, STREAM, TAKE(count), "stop after this many connections"},
	{"states", 0, NULL, OUTPUT, RARE, STREAM, TAKE(states), "report changes of state, too"},
	{"verbose", 'v', NULL, OUTPUT, RARE, RECORD, TAKE(verbose),
	 "report connections while recording"},
	{"verbose", 'v', NULL, OUTPUT, RARE, SNAPSHOT, TAKE(verbose),
	 "groups without a finding, too; more than one screen"},
	{"sockets", 0, NULL, OUTPUT, RARE, SNAPSHOT, TAKE(sockets), "list each socket, too"},
	{"stats-interval", 0, "TIME", OUTPUT, RARE, STREAM, TAKE(stats_interval),
	 "report counters this often (60s; 0: at the end)"},

	{"alert", 0, "ALERT:LIMITS", ALERTS, RARE, ALL_BUT_DOCTOR, tf_option_alert_take,
	 "limits: close_wait_pileup:count=9,age=30s; or :off"},
	{"no-alerts", 0, NULL, ALERTS, RARE, ALL_BUT_DOCTOR, TAKE(no_alerts), "no alerts"},

	{"record", 0, "FILE", RECORDING, RARE, LIVE, TAKE(record), "keep a recording, too"},
	{"force", 0, NULL, RECORDING, RARE, LIVE | RECORD, TAKE(force),
	 "replace an existing recording"},
	{"from", 0, "FILE", RECORDING, RARE, SNAPSHOT, TAKE(from),
	 "the last scan of a recording, not this host"},

	{"scan-interval", 0, "TIME", ADVANCED, RARE, LIVE | RECORD, TAKE(scan_interval),
	 "scan all sockets this often (10s; 0: never)"},
	{"ring-size", 0, "BYTES", ADVANCED, RARE, LIVE | RECORD, TAKE(ring_size),
	 "size of the ring buffer: 64K to 1G (8M)"},
	{"max-connections", 0, "N", ADVANCED, RARE, ALL_BUT_DOCTOR, TAKE(max_connections),
	 "limit of connections or sockets in memory (1048576)"},
	{"destroy-grace", 0, "TIME", ADVANCED, RARE, STREAM, TAKE(destroy_grace),
	 "wait for a reset after a socket's end (10ms)"},
	{"dead-grace", 0, "TIME", ADVANCED, RARE, STREAM, TAKE(dead_grace),
	 "wait for the close() of a dead socket (100ms)"},
	{"handoff-grace", 0, "TIME", ADVANCED, RARE, STREAM, TAKE(handoff_grace),
	 "wait for a late reset of a FIN_WAIT2 orphan (2s)"},
	{"debug", 0, NULL, ADVANCED, RARE, LIVE | RECORD | DOCTOR | SNAPSHOT, TAKE(debug),
	 "messages of libbpf on stderr"},
	{"without", 0, "METHOD,...", ADVANCED, RARE, LIVE | RECORD | DOCTOR | SNAPSHOT,
	 TAKE(without), "do not use attach method fentry, kprobe or iter"},
	{"kernel-btf", 0, "FILE", ADVANCED, RARE, DOCTOR, TAKE(kernel_btf),
	 "examine another kernel by its BTF (no root needed)"},

	{"help", 'h', NULL, HELP, RARE, ALL, TAKE(help), "this text"},
	{"help-all", 0, NULL, HELP, RARE, LIVE, TAKE(help_all), "all options"},
	{"version", 'V', NULL, HELP, RARE, ALL, TAKE(version), "the version"},
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
	options->stats_interval_ns = 60 * NS_PER_S;
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

static void print_option(const struct option_row *row, FILE *out)
{
	char left[64], letter[] = {'-', row->letter, ',', '\0'};

	snprintf(left, sizeof(left), "%-3s --%s%s%s", row->letter ? letter : "", row->name,
		 row->arg ? " " : "", row->arg ? row->arg : "");
	fprintf(out, " %-*s %s\n", OPTION_WIDTH, left, row->help);
}

void tf_options_help(enum tf_command_bit command, bool all, FILE *out)
{
	const struct option_row *last = NULL;

	for (size_t i = 0; i < N_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		if (!(row->commands & command) || !(all || row->use == COMMON))
			continue;
		if (!last || row->group != last->group)
			fprintf(out, "%s%s:\n", all || !last ? "\n" : "", group_titles[row->group]);
		print_option(row, out);
		last = row;
	}
}
