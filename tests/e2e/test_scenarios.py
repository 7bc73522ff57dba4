# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The scenarios that every kernel is tried with (tests/scenarios), on this host's: the whole record
on both sides, by the same table."""
import json
import re
import subprocess
import sys

import pytest

from lib import netns, orphans
from lib.command import tcpfate
from lib.tcpfate import HANDOFF_GRACE_MS, ROOT, Tcpfate

sys.path.insert(0, str(ROOT / "tests" / "scenarios"))
import claims  # noqa: E402 pylint: disable=wrong-import-position
import table  # noqa: E402 pylint: disable=wrong-import-position

PROGRAM = ROOT / "build" / "scenarios"
HOST_WIDE = ("memory",)  # sets the limit of orphans of the whole host


@pytest.fixture(scope="session")
def kernel():
    return table.Kernel(json.loads(tcpfate("doctor", "-j").out))


@pytest.mark.parametrize("option", ["-4", "-6"])
@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.alone) if name in HOST_WIDE else name
    for name in table.SCENARIOS])
def test_a_scenario_has_exactly_its_records(fate, kernel, name, option):
    if name == "memory" and orphans.why_not():
        pytest.skip(orphans.why_not())
    ns = netns.Netns("e")
    try:
        done = subprocess.run([PROGRAM, option, f"--netns=/run/netns/{ns.name}", name],
                              capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        for why in table.skipped(done.stdout).values():
            pytest.skip(why)
        line, = table.lines(done.stdout)
        for side, lives in zip(("client", "server"), table.SCENARIOS[name]):
            fate.wait(lambda r, side=side, lives=lives: len(
                line.records(side, fate.seen())) >= len(lives), f"the {side}'s records")
        for number, kind in enumerate(table.RESETS.get(name, [])):
            fate.wait(lambda r, kind=kind, number=number: sum(
                s["type"] == "reset" and s["kind"] == kind and s["netns"] == ns.inode
                for s in fate.seen()) > number, "the reset records")
        ours = [r for r in fate.seen() if r.get("netns") == ns.inode]
        wrong = table.judge(line, ours, kernel)
        assert not wrong, "\n".join(wrong)
    finally:
        ns.remove()


def told(recording, options):
    """The records of a recording that pass a filter, with what people read below their lines."""
    command = ["replay", str(recording), "--handoff-grace", f"{HANDOFF_GRACE_MS}ms", *options]
    records = [r for r in tcpfate(*command, "-j").records() if r["type"] in ("conn", "reset")]
    text = "\n".join(tcpfate(*command).lines[:-1])
    blocks = re.split(r"(?m)^\d\d:\d\d:\d\d\.\d{3} .*$", text)[1:]
    assert len(records) == len(blocks), text
    return [(r, block) for r, block in zip(records, blocks) if r["type"] == "conn"]


def filters(records):
    """Options that let the records of one connection through, or of one fate without a port: a
    fate is explained once in a run."""
    return sorted({("-L", str(r["local_port"]), "-D", str(r["remote_port"])) if r["local_port"]
                   else ("--fate", r["fate"]) for r in records if r["class"] != "clean"})


def test_no_sentence_says_what_a_record_denies(tmp_path):
    recording = tmp_path / "all.rec"
    names = [name for name in table.SCENARIOS if name not in HOST_WIDE]
    ns = netns.Netns("e")
    try:
        with Tcpfate("--record", str(recording), "--netns", ns.name) as fate:
            done = subprocess.run([PROGRAM, f"--netns=/run/netns/{ns.name}", *names],
                                  capture_output=True, text=True, timeout=240, check=False)
            assert (done.returncode, done.stderr) == (0, "")
            records = [r for r in fate.stop() if r["type"] == "conn"]
    finally:
        ns.remove()
    shown, wrong = set(), []
    for options in filters(records):
        for record, text in told(recording, options):
            shown |= {record["fate"]} if "What to do:" in text else set()
            wrong += [f"{what}: {json.dumps(record)}{text}" for what in claims.denied(text, record)]
    assert not wrong, "\n".join(wrong)
    assert shown == {r["fate"] for r in records if r["class"] != "clean"}


def page(fate):
    """The parts of a fate's page by their headings."""
    parts = re.split(r"(?m)^(\S.*)$", tcpfate("explain", fate).out)[1:]
    return dict(zip(parts[::2], (" ".join(part.split()) for part in parts[1::2])))


def test_a_fate_names_the_errnos_that_both_ends_get():
    """But for what the other end does to itself: a reset of its own, or that it gave up before."""
    pages = {fate: page(fate) for name in table.SCENARIOS for fate in table.fates_of(name)}
    wrong = []
    for name, sides in table.SCENARIOS.items():
        for ours, theirs in (sides, sides[::-1]):
            for life in ours:
                sees = pages[life["fate"]]["This host's application sees"]
                if life["errno"] and life["errno"] not in sees:
                    wrong.append(f"{name}: {life['fate']} here gives {life['errno']}: {sees}")
            for life, other in zip(ours, theirs):
                sees = pages[life["fate"]]["The other end's application sees"]
                if other["errno"] and other["errno"] not in sees and \
                        not life["fate"].startswith("reset_") and "timeout" not in other["fate"]:
                    wrong.append(f"{name}: {life['fate']} gives {other['errno']} there: {sees}")
    assert not wrong, "\n".join(wrong)


def test_every_fate_has_a_scenario(kernel):
    """But for `unknown`, which is loss, and `netns_gone`, which takes a kernel with a module of its
    own."""
    listed = {row.split()[0] for row in tcpfate("explain").lines if row.startswith("  ")}
    slugs = {fate for fate in json.loads(
        (ROOT / "user/sink/json/record.schema.json").read_text("utf-8"))["$defs"]["fate"]["enum"]
             if fate}
    assert slugs <= listed
    shown = set().union(*(table.fates_of(name) for name in table.SCENARIOS))
    assert shown == slugs - {"unknown", "netns_gone"}
