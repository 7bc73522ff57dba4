/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * options.h - what the command line says, and how it is said
 *
 * Options are rows of a table: name, letter, argument, help, the commands that take it, and a
 * function. The parser and `--help` are both made from the rows. To add one: a member in struct
 * tf_options, a function and a row in options.c, a case in tests/unit/test_options.c.
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
};

struct tf_options {
	struct tf_filter filter;
	struct tf_core_options core; /* `filter` in it is not set: point it at the one above */
	bool json;
	bool verbose; /* record: show what ends, too, as `json` and `output` also do; snapshot: all */
	bool sockets; /* snapshot: each of them */
	bool debug;
	uint32_t without;	/* kinds of hooks left out, as bits: see kernel/hooks.h */
	const char *kernel_btf; /* another kernel's types; NULL: this one's. argv's */
	bool force;		/* an existing recording may be replaced */
	bool help, version;
	uint64_t duration_ns;	    /* 0: no end */
	uint64_t count;		    /* conn records; 0: no end */
	uint64_t stats_interval_ns; /* 0: stats only at the end */
	uint64_t scan_interval_ns;  /* 0: no scans over all sockets */
	uint32_t ring_bytes;	    /* 0: default */
	const char *output;	    /* -o; NULL: standard output. Points into argv */
	const char *record;	    /* --record; NULL: none */
	const char *from;	    /* --from; NULL: this host */
	const char *file;	    /* the argument of record and replay; NULL: none given */
};

/* Parses @argv (its first element is the command's name and is skipped) for @command. Returns 0, or
 * -EINVAL with @trouble saying what is wrong and what would be right; @ret holds no more then. Opens
 * and resolves what names stand for (namespaces, cgroups). */
int tf_options_parse(enum tf_command_bit command, int argc, char **argv, struct tf_options *ret,
		     struct tf_trouble *trouble);

/* Writes the list of the options of @command, one a line, to @out. */
void tf_options_help(enum tf_command_bit command, FILE *out);

#endif
