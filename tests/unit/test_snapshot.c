// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_snapshot.c - sockets counted, grouped and sorted
 */
#include "core/snapshot/snapshot.h"
#include "core/snapshot/socket.h"

#include <errno.h>
#include <stdlib.h>

#include "scene.h"
#include "unit.h"

#define NS1 4026531840u
#define NS2 4026532300u

#define HERE "192.0.2.1"
#define THERE "198.51.100.9"

static const struct tf_snapshot_group *group_of_port(const struct tf_snapshot *snapshot,
						     uint16_t port)
{
	for (uint32_t i = 0; i < tf_snapshot_n_groups(snapshot); i++)
		if (tf_snapshot_group(snapshot, i)->port == port)
			return tf_snapshot_group(snapshot, i);
	fail_msg("no group of port %u", port);
	return NULL;
}

static const struct tf_snapshot_socket *socket_at(const struct tf_snapshot *snapshot,
						  uint16_t lport, uint16_t rport)
{
	for (uint32_t i = 0; i < tf_snapshot_n_sockets(snapshot); i++) {
		const struct tf_snapshot_socket *socket = tf_snapshot_socket(snapshot, i);

		if (socket->tuple.lport == lport && socket->tuple.rport == rport)
			return socket;
	}
	fail_msg("no socket %u to %u", lport, rport);
	return NULL;
}

/* --- counts --------------------------------------------------------------------------------- */

