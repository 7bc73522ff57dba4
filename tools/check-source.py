#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""check-source.py CHECK - what the sources must keep to and no compiler checks

Each check is a function below: its first line says what must hold, its findings go to stdout, one
`file:line: text` each. The exit status is 1 when there are any. tools/check.sh runs them all.
"""
import os
import re
import sys

import check_names
import check_words
from check_names import find_cycles
from check_tree import lines_of, sources, text_of, tracked

# Who may include whom: a directory -> the directories it may use. CONTRIBUTING.md says why.
LAYERS = {
    "base": {"base"},
    "core": {"base", "core"},
    "kernel": {"base", "core", "kernel"},
    "scan": {"base", "core", "scan"},
    "enrich": {"base", "core", "enrich"},
    "sink": {"base", "core", "sink"},
    "cli": {"base", "core", "kernel", "scan", "enrich", "sink", "cli"},
}
# The core is pure: nothing in these can do I/O, read a clock or print.
CORE_LIBC = {"assert.h", "errno.h", "inttypes.h", "limits.h", "stdalign.h", "stdbool.h", "stddef.h",
             "stdint.h", "stdlib.h", "string.h"}
BPF_HEADERS = re.compile(r"^(bpf|linux/bpf|linux/btf)[/.]|^libelf|^gelf")

# Within a folder: who may not include, nor name, whom.
INNER = {"core/conn": ("alert", "rollup")}
MAX_LIBBPF = 5  # files that may see libbpf or the skeleton

MAX_FUNCTION = {"user": 80, "bpf": 50}
MAX_FILE = {"user": 450, "bpf": 200}
MIN_DOCUMENTED = 90  # per cent of the prototypes in headers

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LICENSED = (".c", ".h", ".def", ".py", ".sh", ".list")


def includes(name):
    """(line number, quote or bracket, what is included)."""
    for number, line in enumerate(lines_of(name), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def layer_fault(folder, quote, target):
    """Why a file of `folder` may not include `target`, or None."""
    if folder == "bpf":
        ours = target.startswith(("user/",) + tuple(f"{layer}/" for layer in LAYERS))
        return "bpf/ never includes user/" if ours else None
    if target.endswith(".skel.h") or (quote == "<" and BPF_HEADERS.match(target)):
        return None if folder == "kernel" else "libbpf and skeletons are user/kernel's alone"
    if quote == "<":
        pure = folder != "core" or target in CORE_LIBC
        return None if pure else "the core is pure: nothing that can do I/O, print or read a clock"
    if target == "bpf/abi.h":
        return "user/base knows nothing of the events" if folder == "base" else None
    top = target.split("/")[0]
    if top == "bpf":
        return "bpf/abi.h is the only file of bpf/ that user/ may include"
    if "/" not in target:
        return f'write the directory too: "{folder}/{target}"'
    return None if top in LAYERS[folder] else f"user/{folder} may not use {top}/"


def check_layers():
    """A directory includes only what its law allows."""
    for name in sources(".c", ".h", ".def"):
        folder = "bpf" if name.startswith("bpf/") else name.split("/")[1]
        if folder not in LAYERS and folder != "bpf":
            yield f"{name}:1: user/{folder} is no module (tools/check-source.py, LAYERS)"
            continue
        for number, quote, target in includes(name):
            fault = layer_fault(folder, quote, target)
            if fault:
                yield f"{name}:{number}: includes {target}: {fault}"


def check_inner_layers():
    """core/conn/ names no alert and no rollup; few files see libbpf."""
    for folder, banned in INNER.items():
        words = "|".join(banned)
        names = re.compile(rf"\b(?:core/|tf_|TF_)(?:{words}|{words.upper()})\w*")
        for name in sources(".c", ".h", ".def", under=(f"user/{folder}/",)):
            for number, line in enumerate(lines_of(name), 1):
                found = names.search(line)
                if found:
                    yield f"{name}:{number}: user/{folder} may not name {found.group()}"
    seen = [name for name in sources(".c", ".h", under=("user/",))
            if re.search(r'^#include (<bpf/|"tcpfate\.skel\.h")', text_of(name), re.M)]
    if len(seen) > MAX_LIBBPF:
        yield from (f"{name}:1: includes libbpf; {MAX_LIBBPF} files may" for name in seen)


def check_cycles():
    """No header includes itself, by whatever path."""
    names = {name: name for name in sources(".h")}
    names.update({name[len("user/"):]: name for name in names if name.startswith("user/")})
    graph = {name: [names[t] for _, _, t in includes(name) if t in names] for name in sources(".h")}
    for cycle in find_cycles(graph):
        yield f"{cycle[0]}:1: include cycle: {' -> '.join(cycle)}"


def check_sizes():
    """Functions: 80 lines (BPF 50); files: 450 (BPF 200)."""
    for name in sources(".c", ".h"):
        side = name.split("/")[0]
        lines = lines_of(name)
        if len(lines) > MAX_FILE[side] and name != "bpf/abi.h":
            yield f"{name}:{len(lines)}: {len(lines)} lines; {MAX_FILE[side]} are the limit"
        start = None
        for number, line in enumerate(lines, 1):
            if line == "{":
                start = number
            elif line.startswith("}") and start:
                if number - start + 1 > MAX_FUNCTION[side]:
                    yield (f"{name}:{start}: a function of {number - start + 1} lines; "
                           f"{MAX_FUNCTION[side]} are the limit")
                start = None


PROTOTYPE = re.compile(r"^[a-z_][\w \t*]*[ *](tf_\w+)\(")


def prototypes(name):
    """(line number, function, documented). A comment covers the prototypes right below it."""
    covered = False
    lines = lines_of(name)
    for number, line in enumerate(lines, 1):
        match = PROTOTYPE.match(line)
        if match and not line.startswith(("static", "typedef")):
            yield number, match.group(1), covered
        elif line.strip().endswith("*/"):
            covered = True
        elif not line.strip():
            covered = False


def check_prototypes():
    """At least 90 % of the prototypes in headers have a comment."""
    found = [(name, *row) for name in sources(".h", under=("user/",)) for row in prototypes(name)]
    bare = [row for row in found if not row[3]]
    if found and 100 * (len(found) - len(bare)) < MIN_DOCUMENTED * len(found):
        for name, number, function, _ in bare:
            yield f"{name}:{number}: {function}() has no comment"


def check_licences():
    """Every source names its licence; what the kernel runs is GPL-2.0."""
    for name in tracked():
        if not (name.endswith(LICENSED) or name in ("Makefile", ".ci/run")):
            continue
        head = "\n".join(lines_of(name)[:4])
        kernel_side = name.startswith("vmlinux/") or ".bpf." in name
        want = "SPDX-License-Identifier: GPL-2.0" + ("" if kernel_side else " OR BSD-3-Clause")
        if want not in head and lines_of(name):
            yield f"{name}:1: the head lacks `{want}`"


def check_paths():
    """No path of somebody's machine."""
    here = os.path.dirname(os.getcwd())
    homes = re.compile(r"/home/[a-z]\w*/" + (f"|{re.escape(here)}/" if here.count("/") > 1 else "")
                       + f"|{re.escape(os.getcwd())}/")
    for name in tracked():
        try:
            lines = lines_of(name)
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if homes.search(line):
                yield f"{name}:{number}: a path of this machine"


