# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Orderly ends: whose FIN came first, and what each side can know about the other's."""
import socket

from lib.records import expect
from lib.sockets import client_socket, connected, listen, ports, until, until_state

CLIENT = ["SYN_SENT", "ESTABLISHED"]
SERVER = ["ESTABLISHED"]  # SYN_RECV lasts no time: the child is made when the ACK comes
QUIET = dict(rst_sent=False, rst_received=False, errno=None, complete=True, bytes_unread=0,
             bytes_unsent=0)


def test_a_client_that_closes_first_is_closed_by_local(fate, net):
    conn = connected(net)
    conn.client.close()
    assert conn.server.recv(1) == b""
    conn.server.close()
    ours, theirs = fate.both(conn)
    expect(ours, fate="closed_by_local", **{"class": "clean"}, closed_first="local", role="client",
           close_how="close", fin_sent=True, end_state="FIN_WAIT2", family=net.family_name,
           local_addr=net.client_ip, remote_addr=net.server_ip, origin="event",
           states=CLIENT + ["FIN_WAIT1", "FIN_WAIT2"], established=True, **QUIET)
    expect(theirs, fate="closed_by_remote", **{"class": "clean"}, closed_first="remote",
           role="server", close_how="close", fin_sent=True, fin_received=True, eof_read=True,
           end_state="LAST_ACK", family=net.family_name, local_addr=net.server_ip,
           remote_addr=net.client_ip, origin="event",
           states=SERVER + ["CLOSE_WAIT", "LAST_ACK"], established=True, **QUIET)


def test_a_client_that_closes_second_is_closed_by_remote(fate, net):
    conn = connected(net)
    conn.server.close()
    assert conn.client.recv(1) == b""
    conn.client.close()
    ours, theirs = fate.both(conn)
    expect(ours, fate="closed_by_remote", closed_first="remote", role="client", fin_received=True,
           eof_read=True, states=CLIENT + ["CLOSE_WAIT", "LAST_ACK"], **QUIET)
    expect(theirs, fate="closed_by_local", closed_first="local", role="server",
           states=SERVER + ["FIN_WAIT1", "FIN_WAIT2"], **QUIET)


def test_handoff_before_the_peers_fin_leaves_that_fin_unknown(fate, net):
    """An orphan in FIN_WAIT2 becomes a minisock; its later FIN has no tracepoint."""
    conn = connected(net)
    conn.client.close()
    until_state(conn.server, "CLOSE_WAIT")
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="closed_by_local", fin_sent=True, fin_received=None)
    conn.close()


def test_shutdown_then_close_is_a_clean_end(fate, net):
    """When the peer's FIN ends it, the owner still holds the half-closed socket, and reads on."""
    conn = connected(net)
    conn.client.shutdown(socket.SHUT_WR)
    assert conn.server.recv(1) == b""
    conn.server.sendall(b"the answer")
    conn.server.close()
    until_state(conn.client, "CLOSE")
    assert conn.client.recv(99) == b"the answer"
    assert conn.client.recv(99) == b""
    conn.client.close()
    ours, theirs = fate.both(conn)
    expect(ours, fate="closed_by_local", closed_first="local", close_how="shutdown", fin_sent=True,
           fin_received=True, bytes_received=10, states=CLIENT + ["FIN_WAIT1", "FIN_WAIT2"],
           rst_sent=False, rst_received=False, errno=None)
    expect(theirs, fate="closed_by_remote", closed_first="remote", close_how="close", bytes_sent=10,
           bytes_acked=10, **QUIET)


def test_bytes_are_those_of_the_application(fate, net):
    conn = connected(net)
    conn.client.sendall(b"q" * 5000)
    got = b""
    while len(got) < 5000:
        got += conn.server.recv(9999)
    conn.server.sendall(b"a" * 300)
    assert len(conn.client.recv(999)) == 300
    conn.client.close()
    assert conn.server.recv(1) == b""
    conn.server.close()
    ours, theirs = fate.both(conn)
    expect(ours, bytes_sent=5000, bytes_acked=5000, bytes_received=300, bytes_unacked=0, **QUIET)
    expect(theirs, bytes_sent=300, bytes_acked=300, bytes_received=5000, bytes_unacked=0, **QUIET)
    assert ours["srtt_us"] > 0 and theirs["srtt_us"] > 0
    assert 0 < ours["handshake_us"] < ours["duration_us"]


def test_times_add_up(fate, net):
    conn = connected(net)
    conn.client.close()
    conn.server.recv(1)
    conn.server.close()
    for record in fate.both(conn):
        spent = sum(us for _, us in record["states"])
        assert abs(spent - record["duration_us"]) <= len(record["states"]), record


