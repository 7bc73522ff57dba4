# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Connections that this host broke off: what made it send the RST."""
import os
import socket

import pytest

from lib import orphans, sockmap
from lib.records import expect
from lib.sockets import (connected, disconnect, linger, outcome, state, unacked, until,
                         until_state)

SENT = dict(rst_sent=True, rst_received=False, complete=True)
TCP_LINGER2_NEVER = (socket.IPPROTO_TCP, socket.TCP_LINGER2, -1)


def peer_is_reset(conn):
    """The client gets the reset of the server's side and closes; returns its errno."""
    until_state(conn.client, "CLOSE")
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    return error


def destroy(netns, state, port):
    """ss -K: SOCK_DESTROY, by an administrator, of one local port's sockets in that state."""
    netns.command("ss", "-K", "-t", "state", state, "sport", "=", f":{port}")


def test_close_with_unread_data_aborts(fate, net):
    """The early answer: the server says 413, closes with the rest unread, and RST follows."""
    conn = connected(net)
    conn.client.sendall(b"POST" * 100)
    until(lambda: unacked(conn.client) == 0, "the request at the server")
    conn.server.sendall(b"413")
    until(lambda: unacked(conn.server) == 0, "the answer at the client")
    conn.server.close()
    until_state(conn.client, "CLOSE")
    assert conn.client.recv(9) == b"413"
    assert peer_is_reset(conn) == "ECONNRESET"
    ours, theirs = fate.both(conn)
    expect(theirs, fate="aborted_unread", **{"class": "abort"}, closed_first="local",
           close_how="close", bytes_received=400, bytes_unread=400, errno=None, fin_sent=False,
           fin_received=False, end_state="ESTABLISHED", bytes_sent=3, **SENT)
    expect(ours, fate="reset_by_remote", errno="ECONNRESET", bytes_received=3, bytes_unread=3,
           closed_first="remote")


def test_unread_data_wins_over_linger(fate, net):
    conn = connected(net)
    conn.client.sendall(b"unread")
    until(lambda: unacked(conn.client) == 0, "the data at the server")
    linger(conn.server)
    conn.server.close()
    assert peer_is_reset(conn) == "ECONNRESET"
    _, theirs = fate.both(conn)
    expect(theirs, fate="aborted_unread", closed_first="local", bytes_unread=6, **SENT)


@pytest.mark.parametrize("data", [b"unread", b""])
def test_unread_data_in_a_sockmap_wins_over_linger_too(fate, net, data):
    """It lies in the psock, so the kernel's own check finds nothing unread; copied_seq knows. With
    nothing there it is the linger option alone."""
    conn = connected(net)
    kept = sockmap.put(conn.server)
    conn.client.sendall(data)
    until(lambda: unacked(conn.client) == 0, "the data at the server")
    linger(conn.server)
    conn.server.close()
    assert peer_is_reset(conn) == "ECONNRESET"
    for fd in kept:
        os.close(fd)
    _, theirs = fate.both(conn)
    expect(theirs, fate="aborted_unread" if data else "aborted_linger", closed_first="local",
           bytes_unread=len(data), **SENT)


def test_unread_data_aborts_after_the_peers_fin(fate, net):
    conn = connected(net)
    conn.client.sendall(b"unread")
    conn.client.shutdown(socket.SHUT_WR)
    until_state(conn.client, "FIN_WAIT2")
    conn.server.close()
    assert peer_is_reset(conn) == "ECONNRESET"
    ours, theirs = fate.both(conn)
    expect(theirs, fate="aborted_unread", closed_first="remote", bytes_unread=6, fin_received=True,
           eof_read=False, end_state="CLOSE_WAIT", fin_sent=False, **SENT)
    expect(ours, fate="reset_after_local_fin", errno="ECONNRESET")


