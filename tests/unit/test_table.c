// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_table.c - sockets found by identity, listeners by port, queues in order
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "core/conn/table.h"

#define SLOTS 64

static int set_up(void **state)
{
	struct tf_table *table = calloc(1, sizeof(*table));

	*state = table;
	return table ? tf_table_init(table, SLOTS, (struct tf_hash_key){0}) : -1;
}

static int tear_down(void **state)
{
	tf_table_fini(*state);
	free(*state);
	return 0;
}

static void address(uint8_t addr[16], const char *text)
{
	struct in_addr v4;

	memset(addr, 0, 16);
	if (inet_pton(AF_INET, text, &v4) == 1) {
		addr[10] = addr[11] = 0xff;
		memcpy(addr + 12, &v4, 4);
		return;
	}
	assert_int_equal(inet_pton(AF_INET6, text, addr), 1);
}

static struct tf_tuple local(const char *text, uint16_t port)
{
	struct tf_tuple tuple = {.lport = port};

	address(tuple.laddr, text);
	return tuple;
}

static uint32_t listener(struct tf_table *table, uint64_t sock, uint32_t netns, const char *text,
			 uint16_t port)
{
	uint32_t handle = tf_table_add(table, sock);

	tf_table_conn(table, handle)->netns = netns;
	tf_table_conn(table, handle)->tuple = local(text, port);
	tf_table_listen(table, handle);
	assert_int_equal(tf_table_conn(table, handle)->phase, TF_PHASE_LISTENER);
	return handle;
}

static uint32_t found(struct tf_table *table, uint32_t netns, const char *text, uint16_t port)
{
	struct tf_tuple tuple = local(text, port);

	return tf_table_listener(table, netns, &tuple, 0);
}

static void test_finds_what_was_added(void **state)
{
	struct tf_table *table = *state;
	uint32_t handle = tf_table_add(table, 7);

	assert_int_not_equal(handle, 0);
	assert_int_equal(tf_table_find(table, 7), handle);
	assert_int_equal(tf_table_find(table, 8), 0);
	assert_int_equal(tf_table_conn(table, handle)->sock, 7);
}

static void test_is_full_at_its_ceiling(void **state)
{
	struct tf_table *table = *state;

	for (uint64_t sock = 1; sock <= SLOTS; sock++)
		assert_int_not_equal(tf_table_add(table, sock), 0);
	assert_int_equal(tf_table_add(table, SLOTS + 1), 0);
	tf_table_del(table, tf_table_find(table, 1));
	assert_int_not_equal(tf_table_add(table, SLOTS + 1), 0);
	assert_int_equal(tf_table_find(table, 1), 0);
}

/* 64 slots in 64 buckets: chains there are. Delete from their front, middle and end. */
static void test_chains_survive_deletes_in_any_order(void **state)
{
	struct tf_table *table = *state;

	for (uint64_t stride = 1; stride < 1ULL << 40; stride <<= 7) {
		for (uint64_t i = 0; i < SLOTS; i++)
			tf_table_add(table, 1 + i * stride);
		for (uint64_t i = 0; i < SLOTS; i++) {
			tf_table_del(table, tf_table_find(table, 1 + (i * 37 % SLOTS) * stride));
			for (uint64_t j = i + 1; j < SLOTS; j++)
				assert_int_not_equal(
					tf_table_find(table, 1 + (j * 37 % SLOTS) * stride), 0);
		}
		assert_int_equal(table->conns.used, 0);
	}
}

static void assert_queue(const struct tf_table *table, enum tf_queue queue, const uint32_t *order,
			 uint32_t n)
{
	const struct tf_list *list = &table->queue[queue];
	uint32_t prev = 0, handle = list->head;

	assert_int_equal(list->n, n);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(handle, order[i]);
		assert_int_equal(tf_table_conn(table, handle)->prev, prev);
		assert_int_equal(tf_table_conn(table, handle)->queue, queue);
		prev = handle;
		handle = tf_table_conn(table, handle)->next;
	}
	assert_int_equal(handle, 0);
	assert_int_equal(list->tail, prev);
}

static void test_a_queue_keeps_the_order_of_arrival(void **state)
{
	struct tf_table *table = *state;
	uint32_t a = tf_table_add(table, 1), b = tf_table_add(table, 2), c = tf_table_add(table, 3);

	tf_table_enqueue(table, a, TF_QUEUE_ACTIVE);
	tf_table_enqueue(table, b, TF_QUEUE_ACTIVE);
	tf_table_enqueue(table, c, TF_QUEUE_ACTIVE);
	assert_queue(table, TF_QUEUE_ACTIVE, (uint32_t[]){a, b, c}, 3);
	tf_table_enqueue(table, b, TF_QUEUE_ACTIVE); /* active again: to the end */
	assert_queue(table, TF_QUEUE_ACTIVE, (uint32_t[]){a, c, b}, 3);
	tf_table_enqueue(table, b, TF_QUEUE_ACTIVE);
	assert_queue(table, TF_QUEUE_ACTIVE, (uint32_t[]){a, c, b}, 3);
	tf_table_enqueue(table, a, TF_QUEUE_DEAD);
	assert_queue(table, TF_QUEUE_ACTIVE, (uint32_t[]){c, b}, 2);
	assert_queue(table, TF_QUEUE_DEAD, (uint32_t[]){a}, 1);
	tf_table_enqueue(table, c, TF_QUEUE_NONE);
	assert_queue(table, TF_QUEUE_ACTIVE, (uint32_t[]){b}, 1);
}

