// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * addr.c - see addr.h
 */
#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/num.h"

#define V4_BITS 32
#define V6_BITS 128

/* A prefix with bits behind it is a slip of the pen that would match more than was meant:
 * 10.1.2.3/8. */
static bool has_host_bits(const struct tf_cidr *cidr)
{
	for (int bit = cidr->bits; bit < V6_BITS; bit++)
		if (cidr->addr[bit / 8] >> (7 - bit % 8) & 1)
			return true;
	return false;
}

/* Parses the whole of @text. How many bits such an address has, or -EINVAL. */
static int parse_addr(const char *text, uint8_t ret[16])
{
	static const uint8_t mapped[16] = {[10] = 0xff, 0xff};
	uint8_t v4[4];

	if (inet_pton(AF_INET, text, v4) == 1) {
		memcpy(ret, mapped, sizeof(mapped));
		memcpy(ret + 12, v4, sizeof(v4));
		return V4_BITS;
	}
	return inet_pton(AF_INET6, text, ret) == 1 ? V6_BITS : -EINVAL;
}

int tf_addr_parse_cidr(const char *text, struct tf_cidr *ret)
{
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : strlen(text);
	char addr[INET6_ADDRSTRLEN];
	struct tf_cidr cidr;
	uint64_t bits;
	int width;

	if (size >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, size);
	addr[size] = '\0';
	width = parse_addr(addr, cidr.addr);
	if (width < 0)
		return width;
	bits = (uint64_t)width;
	if (slash && tf_num_u64(slash + 1, 0, (uint64_t)width, &bits))
		return -EINVAL;
	cidr.bits = (uint8_t)(bits + V6_BITS - (uint64_t)width);
	if (has_host_bits(&cidr))
		return -EINVAL;
	*ret = cidr;
	return 0;
}
