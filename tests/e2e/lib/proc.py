# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""What /proc says of a process, of all its threads."""
import contextlib
import os
import re


def stat(pid, tid=None):
    """The fields of its stat behind the name: state, ppid and so on."""
    path = f"/proc/{pid}/task/{tid}/stat" if tid else f"/proc/{pid}/stat"
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def states(pid):
    """{thread: its state}, as ps shows them: S, D, T..."""
    return {int(tid): stat(pid, tid)[0] for tid in os.listdir(f"/proc/{pid}/task")}


def nice(pid):
    """{thread: its nice value}."""
    return {int(tid): int(stat(pid, tid)[16]) for tid in os.listdir(f"/proc/{pid}/task")}


def cpu_ns(pid):
    """On a CPU so far, exactly."""
    total = 0
    for tid in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{tid}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total


def memory_kb(pid, field="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return int(re.search(rf"{field}:\s+(\d+)", file.read())[1])


def bpf_ids(pid):
    """Programs, maps and links that the process holds: {kind: ids}."""
    found = {"prog": set(), "map": set(), "link": set()}
    for fd in os.listdir(f"/proc/{pid}/fdinfo"):
        with contextlib.suppress(FileNotFoundError), \
                open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as info:
            for line in info:
                kind, _, number = line.partition(":")
                if kind in ("prog_id", "map_id", "link_id"):
                    found[kind[:-3]].add(int(number))
    return found
