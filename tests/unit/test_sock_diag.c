// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_sock_diag.c - netlink's answers as the records of a scan, and which of them are kept back
 */
#include "scan/sock_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/states.h"
#include "scan/fallback.h"
#include "unit.h"

#define NETNS 4026531840u

/* A message as the kernel builds it. */
struct message {
	union {
		struct nlmsghdr head;
		char bytes[1024];
	};
};

static struct inet_diag_msg *body_of(struct message *message)
{
	return NLMSG_DATA(&message->head);
}

static void begin(struct message *message, uint8_t family, uint8_t state)
{
	struct inet_diag_msg *body = body_of(message);

	memset(message, 0, sizeof(*message));
	message->head.nlmsg_len = NLMSG_LENGTH(sizeof(*body));
	message->head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	body->idiag_family = family;
	body->idiag_state = state;
	body->id.idiag_sport = htons(80);
	body->id.idiag_dport = htons(40000);
	body->id.idiag_src[0] = htonl(0x0a000001);
	body->id.idiag_dst[0] = htonl(0x0a000002);
	body->id.idiag_cookie[0] = 5;
	body->id.idiag_cookie[1] = 1;
}

static void attach(struct message *message, unsigned short type, const void *bytes, size_t size)
{
	struct rtattr *attr =
		(struct rtattr *)(message->bytes + NLMSG_ALIGN(message->head.nlmsg_len));

	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(size);
	memcpy(RTA_DATA(attr), bytes, size);
	message->head.nlmsg_len = NLMSG_ALIGN(message->head.nlmsg_len) + RTA_ALIGN(attr->rta_len);
}

static void test_a_full_socket_has_all_its_fields(void **state)
{
	const struct tcp_info info = {.tcpi_retransmits = 3,
				      .tcpi_probes = 2,
				      .tcpi_rtt = 1500,
				      .tcpi_notsent_bytes = 44,
				      .tcpi_last_data_sent = 70,
				      .tcpi_last_data_recv = 900,
				      .tcpi_last_ack_recv = 60};
	const uint64_t cgroup = 123456789012ULL;
	const uint8_t shutdown = 2;
	union tf_sock_diag_event event;
	struct message message;

	begin(&message, AF_INET, TF_TCP_ESTABLISHED);
	body_of(&message)->idiag_inode = 77;
	body_of(&message)->idiag_uid = 1000;
	body_of(&message)->idiag_timer = 2;
	body_of(&message)->idiag_rqueue = 10;
	body_of(&message)->idiag_wqueue = 20;
	attach(&message, INET_DIAG_SHUTDOWN, &shutdown, sizeof(shutdown));
	attach(&message, INET_DIAG_CGROUP_ID, &cgroup, sizeof(cgroup));
	attach(&message, INET_DIAG_INFO, &info, sizeof(info));
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), 0);
	assert_int_equal(event.ev.kind, TF_EV_SOCK);
	assert_int_equal(event.ev.size, sizeof(event.sock));
	assert_true(event.ev.sock == (1ULL << 32 | 5) && event.ev.netns == NETNS);
	assert_int_equal(event.sock.st.new_state, TF_TCP_ESTABLISHED);
	assert_int_equal(event.sock.st.old_state, TF_TCP_ESTABLISHED);
	assert_int_equal(event.sock.st.flags, TF_F_HAS_SOCKET | TF_F_KEEPOPEN);
	assert_int_equal(event.sock.st.shutdown, 2);
	assert_int_equal(event.sock.st.uid, 1000);
	assert_int_equal(event.sock.st.inode, 77);
	assert_true(event.sock.st.cgroup == cgroup);
	assert_int_equal(event.sock.st.tuple.lport, 80);
	assert_int_equal(event.sock.st.tuple.rport, 40000);
	assert_memory_equal(event.sock.st.tuple.laddr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1",
			    16);
	assert_memory_equal(event.sock.st.tuple.raddr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\2",
			    16);
	assert_int_equal(event.sock.rcv_queue, 10);
	assert_int_equal(event.sock.snd_queue, 20);
	assert_int_equal(event.sock.unsent, 44);
	assert_int_equal(event.sock.silent_ms, 60);
	assert_int_equal(event.sock.idle_ms, 70);
	assert_int_equal(event.sock.retransmits, 3);
	assert_int_equal(event.sock.probes_out, 2);
	assert_int_equal(event.sock.st.srtt_us, 1500);
}

