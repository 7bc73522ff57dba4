// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * aborts.c - endings by RST: see witness.h
 */
#include <netinet/tcp.h>
#include <poll.h>

#include "witness.h"

/* What the other side of an abort does until it knows. */
static void hears(struct job *j)
{
	switch (dice_own(j, 3)) {
	case 0:
		call_poll(j, &j->sock, POLLIN, 5000);
		break;
	case 1:
		call_poll(j, &j->sock, POLLIN, 5000);
		call_error(j, &j->sock, false);
		break;
	default:
		reads_end(j);
		break;
	}
	if (dice_own(j, 4) == 0)
		call_send(j, &j->sock, 1, 0);
	closes(j);
}

ENDING(linger_zero)
{
	opens(j);
	talks(j);
	if (is_chosen(j))
		closes_hard(j);
	else
		hears(j);
}

ENDING(linger_after_eof)
{
	opens(j);
	talks(j);
	if (is_chosen(j)) {
		reads_end(j);
		closes_hard(j);
	} else {
		call_shutdown(j, &j->sock, SHUT_WR);
		hears(j);
	}
}

ENDING(linger_after_shutdown)
{
	bool chosen;

	opens(j);
	talks(j);
	chosen = is_chosen(j);
	if (chosen)
		call_shutdown(j, &j->sock, SHUT_WR);
	else
		reads_end(j);
	meet(j);
	if (chosen)
		closes_hard(j);
	else
		hears(j);
}

ENDING(crossing_lingers)
{
	opens(j);
	talks(j);
	call_linger(j, &j->sock);
	meet(j);
	closes(j);
}

ENDING(unread)
{
	int size = sizes(j);

	opens(j);
	talks(j);
	if (is_chosen(j)) {
		awaits(j, size < 5000 ? size : 1);
		if (dice_own(j, 4) == 0)
			call_linger(j, &j->sock);
		closes(j);
	} else {
		sends(j, (size_t)size);
		hears(j);
	}
}

ENDING(unread_after_eof)
{
	bool chosen;

	opens(j);
	talks(j);
	chosen = is_chosen(j);
	if (!chosen) {
		sends(j, 100);
		if (dice_own(j, 2))
			call_shutdown(j, &j->sock, SHUT_WR);
		else
			closes(j);
	}
	meet(j);
	if (chosen) {
		awaits(j, 100);
		pause_us(dice_own(j, 1000));
		closes(j);
	} else if (j->sock.fd >= 0) {
		hears(j);
	}
}

ENDING(unread_in_child)
{
	opens(j);
	talks(j);
	if (is_chosen(j)) {
		awaits(j, 100);
		hand_over(j, &j->sock, (enum let_go)dice_own(j, 3));
	} else {
		sends(j, 100);
		hears(j);
	}
}

ENDING(unspec)
{
	opens(j);
	talks(j);
	if (is_chosen(j)) {
		call_unspec(j, &j->sock);
		if (dice_own(j, 2))
			call_error(j, &j->sock, false);
		closes(j);
	} else {
		hears(j);
	}
}

ENDING(unspec_after_shutdown)
{
	bool chosen;

	opens(j);
	talks(j);
	chosen = is_chosen(j);
	if (chosen)
		call_shutdown(j, &j->sock, SHUT_WR);
	meet(j);
	if (chosen) {
		call_unspec(j, &j->sock);
		closes(j);
	} else {
		if (dice_own(j, 2))
			reads_end(j);
		hears(j);
	}
}

ENDING(linger2_negative)
{
	bool waits = dice_both(j, 2);

	opens(j);
	talks(j);
	if (is_chosen(j)) {
		call_linger2(j, &j->sock);
		if (waits)
			call_shutdown(j, &j->sock, SHUT_WR);
		meet(j);
		closes(j);
	} else {
		meet(j);
		pause_us(dice_own(j, 500));
		hears(j);
	}
}

ENDING(destroyed)
{
	opens(j);
	talks(j);
	if (is_chosen(j)) {
		call_destroy(j, &j->sock);
		if (dice_own(j, 2))
			reads_end(j);
		closes(j);
	} else {
		hears(j);
	}
}

/* A reset comes while the error is asked for on the other CPU. */
ENDING(errors_asked)
{
	struct asker *asker;

	opens(j);
	talks(j);
	if (is_chosen(j)) {
		call_linger(j, &j->sock);
		meet(j);
		closes(j);
	} else {
		asker = ask_errors(j, &j->sock);
		meet(j);
		call_poll(j, &j->sock, POLLIN, 5000);
		ask_no_more(asker);
		closes(j);
	}
}

ENDING(errors_asked_half_closed)
{
	struct asker *asker;

	opens(j);
	talks(j);
	if (is_chosen(j)) {
		reads_end(j);
		call_linger(j, &j->sock);
		meet(j);
		closes(j);
	} else {
		call_shutdown(j, &j->sock, SHUT_WR);
		asker = ask_errors(j, &j->sock);
		meet(j);
		call_poll(j, &j->sock, POLLIN, 5000);
		ask_no_more(asker);
		closes(j);
	}
}

/* ... while much waits to be sent, which the kernel drops before it closes. */
ENDING(long_queue_reset)
{
	struct asker *asker;

	opens(j);
	talks(j);
	if (is_chosen(j)) {
		call_linger(j, &j->sock);
		meet(j);
		closes(j);
	} else {
		while (call_send(j, &j->sock, 1 << 17, MSG_DONTWAIT) > 0)
			;
		asker = ask_errors(j, &j->sock);
		meet(j);
		call_poll(j, &j->sock, POLLRDHUP, 5000);
		ask_no_more(asker);
		closes(j);
	}
}

/* One connection over MPTCP, or an MPTCP client of a plain listener. */
ENDING(mptcp)
{
	uint32_t how = dice_both(j, 4);

	j->mptcp = j->side == CLIENT || dice_both(j, 2) == 0;
	if (j->side == CLIENT)
		dice_both(j, 2);
	if (j->family == MAPPED)
		j->family = IPV4;
	listens_extra(j);
	opens(j);
	talks(j);
	if (is_chosen(j)) {
		if (how == 1)
			awaits(j, 1);
		if (how == 2)
			call_linger(j, &j->sock);
		if (how == 3)
			call_shutdown(j, &j->sock, SHUT_WR);
		closes(j);
	} else {
		if (how == 1)
			sends(j, 100);
		reads_end(j);
		closes(j);
	}
}
