# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Hosts that are unkind: names that change all the time, processes that are gone at once, hundreds
of namespaces, a tracer that is suspended, no memory for its table, a clock that somebody puts
right.

What names hold is in test_output.py; what is lost, in test_loss.py.
"""
import collections
import contextlib
import datetime
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import time

import pytest

from lib import netns, proc
from lib.command import IntoFile, Run, expect_valid, tcpfate
from lib.records import expect
from lib.sockets import listen, until
from lib.tcpfate import PROGRAM, Tcpfate, asleep, check_counters, check_identities

pytestmark = pytest.mark.alone  # load at full speed, hundreds of processes, CPU time

RENAMED = 400   # connections of the process that changes its name
RUSH = 10_000   # connects of the process that exits at once
SPACES = 500

# The main thread, whose name is the process's, changes it as fast as it can while another connects.
CHANGES_ITS_NAME = """
import ctypes, os, socket, sys, threading
names = [b"plain", b"\\x1b[2J\\x1b[31mred", b'"quo\\\\ted"', b"\\xff\\xfe\\x80bytes", b"new\\nline",
         "h\u00f6flich".encode(), b""]
libc = ctypes.CDLL(None)
done = False
def connect():
    global done
    for _ in range(int(sys.argv[2])):
        with socket.create_connection(("127.0.0.1", int(sys.argv[1]))):
            pass
    done = True
threading.Thread(target=connect).start()
while not done:
    for name in names:
        libc.prctl(15, ctypes.c_char_p(name), 0, 0, 0)
"""

# No close(), no shutdown(): the kernel does it all when the process is gone.
CONNECTS_AND_EXITS = """
import os, resource, socket, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
kept = []
for number in range(int(sys.argv[2])):
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(("127.0.0.1", int(sys.argv[1])))
    kept.append(sock)
os._exit(0)
"""


@pytest.fixture
def lo():
    made = netns.Netns("h").crowded()
    yield made
    made.remove()


@contextlib.contextmanager
def server(ns, backlog=1024):
    """A listener on 127.0.0.1 of the namespace."""
    with ns.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(backlog)
        yield listener


def judged(records):
    """The `conn` records of a run that lost nothing."""
    check_counters(records)
    check_identities(records)
    gaps = [r for r in records if r["type"] == "gap"]
    stats = [r for r in records if r["type"] == "stats"][-1]
    assert not gaps, json.dumps(gaps + [stats["hooks"]])
    return [r for r in records if r["type"] == "conn"]


def conns(lines):
    return judged(expect_valid(lines))


def test_a_process_that_changes_its_name_has_valid_records(lo):
    """Each record is valid, of that process, and bears a name that it had."""
    with server(lo) as listener, Run("-j", "--netns", lo.inode) as run:
        with lo:
            client = subprocess.Popen([sys.executable, "-c", CHANGES_ITS_NAME,
                                       str(listener.getsockname()[1]), str(RENAMED)])
        for _ in range(RENAMED):
            accepted, _ = listener.accept()
            assert accepted.recv(1) == b""
            accepted.close()
        assert client.wait(timeout=20) == 0
        said = run.end()
    ours = [r for r in conns(said.lines) if r["role"] == "client"]
    assert len(ours) == RENAMED, collections.Counter(
        (r["role"], r["fate"], r["complete"]) for r in conns(said.lines))
    for record in ours:
        expect(record, fate="closed_by_local", pid=client.pid, complete=True)
    assert len({record["comm"] for record in ours}) > 1


def test_ten_thousand_connects_of_a_process_that_exits_have_its_pid(lo, tmp_path):
    """Its owner is known though it was gone at once; nothing is lost."""
    lo.sysctl({"net.core.somaxconn": RUSH, "net.ipv4.tcp_max_syn_backlog": RUSH})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < RUSH + 100:
        pytest.skip(f"a process may open {hard} files here, {RUSH + 100} are needed")
    with server(lo, RUSH) as listener, IntoFile(tmp_path / "out", "--netns", lo.inode) as own:
        with lo:
            client = subprocess.Popen([sys.executable, "-c", CONNECTS_AND_EXITS,
                                       str(listener.getsockname()[1]), str(RUSH)])
        assert client.wait(timeout=30) == 0
        for _ in range(RUSH):
            accepted, _ = listener.accept()
            assert accepted.recv(1) == b""
            accepted.close()
        lines = own.end()
    expect_valid(lines[::100])
    both = judged([json.loads(line) for line in lines])
    ours = [r for r in both if r["role"] == "client"]
    theirs = [r for r in both if r["role"] == "server"]
    assert (len(ours), len(theirs)) == (RUSH, RUSH)
    for record in ours:
        expect(record, fate="closed_by_local", pid=client.pid, close_how="exit",
               owner_from="connect", complete=True)
    for record in theirs:
        expect(record, fate="closed_by_remote", pid=os.getpid(), complete=True)


def crowd_of_spaces(count):
    """A process for each namespace, with a listener and a connection in it: ([process],
    [inode])."""
    program = """