static uint32_t flags_in(uint8_t tcp_state, uint8_t family, uint32_t inode)
{
	const struct tcp_info info = {};
	union tf_sock_diag_event event;
	struct message message;

	begin(&message, family, tcp_state);
	body_of(&message)->idiag_inode = inode;
	attach(&message, INET_DIAG_INFO, &info, sizeof(info));
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), 0);
	return event.sock.st.flags;
}

static void test_flags_follow_from_the_state(void **state)
{
	assert_int_equal(flags_in(TF_TCP_ESTABLISHED, AF_INET, 0), 0); /* not accepted yet */
	assert_int_equal(flags_in(TF_TCP_CLOSE_WAIT, AF_INET, 0), TF_F_DONE);
	assert_int_equal(flags_in(TF_TCP_FIN_WAIT1, AF_INET, 0), TF_F_DEAD);
	assert_int_equal(flags_in(TF_TCP_FIN_WAIT2, AF_INET6, 9), TF_F_HAS_SOCKET | TF_F_V6);
	assert_int_equal(flags_in(TF_TCP_LAST_ACK, AF_INET, 0), TF_F_DEAD | TF_F_DONE);
}

static void test_a_listener_has_its_queue_and_limit(void **state)
{
	const struct tcp_info info = {.tcpi_unacked = 1, .tcpi_sacked = 8, .tcpi_rtt = 5};
	const uint32_t memory[SK_MEMINFO_VARS] = {[SK_MEMINFO_DROPS] = 17};
	union tf_sock_diag_event event;
	struct message message;

	begin(&message, AF_INET6, TF_TCP_LISTEN);
	body_of(&message)->idiag_rqueue = 1;
	body_of(&message)->idiag_wqueue = 8;
	attach(&message, INET_DIAG_SKMEMINFO, memory, sizeof(memory));
	attach(&message, INET_DIAG_INFO, &info, sizeof(info));
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), 0);
	assert_int_equal(event.sock.rcv_queue, 1);
	assert_int_equal(event.sock.snd_queue, 8);
	assert_int_equal(event.sock.drops, 17);
	assert_int_equal(event.sock.requests, 0);
	assert_int_equal(event.sock.st.srtt_us, 0);
	assert_true(event.sock.silent_ms == UINT32_MAX && event.sock.idle_ms == UINT32_MAX);
}

static void test_minisocks_and_handshakes_have_their_fields(void **state)
{
	union tf_sock_diag_event event;
	struct message message;

	begin(&message, AF_INET, TF_TCP_FIN_WAIT2);
	body_of(&message)->idiag_timer = 3;
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), 0);
	assert_int_equal(event.ev.kind, TF_EV_MINISOCK);
	assert_int_equal(event.minisock.state, TF_TCP_TIME_WAIT);
	assert_int_equal(event.minisock.substate, TF_TCP_FIN_WAIT2);
	assert_int_equal(event.minisock.flags, TF_F_MINISOCK);
	begin(&message, AF_INET6, TF_TCP_SYN_RECV);
	body_of(&message)->idiag_timer = 1;
	body_of(&message)->idiag_retrans = 4;
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), 0);
	assert_int_equal(event.minisock.state, TF_TCP_NEW_SYN_RECV);
	assert_int_equal(event.minisock.retransmits, 4);
	assert_int_equal(event.minisock.flags, TF_F_REQUEST | TF_F_V6);
}