def test_an_unread_eof_is_not_unread_data(fate, net):
    conn = connected(net)
    conn.client.shutdown(socket.SHUT_WR)
    until_state(conn.client, "FIN_WAIT2")
    conn.server.close()
    assert conn.client.recv(1) == b""
    conn.client.close()
    _, theirs = fate.both(conn)
    expect(theirs, fate="closed_by_remote", bytes_unread=0, eof_read=False, rst_sent=False)


def test_a_kill_with_unread_data_aborts(fate, net, spawn):
    agent = spawn(net.client)
    listener = net.server.socket(net.family)
    listener.bind((net.server_ip, 0))
    listener.listen(1)
    port = listener.getsockname()[1]
    agent.run(f"s = socket.socket({int(net.family)}); s.connect(({net.server_ip!r}, {port}))")
    lport = agent.run("s.getsockname()[1]")
    server, _ = listener.accept()
    server.sendall(b"never read")
    until(lambda: unacked(server) == 0, "the data at the client")
    agent.kill()
    assert outcome(server.recv, 1) == "ECONNRESET"
    server.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=port), fate="aborted_unread",
           close_how="signal:9", closed_first="local", bytes_unread=10, pid=agent.pid, **SENT)


def test_close_with_linger_zero_aborts(fate, net):
    conn = connected(net)
    linger(conn.server)
    conn.server.close()
    assert peer_is_reset(conn) == "ECONNRESET"
    ours, theirs = fate.both(conn)
    expect(theirs, fate="aborted_linger", closed_first="local", close_how="close", errno=None,
           end_state="ESTABLISHED", evidence=["linger_zero"], no_evidence=["linger2_negative"],
           remote_addr=net.client_ip, local_addr=net.server_ip, **SENT)
    expect(ours, fate="reset_by_remote", errno="ECONNRESET")


def test_linger_zero_loses_unsent_data(fate, net):
    """What was not sent yet is thrown away, and the record says how much."""
    conn = connected(net)
    conn.server.setblocking(False)
    wrote = 0
    try:
        while True:
            wrote += conn.server.send(b"z" * 65536)
    except BlockingIOError:
        pass
    linger(conn.server)
    conn.server.close()
    until_state(conn.client, "CLOSE")
    conn.client.close()
    _, theirs = fate.both(conn)
    expect(theirs, fate="aborted_linger", bytes_unsent=lambda n: n > 0, **SENT)
    assert theirs["bytes_sent"] + theirs["bytes_unsent"] == wrote
    assert theirs["bytes_acked"] + theirs["bytes_unacked"] == theirs["bytes_sent"]


def test_linger_zero_of_a_listener_is_inherited(fate, net):
    """The accepted child never set it."""
    conn = connected(net)
    conn.close()
    listener = net.server.socket(net.family)
    linger(listener)
    listener.bind((net.server_ip, 0))
    listener.listen(1)
    client = net.client.socket(net.family)
    client.connect(listener.getsockname()[:2])
    lport, rport = client.getsockname()[1], listener.getsockname()[1]
    server, _ = listener.accept()
    server.close()
    assert outcome(client.recv, 1) == "ECONNRESET"
    client.close()
    expect(fate.conn(netns=net.server.inode, lport=rport, rport=lport), fate="aborted_linger",
           evidence=["linger_zero"], **SENT)


def test_negative_linger2_aborts_at_close(fate, net):
    """Half-closed by us, then closed: FIN_WAIT2 does not last with TCP_LINGER2 below zero."""
    conn = connected(net)
    conn.server.setsockopt(*TCP_LINGER2_NEVER)
    conn.server.shutdown(socket.SHUT_WR)
    until_state(conn.server, "FIN_WAIT2")
    conn.server.close()
    assert peer_is_reset(conn) is None  # EOF was there first; a write would say EPIPE
    ours, theirs = fate.both(conn)
    expect(theirs, fate="aborted_linger", closed_first="local", end_state="FIN_WAIT2",
           evidence=["linger2_negative"], no_evidence=["linger_zero"], fin_sent=True, **SENT)
    expect(ours, fate="reset_after_remote_fin", errno="EPIPE", closed_first="remote")