static void test_a_deleted_slot_leaves_its_queue(void **state)
{
	struct tf_table *table = *state;
	uint32_t slot[5];

	for (uint32_t i = 0; i < 5; i++) {
		slot[i] = tf_table_add(table, i + 1);
		tf_table_enqueue(table, slot[i], TF_QUEUE_HANDOFF);
	}
	tf_table_del(table, slot[2]);
	assert_queue(table, TF_QUEUE_HANDOFF, (uint32_t[]){slot[0], slot[1], slot[3], slot[4]}, 4);
	tf_table_del(table, slot[0]);
	assert_queue(table, TF_QUEUE_HANDOFF, (uint32_t[]){slot[1], slot[3], slot[4]}, 3);
	tf_table_del(table, slot[4]);
	assert_queue(table, TF_QUEUE_HANDOFF, (uint32_t[]){slot[1], slot[3]}, 2);
	tf_table_del(table, slot[1]);
	tf_table_del(table, slot[3]);
	assert_queue(table, TF_QUEUE_HANDOFF, NULL, 0);
}

static void test_a_deleted_slot_gives_back_its_end(void **state)
{
	struct tf_table *table = *state;
	uint32_t handle = tf_table_add(table, 1);

	tf_table_conn(table, handle)->end = tf_pool_new(&table->ends);
	assert_int_equal(table->ends.used, 1);
	tf_table_del(table, handle);
	assert_int_equal(table->ends.used, 0);
}

static void test_a_listener_is_found_by_its_address(void **state)
{
	struct tf_table *table = *state;
	uint32_t handle = listener(table, 1, 100, "192.0.2.1", 80);

	assert_int_equal(found(table, 100, "192.0.2.1", 80), handle);
	assert_int_equal(found(table, 100, "192.0.2.2", 80), 0);
	assert_int_equal(found(table, 100, "192.0.2.1", 81), 0);
	assert_int_equal(found(table, 101, "192.0.2.1", 80), 0);
}

static void test_a_wildcard_takes_its_families(void **state)
{
	struct tf_table *table = *state;
	uint32_t v4 = listener(table, 1, 100, "0.0.0.0", 80);
	uint32_t v6 = listener(table, 2, 100, "::", 81);

	assert_int_equal(found(table, 100, "192.0.2.1", 80), v4);
	assert_int_equal(found(table, 100, "2001:db8::1", 81), v6);
	assert_int_equal(found(table, 100, "192.0.2.1", 81), v6); /* comes in v4-mapped */
	assert_int_equal(found(table, 100, "2001:db8::1", 80), 0);
}

static void test_listeners_of_one_port_are_all_found(void **state)
{
	struct tf_table *table = *state;
	struct tf_tuple tuple = local("192.0.2.1", 80);
	uint32_t seen = 0, handle = 0, n = 0;

	for (uint64_t sock = 1; sock <= 4; sock++)
		listener(table, sock, 100, "192.0.2.1", 80);
	listener(table, 5, 100, "192.0.2.9", 80);
	while ((handle = tf_table_listener(table, 100, &tuple, handle))) {
		assert_int_equal(seen & 1u << handle, 0);
		seen |= 1u << handle;
		n++;
	}
	assert_int_equal(n, 4);
}

/* The closest first, as the kernel chooses. */
static void test_the_closest_listener_comes_first(void **state)
{
	struct tf_table *table = *state;
	struct tf_tuple tuple = local("192.0.2.1", 80);
	uint32_t any6 = listener(table, 1, 100, "::", 80);
	uint32_t exact = listener(table, 2, 100, "192.0.2.1", 80);
	uint32_t any4 = listener(table, 3, 100, "0.0.0.0", 80);
	uint32_t handle;

	listener(table, 4, 100, "2001:db8::1", 80);
	listener(table, 5, 101, "192.0.2.1", 80);
	assert_int_equal(handle = tf_table_listener(table, 100, &tuple, 0), exact);
	assert_int_equal(handle = tf_table_listener(table, 100, &tuple, handle), any4);
	assert_int_equal(handle = tf_table_listener(table, 100, &tuple, handle), any6);
	assert_int_equal(tf_table_listener(table, 100, &tuple, handle), 0);
	tuple = local("2001:db8::9", 80);
	assert_int_equal(tf_table_listener(table, 100, &tuple, 0), any6);
	assert_int_equal(tf_table_listener(table, 100, &tuple, any6), 0);
	tuple = local("0.0.0.0", 80); /* of a socket that is bound to nothing */
	assert_int_equal(handle = tf_table_listener(table, 100, &tuple, 0), any4);
	assert_int_equal(tf_table_listener(table, 100, &tuple, handle), any6);
}

/* All listeners of any table, asked for any address: those that tf_table_takes_address() names,
 * each once. */
