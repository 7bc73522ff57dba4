// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * scripts.c - one connection of each kind of end, as the kernel's hooks report it, and the record
 * that must come out
 *
 * To add one: its life, a function below, and its row in scripts[] at the end.
 */
#include "scripts.h"

#include <errno.h>

/* --- lives ---------------------------------------------------------------------------------*/

/* 100 bytes out and acknowledged, 200 in and read. */
static void talk(struct player *p)
{
	play_open(p);
	play_write(p, 100, 100, 0);
	play_receive(p, 200, 200);
}

void life_local_first(struct player *p)
{
	talk(p);
	play_close(p);
	play_fin_acked(p);
	play_to(p, TF_TCP_FIN_WAIT2);
	play_end(p, 0);
	play_destroy(p, 0, false);
}

void life_local_half_closed(struct player *p)
{
	talk(p);
	play_shutdown(p, 2);
	play_fin_acked(p);
	play_to(p, TF_TCP_FIN_WAIT2);
	play_peer_fin(p, false);
	play_end(p, 0);
	play_wait(p, 5 * MS);
	play_destroy(p, 0, true);
}

void life_remote_first(struct player *p)
{
	talk(p);
	play_peer_fin(p, true);
	play_to(p, TF_TCP_CLOSE_WAIT);
	play_close(p);
	play_fin_acked(p);
	play_end(p, 0);
	play_destroy(p, 0, false);
}

static void life_remote_first_killed(struct player *p)
{
	talk(p);
	play_peer_fin(p, true);
	play_to(p, TF_TCP_CLOSE_WAIT);
	play_task(p, TF_F_EXITING);
	p->c.st.exit_signal = 9;
	play_close(p);
	play_fin_acked(p);
	play_end(p, 0);
	play_destroy(p, 0, false);
}

static void life_both_at_once(struct player *p)
{
	talk(p);
	play_close(p);
	play_peer_fin(p, false);
	play_to(p, TF_TCP_CLOSING);
	play_fin_acked(p);
	play_end(p, 0);
	play_destroy(p, 0, false);
}

/* The peer still had an old connection of the same tuple: its challenge ACK is answered with an
 * RST, the SYN is repeated, and all goes well. */
static void life_cleared_old(struct player *p)
{
	play_connect(p);
	play_rst_sent(p, 0, REASON_OTHER);
	p->c.total_retrans = 1;
	p->c.snd_una++;
	p->c.bytes_acked = 1;
	p->c.rcv_nxt = p->c.copied_seq = 1;
	play_to(p, TF_TCP_ESTABLISHED);
	play_write(p, 100, 100, 0);
	play_receive(p, 200, 200);
	play_peer_fin(p, true);
	play_to(p, TF_TCP_CLOSE_WAIT);
	play_close(p);
	play_fin_acked(p);
	play_end(p, 0);
	play_destroy(p, 0, false);
}

void life_refused(struct player *p)
{
	play_connect(p);
	play_tcp_reset(p);
	play_end(p, ECONNREFUSED);
	play_destroy(p, 0, true);
}

void life_syn_timeout(struct player *p)
{
	play_connect(p);
	p->c.retransmits = 6;
	p->c.total_retrans = 6;
	play_end(p, ETIMEDOUT);
	play_destroy(p, 0, true);
}

static void life_unreachable(struct player *p)
{
	play_connect(p);
	p->c.err_soft = EHOSTUNREACH;
	play_end(p, EHOSTUNREACH);
	play_destroy(p, 0, true);
}

void life_port_unreachable(struct player *p)
{
	play_connect(p);
	play_end(p, ECONNREFUSED);
	play_destroy(p, 0, true);
}

static void life_no_local_port(struct player *p)
{
	play_connect(p);
	p->c.snd_nxt = p->c.snd_una = p->c.write_seq;
	p->c.st.tuple.lport = 0;
	play_task(p, 0);
	play_end(p, 0);
	play_softirq(p);
	play_destroy(p, 0, true);
}

static void life_given_up(struct player *p)
{
	play_connect(p);
	p->c.st.shutdown = 3;
	play_task(p, TF_F_FILE_GONE);
	play_end(p, 0);
	play_destroy(p, 0, true);
}

static void life_no_final_ack(struct player *p)
{
	play_open_unaccepted(p);
	p->tape->n--; /* it never got there */
	p->c.st.new_state = TF_TCP_SYN_RECV;
	p->c.retransmits = 5;
	p->c.total_retrans = 5;
	play_end(p, ETIMEDOUT);
	play_destroy(p, ETIMEDOUT, false);
}

/* A TCP Fast Open child is a full socket before the handshake is over. */
static void life_reset_in_syn_recv(struct player *p)
{
	play_open_unaccepted(p);
	p->tape->n--;
	p->c.st.new_state = TF_TCP_SYN_RECV;
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, ECONNRESET, false);
}

/* Two segments ended the handshake at once: the child that came second finds the other's in the
 * table. */
void life_twin(struct player *p)
{
	play_open_unaccepted(p);
	p->tape->n--;
	p->c.st.new_state = TF_TCP_SYN_RECV;
	play_end(p, 0);
	play_destroy(p, 0, false);
}

/* The listener gave up its port meanwhile: __inet_inherit_port() fails. */
void life_without_a_port(struct player *p)
{
	play_open_unaccepted(p);
	p->tape->n--;
	p->c.st.new_state = TF_TCP_SYN_RECV;
	p->c.st.flags |= TF_F_DEAD;
	play_end(p, 0);
	play_destroy(p, 0, false);
}

