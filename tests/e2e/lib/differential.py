# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""tcpfate against build/witness: each record against what application and wire say of that end."""
import calendar
import collections
import dataclasses
import json
import pathlib
import random
import signal
import subprocess
import threading
import time

from lib import netns
from lib.accounts import ACK, RST, Account
from lib.judge import Judge
from lib.tcpfate import check_counters, check_identities

ROOT = pathlib.Path(__file__).resolve().parents[3]
WITNESS = ROOT / "build" / "witness"
PROGRAM = ROOT / "build" / "tcpfate"
SETTINGS = {"net.ipv4.tcp_fastopen": 0x607, "net.ipv4.tcp_max_tw_buckets": 100_000}
# Ways to lose events, and the options that provoke them. A reader that is only stopped for a while,
# with the usual ring, loses none.
LOSSES = {"ring": ["--ring-size", "64K"], "table": ["--max-connections", "64"], "stopped": []}
PAUSE_NS = 50_000_000  # for which a task or a softirq may wait for its CPU
# Endings whose records are known to be wrong, each with the item that mends it: empty at the end.
OPEN = {}


@dataclasses.dataclass
class Mix:
    """What build/witness is asked for."""
    seed: int
    connections: int
    only: str = None
    without: str = None

    def arguments(self):
        found = [f"--seed={self.seed}", f"--connections={self.connections}"]
        left_out = ",".join(filter(None, [self.without, *OPEN]))
        return found + ([f"--only={self.only}"] if self.only else []) + \
            ([f"--without={left_out}"] if left_out and not self.only else [])


