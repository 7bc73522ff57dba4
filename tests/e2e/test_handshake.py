# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Connections that ended between the SYN and accept()."""
import collections
import os
import socket

import pytest

from lib import recording
from lib.command import tcpfate
from lib.records import expect
from lib.sockets import connected, linger, outcome, queued, until, until_state
from lib.volley import Volley
from lib.scans import Scanner

# Server side Fast Open without a cookie, for every listener: see tcp_fastopen in ip-sysctl.
TFO_SERVER = {"net.ipv4.tcp_fastopen": 0x2 | 0x200 | 0x400}


def test_a_reset_simultaneous_open_is_handshake_failed(fate, link):
    """SYNs crossed, then the peer took it back."""
    sock, peer = link.start_connect()
    peer.send("S")
    peer.await_segment("SA")
    peer.send("R")
    until_state(sock, "CLOSE")
    error = outcome(sock.recv, 1)
    sock.close()
    assert error == "ECONNRESET"
    expect(fate.conn(**link.ends(peer)), fate="handshake_failed", **{"class": "handshake"},
           errno=error, errno_delivered=True, rst_received=True, rst_sent=False, role="client",
           established=False, end_state="SYN_RECV", states=["SYN_SENT", "SYN_RECV"],
           fin_sent=False, fin_received=False, complete=True)


def test_an_unfinished_simultaneous_open_is_handshake_failed(fate, link):
    sock, peer = link.start_connect()
    peer.send("S")
    peer.await_segment("SA")
    until_state(sock, "CLOSE")
    error = outcome(sock.recv, 1)
    sock.close()
    assert error == "ETIMEDOUT"
    expect(fate.conn(**link.ends(peer)), fate="handshake_failed", errno=error, rst_received=False,
           rst_sent=False, end_state="SYN_RECV", closed_first=None, retransmits=lambda n: n >= 1)


def test_a_reset_fast_open_child_is_handshake_failed(fate, link):
    """Data on the SYN: the child is a full socket in SYN_RECV, and accept() may have it already."""
    link.kernel.sysctl(TFO_SERVER)
    listener = link.listen()
    peer = link.peer.pending(listener.getsockname()[1], data=b"early")
    server, _ = listener.accept()
    assert server.recv(99) == b"early"
    peer.send("R")
    until_state(server, "CLOSE")
    error = outcome(server.recv, 1)
    server.close()
    assert error == "ECONNRESET"
    expect(fate.conn(**link.ends(peer)), fate="handshake_failed", errno=error, rst_received=True,
           rst_sent=False, end_state="SYN_RECV", role="server", established=False,
           evidence=["fastopen"])


def test_a_reset_fast_open_child_in_the_queue_is_handshake_failed(fate, link):
    """The same before accept(): nobody was there to see an errno."""
    link.kernel.sysctl(TFO_SERVER)
    listener = link.listen()
    peer = link.peer.pending(listener.getsockname()[1], data=b"early")
    peer.send("R")
    # It is dead already, and waits for accept() all the same: its record waits with it.
    assert queued(listener) == 1
    listener.close()
    expect(fate.conn(**link.ends(peer)), fate="handshake_failed", rst_received=True, rst_sent=False,
           end_state="SYN_RECV", established=False)


def test_an_unacknowledged_fast_open_child_is_handshake_failed(fate, link):
    """The SYN-ACK's retries run out: the peer sent a SYN with data and vanished."""
    link.kernel.sysctl({**TFO_SERVER, "net.ipv4.tcp_synack_retries": 0})
    listener = link.listen(options=[(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)])
    peer = link.peer.pending(listener.getsockname()[1], data=b"early")
    server, _ = listener.accept()
    until_state(server, "CLOSE")
    error = outcome(lambda: (server.recv(99), server.recv(1)))
    server.close()
    assert error == "ETIMEDOUT"
    expect(fate.conn(**link.ends(peer)), fate="handshake_failed", errno=error, rst_received=False,
           end_state="SYN_RECV", closed_first=None)


