# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Runs `tcpfate record` for one scan or some, and reads what they found."""
import os
import pathlib
import signal
import socket
import struct
import subprocess
import tempfile
import time

from lib import recording
from lib.tcpfate import PROGRAM

SO_COOKIE = 57


def cookie(sock):
    """What the scans call `sock`."""
    return struct.unpack("Q", sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]


def inode(sock):
    return os.fstat(sock.fileno()).st_ino


class Scan:
    """What stands between a BEGIN and its END."""

    def __init__(self, events):
        self.events = events
        bodies = [ev.body for ev in events]
        self.socks = [b for b in bodies if isinstance(b, recording.Sock)]
        self.minisocks = [b for b in bodies if isinstance(b, recording.Minisock)]
        self.holders = [b for b in bodies if isinstance(b, recording.Holder)]
        self.spaces = {b.netns: b for b in bodies if isinstance(b, recording.Space)}
        self.steps = [b for b in bodies if isinstance(b, recording.Scan)]
        self.ended = self.steps[-1].step == recording.END

    def sock(self, sock):
        """The one record of a Python socket."""
        found = [s for s in self.socks if s.sock == cookie(sock)]
        assert len(found) == 1, f"{len(found)} records of {sock}: {found}"
        return found[0]

    def holders_of(self, sock):
        return {(h.pid, h.fd) for h in self.holders if h.sock == cookie(sock)}

    def states(self, netns):
        """How many sockets in each state, as ss counts: minisocks by their substate."""
        counts = {}
        for found in self.socks + self.minisocks:
            if found.netns == netns:
                name = getattr(found, "substate", "") or found.state
                name = "SYN_RECV" if name == "NEW_SYN_RECV" else name
                counts[name] = counts.get(name, 0) + 1
        return counts


def scans(events):
    """The scans of a recording; the last one may not have ended."""
    found, inside = [], False
    for ev in events:
        step = ev.body.step if isinstance(ev.body, recording.Scan) else None
        if step == recording.BEGIN:
            found.append([])
            inside = True
        if inside:
            found[-1].append(ev)
        if step == recording.END:
            inside = False
    return [Scan(part) for part in found]


class Scanner:
    """`tcpfate record` into a file of its own."""

    def __init__(self, *options):
        self._folder = tempfile.TemporaryDirectory(prefix="tfe2e-scan-")
        self.path = pathlib.Path(self._folder.name) / "r"
        self._reader = recording.Reader(self.path)
        self.process = subprocess.Popen(
            [str(PROGRAM), "record", str(self.path), *map(str, options)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def events(self):
        return self._reader.read()

    def scans(self):
        return scans(self.events())

    def await_scans(self, count, timeout=20.0):
        """The first @count whole scans."""
        end = time.monotonic() + timeout
        while True:
            found = [r for r in self.scans() if r.ended]
            if len(found) >= count:
                return found[:count]
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < end, f"no {count} scans within {timeout} s"
            time.sleep(0.02)

    def stop(self, number=signal.SIGINT, timeout=20.0):
        self.process.send_signal(number)
        self.process.wait(timeout=timeout)
        said = self.process.stderr.read().decode()
        assert self.process.returncode == (0 if number == signal.SIGINT else -number), said
        return said

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()
        self._folder.cleanup()


def scan(*options, **kwargs):
    """One scan of a tcpfate that starts now."""
    with Scanner("--scan-interval", "1h", *options) as scanner:
        found, = scanner.await_scans(1, **kwargs)
        scanner.stop()
    return found
