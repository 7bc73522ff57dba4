# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Output that survives its readers: closed pipes, full disks, stalled readers, signals, hostile
names."""
import contextlib
import datetime
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

from lib import netns, proc
from lib.command import Run, expect_valid, tcpfate
from lib.sockets import outcome, until
from lib.tcpfate import PROGRAM, check_counters

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
ESC = "\x1b"


@pytest.fixture
def lo():
    """A namespace in which connections go over `lo`."""
    made = netns.Netns("lo")
    yield made
    made.remove()


def refused(ns, family=socket.AF_INET):
    """A connection that ends at once; the local port is its name."""
    sock = ns.socket(family)
    sock.bind((LOOPBACK[family], 0))
    port = sock.getsockname()[1]
    assert outcome(sock.connect, (LOOPBACK[family], 9)) == "ECONNREFUSED"
    sock.close()
    return port


def flood(ns, count):
    """@count connections that end with an RST each: three records a piece, in milliseconds."""
    for _ in range(count):
        with ns.socket() as sock:
            assert outcome(sock.connect, ("127.0.0.1", 9)) == "ECONNREFUSED"


def only(ns):
    return ("--netns", ns.inode)


# Readers that go away.

@pytest.mark.parametrize("form", [["-j"], []], ids=["json", "people"])
def test_a_reader_that_leaves_ends_it_quietly(lo, form):
    """tcpfate | head -1: quietly 0."""
    with Run(*form, *only(lo), collect=False) as run:
        assert run.process.stdout.read(1)
        run.process.stdout.close()
        refused(lo)
        said = run.end(number=None, timeout=10)
        assert (said.status, said.err) == (0, "")


def test_a_pipe_closed_before_the_start_ends_it_quietly(lo):
    read, write = os.pipe()
    os.close(read)
    with Run("-j", *only(lo), stdout=write, collect=False) as run:
        os.close(write)
        said = run.end(number=None, timeout=10)
        assert (said.status, said.err) == (0, "")


def test_head_in_a_shell_ends_it_quietly(lo):
    done = subprocess.run(
        ["bash", "-c", f'"{PROGRAM}" -j --duration 300ms --netns {lo.inode} | head -1; '
                       'echo "${PIPESTATUS[0]}"'],
        capture_output=True, text=True, timeout=20, check=True)
    first, status = done.stdout.splitlines()
    assert (json.loads(first)["type"], status, done.stderr) == ("start", "0", "")


# Disks that are full.

@pytest.mark.parametrize("form", [["-j"], []], ids=["json", "people"])
@pytest.mark.parametrize("option", ["stdout", "option"])
def test_a_full_disk_is_an_error(lo, form, option):
    with open("/dev/full", "wb") as full:
        where = ["-o", "/dev/full"] if option == "option" else []
        said = tcpfate(*form, *only(lo), "--duration", "20s", *where, stdout=full, timeout=10)
    assert said.status == 1
    assert "No space left on device" in said.error_line() or "ENOSPC" in said.err


def test_a_recording_on_a_full_disk_is_an_error(lo):
    said = tcpfate("record", "/dev/full", *only(lo), "--duration", "20s", timeout=10)
    assert said.status == 1
    assert "/dev/full" in said.error_line()


def test_an_output_that_cannot_be_opened_is_an_error(lo, tmp_path):
    said = tcpfate("-j", *only(lo), "-o", tmp_path / "no" / "such" / "place")
    assert said.status == 1
    assert str(tmp_path) in said.error_line()


def test_output_is_appended(lo, tmp_path):
    """A log that is there is never lost."""
    log = tmp_path / "log"
    log.write_text("before\n", encoding="utf-8")
    assert tcpfate("-j", *only(lo), "-o", log, "--duration", "50ms").status == 0
    lines = log.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "before"
    assert [r["type"] for r in expect_valid(lines[1:])] == ["start", "stats", "stop"]


# Readers that stop reading.

def small_pipe():
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    return read, write


@pytest.mark.alone
def test_a_stalled_reader_does_not_stop_the_program(lo):
    read, write = small_pipe()
    with Run("-j", *only(lo), stdout=write, collect=False) as run:
        os.close(write)
        assert select.select([read], [], [], 10)[0], "no start"
        flood(lo, 6000)
        begin = time.monotonic()
        said = run.end(signal.SIGTERM, timeout=10)
        assert time.monotonic() - begin < 2
        assert said.status in (0, 1), said.err
    os.close(read)


def read_all(fd):
    pieces = []
    while True:
        piece = os.read(fd, 1 << 20)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)


@pytest.mark.alone
def test_a_reader_that_comes_back_gets_whole_lines_and_counts(lo):
    """Every line that it gets is whole, and what it did not get is counted."""
    read, write = small_pipe()
    with Run("-j", *only(lo), stdout=write, collect=False) as run:
        os.close(write)
        assert select.select([read], [], [], 10)[0], "no start"
        flood(lo, 6000)
        until(lambda: idle(run.process.pid), "the program to have taken in everything")
        text, port = b"", None
        end = time.monotonic() + 15
        while run.process.poll() is None:
            assert time.monotonic() < end, f"{len(text)} bytes, and then nothing"
            if select.select([read], [], [], 0.3)[0]:
                text += os.read(read, 1 << 20)
            elif port is None:
                port = refused(lo)
            else:
                run.process.send_signal(signal.SIGTERM)
        text += read_all(read)
        assert run.process.returncode == 0
    os.close(read)
    records = expect_valid(text.decode("utf-8").removesuffix("\n").split("\n"))
    gaps = [r for r in records if r["type"] == "gap"]
    assert gaps and {gap["where"] for gap in gaps} == {"sink"}, gaps
    lost = sum(gap["count"] for gap in gaps)
    assert lost == gaps[-1]["total"] == records[-1]["lines_lost"] > 0
    written = [r for r in records if r["type"] in ("conn", "reset")]
    stats = [r for r in records if r["type"] == "stats"][-1]
    assert stats["ended"] == 6001 and stats["resets"] == 6001
    assert len(written) + lost == stats["ended"] + stats["resets"]
    assert written[-1]["local_port"] in (port, 9), "a record from after the stall"
    assert records[-1]["events_lost"] == 0


@pytest.mark.alone
def test_memory_of_a_stall_is_given_back(lo):
    """Megabytes wait for a reader; when it has taken them, they are the system's again."""
    read, write = small_pipe()
    with Run("-j", *only(lo), stdout=write, collect=False) as run:
        os.close(write)
        assert select.select([read], [], [], 10)[0], "no start"
        flood(lo, 200)
        until(lambda: idle(run.process.pid), "the program to have taken in everything")
        before = proc.memory_kb(run.process.pid)
        flood(lo, 6000)
        until(lambda: proc.memory_kb(run.process.pid) > before + 3000, "the lines to pile up")
        drain = threading.Thread(target=read_all, args=(read,), daemon=True)
        drain.start()
        until(lambda: proc.memory_kb(run.process.pid) < before + 2000, "memory to come back")
        run.process.send_signal(signal.SIGTERM)
        assert run.process.wait(timeout=10) == 0
        drain.join(10)
    os.close(read)


