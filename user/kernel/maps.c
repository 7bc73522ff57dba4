// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * maps.c - see maps.h
 */
#include "kernel/maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

void tf_maps_configure(const struct tf_filter *filter, struct tf_config *config)
{
	config->by_lport = !filter->lport.any;
	config->by_rport = !filter->rport.any;
	config->by_cidr = filter->n_cidrs > 0;
	config->by_netns = filter->n_netns > 0;
	config->by_cgroup = filter->n_cgroups > 0;
	config->by_pid = filter->n_pids > 0 && config->cookies;
	config->only_v4 = filter->only_v4;
	config->only_v6 = filter->only_v6;
}

static int map_fd(const struct bpf_object *object, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);

	return fd < 0 ? -ENOENT : fd;
}

static int fill_ports(const struct bpf_object *object, const char *name,
		      const struct tf_port_set *set)
{
	int fd = map_fd(object, name);

	if (fd < 0)
		return fd;
	for (uint32_t i = 0; i < sizeof(set->bits) / sizeof(set->bits[0]); i++)
		if (set->bits[i] && bpf_map_update_elem(fd, &i, &set->bits[i], BPF_ANY))
			return -errno;
	return 0;
}

/* Adds @n keys of @size bytes each, which stand one after the other at @keys. */
static int fill_set(const struct bpf_object *object, const char *name, const void *keys,
		    size_t size, unsigned int n)
{
	const uint8_t yes = 1;
	int fd = map_fd(object, name);

	if (fd < 0)
		return fd;
	for (unsigned int i = 0; i < n; i++)
		if (bpf_map_update_elem(fd, (const char *)keys + i * size, &yes, BPF_ANY))
			return -errno;
	return 0;
}

/* The longest prefix decides: so ::/0 and the like do not take in IPv4, which has a form inside
 * ::/80, but 0.0.0.0/0 beside it would. */
static int except_v4(const struct bpf_object *object)
{
	const struct tf_cidr_key v4 = {.bits = 96, .addr = {[10] = 0xff, 0xff}};
	const uint8_t no = 0;
	int fd = map_fd(object, "cidr_set");

	if (fd < 0)
		return fd;
	return bpf_map_update_elem(fd, &v4, &no, BPF_NOEXIST) && errno != EEXIST ? -errno : 0;
}

static int fill_cidrs(const struct bpf_object *object, const struct tf_filter *filter)
{
	struct tf_cidr_key keys[TF_FILTER_LIST_MAX];
	int err;

	for (unsigned int i = 0; i < filter->n_cidrs; i++) {
		keys[i].bits = filter->cidrs[i].bits;
		memcpy(keys[i].addr, filter->cidrs[i].addr, sizeof(keys[i].addr));
	}
	err = fill_set(object, "cidr_set", keys, sizeof(keys[0]), filter->n_cidrs);
	return err ? err : except_v4(object);
}

int tf_maps_fill(const struct bpf_object *object, const struct tf_filter *filter,
		 const struct tf_config *config)
{
	int err = 0;

	if (config->by_lport)
		err = fill_ports(object, "lport_set", &filter->lport);
	if (!err && config->by_rport)
		err = fill_ports(object, "rport_set", &filter->rport);
	if (!err && config->by_cidr)
		err = fill_cidrs(object, filter);
	if (!err && config->by_netns)
		err = fill_set(object, "netns_set", filter->netns, sizeof(filter->netns[0]),
			       filter->n_netns);
	if (!err && config->by_cgroup)
		err = fill_set(object, "cgroup_set", filter->cgroups, sizeof(filter->cgroups[0]),
			       filter->n_cgroups);
	if (!err && config->by_pid)
		err = fill_set(object, "pid_set", filter->pids, sizeof(filter->pids[0]),
			       filter->n_pids);
	return err;
}
