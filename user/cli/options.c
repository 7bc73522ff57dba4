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
#include "cli/option_values.h"

#define LIVE TF_COMMAND_LIVE
#define RECORD TF_COMMAND_RECORD
#define REPLAY TF_COMMAND_REPLAY
#define DOCTOR TF_COMMAND_DOCTOR
#define SNAPSHOT TF_COMMAND_SNAPSHOT
#define ALL (LIVE | RECORD | REPLAY | DOCTOR | SNAPSHOT)
#define STREAM (LIVE | RECORD | REPLAY)
#define LOOKING (STREAM | SNAPSHOT)

/* Takes one option with @value (NULL when it has none). 0, or -EINVAL with @trouble set. */
typedef int (*take_fn)(struct tf_options *options, const char *value, struct tf_trouble *trouble);

struct row {
	const char *name;
	char letter;	 /* 0: none */
	const char *arg; /* what --help calls its argument; NULL: it has none */
	unsigned int commands;
	take_fn take;
	const char *help;
};

static const struct row rows[] = {
	{"json", 'j', NULL, ALL, tf_option_json, "JSON Lines, one record a line"},
	{"pid", 'p', "PID[,PID...]", LOOKING, tf_option_pid,
	 "connections that these processes own"},
	{"comm", 0, "NAME", LOOKING, tf_option_comm,
	 "... that a process of this name owns (again: or of that)"},
	{"local-port", 'L', "PORTS", LOOKING, tf_option_local_port,
	 "these local ports: 80,8000-8100"},
	{"remote-port", 'D', "PORTS", LOOKING, tf_option_remote_port, "these remote ports"},
	{"host", 0, "CIDR[,CIDR...]", LOOKING, tf_option_host, "either end in these networks"},
	{"ipv4", '4', NULL, LOOKING, tf_option_ipv4, "IPv4 only (v4-mapped IPv6 is IPv4)"},
	{"ipv6", '6', NULL, LOOKING, tf_option_ipv6, "IPv6 only"},
	{"netns", 0, "NS", LOOKING, tf_option_netns,
	 "this network namespace: name, path, inode or pid"},
	{"cgroup", 0, "PATH", LIVE | RECORD | SNAPSHOT, tf_option_cgroup,
	 "sockets made in this cgroup (v2) or below it"},
	{"fate", 0, "FATE[,FATE...]", STREAM, tf_option_fate, "these fates (see tcpfate explain)"},
	{"class", 0, "CLASS[,CLASS...]", STREAM, tf_option_class,
	 "clean connect handshake reset abort timeout unknown"},
	{"abnormal", 0, NULL, STREAM, tf_option_abnormal, "every class but clean"},
	{"states", 0, NULL, STREAM, tf_option_states, "each change of state, too"},
	{"duration", 0, "TIME", STREAM, tf_option_duration,
	 "end after that long: 500ms, 10s, 5m, 1h"},
	{"count", 0, "N", STREAM, tf_option_count, "end after that many connections"},
	{"output", 'o', "FILE", LOOKING, tf_option_output,
	 "append to FILE instead of standard output"},
	{"record", 0, "FILE", LIVE, tf_option_record, "keep a recording as well"},
	{"force", 0, NULL, LIVE | RECORD, tf_option_force, "replace an existing recording"},
	{"verbose", 'v', NULL, RECORD, tf_option_verbose, "show what ends while recording"},
	{"verbose", 'v', NULL, SNAPSHOT, tf_option_verbose,
	 "what nothing is wrong with, too, and more than one screen"},
	{"sockets", 0, NULL, SNAPSHOT, tf_option_sockets, "each socket, too"},
	{"from", 0, "FILE", SNAPSHOT, tf_option_from,
	 "the last look of a recording instead of this host (no root needed)"},
	{"stats-interval", 0, "TIME", STREAM, tf_option_stats_interval,
	 "counters that often while there is traffic (60s; 0: at the end)"},
	{"scan-interval", 0, "TIME", LIVE | RECORD, tf_option_scan_interval,
	 "look at all sockets and their holders that often (10s; 0: never)"},
	{"ring-size", 0, "BYTES", LIVE | RECORD, tf_option_ring_size,
	 "of the ring buffer, 64K to 1G (8M)"},
	{"max-connections", 0, "N", LOOKING, tf_option_max_connections,
	 "ceiling of the connection table, or of sockets kept (1048576)"},
	{"destroy-grace", 0, "TIME", STREAM, tf_option_destroy_grace,
	 "wait for a reset after a socket's end (10ms)"},
	{"dead-grace", 0, "TIME", STREAM, tf_option_dead_grace,
	 "wait for the close of a dead socket that is still held (100ms)"},
	{"handoff-grace", 0, "TIME", STREAM, tf_option_handoff_grace,
	 "wait for a late reset of an orphan that awaits the peer's FIN (2s)"},
	{"alert", 0, "ALERT:LIMITS", LOOKING, tf_option_alert,
	 "what makes an alert: close_wait_pileup:count=9,age=30s, or :off"},
	{"no-alerts", 0, NULL, LOOKING, tf_option_no_alerts, "no alerts"},
	{"debug", 0, NULL, LIVE | RECORD | DOCTOR | SNAPSHOT, tf_option_debug,
	 "what libbpf says, on stderr"},
	{"without", 0, "KINDS", LIVE | RECORD | DOCTOR | SNAPSHOT, tf_option_without,
	 "leave out fentry, kprobe or iter, as where they do not load"},
	{"kernel-btf", 0, "FILE", DOCTOR, tf_option_kernel_btf,
	 "judge another kernel by its types (no root needed)"},
	{"help", 'h', NULL, ALL, tf_option_help, "this text"},
	{"version", 'V', NULL, ALL, tf_option_version, "the version"},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))
