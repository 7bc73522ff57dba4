# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""docs_tables.py - the rows of the C tables, for tools/gen-docs

The .def files are C: calls of a macro, whose arguments are names and string literals. rows() reads
them without a compiler, so that the documents can be made wherever Python is. A row's columns have
the names that the head comment of its file gives them:

    TF_TOPIC_ENTRY("name", "title", "what it does", "default")

so a new column needs a name there and no line here. Anything that this reader does not understand
is an error, never a row left out.
"""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"((?:[^"\\]|\\.)*)"|\'(?:[^\'\\]|\\.)\'|\s+|.', re.DOTALL)
_ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}


class TableError(Exception):
    """A table is not written as this reader expects."""


class Row(dict):
    """The columns of one row by name; a name that the table does not have is a TableError."""

    def __init__(self, path, macro, names, values):
        super().__init__(zip(names, values))
        self.path, self.macro = path, macro

    def __missing__(self, name):
        raise TableError(f"{self.path}: {self.macro} has no column \"{name}\"; its head comment "
                         f"names {', '.join(self)}")


def source(path):
    """The text of a file of the project."""
    with open(os.path.join(ROOT, path), encoding="ascii") as file:
        return file.read()


def _unescape(literal):
    return re.sub(r'\\.', lambda m: _ESCAPES[m.group()], literal)


def _add(argument, token, literal):
    """One more token of an argument: neighbouring literals are one string."""
    if literal is None:
        text = token if not token.isspace() and not token.startswith(("/*", "//")) else " "
        return (argument or "") + text if not (argument or "").startswith('"') else argument
    return (argument if argument and argument.startswith('"') else '"') + _unescape(literal)


def _arguments(text, start, path):
    """The arguments of the call or initializer whose parenthesis or brace stands at start - 1."""
    arguments, argument, depth = [], None, 0
    for match in _TOKEN.finditer(text, start):
        token, literal = match.group(), match.group(1)
        if literal is None and token in "([{":
            depth += 1
        if literal is None and token in ")]}":
            depth -= 1
        if depth < 0 or (depth == 0 and token == ","):
            arguments.append((argument or "").strip())
            argument = None
            if depth < 0:
                return [a[1:] if a.startswith('"') else (None if a == "NULL" else a)
                        for a in arguments]
            continue
        argument = _add(argument, token, literal)
    line = text.count("\n", 0, start) + 1
    raise TableError(f"{path}:{line}: a row without an end")


def _columns(text, path, macro):
    """The names that the head comment gives to the columns of @macro."""
    for comment in re.findall(r"/\*.*?\*/", text, re.DOTALL):
        head = re.sub(r"(?m)^ \*", "", comment[2:-2])
        match = re.search(rf"\b{macro}\b[\w ,\n]*\(", head)
        if match:
            return [re.sub(r"\s+", " ", name) for name in _arguments(head, match.end(), path)]
    raise TableError(f"{path}: no comment names the columns of {macro}")


def rows(path, macro):
    """The rows of @macro in the table @path, as a list of Row; strings unquoted, NULL is None."""
    text = source(path)
    names = _columns(text, path, macro)
    found = []
    for match in re.finditer(rf"^{macro}\(", text, re.MULTILINE):
        values = _arguments(text, match.end(), path)
        if len(values) != len(names):
            line = text.count("\n", 0, match.start()) + 1
            raise TableError(f"{path}:{line}: a row of {len(values)} columns; the head comment "
                             f"names {len(names)} for {macro}: {', '.join(names)}")
        found.append(Row(path, macro, names, values))
    if not found:
        raise TableError(f"{path}: no row of {macro}")
    return found


def defines(path):
    """The macros without arguments that a table defines for its own rows: {name: text}."""
    return dict(re.findall(r"^#define (\w+) (.+)$", source(path), re.MULTILINE))


def options():
    """The rows of the table of options; the members of its struct name their columns."""
    path = "user/cli/options.c"
    text = source(path)
    members = re.search(r"^struct option_row \{\n(.*?)^\};", text, re.MULTILINE | re.DOTALL)
    if not members:
        raise TableError(f"{path}: no struct option_row")
    names = re.findall(r"(\w+);", re.sub(r"/\*.*?\*/", "", members.group(1)))
    start = text.index("static const struct option_row option_rows[] = {")
    end = text.index("\n};", start)
    found = [_arguments(text[:end], m.end(), path)
             for m in re.finditer(r"^\t\{", text[:end], re.MULTILINE) if m.start() > start]
    if not found or {len(row) for row in found} != {len(names)}:
        raise TableError(f"{path}: the rows of options do not have the columns {', '.join(names)}")
    return [Row(path, "option_row", names, row) for row in found]
