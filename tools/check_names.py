# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Checks of check-source.py: names of functions, files and structs, and who calls whom."""
import collections
import os
import re

from check_tree import functions, lines_of, sources, stem_of, symbols, text_of

MIN_COMMENTED = 15  # lines of a static function that needs a comment


def find_cycles(graph):
    """Each circle of @graph {node: [node]} that a search in depth finds."""
    done = set()

    def search(name, path):
        if name in path:
            yield path[path.index(name):] + [name]
        elif name not in done:
            for target in graph.get(name, []):
                yield from search(target, path + [name])
            done.add(name)

    for name in graph:
        yield from search(name, [])


def check_calls():
    """No circle of calls between files. Calls through pointers do not count."""
    table = symbols()
    owner = {symbol: name for name, (exported, _) in table.items() for symbol in exported}
    graph = {name: sorted({owner[s] for s in taken if s in owner} - {name})
             for name, (_, taken) in table.items()}
    for cycle in find_cycles(graph):
        calls = []
        for caller, called in zip(cycle, cycle[1:]):
            symbol = min(s for s in table[caller][1] if owner.get(s) == called)
            calls.append(f"{caller} calls {symbol}()")
        yield f"{cycle[0]}:1: circle of calls: {', '.join(calls)}"


def has_prefix(function, stem):
    return function == f"tf_{stem}" or function.startswith(f"tf_{stem}_")


def check_prefix():
    """A shared function's prefix is its file's stem."""
    for name, (exported, _) in symbols().items():
        for function in sorted(exported - {"main"}):
            if not has_prefix(function, stem_of(name)):
                yield f"{name}:1: {function}() does not begin with tf_{stem_of(name)}_"
    for name in sources(".h", under=("user/", "bpf/")):
        for row in functions(name):
            if not has_prefix(row.name, stem_of(name)):
                yield f"{name}:{row.line}: {row.name}() does not begin with tf_{stem_of(name)}_"


def check_headers():
    """Every .c of user/ has its own header beside it."""
    for name in sources(".c", under=("user/",)):
        if os.path.basename(name) != "main.c" and not os.path.exists(name[:-1] + "h"):
            yield f"{name}:1: there is no {name[:-1]}h"


TAG = re.compile(r"\b(?:struct|union|enum)\s+(?:__attribute__\(\(\w+\)\)\s+)?(\w+)\s*\{")


def check_tags():
    """A struct's, union's or enum's tag means one thing in the whole tree."""
    places = collections.defaultdict(list)
    for name in sources(".c", ".h"):
        text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text_of(name),
                      flags=re.S)
        for match in TAG.finditer(text):
            places[match.group(1)].append(f"{name}:{text.count(chr(10), 0, match.start()) + 1}")
    for tag, found in sorted(places.items()):
        for place in found[1:]:
            yield f"{place}: {tag} is defined in {found[0]} too"


STATIC_OBJECT = re.compile(r"^static (?!inline|__always_inline)[^(=;]*?"
                           r"\b(\w+)(?:\[[^\]]*\])*\s*(?:=|;)")


def check_static_names():
    """Static functions and objects of a file have at least two words, outside user/base/."""
    for name in sources(".c"):
        if name.startswith("user/base/"):
            continue
        rows = [(row.line, row.name) for row in functions(name) if row.static]
        for number, line in enumerate(lines_of(name), 1):
            match = STATIC_OBJECT.match(line)
            if match:
                rows.append((number, match.group(1)))
        for number, static in sorted(rows):
            if "_" not in static:
                yield f"{name}:{number}: {static}: at least two words"


def check_comments():
    """A static function of 15 lines or more has a comment right above it."""
    for name in sources(".c", ".h"):
        for row in functions(name):
            if row.static and row.lines >= MIN_COMMENTED and not row.commented:
                yield f"{name}:{row.line}: {row.name}(): {row.lines} lines without a comment above"
