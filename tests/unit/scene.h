/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * scene.h - one scan over sockets that a test makes up, onto a tape
 *
 * scene_begin(), scene_netns() and the sockets there, scene_holders() and the descriptors,
 * scene_end(). What scene_sock() and the like return can be changed until the next call.
 */
#ifndef TCPFATE_TESTS_SCENE_H
#define TCPFATE_TESTS_SCENE_H

#include "core/snapshot/snapshot.h"
#include "player.h"

#define SCENE_NS 5000000000ULL /* its events' time */
#define SCENE_UID 1000

struct scene {
	struct tape tape;
	uint32_t netns; /* where the scan is */
	uint64_t sock;	/* identity given out last; they count up from 1 */
	bool in_netns;
};

void scene_begin(struct scene *scene);

/* The scan enters namespace @inode, with that ip_local_port_range; 0, 0: not to be read. */
void scene_netns(struct scene *scene, uint32_t inode, uint16_t low, uint16_t high);

/* Ends the namespace as not whole. */
void scene_netns_broken(struct scene *scene);

/* A full socket between "192.0.2.1" @lport and @remote ("2001:db8::1") @rport; an application holds
 * it. Nothing waits, all ages are unknown. */
struct tf_ev_sock *scene_sock(struct scene *scene, uint8_t state, const char *local, uint16_t lport,
			      const char *remote, uint16_t rport);

/* A listener with @queue connections of @backlog in its queue. */
struct tf_ev_sock *scene_listener(struct scene *scene, const char *local, uint16_t port,
				  uint32_t queue, uint32_t backlog);

/* A minisock; @substate 0: a pending handshake. */
struct tf_ev_minisock *scene_minisock(struct scene *scene, uint8_t substate, const char *local,
				      uint16_t lport, const char *remote, uint16_t rport);

void scene_holders(struct scene *scene);

/* @pid has @sock (0: the last one added) open as @fd. */
struct tf_ev_holder *scene_hold(struct scene *scene, uint64_t sock, uint32_t pid, const char *comm,
				int32_t fd);

void scene_end(struct scene *scene, bool whole);

/* A snapshot of all of it, finished; each failure fails the test. The caller's. */
struct tf_snapshot *scene_snapshot(const struct scene *scene,
				   const struct tf_snapshot_options *options);

void scene_address(uint8_t addr[16], const char *text);
void scene_free(struct scene *scene);

#endif
