// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * option_values.c - see option_values.h
 */
#include "cli/option_values.h"

#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "cli/nearest.h"
#include "cli/resolve.h"
#include "kernel/hooks.h"

#define ITEM_MAX 256 /* one item of a list */

/* An option without a value sets @member. */
#define SWITCH(name, member)                                                                       \
	TF_OPTION(name)                                                                            \
	{                                                                                          \
		options->member = true;                                                            \
		return 0;                                                                          \
	}
SWITCH(json, json)
SWITCH(ipv4, filter.only_v4)
SWITCH(ipv6, filter.only_v6)
SWITCH(states, core.states)
SWITCH(no_alerts, core.no_alerts)
SWITCH(force, force)
SWITCH(verbose, verbose)
SWITCH(sockets, sockets)
SWITCH(debug, debug)
SWITCH(help, help)
SWITCH(version, version)

TF_OPTION(help_all)
{
	options->help = options->help_all = true;
	return 0;
}

/* Takes one item of a list. */
typedef int (*item_fn)(struct tf_options *options, const char *item, struct tf_trouble *trouble);

/* Calls @take for each item of the list @value, which commas separate. Stops at the first
 * failure. */
static int each_item(struct tf_options *options, const char *value, item_fn take,
		     struct tf_trouble *trouble)
{
	char item[ITEM_MAX];

	for (;;) {
		size_t size = strcspn(value, ",");
		int err;

		if (!size || size >= sizeof(item)) {
			tf_trouble_set(trouble,
				       "'%.64s': not a list; separate the items with one comma "
				       "each",
				       value);
			return -EINVAL;
		}
		memcpy(item, value, size);
		item[size] = '\0';
		err = take(options, item, trouble);
		if (err || !value[size])
			return err;
		value += size + 1;
	}
}

static int list_full(const char *option, struct tf_trouble *trouble)
{
	tf_trouble_set(trouble, "%s: more than %d items; start a second tcpfate for the rest",
		       option, TF_FILTER_LIST_MAX);
	return -EINVAL;
}

static int take_pid(struct tf_options *options, const char *item, struct tf_trouble *trouble)
{
	struct tf_filter *filter = &options->filter;
	uint64_t pid;

	if (filter->n_pids == TF_FILTER_LIST_MAX)
		return list_full("--pid", trouble);
	if (tf_num_u64(item, 1, INT32_MAX, &pid)) {
		tf_trouble_set(trouble, "--pid %s: not a process ID; give a number, as ps shows it",
			       item);
		return -EINVAL;
	}
	filter->pids[filter->n_pids++] = (uint32_t)pid;
	return 0;
}

TF_OPTION(pid)
{
	return each_item(options, value, take_pid, trouble);
}

/* Not a list: a comm may contain commas. */
TF_OPTION(comm)
{
	struct tf_filter *filter = &options->filter;
	size_t size = strlen(value);

	if (filter->n_comms == TF_FILTER_LIST_MAX)
		return list_full("--comm", trouble);
	if (!size || size >= TF_COMM_LEN) {
		tf_trouble_set(trouble,
			       "--comm '%s': not a name of 1 to %d bytes; give it as ps -o comm "
			       "shows it",
			       value, TF_COMM_LEN - 1);
		return -EINVAL;
	}
	memcpy(filter->comms[filter->n_comms++], value, size + 1);
	return 0;
}

static int take_ports(struct tf_port_set *set, const char *option, const char *value,
		      struct tf_trouble *trouble)
{
	if (!tf_filter_parse_ports(set, value))
		return 0;
	tf_trouble_set(trouble,
		       "%s %s: not a list of ports; write 80 or 80,443 or 8000-8100, each 1 to "
		       "65535",
		       option, value);
	return -EINVAL;
}

TF_OPTION(local_port)
{
	return take_ports(&options->filter.lport, "--local-port", value, trouble);
}

TF_OPTION(remote_port)
{
	return take_ports(&options->filter.rport, "--remote-port", value, trouble);
}

