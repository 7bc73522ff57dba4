// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "sink/text/alert_sentence.h"

#include <stdio.h>

#include "sink_fixture.h"
#include "unit.h"

#define S 1000000ULL
#define MIN (60 * S)
#define HOUR (60 * MIN)

static const struct tf_alert_address here = {true, {[10] = 0xff, 0xff, 10, 0, 0, 1}};
static const struct tf_alert_address there = {true, {[10] = 0xff, 0xff, 10, 0, 0, 9}};
static const struct tf_alert_address there6 = {true, {0x20, 0x01, 0x0d, 0xb8, [15] = 2}};
static const struct tf_alert_address any4 = {true, {[10] = 0xff, 0xff}};
static const struct tf_alert_address any6 = {.known = true};

/* An alert of which nothing is known but the number. */
static struct tf_alert_record bare(enum tf_alert alert, uint64_t count)
{
	return (struct tf_alert_record){.alert = alert, .count = tf_maybe_of(count)};
}

static struct tf_alert_record owned(enum tf_alert alert, uint64_t count, const char *comm,
				    uint32_t pid)
{
	struct tf_alert_record r = bare(alert, count);

	r.owner = (struct tf_owner){.from = TF_OWNER_HOLDER, .pid = pid};
	memcpy(r.owner.comm, comm, strlen(comm));
	return r;
}

static void expect(const struct tf_alert_record *alert, const char *expected)
{
	char text[TF_ALERT_SENTENCE_MAX + 1];

	*tf_alert_sentence(text, alert) = '\0';
	assert_string_equal(text, expected);
}

static void test_a_close_wait_pileup_has_its_sentence(void **state)
{
	struct tf_alert_record r = owned(TF_ALERT_CLOSE_WAIT_PILEUP, 412, "java", 221);

	r.local_port = 8080;
	r.oldest_us = tf_maybe_of(31 * MIN);
	r.rate_per_min = tf_maybe_of(14);
	r.eof_read = tf_maybe_of(412);
	expect(&r, "java[221] has 412 sockets in CLOSE_WAIT on :8080, oldest 31 min, 14 more a "
		   "minute: the peers closed, this process never calls close().");
	r.oldest_at_least = TF_YES;
	r.rate_per_min = tf_maybe_of(0);
	r.eof_read = tf_maybe_of(400);
	r.bytes_unread = tf_maybe_of(1300000);
	expect(&r, "java[221] has 412 sockets in CLOSE_WAIT on :8080, oldest at least 31 min, EOF "
		   "read on 400 of them, 1.2M bytes unread: the peers closed, this process never "
		   "calls close().");
	/* A client's: what its sockets have in common is the remote port. */
	r = owned(TF_ALERT_CLOSE_WAIT_PILEUP, 60, "curl", 9);
	r.remote_port = 443;
	r.eof_read = tf_maybe_of(0);
	expect(&r,
	       "curl[9] has 60 sockets in CLOSE_WAIT to port 443, EOF read on none of them: the "
	       "peers closed, this process never calls close().");
	/* Shared by several, of one name and of different ones. */
	r = owned(TF_ALERT_CLOSE_WAIT_PILEUP, 60, "nginx", 0);
	r.local_port = 80;
	expect(&r,
	       "nginx (several processes) has 60 sockets in CLOSE_WAIT on :80: the peers closed, "
	       "this process never calls close().");
	r = owned(TF_ALERT_CLOSE_WAIT_PILEUP, 60, "", 0);
	r.local_port = 80;
	expect(&r,
	       "a group of processes has 60 sockets in CLOSE_WAIT on :80: the peers closed, this "
	       "process never calls close().");
	r = bare(TF_ALERT_CLOSE_WAIT_PILEUP, 60);
	r.local_port = 80;
	expect(&r, "An unknown process has 60 sockets in CLOSE_WAIT on :80: the peers closed, this "
		   "process never calls close().");
}

