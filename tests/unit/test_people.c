// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "sink/text/people.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/states.h"
#include "sink_fixture.h"
#include "unit.h"

static const struct tf_people_options PLAIN = {false, 0};
static const struct tf_people_options NARROW = {false, 100};
static const struct tf_people_options COLOUR = {true, 0};

static struct tf_conn_record clean_conn(void)
{
	struct tf_conn_record conn = sink_fixture_conn;

	conn.fate = TF_FATE_CLOSED_BY_REMOTE;
	conn.abnormal = TF_NO;
	conn.role = TF_ROLE_SERVER;
	conn.bytes_received = tf_maybe_of(123456789);
	return conn;
}

static void expect(const struct tf_people_options *options, const struct tf_record *record,
		   const char *expected)
{
	struct sink_fixture fixture;

	sink_fixture_people(&fixture, &sink_fixture_info, options);
	tf_sink_record(fixture.sink, record);
	assert_string_equal(sink_fixture_text(&fixture), expected);
	sink_fixture_free(&fixture);
}

static void expect_conn(const struct tf_people_options *options, const struct tf_conn_record *conn,
			const char *expected)
{
	const struct tf_record record = {.type = TF_RECORD_CONN, .conn = conn};

	expect(options, &record, expected);
}

static void test_a_clean_end_is_one_line(void **state)
{
	struct tf_conn_record conn = clean_conn();

	expect_conn(&PLAIN, &conn,
		    "02:19:07.500 closed_by_remote          1.2s curl/1234            "
		    "192.0.2.17:43210      <- 203.0.113.5:443        0.9K  117M\n");
	expect_conn(&COLOUR, &conn,
		    "02:19:07.500 closed_by_remote          1.2s curl/1234            "
		    "192.0.2.17:43210      <- 203.0.113.5:443        0.9K  117M\n");
}

static void test_a_narrow_terminal_has_fewer_columns(void **state)
{
	struct tf_conn_record conn = clean_conn();

	expect_conn(&NARROW, &conn,
		    "02:19:07.500 closed_by_remote          1.2s curl/1234       "
		    "192.0.2.17:43210   <- 203.0.113.5:443\n");
}

static void test_unknown_values_are_a_dash(void **state)
{
	struct tf_conn_record conn = sink_fixture_blank;

	conn.fate = TF_FATE_CLOSED_BY_LOCAL;
	expect_conn(&PLAIN, &conn,
		    "02:19:06.000 closed_by_local              - -                    "
		    "[2001:db8::1]:?       -- [2001:db8::2]:?           -     -\n");
}

static void test_an_abnormal_end_is_explained(void **state)
{
	const struct tf_fate_info *fate = tf_fates_info(TF_FATE_RESET_BY_REMOTE);
	static const char line[] =
		"02:19:07.500 reset_by_remote           1.2s curl/1234            "
		"192.0.2.17:43210      -> 203.0.113.5:443        0.9K     0\n";
	static const char facts[] =
		" The application got ECONNRESET. 412 bytes of ours were never acknowledged. 1 "
		"segment "
		"was retransmitted. Cause: checkpoint. Evidence: err_reset. States: "
		"SYN_SENT 12.3ms, "
		"ESTABLISHED 1.2s.\n";
	struct sink_fixture fixture;
	char expected[4096];

	/* Meaning and remedy once, what is this connection's own each time. */
	snprintf(expected, sizeof(expected), "%s%13s%s%s%13sWhat to do: %s\n%s%12s%s", line, "",
		 fate->meaning, facts, "", fate->remedy, line, "", facts);
	sink_fixture_people(&fixture, &sink_fixture_info, &PLAIN);
	sink_fixture_put_conn(&fixture, &sink_fixture_conn);
	sink_fixture_put_conn(&fixture, &sink_fixture_conn);
	assert_string_equal(sink_fixture_text(&fixture), expected);
	sink_fixture_free(&fixture);
}

static void test_a_fate_is_explained_again_after_ten_minutes(void **state)
{
	static const uint64_t minute_ns = 60000000000;
	struct tf_conn_record conn = sink_fixture_conn;
	struct sink_fixture fixture;
	unsigned int said = 0;

	sink_fixture_people(&fixture, &sink_fixture_info, &PLAIN);
	for (unsigned int i = 0; i < 20; i++, conn.time_ns += minute_ns)
		sink_fixture_put_conn(&fixture, &conn);
	for (const char *at = sink_fixture_text(&fixture); (at = strstr(at, "What to do:")); at++)
		said++;
	assert_int_equal(said, 2);
	sink_fixture_free(&fixture);
}

