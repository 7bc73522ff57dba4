// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_decode.c - what is refused, what is believed, and from where it is read
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/stream/decode.h"
#include "core/states.h"

static const struct {
	uint8_t kind;
	uint16_t size;
} kinds[] = {
	{TF_EV_STATE, sizeof(struct tf_ev_state)},
	{TF_EV_CLOSE, sizeof(struct tf_ev_close)},
	{TF_EV_RST_SENT, sizeof(struct tf_ev_reset)},
	{TF_EV_RST_RECEIVED, sizeof(struct tf_ev_reset)},
	{TF_EV_DESTROY, sizeof(struct tf_ev_destroy)},
	{TF_EV_SYNACK_RETRANS, sizeof(struct tf_ev_reset)},
	{TF_EV_ACCEPT, sizeof(struct tf_ev_accept)},
	{TF_EV_SOCK, sizeof(struct tf_ev_sock)},
	{TF_EV_MINISOCK, sizeof(struct tf_ev_minisock)},
	{TF_EV_HOLDER, sizeof(struct tf_ev_holder)},
	{TF_EV_MASTER, sizeof(struct tf_ev_master)},
	{TF_EV_TICK, sizeof(struct tf_ev_tick)},
	{TF_EV_COUNTERS, sizeof(struct tf_ev_counters)},
	{TF_EV_SCAN, sizeof(struct tf_ev_scan)},
	{TF_EV_NETNS, sizeof(struct tf_ev_netns)},
	{TF_EV_CGROUP, sizeof(struct tf_ev_cgroup)},
};

#define COUNTERS_V1 (32 + 6 * 40)

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A good record of that kind, in memory of exactly its size: a sanitizer sees a read past it. */
static union tf_any_event *make(size_t row, size_t extra)
{
	union tf_any_event *event = calloc(1, kinds[row].size + extra);

	assert_non_null(event);
	event->ev.kind = kinds[row].kind;
	event->ev.size = (uint16_t)(kinds[row].size + extra);
	event->ev.sock = 1;
	if (event->ev.kind == TF_EV_STATE || event->ev.kind == TF_EV_CLOSE) {
		event->state.old_state = TF_TCP_SYN_SENT;
		event->state.new_state =
			event->ev.kind == TF_EV_CLOSE ? TF_TCP_CLOSE : TF_TCP_ESTABLISHED;
	}
	if (event->ev.kind == TF_EV_SOCK)
		event->sock.st.old_state = event->sock.st.new_state = TF_TCP_CLOSE_WAIT;
	if (event->ev.kind == TF_EV_MINISOCK)
		event->minisock.state = TF_TCP_TIME_WAIT;
	if (event->ev.kind == TF_EV_MASTER) {
		event->master.old_state = TF_TCP_ESTABLISHED;
		event->master.new_state = TF_TCP_CLOSE_WAIT;
	}
	if (event->ev.kind == TF_EV_SCAN)
		event->scan.step = TF_SCAN_BEGIN;
	return event;
}

static int decode(const void *bytes, size_t size)
{
	const union tf_any_event *event = NULL;
	union tf_any_event scratch;
	int r = tf_decode(bytes, size, &scratch, &event);

	if (r)
		assert_null(event); /* untouched on failure */
	return r;
}

static void test_every_kind_is_taken_where_it_stands(void **state)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		union tf_any_event *made = make(i, 0), scratch;
		const union tf_any_event *event = NULL;

		assert_int_equal(tf_decode(made, kinds[i].size, &scratch, &event), 0);
		assert_ptr_equal(event, made);
		free(made);
	}
}

static void test_every_kind_one_byte_short_is_refused(void **state)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		union tf_any_event *made = make(i, 0);

		assert_int_equal(decode(made, kinds[i].size - 1u), -EBADMSG);
		made->ev.size = (uint16_t)(kinds[i].size - 8);
		if (kinds[i].kind == TF_EV_COUNTERS)
			made->ev.size = COUNTERS_V1 - 8;
		assert_int_equal(decode(made, kinds[i].size), -EBADMSG);
		free(made);
	}
}