import ctypes, os, socket, struct, fcntl, sys
assert ctypes.CDLL(None).unshare(0x40000000) == 0
sock = socket.socket()
fcntl.ioctl(sock, 0x8914, struct.pack("16sH14x", b"lo", 1))
listener = socket.create_server(("127.0.0.1", 80))
client = socket.create_connection(("127.0.0.1", 80))
server = listener.accept()[0]
print(os.stat("/proc/self/ns/net").st_ino, flush=True)
sys.stdin.read()
client.close(); server.recv(1); server.close()
"""
    found = []
    for _ in range(count):
        found.append(subprocess.Popen([sys.executable, "-S", "-c", program], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE))
    return found, [int(process.stdout.readline()) for process in found]


def test_five_hundred_namespaces_are_scanned_and_followed():
    """A snapshot has the sockets of each, with their holder, and each end has one record."""
    processes, inodes = [], []
    try:
        for _ in range(0, SPACES, 50):  # fifty interpreters at a time
            more, names = crowd_of_spaces(50)
            processes += more
            inodes += names
        snapshot = tcpfate("snapshot", "-j", "--sockets", timeout=60)
        holders = {process.pid for process in processes}
        held = {(r["netns"], h["pid"]) for r in snapshot.records() if r["type"] == "socket"
               and r["state"] == "ESTABLISHED" for h in r["holders"] if h["pid"] in holders}
        assert held == set(zip(inodes, (process.pid for process in processes)))
        with Run("-j", "--scan-interval", "1s") as run:
            for process in processes:
                process.stdin.close()
            assert all(process.wait(timeout=20) == 0 for process in processes)
            said = run.end()
        ended = [r for r in expect_valid(said.lines) if r["type"] == "conn"
                 and r["netns"] in inodes]
        assert len(ended) == 2 * SPACES
        for record in ended:
            expect(record, fate=("closed_by_local", "closed_by_remote"))
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_nothing_is_lost_while_it_is_suspended(net4):
    """The ring holds what comes meanwhile, and each record is as if nothing had been."""
    with Tcpfate("--netns", str(net4.client.inode), "--netns", str(net4.server.inode),
                 grace_ms=50) as own:
        listener = listen(net4, backlog=64)
        with asleep(own):
            for _ in range(500):
                with net4.client.socket() as client:
                    client.connect(listener.getsockname()[:2])
                    accepted, _ = listener.accept()
                assert accepted.recv(1) == b""
                accepted.close()
        own.wait(lambda r: r["type"] == "conn", "a first record")
        port = listener.getsockname()[1]
        for side, fate in (("remote_port", "closed_by_local"), ("local_port", "closed_by_remote")):
            own.wait(lambda r, side=side: len([c for c in own.seen() if c["type"] == "conn"
                                               and c[side] == port]) == 500, "all records")
            for record in own.seen():
                if record["type"] == "conn" and record[side] == port:
                    expect(record, fate=fate, complete=True, pid=os.getpid())
        listener.close()
        own.finish()


@pytest.mark.parametrize("given, own", [(0, -4), (5, 5)], ids=["default", "given"])
def test_the_thread_that_empties_the_ring_has_priority(lo, given, own):
    """Unless whoever started it gave it another priority; who scans has time."""
    if os.nice(0):
        pytest.skip("the tests run at a priority of their own")
    with Run("-j", "--netns", lo.inode, via=["nice", "-n", str(given)]) as run:
        values = proc.nice(run.process.pid)
        assert values.pop(run.process.pid) == own
        assert set(values.values()) == {given}
        assert run.end().status == 0


# A send() from memory that is never paged in: it sleeps with the lock of its socket, until its
# stdin ends.
SLEEPS_WITH_A_LOCK = """
import ctypes, fcntl, mmap, os, platform, socket, struct, sys, threading
number = {"x86_64": 323, "aarch64": 282}[platform.machine()]
faults = ctypes.CDLL(None).syscall(number, os.O_CLOEXEC)
if faults < 0:
    sys.exit("no userfaultfd")
fcntl.ioctl(faults, 0xc018aa3f, struct.pack("=QQQ", 0xaa, 0, 0))  # UFFDIO_API
memory = mmap.mmap(-1, mmap.PAGESIZE)
address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
# UFFDIO_REGISTER
fcntl.ioctl(faults, 0xc020aa00, struct.pack("=QQQQ", address, mmap.PAGESIZE, 1, 0))
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server = listener.accept()[0]
sender = threading.Thread(target=client.send, args=(memory,))
sender.start()
print("sends", sender.native_id, flush=True)
sys.stdin.read()
os.close(faults)
sender.join()
"""


@pytest.fixture
def lock_sleeper(lo):
    """Its process, which lets go when its standard input ends. It sleeps in send()."""
    with lo:
        process = subprocess.Popen([sys.executable, "-c", SLEEPS_WITH_A_LOCK],
                                   stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = process.stdout.readline().split()
    if not said:
        pytest.skip(process.stderr.read().decode().strip())
    until(lambda: proc.states(process.pid)[int(said[1])] in "SD", "the send()")
    yield process
    process.stdin.close()
    process.wait(timeout=10)


@pytest.fixture(params=[(), ("--without", "iter")], ids=["iterator", "netlink"])
def method(request):
    """The options for one of the ways to scan."""
    return request.param


def test_a_blocked_scan_delays_no_record(lo, lock_sleeper, tmp_path, method):
    """The scan waits for the lock of a socket, and cannot be interrupted. Connections that end
    meanwhile are reported at once, and so are the last records when a signal ends tcpfate."""
    with IntoFile(tmp_path / "out", *method, "--netns", lo.inode, "--scan-interval", "1s") as own:
        try:
            until(lambda: "D" in proc.states(own.process.pid).values(), "the scan to be held up")
            with server(lo) as listener, lo:
                socket.create_connection(listener.getsockname()).close()
                port = listener.getsockname()[1]
                listener.accept()[0].close()
            own.until(b'_port":%d,' % port, 2)
            own.process.terminate()
            own.until(b'"type":"stop"')
        finally:
            lock_sleeper.stdin.close()
        assert len(conns(own.ended())) == 2


def scanner_of(process):
    """The process that its programs take for the one that scans."""
    for number in proc.bpf_ids(process.pid)["map"]:
        if json.loads(netns.run(["bpftool", "-j", "map", "show", "id",
                                 str(number)]))["name"].endswith(".bss"):
            said = json.loads(netns.run(["bpftool", "-j", "map", "dump", "id", str(number)]))
            return said[0]["formatted"]["value"][".bss"][0]["tf_wake"]["scanner"]
    raise AssertionError("no .bss")


def test_the_scanning_process_is_no_owner(lo, lock_sleeper, tmp_path, method):
    """Whoever scans takes a socket's lock, and runs what came for the socket meanwhile."""
    with IntoFile(tmp_path / "out", *method, "--netns", lo.inode, "--scan-interval", "1h") as own:
        try:
            until(lambda: "D" in proc.states(own.process.pid).values(), "the scan to be held up")
            said = scanner_of(own.process)
        finally:
            lock_sleeper.stdin.close()
        assert said == own.process.pid
        until(lambda: scanner_of(own.process) == 0, "the scan to end")
        own.end()


def test_a_blocked_snapshot_sleeps(lo, lock_sleeper, method):
    """It waits for the same lock, without a CPU; and what it finds when the lock is free is
    whole."""
    process = subprocess.Popen([PROGRAM, "snapshot", "-j", *method, "--netns", str(lo.inode)],
                               stdout=subprocess.PIPE)
    try:
        until(lambda: "D" in proc.states(process.pid).values(), "the scan to be held up")
        before = proc.cpu_ns(process.pid)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        spent = proc.cpu_ns(process.pid) - before
        assert spent < 50_000_000, f"{spent} ns of CPU in a second"
        lock_sleeper.stdin.close()
        said, _ = process.communicate(timeout=20)
    finally:
        lock_sleeper.stdin.close()
        process.kill()
    head = next(r for r in map(json.loads, said.splitlines()) if r["type"] == "snapshot")
    expect(head, whole=True)


FAKETIME = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


def wall(text):
    return datetime.datetime.fromisoformat(text[:26] + "+00:00").timestamp()


@pytest.mark.skipif(not FAKETIME, reason="needs libfaketime")
@pytest.mark.parametrize("step", [3600, -86400], ids=["an-hour-on", "a-day-back"])
def test_a_clock_step_changes_times_but_no_durations(lo, tmp_path, step):
    """What comes after the step bears the right time; how long things took has no step in it."""
    clock = tmp_path / "clock"
    clock.write_text("+0", "ascii")
    env = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(clock),
           "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    with IntoFile(tmp_path / "out", "--netns", lo.inode, "--scan-interval", "1s", env=env) as own, \
            server(lo) as listener:
        with lo:
            clients = [socket.create_connection(listener.getsockname()) for _ in range(2)]
        accepted = [listener.accept()[0] for _ in clients]
        for number, pair in enumerate(zip(clients, accepted)):
            for end in pair:
                end.close()
            own.until(b'"type":"conn"', 2 * number + 2)
            clock.write_text(f"{step:+d}", "ascii")
        now = time.time()
        ended = conns(own.end())
    for record, off in zip(ended, (0, 0, step, step)):
        assert now - 10 < wall(record["time"]) - off <= now + 0.1, (record["time"], off)
        assert 0 <= wall(record["time"]) - wall(record["started"]) < 10
        expect(record, complete=True, duration_us=lambda us: us < 10_000_000)


@pytest.mark.parametrize("limit, status", [(40 << 20, 1), (512 << 20, 1)])
def test_no_memory_for_the_table_is_one_line_and_a_status(limit, status):
    """One line, the documented status, and nothing left in the kernel."""
    done = subprocess.run([PROGRAM, "-j", "--max-connections", "268435456", "--duration", "1s"],
                          capture_output=True, timeout=20, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    errors = done.stderr.decode()
    assert (done.returncode, errors.count("\n")) == (status, 1), errors
    assert "memory" in errors and "; " in errors
    assert all(json.loads(line)["type"] in ("start", "stop") for line in done.stdout.splitlines())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE],
                         ids=lambda number: number.name)
def test_a_signal_writes_what_was_held_back(lo, number):
    """A connection that was handed to a minisock waits two seconds for a late reset; a signal does
    not lose it. SIGPIPE ends nothing: the reader that is gone is noticed by the write."""
    with server(lo) as listener, Run("-j", "--netns", lo.inode) as run:
        with lo:
            client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        client.close()
        until(lambda: lo.command("ss", "-tanH", "state", "fin-wait-2"), "the hand-off")
        if number == signal.SIGPIPE:
            run.process.send_signal(number)
            said = run.end()
        else:
            said = run.end(number)
        accepted.close()
    assert (said.status, said.err) == (0, "")
    pending = [r for r in conns(said.lines) if r["role"] == "client"]
    assert len(pending) == 1
    expect(pending[0], fate="closed_by_local", end_state="FIN_WAIT2")
