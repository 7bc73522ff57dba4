// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * sides.c - see sides.h
 */
#include "core/snapshot/sides.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/snapshot/tables.h"

/* A socket, and how many share its local port, or its remote end. */
struct side {
	struct tf_snapshot_socket *socket;
	uint32_t locals, remotes;
};

static int by_local(const void *a, const void *b)
{
	const struct tf_snapshot_socket *x = ((const struct side *)a)->socket;
	const struct tf_snapshot_socket *y = ((const struct side *)b)->socket;

	if (x->netns != y->netns)
		return x->netns < y->netns ? -1 : 1;
	return (x->tuple.lport > y->tuple.lport) - (x->tuple.lport < y->tuple.lport);
}

static int by_remote(const void *a, const void *b)
{
	const struct tf_snapshot_socket *x = ((const struct side *)a)->socket;
	const struct tf_snapshot_socket *y = ((const struct side *)b)->socket;
	int order = memcmp(x->tuple.raddr, y->tuple.raddr, sizeof(x->tuple.raddr));

	if (x->netns != y->netns)
		return x->netns < y->netns ? -1 : 1;
	return order ? order :
		       (x->tuple.rport > y->tuple.rport) - (x->tuple.rport < y->tuple.rport);
}

static int compare_ends(const struct tf_tuple *a, const struct tf_tuple *b)
{
	int order = memcmp(a->laddr, b->laddr, sizeof(a->laddr));

	if (a->lport != b->lport)
		return a->lport < b->lport ? -1 : 1;
	if (a->rport != b->rport)
		return a->rport < b->rport ? -1 : 1;
	return order ? order : memcmp(a->raddr, b->raddr, sizeof(a->raddr));
}

static int by_tuple(const void *a, const void *b)
{
	return compare_ends(&((const struct side *)a)->socket->tuple,
			    &((const struct side *)b)->socket->tuple);
}

/* Whether one of @n sockets, sorted by_tuple(), is the other end of @socket. */
static bool has_other_end(const struct side *sides, uint32_t n,
			  const struct tf_snapshot_socket *socket)
{
	struct tf_snapshot_socket other = {
		.tuple = {.lport = socket->tuple.rport, .rport = socket->tuple.lport}};
	const struct side key = {.socket = &other};

	memcpy(other.tuple.laddr, socket->tuple.raddr, sizeof(other.tuple.laddr));
	memcpy(other.tuple.raddr, socket->tuple.laddr, sizeof(other.tuple.raddr));
	return bsearch(&key, sides, n, sizeof(key), by_tuple) != NULL;
}

/* How many from sides[i] on are the same to @compare, by which they are sorted. */
static uint32_t count_same(const struct side *sides, uint32_t n, uint32_t i,
			   int (*compare)(const void *, const void *))
{
	uint32_t same = 1;

	while (i + same < n && !compare(&sides[i], &sides[i + same]))
		same++;
	return same;
}

/* For each socket, how many share its local port, and how many its remote end. */
static void count_sides(struct side *sides, uint32_t n)
{
	uint32_t same;

	qsort(sides, n, sizeof(*sides), by_local);
	for (uint32_t i = 0; i < n; i += same) {
		same = count_same(sides, n, i, by_local);
		for (uint32_t j = 0; j < same; j++)
			sides[i + j].locals = same;
	}
	qsort(sides, n, sizeof(*sides), by_remote);
	for (uint32_t i = 0; i < n; i += same) {
		same = count_same(sides, n, i, by_remote);
		for (uint32_t j = 0; j < same; j++)
			sides[i + j].remotes = same;
	}
}

static bool has_no_role(const struct tf_snapshot_socket *socket)
{
	return socket->role == TF_ROLE_UNKNOWN && socket->tuple.rport && !socket->hidden;
}

static bool is_servers(const struct tf_snapshot_socket *socket)
{
	return socket->role == TF_ROLE_SERVER && socket->tuple.rport;
}

/* The sockets that @wanted says, in @sides if that is not NULL. Returns how many. */
static uint32_t collect_sides(struct tf_snapshot *snapshot, struct side *sides,
			      bool (*wanted)(const struct tf_snapshot_socket *))
{
	uint32_t n = 0;

	for (uint32_t handle = 1; handle <= snapshot->sockets.used; handle++) {
		struct tf_snapshot_socket *socket = tf_tables_socket(snapshot, handle);

		if (!wanted(socket))
			continue;
		if (sides)
			sides[n].socket = socket;
		n++;
	}
	return n;
}

int tf_sides_find(struct tf_snapshot *snapshot)
{
	uint32_t n = collect_sides(snapshot, NULL, has_no_role);
	uint32_t servers = n ? collect_sides(snapshot, NULL, is_servers) : 0;
	struct side *sides;

	if (!n)
		return 0;
	sides = calloc((size_t)n + servers, sizeof(*sides));
	if (!sides)
		return -ENOMEM;
	collect_sides(snapshot, sides, has_no_role);
	collect_sides(snapshot, sides + n, is_servers);
	qsort(sides + n, servers, sizeof(*sides), by_tuple);
	for (uint32_t i = 0; i < n; i++)
		if (has_other_end(sides + n, servers, sides[i].socket))
			sides[i].socket->role = TF_ROLE_CLIENT;
	n = collect_sides(snapshot, sides, has_no_role);
	count_sides(sides, n);
	for (uint32_t i = 0; i < n; i++)
		sides[i].socket->by_remote = sides[i].remotes > sides[i].locals;
	free(sides);
	return 0;
}