static void test_less_than_a_header_is_refused(void **state)
{
	union tf_any_event *made = make(0, 0);

	for (size_t size = 0; size < sizeof(struct tf_event); size++) {
		void *part = malloc(size ? size : 1);

		memcpy(part, made, size);
		assert_int_equal(decode(part, size), -EBADMSG);
		free(part);
	}
	free(made);
}

static void test_a_newer_writers_longer_record_is_taken(void **state)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		union tf_any_event *made = make(i, 64);

		assert_int_equal(decode(made, kinds[i].size + 64u), 0);
		free(made);
	}
}

/* The ring may hand out more bytes than the record says it has; never fewer. */
static void test_the_header_must_fit_what_came(void **state)
{
	union tf_any_event *made = make(0, 16);

	made->ev.size = kinds[0].size;
	assert_int_equal(decode(made, kinds[0].size + 16u), 0);
	made->ev.size = (uint16_t)(kinds[0].size + 24);
	assert_int_equal(decode(made, kinds[0].size + 16u), -EBADMSG);
	made->ev.size = UINT16_MAX;
	assert_int_equal(decode(made, kinds[0].size + 16u), -EBADMSG);
	made->ev.size = 0;
	assert_int_equal(decode(made, kinds[0].size + 16u), -EBADMSG);
	free(made);
}

static int is_known(unsigned int kind)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (kinds[i].kind == kind)
			return 1;
	return 0;
}

static void test_unknown_kinds_are_refused(void **state)
{
	unsigned char bytes[1024] __attribute__((aligned(8))) = {0};
	union tf_any_event *event = (void *)bytes;

	event->ev.size = sizeof(bytes);
	for (unsigned int kind = 0; kind < 256; kind++) {
		event->ev.kind = (uint8_t)kind;
		if (!is_known(kind))
			assert_int_equal(decode(bytes, sizeof(bytes)), -EBADMSG);
	}
}

static void test_unaligned_bytes_are_copied_first(void **state)
{
	for (size_t i = 0; i < N_KINDS; i++)
		for (size_t shift = 1; shift < 8; shift++) {
			union tf_any_event *made = make(i, 0), scratch;
			unsigned char *moved = malloc(kinds[i].size + shift);
			const union tf_any_event *event = NULL;

			made->ev.sock = 0x1122334455667788;
			memcpy(moved + shift, made, kinds[i].size);
			assert_int_equal(tf_decode(moved + shift, kinds[i].size, &scratch, &event),
					 0);
			assert_ptr_equal(event, &scratch);
			assert_memory_equal(event, made, kinds[i].size);
			free(moved);
			free(made);
		}
}

/* A connection is found by its socket: one without would be found by none. */
static void test_an_event_that_makes_a_connection_names_its_socket(void **state)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		union tf_any_event *made = make(i, 0);
		uint8_t kind = kinds[i].kind;
		bool makes = kind == TF_EV_STATE || kind == TF_EV_CLOSE || kind == TF_EV_SOCK ||
			     kind == TF_EV_RST_RECEIVED;

		made->ev.sock = 0;
		assert_int_equal(decode(made, kinds[i].size), makes ? -EBADMSG : 0);
		free(made);
	}
}

static void test_impossible_states_are_refused(void **state)
{
	union tf_any_event *made = make(0, 0);

	for (unsigned int at = 0; at < 256; at++) {
		int good = at > 0 && at < TF_TCP_STATE_MAX;

		made->state.old_state = (uint8_t)at;
		made->state.new_state = TF_TCP_ESTABLISHED;
		assert_int_equal(decode(made, kinds[0].size), good ? 0 : -EBADMSG);
		made->state.old_state = TF_TCP_ESTABLISHED;
		made->state.new_state = (uint8_t)at;
		assert_int_equal(decode(made, kinds[0].size),
				 good && at != TF_TCP_CLOSE ? 0 : -EBADMSG);
	}
	free(made);
}