/* Another form of the fate has words that were not said yet. */
static void test_another_form_of_a_fate_is_explained_though_the_fate_was(void **state)
{
	struct tf_conn_record conn = sink_fixture_conn;
	struct sink_fixture fixture;
	unsigned int said = 0;

	conn.fate = TF_FATE_RESET_AFTER_REMOTE_FIN;
	sink_fixture_people(&fixture, &sink_fixture_info, &PLAIN);
	for (unsigned int i = 0; i < 6; i++) {
		conn.bytes_unacked = tf_maybe_of(i < 3 ? 412 : 0);
		conn.bytes_unsent = tf_maybe_of(0);
		sink_fixture_put_conn(&fixture, &conn);
	}
	for (const char *at = sink_fixture_text(&fixture); (at = strstr(at, "What to do:")); at++)
		said++;
	assert_int_equal(said, 2);
	assert_non_null(strstr(fixture.text, "this side wrote to a peer that had gone"));
	assert_non_null(strstr(fixture.text, "What to do: Harmless when"));
	sink_fixture_free(&fixture);
}

static void test_a_clean_end_of_a_killed_process_says_so(void **state)
{
	struct tf_conn_record conn = clean_conn();

	conn.how = TF_HOW_SIGNAL;
	conn.how_signal = 15;
	conn.abnormal = TF_NO;
	expect_conn(&NARROW, &conn,
		    "02:19:07.500 closed_by_remote          1.2s curl/1234       "
		    "192.0.2.17:43210   <- 203.0.113.5:443\n"
		    "             Its process was killed by signal 15.\n");
}

/* A remedy of the death, once; none that a dead process could have followed. */
static void test_a_death_has_its_own_remedy(void **state)
{
	static const struct {
		enum tf_close_how how;
		uint8_t signal;
		const char *said, *remedy;
	} rows[] = {
		{TF_HOW_SIGNAL, 9, "killed by signal 9.", "who sent the signal"},
		{TF_HOW_SIGNAL, 11, "killed by signal 11.", "core dump"},
		{TF_HOW_SIGNAL, 15, "killed by signal 15.", "handle the signal"},
		{TF_HOW_OOM, 0, "out of memory.", "memory.max"},
	};

	for (unsigned int i = 0; i < 2 * COUNT(rows); i++) {
		struct tf_conn_record conn = clean_conn();
		bool clean = i >= COUNT(rows);
		struct sink_fixture fixture;
		char *at;

		conn.fate = clean ? TF_FATE_CLOSED_BY_REMOTE : TF_FATE_ABORTED_UNREAD;
		conn.how = rows[i % COUNT(rows)].how;
		conn.how_signal = rows[i % COUNT(rows)].signal;
		conn.abnormal = clean && conn.how_signal == 15 ? TF_NO : TF_YES;
		sink_fixture_people(&fixture, &sink_fixture_info, &COLOUR);
		sink_fixture_put_conn(&fixture, &conn);
		sink_fixture_put_conn(&fixture, &conn);
		sink_fixture_text(&fixture);
		assert_int_equal(fixture.text[0] == '\033', conn.abnormal == TF_YES);
		assert_non_null(strstr(fixture.text, rows[i % COUNT(rows)].said));
		assert_null(strstr(fixture.text, "read and discard"));
		at = strstr(fixture.text, "What to do: ");
		assert_int_equal(at != NULL, conn.abnormal == TF_YES);
		if (at) {
			assert_non_null(strstr(at, rows[i % COUNT(rows)].remedy));
			assert_null(strstr(at + 1, "What to do: "));
		}
		sink_fixture_free(&fixture);
	}
}

/* The end of one that had closed before, by its own death or not, is explained by what ended it. */
static void test_a_timeout_after_a_death_keeps_its_remedy(void **state)
{
	struct tf_conn_record conn = sink_fixture_conn;
	struct sink_fixture fixture;

	conn.fate = TF_FATE_CLOSE_TIMEOUT;
	conn.how = TF_HOW_SIGNAL;
	conn.how_signal = 9;
	sink_fixture_people(&fixture, &sink_fixture_info, &PLAIN);
	sink_fixture_put_conn(&fixture, &conn);
	assert_non_null(strstr(sink_fixture_text(&fixture), "net.ipv4.tcp_orphan_retries says"));
	sink_fixture_free(&fixture);
}

