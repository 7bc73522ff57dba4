// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "core/snapshot/socket.h"

#include "unit.h"

struct bytes_row {
	uint8_t state;
	bool fin_came;
	uint32_t rcv_queue, snd_queue, unsent;
	uint32_t unread, unsent_data, unacked;
	enum tf_tri eof_read;
};

static void test_bytes_do_not_count_syn_and_fin(void **state)
{
	static const struct bytes_row rows[] = {
		{TF_TCP_ESTABLISHED, false, 0, 0, 0, 0, 0, 0, TF_UNKNOWN},
		{TF_TCP_ESTABLISHED, false, 10, 30, 10, 10, 10, 20, TF_UNKNOWN},
		{TF_TCP_CLOSE_WAIT, true, 0, 0, 0, 0, 0, 0, TF_YES},
		{TF_TCP_CLOSE_WAIT, true, 1, 0, 0, 0, 0, 0, TF_NO},
		{TF_TCP_CLOSE_WAIT, true, 11, 0, 0, 10, 0, 0, TF_NO},
		{TF_TCP_SYN_SENT, false, 0, 1, 0, 0, 0, 0, TF_UNKNOWN},
		{TF_TCP_FIN_WAIT1, false, 0, 1, 0, 0, 0, 0, TF_UNKNOWN},     /* its FIN */
		{TF_TCP_FIN_WAIT1, false, 0, 31, 11, 0, 10, 20, TF_UNKNOWN}, /* not sent yet */
		{TF_TCP_FIN_WAIT1, false, 0, 21, 0, 0, 0, 20, TF_UNKNOWN},
		{TF_TCP_FIN_WAIT2, false, 0, 0, 0, 0, 0, 0, TF_UNKNOWN},
		{TF_TCP_LAST_ACK, true, 0, 1, 0, 0, 0, 0, TF_YES},
		/* Before 5.15 the numbers may be of two moments. */
		{TF_TCP_ESTABLISHED, false, UINT32_MAX, 5, 6, 0, 6, 0, TF_UNKNOWN},
		{TF_TCP_ESTABLISHED, false, 0, UINT32_MAX, UINT32_MAX - 1, 0, 0, 1, TF_UNKNOWN},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct tf_snapshot_socket socket = {
			.state = rows[i].state,
			.scanned = true,
			.flags = rows[i].fin_came ? TF_F_DONE : 0,
			.rcv_queue = rows[i].rcv_queue,
			.snd_queue = rows[i].snd_queue,
			.unsent = rows[i].unsent,
		};

		print_message("%zu\n", i);
		assert_int_equal(tf_socket_unread(&socket), rows[i].unread);
		assert_int_equal(tf_socket_unsent(&socket), rows[i].unsent_data);
		assert_int_equal(tf_socket_unacked(&socket), rows[i].unacked);
		assert_int_equal(tf_socket_eof_read(&socket), rows[i].eof_read);
	}
}

/* UINT32_MAX: unknown. */
static void expect_age(const struct tf_snapshot_socket *socket, uint32_t ms)
{
	assert_int_equal(tf_socket_age_ms(socket).plus_one, tf_maybe32_of(ms).plus_one);
}

static void test_an_age_is_a_lower_bound(void **state)
{
	struct tf_snapshot_socket socket = {.scanned = true, .silent_ms = tf_maybe32_of(7000)};

	for (uint8_t number = 1; number < TF_TCP_STATE_MAX; number++) {
		/* Entered by a segment of the peer; the others by a call of ours, who knows
		 * when. */
		bool by_peer = number == TF_TCP_ESTABLISHED || number == TF_TCP_CLOSE_WAIT ||
			       number == TF_TCP_FIN_WAIT2 || number == TF_TCP_CLOSING;

		socket.state = number;
		expect_age(&socket, by_peer ? 7000 : UINT32_MAX);
	}
	/* The SYN began it; other transmissions may be older than the state. */
	socket.waits_ms = 300;
	socket.state = TF_TCP_SYN_SENT;
	expect_age(&socket, 300);
	socket.state = TF_TCP_FIN_WAIT1;
	expect_age(&socket, UINT32_MAX);
}

static void test_a_zeroed_socket_knows_nothing(void **state)
{
	static const struct tf_snapshot_socket socket;

	assert_false(tf_maybe32_known(socket.uid));
	assert_false(tf_maybe32_known(socket.silent_ms));
	assert_false(tf_maybe32_known(socket.idle_ms));
	expect_age(&socket, UINT32_MAX);
	assert_int_equal(tf_socket_eof_read(&socket), TF_UNKNOWN);
}

static void test_a_number_of_32_bits_is_known_or_not(void **state)
{
	assert_true(tf_maybe32_known(tf_maybe32_of(0)));
	assert_int_equal(tf_maybe32_value(tf_maybe32_of(0)), 0);
	assert_int_equal(tf_maybe32_value(tf_maybe32_of(UINT32_MAX - 1)), UINT32_MAX - 1);
	assert_false(tf_maybe32_known(tf_maybe32_of(UINT32_MAX)));
	assert_false(tf_maybe_known(tf_maybe32_times(tf_maybe32_of(UINT32_MAX), 1000)));
	assert_int_equal(tf_maybe_value(tf_maybe32_times(tf_maybe32_of(UINT32_MAX - 1), 1000)),
			 (UINT32_MAX - 1) * 1000ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_do_not_count_syn_and_fin),
		cmocka_unit_test(test_an_age_is_a_lower_bound),
		cmocka_unit_test(test_a_zeroed_socket_knows_nothing),
		cmocka_unit_test(test_a_number_of_32_bits_is_known_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
