# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""tcpfate against build/witness: each record against what application and wire say of that end."""
import collections
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from lib import netns
from lib.accounts import Account
from lib.judge import Judge

ROOT = pathlib.Path(__file__).resolve().parents[3]
WITNESS = ROOT / "build" / "witness"
PROGRAM = ROOT / "build" / "tcpfate"
SETTINGS = {"net.ipv4.tcp_fastopen": 0x607, "net.ipv4.tcp_max_tw_buckets": 100_000}


def make_place():
    ns = netns.Netns("w").crowded()
    ns.sysctl(SETTINGS)
    return ns


def normal(address):
    return address.removeprefix("::ffff:")


class Records:
    """Records of a run, found by their two ends in the order in which they began."""

    def __init__(self, lines):
        self.all = [json.loads(line) for line in lines]
        self.conns = collections.defaultdict(list)
        for record in self.all:
            if record["type"] == "conn":
                self.conns[self.key(record)].append(record)
        for found in self.conns.values():
            found.sort(key=lambda r: (r["started"] or "", r["time"]))

    @staticmethod
    def key(record):
        return (normal(record["local_addr"]), record["local_port"] or 0,
                normal(record["remote_addr"]), record["remote_port"] or 0)

    def of(self, kind):
        return [r for r in self.all if r["type"] == kind]


class Difference:
    def __init__(self, judge, record, wrong):
        self.judge, self.record, self.wrong = judge, record, wrong

    def text(self):
        end = self.judge.end
        zero = end.time()
        lines = [f"{end.ending}, {end.role} {end.local} > {end.remote}: {'; '.join(self.wrong)}",
                 f"  the judge: {self.judge.why}"]
        calls = list(end.calls) or list(end.listener)
        if end.talk:
            for other in end.talk.ends.values():
                if other is not end:
                    calls += other.calls
        rows = [(c.begun, "  " + c.text(zero)) for c in calls]
        rows += [(s.time, "  " + " " * 23 + s.text(zero))
                 for s in (end.talk.segments if end.talk else ())]
        lines += [text for _, text in sorted(rows)]
        lines.append("  " + json.dumps(self.record))
        return "\n".join(lines)


def compare(folder, lines, lossy=False):
    """(differences, what could not be matched, figures)."""
    account, records = Account(folder), Records(lines)
    used, differences, figures = collections.Counter(), [], collections.Counter()
    for end in account.ends:
        judge = Judge(end)
        key = (*end.local, *end.remote)
        found = records.conns.get(key, [])
        at = used[key]
        if end.maybe and at >= len(found):
            continue
        used[key] += 1
        figures["ends"] += 1
        figures["ends of " + end.ending] += 1
        record = found[at] if at < len(found) else None
        wrong = check(judge, record)
        if len(judge.expect.get("fate", ())) > 1:
            figures["of several fates"] += 1
        if wrong:
            differences.append(Difference(judge, record, wrong))
    extra = [r for key, found in records.conns.items() for r in found[used[key]:]]
    return differences, account.problems, extra, figures


def check(judge, record):
    if record is None:
        return ["no record"]
    return [f"{field}: {record[field]!r}, expected {sorted(map(str, want))}"
            for field, want in judge.expect.items() if record[field] not in want]


def run(folder, seed, connections, *options, ns=None, more=()):
    """Runs both; returns tcpfate's lines."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "records.jsonl", "wb") as out:
        tracer = subprocess.Popen(
            [PROGRAM, "-j", "--no-alerts", "--netns", str(ns.inode), "--record",
             str(folder / "recording.tcpfate"), "--force", *options], stdout=out)
        while not (folder / "records.jsonl").stat().st_size:
            time.sleep(0.01)
        done = subprocess.run([WITNESS, f"--out={folder}", f"--netns=/run/netns/{ns.name}",
                               f"--seed={seed}", f"--connections={connections}", *more],
                              check=False)
        time.sleep(3)
        tracer.send_signal(signal.SIGTERM)
        tracer.wait(30)
    if done.returncode:
        raise SystemExit("the witness failed")
    return (folder / "records.jsonl").read_text("utf-8").splitlines()


if __name__ == "__main__":
    FOLDER, SEED, COUNT = sys.argv[1:4]
    if os.path.exists(f"{FOLDER}/records.jsonl") and "--again" in sys.argv:
        LINES = pathlib.Path(f"{FOLDER}/records.jsonl").read_text("utf-8").splitlines()
    else:
        NS = make_place()
        try:
            LINES = run(FOLDER, SEED, COUNT, ns=NS, more=[a for a in sys.argv[4:] if a[0] == "-"])
        finally:
            NS.remove()
    DIFFERENCES, PROBLEMS, EXTRA, FIGURES = compare(FOLDER, LINES)
    ONLY = os.environ.get('ONLY', '')
    for difference in [d for d in DIFFERENCES if ONLY in f'{d.judge.end.ending} {d.wrong}'][:int(os.environ.get("SHOW", 3))]:
        print(difference.text(), "\n")
    print(collections.Counter((d.judge.end.ending, d.judge.end.role, *d.wrong) for d in DIFFERENCES).most_common(40))
    print(len(DIFFERENCES), "differences", len(PROBLEMS), "problems", len(EXTRA), "extra", FIGURES)
    for what, call in PROBLEMS[:3]:
        print(what, call.text(0))
    for record in EXTRA[:3]:
        print(record)
