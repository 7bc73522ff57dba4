# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Scans find each socket of the host, with its true state and every holder.

Both scan methods are tested with all that both can find: the iterators, and netlink with
/proc.
"""
import contextlib
import math
import os
import re
import socket
import subprocess
import threading
import time

import pytest

from lib import netns, recording
from lib.sockets import connected, listen, until, until_state
from lib.scans import Scanner, cookie, inode, scan

METHODS = {"iterators": (), "netlink": ("--without", "iter")}


@pytest.fixture(params=METHODS)
def method(request):
    """The options for one of the scan methods."""
    return METHODS[request.param]


@pytest.fixture
def ns():
    made = netns.Netns("w")
    yield made
    made.remove()


def scan_of(method, *spaces):
    return scan(*method, *(arg for space in spaces for arg in ("--netns", space.inode)))


def pair_in(ns, family=socket.AF_INET, ip="127.0.0.1"):
    """(listener, client, server) in one namespace."""
    listener = ns.socket(family)
    listener.bind((ip, 0))
    listener.listen(8)
    client = ns.socket(family)
    client.connect(listener.getsockname()[:2])
    return listener, client, listener.accept()[0]


# --- full sockets -------------------------------------------------------------------------------


def test_sockets_from_before_the_start_are_scanned(net, method):
    """Both ends, with tuple, state, inode, identity and owner's uid."""
    made = connected(net)
    made.client.sendall(b"x" * 300)
    until(lambda: made.server.recv(1000, socket.MSG_PEEK | socket.MSG_DONTWAIT), "the data")
    found = scan_of(method, net.client, net.server)
    ours, theirs = found.sock(made.client), found.sock(made.server)
    for sock, record in ((made.client, ours), (made.server, theirs)):
        assert record.local == sock.getsockname()[:2] and record.remote == sock.getpeername()[:2]
        assert record.state == "ESTABLISHED" and record.inode == inode(sock)
        assert record.flags & recording.HAS_SOCKET and not record.flags & recording.DEAD
        assert bool(record.flags & recording.V6) == net.v6
        assert record.pid == 0 and record.comm == b"" and record.uid == os.getuid()
        assert record.silent_ms < 60000 and record.idle_ms < 60000
    assert (ours.netns, theirs.netns) == (net.client.inode, net.server.inode)
    assert (ours.rcv_queue, theirs.rcv_queue, ours.snd_queue) == (0, 300, 0)
    made.close()


def test_mapped_addresses_are_ipv4(ns, method):
    listener, client, server = pair_in(ns, socket.AF_INET6, "::ffff:127.0.0.1")
    record = scan_of(method, ns).sock(client)
    assert record.local[0] == record.remote[0] == "127.0.0.1" and record.flags & recording.V6
    for sock in (listener, client, server):
        sock.close()


def test_half_closed_and_connecting_sockets_have_their_states(net4, method):
    """Half-closed both ways, and a connect that nobody answers."""
    waiting, unanswered = connected(net4), net4.client.socket()
    waiting.client.shutdown(socket.SHUT_WR)
    until_state(waiting.server, "CLOSE_WAIT")
    until_state(waiting.client, "FIN_WAIT2")
    net4.server.drop("tcp dport 9")
    unanswered.setblocking(False)
    unanswered.connect_ex((net4.server_ip, 9))
    found = scan_of(method, net4.client, net4.server)
    half, left, begun = (found.sock(s) for s in (waiting.client, waiting.server, unanswered))
    assert (half.state, left.state, begun.state) == ("FIN_WAIT2", "CLOSE_WAIT", "SYN_SENT")
    assert left.flags & recording.DONE and left.rcv_queue == 1
    assert half.shutdown == 2 and left.shutdown == 1
    assert begun.silent_ms == recording.UNKNOWN and begun.snd_queue == 1
    unanswered.close()
    waiting.close()


def test_keepalive_is_known(net4, method):
    plain, kept = connected(net4), connected(net4)
    kept.client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    kept.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 100)
    found = scan_of(method, net4.client)
    assert found.sock(kept.client).flags & recording.KEEPOPEN
    assert not found.sock(plain.client).flags & recording.KEEPOPEN
    for made in (plain, kept):
        made.close()


def test_silence_and_idle_time_grow(net4, method):
    """silent_ms from what the peer sent last, idle_ms from what was sent last."""
    made = connected(net4)
    time.sleep(0.3)
    made.server.sendall(b"x")
    assert made.client.recv(1) == b"x"
    record = scan_of(method, net4.client).sock(made.client)
    assert record.silent_ms + 250 <= record.idle_ms < 60000  # however long tcpfate took to start
    made.close()


# --- listeners ----------------------------------------------------------------------------------


def ss(ns, *args):
    return [line.split() for line in ns.command("ss", "-tanH", *args).splitlines()]


def test_listeners_as_ss_shows_them(net, method):
    """Queue, limit, and what was turned away."""
    listener = listen(net, backlog=2)
    where = listener.getsockname()[:2]
    clients = []
    for _ in range(5):
        client = net.client.socket(net.family)
        client.setblocking(False)
        client.connect_ex(where)
        clients.append(client)
    until(lambda: ss(net.server, "state", "listening")[0][0] == "3", "the full queue")
    record = scan_of(method, net.server).sock(listener)
    (waiting, limit, *_), = ss(net.server, "state", "listening")
    assert (record.state, str(record.rcv_queue), str(record.snd_queue)) == ("LISTEN", waiting,
                                                                            limit)
    assert record.local == where and record.remote[1] == 0 and record.inode == inode(listener)
    assert record.drops > 0
    for sock in (*clients, listener):
        sock.close()


# --- minisocks and requests ---------------------------------------------------------------------


def test_minisocks_have_their_substate(net, method):
    """TIME_WAIT proper, and an orphan that waits for the peer's FIN."""
    ended, waiting = connected(net), connected(net)
    identity, other = cookie(ended.client), cookie(waiting.client)
    ended.client.close()
    assert ended.server.recv(1) == b""
    ended.server.close()
    waiting.client.close()
    until(lambda: ss(net.client, "state", "fin-wait-2"), "the orphan's minisock")
    until(lambda: ss(net.client, "state", "time-wait"), "the other minisock")
    found = {m.sock: m for m in scan_of(method, net.client).minisocks}
    for number, substate, made in ((identity, "TIME_WAIT", ended), (other, "FIN_WAIT2", waiting)):
        record = found.pop(number)
        assert (record.state, record.substate) == ("TIME_WAIT", substate)
        assert record.flags & recording.IS_MINISOCK and bool(record.flags & recording.V6) == net.v6
        assert record.local == (net.client_ip, made.cport)
        assert record.remote == (net.server_ip, made.sport)
    assert not found
    waiting.close()


def test_pending_handshakes_count_their_retries(link, method):
    """With how often the SYN-ACK was sent again, 1, 3, 7... seconds after the SYN; their identity
    becomes the connection's."""
    link.kernel.sysctl({"net.ipv4.tcp_synack_retries": 5})
    listener = link.listen()
    port = listener.getsockname()[1]
    fresh, begun = link.peer.pending(port), time.monotonic()
    tried = link.peer.pending(port)
    tried.await_segment("SA")
    found = scan_of(method, link.kernel)
    records = {m.remote[1]: m for m in found.minisocks}
    for conn in (fresh, tried):
        record = records[conn.lport]
        assert record.state == "NEW_SYN_RECV" and record.flags & recording.IS_REQUEST
        assert record.local == (link.kernel_ip, port) and record.remote[0] == link.peer_ip
        assert record.sock
    assert 1 <= records[tried.lport].retransmits <= math.log2(time.monotonic() - begun + 1)
    if not method:
        assert found.sock(listener).requests == 2
    tried.send("A")
    server, _ = listener.accept()
    assert cookie(server) == records[tried.lport].sock
    server.close()
    listener.close()
    link.remove()


# --- holders ------------------------------------------------------------------------------------


def test_every_holder_of_a_socket_is_found(net4, spawn, method):
    """Process, name and descriptor; all of them when it is shared or was passed on."""
    made = connected(net4)
    inheritor, taker = spawn(net4.server, comm=b"heir"), spawn(net4.server, comm=b"taker \x1b[2J")
    fd = taker_fd(net4.server, taker, made.server)
    inheritor.run("listener = socket.socket()")
    inheritor.run("listener.bind(('127.0.0.1', 0))")
    inheritor.run("listener.listen(1)")
    inherited = inheritor.run("listener.fileno()")
    child = inheritor.run("pid = os.fork()\nif not pid: signal.pause()") or inheritor.run("pid")
    found = scan_of(method, net4.server, net4.client)
    me = (os.getpid(), made.server.fileno())
    assert found.holders_of(made.server) == {me, (taker.pid, fd)}
    by_pid = {h.pid: h for h in found.holders if h.sock == cookie(made.server)}
    assert by_pid[taker.pid].comm == b"taker \x1b[2J"
    assert by_pid[taker.pid].inode == inode(made.server)
    assert by_pid[os.getpid()].state == "ESTABLISHED"
    shared = {(h.pid, h.fd) for h in found.holders if h.comm == b"heir"}
    assert shared == {(inheritor.pid, inherited), (child, inherited)}
    assert found.holders_of(made.client) == {(os.getpid(), made.client.fileno())}
    made.close()


def taker_fd(ns, agent, sock):
    """Gives @agent, which lives in @ns, a descriptor of @sock; its number there."""
    name = f"\0tfe2e-{os.getpid()}"
    with ns.socket(socket.AF_UNIX) as door:
        door.settimeout(10)
        door.bind(name)
        door.listen(1)
        agent.start(f"s = socket.socket(socket.AF_UNIX); s.connect({name!r}); "
                    "got = socket.recv_fds(s, 1, 1)[1][0]; s.close()")
        conn, _ = door.accept()
        with conn:
            socket.send_fds(conn, [b"x"], [sock.fileno()])
            assert "failure" not in agent.answer()
    return agent.run("got")


def test_a_dead_socket_that_is_still_held_is_found(net4):
    """No hash table has it any more, only its descriptor (iterator only)."""
    made = connected(net4)
    made.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    made.client.close()
    until_state(made.server, "CLOSE")
    found = scan_of((), net4.server)
    assert [s for s in found.socks if s.sock == cookie(made.server)] == []
    held, = [h for h in found.holders if h.sock == cookie(made.server)]
    assert (held.pid, held.fd, held.state) == (os.getpid(), made.server.fileno(), "CLOSE")
    made.close()


# --- namespaces ---------------------------------------------------------------------------------


def test_a_namespace_that_only_a_mount_holds_is_scanned(ns, method):
    """The sockets in it are ours, who are elsewhere."""
    socks = pair_in(ns)
    found = scan_of(method, ns)
    for sock in socks:
        assert found.sock(sock).netns == ns.inode
    for sock in socks:
        sock.close()


def test_a_namespace_that_only_a_process_holds_is_scanned(spawn, method):
    space = netns.Netns("p")
    agent = spawn(space)
    inode_of = space.inode
    space.remove()
    agent.run("s = socket.socket(); s.bind(('127.0.0.1', 4711)); s.listen(1)")
    found = scan(*method, "--netns", inode_of)
    record, = found.socks
    assert record.netns == inode_of and record.local == ("127.0.0.1", 4711)
    assert {h.pid for h in found.holders if h.sock == record.sock} == {agent.pid}


def test_a_namespace_that_only_a_thread_holds_is_scanned(method):
    space, inside, done = netns.Netns("t"), threading.Event(), threading.Event()
    listener = space.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)

    def stay():
        with space:
            inside.set()
            done.wait(30)

    thread = threading.Thread(target=stay)
    thread.start()
    inside.wait(10)
    inode_of = space.inode
    subprocess.run(["ip", "netns", "del", space.name], check=True)
    os.close(space.fd)
    try:
        found = scan(*method, "--netns", inode_of)
        assert found.sock(listener).netns == inode_of
    finally:
        done.set()
        thread.join()
        listener.close()


def test_a_namespace_mounted_in_another_mount_namespace_is_scanned(method):
    """As container engines keep theirs, when they have a mount namespace of their own."""
    name = f"tfe2e-{os.getpid()}-m"
    script = ("set -e; mkdir -p /run/$0; mount -t tmpfs none /run/$0; cd /run/$0; "
              "touch ns; ip netns add $0; mount --bind /run/netns/$0 ns; stat -L -c %i ns; "
              "ip netns del $0; read x")
    keeper = subprocess.Popen(
        ["unshare", "-m", "--propagation", "private", "sh", "-c", script, name],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        inode_of = int(keeper.stdout.readline())
        path = f"/proc/{keeper.pid}/root/run/{name}/ns"
        until(lambda: not os.path.exists(f"/run/netns/{name}"), "the name to go")
        found = scan(*method, "--netns", inode_of)
        assert inode_of in found.spaces and os.stat(path).st_ino == inode_of
    finally:
        keeper.stdin.close()
        keeper.wait(timeout=10)
        keeper.stdout.close()
        subprocess.run(["umount", f"/run/netns/{name}"], capture_output=True, check=False)
        with contextlib.suppress(OSError):
            os.unlink(f"/run/netns/{name}")
        with contextlib.suppress(OSError):
            os.rmdir(f"/run/{name}")


def test_settings_and_counters_of_a_namespace_are_read(ns, method):
    ns.sysctl({"net.ipv4.ip_local_port_range": "40000 40100", "net.ipv4.tcp_max_syn_backlog": 77,
               "net.ipv4.tcp_syncookies": 2, "net.core.somaxconn": 99,
               "net.ipv4.tcp_fin_timeout": 33, "net.ipv4.tcp_max_tw_buckets": 4444})
    for sock in pair_in(ns):
        sock.close()
    space = scan_of(method, ns).spaces[ns.inode]
    assert (space.low, space.high, space.max_syn_backlog, space.syncookies) == (40000, 40100, 77, 2)
    assert (space.somaxconn, space.fin_timeout, space.max_tw_buckets) == (99, 33, 4444)
    assert space.snmp[:4] == (1, 1, 0, 0)


@pytest.mark.alone
def test_namespaces_are_scanned_once_and_one_by_one():
    """Without a filter: each once, its records between its two marks, then the descriptors."""
    spaces = [netns.Netns("a") for _ in range(5)]
    socks = [pair_in(space) for space in spaces]
    found = scan()
    steps = [(s.step, s.netns) for s in found.steps]
    visited = [number for step, number in steps if step == recording.SPACE]
    assert len(set(visited)) == len(visited) and {s.inode for s in spaces} <= set(visited)
    assert steps[0] == (recording.BEGIN, 0)
    assert steps[1:-3] == [pair for number in visited for pair in (
        (recording.SPACE, number), (recording.SPACE_END, number))]
    assert [step for step, _ in steps[-3:]] == [
        recording.HOLDERS, recording.HOLDERS_END, recording.END]
    assert all(s.whole for s in found.steps if s.step in (
        recording.SPACE_END, recording.HOLDERS_END, recording.END))
    assert found.steps[-1].took_ns > 0
    inside = None
    for ev in found.events:
        if isinstance(ev.body, recording.Scan):
            inside = ev.body
        elif isinstance(ev.body, (recording.Sock, recording.Minisock, recording.Space)):
            assert inside.step == recording.SPACE and inside.netns == ev.netns
        elif isinstance(ev.body, recording.Holder):
            assert inside.step == recording.HOLDERS
    for space, made in zip(spaces, socks):
        for sock in made:
            assert found.sock(sock).netns == space.inode
            sock.close()
        space.remove()


@pytest.mark.alone
def test_namespaces_that_come_and_go_are_no_error():
    """Scans one after the other, while namespaces with sockets are made and removed."""
    with Scanner("--scan-interval", "1ms") as scanner:
        for _ in range(20):
            space = netns.Netns("g")
            socks = pair_in(space)
            for sock in socks:
                sock.close()
            space.remove()
        scanner.await_scans(5)
        assert "cannot" not in scanner.stop()


# --- all of it ----------------------------------------------------------------------------------

SS_NAMES = {"ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV",
            "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2", "TIME-WAIT": "TIME_WAIT",
            "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK", "LISTEN": "LISTEN",
            "CLOSING": "CLOSING"}


def ss_states(space):
    counts = {}
    for state, *_ in ss(space):
        counts[SS_NAMES[state]] = counts.get(SS_NAMES[state], 0) + 1
    return counts


def test_counts_agree_with_ss(net, method):
    """A namespace where nothing moves, with many states in it."""
    kept = [connected(net) for _ in range(7)]
    for made in kept[:2]:
        made.client.shutdown(socket.SHUT_WR)
        until_state(made.server, "CLOSE_WAIT")
    kept[2].client.close()
    assert kept[2].server.recv(1) == b""
    kept[2].server.close()
    kept[3].client.close()
    until_state(kept[3].server, "CLOSE_WAIT")
    kept[4].server.close()
    until(lambda: len(ss(net.client, "state", "time-wait")) == 1, "the quiet")
    kept.append(connected(net, accept=False))
    found = scan_of(method, net.client, net.server)
    for space in (net.client, net.server):
        assert found.states(space.inode) == ss_states(space)
    for made in kept:
        made.close()


CROWD = """
def crowd(count):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    socks.append(listener)
    for _ in range(count):
        client = socket.socket()
        client.connect(listener.getsockname())
        socks.extend((client, listener.accept()[0]))
    return [(struct.unpack("Q", s.getsockopt(1, 57, 8))[0], s.fileno()) for s in socks]
socks = []
"""


@pytest.mark.alone
@pytest.mark.parametrize("ring, count", [("8M", 5100), ("64K", 1000)])
def test_a_scan_of_20000_sockets_loses_none(ns, spawn, method, ring, count):
    """20,000 sockets of two processes; a small ring only makes the pieces smaller."""
    ns.crowded()
    agents, known = [spawn(ns), spawn(ns)], {}
    for agent in agents:
        agent.run(CROWD)
        agent.start(f"crowd({count})")
    for agent in agents:
        for number, fd in agent.answer()["value"]:
            known[number] = (agent.pid, fd)
    found = scan(*method, "--ring-size", ring, "--netns", ns.inode, timeout=60)
    seen = [s.sock for s in found.socks]
    assert len(seen) == len(set(seen)) == 2 * (2 * count + 1) and set(known) == set(seen)
    held = {h.sock: (h.pid, h.fd) for h in found.holders if h.netns == ns.inode}
    assert held == known
    assert all(s.whole for s in found.steps if s.took_ns)


# --- beside the hooks ---------------------------------------------------------------------------


class Churn:
    """Connections that come and go in one namespace, and leave few minisocks."""

    def __init__(self, ns):
        ns.crowded()
        ns.sysctl({"net.ipv4.tcp_max_tw_buckets": 200})
        self.ns, self._end, self._threads = ns, threading.Event(), []
        for _ in range(2):
            thread = threading.Thread(target=self._run)
            thread.start()
            self._threads.append(thread)

    def _run(self):
        with self.ns.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(64)
            while not self._end.is_set():
                pairs = []
                for _ in range(40):
                    client = self.ns.socket()
                    client.connect(listener.getsockname())
                    pairs.append((client, listener.accept()[0]))
                time.sleep(0.002)
                for client, server in pairs:
                    client.shutdown(socket.SHUT_WR)
                    server.close()
                    client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.alone
def test_scans_and_hooks_agree(ns, method):
    """In the order of the stream: a scan finds each socket in the state that the hooks left it in,
    and none of what happens while a scan holds a socket is taken for tcpfate's own doing."""
    with Churn(ns), Scanner(*method, "--netns", ns.inode, "--scan-interval", "1ms") as scanner:
        scanner.await_scans(12, timeout=60)
        scanner.stop()
        events, own = scanner.events(), scanner.process.pid
    states, compared = {}, 0
    for ev in events:
        if ev.kind in (recording.STATE, recording.CLOSE):
            flags, _, new = recording.transition(ev)
            states[ev.sock] = recording.STATES[new]
            assert not (flags & recording.TASK and recording.task_of(ev) == own)
        elif ev.kind == recording.SOCK and ev.sock in states:
            assert ev.body.state == states[ev.sock], f"{ev.body} after {states[ev.sock]}"
            compared += 1
    assert compared > 50, f"only {compared} sockets were found between their events"


@pytest.mark.alone
def test_a_scan_makes_no_time_go_back(ns):
    """What user space puts into the stream is never later than what the ring still holds."""
    with Churn(ns), Scanner("--netns", ns.inode, "--scan-interval", "1ms") as scanner:
        scanner.await_scans(10, timeout=60)
        scanner.stop()
        events = scanner.events()
    mark = 0
    for ev in events:
        if ev.kind in (recording.SOCKETS, recording.NETNS):
            mark = ev.time_ns
        else:
            assert ev.time_ns >= mark - 50000, (ev, mark)  # two CPUs stamp in either order


@pytest.mark.alone
def test_the_pause_between_scans_is_fifty_times_the_scan(ns):
    with Scanner("--scan-interval", "1ms") as scanner:
        scans = scanner.await_scans(4)
        scanner.stop()
    for one, next_one in zip(scans, scans[1:]):
        pause = next_one.events[0].time_ns - one.events[-1].time_ns
        assert pause >= 45 * one.steps[-1].took_ns


def test_there_are_no_scans_when_they_are_off(ns):
    with Scanner("--scan-interval", "0", "--netns", ns.inode) as scanner:
        until(lambda: scanner.path.exists() and scanner.path.stat().st_size, "the start")
        for sock in pair_in(ns):
            sock.close()
        until(lambda: any(ev.kind == recording.CLOSE for ev in scanner.events()), "the events")
        scanner.stop()
        assert not scanner.scans()


def context_switches(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
        return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status.read(), re.M)[1])


@pytest.mark.alone
def test_an_idle_host_sleeps_between_scans(ns, method):
    """A wake-up for each scan, not for each record or step of it; else only the core's own
    timers."""
    socks = pair_in(ns)
    with Scanner(*method, "--netns", ns.inode, "--scan-interval", "1s") as scanner:
        scanner.await_scans(2)
        time.sleep(1.5)
        before, found = context_switches(scanner.process.pid), len(scanner.scans())
        time.sleep(5)
        after, now = context_switches(scanner.process.pid), len(scanner.scans())
        scanner.stop()
    assert now - found >= 4
    assert after - before <= 2 * (now - found) + 10
    for sock in socks:
        sock.close()


def iterator_links():
    done = subprocess.run(["bpftool", "link"], capture_output=True, text=True, check=True,
                          env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    return done.stdout.count(": iter ")


@pytest.mark.alone
def test_no_iterator_is_left_behind():
    before = iterator_links()
    with Scanner() as scanner:
        scanner.await_scans(1)
        assert iterator_links() == before + 2
        scanner.process.kill()
        scanner.process.wait()
        until(lambda: iterator_links() == before, "the iterators to go")
