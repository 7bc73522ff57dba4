// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_snapshot.c - a made-up crowd on one screen, and as JSON Lines
 */
#include "sink/json/snapshot_json.h"
#include "sink/text/snapshot_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "scene.h"
#include "sink_fixture.h"
#include "unit.h"

#define NS1 4026531840u
#define NS2 4026532300u
#define HERE "192.0.2.1"
#define THERE "198.51.100.9"

/* A crowd with everything that a screen has something to say about. */
static void make_crowd(struct scene *scene)
{
	scene_begin(scene);
	scene_netns(scene, NS1, 32768, 60999);
	scene_listener(scene, "0.0.0.0", 8080, 129, 128)->drops = 57;
	scene_hold(scene, 0, 221, "java", 5);
	scene_listener(scene, "::", 443, 0, 511)->requests = 2;
	for (uint32_t pid = 100; pid < 105; pid++)
		scene_hold(scene, 0, pid, "nginx", 6);
	scene_listener(scene, "127.0.0.1", 25, 0, 100);
	scene_hold(scene, 0, 50, "master", 13);
	for (uint16_t i = 0; i < 30; i++) {
		struct tf_ev_sock *sock = scene_sock(scene, TF_TCP_CLOSE_WAIT, HERE, 8080, THERE,
						     (uint16_t)(1000 + i));

		sock->st.flags |= TF_F_DONE;
		sock->silent_ms = 1000u * 60 * i;
		sock->rcv_queue = i < 10 ? 101 : 0;
		scene_hold(scene, 0, 221, "java", 10 + i);
	}
	for (uint16_t i = 0; i < 3; i++) {
		scene_sock(scene, TF_TCP_ESTABLISHED, HERE, 8080, THERE, (uint16_t)(2000 + i))
			->snd_queue = 2000;
		scene_hold(scene, 0, 221, "java", 50 + i);
		scene_sock(scene, TF_TCP_ESTABLISHED, HERE, 8080, THERE, (uint16_t)(3000 + i))
			->st.flags = 0;
	}
	scene_sock(scene, TF_TCP_ESTABLISHED, HERE, 40000, "203.0.113.1", 5432);
	scene_hold(scene, 0, 221, "java", 60);
	scene_hold(scene, 0, 222, "java", 60);
	scene_sock(scene, TF_TCP_SYN_SENT, HERE, 40001, "203.0.113.2", 5432)->waits_ms = 3100;
	scene_hold(scene, 0, 300, "cu\x1b[2Jrl", 7);
	scene_sock(scene, TF_TCP_LAST_ACK, HERE, 8080, THERE, 4000)->st.flags = TF_F_DEAD;
	scene_minisock(scene, 0, "2001:db8::1", 443, "2001:db8::2", 5000);
	scene_minisock(scene, 0, "2001:db8::1", 443, "2001:db8::2", 5001);
	scene_minisock(scene, TF_TCP_TIME_WAIT, HERE, 8080, THERE, 5002);
	scene_netns(scene, NS2, 32768, 60999);
	scene_sock(scene, TF_TCP_ESTABLISHED, "2001:db8::1", 700, "2001:db8::2", 2049);
	scene_holders(scene);
	scene_hold(scene, 999, 300, "cu\x1b[2Jrl", 8)->state = TF_TCP_CLOSE;
	scene_end(scene, true);
}

static void add_alerts(struct tf_standing *standing)
{
	struct tf_alert_record record = {
		.alert = TF_ALERT_CLOSE_WAIT_PILEUP,
		.event = TF_ALERT_EVENT_RAISE,
		.time_ns = SCENE_NS,
		.since_ns = tf_maybe_of(SCENE_NS),
		.netns = NS1,
		.owner = {.from = TF_OWNER_HOLDER, .pid = 221, .comm = "java"},
		.local_port = 8080,
		.count = tf_maybe_of(30),
		.oldest_us = tf_maybe_of(1740000000),
		.oldest_at_least = TF_YES,
		.eof_read = tf_maybe_of(20),
		.bytes_unread = tf_maybe_of(1000),
		.n_examples = 1,
		.examples = {{.sock = 33,
			      .tuple = {.lport = 8080, .rport = 1029},
			      .state = TF_TCP_CLOSE_WAIT,
			      .owner = {.from = TF_OWNER_HOLDER, .pid = 221, .comm = "java"},
			      .fd = tf_maybe_of(39),
			      .age_us = tf_maybe_of(1740000000),
			      .age_at_least = true}},
	};

	scene_address(record.examples[0].tuple.laddr, HERE);
	scene_address(record.examples[0].tuple.raddr, THERE);
	tf_standing_take(standing, &record);
	record.alert = TF_ALERT_ACCEPT_QUEUE_FULL;
	record.count = tf_maybe_of(129);
	record.limit = tf_maybe_of(128);
	record.oldest_us = record.eof_read = record.bytes_unread = (struct tf_maybe){0};
	record.oldest_at_least = TF_UNKNOWN;
	record.dropped = tf_maybe_of(57);
	record.n_examples = 0;
	tf_standing_take(standing, &record);
	tf_standing_sort(standing);
}

