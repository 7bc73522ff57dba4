// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * capture.c - what arrived over loopback: see witness.h
 *
 * A packet socket takes the first bytes of each packet that comes in, so before any filter or
 * socket. A segment that is sent has come in at once: what leaves `lo` comes back in the same call.
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "witness.h"

#define BLOCK (1u << 20)
#define N_BLOCKS 64
#define KEPT 200 /* bytes of each packet */

static struct {
	int fd;
	unsigned char *ring;
	FILE *file;
	pthread_t thread;
	_Atomic bool ends;
} capture;

static void must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void put_segment(const struct tpacket3_hdr *head, const char *from, const char *to,
			const struct tcphdr *tcp, unsigned int size)
{
	const unsigned char *flags = (const unsigned char *)tcp + 13;

	fprintf(capture.file, "%llu\t%s\t%u\t%s\t%u\t%u\t%u\t%u\t%u\t%u\n",
		head->tp_sec * 1000000000ULL + head->tp_nsec, from, ntohs(tcp->source), to,
		ntohs(tcp->dest), *flags, ntohl(tcp->seq), ntohl(tcp->ack_seq),
		size - tcp->doff * 4u, ntohs(tcp->window));
}

static void take_packet(const struct tpacket3_hdr *head)
{
	const unsigned char *at = (const unsigned char *)head + head->tp_net;
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	const struct iphdr *v4 = (const void *)at;
	const struct ip6_hdr *v6 = (const void *)at;

	if (v4->version == 4 && v4->protocol == IPPROTO_TCP) {
		inet_ntop(AF_INET, &v4->saddr, from, sizeof(from));
		inet_ntop(AF_INET, &v4->daddr, to, sizeof(to));
		put_segment(head, from, to, (const void *)(at + v4->ihl * 4),
			    ntohs(v4->tot_len) - v4->ihl * 4u);
	} else if (v4->version == 6 && v6->ip6_nxt == IPPROTO_TCP) {
		inet_ntop(AF_INET6, &v6->ip6_src, from, sizeof(from));
		inet_ntop(AF_INET6, &v6->ip6_dst, to, sizeof(to));
		put_segment(head, from, to, (const void *)(at + 40), ntohs(v6->ip6_plen));
	}
}

/* Each block as the kernel fills it; at the end until there is none. */
static void *take_blocks(void *unused)
{
	for (unsigned int i = 0;; i = (i + 1) % N_BLOCKS) {
		struct tpacket_block_desc *block = (void *)(capture.ring + (size_t)i * BLOCK);
		struct tpacket3_hdr *head;

		while (!(*(volatile uint32_t *)&block->hdr.bh1.block_status & TP_STATUS_USER)) {
			struct pollfd wait = {.fd = capture.fd, .events = POLLIN};
			bool last = capture.ends;

			if (poll(&wait, 1, 100) == 0 && last)
				return NULL;
		}
		atomic_thread_fence(memory_order_acquire);
		head = (void *)((unsigned char *)block + block->hdr.bh1.offset_to_first_pkt);
		for (uint32_t n = block->hdr.bh1.num_pkts; n; n--) {
			take_packet(head);
			head = (void *)((unsigned char *)head + head->tp_next_offset);
		}
		atomic_thread_fence(memory_order_release);
		block->hdr.bh1.block_status = TP_STATUS_KERNEL;
	}
}

void capture_begin(const char *folder)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, KEPT)};
	const struct sock_fprog first_bytes = {.len = 1, .filter = code};
	const struct tpacket_req3 ring = {.tp_block_size = BLOCK,
					  .tp_block_nr = N_BLOCKS,
					  .tp_frame_size = 2048,
					  .tp_frame_nr = BLOCK / 2048 * N_BLOCKS,
					  .tp_retire_blk_tov = 20};
	const struct sockaddr_ll where = {.sll_family = AF_PACKET,
					  .sll_protocol = htons(ETH_P_ALL),
					  .sll_ifindex = (int)if_nametoindex("lo")};
	const int version = TPACKET_V3, yes = 1;
	char path[4096];

	snprintf(path, sizeof(path), "%s/packets.tsv", folder);
	capture.file = fopen(path, "we");
	must(capture.file, path);
	capture.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	must(capture.fd >= 0, "AF_PACKET");
	must(!setsockopt(capture.fd, SOL_SOCKET, SO_ATTACH_FILTER, &first_bytes,
			 sizeof(first_bytes)) &&
		     !setsockopt(capture.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes,
				 sizeof(yes)) &&
		     !setsockopt(capture.fd, SOL_PACKET, PACKET_VERSION, &version,
				 sizeof(version)) &&
		     !setsockopt(capture.fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)),
	     "setsockopt of the capture");
	capture.ring = mmap(NULL, (size_t)BLOCK * N_BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED,
			    capture.fd, 0);
	must(capture.ring != MAP_FAILED, "the capture's ring");
	must(!bind(capture.fd, (const struct sockaddr *)&where, sizeof(where)), "lo");
	must(!pthread_create(&capture.thread, NULL, take_blocks, NULL), "the capture's thread");
}

bool capture_end(void)
{
	struct tpacket_stats_v3 stats = {0};
	socklen_t size = sizeof(stats);

	capture.ends = true;
	pthread_join(capture.thread, NULL);
	must(!getsockopt(capture.fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size), "statistics");
	must(!fclose(capture.file), "packets.tsv");
	if (stats.tp_drops)
		fprintf(stderr, "the capture lost %u packets\n", stats.tp_drops);
	return !stats.tp_drops;
}
