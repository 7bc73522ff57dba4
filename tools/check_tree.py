# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The tree as the checks of check-source.py read it: files, comments, texts, functions, symbols."""
import collections
import functools
import os
import re
import subprocess

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
Function = collections.namedtuple("Function", "line name static lines commented")


@functools.lru_cache(None)
def tracked():
    """The project's files: what git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        names = run.stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):  # no git here, or an exported tree
        names = [os.path.relpath(os.path.join(folder, name), ".")
                 for folder, _, files in os.walk(".")
                 if not folder.startswith(("./build", "./.git"))
                 for name in files]
    return sorted(name for name in names if os.path.isfile(name))


def sources(*suffixes, under=("user/", "bpf/")):
    return [name for name in tracked() if name.startswith(under) and name.endswith(suffixes)]


@functools.lru_cache(None)
def text_of(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


def lines_of(name):
    return text_of(name).splitlines()


def stem_of(name):
    return os.path.basename(name).split(".")[0]


def join_comment(comment):
    """A comment's text on one line."""
    if comment.startswith("//"):
        return comment[2:].strip()
    return " ".join(line.strip().lstrip("*").strip() for line in comment[2:-2].split("\n")).strip()


def comments(name):
    """(line number, text) of each comment of a C source or a table."""
    text = text_of(name)
    for match in TOKEN.finditer(text):
        if match.group().startswith(("/*", "//")):
            yield text.count("\n", 0, match.start()) + 1, join_comment(match.group())


def texts(name):
    """(line number, text) of each comment and of each text in quotes; what adjoins is one text."""
    text, held, start, end = text_of(name), "", 0, 0
    for match in TOKEN.finditer(text):
        token, line = match.group(), text.count("\n", 0, match.start()) + 1
        if held and not text[end:match.start()].strip() and token[0] == '"':
            held, end = held + token[1:-1], match.end()
            continue
        if held:
            yield start, held
        held = ""
        if token[0] == '"':
            held, start, end = token[1:-1], line, match.end()
        elif token[0] == "/":
            yield line, join_comment(token)
    if held:
        yield start, held


@functools.lru_cache(None)
def functions(name):
    """Every function that a C source defines."""
    lines, found = lines_of(name), []
    for number, line in enumerate(lines):
        if line != "{":
            continue
        first = number
        while first and re.match(r"[\w\s*].*[^;}/\\]$", lines[first - 1]):
            first -= 1
        head = " ".join(lines[first:number])
        match = re.search(r"(\w+)\((?!\()",
                          re.sub(r"__attribute__\(\(.*?\)\)|TF_CLEANUP\(\w+\)", "", head))
        end = next((i for i in range(number, len(lines)) if lines[i].startswith("}")), number)
        above = lines[first - 1].rstrip() if first else ""
        if match:
            found.append(Function(first + 1, match.group(1), head.startswith("static"),
                                  end - number + 1, above.endswith("*/")))
    return found


def objects():
    """{source: its object} of user/, as the build made them."""
    build = os.environ.get("B", "build")
    return {name: f"{build}/plain/{name[:-1]}o" for name in sources(".c", under=("user/",))}


@functools.lru_cache(None)
def symbols():
    """{source: (functions that it exports, symbols that it takes from others)}, by nm."""
    paths = objects()
    sources_of = {path: name for name, path in paths.items()}
    found = {name: (set(), set()) for name in paths}
    run = subprocess.run(["nm", "-A", *paths.values()], capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        path, _, row = line.partition(":")
        kind, symbol = row.split()[-2:]
        if kind in "TU":
            found[sources_of[path]][kind == "U"].add(symbol)
    return found
