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

/* The bytes of data in a segment, by its IP header: skb->len counts the headers or not, as far as
 * the kernel has taken it apart. A length of 0 is that of a BIG TCP packet. @first: the header's
 * first 6 bytes. */
static __always_inline __u32 tf_skb_data_len(const __u8 first[6], __u32 headers)
{
	__u32 at = first[0] >> 4 == 6 ? 4 : 2;
	__u32 total = (__u32)first[at] << 8 | first[at + 1];

	if (!total)
		return ~0u;
	if (at == 4)
		total += 40;
	return total > headers ? total - headers : 0;
}

/* What the reset @ev answers: the tuple of segment @skb as this host sees it (source is remote),
 * its flags, its data. False when the headers cannot be read. */
static __always_inline bool tf_skb_segment(struct tf_ev_reset *ev, const struct sk_buff *skb)
{
	unsigned char *head = BPF_CORE_READ(skb, head);
	__u16 network = BPF_CORE_READ(skb, network_header);
	__u16 transport = BPF_CORE_READ(skb, transport_header);
	unsigned char *ip = head + network, *th = head + transport;
	struct tf_tuple *tuple = &ev->tuple;
	__be16 ports[2];
	__be32 v4[2];
	__u8 first[6], end[2]; /* `end`: the header's length, and the flags */

	if (bpf_probe_read_kernel(first, sizeof(first), ip) ||
	    bpf_probe_read_kernel(ports, sizeof(ports), th) ||
	    bpf_probe_read_kernel(end, sizeof(end), th + 12))
		return false;
	if (first[0] >> 4 == 6) {
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
	ev->segment = end[1];
	ev->data_len = tf_skb_data_len(first, (__u32)(transport - network) + (end[0] >> 4) * 4);
	if ((end[1] & (TH_SYN | TH_ACK)) == TH_SYN)
		ev->flags |= TF_F_SYN;
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
