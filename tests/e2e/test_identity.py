# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""One record for one connection, whatever the socket went through; extensions of TCP."""
import socket

import pytest

from lib.records import expect
from lib.sockets import (IPPROTO_MPTCP, TCP_FASTOPEN_CONNECT, client_socket, connected, listen,
                         outcome, ports, until, until_state)

FAST_OPEN = {"net.ipv4.tcp_fastopen": 0x1 | 0x2 | 0x4 | 0x200 | 0x400}  # without cookies


def serve_and_close(listener, reply=b""):
    server, _ = listener.accept()
    server.settimeout(10)
    got = server.recv(99)
    if reply:
        server.sendall(reply)
    server.close()
    return got


def test_fast_open_counts_the_data_on_the_syn(fate, net):
    """Data on the SYN, on both sides: established, and all of it counted."""
    for netns in (net.client, net.server):
        netns.sysctl(FAST_OPEN)
    listener = listen(net)
    client = client_socket(net)
    client.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
    client.connect(listener.getsockname()[:2])
    client.sendall(b"early bird")
    assert serve_and_close(listener, b"worm") == b"early bird"
    lport, rport = ports(client)
    assert client.recv(99) == b"worm"
    assert client.recv(99) == b""
    client.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=rport), fate="closed_by_remote",
           role="client", established=True, bytes_sent=10, bytes_acked=10, bytes_received=4,
           rst_sent=False, complete=True)
    expect(fate.conn(netns=net.server.inode, lport=rport, rport=lport), fate="closed_by_local",
           role="server", established=True, bytes_sent=4, bytes_acked=4, bytes_received=10,
           rst_sent=False, complete=True)


def test_a_refused_fast_open_is_connect_refused(fate, net):
    """TCP_FASTOPEN_CONNECT: connect() succeeds at once, the first write gets the refusal."""
    net.client.sysctl(FAST_OPEN)
    with listen(net) as probe:
        port = probe.getsockname()[1]
    client = client_socket(net)
    client.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1)
    client.connect((net.server_ip, port))
    error = outcome(client.sendall, b"early")
    if error is None or error == "EINPROGRESS":
        until_state(client, "CLOSE")
        error = outcome(client.recv, 1)
    client.close()
    assert error == "ECONNREFUSED"
    expect(fate.conn(netns=net.client.inode, rport=port), fate="connect_refused", errno=error,
           established=False, bytes_acked=0)


def mptcp_pair(net):
    listener = net.server.socket(net.family, proto=IPPROTO_MPTCP)
    listener.bind((net.server_ip, 0))
    listener.listen(4)
    client = net.client.socket(net.family, proto=IPPROTO_MPTCP)
    client.connect(listener.getsockname()[:2])
    server, _ = listener.accept()
    return client, server, listener


def mptcp_or_skip(net):
    with net.client, open("/proc/sys/net/mptcp/enabled", encoding="ascii") as file:
        if file.read().strip() != "1":
            pytest.skip("MPTCP is off in net.mptcp.enabled")


def test_an_mptcp_subflow_is_one_connection(fate, net):
    """The TCP connection below an MPTCP socket is one connection, and the MPTCP socket none."""
    mptcp_or_skip(net)
    client, server, _ = mptcp_pair(net)
    lport, rport = client.getsockname()[1], client.getpeername()[1]
    client.sendall(b"ping")
    assert server.recv(9) == b"ping"
    client.close()
    assert server.recv(9) == b""
    server.close()
    ours = fate.conn(netns=net.client.inode, lport=lport, rport=rport)
    theirs = fate.conn(netns=net.server.inode, lport=rport, rport=lport)
    expect(ours, role="client", family=net.family_name, complete=True,
           fate=("closed_by_local", "closed_by_remote", "closed_simultaneously"), bytes_sent=4,
           rst_sent=False, rst_received=False)
    expect(theirs, role="server", complete=True, bytes_received=4,
           fate=("closed_by_local", "closed_by_remote", "closed_simultaneously"), rst_sent=False)


def test_a_refused_mptcp_connect_is_connect_refused(fate, net):
    mptcp_or_skip(net)
    with listen(net) as probe:
        port = probe.getsockname()[1]
    client = net.client.socket(net.family, proto=IPPROTO_MPTCP)
    error = outcome(client.connect, (net.server_ip, port))
    client.close()
    assert error == "ECONNREFUSED"
    expect(fate.conn(netns=net.client.inode, rport=port), fate="connect_refused", errno=error,
           rst_received=True)


def test_an_mptcp_fallback_is_one_connection(fate, net):
    """An MPTCP client and a plain TCP server."""
    mptcp_or_skip(net)
    listener = listen(net)
    client = net.client.socket(net.family, proto=IPPROTO_MPTCP)
    client.connect(listener.getsockname()[:2])
    lport, rport = client.getsockname()[1], client.getpeername()[1]
    server, _ = listener.accept()
    server.sendall(b"hi")
    assert client.recv(9) == b"hi"
    server.close()
    assert client.recv(9) == b""
    client.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=rport), fate="closed_by_remote",
           rst_sent=False, rst_received=False, bytes_received=2)
    expect(fate.conn(netns=net.server.inode, lport=rport, rport=lport), fate="closed_by_local",
           bytes_sent=2, rst_sent=False)


