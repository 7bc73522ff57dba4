// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * netns_gone.c - a connection whose network namespace goes away under it
 *
 * A process's socket holds its namespace, so no process can make this happen. A kernel module's
 * can: until ef7134c7fc48 ("smb: client: Fix use-after-free of network namespace", 6.12 and later
 * in the stable trees) CIFS held its namespace by the server's record alone and dropped that before
 * its thread closed the socket. So: a process in a namespace of its own mounts a share from a
 * server that never answers, and is killed, as when a container is stopped during a mount. The
 * mount fails, the namespace's last holder goes, and 125 ms later (msleep() in
 * clean_demultiplex_info()) the thread closes an established connection in a namespace that is
 * being torn down.
 *
 * Where the module holds the namespace, the same is an ordinary close. Whether the process is gone
 * within the 125 ms is the scheduler's affair, so it is done a few times.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "stimulus.h"

#define SCENARIO "netns_gone"
#define CONNECTIONS 3
#define SMB_PORT 445
#define PEER_TIMEOUT_MS 500
/* busybox has a smaller one of the same name */
#define IP "/sbin/ip"
#define OURS "10.9.9.1"
#define MOUNT_POINT "/tmp/share"

static void shell(const char *command)
{
	if (system(command))
		fail(SCENARIO, command);
}

static void hand_over(int fd)
{
	MUST(write(fd, "", 1) == 1, SCENARIO);
}

static void wait_for_it(int fd)
{
	char byte;

	MUST(read(fd, &byte, 1) == 1, SCENARIO);
}

/* The process that is killed in mount(). */
static void mounter(int ready, int go)
{
	MUST(!unshare(CLONE_NEWNET), SCENARIO);
	hand_over(ready);
	wait_for_it(go);
	shell(IP " addr add 10.9.9.2/24 dev share1 && " IP " link set share1 up");
	mount("//" OURS "/x", MOUNT_POINT, "cifs", 0,
	      "unc=\\\\" OURS "\\x,ip=" OURS ",user=u,pass=p,vers=2.1");
	fail(SCENARIO, "mount() waits for an answer");
}

static void link_to(pid_t pid)
{
	char command[160];

	snprintf(command, sizeof(command),
		 IP " link add share0 type veth peer name share1 netns %d && " IP " addr add " OURS
		    "/24 dev share0 && " IP " link set share0 up",
		 pid);
	shell(command);
}

/* Waits for the mounting process's first request. The socket, and the client's port. */
static int accept_request(int listener, int *ret_port)
{
	struct sockaddr_in peer;
	socklen_t size = sizeof(peer);
	int fd = accept(listener, (struct sockaddr *)&peer, &size);
	char request[1024];

	MUST(fd >= 0 && read(fd, request, sizeof(request)) > 0, SCENARIO);
	*ret_port = ntohs(peer.sin_port);
	return fd;
}

/* The peer gets no segment of the end, and its writes are never answered.
 * Prints the line of this connection, with the errno that the peer's own call met when all was
 * over. */
static void say_what_the_peer_met(int fd, int port)
{
	char byte;

	if (state_of(fd) != TCP_ESTABLISHED) { /* the module held the namespace: a FIN came */
		say(SCENARIO, AF_INET, port, SMB_PORT);
		return;
	}
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, PEER_TIMEOUT_MS);
	MUST(write(fd, "?", 1) == 1, SCENARIO);
	UNTIL(state_of(fd) == TCP_CLOSE, SCENARIO);
	MUST(read(fd, &byte, 1) < 0, SCENARIO);
	printf(SCENARIO " ipv4 %d %d %s\n", port, SMB_PORT, strerrorname_np(errno));
	close(fd);
}

/* Whether the module's thread, which closes the connection as its last act, is still there. */
static bool thread_lives(void)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	bool found = false;

	MUST(processes, SCENARIO);
	while (!found && (entry = readdir(processes))) {
		char path[300], name[16] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		found = fscanf(file, "%15s", name) == 1 && !strcmp(name, "cifsd");
		fclose(file);
	}
	closedir(processes);
	return found;
}

/* Now and then the thread stays after its close, waiting for a signal that has already come: so not
 * for ever. In QEMU on a busy host it needs more than a second to get there. */
static void wait_for_close(void)
{
	const struct timespec pause = {.tv_nsec = 10000000};

	for (int i = 0; i < 300 && thread_lives(); i++)
		nanosleep(&pause, NULL);
}

static void once(int listener)
{
	int ready[2], go[2], fd, port;
	pid_t pid;

	alarm(3 * WAIT_MS / 1000);
	MUST(!pipe(ready) && !pipe(go), SCENARIO);
	pid = fork();
	MUST(pid >= 0, SCENARIO);
	if (!pid)
		mounter(ready[1], go[0]);
	wait_for_it(ready[0]);
	link_to(pid);
	hand_over(go[1]);
	fd = accept_request(listener, &port);
	kill(pid, SIGKILL);
	MUST(waitpid(pid, NULL, 0) == pid, SCENARIO);
	wait_for_close();
	UNTIL(!if_nametoindex("share0"), SCENARIO);
	say_what_the_peer_met(fd, port);
}

int main(void)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(SMB_PORT)};
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	MUST(!bind(listener, (struct sockaddr *)&where, sizeof(where)), SCENARIO);
	MUST(!listen(listener, CONNECTIONS), SCENARIO);
	MUST(!mkdir(MOUNT_POINT, 0700), SCENARIO);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < CONNECTIONS; i++)
		once(listener);
	return 0;
}