def check_proofs():
    """The test that fates.def, causes.def or alerts.def names exists."""
    tests = [name for name in tracked() if re.match(r"tests/(e2e|unit)/.*\.(py|c)$", name)]
    known = {os.path.splitext(os.path.basename(name))[0] for name in tests} | set(tests)
    for name in tests:
        known.update(f"{name}::{test}" for test in
                     re.findall(r"^\s*def (test_\w+)", "\n".join(lines_of(name)), re.M))
    for folder, table, macro in (("fate", "fates", "TF_FATE"), ("fate", "causes", "TF_CAUSE"),
                                 ("alert", "alerts", "TF_ALERT")):
        path = f"user/core/{folder}/{table}.def"
        text = "\n".join(lines_of(path))
        rows = re.findall(rf"^{macro}\((\w+),(.*?)\)$", text, re.M | re.S)
        if not rows:
            yield f"{path}:1: no row of {macro} is understood"
        for row, rest in rows:
            proofs = [text for text in re.findall(r'"([^"]*)"', rest) if text.startswith("tests/")]
            if len(proofs) != 1 or proofs[0] not in known:
                yield f"{path}:1: {row}: there is no test {', '.join(proofs)} in tests/"


def check_style():
    """No goto, no leftover marks, no trailing white space."""
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    for name in sources(".c", ".h", ".def", under=("user/", "bpf/", "tests/")):
        for number, line in enumerate(lines_of(name), 1):
            if re.match(r"^\s*goto\s", line):
                yield f"{name}:{number}: goto: an owning local with a cleanup attribute instead"
            if marks.search(line):
                yield f"{name}:{number}: a mark of unfinished work"
            if line != line.rstrip():
                yield f"{name}:{number}: white space at the end of the line"


def main():
    found = {**vars(check_names), **vars(check_words), **globals()}
    checks = {name[len("check_"):]: function for name, function in found.items()
              if name.startswith("check_") and callable(function)}
    if len(sys.argv) != 2 or sys.argv[1] not in checks:
        sys.exit(f"usage: check-source.py {'|'.join(checks)}")
    findings = list(checks[sys.argv[1]]())
    print("\n".join(findings))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