void life_reset_in_queue(struct player *p)
{
	play_open_unaccepted(p);
	play_receive(p, 10, 0);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_wait(p, 30 * MS);
	play_destroy(p, 0, true);
}

/* Its server hangs; the record is written long before accept() returns it. */
static void life_reset_in_hung_queue(struct player *p)
{
	play_open_unaccepted(p);
	play_receive(p, 10, 0);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_wait(p, 300 * MS);
	play_accept(p, PLAYER_PID, "late");
	play_destroy(p, 0, true);
}

static void life_listener_gone(struct player *p)
{
	play_open_unaccepted(p);
	play_receive(p, 10, 0);
	p->c.st.flags |= TF_F_LOCKED;
	play_end(p, 0);
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_destroy(p, ECONNRESET, false);
}

/* A Fast Open child whose handshake was not over when the listener went. */
void life_listener_gone_early(struct player *p)
{
	play_open_unaccepted(p);
	p->tape->n--;
	p->c.st.new_state = TF_TCP_SYN_RECV;
	p->c.st.flags |= TF_F_LOCKED | TF_F_FASTOPEN;
	play_end(p, 0);
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_destroy(p, ECONNRESET, false);
}

void life_reset_open(struct player *p)
{
	talk(p);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_wait(p, 20 * MS);
	play_destroy(p, 0, true);
}

/* Nobody called read() or write() any more: close() takes the errno along unseen. */
static void life_reset_open_untold(struct player *p)
{
	talk(p);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, ECONNRESET, true);
}

static void life_reset_close_wait(struct player *p)
{
	talk(p);
	play_peer_fin(p, false);
	play_to(p, TF_TCP_CLOSE_WAIT);
	play_write(p, 50, 0, 0);
	play_tcp_reset(p);
	play_end(p, EPIPE);
	play_destroy(p, 0, true);
}

void life_reset_last_ack(struct player *p)
{
	talk(p);
	play_peer_fin(p, true);
	play_to(p, TF_TCP_CLOSE_WAIT);
	play_write(p, 50, 0, 0);
	play_close(p);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, ECONNRESET, false);
}

static void life_reset_fin_wait1(struct player *p)
{
	talk(p);
	play_shutdown(p, 2);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, 0, true);
}

static void life_reset_fin_wait2(struct player *p)
{
	talk(p);
	play_shutdown(p, 2);
	play_fin_acked(p);
	play_to(p, TF_TCP_FIN_WAIT2);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, 0, true);
}

/* close() and an abort in one call: CLOSE first, the RST behind it. */
static void abort_by_close(struct player *p)
{
	p->c.st.shutdown = 3;
	play_task(p, TF_F_FILE_GONE);
	play_end(p, 0);
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_destroy(p, ECONNRESET, true);
}

static void life_unread(struct player *p)
{
	talk(p);
	play_receive(p, 300, 0);
	p->c.st.flags |= TF_F_LINGER0;
	abort_by_close(p);
}

static void life_linger(struct player *p)
{
	talk(p);
	p->c.st.flags |= TF_F_LINGER0;
	play_write(p, 500, 0, 0);
	abort_by_close(p);
}

/* The RST, and the MPTCP socket an orphan, before CLOSE; what is unread is the master's. */
static void abort_by_master(struct player *p)
{
	p->c.st.shutdown = 3;
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_task(p, TF_F_FILE_GONE | TF_F_DEAD | TF_F_MPTCP);
	p->c.st.flags &= ~(uint32_t)TF_F_HAS_SOCKET;
	play_end(p, 0);
	play_destroy(p, 0, true);
}

static void life_mptcp_unread(struct player *p)
{
	talk(p);
	play_receive(p, 300, 300);
	p->c.master_unread = 300;
	abort_by_master(p);
}

static void life_mptcp_linger(struct player *p)
{
	talk(p);
	p->c.st.flags |= TF_F_LINGER0;
	abort_by_master(p);
}

static void life_linger2(struct player *p)
{
	talk(p);
	p->c.st.flags |= TF_F_LINGER2_NEG;
	play_close(p);
	play_fin_acked(p);
	play_to(p, TF_TCP_FIN_WAIT2);
	play_end(p, 0);
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_destroy(p, 0, false);
}

/* The kernel resets itself; the RST to the peer follows tcp_destroy_sock. */
void life_late_data(struct player *p)
{
	talk(p);
	play_close(p);
	play_fin_acked(p);
	play_to(p, TF_TCP_FIN_WAIT2);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, ECONNRESET, false);
	play_rst_sent(p, 0, REASON_OTHER);
}

void life_late_data_owned(struct player *p)
{
	talk(p);
	play_shutdown(p, 3);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_rst_sent(p, 0, REASON_OTHER);
	play_destroy(p, ECONNRESET, true);
}

static void life_late_data_with_the_ack(struct player *p)
{
	talk(p);
	play_close(p);
	play_fin_acked(p);
	play_end(p, 0);
	play_destroy(p, 0, false);
}

/* Data that acknowledges our FIN too: FIN_WAIT2, then the end, an error nobody sets, and the
 * answer. */
void life_late_data_after_the_ack(struct player *p)
{
	talk(p);
	play_close(p);
	play_fin_acked(p);
	play_to(p, TF_TCP_FIN_WAIT2);
	play_end(p, 0);
	play_destroy(p, 0, false);
	play_rst_sent(p, 0, REASON_OTHER);
}

void life_late_data_minisock(struct player *p)
{
	life_local_first(p);
	play_wait(p, 500 * MS);
	play_rst_sent(p, TF_F_MINISOCK, REASON_OTHER);
}

/* tcp_max_tw_buckets is used up: there is no minisock. */
static void life_late_data_bare(struct player *p)
{
	life_local_first(p);
	play_wait(p, 500 * MS);
	play_bare_answer(p, SEGMENT_ACK, 9);
}

static void life_fin_bare(struct player *p)
{
	life_local_first(p);
	play_wait(p, 500 * MS);
	play_bare_answer(p, SEGMENT_FIN | SEGMENT_ACK, 0);
}

/* Both came at once, on two CPUs: the minisock, or the empty place, answers before CLOSE is
 * reported. */
static void answered_first(struct player *p, bool bare)
{
	talk(p);
	play_close(p);
	play_fin_acked(p);
	play_to(p, TF_TCP_FIN_WAIT2);
	(bare ? play_bare_answer : play_minisock_answer)(p, SEGMENT_ACK, 9);
	play_end(p, 0);
	play_destroy(p, 0, false);
}

void life_minisock_first(struct player *p)
{
	answered_first(p, false);
}

static void life_bare_first(struct player *p)
{
	answered_first(p, true);
}

static void life_disconnect(struct player *p)
{
	talk(p);
	play_task(p, 0);
	play_end(p, 0);
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_softirq(p);
	play_wait(p, 300 * MS);
	play_destroy(p, 0, true);
}

static void life_admin(struct player *p)
{
	talk(p);
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_end(p, ECONNABORTED);
	play_destroy(p, 0, true);
}

static void life_memory(struct player *p)
{
	talk(p);
	play_write(p, 500, 0, 0);
	play_close(p);
	play_end(p, 0);
	play_rst_sent(p, TF_F_ACTIVE, REASON_MEMORY);
	play_destroy(p, 0, false);
}

static void life_memory_fin_wait2(struct player *p)
{
	talk(p);
	play_shutdown(p, 2);
	play_fin_acked(p);
	play_to(p, TF_TCP_FIN_WAIT2);
	play_close(p);
	play_end(p, 0);
	play_rst_sent(p, TF_F_ACTIVE, REASON_MEMORY);
	play_destroy(p, 0, false);
}

static void life_netns_gone(struct player *p)
{
	talk(p);
	play_write(p, 60, 0, 0);
	play_close(p);
	p->c.st.flags |= TF_F_NETNS_DEAD;
	play_end(p, 0);
	play_destroy(p, 0, false);
}

static void life_keepalive(struct player *p)
{
	talk(p);
	p->c.st.flags |= TF_F_KEEPOPEN;
	p->c.probes_out = 9;
	p->c.unanswered_ms = 675000;
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_end(p, ETIMEDOUT);
	play_destroy(p, 0, true);
}

void life_retransmit(struct player *p)
{
	talk(p);
	play_write(p, 1000, 0, 400);
	p->c.retransmits = 15;
	p->c.total_retrans = 17;
	p->c.unanswered_ms = 924600;
	play_end(p, ETIMEDOUT);
	play_destroy(p, 0, true);
}

static void life_user_timeout(struct player *p)
{
	talk(p);
	play_write(p, 1000, 0, 0);
	p->c.retransmits = 4;
	p->c.total_retrans = 4;
	p->c.user_timeout_ms = 5000;
	p->c.unanswered_ms = 5004;
	play_end(p, ETIMEDOUT);
	play_destroy(p, 0, true);
}

static void life_zero_window(struct player *p)
{
	talk(p);
	play_write(p, 700, 0, 700);
	p->c.snd_wnd = 0;
	p->c.probes_out = 15;
	play_end(p, ETIMEDOUT);
	play_destroy(p, 0, true);
}

static void life_fin_unacknowledged(struct player *p)
{
	talk(p);
	play_write(p, 40, 0, 0);
	play_close(p);
	p->c.retransmits = 8;
	p->c.total_retrans = 8;
	play_end(p, ETIMEDOUT);
	play_destroy(p, ETIMEDOUT, false);
}

/* After shutdown(SHUT_WR): an application is there to get the error. */
static void life_fin_unacknowledged_owned(struct player *p)
{
	talk(p);
	play_shutdown(p, 2);
	p->c.retransmits = 15;
	p->c.total_retrans = 15;
	play_end(p, ETIMEDOUT);
	play_destroy(p, 0, true);
}

/* --- forms of these ends that have words of their own (variants.def) ---*/

/* Bound to a port that has a connection to that destination already. */
static void life_port_taken(struct player *p)
{
	play_connect(p);
	p->c.snd_nxt = p->c.snd_una = p->c.write_seq;
	play_task(p, 0);
	play_end(p, 0);
	play_softirq(p);
	play_destroy(p, 0, true);
}

/* Fast Open leaves the SYN to the first write(), which does not come. */
static void life_never_written(struct player *p)
{
	play_connect(p);
	p->c.snd_nxt = p->c.snd_una = 0;
	p->c.st.shutdown = 3;
	play_task(p, TF_F_FILE_GONE);
	play_end(p, 0);
	play_destroy(p, 0, true);
}

/* The process ends; @signal 0: by exit(). */
static void die(struct player *p, uint8_t signal)
{
	p->c.st.shutdown = 3;
	play_task(p, TF_F_EXITING | TF_F_FILE_GONE);
	p->c.st.exit_signal = signal;
}

static void life_given_up_by_death(struct player *p)
{
	play_connect(p);
	p->c.retransmits = 2;
	p->c.total_retrans = 2;
	die(p, 15);
	play_end(p, 0);
	play_destroy(p, 0, true);
}

/* A full accept queue forgot the request; the first write is answered with an RST. */
static void life_reset_unheard(struct player *p)
{
	play_open(p);
	play_write(p, 18, 0, 0);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, 0, true);
}

/* The peer's RST in place of its last ACK. */
static void life_reset_for_last_ack(struct player *p)
{
	talk(p);
	play_peer_fin(p, true);
	play_to(p, TF_TCP_CLOSE_WAIT);
	play_close(p);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, ECONNRESET, false);
}

/* The peer's window is full: our FIN waits behind data, and an RST comes. */
static void life_reset_before_fin(struct player *p)
{
	talk(p);
	play_write(p, 70, 0, 40);
	p->c.snd_wnd = 0;
	p->c.probes_out = 1; /* which the RST answers */
	play_close(p);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, ECONNRESET, false);
}

/* The same after the peer's FIN: it came first, though ours was queued before. */
static void life_reset_closing(struct player *p)
{
	talk(p);
	play_write(p, 70, 0, 40);
	play_close(p);
	play_peer_fin(p, false);
	play_to(p, TF_TCP_CLOSING);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, ECONNRESET, false);
}

static void unread_at_death(struct player *p, uint8_t signal)
{
	talk(p);
	play_receive(p, 300, 0);
	die(p, signal);
	play_end(p, 0);
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_destroy(p, ECONNRESET, true);
}

static void life_unread_killed(struct player *p)
{
	unread_at_death(p, 9);
}

static void life_unread_exited(struct player *p)
{
	unread_at_death(p, 0);
}

static void life_late_data_exited(struct player *p)
{
	talk(p);
	play_task(p, TF_F_EXITING);
	play_close(p);
	play_fin_acked(p);
	play_to(p, TF_TCP_FIN_WAIT2);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, ECONNRESET, false);
	play_rst_sent(p, 0, REASON_OTHER);
}

static void life_netns_gone_open(struct player *p)
{
	talk(p);
	p->c.st.flags |= TF_F_NETNS_DEAD;
	play_end(p, 0);
	play_destroy(p, 0, false);
}

/* No route any more: what this host could not send is tried by the timer of window probes. */
static void life_unsendable(struct player *p)
{
	talk(p);
	play_write(p, 60, 0, 60);
	p->c.probes_out = 15;
	p->c.err_soft = EHOSTUNREACH;
	play_end(p, EHOSTUNREACH);
	play_destroy(p, 0, true);
}

static void life_user_timeout_window(struct player *p)
{
	talk(p);
	play_write(p, 700, 0, 700);
	p->c.snd_wnd = 0;
	p->c.probes_out = 3;
	p->c.user_timeout_ms = 5000;
	p->c.unanswered_ms = 5004;
	play_end(p, ETIMEDOUT);
	play_destroy(p, 0, true);
}

/* MPTCP's worker resets a subflow whose peer does not close in turn. */
static void life_mptcp_not_closed(struct player *p)
{
	talk(p);
	p->c.st.flags |= TF_F_MPTCP | TF_F_DEAD;
	p->c.st.flags &= ~(uint32_t)TF_F_HAS_SOCKET;
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_end(p, 0);
	play_destroy(p, 0, false);
}

/* The FIN alone is missing its acknowledgement. */
static void life_fin_alone(struct player *p)
{
	talk(p);
	play_close(p);
	p->c.retransmits = 8;
	p->c.total_retrans = 8;
	play_end(p, ETIMEDOUT);
	play_destroy(p, ETIMEDOUT, false);
}

/* A killed process's data, and the FIN behind it, with no more than a window that opens again. */
static void life_fin_unsent(struct player *p)
{
	talk(p);
	play_write(p, 90, 0, 50);
	play_task(p, TF_F_EXITING);
	p->c.st.exit_signal = 9;
	play_close(p);
	p->c.retransmits = 8;
	p->c.total_retrans = 8;
	play_end(p, ETIMEDOUT);
	play_destroy(p, ETIMEDOUT, false);
}

/* --- their records -------------------------------------------------------------------------*/

#define NO WANT_NO
#define YES WANT_YES
#define UNSURE WANT_UNKNOWN

#define CLIENT SCRIPT_CLIENT
#define SERVER SCRIPT_SERVER
#define BOTH_ROLES (SCRIPT_CLIENT | SCRIPT_SERVER)

/* The usual exchange of talk(), and no reset. */
#define TALKED                                                                                     \
	.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,          \
	.rst_reason = UINT64_MAX
#define NEVER_OPEN .established = NO, .rst_reason = UINT64_MAX, .eof_read = UNSURE
#define LOCAL .closed_first = TF_SIDE_LOCAL
#define REMOTE .closed_first = TF_SIDE_REMOTE
#define NO_ERRNO .err_delivered = UNSURE
#define TOLD(errno_) .err = errno_, .err_delivered = YES
#define RST_OUT .rst_sent = YES, .rst_reason = REASON_OTHER
#define RST_IN .rst_received = YES
#define NOT_HELD .dead_held_us = UINT64_MAX

