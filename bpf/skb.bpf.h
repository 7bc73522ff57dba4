/* SPDX-License-Identifier: GPL-2.0 */
/*
 * skb.bpf.h - the connection that a segment belongs to
 *
 * Read where there is no socket, and for a reset that answers a segment: it goes where the segment
 * came from, not where the socket is connected to.
 */
#ifndef TCPFATE_SKB_BPF_H
#define TCPFATE_SKB_BPF_H

#include "bpf/sock.bpf.h"
#include <bpf/bpf_core_read.h>

#define TH_SYN 0x02
#define TH_RST 0x04
#define TH_ACK 0x10

/* The segment's TCP flags: TH_... */
static __always_inline __u8 tf_skb_bits(const struct sk_buff *skb)
{
	unsigned char *th = BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, transport_header);
	__u8 bits = 0;

	bpf_probe_read_kernel(&bits, 1, th + 13);
	return bits;
}

/* The tuple of segment @skb as this host sees it (source is remote), and TF_F_SYN into @flags.
 * False when the headers cannot be read. */
static __always_inline bool tf_skb_tuple(struct tf_tuple *tuple, const struct sk_buff *skb,
					 __u32 *flags)
{
	unsigned char *head = BPF_CORE_READ(skb, head), bits;
	unsigned char *ip = head + BPF_CORE_READ(skb, network_header);
	unsigned char *th = head + BPF_CORE_READ(skb, transport_header);
	__be16 ports[2];
	__be32 v4[2];
	__u8 version;

	if (bpf_probe_read_kernel(&version, 1, ip) ||
	    bpf_probe_read_kernel(ports, sizeof(ports), th) ||
	    bpf_probe_read_kernel(&bits, 1, th + 13))
		return false;
	if (version >> 4 == 6) {
		bpf_probe_read_kernel(tuple->raddr, 16, ip + 8);
		bpf_probe_read_kernel(tuple->laddr, 16, ip + 24);
	} else {
		bpf_probe_read_kernel(v4, sizeof(v4), ip + 12);
		tf_sock_mapped(tuple->raddr, v4[0]);
		tf_sock_mapped(tuple->laddr, v4[1]);
	}
	tuple->rport = bpf_ntohs(ports[0]);
	tuple->lport = bpf_ntohs(ports[1]);
	tuple->pad = 0;
	if ((bits & (TH_SYN | TH_ACK)) == TH_SYN)
		*flags |= TF_F_SYN;
	return true;
}

/* The namespace in which a segment without a socket came in, by its route, as in
 * tcp_v4_send_reset(). */
static __always_inline __u32 tf_skb_netns(const struct sk_buff *skb)
{
	struct dst_entry *dst = (void *)(BPF_CORE_READ(skb, _skb_refdst) & ~7UL);

	return dst ? BPF_CORE_READ(dst, dev, nd_net.net, ns.inum) : 0;
}

#endif
