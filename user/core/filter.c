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

/* IPv4 addresses are in IPv4 networks only: the v4-mapped form is tcpfate's, nobody means it by
 * ::/0. */
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

	if (!filter)
		return true;
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
	if (filter->abnormal && conn->abnormal != TF_YES)
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
	if (!filter)
		return true;
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
