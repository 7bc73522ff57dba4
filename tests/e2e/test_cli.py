# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The command line: help, exit statuses, one line that says what to do, doctor, explain."""
import json
import os
import re

import jsonschema
import pytest

from lib.command import tcpfate

COMMANDS = ["", "snapshot", "record", "replay", "doctor"]
SHARED = "pid comm local-port remote-port host ipv4 ipv6 netns output".split()
STREAM = "fate class abnormal duration count".split()


def options_of(command):
    """{long name: (letter or None, argument or None, help)} of the full help of a command."""
    said = tcpfate(*command.split(), "--help" if command else "--help-all")
    assert (said.status, said.err) == (0, "")
    assert len(said.lines) <= 50 and all(len(line) <= 80 for line in said.lines)
    found = {}
    for line in said.lines:
        row = re.match(r" (?:-(\w),|   ) --([a-z0-9-]+)(?: ([A-Z\[\],.:]+))? +(\S.*)$", line)
        if row:
            assert row[2] not in found, f"--{row[2]} is listed twice"
            found[row[2]] = (row[1], row[3], row[4])
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_every_option_once(command):
    found = options_of(command)
    letters = [letter for letter, _, _ in found.values() if letter]
    assert len(letters) == len(set(letters))
    assert {"json", "help", "version"} <= set(found)
    if command != "doctor":
        assert set(SHARED) <= set(found)
    assert set(STREAM) <= set(found) or command in ("doctor", "snapshot")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_knows_what_the_parser_takes(command):
    """Every option that is listed is known, with or without its argument."""
    for name, (letter, argument, _) in options_of(command).items():
        for form in ["--" + name] + (["-" + letter] if letter else []):
            said = tcpfate(*command.split(), form, *(["\x01"] if argument else []), "--help",
                           timeout=5)
            assert said.status in (0, 2), form
            assert "not an option" not in said.err, form
            if said.status == 2:
                assert said.error_line().startswith(("--" + name, form)), said.err


def test_short_help_fits_a_screen():
    """24 lines of 80 columns: the commands, the options used most, the names of others."""
    said = tcpfate("--help")
    assert (said.status, said.err) == (0, "")
    assert len(said.lines) <= 24 and all(len(line) <= 80 for line in said.lines)
    for command in ("snapshot", "explain", "record", "replay", "doctor"):
        assert re.search(rf"^  tcpfate {command} ", said.out, re.M), command
    for option in ("-p, --pid", "--comm", "-L, --local-port", "-D, --remote-port", "--abnormal",
                   "--fate", "--duration", "-o, --output", "-j, --json"):
        assert re.search(rf"^ +{option} ", said.out, re.M), option
    for group in ("Filters", "Output", "Alerts", "Recording", "Advanced"):
        assert re.search(rf"^{group}[ :].*--", said.out, re.M), group
    assert "--scan-interval" in said.out
    assert "tcpfate --help-all" in said.out and "tcpfate COMMAND --help" in said.out
    assert re.search("0 done.*1 failed.*2 wrong usage.*3 this host", said.out)


def test_explain_has_help():
    said = tcpfate("explain", "--help")
    assert (said.status, said.err) == (0, "") and "tcpfate explain" in said.out


@pytest.mark.parametrize("form", ["-V", "--version"])
def test_version_is_one_line_of_name_and_number(form):
    said = tcpfate(form)
    assert (said.status, said.err) == (0, "")
    assert re.fullmatch(r"tcpfate \d+\.\d+\.\d+\S*\n", said.out)


