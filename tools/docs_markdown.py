# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""docs_markdown.py - the generated parts of the Markdown files, for tools/gen-docs

In a file, a generated part stands between "<!-- generated: NAME -->" and "<!-- end generated -->";
PARTS has a function for each NAME. A path in what it returns is relative to the file: it gets `up`,
the way from the file's folder to the root.
"""
import os
import re
import textwrap

import docs_facts as facts
import docs_tables as tables
from docs_facts import capital, sentence

WIDTH = 110  # columns of a line that is not in a table


def table(*rows):
    """A Markdown table; the first row is its head."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)


def paragraph(text, first="", later=""):
    """A text in lines; `first` and `later` begin them."""
    return "\n".join(textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=later,
                                   break_on_hyphens=False, break_long_words=False))


def item(label, text):
    """'- **label**: text'."""
    return paragraph(f"**{label}**: {text}", "- ", "  ")


def code(names):
    """Names as code, with commas between."""
    return ", ".join(f"`{name}`" for name in names)


def proof(test, up):
    """A test with a link to its file."""
    return f"[`{test.removeprefix('tests/')}`]({up}{test.partition('::')[0]})"


def rule(number, states, required, forbidden):
    """One rule of a fate, as an item of a list."""
    said = "in any state" if len(states) > 6 else "in " + ", ".join(states)
    said += f", with {code(required)}" if required else ""
    said += f", without {code(forbidden)}" if forbidden else ""
    return paragraph(f"rule {number}: {said}", "  - ", "    ")


def fate_forms(row, column, title):
    """What the forms of a fate say, as an item with a list."""
    forms = [paragraph(form, "  - ", "    ") for form in facts.variants(row["NAME"], column)]
    return [f"- **{title}**:", *forms] if forms else []


def fate_entry(row):
    """All that is known of one fate."""
    given = [rule(*found) for found in facts.rules(row["NAME"])]
    meaning = f"{capital(sentence(row['title']))} {row['meaning']}"
    lines = [f"### {row['slug']}", "", paragraph(meaning), "",
             *fate_forms(row, "meaning", "Its forms"),
             item("Local application sees", sentence(row["local application sees"])),
             item("Remote application sees", sentence(row["remote application sees"])),
             item("What to do", row["remedy"]), *fate_forms(row, "remedy", "In place of that")]
    lines += ["- **Rules**:", *given] if given else ["- **Rules**: given when no rule decides."]
    for fate, other, when, hook in facts.needs():
        if fate == row["slug"]:
            lines.append(item("Degrades", sentence(", ".join(
                part for part in (f"to `{other}` without {hook}", when) if part))))
    if facts.related(row):
        lines.append(item("See also", code(facts.related(row))))
    lines.append(f"- **Test**: `{row['test that proves it']}`")
    return "\n".join(lines)


def fates(_):
    """Each fate, by class."""
    parts = []
    for cls, title in facts.CLASSES.items():
        parts.append(f"## Class {cls.lower()}: {title}")
        parts += [fate_entry(row) for row in facts.fates() if row["CLASS"] == cls]
    return "\n\n".join(parts)


def causes(_):
    """Each cause."""
    return "\n\n".join("\n".join([
        f"### {row['slug']}", "", paragraph(f"{capital(sentence(row['title']))} {row['meaning']}"),
        "", item("What to do", row["remedy"]), item("See also", code(facts.related(row))),
        f"- **Test**: `{row['test that proves it']}`"]) for row in facts.causes())


def fate_list(_):
    """The fates in short."""
    return table(("class", "fate", "title"),
                 *((row["CLASS"].lower(), f"[`{row['slug']}`](#{row['slug']})", row["title"])
                   for row in facts.fates()))


def evidence(_):
    """The facts that rules rest on."""
    return table(("evidence", "from", "meaning"),
                 *((f"`{row['name in evidence']}`",
                    "CLOSE" if row["SOURCE"] == "AT_CLOSE" else "history",
                    row["what it means, for people"])
                   for row in tables.rows(facts.FACTS, "TF_FACT")))


def alert_entry(row):
    """All that is known of one alert."""
    lines = [f"### {row['slug']}", "",
             paragraph(f"{capital(row['what is counted'])}: {row['what it means in a clause']}. "
                       f"{row['meaning']}"), "",
             item("Severity", row["SEVERITY"].lower()),
             item("Limits", f"`{facts.alert_limits(row)}`")]
    lines += [item("Kind", facts.alert_kind(row)), item("Grouped by", facts.alert_key(row))]
    lines.append(item("What to do", row["remedy"]))
    if facts.related(row):
        lines.append(item("See also", code(facts.related(row))))
    lines.append(f"- **Test**: `{row['test that proves it']}`")
    return "\n".join(lines)


def alerts(_):
    """Each alert."""
    return "\n\n".join(alert_entry(row) for row in facts.alerts())


def alert_list(_):
    """The alerts in short."""
    return table(("alert", "what is counted", "limits"),
                 *((f"[`{row['slug']}`](#{row['slug']})", row["what is counted"],
                    f"`{facts.alert_limits(row)}`") for row in facts.alerts()))


def hooks(_):
    """The hooks and what each provides."""
    return table(("hook", "need", "attach methods", "runs", "provides"),
                 *((f"`{name}`", need, methods, runs, provides)
                   for name, need, runs, provides, _, methods in facts.hooks()))


def needs(_):
    """The fates that degrade where a hook is missing."""
    return table(("fate", "degrades to", "when", "without"),
                 *((f"`{fate}`", f"`{other}`", when or "always", hook)
                   for fate, other, when, hook in facts.needs()))


def fields(_):
    """Every field of every record, with its JSON type."""
    parts = []
    for kind, path in facts.FIELDS.items():
        parts.append(f"### {kind.lower()}\n\n" + table(
            ("field", "type", "meaning"),
            ("`v`", "`1`", "version of the format"),
            ("`type`", f"`\"{kind.lower()}\"`", "this record"),
            *((f"`{row['name']}`", f"`{row['type']}`", row["text"])
              for row in tables.rows(path, f"TF_{kind}"))))
    return "\n\n".join(parts)


def proofs(up):
    """The test that proves each fate and cause, and each alert by its real cause."""
    return table(("fate, cause or alert", "test"),
                 *((f"`{row['slug']}`", proof(row["test that proves it"], up))
                   for row in facts.fates() + facts.causes() + facts.alerts()))


PARTS = {part.__name__: part for part in
         (fates, fate_list, causes, evidence, alerts, alert_list, hooks, needs, fields, proofs)}
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(\n<!-- end generated -->)", re.DOTALL)


def document(path):
    """The text of a Markdown file with its generated parts made anew."""
    up = "../" * path.count("/")

    def renewed(match):
        name = match.group(2)
        if name not in PARTS:
            raise tables.TableError(f"{path}: tools/docs_markdown.py has no part {name}")
        return f"{match.group(1)}\n{PARTS[name](up)}\n{match.group(3)}"

    text = tables.source(path)
    if text.count("<!-- generated: ") != len(_PART.findall(text)):
        raise tables.TableError(f"{path}: a generated part has no <!-- end generated -->")
    return _PART.sub(renewed, text)


def documents():
    """The Markdown files that have a generated part."""
    found = []
    for folder, subfolders, names in os.walk(tables.ROOT):
        subfolders[:] = [name for name in subfolders
                         if not name.startswith(".") and name != "build"]
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), tables.ROOT)
            if name.endswith(".md") and "<!-- generated: " in tables.source(path):
                found.append(path)
    return sorted(found)