struct shown {
	struct scene scene;
	struct tf_snapshot *snapshot;
	struct tf_standing alerts;
	struct tf_snapshot_content content;
	struct sink_fixture fixture;
};

static void set_up_with(struct shown *shown, void (*make)(struct scene *scene), bool alerts)
{
	*shown = (struct shown){};
	make(&shown->scene);
	shown->snapshot = scene_snapshot(&shown->scene, NULL);
	if (alerts)
		add_alerts(&shown->alerts);
	shown->content = (struct tf_snapshot_content){
		.info = &sink_fixture_info,
		.snapshot = shown->snapshot,
		.alerts = &shown->alerts,
	};
	sink_fixture_json(&shown->fixture, &sink_fixture_info);
}

static void set_up(struct shown *shown, bool alerts)
{
	set_up_with(shown, make_crowd, alerts);
}

static void tear_down(struct shown *shown)
{
	sink_fixture_free(&shown->fixture);
	tf_standing_free(&shown->alerts);
	tf_snapshot_free(shown->snapshot);
	scene_free(&shown->scene);
}

static const char *text(struct shown *shown, const struct tf_snapshot_text_options *view)
{
	shown->fixture.json = false; /* nothing for the test of the schema */
	tf_snapshot_text_write(&shown->content, view, shown->fixture.out);
	return sink_fixture_text(&shown->fixture);
}

static const char SCREEN[] =
	"2026-11-21 02:02:31  web-1: 47 TCP sockets in 2 network namespaces, seen in 12.0ms\n"
	"\n"
	"Nothing stands out.\n"
	"\n"
	"LISTENER                QUEUE/BACKLOG   PENDING   DROPS  HELD BY\n"
	"0.0.0.0:8080                  129/128         0      57  java[221] fd 5\n"
	"[::]:443                        0/511         2       0  nginx[100] fd 6, nginx[101] fd "
	"6, nginx[102] fd 6, +2 more\n"
	"1 more listener: nothing waits or was turned away (-v shows all)\n"
	"\n"
	"HELD BY              SERVICE                SOCKETS (the oldest, at least)\n"
	"java[221]            :8080                  30 CLOSE_WAIT (29m0s, 20 read EOF),\n"
	"                     3 ESTABLISHED, 0.9K unread, 5.8K not acknowledged\n"
	"(minisock)           :443                   2 SYN_RECV\n"
	"cu\\x1b[2Jrl[300]     -> 203.0.113.2:5432    1 SYN_SENT (3.1s)\n"
	"(orphaned)           :8080                  1 LAST_ACK\n"
	"(accept queue)       :8080                  3 ESTABLISHED\n"
	"java[221]            -> 203.0.113.1:5432    1 ESTABLISHED, 1 shared\n"
	"(minisock)           :8080                  1 TIME_WAIT\n"
	"?                    port 700 @4026532300   1 ESTABLISHED\n"
	"cu\\x1b[2Jrl[300]     (not connected) @4026532300 1 CLOSE\n"
	"\n"
	"in all            30 CLOSE_WAIT, 1 SYN_SENT, 2 SYN_RECV, 1 LAST_ACK, 1 CLOSE,\n"
	"                     3 LISTEN, 1 TIME_WAIT, 8 ESTABLISHED\n"
	"netns 4026531840  30 CLOSE_WAIT, 1 SYN_SENT, 2 SYN_RECV, 1 LAST_ACK, 3 LISTEN,\n"
	"                     1 TIME_WAIT, 7 ESTABLISHED\n"
	"netns 4026532300  1 CLOSE, 1 ESTABLISHED\n";