def idle(pid):
    """It sleeps, and its CPU time stands still for 100 ms."""
    def spent():
        fields = proc.stat(pid)
        return fields[0], fields[11], fields[12]
    before = spent()
    time.sleep(0.1)
    return before[0] == "S" and before == spent()


# Signals.

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
                         ids=lambda n: n.name)
def test_signal_ends_it_in_order(lo, number):
    with Run("-j", *only(lo)) as run:
        port = refused(lo)
        said = run.end(number)
    records = expect_valid(said.lines)
    assert (said.status, said.err) == (0, "")
    assert [r["type"] for r in records if r["type"] != "reset"] == ["start", "conn", "stats",
                                                                    "stop"]
    assert records[-1]["reason"] == "signal"
    assert [r["local_port"] for r in records if r["type"] == "conn"] == [port]
    check_counters(records)


def test_nohup_ignores_sighup(lo):
    """Who started it with SIGHUP ignored meant it."""
    with Run("-j", *only(lo), via=["nohup"]) as run:
        run.process.send_signal(signal.SIGHUP)
        port = refused(lo)
        run.wait(b'"local_port":%d,' % port)
        assert run.end(signal.SIGTERM).status == 0


def living(kind):
    said = netns.run(["bpftool", "-j", kind, "list"])
    return {entry["id"] for entry in json.loads(said or "[]")}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda n: n.name)
def test_no_program_map_or_link_is_left_behind(lo, number):
    with Run("-j", *only(lo)) as run:
        held = proc.bpf_ids(run.process.pid)
        for kind in held:
            assert held[kind] and held[kind] <= living(kind), kind
        run.process.send_signal(number)
        run.process.wait(timeout=10)
        for kind in held:
            until(lambda: not held[kind] & living(kind), f"every {kind} to be gone")


