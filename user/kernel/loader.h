/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * loader.h - the BPF programs, from the skeleton into the kernel and out again
 *
 * Everything is held by descriptors of this process and nothing is pinned, so however the process
 * ends, the kernel detaches and frees all of it.
 *
 * kernel/ may be used by: cli/. Uses: base/, core/, bpf/abi.h, libbpf (and is the only user of it).
 */
#ifndef TCPFATE_KERNEL_LOADER_H
#define TCPFATE_KERNEL_LOADER_H

#include "core/filter.h"
#include "core/stream/run_info.h"
#include "kernel/probe.h"
#include "base/trouble.h"

struct tf_loader;

#define TF_LOADER_RING_MIN (64u << 10)
#define TF_LOADER_RING_MAX (1u << 30)
#define TF_LOADER_RING_DEFAULT (8u << 20) /* mapped twice, so it counts twice in our RSS */

struct tf_loader_options {
	const struct tf_filter *filter; /* applied in the kernel as far as it can be; NULL: all */
	uint32_t ring_bytes; /* up to a power of two in TF_LOADER_RING_MIN...MAX; 0: default */
	bool debug;	     /* libbpf's own messages go to stderr */
	bool scan_only;	     /* the iterators alone: for a snapshot, without hooks */
	uint32_t without;    /* kinds of hooks to leave out, as bits: see hooks.h */
};

/* Probes the host, loads the programs and attaches them, then fills @ret_info (except version).
 * Returns 0, or a negative errno with @trouble set; nothing is left in the kernel then and
 * @ret_loader is untouched. -ENOMEM: tcpfate has too little memory; any other error: this host
 * cannot do it. A hook other than inet_sock_set_state that fails is left out (see @ret_info->hook);
 * with `scan_only` none is required. */
int tf_loader_open(const struct tf_loader_options *options, struct tf_run_info *ret_info,
		   struct tf_loader **ret_loader, struct tf_trouble *trouble);

/* Detaches the programs: no more events from here on, but for those of calls that are running on
 * other CPUs right now. The ring and the counters can still be read. */
void tf_loader_detach(struct tf_loader *loader);

/* Detaches and frees everything. NULL is allowed. */
void tf_loader_free(struct tf_loader *loader);

/* What the host can do; a hook whose program was refused later on has its `err` set. */
const struct tf_probe *tf_loader_probe(const struct tf_loader *loader);

/* The ring's descriptor and the word that it shares with the programs; both are @loader's. */
int tf_loader_ring_fd(const struct tf_loader *loader);
struct tf_wake *tf_loader_wake(const struct tf_loader *loader);

/* How many CPUs this host can have, or a negative errno. */
int tf_loader_cpus(void);

/* Reads entry @entry of the counters' map, one element for each CPU, into @ret_cpus. 0 or a
 * negative errno. */
int tf_loader_read_counting(const struct tf_loader *loader, uint32_t entry,
			    struct tf_counting *ret_cpus);

/* How many bytes the ring has. */
uint32_t tf_loader_ring_bytes(const struct tf_loader *loader);

/* Whether @hook is attached. */
bool tf_loader_has(const struct tf_loader *loader, enum tf_hook hook);

/* Opens a file of iterator @hook (TF_HOOK_SOCKETS, TF_HOOK_HOLDERS). Reading it runs the iterator:
 * over the sockets of the calling thread's network namespace, or over the descriptors of its pid
 * namespace. The records go to the ring; a read() of n bytes ends after n objects at the latest.
 * Returns a descriptor, the caller's, or a negative errno: -ENOENT when the iterator is not
 * attached. */
int tf_loader_iterate(const struct tf_loader *loader, enum tf_hook hook);

/* Whether @hook has a stand-in (see bpf/programs.bpf.h). */
bool tf_loader_has_stand_in(const struct tf_loader *loader, enum tf_hook hook);

/* How often the kernel has skipped @hook's last stand-in, or its program if it has none, because it
 * was already running. 0 before 6.1, where nothing is skipped. */
uint64_t tf_loader_skipped(const struct tf_loader *loader, enum tf_hook hook);

#endif
