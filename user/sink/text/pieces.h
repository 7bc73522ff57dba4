/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * pieces.h - the pieces that the lines of a snapshot, and the sentences of alerts, are made of
 *
 * As in columns.h: each function writes at @at, where the caller has room, and returns the end.
 * What processes chose is escaped.
 */
#ifndef TCPFATE_SINK_TEXT_PIECES_H
#define TCPFATE_SINK_TEXT_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/record.h"
#include "core/snapshot/snapshot.h"
#include "sink/output.h"

/* Room for any one block of lines that is made of these. */
#define TF_PIECES_BLOCK_MAX 65536

/* "2026-11-21 02:19:06", on the reader's clock on the wall; @utc_ns since 1970. */
char *tf_pieces_time(char *at, uint64_t utc_ns);

/* "java[221]"; "java (several processes)" when those that share it have one name, else "a group of
 * processes"; "?" when it is not known. At most TF_PIECES_OWNER_MAX bytes. */
#define TF_PIECES_OWNER_MAX (TF_COMM_LEN * 4 + 32)
char *tf_pieces_owner(char *at, const struct tf_owner *owner);

/* Both ends, with an arrow from the one that called connect(), as far as that is known. */
char *tf_pieces_tuple(char *at, const struct tf_tuple *tuple, enum tf_role role);

/* " @4026531840"; nothing when it is the namespace @home. */
char *tf_pieces_netns(char *at, uint32_t netns, uint32_t home);

/* "java[221] fd 5,6, java[222] fd 5, +14 more": every holder of @socket, or else what keeps it
 * alive. Three processes at most, sixty-four with @all. */
char *tf_pieces_holders(char *at, const struct tf_snapshot *snapshot,
			const struct tf_snapshot_socket *socket, bool all);

/* Whose the sockets of @group are: "java[221]", "(orphans)"... */
char *tf_pieces_group_owner(char *at, const struct tf_snapshot *snapshot,
			    const struct tf_snapshot_group *group);

/* ":8080" of a server, "-> 192.0.2.1:5432" of a client, "port 700" when the role is not known. */
char *tf_pieces_service(char *at, const struct tf_snapshot_group *group);

/* Pieces with commas between them, onto more lines when they are too many for one. */
struct tf_pieces_list {
	const char *line; /* where the line begins */
	char *at;	  /* where the first piece goes */
	unsigned int width;
	bool colour;
	unsigned int column; /* the list's own, and so is the next */
	unsigned int n;
};

/* "412 CLOSE_WAIT (31m12s, EOF read), 12 ESTABLISHED, 1.2K unread": what stands in @group, the
 * unusual first. */
char *tf_pieces_group_states(struct tf_pieces_list *list, const struct tf_snapshot_group *group);

/* "12 ESTABLISHED, 5 LISTEN" */
char *tf_pieces_total_states(struct tf_pieces_list *list, const uint64_t states[TF_TCP_STATE_MAX]);

/* The line of one socket, with its '\n'. */
char *tf_pieces_socket(char *at, const struct tf_snapshot *snapshot,
		       const struct tf_snapshot_socket *socket, uint32_t home);

#endif
