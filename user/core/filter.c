// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * filter.c - see filter.h
 */
#include "core/filter.h"

#include <errno.h>
#include <string.h>

#include "base/fmt.h"
#include "base/num.h"

#define PORT_DIGITS 5
#define V4_BITS 32
#define V4_PREFIX 96 /* bits before the IPv4 address in a v4-mapped one */

void tf_filter_init(struct tf_filter *filter)
{
	memset(filter, 0, sizeof(*filter));
	filter->lport.any = true;
	filter->rport.any = true;
}

/* Parses the port in @text[0..size). */
static int parse_port(const char *text, size_t size, uint16_t *ret)
{
	char digits[PORT_DIGITS + 1];
	uint64_t port;

	if (size > PORT_DIGITS)
		return -EINVAL;
	memcpy(digits, text, size);
	digits[size] = '\0';
	if (tf_num_u64(digits, 1, 65535, &port))
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

/* Parses the port or range in @text[0..size) into @set. */
static int parse_range(struct tf_port_set *set, const char *text, size_t size)
{
	const char *dash = memchr(text, '-', size);
	size_t first = dash ? (size_t)(dash - text) : size;
	uint16_t from, to;

	if (parse_port(text, first, &from))
		return -EINVAL;
	to = from;
	if (dash && parse_port(dash + 1, size - first - 1, &to))
		return -EINVAL;
	if (to < from)
		return -EINVAL;
	for (uint32_t port = from; port <= to; port++)
		set->bits[port / 64] |= 1ULL << port % 64;
	return 0;
}

int tf_filter_parse_ports(struct tf_port_set *set, const char *text)
{
	struct tf_port_set more = *set;

	more.any = false;
	for (;;) {
		size_t size = strcspn(text, ",");

		if (parse_range(&more, text, size))
			return -EINVAL;
		text += size;
		if (!*text)
			break;
		text++;
	}
	*set = more;
	return 0;
}

bool tf_filter_has_port(const struct tf_port_set *set, uint16_t port)
{
	return set->any || (set->bits[port / 64] >> port % 64 & 1);
}

/* One decimal byte of a dotted quad; *@text moves behind it. No leading zero: elsewhere that means
 * octal. */
static int parse_octet(const char **text, uint8_t *ret)
{
	size_t digits = strspn(*text, "0123456789");
	char number[4];
	uint64_t value;

	if (!digits || digits > 3 || (digits > 1 && **text == '0'))
		return -EINVAL;
	memcpy(number, *text, digits);
	number[digits] = '\0';
	if (tf_num_u64(number, 0, 255, &value))
		return -EINVAL;
	*text += digits;
	*ret = (uint8_t)value;
	return 0;
}

/* The whole of @text is a dotted quad. */
static int parse_v4(const char *text, uint8_t ret[4])
{
	for (int i = 0; i < 4; i++) {
		if (i && *text++ != '.')
			return -EINVAL;
		if (parse_octet(&text, &ret[i]))
			return -EINVAL;
	}
	return *text ? -EINVAL : 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Where the words of an IPv6 address go while it is read. */
struct v6 {
	uint8_t bytes[16];
	int filled; /* bytes so far */
	int gap;    /* where "::" stands; -1: none */
};

/* Up to four hexadecimal digits at @text. How many, or -EINVAL. */
static int take_word(struct v6 *v6, const char *text)
{
	unsigned int word = 0;
	int n = 0;

	for (; hex_digit(text[n]) >= 0; n++) {
		if (n == 4)
			return -EINVAL;
		word = word << 4 | (unsigned int)hex_digit(text[n]);
	}
	if (!n || v6->filled > 14)
		return -EINVAL;
	v6->bytes[v6->filled++] = (uint8_t)(word >> 8);
	v6->bytes[v6->filled++] = (uint8_t)word;
	return n;
}

/* The rest of @text is a dotted quad, as in ::ffff:192.0.2.1. */
static int take_v4_tail(struct v6 *v6, const char *text)
{
	if (v6->filled > 12 || parse_v4(text, v6->bytes + v6->filled))
		return -EINVAL;
	v6->filled += 4;
	return 0;
}

/* Moves what stands behind the "::" to the end. */
static int close_gap(struct v6 *v6)
{
	int tail;

	if (v6->gap < 0)
		return v6->filled == 16 ? 0 : -EINVAL;
	if (v6->filled == 16)
		return -EINVAL;
	tail = v6->filled - v6->gap;
	memmove(v6->bytes + 16 - tail, v6->bytes + v6->gap, (size_t)tail);
	memset(v6->bytes + v6->gap, 0, (size_t)(16 - v6->filled));
	return 0;
}

/* What stands between two words: ':' or "::". How many characters, or -EINVAL. */
static int take_colons(struct v6 *v6, const char *text)
{
	if (text[0] != ':')
		return -EINVAL;
	if (text[1] != ':')
		return v6->filled && text[1] ? 1 : -EINVAL;
	if (v6->gap >= 0)
		return -EINVAL;
	v6->gap = v6->filled;
	return 2;
}

/* The whole of @text is an IPv6 address (RFC 4291, section 2.2). */
static int parse_v6(const char *text, uint8_t ret[16])
{
	struct v6 v6 = {.gap = -1};

	for (bool first = true; *text; first = false) {
		int n = 0;

		if (!first || *text == ':')
			n = take_colons(&v6, text);
		if (n < 0)
			return n;
		text += n;
		if (!*text)
			break;
		if (text[strspn(text, "0123456789")] == '.') {
			if (take_v4_tail(&v6, text))
				return -EINVAL;
			break;
		}
		n = take_word(&v6, text);
		if (n < 0)
			return n;
		text += n;
	}
	if (close_gap(&v6))
		return -EINVAL;
	memcpy(ret, v6.bytes, sizeof(v6.bytes));
	return 0;
}

/* Bits behind the prefix do not count, but a prefix that has some is a slip of the pen that would
 * match more than was meant: 10.1.2.3/8. */
static bool has_host_bits(const struct tf_cidr *cidr)
{
	for (int bit = cidr->bits; bit < 128; bit++)
		if (cidr->addr[bit / 8] >> (7 - bit % 8) & 1)
			return true;
	return false;
}

int tf_filter_parse_cidr(const char *text, struct tf_cidr *ret)
{
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : strlen(text);
	struct tf_cidr cidr = {.addr = {[10] = 0xff, 0xff}};
	uint64_t bits, width = V4_BITS;
	char addr[TF_FMT_ADDR_MAX + 1];

	if (size >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, size);
	addr[size] = '\0';
	if (parse_v4(addr, cidr.addr + 12)) {
		if (parse_v6(addr, cidr.addr))
			return -EINVAL;
		width = 128;
	}
	bits = width;
	if (slash && tf_num_u64(slash + 1, 0, width, &bits))
		return -EINVAL;
	cidr.bits = (uint8_t)(width == V4_BITS ? bits + V4_PREFIX : bits);
	if (has_host_bits(&cidr))
		return -EINVAL;
	*ret = cidr;
	return 0;
}

/* IPv4 addresses are in IPv4 networks only: the v4-mapped form is ours, nobody means it with ::/0. */
static bool cidr_has(const struct tf_cidr *cidr, const uint8_t addr[16])
{
	unsigned int whole = cidr->bits / 8, rest = cidr->bits % 8;

	if (cidr->bits < V4_PREFIX && tf_fmt_is_v4(addr))
		return false;
	if (memcmp(cidr->addr, addr, whole) != 0)
		return false;
	return !rest || !((cidr->addr[whole] ^ addr[whole]) >> (8 - rest));
}

static bool wants_addresses(const struct tf_filter *filter, const struct tf_tuple *tuple)
{
	for (unsigned int i = 0; i < filter->n_cidrs; i++)
		if (cidr_has(&filter->cidrs[i], tuple->raddr) ||
		    cidr_has(&filter->cidrs[i], tuple->laddr))
			return true;
	return !filter->n_cidrs;
}

static bool wants_netns(const struct tf_filter *filter, uint32_t netns)
{
	for (unsigned int i = 0; i < filter->n_netns; i++)
		if (filter->netns[i] == netns)
			return true;
	return !filter->n_netns;
}

bool tf_filter_tuple(const struct tf_filter *filter, const struct tf_tuple *tuple, uint32_t netns)
{
	bool v4 = tf_fmt_is_v4(tuple->raddr);

	if ((filter->only_v4 && !v4) || (filter->only_v6 && v4))
		return false;
	if (!wants_netns(filter, netns) || !tf_filter_has_port(&filter->rport, tuple->rport))
		return false;
	if (tuple->lport && !tf_filter_has_port(&filter->lport, tuple->lport))
		return false;
	return wants_addresses(filter, tuple);
}

static bool is_wildcard(const uint8_t addr[16])
{
	static const uint8_t any6[16];

	return !memcmp(addr, any6, 16) || (tf_fmt_is_v4(addr) && !memcmp(addr + 12, any6, 4));
}

bool tf_filter_listener(const struct tf_filter *filter, const struct tf_tuple *tuple,
			uint32_t netns)
{
	bool wildcard = is_wildcard(tuple->laddr), v4 = tf_fmt_is_v4(tuple->laddr);

	if (!filter->rport.any || !wants_netns(filter, netns) ||
	    !tf_filter_has_port(&filter->lport, tuple->lport))
		return false;
	if ((filter->only_v6 && v4) || (filter->only_v4 && !v4 && !wildcard)) /* "::" takes both */
		return false;
	return wildcard || wants_addresses(filter, tuple);
}

bool tf_filter_owner(const struct tf_filter *filter, const struct tf_owner *owner)
{
	bool pid = !filter->n_pids, comm = !filter->n_comms;

	if (pid && comm)
		return true;
	if (owner->from == TF_OWNER_NONE)
		return false;
	for (unsigned int i = 0; i < filter->n_pids; i++)
		pid |= filter->pids[i] == owner->pid;
	for (unsigned int i = 0; i < filter->n_comms; i++)
		comm |= !strncmp(filter->comms[i], (const char *)owner->comm, TF_COMM_LEN);
	return pid && comm;
}

static bool wants_conn(const struct tf_filter *filter, const struct tf_conn_record *conn)
{
	if (filter->fates && !(filter->fates >> conn->fate & 1))
		return false;
	if (filter->classes && !(filter->classes >> tf_fates_info(conn->fate)->class & 1))
		return false;
	return tf_filter_owner(filter, &conn->owner);
}

/* A reset without a connection has no owner and no fate; it counts as of class `reset`. */
static bool wants_reset(const struct tf_filter *filter)
{
	if (filter->n_pids || filter->n_comms || filter->fates)
		return false;
	return !filter->classes || (filter->classes >> TF_CLASS_RESET & 1);
}

bool tf_filter_record(const struct tf_filter *filter, const struct tf_record *record)
{
	switch (record->type) {
	case TF_RECORD_CONN:
		return tf_filter_tuple(filter, &record->conn->tuple, record->conn->netns) &&
		       wants_conn(filter, record->conn);
	case TF_RECORD_ALERT:
		return tf_filter_owner(filter, &record->alert->owner);
	case TF_RECORD_STATE:
		return tf_filter_tuple(filter, &record->state->tuple, record->state->netns) &&
		       tf_filter_owner(filter, &record->state->owner);
	case TF_RECORD_RESET:
		return tf_filter_tuple(filter, &record->reset->tuple, record->reset->netns) &&
		       wants_reset(filter);
	default:
		return true;
	}
}
