# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""One load that goes on, with tcpfate and without it by turns: the share of its rate that is left.

The rate of each slice is compared with those of the two slices beside it, so that a drift of the
machine falls out. A slice counts from when tcpfate has attached its hooks, and has made its first
scan.
"""
import tempfile
import time

from lib import host, load, tracer

SETTLE = 0.4   # seconds of a slice that do not count
FOREVER = 1 << 40


def rate(running, seconds):
    time.sleep(SETTLE)
    done, begun = running.done, time.monotonic()
    time.sleep(seconds)
    return (running.done - done) / (time.monotonic() - begun)


def measure(options):
    off, on = [], []
    with tempfile.TemporaryDirectory() as folder, host.namespace() as place:
        running = load.Load(place, "reset", FOREVER)
        try:
            off.append(rate(running, options.slice))
            for _ in range(options.slices):
                with tracer.Tcpfate(f"{folder}/tcpfate"):
                    on.append(rate(running, options.slice))
                off.append(rate(running, options.slice))
        finally:
            running.end()
    ratios = [2 * with_it / (before + after)
              for with_it, before, after in zip(on, off, off[1:])]
    noise = [2 * middle / (before + after)
             for before, middle, after in zip(off, off[1:], off[2:])]
    result = {"ratio": host.spread(ratios), "noise": host.spread(noise), "ratios": ratios}
    print(f"slices of {options.slice} s: {result['ratio']['median']:.3f} of the rate without "
          f"({result['ratio']['min']:.3f} to {result['ratio']['max']:.3f}, {len(ratios)} slices); "
          f"none against none {noise and result['noise']['median']:.3f}")
    return result, []


def targets(result):
    return [("rate against none, by slices", result["ratio"]["median"], ">=", 0.93)]
