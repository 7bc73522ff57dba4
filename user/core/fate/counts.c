// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * counts.c - see counts.h
 */
#include "core/fate/counts.h"

#include "core/sequence.h"
#include "core/states.h"

bool tf_counts_no_syn(const struct tf_ev_close *event)
{
	return event->st.old_state == TF_TCP_SYN_SENT &&
	       !tf_sequence_syn_sent(event->snd_nxt - event->snd_una,
				     event->write_seq - event->snd_nxt,
				     event->st.flags & TF_F_FASTOPEN);
}

/* In SYN_SENT nothing has come and nothing was acknowledged; whatever else the socket says is left
 * from its former connection. Only data that waits with the SYN, or behind it, is its own. */
static void read_syn_sent(const struct tf_ev_close *event, struct tf_end *end)
{
	uint32_t in_flight = event->snd_nxt - event->snd_una;

	end->fin_sent = TF_NO;
	end->min_rtt_us = TF_UNKNOWN_U32;
	end->srtt_us = TF_UNKNOWN_U32;
	if (tf_counts_no_syn(event)) {
		end->retransmits = 0;
		return;
	}
	end->bytes_unacked = tf_sequence_less_control(in_flight, true);
	end->bytes_unsent = tf_sequence_less_control(event->write_seq - event->snd_nxt, !in_flight);
}

/* The MPTCP connection handles a subflow's FIN: whether the application has read an EOF is known
 * only where data is in the way. */
static enum tf_tri eof_read(const struct tf_ev_close *event, uint32_t bytes_unread)
{
	if (!(event->st.flags & TF_F_DONE))
		return TF_UNKNOWN;
	if (event->st.flags & TF_F_MPTCP)
		return bytes_unread ? TF_NO : TF_UNKNOWN;
	return event->rcv_nxt == event->copied_seq ? TF_YES : TF_NO;
}

/* tcpi_bytes_acked counts a client's SYN, never a server's. */
static void read_connected(const struct tf_conn *conn, const struct tf_ev_close *event,
			   struct tf_end *end)
{
	uint8_t state = event->st.old_state;
	bool queued = tf_sequence_fin_queued(state);
	bool sent = queued && event->snd_nxt == event->write_seq;
	bool acked = queued && event->snd_una == event->write_seq;
	bool syn_out = state == TF_TCP_SYN_RECV && conn->role == TF_ROLE_CLIENT;
	bool done = event->st.flags & TF_F_DONE;
	uint64_t controls = (conn->role == TF_ROLE_CLIENT) + acked;

	end->bytes_acked = event->bytes_acked > controls ? event->bytes_acked - controls : 0;
	end->bytes_received = event->bytes_received - (done && event->bytes_received);
	end->bytes_unacked = tf_sequence_less_control(
		tf_sequence_between(event->snd_una, event->snd_nxt), (sent && !acked) || syn_out);
	end->bytes_unsent = tf_sequence_less_control(
		tf_sequence_between(event->snd_nxt, event->write_seq), queued && !sent);
	end->bytes_unread =
		tf_sequence_less_control(tf_sequence_between(event->copied_seq, event->rcv_nxt),
					 done && event->copied_seq != event->rcv_nxt) +
		event->master_unread;
	end->fin_sent = sent ? TF_YES : TF_NO;
	end->eof_read = eof_read(event, end->bytes_unread);
}

void tf_counts_read(const struct tf_conn *conn, const struct tf_ev_close *event, struct tf_end *end)
{
	if (event->st.old_state == TF_TCP_SYN_SENT)
		read_syn_sent(event, end);
	else
		read_connected(conn, event, end);
}