def test_crossing_fins_are_closed_simultaneously(fate, link):
    sock, peer = link.connected()
    sock.shutdown(socket.SHUT_WR)
    peer.await_segment("F")
    peer.send("FA")
    until_state(sock, "CLOSING")
    peer.rcv_nxt += 1
    peer.send("A")
    until_state(sock, "CLOSE")
    assert sock.recv(1) == b""
    sock.close()
    expect(fate.conn(**link.ends(peer)), fate="closed_simultaneously", closed_first="both",
           fin_sent=True, fin_received=True, end_state="CLOSING", close_how="shutdown",
           states=CLIENT + ["FIN_WAIT1", "CLOSING"], **QUIET)


def test_crossing_fins_of_an_orphan_are_closed_simultaneously(fate, link):
    sock, peer = link.connected()
    sock.close()
    peer.await_segment("F")
    peer.send("FA")
    peer.rcv_nxt += 1
    peer.await_segment("A")
    peer.send("A")
    expect(fate.conn(**link.ends(peer)), fate="closed_simultaneously", closed_first="both",
           fin_sent=True, fin_received=True, end_state="CLOSING", close_how="close", **QUIET)


def test_a_fin_that_acknowledges_ours_is_a_clean_end(fate, link):
    """FIN_WAIT1 straight to TIME_WAIT: FIN and the ACK of ours in one segment."""
    sock, peer = link.connected()
    sock.close()
    peer.take("F")
    peer.send("FA")
    expect(fate.conn(**link.ends(peer)), fate="closed_by_local", closed_first="local",
           fin_sent=True, fin_received=True, **QUIET)


def test_a_self_connect_is_one_connection(fate, net):
    """Both ends are one socket: its FIN crosses itself. One record, not two."""
    sock = net.client.socket(net.family)
    sock.bind((net.client_ip, 0))
    port = sock.getsockname()[1]
    sock.connect((net.client_ip, port))
    sock.sendall(b"to myself")
    assert sock.recv(99) == b"to myself"
    sock.close()
    record = fate.conn(netns=net.client.inode, lport=port, rport=port)
    expect(record, fate="closed_simultaneously", closed_first="both", role="client",
           end_state="CLOSING", bytes_sent=9, bytes_received=9,
           states=["SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "CLOSING"], **QUIET)


def test_a_simultaneous_open_is_established(fate, link):
    sock, peer = link.start_connect()
    peer.send("S")
    peer.await_segment("SA")
    peer.send("A")
    until_state(sock, "ESTABLISHED")
    peer.send("FA")
    assert sock.recv(1) == b""
    sock.close()
    peer.take("F")
    peer.send("A")
    expect(fate.conn(**link.ends(peer)), fate="closed_by_remote", role="client",
           states=["SYN_SENT", "SYN_RECV", "ESTABLISHED", "CLOSE_WAIT", "LAST_ACK"], **QUIET)


def test_a_port_used_again_in_time_wait_is_another_connection(fate, net):
    """The same four numbers twice: two connections, two ids, on both sides."""
    first = connected(net)
    first.server.close()
    assert first.client.recv(1) == b""
    first.client.close()
    until(lambda: "TIME-WAIT" in net.server.command("ss", "-tanH"), "TIME_WAIT at the server")
    client = client_socket(net, bind=first.cport)
    client.connect(first.listener.getsockname()[:2])
    server, _ = first.listener.accept()
    assert ports(client) == (first.cport, first.sport)
    server.close()
    assert client.recv(1) == b""
    client.close()
    for ends, verdict in zip(first.ends(), ("closed_by_remote", "closed_by_local")):
        one, two = fate.conns(2, **ends)
        expect(one, fate=verdict, **QUIET)
        expect(two, fate=verdict, **QUIET)
        assert one["id"] != two["id"]


def test_v4_mapped_is_ipv4(fate, net4):
    listener = listen(net4)
    client = net4.client.socket(socket.AF_INET6)
    client.connect(("::ffff:" + net4.server_ip, listener.getsockname()[1]))
    server, _ = listener.accept()
    lport, rport = ports(client)
    client.close()
    server.recv(1)
    server.close()
    expect(fate.conn(netns=net4.client.inode, lport=lport, rport=rport), family="ipv4",
           local_addr=net4.client_ip, remote_addr=net4.server_ip, fate="closed_by_local")


def test_a_v4_mapped_listener_accepts_ipv4(fate, net4):
    listener = net4.server.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", 0))
    listener.listen(1)
    client = client_socket(net4)
    client.connect((net4.server_ip, listener.getsockname()[1]))
    server, _ = listener.accept()
    lport, rport = ports(client)
    server.close()
    client.recv(1)
    client.close()
    expect(fate.conn(netns=net4.server.inode, lport=rport, rport=lport), family="ipv4",
           role="server", local_addr=net4.server_ip, remote_addr=net4.client_ip,
           fate="closed_by_local")