def test_negative_linger2_aborts_when_the_fin_is_acknowledged(fate, net):
    """close() right away: the orphan is reset on the ACK of its FIN."""
    conn = connected(net)
    conn.server.setsockopt(*TCP_LINGER2_NEVER)
    conn.server.close()
    assert peer_is_reset(conn) is None
    ours, theirs = fate.both(conn)
    expect(theirs, fate="aborted_linger", closed_first="local",
           end_state=("FIN_WAIT1", "FIN_WAIT2"), evidence=["linger2_negative"], fin_sent=True,
           **SENT)
    expect(ours, fate="reset_after_remote_fin", errno="EPIPE")


def test_late_data_at_the_minisock_aborts(fate, net):
    """Data for the TIME_WAIT minisock: RST after FIN, seen from the side that sent it."""
    conn = connected(net)
    conn.server.close()
    assert conn.client.recv(1) == b""
    until(lambda: net.server.command("ss", "-tanH", "state", "fin-wait-2"), "the minisock")
    conn.client.send(b"late")
    until_state(conn.client, "CLOSE")
    conn.client.close()
    ours, theirs = fate.both(conn)
    expect(theirs, fate="aborted_late_data", closed_first="local", close_how="close", fin_sent=True,
           fin_received=None, errno=None, evidence=["rst_sent_by_minisock"], **SENT)
    expect(ours, fate="reset_after_remote_fin", errno="EPIPE")


def test_late_data_that_acknowledges_our_fin_aborts(fate, link):
    """One segment ends FIN_WAIT1 and brings data: tcp_reset() does not run, an RST is sent."""
    sock, peer = link.connected()
    sock.close()
    peer.take("F")
    peer.send("PA", b"late")
    peer.await_segment("R")
    expect(fate.conn(**link.ends(peer)), fate="aborted_late_data", closed_first="local",
           end_state="FIN_WAIT2", fin_sent=True, fin_received=False, errno=None, **SENT)


def test_late_data_in_fin_wait1_aborts(fate, link):
    """The kernel resets itself: tcp_reset() ran, and no RST had come."""
    sock, peer = link.connected()
    sock.close()
    peer.await_segment("F")
    peer.send("PA", b"late")
    peer.await_segment("R")
    expect(fate.conn(**link.ends(peer)), fate="aborted_late_data", closed_first="local",
           end_state="FIN_WAIT1", fin_sent=True, fin_received=False, errno=None, **SENT)


def test_late_data_aborts_while_still_owned(fate, net):
    """After shutdown(RDWR) the application may still read: it gets ECONNRESET."""
    conn = connected(net)
    conn.server.shutdown(socket.SHUT_RDWR)
    assert conn.client.recv(1) == b""
    conn.client.send(b"late")
    until_state(conn.server, "CLOSE")
    error = outcome(conn.server.send, b"x")
    conn.server.close()
    until_state(conn.client, "CLOSE")
    conn.client.close()
    ours, theirs = fate.both(conn)
    expect(theirs, fate="aborted_late_data", closed_first="local", end_state="FIN_WAIT2",
           close_how="shutdown", errno="ECONNRESET", errno_delivered=error == "ECONNRESET", **SENT)
    expect(ours, fate="reset_after_remote_fin", errno="EPIPE")


def test_disconnect_aborts(fate, net):
    conn = connected(net)
    disconnect(conn.server)
    assert peer_is_reset(conn) == "ECONNRESET"
    conn.server.close()
    ours, theirs = fate.both(conn)
    expect(theirs, fate="aborted_disconnect", closed_first="local", end_state="ESTABLISHED",
           remote_addr=net.client_ip, fin_sent=False, **SENT)
    expect(ours, fate="reset_by_remote", errno="ECONNRESET")