/* One address or network of --host. */
static int take_host(struct tf_options *options, const char *item, struct tf_trouble *trouble)
{
	struct tf_filter *filter = &options->filter;

	if (filter->n_cidrs == TF_FILTER_LIST_MAX)
		return list_full("--host", trouble);
	if (tf_addr_parse_cidr(item, &filter->cidrs[filter->n_cidrs])) {
		tf_trouble_set(trouble,
			       "--host %s: not an address or network; write 192.0.2.1, 10.0.0.0/8 "
			       "or 2001:db8::/32, with zeros after the prefix",
			       item);
		return -EINVAL;
	}
	filter->n_cidrs++;
	return 0;
}

TF_OPTION(host)
{
	return each_item(options, value, take_host, trouble);
}

TF_OPTION(netns)
{
	struct tf_filter *filter = &options->filter;
	int err;

	if (filter->n_netns == TF_FILTER_LIST_MAX)
		return list_full("--netns", trouble);
	err = tf_resolve_netns(value, &filter->netns[filter->n_netns]);
	if (err) {
		tf_trouble_set(trouble,
			       "--netns %s: %s; give a name of `ip netns`, a path like "
			       "/proc/PID/ns/net, an inode number, or a pid",
			       value, err == -EINVAL ? "not a network namespace" : strerror(-err));
		return -EINVAL;
	}
	filter->n_netns++;
	return 0;
}

TF_OPTION(cgroup)
{
	struct tf_filter *filter = &options->filter;
	int err;

	if (filter->n_cgroups == TF_FILTER_LIST_MAX)
		return list_full("--cgroup", trouble);
	err = tf_resolve_cgroup(value, &filter->cgroups[filter->n_cgroups]);
	if (err) {
		tf_trouble_set(trouble, "--cgroup %s: %s; give a directory below /sys/fs/cgroup",
			       value,
			       err == -ENOTSUP ? "not a cgroup of version 2" : strerror(-err));
		return -EINVAL;
	}
	filter->n_cgroups++;
	return 0;
}

static const char *nearest_fate(const char *word)
{
	struct tf_nearest nearest = {.word = word};

	for (int i = 0; i < TF_FATE_MAX; i++)
		tf_nearest_offer(&nearest, tf_fates_info(i)->slug);
	return tf_nearest_take(&nearest);
}

/* One fate of --fate; an unknown one is refused with the nearest that exists. */
static int take_fate(struct tf_options *options, const char *item, struct tf_trouble *trouble)
{
	int fate = tf_fates_parse(item);
	const char *nearest;

	if (fate >= 0) {
		options->filter.fates |= 1ULL << fate;
		return 0;
	}
	nearest = nearest_fate(item);
	if (nearest)
		tf_trouble_set(trouble, "--fate %s: no such fate; did you mean %s?", item, nearest);
	else
		tf_trouble_set(trouble, "--fate %s: no such fate; tcpfate explain lists them",
			       item);
	return -EINVAL;
}

TF_OPTION(fate)
{
	return each_item(options, value, take_fate, trouble);
}

static int take_class(struct tf_options *options, const char *item, struct tf_trouble *trouble)
{
	int class = tf_fates_parse_class(item);

	if (class < 0) {
		tf_trouble_set(trouble,
			       "--class %s: no such class; give one of clean, connect, "
			       "handshake, reset, abort, timeout, unknown",
			       item);
		return -EINVAL;
	}
	options->filter.classes |= 1u << class;
	return 0;
}

TF_OPTION(class)
{
	return each_item(options, value, take_class, trouble);
}

TF_OPTION(abnormal)
{
	options->filter.abnormal = true;
	return 0;
}

static int take_time(const char *option, const char *value, uint64_t *ret,
		     struct tf_trouble *trouble)
{
	if (!tf_num_duration(value, ret))
		return 0;
	tf_trouble_set(trouble, "%s %s: not a time; write 500ms, 10s, 5m or 1h", option, value);
	return -EINVAL;
}

