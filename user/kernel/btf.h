/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * btf.h - what the running kernel's type information says about the hooks
 *
 * Used by probe.c only.
 */
#ifndef TCPFATE_KERNEL_BTF_H
#define TCPFATE_KERNEL_BTF_H

#include <stdint.h>

#include "core/run_info.h"

struct tf_btf_hook {
	uint32_t id; /* to attach to; 0: no such hook */
	int args;    /* how many it has */
};

struct tf_btf {
	struct tf_btf_hook hook[TF_HOOK_MAX];
	char reason[TF_REASONS_MAX][TF_REASON_LEN]; /* enum sk_rst_reason, as in tf_run_info */
};

/* Reads it from the kernel (some 30 ms). Returns 0, or -ENOENT and the like when there is no BTF or
 * it cannot be read; @ret is untouched then. */
int tf_btf_read(struct tf_btf *ret);

#endif
