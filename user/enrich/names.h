/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * names.h - puts the names of cgroups into the stream, before the first event that needs them
 *
 * A cgroup may be gone when its last connection ends. So names.c looks it up when its first event
 * comes, and the names go into the stream as a TF_EV_CGROUP of their own: core and recording keep
 * them. The latest TF_NAMES_MAX cgroups and processes are remembered, found or not; an older one is
 * looked up again when it comes again. core/cgroups.h keeps at least as many.
 *
 * Look-ups are system calls, some 10 microseconds each, in the time of the loop that drains the
 * ring: together they get TF_NAMES_PERMILLE of the events' time. Beyond that they are put off to
 * the next event of the same cgroup, so that names come late rather than events get lost.
 */
#ifndef TCPFATE_ENRICH_NAMES_H
#define TCPFATE_ENRICH_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/units.h"
#include "bpf/abi.h"
#include "enrich/cgroup.h"

#define TF_NAMES_MAX 4096
#define TF_NAMES_PERMILLE 20
#define TF_NAMES_AT_ONCE_NS (200 * NS_PER_MS) /* saved up at most, and at the start */

/* A process (version 1) is looked up again after this: pids are reused, and a process may be
 * moved. */
#define TF_NAMES_PID_NS (10 * NS_PER_S)

struct tf_names;

/* Nothing is known yet. @host is what tf_cgroup_open() finds when NULL; else it becomes the names'
 * own. 0 or -ENOMEM, then @ret_names is untouched. Owned by the caller: tf_names_free(). */
int tf_names_new(const struct tf_cgroup_host *host, struct tf_names **ret_names);
void tf_names_free(struct tf_names *names); /* NULL is allowed */

/* Whether names must go into the stream before @ev (any event, as it came from the kernel): then
 * fills @ret with them, at @ev's time. To be called until it returns false: there may be two, the
 * cgroup's and the process's. Costs a few nanoseconds when everything is known. */
bool tf_names_note(struct tf_names *names, const struct tf_event *ev, struct tf_ev_cgroup *ret);

#endif
