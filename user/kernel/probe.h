/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * probe.h - what this kernel supports, found out by trying
 *
 * Nothing is concluded from version numbers: the kernel's BTF says which hooks exist with how many
 * arguments, and a program of two instructions is loaded and attached to each, and detached again.
 */
#ifndef TCPFATE_KERNEL_PROBE_H
#define TCPFATE_KERNEL_PROBE_H

#include <stdbool.h>

#include "core/stream/run_info.h"
#include "kernel/hooks.h"
#include "base/host.h"
#include "base/trouble.h"

#define TF_PROBE_METHODS_MAX 4

/* A method that was tried, and its result. */
struct tf_probe_try {
	const struct tf_hooks_method *method; /* static */
	int err;
};

struct tf_probe_hook {
	/* 0: a program can be attached; -ENOENT: this kernel has no such hook, or one of another
	 * shape; -ENODATA: its methods are left out; else why the first of them fails. */
	int err;
	const struct tf_hooks_method *method;		 /* the one to take; NULL: none. Static */
	struct tf_probe_try tried[TF_PROBE_METHODS_MAX]; /* in order */
	unsigned int n_tried;
	uint32_t btf_id; /* of the hook in the kernel's types; 0: none */
	int args;
};

struct tf_probe {
	struct tf_host host;
	uint32_t without; /* kinds that are left out, as bits */
	bool cookies;	  /* bpf_get_socket_cookie works in tracing programs (5.12) */
	bool preemptible; /* tracepoints can be preempted: see bpf/emit.bpf.h */
	struct tf_probe_hook hook[TF_HOOK_MAX];
	char reason[TF_REASONS_MAX][TF_REASON_LEN]; /* as in struct tf_run_info */
};

/* Fills @ret, leaving out methods of the kinds in @without (bits, see hooks.h). Returns 0, or a
 * negative errno when tracing cannot work here at all: then @trouble says why and what to do, and
 * @ret holds as much as was found out. */
int tf_probe_run(struct tf_probe *ret, uint32_t without, struct tf_trouble *trouble);

/* The same for another kernel, by the types in file @path (see btf.h): nothing is loaded, each
 * hook's first method that fits counts as working, and @ret->host stays empty. -EBADMSG: not such a
 * file. */
int tf_probe_file(struct tf_probe *ret, const char *path, uint32_t without,
		  struct tf_trouble *trouble);

/* Whether @method hangs on a tcp_send_reset that passes the reset's reason. NULL is allowed. */
bool tf_probe_tells_reason(const struct tf_hooks_method *method);

/* Fills @ret's hooks, as if all of them were attached, its cookies and reasons. */
void tf_probe_info(const struct tf_probe *probe, struct tf_run_info *ret);

/* The method of @hook failed with @err though its trial did not: tries the next ones. */
void tf_probe_next(struct tf_probe *probe, enum tf_hook hook, int err);

#endif