static void test_a_syn_recv_flood_has_its_sentence(void **state)
{
	struct tf_alert_record r = owned(TF_ALERT_SYN_RECV_FLOOD, 193, "nginx", 7);

	r.local_addr = any4;
	r.local_port = 80;
	r.limit = tf_maybe_of(256);
	r.oldest_us = tf_maybe_of(12 * S);
	r.rate_per_min = tf_maybe_of(900);
	r.dropped = tf_maybe_of(1200);
	expect(&r, "193 of 256 pending handshakes wait at nginx[7] on :80, oldest 12 s, 900 more a "
		   "minute, 1200 turned away: handshakes begin here and are not finished.");
	r = bare(TF_ALERT_SYN_RECV_FLOOD, 193);
	r.local_addr = any6;
	r.local_port = 80;
	expect(&r, "193 pending handshakes wait on :80: handshakes begin here and are not "
		   "finished.");
}

static void test_a_full_accept_queue_has_its_sentence(void **state)
{
	struct tf_alert_record r = owned(TF_ALERT_ACCEPT_QUEUE_FULL, 129, "nginx", 7);

	r.local_addr = here;
	r.local_port = 80;
	r.limit = tf_maybe_of(128);
	r.dropped = tf_maybe_of(320);
	expect(&r,
	       "129 of 128 connections wait for accept() at nginx[7] on 10.0.0.1:80, 320 turned "
	       "away: the program does not accept them fast enough.");
	r.owner.from = TF_OWNER_NONE;
	r.count = tf_maybe_of(1);
	r.limit = (struct tf_maybe){0};
	r.dropped = tf_maybe_of(0);
	expect(&r,
	       "1 connection waits for accept() on 10.0.0.1:80: the program does not accept them "
	       "fast enough.");
	r.limit = tf_maybe_of(1);
	expect(&r,
	       "1 of 1 connections wait for accept() on 10.0.0.1:80: the program does not accept "
	       "them fast enough.");
}

static void test_a_syn_sent_pileup_has_its_sentence(void **state)
{
	struct tf_alert_record r = owned(TF_ALERT_SYN_SENT_PILEUP, 40, "curl", 99);

	r.remote_addr = there;
	r.remote_port = 443;
	r.oldest_us = tf_maybe_of(3 * S);
	expect(&r, "curl[99] has 40 connects without an answer to 10.0.0.9:443, oldest 3 s: nobody "
		   "answers the SYNs.");
	r.remote_addr.known = false;
	r.remote_port = 0;
	r.destinations = tf_maybe_of(38);
	expect(&r, "curl[99] has 40 connects without an answer to 38 destinations, oldest 3 s: "
		   "nobody answers the SYNs.");
	r.destinations = (struct tf_maybe){0};
	r.count = tf_maybe_of(1);
	expect(&r, "curl[99] has 1 connect without an answer, for 3 s: nobody answers the SYNs.");
}

static void test_unfinished_closes_have_their_sentences(void **state)
{
	struct tf_alert_record r = bare(TF_ALERT_FIN_WAIT1_PILEUP, 80);

	r.local_port = 443;
	r.oldest_us = tf_maybe_of(119 * S);
	expect(&r,
	       "80 sockets are in FIN_WAIT1 on :443, oldest 119 s: the peers do not acknowledge "
	       "our close.");
	r = owned(TF_ALERT_FIN_WAIT1_PILEUP, 1, "nginx", 7);
	expect(&r, "1 socket of nginx[7] is in FIN_WAIT1: the peers do not acknowledge our close.");
	r = bare(TF_ALERT_FIN_WAIT2_STUCK, 60);
	r.remote_addr = there6;
	r.oldest_us = tf_maybe_of(2 * HOUR);
	expect(&r,
	       "60 sockets are in FIN_WAIT2 to 2001:db8::2, oldest 2 h: the peer has our FIN and "
	       "never closes its side.");
	r.remote_port = 443;
	r.oldest_us = tf_maybe_of(72 * HOUR);
	expect(&r,
	       "60 sockets are in FIN_WAIT2 to [2001:db8::2]:443, oldest 3 days: the peer has our "
	       "FIN and never closes its side.");
	r = bare(TF_ALERT_LAST_ACK_PILEUP, 50);
	r.local_port = 443;
	r.oldest_us = tf_maybe_of(900000);
	expect(&r, "50 sockets are in LAST_ACK on :443, oldest 900 ms: the clients vanished in the "
		   "middle of the close.");
}

