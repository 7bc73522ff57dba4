# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""What the benchmarks need of the host: figures of processes and programs, namespaces, crowds."""
import contextlib
import itertools
import json
import os
import pathlib
import resource
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / "build"
TCPFATE = str(BUILD / "tcpfate")
PROGRAMS = BUILD / "plain" / "tests" / "bench"
OUT = BUILD / "bench"
WITH_SBIN = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin",
             "LC_ALL": "C.UTF-8"}
_number = itertools.count()


def run(argv, **options):
    """The standard output of a command that must succeed."""
    done = subprocess.run(argv, check=False, capture_output=True, text=True, env=WITH_SBIN,
                          **options)
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(map(str, argv))}: {done.stderr.strip()}")
    return done.stdout


# --- figures ----------------------------------------------------------------------------------

def cpu_s(pid):
    """Seconds on a CPU so far, of all threads' sum; of the scheduler's own exact clock."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stat:
            total += int(stat.read().split()[0])
    return total / 1e9


def waits(pid):
    """How often its threads have gone to sleep so far."""
    return sum(status(f"{pid}/task/{task}", "voluntary_ctxt_switches")
               for task in os.listdir(f"/proc/{pid}/task"))


def status(pid, field):
    """A number of /proc/PID/status: kB, or a count."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))


def bpf_programs():
    """{id: what bpftool says} of the whole kernel."""
    return {prog["id"]: prog for prog in json.loads(run(["bpftool", "-j", "prog", "show"]) or "[]")}


@contextlib.contextmanager
def bpf_stats():
    """The kernel adds up the time in BPF programs meanwhile (which itself takes some)."""
    path = pathlib.Path("/proc/sys/kernel/bpf_stats_enabled")
    before = path.read_text("ascii")
    path.write_text("1", "ascii")
    try:
        yield
    finally:
        path.write_text(before, "ascii")


def spread(values):
    """{median, min, max, n} of some figures."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values),
            "n": len(values)}


def in_words():
    """The machine, for a reader of the results."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
        model = next((line.split(":", 1)[1].strip() for line in lines
                      if line.startswith("model name")), os.uname().machine)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return {"cpu": model, "cpus": os.cpu_count(), "memory_gib": memory,
            "kernel": os.uname().release, "load_before": os.getloadavg()[0]}


# --- places and crowds ------------------------------------------------------------------------

class Namespace:
    """A network namespace with a loopback that is up."""

    def __init__(self):
        self.name = f"tcpfate-bench-{os.getpid()}-{next(_number)}"
        run(["ip", "netns", "add", self.name])
        run(["ip", "-n", self.name, "link", "set", "lo", "up"])
        self.inode = os.stat(f"/run/netns/{self.name}").st_ino
        self.enter = ["ip", "netns", "exec", self.name]

    def remove(self):
        run(["ip", "netns", "del", self.name])


@contextlib.contextmanager
def namespace():
    made = Namespace()
    try:
        yield made
    finally:
        made.remove()


@contextlib.contextmanager
def crowd(sockets):
    """That many idle sockets in a namespace made for them: the namespace."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100
    processes = []
    with namespace() as place:
        try:
            while sockets > 0:
                processes.append(subprocess.Popen(
                    [*place.enter, PROGRAMS / "crowd", str(min(sockets, most)),
                     str(len(processes))],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=WITH_SBIN))
                if not processes[-1].stdout.readline().startswith(b"ready"):
                    raise SystemExit("bench: the crowd did not come")
                sockets -= most
            yield place
        finally:
            for process in processes:
                process.stdin.close()
            for process in processes:
                process.wait()


@contextlib.contextmanager
def tracefs():
    """The peers hang on classic tracepoints and look for them below /sys/kernel/tracing."""
    mine = not os.path.exists("/sys/kernel/tracing/events")
    if mine:
        run(["mount", "-t", "tracefs", "tracefs", "/sys/kernel/tracing"])
    try:
        yield
    finally:
        if mine:
            run(["umount", "/sys/kernel/tracing"])


def traced_events():
    """Whether ftrace, in whatever instance, follows what the tracers hang on."""
    enabled = pathlib.Path("/sys/kernel/tracing/").glob("instances/*/events/sock/*/enable")
    own = pathlib.Path("/sys/kernel/tracing/events/sock").glob("*/enable")
    return any(path.read_text("ascii").startswith("1") for path in (*enabled, *own))


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what}: not within {seconds} s")
        time.sleep(0.01)
