// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#include "scene.h"

#include <arpa/inet.h>

#include "unit.h"

void scene_address(uint8_t addr[16], const char *text)
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

/* The copy on the tape. */
static void *put(struct scene *scene, const void *event)
{
	tape_add(&scene->tape, event);
	return &scene->tape.events[scene->tape.n - 1];
}

static struct tf_event header(const struct scene *scene, uint8_t kind, size_t size)
{
	return (struct tf_event){
		.time_ns = SCENE_NS, .netns = scene->netns, .kind = kind, .size = (uint16_t)size};
}

static void step(struct scene *scene, uint8_t step, bool whole)
{
	struct tf_ev_scan event = {.ev = header(scene, TF_EV_SCAN, sizeof(event)),
				   .scan = 1,
				   .step = step,
				   .whole = whole,
				   .took_ns = 12 * MS};

	put(scene, &event);
}

static void leave_netns(struct scene *scene, bool whole)
{
	if (scene->in_netns)
		step(scene, TF_SCAN_NETNS_END, whole);
	scene->in_netns = false;
}

void scene_begin(struct scene *scene)
{
	*scene = (struct scene){};
	step(scene, TF_SCAN_BEGIN, false);
}

void scene_netns(struct scene *scene, uint32_t inode, uint16_t low, uint16_t high)
{
	struct tf_ev_netns event;

	leave_netns(scene, true);
	scene->netns = inode;
	scene->in_netns = true;
	step(scene, TF_SCAN_NETNS, false);
	memset(&event, 0xff, sizeof(event)); /* nothing else was to be read */
	event.ev = header(scene, TF_EV_NETNS, sizeof(event));
	if (low) {
		event.port_low = low;
		event.port_high = high;
	}
	put(scene, &event);
}

void scene_netns_broken(struct scene *scene)
{
	leave_netns(scene, false);
}

static void set_ends(struct tf_tuple *tuple, const char *local, uint16_t lport, const char *remote,
		     uint16_t rport)
{
	scene_address(tuple->laddr, local);
	scene_address(tuple->raddr, remote);
	tuple->lport = lport;
	tuple->rport = rport;
}

struct tf_ev_sock *scene_sock(struct scene *scene, uint8_t state, const char *local, uint16_t lport,
			      const char *remote, uint16_t rport)
{
	struct tf_ev_sock event = {
		.st = {.ev = header(scene, TF_EV_SOCK, sizeof(event)),
		       .flags = TF_F_HAS_SOCKET,
		       .old_state = state,
		       .new_state = state,
		       .uid = SCENE_UID,
		       .cgroup = 77},
		.silent_ms = UINT32_MAX,
		.idle_ms = UINT32_MAX,
	};

	event.st.ev.sock = ++scene->sock;
	event.st.inode = (uint32_t)(1000 + scene->sock);
	event.snd_queue = state == TF_TCP_SYN_SENT; /* the SYN */
	set_ends(&event.st.tuple, local, lport, remote, rport);
	return put(scene, &event);
}

struct tf_ev_sock *scene_listener(struct scene *scene, const char *local, uint16_t port,
				  uint32_t queue, uint32_t backlog)
{
	const char *any = strchr(local, ':') ? "::" : "0.0.0.0";
	struct tf_ev_sock *event = scene_sock(scene, TF_TCP_LISTEN, local, port, any, 0);

	event->rcv_queue = queue;
	event->snd_queue = backlog;
	return event;
}

struct tf_ev_minisock *scene_minisock(struct scene *scene, uint8_t substate, const char *local,
				      uint16_t lport, const char *remote, uint16_t rport)
{
	struct tf_ev_minisock event = {
		.ev = header(scene, TF_EV_MINISOCK, sizeof(event)),
		.flags = substate ? TF_F_MINISOCK : TF_F_REQUEST,
		.state = substate ? TF_TCP_TIME_WAIT : TF_TCP_NEW_SYN_RECV,
		.substate = substate,
	};

	set_ends(&event.tuple, local, lport, remote, rport);
	return put(scene, &event);
}

void scene_holders(struct scene *scene)
{
	leave_netns(scene, true);
	step(scene, TF_SCAN_HOLDERS, false);
}

struct tf_ev_holder *scene_hold(struct scene *scene, uint64_t sock, uint32_t pid, const char *comm,
				int32_t fd)
{
	struct tf_ev_holder event = {.ev = header(scene, TF_EV_HOLDER, sizeof(event)),
				     .pid = pid,
				     .fd = fd,
				     .state = TF_TCP_ESTABLISHED};

	event.ev.sock = sock ? sock : scene->sock;
	event.inode = (uint32_t)(1000 + event.ev.sock);
	memcpy(event.comm, comm, strnlen(comm, sizeof(event.comm)));
	return put(scene, &event);
}

void scene_end(struct scene *scene, bool whole)
{
	step(scene, TF_SCAN_HOLDERS_END, whole);
	step(scene, TF_SCAN_END, whole);
}

struct tf_snapshot *scene_snapshot(const struct scene *scene,
				   const struct tf_snapshot_options *options)
{
	static const struct tf_snapshot_options plain;
	struct tf_snapshot *snapshot = NULL;

	assert_int_equal(tf_snapshot_new(options ? options : &plain, &snapshot), 0);
	for (size_t i = 0; i < scene->tape.n; i++)
		assert_int_equal(tf_snapshot_feed(snapshot, &scene->tape.events[i],
						  scene->tape.events[i].ev.size),
				 0);
	assert_int_equal(tf_snapshot_finish(snapshot), 0);
	return snapshot;
}

void scene_free(struct scene *scene)
{
	tape_free(&scene->tape);
}