# Who may, and what is wrong.

def test_an_ordinary_user_is_refused():
    said = tcpfate("-j", as_nobody=True)
    assert (said.status, said.out) == (3, "")
    assert "root" in said.error_line() or "CAP_" in said.err


# Hostile names.

HOSTILE = [
    b"\x1b[31m\x1b]0;x\x07", b"a\"b\\c\nd\te\rf", b"\xff\xfe\xc3(\xe2\x82", b"\xc2\x9b31m\xc2\x85",
    b"\xe2\x80\xaeevil\xe2\x80\x8f", b"\x01\x02\x7f\x08\x08", b"\xf0\x9f\x90\x8d ok",
    b"\xed\xa0\x80\xc0\xaf",
    b"</script>&'", b" ", b"%s%n%x", b"\xe2\x80\xa8\xe2\x81\xa6",
]
CONNECT = ("s = socket.socket(); s.bind(('127.0.0.1', 0)); p = s.getsockname()[1];"
           " s.connect_ex(('127.0.0.1', 9)); s.close()")
BIDI = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"


def name_them_all(ns, spawn):
    """One process, one connection for each name; the local ports in the same order."""
    agent = spawn(ns)
    ports = []
    for name in HOSTILE:
        agent.run(f"name({name!r})")
        agent.run(CONNECT)
        ports.append(agent.run("p"))
    return ports


def test_hostile_names_are_valid_json(lo, spawn):
    """Valid UTF-8, valid JSON, one line each; a name that is text comes through as it is."""
    with Run("-j", *only(lo)) as run:
        ports = name_them_all(lo, spawn)
        run.wait(b'"local_port":%d,' % ports[-1])
        said = run.end()
    by_port = {r["local_port"]: r for r in expect_valid(said.lines) if r["type"] == "conn"}
    for name, port in zip(HOSTILE, ports):
        shown = by_port[port]["comm"]
        text = name[:15].decode("utf-8", errors="replace")
        assert re.sub("\ufffd+", "\ufffd", shown) == re.sub("\ufffd+", "\ufffd", text), name


def assert_harmless(text):
    """Nothing that moves a cursor, hides text or turns its direction."""
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\x80-\x9f]", text), repr(text)
    assert not set(BIDI) & set(text), repr(text)


def test_hostile_names_are_harmless_in_text(lo, spawn):
    with Run(*only(lo), ready=b"COMM/PID") as run:
        ports = name_them_all(lo, spawn)
        run.wait(b":%d " % ports[-1])
        said = run.end()
    assert said.status == 0
    assert_harmless(said.out)
    for port in ports:
        assert re.search(rf"connect_refused .*:{port} ", said.out), port


def test_hostile_arguments_are_harmless_in_errors():
    said = tcpfate("--\x1b[2Jx")
    assert said.status == 2
    assert_harmless(said.error_line())


# For people.

class Terminal:
    """A pseudo terminal of some width, and what was written to it."""

    def __init__(self, columns=140):
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self.text = ""

    def until(self, pattern, timeout=10):
        end = time.monotonic() + timeout
        while not re.search(pattern, self.text):
            left = end - time.monotonic()
            assert left > 0 and select.select([self.ours], [], [], left)[0], \
                f"no {pattern} in {self.text!r}"
            self.text += os.read(self.ours, 65536).decode("utf-8")

    def close(self):
        os.close(self.ours)
        os.close(self.theirs)


def on_terminal(ns, env):
    """The text of a refused and of an orderly connection on a terminal, and their ports."""
    terminal = Terminal()
    try:
        with Run(*only(ns), "--handoff-grace", "50ms", stdout=terminal.theirs, collect=False,
                 env=env) as run:
            terminal.until("COMM/PID")
            port = refused(ns)
            clean = orderly(ns)
            terminal.until(f":{port} ")
            terminal.until(rf"closed_by_local .*:{clean} ")
            run.process.send_signal(signal.SIGINT)
            terminal.until("ended")
            assert run.process.wait(timeout=10) == 0
    finally:
        terminal.close()
    return terminal.text.replace("\r\n", "\n"), port, clean


def orderly(ns, family=socket.AF_INET):
    """An orderly close, the client first; the client's port."""
    listener = ns.socket(family)
    listener.bind((LOOPBACK[family], 0))
    listener.listen(1)
    client = ns.socket(family)
    client.connect(listener.getsockname()[:2])
    server, _ = listener.accept()
    port = client.getsockname()[1]
    client.close()
    assert server.recv(1) == b""
    server.close()
    listener.close()
    return port


