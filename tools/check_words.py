# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Checks of check-source.py: columns, English, and what documents and comments refer to."""
import os
import re

from check_tree import comments, lines_of, sources, texts, text_of, tracked

COLUMNS = 100
README_COLUMNS = 110


def columns_of(line):
    return len(line.expandtabs(8))


def check_columns():
    """No line has more than 100 columns, tabs of 8 (README.md 110)."""
    suffixes = (".c", ".h", ".def", ".py", ".sh", "Makefile")
    for name in tracked():
        limit = COLUMNS if name.endswith(suffixes) else README_COLUMNS if name == "README.md" else 0
        for number, line in enumerate(lines_of(name) if limit else [], 1):
            if columns_of(line) > limit:
                yield f"{name}:{number}: {columns_of(line)} columns; {limit} are the limit"


WHAT_IS = re.compile(r"(?:^|[.:;!?)] |\\n)\s*What (?:is|are|was|were)\b")
# The private dialect, words of the past among it: what the field says instead. Other uses of such a
# word ("looks like", "look up", "round down", "round-trip") do not match.
BANNED = {
    r"half-open": "pending handshake",
    r"surveys?": "scan",
    r"walk(?:s|ed|ing|er)?": "scan",
    r"companions?": "stand-in",
    r"detectors?": "alert",
    r"(?:an?|one|the|this|each|every|first|last|next|whole) (?:look|round)": "scan",
    r"rounds(?! up| down)": "scans",
    r"look(?:s|ed) (?:at|into|through)": "reads, checks or scans",
    r"(?:told|tells?|telling)": "reports, shows, says or distinguishes",
    r"suppl(?:y|ies|ied|ying)": "provide",
    r"enders?": "closer",
    r"scans? (?:meets?|met)": "a scan finds",
    r"met by (?:a|the|each|every) scan": "found by a scan",
}
# Where such a word is a name of somebody else's, or RFC 9293's: a connection whose peer has gone.
ALLOWED = [
    (r"user/cli/glossary/\w+\.def|user/core/\w+/(?:fates|alerts)\.def|.*README\.md"
     r"|tcpfate.*\.[578]",
     "half-open"),
]


PROSE_IN_LINES = ("tools/", "tests/e2e/", "tests/kernels/", "tests/scenarios/table.py")


def proses():
    """(file, line number, text) of what people read in user/, bpf/, the tests (not tests/bench/,
    where a round is one run of each variant) and the documents."""
    for name in sources(".c", ".h", ".def"):
        for number, text in texts(name):
            yield name, number, text
    for name in sources(".c", ".h", under=("tests/",)):
        for number, text in comments(name):
            yield name, number, text
    for name in tracked():
        if name.endswith((".md", ".8", ".8.in", ".7", ".5")) and not name.startswith("tests/"):
            text = re.sub(r"`[^`\n]*`", "``", text_of(name))
            for number, line in enumerate(text.splitlines(), 1):
                yield name, number, line
        elif name.startswith(PROSE_IN_LINES) and name != __file__ and "check_words" not in name:
            try:
                for number, line in enumerate(lines_of(name), 1):
                    yield name, number, line
            except UnicodeDecodeError:
                pass


def check_dialect():
    """Words that an SRE knows; no sentence that begins with "What is ..."."""
    banned = re.compile(rf"(?<![\w.-])({'|'.join(BANNED)})(?![\w(-])", re.I)
    for name, number, text in proses():
        for match in WHAT_IS.finditer(text):
            yield f"{name}:{number}: a sentence begins with `{match.group().strip('.:;!?) ')} ...`"
        for match in banned.finditer(re.sub(r"`[^`]*`", "", text)):
            word = match.group(1).lower()
            instead = next(BANNED[row] for row in BANNED if re.fullmatch(row, word))
            if not any(word == row[1] and re.fullmatch(row[0], name) for row in ALLOWED):
                yield f"{name}:{number}: `{word}`: say `{instead}`"


ROOTS = ("user", "bpf", "tests", "tools", "vmlinux", "LICENSES")
FOLDERS = ("base", "core", "scan", "enrich", "sink", "cli", "process", "ship")
PATH = re.compile(rf"(?<![\w/.$~*-])((?:{'|'.join(ROOTS + FOLDERS)})/[\w./-]*\w/?)(?![\w*{{<%$])")
BARE = re.compile(r"(?<![\w/.*$%{}<-])([\w-]+(?:\.bpf)?\.(?:c|h|def|py|md))\b(?![(*])")
# Files of the kernel, of others, and those that the build makes.
FOREIGN = {"tcpfate.skel.h", "vmlinux.h", "x.c", "test_x.c", "file.py"}
PLACEHOLDER = re.compile(r"\bX\b|NAME")
SECTION = re.compile(r'([\w/]*\b[A-Z]\w+(?:\.md)?),? "([A-Z][^"]+)"')
SECTION_OF = re.compile(r'"([A-Z][^"]+)" (?:in|of) ([\w/]+\.md)')


def headings(name):
    return {re.sub(r"`", "", line.lstrip("# ").strip()) for line in lines_of(name)
            if line.startswith("#")}


def path_exists(path, beside):
    """Whether @path is of the tree: from the root, from user/, or from the folder @beside."""
    path = path.rstrip("/.")
    return any(os.path.exists(os.path.join(folder, path)) for folder in (".", "user", beside))


def missing_paths(name, text, names):
    """What @text refers to and is not there; @names: the base names of all files."""
    folder = os.path.dirname(name)
    for match in PATH.finditer(text):
        path = match.group(1)
        if not path_exists(path, folder) and not PLACEHOLDER.search(path):
            yield path
    for match in BARE.finditer(text):
        known = match.group(1) in names or match.group(1) in FOREIGN
        if not known and not PLACEHOLDER.search(match.group(1)):
            yield match.group(1)


def missing_sections(name, text):
    rows = [(path, section) for path, section in SECTION.findall(text)]
    rows += [(path, section) for section, path in SECTION_OF.findall(text)]
    for path, section in rows:
        path = path if path.endswith(".md") else path + ".md"
        for place in (os.path.join(os.path.dirname(name), path), path):
            if os.path.exists(place):
                if section not in headings(place):
                    yield f'{place} "{section}"'
                break


def references():
    """(file, line number, text) of what may refer to files."""
    for name in tracked():
        if name.startswith(("tests/fuzz/corpus", "LICENSES")):
            continue
        if name.endswith((".c", ".h", ".def")):
            for number, text in comments(name):
                yield name, number, text
        elif name.endswith((".py", ".sh", "Makefile")):
            for number, line in enumerate(lines_of(name), 1):
                if line.lstrip().startswith("#"):
                    yield name, number, line
        elif name.endswith(".md"):
            for number, line in enumerate(lines_of(name), 1):
                yield name, number, line


def check_documents():
    """Every path and every section that a comment or a document names exists."""
    names = {os.path.basename(name) for name in tracked()}
    for name, number, text in references():
        for path in missing_paths(name, text, names):
            yield f"{name}:{number}: there is no {path}"
        for section in missing_sections(name, text):
            yield f"{name}:{number}: there is no section {section}"
        if re.search(r"\bDESIGN\b", text):
            yield f"{name}:{number}: DESIGN is no document of this repository"
