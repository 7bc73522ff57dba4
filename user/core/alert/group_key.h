/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * group_key.h - what the sockets of one alert group have in common
 *
 * The alert's row names the parts; here they are taken from a connection, from the record of an
 * ended one, or from a minisock.
 */
#ifndef TCPFATE_CORE_ALERT_GROUP_KEY_H
#define TCPFATE_CORE_ALERT_GROUP_KEY_H

#include <stdint.h>

#include "bpf/abi.h"
#include "core/alert/alerts.h"
#include "core/conn/conn.h"
#include "core/record.h"

/* The parts, besides the alert and the network namespace. */
enum tf_key_part {
	TF_KEY_OWNER = 1 << 0,	 /* the process, if it is known */
	TF_KEY_SERVICE = 1 << 1, /* a server's local port, a client's remote port */
	TF_KEY_GUESS = 1 << 2,	 /* with SERVICE: a socket of unknown role counts as a client's */
	TF_KEY_LOCAL_PORT = 1 << 3,
	TF_KEY_REMOTE_PORT = 1 << 4,
	TF_KEY_LOCAL_ADDR = 1 << 5,
	TF_KEY_REMOTE_ADDR = 1 << 6,
	TF_KEY_SOCKET = 1 << 7, /* itself: one group for each listener */
	TF_KEY_FATE = 1 << 8,	/* of ended connections */
};

/* Compared as bytes: parts that do not apply are 0. */
struct tf_group_key {
	uint64_t sock;
	uint32_t netns;
	uint32_t pid;
	uint16_t lport, rport;
	uint8_t alert;		       /* enum tf_alert */
	uint8_t fate;		       /* enum tf_fate + 1 */
	uint8_t has_local, has_remote; /* whether the addresses belong to the key */
	uint8_t laddr[16], raddr[16];
};

/* The key of the group of @alert that a socket belongs to, with @parts (enum tf_key_part). A
 * minisock has neither role nor owner: of SERVICE and OWNER it has nothing. */
struct tf_group_key tf_group_key_of_conn(enum tf_alert alert, unsigned int parts,
					 const struct tf_conn *conn);
struct tf_group_key tf_group_key_of_record(enum tf_alert alert, unsigned int parts,
					   const struct tf_conn_record *record);
struct tf_group_key tf_group_key_of_minisock(enum tf_alert alert, unsigned int parts,
					     const struct tf_ev_minisock *event);

#endif
