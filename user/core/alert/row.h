/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * row.h - how an alert behaves: what its row in alerts.def says, as a struct
 *
 * Whoever counts or judges is handed the row, so no function names an alert.
 */
#ifndef TCPFATE_CORE_ALERT_ROW_H
#define TCPFATE_CORE_ALERT_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "core/alert/alerts.h"
#include "core/alert/groups.h"
#include "core/conn/conn.h"
#include "core/record.h"

struct tf_core;
struct tf_alert_row;

enum tf_alert_kind {
	TF_ALERT_KIND_NONE,   /* a row that lacks its kind */
	TF_ALERT_KIND_STATE,  /* live sockets in a state, counted and judged on time */
	TF_ALERT_KIND_SCAN,   /* counted by a scan, judged when it has ended */
	TF_ALERT_KIND_WINDOW, /* ended connections in buckets of time, judged on time */
};

/* Which sockets in a state count, and what else is counted of them. */
enum tf_alert_trait {
	/* In a snapshot, where no age is known: those that have retransmitted. Else by age. */
	TF_TRAIT_UNANSWERED = 1 << 0,
	TF_TRAIT_READING = 1 << 1, /* whether EOF was read, and how many bytes were not */
	/* Those of a group that is too small also count under their process, with all
	 * destinations. */
	TF_TRAIT_BY_PROCESS = 1 << 2,
	/* Minisocks in that substate count too, as the last scan found them. */
	TF_TRAIT_MINISOCKS = 1 << 3,
};

#define TF_BUCKET_BY_AGE 1u /* bucket_ms: a third of the age limit */

/* Judges what was counted of @group: tf_judge_group(). Returns whether the group may be
 * forgotten. */
typedef bool tf_alert_judge_fn(struct tf_core *core, const struct tf_alert_row *row,
			       struct tf_alert_group *group);

/* Adds connections of @group to @ret: tf_notify_example(). */
typedef void tf_alert_examples_fn(struct tf_core *core, const struct tf_alert_row *row,
				  const struct tf_alert_group *group, struct tf_alert_record *ret);

/* Counts all that is to be counted at once: the sockets of a state, what a scan has found. */
typedef void tf_alert_count_fn(struct tf_core *core, const struct tf_alert_row *row);

/* An ended connection; a full socket or listener in slot @handle, or a minisock, that a scan
 * finds. */
typedef void tf_alert_ended_fn(struct tf_core *core, const struct tf_alert_row *row,
			       const struct tf_conn_record *record);
typedef void tf_alert_sock_fn(struct tf_core *core, const struct tf_alert_row *row, uint32_t handle,
			      const struct tf_ev_sock *event);
typedef void tf_alert_minisock_fn(struct tf_core *core, const struct tf_alert_row *row,
				  const struct tf_ev_minisock *event);

/* What an alert wants to hear of. NULL: it does not. */
struct tf_alert_hears {
	tf_alert_ended_fn *ended;
	tf_alert_sock_fn *sock, *listener;
	tf_alert_minisock_fn *minisock;
	tf_alert_count_fn *scanned; /* a scan has ended */
};

struct tf_alert_row {
	enum tf_alert alert;
	enum tf_alert_kind kind;
	enum tf_groups_table table; /* where its groups are */
	unsigned int key;	    /* enum tf_key_part */
	tf_alert_judge_fn *judge;
	tf_alert_examples_fn *examples;
	struct tf_alert_hears hears;
	/* TF_ALERT_KIND_STATE: */
	uint8_t state; /* enum tf_tcp_state */
	enum tf_queue queue;
	unsigned int traits; /* enum tf_alert_trait */
	/* TF_ALERT_KIND_WINDOW: */
	uint32_t bucket_ms; /* of a bucket, or TF_BUCKET_BY_AGE */
	bool (*counts)(const struct tf_conn_record *record, const struct tf_alert_limits *limits);
};

#endif
