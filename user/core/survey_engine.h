/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * survey_engine.h - the inside of a survey, for the files named below only
 *
 * survey.c takes events in and finds what is kept by its number; survey_groups.c does what can be done
 * only when all are in; survey_words.c answers what the fields of one socket mean.
 */
#ifndef TCPFATE_CORE_SURVEY_ENGINE_H
#define TCPFATE_CORE_SURVEY_ENGINE_H

#include "core/cgroups.h"
#include "core/pool.h"
#include "core/survey.h"

#define TF_SURVEY_PORT_HEADS 1024u
#define TF_SURVEY_PID_HEADS 4096u
#define TF_SURVEY_NETNS_HEADS 256u
#define TF_SURVEY_GROUP_HEADS 16384u

/* Heads of the chains are handles; 0 ends a chain. */
struct tf_survey {
	struct tf_filter filter;
	bool by_owner;	 /* the filter asks for owners */
	bool by_address; /* ... or for what only a tuple tells */
	struct tf_pool sockets, holders, processes, groups, netns;
	struct tf_cgroups cgroups;
	uint32_t *by_sock; /* mask + 1 heads */
	uint32_t mask;
	uint32_t by_port[TF_SURVEY_PORT_HEADS]; /* listeners */
	uint32_t by_pid[TF_SURVEY_PID_HEADS];
	uint32_t by_inode[TF_SURVEY_NETNS_HEADS];
	uint32_t by_group[TF_SURVEY_GROUP_HEADS];
	uint32_t n_listeners, n_groups, n_sockets, n_netns;
	uint32_t *listener_order, *group_order, *socket_order; /* handles; owned */
	struct tf_survey_totals totals;
};

static inline struct tf_survey_socket *tf_survey_socket_at(const struct tf_survey *survey,
							   uint32_t handle)
{
	return tf_pool_at(&survey->sockets, handle);
}

static inline struct tf_survey_group *tf_survey_group_at(const struct tf_survey *survey,
							 uint32_t handle)
{
	return tf_pool_at(&survey->groups, handle);
}

/* The namespace of that inode number, made when it is new; NULL: no room for one more. survey.c */
struct tf_survey_netns *tf_survey_netns_of(struct tf_survey *survey, uint32_t inode);

/* Counts one socket in @state. survey.c */
void tf_survey_count(struct tf_survey *survey, uint32_t netns, uint8_t state);

#endif
