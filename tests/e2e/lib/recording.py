# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Reads the events of a recording, as bpf/abi.h lays them out."""
import ipaddress
import struct
from collections import namedtuple

STATE, CLOSE, SOCK, MINISOCK, HOLDER = 1, 2, 8, 9, 10
TICK, COUNTERS, SOCKETS, NETNS, CGROUP = 64, 65, 66, 67, 68

BEGIN, SPACE, SPACE_END, HOLDERS, HOLDERS_END, END = range(1, 7)

STATES = ("", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
          "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV")

UNKNOWN = 0xFFFFFFFF
DEAD, DONE, KEEPOPEN, HAS_SOCKET, TASK = 1, 2, 4, 32, 128
LOCKED, V6, IS_MINISOCK, IS_REQUEST = 1 << 22, 1 << 13, 1 << 16, 1 << 17

Event = namedtuple("Event", "time_ns sock netns kind lost body")
Sock = namedtuple("Sock", "sock netns local remote flags state shutdown uid pid cgroup inode comm "
                  "rcv_queue snd_queue unsent requests drops silent_ms idle_ms retransmits")
Minisock = namedtuple("Minisock", "sock netns local remote flags state substate retransmits")
Holder = namedtuple("Holder", "sock netns pid fd inode state comm")
Scan = namedtuple("Scan", "netns scan step whole took_ns")
Space = namedtuple("Space", "netns low high tw_reuse syncookies max_syn_backlog somaxconn "
                   "max_tw_buckets fin_timeout snmp")


def _ends(tuple_bytes):
    def end(address, port):
        ip = ipaddress.IPv6Address(address)
        return str(ip.ipv4_mapped or ip), port
    lport, rport = struct.unpack_from("HH", tuple_bytes, 32)
    return end(tuple_bytes[:16], lport), end(tuple_bytes[16:32], rport)


def _sock(ev):
    local, remote = _ends(ev.body)
    flags, old, new, shutdown, _, uid, pid, cgroup, _, inode = struct.unpack_from(
        "IBBBBIIQII", ev.body, 40)
    assert old == new
    return Sock(ev.sock, ev.netns, local, remote, flags, STATES[new], shutdown, uid, pid, cgroup,
                inode, ev.body[72:88].rstrip(b"\0"), *struct.unpack_from("IIIIIII", ev.body, 88),
                ev.body[116])


def _minisock(ev):
    local, remote = _ends(ev.body)
    flags, state, substate, retransmits = struct.unpack_from("IBBB", ev.body, 40)
    return Minisock(ev.sock, ev.netns, local, remote, flags, STATES[state], STATES[substate],
                    retransmits)


def _holder(ev):
    pid, fd, inode, state = struct.unpack_from("IiIB", ev.body)
    return Holder(ev.sock, ev.netns, pid, fd, inode, STATES[state], ev.body[16:32].rstrip(b"\0"))


def _scan(ev):
    number, step, whole, took = struct.unpack_from("IBBxxQ", ev.body)
    return Scan(ev.netns, number, step, bool(whole), took)


def _space(ev):
    return Space(ev.netns, *struct.unpack_from("HHBBxxIIII", ev.body),
                 struct.unpack_from("8Q", ev.body, 24))


def transition(ev):
    """(flags, old state, new state) of a STATE or CLOSE."""
    return struct.unpack_from("IBB", ev.body, 40)


def task_of(ev):
    """The pid that a STATE or CLOSE names."""
    return struct.unpack_from("I", ev.body, 52)[0]


BODIES = {SOCK: _sock, MINISOCK: _minisock, HOLDER: _holder, SOCKETS: _scan, NETNS: _space}


class Reader:
    """The events of a recording that may still grow, in order; those of scans have their own tuples
    as `body`."""

    def __init__(self, path):
        self._path, self._at, self._events = path, 0, []

    def read(self):
        """All whole events so far."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return self._events
        at = 0
        if not self._at and len(data) >= 24:
            at = struct.unpack_from("I", data, 16)[0]
        while 0 < self._at + at and at + 32 <= len(data):
            time_ns, sock, netns, size, kind, _, lost, _ = struct.unpack_from("QQIHBBII", data, at)
            if at + size > len(data):
                break
            ev = Event(time_ns, sock, netns, kind, lost, data[at + 32:at + size])
            self._events.append(ev._replace(body=BODIES[kind](ev)) if kind in BODIES else ev)
            at += size
        self._at += at if at <= len(data) else 0
        return self._events
