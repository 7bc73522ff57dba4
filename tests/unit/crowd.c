// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * crowd.c - lives put on sockets, sockets put together, events taken away
 */
#include "crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/states.h"

#define LIVES_MAX 3

uint64_t dice_roll(struct dice *dice)
{
	dice->seed ^= dice->seed >> 12;
	dice->seed ^= dice->seed << 25;
	dice->seed ^= dice->seed >> 27;
	return dice->seed * 0x2545f4914f6cdd1d;
}

bool dice_once_in(struct dice *dice, uint32_t n)
{
	return (dice_roll(dice) >> 32) % n == 0;
}

/* A failed or abandoned attempt leaves the socket to its owner, who may connect it again. */
static bool may_live_again(const struct script *script)
{
	return script->want.end_state == TF_TCP_SYN_SENT && script->want.how == TF_HOW_NONE;
}

static void add_life(struct crowd *crowd, const struct player *p, uint32_t generation,
		     const struct script *script, uint64_t closed_ns)
{
	if (!(crowd->n_lives & (crowd->n_lives - 1)))
		crowd->lives = realloc(crowd->lives, (crowd->n_lives ? 2 * crowd->n_lives : 1) *
							     sizeof(*crowd->lives));
	assert_non_null(crowd->lives);
	crowd->lives[crowd->n_lives++] =
		(struct crowd_life){p->c.st.ev.sock, generation, closed_ns, script};
}

static uint64_t last_close(const struct tape *tape)
{
	for (size_t i = tape->n; i > 0; i--)
		if (tape->events[i - 1].ev.kind == TF_EV_CLOSE)
			return tape->events[i - 1].ev.time_ns;
	fail_msg("a life without an end");
	return 0;
}

/* Events closer together than a millisecond, at odd times. */
static void shake(struct tape *tape, size_t from, struct dice *dice, uint64_t begin)
{
	uint64_t base = from < tape->n ? tape->events[from].ev.time_ns : 0;
	uint64_t jitter = dice_roll(dice) % MS;

	for (size_t i = from; i < tape->n; i++)
		tape->events[i].ev.time_ns += begin + jitter - base;
}

/* One socket's lives, appended to the tape. */
static void play_lives(struct crowd *crowd, struct dice *dice, uint64_t sock, uint64_t begin)
{
	for (uint32_t generation = 0; generation < LIVES_MAX; generation++) {
		const struct script *script = &scripts[dice_roll(dice) % n_scripts];
		bool server = generation == 0 && dice_once_in(dice, 2);
		size_t from = crowd->tape.n;
		struct player p;

		while (!(script->roles & (server ? SCRIPT_SERVER : SCRIPT_CLIENT)))
			script = &scripts[dice_roll(dice) % n_scripts];
		p = play_socket(&crowd->tape, sock, server, begin);
		script->play(&p);
		shake(&crowd->tape, from, dice, begin);
		add_life(crowd, &p, generation, script, last_close(&crowd->tape));
		if (!may_live_again(script) || !dice_once_in(dice, 2))
			return;
		if (generation + 1 < LIVES_MAX)
			crowd->tape.n--; /* no tcp_destroy_sock: it goes on */
		begin = crowd->tape.events[crowd->tape.n - 1].ev.time_ns +
			dice_roll(dice) % (9 * MS);
	}
}

static int by_time(const void *a, const void *b)
{
	const union tf_any_event *x = a, *y = b;

	if (x->ev.time_ns != y->ev.time_ns)
		return x->ev.time_ns < y->ev.time_ns ? -1 : 1;
	return (x->ev.kind == TF_EV_TICK) - (y->ev.kind == TF_EV_TICK);
}

void crowd_make(struct crowd *crowd, struct dice *dice, uint32_t n_socks, uint64_t span_ns)
{
	*crowd = (struct crowd){0};
	for (uint64_t sock = 1; sock <= n_socks; sock++)
		play_lives(crowd, dice, sock * 17, 1000 * MS + dice_roll(dice) % span_ns);
	for (uint64_t at = 1000 * MS; at < 1000 * MS + span_ns; at += 20 * MS)
		tape_tick(&crowd->tape, at);
	qsort(crowd->tape.events, crowd->tape.n, sizeof(crowd->tape.events[0]), by_time);
	crowd->end_ns = crowd->tape.events[crowd->tape.n - 1].ev.time_ns + 5000 * MS;
	tape_tick(&crowd->tape, crowd->end_ns);
}

void crowd_free(struct crowd *crowd)
{
	tape_free(&crowd->tape);
	free(crowd->lives);
	*crowd = (struct crowd){0};
}

static void add_totals(struct tape *tape, uint64_t now, uint32_t lost)
{
	struct tf_ev_counters counters = {
		.ev = {.time_ns = now, .size = sizeof(counters), .kind = TF_EV_COUNTERS},
		.hook[TF_HOOK_STATE] = {.seen = lost, .lost = lost},
	};

	tape_add(tape, &counters);
}

