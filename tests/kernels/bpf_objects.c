// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * bpf_objects.c - how many BPF programs, maps and links this kernel holds, in one line
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static int count(int next_id)
{
	union bpf_attr attr = {0};
	int found = 0;

	while (!syscall(SYS_bpf, next_id, &attr, sizeof(attr))) {
		attr.start_id = attr.next_id;
		found++;
	}
	return found;
}

int main(void)
{
	printf("programs %d maps %d links %d\n", count(BPF_PROG_GET_NEXT_ID),
	       count(BPF_MAP_GET_NEXT_ID), count(BPF_LINK_GET_NEXT_ID));
	return 0;
}