#define FIRST_LONG 256 /* getopt_long() gives this plus the row for every long option */

static void fill_getopt(enum tf_command_bit command, char *letters, struct option *names)
{
	*letters++ = ':';
	for (size_t i = 0; i < N_ROWS; i++) {
		if (!(rows[i].commands & command))
			continue;
		*names++ = (struct option){.name = rows[i].name,
					   .has_arg = rows[i].arg ? required_argument : no_argument,
					   .val = FIRST_LONG + (int)i};
		if (!rows[i].letter)
			continue;
		*letters++ = rows[i].letter;
		if (rows[i].arg)
			*letters++ = ':';
	}
	*letters = '\0';
	*names = (struct option){};
}

/* The row for what getopt_long() returned; NULL when it is none. */
static const struct row *find_row(int got)
{
	if (got >= FIRST_LONG)
		return &rows[got - FIRST_LONG];
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].letter == got)
			return &rows[i];
	return NULL;
}

static int unknown_option(int got, const char *arg, struct tf_trouble *trouble)
{
	if (got == ':')
		tf_trouble_set(trouble, "%s: needs an argument; see tcpfate --help", arg);
	else
		tf_trouble_set(trouble, "%s: not an option here; see tcpfate --help", arg);
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
		tf_trouble_set(trouble, "no file; say tcpfate %s FILE",
			       command == RECORD ? "record" : "replay");
		return -EINVAL;
	}
	if (argc > wants) {
		tf_trouble_set(trouble,
			       "%s: one argument too many; a command comes first, then its "
			       "options",
			       argv[wants]);
		return -EINVAL;
	}
	if (wants)
		options->file = argv[0];
	return 0;
}

/* What every option can only say alone, but not together. */
static int check_together(const struct tf_options *options, struct tf_trouble *trouble)
{
	if (options->filter.only_v4 && options->filter.only_v6) {
		tf_trouble_set(trouble,
			       "-4 and -6: no connection is both; give one of them, or none");
		return -EINVAL;
	}
	if (options->from && options->filter.n_cgroups) {
		tf_trouble_set(trouble,
			       "--from and --cgroup: a recording does not say which cgroup "
			       "is below which; leave one of them out");
		return -EINVAL;
	}
	return 0;
}

static void set_defaults(struct tf_options *options)
{
	memset(options, 0, sizeof(*options));
	tf_filter_init(&options->filter);
	options->stats_interval_ns = 60000000000ULL;
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
	optind = 0; /* glibc: begin anew, whatever was parsed before */
	for (;;) {
		const struct row *row;

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
	return err ? err : check_together(ret, trouble);
}

void tf_options_help(enum tf_command_bit command, FILE *out)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *row = &rows[i];
		char left[48];

		if (!(row->commands & command))
			continue;
		snprintf(left, sizeof(left), "%c%c%s --%s%s%s", row->letter ? '-' : ' ',
			 row->letter ? row->letter : ' ', row->letter ? "," : " ", row->name,
			 row->arg ? " " : "", row->arg ? row->arg : "");
		fprintf(out, "  %-30s %s\n", left, row->help);
	}
}
