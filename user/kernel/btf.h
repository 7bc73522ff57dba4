/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * btf.h - what a kernel's type information says about the hooks
 *
 * Used by probe.c only.
 */
#ifndef TCPFATE_KERNEL_BTF_H
#define TCPFATE_KERNEL_BTF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/stream/run_info.h"

struct tf_btf_hook {
	uint32_t id; /* to attach to; 0: no such hook */
	int args;    /* how many it has */
};

struct tf_btf {
	struct tf_btf_hook hook[TF_HOOK_MAX];
	bool preemptible; /* tracepoints can be preempted */
	bool cookies;	  /* it has the function behind bpf_get_socket_cookie() */
	char reason[TF_REASONS_MAX][TF_REASON_LEN]; /* enum sk_rst_reason, as in tf_run_info */
};

/* Reads it (some 30 ms) from the running kernel, or from file @path: raw BTF, as in
 * /sys/kernel/btf/vmlinux, or an ELF file with a .BTF section. Returns 0, or -ENOENT and the like
 * when there is none or it cannot be read; @ret is untouched then. */
int tf_btf_read(const char *path, struct tf_btf *ret);

#endif
