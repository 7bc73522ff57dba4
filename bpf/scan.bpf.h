/* SPDX-License-Identifier: GPL-2.0 */
/*
 * scan.bpf.h - the part that both iterators share
 *
 * They run when user space reads their file, in its thread. Each object writes one byte, so a
 * read() of n bytes ends after n objects (bpf_seq_read()), and user space can empty the ring
 * before it reads on. The bytes have no meaning; the records go to the ring.
 */
#ifndef TCPFATE_SCAN_BPF_H
#define TCPFATE_SCAN_BPF_H

#include "bpf/emit.bpf.h"

static __always_inline void tf_scan_found(const struct bpf_iter_meta *meta)
{
	const char one = 1;

	tf_wake.scanner = bpf_get_current_pid_tgid() >> 32;
	bpf_seq_write(meta->seq, &one, sizeof(one));
}

/* No room in the ring. No history is lost by it: the next scan finds the socket again. */
static __always_inline int tf_scan_lost(struct tf_account count)
{
	__sync_fetch_and_add(&tf_wake.scan_lost, 1);
	tf_emit_count(&count.sum->lost, count.shared);
	return 0;
}

/* No wake-up: the scanner reads no more objects at once than the ring has room for. */
static __always_inline int tf_scan_submit(struct tf_account count, void *record)
{
	tf_emit_count(&count.sum->emitted, count.shared);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	return 0;
}

#endif
