/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * lives.h - the lives that scripts.c lists: each is played on a socket in CLOSE, up to its
 * tcp_destroy_sock and what may come after
 */
#ifndef TCPFATE_TESTS_LIVES_H
#define TCPFATE_TESTS_LIVES_H

#include "player.h"

void life_local_first(struct player *p);
void life_local_half_closed(struct player *p);
void life_remote_first(struct player *p);
void life_remote_first_killed(struct player *p);
void life_both_at_once(struct player *p);
void life_refused(struct player *p);
void life_syn_timeout(struct player *p);
void life_unreachable(struct player *p);
void life_port_unreachable(struct player *p);
void life_no_local_port(struct player *p);
void life_given_up(struct player *p);
void life_no_final_ack(struct player *p);
void life_reset_in_syn_recv(struct player *p);
void life_twin(struct player *p);
void life_reset_in_queue(struct player *p);
void life_listener_gone(struct player *p);
void life_listener_gone_early(struct player *p);
void life_reset_open(struct player *p);
void life_reset_open_untold(struct player *p);
void life_reset_close_wait(struct player *p);
void life_reset_last_ack(struct player *p);
void life_reset_fin_wait1(struct player *p);
void life_reset_fin_wait2(struct player *p);
void life_unread(struct player *p);
void life_linger(struct player *p);
void life_linger2(struct player *p);
void life_late_data(struct player *p);
void life_late_data_owned(struct player *p);
void life_late_data_with_the_ack(struct player *p);
void life_late_data_after_the_ack(struct player *p);
void life_late_data_minisock(struct player *p);
void life_disconnect(struct player *p);
void life_admin(struct player *p);
void life_memory(struct player *p);
void life_memory_fin_wait2(struct player *p);
void life_netns_gone(struct player *p);
void life_keepalive(struct player *p);
void life_retransmit(struct player *p);
void life_user_timeout(struct player *p);
void life_zero_window(struct player *p);
void life_fin_unacknowledged(struct player *p);

#endif
