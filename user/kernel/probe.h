/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * probe.h - what this kernel can do for us, found out by trying
 *
 * Nothing is concluded from version numbers: the kernel's BTF says which hooks exist with how many
 * arguments, and a program of two instructions is loaded and attached to each, and detached again.
 */
#ifndef TCPFATE_KERNEL_PROBE_H
#define TCPFATE_KERNEL_PROBE_H

#include <stdbool.h>

#include "core/run_info.h"
#include "kernel/host.h"
#include "base/trouble.h"

struct tf_probe_hook {
	int err;	     /* 0: a program can be attached; -ENOENT: no such hook; else why not */
	const char *program; /* the one of ours that fits; NULL: no such hook. Static */
};

struct tf_probe {
	struct tf_host host;
	bool cookies; /* bpf_get_socket_cookie works in tracing programs (5.12) */
	struct tf_probe_hook hook[TF_HOOK_MAX];
	char reason[TF_REASONS_MAX][TF_REASON_LEN]; /* as in struct tf_run_info */
};

/* Fills @ret. Returns 0, or a negative errno when tracing cannot work here at all; @trouble says
 * then why and what to do, and @ret->host and whatever was found out holds. */
int tf_probe_run(struct tf_probe *ret, struct tf_trouble *trouble);

#endif
