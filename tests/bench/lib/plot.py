# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""One picture of a result: gnuplot, where it is installed."""
import shutil
import subprocess

COLOURS = {"none": "#888888", "tcpfate": "#1b6ca8", "tcplife": "#e0a030", "tcpstates": "#c0392b"}


def block(name, rows):
    return f"${name} << EOD\n" + "\n".join(" ".join(str(cell) for cell in row)
                                           for row in rows) + "\nEOD"


def churn(result):
    runs = next(iter(result.values()))["runs"]
    rows = [(number, name, row["against_none"]["median"], row["against_none"]["min"],
             row["against_none"]["max"], COLOURS[name].replace("#", "0x"))
            for number, (name, row) in enumerate(runs.items())]
    return [block("churn", rows), 'set title "rate of churn beside a tracer, against none"',
            "set yrange [0:1.15]; set xrange [-0.6:%d.6]; set style fill solid 0.8; unset key"
            % (len(rows) - 1), "set boxwidth 0.6; unset xlabel; set ylabel ''",
            "plot $churn using 1:3:(0.6):6:xtic(2) with boxes lc rgb variable, "
            "'' using 1:3:4:5 with yerrorbars lc rgb 'black' pt -1, "
            "'' using 1:($3+0.07):(sprintf('%.2f', $3)) with labels"]


def latency(result):
    names = list(result)
    lines = [block(f"late{number}", [(value, (index + 1) / len(result[name]["curve"]))
                                     for index, value in enumerate(result[name]["curve"])])
             for number, name in enumerate(names)]
    curves = ", ".join(f"$late{number} using 1:2 with lines lw 2 title \"{name}\""
                       for number, name in enumerate(names))
    return [*lines, 'set title "from the end of a connection to its line"', "set key bottom right",
            "set xlabel 'ms'; set ylabel 'share of lines'; set yrange [0:1.02]; set xrange [0:*]",
            f"plot {curves}"]


def growth(result):
    rows = [(number, row["own_ns"] / 1000, row["bpf_ns"] / 1000)
            for number, row in result["open"].items()]
    rates = [(float(number) or 100_000, row["own_ns"] / 1000, row["bpf_ns"] / 1000)
             for number, row in result["rate"].items()]
    return [block("open", rows), block("rate", rates),
            'set title "cost of one connection (both ends)"', "set logscale x; set key top right",
            "set xlabel 'open sockets beside it, or connections/s (full rate at 100,000)'",
            "set ylabel 'microseconds'; set yrange [0:*]; set xrange [800:1200000]",
            "plot $open using 1:2 with linespoints lw 2 title 'own CPU, by open sockets', "
            "$open using 1:3 with linespoints lw 2 title 'BPF programs, by open sockets', "
            "$rate using 1:2 with linespoints dt 2 title 'own CPU, by rate', "
            "$rate using 1:3 with linespoints dt 2 title 'BPF programs, by rate'"]


def memory(result):
    flood, crowd = result["flood"], result["crowd"]
    return [block("flood", flood["curve"]), block("crowd", crowd["curve"]),
            'set title "memory"', "unset logscale; set key center right",
            "set xlabel 'seconds'; set ylabel 'MB'; set yrange [0:*]; set xrange [0:*]",
            f"plot $flood using 1:2 with lines lw 2 title '{flood['connections']:,} connections "
            f"through a table of {flood['ceiling']:,}', $crowd using 1:2 with lines lw 2 title "
            f"'the first scan over {crowd['sockets']:,} open sockets'"]


DRAWN = {"churn": churn, "latency": latency, "growth": growth, "memory": memory}


def draw(result, folder):
    """plot.svg and plot.png, of the parts that have a picture and ran."""
    parts = {name: DRAWN[name](result["parts"][name]) for name in DRAWN if name in result["parts"]}
    if not parts:
        return
    if not shutil.which("gnuplot"):
        print("plot: gnuplot is not installed, left out")
        return
    columns = min(2, len(parts))
    height = (len(parts) + columns - 1) // columns
    machine = result["machine"]
    title = (f"tcpfate, {result['date'][:10]}: {machine['cpus']} CPUs ({machine['cpu']}), "
             f"{machine['memory_gib']} GiB, Linux {machine['kernel']}").replace("_", "-")
    for terminal, name in (("svg font 'sans,11' background rgb 'white'", "plot.svg"),
                           ("pngcairo font 'sans,9'", "plot.png")):
        script = [f"set terminal {terminal} size {560 * columns},{360 * height}",
                  f"set output '{folder / name}'", "set decimalsign '.'; set format x '%.0f'",
                  f"set multiplot layout {height},{columns} title \"{title}\""]
        for lines in parts.values():
            script += ["unset logscale; set xtics auto; set ytics auto; set xrange [*:*]; "
                       "set format x '%.0f'; set grid y",
                       *lines]
        subprocess.run(["gnuplot"], input="\n".join([*script, "unset multiplot"]), text=True,
                       check=False)
