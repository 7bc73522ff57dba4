/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * sock_diag.h - all TCP sockets of a network namespace by netlink (sock_diag), where the iterator
 * does not load
 *
 * This is what ss uses. Each socket becomes the record that the iterator would write (struct
 * tf_ev_sock, struct tf_ev_minisock), with less in it:
 *  - `requests` of a listener is 0 (the requests themselves are listed), `exit_signal` and the like
 *    too;
 *  - of the flags only DEAD, DONE, HAS_SOCKET and V6 are known, and KEEPOPEN where its timer runs
 *    alone;
 *  - a socket's lock is held for a part of it only, and the kernel fills an answer before it is
 *    read.
 * The identity is the cookie. Hooks that have no cookies (before 5.12) cannot be joined with it.
 *
 * Needs no rights for sockets of one's own namespace, and the namespace's CAP_NET_ADMIN for nothing
 * that is asked for here.
 */
#ifndef TCPFATE_SCAN_SOCK_DIAG_H
#define TCPFATE_SCAN_SOCK_DIAG_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

struct tf_sock_diag;
struct nlmsghdr;

/* The header's kind says which. */
union tf_sock_diag_event {
	struct tf_event ev;
	struct tf_ev_sock sock;
	struct tf_ev_minisock minisock;
};

/* Takes in a socket; the header's time is 0. */
typedef void (*tf_sock_diag_fn)(void *ctx, const union tf_sock_diag_event *event);

/* Prepares a list of the sockets of the calling thread's namespace, whose inode is @netns; sends
 * no request yet. Returns 0 or a negative errno, @ret_diag untouched then. Owned by the caller:
 * tf_sock_diag_free(). */
int tf_sock_diag_open(uint32_t netns, struct tf_sock_diag **ret_diag);
void tf_sock_diag_free(struct tf_sock_diag *diag); /* NULL is allowed */

/* The next answer, some hundred sockets; by any thread, wherever it is. The kernel has filled it
 * after the call before this one began. May sleep, uninterruptibly, for the lock of a socket
 * (tcp_get_info(), net/ipv4/tcp.c). Returns 1; 0: that was all; or a negative errno: the rest
 * cannot be read. */
int tf_sock_diag_read(struct tf_sock_diag *diag, tf_sock_diag_fn fn, void *ctx);

/* Makes a record of one message of an answer. 0, or -EBADMSG: it describes no TCP socket; @ret
 * is undefined then. */
int tf_sock_diag_parse(const struct nlmsghdr *message, uint32_t netns,
		       union tf_sock_diag_event *ret);

#endif