COLOUR_ENV = {"TERM": "xterm", "NO_COLOR": ""}


def test_terminal_has_colours(lo):
    text, port, clean = on_terminal(lo, COLOUR_ENV)
    coloured = re.search(rf"^\x1b\[[0-9;]*m.*connect_refused .*:{port} .*\x1b\[0m$", text, re.M)
    assert coloured, text
    assert re.search(rf"^[^\x1b]*closed_by_local .*:{clean} [^\x1b]*$", text, re.M), text
    assert_harmless(re.sub(r"\x1b\[[0-9;]*m", "", text))
    assert all(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) <= 140 for line in text.splitlines())


@pytest.mark.parametrize("env",
                         [{"NO_COLOR": "1", "TERM": "xterm"}, {"NO_COLOR": "", "TERM": "dumb"}],
                         ids=["NO_COLOR", "dumb"])
def test_a_terminal_without_colours_has_none(lo, env):
    text, port, _ = on_terminal(lo, env)
    assert re.search(rf"connect_refused .*:{port} ", text)
    assert_harmless(text)


def test_abnormal_ends_are_explained(lo):
    """A line for each connection; a sentence under those that did not end well, none under clean
    ones."""
    with Run(*only(lo), "--handoff-grace", "50ms", ready=b"COMM/PID") as run:
        clean = orderly(lo)
        run.wait(b":%d " % clean)
        port = refused(lo)
        run.wait(b":%d " % port)
        said = run.end()
    assert ESC not in said.out
    lines = said.lines[[i for i, line in enumerate(said.lines) if "COMM/PID" in line][0] + 1:]
    conns = [i for i, line in enumerate(lines) if re.match(r"\d\d:\d\d:\d\d\.\d{3} \w", line)]
    of_clean = [i for i in conns if f":{clean} " in lines[i] + " "]
    assert len(of_clean) == 2, lines
    for i in of_clean:
        assert i + 1 in conns, f"a clean end needs no words: {lines[i + 1]!r}"
    refusal = next(i for i in conns if "connect_refused" in lines[i])
    assert lines[refusal + 1].startswith(" " * 13) and "ECONNREFUSED" in lines[refusal + 1]
    assert lines[-1].startswith("3 connections ended: 2 clean, 1 connect."), lines[-1]


# In time, and everywhere.

def unix(stamp):
    return datetime.datetime.fromisoformat(stamp[:26] + "+00:00").timestamp()


def test_a_lone_event_is_written_at_once(lo):
    """Nothing else happens, nobody pushes: the line comes by itself."""
    delays = []
    with Run("-j", *only(lo)) as run:
        for _ in range(5):
            until(lambda: idle(run.process.pid), "an idle program")
            ended = b'"type":"conn"'
            port = refused(lo)
            run.wait(b'"local_port":%d,' % port)
            at = run.out.index(b'"local_port":%d,' % port)
            line = run.out[run.out.rindex(ended, 0, at):].split(b"\n")[0]
            record = json.loads(b'{"v":1,' + line)
            delays.append(run.arrival(line) - unix(record["time"]))
        assert run.end().status == 0
    assert min(delays) < 0.25 and max(delays) < 1.0, delays


def test_both_families_in_many_namespaces_are_followed():
    """Each record has the namespace and the family that it belongs to."""
    with contextlib.ExitStack() as undo:
        spaces = []
        for _ in range(6):
            spaces.append(netns.Netns("many"))
            undo.callback(spaces[-1].remove)
        only_these = [x for ns in spaces for x in only(ns)]
        with Run("-j", *only_these, "--handoff-grace", "50ms") as run:
            expected = {(ns.inode, name, orderly(ns, family))
                        for ns in spaces for name, family in
                        (("ipv4", socket.AF_INET), ("ipv6", socket.AF_INET6)) for _ in range(5)}
            said = run.end()
    records = expect_valid(said.lines)
    check_counters(records)
    conns = [r for r in records if r["type"] == "conn"]
    assert len(conns) == 2 * len(expected) == 120
    for r in conns:
        assert r["local_addr"] == r["remote_addr"] == ("::1" if r["family"] == "ipv6"
                                                       else "127.0.0.1")
    of_clients = {(r["netns"], r["family"], r["local_port"]) for r in conns
                  if r["role"] == "client"}
    of_servers = {(r["netns"], r["family"], r["remote_port"]) for r in conns
                  if r["role"] == "server"}
    assert of_clients == of_servers == expected