static void test_below_100_columns_the_ends_stand_below(void **state)
{
	static const struct tf_people_options terminal = {false, 80};
	struct tf_conn_record conn = clean_conn();

	expect_conn(&terminal, &conn,
		    "02:19:07.500 closed_by_remote          1.2s curl/1234\n"
		    "             192.0.2.17:43210   <- 203.0.113.5:443\n");
}

/* The paragraphs under @conn's line hold @sentence. */
static void expect_sentence(const struct tf_conn_record *conn, const char *sentence)
{
	struct sink_fixture fixture;

	sink_fixture_people(&fixture, &sink_fixture_info, &PLAIN);
	sink_fixture_put_conn(&fixture, conn);
	if (!strstr(sink_fixture_text(&fixture), sentence))
		fail_msg("no \"%s\" in %s", sentence, fixture.text);
	sink_fixture_free(&fixture);
}

static void test_each_fact_has_its_sentence(void **state)
{
	struct tf_conn_record conn = sink_fixture_conn;

	conn.err_delivered = TF_NO;
	expect_sentence(&conn, " The application never got ECONNRESET.");
	conn.err_delivered = TF_UNKNOWN;
	expect_sentence(&conn, " An application that still uses it gets ECONNRESET.");
	conn.err = 4000;
	expect_sentence(&conn, " gets errno 4000.");
	conn.bytes_unsent = tf_maybe_of(2);
	conn.bytes_unread = tf_maybe_of(1);
	conn.retransmits = tf_maybe_of(7);
	expect_sentence(&conn,
			" 2 bytes were written and never sent. 1 received byte had not been read. "
			"7 segments were retransmitted.");
	conn.how = TF_HOW_EXIT;
	expect_sentence(&conn, " Its process exited.");
	conn.how = TF_HOW_SIGNAL;
	conn.how_signal = 9;
	expect_sentence(&conn, " Its process was killed by signal 9.");
	conn.rst_reason = tf_maybe_of(3);
	expect_sentence(&conn, " The kernel's reason for the RST: TCP_ABORT_ON_CLOSE.");
	conn.dead_held_us = tf_maybe_of(5000000);
	expect_sentence(&conn, " The application held the dead socket for 5.0s.");
	conn.complete = false;
	expect_sentence(&conn, " Part of its history is missing.");
}

static void test_an_undecided_end_lists_its_evidence(void **state)
{
	struct tf_conn_record conn = sink_fixture_blank;

	conn.evidence = 1ULL << TF_FACT_ERR_NONE | 1ULL << TF_FACT_ORPHAN;
	expect_sentence(&conn, " Evidence: no_error, orphan.\n");
	conn.n_states = 1;
	conn.states[0] = (struct tf_state_time){.state = TF_TCP_ESTABLISHED};
	expect_sentence(&conn, " States: ESTABLISHED.\n");
}

static void test_every_fate_but_the_clean_ones_stands_out(void **state)
{
	for (unsigned int fate = 0; fate < TF_FATE_MAX; fate++) {
		struct tf_conn_record conn = sink_fixture_conn;
		bool clean = tf_fates_info(fate)->class == TF_CLASS_CLEAN;
		struct sink_fixture fixture;
		char *newline;

		conn.fate = fate;
		conn.abnormal = clean ? TF_NO : TF_YES;
		sink_fixture_people(&fixture, &sink_fixture_info, &COLOUR);
		sink_fixture_put_conn(&fixture, &conn);
		sink_fixture_text(&fixture);
		newline = strchr(fixture.text, '\n');
		assert_int_equal(fixture.text[0] == '\033', !clean);
		assert_int_equal(newline[1] != '\0', !clean);
		if (!clean)
			assert_memory_equal(newline - 4, "\033[0m", 4);
		assert_null(strchr(newline, '\033'));
		sink_fixture_free(&fixture);
	}
}

