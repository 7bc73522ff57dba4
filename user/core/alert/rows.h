/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * rows.h - the alerts by number: their behaviour
 *
 * Made from alerts.def, as alerts.h is; see there. For the schedule, which hands the rows to
 * whoever counts.
 */
#ifndef TCPFATE_CORE_ALERT_ROWS_H
#define TCPFATE_CORE_ALERT_ROWS_H

#include "core/alert/row.h"

/* The behaviour of @alert, which must be in range. Static. */
const struct tf_alert_row *tf_rows_of(enum tf_alert alert);

/* How long a bucket of @row is under @limits, in ns: 100 ms at least, of a row without buckets too,
 * so that nobody divides by zero. */
uint64_t tf_rows_bucket_ns(const struct tf_alert_row *row, const struct tf_alert_limits *limits);

/* What @row with its default @limits lacks first, for a test's message: "a judge"; NULL:
 * nothing. */
const char *tf_rows_lacks(const struct tf_alert_row *row, const struct tf_alert_limits *limits);

#endif