def test_a_connect_after_a_disconnect_is_a_new_connection(fate, net):
    conn = connected(net)
    disconnect(conn.client)
    conn.client.connect(conn.listener.getsockname()[:2])
    again, _ = conn.listener.accept()
    lport = conn.client.getsockname()[1]
    conn.client.close()
    assert again.recv(1) == b""
    again.close()
    one = fate.conns(1 if lport != conn.cport else 2, **conn.ends()[0])[0]
    expect(one, fate="aborted_disconnect", **SENT)
    two = fate.conns(1 if lport != conn.cport else 2, netns=net.client.inode, lport=lport,
                     rport=conn.sport)[-1]
    expect(two, fate="closed_by_local", rst_sent=False)
    assert one["id"] != two["id"]
    conn.close()


def test_ss_kill_is_an_abort_by_admin(fate, net):
    """ss -K: the application gets ECONNABORTED, the peer ECONNRESET."""
    conn = connected(net)
    destroy(net.server, "established", conn.sport)
    until_state(conn.server, "CLOSE")
    error = outcome(conn.server.recv, 1)
    conn.server.close()
    assert error == "ECONNABORTED"
    assert peer_is_reset(conn) == "ECONNRESET"
    ours, theirs = fate.both(conn)
    expect(theirs, fate="aborted_by_admin", closed_first="local", errno=error, errno_delivered=True,
           end_state="ESTABLISHED", fin_sent=False, **SENT)
    expect(ours, fate="reset_by_remote", errno="ECONNRESET")


def test_ss_kill_after_a_fin_is_an_abort_by_admin(fate, net):
    conn = connected(net)
    conn.client.shutdown(socket.SHUT_WR)
    assert conn.server.recv(1) == b""
    destroy(net.server, "close-wait", conn.sport)
    until_state(conn.server, "CLOSE")
    conn.server.close()
    until_state(conn.client, "CLOSE")
    conn.client.close()
    _, theirs = fate.both(conn)
    expect(theirs, fate="aborted_by_admin", closed_first="remote", errno="ECONNABORTED",
           errno_delivered=False, end_state="CLOSE_WAIT", fin_received=True, **SENT)


def test_ss_kill_in_the_accept_queue_is_an_abort_by_admin(fate, net):
    conn = connected(net, accept=False)
    destroy(net.server, "established", conn.sport)
    assert peer_is_reset(conn) == "ECONNRESET"
    server, _ = conn.listener.accept()
    error = outcome(server.recv, 1)
    server.close()
    assert error == "ECONNABORTED"
    _, theirs = fate.both(conn)
    expect(theirs, fate="aborted_by_admin", errno=error, errno_delivered=True, **SENT)


@pytest.mark.alone
@pytest.mark.skipif(orphans.why_not() is not None, reason=str(orphans.why_not()))
def test_close_over_the_limit_of_orphans_aborts(fate, net):
    """The limit of orphans is 0: a close() whose FIN waits for its ACK becomes an RST. The peer has
    read the end of the data, and its next write fails.

    The kernel counts orphans ten times a second only, so the first closes may pass as orphans.
    """
    tried = []

    def reset_at_once():
        conn = connected(net)
        tried.append(conn)
        net.client.drop(f"tcp dport {conn.cport}")
        with orphans.forbidden():
            conn.client.close()
        until(lambda: state(conn.server) != "ESTABLISHED", "the FIN")
        return state(conn.server) == "CLOSE"

    until(reset_at_once, "a close() that ends in an RST")
    conn = tried.pop()
    assert conn.server.recv(1) == b""
    error = outcome(conn.server.send, b"x")
    conn.server.close()
    ours, theirs = fate.both(conn)
    expect(ours, fate="aborted_memory", closed_first="local", close_how="close", errno=None,
           end_state="FIN_WAIT1", owner_from="connect", states=["SYN_SENT", "ESTABLISHED",
                                                                "FIN_WAIT1"], **SENT)
    expect(theirs, fate="reset_after_remote_fin", closed_first="remote", errno=error,
           errno_delivered=True, end_state="CLOSE_WAIT", fin_received=True, rst_received=True,
           states=["ESTABLISHED", "CLOSE_WAIT"])
    assert error == "EPIPE"
    for conn in tried:
        conn.close()
