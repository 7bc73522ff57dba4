# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""`reset` records: resets that this host sent for no connection of its own."""
import os

from lib import tcpfate
from lib.records import expect
from lib.sockets import connected, outcome, until_state


def test_a_syn_to_a_closed_port_is_refused_inbound(fate, link):
    """A SYN to a port on which nobody listens."""
    peer = link.peer
    peer.send(40001, 81, "S", seq=1000)
    expect(fate.reset(kind="refused_inbound", netns=link.kernel.inode, lport=81, rport=40001),
           id=None, family=link.family_name, local_addr=link.kernel_ip, remote_addr=link.peer_ip)


def test_a_segment_of_no_connection_is_a_stray_segment(fate, link):
    """As after a reboot: the other end still talks, and this host knows nothing of it."""
    link.peer.send(40002, 82, "PA", seq=5000, ack=9000, data=b"do you remember")
    expect(fate.reset(kind="stray_segment", netns=link.kernel.inode, lport=82, rport=40002),
           id=None, family=link.family_name)


def test_a_stray_segment_leaves_the_listener_alone(fate, link):
    """The listener's own life is not touched by it."""
    listener = link.listen()
    port = listener.getsockname()[1]
    link.peer.send(40003, port, "A", seq=5000, ack=9000)
    expect(fate.reset(kind="stray_segment", netns=link.kernel.inode, lport=port, rport=40003),
           id=None)
    peer = link.peer.connect(port)
    server, _ = listener.accept()
    peer.send("FA")
    assert server.recv(1) == b""
    server.close()
    peer.take("F")
    peer.send("A")
    expect(fate.conn(**link.ends(peer)), fate="closed_by_remote", rst_sent=False, role="server")


def test_a_segment_of_a_forgotten_connection_is_a_stray_segment(fate, net):
    """The server's state is gone without a word to the client, whose next segment is a stray
    one."""
    conn = connected(net)
    net.client.drop()
    net.server.command("ss", "-K", "-t", "state", "established", "sport", "=", f":{conn.sport}")
    until_state(conn.server, "CLOSE")
    conn.server.close()
    conn.listener.close()
    net.client.unfault()
    conn.client.send(b"x")
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ECONNRESET"
    ours, theirs = fate.both(conn)
    expect(theirs, fate="aborted_by_admin")
    expect(ours, fate="reset_by_remote", rst_received=True, errno=error)
    expect(fate.reset(kind="stray_segment", netns=net.server.inode, lport=conn.sport,
                      rport=conn.cport), id=None)


def test_an_rst_is_never_answered(fate, link):
    """An RST for nobody makes no record: a SYN that follows it does."""
    link.peer.send(40004, 83, "R", seq=1)
    link.peer.send(40004, 84, "S", seq=1)
    fate.reset(kind="refused_inbound", netns=link.kernel.inode, lport=84, rport=40004)
    assert not [r for r in fate.seen() if r["type"] in ("conn", "reset")
                and r["netns"] == link.kernel.inode and r["local_port"] == 83]


def test_a_wrong_ack_of_a_handshake_is_a_reset_record(fate, link):
    """A wrong ACK for a pending handshake is answered by an RST; no connection came of it."""
    listener = link.listen()
    port = listener.getsockname()[1]
    peer = link.peer.pending(port)
    peer.rcv_nxt += 77777
    peer.send("A")
    peer.await_segment("R")
    expect(fate.reset(kind="stray_segment", netns=link.kernel.inode, lport=port, rport=peer.lport),
           id=None)


def test_late_data_after_the_record_is_a_reset_record_with_its_id(net):
    """The minisock resets a connection that was reported long ago: a record with its id."""
    with tcpfate.Tcpfate(grace_ms=50) as own:
        conn = connected(net)
        conn.server.close()
        assert conn.client.recv(1) == b""
        _, theirs = conn.ends()
        record = expect(own.conn(**theirs), fate="closed_by_local", rst_sent=False)
        conn.client.send(b"late")
        until_state(conn.client, "CLOSE")
        error = outcome(conn.client.send, b"?")
        conn.client.close()
        assert error == "EPIPE"
        expect(own.reset(kind="late_data", **theirs), id=record["id"], local_addr=net.server_ip,
               remote_addr=net.client_ip)
        own.finish()


