# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Decode, lifecycle, fates and JSON of recorded churn, to /dev/null, on one core."""
import json
import os
import subprocess
import tempfile
import time

from lib import host, load


def record(place, path, count):
    with subprocess.Popen([host.TCPFATE, "record", path], stderr=subprocess.DEVNULL) as process:
        host.wait_for(lambda: os.path.exists(path) and os.path.getsize(path), 30, "the recording")
        time.sleep(0.5)
        load.run(place, "mixed", count)
        time.sleep(0.5)
        process.terminate()


def measure(options):
    with tempfile.TemporaryDirectory() as folder, host.namespace() as place:
        path = f"{folder}/churn.tcpfate"
        record(place, path, options.count)
        said = host.run([host.TCPFATE, "replay", "-j", path])
        events = [json.loads(line) for line in said.splitlines()
                  if '"type":"stats"' in line][-1]["events"]
        rates = []
        for _ in range(options.rounds):
            with open("/dev/null", "wb") as null:
                begun = time.monotonic()
                subprocess.run([host.TCPFATE, "replay", "-j", path], stdout=null, check=True)
                rates.append(events / (time.monotonic() - begun) / 1e6)
    result = {"events": events, "million_per_s": host.spread(rates)}
    print(f"replay: {events} events, {result['million_per_s']['median']:.2f} million/s "
          f"({min(rates):.2f} to {max(rates):.2f})")
    return result, []


def targets(result):
    return [("replay, million events/s", result["million_per_s"]["median"], ">=", 5)]
