# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Two CPUs that send one packet each at the same moment."""
import mmap
import os
import signal
import socket
import struct

READY, FIRE, LENGTH, PACKET = 0, 8, 16, 24


class Volley:
    """Two processes, on CPUs of their own, that send through a RawPeer's device. A context."""

    def __init__(self, peer):
        self._peer, self._sent = peer, 0
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)
        cpus = sorted(os.sched_getaffinity(0))[:2]
        self._processes = [self._start(cpu, second) for cpu, second in zip(cpus, (False, True))]

    def _start(self, cpu, second):
        """(pid, socket) of a process that sends a packet for each order on the socket."""
        theirs, ours = socket.socketpair()
        pid = os.fork()
        if not pid:
            try:
                os.sched_setaffinity(0, {cpu})
                ours.close()
                self._serve(theirs, second)
            finally:
                os._exit(0)
        theirs.close()
        return pid, ours

    def _serve(self, theirs, second):
        """The first one waits for the second, which is the one to start."""
        shared, sock, to = self._shared, self._peer.sock, self._peer.to
        for number in iter(lambda: theirs.recv(8), b""):
            length, = struct.unpack_from("Q", shared, LENGTH)
            packet = shared[PACKET:PACKET + length]
            if second:
                while shared[READY:READY + 8] != number:
                    pass
                shared[FIRE:FIRE + 8] = number
            else:
                shared[READY:READY + 8] = number
                while shared[FIRE:FIRE + 8] != number:
                    pass
            sock.sendto(packet, to)
            theirs.send(b"!")

    def fire(self, packet):
        """Both have sent @packet when it returns."""
        self._sent += 1
        struct.pack_into("Q", self._shared, LENGTH, len(packet))
        self._shared[PACKET:PACKET + len(packet)] = packet
        for _, ours in self._processes:
            ours.send(struct.pack("Q", self._sent))
        for _, ours in self._processes:
            assert ours.recv(1) == b"!"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid, ours in self._processes:
            ours.close()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self._shared.close()
