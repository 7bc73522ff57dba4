// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * help.c - see help.h
 */
#include "cli/help.h"

#include <stdio.h>

#include "cli/say.h"
#include "cli/version.h"

static void print_usage(enum tf_command_bit command)
{
	static const char live[] =
		"tcpfate tells what became of every TCP connection on this host, who ended it, and why.\n"
		"\n"
		"  tcpfate [OPTIONS]              what ends, as it ends\n"
		"  tcpfate snapshot [OPTIONS]     what every socket is doing now, and what piles up\n"
		"  tcpfate explain [WORD]         what a fate, TCP state, errno... means, what to change\n"
		"  tcpfate record FILE [OPTIONS]  keep the events in a file\n"
		"  tcpfate replay FILE [OPTIONS]  show a recording as if it were live (no root needed)\n"
		"  tcpfate doctor [OPTIONS]       whether this host can run it, and how well\n";

	switch (command) {
	case TF_COMMAND_LIVE:
		fputs(live, stdout);
		break;
	case TF_COMMAND_RECORD:
		puts("tcpfate record FILE [OPTIONS]: keeps the events of this host in FILE until Ctrl-C");
		break;
	case TF_COMMAND_REPLAY:
		puts("tcpfate replay FILE [OPTIONS]: shows the recording FILE as if it were live");
		break;
	case TF_COMMAND_SNAPSHOT:
		puts("tcpfate snapshot [OPTIONS]: what every TCP socket of this host is doing now, who holds "
		     "it,\nand what looks wrong");
		break;
	case TF_COMMAND_DOCTOR:
		puts("tcpfate doctor [OPTIONS]: whether this host can run tcpfate, and how well");
		break;
	}
	puts("\nOptions:");
	tf_options_help(command, stdout);
	if (command == TF_COMMAND_LIVE)
		puts("\nExit status: 0 done, 1 failed while running, 2 wrong usage, 3 this host cannot "
		     "run it.");
}

int tf_help_close_stdout(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return TF_EXIT_OK;
	tf_say("standard output: cannot be written; give it one that can");
	return TF_EXIT_FAILED;
}

bool tf_help_options(enum tf_command_bit command, int argc, char **argv,
		     struct tf_options *ret_options, int *ret_status)
{
	struct tf_trouble trouble;

	if (tf_options_parse(command, argc, argv, ret_options, &trouble)) {
		tf_say("%s", trouble.text);
		*ret_status = TF_EXIT_USAGE;
		return false;
	}
	if (ret_options->help)
		print_usage(command);
	else if (ret_options->version)
		puts("tcpfate " TF_VERSION);
	else
		return true;
	*ret_status = tf_help_close_stdout();
	return false;
}
