# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""A host on which nothing happens."""
import tempfile
import time

from lib import host, tracer


def one(folder, seconds, *options):
    with tracer.Tcpfate(f"{folder}/idle", *options) as traced:
        time.sleep(3)  # what goes on at the start is over
        cpu = host.cpu_s(traced.pid)
        woken = host.waits(traced.pid)
        time.sleep(seconds)
        return {"percent": 100 * (host.cpu_s(traced.pid) - cpu) / seconds,
                "wakeups": host.waits(traced.pid) - woken}


def measure(options):
    with tempfile.TemporaryDirectory() as folder:
        usual = one(folder, options.idle)
        bare = one(folder, options.idle, "--scan-interval", "0")
    print(f"idle, {options.idle} s: {usual['percent']:.3f} % of a core, "
          f"{usual['wakeups']} wake-ups; "
          f"without scans {bare['percent']:.4f} %, {bare['wakeups']} wake-ups")
    return {"seconds": options.idle, "defaults": usual, "no_scans": bare}, []


def targets(result):
    return [("idle host, % of a core", result["defaults"]["percent"], "<=", 0.1),
            ("idle host, wake-ups without scans", result["no_scans"]["wakeups"], "<=", 0)]
