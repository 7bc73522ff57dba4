# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Runs build/tcpfate -j and collects its records."""
import contextlib
import json
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

from lib import netns, proc
from lib.sockets import PATIENCE

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "build" / "tcpfate"
SCHEMA = ROOT / "user" / "sink" / "json" / "record.schema.json"

# Orphans handed to a TIME_WAIT minisock before the peer's FIN are held that long for a late reset.
HANDOFF_GRACE_MS = 400

# A busy host has many connections besides the tests' own. This finds their namespace; they are only
# counted. The output is a file, which takes all lines, however slowly they are read.
NETNS = re.compile(rb'"netns":(\d+)')


def validator():
    import jsonschema
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    cls = jsonschema.validators.validator_for(schema)
    cls.check_schema(schema)
    return cls(schema)


class Tcpfate:
    """A running tcpfate. Records arrive in a thread; whoever waits, waits on a condition."""

    def __init__(self, *options, grace_ms=HANDOFF_GRACE_MS, shared=False):
        self._shared = shared  # by all tests: see netns.loud
        self.records, self._bad = [], []
        self._news = threading.Condition()
        self._validator = validator()
        self._by_ports, self._first = {}, 0
        self.foreign = 0  # conn records of connections that are not the tests' own
        self._output = tempfile.NamedTemporaryFile(prefix="tfe2e-", suffix=".jsonl")
        argv = [str(PROGRAM), "-j", "--handoff-grace", f"{grace_ms}ms", "-o", self._output.name,
                *options]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._threads = [threading.Thread(target=self._read, daemon=True),
                         threading.Thread(target=self._read_errors, daemon=True)]
        self.errors = b""
        for thread in self._threads:
            thread.start()
        try:
            self.wait(lambda r: r["type"] == "start", "the start record", timeout=15)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _read_errors(self):
        self.errors = self.process.stderr.read()

    def _lines(self):
        """What is appended to the file, until the process has ended and nothing is left."""
        rest = b""
        while True:
            ended = self.process.poll() is not None
            got = self._output.read(1 << 20)
            *lines, rest = (rest + got).split(b"\n")
            yield from lines
            if not got:
                if ended:
                    break
                time.sleep(0.003)
        if rest:
            self._bad.append(("the last line is cut", rest))

    def _is_foreign(self, inode):
        return inode not in netns.made or (self._shared and inode in netns.loud)

    def _read(self):
        for line in self._lines():
            where = NETNS.search(line)
            if where and self._is_foreign(int(where[1])):
                self.foreign += b'"type":"conn"' in line
                continue
            record = self._parse(line)
            with self._news:
                if record:
                    self.records.append(record)
                    if record["type"] in ("conn", "reset"):
                        key = (record["type"], record["local_port"], record["remote_port"])
                        self._by_ports.setdefault(key, []).append(record)
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def _parse(self, line):
        """A line that is not a valid record is kept for finish(), which fails on it."""
        try:
            record = json.loads(line.decode("utf-8"))
        except ValueError as error:
            self._bad.append((str(error), line))
            return None
        wrong = next(self._validator.iter_errors(record), None)
        if wrong is not None:
            self._bad.append((f"{list(wrong.absolute_path)}: {wrong.message}", line))
        return record

    def _wait(self, search, what, timeout):
        end = time.monotonic() + timeout
        with self._news:
            while True:
                found = search()
                if found:
                    return found
                left = end - time.monotonic()
                assert self.process.poll() is None, \
                    f"tcpfate died waiting for {what}: {self.errors}"
                if left <= 0 or not self._news.wait(left):
                    found = search()
                    assert found, f"no {what} within {timeout} s{self._near()}"
                    return found

    def _near(self):
        last = [r for r in self.records[self._first:] if r["type"] in ("conn", "reset")][-5:]
        return "; the last records:\n" + "\n".join(json.dumps(r) for r in last)

    def wait(self, true, what, timeout=PATIENCE):
        """The first record since forget(), there already or to come, for which @true holds."""
        return self._wait(
            lambda: next((r for r in self.records[self._first:] if true(r)), None), what, timeout)

    def forget(self):
        """Hides what came so far from wait(), conn() and reset(): the kernel gives the numbers of
        dead namespaces to new ones."""
        netns.forget_removed()
        with self._news:
            self._by_ports, self._first = {}, len(self.records)

    def seen(self):
        """The records since forget()."""
        with self._news:
            return self.records[self._first:]

    def _matching(self, kind, netns, lport, rport):
        if lport is not None and rport is not None:
            pool = self._by_ports.get((kind, lport, rport), [])
        else:
            pool = [r for r in self.records[self._first:] if r["type"] == kind
                    and lport in (None, r["local_port"]) and rport in (None, r["remote_port"])]
        return [r for r in pool if netns in (None, r["netns"])]

    def conns(self, count, *, netns, lport=None, rport=None, timeout=PATIENCE):
        """At least @count `conn` records of these ends, in order; more than that is a failure."""
        what = f"{count} conn record(s) netns={netns} local_port={lport} remote_port={rport}"
        found = self._wait(
            lambda: (lambda m: m if len(m) >= count else None)(
                self._matching("conn", netns, lport, rport)), what, timeout)
        assert len(found) == count, "more than " + what + "".join(
            "\n" + json.dumps(r) for r in found)
        return list(found)

    def conn(self, **ends):
        """The one `conn` record of these ends: netns, lport, rport (None: any), timeout."""
        return self.conns(1, **ends)[0]

    def both(self, connection, timeout=PATIENCE):
        """The client's and the server's record of a sockets.Connection."""
        return tuple(self.conn(timeout=timeout, **ends) for ends in connection.ends())

    def reset(self, *, kind, netns, lport=None, rport=None, timeout=PATIENCE):
        """The first `reset` record of that kind and these ends."""
        return self._wait(
            lambda: next((r for r in self._matching("reset", netns, lport, rport)
                          if r["kind"] == kind), None),
            f"reset record {kind} netns={netns} local_port={lport} remote_port={rport}", timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """However the test ended, the process is gone after it, asleep or not."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGINT, as Ctrl-C would. Returns all records when it ended well."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            status = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("tcpfate did not end within 20 s of SIGINT") from None
        for thread in self._threads:
            thread.join(timeout=10)
        assert status == 0, f"exit status {status}: {self.errors.decode(errors='replace')}"
        assert self.records[-1]["type"] == "stop", self.records[-1]
        return self.records

    def finish(self, lossless=True, blind=()):
        """Ends it and checks what must hold for every run. @blind: events that no BPF program can
        have seen; without any, each change of state was reported."""
        self.stop()
        assert not self._bad, "invalid output:" + "".join(
            f"\n  {why}\n    {line!r}" for why, line in self._bad[:5])
        if lossless:
            gaps = [r for r in self.records if r["type"] == "gap"
                    and not (blind and r["where"] == "hook")]
            assert not gaps, f"events were lost: {gaps}"
        check_counters(self.records, self.foreign)
        check_identities(self.records)


def check_identities(records):
    """One record for one connection, never two."""
    seen = {}
    for record in records:
        if record["type"] == "conn":
            other = seen.setdefault(record["id"], record)
            assert other is record, f"two records of one connection:\n{other}\n{record}"


def check_counters(records, foreign=0):
    """seen = filtered + folded + lost + emitted, for each hook, in the last word of the kernel; and
    what was emitted has been taken in, to the last event (without iterators a scan adds its
    own)."""
    stats = [r for r in records if r["type"] == "stats"][-1]
    for name, hook in stats["hooks"].items():
        parts = hook["filtered"] + hook["folded"] + hook["lost"] + hook["emitted"]
        assert hook["seen"] == parts, f"hook {name} does not reconcile: {hook}"
    start = next(r for r in records if r["type"] == "start")
    if all(hook["attach_method"] for hook in start["hooks"] if hook["name"].startswith("iter/")):
        emitted = sum(hook["emitted"] for hook in stats["hooks"].values())
        assert (stats["events"], stats["malformed"]) == (emitted, 0), stats
    conns = foreign + sum(1 for r in records if r["type"] == "conn")
    assert stats["ended"] == conns, f"{stats['ended']} ended, {conns} written"


@contextlib.contextmanager
def asleep(own):
    """A Tcpfate that is suspended for a while."""
    own.process.send_signal(signal.SIGSTOP)
    while set(proc.states(own.process.pid).values()) != {"T"}:
        pass
    try:
        yield
    finally:
        own.process.send_signal(signal.SIGCONT)
