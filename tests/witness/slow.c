// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * slow.c - endings by a timer: see witness.h
 *
 * The other side drops all that comes, by a filter on its socket, and goes with linger 0 when all
 * is over: its RST meets nobody.
 */
#include <netinet/tcp.h>
#include <poll.h>

#include "witness.h"

/* Its own end is deaf, and stays so until the other one has met. */
static void turns_deaf(struct job *j)
{
	awaits_acknowledged(j);
	call_filter(j, &j->sock);
	meet(j);
	meet(j);
	closes_hard(j);
}

/* This side's last call, which waits for the timer. */
static void waits_for_end(struct job *j)
{
	if (dice_own(j, 2))
		call_poll(j, &j->sock, POLLRDHUP, 20000);
	reads_end(j);
	meet(j);
	closes(j);
}

ENDING(connect_unanswered)
{
	int port = listens_extra(j);

	if (j->side == SERVER) {
		call_filter(j, &j->extra);
		meet(j);
		meet(j);
		return;
	}
	meet(j);
	MUST(j, !connects(j, port));
	closes(j);
	meet(j);
}

ENDING(keepalive_unanswered)
{
	opens(j);
	talks(j);
	if (!is_chosen(j)) {
		turns_deaf(j);
		return;
	}
	meet(j);
	call_keepalive(j, &j->sock);
	waits_for_end(j);
}

ENDING(data_unanswered)
{
	opens(j);
	talks(j);
	if (!is_chosen(j)) {
		turns_deaf(j);
		return;
	}
	meet(j);
	sends(j, 100);
	waits_for_end(j);
}

ENDING(user_timeout)
{
	struct asker *asker = NULL;

	opens(j);
	talks(j);
	if (!is_chosen(j)) {
		turns_deaf(j);
		return;
	}
	meet(j);
	call_user_timeout(j, &j->sock, 300);
	sends(j, 100);
	if (dice_own(j, 2)) {
		pause_us(100000);
		asker = ask_errors(j, &j->sock);
	}
	waits_for_end(j);
	if (asker)
		ask_no_more(asker);
}

ENDING(fin_unanswered)
{
	opens(j);
	talks(j);
	if (!is_chosen(j)) {
		turns_deaf(j);
		return;
	}
	meet(j);
	if (dice_own(j, 2))
		sends(j, 10);
	if (dice_own(j, 2)) {
		call_shutdown(j, &j->sock, SHUT_WR);
		waits_for_end(j);
		return;
	}
	closes(j);
	for (int i = 0; i < 5; i++)
		pause_us(900000);
	meet(j);
}

ENDING(last_fin_unanswered)
{
	opens(j);
	talks(j);
	if (!is_chosen(j)) {
		call_shutdown(j, &j->sock, SHUT_WR);
		pause_us(50000); /* for the acknowledgement */
		turns_deaf(j);
		return;
	}
	reads_end(j);
	meet(j);
	closes(j);
	for (int i = 0; i < 5; i++)
		pause_us(900000);
	meet(j);
}

ENDING(window_closed)
{
	opens(j);
	if (!is_chosen(j)) {
		meet(j);
		turns_deaf(j);
		return;
	}
	while (call_send(j, &j->sock, 1 << 17, MSG_DONTWAIT) > 0 ||
	       call_poll(j, &j->sock, POLLOUT, 50) > 0)
		;
	meet(j);
	meet(j);
	waits_for_end(j);
}
