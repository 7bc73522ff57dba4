/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * option_values.h - one function for each option: its value into struct tf_options
 *
 * Used by options.c only. Each returns 0, or -EINVAL with @trouble set in the form "--option value:
 * why; what would be right". Options that take lists can be repeated: they add up.
 */
#ifndef TCPFATE_CLI_OPTION_VALUES_H
#define TCPFATE_CLI_OPTION_VALUES_H

#include "cli/options.h"

/* clang-format off */
#define TF_OPTION(name) \
	int tf_option_##name(struct tf_options *options, const char *value, struct tf_trouble *trouble)
/* clang-format on */

TF_OPTION(json);
TF_OPTION(pid);
TF_OPTION(comm);
TF_OPTION(local_port);
TF_OPTION(remote_port);
TF_OPTION(host);
TF_OPTION(ipv4);
TF_OPTION(ipv6);
TF_OPTION(netns);
TF_OPTION(cgroup);
TF_OPTION(fate);
TF_OPTION(class);
TF_OPTION(abnormal);
TF_OPTION(states);
TF_OPTION(duration);
TF_OPTION(count);
TF_OPTION(output);
TF_OPTION(record);
TF_OPTION(force);
TF_OPTION(verbose);
TF_OPTION(sockets);
TF_OPTION(from);
TF_OPTION(stats_interval);
TF_OPTION(scan_interval);
TF_OPTION(ring_size);
TF_OPTION(max_connections);
TF_OPTION(destroy_grace);
TF_OPTION(dead_grace);
TF_OPTION(handoff_grace);
TF_OPTION(alert);
TF_OPTION(no_alerts);
TF_OPTION(debug);
TF_OPTION(without);
TF_OPTION(kernel_btf);
TF_OPTION(help);
TF_OPTION(version);

#endif
