// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * stage.c - see stage.h
 */
#include "stage.h"

#include "unit.h"

#define QUARTER (900 * SECOND)

struct stage stage;

int stage_set_up(void **state)
{
	stage = (struct stage){.scans = scans_start(&tape, FAR)};
	return core_start((struct tf_core_options){.max_connections = 8192});
}

void stage_restart(void)
{
	tf_core_free(run.core);
	run_start(&run);
}

void stage_pass(uint64_t from, uint64_t now)
{
	for (; from < now; from += SECOND)
		run_tick(&run, from);
	run_tick(&run, now);
}

size_t stage_count(enum tf_alert alert, enum tf_alert_event event)
{
	size_t n = 0;

	for (size_t i = 0; i < run.n_alerts; i++)
		n += run.alerts[i].alert == alert && run.alerts[i].event == event;
	return n;
}

const struct tf_alert_record *stage_raised(enum tf_alert alert)
{
	assert_int_equal(run.n_alerts, 1 + stage_count(alert, TF_ALERT_EVENT_UPDATE));
	assert_int_equal(run.alerts[0].alert, alert);
	assert_int_equal(run.alerts[0].event, TF_ALERT_EVENT_RAISE);
	return &run.alerts[0];
}

void stage_open_some(unsigned int n, bool server, uint64_t first, uint64_t now)
{
	for (unsigned int i = 0; i < n; i++) {
		stage.players[i] = play_socket(&tape, first + i, server, now);
		play_open(&stage.players[i]);
	}
	core_feed_tape();
}

void stage_syn_sent(unsigned int n, unsigned int destinations, uint64_t now)
{
	for (unsigned int i = 0; i < n; i++) {
		struct player p = play_socket(&tape, 5000 + i, false, now);

		p.c.st.tuple.raddr[15] = (uint8_t)(i % destinations);
		play_connect(&p);
	}
	core_feed_tape();
}

void stage_reset_one(uint64_t sock, bool server, uint64_t now, uint64_t life, uint32_t bytes)
{
	struct player p = play_socket(&tape, sock, server, now);

	play_open(&p);
	if (bytes)
		play_write(&p, bytes, bytes, 0);
	p.now = now + life;
	play_tcp_reset(&p);
	play_end(&p, 104 /* ECONNRESET */);
	play_destroy(&p, 0, false);
	core_feed_tape();
}

void stage_refuse(unsigned int n, uint64_t apart)
{
	for (unsigned int i = 0; i < n; i++) {
		struct player p = play_socket(&tape, 1000 + i, false, FAR + i * apart);

		play_connect(&p);
		play_tcp_reset(&p);
		play_end(&p, 111 /* ECONNREFUSED */);
		play_destroy(&p, 0, true);
		core_feed_tape();
	}
}

void stage_listener_scans(unsigned int n, uint32_t waiting, uint32_t drops_each)
{
	for (unsigned int i = 0; i < n; i++) {
		scan_begin(&stage.scans);
		scan_listener(&stage.scans, 90, 80, waiting, 128, 0, 7 + i * drops_each);
		scan_holder(&stage.scans, 90, 801, 3, "nginx");
		scan_end(&stage.scans, true);
		core_feed_tape();
		stage_pass(stage.scans.now, stage.scans.now + 10 * SECOND);
		stage.scans.now += 10 * SECOND;
	}
}

void stage_port_scan(unsigned int n, uint16_t rport)
{
	scan_begin(&stage.scans);
	for (unsigned int i = 0; i < n; i++)
		scan_minisock(&stage.scans, TF_TCP_TIME_WAIT,
			      (uint16_t)(stage.scans.facts.port_low + i), rport, false);
	scan_end(&stage.scans, true);
	core_feed_tape();
	stage_pass(stage.scans.now, stage.scans.now + 10 * SECOND);
	stage.scans.now += 10 * SECOND;
}

void stage_leave_behind(unsigned int n, uint64_t apart, bool keepalive)
{
	for (unsigned int i = 0; i < n; i++) {
		stage.players[i] = play_socket(&tape, 1000 + i, true, FAR + i * apart);
		if (keepalive)
			stage.players[i].c.st.flags |= TF_F_KEEPOPEN;
		play_open(&stage.players[i]);
	}
	core_feed_tape();
	stage.scans.now = FAR + n * apart + QUARTER;
	scan_begin(&stage.scans);
	for (unsigned int i = 0; i < n; i++) {
		uint64_t last = FAR + i * apart + apart / 2;

		scan_sock(&stage.scans, &stage.players[i],
			  i == n - 1 ? 10 : (uint32_t)((stage.scans.now - last) / MS));
	}
	scan_end(&stage.scans, true);
	core_feed_tape();
}
