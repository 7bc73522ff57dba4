// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * fuzz_filter.c - any texts as ports and networks, against a plain reading of the same
 *
 * Input: a text, a NUL, another text, a NUL, then an address of 16 bytes and a port of 2. The first
 * text is a list of ports, the second a network. What the filter takes lets through what a reader
 * who goes bit by bit finds in it, and nothing else.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether @port is in "80,8000-8100", which is known to be well formed. */
static bool port_in(const char *list, uint16_t port)
{
	while (list) {
		unsigned long first, last;
		char *end;

		first = last = strtoul(list, &end, 10);
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (port >= first && port <= last)
			return true;
		list = *end ? end + 1 : NULL;
	}
	return false;
}

static void check_ports(const char *list, uint16_t port)
{
	static struct tf_filter filter;

	tf_filter_init(&filter);
	if (tf_filter_parse_ports(&filter.rport, list)) {
		if (!filter.rport.any) /* a refused list must leave the set as it was */
			abort();
		return;
	}
	if (tf_filter_has_port(&filter.rport, port) != port_in(list, port))
		abort();
}

static bool bit(const uint8_t *bytes, unsigned int n)
{
	return bytes[n / 8] >> (7 - n % 8) & 1;
}

/* Network @cidr as a person means it: what begins with "::ffff:" is IPv4, and in no IPv6
 * network. */
static bool in_network(const uint8_t addr[16], const struct tf_cidr *cidr)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	for (unsigned int i = 0; i < cidr->bits; i++)
		if (bit(addr, i) != bit(cidr->addr, i))
			return false;
	return cidr->bits >= 96 || memcmp(addr, mapped, sizeof(mapped));
}

static void check_network(const char *text, const uint8_t addr[16])
{
	static struct tf_filter filter;
	struct tf_tuple tuple = {.lport = 1, .rport = 1};

	tf_filter_init(&filter);
	if (tf_addr_parse_cidr(text, &filter.cidrs[0]))
		return;
	filter.n_cidrs = 1;
	if (filter.cidrs[0].bits > 128)
		abort();
	for (unsigned int i = filter.cidrs[0].bits; i < 128; i++)
		if (bit(filter.cidrs[0].addr, i))
			abort();
	memcpy(tuple.raddr, addr, 16);
	memcpy(tuple.laddr, addr, 16);
	if (tf_filter_tuple(&filter, &tuple, 1) != in_network(addr, &filter.cidrs[0]))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 20);
	const char *network;
	size_t ports_size;
	uint8_t addr[18] = {0};

	if (!text)
		return 0;
	memcpy(text, data, size);
	memset(text + size, 0, 20);
	ports_size = strlen(text) + 1;
	network = text + (ports_size < size ? ports_size : size);
	if (strlen(network) + 1 + sizeof(addr) <= size - (size_t)(network - text))
		memcpy(addr, network + strlen(network) + 1, sizeof(addr));
	check_ports(text, (uint16_t)(addr[16] << 8 | addr[17]));
	check_network(network, addr);
	free(text);
	return 0;
}