def test_the_same_tuple_in_two_namespaces_is_two_connections(fate, net):
    """The same addresses and ports twice on one host: the namespace distinguishes them."""
    for netns in (net.client, net.server):
        listener = netns.socket(socket.AF_INET)
        listener.bind(("127.0.0.1", 7001))
        listener.listen(1)
        client = netns.socket(socket.AF_INET)
        client.bind(("127.0.0.1", 7002))
        client.connect(("127.0.0.1", 7001))
        server, _ = listener.accept()
        first, second = (client, server) if netns is net.client else (server, client)
        first.close()
        assert second.recv(1) == b""
        second.close()
    expect(fate.conn(netns=net.client.inode, lport=7002, rport=7001), fate="closed_by_local")
    expect(fate.conn(netns=net.server.inode, lport=7002, rport=7001), fate="closed_by_remote")


def test_both_ends_on_this_host_have_a_record_each(fate, net):
    """Loopback: two sockets, two records, each with its own end of the story."""
    listener = net.client.socket(net.family)
    listener.bind((net.client_ip, 0))
    listener.listen(1)
    client = net.client.socket(net.family)
    client.connect(listener.getsockname()[:2])
    lport, rport = client.getsockname()[1], client.getpeername()[1]
    server, _ = listener.accept()
    server.close()
    assert client.recv(1) == b""
    client.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=rport), fate="closed_by_remote",
           role="client")
    expect(fate.conn(netns=net.client.inode, lport=rport, rport=lport), fate="closed_by_local",
           role="server")


def test_each_refusal_of_a_descriptor_has_its_record(fate, net4):
    """One descriptor, ten refusals: ten records, ten ids."""
    with listen(net4) as probe:
        port = probe.getsockname()[1]
    sock = net4.client.socket(net4.family)
    for _ in range(10):
        assert outcome(sock.connect, (net4.server_ip, port)) == "ECONNREFUSED"
    sock.close()
    records = fate.conns(10, netns=net4.client.inode, rport=port)
    for record in records:
        expect(record, fate="connect_refused", errno="ECONNREFUSED", states=["SYN_SENT"])
    assert len({record["id"] for record in records}) == 10


def test_the_same_tuple_in_time_wait_is_another_connection(fate, net):
    """The server keeps TIME_WAIT; the client comes back from the same port: three connections."""
    listener = listen(net)
    where, own, count = listener.getsockname()[:2], None, 3
    for sent in range(1, count + 1):
        client = client_socket(net, bind=own)
        client.connect(where)
        own = client.getsockname()[1]
        server, _ = listener.accept()
        client.sendall(b"x" * sent)
        assert len(server.recv(9)) == sent
        server.close()
        assert client.recv(1) == b""
        client.close()
        assert net.server.command("ss", "-Htan", "state", "time-wait",
                                  f"sport = {where[1]} and dport = {own}")
    for netns, lport, rport, fate_name, counter in (
            (net.client, own, where[1], "closed_by_remote", "bytes_sent"),
            (net.server, where[1], own, "closed_by_local", "bytes_received")):
        records = fate.conns(count, netns=netns.inode, lport=lport, rport=rport)
        records.sort(key=lambda r: r["started"])  # a hand-off is written later than other ends
        for sent, record in enumerate(records, 1):
            expect(record, fate=fate_name, complete=True, rst_sent=False, rst_received=False,
                   **{counter: sent})
        assert len({record["id"] for record in records}) == count


def test_a_listener_is_no_connection(fate, net):
    """What listens and closes without a client leaves no record; nor does a socket never used."""
    listener = listen(net)
    port = listener.getsockname()[1]
    unused = net.server.socket(net.family)
    bound = net.server.socket(net.family)
    bound.bind((net.server_ip, 0))
    conn = connected(net)
    for sock in (listener, unused, bound):
        sock.close()
    conn.close()
    fate.both(conn)
    assert not [r for r in fate.seen() if r["type"] == "conn" and r["netns"] == net.server.inode
                and r["local_port"] in (port, None) and r["remote_port"] != conn.cport]


def test_a_listener_turned_client_is_one_connection(fate, net):
    """listen(), shutdown(), connect(): the same socket in two roles."""
    other = listen(net)
    sock = net.client.socket(net.family)
    sock.bind((net.client_ip, 0))
    sock.listen(1)
    sock.shutdown(socket.SHUT_RDWR)
    sock.connect(other.getsockname()[:2])
    lport, rport = ports(sock)
    server, _ = other.accept()
    sock.close()
    assert server.recv(1) == b""
    server.close()
    expect(fate.conn(netns=net.client.inode, lport=lport, rport=rport), fate="closed_by_local",
           role="client", states=["SYN_SENT", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2"])


def test_each_of_many_connections_has_two_records(fate, net4):
    """A burst of short connections: each has its two records, none more."""
    listener = listen(net4, backlog=256)
    where = listener.getsockname()[:2]
    clients = []
    for _ in range(200):
        clients.append(client_socket(net4))
        clients[-1].connect(where)
    servers = [listener.accept()[0] for _ in clients]
    lports = [client.getsockname()[1] for client in clients]
    for client, server in zip(clients, servers):
        client.close()
        until(lambda s=server: s.recv(1) == b"", "EOF")
        server.close()
    for lport in lports:
        expect(fate.conn(netns=net4.client.inode, lport=lport, rport=where[1]),
               fate="closed_by_local", complete=True)
        expect(fate.conn(netns=net4.server.inode, lport=where[1], rport=lport),
               fate="closed_by_remote", complete=True)
