// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * others.c - who else has a hand in a connection: an administrator, a child, a thread: see
 * witness.h
 */
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

static void put_end(const struct sockaddr_in6 *from, uint32_t *address, uint16_t *port)
{
	*port = from->sin6_port;
	if (from->sin6_family == AF_INET)
		*address = ((const struct sockaddr_in *)from)->sin_addr.s_addr;
	else
		memcpy(address, &from->sin6_addr, 16);
}

/* Asks the kernel to destroy the socket, as `ss -K` does. Returns 0 or an errno. */
static int destroy(const struct entry *ends)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 what;
	} ask = {.head = {.nlmsg_len = sizeof(ask),
			  .nlmsg_type = SOCK_DESTROY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
		 .what = {.sdiag_family = (uint8_t)ends->local.sin6_family,
			  .sdiag_protocol = IPPROTO_TCP,
			  .idiag_states = UINT32_MAX,
			  .id.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char quoted[256];
	} said = {0};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	put_end(&ends->local, ask.what.id.idiag_src, &ask.what.id.idiag_sport);
	put_end(&ends->remote, ask.what.id.idiag_dst, &ask.what.id.idiag_dport);
	if (fd < 0 || send(fd, &ask, sizeof(ask), 0) != sizeof(ask) ||
	    recv(fd, &said, sizeof(said), 0) < 0) {
		perror("SOCK_DESTROY");
		exit(1);
	}
	close(fd);
	return said.head.nlmsg_type == NLMSG_ERROR ? -said.error.error : EPROTO;
}

void call_destroy(struct job *j, struct sock *s)
{
	struct entry *e = log_begin(j, s, CALL_destroy, 0);

	log_names(e, s->fd);
	errno = destroy(e);
	log_end(e, errno ? -1 : 0);
}

/* The child: it waits until its parent has let go, then does so itself. */
static void let_go(struct job *j, struct sock *s, enum let_go how, int parent)
{
	char name[16], byte;

	snprintf(name, sizeof(name), "kid%u", j->worker);
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	MUST(j, write(parent, "", 1) == 1 && read(parent, &byte, 1) == 0);
	if (how == BY_KILL)
		for (;;)
			pause();
	if (how == BY_EXIT)
		log_begin(j, s, CALL_exit, 0);
	else
		call_close(j, s);
	_exit(0);
}

void hand_over(struct job *j, struct sock *s, enum let_go how)
{
	struct entry *e = log_begin(j, s, CALL_fork, how);
	int both[2];
	pid_t pid;
	char byte;

	MUST(j, !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both));
	pid = fork();
	MUST(j, pid >= 0);
	if (!pid) {
		close(both[1]);
		let_go(j, s, how, both[0]);
	}
	close(both[0]);
	MUST(j, read(both[1], &byte, 1) == 1); /* it bears its name */
	log_end(e, pid);
	e = log_begin(j, s, CALL_close, 1); /* the child has it still */
	log_end(e, close(s->fd));
	s->fd = -1;
	pause_us(dice_own(j, 2000));
	e = log_begin(j, s, CALL_kill, how == BY_KILL ? SIGKILL : 0);
	close(both[1]);
	if (how == BY_KILL)
		kill(pid, SIGKILL);
	MUST(j, waitpid(pid, NULL, 0) == pid);
	log_end(e, 0);
}

struct asker {
	pthread_t thread;
	struct job job;
	struct sock sock;
	_Atomic bool begun, ends;
};

static void *ask(void *argument)
{
	uint64_t limit = log_now() + 500000000;
	struct asker *a = argument;

	a->begun = true;
	while (!a->ends && log_now() < limit && !call_error(&a->job, &a->sock, true))
		;
	return NULL;
}

struct asker *ask_errors(struct job *j, struct sock *s)
{
	struct asker *a = calloc(1, sizeof(*a));
	pthread_attr_t other;
	cpu_set_t now, cpus;

	MUST(j, a && !sched_getaffinity(0, sizeof(now), &now));
	CPU_ZERO(&cpus);
	for (int cpu = 0; cpu < 2; cpu++)
		if (!CPU_ISSET(cpu, &now))
			CPU_SET(cpu, &cpus);
	a->job = *j;
	a->sock = *s;
	pthread_attr_init(&other);
	pthread_attr_setaffinity_np(&other, sizeof(cpus), &cpus);
	MUST(j, !pthread_create(&a->thread, &other, ask, a));
	pthread_attr_destroy(&other);
	while (!a->begun)
		sched_yield();
	return a;
}

void ask_no_more(struct asker *a)
{
	a->ends = true;
	pthread_join(a->thread, NULL);
	free(a);
}