# arguments, and what the one line has to say
WRONG = {
    "-L 0": "--local-port 0", "-L 65536": "65536", "-L 80,": "80,", "-L 90-80": "90-80",
    "-D http": "http", "--host 300.1.1.1": "300.1.1.1", "--host 10.0.0.0/33": "10.0.0.0/33",
    "-4 -6": "-4 and -6", "--fate closed_by_locl": "did you mean closed_by_local?",
    "--class resets": "clean, connect, handshake, reset, abort, timeout, unknown",
    "--duration 5parsec": "500ms", "--duration -1s": "500ms",
    "--count 0": "--count 0", "--count 1x": "1x", "-p abc": "abc", "-p 0": "--pid 0",
    "--netns /nowhere": "/nowhere", "--cgroup /nowhere": "/nowhere", "--ring-size 3": "64K",
    "--nonsense": "--nonsense", "-Z": "-Z", "-o": "-o", "-j extra": "extra", "replay": "FILE",
    "record": "FILE", "record a b": "b", "replya x": "did you mean replay?",
    "snapshot --fate unknown": "--fate", "snapshot x": "x", "snapshot --count 3": "--count",
    "snapshto": "did you mean snapshot?", "replay --cgroup /x f": "--cgroup", "doctor -L 80": "-L",
    "--without tp_btf": "iter", "--kernel-btf x": "--kernel-btf",
    "explain connect_refusd": "connect_refused", "--comm 0123456789abcdef": "0123456789abcdef",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_usage_is_named_in_one_line(text):
    said = tcpfate(*text.split(), timeout=5)
    assert (said.status, said.out) == (2, "")
    assert WRONG[text] in said.error_line()


TEXT = {"type": ["string", "null"]}
YES_NO = {"type": ["boolean", "null"]}  # null: of another kernel, not known
HOW = {"enum": ["tp_btf", "fentry", "fexit", "kprobe", "kretprobe", "iter", None]}
ERRNO = {"type": ["string", "null"], "pattern": "^E[A-Z0-9]+$"}


def exactly(**properties):
    return {"type": "object", "additionalProperties": False, "required": list(properties),
            "properties": properties}


DOCTOR = exactly(
    v={"const": 1}, type={"const": "doctor"}, works={"type": "boolean"}, trouble=TEXT,
    version={"type": "string"}, kernel_btf=TEXT, host=TEXT, kernel=TEXT, btf=YES_NO,
    cap_bpf=YES_NO, cap_perfmon=YES_NO, cap_sys_admin=YES_NO, lockdown=TEXT,
    identity={"enum": ["cookie", "address", None]},
    hooks={"type": "array", "minItems": 10, "items": exactly(
        name={"type": "string"}, required={"type": "boolean"}, needed={"type": "boolean"},
        attach_method=HOW,
        attach_methods={"type": "array", "items": exactly(attach_method=HOW, errno=ERRNO)},
        errno=ERRNO, why_not=TEXT, runs={"type": "string"}, capability={"type": "string"},
        weaker=TEXT)},
    fates={"type": "array", "minItems": 3, "items": exactly(
        fate={"type": "string"}, when=TEXT,
        capability={"enum": ["rst_received", "rst_sent", "rst_bare"]},
        degraded_to={"type": "string"}, here={"type": "boolean"})})


def doctor(*arguments, **kwargs):
    said = tcpfate("doctor", "-j", *arguments, **kwargs)
    assert len(said.lines) == 1
    record = json.loads(said.lines[0])
    jsonschema.validate(record, DOCTOR)
    for hook in record["hooks"]:
        assert (hook["attach_method"] is None) == (hook["why_not"] is not None), hook
    return said, record


def test_doctor_in_json_finds_the_required_hook_attached():
    said, record = doctor()
    assert (said.status, said.err) == (0, "")
    assert record["works"] and record["trouble"] is None and record["kernel"] == os.uname().release
    required = [hook for hook in record["hooks"] if hook["required"]]
    assert [hook["name"] for hook in required] == ["inet_sock_set_state"]
    assert all(hook["attach_method"] for hook in required)


def hook(record, name):
    return next(hook for hook in record["hooks"] if hook["name"] == name)


def test_doctor_leaves_out_the_attach_methods_of_without():
    _, record = doctor("--without", "iter")
    for name in "iter/tcp", "iter/task_file":
        left_out = hook(record, name)
        assert left_out["attach_method"] is None and left_out["attach_methods"] == []
        assert left_out["why_not"] == "left out by --without"
        assert "instead" in left_out["weaker"]
    assert record["works"]


def test_doctor_examines_another_kernel_by_its_btf():
    """The same answers from a file of BTF as from the kernel itself, but for what the host forbids;
    no root is needed, and nothing of this host is in it."""
    _, here = doctor()
    said, there = doctor("--kernel-btf", "/sys/kernel/btf/vmlinux", as_nobody=True)
    assert (said.status, said.err, there["works"]) == (0, "", True)
    assert there["host"] is there["kernel"] is there["cap_bpf"] is there["lockdown"] is None
    assert there["identity"] == here["identity"]
    for ours, theirs in zip(here["hooks"], there["hooks"]):
        assert (theirs["name"], theirs["needed"]) == (ours["name"], ours["needed"])
        tried = [method["attach_method"] for method in ours["attach_methods"]]
        assert theirs["attach_method"] == (ours["attach_method"] or (tried or [None])[0])
    assert there["fates"] == here["fates"]


@pytest.mark.parametrize("content", [b"", b"no types", b"\x9f\xeb\x01\x00" + bytes(20)])
def test_doctor_names_a_file_without_btf(tmp_path, content):
    path = tmp_path / "types"
    path.write_bytes(content)
    said = tcpfate("doctor", "--kernel-btf", path)
    assert (said.status, said.out) in [(1, ""), (3, said.out)]
    if said.status == 1:
        assert str(path) in said.error_line()
    else:
        assert "no tracepoint inet_sock_set_state" in said.out


def test_doctor_names_a_file_that_is_not_there():
    said = tcpfate("doctor", "-j", "--kernel-btf", "/nowhere")
    assert (said.status, said.out) == (1, "")
    assert "/nowhere: No such file" in said.error_line()


def test_doctor_agrees_with_the_start_record():
    """What doctor says of the hooks is what a run then has."""
    _, record = doctor()
    start = tcpfate("-j", "--duration", "10ms").records()[0]
    assert {h["name"]: h["attach_method"] for h in start["hooks"]} == \
        {h["name"]: h["attach_method"] for h in record["hooks"]}
    assert start["identity"] == record["identity"]


def test_doctor_in_text_has_the_facts_of_its_json():
    """The same facts as in JSON: each hook's attach method, and the fates that are degraded."""
    _, record = doctor()
    said = tcpfate("doctor")
    assert (said.status, said.err) == (0, "")
    assert "hooks and their attach methods:" in said.lines
    assert said.lines[-1] == "tcpfate works here."
    for row in record["hooks"]:
        line = next(line for line in said.lines if line.split()[:1] == [row["name"]])
        shown = line.split(maxsplit=1)[1]
        if row["attach_method"]:
            assert shown.split(" (")[0] == row["attach_method"]
        else:
            assert shown.startswith("not attached: " if row["needed"] else "not needed: ")
    degraded = [line.split()[0] for line in said.lines if " degraded to " in line]
    assert degraded == [row["fate"] for row in record["fates"] if not row["here"]]


def test_doctor_sends_an_ordinary_user_to_root():
    """Status 3, and the one thing to do."""
    said, record = doctor(as_nobody=True)
    assert said.status == 3
    assert not record["works"] and "root" in record["trouble"]
    text = tcpfate("doctor", as_nobody=True)
    assert text.status == 3
    assert text.lines[-1].startswith("tcpfate cannot work here: ") and "root" in text.lines[-1]


def test_recording_needs_rights(tmp_path):
    """An ordinary user gets no file that looks like a recording."""
    place = tmp_path / "open"
    place.mkdir()
    place.chmod(0o777)
    said = tcpfate("record", place / "r", as_nobody=True)
    assert said.status == 3
    assert "root" in said.error_line()
    assert not (place / "r").exists()


# word: what its explanation must hold
EXPLAINED = {
    "reset_after_remote_fin": ["EPIPE"], "aborted_unread": ["ECONNRESET"], "EPIPE": ["SIGPIPE"],
    "104": ["ECONNRESET"], "broken pipe": ["EPIPE"], "WSAECONNABORTED": ["10053"],
    "10054": ["WSAECONNRESET"], "close_wait": ["CLOSE_WAIT"], "FIN-WAIT-1": ["FIN_WAIT1"],
    "SYN_SENT": ["SYN"], "tcp_tw_recycle": ["4.12"], "TIME_WAIT": ["tcp_tw_reuse"],
    "TCP_USER_TIMEOUT": ["user_timeout"], "tcp_retries2": ["tcp_retries2"],
    "Cannot assign requested address": ["EADDRNOTAVAIL"], "keepalive": ["tcp_keepalive_time"],
}


@pytest.mark.parametrize("word", EXPLAINED)
def test_explain_finds_an_entry_by_name_number_or_text(word):
    """As an ordinary user; lines fit a terminal."""
    said = tcpfate("explain", word, as_nobody=True)
    assert (said.status, said.err) == (0, "")
    for text in EXPLAINED[word]:
        assert text in said.out
    assert max(map(len, said.lines)) <= 80


def test_explain_knows_every_fate_of_the_schema():
    from lib.tcpfate import SCHEMA
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    fates = next(d["enum"] for d in find(schema) if "closed_by_local" in d.get("enum", []))
    listed = tcpfate("explain").out
    for fate in fates:
        assert re.search(rf"^ +{fate} ", listed, re.M), fate
        assert tcpfate("explain", fate).status == 0


def find(node):
    """Every object inside a JSON value."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from find(value)
    elif isinstance(node, list):
        for value in node:
            yield from find(value)


def test_explain_is_plain_where_there_is_no_terminal():
    assert "\x1b" not in tcpfate("explain", "EPIPE", env={"TERM": "xterm"}).out
