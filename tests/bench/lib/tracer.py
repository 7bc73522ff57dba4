# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The tracers: tcpfate as it is used, and its peers."""
import collections
import json
import os
import re
import signal
import subprocess
import time

from lib import host

PEERS = "tcpstates", "tcplife"  # of bcc's libbpf-tools
CONN = re.compile(rb'^\{"v":1,"type":"conn".*"netns":(\d+),.*"fate":"(\w+)"')


def peer(name):
    """The libbpf-tools program of that name, or None (bcc's Python tools are other programs)."""
    for path in ("/usr/sbin/" + name, "/usr/bin/" + name):
        if os.path.exists(path):
            with open(path, "rb") as program:
                if program.read(4) == b"\x7fELF":
                    return path
    return None


class Tracer:
    """A tracer that has started. A context: it is ended when the context is."""

    def __init__(self, name, argv, out):
        self.name, self.out = name, str(out)
        self._known = set(host.bpf_programs())
        with open(self.out, "wb") as file:
            self.process = subprocess.Popen(argv, stdout=file, stderr=subprocess.DEVNULL,
                                            env=host.WITH_SBIN)
        self.pid = self.process.pid
        try:
            host.wait_for(self.has_started, 30, f"the start of {name}")
        except SystemExit:
            self.process.kill()
            raise
        self._cpu = host.cpu_s(self.pid)
        self._bpf = self.bpf_ns()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.end()

    def has_started(self):
        """A peer says nothing: when its programs are there and it waits for them."""
        return bool(self.mine()) and time.sleep(0.5) is None

    def mine(self):
        return [prog for number, prog in host.bpf_programs().items() if number not in self._known]

    def bpf_ns(self):
        return sum(prog.get("run_time_ns", 0) for prog in self.mine())

    def used(self):
        """CPU seconds of the process, and nanoseconds in its programs, since it has started."""
        return host.cpu_s(self.pid) - self._cpu, self.bpf_ns() - self._bpf

    def settle(self):
        """Until it has worked off what it has."""
        before = None
        while before != (before := round(host.cpu_s(self.pid), 3)):
            time.sleep(0.25)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)

    def lines(self):
        with open(self.out, "rb") as file:
            return sum(1 for _ in file)


class Unread(Tracer):
    """tcpfate -j -o /dev/null: its own work, without the page cache's."""

    def __init__(self, *options):
        super().__init__("tcpfate", [host.TCPFATE, "-j", "-o", "/dev/null", *options], os.devnull)


class Tcpfate(Tracer):
    """tcpfate -j -o FILE, with its defaults."""

    def __init__(self, out, *options):
        super().__init__("tcpfate", [host.TCPFATE, "-j", "-o", str(out), *options], out)

    def has_started(self):
        with open(self.out, "rb") as file:
            return file.readline().startswith(b'{"v":1,"type":"start"')

    def verdicts(self, inode):
        """After its end: fates of that namespace, gap records, last `stats`."""
        fates, gaps, stats = collections.Counter(), [], None
        with open(self.out, "rb") as file:
            for line in file:
                found = CONN.match(line)
                if found and int(found[1]) == inode:
                    fates[found[2].decode()] += 1
                elif b'"type":"gap"' in line:
                    gaps.append(json.loads(line))
                elif b'"type":"stats"' in line:
                    stats = json.loads(line)
        return fates, gaps, stats


def start(name, out):
    """The tracer of that name; None for `none`."""
    if name == "none":
        return None
    return Tcpfate(out) if name == "tcpfate" else Tracer(name, [peer(name)], out)


def reconciled(stats):
    """What does not add up in the last counters: a list of sentences."""
    wrong = []
    for hook, row in stats["hooks"].items():
        if row["seen"] != row["filtered"] + row["folded"] + row["lost"] + row["emitted"]:
            wrong.append(f"{hook} does not reconcile: {row}")
    emitted = sum(row["emitted"] for row in stats["hooks"].values())
    if emitted != stats["events"]:
        wrong.append(f"{emitted} events emitted, {stats['events']} taken in")
    return wrong