/* What waits for the network, for the peer's window, and for the first write. */
static void make_waiting(struct scene *scene)
{
	struct tf_ev_sock *sock;

	scene_begin(scene);
	scene_netns(scene, NS1, 32768, 60999);
	scene_listener(scene, "0.0.0.0", 8080, 0, 128);
	sock = scene_sock(scene, TF_TCP_ESTABLISHED, HERE, 8080, THERE, 1000);
	sock->unsent = 5000;
	sock->snd_queue = 5000;
	sock = scene_sock(scene, TF_TCP_ESTABLISHED, HERE, 8080, THERE, 1001);
	sock->unsent = 1000;
	sock->snd_queue = 3048;
	for (uint16_t i = 0; i < 3; i++) {
		sock = scene_sock(scene, TF_TCP_SYN_SENT, HERE, 40000 + i, THERE, 80);
		sock->waits_ms = 3100;
		if (i) /* random: the initial sequence number */
			sock->snd_queue = sock->unsent = 0x9abcdef0;
	}
	scene_sock(scene, TF_TCP_SYN_SENT, HERE, 40003, THERE, 81)->snd_queue = 0;
	scene_end(scene, true);
}

static void test_unsent_unacknowledged_and_unwritten_are_three_things(void **state)
{
	const struct tf_snapshot_text_options view = {0};
	struct shown shown;
	const char *screen;

	set_up_with(&shown, make_waiting, false);
	screen = text(&shown, &view);
	assert_non_null(strstr(screen, " 2.0K not acknowledged, 5.8K not sent\n"));
	assert_non_null(strstr(screen, "3 SYN_SENT (3.1s, 2 without a SYN yet)\n"));
	assert_non_null(strstr(screen, "1 SYN_SENT (no SYN sent yet)\n"));
	tear_down(&shown);
}

static void test_the_screen_shows_alerts_listeners_groups_and_totals(void **state)
{
	const struct tf_snapshot_text_options view = {0};
	struct shown shown;

	set_up(&shown, false);
	assert_string_equal(text(&shown, &view), SCREEN);
	tear_down(&shown);
}

static void expect_in_order(const char *text, const char *const *parts)
{
	for (; *parts; parts++) {
		const char *found = strstr(text, *parts);

		if (!found)
			fail_msg("no \"%s\" in\n%s", *parts, text);
		text = found + strlen(*parts);
	}
}

static void test_alerts_come_first_on_the_screen(void **state)
{
	static const char *const parts[] = {
		"2 things look wrong:",
		"\n129 of 128 connections wait for accept() at java[221] on :8080, 57 turned away",
		"\n    What to do: See what the program does",
		"\njava[221] has 30 sockets in CLOSE_WAIT on :8080, oldest at least 29 min, EOF",
		"\n    e.g. 192.0.2.1:8080 -- 198.51.100.9:1029, CLOSE_WAIT for at least 29 min, "
		"fd\n    39",
		"\n    What to do: Find the path",
		"\nLISTENER",
		"\nHELD BY",
		"\nin all",
		NULL};
	const struct tf_snapshot_text_options view = {0};
	struct shown shown;

	set_up(&shown, true);
	expect_in_order(text(&shown, &view), parts);
	tear_down(&shown);
}

static void test_verbose_shows_the_listeners_without_trouble(void **state)
{
	const struct tf_snapshot_text_options view = {.verbose = true};
	struct shown shown;

	set_up(&shown, false);
	assert_non_null(strstr(text(&shown, &view), "127.0.0.1:25 "));
	assert_null(strstr(shown.fixture.text, "-v shows"));
	assert_non_null(strstr(shown.fixture.text, "nginx[104] fd 6\n")); /* the last of five */
	tear_down(&shown);
}

static void test_each_socket_has_a_line(void **state)
{
	static const char *const parts[] = {
		"STATE        AGE >= UNREAD UNSENT UNACKED  LOCAL and REMOTE",
		"CLOSE_WAIT     29m0s      0      0       0  192.0.2.1:8080 <- 198.51.100.9:1029 "
		"           java[221] fd 39",
		"CLOSE_WAIT       0us    100      0       0  192.0.2.1:8080 <- 198.51.100.9:1000 ",
		"ESTABLISHED        -      0      0    1.9K  192.0.2.1:8080 <- 198.51.100.9:2000 ",
		"SYN_RECV           -      -      -       -  [2001:db8::1]:443 <- "
		"[2001:db8::2]:5000 ",
		"SYN_SENT        3.1s      0      0       0  192.0.2.1:40001 -> 203.0.113.2:5432 ",
		"java[221] fd 60, java[222] fd 60\n",
		"[2001:db8::1]:700 -- [2001:db8::2]:2049 @4026532300  ?\n",
		"CLOSE              -      -      -       -  (not connected) @4026532300 ",
		"LISTEN             -      -      -       -  0.0.0.0:8080 ",
		NULL};
	const struct tf_snapshot_text_options view = {0};
	struct shown shown;
	const char *line;
	unsigned int n = 0;

	set_up(&shown, false);
	shown.content.sockets = true;
	expect_in_order(text(&shown, &view), parts);
	line = strstr(shown.fixture.text, "STATE  ");
	while ((line = strchr(line, '\n')) && line++)
		n += *line != '\0';
	assert_int_equal(n, 47);
	tear_down(&shown);
}