/* The kind says whether the facts of an end follow; the new state must agree. */
static void test_the_kind_close_goes_with_the_state_close(void **state)
{
	union tf_any_event *made = make(1, 0);

	for (uint8_t at = 0; at < TF_TCP_STATE_MAX; at++) {
		made->state.new_state = at;
		assert_int_equal(decode(made, kinds[1].size), at == TF_TCP_CLOSE ? 0 : -EBADMSG);
	}
	made->state.new_state = TF_TCP_CLOSE;
	made->state.old_state = 0;
	assert_int_equal(decode(made, kinds[1].size), -EBADMSG);
	free(made);
}

static void test_a_reset_has_a_state_or_none(void **state)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		union tf_any_event *made = make(i, 0);

		if (kinds[i].size == sizeof(struct tf_ev_reset)) {
			made->reset.state = 0;
			assert_int_equal(decode(made, kinds[i].size), 0);
			made->reset.state = TF_TCP_NEW_SYN_RECV;
			assert_int_equal(decode(made, kinds[i].size), 0);
			made->reset.state = TF_TCP_STATE_MAX;
			assert_int_equal(decode(made, kinds[i].size), -EBADMSG);
		}
		free(made);
	}
}

static void test_counters_of_version_1_are_taken_and_the_rest_is_0(void **state)
{
	unsigned char bytes[COUNTERS_V1] __attribute__((aligned(8))) = {0};
	struct tf_event *ev = (void *)bytes;
	const union tf_any_event *event;
	union tf_any_event scratch;

	memset(&scratch, 0xff, sizeof(scratch));
	*ev = (struct tf_event){.kind = TF_EV_COUNTERS, .size = sizeof(bytes)};
	memset(bytes + 32 + 5 * 40, 1, 40);
	assert_int_equal(tf_decode(bytes, sizeof(bytes), &scratch, &event), 0);
	assert_int_equal(event->counters.hook[TF_HOOK_ACCEPT].seen, 0x0101010101010101);
	assert_int_equal(event->counters.hook[TF_HOOK_SOCKETS].seen, 0);
	assert_int_equal(event->counters.hook[TF_HOOK_HOLDERS].emitted, 0);
}

static void test_impossible_scan_events_are_refused(void **state)
{
	struct tf_ev_sock sock = {.st.ev = {.kind = TF_EV_SOCK, .size = sizeof(sock)},
				  .st.old_state = TF_TCP_LISTEN,
				  .st.new_state = TF_TCP_CLOSE_WAIT};
	struct tf_ev_minisock mini = {.ev = {.kind = TF_EV_MINISOCK, .size = sizeof(mini)},
				      .state = TF_TCP_ESTABLISHED};
	struct tf_ev_scan scan = {.ev = {.kind = TF_EV_SCAN, .size = sizeof(scan)},
				  .step = TF_SCAN_STEP_MAX};
	struct tf_ev_cgroup cgroup = {.ev = {.kind = TF_EV_CGROUP, .size = sizeof(cgroup)}};

	assert_int_equal(decode(&sock, sizeof(sock)), -EBADMSG);
	assert_int_equal(decode(&mini, sizeof(mini)), -EBADMSG);
	assert_int_equal(decode(&scan, sizeof(scan)), -EBADMSG);
	assert_int_equal(decode(&cgroup, sizeof(cgroup)), 0);
	memset(cgroup.unit, 'x', sizeof(cgroup.unit));
	assert_int_equal(decode(&cgroup, sizeof(cgroup)), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_is_taken_where_it_stands),
		cmocka_unit_test(test_every_kind_one_byte_short_is_refused),
		cmocka_unit_test(test_less_than_a_header_is_refused),
		cmocka_unit_test(test_a_newer_writers_longer_record_is_taken),
		cmocka_unit_test(test_the_header_must_fit_what_came),
		cmocka_unit_test(test_unknown_kinds_are_refused),
		cmocka_unit_test(test_unaligned_bytes_are_copied_first),
		cmocka_unit_test(test_an_event_that_makes_a_connection_names_its_socket),
		cmocka_unit_test(test_impossible_states_are_refused),
		cmocka_unit_test(test_the_kind_close_goes_with_the_state_close),
		cmocka_unit_test(test_a_reset_has_a_state_or_none),
		cmocka_unit_test(test_counters_of_version_1_are_taken_and_the_rest_is_0),
		cmocka_unit_test(test_impossible_scan_events_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
