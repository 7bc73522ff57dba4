// SPDX-License-Identifier: GPL-2.0
/*
 * maps.bpf.c - where the maps and shared variables live
 */
#define TF_MAPS_DEFINE
#include "bpf/maps.bpf.h"

struct tf_ring_map ring SEC(".maps");
struct tf_counters_map counters SEC(".maps");
struct tf_lost_map lost_buckets SEC(".maps");
struct tf_port_map lport_set SEC(".maps");
struct tf_port_map rport_set SEC(".maps");
struct tf_cidr_map cidr_set SEC(".maps");
struct tf_u32_set_map netns_set SEC(".maps");
struct tf_u64_set_map cgroup_set SEC(".maps");
struct tf_u32_set_map pid_set SEC(".maps");
struct tf_foreign_map foreign SEC(".maps");
struct tf_name_map former_names SEC(".maps");

const volatile struct tf_config tf_cfg = {};
volatile struct tf_wake tf_wake = {};

char LICENSE[] SEC("license") = "GPL";
