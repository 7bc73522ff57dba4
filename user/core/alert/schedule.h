/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * schedule.h - the alerts' stage of the core: what is counted and judged, and when
 *
 * Each alert is a row of alerts.def. Ended connections, and all that a scan finds, go to the rows
 * that want to hear of them; groups of live sockets and of ended connections are judged as time
 * passes, those of a scan when it has ended.
 *
 * For core.c. The state is struct tf_alerting (alerting.h), in the core.
 */
#ifndef TCPFATE_CORE_ALERT_SCHEDULE_H
#define TCPFATE_CORE_ALERT_SCHEDULE_H

#include <stdint.h>

#include "bpf/abi.h"
#include "core/record.h"

struct tf_core;

#define TF_SCHEDULE_GROUPS 16384u      /* of all alerts together */
#define TF_SCHEDULE_MANY_GROUPS 65536u /* of those that have very many */

/* Takes the limits of core->options. 0 or -ENOMEM. tf_schedule_fini() is allowed for a zeroed
 * core. */
int tf_schedule_init(struct tf_core *core);
void tf_schedule_fini(struct tf_core *core);

/* Evaluates what is due at core->now. */
void tf_schedule_time(struct tf_core *core);

/* When the next evaluation must be though nothing happens; UINT64_MAX: need not be. */
uint64_t tf_schedule_next_due(const struct tf_core *core);

/* A connection has ended; @record is what is reported of it. */
void tf_schedule_ended(struct tf_core *core, const struct tf_conn_record *record);

/* A scan begins; it finds a full socket or a listener, which is in slot @handle, or a minisock; it
 * has ended. Namespaces and settings of a scan (tf_merge_spaces_find()) must be in place before. */
void tf_schedule_scan_begin(struct tf_core *core);
void tf_schedule_sock(struct tf_core *core, uint32_t handle, const struct tf_ev_sock *event);
void tf_schedule_minisock(struct tf_core *core, const struct tf_ev_minisock *event);
void tf_schedule_scan_end(struct tf_core *core);

/* What there was no room to count, so far. */
uint64_t tf_schedule_uncounted(const struct tf_core *core);

#endif
