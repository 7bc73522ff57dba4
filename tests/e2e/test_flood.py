# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Churn at full speed with too little of something: of the ring, of the table, of the output.

tests/bench/load.c makes it, and the port of a connection's service says how it ends. So each of
tens of thousands of records is compared with what happened: it is right, or unknown. Records from
after the bottleneck are complete.
"""
import collections
import contextlib
import json
import subprocess
import time

import pytest

from lib import netns, proc
from lib.command import IntoFile
from lib.tcpfate import ROOT, asleep, check_counters, check_identities

pytestmark = pytest.mark.alone  # load at full speed

LOAD = ROOT / "build" / "plain" / "tests" / "bench" / "load"
FIRST_PORT, SERVICES, REFUSED_PORT = 7000, 16, 9
# By the service's place: the client's fate, the server's. The fourth is refused, and nobody serves
# it.
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


def own(path, *options):
    """Without scans: one that reads a descriptor while it is closed (task_file_seq_get_next(),
    kernel/bpf/task_iter.c) puts the end of that socket off, behind what the load does next."""
    return IntoFile(path, "--handoff-grace", "300ms", "--scan-interval", "0", *options)


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


def now():
    """As records write it."""
    ns = time.time_ns()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9:09d}Z"


def recovery(traced, ns):
    """Connections from now on are complete and have their fates. All records, and the last
    stats."""
    since = now()
    load(ns, AFTER, rate=AFTER)
    records = [json.loads(line) for line in traced.end()]
    check_counters(records)
    check_identities(records)
    assert judged(r for r in records if r.get("started") and r["started"] > since) == {
        ("right", True): expected(AFTER)}
    return records, [r for r in records if r["type"] == "stats"][-1]


def judge_losses(records, stats):
    """Every event that the ring had no room for is counted. judged() of all."""
    assert lost_of(stats) == sum_of(records, "ring", "scan") == records[-1]["events_lost"] > 0
    found = judged(records)
    assert found["right", True] > expected(AFTER) and sum(found.values()) == stats["ended"]
    assert stats["incomplete"] == found["unknown", False] + found["right", False]
    return found


def test_a_ring_that_is_too_small_counts_its_losses_and_errs_never(lo, tmp_path):
    """It loses most events: each is counted and is in a gap record, and no fate is wrong."""
    with own(tmp_path / "out", "--ring-size", "64K", "--netns", lo.inode) as traced:
        running = start_load(lo, BURST, workers=2, window=100)
        while running.poll() is None:  # each change cuts through hundreds of connections
            with asleep(traced), contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=0.005)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(timeout=0.005)
        assert running.returncode == 0
        traced.until(b'"where":"ring"')
        records, stats = recovery(traced, lo)
    found = judge_losses(records, stats)
    assert found["unknown", False] > 0 and stats["ended"] <= expected(BURST + AFTER)


def test_a_consumer_that_stops_recovers_completely(lo, tmp_path):
    """The default ring, and nobody to empty it for as long as it takes."""
    with own(tmp_path / "out", "--netns", lo.inode) as traced:
        with asleep(traced):
            load(lo, BURST, workers=2)
            load(lo, BURST, workers=2)
        traced.until(b'"where":"ring"')
        records, stats = recovery(traced, lo)
    judge_losses(records, stats)
    assert stats["ended"] < expected(2 * BURST + AFTER)


def test_a_table_that_is_too_small_evicts_and_counts(lo, tmp_path):
    """Four times more sockets are open than it holds: the least active go, counted, and come back,
    with what the kernel still knows of them, when they end; memory stays below what the table may
    take."""
    size, window = 1000, 1000
    with own(tmp_path / "out", "--max-connections", size, "--netns", lo.inode) as traced:
        before = proc.memory_kb(traced.process.pid)
        load(lo, BURST, workers=2, window=window)
        peak = proc.memory_kb(traced.process.pid, "VmHWM")
        records, stats = recovery(traced, lo)
    assert sum_of(records, "table") == stats["evicted"] == records[-1]["evicted"] > BURST
    assert sum_of(records, "ring") == 0 and records[-1]["events_lost"] == 0
    found = judged(records)
    assert sum(found.values()) == stats["ended"] == expected(BURST + AFTER), "each ended once"
    assert found["right", False] + found["unknown", False] == stats["incomplete"] > 0
    assert peak - before < 4096, f"{before} KB at first, {peak} KB at most"
