/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * option_alert.h - the value of --alert: ALERT:off, or ALERT: and its limits
 */
#ifndef TCPFATE_CLI_OPTION_ALERT_H
#define TCPFATE_CLI_OPTION_ALERT_H

#include "cli/options.h"

/* Parses "close_wait_pileup:count=9,age=30s" into the limits of that alert in @options; limits
 * that are not given keep what an earlier --alert has set, else their defaults. Returns 0, or
 * -EINVAL with a @trouble of the form of option_values.h; @options is unchanged then. */
int tf_option_alert_take(struct tf_options *options, const char *value, struct tf_trouble *trouble);

#endif
