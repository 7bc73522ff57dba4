# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Whole runs that take turns: nothing, tcpfate, and its peers, under the same churn.

What a tracer costs is compared within a round, because the machine drifts from one to the next; the
time in BPF programs comes from rounds of its own, because to measure it costs.
"""
import tempfile

from lib import host, load, tracer

# The arguments of load.c: how connections end, and how many stay open behind the newest one.
MIXES = {"reset": ("reset", {}), "client": ("client", {}), "server": ("server", {}),
         "refused": ("refused", {}), "mixed": ("mixed", {}), "held": ("mixed", {"window": 5000})}


def names():
    found = ["none", "tcpfate"]
    for name in tracer.PEERS:
        if tracer.peer(name):
            found.append(name)
        else:
            print(f"{name}: not installed (package libbpf-tools), left out")
    return found


def check(place, traced, ended):
    """tcpfate's own run: every fate as the load says, nothing lost, counters that agree."""
    fates, gaps, stats = traced.verdicts(place.inode)
    wrong = [f"fates {dict(fates)} instead of {dict(ended['fates'])}"] \
        if fates != ended["fates"] else []
    wrong += [f"gap: {gap['where']} {gap['count']}" for gap in gaps]
    wrong += [f"{stats['incomplete']} incomplete"] if stats["incomplete"] else []
    return wrong + tracer.reconciled(stats)


def one(name, mix, count, folder):
    """A run of the load beside that tracer: figures, and what is wrong."""
    mix, options = MIXES[mix]
    with host.namespace() as place:
        traced = tracer.start(name, f"{folder}/{name}")
        if not traced:
            return {"rate": load.run(place, mix, count, **options)["rate"]}, []
        with traced:
            ended = load.run(place, mix, count, **options)
            traced.settle()
            cpu, bpf = traced.used()
        row = {"rate": ended["rate"], "cpu_s": cpu * 1e5 / count, "bpf_ns": bpf / count,
               "lines": traced.lines() / count}
        return row, check(place, traced, ended) if name == "tcpfate" else []


def rounds(mix, count, number, variants, wrong):
    """{variant: {figure: spread}}, rates also against none in the same round."""
    rows = {name: [] for name in variants}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(-1, number):  # the first warms up: pages that were never read before
            first = turn % len(variants)  # or each would always get the same CPU of the two
            for name in [*variants[first:], *variants[:first]]:
                row, errors = one(name, mix, count, folder)
                wrong += [f"{mix}, {name}: {error}" for error in errors]
                if turn >= 0:
                    rows[name].append(row)
    for name in variants:
        for row, none in zip(rows[name], rows["none"]):
            row["against_none"] = row["rate"] / none["rate"]
        if name not in ("none", "tcpfate"):
            for row, ours in zip(rows[name], rows["tcpfate"]):
                row["tcpfate_rate"] = ours["rate"] / row["rate"]
                row["tcpfate_cpu"] = row["cpu_s"] / ours["cpu_s"]
    return {name: {key: host.spread([row[key] for row in rows[name]])
                   for key in rows[name][0]} for name in variants}


def bpf_time(mix, count, number, variants, wrong):
    """Nanoseconds in the programs of each, for one connection."""
    found = {name: [] for name in variants[1:]}
    with tempfile.TemporaryDirectory() as folder, host.bpf_stats():
        for _ in range(number):
            for name in found:
                row, errors = one(name, mix, count, folder)
                wrong += [f"{mix}, {name}: {error}" for error in errors]
                found[name].append(row["bpf_ns"])
    return {name: host.spread(values) for name, values in found.items()}


def text(form, figures):
    return f"{form % figures['median']} ({form % figures['min']} to {form % figures['max']})"


def say(mix, result, bpf):
    print(f"churn, mix {mix}, medians (least to most) of {result['none']['rate']['n']}:")
    for name, row in result.items():
        print(f"  {name:10} {text('%.0f', row['rate'])} connections/s, "
              f"{text('%.3f', row['against_none'])} of none")
        if name == "none":
            continue
        print(f"  {'':10} own CPU of 100,000: {text('%.3f', row['cpu_s'])} s; "
              f"BPF time of one: {text('%.0f', bpf[name])} ns; "
              f"{row['lines']['median']:.2f} lines each")
        if "tcpfate_rate" in row:
            print(f"  {'':10} tcpfate: {text('%.2f', row['tcpfate_rate'])} of its rate, "
                  f"{text('%.1f', row['tcpfate_cpu'])} times less CPU, "
                  f"{bpf[name]['median'] / bpf['tcpfate']['median']:.1f} times less BPF time")


def measure(options):
    result, wrong, variants = {}, [], names()
    for mix in options.mixes:
        count = options.count if mix == options.mixes[0] else options.count // 2
        runs = rounds(mix, count, options.rounds, variants, wrong)
        bpf = bpf_time(mix, options.count // 4, options.bpf_rounds, variants, wrong)
        say(mix, runs, bpf)
        result[mix] = {"runs": runs, "bpf_ns": bpf}
    return result, wrong


def targets(result):
    """(what, value, comparison, limit) rows, of PERFORMANCE's table."""
    mix = result.get("reset") or next(iter(result.values()))
    runs, bpf = mix["runs"], mix["bpf_ns"]
    rows = [("own CPU of 100,000 connections, s", runs["tcpfate"]["cpu_s"]["median"], "<=", 0.15)]
    if "tcpstates" in runs:
        rows += [
            ("rate against tcpstates", runs["tcpstates"]["tcpfate_rate"]["median"], ">=", 1.5),
            ("CPU of tcpstates against ours", runs["tcpstates"]["tcpfate_cpu"]["median"], ">=", 7),
            ("BPF time against tcpstates",
             bpf["tcpfate"]["median"] / bpf["tcpstates"]["median"], "<=", 0.25)]
    return rows
