# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""docs_facts.py - what the manual and the Markdown files both say of fates, alerts and hooks

Nothing here knows how a page is set: docs_mdoc.py and docs_markdown.py do.
"""
import re

import docs_tables as tables

FATES = "user/core/fate/fates.def"
CAUSES = "user/core/fate/causes.def"
VARIANTS = "user/core/fate/variants.def"
FACTS = "user/core/fate/facts.def"
ALERTS = "user/core/alert/alerts.def"
HOOKS = "user/core/stream/hooks.def"
SYNONYMS = "user/cli/glossary/synonyms.def"
FIELDS = {kind: "user/sink/json/fields.def" for kind in
          ("START", "CONN", "STATE", "RESET", "ALERT", "GAP", "STATS", "STOP")}
FIELDS.update({kind: "user/sink/json/snapshot_fields.def" for kind in
               ("SNAPSHOT", "LISTENER", "GROUP", "SOCKET")})

CLASSES = {
    "CLEAN": "orderly ends",
    "CONNECT": "attempts to connect that failed",
    "HANDSHAKE": "connections that the server's application never got, or got dead",
    "RESET": "ended by an RST from the peer",
    "ABORT": "ended from this side without an orderly close",
    "TIMEOUT": "the peer no longer answered",
    "UNKNOWN": "not decided",
}
HOOK_NEEDS = {"REQUIRED": "required", "WANTED": "on every kernel from 5.10 on", "EXTRA": "an extra",
              "BARE": "an extra for kernels before 6.10"}
CAPABILITIES = {"RST_RECEIVED": "tcp_receive_reset", "RST_SENT": "tcp_send_reset",
                "RST_BARE": "tcp_send_reset with a reason (6.10), else tcp_v4_send_reset and "
                            "tcp_v6_send_reset"}


def sentence(text):
    """A fragment with an end, so that another may follow."""
    return text if text.endswith((".", "?", "!")) else text + "."


def capital(text):
    """A fragment that begins like a sentence, unless it begins with a value of JSON or a call."""
    return text if re.match(r"null|\w+\(\)", text) else text[:1].upper() + text[1:]


def fates():
    """The rows of the fates, in the order of the classes."""
    return sorted(tables.rows(FATES, "TF_FATE"), key=lambda row: list(CLASSES).index(row["CLASS"]))


def causes():
    """The rows of the causes."""
    return tables.rows(CAUSES, "TF_CAUSE")


def variants(name, column):
    """What the forms of a fate add to its "meaning", or say in place of its "remedy"."""
    return [f"{capital(row['when'])}: {row[column]}" for row in tables.rows(VARIANTS, "TF_VARIANT")
            if row["FATE"] == name and row[column]]


def alerts():
    """The rows of the alerts."""
    return tables.rows(ALERTS, "TF_ALERT")


def related(row):
    """The glossary entries that belong to a fate or an alert."""
    names = [name for name in row if name.startswith("related")]
    if names:
        return (row[names[0]] or "").split()
    macro = row.macro + "_RELATED"
    found = {entry[row.macro[len("TF_"):]]: entry["related entries"]
             for entry in tables.rows(SYNONYMS, macro)}
    return found.get(row["NAME"], "").split()


def _names(text, macros):
    """The words of an expression in C, its macros replaced by what they stand for."""
    words = []
    for word in re.findall(r"\w+", re.sub(r"\b(F|TF_STATE_BIT)\b", "", text)):
        words += _names(macros[word], macros) if word in macros else [word]
    return [word for word in words if word != "0"]


def rules(name):
    """The rules that give a fate: (number, states, required evidence, forbidden evidence)."""
    macros = tables.defines(FATES)
    evidence = {row["NAME"]: row["name in evidence"] for row in tables.rows(FACTS, "TF_FACT")}
    found = []
    for number, row in enumerate(tables.rows(FATES, "TF_RULE"), 1):
        if row["NAME"] == name:
            states = [state.removeprefix("TF_TCP_") for state in _names(row["states"], macros)]
            found.append((number, states,
                          [evidence[fact] for fact in _names(row["required facts"], macros)],
                          [evidence[fact] for fact in _names(row["forbidden facts"], macros)]))
    return found


def needs():
    """The fates that degrade where a capability is missing: (fate, to which, when, hooks)."""
    slug = {row["NAME"]: row["slug"] for row in fates()}
    found = []
    for row in tables.rows(FATES, "TF_NEED"):
        capability = row["CAPABILITY"]
        found.append((slug[row["NAME"]], slug[row["DEGRADED_TO"]], row["when"],
                      CAPABILITIES[capability]))
    return found


def hooks():
    """The hooks: (name, need, how often it runs, what it provides, what is weaker without it,
    attach methods)."""
    methods = {}
    for row in tables.rows(HOOKS, "TF_HOOK_PROG"):
        methods.setdefault(row["HOOK"], {})[row["KIND"].lower()] = True
    return [(row["name in the kernel"], HOOK_NEEDS[row["NEED"]], row["runs"], row["provides"],
             row["weaker without it"], ", else ".join(methods[row["HOOK"]]))
            for row in tables.rows(HOOKS, "TF_HOOK")]


def alert_kind(row):
    """An alert's kind, and of one about a state which."""
    kind, state = re.match(r"(\w+)\((\w+)", row["BEHAVIOUR"]).groups()
    return f"state, {state}" if kind == "STATE" else kind.lower()


def alert_key(row):
    """The parts of the key of an alert's groups."""
    parts = [part for part in re.findall(r"TF_KEY_(\w+)", row["BEHAVIOUR"]) if part != "GUESS"]
    return ", ".join(part.lower().replace("_", " ").replace("addr", "address") for part in parts)


def alert_limits(row):
    """The limits of an alert, as --alert takes them: "count=50,age=60s"."""
    count, age_ms, rate, percent = (int(row[name])
                                    for name in ("count", "age_ms", "rate", "percent"))
    age = f"{age_ms // 1000}s" if age_ms % 1000 == 0 else f"{age_ms}ms"
    return ",".join(f"{name}={value}" for name, value in
                    (("count", count), ("age", age if age_ms else 0), ("rate", rate),
                     ("percent", percent)) if value)