/* As many groups as there are ports, on a terminal. */
static void make_many(struct scene *scene, uint16_t groups, uint16_t listeners)
{
	scene_begin(scene);
	scene_netns(scene, NS1, 32768, 60999);
	for (uint16_t i = 0; i < groups; i++)
		scene_sock(scene, TF_TCP_ESTABLISHED, HERE, (uint16_t)(40000 + i), THERE,
			   (uint16_t)(i + 1));
	for (uint16_t i = 0; i < listeners; i++)
		scene_listener(scene, "0.0.0.0", (uint16_t)(1 + i), 1, 128);
	scene_holders(scene);
	scene_end(scene, true);
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void test_a_terminal_shows_one_screen(void **state)
{
	static const unsigned int heights[] = {24, 30, 50, 100, 10};

	for (size_t i = 0; i < COUNT(heights); i++) {
		const struct tf_snapshot_text_options view = {.rows = heights[i],
							      .people = {.columns = 80}};
		struct tf_standing none = {0};
		struct shown shown = {0};

		print_message("%u\n", heights[i]);
		make_many(&shown.scene, 200, 0);
		shown.snapshot = scene_snapshot(&shown.scene, NULL);
		shown.content = (struct tf_snapshot_content){
			.info = &sink_fixture_info, .snapshot = shown.snapshot, .alerts = &none};
		sink_fixture_json(&shown.fixture, &sink_fixture_info);
		text(&shown, &view);
		/* The prompt needs a line; and five groups are shown however small it is. */
		if (heights[i] > 15)
			assert_int_equal(lines(shown.fixture.text), heights[i] - 1);
		else
			assert_non_null(strstr(shown.fixture.text, "195 more groups"));
		assert_non_null(strstr(shown.fixture.text, " more groups (-v shows all)\n"));
		tear_down(&shown);
	}
}

static void test_everything_is_shown_without_a_terminal(void **state)
{
	const struct tf_snapshot_text_options view = {0};
	struct tf_standing none = {0};
	struct shown shown = {0};

	make_many(&shown.scene, 200, 50);
	shown.snapshot = scene_snapshot(&shown.scene, NULL);
	shown.content = (struct tf_snapshot_content){
		.info = &sink_fixture_info, .snapshot = shown.snapshot, .alerts = &none};
	sink_fixture_json(&shown.fixture, &sink_fixture_info);
	assert_true(lines(text(&shown, &view)) > 250);
	assert_null(strstr(shown.fixture.text, "-v shows"));
	tear_down(&shown);
}

static void test_no_line_without_a_list_of_holders_is_longer_than_a_screen(void **state)
{
	const struct tf_snapshot_text_options view = {0};
	struct shown shown;
	char *line, *save;

	set_up(&shown, true);
	text(&shown, &view);
	for (line = strtok_r(shown.fixture.text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (!strstr(line, "nginx"))
			assert_true(strlen(line) <= 84);
	tear_down(&shown);
}

static void test_colours_are_for_terminals(void **state)
{
	const struct tf_snapshot_text_options plain = {0};
	const struct tf_snapshot_text_options colour = {.people = {.colour = true, .columns = 80}};
	struct shown shown;

	set_up(&shown, true);
	shown.content.sockets = true; /* hostile names among them */
	assert_null(strchr(text(&shown, &plain), '\033'));
	assert_non_null(strstr(text(&shown, &colour), "\033[1;31m2 things look wrong:\033[0m\n"));
	assert_non_null(strstr(shown.fixture.text, "\033[33m1 SYN_SENT (3.1s)\033[0m\n"));
	assert_null(strstr(shown.fixture.text, "\033[2J"));
	tear_down(&shown);
}

static void test_an_incomplete_snapshot_says_what_is_missing(void **state)
{
	static const char *const parts[] = {
		"Incomplete: 1 namespace was not scanned to its end",
		"3 sockets found no room; give a larger --max-connections",
		"1 descriptor found no room", NULL};
	const struct tf_snapshot_options few = {.max_sockets = 2};
	const struct tf_snapshot_text_options view = {0};
	struct tf_standing none = {0};
	struct shown shown = {0};

	scene_begin(&shown.scene);
	scene_netns(&shown.scene, NS1, 32768, 60999);
	for (uint16_t i = 0; i < 5; i++)
		scene_sock(&shown.scene, TF_TCP_ESTABLISHED, HERE, (uint16_t)(40000 + i), THERE,
			   80);
	scene_netns_broken(&shown.scene);
	scene_holders(&shown.scene);
	for (int32_t fd = 3; fd < 6; fd++)
		scene_hold(&shown.scene, 1, 7, "many", fd);
	scene_end(&shown.scene, false);
	shown.snapshot = scene_snapshot(&shown.scene, &few);
	shown.content = (struct tf_snapshot_content){
		.info = &sink_fixture_info, .snapshot = shown.snapshot, .alerts = &none};
	sink_fixture_json(&shown.fixture, &sink_fixture_info);
	expect_in_order(text(&shown, &view), parts);
	assert_non_null(strstr(shown.fixture.text, "in all            5 ESTABLISHED\n"));
	tear_down(&shown);
}

static void test_a_host_without_sockets_has_a_short_screen(void **state)
{
	const struct tf_snapshot_text_options view = {0};
	struct tf_standing none = {0};
	struct shown shown = {0};

	scene_begin(&shown.scene);
	scene_netns(&shown.scene, NS1, 32768, 60999);
	scene_holders(&shown.scene);
	scene_end(&shown.scene, true);
	shown.snapshot = scene_snapshot(&shown.scene, NULL);
	shown.content = (struct tf_snapshot_content){
		.info = &sink_fixture_info, .snapshot = shown.snapshot, .alerts = &none};
	sink_fixture_json(&shown.fixture, &sink_fixture_info);
	assert_string_equal(text(&shown, &view),
			    "2026-11-21 02:02:31  web-1: 0 TCP sockets in 1 network namespace, "
			    "seen in 12.0ms\n\nNothing stands out.\n\n"
			    "in all            no socket\n");
	tear_down(&shown);
}

/* --- JSON ----------------------------------------------------------------------------------- */

#define TIME "\"time\":\"2026-11-21T02:02:31.000000000Z\""
#define NAMES "\"cgroup_id\":77,\"cgroup\":null,\"container\":null,\"unit\":null"
#define NO_NAMES "\"cgroup_id\":null,\"cgroup\":null,\"container\":null,\"unit\":null"

static const char *const JSON_LINES[] = {
	"{\"v\":1,\"type\":\"snapshot\"," TIME
	",\"version\":\"0.1.0\",\"host\":\"web-1\",\"kernel\":\"6.18.0\",\"took_us\":12000,"
	"\"whole\":true,\"sockets\":47,\"states\":{\"ESTABLISHED\":8,\"SYN_SENT\":1,\"SYN_RECV\":2,"
	"\"FIN_WAIT1\":0,\"FIN_WAIT2\":0,\"TIME_WAIT\":1,\"CLOSE\":1,\"CLOSE_WAIT\":30,"
	"\"LAST_ACK\":1,\"LISTEN\":3,\"CLOSING\":0},\"held\":{\"unknown\":1,\"process\":39,"
	"\"accept_queue\":3,\"orphan\":1,\"minisock\":3},\"alerts\":0,\"listeners\":3,\"groups\":9,"
	"\"netns_part\":0,\"strange_holders\":0,\"sockets_left_out\":0,\"holders_left_out\":0,"
	"\"groups_left_out\":0,\"netns_left_out\":0,\"alerts_left_out\":0,\"namespaces\":["
	"{\"netns\":4026531840,\"whole\":true,\"sockets\":45,\"states\":{\"ESTABLISHED\":7,"
	"\"SYN_SENT\":1,\"SYN_RECV\":2,\"FIN_WAIT1\":0,\"FIN_WAIT2\":0,\"TIME_WAIT\":1,\"CLOSE\":0,"
	"\"CLOSE_WAIT\":30,\"LAST_ACK\":1,\"LISTEN\":3,\"CLOSING\":0}},"
	"{\"netns\":4026532300,\"whole\":true,\"sockets\":2,\"states\":{\"ESTABLISHED\":1,"
	"\"SYN_SENT\":0,\"SYN_RECV\":0,\"FIN_WAIT1\":0,\"FIN_WAIT2\":0,\"TIME_WAIT\":0,\"CLOSE\":1,"
	"\"CLOSE_WAIT\":0,\"LAST_ACK\":0,\"LISTEN\":0,\"CLOSING\":0}}]}\n",

	"{\"v\":1,\"type\":\"listener\"," TIME
	",\"netns\":4026531840,\"local_addr\":\"0.0.0.0\",\"local_port\":8080,\"accept_queue\":129,"
	"\"backlog\":128,\"pending\":0,\"drops\":57,"
	"\"holders\":[{\"pid\":221,\"comm\":\"java\",\"fds\":[5]}],\"uid\":1000,"
	"\"inode\":1001," NAMES "}\n",

	"{\"v\":1,\"type\":\"group\"," TIME
	",\"netns\":4026531840,\"held\":\"process\",\"pid\":221,\"comm\":\"java\","
	"\"role\":\"server\","
	"\"local_port\":8080,\"remote_addr\":null,\"remote_port\":null,\"sockets\":33,"
	"\"states\":[[\"ESTABLISHED\",3,null],[\"CLOSE_WAIT\",30,1740000000]],\"eof_read\":20,"
	"\"bytes_unread\":1000,\"bytes_unsent\":0,\"bytes_unacked\":6000,\"shared\":0,"
	"\"fds\":[10,11,12,13,14,15,16,17]," NAMES "}\n",

	"{\"v\":1,\"type\":\"group\"," TIME
	",\"netns\":4026531840,\"held\":\"minisock\",\"pid\":null,\"comm\":null,"
	"\"role\":\"server\","
	"\"local_port\":443,\"remote_addr\":null,\"remote_port\":null,\"sockets\":2,"
	"\"states\":[[\"SYN_RECV\",2,null]],\"eof_read\":0,\"bytes_unread\":0,\"bytes_unsent\":0,"
	"\"bytes_unacked\":0,\"shared\":0,\"fds\":[]," NO_NAMES "}\n",

	"{\"v\":1,\"type\":\"group\"," TIME
	",\"netns\":4026531840,\"held\":\"process\",\"pid\":300,\"comm\":\"cu\\u001b[2Jrl\","
	"\"role\":\"client\",\"local_port\":null,\"remote_addr\":\"203.0.113.2\","
	"\"remote_port\":5432,\"sockets\":1,\"states\":[[\"SYN_SENT\",1,3100000]],\"eof_read\":0,"
	"\"bytes_unread\":0,\"bytes_unsent\":0,\"bytes_unacked\":0,\"shared\":0,\"fds\":[7]," NAMES
	"}\n",

	"{\"v\":1,\"type\":\"socket\"," TIME
	",\"id\":\"21\",\"state\":\"CLOSE_WAIT\",\"netns\":4026531840,\"family\":\"ipv4\","
	"\"role\":\"server\",\"local_addr\":\"192.0.2.1\",\"local_port\":8080,"
	"\"remote_addr\":\"198.51.100.9\",\"remote_port\":1029,\"held\":\"process\","
	"\"holders\":[{\"pid\":221,\"comm\":\"java\",\"fds\":[39]}],\"uid\":1000,"
	"\"inode\":1033," NAMES
	",\"age_us\":1740000000,\"age_at_least\":true,\"eof_read\":true,\"bytes_unread\":0,"
	"\"bytes_unsent\":0,\"bytes_unacked\":0,\"keepalive\":false,\"silent_us\":1740000000,"
	"\"idle_us\":null,\"waits_us\":null,\"retransmits\":0,\"probes\":0,\"srtt_us\":null}\n",

	"{\"v\":1,\"type\":\"socket\"," TIME
	",\"id\":\"28\",\"state\":\"ESTABLISHED\",\"netns\":4026531840,\"family\":\"ipv4\","
	"\"role\":\"client\",\"local_addr\":\"192.0.2.1\",\"local_port\":40000,"
	"\"remote_addr\":\"203.0.113.1\",\"remote_port\":5432,\"held\":\"process\","
	"\"holders\":[{\"pid\":221,\"comm\":\"java\",\"fds\":[60]},"
	"{\"pid\":222,\"comm\":\"java\",\"fds\":[60]}],\"uid\":1000,\"inode\":1040," NAMES
	",\"age_us\":null,\"age_at_least\":null,\"eof_read\":null,\"bytes_unread\":0,"
	"\"bytes_unsent\":0,\"bytes_unacked\":0,\"keepalive\":false,\"silent_us\":null,"
	"\"idle_us\":null,\"waits_us\":null,\"retransmits\":0,\"probes\":0,\"srtt_us\":null}\n",

	"{\"v\":1,\"type\":\"socket\"," TIME
	",\"id\":null,\"state\":\"TIME_WAIT\",\"netns\":4026531840,\"family\":\"ipv4\","
	"\"role\":\"server\",\"local_addr\":\"192.0.2.1\",\"local_port\":8080,"
	"\"remote_addr\":\"198.51.100.9\",\"remote_port\":5002,\"held\":\"minisock\","
	"\"holders\":[],"
	"\"uid\":null,\"inode\":null," NO_NAMES ",\"age_us\":null,\"age_at_least\":null,"
	"\"eof_read\":null,\"bytes_unread\":null,\"bytes_unsent\":null,\"bytes_unacked\":null,"
	"\"keepalive\":null,\"silent_us\":null,\"idle_us\":null,\"waits_us\":null,"
	"\"retransmits\":0,\"probes\":0,\"srtt_us\":null}\n",

	"{\"v\":1,\"type\":\"socket\"," TIME
	",\"id\":\"3e7\",\"state\":\"CLOSE\",\"netns\":4026532300,\"family\":null,\"role\":null,"
	"\"local_addr\":null,\"local_port\":null,\"remote_addr\":null,\"remote_port\":null,"
	"\"held\":\"process\",\"holders\":[{\"pid\":300,\"comm\":\"cu\\u001b[2Jrl\",\"fds\":[8]}],"
	"\"uid\":null,\"inode\":1999," NO_NAMES ",\"age_us\":null,\"age_at_least\":null,"
	"\"eof_read\":null,\"bytes_unread\":null,\"bytes_unsent\":null,\"bytes_unacked\":null,"
	"\"keepalive\":null,\"silent_us\":null,\"idle_us\":null,\"waits_us\":null,"
	"\"retransmits\":0,\"probes\":0,\"srtt_us\":null}\n",

	"{\"v\":1,\"type\":\"socket\"," TIME
	",\"id\":\"2\",\"state\":\"LISTEN\",\"netns\":4026531840,\"family\":\"ipv6\","
	"\"role\":\"server\",\"local_addr\":\"::\",\"local_port\":443,\"remote_addr\":null,"
	"\"remote_port\":null,\"held\":\"process\",\"holders\":[{\"pid\":100,",

	NULL,
};

static void test_json_has_every_kind_of_record(void **state)
{
	struct shown shown;

	set_up(&shown, false);
	shown.content.sockets = true;
	tf_snapshot_json_write(&shown.content, shown.fixture.sink, shown.fixture.out);
	expect_in_order(sink_fixture_text(&shown.fixture), JSON_LINES);
	assert_int_equal(lines(shown.fixture.text), 1 + 3 + 9 + 47);
	tear_down(&shown);
}

static void test_sockets_only_when_asked_for(void **state)
{
	struct shown shown;

	set_up(&shown, false);
	tf_snapshot_json_write(&shown.content, shown.fixture.sink, shown.fixture.out);
	assert_int_equal(lines(sink_fixture_text(&shown.fixture)), 1 + 3 + 9);
	assert_null(strstr(shown.fixture.text, "\"type\":\"socket\""));
	tear_down(&shown);
}

/* Names that need six bytes for each of theirs, more holders than a line takes, many namespaces. */
static void test_the_longest_lines_fit(void **state)
{
	const struct tf_snapshot_text_options view = {.verbose = true};
	struct tf_standing none = {0};
	struct shown shown = {0};
	struct tf_ev_sock *sock;

	scene_begin(&shown.scene);
	for (uint32_t i = 0; i < 300; i++)
		scene_netns(&shown.scene, UINT32_MAX - i, 32768, 60999);
	sock = scene_sock(&shown.scene, TF_TCP_CLOSE_WAIT, "2001:db8:1111:2222:3333:4444:5555:6666",
			  65535, "2001:db8:1111:2222:3333:4444:5555:6666", 65534);
	sock->st.ev.sock = UINT64_MAX;
	sock->st.cgroup = UINT64_MAX;
	sock->silent_ms = UINT32_MAX - 1;
	sock->rcv_queue = sock->snd_queue = INT32_MAX;
	sock->st.inode = sock->st.uid = sock->st.srtt_us = UINT32_MAX - 1;
	scene_holders(&shown.scene);
	for (uint32_t i = 0; i < 6000; i++)
		scene_hold(&shown.scene, UINT64_MAX, UINT32_MAX - i,
			   "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01",
			   INT32_MIN + (int32_t)i);
	scene_end(&shown.scene, true);
	shown.snapshot = scene_snapshot(&shown.scene, NULL);
	shown.content = (struct tf_snapshot_content){.info = &sink_fixture_info,
						     .snapshot = shown.snapshot,
						     .alerts = &none,
						     .sockets = true};
	sink_fixture_json(&shown.fixture, &sink_fixture_info);
	tf_snapshot_json_write(&shown.content, shown.fixture.sink, shown.fixture.out);
	assert_int_equal(lines(sink_fixture_text(&shown.fixture)), 3);
	assert_non_null(strstr(shown.fixture.text, "\"fds\":[-2147483648]}"));
	tf_snapshot_text_write(&shown.content, &view, shown.fixture.out);
	assert_non_null(strstr(sink_fixture_text(&shown.fixture), ", +5936 more\n"));
	shown.fixture.json = false;
	tear_down(&shown);
}

/* The names that the stream has of a cgroup, in all three records. */
static void test_names_of_cgroups_are_in_all_three_records(void **state)
{
	static const struct tf_ev_cgroup names = {
		.ev = {.kind = TF_EV_CGROUP, .size = sizeof(names)},
		.id = 77,
		.container = "docker:0123456789ab",
		.unit = "web.service",
		.path = "/system.slice/\"odd\"",
	};
	struct shown shown = {0};
	struct tf_standing none = {0};
	const char *at;
	unsigned int n = 0;

	make_crowd(&shown.scene);
	tape_add(&shown.scene.tape, &names);
	shown.snapshot = scene_snapshot(&shown.scene, NULL);
	shown.content = (struct tf_snapshot_content){.info = &sink_fixture_info,
						     .snapshot = shown.snapshot,
						     .alerts = &none,
						     .sockets = true};
	sink_fixture_json(&shown.fixture, &sink_fixture_info);
	tf_snapshot_json_write(&shown.content, shown.fixture.sink, shown.fixture.out);
	at = sink_fixture_text(&shown.fixture);
	while ((at = strstr(at,
			    "\"cgroup_id\":77,\"cgroup\":\"/system.slice/\\\"odd\\\"\","
			    "\"container\":\"docker:0123456789ab\",\"unit\":\"web.service\""))) {
		at++;
		n++;
	}
	/* All but minisocks, and the socket in CLOSE, of which nothing is known. */
	assert_int_equal(n, 3 + 6 + 43);
	tear_down(&shown);
}

static void test_unknown_values_are_null(void **state)
{
	struct tf_standing none = {0};
	struct shown shown = {0};

	scene_begin(&shown.scene);
	scene_netns(&shown.scene, 0, 0, 0);
	scene_sock(&shown.scene, TF_TCP_ESTABLISHED, HERE, 0, THERE, 0)->st.cgroup = 0;
	scene_holders(&shown.scene);
	scene_end(&shown.scene, false);
	shown.snapshot = scene_snapshot(&shown.scene, NULL);
	shown.content = (struct tf_snapshot_content){.info = &sink_fixture_info,
						     .snapshot = shown.snapshot,
						     .alerts = &none,
						     .sockets = true};
	sink_fixture_json(&shown.fixture, &sink_fixture_info);
	tf_snapshot_json_write(&shown.content, shown.fixture.sink, shown.fixture.out);
	assert_int_equal(lines(sink_fixture_text(&shown.fixture)), 3);
	tear_down(&shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unsent_unacknowledged_and_unwritten_are_three_things),
		cmocka_unit_test(test_the_screen_shows_alerts_listeners_groups_and_totals),
		cmocka_unit_test(test_alerts_come_first_on_the_screen),
		cmocka_unit_test(test_verbose_shows_the_listeners_without_trouble),
		cmocka_unit_test(test_each_socket_has_a_line),
		cmocka_unit_test(test_a_terminal_shows_one_screen),
		cmocka_unit_test(test_everything_is_shown_without_a_terminal),
		cmocka_unit_test(test_no_line_without_a_list_of_holders_is_longer_than_a_screen),
		cmocka_unit_test(test_colours_are_for_terminals),
		cmocka_unit_test(test_an_incomplete_snapshot_says_what_is_missing),
		cmocka_unit_test(test_a_host_without_sockets_has_a_short_screen),
		cmocka_unit_test(test_json_has_every_kind_of_record),
		cmocka_unit_test(test_sockets_only_when_asked_for),
		cmocka_unit_test(test_the_longest_lines_fit),
		cmocka_unit_test(test_names_of_cgroups_are_in_all_three_records),
		cmocka_unit_test(test_unknown_values_are_null),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
