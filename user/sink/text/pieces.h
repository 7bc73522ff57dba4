/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * pieces.h - the pieces that the lines of a snapshot, and the sentences of alerts, consist of
 *
 * As in columns.h: each function writes at @at, where the caller has room, and returns the end.
 * Names that processes chose are escaped.
 */
#ifndef TCPFATE_SINK_TEXT_PIECES_H
#define TCPFATE_SINK_TEXT_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/record.h"
#include "core/snapshot/snapshot.h"
#include "sink/output.h"

/* Room for any block of lines of these pieces. */
#define TF_PIECES_BLOCK_MAX 65536

/* "2026-11-21 02:19:06", local time; @utc_ns since 1970. */
char *tf_pieces_time(char *at, uint64_t utc_ns);

/* "java[221]"; "java (several processes)" when processes of one name share it, else "a group of
 * processes"; "?" when unknown. At most TF_PIECES_OWNER_MAX bytes. */
#define TF_PIECES_OWNER_MAX (TF_COMM_LEN * 4 + 32)
char *tf_pieces_owner(char *at, const struct tf_owner *owner);

/* Both ends, with an arrow from the one that called connect(), if that is known. */
char *tf_pieces_tuple(char *at, const struct tf_tuple *tuple, enum tf_role role);

/* " @4026531840"; nothing when it is the namespace @home. */
char *tf_pieces_netns(char *at, uint32_t netns, uint32_t home);

/* "java[221] fd 5,6, java[222] fd 5, +14 more": the holders of @socket, or else what keeps it
 * alive. Three processes at most, sixty-four with @all. */
char *tf_pieces_holders(char *at, const struct tf_snapshot *snapshot,
			const struct tf_snapshot_socket *socket, bool all);

/* The owner of the sockets of @group: "java[221]", "(orphaned)"... */
char *tf_pieces_group_owner(char *at, const struct tf_snapshot *snapshot,
			    const struct tf_snapshot_group *group);

/* ":8080" of a server, "-> 192.0.2.1:5432" of a client, "port 700" when the role is unknown. */
char *tf_pieces_service(char *at, const struct tf_snapshot_group *group);

/* Pieces with commas between them, on several lines where one is too short. */
struct tf_pieces_list {
	const char *line; /* where the line begins */
	char *at;	  /* where the first piece goes */
	unsigned int width;
	bool colour;
	unsigned int column; /* private, as the next */
	unsigned int n;
};

/* "412 CLOSE_WAIT (31m12s, EOF read), 12 ESTABLISHED, 1.2K unread": the sockets of @group by state,
 * the unusual ones first. */
char *tf_pieces_group_states(struct tf_pieces_list *list, const struct tf_snapshot_group *group);

/* "12 ESTABLISHED, 5 LISTEN" */
char *tf_pieces_total_states(struct tf_pieces_list *list, const uint64_t states[TF_TCP_STATE_MAX]);

/* The line of one socket, with its '\n'. */
char *tf_pieces_socket(char *at, const struct tf_snapshot *snapshot,
		       const struct tf_snapshot_socket *socket, uint32_t home);

#endif
