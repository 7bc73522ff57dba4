/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arch_arm64.h - the kernel types that the programs read, on arm64 alone; generated, do not edit
 *
 * By tools/gen-vmlinux.py from types.list beside it: to read another member, add it there.
 * list: ba56fbbe7c04e22c
 * kernel: 6.1
 */
#ifndef __ARCH_ARM64_H__
#define __ARCH_ARM64_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#endif

struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif
