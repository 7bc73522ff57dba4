// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * orderly.c - endings by FIN, and what can cross one: see witness.h
 */
#include <fcntl.h>
#include <netinet/tcp.h>

#include "witness.h"

ENDING(one_first)
{
	opens(j);
	talks(j);
	if (!is_chosen(j))
		reads_end(j);
	closes(j);
}

ENDING(half_closed)
{
	opens(j);
	talks(j);
	if (is_chosen(j)) {
		call_shutdown(j, &j->sock, SHUT_WR);
		reads_end(j);
	} else {
		reads_end(j);
		sends(j, (size_t)sizes(j));
	}
	closes(j);
}

ENDING(crossing_closes)
{
	opens(j);
	talks(j);
	meet(j);
	closes(j);
}

ENDING(crossing_shutdowns)
{
	opens(j);
	talks(j);
	meet(j);
	call_shutdown(j, &j->sock, SHUT_WR);
	reads_end(j);
	closes(j);
}

ENDING(shutdown_both)
{
	opens(j);
	talks(j);
	if (is_chosen(j))
		call_shutdown(j, &j->sock, SHUT_RDWR);
	else
		reads_end(j);
	if (dice_own(j, 2))
		pause_us(dice_own(j, 2000));
	closes(j);
}

ENDING(child_lets_go)
{
	opens(j);
	talks(j);
	if (is_chosen(j)) {
		hand_over(j, &j->sock, (enum let_go)dice_own(j, 3));
	} else {
		reads_end(j);
		closes(j);
	}
}

/* The peer writes to what we have closed: to the socket, or (its acknowledgement of our FIN is
 * delayed by 40 ms) to a minisock. */
ENDING(late_data)
{
	bool chosen, waits = dice_both(j, 2);

	opens(j);
	talks(j);
	chosen = is_chosen(j);
	if (chosen)
		closes(j);
	meet(j);
	if (chosen)
		return;
	if (waits)
		pause_us(60000);
	for (int i = 0; i < 3 && call_send(j, &j->sock, 4, 0) > 0; i++)
		pause_us(dice_own(j, 100));
	reads_end(j);
	closes(j);
}

ENDING(late_data_owned)
{
	bool chosen;

	opens(j);
	talks(j);
	chosen = is_chosen(j);
	if (chosen)
		call_shutdown(j, &j->sock, SHUT_RDWR);
	meet(j);
	if (!chosen) {
		sends(j, 4);
		call_send(j, &j->sock, 4, 0);
	}
	meet(j);
	if (chosen && dice_own(j, 2))
		call_error(j, &j->sock, false);
	closes(j);
}

/* ... at the moment when we close it. */
ENDING(late_data_races)
{
	bool chosen;

	opens(j);
	talks(j);
	chosen = is_chosen(j);
	meet(j);
	if (chosen) {
		if (dice_own(j, 4) == 0)
			call_shutdown(j, &j->sock, SHUT_RDWR);
		closes(j);
		return;
	}
	for (uint32_t n = dice_own(j, 3) + 1; n && call_send(j, &j->sock, 100, 0) > 0; n--)
		;
	if (dice_own(j, 2))
		reads_end(j);
	closes(j);
}

/* Both send and close at once: what is unread then is a matter of luck. */
ENDING(shared_data_races)
{
	opens(j);
	talks(j);
	meet(j);
	call_send(j, &j->sock, 10, 0);
	if (dice_own(j, 2))
		call_recv(j, &j->sock, 10, MSG_DONTWAIT);
	if (dice_own(j, 4) == 0)
		call_shutdown(j, &j->sock, SHUT_WR);
	closes(j);
}

/* Many at once, more than a small table has room for; then they go one by one. */
ENDING(crowd)
{
	struct sock others[40];
	int port = listens_extra(j);

	j->bind_first = true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (j->side == CLIENT) {
			MUST(j, connects(j, port));
			j->shared->word[0] = (uint32_t)port_of(&j->sock);
			meet(j);
		} else {
			meet(j);
			accepts(j);
		}
		meet(j);
		others[i] = j->sock;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		bool chosen = is_chosen(j), hard = dice_both(j, 4) == 0;

		j->sock = others[i];
		if (chosen && hard)
			call_linger(j, &j->sock);
		if (!chosen)
			reads_end(j);
		closes(j);
	}
}

/* Anything, in any order, on both sides at once. */
static void do_anything(struct job *j)
{
	switch (dice_own(j, 10)) {
	case 0:
		call_send(j, &j->sock, 1 + dice_own(j, 2000), MSG_DONTWAIT);
		break;
	case 1:
		call_send(j, &j->sock, 1 << 17, MSG_DONTWAIT);
		break;
	case 2:
		call_recv(j, &j->sock, 1 + dice_own(j, 100), MSG_DONTWAIT);
		break;
	case 3:
		call_recv(j, &j->sock, 1 << 17, MSG_DONTWAIT);
		break;
	case 4:
		call_shutdown(j, &j->sock, SHUT_WR);
		break;
	case 5:
		call_shutdown(j, &j->sock, (int)dice_own(j, 2) * 2);
		break;
	case 6:
		call_error(j, &j->sock, false);
		break;
	case 7:
		call_poll(j, &j->sock, 1, 0);
		break;
	case 8:
		pause_us(dice_own(j, 200));
		break;
	default:
		for (uint32_t n = dice_own(j, 20);
		     n && call_send(j, &j->sock, 50, MSG_DONTWAIT) > 0; n--)
			;
	}
}

/* Lets go of it in any way. */
static void ends_anyhow(struct job *j)
{
	switch (dice_own(j, 12)) {
	case 0:
	case 1:
		call_linger(j, &j->sock);
		break;
	case 2:
		call_unspec(j, &j->sock);
		break;
	case 3:
		call_shutdown(j, &j->sock, SHUT_WR);
		reads_end(j);
		break;
	case 4:
		call_recv(j, &j->sock, 1 << 17, MSG_DONTWAIT);
		break;
	case 5:
		hand_over(j, &j->sock, (enum let_go)dice_own(j, 3));
		break;
	default:
		break;
	}
	closes(j);
}

ENDING(chaos)
{
	opens(j);
	talks(j);
	meet(j);
	for (uint32_t n = dice_own(j, 5); n; n--)
		do_anything(j);
	ends_anyhow(j);
}

/* ... while a thread on the other CPU asks for errors. */
ENDING(chaos_asked)
{
	struct asker *asker;

	opens(j);
	talks(j);
	asker = ask_errors(j, &j->sock);
	meet(j);
	for (uint32_t n = dice_own(j, 5); n; n--)
		do_anything(j);
	if (dice_own(j, 2))
		pause_us(300);
	ask_no_more(asker);
	ends_anyhow(j);
}
