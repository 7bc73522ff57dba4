// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * bench_listeners.c - nanoseconds of the core for an accepted connection, with 1 and with many
 * listeners on its port
 *
 * Usage: bench_listeners [CONNECTIONS]. Each listener has an address of its own. By turns, a few
 * times; prints one line for each number of listeners, the least of its turns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/core.h"
#include "core/states.h"

#define TURNS 5
#define PORT 8080

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void drop_record(void *ctx, const struct tf_record *record)
{
}

static struct tf_ev_close event_of(uint64_t sock, uint64_t time_ns, uint8_t from, uint8_t to)
{
	return (struct tf_ev_close){
		.st = {.ev = {.kind = to == TF_TCP_CLOSE ? TF_EV_CLOSE : TF_EV_STATE,
			      .size = to == TF_TCP_CLOSE ? sizeof(struct tf_ev_close) :
							   sizeof(struct tf_ev_state),
			      .time_ns = time_ns,
			      .sock = sock,
			      .netns = 1},
		       .tuple = {.laddr = {[10] = 0xff, 0xff, 127, 1}, .lport = PORT},
		       .old_state = from,
		       .new_state = to}};
}

static void feed(struct tf_core *core, const struct tf_ev_close *event)
{
	(void)tf_core_feed(core, event, event->st.ev.size);
}

/* Nanoseconds for each of @n connections to the first of @n_listeners. */
static double time_connections(unsigned int n_listeners, uint64_t n)
{
	static const struct tf_core_options options = {.no_alerts = true};
	static struct tf_run_info info = {.cookies = true};
	uint64_t began, sock = 1;
	struct tf_core *core;

	if (tf_core_new(&options, &info, drop_record, NULL, &core))
		exit(1);
	for (unsigned int i = 0; i < n_listeners; i++) {
		struct tf_ev_close event = event_of(sock++, 1, TF_TCP_CLOSE, TF_TCP_LISTEN);

		event.st.tuple.laddr[14] = (uint8_t)(i >> 8);
		event.st.tuple.laddr[15] = (uint8_t)i;
		event.st.flags = TF_F_TASK;
		event.st.pid = 7;
		feed(core, &event);
	}
	began = now_ns();
	for (uint64_t i = 0; i < n; i++, sock++) {
		struct tf_ev_close event =
			event_of(sock, 1000 * i, TF_TCP_SYN_RECV, TF_TCP_ESTABLISHED);

		event.st.tuple.rport = (uint16_t)(i | 1);
		feed(core, &event);
		event = event_of(sock, 1000 * i + 500, TF_TCP_ESTABLISHED, TF_TCP_CLOSE);
		event.st.tuple.rport = (uint16_t)(i | 1);
		event.st.flags = TF_F_DEAD;
		feed(core, &event);
	}
	began = now_ns() - began;
	tf_core_free(core);
	return (double)began / (double)n;
}

int main(int argc, char **argv)
{
	static const unsigned int listeners[] = {1, 1000, 8000};
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	double least[3] = {0};

	for (int turn = 0; turn < TURNS; turn++)
		for (int i = 0; i < 3; i++) {
			double ns = time_connections(listeners[i], n);

			if (!turn || ns < least[i])
				least[i] = ns;
		}
	for (int i = 0; i < 3; i++)
		printf("%u listeners: %.0f ns per connection\n", listeners[i], least[i]);
	return 0;
}
