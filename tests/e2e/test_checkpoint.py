# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Connections that TCP_REPAIR takes out and puts in, as CRIU does; and a SYN that never left."""
import socket
import struct

from lib.records import expect
from lib.sockets import client_socket, connected, listen

TCP = socket.IPPROTO_TCP
REPAIR, QUEUE, QUEUE_SEQ, OPTIONS, TIMESTAMP, FASTOPEN_CONNECT = 19, 20, 21, 22, 24, 30
ON, OFF = 1, 0
RECV, SEND = 1, 2


def number(sock, option):
    return struct.unpack("I", sock.getsockopt(TCP, option, 4))[0]


def dump(sock):
    """Takes the connection out: its two ends, its sequence numbers and its clock."""
    ends, seq = (sock.getsockname()[:2], sock.getpeername()[:2]), {}
    sock.setsockopt(TCP, REPAIR, ON)
    for queue in (RECV, SEND):
        sock.setsockopt(TCP, QUEUE, queue)
        seq[queue] = number(sock, QUEUE_SEQ)
    clock = number(sock, TIMESTAMP)
    sock.close()
    return ends, seq, clock


def restore(net, dumped):
    """Puts it in again where it was."""
    (me, peer), seq, clock = dumped
    sock = net.server.socket(net.family)
    sock.settimeout(10)
    sock.setsockopt(TCP, REPAIR, ON)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(me)
    for queue in (RECV, SEND):
        sock.setsockopt(TCP, QUEUE, queue)
        sock.setsockopt(TCP, QUEUE_SEQ, struct.pack("I", seq[queue]))
    sock.setsockopt(TCP, QUEUE, 0)
    sock.connect(peer)
    sock.setsockopt(TCP, OPTIONS, struct.pack("IIIIIIII", 2, 1400, 3, 7 | 7 << 16, 4, 0, 8, 0))
    sock.setsockopt(TCP, TIMESTAMP, struct.pack("I", clock))
    sock.setsockopt(TCP, REPAIR, OFF)
    return sock


def test_a_dumped_connection_is_no_reset(fate, net):
    conn = connected(net)
    conn.server.sendall(b"x" * 100)
    assert len(conn.client.recv(100)) == 100
    conn.client.sendall(b"y" * 10)
    assert len(conn.server.recv(10)) == 10
    _, end = conn.ends()
    dumped = dump(conn.server)
    conn.listener.close()
    expect(fate.conn(**end), fate="unknown", cause="checkpoint", complete=True, role="server",
           errno=None, rst_sent=False, rst_received=False, fin_sent=False, fin_received=False,
           closed_first=None, bytes_sent=100, bytes_received=10, evidence=["tcp_repair"])
    again = restore(net, dumped)
    again.sendall(b"restored")
    assert conn.client.recv(100) == b"restored"
    conn.client.sendall(b"answer")
    assert again.recv(100) == b"answer"
    conn.client.close()
    assert again.recv(1) == b""
    again.close()
    both = fate.conns(2, **end)
    expect(both[1], fate="closed_by_remote", cause="checkpoint", role=None, handshake_us=None,
           duration_at_least=True, complete=True, errno=None, bytes_sent=8, bytes_acked=8,
           bytes_received=6, evidence=["tcp_repair_restored"])


def test_repair_mode_switched_off_again_leaves_no_trace(fate, net):
    conn = connected(net)
    conn.server.setsockopt(TCP, REPAIR, ON)
    conn.server.setsockopt(TCP, REPAIR, OFF)
    conn.server.close()
    assert conn.client.recv(1) == b""
    conn.client.close()
    ours, theirs = fate.both(conn)
    expect(ours, fate="closed_by_remote", cause=None, role="client")
    expect(theirs, fate="closed_by_local", cause=None, role="server")


def test_a_connect_that_nothing_was_written_to_is_not_written(fate, net):
    net.client.sysctl({"net.ipv4.tcp_fastopen": 5})
    listener, sock = listen(net), client_socket(net)
    sock.setsockopt(TCP, FASTOPEN_CONNECT, 1)
    sock.connect(listener.getsockname()[:2])
    lport, rport = sock.getsockname()[1], listener.getsockname()[1]
    sock.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=rport), fate="connect_abandoned",
           cause="not_written", bytes_unsent=0, bytes_unacked=0, retransmits=0,
           evidence=["no_syn_sent", "syn_deferred"])
    listener.close()