/* The kernel gives the name of the upper layer, and its own part behind it. */
static void test_a_subflow_of_mptcp_is_known_by_its_layer(void **state)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} rows[] = {{"mptcp", TF_F_MPTCP}, {"tls", 0}, {"mptcp2", 0}};
	const struct tcp_info info = {0};
	union tf_sock_diag_event event;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct {
			struct rtattr head;
			char name[8];
		} layer = {.head = {.rta_len = (unsigned short)RTA_LENGTH(strlen(rows[i].name) + 1),
				    .rta_type = INET_ULP_INFO_NAME}};
		struct message message;

		strcpy(layer.name, rows[i].name);
		begin(&message, AF_INET, TF_TCP_ESTABLISHED);
		attach(&message, INET_DIAG_INFO, &info, sizeof(info));
		attach(&message, INET_DIAG_ULP_INFO, &layer, layer.head.rta_len);
		assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), 0);
		assert_int_equal(event.sock.st.flags & TF_F_MPTCP, rows[i].flag);
	}
}

static void test_an_older_kernels_shorter_info_leaves_the_rest_unknown(void **state)
{
	const struct tcp_info info = {.tcpi_last_ack_recv = 7, .tcpi_notsent_bytes = 55};
	union tf_sock_diag_event event;
	struct message message;

	begin(&message, AF_INET, TF_TCP_ESTABLISHED);
	attach(&message, INET_DIAG_INFO, &info, offsetof(struct tcp_info, tcpi_pacing_rate));
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), 0);
	assert_int_equal(event.sock.unsent, 0);
}

static void test_other_messages_are_refused(void **state)
{
	union tf_sock_diag_event event;
	struct message message;

	begin(&message, AF_INET, TF_TCP_ESTABLISHED); /* no tcp_info, and no minisock */
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), -EBADMSG);
	begin(&message, AF_UNIX, TF_TCP_SYN_RECV);
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), -EBADMSG);
	begin(&message, AF_INET, TF_TCP_STATE_MAX);
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), -EBADMSG);
	begin(&message, AF_INET, TF_TCP_SYN_RECV);
	message.head.nlmsg_len -= 1;
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), -EBADMSG);
	begin(&message, AF_INET, TF_TCP_SYN_RECV);
	message.head.nlmsg_type = NLMSG_DONE;
	assert_int_equal(tf_sock_diag_parse(&message.head, NETNS, &event), -EBADMSG);
}

/* --- what is handed out, of real sockets ------------------------------------------------------ */

struct taken {
	uint64_t sock; /* searched for */
	unsigned int found, held;
	int fd;
	uint64_t time_ns;
};

static void take(void *ctx, const void *record, size_t size)
{
	const struct tf_event *ev = record;
	struct taken *taken = ctx;

	assert_int_equal(ev->size, size);
	taken->time_ns = ev->time_ns;
	if (ev->sock != taken->sock)
		return;
	if (ev->kind == TF_EV_HOLDER) {
		taken->fd = ((const struct tf_ev_holder *)ev)->fd;
		assert_int_equal(((const struct tf_ev_holder *)ev)->pid, getpid());
		taken->held++;
	} else {
		assert_int_equal(ev->kind, TF_EV_SOCK);
		taken->found++;
	}
}

static int listen_somewhere(uint64_t *ret_cookie)
{
	socklen_t size = sizeof(*ret_cookie);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || listen(fd, 1))
		return -1;
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, ret_cookie, &size), 0);
	return fd;
}

static int read_all(struct tf_fallback *fallback)
{
	int r;

	do
		r = tf_fallback_read_space(fallback);
	while (r > 0);
	tf_fallback_close_space(fallback);
	return r;
}

/* A sandbox may have no network, or no netlink. */
static bool netlink_answers(struct taken *taken)
{
	struct tf_fallback *fallback;
	bool answers;

	assert_int_equal(tf_fallback_new(NULL, take, taken, &fallback), 0);
	answers = !tf_fallback_open_space(fallback, NETNS) && !read_all(fallback);
	tf_fallback_free(fallback);
	return answers;
}

