/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * container.h - the container and the systemd unit that a cgroup's path names
 *
 * Pure: a path in, names out. Every container runtime puts its containers into cgroups whose names
 * identify them, in a form of its own; container.c has a row for each. Of containers within
 * containers the innermost counts. A name that only looks like one (no hexadecimal id where there
 * must be one) is none.
 *
 * To add a runtime: a row in container.c, real paths of it in tests/unit/test_container.c.
 */
#ifndef TCPFATE_ENRICH_CONTAINER_H
#define TCPFATE_ENRICH_CONTAINER_H

#include <stdint.h>

#include "bpf/abi.h"

/* What the path of a cgroup, below its hierarchy's root, says. NUL-terminated; empty: nothing. */
struct tf_container {
	/* "docker:ID", "containerd:ID", "cri-o:ID", "podman:ID", "kata:ID", "lxc:NAME",
	 * "nspawn:NAME", "qemu:NAME", "libvirt-lxc:NAME"; "oci:ID" when the path does not say
	 * which runtime */
	char container[TF_CONTAINER_LEN];
	/* The innermost .service or .scope that is not a container's own; a name that is too long
	 * ends in "..." */
	char unit[TF_UNIT_LEN];
};

/* Reads @path (any bytes, NUL-terminated) into @ret, all of which is written. */
void tf_container_parse(const char *path, struct tf_container *ret);

#endif