/* A time above 0, because 0 stands for the default or for none. */
static int take_positive_time(const char *option, const char *value, uint64_t *ret,
			      struct tf_trouble *trouble)
{
	uint64_t ns;
	int err = take_time(option, value, &ns, trouble);

	if (err)
		return err;
	if (!ns) {
		tf_trouble_set(trouble, "%s %s: must be above 0; write 500ms, 10s, 5m or 1h",
			       option, value);
		return -EINVAL;
	}
	*ret = ns;
	return 0;
}

TF_OPTION(duration)
{
	return take_positive_time("--duration", value, &options->duration_ns, trouble);
}

TF_OPTION(stats_interval)
{
	return take_time("--stats-interval", value, &options->stats_interval_ns, trouble);
}

TF_OPTION(scan_interval)
{
	return take_time("--scan-interval", value, &options->scan_interval_ns, trouble);
}

TF_OPTION(destroy_grace)
{
	return take_positive_time("--destroy-grace", value, &options->core.destroy_grace_ns,
				  trouble);
}

TF_OPTION(dead_grace)
{
	return take_positive_time("--dead-grace", value, &options->core.dead_grace_ns, trouble);
}

TF_OPTION(handoff_grace)
{
	return take_positive_time("--handoff-grace", value, &options->core.handoff_grace_ns,
				  trouble);
}

TF_OPTION(count)
{
	if (!tf_num_u64(value, 1, INT64_MAX, &options->count))
		return 0;
	tf_trouble_set(trouble, "--count %s: not a number of connections; write 1 or more", value);
	return -EINVAL;
}

TF_OPTION(max_connections)
{
	uint64_t n;

	if (tf_num_u64(value, 64, 1u << 28, &n)) {
		tf_trouble_set(trouble,
			       "--max-connections %s: not a size of the table; write a number "
			       "from 64 to %u",
			       value, 1u << 28);
		return -EINVAL;
	}
	options->core.max_connections = (uint32_t)n;
	return 0;
}

/* Parses a number of bytes, with or without K, M or G after it. */
static int parse_bytes(const char *value, uint64_t *ret)
{
	static const char units[] = "KMG";
	size_t digits = strspn(value, "0123456789");
	const char *unit;
	char number[24];
	int shift = 0, err;

	if (digits >= sizeof(number))
		return -EINVAL;
	memcpy(number, value, digits);
	number[digits] = '\0';
	if (value[digits]) {
		unit = strchr(units, value[digits] & ~0x20);
		if (!unit || !*unit || value[digits + 1])
			return -EINVAL;
		shift = 10 * (int)(unit - units + 1);
	}
	err = tf_num_u64(number, 0, UINT64_MAX >> shift, ret);
	if (!err)
		*ret <<= shift;
	return err;
}

TF_OPTION(ring_size)
{
	uint64_t bytes;

	if (parse_bytes(value, &bytes) || bytes < (64u << 10) || bytes > (1u << 30)) {
		tf_trouble_set(trouble, "--ring-size %s: not a size; write 64K to 1G", value);
		return -EINVAL;
	}
	options->ring_bytes = (uint32_t)bytes;
	return 0;
}

TF_OPTION(output)
{
	options->output = value;
	return 0;
}

TF_OPTION(from)
{
	options->from = value;
	return 0;
}

static int take_method(struct tf_options *options, const char *item, struct tf_trouble *trouble)
{
	uint32_t kinds = tf_hooks_kinds(item);

	if (!kinds) {
		tf_trouble_set(trouble,
			       "--without %s: no such attach method; give fentry, kprobe or iter",
			       item);
		return -EINVAL;
	}
	options->without |= kinds;
	return 0;
}

TF_OPTION(without)
{
	return each_item(options, value, take_method, trouble);
}

TF_OPTION(kernel_btf)
{
	options->kernel_btf = value;
	return 0;
}

TF_OPTION(record)
{
	options->record = value;
	return 0;
}