static void test_states_are_counted_as_ss_does(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;
	const struct tf_snapshot_totals *totals;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	scene_listener(&scene, "0.0.0.0", 80, 0, 128);
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 80, THERE, 5000);
	scene_sock(&scene, TF_TCP_CLOSE_WAIT, HERE, 80, THERE, 5001);
	scene_minisock(&scene, TF_TCP_TIME_WAIT, HERE, 80, THERE, 5002);
	scene_minisock(&scene, TF_TCP_FIN_WAIT2, HERE, 80, THERE, 5003);
	scene_minisock(&scene, 0, HERE, 80, THERE, 5004);
	scene_netns(&scene, NS2, 32768, 60999);
	scene_sock(&scene, TF_TCP_FIN_WAIT2, HERE, 40000, THERE, 443);
	scene_sock(&scene, TF_TCP_SYN_RECV, HERE, 80, THERE, 5005);
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	totals = tf_snapshot_totals(snapshot);

	assert_int_equal(totals->sockets, 8);
	assert_int_equal(totals->states[TF_TCP_LISTEN], 1);
	assert_int_equal(totals->states[TF_TCP_ESTABLISHED], 1);
	assert_int_equal(totals->states[TF_TCP_CLOSE_WAIT], 1);
	assert_int_equal(totals->states[TF_TCP_TIME_WAIT], 1);
	assert_int_equal(totals->states[TF_TCP_FIN_WAIT2], 2);
	assert_int_equal(totals->states[TF_TCP_SYN_RECV], 2);
	assert_int_equal(totals->states[TF_TCP_NEW_SYN_RECV], 0);
	assert_true(totals->ended && totals->whole && totals->holders_whole);
	assert_int_equal(totals->netns_part, 0);
	assert_int_equal(totals->time_ns, SCENE_NS);
	assert_int_equal(totals->took_ns, 12 * MS);
	assert_int_equal(tf_snapshot_n_netns(snapshot), 2);
	assert_int_equal(tf_snapshot_netns(snapshot, 0)->inode, NS1);
	assert_int_equal(tf_snapshot_netns(snapshot, 0)->sockets, 6);
	assert_int_equal(tf_snapshot_netns(snapshot, 0)->states[TF_TCP_FIN_WAIT2], 1);
	assert_int_equal(tf_snapshot_netns(snapshot, 1)->states[TF_TCP_FIN_WAIT2], 1);
	assert_true(tf_snapshot_netns(snapshot, 1)->whole);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_a_socket_scanned_twice_counts_once_in_its_last_state(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;
	struct tf_ev_minisock *minisock;
	struct tf_ev_sock *again;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 40000, THERE, 80);
	again = scene_sock(&scene, TF_TCP_CLOSE_WAIT, HERE, 40000, THERE, 80);
	again->st.ev.sock = 1;
	again->silent_ms = 5;
	again->idle_ms = 7;
	again = scene_sock(&scene, TF_TCP_FIN_WAIT2, HERE, 40001, THERE, 80);
	again->rcv_queue = 5;
	again->silent_ms = again->idle_ms = 9;
	minisock = scene_minisock(&scene, TF_TCP_TIME_WAIT, HERE, 40001, THERE, 80);
	minisock->ev.sock = 3;
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);

	assert_int_equal(tf_snapshot_totals(snapshot)->sockets, 2);
	assert_int_equal(tf_snapshot_totals(snapshot)->states[TF_TCP_CLOSE_WAIT], 1);
	assert_int_equal(tf_snapshot_totals(snapshot)->states[TF_TCP_TIME_WAIT], 1);
	assert_int_equal(socket_at(snapshot, 40001, 80)->held, TF_HELD_MINISOCK);
	assert_int_equal(tf_socket_unread(socket_at(snapshot, 40001, 80)), 0);
	assert_false(tf_maybe32_known(socket_at(snapshot, 40001, 80)->uid));
	assert_int_equal(tf_maybe32_value(socket_at(snapshot, 40000, 80)->silent_ms), 5);
	assert_int_equal(tf_maybe32_value(socket_at(snapshot, 40000, 80)->idle_ms), 7);
	assert_false(tf_maybe32_known(socket_at(snapshot, 40001, 80)->silent_ms));
	assert_false(tf_maybe32_known(socket_at(snapshot, 40001, 80)->idle_ms));
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_minisocks_without_identity_are_all_different(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	for (uint16_t i = 0; i < 100; i++)
		scene_minisock(&scene, TF_TCP_TIME_WAIT, HERE, (uint16_t)(40000 + i), THERE, 80);
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	assert_int_equal(tf_snapshot_totals(snapshot)->states[TF_TCP_TIME_WAIT], 100);
	assert_int_equal(tf_snapshot_n_groups(snapshot), 1);
	assert_int_equal(tf_snapshot_group(snapshot, 0)->n, 100);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_an_incomplete_snapshot_says_what_is_missing(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	scene_netns_broken(&scene);
	scene_netns(&scene, NS2, 0, 0);
	scene_holders(&scene);
	scene_hold(&scene, 99, 7, "late", 5); /* opened after its namespace was scanned */
	scene_end(&scene, false);
	snapshot = scene_snapshot(&scene, NULL);
	assert_false(tf_snapshot_totals(snapshot)->whole);
	assert_false(tf_snapshot_totals(snapshot)->holders_whole);
	assert_int_equal(tf_snapshot_totals(snapshot)->netns_part, 1);
	assert_int_equal(tf_snapshot_totals(snapshot)->strange_holders, 1);
	assert_false(tf_snapshot_netns(snapshot, 0)->whole);
	assert_true(tf_snapshot_netns(snapshot, 1)->whole);
	assert_int_equal(tf_snapshot_netns(snapshot, 1)->port_high, 0);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_other_and_broken_events_are_ignored(void **state)
{
	const struct tf_snapshot_options options = {0};
	struct tf_snapshot *snapshot = NULL;
	struct tape tape = {0};
	struct player player = play_socket(&tape, 5, false, 1000);

	play_open(&player);
	assert_int_equal(tf_snapshot_new(&options, &snapshot), 0);
	for (size_t i = 0; i < tape.n; i++)
		assert_int_equal(
			tf_snapshot_feed(snapshot, &tape.events[i], tape.events[i].ev.size), 0);
	assert_int_equal(tf_snapshot_feed(snapshot, "nonsense", 8), -EBADMSG);
	assert_int_equal(tf_snapshot_finish(snapshot), 0);
	assert_int_equal(tf_snapshot_totals(snapshot)->sockets, 0);
	assert_false(tf_snapshot_totals(snapshot)->ended);
	assert_int_equal(tf_snapshot_n_groups(snapshot), 0);
	tf_snapshot_free(snapshot);
	tf_snapshot_free(NULL);
	tape_free(&tape);
}

/* --- roles ---------------------------------------------------------------------------------- */

struct role_row {
	uint8_t state;
	const char *local;
	uint16_t lport, rport;
	enum tf_role role;
};

static void test_roles_follow_from_listeners_and_ports(void **state)
{
	static const struct role_row rows[] = {
		/* "0.0.0.0" on 80, "::" on 443, 192.0.2.1 alone on 8080, 50000 as if ephemeral */
		{TF_TCP_ESTABLISHED, HERE, 80, 5000, TF_ROLE_SERVER},
		{TF_TCP_ESTABLISHED, "2001:db8::1", 80, 5000, TF_ROLE_UNKNOWN},
		{TF_TCP_ESTABLISHED, "2001:db8::1", 443, 5000, TF_ROLE_SERVER},
		{TF_TCP_CLOSE_WAIT, HERE, 443, 5000, TF_ROLE_SERVER},
		{TF_TCP_CLOSE_WAIT, HERE, 8080, 5000, TF_ROLE_SERVER},
		{TF_TCP_CLOSE_WAIT, "192.0.2.2", 8080, 5000, TF_ROLE_UNKNOWN},
		{TF_TCP_ESTABLISHED, HERE, 50000, 5000, TF_ROLE_SERVER},
		{TF_TCP_ESTABLISHED, HERE, 50001, 80, TF_ROLE_CLIENT},
		{TF_TCP_ESTABLISHED, HERE, 32768, 80, TF_ROLE_CLIENT},
		{TF_TCP_ESTABLISHED, HERE, 60999, 80, TF_ROLE_CLIENT},
		{TF_TCP_ESTABLISHED, HERE, 61000, 80, TF_ROLE_UNKNOWN},
		{TF_TCP_ESTABLISHED, HERE, 700, 2049, TF_ROLE_UNKNOWN},	 /* bound, or a server's */
		{TF_TCP_ESTABLISHED, HERE, 9000, 45000, TF_ROLE_SERVER}, /* its listener has gone */
		{TF_TCP_ESTABLISHED, HERE, 50051, 45000, TF_ROLE_UNKNOWN},
		{TF_TCP_SYN_SENT, HERE, 700, 2049, TF_ROLE_CLIENT},
		{TF_TCP_SYN_RECV, HERE, 700, 2049, TF_ROLE_SERVER},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *peer = strchr(rows[i].local, ':') ? "2001:db8::9" : THERE;
		struct scene scene;
		struct tf_snapshot *snapshot;

		print_message("%zu\n", i);
		scene_begin(&scene);
		scene_netns(&scene, NS1, 32768, 60999);
		/* In either order: sock_diag has no fixed order. */
		scene_sock(&scene, rows[i].state, rows[i].local, rows[i].lport, peer,
			   rows[i].rport);
		scene_listener(&scene, "0.0.0.0", 80, 0, 128);
		scene_listener(&scene, "::", 443, 0, 128);
		scene_listener(&scene, HERE, 8080, 0, 128);
		scene_listener(&scene, "0.0.0.0", 50000, 0, 128);
		scene_netns(&scene, NS2, 32768, 60999);
		scene_listener(&scene, "::", 700, 0, 128); /* another namespace's is no matter */
		scene_listener(&scene, "::", 61000, 0, 128);
		scene_holders(&scene);
		scene_end(&scene, true);
		snapshot = scene_snapshot(&scene, NULL);
		assert_int_equal(socket_at(snapshot, rows[i].lport, rows[i].rport)->role,
				 rows[i].role);
		tf_snapshot_free(snapshot);
		scene_free(&scene);
	}
}

static void test_without_listener_and_port_range_the_role_is_unknown(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 0, 0);
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 700, THERE, 2049);
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	assert_int_equal(socket_at(snapshot, 700, 2049)->role, TF_ROLE_UNKNOWN);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

/* A draining server on a port of the range, a transparent proxy, and a pool towards such a port. */
static void test_sockets_of_unknown_role_are_grouped_by_what_they_share(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;
	unsigned int locals = 0, remotes = 0;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	for (uint16_t i = 0; i < 50; i++)
		scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 50051, THERE, 40000 + i);
	for (uint16_t i = 0; i < 70; i++)
		scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 35000 + i, THERE, 50052);
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 45000, THERE, 45001);
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	assert_int_equal(tf_snapshot_n_groups(snapshot), 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct tf_snapshot_group *group = tf_snapshot_group(snapshot, i);

		assert_int_equal(group->role, TF_ROLE_UNKNOWN);
		locals += group->port == 50051 && !group->has_remote && group->n == 50;
		locals += group->port == 45000 && !group->has_remote && group->n == 1;
		remotes += group->port == 50052 && group->has_remote && group->n == 70;
	}
	assert_int_equal(locals, 2);
	assert_int_equal(remotes, 1);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

