// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * main.c - finds the command and runs it; cmd/commands.def lists them
 */
#include <fcntl.h>
#include <string.h>

#include "cli/cmd/doctor.h"
#include "cli/cmd/explain.h"
#include "cli/cmd/live.h"
#include "cli/cmd/record.h"
#include "cli/cmd/replay.h"
#include "cli/cmd/snapshot.h"
#include "cli/nearest.h"
#include "cli/say.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
};

static const struct command command_rows[] = {
#define TF_COMMAND(bit, name_, synopsis, summary) {#name_, tf_##name_##_main},
#include "cli/cmd/commands.def"
#undef TF_COMMAND
};

#define N_COMMANDS (sizeof(command_rows) / sizeof(command_rows[0]))
#define FIRST_NAMED 1 /* the row before it runs without a name */

static int unknown_command(const char *word)
{
	struct tf_nearest nearest = {.word = word};

	for (size_t i = FIRST_NAMED; i < N_COMMANDS; i++)
		tf_nearest_offer(&nearest, command_rows[i].name);
	if (tf_nearest_take(&nearest))
		tf_say("%s: no such command; did you mean %s?", word, tf_nearest_take(&nearest));
	else
		tf_say("%s: no such command; see tcpfate --help", word);
	return TF_EXIT_USAGE;
}

/* Opens /dev/null for each standard descriptor that is closed. Otherwise a file that we open
 * later would become standard output or error. Writing to these placeholders fails, as it
 * should. */
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
		return command_rows[0].run(argc, argv);
	for (size_t i = FIRST_NAMED; i < N_COMMANDS; i++)
		if (!strcmp(argv[1], command_rows[i].name))
			return command_rows[i].run(argc - 1, argv + 1);
	return unknown_command(argv[1]);
}
