// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * sock_diag.c - see sock_diag.h
 */
#include "scan/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "core/states.h"

#define ANSWER_MAX 32768 /* netlink gives no more at once */
#define ALL_STATES                                                                                 \
	0x1ffe /* TCP_ESTABLISHED to TCP_NEW_SYN_RECV; not those that are only bound (6.8) */
#define EXTENSION(x) (1 << ((x)-1))
#define TIMER_KEEPALIVE 2 /* idiag_timer, inet_sk_diag_fill() */
#define TIMER_TIME_WAIT 3 /* inet_twsk_diag_fill() */

struct tf_sock_diag {
	int fd; /* owned */
	uint32_t netns;
	uint8_t family; /* that is listed now; 0: none yet */
	char answer[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/* Asks for all TCP sockets of @family, with the extras that a record needs. 0 or a negative
 * errno. */
static int send_request(struct tf_sock_diag *diag, uint8_t family)
{
	const struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 body;
	} request = {
		.head = {.nlmsg_len = sizeof(request),
			 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.body = {.sdiag_family = family,
			 .sdiag_protocol = IPPROTO_TCP,
			 .idiag_ext = EXTENSION(INET_DIAG_INFO) | EXTENSION(INET_DIAG_SKMEMINFO),
			 .idiag_states = ALL_STATES},
	};

	diag->family = family;
	if (send(diag->fd, &request, sizeof(request), 0) < 0)
		return -errno;
	return 0;
}

static void diag_freep(struct tf_sock_diag **diag)
{
	tf_sock_diag_free(*diag);
}

int tf_sock_diag_open(uint32_t netns, struct tf_sock_diag **ret_diag)
{
	TF_CLEANUP(diag_freep) struct tf_sock_diag *diag = calloc(1, sizeof(*diag));

	if (!diag)
		return -ENOMEM;
	diag->netns = netns;
	diag->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (diag->fd < 0)
		return -errno;
	*ret_diag = TF_TAKE(diag);
	return 0;
}

void tf_sock_diag_free(struct tf_sock_diag *diag)
{
	if (!diag)
		return;
	tf_io_closep(&diag->fd);
	free(diag);
}

/* The attributes of a message. */
struct extras {
	bool full; /* a full socket: minisocks have no tcp_info */
	struct tcp_info info;
	uint32_t memory[SK_MEMINFO_VARS];
	uint8_t shutdown;
	uint64_t cgroup;
	bool mptcp; /* a subflow */
};

/* Newer kernels append members to a payload; those that are missing stay 0. */
static void copy_payload(const struct rtattr *attr, void *to, size_t size)
{
	memcpy(to, RTA_DATA(attr), RTA_PAYLOAD(attr) < size ? RTA_PAYLOAD(attr) : size);
}

/* Whether the upper layer protocol that @attr names is MPTCP. */
static bool names_mptcp(struct rtattr *attr)
{
	struct rtattr *inner = RTA_DATA(attr);
	int left = (int)RTA_PAYLOAD(attr);

	for (; RTA_OK(inner, left); inner = RTA_NEXT(inner, left))
		if (inner->rta_type == INET_ULP_INFO_NAME)
			return RTA_PAYLOAD(inner) >= sizeof("mptcp") &&
			       !memcmp(RTA_DATA(inner), "mptcp", sizeof("mptcp"));
	return false;
}

/* Reads the attributes behind @body; those that this kernel does not send stay 0. */
static void read_extras(const struct inet_diag_msg *body, size_t size, struct extras *ret)
{
	const struct rtattr *attr = (const struct rtattr *)(body + 1);
	int left = (int)(size - sizeof(*body));

	*ret = (struct extras){};
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
		switch (attr->rta_type) {
		case INET_DIAG_INFO:
			ret->full = true;
			copy_payload(attr, &ret->info, sizeof(ret->info));
			break;
		case INET_DIAG_SKMEMINFO:
			copy_payload(attr, ret->memory, sizeof(ret->memory));
			break;
		case INET_DIAG_SHUTDOWN:
			copy_payload(attr, &ret->shutdown, sizeof(ret->shutdown));
			break;
		case INET_DIAG_CGROUP_ID:
			copy_payload(attr, &ret->cgroup, sizeof(ret->cgroup));
			break;
		case INET_DIAG_ULP_INFO:
			ret->mptcp = names_mptcp((struct rtattr *)attr);
			break;
		default:
			break;
		}
	}
}

static void copy_address(uint8_t family, const __be32 from[4], uint8_t to[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (family == AF_INET6) {
		memcpy(to, from, 16);
		return;
	}
	memcpy(to, mapped, sizeof(mapped));
	memcpy(to + sizeof(mapped), from, 4);
}

static void read_tuple(const struct inet_diag_msg *body, struct tf_tuple *ret)
{
	copy_address(body->idiag_family, body->id.idiag_src, ret->laddr);
	copy_address(body->idiag_family, body->id.idiag_dst, ret->raddr);
	ret->lport = ntohs(body->id.idiag_sport);
	ret->rport = ntohs(body->id.idiag_dport);
	ret->pad = 0;
}

static void read_header(const struct inet_diag_msg *body, uint32_t netns, uint8_t kind, size_t size,
			struct tf_event *ret)
{
	*ret = (struct tf_event){
		.sock = body->id.idiag_cookie[0] | (uint64_t)body->id.idiag_cookie[1] << 32,
		.netns = netns,
		.size = (uint16_t)size,
		.kind = kind,
	};
}

/* A socket without an inode has no application: in these states it was closed, in the others it
 * waits to be accepted. */
static bool closed_here(uint8_t state)
{
	const uint32_t states = TF_STATE_BIT(TF_TCP_FIN_WAIT1) | TF_STATE_BIT(TF_TCP_FIN_WAIT2) |
				TF_STATE_BIT(TF_TCP_CLOSING) | TF_STATE_BIT(TF_TCP_LAST_ACK);

	return states & TF_STATE_BIT(state);
}

static bool closed_there(uint8_t state)
{
	const uint32_t states = TF_STATE_BIT(TF_TCP_CLOSE_WAIT) | TF_STATE_BIT(TF_TCP_CLOSING) |
				TF_STATE_BIT(TF_TCP_LAST_ACK);

	return states & TF_STATE_BIT(state);
}

static uint32_t read_flags(const struct inet_diag_msg *body)
{
	uint32_t flags = body->idiag_family == AF_INET6 ? TF_F_V6 : 0;

	if (body->idiag_inode)
		flags |= TF_F_HAS_SOCKET;
	else if (closed_here(body->idiag_state))
		flags |= TF_F_DEAD;
	if (closed_there(body->idiag_state))
		flags |= TF_F_DONE;
	if (body->idiag_timer == TIMER_KEEPALIVE && body->idiag_state != TF_TCP_FIN_WAIT2)
		flags |= TF_F_KEEPOPEN;
	return flags;
}

static uint32_t smaller_of(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Fills the record of a full socket or a listener. inet_diag has no age of an unacknowledged
 * segment: waits_ms stays 0. */
static void read_sock(const struct inet_diag_msg *body, const struct extras *extras, uint32_t netns,
		      struct tf_ev_sock *ret)
{
	const struct tcp_info *info = &extras->info;
	bool listens = body->idiag_state == TF_TCP_LISTEN;

	*ret = (struct tf_ev_sock){
		.st.flags = read_flags(body) | (extras->mptcp ? TF_F_MPTCP : 0),
		.st.old_state = body->idiag_state,
		.st.new_state = body->idiag_state,
		.st.shutdown = extras->shutdown,
		.st.uid = body->idiag_uid,
		.st.cgroup = extras->cgroup,
		.st.srtt_us = listens ? 0 : info->tcpi_rtt,
		.st.inode = body->idiag_inode,
		.rcv_queue = body->idiag_rqueue,
		.snd_queue = body->idiag_wqueue,
		.unsent = listens ? 0 : info->tcpi_notsent_bytes,
		.drops = listens ? extras->memory[SK_MEMINFO_DROPS] : 0,
		.silent_ms = UINT32_MAX,
		.idle_ms = UINT32_MAX,
		.retransmits = listens ? 0 : info->tcpi_retransmits,
		.probes_out = listens ? 0 : info->tcpi_probes,
	};
	read_header(body, netns, TF_EV_SOCK, sizeof(*ret), &ret->st.ev);
	read_tuple(body, &ret->st.tuple);
	if (listens || body->idiag_state == TF_TCP_SYN_SENT)
		return;
	ret->silent_ms = smaller_of(info->tcpi_last_data_recv, info->tcpi_last_ack_recv);
	ret->idle_ms = info->tcpi_last_data_sent;
}

/* A TIME_WAIT minisock has its substate where others have the state. */
static void read_minisock(const struct inet_diag_msg *body, uint32_t netns,
			  struct tf_ev_minisock *ret)
{
	bool waits = body->idiag_timer == TIMER_TIME_WAIT;

	*ret = (struct tf_ev_minisock){
		.flags = (waits ? TF_F_MINISOCK : TF_F_REQUEST) |
			 (body->idiag_family == AF_INET6 ? TF_F_V6 : 0),
		.state = waits ? TF_TCP_TIME_WAIT : TF_TCP_NEW_SYN_RECV,
		.substate = waits ? body->idiag_state : 0,
		.retransmits = waits ? 0 : body->idiag_retrans,
	};
	read_header(body, netns, TF_EV_MINISOCK, sizeof(*ret), &ret->ev);
	read_tuple(body, &ret->tuple);
}

int tf_sock_diag_parse(const struct nlmsghdr *message, uint32_t netns,
		       union tf_sock_diag_event *ret)
{
	const struct inet_diag_msg *body = NLMSG_DATA(message);
	struct extras extras;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    message->nlmsg_len < NLMSG_LENGTH(sizeof(*body)))
		return -EBADMSG;
	if ((body->idiag_family != AF_INET && body->idiag_family != AF_INET6) ||
	    !body->idiag_state || body->idiag_state >= TF_TCP_STATE_MAX)
		return -EBADMSG;
	read_extras(body, message->nlmsg_len - NLMSG_HDRLEN, &extras);
	if (extras.full)
		read_sock(body, &extras, netns, &ret->sock);
	else if (body->idiag_timer == TIMER_TIME_WAIT || body->idiag_state == TF_TCP_SYN_RECV)
		read_minisock(body, netns, &ret->minisock);
	else
		return -EBADMSG;
	return 0;
}

/* IPv6 is listed after IPv4. 1: the next family follows; 0: that was the last. */
static int next_family(struct tf_sock_diag *diag)
{
	int err;

	if (diag->family == AF_INET6)
		return 0;
	err = send_request(diag, AF_INET6);
	return err ? err : 1;
}

static int read_error(const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);

	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*error)) || !error->error)
		return -EIO;
	return error->error;
}

int tf_sock_diag_read(struct tf_sock_diag *diag, tf_sock_diag_fn fn, void *ctx)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)diag->answer;
	union tf_sock_diag_event event;
	ssize_t n;
	int err = diag->family ? 0 : send_request(diag, AF_INET);

	if (err)
		return err;
	do
		n = recv(diag->fd, diag->answer, sizeof(diag->answer), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	for (unsigned int left = (unsigned int)n; NLMSG_OK(message, left);
	     message = NLMSG_NEXT(message, left)) {
		if (message->nlmsg_type == NLMSG_DONE)
			return next_family(diag);
		if (message->nlmsg_type == NLMSG_ERROR)
			return read_error(message);
		if (!tf_sock_diag_parse(message, diag->netns, &event))
			fn(ctx, &event);
		if (NLMSG_ALIGN(message->nlmsg_len) > left)
			break; /* the last one, without its padding */
	}
	return 1;
}
