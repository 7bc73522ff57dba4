# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Churn at full speed with too little of something: of the ring, of the table, of the output.

tests/bench/load.c makes it, and the port of a connection's service tells how it ends. So each of tens of
thousands of records is held against what happened: it is right, or it says that it does not know. And what
comes after the bottleneck is told as if there had been none.
"""
import collections
import contextlib
import json
import re
import subprocess

import pytest

from lib import netns
from lib.sockets import until
from lib.tcpfate import PROGRAM, ROOT, asleep, check_counters, check_identities

LOAD = ROOT / "build" / "plain" / "tests" / "bench" / "load"
FIRST_PORT, SERVICES, REFUSED_PORT = 7000, 16, 9
# By the service's place: the client's fate, the server's. The fourth is refused, and nobody serves it.
ENDS = (("aborted_linger", "reset_by_remote"), ("closed_by_local", "closed_by_remote"),
        ("closed_by_remote", "closed_by_local"))
# What a complete record of that fate has seen; a client's begins with SYN_SENT.
STATES = {
    "aborted_linger": ("ESTABLISHED",), "reset_by_remote": ("ESTABLISHED",), "connect_refused": (),
    "closed_by_local": ("ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"),
    "closed_by_remote": ("ESTABLISHED", "CLOSE_WAIT", "LAST_ACK"),
}
BURST, AFTER = 24_000, 2_000  # connections


@pytest.fixture
def lo():
    made = netns.Netns("f").crowded()
    yield made
    made.remove()


class Own:
    """A tcpfate that writes a file. `process` as lib/tcpfate.py has it. Without walks: one that looks at a
    descriptor while it is closed puts the end of that socket off, behind what the load does next."""

    def __init__(self, path, *options):
        self.path = path
        path.touch()
        self.process = subprocess.Popen([PROGRAM, "-j", "-o", path, "--handoff-grace", "300ms",
                                         "--walk-interval", "0", *map(str, options)])
        until(lambda: b'"type":"start"' in path.read_bytes(), "the start record")

    def memory_kb(self, field):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii", errors="replace") as file:
            return int(re.search(rf"{field}:\s+(\d+)", file.read())[1])

    def said(self):
        """All records after an orderly end."""
        self.process.terminate()
        assert self.process.wait(timeout=60) == 0
        records = [json.loads(line) for line in self.path.read_bytes().splitlines()]
        check_counters(records)
        check_identities(records)
        return records


@contextlib.contextmanager
def own(path, *options):
    made = Own(path, *options)
    try:
        yield made
    finally:
        made.process.kill()
        made.process.wait()


def start_load(ns, count, **options):
    return subprocess.Popen(["ip", "netns", "exec", ns.name, LOAD, "mixed", str(count),
                             *(f"{name}={value}" for name, value in options.items())],
                            stdout=subprocess.DEVNULL)


def load(ns, count, **options):
    assert start_load(ns, count, **options).wait(timeout=60) == 0


def is_server(record):
    return FIRST_PORT <= record["local_port"] < FIRST_PORT + SERVICES


def truth(record):
    """The fate that the load gave that end of the connection."""
    server = is_server(record)
    port = record["local_port" if server else "remote_port"]
    return "connect_refused" if port == REFUSED_PORT else ENDS[(port - FIRST_PORT) % 4][server]


def judged(records):
    """Counter of (right or unknown, complete) of the `conn` records: nothing else is there."""
    found = collections.Counter()
    for record in records:
        if record["type"] != "conn":
            continue
        unknown = record["fate"] == "unknown"
        assert unknown or record["fate"] == truth(record), json.dumps(record)
        assert not (unknown and record["complete"]), json.dumps(record)
        if record["complete"]:
            begin = () if is_server(record) else ("SYN_SENT",)
            states = tuple(state for state, _ in record["states"])
            assert states == begin + STATES[record["fate"]], json.dumps(record)
            assert (record["comm"], record["origin"]) == ("load", "event"), json.dumps(record)
        found["unknown" if unknown else "right", record["complete"]] += 1
    return found


def sum_of(records, *where):
    return sum(r["count"] for r in records if r["type"] == "gap" and r["where"] in where)


def lost_of(stats):
    return sum(hook["lost"] for hook in stats["hooks"].values())


def expected(connections):
    """Records of that many connections of the mix: the refused quarter has one end."""
    return connections * 2 - connections // 4


def after(records, seconds):
    """Those of connections that began after that time."""
    return [r for r in records if r["type"] == "conn" and r["started"] and r["started"] > seconds]


def now():
    """As the records write it."""
    return subprocess.run(["date", "-u", "+%Y-%m-%dT%H:%M:%S.%NZ"], capture_output=True, text=True,
                          check=True).stdout.strip()


def recovered(records, since):
    """What began later is told completely, each connection with its own fate."""
    later = [r for r in after(records, since)]
    assert judged(later) == {("right", True): expected(AFTER)}


def test_a_ring_that_is_too_small(lo, tmp_path):
    """It loses most of what comes in: counted to the event, told in gaps, and no fate is wrong."""
    with own(tmp_path / "out", "--ring-size", "64K", "--netns", lo.inode) as traced:
        running = start_load(lo, BURST, workers=2, window=100)
        while running.poll() is None:  # each change cuts through what happens to hundreds of connections
            with asleep(traced), contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=0.005)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=0.005)
        assert running.returncode == 0
        until(lambda: b'"where":"ring"' in traced.path.read_bytes(), "a gap record")
        since = now()
        load(lo, AFTER, rate=AFTER)
        records = traced.said()
    stats = [r for r in records if r["type"] == "stats"][-1]
    assert lost_of(stats) == sum_of(records, "ring", "walk") == records[-1]["events_lost"] > 0
    found = judged(records)
    assert found["unknown", False] > 0 and found["right", True] > expected(AFTER)
    assert sum(found.values()) == stats["ended"] <= expected(BURST + AFTER)
    assert stats["incomplete"] == found["unknown", False] + found["right", False]
    recovered(records, since)


def test_a_consumer_that_stops_until_its_ring_is_full(lo, tmp_path):
    """The default ring, and nobody to empty it for as long as it takes."""
    with own(tmp_path / "out", "--netns", lo.inode) as traced:
        with asleep(traced):
            load(lo, BURST, workers=2)
            load(lo, BURST, workers=2)
        until(lambda: b'"where":"ring"' in traced.path.read_bytes(), "a gap record")
        since = now()
        load(lo, AFTER, rate=AFTER)
        records = traced.said()
    stats = [r for r in records if r["type"] == "stats"][-1]
    assert lost_of(stats) == sum_of(records, "ring", "walk") == records[-1]["events_lost"] > 0
    found = judged(records)
    assert found["right", True] > expected(AFTER)
    assert sum(found.values()) == stats["ended"] < expected(2 * BURST + AFTER)
    recovered(records, since)


def test_a_table_that_is_too_small(lo, tmp_path):
    """Four times more sockets are open than it holds: the least active go, counted, and come back, with what
    the kernel still knows of them, when they end; memory stays below what the table may take."""
    size, window = 1000, 1000
    with own(tmp_path / "out", "--max-connections", size, "--netns", lo.inode) as traced:
        before = traced.memory_kb("VmRSS")
        load(lo, BURST, workers=2, window=window)
        since = now()
        load(lo, AFTER, rate=AFTER)
        peak = traced.memory_kb("VmHWM")
        records = traced.said()
    stats = [r for r in records if r["type"] == "stats"][-1]
    assert sum_of(records, "table") == stats["evicted"] == records[-1]["evicted"] > BURST
    assert sum_of(records, "ring") == 0 and records[-1]["events_lost"] == 0
    found = judged(records)
    assert sum(found.values()) == stats["ended"] == expected(BURST + AFTER), "each ended once"
    assert found["right", False] + found["unknown", False] == stats["incomplete"] > 0
    assert peak - before < 4096, f"{before} KB at first, {peak} KB at most"
    recovered(records, since)