static int set_up(struct taken *taken, struct tf_fallback **ret)
{
	int fd = listen_somewhere(&taken->sock);

	if (fd >= 0 && !netlink_answers(taken)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		return -1;
	assert_int_equal(tf_fallback_new(NULL, take, taken, ret), 0);
	tf_fallback_begin(*ret);
	assert_int_equal(tf_fallback_open_space(*ret, NETNS), 0);
	return fd;
}

static void test_an_answer_waits_for_the_next_step(void **state)
{
	struct tf_fallback *fallback;
	struct taken taken = {};
	int fd = set_up(&taken, &fallback);

	if (fd < 0)
		skip();
	assert_int_equal(read_all(fallback), 0);
	assert_int_equal(taken.found, 0);
	assert_true(tf_fallback_step(fallback, 1234));
	assert_int_equal(taken.found, 1);
	assert_int_equal(taken.time_ns, 1234);
	assert_true(tf_fallback_step(fallback, 1235));
	assert_int_equal(taken.found, 1);
	assert_int_equal(tf_fallback_open_holders(fallback), 0);
	while (tf_fallback_read_holders(fallback, 1236))
		;
	assert_int_equal(taken.held, 1);
	assert_int_equal(taken.fd, fd);
	tf_fallback_free(fallback);
	close(fd);
}

static void changed(struct tf_fallback *fallback, uint64_t sock)
{
	const struct tf_event ev = {.sock = sock, .size = sizeof(ev), .kind = TF_EV_STATE};

	tf_fallback_saw(fallback, &ev);
}

static void test_a_socket_that_changed_during_the_scan_is_dropped(void **state)
{
	struct tf_fallback *fallback;
	struct taken taken = {};
	int fd = set_up(&taken, &fallback);

	if (fd < 0)
		skip();
	assert_int_equal(read_all(fallback), 0);
	changed(fallback, taken.sock);
	assert_true(tf_fallback_step(fallback, 1));
	assert_int_equal(taken.found, 0);
	tf_fallback_free(fallback);
	close(fd);
}

/* The kernel may have filled the answer before the drain in which the change was seen. */
static void test_a_change_before_the_read_counts_too(void **state)
{
	struct tf_fallback *fallback;
	struct taken taken = {};
	int fd = set_up(&taken, &fallback);

	if (fd < 0)
		skip();
	changed(fallback, taken.sock);
	assert_true(tf_fallback_step(fallback, 1));
	assert_int_equal(read_all(fallback), 0);
	assert_true(tf_fallback_step(fallback, 2));
	assert_int_equal(taken.found, 0);
	assert_int_equal(tf_fallback_open_space(fallback, NETNS), 0);
	assert_int_equal(read_all(fallback), 0);
	assert_true(tf_fallback_step(fallback, 3));
	assert_int_equal(taken.found, 1);
	tf_fallback_free(fallback);
	close(fd);
}

static void test_more_changes_than_can_be_kept_make_the_answer_incomplete(void **state)
{
	struct tf_fallback *fallback;
	struct taken taken = {};
	int fd = set_up(&taken, &fallback);

	if (fd < 0)
		skip();
	assert_int_equal(read_all(fallback), 0);
	for (uint64_t i = 0; i <= TF_FALLBACK_CHANGED; i++)
		changed(fallback, (1ULL << 50) + i);
	assert_false(tf_fallback_step(fallback, 1));
	assert_int_equal(taken.found, 0);
	tf_fallback_free(fallback);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_full_socket_has_all_its_fields),
		cmocka_unit_test(test_flags_follow_from_the_state),
		cmocka_unit_test(test_a_listener_has_its_queue_and_limit),
		cmocka_unit_test(test_minisocks_and_handshakes_have_their_fields),
		cmocka_unit_test(test_a_subflow_of_mptcp_is_known_by_its_layer),
		cmocka_unit_test(test_an_older_kernels_shorter_info_leaves_the_rest_unknown),
		cmocka_unit_test(test_other_messages_are_refused),
		cmocka_unit_test(test_an_answer_waits_for_the_next_step),
		cmocka_unit_test(test_a_socket_that_changed_during_the_scan_is_dropped),
		cmocka_unit_test(test_a_change_before_the_read_counts_too),
		cmocka_unit_test(test_more_changes_than_can_be_kept_make_the_answer_incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
