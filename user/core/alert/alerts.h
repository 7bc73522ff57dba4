/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * alerts.h - the alerts by number: their words and their limits
 *
 * Made from alerts.def; see there for what each limit is and how to add an alert. rows.h has how
 * they behave.
 */
#ifndef TCPFATE_CORE_ALERT_ALERTS_H
#define TCPFATE_CORE_ALERT_ALERTS_H

#include <stdbool.h>
#include <stdint.h>

enum tf_alert {
#define TF_ALERT(name, ...) TF_ALERT_##name,
#include "core/alert/alerts.def"
#undef TF_ALERT
	TF_ALERT_MAX,
};

enum tf_severity { TF_SEVERITY_WARNING, TF_SEVERITY_CRITICAL };

/* What makes an alert. 0: does not apply. */
struct tf_alert_limits {
	bool off;
	uint32_t count;
	uint64_t age_ns;
	uint32_t rate;	  /* a minute */
	uint32_t percent; /* 1 to 100 */
};

struct tf_alert_info {
	const char *slug;
	enum tf_severity severity;
	struct tf_alert_limits limits; /* the defaults */
	const char *counted;	       /* "sockets in CLOSE_WAIT" */
	const char *clause;	       /* "the peers closed, this process never calls close()" */
	const char *said;	       /* the sentence's beginning, see alerts.def */
	const char *meaning;	       /* one or two sentences */
	const char *remedy;
	const char *related; /* glossary entries, separated by blanks */
	const char *test;    /* the end-to-end test that proves it: its file and function */
};

/* The row of @alert, which must be in range. Static. */
const struct tf_alert_info *tf_alerts_info(enum tf_alert alert);

/* The number for a slug (exact, lower case); -1 when there is none. */
int tf_alerts_parse(const char *slug);

/* The limits of @alert that count: @own, the user's, unless all of it is zero; else the
 * defaults. */
struct tf_alert_limits tf_alerts_limits(enum tf_alert alert, const struct tf_alert_limits *own);

/* "warning", "critical". Static. */
const char *tf_alerts_severity_name(enum tf_severity severity);

#endif
