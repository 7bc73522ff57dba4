/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * host.h - what this host says without loading anything
 */
#ifndef TCPFATE_BASE_HOST_H
#define TCPFATE_BASE_HOST_H

#include <stdbool.h>

/* Where the kernel keeps its type information. */
#define TF_HOST_BTF "/sys/kernel/btf/vmlinux"

#define TF_HOST_NAME_LEN 65 /* __NEW_UTS_LEN and its end */

struct tf_host {
	char name[TF_HOST_NAME_LEN];   /* nodename */
	char kernel[TF_HOST_NAME_LEN]; /* release */
	bool btf;		       /* TF_HOST_BTF can be read */
	/* Effective capabilities. */
	bool cap_bpf, cap_perfmon, cap_sys_admin, cap_sys_resource, cap_sys_ptrace;
	char lockdown[24]; /* "none", "integrity", "confidentiality"; "" cannot be read */
};

/* Reads it. Cannot fail: what cannot be read is false or "". */
void tf_host_read(struct tf_host *ret);

/* Whether the process may load tracing programs, as far as capabilities show: CAP_BPF with
 * CAP_PERFMON, or CAP_SYS_ADMIN. In a user namespace they can be there and yet not count. */
bool tf_host_may_trace(const struct tf_host *host);

#endif