def test_a_reset_pending_handshake_is_no_connection(fate, link):
    """Without Fast Open there is only a request socket: nothing ended, so nothing is reported."""
    listener = link.listen()
    dead = link.peer.pending(listener.getsockname()[1])
    dead.send("R")
    live = link.peer.connect(listener.getsockname()[1])
    server, _ = listener.accept()
    live.send("FA")
    assert server.recv(1) == b""
    server.close()
    live.take("F")
    live.send("A")
    expect(fate.conn(**link.ends(live)), fate="closed_by_remote")
    assert not [r for r in fate.seen() if r["type"] in ("conn", "reset")
                and r["remote_port"] == dead.lport and r["netns"] == link.kernel.inode]


def test_a_reset_in_the_accept_queue_is_reset_before_accept(fate, net):
    """accept() still succeeds; the first read says what happened."""
    conn = connected(net, accept=False)
    linger(conn.client)
    conn.client.close()
    server, _ = conn.listener.accept()
    until_state(server, "CLOSE")
    error = outcome(server.recv, 1)
    server.close()
    assert error == "ECONNRESET"
    ours, theirs = fate.both(conn)
    expect(theirs, fate="reset_before_accept", **{"class": "handshake"}, errno=error,
           errno_delivered=True, rst_received=True, rst_sent=False, closed_first="remote",
           role="server", established=True, end_state="ESTABLISHED", fin_sent=False,
           fin_received=False)
    expect(ours, fate="aborted_linger", rst_sent=True, rst_received=False, closed_first="local",
           errno=None)


def test_a_reset_in_the_accept_queue_loses_the_data(fate, net):
    """What had been sent before the reset is lost to the accepter."""
    conn = connected(net, accept=False)
    conn.client.sendall(b"request")
    linger(conn.client)
    conn.client.close()
    server, _ = conn.listener.accept()
    until_state(server, "CLOSE")
    server.close()
    _, theirs = fate.both(conn)
    expect(theirs, fate="reset_before_accept", errno="ECONNRESET", errno_delivered=False,
           bytes_received=7, bytes_unread=7)


def test_a_reset_in_a_hung_queue_is_reported_while_it_hangs(fate, net):
    """The server never calls accept(); what its clients reset has its fate all the same."""
    conn = connected(net, accept=False)
    linger(conn.client)
    conn.client.close()
    ours, theirs = fate.both(conn)
    expect(theirs, fate="reset_before_accept", complete=True, errno="ECONNRESET",
           errno_delivered=None, dead_held_us=None, owner_from="listen", pid=os.getpid(),
           rst_received=True, rst_sent=False, closed_first="remote", role="server")
    expect(ours, fate="aborted_linger")
    server, _ = conn.listener.accept()
    assert outcome(server.recv, 1) == "ECONNRESET"
    server.close()
    conn.listener.close()
    later = connected(net)
    later.close()
    fate.both(later)
    assert len([r for r in fate.seen() if r.get("id") == theirs["id"]]) == 1


def test_a_closed_listener_leaves_never_accepted(fate, net):
    conn = connected(net, accept=False)
    conn.listener.close()
    until_state(conn.client, "CLOSE")
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ECONNRESET"
    ours, theirs = fate.both(conn)
    expect(theirs, fate="never_accepted", **{"class": "handshake"}, errno=None, rst_sent=True,
           rst_received=False, closed_first="local", role="server", established=True,
           end_state="ESTABLISHED", fin_sent=False, fin_received=False)
    expect(ours, fate="reset_by_remote", errno=error, errno_delivered=True, closed_first="remote")


