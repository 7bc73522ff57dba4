# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""A sockmap whose program passes all that comes on to the socket itself: its data lies in the
psock, no longer in the receive queue."""
import ctypes
import os
import platform
import struct

_NR_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
_MAP_CREATE, _UPDATE_ELEM, _PROG_LOAD, _PROG_ATTACH = 0, 2, 5, 8
_SOCKMAP, _SK_SKB, _STREAM_VERDICT, _SK_PASS = 15, 14, 5, 1
_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(command, attributes):
    attributes = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    result = _libc.syscall(_NR_BPF, command, attributes, 128)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _program():
    """return SK_PASS"""
    code = ctypes.create_string_buffer(struct.pack("<BBhi", 0xb7, 0, 0, _SK_PASS) +
                                       struct.pack("<BBhi", 0x95, 0, 0, 0))
    name = ctypes.create_string_buffer(b"GPL")
    return _bpf(_PROG_LOAD, struct.pack(
        "=IIQQIIQII16sII", _SK_SKB, 2, ctypes.addressof(code), ctypes.addressof(name), 0, 0, 0, 0,
        0, b"", 0, _STREAM_VERDICT))


def put(sock):
    """From here on @sock is in a sockmap of its own; returns the descriptors that keep it there."""
    sockets = _bpf(_MAP_CREATE, struct.pack("=IIII", _SOCKMAP, 4, 4, 1))
    program = _program()
    _bpf(_PROG_ATTACH, struct.pack("=IIII", sockets, program, _STREAM_VERDICT, 0))
    key, value = ctypes.c_uint32(0), ctypes.c_uint32(sock.fileno())
    _bpf(_UPDATE_ELEM, struct.pack("=IxxxxQQQ", sockets, ctypes.addressof(key),
                                   ctypes.addressof(value), 0))
    return sockets, program
