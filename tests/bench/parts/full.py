# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Every core churns as fast as it can, and tcpfate with its defaults has no core of its own: what
it loses."""
import os
import tempfile

from lib import host, load, tracer
from parts import churn

WORKERS = min(os.cpu_count() or 1, 16)  # of load.c


def measure(options):
    count = options.full // WORKERS * WORKERS
    with tempfile.TemporaryDirectory() as folder, host.namespace() as place:
        with tracer.Tcpfate(f"{folder}/full") as traced:
            ended = load.run(place, "reset", count, workers=WORKERS)
            traced.settle()
        wrong = churn.check(place, traced, ended)
        _, _, stats = traced.verdicts(place.inode)
    lost = sum(row["lost"] for row in stats["hooks"].values())
    print(f"full churn, {WORKERS} workers: {ended['rate']:.0f} connections/s, "
          f"{stats['events']} events, "
          f"{lost} lost, {sum(ended['fates'].values())} records expected, "
          f"{'each with its fate' if not wrong else 'NOT AS EXPECTED'}")
    return {"workers": WORKERS, "rate": ended["rate"], "connections": count,
            "events": stats["events"], "lost": lost}, wrong


def targets(result):
    return [("events lost at full churn", result["lost"], "<=", 0)]
