// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * help.c - see help.h
 */
#include "cli/help.h"

#include <stdio.h>

#include "cli/say.h"
#include "cli/version.h"

struct command_words {
	enum tf_command_bit bit;
	const char *synopsis, *summary;
};

static const struct command_words command_words[] = {
#define TF_COMMAND(bit, name, synopsis, summary) {TF_COMMAND_##bit, synopsis, summary},
#include "cli/cmd/commands.def"
#undef TF_COMMAND
};

#define N_COMMANDS (sizeof(command_words) / sizeof(command_words[0]))

static void print_commands(void)
{
	puts("tcpfate reports how each TCP connection on this host ended, by whom and why.");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-30s %s\n", command_words[i].synopsis, command_words[i].summary);
}

static void print_synopsis(enum tf_command_bit command)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (command_words[i].bit == command)
			printf("%s: %s\n", command_words[i].synopsis, command_words[i].summary);
}

/* `tcpfate --help` fits a screen of 24 lines; every other help lists all options of its command. */
static void print_usage(const struct tf_options *options, enum tf_command_bit command)
{
	bool brief = command == TF_COMMAND_LIVE && !options->help_all;

	if (brief) {
		print_commands();
		putchar('\n');
	} else {
		print_synopsis(command);
	}
	tf_options_help(command, !brief, stdout);
	if (brief)
		puts("All options: tcpfate --help-all, tcpfate COMMAND --help, man tcpfate.");
	if (command == TF_COMMAND_LIVE)
		puts("Exit status: 0 done, 1 failed, 2 wrong usage, 3 this host "
		     "cannot run tcpfate.");
}

int tf_help_close_stdout(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return TF_EXIT_OK;
	tf_say("standard output: cannot be written; redirect it to a file that can");
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
		print_usage(ret_options, command);
	else if (ret_options->version)
		puts("tcpfate " TF_VERSION);
	else
		return true;
	*ret_status = tf_help_close_stdout();
	return false;
}
