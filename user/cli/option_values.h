/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * option_values.h - one function for each option: parses its value into struct tf_options
 *
 * Only options.c uses it. Each function returns 0, or -EINVAL with a @trouble of the form
 * "--option value: fault; remedy". Options that take lists can be repeated: the lists add up.
 */
#ifndef TCPFATE_CLI_OPTION_VALUES_H
#define TCPFATE_CLI_OPTION_VALUES_H

#include "cli/options.h"

/* clang-format off */
#define TF_OPTION(name) \
	int tf_option_values_##name(struct tf_options *options, const char *value,                 \
				    struct tf_trouble *trouble)
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
TF_OPTION(no_alerts);
TF_OPTION(debug);
TF_OPTION(without);
TF_OPTION(kernel_btf);
TF_OPTION(help);
TF_OPTION(help_all);
TF_OPTION(version);

#endif
