/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * addr.h - IP addresses and networks from text, strictly
 */
#ifndef TCPFATE_BASE_ADDR_H
#define TCPFATE_BASE_ADDR_H

#include <stdint.h>

struct tf_cidr {
	uint8_t addr[16]; /* v4-mapped for IPv4 */
	uint8_t bits;	  /* 0 to 128; an IPv4 prefix has 96 added */
};

/* Parses "10.0.0.0/8", "192.0.2.1", "2001:db8::/32", addresses as inet_pton(3) takes them: no
 * octal, no short forms, no scope. -EINVAL else, also when bits behind the prefix are set
 * (10.1.2.3/8); @ret untouched then. */
int tf_addr_parse_cidr(const char *text, struct tf_cidr *ret);

#endif
