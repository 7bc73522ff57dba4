# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""What a connection costs as work grows: with ever more open ones beside it, and at ever higher
rates.

A connection's cost is tcpfate's own CPU time and that in its BPF programs. Scans are off here: they
are paid for each open socket and interval, not for each connection, and measured by themselves
(parts/memory.py, snapshot).
"""
import statistics

from lib import host, load, tracer

OPEN = (1_000, 10_000, 100_000, 1_000_000)
RATES = (1_000, 3_000, 10_000, 0)
SECONDS = 8  # of a paced load


def one(count, rate=0):
    """Nanoseconds for one connection: (own, in BPF programs)."""
    with host.namespace() as place, host.bpf_stats(), \
            tracer.Unread("--scan-interval", "0") as traced:
        load.run(place, "reset", count, rate=rate)
        traced.settle()
        own, bpf = traced.used()
    return own * 1e9 / count, bpf / count


def median(rounds, count, rate=0):
    rows = [one(count, rate) for _ in range(rounds)]
    return {"own_ns": statistics.median(row[0] for row in rows),
            "bpf_ns": statistics.median(row[1] for row in rows)}


def measure(options):
    by_open, by_rate = {}, {}
    one(options.count)  # warms up
    for rate in RATES:
        by_rate[str(rate)] = median(options.growth_scans, rate * SECONDS or options.count, rate)
    for crowd in (number for number in OPEN if number <= options.crowd):
        with host.crowd(crowd):
            by_open[str(crowd)] = median(options.growth_scans, options.count)
    for name, rows in (("open", by_open), ("rate", by_rate)):
        for number, row in rows.items():
            print(f"growth, {name} {number if number != '0' else 'full':>9}: "
                  f"own CPU {row['own_ns']:.0f} ns, "
                  f"BPF programs {row['bpf_ns']:.0f} ns for one connection")
    return {"open": by_open, "rate": by_rate}, []


def worst(rows, base):
    """The dearest against the cheapest end of the scale."""
    total = {number: row["own_ns"] + row["bpf_ns"] for number, row in rows.items()}
    return max(total.values()) / total[base]


def targets(result):
    return [("cost of a connection, 1,000 to most open ones", worst(result["open"], "1000"),
             "<=", 1.2),
            ("cost of a connection, full rate to 1,000/s", worst(result["rate"], "0"), "<=", 1.2)]