/* Both ports are in the range, but the other end is on this host, and a listener's. */
static void test_the_other_end_of_a_server_is_a_client(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 40000, THERE, 50000);
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 40001, THERE, 50000);
	scene_netns(&scene, NS2, 32768, 60999);
	scene_listener(&scene, "0.0.0.0", 50000, 0, 128);
	scene_sock(&scene, TF_TCP_ESTABLISHED, THERE, 50000, HERE, 40000);
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	assert_int_equal(socket_at(snapshot, 50000, 40000)->role, TF_ROLE_SERVER);
	assert_int_equal(socket_at(snapshot, 40000, 50000)->role, TF_ROLE_CLIENT);
	assert_int_equal(socket_at(snapshot, 40001, 50000)->role, TF_ROLE_UNKNOWN);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

/* --- who holds it --------------------------------------------------------------------------- */

static void expect_holder(const struct tf_snapshot *snapshot, uint32_t *handle, uint32_t pid,
			  const char *comm, int32_t fd)
{
	const struct tf_snapshot_holder *holder;
	const struct tf_snapshot_process *process;

	assert_int_not_equal(*handle, 0);
	holder = tf_snapshot_holder(snapshot, *handle);
	process = tf_snapshot_process(snapshot, holder->process);
	assert_int_equal(process->pid, pid);
	assert_int_equal(strncmp((const char *)process->comm, comm, TF_COMM_LEN), 0);
	assert_int_equal(holder->fd, fd);
	*handle = holder->next;
}

