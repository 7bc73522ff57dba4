# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""docs_mdoc.py - the parts of the manual that come from the tables, for tools/gen-docs

PARTS has a function for each line "@NAME@" of a manual's source: it returns mdoc.
"""
import re
import textwrap

import docs_facts as facts
import docs_tables as tables
from docs_facts import capital, sentence

COMMANDS = {"LIVE": "tracing", "SNAPSHOT": "snapshot", "RECORD": "record", "REPLAY": "replay",
            "DOCTOR": "doctor"}


def mdoc(text):
    """A text of the tables as lines of mdoc: each sentence begins a line."""
    text = text.replace("\\", "\\e")
    text = re.sub(r"`([^`]*)`", r"\\(oq\1\\(cq", text)
    text = text.replace("'", "\\(aq").replace("\"", "\\(dq")
    text = re.sub(r"(\w)\(\)", r"\1\\&()", text)  # a call is ordinary text, no .Fn
    lines = []
    for part in re.split(r"(?<=[A-Za-z0-9)\]][.?!]) (?=[A-Z(\\])", text):
        lines += textwrap.wrap(part, 78, break_on_hyphens=False, break_long_words=False)
    return "\n".join("\\&" + line if line[:1] in ".'" else line for line in lines)


def labelled(label, text):
    """'What to do: ...' as a paragraph of its own; nothing when there is no text."""
    return f".Pp\n.Em {label} :\n{mdoc(sentence(text))}\n" if text else ""


def tag_list(items, width="Ds"):
    """Items (tag line, body) as a tagged list."""
    body = "".join(f".It {tag}\n{text.rstrip()}\n" for tag, text in items)
    return f".Bl -tag -width {width}\n{body}.El\n"


def option_item(row):
    """One option, with the commands that take it when not all do."""
    arg = f' Ar "{row["arg"]}"' if row["arg"] else ""
    short = f"Fl {row['letter'][1]}{arg} , " if row["letter"] != "0" else ""
    takers = row["commands"].replace("STREAM", "LIVE | RECORD | REPLAY").split(" | ")
    names = [COMMANDS[name] for name in COMMANDS if name in takers]
    who = "" if row["commands"] in ("ALL", "ALL_BUT_DOCTOR") else f" Only {', '.join(names)}."
    help_text = row["help"].replace("\n", " ")
    return f"{short}Fl -{row['name']}{arg}", mdoc(sentence(capital(help_text)) + who)


def options():
    """The options, in their groups."""
    groups = {}
    for row in tables.options():
        groups.setdefault(row.get("group"), []).append(option_item(row))
    return "".join((f".Ss {name.capitalize()}\n" if name else "") + tag_list(items)
                   for name, items in groups.items())


def fields(kind):
    """The fields of one type of record."""
    return tag_list([(f"Va {row['name']}", mdoc(sentence(capital(row["text"]))))
                     for row in tables.rows(facts.FIELDS[kind], f"TF_{kind}")])


def fate_forms(row, column):
    """What the forms of a fate say, as a list."""
    forms = facts.variants(row["NAME"], column)
    items = "".join(f".It\n{mdoc(form)}\n" for form in forms)
    return f".Bl -dash -compact\n{items}.El\n" if items else ""


def fates():
    """The fates, by class."""
    out = ""
    for cls, title in facts.CLASSES.items():
        out += f".Ss Class {cls.lower()}: {title}\n"
        out += tag_list([
            (f"Ic {row['slug']}", mdoc(row["meaning"]) + "\n" + fate_forms(row, "meaning") +
             labelled("Local application", row["local application sees"]) +
             labelled("Remote application", row["remote application sees"]) +
             labelled("What to do", row["remedy"]) + fate_forms(row, "remedy"))
            for row in facts.fates() if row["CLASS"] == cls])
    return out


def causes():
    """The causes."""
    return tag_list([(f"Ic {row['slug']}", mdoc(row["meaning"]) + "\n" +
                      labelled("What to do", row["remedy"])) for row in facts.causes()])


def hooks():
    """The hooks, and what is weaker without them."""
    return tag_list([(f"Va {name}", mdoc(f"{capital(sentence(provides))}") + "\n" +
                      mdoc(f"{capital(need)}; runs {runs}; attaches by {methods}.") + "\n" +
                      labelled("Without it", loss))
                     for name, need, runs, provides, loss, methods in facts.hooks()])


def needs():
    """The fates that degrade where a hook is missing."""
    return tag_list([(f"Ic {fate}", mdoc(f"is reported as {other} without {hook}"
                                         f"{', ' if when else ''}{when}."))
                     for fate, other, when, hook in facts.needs()])


def alerts():
    """The alerts: what they mean, what raises them, what to do."""
    return tag_list([(f"Ic {row['slug']}",
                      mdoc(f"{capital(row['what is counted'])}: "
                           f"{sentence(row['what it means in a clause'])}") + "\n" +
                      mdoc(row["meaning"]) + "\n" +
                      labelled("Limits", f"{facts.alert_limits(row)} ({row['SEVERITY'].lower()})") +
                      labelled("What to do", row["remedy"])) for row in facts.alerts()])


def resets():
    """Kinds of reset records."""
    return tag_list([(f"Ic {row['kind']}", mdoc(row["what happened"]) + "\n" +
                      labelled("What to do", row["what to do"]))
                     for row in tables.rows("user/cli/glossary/resets.def", "TF_RESET_ENTRY")])


def states():
    """The TCP states."""
    return tag_list([(f"Ic {row['STATE']}", mdoc(row["meaning"]) + "\n" +
                      labelled("Many of them", row["what many sockets in it mean"]) +
                      labelled("What to do", row["what to do"]))
                     for row in tables.rows("user/cli/glossary/states.def", "TF_STATE_ENTRY")])


def errors():
    """The errnos, by call, with their Windows cousins."""
    cousins = {}
    for row in tables.rows("user/cli/glossary/winsock.def", "TF_WINSOCK_ENTRY"):
        cousins.setdefault(row["errno of the same name on Linux"], []).append(
            f"{row['WSANAME']} ({row['number']})")
    items = []
    for row in tables.rows("user/cli/glossary/errnos.def", "TF_ERRNO_ENTRY"):
        body = f"{mdoc(sentence(row['text of strerror()']))}\n"
        if row["ERRNO"] in cousins:
            body += mdoc(f"On Windows: {', '.join(cousins[row['ERRNO']])}.") + "\n"
        for call in ("connect()", "accept()", "read()", "write()", "other calls"):
            body += labelled(call.removesuffix("()"), row[f"in {call}"])
        items.append((f"Er {row['ERRNO']}", body + labelled("What to do", row["what to do"])))
    return tag_list(items)


def evidence():
    """The pieces of evidence."""
    return tag_list([(f"Va {row['name in evidence']}",
                      mdoc(sentence(row["what it means, for people"])))
                     for row in tables.rows(facts.FACTS, "TF_FACT")])


PARTS = {
    "OPTIONS": options, "FATES": fates, "CAUSES": causes, "ALERTS": alerts, "HOOKS": hooks,
    "NEEDS": needs,     "RESETS": resets, "STATES": states, "ERRORS": errors, "EVIDENCE": evidence,
    **{f"FIELDS_{kind}": lambda kind=kind: fields(kind) for kind in facts.FIELDS},
}


def manual(path):
    """A manual from its source: the tables stand in for the lines "@NAME@"."""
    lines = [line for line in tables.source(path).split("\n") if not line.startswith('.\\"@')]
    for i, line in enumerate(lines):
        match = re.fullmatch(r"@(\w+)@", line)
        if match and match.group(1) not in PARTS:
            raise tables.TableError(f"{path}: {line}: there is no such part in tools/docs_mdoc.py")
        if match:
            lines[i] = PARTS[match.group(1)]().rstrip("\n")
    return "\n".join(lines)