def test_a_full_queue_turns_away(fate, link):
    """net.ipv4.tcp_abort_on_overflow: the handshake's last step is answered with an RST. A stray
    segment at the same listener is none of it."""
    link.kernel.sysctl({"net.ipv4.tcp_abort_on_overflow": 1})
    listener = link.listen(backlog=0)
    port = listener.getsockname()[1]
    late = link.peer.pending(port)
    link.peer.connect(port)
    link.peer.send(40005, port, "A", seq=5000, ack=9000)
    late.send("A")
    late.await_segment("R")
    expect(fate.reset(kind="turned_away", netns=link.kernel.inode, lport=port, rport=late.lport),
           id=None, pid=os.getpid(), family=link.family_name)
    expect(fate.reset(kind="stray_segment", netns=link.kernel.inode, lport=port, rport=40005),
           id=None, pid=None, comm=None)
    listener.close()


def test_another_syn_ends_a_pending_handshake(fate, link):
    """A SYN with a number of its own, within the window: the request goes, with an RST."""
    listener = link.listen()
    port = listener.getsockname()[1]
    peer = link.peer.pending(port)
    peer.send("S", seq=peer.snd_nxt + 100)
    peer.await_segment("R")
    record = fate.wait(lambda r: next((s for s in fate.seen() if s["type"] == "reset" and
                                       s["netns"] == link.kernel.inode), None), "its reset record")
    expect(record, kind="turned_away", id=None, local_port=port, remote_port=peer.lport)
    listener.close()


def closed_first(link, listener):
    """The server's end of a connection is closed, its FIN acknowledged."""
    peer = link.peer.connect(listener.getsockname()[1])
    listener.accept()[0].close()
    peer.take("F")
    peer.send("A")
    return peer


def test_a_syn_to_what_is_left_of_a_connection_is_a_late_syn(fate, link):
    """A FIN_WAIT2 minisock answers it with an RST though no data came; the old connection is a
    clean one."""
    listener = link.listen()
    peer = closed_first(link, listener)
    peer.send("S", seq=peer.snd_nxt + 1000)
    peer.await_segment("R")
    record = expect(fate.conn(**link.ends(peer)), fate="closed_by_local", rst_sent=False,
                    complete=True)
    expect(fate.reset(kind="late_syn", **link.ends(peer)), id=record["id"])
    listener.close()


def test_without_minisocks_a_listener_answers_for_its_connections(fate, link):
    """tcp_max_tw_buckets is used up: what the peer still sends meets the listener. Data is late
    data, its FIN takes nothing from a clean end, and no reset is of nobody."""
    link.kernel.sysctl({"net.ipv4.tcp_max_tw_buckets": 0})
    listener = link.listen()
    late, orderly = closed_first(link, listener), closed_first(link, listener)
    late.send("PA", b"late")
    late.await_segment("R")
    orderly.send("FA")
    orderly.await_segment("R")
    expect(fate.conn(**link.ends(late)), fate="aborted_late_data", rst_sent=True, complete=True,
           evidence=["no_error", "rst_sent_without_minisock", "answered_data"])
    late.send("PA", b"more")
    record = fate.conn(**link.ends(late))
    expect(fate.reset(kind="late_data", **link.ends(late)), id=record["id"])
    expect(fate.conn(**link.ends(orderly)), fate="closed_by_local", rst_sent=True, complete=True,
           fin_received=True, evidence=["rst_sent_without_minisock"])
    assert not [r for r in fate.seen() if r["type"] == "reset" and r["id"] is None and
                r["netns"] == link.kernel.inode]
    listener.close()