static void test_every_holder_of_a_socket_is_listed(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;
	uint32_t handle;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 40000, THERE, 80);
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 40001, THERE, 80);
	scene_holders(&scene);
	scene_hold(&scene, 1, 100, "parent", 3);
	scene_hold(&scene, 1, 100, "parent", 9); /* dup() */
	scene_hold(&scene, 2, 100, "parent", 4);
	scene_hold(&scene, 1, 101, "sixteen_letters_", 3);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);

	handle = socket_at(snapshot, 40000, 80)->holders;
	expect_holder(snapshot, &handle, 100, "parent", 3);
	expect_holder(snapshot, &handle, 100, "parent", 9);
	expect_holder(snapshot, &handle, 101, "sixteen_letters_", 3);
	assert_int_equal(handle, 0);
	handle = socket_at(snapshot, 40001, 80)->holders;
	expect_holder(snapshot, &handle, 100, "parent", 4);
	assert_int_equal(handle, 0);
	/* Both are the first holder's. */
	assert_int_equal(tf_snapshot_n_groups(snapshot), 1);
	assert_int_equal(tf_snapshot_group(snapshot, 0)->n, 2);
	assert_int_equal(tf_snapshot_group(snapshot, 0)->shared, 1);
	assert_int_equal(tf_snapshot_group(snapshot, 0)->n_fds, 3);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_holder_kinds_follow_from_flags_and_descriptors(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	scene_listener(&scene, "0.0.0.0", 80, 1, 128);
	scene_hold(&scene, 0, 100, "server", 3); /* wherever it comes */
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 80, THERE, 1)->st.flags = 0;
	scene_sock(&scene, TF_TCP_FIN_WAIT1, HERE, 80, THERE, 2)->st.flags = TF_F_DEAD;
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 80, THERE, 3);
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 80, THERE, 4);
	scene_hold(&scene, 0, 100, "server", 4);
	scene_minisock(&scene, 0, HERE, 80, THERE, 5);
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	assert_int_equal(socket_at(snapshot, 80, 1)->held, TF_HELD_QUEUE);
	assert_int_equal(socket_at(snapshot, 80, 2)->held, TF_HELD_ORPHAN);
	assert_int_equal(socket_at(snapshot, 80, 3)->held, TF_HELD_UNKNOWN);
	assert_int_equal(socket_at(snapshot, 80, 4)->held, TF_HELD_PROCESS);
	assert_int_equal(socket_at(snapshot, 80, 5)->held, TF_HELD_MINISOCK);
	assert_int_equal(tf_snapshot_totals(snapshot)->held[TF_HELD_PROCESS], 2);
	assert_int_equal(tf_snapshot_totals(snapshot)->held[TF_HELD_ORPHAN], 1);
	assert_int_equal(tf_snapshot_n_groups(snapshot), 5);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_a_closed_socket_is_known_by_its_holder_only(void **state)
{
	struct tf_filter filter;
	const struct tf_snapshot_options options = {.filter = &filter};
	struct scene scene;
	struct tf_snapshot *snapshot;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	scene_holders(&scene);
	scene_hold(&scene, 7, 100, "leaky", 3)->state = TF_TCP_CLOSE;
	scene_hold(&scene, 7, 101, "child", 3)->state = TF_TCP_CLOSE;
	scene_hold(&scene, 8, 100, "leaky", 4)->state = TF_TCP_CLOSE;
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	assert_int_equal(tf_snapshot_totals(snapshot)->states[TF_TCP_CLOSE], 2);
	assert_int_equal(tf_snapshot_n_groups(snapshot), 1);
	assert_int_equal(tf_snapshot_group(snapshot, 0)->role, TF_ROLE_UNKNOWN);
	assert_int_equal(tf_snapshot_group(snapshot, 0)->shared, 1);
	assert_int_equal(tf_socket_eof_read(tf_snapshot_socket(snapshot, 0)), TF_UNKNOWN);
	tf_snapshot_free(snapshot);

	/* Nobody can say whether it would have been of that port. */
	tf_filter_init(&filter);
	assert_int_equal(tf_filter_parse_ports(&filter.lport, "80"), 0);
	snapshot = scene_snapshot(&scene, &options);
	assert_int_equal(tf_snapshot_totals(snapshot)->sockets, 0);
	assert_int_equal(tf_snapshot_totals(snapshot)->strange_holders, 0);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

/* --- groups --------------------------------------------------------------------------------- */

static void test_groups_are_a_process_and_a_service(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;
	const struct tf_snapshot_group *group;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	scene_listener(&scene, "0.0.0.0", 8080, 0, 128);
	scene_hold(&scene, 0, 221, "java", 5);
	for (uint16_t i = 0; i < 30; i++) { /* whoever the client is */
		struct tf_ev_sock *sock = scene_sock(&scene, TF_TCP_CLOSE_WAIT, HERE, 8080, THERE,
						     (uint16_t)(1000 + i));

		sock->st.flags |= TF_F_DONE;
		sock->silent_ms = 1000u * i;
		sock->rcv_queue = i < 10 ? 101 : 0; /* unread data, and the FIN */
		scene_hold(&scene, 0, 221, "java", 10 + i);
	}
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 8080, THERE, 2000);
	scene_hold(&scene, 0, 221, "java", 50);
	for (uint16_t i = 0; i < 4; i++) { /* two backends */
		scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, (uint16_t)(40000 + i),
			   i % 2 ? THERE : "203.0.113.1", 5432);
		scene_hold(&scene, 0, 221, "java", 60 + i);
	}
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);

	assert_int_equal(tf_snapshot_n_groups(snapshot), 3);
	group = tf_snapshot_group(snapshot, 0); /* the unusual one */
	assert_int_equal(group->port, 8080);
	assert_int_equal(group->role, TF_ROLE_SERVER);
	assert_false(group->has_remote);
	assert_int_equal(group->n, 31);
	assert_int_equal(group->unusual, 30);
	assert_int_equal(group->count[TF_TCP_CLOSE_WAIT], 30);
	assert_int_equal(tf_maybe32_value(group->oldest_ms[TF_TCP_CLOSE_WAIT]), 29000);
	assert_int_equal(group->count[TF_TCP_ESTABLISHED], 1);
	assert_false(tf_maybe32_known(group->oldest_ms[TF_TCP_ESTABLISHED]));
	assert_int_equal(group->eof_read, 20);
	assert_int_equal(group->unread, 1000);
	assert_int_equal(group->n_fds, TF_SNAPSHOT_FDS);
	assert_int_equal(group->fds[0], 10);
	assert_int_equal(group->cgroup, 77);
	assert_int_equal(tf_snapshot_process(snapshot, group->process)->pid, 221);
	group = group_of_port(snapshot, 5432);
	assert_int_equal(group->n, 2);
	assert_true(group->has_remote);
	assert_int_equal(group->role, TF_ROLE_CLIENT);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_groups_with_unusual_sockets_come_first_then_large_ones(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;
	uint16_t i;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	for (i = 0; i < 20; i++)
		scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, (uint16_t)(40000 + i), THERE, 1);
	for (i = 20; i < 50; i++)
		scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, (uint16_t)(40000 + i), THERE, 2);
	scene_sock(&scene, TF_TCP_SYN_SENT, HERE, 40050, THERE, 3);
	for (i = 51; i < 53; i++)
		scene_sock(&scene, TF_TCP_LAST_ACK, HERE, (uint16_t)(40000 + i), THERE, 4);
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	assert_int_equal(tf_snapshot_n_groups(snapshot), 4);
	for (i = 0; i < 4; i++)
		assert_int_equal(tf_snapshot_group(snapshot, i)->port,
				 ((uint16_t[]){4, 3, 2, 1})[i]);
	/* Sockets follow their groups. */
	assert_int_equal(tf_snapshot_socket(snapshot, 0)->tuple.rport, 4);
	assert_int_equal(tf_snapshot_socket(snapshot, 2)->tuple.rport, 3);
	assert_int_equal(tf_snapshot_socket(snapshot, 52)->tuple.rport, 1);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_the_oldest_sockets_of_a_group_come_first(void **state)
{
	static const uint32_t ages[] = {5, UINT32_MAX, 70000, 0, 800};
	static const uint16_t expected[] = {3, 5, 1, 4, 2};
	struct scene scene;
	struct tf_snapshot *snapshot;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	scene_listener(&scene, "0.0.0.0", 80, 0, 128);
	for (uint16_t i = 0; i < COUNT(ages); i++)
		scene_sock(&scene, TF_TCP_CLOSE_WAIT, HERE, 80, THERE, (uint16_t)(i + 1))
			->silent_ms = ages[i];
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	for (uint32_t i = 0; i < COUNT(expected); i++)
		assert_int_equal(tf_snapshot_socket(snapshot, i)->tuple.rport, expected[i]);
	assert_int_equal(tf_snapshot_socket(snapshot, 5)->state, TF_TCP_LISTEN);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_listeners_in_trouble_stand_first(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;
	static const uint16_t expected[] = {6, 5, 4, 3, 2, 1};

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	scene_listener(&scene, "0.0.0.0", 1, 0, 128);
	scene_listener(&scene, "0.0.0.0", 2, 0, 128)->drops = 1000000;
	scene_listener(&scene, "0.0.0.0", 3, 1, 128);
	scene_listener(&scene, "0.0.0.0", 4, 100, 128);
	scene_listener(&scene, "0.0.0.0", 5, 0, 128)->requests = 1;
	scene_listener(&scene, "0.0.0.0", 6, 1, 1);
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	assert_int_equal(tf_snapshot_n_listeners(snapshot), COUNT(expected));
	for (uint32_t i = 0; i < COUNT(expected); i++)
		assert_int_equal(tf_snapshot_listener(snapshot, i)->tuple.lport, expected[i]);
	assert_true(tf_socket_is_busy(tf_snapshot_listener(snapshot, 4)));
	assert_false(tf_socket_is_busy(tf_snapshot_listener(snapshot, 5)));
	assert_int_equal(tf_snapshot_n_groups(snapshot), 0);
	assert_int_equal(tf_socket_unread(tf_snapshot_listener(snapshot, 0)), 0);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

/* --- ceilings ------------------------------------------------------------------------------- */

static void test_sockets_beyond_the_ceiling_are_counted(void **state)
{
	const struct tf_snapshot_options options = {.max_sockets = 10};
	struct scene scene;
	struct tf_snapshot *snapshot;

	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	for (uint16_t i = 0; i < 25; i++) {
		scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, (uint16_t)(40000 + i), THERE, 80);
		scene_hold(&scene, 0, 100 + i, "many", 3);
	}
	scene_hold(&scene, 1, 200, "one more", 3);
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, &options);
	assert_int_equal(tf_snapshot_totals(snapshot)->states[TF_TCP_ESTABLISHED], 25);
	assert_int_equal(tf_snapshot_netns(snapshot, 0)->sockets, 25);
	assert_int_equal(tf_snapshot_n_sockets(snapshot), 10);
	assert_int_equal(tf_snapshot_totals(snapshot)->left_out.sockets, 15);
	assert_int_equal(tf_snapshot_totals(snapshot)->left_out.holders, 1);
	assert_int_equal(tf_snapshot_totals(snapshot)->strange_holders, 0);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_groups_have_a_ceiling(void **state)
{
	const struct tf_snapshot_options options = {0};
	struct tf_snapshot *snapshot = NULL;
	const uint32_t n = TF_SNAPSHOT_GROUPS_MAX + 100;
	struct scene scene;

	assert_int_equal(tf_snapshot_new(&options, &snapshot), 0);
	scene_begin(&scene);
	scene_netns(&scene, NS1, 32768, 60999);
	for (size_t i = 0; i < scene.tape.n; i++)
		assert_int_equal(tf_snapshot_feed(snapshot, &scene.tape.events[i],
						  scene.tape.events[i].ev.size),
				 0);
	scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 40000, THERE, 80);
	for (uint32_t i = 0; i < n; i++) { /* each of them to another host */
		struct tf_ev_sock *sock = &scene.tape.events[scene.tape.n - 1].sock;

		sock->st.ev.sock = i + 1;
		memcpy(sock->st.tuple.raddr + 12, &i, sizeof(i));
		assert_int_equal(tf_snapshot_feed(snapshot, sock, sizeof(*sock)), 0);
	}
	assert_int_equal(tf_snapshot_finish(snapshot), 0);
	assert_int_equal(tf_snapshot_n_groups(snapshot), TF_SNAPSHOT_GROUPS_MAX);
	assert_int_equal(tf_snapshot_totals(snapshot)->left_out.grouped, 100);
	assert_int_equal(tf_snapshot_n_sockets(snapshot), n);
	assert_int_equal(tf_snapshot_socket(snapshot, n - 1)->group, 0);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_namespaces_have_a_ceiling(void **state)
{
	struct scene scene;
	struct tf_snapshot *snapshot;

	scene_begin(&scene);
	for (uint32_t i = 0; i < TF_SNAPSHOT_NETNS_MAX + 10; i++) {
		scene_netns(&scene, 1000 + i, 32768, 60999);
		scene_sock(&scene, TF_TCP_ESTABLISHED, HERE, 40000, THERE, 80);
	}
	scene_holders(&scene);
	scene_end(&scene, true);
	snapshot = scene_snapshot(&scene, NULL);
	assert_int_equal(tf_snapshot_n_netns(snapshot), TF_SNAPSHOT_NETNS_MAX);
	assert_int_equal(tf_snapshot_totals(snapshot)->sockets, TF_SNAPSHOT_NETNS_MAX + 10);
	assert_int_equal(tf_snapshot_totals(snapshot)->left_out.netns, 10);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

/* --- filters -------------------------------------------------------------------------------- */

/* A server and a client of 100, a client of 200, something in the accept queue, a minisock. */
static void make_filtered(struct scene *scene)
{
	scene_begin(scene);
	scene_netns(scene, NS1, 32768, 60999);
	scene_listener(scene, "0.0.0.0", 80, 0, 128);
	scene_hold(scene, 0, 100, "server", 3);
	scene_sock(scene, TF_TCP_ESTABLISHED, HERE, 80, THERE, 1);
	scene_hold(scene, 0, 100, "server", 4);
	scene_sock(scene, TF_TCP_ESTABLISHED, HERE, 40000, "203.0.113.1", 5432);
	scene_hold(scene, 0, 100, "server", 5);
	scene_sock(scene, TF_TCP_ESTABLISHED, "2001:db8::1", 40000, "2001:db8::2", 443);
	scene_hold(scene, 0, 200, "curl", 3);
	scene_hold(scene, 0, 201, "curl", 3);
	scene_sock(scene, TF_TCP_ESTABLISHED, HERE, 80, THERE, 2)->st.flags = 0;
	scene_minisock(scene, TF_TCP_TIME_WAIT, HERE, 80, THERE, 3);
	scene_netns(scene, NS2, 32768, 60999);
	scene_sock(scene, TF_TCP_ESTABLISHED, HERE, 40000, THERE, 80);
	scene_hold(scene, 0, 100, "server", 6);
	scene_holders(scene);
	scene_end(scene, true);
}

struct filter_row {
	const char *lport, *rport, *host;
	uint32_t pid, netns;
	const char *comm;
	bool only_v4, only_v6;
	uint64_t sockets, listeners;
};

static void test_only_sockets_of_the_filter_count(void **state)
{
	static const struct filter_row rows[] = {
		{.sockets = 7, .listeners = 1},
		{.lport = "80", .sockets = 4, .listeners = 1},
		{.rport = "5432", .sockets = 1},
		{.rport = "1", .sockets = 1},
		{.host = "198.51.100.0/24", .sockets = 5, .listeners = 1},
		{.host = "203.0.113.1", .sockets = 2, .listeners = 1}, /* listens for all hosts */
		{.host = "2001:db8::/32", .sockets = 2, .listeners = 1},
		{.only_v4 = true, .sockets = 6, .listeners = 1},
		{.only_v6 = true, .sockets = 1},
		{.netns = NS2, .sockets = 1},
		{.pid = 100, .sockets = 4, .listeners = 1},
		{.pid = 201, .sockets = 1},
		{.pid = 1, .sockets = 0},
		{.comm = "server", .sockets = 4, .listeners = 1},
		{.comm = "server", .pid = 200, .sockets = 0},
		{.comm = "server", .lport = "40000", .sockets = 2},
	};
	struct scene scene;

	make_filtered(&scene);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct filter_row *row = &rows[i];
		struct tf_filter filter;
		const struct tf_snapshot_options options = {.filter = &filter};
		struct tf_snapshot *snapshot;
		uint64_t sum = 0;

		print_message("%zu\n", i);
		tf_filter_init(&filter);
		if (row->lport)
			assert_int_equal(tf_filter_parse_ports(&filter.lport, row->lport), 0);
		if (row->rport)
			assert_int_equal(tf_filter_parse_ports(&filter.rport, row->rport), 0);
		if (row->host)
			assert_int_equal(
				tf_addr_parse_cidr(row->host, &filter.cidrs[filter.n_cidrs++]), 0);
		if (row->pid)
			filter.pids[filter.n_pids++] = row->pid;
		if (row->netns)
			filter.netns[filter.n_netns++] = row->netns;
		if (row->comm)
			strcpy(filter.comms[filter.n_comms++], row->comm);
		filter.only_v4 = row->only_v4;
		filter.only_v6 = row->only_v6;
		snapshot = scene_snapshot(&scene, &options);
		for (uint8_t number = 1; number < TF_TCP_STATE_MAX; number++)
			sum += tf_snapshot_totals(snapshot)->states[number];
		assert_int_equal(tf_snapshot_totals(snapshot)->sockets, row->sockets);
		assert_int_equal(sum, row->sockets);
		assert_int_equal(tf_snapshot_n_sockets(snapshot), row->sockets);
		assert_int_equal(tf_snapshot_n_listeners(snapshot), row->listeners);
		assert_int_equal(tf_snapshot_totals(snapshot)->strange_holders, 0);
		tf_snapshot_free(snapshot);
	}
	scene_free(&scene);
}

static void test_a_listener_that_is_filtered_out_still_decides_roles(void **state)
{
	struct tf_filter filter;
	const struct tf_snapshot_options options = {.filter = &filter};
	struct scene scene;
	struct tf_snapshot *snapshot;

	make_filtered(&scene);
	tf_filter_init(&filter);
	assert_int_equal(tf_filter_parse_ports(&filter.rport, "1"), 0);
	snapshot = scene_snapshot(&scene, &options);
	assert_int_equal(tf_snapshot_n_listeners(snapshot), 0);
	assert_int_equal(socket_at(snapshot, 80, 1)->role, TF_ROLE_SERVER);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

static void test_sockets_beyond_the_ceiling_count_nowhere_under_a_filter_on_owners(void **state)
{
	struct tf_filter filter;
	const struct tf_snapshot_options options = {.filter = &filter, .max_sockets = 2};
	struct scene scene;
	struct tf_snapshot *snapshot;

	make_filtered(&scene);
	tf_filter_init(&filter);
	filter.pids[filter.n_pids++] = 100;
	snapshot = scene_snapshot(&scene, &options);
	assert_int_equal(tf_snapshot_totals(snapshot)->sockets, 2);
	assert_int_equal(tf_snapshot_totals(snapshot)->left_out.sockets, 5);
	tf_snapshot_free(snapshot);
	scene_free(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states_are_counted_as_ss_does),
		cmocka_unit_test(test_a_socket_scanned_twice_counts_once_in_its_last_state),
		cmocka_unit_test(test_minisocks_without_identity_are_all_different),
		cmocka_unit_test(test_an_incomplete_snapshot_says_what_is_missing),
		cmocka_unit_test(test_other_and_broken_events_are_ignored),
		cmocka_unit_test(test_roles_follow_from_listeners_and_ports),
		cmocka_unit_test(test_the_other_end_of_a_server_is_a_client),
		cmocka_unit_test(test_sockets_of_unknown_role_are_grouped_by_what_they_share),
		cmocka_unit_test(test_without_listener_and_port_range_the_role_is_unknown),
		cmocka_unit_test(test_every_holder_of_a_socket_is_listed),
		cmocka_unit_test(test_holder_kinds_follow_from_flags_and_descriptors),
		cmocka_unit_test(test_a_closed_socket_is_known_by_its_holder_only),
		cmocka_unit_test(test_groups_are_a_process_and_a_service),
		cmocka_unit_test(test_groups_with_unusual_sockets_come_first_then_large_ones),
		cmocka_unit_test(test_the_oldest_sockets_of_a_group_come_first),
		cmocka_unit_test(test_listeners_in_trouble_stand_first),
		cmocka_unit_test(test_sockets_beyond_the_ceiling_are_counted),
		cmocka_unit_test(test_groups_have_a_ceiling),
		cmocka_unit_test(test_namespaces_have_a_ceiling),
		cmocka_unit_test(test_only_sockets_of_the_filter_count),
		cmocka_unit_test(test_a_listener_that_is_filtered_out_still_decides_roles),
		cmocka_unit_test(
			test_sockets_beyond_the_ceiling_count_nowhere_under_a_filter_on_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