def test_a_closed_listener_leaves_a_fast_open_child_never_accepted(fate, link):
    """A Fast Open child waits for accept() as well, and the listener takes it along."""
    link.kernel.sysctl(TFO_SERVER)
    listener = link.listen()
    peer = link.peer.pending(listener.getsockname()[1], data=b"early")
    listener.close()
    peer.await_segment("R")
    expect(fate.conn(**link.ends(peer)), fate="never_accepted", errno=None, rst_sent=True,
           rst_received=False, closed_first="local", role="server", established=False,
           end_state="SYN_RECV", bytes_received=5,
           evidence=["fastopen", "not_accepted", "rst_sent"],
           complete=True)


def test_a_closed_listener_leaves_never_accepted_after_the_peers_fin(fate, net):
    """The client gave up waiting and closed; then the listener went."""
    conn = connected(net, accept=False)
    conn.client.sendall(b"hello?")
    conn.client.shutdown(socket.SHUT_WR)
    until_state(conn.client, "FIN_WAIT2")
    conn.listener.close()
    until_state(conn.client, "CLOSE")
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ECONNRESET"
    ours, theirs = fate.both(conn)
    expect(theirs, fate="never_accepted", rst_sent=True, closed_first="remote", fin_received=True,
           end_state="CLOSE_WAIT", bytes_received=6, bytes_unread=6, errno=None)
    expect(ours, fate="reset_after_local_fin", errno=error, closed_first="local")


def test_a_killed_listener_leaves_never_accepted(fate, net, spawn):
    agent = spawn(net.server)
    agent.run(f"l = socket.socket({int(net.family)}); l.bind(({net.server_ip!r}, 0)); l.listen(4)")
    port = agent.run("l.getsockname()[1]")
    client = net.client.socket(net.family)
    client.connect((net.server_ip, port))
    lport = client.getsockname()[1]
    until(lambda: agent.run(
        "struct.unpack_from('I', l.getsockopt(6, socket.TCP_INFO, 104), 24)[0]") == 1, "the queue")
    agent.kill()
    assert outcome(client.recv, 1) == "ECONNRESET"
    client.close()
    expect(fate.conn(netns=net.server.inode, lport=port, rport=lport), fate="never_accepted",
           close_how=("signal:9", None), owner_from="listen", pid=agent.pid, comm="e2e-agent")
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), fate="reset_by_remote")


HANDSHAKES = 300  # nearly all of which make twins


@pytest.mark.alone
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two CPUs")
def test_two_segments_that_end_a_handshake_at_once_make_one_connection(link):
    """Each makes a socket, on its CPU, and one of the two goes at once (inet_ehash_nolisten()): it
    was never a connection, and has no record."""
    ports = []
    with Scanner("--netns", link.kernel.inode, "--scan-interval", "0") as scanner:
        until(lambda: scanner.path.exists() and scanner.path.stat().st_size, "the start")
        listener = link.listen(backlog=64)
        with Volley(link.peer) as volley:
            for number in range(HANDSHAKES):
                conn = link.peer.pending(listener.getsockname()[1], sport=20000 + number)
                volley.fire(link.peer.packet(conn.lport, conn.rport, "A", conn.snd_nxt,
                                             conn.rcv_nxt))
                accepted, _ = listener.accept()
                linger(accepted)
                accepted.close()
                ports.append(conn.lport)
        listener.close()
        scanner.stop()
        ends = [recording.transition(ev) for ev in scanner.events() if ev.kind == recording.CLOSE]
        said = tcpfate("replay", scanner.path, "-j", timeout=60).records()
    twins = sum(recording.STATES[old] == "SYN_RECV" for _, old, _ in ends)
    if not twins:
        pytest.skip(f"none of {HANDSHAKES} handshakes was ended twice")
    found = collections.Counter((r["remote_port"], r["fate"]) for r in said if r["type"] == "conn")
    assert found == collections.Counter((port, "aborted_linger") for port in ports), \
        f"{twins} twins"
    stats = [r for r in said if r["type"] == "stats"][-1]
    assert (stats["ended"], stats["live"]) == (HANDSHAKES, 0)
