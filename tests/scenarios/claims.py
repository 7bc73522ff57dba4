# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The table of claims (tests/claims.def) held against what people read of real records.

The same as tests/unit/claims.c, which holds it against the records of tests/unit/scripts.c.
"""
import pathlib
import re

TABLE = pathlib.Path(__file__).resolve().parents[1] / "claims.def"
_STRINGS = r'((?:"[^"]*"\s*)+)'


def _text(literals):
    return "".join(re.findall(r'"([^"]*)"', literals))


def _rows(macro, columns):
    text = TABLE.read_text("ascii")
    row = rf"^{macro}\(" + r",\s*".join([_STRINGS] * columns) + r"\)"
    found = re.findall(row, text, re.MULTILINE)
    assert len(found) == len(re.findall(rf"^{macro}\(", text, re.MULTILINE)), "a row is not read"
    return found


CLAIMS = [(_text(words), _text(condition)) for words, condition in _rows("TF_CLAIM", 2)]
WORDS = re.compile("|".join(rf"(?<!\w){re.escape(_text(word))}(?!\w)"
                            for word in _rows("TF_CLAIM_WORD", 1)), re.IGNORECASE)


def _said(value):
    """A value as JSON writes it, strings without their quotes."""
    return {None: "null", True: "true", False: "false"}.get(value, str(value)) \
        if value is None or isinstance(value, bool) else str(value)


def _atom(atom, record):
    field, operator, want = re.match(r"(\w+)(=|!=|>|~|\^)(.*)", atom).groups()
    value = record[field]
    if operator == ">":
        return isinstance(value, int) and not isinstance(value, bool) and value > int(want)
    return {"=": _said(value) == want, "!=": _said(value) != want,
            "~": isinstance(value, list) and want in value,
            "^": _said(value).startswith(want)}[operator]


def holds(condition, record):
    """Whether the condition of a claim holds for a record."""
    return not condition or any(all(_atom(atom, record) for atom in part.split(" and "))
                                for part in condition.split(" or "))


def denied(text, record):
    """What @text says and @record denies, or claims without a row in the table."""
    text = " ".join(text.split())
    covered, wrong = [], []
    for words, condition in CLAIMS:
        for match in re.finditer(re.escape(words), text, re.IGNORECASE):
            covered.append(match.span())
            if not holds(condition, record):
                wrong.append(f"\"{words}\" is not true: {condition}")
    wrong += [f"\"{text[match.start():match.start() + 40]}\" has no row in tests/claims.def"
              for match in WORDS.finditer(text)
              if not any(begin <= match.start() < end for begin, end in covered)]
    return wrong
