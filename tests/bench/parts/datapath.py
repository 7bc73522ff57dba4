# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Connections that stay open, with tcpfate and without it by turns: bulk (iperf3) and requests
(wrk)."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from lib import host, tracer

PORT = 8080
NGINX = """daemon off; worker_processes 1; pid {0}/pid; error_log /dev/null;
events {{}} http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {0};
proxy_temp_path {0}; fastcgi_temp_path {0}; uwsgi_temp_path {0}; scgi_temp_path {0};
server {{ listen {1}; location / {{ return 200 ok; }} }} }}"""


def bulk(place, seconds):
    """Gbit/s."""
    said = host.run([*place.enter, "iperf3", "-c", "127.0.0.1", "-t", str(seconds), "-J"])
    return json.loads(said)["end"]["sum_received"]["bits_per_second"] / 1e9


def requests(place, seconds):
    """Requests/s over eight connections."""
    said = host.run([*place.enter, "wrk", "-t1", "-c8", f"-d{seconds}s",
                     f"http://127.0.0.1:{PORT}/"])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def server(place, name, folder):
    argv = ["iperf3", "-s"]
    if name == "wrk":
        config = pathlib.Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(folder, PORT), "ascii")
        argv = ["nginx", "-c", str(config)]
    process = subprocess.Popen([*place.enter, *argv], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env=host.WITH_SBIN)
    time.sleep(1)
    return process


def slices(place, load, folder, number, seconds):
    """Ratios of a slice with tcpfate to the two without it beside it."""
    off, on = [load(place, seconds)], []
    for _ in range(number):
        with tracer.Tcpfate(f"{folder}/tcpfate"):
            time.sleep(0.5)
            on.append(load(place, seconds))
        off.append(load(place, seconds))
    return [2 * middle / (before + after) for middle, before, after in zip(on, off, off[1:])], off


def measure(options):
    result = {}
    for name, tool, load, unit in (("iperf3", "iperf3", bulk, "Gbit/s"),
                                   ("wrk", "wrk", requests, "requests/s")):
        if not shutil.which(tool) or (name == "wrk"
                                      and not shutil.which("nginx", path="/usr/sbin:/usr/bin")):
            print(f"data path, {name}: not installed, left out")
            continue
        with tempfile.TemporaryDirectory() as folder, host.namespace() as place:
            process = server(place, name, folder)
            try:
                ratios, off = slices(place, load, folder, options.data_slices, options.data_seconds)
            finally:
                process.terminate()
                process.wait()
        result[name] = {"ratio": host.spread(ratios), "without": host.spread(off)}
        print(f"data path, {name}: {result[name]['without']['median']:.1f} {unit} without, ratio "
              f"{result[name]['ratio']['median']:.3f} ({min(ratios):.3f} to {max(ratios):.3f})")
    return result, []


def targets(result):
    return [(f"data path, {name}, against none", row["ratio"]["median"], ">=", 0.99)
            for name, row in result.items()]
