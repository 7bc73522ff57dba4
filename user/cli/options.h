/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * options.h - the options of the command line
 *
 * Options are rows of a table: name, letter, argument, group, whether the short help shows it,
 * the commands that take it, a function, and its help. The parser, `--help` and the manual are
 * made from the rows. To add one: a member in struct tf_options, a function in option_values.c,
 * a row in options.c, a case in tests/unit/test_options.c.
 */
#ifndef TCPFATE_CLI_OPTIONS_H
#define TCPFATE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/trouble.h"
#include "core/core.h"
#include "core/filter.h"

/* Commands, as bits: which options each of them takes. */
enum tf_command_bit {
	TF_COMMAND_LIVE = 1 << 0,
	TF_COMMAND_RECORD = 1 << 1,
	TF_COMMAND_REPLAY = 1 << 2,
	TF_COMMAND_DOCTOR = 1 << 3,
	TF_COMMAND_SNAPSHOT = 1 << 4,
	TF_COMMAND_EXPLAIN = 1 << 5, /* takes words, no options */
};

struct tf_options {
	struct tf_filter filter;
	struct tf_core_options core; /* `filter` in it is not set: point it at the one above */
	bool json;
	bool verbose; /* record: report connections, too; snapshot: show all */
	bool sockets; /* snapshot: list each socket */
	bool debug;
	uint32_t without;	      /* attach methods not to use, as bits: see kernel/hooks.h */
	const char *kernel_btf;	      /* BTF of another kernel; NULL: this one. Points into argv */
	bool force;		      /* replace an existing recording */
	bool help, help_all, version; /* help_all comes with help */
	uint64_t duration_ns;	      /* 0: no end */
	uint64_t count;		      /* conn records; 0: no end */
	uint64_t stats_interval_ns;   /* 0: stats only at the end */
	uint64_t scan_interval_ns;    /* 0: no scans over all sockets */
	uint32_t ring_bytes;	      /* 0: default */
	const char *output;	      /* -o; NULL: standard output. Points into argv */
	const char *record;	      /* --record; NULL: none */
	const char *from;	      /* --from; NULL: this host */
	const char *file;	      /* the argument of record and replay; NULL: none given */
};

/* Parses @argv (its first element, the command's name, is skipped) for @command. Returns 0, or
 * -EINVAL with a @trouble that names the fault and the remedy; @ret is undefined then. Resolves
 * the names of network namespaces and cgroups. */
int tf_options_parse(enum tf_command_bit command, int argc, char **argv, struct tf_options *ret,
		     struct tf_trouble *trouble);

/* Writes the options of @command to @out in lines of at most 80 columns, in groups with a heading
 * each. @all: a line for each option, an empty line before each group; else a line for each of
 * those that are used most, and in the heading the names of the others, as far as they fit. */
void tf_options_help(enum tf_command_bit command, bool all, FILE *out);

#endif
