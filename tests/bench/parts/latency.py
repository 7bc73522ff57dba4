# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""From the end of a connection to its line: tcpfate -j into a pipe, read as it comes.

Against the record's own `time`, the kernel's of the connection's end: so the time for which a
record waits for what may still join it (10 ms) counts too. An orphan that was handed to a minisock
before the peer's FIN is settled 2 s after that (user/core/conn/settle.c), and its lateness counts
from there.
"""
import datetime
import re
import subprocess
import threading
import time

from lib import host, load

TIME = re.compile(rb'"type":"conn","time":"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{9})Z"')
CHUNK = 1 << 16
HANDED_OVER = b'"end_state":"FIN_WAIT2"'
HELD_MS = 2000  # ... and for so long its fate may still change
LOADS = (("alone", 5, 100), ("1,000/s", 1000, 5000), ("full", 0, 100_000))  # connections/s, in all


def seconds_of(found):
    year, month, day, hour, minute, second, nano = (int(part) for part in found.groups())
    moment = datetime.datetime(year, month, day, hour, minute, second,
                               tzinfo=datetime.timezone.utc)
    return moment.timestamp() + nano / 1e9


class Reader(threading.Thread):
    """Takes the lines, and the time between each one's end and now."""

    def __init__(self, stream, inode):
        super().__init__(daemon=True)
        self.stream, self.inode = stream, b'"netns":%d,' % inode
        self.late, self.started = [], threading.Event()
        self.start()

    def run(self):
        rest = b""
        while piece := self.stream.read1(CHUNK):
            now = time.time()
            *lines, rest = (rest + piece).split(b"\n")
            self.started.set()
            # The first is the oldest; of the others some are enough.
            for line in [*lines[:1], *lines[1::16]]:
                found = TIME.search(line) if self.inode in line else None
                if not found:
                    continue
                late = (now - seconds_of(found)) * 1000
                if HANDED_OVER in line:
                    late -= HELD_MS
                if late >= 0:  # what is still held is reported at the end of the run
                    self.late.append(late)


def one(rate, count):
    """Milliseconds, sorted."""
    with host.namespace() as place:
        with subprocess.Popen([host.TCPFATE, "-j"], stdout=subprocess.PIPE) as process:
            reader = Reader(process.stdout, place.inode)
            reader.started.wait(30)
            load.run(place, "mixed", count, rate=rate)
            time.sleep(HELD_MS / 1000 + 0.5)
            process.terminate()
            reader.join()
    return sorted(reader.late)


def measure(options):
    result = {}
    for name, rate, count in LOADS:
        late = one(rate, count)
        result[name] = {"median": late[len(late) // 2], "p99": late[len(late) * 99 // 100],
                        "max": late[-1], "n": len(late), "curve": late[::max(1, len(late) // 200)]}
        print(f"latency, {name}: median {result[name]['median']:.1f} ms, 99 % within "
              f"{result[name]['p99']:.1f} ms, at most {result[name]['max']:.1f} ms "
              f"({len(late)} lines)")
    return result, []


def targets(result):
    rows = [("latency at most, ms", max(row["max"] for row in result.values()), "<=", 200)]
    return rows + [(f"latency at the median, {name}, ms", result[name]["median"], "<=", 20)
                   for name in ("1,000/s", "full")]
