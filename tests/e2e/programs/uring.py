# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""connect() and accept() through io_uring, by bare system calls: for an agent to exec().

`ring = Ring()` needs a kernel that allows io_uring; it fails with an OSError elsewhere. `flags` may
be SQPOLL: then a thread of the kernel submits, and the process makes no call at all.
"""
import ctypes
import mmap
import os
import struct
import time

SETUP, ENTER = 425, 426
SQPOLL = 1 << 1
GETEVENTS, SQ_WAKEUP = 1, 1 << 1
OP_ACCEPT, OP_CONNECT = 13, 16
OFF_CQ, OFF_SQES = 0x8000000, 0x10000000
ENTRIES, SQE_SIZE = 8, 64
_libc = ctypes.CDLL(None, use_errno=True)


def _call(*args):
    result = _libc.syscall(*args)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


class Ring:
    def __init__(self, flags=0):
        params = bytearray(120)
        struct.pack_into("I", params, 8, flags)
        buffer = (ctypes.c_char * 120).from_buffer(params)
        self.fd = _call(SETUP, ENTRIES, buffer)
        self.flags = flags
        sq = struct.unpack_from("7I", params, 40)
        cq = struct.unpack_from("6I", params, 80)
        entries_sq, entries_cq = struct.unpack_from("2I", params, 0)
        _, self.sq_tail, _, _, self.sq_flags, _, self.sq_array = sq
        self.cq_head, self.cq_tail, _, _, _, self.cqes = cq
        self.mask = entries_cq - 1
        self.sq = mmap.mmap(self.fd, self.sq_array + 4 * entries_sq)
        self.cq = mmap.mmap(self.fd, self.cqes + 16 * entries_cq, offset=OFF_CQ)
        self.sqes = mmap.mmap(self.fd, entries_sq * SQE_SIZE, offset=OFF_SQES)
        self.sq_entries = entries_sq

    def _get(self, ring, at):
        return struct.unpack_from("I", ring, at)[0]

    def _do(self, opcode, fd, address, length):
        """Submits one operation and waits for its result."""
        tail = self._get(self.sq, self.sq_tail)
        slot = tail % self.sq_entries
        struct.pack_into("BBHiQQII", self.sqes, slot * SQE_SIZE, opcode, 0, 0, fd, length, address,
                         0, 0)
        struct.pack_into("I", self.sq, self.sq_array + 4 * slot, slot)
        struct.pack_into("I", self.sq, self.sq_tail, tail + 1)
        if not self.flags & SQPOLL:
            _call(ENTER, self.fd, 1, 1, GETEVENTS, None, 0)
        elif self._get(self.sq, self.sq_flags) & 1:
            _call(ENTER, self.fd, 1, 0, SQ_WAKEUP, None, 0)
        end = time.monotonic() + 10
        while self._get(self.cq, self.cq_head) == self._get(self.cq, self.cq_tail):
            if time.monotonic() > end:
                raise TimeoutError("io_uring does not answer")
            time.sleep(0.001)
        head = self._get(self.cq, self.cq_head)
        result, = struct.unpack_from("i", self.cq, self.cqes + 16 * (head & self.mask) + 8)
        struct.pack_into("I", self.cq, self.cq_head, head + 1)
        if result < 0:
            raise OSError(-result, os.strerror(-result))
        return result

    def connect(self, fd, sockaddr):
        keep = ctypes.create_string_buffer(sockaddr, len(sockaddr))
        return self._do(OP_CONNECT, fd, ctypes.addressof(keep), len(sockaddr))

    def accept(self, fd):
        return self._do(OP_ACCEPT, fd, 0, 0)
