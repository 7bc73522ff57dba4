// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * lives.c - one connection of each kind of end, as the kernel's hooks tell it
 */
#include "lives.h"

#include <errno.h>

#include "scripts.h"

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

void life_remote_first_killed(struct player *p)
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

void life_both_at_once(struct player *p)
{
	talk(p);
	play_close(p);
	play_peer_fin(p, false);
	play_to(p, TF_TCP_CLOSING);
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

void life_unreachable(struct player *p)
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

void life_no_local_port(struct player *p)
{
	play_connect(p);
	p->c.snd_nxt = p->c.snd_una = p->c.write_seq;
	p->c.st.tuple.lport = 0;
	play_task(p, 0);
	play_end(p, 0);
	play_softirq(p);
	play_destroy(p, 0, true);
}

void life_given_up(struct player *p)
{
	play_connect(p);
	p->c.st.shutdown = 3;
	play_task(p, TF_F_FILE_GONE);
	play_end(p, 0);
	play_destroy(p, 0, true);
}

void life_no_final_ack(struct player *p)
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
void life_reset_in_syn_recv(struct player *p)
{
	play_open_unaccepted(p);
	p->tape->n--;
	p->c.st.new_state = TF_TCP_SYN_RECV;
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, ECONNRESET, false);
}

/* Two segments ended the handshake at once: the child that came second finds the other's in the table. */
void life_twin(struct player *p)
{
	play_open_unaccepted(p);
	p->tape->n--;
	p->c.st.new_state = TF_TCP_SYN_RECV;
	play_end(p, 0);
	play_destroy(p, 0, false);
}

void life_reset_in_queue(struct player *p)
{
	play_open_unaccepted(p);
	play_receive(p, 10, 0);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_wait(p, 300 * MS);
	play_destroy(p, 0, true);
}

void life_listener_gone(struct player *p)
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
void life_reset_open_untold(struct player *p)
{
	talk(p);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, ECONNRESET, true);
}

void life_reset_close_wait(struct player *p)
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

void life_reset_fin_wait1(struct player *p)
{
	talk(p);
	play_shutdown(p, 2);
	play_tcp_reset(p);
	play_end(p, ECONNRESET);
	play_destroy(p, 0, true);
}

void life_reset_fin_wait2(struct player *p)
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

void life_unread(struct player *p)
{
	talk(p);
	play_receive(p, 300, 0);
	p->c.st.flags |= TF_F_LINGER0;
	abort_by_close(p);
}

void life_linger(struct player *p)
{
	talk(p);
	p->c.st.flags |= TF_F_LINGER0;
	play_write(p, 500, 0, 0);
	abort_by_close(p);
}

void life_linger2(struct player *p)
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

void life_late_data_with_the_ack(struct player *p)
{
	talk(p);
	play_close(p);
	play_fin_acked(p);
	play_end(p, 0);
	play_destroy(p, 0, false);
}

/* Data that acknowledges our FIN too: FIN_WAIT2, then the end, an error nobody sets, and the answer. */
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

void life_disconnect(struct player *p)
{
	talk(p);
	play_task(p, 0);
	play_end(p, 0);
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_softirq(p);
	play_wait(p, 300 * MS);
	play_destroy(p, 0, true);
}

void life_admin(struct player *p)
{
	talk(p);
	play_rst_sent(p, TF_F_ACTIVE, REASON_OTHER);
	play_end(p, ECONNABORTED);
	play_destroy(p, 0, true);
}

void life_memory(struct player *p)
{
	talk(p);
	play_write(p, 500, 0, 0);
	play_close(p);
	play_end(p, 0);
	play_rst_sent(p, TF_F_ACTIVE, REASON_MEMORY);
	play_destroy(p, 0, false);
}

void life_memory_fin_wait2(struct player *p)
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

void life_netns_gone(struct player *p)
{
	talk(p);
	play_write(p, 60, 0, 0);
	play_close(p);
	p->c.st.flags |= TF_F_NETNS_DEAD;
	play_end(p, 0);
	play_destroy(p, 0, false);
}

void life_keepalive(struct player *p)
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

void life_user_timeout(struct player *p)
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

void life_zero_window(struct player *p)
{
	talk(p);
	play_write(p, 700, 0, 700);
	p->c.snd_wnd = 0;
	p->c.probes_out = 15;
	play_end(p, ETIMEDOUT);
	play_destroy(p, 0, true);
}

void life_fin_unacknowledged(struct player *p)
{
	talk(p);
	play_write(p, 40, 0, 0);
	play_close(p);
	p->c.retransmits = 8;
	p->c.total_retrans = 8;
	play_end(p, ETIMEDOUT);
	play_destroy(p, ETIMEDOUT, false);
}