static void test_used_up_ports_have_their_sentence(void **state)
{
	struct tf_alert_record r = bare(TF_ALERT_TIME_WAIT_EXHAUSTION, 22600);

	r.local_addr = here;
	r.remote_addr = there;
	r.remote_port = 443;
	r.limit = tf_maybe_of(28232);
	r.rate_per_min = tf_maybe_of(800);
	expect(&r,
	       "22600 of 28232 local ports are in use from 10.0.0.1 to 10.0.0.9:443, 800 more a "
	       "minute: connect() will fail with EADDRNOTAVAIL.");
}

static void test_ghosts_have_their_sentence(void **state)
{
	struct tf_alert_record r = owned(TF_ALERT_GHOST_ESTABLISHED, 6, "sshd", 44);

	r.local_port = 22;
	r.remote_addr = there;
	r.oldest_us = tf_maybe_of(119 * MIN);
	r.oldest_at_least = TF_YES;
	expect(&r,
	       "sshd[44] has 6 silent connections without keepalive on :22 to 10.0.0.9, oldest at "
	       "least 119 min: the peer came back and left them behind.");
}

static void test_storms_have_their_sentences(void **state)
{
	struct tf_alert_record r = owned(TF_ALERT_RESET_STORM, 320, "nginx", 7);

	r.local_port = 80;
	r.remote_addr = there;
	r.fate = tf_maybe_of(TF_FATE_RESET_BY_REMOTE);
	r.rate_per_min = tf_maybe_of(640);
	expect(&r, "320 connections of nginx[7] on :80 to 10.0.0.9 ended as reset_by_remote, 640 a "
		   "minute: far more than shortly before.");
	r = owned(TF_ALERT_REFUSED_STORM, 70, "curl", 99);
	r.remote_addr = there;
	r.remote_port = 80;
	r.rate_per_min = tf_maybe_of(70);
	expect(&r,
	       "70 connects of curl[99] were refused by 10.0.0.9:80, 70 a minute: nothing listens "
	       "there any more.");
	r.count = tf_maybe_of(1);
	r.owner.from = TF_OWNER_NONE;
	expect(&r, "1 connect was refused by 10.0.0.9:80, 70 a minute: nothing listens there any "
		   "more.");
	r = owned(TF_ALERT_RECONNECT_FLAP, 45, "mosquitto", 8);
	r.remote_addr = there;
	r.local_port = 8883;
	r.rate_per_min = tf_maybe_of(45);
	expect(&r, "45 short-lived connections came from 10.0.0.9 to :8883 of mosquitto[8], 45 a "
		   "minute: the peer connects, is cut off, and connects again.");
	r.fate = tf_maybe_of(TF_FATE_ABORTED_UNREAD);
	expect(&r,
	       "45 short-lived connections came from 10.0.0.9 to :8883 of mosquitto[8], ended as "
	       "aborted_unread, 45 a minute: the peer connects, is cut off, and connects again.");
}

static void test_a_cleared_alert_says_that_it_is_over(void **state)
{
	struct tf_alert_record r = owned(TF_ALERT_CLOSE_WAIT_PILEUP, 412, "java", 221);

	r.event = TF_ALERT_EVENT_CLEAR;
	r.since_ns = tf_maybe_of(1000);
	r.time_ns = 1000 + 12 * MIN * 1000;
	r.local_port = 8080;
	r.oldest_us = tf_maybe_of(5);
	r.rate_per_min = tf_maybe_of(5);
	expect(&r, "Over after 12 min: java[221] had up to 412 sockets in CLOSE_WAIT on :8080.");
	r.owner.from = TF_OWNER_NONE;
	expect(&r, "Over after 12 min: an unknown process had up to 412 sockets in CLOSE_WAIT on "
		   ":8080.");
	r.alert = TF_ALERT_ACCEPT_QUEUE_FULL;
	r.limit = tf_maybe_of(128);
	expect(&r, "Over after 12 min: up to 412 of 128 connections waited for accept() on :8080.");
	r.alert = TF_ALERT_FIN_WAIT1_PILEUP;
	r.limit = (struct tf_maybe){0};
	r.count = tf_maybe_of(1);
	expect(&r, "Over after 12 min: up to 1 socket was in FIN_WAIT1 on :8080.");
	r.time_ns = 0; /* a damaged recording */
	expect(&r, "Over after 0 ms: up to 1 socket was in FIN_WAIT1 on :8080.");
}

