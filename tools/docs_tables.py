# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""docs_tables.py - the rows of the C tables, for tools/gen-docs

The .def files are C: calls of a macro, whose arguments are names and string literals. rows() reads
them without a compiler, so that the manual can be made wherever Python is. What it does not
understand is an error, never a row left out.
"""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"((?:[^"\\]|\\.)*)"|\'(?:[^\'\\]|\\.)\'|\s+|.', re.DOTALL)
_ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n", "\\t": "\t"}


class TableError(Exception):
    """A table is not written as this reader expects."""


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
                return [a[1:] if a.startswith('"') else (None if a == "NULL" else a) for a in arguments]
            continue
        argument = _add(argument, token, literal)
    line = text.count("\n", 0, start) + 1
    raise TableError(f"{path}:{line}: a row without an end")


def rows(path, macro):
    """The rows of @macro in the table @path: a list of lists; strings unquoted, NULL is None."""
    text = source(path)
    found = [_arguments(text, m.end(), path)
             for m in re.finditer(rf"^{macro}\(", text, re.MULTILINE)]
    if not found:
        raise TableError(f"{path}: no row of {macro}")
    if len({len(row) for row in found}) != 1:
        raise TableError(f"{path}: rows of {macro} differ in their number of columns")
    return found


def options():
    """The rows of the table of options: name, letter, argument, commands, -, help."""
    path = "user/cli/options.c"
    text = source(path)
    start = text.index("static const struct row rows[] = {")
    end = text.index("\n};", start)
    found = [_arguments(text[:end], m.end(), path)
             for m in re.finditer(r"^\t\{", text[:end], re.MULTILINE) if m.start() > start]
    if not found or {len(row) for row in found} != {6}:
        raise TableError(f"{path}: the rows of options are not six columns")
    return found


def errno_numbers():
    """Numbers of the errnos, as most architectures have them."""
    import errno  # pylint: disable=import-outside-toplevel
    return {name: number for number, name in errno.errorcode.items()}
