# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Memory: at rest, for each connection that is followed, and at its ceiling.

The flood: connections that stay open behind the newest one, more of them than the table may hold,
so that it is full all the time and turns the least active out. The crowd: sockets that were there
before.
"""
import tempfile
import time

from lib import host, load, tracer

WORKERS = 8          # the limit of open files is a process's
CEILING = 100_000    # --max-connections of the flood
OVER = 1.5           # open sockets at any time, against the ceiling


def curve(traced, going, every):
    """[(seconds, MB)] of the tracer's memory as long as @going()."""
    begun, rows = time.monotonic(), []
    while going():
        rows.append((round(time.monotonic() - begun, 2), host.status(traced.pid, "VmRSS") / 1024))
        time.sleep(every)
    return rows


def idle(folder):
    with tracer.Tcpfate(f"{folder}/idle") as traced:
        time.sleep(2)
        return host.status(traced.pid, "VmRSS") / 1024


def crowd(folder, sockets, rest_mb):
    """A scan finds every socket, and it is followed from then on."""
    with host.crowd(sockets), tracer.Tcpfate(f"{folder}/crowd", "--scan-interval", "60s") as traced:
        rows = curve(traced, lambda: works(traced), 0.2)  # the first scan
        time.sleep(2)
        peak = host.status(traced.pid, "VmHWM") / 1024
        now = host.status(traced.pid, "VmRSS") / 1024
    return {"sockets": sockets, "mb": now, "peak_mb": peak, "curve": rows,
            "bytes_each": (peak - rest_mb) * (1 << 20) / sockets}


def works(traced):
    """Whether it has something to do: takes half a second."""
    before = host.cpu_s(traced.pid)
    time.sleep(0.5)
    return host.cpu_s(traced.pid) - before >= 0.005


def flood(folder, count):
    window = int(CEILING * OVER / 2 / WORKERS)
    with host.namespace() as place, tracer.Tcpfate(
            f"{folder}/flood", "--max-connections", str(CEILING), "--fate", "unknown") as traced:
        running = load.Load(place, "mixed", count, workers=WORKERS, window=window)
        rows = curve(traced, lambda: running.process.poll() is None, 0.5)
        ended = running.wait()
        traced.settle()
        peak = host.status(traced.pid, "VmHWM") / 1024
    _, gaps, stats = traced.verdicts(place.inode)
    wrong = tracer.reconciled(stats)
    wrong += [f"gap in the ring: {gap['count']}" for gap in gaps if gap["where"] == "ring"]
    if stats["evicted"] < ended["connections"] // 10:
        wrong.append(f"only {stats['evicted']} evicted: the table was not full")
    return {"connections": ended["connections"], "ceiling": CEILING, "window": window * WORKERS * 2,
            "rate": ended["rate"], "peak_mb": peak, "curve": rows, "evicted": stats["evicted"],
            "ended": stats["ended"]}, [f"flood: {error}" for error in wrong]


def measure(options):
    with tempfile.TemporaryDirectory() as folder:
        rest = idle(folder)
        flooded, wrong = flood(folder, options.flood)
        crowded = crowd(folder, options.crowd, rest)
    print(f"memory: {rest:.1f} MB at rest; {crowded['sockets']} open sockets: "
          f"{crowded['peak_mb']:.0f} MB at most, {crowded['bytes_each']:.0f} bytes each; "
          f"a flood of "
          f"{flooded['connections']} connections, {flooded['window']} sockets open at a time, "
          f"through a "
          f"table of {CEILING}: {flooded['peak_mb']:.1f} MB at most, "
          f"{flooded['evicted']} turned out")
    return {"idle_mb": rest, "flood": flooded, "crowd": crowded}, wrong


def targets(result):
    flooded = result["flood"]
    quarter = flooded["curve"][len(flooded["curve"]) // 4][1]
    return [("memory at rest, MB", result["idle_mb"], "<=", 24),
            ("bytes for each open connection", result["crowd"]["bytes_each"], "<=", 200),
            ("memory after a quarter of the flood against its end",
             flooded["curve"][-1][1] / quarter, "<=", 1.05)]