/* clang-format off */
const struct script scripts[] = {
	{"local_first", life_local_first, BOTH_ROLES, {.fate = TF_FATE_CLOSED_BY_LOCAL, TALKED,
		LOCAL,
		.how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = UNSURE, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"local_half_closed", life_local_half_closed, BOTH_ROLES, {.fate = TF_FATE_CLOSED_BY_LOCAL,
		TALKED, LOCAL, .how = TF_HOW_SHUTDOWN, .fin_sent = YES, .fin_received = YES,
		NO_ERRNO, .end_state = TF_TCP_FIN_WAIT2, .eof_read = NO, NOT_HELD}},
	{"remote_first", life_remote_first, BOTH_ROLES, {.fate = TF_FATE_CLOSED_BY_REMOTE, TALKED,
		REMOTE, .how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = YES, NO_ERRNO,
		.end_state = TF_TCP_LAST_ACK, .eof_read = YES, NOT_HELD}},
	{"remote_first_killed", life_remote_first_killed, BOTH_ROLES,
		{.fate = TF_FATE_CLOSED_BY_REMOTE,
		TALKED, REMOTE, .how = TF_HOW_SIGNAL, .how_signal = 9, .fin_sent = YES,
		.fin_received = YES, NO_ERRNO, .end_state = TF_TCP_LAST_ACK, .eof_read = YES,
		NOT_HELD}},
	{"both_at_once", life_both_at_once, BOTH_ROLES, {.fate = TF_FATE_CLOSED_SIMULTANEOUSLY,
		TALKED,
		.closed_first = TF_SIDE_BOTH, .how = TF_HOW_CLOSE, .fin_sent = YES,
		.fin_received = YES, NO_ERRNO, .end_state = TF_TCP_CLOSING, .eof_read = NO,
		NOT_HELD}},
	{"cleared_old", life_cleared_old, CLIENT, {.fate = TF_FATE_CLOSED_BY_REMOTE,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		REMOTE, .how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = YES, RST_OUT,
		NO_ERRNO, .end_state = TF_TCP_LAST_ACK, .retransmits = 1, .eof_read = YES,
		NOT_HELD}},
	{"refused", life_refused, CLIENT, {.fate = TF_FATE_CONNECT_REFUSED, NEVER_OPEN, RST_IN,
		TOLD(ECONNREFUSED), .end_state = TF_TCP_SYN_SENT, .dead_held_us = 1000}},
	{"syn_timeout", life_syn_timeout, CLIENT, {.fate = TF_FATE_CONNECT_TIMEOUT, NEVER_OPEN,
		TOLD(ETIMEDOUT), .end_state = TF_TCP_SYN_SENT, .retransmits = 6,
		.dead_held_us = 1000}},
	{"unreachable", life_unreachable, CLIENT, {.fate = TF_FATE_CONNECT_UNREACHABLE, NEVER_OPEN,
		TOLD(EHOSTUNREACH), .end_state = TF_TCP_SYN_SENT, .dead_held_us = 1000}},
	{"port_unreachable", life_port_unreachable, CLIENT, {.fate = TF_FATE_CONNECT_UNREACHABLE,
		NEVER_OPEN, TOLD(ECONNREFUSED), .end_state = TF_TCP_SYN_SENT,
		.dead_held_us = 1000}},
	{"no_local_port", life_no_local_port, CLIENT, {.fate = TF_FATE_CONNECT_FAILED_LOCAL,
		NEVER_OPEN,
		TOLD(EADDRNOTAVAIL), .end_state = TF_TCP_SYN_SENT,
		NOT_HELD}},
	{"given_up", life_given_up, CLIENT, {.fate = TF_FATE_CONNECT_ABANDONED, NEVER_OPEN, LOCAL,
		.how = TF_HOW_CLOSE, NO_ERRNO, .end_state = TF_TCP_SYN_SENT, NOT_HELD}},
	{"no_final_ack", life_no_final_ack, SERVER, {.fate = TF_FATE_HANDSHAKE_FAILED, NEVER_OPEN,
		.err = ETIMEDOUT, .err_delivered = NO, .end_state = TF_TCP_SYN_RECV,
		.retransmits = 5, NOT_HELD}},
	{"reset_in_syn_recv", life_reset_in_syn_recv, SERVER, {.fate = TF_FATE_HANDSHAKE_FAILED,
		NEVER_OPEN, REMOTE, RST_IN, .err = ECONNRESET, .err_delivered = NO,
		.end_state = TF_TCP_SYN_RECV, NOT_HELD}},
	{"reset_in_queue", life_reset_in_queue, SERVER, {.fate = TF_FATE_RESET_BEFORE_ACCEPT,
		.established = YES, .rst_reason = UINT64_MAX, REMOTE, RST_IN, TOLD(ECONNRESET),
		.bytes_received = 10, .bytes_unread = 10, .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, NOT_HELD}},
	{"reset_in_hung_queue", life_reset_in_hung_queue, SERVER,
		{.fate = TF_FATE_RESET_BEFORE_ACCEPT,
		.established = YES, .rst_reason = UINT64_MAX, REMOTE, RST_IN, .err = ECONNRESET,
		.err_delivered = UNSURE, .bytes_received = 10, .bytes_unread = 10,
		.end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, NOT_HELD}},
	{"listener_gone", life_listener_gone, SERVER, {.fate = TF_FATE_NEVER_ACCEPTED,
		.established = YES, LOCAL, RST_OUT, NO_ERRNO, .bytes_received = 10,
		.bytes_unread = 10, .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, NOT_HELD}},
	{"listener_gone_early", life_listener_gone_early, SERVER, {.fate = TF_FATE_NEVER_ACCEPTED,
		.established = NO, LOCAL, RST_OUT, NO_ERRNO, .end_state = TF_TCP_SYN_RECV,
		.eof_read = UNSURE, NOT_HELD}},
	{"reset_open", life_reset_open, BOTH_ROLES, {.fate = TF_FATE_RESET_BY_REMOTE, TALKED,
		REMOTE,
		RST_IN, TOLD(ECONNRESET), .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE,
		.dead_held_us = 21000}},
	{"reset_open_untold", life_reset_open_untold, BOTH_ROLES, {.fate = TF_FATE_RESET_BY_REMOTE,
		TALKED, REMOTE, RST_IN, .err = ECONNRESET, .err_delivered = NO,
		.end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, .dead_held_us = 1000}},
	{"reset_close_wait", life_reset_close_wait, BOTH_ROLES,
		{.fate = TF_FATE_RESET_AFTER_REMOTE_FIN,
		.established = YES, .bytes_sent = 150, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 50, .rst_reason = UINT64_MAX, REMOTE, .fin_received = YES, RST_IN,
		TOLD(EPIPE), .end_state = TF_TCP_CLOSE_WAIT, .eof_read = NO,
		.dead_held_us = 1000}},
	{"reset_last_ack", life_reset_last_ack, BOTH_ROLES, {.fate = TF_FATE_RESET_AFTER_REMOTE_FIN,
		.established = YES, .bytes_sent = 150, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 50, .rst_reason = UINT64_MAX, REMOTE, .how = TF_HOW_CLOSE,
		.fin_sent = YES, .fin_received = YES, RST_IN, NO_ERRNO,
		.end_state = TF_TCP_LAST_ACK, .eof_read = YES, NOT_HELD}},
	{"reset_fin_wait1", life_reset_fin_wait1, BOTH_ROLES,
		{.fate = TF_FATE_RESET_AFTER_LOCAL_FIN,
		TALKED, LOCAL, .how = TF_HOW_SHUTDOWN, .fin_sent = YES, RST_IN, TOLD(ECONNRESET),
		.end_state = TF_TCP_FIN_WAIT1, .eof_read = UNSURE, .dead_held_us = 1000}},
	{"reset_fin_wait2", life_reset_fin_wait2, BOTH_ROLES,
		{.fate = TF_FATE_RESET_AFTER_LOCAL_FIN,
		TALKED, LOCAL, .how = TF_HOW_SHUTDOWN, .fin_sent = YES, RST_IN, TOLD(ECONNRESET),
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, .dead_held_us = 1000}},
	{"unread", life_unread, BOTH_ROLES, {.fate = TF_FATE_ABORTED_UNREAD, .established = YES,
		.bytes_sent = 100, .bytes_acked = 100, .bytes_received = 500, .bytes_unread = 300,
		LOCAL, .how = TF_HOW_CLOSE, RST_OUT, NO_ERRNO, .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, NOT_HELD}},
	{"linger", life_linger, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LINGER, .established = YES,
		.bytes_sent = 600, .bytes_acked = 100, .bytes_received = 200, .bytes_unacked = 500,
		LOCAL, .how = TF_HOW_CLOSE, RST_OUT, NO_ERRNO, .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, NOT_HELD}},
	{"mptcp_unread", life_mptcp_unread, BOTH_ROLES, {.fate = TF_FATE_ABORTED_UNREAD,
		.established = YES,
		.bytes_sent = 100, .bytes_acked = 100, .bytes_received = 500, .bytes_unread = 300,
		LOCAL, .how = TF_HOW_CLOSE, RST_OUT, NO_ERRNO, .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, NOT_HELD}},
	{"mptcp_linger", life_mptcp_linger, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LINGER,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_CLOSE, RST_OUT, NO_ERRNO,
		.end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, NOT_HELD}},
	{"linger2", life_linger2, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LINGER, .established = YES,
		.bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200, LOCAL,
		.how = TF_HOW_CLOSE, .fin_sent = YES, RST_OUT, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"late_data", life_late_data, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LATE_DATA,
		.established = YES,
		.bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200, LOCAL,
		.how = TF_HOW_CLOSE, .fin_sent = YES, RST_OUT, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"late_data_owned", life_late_data_owned, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LATE_DATA,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_SHUTDOWN, .fin_sent = YES, RST_OUT, .err = ECONNRESET,
		.err_delivered = NO, .end_state = TF_TCP_FIN_WAIT1, .eof_read = UNSURE,
		.dead_held_us = 2000}},
	{"late_data_with_the_ack", life_late_data_with_the_ack, BOTH_ROLES,
		{.fate = TF_FATE_ABORTED_LATE_DATA, TALKED, LOCAL, .how = TF_HOW_CLOSE,
		.fin_sent = YES, NO_ERRNO, .end_state = TF_TCP_FIN_WAIT1, .eof_read = UNSURE,
		NOT_HELD}},
	{"late_data_after_the_ack", life_late_data_after_the_ack, BOTH_ROLES,
		{.fate = TF_FATE_ABORTED_LATE_DATA, .established = YES, .bytes_sent = 100,
		.bytes_acked = 100, .bytes_received = 200, LOCAL, .how = TF_HOW_CLOSE,
		.fin_sent = YES, .fin_received = NO, RST_OUT, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"late_data_minisock", life_late_data_minisock, BOTH_ROLES,
		{.fate = TF_FATE_ABORTED_LATE_DATA,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = UNSURE, RST_OUT,
		NO_ERRNO, .end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"late_data_bare", life_late_data_bare, BOTH_ROLES,
		{.fate = TF_FATE_ABORTED_LATE_DATA,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = UNSURE, RST_OUT,
		NO_ERRNO, .end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"fin_bare", life_fin_bare, BOTH_ROLES,
		{.fate = TF_FATE_CLOSED_BY_LOCAL,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = YES, RST_OUT,
		NO_ERRNO, .end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"minisock_first", life_minisock_first, BOTH_ROLES,
		{.fate = TF_FATE_ABORTED_LATE_DATA,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = UNSURE, RST_OUT,
		NO_ERRNO, .end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"bare_first", life_bare_first, BOTH_ROLES,
		{.fate = TF_FATE_ABORTED_LATE_DATA,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_CLOSE, .fin_sent = YES, .fin_received = UNSURE, RST_OUT,
		NO_ERRNO, .end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"disconnect", life_disconnect, BOTH_ROLES, {.fate = TF_FATE_ABORTED_DISCONNECT,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, RST_OUT, NO_ERRNO, .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE,
		NOT_HELD}},
	{"admin", life_admin, BOTH_ROLES, {.fate = TF_FATE_ABORTED_BY_ADMIN, .established = YES,
		.bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200, LOCAL, RST_OUT,
		TOLD(ECONNABORTED), .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE,
		.dead_held_us = 1000}},
	{"memory", life_memory, BOTH_ROLES, {.fate = TF_FATE_ABORTED_MEMORY, .established = YES,
		.bytes_sent = 600, .bytes_acked = 100, .bytes_received = 200, .bytes_unacked = 500,
		LOCAL, .how = TF_HOW_CLOSE, .fin_sent = YES, .rst_sent = YES,
		.rst_reason = REASON_MEMORY, NO_ERRNO, .end_state = TF_TCP_FIN_WAIT1,
		.eof_read = UNSURE, NOT_HELD}},
	{"memory_fin_wait2", life_memory_fin_wait2, BOTH_ROLES, {.fate = TF_FATE_ABORTED_MEMORY,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_SHUTDOWN, .fin_sent = YES, .fin_received = UNSURE,
		.rst_sent = YES, .rst_reason = REASON_MEMORY, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"netns_gone", life_netns_gone, BOTH_ROLES, {.fate = TF_FATE_NETNS_GONE, .established = YES,
		.bytes_sent = 160, .bytes_acked = 100, .bytes_received = 200, .bytes_unacked = 60,
		.rst_reason = UINT64_MAX, LOCAL, .how = TF_HOW_CLOSE, .fin_sent = YES, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT1, .eof_read = UNSURE, NOT_HELD}},
	{"keepalive", life_keepalive, BOTH_ROLES, {.fate = TF_FATE_KEEPALIVE_TIMEOUT,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		RST_OUT, TOLD(ETIMEDOUT), .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE,
		.dead_held_us = 1000}},
	{"retransmit", life_retransmit, BOTH_ROLES, {.fate = TF_FATE_RETRANSMIT_TIMEOUT,
		.established = YES, .bytes_sent = 700, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 600, .bytes_unsent = 400, .rst_reason = UINT64_MAX,
		TOLD(ETIMEDOUT), .end_state = TF_TCP_ESTABLISHED, .retransmits = 17,
		.eof_read = UNSURE,
		.dead_held_us = 1000}},
	{"user_timeout", life_user_timeout, BOTH_ROLES, {.fate = TF_FATE_USER_TIMEOUT,
		.established = YES, .bytes_sent = 1100, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 1000, .rst_reason = UINT64_MAX, TOLD(ETIMEDOUT),
		.end_state = TF_TCP_ESTABLISHED, .retransmits = 4, .eof_read = UNSURE,
		.dead_held_us = 1000}},
	{"zero_window", life_zero_window, BOTH_ROLES, {.fate = TF_FATE_ZERO_WINDOW_TIMEOUT, TALKED,
		.bytes_unsent = 700, TOLD(ETIMEDOUT), .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, .dead_held_us = 1000}},
	{"fin_unacknowledged", life_fin_unacknowledged, BOTH_ROLES, {.fate = TF_FATE_CLOSE_TIMEOUT,
		.established = YES, .bytes_sent = 140, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 40, .rst_reason = UINT64_MAX, LOCAL, .how = TF_HOW_CLOSE,
		.fin_sent = YES, NO_ERRNO, .end_state = TF_TCP_FIN_WAIT1, .retransmits = 8,
		.eof_read = UNSURE, NOT_HELD}},
	{"fin_unacknowledged_owned", life_fin_unacknowledged_owned, BOTH_ROLES,
		{.fate = TF_FATE_CLOSE_TIMEOUT, TALKED, LOCAL, .how = TF_HOW_SHUTDOWN,
		.fin_sent = YES, TOLD(ETIMEDOUT), .end_state = TF_TCP_FIN_WAIT1, .retransmits = 15,
		.eof_read = UNSURE, .dead_held_us = 1000}},
	{"port_taken", life_port_taken, CLIENT, {.fate = TF_FATE_CONNECT_FAILED_LOCAL, NEVER_OPEN,
		TOLD(EADDRNOTAVAIL), .end_state = TF_TCP_SYN_SENT, NOT_HELD}},
	{"never_written", life_never_written, CLIENT, {.fate = TF_FATE_CONNECT_ABANDONED,
		NEVER_OPEN, LOCAL, .how = TF_HOW_CLOSE, NO_ERRNO, .end_state = TF_TCP_SYN_SENT,
		NOT_HELD}},
	{"given_up_by_death", life_given_up_by_death, CLIENT, {.fate = TF_FATE_CONNECT_ABANDONED,
		NEVER_OPEN, LOCAL, .how = TF_HOW_SIGNAL, .how_signal = 15, NO_ERRNO,
		.end_state = TF_TCP_SYN_SENT, .retransmits = 2, NOT_HELD}},
	{"reset_unheard", life_reset_unheard, BOTH_ROLES, {.fate = TF_FATE_RESET_BY_REMOTE,
		.established = YES, .bytes_sent = 18, .bytes_unacked = 18, .rst_reason = UINT64_MAX,
		REMOTE, RST_IN, TOLD(ECONNRESET), .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, .dead_held_us = 1000}},
	{"reset_for_last_ack", life_reset_for_last_ack, BOTH_ROLES,
		{.fate = TF_FATE_RESET_AFTER_REMOTE_FIN, TALKED, REMOTE, .how = TF_HOW_CLOSE,
		.fin_sent = YES, .fin_received = YES, RST_IN, NO_ERRNO,
		.end_state = TF_TCP_LAST_ACK, .eof_read = YES, NOT_HELD}},
	{"reset_before_fin", life_reset_before_fin, BOTH_ROLES,
		{.fate = TF_FATE_RESET_AFTER_LOCAL_FIN, .established = YES, .bytes_sent = 130,
		.bytes_acked = 100, .bytes_received = 200, .bytes_unacked = 30, .bytes_unsent = 40,
		.rst_reason = UINT64_MAX, REMOTE, .how = TF_HOW_CLOSE, .fin_sent = NO, RST_IN,
		NO_ERRNO, .end_state = TF_TCP_FIN_WAIT1, .eof_read = UNSURE, NOT_HELD}},
	{"reset_closing", life_reset_closing, BOTH_ROLES, {.fate = TF_FATE_RESET_AFTER_LOCAL_FIN,
		.established = YES, .bytes_sent = 130, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 30, .bytes_unsent = 40, .rst_reason = UINT64_MAX, REMOTE,
		.how = TF_HOW_CLOSE, .fin_sent = NO, .fin_received = YES, RST_IN, NO_ERRNO,
		.end_state = TF_TCP_CLOSING, .eof_read = NO, NOT_HELD}},
	{"unread_killed", life_unread_killed, BOTH_ROLES, {.fate = TF_FATE_ABORTED_UNREAD,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 500,
		.bytes_unread = 300, LOCAL, .how = TF_HOW_SIGNAL, .how_signal = 9, RST_OUT,
		NO_ERRNO, .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, NOT_HELD}},
	{"unread_exited", life_unread_exited, BOTH_ROLES, {.fate = TF_FATE_ABORTED_UNREAD,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 500,
		.bytes_unread = 300, LOCAL, .how = TF_HOW_EXIT, RST_OUT,
		NO_ERRNO, .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, NOT_HELD}},
	{"late_data_exited", life_late_data_exited, BOTH_ROLES, {.fate = TF_FATE_ABORTED_LATE_DATA,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		LOCAL, .how = TF_HOW_EXIT, .fin_sent = YES, RST_OUT, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT2, .eof_read = UNSURE, NOT_HELD}},
	{"netns_gone_open", life_netns_gone_open, BOTH_ROLES, {.fate = TF_FATE_NETNS_GONE, TALKED,
		LOCAL, NO_ERRNO, .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE,
		.dead_held_us = 1000}},
	{"unsendable", life_unsendable, BOTH_ROLES, {.fate = TF_FATE_RETRANSMIT_TIMEOUT, TALKED,
		.bytes_unsent = 60, TOLD(EHOSTUNREACH), .end_state = TF_TCP_ESTABLISHED,
		.eof_read = UNSURE, .dead_held_us = 1000}},
	{"user_timeout_window", life_user_timeout_window, BOTH_ROLES,
		{.fate = TF_FATE_USER_TIMEOUT, TALKED, .bytes_unsent = 700, TOLD(ETIMEDOUT),
		.end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, .dead_held_us = 1000}},
	{"mptcp_not_closed", life_mptcp_not_closed, BOTH_ROLES, {.fate = TF_FATE_CLOSE_TIMEOUT,
		.established = YES, .bytes_sent = 100, .bytes_acked = 100, .bytes_received = 200,
		RST_OUT, NO_ERRNO, .end_state = TF_TCP_ESTABLISHED, .eof_read = UNSURE, NOT_HELD}},
	{"fin_alone", life_fin_alone, BOTH_ROLES, {.fate = TF_FATE_CLOSE_TIMEOUT, TALKED, LOCAL,
		.how = TF_HOW_CLOSE, .fin_sent = YES, NO_ERRNO, .end_state = TF_TCP_FIN_WAIT1,
		.retransmits = 8, .eof_read = UNSURE, NOT_HELD}},
	{"fin_unsent", life_fin_unsent, BOTH_ROLES, {.fate = TF_FATE_CLOSE_TIMEOUT,
		.established = YES, .bytes_sent = 140, .bytes_acked = 100, .bytes_received = 200,
		.bytes_unacked = 40, .bytes_unsent = 50, .rst_reason = UINT64_MAX,
		.how = TF_HOW_SIGNAL, .how_signal = 9, .fin_sent = NO, NO_ERRNO,
		.end_state = TF_TCP_FIN_WAIT1, .retransmits = 8, .eof_read = UNSURE, NOT_HELD}},
};
/* clang-format on */

const size_t n_scripts = sizeof(scripts) / sizeof(scripts[0]);
