// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * main.c - the commands
 *
 * To add one: a row below, a file of its own with tf_cmd_NAME(), which returns the exit status.
 */
#include <fcntl.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/cmd/explain.h"
#include "cli/nearest.h"
#include "cli/say.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{"snapshot", tf_snapshot_main}, {"explain", tf_explain_main}, {"record", tf_record_main},
	{"replay", tf_replay_main},	{"doctor", tf_doctor_main},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int unknown_command(const char *word)
{
	struct tf_nearest nearest = {.word = word};

	for (size_t i = 0; i < N_COMMANDS; i++)
		tf_nearest_offer(&nearest, commands[i].name);
	if (tf_nearest_take(&nearest))
		tf_say("%s: no such command; did you mean %s?", word, tf_nearest_take(&nearest));
	else
		tf_say("%s: no such command; see tcpfate --help", word);
	return TF_EXIT_USAGE;
}

/* A descriptor that we open must never become standard output or error because those were closed when
 * we were started: then a failure to write there is a failure, as it should be. */
static void occupy_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	occupy_standard_descriptors();
	if (argc < 2 || argv[1][0] == '-')
		return tf_live_main(argc, argv);
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	return unknown_command(argv[1]);
}