static void test_names_of_processes_are_escaped(void **state)
{
	struct tf_alert_record r = owned(TF_ALERT_SYN_SENT_PILEUP, 2, "a\033[2J\n\xff", 1);

	expect(&r, "a\\x1b[2J\\x0a\\xff[1] has 2 connects without an answer: nobody answers the "
		   "SYNs.");
}

static void test_one_unread_byte_is_singular(void **state)
{
	struct tf_alert_record r = owned(TF_ALERT_CLOSE_WAIT_PILEUP, 1, "java", 221);

	r.eof_read = tf_maybe_of(0);
	r.bytes_unread = tf_maybe_of(1);
	expect(&r, "java[221] has 1 socket in CLOSE_WAIT, EOF not read, 1 byte unread: the peers "
		   "closed, this process never calls close().");
}

/* Whatever is known or not: a whole sentence, nothing of the table's marks, no blank too many. */
static void test_every_alert_says_a_sentence(void **state)
{
	for (unsigned int i = 0; i < TF_ALERT_MAX * 64; i++) {
		struct tf_alert_record r = bare(i % TF_ALERT_MAX, 1 + i / TF_ALERT_MAX % 2);
		unsigned int known = i / TF_ALERT_MAX / 2;
		char text[TF_ALERT_SENTENCE_MAX + 1], *end;

		if (known & 1)
			r.owner = sink_fixture_alert.owner;
		if (known & 2)
			r.local_port = 80;
		if (known & 4)
			r.remote_addr = there;
		if (known & 8)
			r.fate = tf_maybe_of(TF_FATE_RESET_BY_REMOTE);
		if (known & 16)
			r.event = TF_ALERT_EVENT_CLEAR;
		end = tf_alert_sentence(text, &r);
		*end = '\0';
		assert_int_equal(end[-1], '.');
		assert_null(strpbrk(text, "<>{}|%"));
		assert_null(strstr(text, "  "));
		assert_null(strstr(text, " ,"));
		assert_null(strstr(text, " :") && !(known & 2) ? text : NULL);
		assert_int_equal(strstr(text, "java[221]") != NULL,
				 (known & 1) && r.alert != TF_ALERT_TIME_WAIT_EXHAUSTION);
	}
}

static void test_the_longest_sentence_fits(void **state)
{
	struct tf_alert_address addr = {.known = true};
	size_t longest = 0;

	memset(addr.address, 0xfe, sizeof(addr.address));
	for (unsigned int i = 0; i < TF_ALERT_MAX; i++) {
		struct tf_alert_record r = bare(i, UINT64_MAX - 1);
		char text[TF_ALERT_SENTENCE_MAX];
		size_t len;

		r.owner = (struct tf_owner){.from = TF_OWNER_HOLDER, .pid = UINT32_MAX};
		memset(r.owner.comm, 0xff, TF_COMM_LEN);
		r.local_addr = r.remote_addr = addr;
		r.local_port = r.remote_port = UINT16_MAX;
		r.oldest_us = r.rate_per_min = r.limit = r.dropped = tf_maybe_of(UINT64_MAX - 1);
		r.eof_read = r.bytes_unread = tf_maybe_of(UINT64_MAX - 2);
		r.oldest_at_least = TF_YES;
		r.fate = tf_maybe_of(TF_FATE_RESET_AFTER_REMOTE_FIN);
		len = (size_t)(tf_alert_sentence(text, &r) - text);
		longest = len > longest ? len : longest;
	}
	assert_in_range(longest, 400, TF_ALERT_SENTENCE_MAX / 2 + 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_close_wait_pileup_has_its_sentence),
		cmocka_unit_test(test_a_syn_recv_flood_has_its_sentence),
		cmocka_unit_test(test_a_full_accept_queue_has_its_sentence),
		cmocka_unit_test(test_a_syn_sent_pileup_has_its_sentence),
		cmocka_unit_test(test_unfinished_closes_have_their_sentences),
		cmocka_unit_test(test_used_up_ports_have_their_sentence),
		cmocka_unit_test(test_ghosts_have_their_sentence),
		cmocka_unit_test(test_storms_have_their_sentences),
		cmocka_unit_test(test_a_cleared_alert_says_that_it_is_over),
		cmocka_unit_test(test_names_of_processes_are_escaped),
		cmocka_unit_test(test_one_unread_byte_is_singular),
		cmocka_unit_test(test_every_alert_says_a_sentence),
		cmocka_unit_test(test_the_longest_sentence_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