def observe(folder, mix, program=PROGRAM, lossy=None):
    """Runs both in a namespace of their own; returns tcpfate's lines. The folder has everything."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    place = netns.Netns("w").crowded()
    try:
        place.sysctl(SETTINGS)
        with open(folder / "records.jsonl", "wb") as out:
            tracer = subprocess.Popen(
                [program, "-j", "--no-alerts", "--netns", str(place.inode), "--record",
                 folder / "recording.tcpfate", "--force", *LOSSES.get(lossy, ())], stdout=out)
        try:
            _follow(tracer, folder, place, mix, lossy)
        finally:
            tracer.kill()
    finally:
        place.remove()
    return read(folder)


def _follow(tracer, folder, place, mix, lossy):
    """One run of build/witness while the tracer looks on, and a little longer: what was handed to a
    minisock is held for 2 s."""
    while not (folder / "records.jsonl").stat().st_size:
        assert tracer.poll() is None, "tcpfate did not start"
        time.sleep(0.01)
    over = threading.Event()
    if lossy in ("ring", "stopped"):
        sleeper = threading.Thread(target=_stop_and_go,
                                   args=(tracer, over, random.Random(mix.seed)))
        sleeper.start()
    done = subprocess.run([WITNESS, f"--out={folder}", f"--netns=/run/netns/{place.name}",
                           *mix.arguments()], check=False, stderr=subprocess.PIPE, text=True)
    over.set()
    if lossy in ("ring", "stopped"):
        sleeper.join()
    assert done.returncode == 0, f"build/witness, seed {mix.seed}: {done.stderr}"
    time.sleep(2.5)
    tracer.send_signal(signal.SIGTERM)
    assert tracer.wait(60) == 0


def _stop_and_go(tracer, over, dice):
    while not over.wait(dice.uniform(0.05, 0.5)):
        tracer.send_signal(signal.SIGSTOP)
        over.wait(dice.uniform(0.05, 0.5))
        tracer.send_signal(signal.SIGCONT)


def read(folder):
    return (pathlib.Path(folder) / "records.jsonl").read_text("utf-8").splitlines()


def ends_of(record):
    return (record["local_addr"].removeprefix("::ffff:"), record["local_port"] or 0,
            record["remote_addr"].removeprefix("::ffff:"), record["remote_port"] or 0)


class Difference:
    def __init__(self, judge, record, wrong):
        self.judge, self.record, self.wrong = judge, record, wrong

    def kind(self):
        return f"{self.judge.end.ending}, {self.judge.end.role}: {'; '.join(self.wrong)}"

    def text(self):
        """All that is known of the connection, in the order in which it happened."""
        end = self.judge.end
        zero = end.time()
        calls = list(end.calls) or list(end.listener)
        for other in end.talk.ends.values() if end.talk else ():
            calls += other.calls if other is not end else []
        rows = [(c.begun, c.text(zero)) for c in calls]
        segments = end.talk.segments if end.talk else ()
        rows += [(s.time, " " * 23 + s.text(zero)) for s in segments]
        return "\n".join([self.kind(), f"  {end.local} > {end.remote}; the judge: {self.judge.why}",
                          *("  " + text for _, text in sorted(rows)),
                          "  " + json.dumps(self.record)])


class Verdict:
    """What compare() found."""

    def __init__(self):
        self.differences, self.problems, self.extra = [], [], []
        self.ends, self.several, self.unknown, self.lost = 0, 0, 0, 0
        self.endings = collections.Counter()

    def wrong(self):
        return bool(self.differences or self.problems or self.extra)

    def text(self, most, match=""):
        shown = [d for d in self.differences if match in d.kind()]
        kinds = collections.Counter(d.kind() for d in self.differences)
        return "\n".join([*(d.text() + "\n" for d in shown[:most]),
                          *(f"{n:5d}  {kind}" for kind, n in kinds.most_common(50)),
                          *(f"problem: {problem}" for problem in self.problems[:20]),
                          *(f"nobody's: {json.dumps(r)}" for r in self.extra[:5])])

    def summary(self):
        return (f"{self.ends} ends of {len(self.endings)} kinds, {self.several} of them with more "
                f"than one right fate, {self.lost} lost events and {self.unknown} unknown ends: "
                f"{len(self.differences)} differences, {len(self.problems)} problems, "
                f"{len(self.extra)} records of nobody")


def compare(folder, lines, lossy=None):
    account, verdict = Account(folder), Verdict()
    records = [json.loads(line) for line in lines]
    found, used = collections.defaultdict(list), collections.Counter()
    for record in records:
        if record["type"] == "conn":
            found[ends_of(record)].append(record)
    for some in found.values():
        some.sort(key=lambda r: (r["started"] or "", r["time"]))
    verdict.problems += [f"{what}: {call.text(0)}" for what, call in account.problems]
    verdict.lost = sum(r["count"] for r in records if r["type"] == "gap")
    if lossy and verdict.lost:
        _compare_lossy(verdict, account, found)
        _compare_losses(verdict, records)
        return verdict
    for end in account.ends:
        key = (*end.local, *end.remote)
        record = found[key][used[key]] if used[key] < len(found[key]) else None
        if end.maybe and not record:
            continue
        used[key] += 1
        verdict.ends += 1
        verdict.endings[end.ending] += 1
        _compare_end(verdict, Judge(end), record)
    verdict.extra = [r for key, some in found.items() for r in some[used[key]:]]
    _compare_sums(verdict, records, account)
    return verdict


def _compare_end(verdict, judge, record):
    verdict.several += len(judge.expect.get("fate", ())) > 1
    if record is None:
        verdict.differences.append(Difference(judge, None, ["no record"]))
        return
    wrong = [f"{field} {record[field]!r}, expected {' or '.join(sorted(map(str, want)))}"
             for field, want in judge.expect.items() if record[field] not in want]
    wrong += _compare_times(judge, record)
    if wrong:
        verdict.differences.append(Difference(judge, record, wrong))


def nanoseconds(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000_000 + int(fraction)


def _compare_times(judge, record):
    """The record ends when the connection did, as far as the wire shows that."""
    if judge.ended_ns is None or record["started"] is None:
        return []
    ended, begun = nanoseconds(record["time"]), nanoseconds(record["started"])
    wrong = []
    # Late data can meet the minisock, long after the hand-off.
    if abs(ended - judge.ended_ns) > PAUSE_NS and judge.late is None:
        wrong.append(f"time is {(ended - judge.ended_ns) / 1e6:.1f} ms behind the wire")
    if abs(begun - judge.end.talk.begun) > PAUSE_NS:
        wrong.append(f"started is {(begun - judge.end.talk.begun) / 1e6:.1f} ms behind the wire")
    if record["duration_us"] != (ended - begun) // 1000:
        wrong.append(f"duration_us {record['duration_us']}, not {(ended - begun) // 1000}")
    return wrong


def _compare_lossy(verdict, account, found):
    """Each record of an end's two ports must be unknown, or right for one of the lives that these
    had: which one cannot be known where records are missing."""
    lives = collections.defaultdict(list)
    for end in account.ends:
        lives[(*end.local, *end.remote)].append(end)
        verdict.ends += 1
        verdict.endings[end.ending] += 1
    for key, records in found.items():
        judges = [Judge(end) for end in lives.get(key, ())]
        for record in records:
            if record["fate"] == "unknown":
                verdict.unknown += 1
            elif not any(record["fate"] in judge.expect["fate"] for judge in judges):
                if judges:
                    verdict.differences.append(Difference(judges[0], record, [
                        f"fate {record['fate']}, expected "
                        f"{' or '.join(sorted(judges[0].expect['fate']))}"]))
                else:
                    verdict.extra.append(record)


def _compare_losses(verdict, records):
    """What is unknown is incomplete, and what was lost is counted."""
    check_counters(records)
    gaps = collections.Counter()
    for gap in records:
        if gap["type"] == "gap":
            gaps[gap["where"]] += gap["count"]
    stats = [r for r in records if r["type"] == "stats"][-1]
    lost = sum(hook["lost"] for hook in stats["hooks"].values())
    if lost != gaps["ring"] + gaps["scan"]:
        verdict.problems.append(f"{lost} events were lost, the gaps name {dict(gaps)}")
    if verdict.unknown and not sum(gaps.values()):
        verdict.problems.append(f"{verdict.unknown} unknown, and no gap")
    for record in records:
        if record["type"] == "conn" and record["fate"] == "unknown" and record["complete"]:
            verdict.problems.append(f"unknown, and complete: {json.dumps(record)}")


def _compare_sums(verdict, records, account):
    """Counters that must agree with each other, and the number of RSTs with the wire."""
    try:
        check_counters(records)
        check_identities(records)
    except AssertionError as error:
        verdict.problems.append(str(error))
    gaps = [r for r in records if r["type"] == "gap"]
    if gaps:
        verdict.problems.append(f"events were lost: {gaps}")
    stats = [r for r in records if r["type"] == "stats"][-1]
    resets = [s for some in account.talks.values() for talk in some for s in talk.segments
              if s.flags & RST] + [s for s in account.strays if s.flags & RST]
    seen = stats["hooks"]["tcp_send_reset"]["emitted"]
    if len(resets) != seen:
        verdict.problems.append(f"{len(resets)} RSTs on the wire, {seen} seen by tcp_send_reset")
    _compare_resets(verdict, records, resets)


def _compare_resets(verdict, records, resets):
    """Each RST on the wire is in one record of its end, and what answered a SYN says so."""
    # What comes between CLOSE and the RST for it is answered with an RST of its own, which may be
    # the connection's, as that is.
    twice = collections.Counter((*s.src, *s.dst) for s, other in zip(resets, resets[1:])
                                if (s.src, s.dst, s.seq) == (other.src, other.dst, other.seq)
                                and not s.flags & ACK)
    sent = collections.Counter((*s.src, *s.dst) for s in resets)
    sent.subtract(ends_of(r) for r in records
                  if r["type"] == "reset" or r["type"] == "conn" and r["rst_sent"])
    answers = collections.Counter((*s.src, *s.dst) for s in resets if s.flags & ACK and not s.seq)
    answers.subtract(ends_of(r) for r in records if r["type"] == "reset" and
                     r["kind"] in ("refused_inbound", "turned_away", "late_syn"))
    for found, what in ((sent, "RSTs"), (answers, "RSTs in answer to a SYN")):
        for key, n in found.items():
            if n and not (found is sent and 0 < n <= twice[key]):
                verdict.problems.append(f"{abs(n)} {what} of {key} are "
                                        f"{'in no record' if n > 0 else 'on no wire'}")