static void test_no_name_can_act_on_the_terminal(void **state)
{
	struct tf_conn_record conn = sink_fixture_conn;
	struct tf_run_info info = sink_fixture_info;
	struct sink_fixture fixture;

	memcpy(conn.owner.comm,
	       "\033]0;x\a\r\n\x9b"
	       "2J\xe2\x80\xae",
	       15);
	strcpy(info.reason[3], "\033c\xff");
	conn.rst_reason = tf_maybe_of(3);
	sink_fixture_people(&fixture, &info, &PLAIN);
	sink_fixture_put_conn(&fixture, &conn);
	for (const char *p = sink_fixture_text(&fixture); *p; p++)
		assert_true(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
	assert_non_null(
		strstr(fixture.text, "\\x1b]0;x\\x07\\x0d\\x0a\\x9b2J\\xe2\\x80\\xae/1234 "));
	sink_fixture_free(&fixture);
}

static unsigned int longest_line(const char *text)
{
	unsigned int longest = 0;

	for (const char *end; (end = strchr(text, '\n')); text = end + 1)
		if (end - text > longest)
			longest = (unsigned int)(end - text);
	return longest;
}

static void test_lines_fit_their_terminal(void **state)
{
	static const unsigned int widths[] = {80, 99, 100, 118, 126, 160, 400};
	struct tf_conn_record conn = sink_fixture_conn;

	for (size_t i = 0; i < COUNT(widths); i++) {
		const struct tf_people_options options = {false, widths[i]};
		struct sink_fixture fixture;

		sink_fixture_people(&fixture, &sink_fixture_info, &options);
		tf_sink_start(fixture.sink);
		sink_fixture_put_conn(&fixture, &conn);
		assert_in_range(longest_line(sink_fixture_text(&fixture)), 60, widths[i]);
		assert_in_range(longest_line(fixture.text), 60, 126);
		sink_fixture_free(&fixture);
	}
}

static void test_sentences_keep_a_least_width(void **state)
{
	const struct tf_people_options tiny = {false, 10};
	struct sink_fixture fixture;
	unsigned int lines = 0;

	sink_fixture_people(&fixture, &sink_fixture_info, &tiny);
	sink_fixture_put_conn(&fixture, &sink_fixture_conn);
	for (const char *p = sink_fixture_text(&fixture); *p; p++)
		lines += *p == '\n';
	assert_in_range(lines, 5, strlen(fixture.text) / 30);
	sink_fixture_free(&fixture);
}

/* Everything at its longest, wrapped as short as can be: within what people.c reserves. */
static void test_the_longest_record_fits(void **state)
{
	const struct tf_people_options options = {true, 1};
	struct tf_run_info info = sink_fixture_info;
	struct tf_conn_record conn = sink_fixture_conn;
	struct sink_fixture fixture;

	memset(info.reason[3], '\033', TF_REASON_LEN - 1);
	memset(conn.owner.comm, 0xff, TF_COMM_LEN);
	memset(conn.tuple.laddr, 0xfe, 16);
	memset(conn.tuple.raddr, 0xfe, 16);
	conn.owner.pid = UINT32_MAX;
	conn.duration_us = conn.bytes_sent = conn.bytes_received = tf_maybe_of(UINT64_MAX - 1);
	conn.bytes_unread = conn.bytes_unsent = conn.bytes_unacked = tf_maybe_of(UINT64_MAX - 1);
	conn.dead_held_us = tf_maybe_of(UINT64_MAX - 1);
	conn.how = TF_HOW_SIGNAL;
	conn.how_signal = 255;
	conn.rst_reason = tf_maybe_of(3);
	conn.complete = false;
	conn.evidence = UINT64_MAX;
	conn.n_states = TF_STATES_MAX;
	for (unsigned int i = 0; i < TF_STATES_MAX; i++)
		conn.states[i] =
			(struct tf_state_time){TF_TCP_ESTABLISHED, TF_MAYBE(UINT64_MAX - 1)};
	sink_fixture_people(&fixture, &info, &options);
	for (unsigned int fate = 0; fate < TF_FATE_MAX; fate++) {
		conn.fate = fate;
		sink_fixture_put_conn(&fixture, &conn);
	}
	assert_int_equal(tf_output_lost(fixture.out), 0);
	sink_fixture_text(&fixture);
	sink_fixture_free(&fixture);
}

static void test_a_reset_is_one_line(void **state)
{
	struct tf_reset_record r = {.time_ns = 1000000000000,
				    .kind = TF_RESET_REFUSED_INBOUND,
				    .tuple = sink_fixture_conn.tuple,
				    .rst_reason = TF_MAYBE(0)};
	const struct tf_record record = {.type = TF_RECORD_RESET, .reset = &r};

	expect(&PLAIN, &record,
	       "02:19:06.000 refused_inbound              - -                    "
	       "192.0.2.17:43210      <- 203.0.113.5:443       RST sent: NOT_SPECIFIED\n");
	r.kind = TF_RESET_LATE_DATA;
	r.rst_reason = (struct tf_maybe){0};
	expect(&NARROW, &record,
	       "02:19:06.000 late_data                    - -               "
	       "192.0.2.17:43210   <- 203.0.113.5:443\n"
	       "             RST sent\n");
}

static void test_gap_lines_are_loud(void **state)
{
	struct tf_gap_record r = {.time_ns = 1000000000000,
				  .where = TF_GAP_RING,
				  .count = tf_maybe_of(5),
				  .total = tf_maybe_of(7)};
	const struct tf_record record = {.type = TF_RECORD_GAP, .gap = &r};

	expect(&PLAIN, &record,
	       "02:19:06.000 *** LOST 5 events: the ring buffer was full (7 so far)\n");
	r.where = TF_GAP_SINK;
	expect(&COLOUR, &record,
	       "\033[1;37;41m02:19:06.000 *** LOST 5 lines of this output: its reader is too slow "
	       "(7 so far)\033[0m\n");
}

static void test_a_transition_is_one_line(void **state)
{
	struct tf_state_record r = {.time_ns = 1000000000000,
				    .tuple = sink_fixture_conn.tuple,
				    .owner = sink_fixture_conn.owner,
				    .old_state = TF_TCP_SYN_SENT,
				    .new_state = TF_TCP_ESTABLISHED,
				    .spent_us = TF_MAYBE(10)};
	const struct tf_record record = {.type = TF_RECORD_STATE, .state = &r};

	expect(&PLAIN, &record,
	       "02:19:06.000 SYN_SENT>ESTABLISHED      10us curl/1234            "
	       "192.0.2.17:43210      -- 203.0.113.5:443\n");
}

#define CLOSE_WAIT_SENTENCE                                                                        \
	"java[221] has 412 sockets in CLOSE_WAIT on 192.0.2.17:8080, oldest 31 min, 14 more a "    \
	"minute: the peers closed, this process never calls close()."

/* @expected is what stands before meaning and remedy, which are the table's. */
static void expect_alert(const struct tf_alert_record *alert, const char *expected)
{
	const struct tf_alert_info *info = tf_alerts_info(alert->alert);
	const struct tf_record record = {.type = TF_RECORD_ALERT, .alert = alert};
	char all[4096];

	snprintf(all, sizeof(all), "%s%13s%s\n%13sWhat to do: %s\n", expected, "", info->meaning,
		 "", info->remedy);
	expect(&PLAIN, &record, all);
}

static void test_an_alert_is_a_block(void **state)
{
	struct tf_alert_record alert = sink_fixture_alert;
	struct tf_ev_cgroup names = sink_fixture_names;

	expect_alert(&alert,
		     "02:19:08.500 ALERT close_wait_pileup: " CLOSE_WAIT_SENTENCE "\n"
		     "             e.g. 192.0.2.17:8080 -- 203.0.113.5:41234, CLOSE_WAIT for 31 "
		     "min, fd 17\n");
	alert.names = &names;
	alert.n_examples = 0;
	expect_alert(&alert,
		     "02:19:08.500 ALERT close_wait_pileup: " CLOSE_WAIT_SENTENCE "\n"
		     "             In container docker:3f4e7c1a9b2d, unit nginx.service.\n");
	names.container[0] = '\0';
	expect_alert(&alert, "02:19:08.500 ALERT close_wait_pileup: " CLOSE_WAIT_SENTENCE "\n"
			     "             In unit nginx.service.\n");
	names.unit[0] = '\0';
	strcpy((char *)names.path, "/batch\033");
	expect_alert(&alert, "02:19:08.500 ALERT close_wait_pileup: " CLOSE_WAIT_SENTENCE "\n"
			     "             In cgroup /batch\\x1b.\n");
	strcpy((char *)names.path, "/");
	expect_alert(&alert, "02:19:08.500 ALERT close_wait_pileup: " CLOSE_WAIT_SENTENCE "\n");
}

static void test_examples_name_their_socket_and_holder(void **state)
{
	struct tf_alert_record alert = sink_fixture_alert;

	alert.n_examples = 3;
	alert.examples[1] = alert.examples[2] = alert.examples[0];
	alert.examples[0].owner =
		(struct tf_owner){.from = TF_OWNER_HOLDER, .pid = 9, .comm = "a\n"};
	alert.examples[1].state = TF_TCP_LISTEN;
	alert.examples[1].fd = (struct tf_maybe){0};
	alert.examples[1].age_us = (struct tf_maybe){0};
	alert.examples[2].state = TF_TCP_CLOSE;
	alert.examples[2].fd = (struct tf_maybe){0};
	expect_alert(&alert,
		     "02:19:08.500 ALERT close_wait_pileup: " CLOSE_WAIT_SENTENCE "\n"
		     "             e.g. 192.0.2.17:8080 -- 203.0.113.5:41234, CLOSE_WAIT for 31 "
		     "min, fd 17 of a\\x0a[9]\n"
		     "             e.g. 192.0.2.17:8080, LISTEN\n"
		     "             e.g. 192.0.2.17:8080 -- 203.0.113.5:41234\n");
}

static void test_growth_and_end_of_an_alert_are_one_line(void **state)
{
	struct tf_alert_record alert = sink_fixture_alert;
	const struct tf_record record = {.type = TF_RECORD_ALERT, .alert = &alert};

	alert.names = &sink_fixture_names;
	alert.event = TF_ALERT_EVENT_UPDATE;
	expect(&PLAIN, &record,
	       "02:19:08.500 ALERT close_wait_pileup grows: " CLOSE_WAIT_SENTENCE "\n");
	alert.event = TF_ALERT_EVENT_CLEAR;
	expect(&PLAIN, &record,
	       "02:19:08.500 ALERT close_wait_pileup: Over after 1 s: java[221] had up to 412 "
	       "sockets in CLOSE_WAIT on 192.0.2.17:8080.\n");
}

static void test_an_alert_is_explained_again_after_ten_minutes(void **state)
{
	struct tf_alert_record alert = sink_fixture_alert;
	struct sink_fixture fixture;
	unsigned int said = 0;

	sink_fixture_people(&fixture, &sink_fixture_info, &PLAIN);
	for (unsigned int i = 0; i < 20; i++, alert.time_ns += 60000000000)
		sink_fixture_put_alert(&fixture, &alert);
	alert.alert = TF_ALERT_LAST_ACK_PILEUP; /* each alert for itself */
	sink_fixture_put_alert(&fixture, &alert);
	for (const char *at = sink_fixture_text(&fixture); (at = strstr(at, "What to do:")); at++)
		said++;
	assert_int_equal(said, 3);
	sink_fixture_free(&fixture);
}

static void test_alerts_stand_out(void **state)
{
	static const struct tf_people_options options = {true, 80};
	struct tf_alert_record alert = sink_fixture_alert;
	struct sink_fixture fixture;
	const char *text;

	sink_fixture_people(&fixture, &sink_fixture_info, &options);
	sink_fixture_put_alert(&fixture, &alert);
	text = sink_fixture_text(
		&fixture); /* not as an argument: which comes first is the compiler's choice */
	assert_non_null(text);
	assert_ptr_equal(
		strstr(text,
		       "\033[1;33m02:19:08.500 ALERT close_wait_pileup: java[221] has 412 sockets "
		       "in CLOSE_WAIT on\n"
		       "             192.0.2.17:8080, oldest 31 min, 14 more a minute: the peers "
		       "closed,\n"
		       "             this process never calls close().\033[0m\n"
		       "             e.g. "),
		text);
	alert.alert = TF_ALERT_ACCEPT_QUEUE_FULL;
	sink_fixture_put_alert(&fixture, &alert);
	alert.event = TF_ALERT_EVENT_CLEAR;
	sink_fixture_put_alert(&fixture, &alert);
	assert_non_null(
		strstr(sink_fixture_text(&fixture), "\033[1;31m02:19:08.500 ALERT accept_"));
	assert_non_null(strstr(fixture.text, "\033[32m02:19:08.500 ALERT accept_queue_full: Over"));
	sink_fixture_free(&fixture);
}

/* Everything at its longest, wrapped as short as can be: within what people.c reserves. */
static void test_the_longest_alert_fits(void **state)
{
	const struct tf_people_options options = {true, 1};
	struct tf_alert_record alert = sink_fixture_alert;
	struct tf_ev_cgroup names = {};
	struct sink_fixture fixture;
	struct tf_alert_address addr = {.known = true};

	memset(addr.address, 0xfe, sizeof(addr.address));
	memset(names.container, 0xff, sizeof(names.container) - 1);
	memset(names.unit, 0xff, sizeof(names.unit) - 1);
	memset(names.path, 0xff, sizeof(names.path) - 1);
	memset(alert.owner.comm, 0xff, TF_COMM_LEN);
	alert.names = &names;
	alert.local_addr = alert.remote_addr = addr;
	alert.local_port = alert.remote_port = UINT16_MAX;
	alert.count = alert.oldest_us = alert.rate_per_min = alert.limit =
		tf_maybe_of(UINT64_MAX - 1);
	alert.eof_read = alert.bytes_unread = alert.dropped = tf_maybe_of(UINT64_MAX - 2);
	alert.n_examples = TF_ALERT_EXAMPLES;
	alert.examples[0].owner = alert.owner;
	alert.examples[0].owner.pid = 1;
	alert.examples[0].fd = tf_maybe_of(INT32_MAX);
	alert.examples[0].age_us = tf_maybe_of(UINT64_MAX - 1);
	memset(&alert.examples[0].tuple, 0xfe, sizeof(alert.examples[0].tuple));
	for (unsigned int i = 1; i < TF_ALERT_EXAMPLES; i++)
		alert.examples[i] = alert.examples[0];
	sink_fixture_people(&fixture, &sink_fixture_info, &options);
	for (unsigned int i = 0; i < TF_ALERT_MAX; i++) {
		alert.alert = i;
		sink_fixture_put_alert(&fixture, &alert);
	}
	assert_int_equal(tf_output_lost(fixture.out), 0);
	for (const char *p = sink_fixture_text(&fixture); *p; p++)
		assert_true(*p == '\n' || *p == '\033' || (*p >= 0x20 && *p < 0x7f));
	sink_fixture_free(&fixture);
}

static void test_stats_are_not_in_the_people_view(void **state)
{
	static const struct tf_stats_record r;
	const struct tf_record record = {.type = TF_RECORD_STATS, .stats = &r};

	expect(&PLAIN, &record, "");
}

static void test_the_header_names_missing_hooks_and_the_zone(void **state)
{
	struct tf_run_info info = sink_fixture_info;
	struct sink_fixture fixture;
	char expected[1024];

	info.hook[TF_HOOK_ACCEPT].method[0] = '\0';
	snprintf(expected, sizeof(expected),
		 "Not attached: inet_csk_accept; %s.\n"
		 "TIME(UTC)    FATE                      LIFE COMM/PID             LOCAL"
		 "                    REMOTE                 SENT  RCVD\n",
		 tf_run_info_hook_weaker(&info, TF_HOOK_ACCEPT));
	sink_fixture_people(&fixture, &info, &PLAIN);
	tf_sink_start(fixture.sink);
	assert_string_equal(sink_fixture_text(&fixture), expected);
	sink_fixture_free(&fixture);
}

static void test_a_reset_that_cleared_an_old_connection_is_explained(void **state)
{
	struct tf_conn_record conn = clean_conn();
	struct sink_fixture fixture;

	conn.rst_sent = TF_YES;
	conn.evidence = 1ULL << TF_FACT_RST_CLEARED_OLD;
	sink_fixture_people(&fixture, &sink_fixture_info, &PLAIN);
	sink_fixture_put_conn(&fixture, &conn);
	assert_non_null(
		strstr(sink_fixture_text(&fixture),
		       "             While it connected, the peer still had an old connection "
		       "of the same addresses and ports: an RST from here cleared that "
		       "one.\n"));
	sink_fixture_free(&fixture);
}

static void test_the_last_line_has_the_totals(void **state)
{
	static struct tf_stats stats = {.ended = 5, .live = 2};
	struct tf_stop stop = {0, TF_STOP_SIGNAL, &stats, 0};
	struct sink_fixture fixture;

	stats.fates[TF_FATE_CLOSED_BY_LOCAL] = 2;
	stats.fates[TF_FATE_CLOSED_BY_REMOTE] = 1;
	stats.fates[TF_FATE_RESET_BY_REMOTE] = 2;
	sink_fixture_people(&fixture, &sink_fixture_info, &PLAIN);
	tf_sink_stop(fixture.sink, &stop);
	stop.lines_lost = 3;
	stats.alerts = 1;
	stats.resets = 19;
	tf_sink_stop(fixture.sink, &stop);
	stop.lines_lost = 0;
	stats = (struct tf_stats){.ended = 1, .resets = 1, .fates[TF_FATE_CLOSED_BY_LOCAL] = 1};
	tf_sink_stop(fixture.sink, &stop);
	assert_string_equal(
		sink_fixture_text(&fixture),
		"5 connections ended: 3 clean, 2 reset; 0 shown. 2 live.\n"
		"5 connections ended: 3 clean, 2 reset; 0 shown. 19 resets beside them. 1 alert. "
		"2 live. 3 lines were dropped: the reader was too slow.\n"
		"1 connection ended: 1 clean; 0 shown. 1 reset beside them. 0 live.\n");
	sink_fixture_free(&fixture);
}

static void test_times_are_local(void **state)
{
	struct tf_conn_record conn = clean_conn();

	setenv("TZ", "XYZ-5:30", 1); /* half an hour off, and a day later */
	conn.time_ns += 22ULL * 3600 * 1000000000;
	expect_conn(&NARROW, &conn,
		    "05:49:07.500 closed_by_remote          1.2s curl/1234       "
		    "192.0.2.17:43210   <- 203.0.113.5:443\n");
	setenv("TZ", "UTC", 1);
}

static void test_a_terminal_is_detected(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	const struct winsize size = {.ws_row = 24, .ws_col = 132};
	struct tf_people_options options = {true, 1};

	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	tf_people_detect(slave, &options);
	assert_true(options.colour);
	assert_int_equal(options.columns, 132);
	setenv("NO_COLOR", "1", 1);
	tf_people_detect(slave, &options);
	assert_false(options.colour);
	setenv("NO_COLOR", "", 1); /* no-color.org: only when not empty */
	tf_people_detect(slave, &options);
	assert_true(options.colour);
	setenv("TERM", "dumb", 1);
	tf_people_detect(slave, &options);
	assert_false(options.colour);
	close(slave);
	close(master);
	options = (struct tf_people_options){true, 1};
	tf_people_detect(open("/dev/null", O_WRONLY), &options);
	assert_false(options.colour);
	assert_int_equal(options.columns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_clean_end_is_one_line),
		cmocka_unit_test(test_a_narrow_terminal_has_fewer_columns),
		cmocka_unit_test(test_unknown_values_are_a_dash),
		cmocka_unit_test(test_an_abnormal_end_is_explained),
		cmocka_unit_test(test_a_fate_is_explained_again_after_ten_minutes),
		cmocka_unit_test(test_another_form_of_a_fate_is_explained_though_the_fate_was),
		cmocka_unit_test(test_a_clean_end_of_a_killed_process_says_so),
		cmocka_unit_test(test_a_death_has_its_own_remedy),
		cmocka_unit_test(test_a_timeout_after_a_death_keeps_its_remedy),
		cmocka_unit_test(test_below_100_columns_the_ends_stand_below),
		cmocka_unit_test(test_each_fact_has_its_sentence),
		cmocka_unit_test(test_an_undecided_end_lists_its_evidence),
		cmocka_unit_test(test_every_fate_but_the_clean_ones_stands_out),
		cmocka_unit_test(test_no_name_can_act_on_the_terminal),
		cmocka_unit_test(test_lines_fit_their_terminal),
		cmocka_unit_test(test_sentences_keep_a_least_width),
		cmocka_unit_test(test_the_longest_record_fits),
		cmocka_unit_test(test_a_reset_is_one_line),
		cmocka_unit_test(test_gap_lines_are_loud),
		cmocka_unit_test(test_a_transition_is_one_line),
		cmocka_unit_test(test_an_alert_is_a_block),
		cmocka_unit_test(test_examples_name_their_socket_and_holder),
		cmocka_unit_test(test_growth_and_end_of_an_alert_are_one_line),
		cmocka_unit_test(test_an_alert_is_explained_again_after_ten_minutes),
		cmocka_unit_test(test_alerts_stand_out),
		cmocka_unit_test(test_the_longest_alert_fits),
		cmocka_unit_test(test_stats_are_not_in_the_people_view),
		cmocka_unit_test(test_the_header_names_missing_hooks_and_the_zone),
		cmocka_unit_test(test_a_reset_that_cleared_an_old_connection_is_explained),
		cmocka_unit_test(test_the_last_line_has_the_totals),
		cmocka_unit_test(test_times_are_local),
		cmocka_unit_test(test_a_terminal_is_detected),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
