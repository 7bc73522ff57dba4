// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * wire.c - segments seen and made by hand, through raw sockets on loopback
 *
 * A raw socket for TCP gets a copy of what comes in, before the filter of the socket that it is
 * for; what it sends is one more segment. Headers of IP are the kernel's.
 */
#include "scenario.h"

#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IP6_HEADER 40

static uint16_t get16(const unsigned char *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(unsigned char *at, unsigned int value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

static uint32_t sum(uint32_t so_far, const unsigned char *bytes, int size)
{
	for (int i = 0; i < size; i += 2)
		so_far += (uint32_t)(bytes[i] << 8 | (i + 1 < size ? bytes[i + 1] : 0));
	return so_far;
}

static uint16_t folded(uint32_t value)
{
	while (value >> 16)
		value = (value & 0xffff) + (value >> 16);
	return (uint16_t)~value;
}

/* RFC 9293, 3.1: over a pseudo header of both addresses, here the loopback address twice. */
static void add_checksum(const struct pair *p, struct segment *segment)
{
	static const unsigned char v4[] = {127, 0, 0, 1, 127, 0, 0, 1};
	uint32_t value = IPPROTO_TCP + (uint32_t)segment->size;

	put16(segment->bytes + 16, 0);
	if (p->family == AF_INET)
		value = sum(value, v4, sizeof(v4));
	else
		value += 2; /* ::1 twice */
	put16(segment->bytes + 16, folded(sum(value, segment->bytes, segment->size)));
}

static struct sockaddr_storage nowhere(const struct pair *p)
{
	struct sockaddr_storage to = p->where;

	((struct sockaddr_in6 *)&to)->sin6_port = 0; /* a raw socket takes it for a protocol */
	return to;
}

int wire_open(const struct pair *p)
{
	const struct timeval limit = {.tv_sec = 10};
	int wire = socket(p->family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);

	MUST(p, wire >= 0);
	MUST(p, !setsockopt(wire, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)));
	return wire;
}

void wire_catch(const struct pair *p, int wire, int from, int to, int flags, struct segment *ret)
{
	for (;;) {
		unsigned char packet[2048];
		ssize_t n = recv(wire, packet, sizeof(packet), 0);
		int skip = p->family == AF_INET ? (packet[0] & 15) * 4 : 0;
		const unsigned char *tcp = packet + skip;

		MUST(p, n > 0);
		if (n < skip + 20 || get16(tcp) != from || get16(tcp + 2) != to ||
		    (tcp[13] & flags) != flags)
			continue;
		ret->size = (int)n - skip < (int)sizeof(ret->bytes) ? (int)n - skip :
								      (int)sizeof(ret->bytes);
		memcpy(ret->bytes, tcp, (size_t)ret->size);
		return;
	}
}

void wire_send(const struct pair *p, int wire, const struct segment *segment)
{
	struct sockaddr_storage to = nowhere(p);
	struct segment made = *segment;

	add_checksum(p, &made);
	MUST(p, sendto(wire, made.bytes, (size_t)made.size, 0, (struct sockaddr *)&to, p->size) ==
			made.size);
}

/* The IP header of the segment, as far as an error's receiver reads it. */
static int quote_ip(const struct pair *p, unsigned char *at, int size)
{
	static const unsigned char v4[] = {127, 0, 0, 1, 127, 0, 0, 1};

	if (p->family == AF_INET) {
		at[0] = 0x45;
		put16(at + 2, (unsigned int)(20 + size));
		at[8] = 64;
		at[9] = IPPROTO_TCP;
		memcpy(at + 12, v4, sizeof(v4));
		return 20;
	}
	at[0] = 0x60;
	put16(at + 4, (unsigned int)size);
	at[6] = IPPROTO_TCP;
	at[7] = 64;
	at[23] = at[39] = 1;
	return IP6_HEADER;
}

void wire_unreachable(const struct pair *p, const struct segment *segment)
{
	unsigned char error[8 + IP6_HEADER + sizeof(segment->bytes)] = {0};
	bool v4 = p->family == AF_INET;
	struct sockaddr_storage to = nowhere(p);
	int raw = socket(p->family, SOCK_RAW | SOCK_CLOEXEC,
			 v4 ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6);
	int size = 8;

	MUST(p, raw >= 0);
	error[0] = v4 ? ICMP_DEST_UNREACH : ICMP6_DST_UNREACH;
	error[1] = v4 ? ICMP_HOST_UNREACH : ICMP6_DST_UNREACH_ADDR;
	size += quote_ip(p, error + size, segment->size);
	memcpy(error + size, segment->bytes, (size_t)segment->size);
	size += segment->size;
	if (v4) /* of the other family the kernel makes it */
		put16(error + 2, folded(sum(0, error, size)));
	MUST(p, sendto(raw, error, (size_t)size, 0, (struct sockaddr *)&to, p->size) == size);
	close(raw);
}
