/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arch_x86.h - the kernel types that the programs read, on x86 alone; generated, do not edit
 *
 * By tools/gen-vmlinux.py from types.list beside it: to read another member, add it there.
 * list: 86a4d9f57d84a9c2
 * kernel: 6.18
 */
#ifndef __ARCH_X86_H__
#define __ARCH_X86_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#endif

struct pt_regs {
	long unsigned int bp;
	long unsigned int bx;
	long unsigned int r10;
	long unsigned int r9;
	long unsigned int r8;
	long unsigned int ax;
	long unsigned int cx;
	long unsigned int dx;
	long unsigned int si;
	long unsigned int di;
	long unsigned int ip;
	long unsigned int sp;
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif
