# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""tcpfate snapshot: what every socket is doing now, compared with what made it so, and with
`ss`."""
import fcntl
import json
import os
import pathlib
import pty
import re
import socket
import struct
import subprocess
import termios
import threading
import time

import pytest

from lib.command import PROGRAM, Run, tcpfate
from lib.netns import Netns
from lib.records import expect
from lib.snapshots import Snapshot, of, quiet, ss_counts, ss_queues
from lib.sockets import (client_socket, connected, keepalive, listen, queued, state, until,
                         until_state)

LISTEN = "l = socket.socket(); l.bind(('{ip}', 0)); l.listen(64); l.getsockname()"


@pytest.fixture
def lo():
    made = Netns("l")
    yield made
    made.remove()


def pair(net, listener):
    """A connection to @listener: client, server."""
    client = client_socket(net)
    client.connect(listener.getsockname()[:2])
    server, _ = listener.accept()
    server.settimeout(10)
    return client, server


def patient(*spaces):
    """No timer ends a socket during the test."""
    for ns in spaces:
        ns.sysctl({"net.ipv4.tcp_syn_retries": 6, "net.ipv4.tcp_retries2": 15,
                   "net.ipv4.tcp_synack_retries": 5, "net.ipv4.tcp_orphan_retries": 8})


# Counts.

def test_states_are_counted_as_ss_does(net):
    """Every state that plain sockets can be held in, in two namespaces at once."""
    patient(net.client, net.server)
    listener = listen(net, backlog=64)
    closing, last_ack, fin_wait1, half_closed = (pair(net, listener) for _ in range(4))
    kept = [pair(net, listener) for _ in range(3)]
    for _ in range(2):  # FIN_WAIT2 minisocks, and CLOSE_WAIT
        client, server = pair(net, listener)
        client.close()
        kept.append(server)
    for _ in range(4):  # TIME_WAIT
        client, server = pair(net, listener)
        client.close()
        until_state(server, "CLOSE_WAIT")
        server.close()
    waiting = client_socket(net)
    waiting.connect(listener.getsockname()[:2])
    half_closed[0].shutdown(socket.SHUT_WR)
    last_ack[0].shutdown(socket.SHUT_WR)
    until_state(half_closed[0], "FIN_WAIT2")
    until_state(last_ack[0], "FIN_WAIT2")
    net.server.drop()  # what the client sends from here on is lost
    fin_wait1[0].shutdown(socket.SHUT_WR)
    closing[0].shutdown(socket.SHUT_WR)
    closing[1].shutdown(socket.SHUT_WR)
    last_ack[1].shutdown(socket.SHUT_WR)
    connecting, connect_time = client_socket(net, timeout=0), time.monotonic()
    connecting.connect_ex(listener.getsockname()[:2])
    until_state(closing[0], "CLOSING")
    until_state(last_ack[1], "LAST_ACK")

    snapshot, (client, server) = quiet(net.client, net.server)
    assert snapshot.counts(net.client) == client
    assert snapshot.counts(net.server) == server
    assert set(client) == {"ESTABLISHED", "SYN_SENT", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
                           "CLOSING"}
    assert set(server) == {"LISTEN", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK", "FIN_WAIT1"}
    assert snapshot.head["whole"] is True
    for name, n in snapshot.head["states"].items():
        assert n == sum(s["states"][name] for s in snapshot.head["namespaces"]), name
    assert len(snapshot.sockets) == snapshot.head["sockets"]
    since, = [s["age_us"] for s in snapshot.sockets if s["state"] == "SYN_SENT"]
    assert 0 < since < (time.monotonic() - connect_time) * 1e6
    # Each is where it was made, in the state that the kernel reports to its owner.
    for sock in (fin_wait1[0], closing[0], half_closed[0], connecting):
        name = sock.getsockname()[1]
        assert next(s["state"] for s in snapshot.sockets
                    if (s["netns"], s["local_port"]) == (net.client.inode, name)) == state(sock)


def test_pending_handshakes_are_counted(link):
    patient(link.kernel)
    listener = link.listen(backlog=64)
    port = listener.getsockname()[1]
    for _ in range(5):
        link.peer.pending(port)
    snapshot, (counts,) = quiet(link.kernel)
    assert snapshot.counts(link.kernel) == counts == {"LISTEN": 1, "SYN_RECV": 5}
    expect(snapshot.listener(link.kernel, port), pending=5, accept_queue=0, drops=0)
    expect(snapshot.group(link.kernel, held="minisock"), role="server", local_port=port, sockets=5,
           pid=None, remote_addr=None)
    for sock in snapshot.sockets:
        if sock["state"] == "SYN_RECV":
            expect(sock, role="server", held="minisock", holders=[], age_us=None, uid=None)


def test_churn_changes_no_count_of_what_stays(net4):
    """What came before and stays is counted by every snapshot, once; what a moment made is not more
    than there was."""
    net4.crowded()
    listener = listen(net4, backlog=64)
    idle = [pair(net4, listener) for _ in range(40)]
    stop = threading.Event()

    def churn():
        # Not so many that the first TIME_WAITs are over, after a minute, before all have been
        # counted.
        while not stop.wait(0.003):
            client, server = pair(net4, listener)
            client.close()  # TIME_WAIT here, for a minute
            server.close()

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        until(lambda: ss_counts(net4.client).get("TIME_WAIT", 0) > 100, "some traffic")
        for _ in range(8):
            before = ss_counts(net4.client)
            snapshot = of(net4.client, net4.server)
            after = ss_counts(net4.client)
            client, server = snapshot.counts(net4.client), snapshot.counts(net4.server)
            assert before["TIME_WAIT"] <= client["TIME_WAIT"] <= after["TIME_WAIT"]
            # A scan takes one chain of the kernel's table after the other, each for itself.
            most = len(idle) + 2 + after["TIME_WAIT"] - before["TIME_WAIT"]
            assert len(idle) <= client["ESTABLISHED"] <= most
            assert len(idle) <= server["ESTABLISHED"] <= most
            assert server["LISTEN"] == 1
            found = {(s["netns"], s["local_port"], s["remote_port"]) for s in snapshot.sockets}
            assert len(found) == len(snapshot.sockets), "a socket was found twice"
    finally:
        stop.set()
        thread.join()


def test_each_namespace_has_its_own_counts():
    """Each has its own, also those that no process is in."""
    spaces = [Netns("m") for _ in range(5)]
    try:
        listeners = []
        for number, ns in enumerate(spaces):
            for _ in range(number):
                sock = ns.socket()
                sock.bind(("127.0.0.1", 0))
                sock.listen(8)
                listeners.append(sock)
        snapshot = Snapshot()
        assert [snapshot.space(ns)["states"]["LISTEN"] for ns in spaces] == list(range(5))
        assert all(snapshot.space(ns)["whole"] for ns in spaces)
        only = of(*spaces[2:4])
        assert [ns["netns"] for ns in only.head["namespaces"]] == [ns.inode
                                                                   for ns in spaces[2:4]] or \
            {ns["netns"] for ns in only.head["namespaces"]} == {ns.inode for ns in spaces[2:4]}
        assert only.head["sockets"] == 5
    finally:
        for ns in spaces:
            ns.remove()


# Listeners.

def test_queues_are_shown_as_ss_does(net):
    """Empty, with some waiting, and full with others turned away."""
    empty, some, full = (listen(net, backlog=n) for n in (8, 16, 2))
    clients = [client_socket(net) for _ in range(3)]
    for sock in clients:
        sock.connect(some.getsockname()[:2])
    rest = [client_socket(net, timeout=0) for _ in range(8)]
    for sock in rest:
        sock.connect_ex(full.getsockname()[:2])
    until(lambda: queued(full) == 3, "a full queue")
    snapshot = of(net.server)
    for (_, port), queue in ss_queues(net.server).items():
        record = snapshot.listener(net.server, port)
        assert (record["accept_queue"], record["backlog"]) == queue, record
    port = full.getsockname()[1]
    expect(snapshot.listener(net.server, port), accept_queue=3, backlog=2, drops=lambda n: n > 0,
           local_addr=net.server_ip)
    expect(snapshot.listener(net.server, empty.getsockname()[1]), accept_queue=0, backlog=8,
           drops=0)
    assert snapshot.listeners[0]["local_port"] == port, "the one in trouble comes first"
    # Nobody has them yet; one more than the backlog waits.
    expect(snapshot.group(net.server, held="accept_queue", local_port=some.getsockname()[1]),
           sockets=3, pid=None, role="server", fds=[])


def test_every_worker_holds_an_inherited_listener(net, spawn):
    """A pre-fork server: every worker holds the listener, each its own connections."""
    agent = spawn(net.server, comm=b"master")
    agent.run(f"l = socket.socket({int(net.family)}); l.bind(({net.server_ip!r}, 0)); l.listen(8)")
    port, fd = agent.run("l.getsockname()[1]"), agent.run("l.fileno()")
    workers = agent.run("""
workers = []
for i in range(3):
    r, w = os.pipe()
    pid = os.fork()
    if not pid:
        name(b"worker")
        os.write(w, b"x")
        s, _ = l.accept()
        os.write(w, b"x")
        signal.pause()
    os.read(r, 1)
    workers.append((pid, r))
""") or [pid for pid, _ in agent.run("workers")]
    clients = [client_socket(net) for _ in range(3)]
    for sock in clients:
        sock.connect((net.server_ip, port))
    agent.run("for _, r in workers: os.read(r, 1)")
    snapshot = of(net.server)
    holders = snapshot.listener(net.server, port)["holders"]
    assert [(h["pid"], h["comm"]) for h in holders] == \
        [(agent.pid, "master")] + [(pid, "worker") for pid in sorted(workers)]
    assert all(fd in h["fds"] for h in holders)
    served = {s["holders"][0]["pid"] for s in snapshot.sockets if s["state"] == "ESTABLISHED"}
    assert served == set(workers)
    assert all(len(s["holders"]) == 1 and s["role"] == "server" for s in snapshot.sockets
               if s["state"] == "ESTABLISHED")


# Owners.

def leak(net, spawn, n, comm=b"leaky", read=0):
    """A process with @n sockets in CLOSE_WAIT, of which it has read the EOF of @read; the agent,
    its port, and the descriptors."""
    agent = spawn(net.server, comm=comm)
    agent.run(f"l = socket.socket({int(net.family)}); l.bind(({net.server_ip!r}, 0)); l.listen(64)")
    port = agent.run("l.getsockname()[1]")
    agent.run("kept = []")
    for _ in range(n):
        client = client_socket(net)
        client.connect((net.server_ip, port))
        agent.run("kept.append(l.accept()[0])")
        client.sendall(b"unread")
        client.close()
    until(lambda: ss_counts(net.server).get("CLOSE_WAIT") == n, f"{n} sockets in CLOSE_WAIT")
    agent.run(f"for s in kept[:{read}]:\n  while s.recv(99): pass")
    return agent, port, agent.run("[s.fileno() for s in kept]")


def test_a_close_wait_leak_is_shown_with_its_holder(net, spawn):
    """The process, its descriptors, who has read the EOF, what is unread, and for how long."""
    begun = time.monotonic()
    agent, port, fds = leak(net, spawn, 12, read=5)
    time.sleep(0.3)
    snapshot = of(net.server)
    took = time.monotonic() - begun
    group = expect(snapshot.group(net.server, held="process", local_port=port), pid=agent.pid,
                   comm="leaky", role="server", sockets=12, eof_read=5,
                   bytes_unread=7 * len("unread"),
                   remote_addr=None, shared=0)
    assert snapshot.groups[0] == group, "the unusual comes first"
    (name, n, oldest), = group["states"]
    assert (name, n) == ("CLOSE_WAIT", 12) and 250_000 <= oldest <= took * 1e6
    assert set(group["fds"]) <= set(fds) and len(group["fds"]) == 8
    sockets = [s for s in snapshot.sockets if s["state"] == "CLOSE_WAIT"]
    assert sorted(s["holders"][0]["fds"][0] for s in sockets) == sorted(fds)
    for sock in sockets:
        expect(sock, held="process", uid=0, age_at_least=True, silent_us=sock["age_us"],
               age_us=lambda us: 250_000 <= us <= took * 1e6,
               bytes_unread=0 if sock["eof_read"] else len("unread"))
        assert [(h["pid"], h["comm"]) for h in sock["holders"]] == [(agent.pid, "leaky")]
        fd = sock["holders"][0]["fds"][0]
        assert os.stat(f"/proc/{agent.pid}/fd/{fd}").st_ino == sock["inode"]
    ages = [s["age_us"] for s in sockets]
    assert ages == sorted(ages, reverse=True), "the oldest come first"


def test_both_holders_after_a_fork_are_shown(net4, spawn):
    """Both hold it, and a dup() of it counts too."""
    agent = spawn(net4.client, comm=b"parent")
    listener = listen(net4)
    port = listener.getsockname()[1]
    agent.run(f"s = socket.socket(); s.connect(({net4.server_ip!r}, {port})); "
              "d = os.dup(s.fileno())")
    child = agent.run("""
r, w = os.pipe()
child = os.fork()
if not child:
    name(b"child")
    os.write(w, b"x")
    signal.pause()
os.read(r, 1)
""") or agent.run("child")
    fds = sorted([agent.run("s.fileno()"), agent.run("d")])
    snapshot = of(net4.client)
    sock = snapshot.socket(net4.client, agent.run("s.getsockname()[1]"), port)
    assert [(h["pid"], h["comm"], h["fds"]) for h in sock["holders"]] == sorted(
        [(agent.pid, "parent", fds), (child, "child", fds)])
    # Both ports are of the range, and this snapshot does not see the other end.
    expect(snapshot.group(net4.client, pid=agent.pid), shared=1, sockets=1, role=None,
           remote_addr=None, local_port=agent.run("s.getsockname()[1]"))


def test_a_passed_descriptor_is_held_by_its_receiver(net4, spawn):
    """The receiver holds it, nobody else; while it is under way, nobody, and that is said."""
    giver, taker = spawn(net4.client, comm=b"giver"), spawn(net4.client, comm=b"taker")
    listener = listen(net4)
    port = listener.getsockname()[1]
    path = f"\\0tfe2e-{os.getpid()}-{port}"
    taker.run(f"u = socket.socket(socket.AF_UNIX); u.bind('{path}'); u.listen(1)")
    giver.run(f"s = socket.socket(); s.connect(({net4.server_ip!r}, {port}))")
    lport = giver.run("s.getsockname()[1]")
    giver.run(f"u = socket.socket(socket.AF_UNIX); u.connect('{path}')")
    giver.run("socket.send_fds(u, [b'x'], [s.fileno()]); s.close()")
    expect(of(net4.client).socket(net4.client, lport, port), holders=[], held=None)
    taker.run("v, _ = u.accept(); _, fds, _, _ = socket.recv_fds(v, 9, 1)")
    sock = of(net4.client).socket(net4.client, lport, port)
    expect(sock, held="process", state="ESTABLISHED")
    assert [(h["pid"], h["comm"], h["fds"]) for h in sock["holders"]] == \
        [(taker.pid, "taker", [taker.run("fds[0]")])]


def test_orphans_and_minisocks_have_no_holder(net4):
    patient(net4.client, net4.server)
    conn = connected(net4)
    other = connected(net4)
    other.client.close()
    until_state(other.server, "CLOSE_WAIT")
    other.server.close()
    net4.server.drop()
    conn.client.sendall(b"lost")
    conn.client.close()
    snapshot = of(net4.client)
    expect(snapshot.socket(net4.client, conn.cport, conn.sport), state="FIN_WAIT1", held="orphan",
           holders=[], inode=None, bytes_unacked=4, age_us=None)
    expect(snapshot.socket(net4.client, other.cport, other.sport), state="TIME_WAIT",
           held="minisock", holders=[], inode=None, uid=None, bytes_unread=None)
    assert snapshot.head["held"]["orphan"] == 1


def test_a_socket_without_a_connection_is_closed(lo, spawn):
    """No table of the kernel has it, `ss` does not show it, but a process holds it: CLOSE."""
    agent = spawn(lo, comm=b"idle")
    agent.run("kept = [socket.socket() for _ in range(3)]")
    snapshot = of(lo)
    assert snapshot.space(lo)["states"]["CLOSE"] == 3 and ss_counts(lo) == {}
    group = expect(snapshot.group(lo, pid=agent.pid), role=None, local_port=None, remote_addr=None,
                   comm="idle")
    assert group["states"] == [["CLOSE", 3, None]]
    assert all(s["local_addr"] is None and s["family"] is None for s in snapshot.sockets)


# Roles.

def test_roles_follow_from_the_listeners(net, spawn):
    listener = listen(net)
    client, server = pair(net, listener)
    cport, sport = client.getsockname()[1], listener.getsockname()[1]
    snapshot = of(net.client, net.server)
    expect(snapshot.socket(net.client, cport, sport), role="client", family=net.family_name,
           local_addr=net.client_ip, remote_addr=net.server_ip)
    expect(snapshot.socket(net.server, sport, cport), role="server")
    # A wildcard listener shows it too, even when the filter leaves it out.
    everybody = net.server.socket(net.family)
    everybody.bind(("::" if net.v6 else "0.0.0.0", 0))
    everybody.listen(8)
    other = client_socket(net)
    other.connect((net.server_ip, everybody.getsockname()[1]))
    snapshot = of(net.server, options=["--host", net.client_ip, "-D", other.getsockname()[1]])
    assert snapshot.listeners == []
    expect(snapshot.socket(net.server, everybody.getsockname()[1], other.getsockname()[1]),
           role="server", held="accept_queue")


def test_numbers_of_a_socket_are_what_was_done_to_it(net4):
    """Keepalive, what is unread, unsent, unacknowledged, retransmitted."""
    patient(net4.client, net4.server)
    conn = connected(net4)
    keepalive(conn.client, idle=100)
    conn.server.sendall(b"12345")
    until(lambda: conn.client.recv(99, socket.MSG_PEEK) == b"12345", "data")
    expect(of(net4.client).socket(net4.client, conn.cport, conn.sport), keepalive=True,
           bytes_unread=5, bytes_unacked=0, eof_read=None, retransmits=0,
           srtt_us=lambda us: us > 0, silent_us=lambda us: us < 10_000_000)
    net4.server.drop()
    conn.client.sendall(b"x" * 100)
    until(lambda: of(net4.client).socket(net4.client, conn.cport, conn.sport)["retransmits"] >= 1,
          "a retransmission")
    # It counts from the transmission before the first timeout, and that may be a tail loss probe:
    # tcp_retransmit_skb() stamps with the segment's own time, which __tcp_retransmit_skb() renews.
    until(lambda: of(net4.client).socket(net4.client, conn.cport, conn.sport)["waits_us"] > 100_000,
          "a wait of 0.1 s")
    expect(of(net4.client).socket(net4.client, conn.cport, conn.sport), bytes_unacked=100,
           bytes_unsent=0, idle_us=lambda us: us is not None, waits_us=lambda us: us > 100_000)


# Filters.

def test_filters_turn_sockets_away(net, spawn):
    agent, port, _ = leak(net, spawn, 3)
    listener = listen(net)
    client, _ = pair(net, listener)
    here = ["--netns", net.server.inode, "--sockets"]

    def seen(*options):
        return {(s["state"], s["local_port"]) for s in Snapshot(*here, *options).sockets}

    leaked = {("CLOSE_WAIT", port), ("LISTEN", port)}
    assert seen("-p", agent.pid) == leaked
    assert seen("--comm", "leaky") == leaked
    assert seen("--comm", "leaky", "-p", os.getpid()) == set()
    assert seen("-L", port) == leaked
    assert seen("-D", client.getsockname()[1]) == {("ESTABLISHED", listener.getsockname()[1])}
    everything = leaked | {(name, listener.getsockname()[1]) for name in ("LISTEN", "ESTABLISHED")}
    assert seen() == everything
    assert seen("-6" if net.v6 else "-4") == seen("--host", net.server_ip) == everything
    assert seen("--host", net.client_ip) == {(name, lport) for name, lport in everything
                                             if name != "LISTEN"}
    assert seen("-4" if net.v6 else "-6") == set()
    snapshot = Snapshot(*here, "-p", agent.pid)
    assert snapshot.counts(net.server) == {"CLOSE_WAIT": 3, "LISTEN": 1}


@pytest.mark.parametrize("method", [[], ["--without", "iter"]], ids=["iterators", "netlink"])
def test_a_cgroup_filters_with_what_is_below_it(lo, spawn, method):
    """Sockets that were made in it or below it, and no others."""
    top = next((pathlib.Path(place) for place in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
                if os.path.exists(place + "/cgroup.procs")), None)
    if top is None:
        pytest.skip("no cgroup v2 hierarchy is mounted")
    inner = top / f"tfe2e-snapshot-{os.getpid()}"
    inner.mkdir()
    inside, outside = spawn(lo, comm=b"inside"), spawn(lo, comm=b"outside")
    try:
        (inner / "cgroup.procs").write_text(str(inside.pid), encoding="ascii")
        for agent in (inside, outside):
            agent.run(LISTEN.format(ip="127.0.0.1"))
            agent.run("c = socket.create_connection(l.getsockname()); s, _ = l.accept()")
        snapshot = of(lo, options=[*method, "--cgroup", inner])
        assert {h["pid"] for s in snapshot.sockets for h in s["holders"]} == {inside.pid}
        assert snapshot.counts(lo) == {"LISTEN": 1, "ESTABLISHED": 2}
        for record in [*snapshot.sockets, *snapshot.groups, *snapshot.listeners]:
            expect(record, cgroup_id=inner.stat().st_ino, cgroup="/" + inner.name)
        assert of(lo).head["sockets"] == 6
    finally:
        (top / "cgroup.procs").write_text(str(inside.pid), encoding="ascii")
        inner.rmdir()


def test_sockets_above_the_ceiling_are_counted(net4):
    """What finds no room is counted in its state, and said."""
    listener = listen(net4, backlog=64)
    kept = [pair(net4, listener) for _ in range(70)]
    snapshot = of(net4.server, options=["--max-connections", 64])
    assert snapshot.counts(net4.server) == {"LISTEN": 1, "ESTABLISHED": len(kept)}
    expect(snapshot.head, whole=False, sockets_left_out=7)
    assert len(snapshot.sockets) == 64
    text = tcpfate("snapshot", "--netns", net4.server.inode, "--max-connections", 64)
    assert "7 sockets found no room; give a larger --max-connections" in text.out


# Alerts.

def test_one_snapshot_is_enough_for_an_alert(net, spawn):
    """One scan is enough for alerts on what the kernel itself remembers."""
    agent, port, _ = leak(net, spawn, 6)
    limits = ["--alert", "close_wait_pileup:count=5,age=100ms"]
    time.sleep(0.2)
    snapshot = of(net.server, options=limits)
    alert, = [a for a in snapshot.alerts if a["alert"] == "close_wait_pileup"]
    expect(alert, event="raise", count=6, pid=agent.pid, comm="leaky", local_port=port,
           netns=net.server.inode, oldest_us=lambda us: us >= 100_000)
    text = tcpfate("snapshot", "--netns", net.server.inode, *limits).out
    assert "1 thing looks wrong:\n" in text and f"leaky[{agent.pid}]" in text
    assert text.index("CLOSE_WAIT") < text.index("HELD BY")
    assert of(net.server, options=[*limits, "--no-alerts"]).alerts == []
    assert "Nothing stands out." in tcpfate("snapshot", "--netns", net.server.inode).out
    # Nobody's alone.
    agent.run("child = os.fork()\nif not child: signal.pause()")
    text = tcpfate("snapshot", "--netns", net.server.inode, *limits).out
    assert "leaky (several processes) has 6 sockets in CLOSE_WAIT" in text


# Output.

def test_the_text_shows_groups_and_sockets(net4, spawn):
    agent, port, _ = leak(net4, spawn, 4, read=4)
    said = tcpfate("snapshot", "--netns", net4.server.inode)
    assert (said.status, said.err) == (0, "")
    assert re.search(rf"^leaky\[{agent.pid}\] +:{port} +4 CLOSE_WAIT \([\d.]+m?s, EOF read\)$",
                     said.out, re.M)
    assert re.search(r"^in all +4 CLOSE_WAIT, 1 LISTEN$", said.out, re.M)
    assert "1 listener: nothing waits or was turned away (-v shows all)" in said.out
    assert f"10.83.0.2:{port} " in tcpfate("snapshot", "-v", "--netns", net4.server.inode).out
    lines = tcpfate("snapshot", "--sockets", "--netns", net4.server.inode).lines
    assert sum(line.startswith("CLOSE_WAIT ") for line in lines) == 4
    assert max(map(len, said.lines)) <= 80 and "\x1b" not in said.out


def on_terminal(*options, rows=24, env=None):
    """What a terminal of 80 columns gets to see."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))
    process = subprocess.Popen([PROGRAM, "snapshot", *map(str, options)], stdout=theirs,
                               env={**os.environ, "TERM": "xterm", **(env or {})})
    os.close(theirs)
    text = b""
    try:
        while piece := os.read(ours, 65536):
            text += piece
    except OSError:  # EIO: the other end has been closed
        pass
    os.close(ours)
    assert process.wait(timeout=10) == 0
    return text.decode("utf-8").replace("\r\n", "\n")


def test_a_terminal_shows_one_screen(lo, spawn):
    """As many groups as there is room for; with -v all; colours, unless NO_COLOR."""
    agent = spawn(lo, comm=b"many")
    agent.run("ls = [socket.socket() for _ in range(40)]; kept = []")
    agent.run("for l in ls: l.bind(('127.0.0.1', 0)); l.listen(8)")
    agent.run("for l in ls: kept.append(socket.create_connection(l.getsockname())); "
              "kept.append(l.accept()[0])")
    agent.run("kept[0].close()")
    only = ["--netns", lo.inode]
    for rows in (24, 40):
        text = on_terminal(*only, rows=rows)
        assert rows - 3 <= text.count("\n") <= rows - 1
        assert re.search(r"\d+ more groups \(-v shows all\)\n", text)
        assert "\x1b[33m1 CLOSE_WAIT" in text and text.endswith("ESTABLISHED\n")
    assert on_terminal(*only, "-v").count("\n") > 80
    plain = on_terminal(*only, env={"NO_COLOR": "1"})
    assert "\x1b" not in plain and max(map(len, plain.split("\n"))) <= 80


HOSTILE = [b"\x1b[31m\x1b]0;x\x07", b"a\"b\\c\nd\te\rf", b"\xff\xfe\xc3(\xe2\x82",
           b"\xe2\x80\xaeevil",
           b"%s%n%x"]


@pytest.mark.parametrize("comm", HOSTILE)
def test_hostile_names_are_escaped(lo, spawn, comm):
    agent = spawn(lo, comm=comm)
    agent.run(LISTEN.format(ip="127.0.0.1"))
    snapshot = of(lo)
    shown = snapshot.listeners[0]["holders"][0]["comm"]
    assert "\ufffd" in shown or shown == comm.decode("utf-8")
    said = tcpfate("snapshot", "-v", "--sockets", "--netns", lo.inode)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]",
                         said.out)
    assert f"[{agent.pid}] fd" in said.out


def test_an_ordinary_user_is_refused():
    said = tcpfate("snapshot", as_nobody=True)
    assert (said.status, said.out) == (3, "")
    assert "root" in said.error_line()


def test_a_reader_that_leaves_ends_it_quietly(net4):
    listener = listen(net4, backlog=256)
    kept = [pair(net4, listener) for _ in range(100)]
    for options in ("", "-j"):
        script = f"'{PROGRAM}' snapshot --sockets {options} --netns {net4.server.inode}"
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {script} | head -1"],
                              capture_output=True, check=False, timeout=20)
        assert (done.returncode, done.stderr) == (0, b"") and done.stdout.count(b"\n") == 1
    assert kept


def test_nothing_is_loaded_while_a_slow_reader_reads(net4):
    """All programs have gone before the first line is written, and nothing is lost meanwhile."""
    listener = listen(net4, backlog=256)
    kept = [pair(net4, listener) for _ in range(200)]
    with Run("snapshot", "-j", "--sockets", "--netns", net4.server.inode, collect=False) as run:
        def links():
            names = []
            for fd in os.listdir(f"/proc/{run.process.pid}/fd"):
                names.append(os.readlink(f"/proc/{run.process.pid}/fd/{fd}"))
            return names

        first = run.process.stdout.read1(100)
        assert first and not [name for name in links() if "bpf" in name]
        rest = run.process.stdout.read()
        assert (first + rest).count(b'"type":"socket"') == len(kept) + 1
        assert run.process.wait(timeout=10) == 0


def test_a_file_is_appended_to(lo, tmp_path):
    """Appended, as the other commands do; what cannot be written is said."""
    path = tmp_path / "snapshots"
    for _ in range(2):
        said = tcpfate("snapshot", "-j", "--netns", lo.inode, "-o", path)
        assert (said.status, said.out, said.err) == (0, "", "")
    assert path.read_text().count('"type":"snapshot"') == 2
    said = tcpfate("snapshot", "--netns", lo.inode, "-o", "/dev/full")
    assert said.status == 1 and "/dev/full" in said.error_line()
    said = tcpfate("snapshot", "-o", tmp_path / "no" / "where")
    assert said.status == 1 and "no/where" in said.error_line()


# Out of a recording.

def recorded(path):
    """How many sockets are in CLOSE_WAIT by the last scan in @path; None: none is whole yet."""
    said = tcpfate("snapshot", "-j", "--from", path)
    return json.loads(said.lines[0])["states"]["CLOSE_WAIT"] if said.status == 0 else None


def test_a_recording_shows_its_last_scan(net, spawn, tmp_path):
    """The last scan that was recorded to its end, on any machine, by any user."""
    path = tmp_path / "recording"
    agent, port, _ = leak(net, spawn, 5, read=5)
    with Run("record", path, "-v", "-j", "--netns", net.server.inode, "--scan-interval",
             "100ms") as run:
        until(lambda: recorded(path) == 5, "a scan in the recording")
        agent.run("kept.pop().close()")
        until(lambda: recorded(path) == 4, "a later scan")
        run.end()
    live = of(net.server)
    snapshot = Snapshot("--from", path, "--sockets")
    assert snapshot.counts(net.server) == live.counts(net.server)
    assert snapshot.head["kernel"] == os.uname().release
    expect(snapshot.group(net.server, local_port=port), pid=agent.pid, comm="leaky", eof_read=4)
    assert len(snapshot.sockets) == len(live.sockets)
    # Where it was cut off, what stands before counts.
    path.write_bytes(path.read_bytes()[:-20])
    said = tcpfate("snapshot", "-j", "--from", path)
    assert said.status == 0 and "the last scan before that is shown" in said.error_line()


@pytest.mark.parametrize("what", ["empty", "foreign", "missing", "no_scan"])
def test_a_recording_without_a_scan_is_refused(what, tmp_path, lo):
    path = tmp_path / "recording"
    if what == "empty":
        path.write_bytes(b"")
    elif what == "foreign":
        path.write_bytes(b"hello, world\n" * 100)
    elif what == "no_scan":
        assert tcpfate("record", path, "--netns", lo.inode, "--scan-interval", "0", "--duration",
                       "100ms").status == 0
    said = tcpfate("snapshot", "--from", path)
    assert (said.status, said.out) == (1, "")
    assert str(path) in said.error_line()


def test_wrong_options_are_refused():
    for wrong in (["--fate", "unknown"], ["--duration", "1s"], ["extra"], ["--from"],
                  ["--from", "x", "--cgroup", "/sys/fs/cgroup"], ["-4", "-6"]):
        said = tcpfate("snapshot", *wrong)
        assert said.status == 2 and said.error_line(), wrong
