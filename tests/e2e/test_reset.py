# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""The peer's RST: before any FIN, after its own, after ours."""
import select
import signal
import socket

from lib.records import expect
from lib.sockets import connected, linger, outcome, until_state

GOT = dict(rst_received=True, rst_sent=False, complete=True)


def test_a_reset_from_the_server_is_reset_by_remote(fate, net):
    """A reader gets ECONNRESET once; its next write gets EPIPE."""
    conn = connected(net)
    linger(conn.server)
    conn.server.close()
    error = outcome(conn.client.recv, 1)
    assert error == "ECONNRESET"
    assert outcome(conn.client.send, b"x") == "EPIPE"
    conn.client.close()
    ours, theirs = fate.both(conn)
    expect(ours, fate="reset_by_remote", **{"class": "reset"}, errno=error, errno_delivered=True,
           closed_first="remote", end_state="ESTABLISHED", fin_sent=False, fin_received=False,
           dead_held_us=lambda us: us is None or us > 0, **GOT)
    expect(theirs, fate="aborted_linger", rst_sent=True, closed_first="local", errno=None)


def test_a_reset_from_the_client_is_reset_by_remote(fate, net):
    conn = connected(net)
    linger(conn.client)
    conn.client.close()
    error = outcome(conn.server.recv, 1)
    assert error == "ECONNRESET"
    conn.server.close()
    ours, theirs = fate.both(conn)
    expect(theirs, fate="reset_by_remote", errno=error, role="server", closed_first="remote", **GOT)
    expect(ours, fate="aborted_linger")


def test_a_reset_that_nobody_reads_is_reset_by_remote(fate, net):
    conn = connected(net)
    linger(conn.server)
    conn.server.close()
    until_state(conn.client, "CLOSE")
    conn.client.close()
    ours, _ = fate.both(conn)
    expect(ours, fate="reset_by_remote", errno="ECONNRESET", errno_delivered=False, **GOT)


def test_a_reset_is_reported_while_the_socket_is_held(fate, net):
    """The record does not wait for the application to let go of the dead socket."""
    conn = connected(net)
    linger(conn.server)
    conn.server.close()
    ours, _ = fate.both(conn)
    expect(ours, fate="reset_by_remote", dead_held_us=None, errno="ECONNRESET", **GOT)
    assert outcome(conn.client.recv, 1) == "ECONNRESET"


def test_a_firewalls_reset_is_reset_by_remote(fate, net):
    """Someone between the two resets what the client sends; the server never hears of it."""
    conn = connected(net)
    net.reject("tcp reset")
    conn.client.sendall(b"x")
    error = outcome(conn.client.recv, 1)
    assert error == "ECONNRESET"
    conn.client.close()
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="reset_by_remote", errno=error, closed_first="remote", **GOT)
    conn.close()


def test_a_write_to_a_closed_peer_is_reset_after_remote_fin(fate, net):
    """Broken pipe: the peer had closed, we wrote on, its minisock said RST."""
    conn = connected(net)
    conn.server.close()
    assert conn.client.recv(1) == b""
    assert conn.client.send(b"anybody there?") == 14
    until_state(conn.client, "CLOSE")
    error = outcome(conn.client.send, b"?")
    conn.client.close()
    assert error == "EPIPE"
    ours, theirs = fate.both(conn)
    expect(ours, fate="reset_after_remote_fin", errno=error, errno_delivered=True,
           closed_first="remote", end_state="CLOSE_WAIT", fin_received=True, fin_sent=False,
           eof_read=True, **GOT)
    expect(theirs, fate="aborted_late_data", closed_first="local", fin_sent=True, rst_sent=True,
           rst_received=False)


def test_a_reset_after_remote_fin_hides_behind_the_eof(fate, net):
    conn = connected(net)
    conn.server.close()
    assert conn.client.recv(1) == b""
    conn.client.send(b"x")
    until_state(conn.client, "CLOSE")
    conn.client.setblocking(False)
    select.select([conn.client], [], [], 5)
    read = outcome(conn.client.recv, 1)
    conn.client.close()
    ours, _ = fate.both(conn)
    expect(ours, fate="reset_after_remote_fin", errno="EPIPE", errno_delivered=read is not None,
           **GOT)


