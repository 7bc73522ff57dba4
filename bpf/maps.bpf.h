/* SPDX-License-Identifier: GPL-2.0 */
/*
 * maps.bpf.h - the maps and shared variables, declared; maps.bpf.c defines them
 *
 * Each .bpf.c includes this. The types have names because the static linker (bpftool gen object)
 * matches a declaration with its definition by them.
 */
#ifndef TCPFATE_MAPS_BPF_H
#define TCPFATE_MAPS_BPF_H

/* clang-format off */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "bpf/abi.h"
/* clang-format on */

/* All events, of every CPU: one ring keeps each socket's events in order. Its size is set by the
 * loader. Full: the event is lost and counted (emit.bpf.h). */
struct tf_ring_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 23);
};

/* Two struct tf_counting for each hook: 2 * hook for its first program, 2 * hook + 1 for its
 * stand-ins (see programs.bpf.h). */
struct tf_counters_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * TF_HOOK_MAX);
	__type(key, __u32);
	__type(value, struct tf_counting);
};

/* How many events were lost, by the identity of their socket: see TF_LOST_BUCKETS. */
struct tf_lost_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TF_LOST_BUCKETS);
	__type(key, __u32);
	__type(value, __u32);
};

/* A set of ports as a bitmap of 1024 words. */
struct tf_port_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536 / 64);
	__type(key, __u32);
	__type(value, __u64);
};

struct tf_cidr_map {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct tf_cidr_key);
	__type(value, __u8);
};

struct tf_u32_set_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u8);
};

struct tf_u64_set_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, __u8);
};

/* Sockets whose connect() came from a process that the pid filter leaves out. */
struct tf_foreign_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u8);
};

/* What processes were called before their last change of name, by tgid. */
struct tf_name_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__uint(value_size, TF_COMM_LEN);
};

#ifndef TF_MAPS_DEFINE
extern struct tf_ring_map ring SEC(".maps");
extern struct tf_counters_map counters SEC(".maps");
extern struct tf_lost_map lost_buckets SEC(".maps");
extern struct tf_port_map lport_set SEC(".maps");
extern struct tf_port_map rport_set SEC(".maps");
extern struct tf_cidr_map cidr_set SEC(".maps");
extern struct tf_u32_set_map netns_set SEC(".maps");
extern struct tf_u64_set_map cgroup_set SEC(".maps");
extern struct tf_u32_set_map pid_set SEC(".maps");
extern struct tf_foreign_map foreign SEC(".maps");
extern struct tf_name_map former_names SEC(".maps");

extern const volatile struct tf_config tf_cfg;
extern volatile struct tf_wake tf_wake;
#endif

#endif
