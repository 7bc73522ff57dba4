# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""Peers that stop answering: the record names the timer that gave up, and what it waited for."""
import socket

from lib.records import expect
from lib.sockets import (PATIENCE, TCP_USER_TIMEOUT, connected, keepalive, outcome, unacked, until,
                         until_state)

QUIET = dict(rst_received=False, complete=True, **{"class": "timeout"})


def fill(sock):
    """Writes until the peer's window and the own buffer are full."""
    sock.setblocking(False)
    try:
        while True:
            sock.send(b"f" * 65536)
    except BlockingIOError:
        sock.settimeout(PATIENCE)


def user_timeout(sock, milliseconds):
    sock.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds)


def test_unanswered_keepalive_probes_are_keepalive_timeout(fate, net):
    """Idle, and the peer has vanished: only the probes find out."""
    conn = connected(net)
    keepalive(conn.client)
    net.blackhole()
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ETIMEDOUT"
    ours, theirs = conn.ends()
    expect(fate.conn(**ours), fate="keepalive_timeout", errno=error, errno_delivered=True,
           closed_first=None, end_state="ESTABLISHED", rst_sent=True, bytes_unacked=0,
           fin_sent=False, fin_received=False, evidence=["keepalive_on", "probes_unanswered"],
           **QUIET)
    conn.server.close()
    expect(fate.conn(**theirs), fate="close_timeout", errno=None,
           closed_first="local", end_state="FIN_WAIT1", bytes_unacked=0, **QUIET)


def test_keepalive_probes_under_a_user_timeout_are_keepalive_timeout(fate, net):
    """TCP_USER_TIMEOUT replaces the number of probes; what died is still an idle connection."""
    conn = connected(net)
    keepalive(conn.client, count=9)
    user_timeout(conn.client, 1500)
    net.blackhole()
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ETIMEDOUT"
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="keepalive_timeout", errno=error, closed_first=None,
           rst_sent=True, evidence=["user_timeout_set"], **QUIET)
    conn.close()


def test_unanswered_probes_in_fin_wait2_are_keepalive_timeout(fate, net):
    """Half-closed by us; the peer vanished before its FIN."""
    conn = connected(net)
    keepalive(conn.client)
    conn.client.shutdown(socket.SHUT_WR)
    until_state(conn.client, "FIN_WAIT2")
    net.blackhole()
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ETIMEDOUT"
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="keepalive_timeout", errno=error, closed_first="local",
           end_state="FIN_WAIT2", fin_sent=True, fin_received=False, **QUIET)
    conn.close()


def test_unanswered_probes_in_close_wait_are_keepalive_timeout(fate, net):
    """The peer closed and vanished; we neither read on nor close: a leak that keepalive ends."""
    conn = connected(net)
    conn.server.close()
    assert conn.client.recv(1) == b""
    keepalive(conn.client)
    net.blackhole()
    until_state(conn.client, "CLOSE")
    conn.client.close()
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="keepalive_timeout", errno="ETIMEDOUT", closed_first="remote",
           end_state="CLOSE_WAIT", fin_received=True, eof_read=True, **QUIET)


def test_unacknowledged_data_is_retransmit_timeout(fate, net):
    conn = connected(net)
    net.blackhole()
    conn.client.send(b"is anybody there")
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ETIMEDOUT"
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="retransmit_timeout", errno=error, errno_delivered=True,
           closed_first=None, end_state="ESTABLISHED", bytes_sent=16, bytes_acked=0,
           bytes_unacked=16, retransmits=lambda n: n >= 1, fin_sent=False, rst_sent=False,
           evidence=["retransmits_unanswered", "unacked_data"], **QUIET)
    conn.close()


def test_unacknowledged_data_with_keepalive_on_is_retransmit_timeout(fate, net):
    """Data was waiting, so it was not keepalive that ended it, though it was on."""
    conn = connected(net)
    keepalive(conn.client)
    net.blackhole()
    conn.client.send(b"x")
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ETIMEDOUT"
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="retransmit_timeout", errno=error, bytes_unacked=1, **QUIET)
    conn.close()


def test_unacknowledged_data_with_an_icmp_error_is_retransmit_timeout(fate, net):
    """A router says that the host is unreachable: the timer still decides, the errno is ICMP's."""
    conn = connected(net)
    net.reject("icmpx type host-unreachable")
    conn.client.send(b"x")
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "EHOSTUNREACH"
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="retransmit_timeout", errno=error, closed_first=None,
           bytes_unacked=1, evidence=["icmp_seen"], **QUIET)
    conn.close()


def test_unacknowledged_data_after_the_peers_fin_is_retransmit_timeout(fate, net):
    conn = connected(net)
    conn.server.shutdown(socket.SHUT_WR)
    assert conn.client.recv(1) == b""
    net.blackhole()
    conn.client.send(b"xyz")
    until_state(conn.client, "CLOSE")
    error = outcome(conn.client.send, b"x")
    conn.client.close()
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="retransmit_timeout", errno="ETIMEDOUT",
           errno_delivered=error == "ETIMEDOUT", closed_first="remote", end_state="CLOSE_WAIT",
           fin_received=True, fin_sent=False, bytes_unacked=3, **QUIET)
    conn.close()


def test_unacknowledged_data_under_a_user_timeout_is_user_timeout(fate, net):
    conn = connected(net)
    user_timeout(conn.client, 500)
    net.client.sysctl({"net.ipv4.tcp_retries2": 15})
    net.blackhole()
    conn.client.send(b"x")
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ETIMEDOUT"
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="user_timeout", errno=error, errno_delivered=True,
           closed_first=None, bytes_unacked=1, end_state="ESTABLISHED", fin_sent=False,
           evidence=["user_timeout_set", "user_timeout_reached"], **QUIET)
    conn.close()