def test_a_reset_in_last_ack_is_reset_after_remote_fin(fate, link):
    """LAST_ACK: the peer's FIN came first, its RST answers ours."""
    sock, peer = link.connected()
    peer.send("FA")
    assert sock.recv(1) == b""
    sock.close()
    peer.take("F")
    peer.send("RA")
    expect(fate.conn(**link.ends(peer)), fate="reset_after_remote_fin", closed_first="remote",
           end_state="LAST_ACK", fin_sent=True, fin_received=True, errno=None, **GOT)


def test_a_reset_in_closing_is_reset_after_local_fin(fate, link):
    """Our FIN came first, the FINs crossed, then the peer reset."""
    sock, peer = link.connected()
    sock.shutdown(socket.SHUT_WR)
    peer.await_segment("F")
    peer.send("FA")
    until_state(sock, "CLOSING")
    peer.send("RA")
    until_state(sock, "CLOSE")
    sock.close()
    expect(fate.conn(**link.ends(peer)), fate="reset_after_local_fin", closed_first="local",
           end_state="CLOSING", fin_sent=True, fin_received=True, **GOT)


def test_a_reset_after_shutdown_is_reset_after_local_fin(fate, net):
    """We had shut down writing and were still reading when the peer reset."""
    conn = connected(net)
    conn.client.shutdown(socket.SHUT_WR)
    assert conn.server.recv(1) == b""
    until_state(conn.client, "FIN_WAIT2")
    linger(conn.server)
    conn.server.close()
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ECONNRESET"
    ours, theirs = fate.both(conn)
    expect(ours, fate="reset_after_local_fin", errno=error, errno_delivered=True,
           closed_first="local", end_state="FIN_WAIT2", fin_sent=True, fin_received=False,
           close_how="shutdown", **GOT)
    expect(theirs, fate="aborted_linger", closed_first="remote", fin_received=True, rst_sent=True,
           end_state="CLOSE_WAIT", errno=None)


def test_a_reset_of_an_orphan_is_reset_after_local_fin(fate, link):
    """Our FIN is out and unacknowledged; nobody holds the socket, so nobody gets an errno."""
    sock, peer = link.connected()
    sock.close()
    peer.await_segment("F")
    peer.send("RA")
    expect(fate.conn(**link.ends(peer)), fate="reset_after_local_fin", errno=None,
           closed_first="local", end_state="FIN_WAIT1", fin_sent=True, fin_received=False, **GOT)


def test_reset_outside_the_window_is_ignored(fate, link):
    """A forged RST is answered by a challenge ACK and ends nothing."""
    sock, peer = link.connected()
    peer.send("R", seq=peer.snd_nxt + 5000)
    peer.await_segment("A")
    peer.send("FA")
    assert sock.recv(1) == b""
    sock.close()
    peer.take("F")
    peer.send("A")
    expect(fate.conn(**link.ends(peer)), fate="closed_by_remote", rst_received=False,
           rst_sent=False)


def test_sigpipe_kills_the_writer(fate, net, spawn):
    """Written to a peer that had closed, without a handler: the process dies of signal 13."""
    agent = spawn(net.client)
    agent.run("signal.signal(signal.SIGPIPE, signal.SIG_DFL)")
    listener = net.server.socket(net.family)
    listener.bind((net.server_ip, 0))
    listener.listen(1)
    port = listener.getsockname()[1]
    agent.run(f"s = socket.socket({int(net.family)}); s.connect(({net.server_ip!r}, {port}))")
    lport = agent.run("s.getsockname()[1]")
    server, _ = listener.accept()
    server.close()
    agent.run("s.recv(1); s.send(b'x')")
    ours = dict(netns=net.client.inode, lport=lport, rport=port)
    record = fate.conn(**ours)
    agent.end("s.send(b'y')")
    assert agent.process.returncode == -signal.SIGPIPE
    expect(record, fate="reset_after_remote_fin", errno="EPIPE", pid=agent.pid,
           owner_from="connect", **GOT)
