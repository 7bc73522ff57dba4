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
        self._peer, self._shots = peer, 0
        self._shared = mmap.mmap(-1, mmap.PAGESIZE)
        self._guns = [self._man(cpu, second)
                      for cpu, second in zip(sorted(os.sched_getaffinity(0))[:2], (False, True))]

    def _man(self, cpu, second):
        """(pid, its ear, its mouth) of a process that fires when told to."""
        ear, mouth = socket.socketpair()
        pid = os.fork()
        if not pid:
            try:
                os.sched_setaffinity(0, {cpu})
                mouth.close()
                self._serve(ear, second)
            finally:
                os._exit(0)
        ear.close()
        return pid, mouth

    def _serve(self, ear, second):
        """The first one waits for the second, which is the one to start."""
        shared, sock, to = self._shared, self._peer.sock, self._peer.to
        for shot in iter(lambda: ear.recv(8), b""):
            length, = struct.unpack_from("Q", shared, LENGTH)
            packet = shared[PACKET:PACKET + length]
            if second:
                while shared[READY:READY + 8] != shot:
                    pass
                shared[FIRE:FIRE + 8] = shot
            else:
                shared[READY:READY + 8] = shot
                while shared[FIRE:FIRE + 8] != shot:
                    pass
            sock.sendto(packet, to)
            ear.send(b"!")

    def fire(self, packet):
        """Both have sent @packet when it returns."""
        self._shots += 1
        struct.pack_into("Q", self._shared, LENGTH, len(packet))
        self._shared[PACKET:PACKET + len(packet)] = packet
        for _, mouth in self._guns:
            mouth.send(struct.pack("Q", self._shots))
        for _, mouth in self._guns:
            assert mouth.recv(1) == b"!"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid, mouth in self._guns:
            mouth.close()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self._shared.close()
