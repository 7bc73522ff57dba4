#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""wrap-comments.py FILE... - fills comments and docstrings with a line of more than 100 columns

clang-format leaves comments as they are. A comment of its own (not one behind code) is filled again
from its first long line to the end of that paragraph; all other comments stay untouched. A line
that begins with "- " or deeper than the one before begins a paragraph of its own; one that begins
with a tab stays. """
import ast
import re
import sys

COLUMNS = 100
BLOCK = re.compile(r"^([ \t]*)/\*.*?\*/[ \t]*$", re.M | re.S)


def columns_of(line):
    return len(line.expandtabs(8))


def indent_of(body):
    """How deep the text of a comment's line stands: behind "- ", too."""
    return len(re.match(r"\s*(?:- )?", body).group())


def begins_paragraph(body, before):
    return (not body.strip() or not before.strip() or body.lstrip().startswith("- ")
            or len(body) - len(body.lstrip()) != indent_of(before))


def fill(prefix, rows):
    """@rows of one paragraph, from the first long one on filled again behind @prefix."""
    first = next((i for i, row in enumerate(rows) if columns_of(prefix + row) > COLUMNS), None)
    if first is None or rows[0].startswith("\t"):
        return rows
    kept, hanging = rows[:first], " " * indent_of(rows[0])
    line, words = "", re.split(r" +(?!\*/)", " ".join(row.strip() for row in rows[first:]))
    lead = rows[first][:len(rows[first]) - len(rows[first].lstrip())]
    for word in words:
        if line and columns_of(f"{prefix}{line} {word}") > COLUMNS:
            kept.append(line)
            line = hanging + word
        else:
            line = f"{line} {word}" if line else lead + word
    return kept + [line]


def wrap_rows(prefix, rows):
    wrapped, start = [], 0
    for i in range(1, len(rows) + 1):
        if i == len(rows) or begins_paragraph(rows[i], rows[i - 1]):
            wrapped += fill(prefix, rows[start:i])
            start = i
    return wrapped


def wrap_block(match):
    """A comment between /* and */; a last line that is only the mark stays one."""
    text, indent = match.group(), match.group(1)
    lines = text.split("\n")
    if all(columns_of(line) <= COLUMNS for line in lines):
        return text
    marks = [re.match(r"[ \t]*(?:/\*|\*(?!/))?", line).end() for line in lines]
    rows = [line[mark:] for line, mark in zip(lines, marks)]
    alone = rows[-1].strip() == "*/"
    wrapped = wrap_rows(indent + " *", rows[:-1] if alone else rows)
    heads = [indent + "/*"] + [indent + " *"] * (len(wrapped) - 1)
    tail = [indent + " */"] if alone else []
    return "\n".join([(head + row).rstrip() for head, row in zip(heads, wrapped)] + tail)


def wrap_hashes(text):
    """Comments of whole lines that begin with #."""
    lines, out, i = text.split("\n"), [], 0
    while i < len(lines):
        match = re.match(r"[ \t]*#(?= )", lines[i])
        j = i
        while match and j < len(lines) and lines[j].startswith(match.group() + " "):
            j += 1
        if not match:
            out.append(lines[i])
            i += 1
            continue
        rows = wrap_rows(match.group(), [line[match.end():] for line in lines[i:j]])
        out += [(match.group() + row).rstrip() for row in rows]
        i = j
    return "\n".join(out)


def wrap_docstrings(text):
    """The texts of modules, classes and functions."""
    lines = text.split("\n")
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    spans = [(node.body[0].lineno - 1, node.body[0].end_lineno)
             for node in ast.walk(ast.parse(text))
             if isinstance(node, nodes) and ast.get_docstring(node)]
    for start, end in sorted(spans, reverse=True):
        end -= lines[end - 1].strip() == '"""'
        lines[start:end] = wrap_rows("", lines[start:end])
    return "\n".join(lines)


def main():
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8") as file:
            text = file.read()
        c_like = name.endswith((".c", ".h", ".def"))
        wrapped = BLOCK.sub(wrap_block, text) if c_like else wrap_hashes(text)
        if name.endswith(".py"):
            wrapped = wrap_docstrings(wrapped)
        if wrapped != text:
            with open(name, "w", encoding="utf-8") as file:
                file.write(wrapped)


if __name__ == "__main__":
    main()