static void test_exactly_the_listeners_that_take_an_address_are_found(void **state)
{
	static const char *const texts[] = {"192.0.2.1", "192.0.2.2",	"0.0.0.0",
					    "::",	 "2001:db8::1", "2001:db8::2"};
	struct tf_table *table = *state;
	uint32_t handles[36];

	for (unsigned int i = 0; i < 36; i++)
		handles[i] = listener(table, 1 + i, 7 + i / 18, texts[i % 6], 80 + i / 6 % 2);
	for (unsigned int i = 0; i < 6; i++) {
		struct tf_tuple tuple = local(texts[i], 80);
		unsigned int n = 0, wanted = 0;

		for (unsigned int j = 0; j < 36; j++) {
			const struct tf_conn *conn = tf_table_conn(table, handles[j]);

			wanted += conn->netns == 7 && conn->tuple.lport == 80 &&
				  tf_table_takes_address(conn->tuple.laddr, tuple.laddr);
		}
		for (uint32_t at = 0; (at = tf_table_listener(table, 7, &tuple, at)); n++)
			assert_true(tf_table_takes_address(tf_table_conn(table, at)->tuple.laddr,
							   tuple.laddr));
		assert_int_equal(n, wanted);
		assert_true(n > 0);
	}
}

/* Ports that share a chain must not be mixed up, nor lost when one goes. */
static void test_listeners_that_share_a_chain_are_told_apart(void **state)
{
	const uint16_t n = 4 * TF_TABLE_LISTENER_CHAINS;
	struct tf_table table;

	assert_int_equal(tf_table_init(&table, n, (struct tf_hash_key){0}), 0);
	for (uint16_t port = 1; port <= n; port++)
		assert_int_equal(listener(&table, port, 7, "192.0.2.1", port), port);
	for (uint16_t port = 1; port <= n; port += 3)
		tf_table_del(&table, port);
	for (uint16_t port = 2; port <= n; port += 3)
		tf_table_unlisten(&table, port);
	for (uint16_t port = 1; port <= n; port++) {
		assert_int_equal(found(&table, 7, "192.0.2.1", port), port % 3 ? 0 : port);
		assert_int_equal(tf_table_find(&table, port), port % 3 == 1 ? 0 : port);
	}
	tf_table_fini(&table);
}

static void test_fini_takes_a_zeroed_table(void **state)
{
	struct tf_table table = {0};

	tf_table_fini(&table);
	assert_null(table.by_sock.heads);
}

#define WITH_TABLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static uint32_t handed(struct tf_table *table, uint64_t sock, uint32_t netns, uint16_t port)
{
	uint32_t handle = tf_table_add(table, sock);

	tf_table_conn(table, handle)->netns = netns;
	tf_table_conn(table, handle)->tuple = local("10.0.0.1", port);
	tf_table_enqueue(table, handle, TF_QUEUE_HANDOFF);
	return handle;
}

static uint32_t by_tuple(const struct tf_table *table, uint32_t netns, uint16_t port)
{
	struct tf_tuple tuple = local("10.0.0.1", port);

	return tf_table_handed(table, netns, &tuple);
}

static void test_hand_offs_are_found_by_tuple(void **state)
{
	struct tf_table *table = *state;
	uint32_t first, second, again;

	first = handed(table, 2, 7, 80);
	second = handed(table, 3, 7, 81);
	again = handed(table, 4, 7, 80);
	assert_int_equal(by_tuple(table, 7, 81), second);
	assert_int_equal(by_tuple(table, 7, 80), again);
	assert_int_equal(by_tuple(table, 8, 80), 0);
	tf_table_enqueue(table, again, TF_QUEUE_NONE);
	assert_int_equal(by_tuple(table, 7, 80), first);
	tf_table_enqueue(table, first, TF_QUEUE_HANDOFF); /* to the end of its own queue */
	assert_int_equal(by_tuple(table, 7, 80), first);
	tf_table_del(table, first);
	tf_table_del(table, second);
	assert_int_equal(by_tuple(table, 7, 80), 0);
	assert_int_equal(by_tuple(table, 7, 81), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TABLE(test_finds_what_was_added),
		WITH_TABLE(test_is_full_at_its_ceiling),
		WITH_TABLE(test_chains_survive_deletes_in_any_order),
		WITH_TABLE(test_a_queue_keeps_the_order_of_arrival),
		WITH_TABLE(test_a_deleted_slot_leaves_its_queue),
		WITH_TABLE(test_a_deleted_slot_gives_back_its_end),
		WITH_TABLE(test_a_listener_is_found_by_its_address),
		WITH_TABLE(test_a_wildcard_takes_its_families),
		WITH_TABLE(test_listeners_of_one_port_are_all_found),
		WITH_TABLE(test_the_closest_listener_comes_first),
		WITH_TABLE(test_exactly_the_listeners_that_take_an_address_are_found),
		WITH_TABLE(test_listeners_that_share_a_chain_are_told_apart),
		WITH_TABLE(test_hand_offs_are_found_by_tuple),
		cmocka_unit_test(test_fini_takes_a_zeroed_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
