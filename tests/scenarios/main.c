// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * main.c - runs the scenarios that are asked for: see scenario.h
 *
 * Each runs in a process of its own that bears its name, all at once, since many of them wait for a
 * timer. Two change a setting that others would feel, and so run alone in the end.
 */
#include "scenario.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT 60 /* seconds for one scenario */

static const struct row {
	const char *name;
	void (*run)(struct pair *p);
	bool alone;
} rows[] = {
#define ROW(name)                                                                                  \
	{                                                                                          \
#name, name, false                                                                 \
	}
#define ALONE(name)                                                                                \
	{                                                                                          \
#name, name, true                                                                  \
	}
	ROW(client_first),
	ROW(server_first),
	ROW(half_closed),
	ROW(crossing_fins),
	ROW(refused),
	ROW(not_written),
	ROW(connect_timeout),
	ROW(unreachable),
	ROW(abandoned),
	ROW(handshake_failed),
	ROW(reset_before_accept),
	ROW(reset_while_hung),
	ROW(never_accepted),
	ROW(reset_after_our_fin),
	ROW(errno_fetched),
	ROW(reset_before_our_fin),
	ROW(reset_for_last_ack),
	ROW(unread),
	ROW(linger),
	ROW(linger2),
	ROW(late_data_owned),
	ROW(turned_away),
	ROW(disconnect),
	ROW(late_data_minisock),
	ROW(by_admin),
	ROW(keepalive),
	ROW(retransmits),
	ROW(user_timeout),
	ROW(zero_window),
	ROW(close_timeout),
	ROW(close_timeout_owned),
	ROW(killed),
	ROW(crashed),
	ROW(terminated),
	ROW(survived),
	ROW(out_of_memory),
	ROW(exits),
	ROW(forked),
	ROW(preforked),
	ROW(mptcp_client_first),
	ROW(mptcp_client_first_at_plain),
	ROW(mptcp_server_first),
	ROW(mptcp_killed),
	ROW(mptcp_unread),
	ROW(mptcp_unread_of_plain),
	ROW(mptcp_unread_by_plain),
	ROW(mptcp_linger),
	ROW(mptcp_linger_at_plain),
	ROW(mptcp_server_lingers),
	ROW(mptcp_disconnect),
	ROW(mptcp_reset_before_accept),
	ROW(mptcp_never_accepted),
	ALONE(no_local_port),
	ALONE(memory),
	ALONE(no_minisock),
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* What keeps the timers short, lets Fast Open begin, and a full queue show, in this network
 * namespace. */
static const struct {
	const char *path, *value;
} settings[] = {
	{"/proc/sys/net/ipv4/tcp_syn_retries", "1"},
	{"/proc/sys/net/ipv4/tcp_retries2", "1"},
	{"/proc/sys/net/ipv4/tcp_orphan_retries", "1"},
	{"/proc/sys/net/ipv4/tcp_fastopen", "5"}, /* for clients, without a cookie */
	{"/proc/sys/net/ipv4/tcp_abort_on_overflow", "1"},
};

static void write_file(const char *path, const char *value)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(value, file) < 0 || fclose(file)) {
		perror(path);
		exit(1);
	}
}

/* Into the namespace that is asked for, if one is. */
static void enter(int argc, char **argv)
{
	static const char word[] = "--netns=";

	for (int i = 1; i < argc; i++) {
		int fd = strncmp(argv[i], word, sizeof(word) - 1) ?
				 -1 :
				 open(argv[i] + sizeof(word) - 1, O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && !setns(fd, CLONE_NEWNET))
			continue;
		if (!strncmp(argv[i], word, sizeof(word) - 1)) {
			perror(argv[i]);
			exit(1);
		}
	}
}

static void set_up(void)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo)) {
		perror("lo");
		exit(1);
	}
	close(fd);
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		write_file(settings[i].path, settings[i].value);
}

static pid_t begin(const struct row *row, int family)
{
	struct pair pair = {
		.name = row->name, .family = family, .listener = -1, .client = -1, .server = -1};
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_NAME, row->name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIMIT);
	pair.client_pid = pair.server_pid = getpid();
	row->run(&pair);
	exit(0);
}

/* The children, by row and family. */
static pid_t children[2 * N_ROWS];

static const char *name_of(pid_t pid)
{
	for (size_t i = 0; i < 2 * N_ROWS; i++)
		if (children[i] == pid)
			return rows[i / 2].name;
	return "a scenario";
}

/* Whether all children ended well. */
static bool end_all(void)
{
	bool good = true;
	int status;
	pid_t pid;

	while ((pid = wait(&status)) > 0) {
		if (WIFSIGNALED(status))
			fprintf(stderr, "%s ended by signal %d\n", name_of(pid), WTERMSIG(status));
		good = good && WIFEXITED(status) && !WEXITSTATUS(status);
	}
	return good;
}

static bool wanted(const struct row *row, int argc, char **argv)
{
	bool any = false;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		any = true;
		if (!strcmp(argv[i], row->name))
			return true;
	}
	return !any;
}

/* Whether --without=NAME leaves @row out; says so for both families. */
static bool left_out_by_name(const struct row *row, int family, int argc, char **argv)
{
	static const char word[] = "--without=";

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], word, sizeof(word) - 1) ||
		    strcmp(argv[i] + sizeof(word) - 1, row->name))
			continue;
		printf("skip %s ipv%d left out on this machine\n", row->name,
		       family == AF_INET ? 4 : 6);
		fflush(stdout);
		return true;
	}
	return false;
}

static bool has(int argc, char **argv, const char *word)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], word))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static const int families[] = {AF_INET, AF_INET6};
	const bool left_out[] = {has(argc, argv, "-6"), has(argc, argv, "-4")};
	bool good = true;

	host_open();
	enter(argc, argv);
	set_up();
	for (int alone = 0; alone < 2; alone++) {
		for (size_t i = 0; i < 2 * N_ROWS; i++) {
			const struct row *row = &rows[i / 2];

			if (row->alone != alone || left_out[i % 2] || !wanted(row, argc, argv))
				continue;
			if (left_out_by_name(row, families[i % 2], argc, argv))
				continue;
			children[i] = begin(row, families[i % 2]);
			good = children[i] > 0 && good;
			if (alone)
				good = end_all() && good;
		}
		good = end_all() && good;
	}
	return good ? 0 : 1;
}
