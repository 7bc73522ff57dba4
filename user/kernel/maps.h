/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * maps.h - the user's filter, written into the programs' maps
 *
 * Used by loader.c only.
 */
#ifndef TCPFATE_KERNEL_MAPS_H
#define TCPFATE_KERNEL_MAPS_H

#include "core/filter.h"

struct bpf_object;

/* Sets in @config which of @filter's conditions the programs check. Before loading. */
void tf_maps_configure(const struct tf_filter *filter, struct tf_config *config);

/* Fills the sets that @config switches on. After loading, before attaching. 0 or a negative
 * errno. */
int tf_maps_fill(const struct bpf_object *object, const struct tf_filter *filter,
		 const struct tf_config *config);

#endif
