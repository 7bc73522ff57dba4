/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * scenario.h - connections that end in every way, made by one small static program
 *
 *	scenarios [-4] [-6] [--netns=FILE] [NAME...]
 *
 * Each scenario is a function that makes a connection over loopback, in that network namespace
 * (without one: where the program runs), ends it in its own way and checks what the applications
 * see: a call that answers other than expected ends the process with status 1 and one line on
 * stderr. For each connection one line is printed:
 *
 *	NAME FAMILY CLIENT_PORT SERVER_PORT CLIENT_PID SERVER_PID CLIENT_ERRNO SERVER_ERRNO
 *
 * (errno: the name of what a call of that side returned for this end, "-": none did). table.py has
 * the records that tcpfate must write of each; the end-to-end tests run both on this host,
 * tests/kernels on others.
 *
 * No packet filter of the kernel is needed, and no module but for one scenario: a peer vanishes
 * when a classic BPF filter on its socket drops what comes (tcp_filter()).
 *
 * To add one: a function in the file of its kind, a row in main.c, a row in table.py.
 */
#ifndef TCPFATE_SCENARIOS_SCENARIO_H
#define TCPFATE_SCENARIOS_SCENARIO_H

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define TH_FIN 0x01
#define TH_SYN 0x02
#define TH_RST 0x04
#define TH_ACK 0x10

/* A connection and its two ends; one scenario's, in one family. */
struct pair {
	const char *name;
	int family;
	int client_protocol, server_protocol; /* 0: TCP */
	int listener, client, server;	      /* -1: none */
	int client_port, server_port;
	pid_t client_pid, server_pid;
	int client_errno, server_errno; /* what a call returned; 0: none did */
	struct sockaddr_storage where;	/* of the listener */
	socklen_t size;
};

/* Ends the process with a line that names the scenario, unless @good. */
#define MUST(p, good)                                                                              \
	do {                                                                                       \
		if (!(good))                                                                       \
			fail(p, #good);                                                            \
	} while (0)

/* Waits until @good, for some seconds; then fails likewise. */
#define UNTIL(p, good)                                                                             \
	do {                                                                                       \
		for (int left = 20000; !(good); left--) {                                          \
			MUST(p, left && "in time: " #good);                                        \
			pause_ms(1);                                                               \
		}                                                                                  \
	} while (0)

void fail(const struct pair *p, const char *what) __attribute__((noreturn));
void pause_ms(int ms);

/* A listener on a port of its own; a client that is connected to it; the accepted end. Each fails
 * as MUST() does. */
void listens(struct pair *p);
void connects(struct pair *p);
void accepts(struct pair *p);

/* All three: an open connection, both ends this process's. */
void opens(struct pair *p);

/* The same, with the server's window full: the rest of what the client writes waits. */
void fills(struct pair *p);

/* Closes what is still open of the three. */
void closes(struct pair *p);

/* The line of this connection. The ports are taken from the sockets as long as they have them. */
void say(struct pair *p);

/* Or the line that says why it cannot be made here: "skip NAME FAMILY WHY". */
void skip(const struct pair *p, const char *why);

/* A new socket of the family, bound to the loopback address and @port (0: any). */
int bound(const struct pair *p, int port);
int port_of(int fd);

/* Begins a connect that nobody will answer: to @p's listener, which drops what comes. Not
 * blocking. */
void starts(struct pair *p);

/* Waits for the end of such a connect, and returns its errno (SO_ERROR). */
int outcome(const struct pair *p);

/* TCP_ESTABLISHED... of the socket. */
int state_of(int fd);

/* Whether the kernel's list has the client in @state, as a socket or a minisock. */
bool listed(const struct pair *p, int state);

/* Bytes that wait to be read. */
int waiting_in(int fd);

/* Writes and reads one byte less than can fail: @n bytes from one end to the other, and all of them
 * are read there. */
void talks(const struct pair *p, int from, int to, int n);

/* The errno of read(): 0 when it returned something, or the end. */
int read_errno(int fd);
int write_errno(int fd);

void option(const struct pair *p, int fd, int level, int name, int value);
void linger_0(const struct pair *p, int fd);

/* From here on all segments for the socket are lost on the last metre; or those that have any of
 * the flags @any; or those that have all of @all. */
void drops(const struct pair *p, int fd);
void drops_any(const struct pair *p, int fd, int any);
void drops_all_of(const struct pair *p, int fd, int all);
void drops_no_more(const struct pair *p, int fd);

/* --- wire.c: segments seen and made by hand --- */

struct segment {
	unsigned char bytes[128]; /* from the TCP header on */
	int size;
};

/* A raw socket that sees every TCP segment of the family that comes in from now on. */
int wire_open(const struct pair *p);

/* The next one from port @from to port @to with all of @flags; waits for it. */
void wire_catch(const struct pair *p, int wire, int from, int to, int flags, struct segment *ret);

/* Sends it once more, as it was, with a checksum. */
void wire_send(const struct pair *p, int wire, const struct segment *segment);

/* Reports to the client by ICMP that its segment reached no host. */
void wire_unreachable(const struct pair *p, const struct segment *segment);

/* Opens the limit of orphans, which is the whole host's and shows in its first network namespace
 * only: to be called there. */
void host_open(void);

/* --- the scenarios --- */

#define SCENARIO(name) void name(struct pair *p)
SCENARIO(client_first);
SCENARIO(server_first);
SCENARIO(half_closed);
SCENARIO(crossing_fins);
SCENARIO(refused);
SCENARIO(not_written);
SCENARIO(connect_timeout);
SCENARIO(unreachable);
SCENARIO(no_local_port);
SCENARIO(abandoned);
SCENARIO(handshake_failed);
SCENARIO(reset_before_accept);
SCENARIO(reset_while_hung);
SCENARIO(never_accepted);
SCENARIO(reset_after_our_fin);
SCENARIO(errno_fetched);
SCENARIO(reset_before_our_fin);
SCENARIO(reset_for_last_ack);
SCENARIO(unread);
SCENARIO(linger);
SCENARIO(linger2);
SCENARIO(late_data_owned);
SCENARIO(late_data_minisock);
SCENARIO(no_minisock);
SCENARIO(turned_away);
SCENARIO(disconnect);
SCENARIO(by_admin);
SCENARIO(memory);
SCENARIO(keepalive);
SCENARIO(retransmits);
SCENARIO(user_timeout);
SCENARIO(zero_window);
SCENARIO(close_timeout);
SCENARIO(close_timeout_owned);
SCENARIO(killed);
SCENARIO(crashed);
SCENARIO(terminated);
SCENARIO(survived);
SCENARIO(out_of_memory);
SCENARIO(exits);
SCENARIO(forked);
SCENARIO(preforked);
SCENARIO(mptcp_client_first);
SCENARIO(mptcp_client_first_at_plain);
SCENARIO(mptcp_server_first);
SCENARIO(mptcp_killed);
SCENARIO(mptcp_unread);
SCENARIO(mptcp_unread_of_plain);
SCENARIO(mptcp_unread_by_plain);
SCENARIO(mptcp_linger);
SCENARIO(mptcp_linger_at_plain);
SCENARIO(mptcp_server_lingers);
SCENARIO(mptcp_disconnect);
SCENARIO(mptcp_reset_before_accept);
SCENARIO(mptcp_never_accepted);

#endif