def test_unanswered_window_probes_under_a_user_timeout_are_user_timeout(fate, net):
    """Window probes are answered by nobody until TCP_USER_TIMEOUT is reached."""
    conn = connected(net)
    fill(conn.client)
    user_timeout(conn.client, 500)
    net.client.sysctl({"net.ipv4.tcp_retries2": 15})
    until(lambda: quiet(conn.client), "the closed window")
    net.blackhole()
    until_state(conn.client, "CLOSE")
    error = outcome(conn.client.send, b"x")
    conn.client.close()
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="user_timeout", errno="ETIMEDOUT",
           errno_delivered=error == "ETIMEDOUT", closed_first=None, bytes_unsent=lambda n: n > 0,
           evidence=["user_timeout_reached"], **QUIET)
    conn.close()


def quiet(sock):
    """Nothing in flight: what is queued waits for the peer's window (tcpi_unacked is 0)."""
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return int.from_bytes(info[24:28], "little") == 0 and unacked(sock) > 0


def test_window_probes_that_run_out_first_are_zero_window_timeout(fate, net):
    """TCP_USER_TIMEOUT was set and not reached: the number of window probes decided."""
    conn = connected(net)
    fill(conn.client)
    user_timeout(conn.client, 60_000)
    until(lambda: quiet(conn.client), "the closed window")
    net.blackhole()
    until_state(conn.client, "CLOSE")
    conn.client.close()
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="zero_window_timeout", errno="ETIMEDOUT", closed_first=None,
           bytes_unsent=lambda n: n > 0, no_evidence=["user_timeout_reached"], **QUIET)
    conn.close()


def test_unanswered_window_probes_are_zero_window_timeout(fate, net):
    """The peer stopped reading, then it stopped answering."""
    conn = connected(net)
    fill(conn.client)
    until(lambda: quiet(conn.client), "the closed window")
    net.blackhole()
    until_state(conn.client, "CLOSE")
    error = outcome(conn.client.send, b"x")
    conn.client.close()
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="zero_window_timeout", errno="ETIMEDOUT",
           errno_delivered=error == "ETIMEDOUT", closed_first=None, end_state="ESTABLISHED",
           bytes_unsent=lambda n: n > 0, bytes_unacked=0, fin_sent=False,
           evidence=["zero_window", "probes_unanswered", "unsent_data"], **QUIET)
    conn.close()


def test_unanswered_window_probes_of_a_raw_peer_are_zero_window_timeout(fate, link):
    sock, peer = link.connected()
    sock.send(b"x" * 100)
    peer.take("P")
    peer.send("A", window=0)
    sock.send(b"y" * 50)
    until_state(sock, "CLOSE")
    error = outcome(sock.recv, 1)
    sock.close()
    assert error == "ETIMEDOUT"
    expect(fate.conn(**link.ends(peer)), fate="zero_window_timeout", errno=error, bytes_sent=100,
           bytes_acked=100, bytes_unsent=50, bytes_unacked=0, closed_first=None, **QUIET)


def test_an_unacknowledged_fin_is_close_timeout(fate, net):
    """Data and our FIN were never acknowledged: real loss, after close() had succeeded."""
    conn = connected(net)
    net.blackhole()
    conn.client.send(b"the last words")
    conn.client.close()
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="close_timeout", errno=None,
           closed_first="local", end_state="FIN_WAIT1", fin_sent=True, fin_received=False,
           bytes_sent=14, bytes_unacked=14, close_how="close", **QUIET)
    conn.close()


def test_an_unacknowledged_fin_of_an_owned_socket_is_close_timeout(fate, net):
    conn = connected(net)
    net.blackhole()
    conn.client.shutdown(socket.SHUT_WR)
    error = outcome(conn.client.recv, 1)
    conn.client.close()
    assert error == "ETIMEDOUT"
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="close_timeout", errno=error, errno_delivered=True,
           closed_first="local", end_state="FIN_WAIT1", fin_sent=True, close_how="shutdown",
           bytes_unacked=0, **QUIET)
    conn.close()


def test_an_unacknowledged_fin_in_last_ack_is_close_timeout(fate, net):
    """The peer closed first, we followed, and its host is gone."""
    conn = connected(net)
    conn.server.shutdown(socket.SHUT_WR)
    assert conn.client.recv(1) == b""
    net.blackhole()
    conn.client.close()
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="close_timeout", errno=None,
           closed_first="remote", end_state="LAST_ACK", fin_sent=True, fin_received=True,
           bytes_unacked=0, **QUIET)
    conn.close()


def test_an_unacknowledged_fin_in_closing_is_close_timeout(fate, link):
    """The FINs crossed, and ours was never acknowledged."""
    sock, peer = link.connected()
    sock.close()
    peer.await_segment("F")
    peer.send("FA")
    expect(fate.conn(**link.ends(peer)), fate="close_timeout", errno=None,
           closed_first=("local", "both"), end_state="CLOSING", fin_sent=True, fin_received=True,
           **QUIET)


def test_a_fin_that_the_own_firewall_drops_is_close_timeout(fate, net):
    """Our own firewall drops our FIN: the kernel gets the error, and takes the FIN for unsent."""
    conn = connected(net)
    net.client.nft("output", "meta l4proto tcp drop")
    conn.client.close()
    ours, _ = conn.ends()
    expect(fate.conn(**ours), fate="close_timeout", errno=None,
           closed_first=None, fin_sent=False, end_state="FIN_WAIT1", **QUIET)
    conn.close()