void crowd_lose(const struct tape *from, struct dice *dice, uint32_t one_in, struct tape *ret_tape)
{
	uint32_t *buckets = calloc(TF_LOST_BUCKETS, sizeof(*buckets)), total = 0;

	assert_non_null(buckets);
	*ret_tape = (struct tape){0};
	for (size_t i = 0; i < from->n; i++) {
		union tf_any_event event = from->events[i];
		uint32_t *bucket = &buckets[event.ev.sock % TF_LOST_BUCKETS];

		if (event.ev.kind < TF_EV_USER && dice_once_in(dice, one_in)) {
			++*bucket;
			total++;
			continue;
		}
		event.ev.lost = event.ev.kind < TF_EV_USER ? *bucket : 0;
		event.ev.lost_total = total;
		if (event.ev.kind == TF_EV_TICK && dice_once_in(dice, 8))
			add_totals(ret_tape, event.ev.time_ns, total);
		tape_add(ret_tape, &event);
	}
	free(buckets);
}

/* A socket as its last event left it. */
struct alive {
	struct tf_ev_state st;
	bool is;
};

static void follow(struct alive *alive, const union tf_any_event *event)
{
	if (event->ev.kind == TF_EV_STATE || event->ev.kind == TF_EV_CLOSE) {
		alive->st = event->state;
		alive->is = event->ev.kind == TF_EV_STATE;
	} else if (event->ev.kind == TF_EV_RST_RECEIVED && !alive->is) {
		/* A child in SYN_RECV: its first event. */
		alive->st = (struct tf_ev_state){.ev = event->ev,
						 .tuple = event->reset.tuple,
						 .new_state = event->reset.state};
		alive->is = event->reset.state != TF_TCP_CLOSE;
	}
}

static void step(struct tape *tape, uint64_t now, uint32_t number, uint8_t step)
{
	bool one = step == TF_SCAN_NETNS || step == TF_SCAN_NETNS_END;
	struct tf_ev_scan scan = {.ev = {.kind = TF_EV_SCAN,
					 .size = sizeof(scan),
					 .time_ns = now,
					 .netns = one ? PLAYER_NETNS : 0},
				  .scan = number,
				  .step = step,
				  .whole = 1};

	tape_add(tape, &scan);
}

/* @overlooks 0: none. */
static void scan_all(const struct alive *alive, size_t n, uint64_t now, uint32_t number,
		     struct dice *dice, uint32_t overlooks, struct tape *ret_tape)
{
	step(ret_tape, now, number, TF_SCAN_BEGIN);
	step(ret_tape, now, number, TF_SCAN_NETNS);
	for (size_t i = 0; i < n; i++) {
		struct tf_ev_sock sock = {.st = alive[i].st, .silent_ms = UINT32_MAX};

		if (!alive[i].is || (overlooks && dice_once_in(dice, overlooks)))
			continue;
		sock.st.ev.kind = TF_EV_SOCK;
		sock.st.ev.size = sizeof(sock);
		sock.st.ev.time_ns = now;
		sock.st.old_state = sock.st.new_state;
		sock.snd_queue = sock.st.new_state == TF_TCP_SYN_SENT;
		tape_add(ret_tape, &sock);
	}
	step(ret_tape, now, number, TF_SCAN_NETNS_END);
	step(ret_tape, now, number, TF_SCAN_HOLDERS);
	step(ret_tape, now, number, TF_SCAN_HOLDERS_END);
	step(ret_tape, now, number, TF_SCAN_END);
}

static size_t highest_sock(const struct tape *tape)
{
	size_t most = 0;

	for (size_t i = 0; i < tape->n; i++)
		if (tape->events[i].ev.sock > most)
			most = tape->events[i].ev.sock;
	return most;
}

void crowd_scan(const struct tape *from, struct dice *dice, uint32_t one_in, struct tape *ret_tape)
{
	crowd_scan_badly(from, dice, one_in, 0, ret_tape);
}

void crowd_scan_badly(const struct tape *from, struct dice *dice, uint32_t one_in,
		      uint32_t overlooks, struct tape *ret_tape)
{
	size_t n = highest_sock(from) + 1;
	struct alive *alive = calloc(n, sizeof(*alive));
	uint32_t number = 0;

	assert_non_null(alive);
	for (size_t i = 0; i < from->n; i++) {
		const union tf_any_event *event = &from->events[i];

		tape_add(ret_tape, event);
		follow(&alive[event->ev.sock], event);
		if (dice_once_in(dice, one_in))
			scan_all(alive, n, event->ev.time_ns, ++number, dice, overlooks, ret_tape);
	}
	free(alive);
}
